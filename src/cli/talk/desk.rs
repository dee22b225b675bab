//! What an agent's terminal remembers over all its connections: who he is to the server, what he is
//! offered, the chats he is in, and what the server has not said yes to. Pure: frames and wishes
//! come in, deeds go out.
//!
//! One request for each chat is on its way at a time and stays in the chat's outbox until it is
//! answered; after a lost connection it is sent again by the same name. So nothing that was typed
//! is lost, said twice or said in another order.

mod wishes;

use crate::base::UserData;
use crate::cli::talk::show;
use crate::edge::agent::restoration_token::RESTORATION_TOKEN;
use crate::edge::agent::wire::frame::{AgentStatus, Frame, Interaction, Invite};
use crate::edge::agent::wire::request::{
    Accept, AddMedia, AgentLogin, Join, Nothing, Register, Request, RequestFrame, Resume,
    ResumedSession, VisibilityMode,
};
use crate::edge::agent::wire::{
    Ack, Failure, MediaState, Ref, SessionInfo, SessionStatus, Typing, Visibility,
};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const MEDIA: &str = "chat";
const CLIENT_VERSION: u16 = 106;

/// What the terminal is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Send(Box<RequestFrame>),
    /// Part of a conversation.
    Show(String),
    /// About the program.
    Note(String),
    /// The server asks for patience: call [`Desk::flush`] after a while.
    TryLater,
    /// This connection leads nowhere: open another one.
    Reconnect,
    /// Everything is done.
    End,
    /// There is no way to go on.
    GiveUp(String),
}

/// What becomes of invitations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    ByHand,
    AtOnce,
}

pub struct Desk {
    acceptance: Acceptance,
    zone: TimeZone,
    /// Begins the names of all requests of this run.
    run: String,
    n_names: u64,
    n_refs: u64,
    /// Of the last registration.
    token: Option<String>,
    is_online: bool,
    is_quitting: bool,
    readiness: (MediaState, String),
    /// What this connection has been asked for and has not answered.
    asked: BTreeMap<u64, Asked>,
    invitations: Vec<Invite>,
    chats: BTreeMap<usize, Chat>,
    n_chats: usize,
    current: Option<usize>,
    /// Chats that were left: nobody goes back into them without being invited.
    left: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Register,
    Login,
    Logout,
    Accept(u64),
    Chat(usize),
    Other,
}

struct Chat {
    session: String,
    /// Who the agent is in it, since he is.
    user_id: Option<String>,
    last_event: u64,
    /// The first is on its way, if `is_asked`.
    outbox: VecDeque<Request>,
    is_asked: bool,
}

impl Desk {
    pub fn new(run: &str, acceptance: Acceptance, zone: TimeZone) -> Self {
        Self {
            acceptance,
            zone,
            run: run.to_owned(),
            n_names: 0,
            n_refs: 0,
            token: None,
            is_online: false,
            is_quitting: false,
            readiness: (MediaState::Ready, String::new()),
            asked: BTreeMap::new(),
            invitations: Vec::new(),
            chats: BTreeMap::new(),
            n_chats: 0,
            current: None,
            left: BTreeSet::new(),
        }
    }

    /// A connection is open: say who we are, and where we were.
    pub fn connected(&mut self) -> Vec<Deed> {
        self.lost();
        let sessions = self.chats.values().filter_map(|chat| {
            let (session_id, user_id) = (chat.session.clone(), chat.user_id.clone()?);
            Some(ResumedSession { session_id, user_id, last_event_id: chat.last_event })
        });
        let sessions = sessions.collect();
        let resume = self.token.clone().map(|token| Resume { token, sessions });
        let register = Register {
            client_name: Some("holdfast talk".to_owned()),
            client_version: Some(CLIENT_VERSION),
            resume,
            ..Register::default()
        };
        vec![self.send(Request::Register(register), Asked::Register)]
    }

    /// The connection is gone: nothing that is on its way will be answered.
    pub fn lost(&mut self) {
        self.is_online = false;
        self.asked.clear();
        for chat in self.chats.values_mut() {
            chat.is_asked = false;
        }
    }

    /// Sends what waits, one request for each chat.
    pub fn flush(&mut self) -> Vec<Deed> {
        let mut deeds = Vec::new();
        if !self.is_online {
            return deeds;
        }
        let numbers: Vec<usize> = self.chats.keys().copied().collect();
        for number in numbers {
            let Some(chat) = self.chats.get_mut(&number) else { continue };
            if chat.is_asked {
                continue;
            }
            let Some(request) = chat.outbox.front().cloned() else { continue };
            chat.is_asked = true;
            deeds.push(self.send(request, Asked::Chat(number)));
        }
        if self.is_quitting && self.chats.is_empty() && !self.has_asked(&Asked::Logout) {
            deeds.push(self.send(Request::AgentLogout(Nothing {}), Asked::Logout));
        }
        deeds
    }

    /// Takes a frame of the server.
    pub fn hear(&mut self, frame: Frame) -> Vec<Deed> {
        match frame {
            Frame::Registered(registered) => {
                self.is_online = true;
                self.asked.retain(|_, asked| *asked != Asked::Register);
                let is_new = self.token.replace(registered.resume_token).is_none();
                let mut deeds = Vec::new();
                if is_new {
                    deeds.push(self.log_in());
                }
                deeds.extend(self.flush());
                deeds
            }
            Frame::Ack(ack) => self.acknowledged(ack),
            Frame::Error(failure) => self.refused(failure),
            Frame::SessionInfo(info) => self.told(&info),
            Frame::Typing(typing) => self.typed(&typing),
            Frame::AgentStatus(status) => self.status(status),
            Frame::Invite(invite) => self.invited(*invite),
            Frame::Revoked(revoked) if revoked.ticket.is_none() => {
                vec![Deed::Note(format!("it was taken back ({})", revoked.reason))]
            }
            Frame::Revoked(revoked) => {
                self.invitations.retain(|one| Some(one.ticket) != revoked.ticket);
                vec![Deed::Note(format!("the invitation is withdrawn ({})", revoked.reason))]
            }
            Frame::LoggedOut(_) if self.is_quitting => vec![Deed::End],
            // Away for too long: begin the day again.
            Frame::LoggedOut(_) => vec![self.log_in()],
            Frame::Ping(beat) => {
                let reference = beat.reference;
                vec![Deed::Send(Box::new(RequestFrame {
                    reference,
                    request: Request::Pong(Nothing {}),
                }))]
            }
            // The server closes when everything that was begun is answered.
            Frame::Moved(_)
            | Frame::Rejected(_)
            | Frame::PartyAdded(_)
            | Frame::PartyRemoved(_)
            | Frame::PropertiesChanged(_)
            | Frame::Held(_)
            | Frame::Resumed(_)
            | Frame::ProcessingStopped(_)
            | Frame::PulledInteractions(_)
            | Frame::InteractionProperties(_)
            | Frame::FoundInteractions(_)
            | Frame::WorkbinContent(_)
            | Frame::WorkbinContentChanged(_)
            | Frame::Pong(_) => Vec::new(),
        }
    }

    fn log_in(&mut self) -> Deed {
        let (state, reason) = self.readiness.clone();
        let reason = Some(reason).filter(|reason| !reason.is_empty());
        let media = vec![AddMedia { media: MEDIA.to_owned(), state, reason }];
        self.send(Request::AgentLogin(AgentLogin { place: None, media }), Asked::Login)
    }

    fn acknowledged(&mut self, ack: Ack) -> Vec<Deed> {
        match self.take_asked(ack.reference.as_ref()) {
            Some(Asked::Login) => {
                let mut deeds: Vec<_> = ack.warning.map(Deed::Note).into_iter().collect();
                deeds.push(Deed::Note("logged in".to_owned()));
                deeds
            }
            Some(Asked::Logout) => vec![Deed::End],
            Some(Asked::Accept(ticket)) => {
                let is_it = |one: &mut Invite| one.ticket == ticket;
                let invite = self.invitations.extract_if(.., is_it).next();
                let token = invite.as_ref().map(|invite| token_of(&invite.interaction));
                let token = token.unwrap_or_default();
                let visibility = invite.map(|invite| invite.visibility).unwrap_or_default();
                let Some(session) = ack.interaction_id else { return Vec::new() };
                self.enter(session, (token, visibility))
            }
            Some(Asked::Chat(number)) => self.done(number, ack.user_id),
            Some(Asked::Register | Asked::Other) | None => Vec::new(),
        }
    }

    /// The first request of a chat's outbox has been carried out.
    fn done(&mut self, number: usize, user_id: Option<String>) -> Vec<Deed> {
        let Some(chat) = self.chats.get_mut(&number) else { return Vec::new() };
        chat.is_asked = false;
        let mut deeds = Vec::new();
        match chat.outbox.pop_front() {
            Some(Request::Join(_)) => {
                chat.user_id = user_id;
                deeds.push(Deed::Note(format!("you are in chat #{number}: {}", chat.session)));
            }
            Some(Request::Release(_)) => deeds.extend(self.close(number, "you left chat")),
            // Everything else shows itself when it comes back as an event.
            _ => {}
        }
        deeds.extend(self.flush());
        deeds
    }

    fn refused(&mut self, failure: Failure) -> Vec<Deed> {
        let Failure { reference, code, text, session_id } = failure;
        let is_later = matches!(code, 429 | 503 | 504);
        match self.take_asked(reference.as_ref()) {
            Some(Asked::Register) if self.token.is_some() => {
                // Another server than the one that gave the token.
                self.token = None;
                vec![Deed::Reconnect]
            }
            Some(Asked::Register | Asked::Login | Asked::Logout) if is_later => {
                vec![Deed::Reconnect]
            }
            Some(Asked::Logout) => vec![Deed::End],
            Some(Asked::Register | Asked::Login) => vec![Deed::GiveUp(format!("{text} ({code})"))],
            Some(Asked::Accept(ticket)) => {
                self.invitations.retain(|one| one.ticket != ticket);
                note(&format!("not accepted: {text} ({code})"))
            }
            Some(Asked::Chat(number)) if is_later => {
                if let Some(chat) = self.chats.get_mut(&number) {
                    chat.is_asked = false;
                }
                vec![Deed::TryLater]
            }
            Some(Asked::Chat(number)) => self.refused_in_chat(number, code, &text),
            Some(Asked::Other) => note(&format!("not done: {text} ({code})")),
            None => match session_id.and_then(|session| self.number_of(&session)) {
                Some(number) => self.close(number, &format!("{text} ({code}):")),
                None => note(&format!("{text} ({code})")),
            },
        }
    }

    fn refused_in_chat(&mut self, number: usize, code: u16, text: &str) -> Vec<Deed> {
        let Some(chat) = self.chats.get_mut(&number) else { return Vec::new() };
        chat.is_asked = false;
        let refused = chat.outbox.front();
        let is_join = matches!(refused, Some(Request::Join(_)));
        if is_join || matches!(code, 404 | 410 | 8_201) {
            let mut deeds = self.close(number, &format!("{text} ({code}):"));
            deeds.extend(self.flush());
            return deeds;
        }
        chat.outbox.pop_front();
        let mut deeds = note(&format!("not sent: {text} ({code})"));
        deeds.extend(self.flush());
        deeds
    }

    /// Shows what is new in a chat, each event once.
    fn told(&mut self, info: &SessionInfo) -> Vec<Deed> {
        let Some(number) = self.number_of(&info.session_id) else { return Vec::new() };
        let zone = &self.zone;
        let Some(chat) = self.chats.get_mut(&number) else { return Vec::new() };
        let mut deeds = Vec::new();
        for event in &info.events {
            if event.event_id <= chat.last_event {
                continue;
            }
            chat.last_event = event.event_id;
            let line = show::of_event(event, zone);
            deeds.extend(line.map(|line| Deed::Show(format!("#{number} {line}"))));
        }
        chat.last_event = chat.last_event.max(info.position);
        if info.status == SessionStatus::Over {
            deeds.extend(self.close(number, "the end of chat"));
            deeds.extend(self.flush());
        }
        deeds
    }

    fn typed(&mut self, typing: &Typing) -> Vec<Deed> {
        let Some(number) = self.number_of(&typing.session_id) else { return Vec::new() };
        let Some(chat) = self.chats.get_mut(&number) else { return Vec::new() };
        let is_own = chat.user_id.as_ref() == Some(&typing.user_id);
        if typing.event_id <= chat.last_event {
            return Vec::new();
        }
        chat.last_event = typing.event_id;
        let line = show::of_typing(typing, &self.zone).filter(|_| !is_own);
        line.map(|line| Deed::Show(format!("#{number} {line}"))).into_iter().collect()
    }

    fn status(&mut self, status: AgentStatus) -> Vec<Deed> {
        let mut deeds = Vec::new();
        if let Some(chats) = status.media.iter().find(|one| one.media == MEDIA) {
            if chats.forced {
                let text = "an invitation was missed, so none come until you say /ready";
                deeds.push(Deed::Note(text.to_owned()));
            }
            self.readiness = (chats.state, chats.reason.clone().unwrap_or_default());
        }
        for handled in status.handled.into_iter().flatten() {
            if handled.media == MEDIA && !self.left.contains(&handled.interaction_id) {
                let token = token_of(&handled);
                let visibility = visibility_of(&handled, &status.agent);
                deeds.extend(self.enter(handled.interaction_id, (token, visibility)));
            }
        }
        if let Some(invitations) = status.invitations {
            let known = std::mem::take(&mut self.invitations);
            for invite in invitations {
                if known.iter().any(|one| one.ticket == invite.ticket) {
                    self.invitations.push(invite.clone());
                    deeds.extend(self.accept_at_once(invite.ticket));
                } else {
                    deeds.extend(self.invited(invite));
                }
            }
        }
        deeds
    }

    fn invited(&mut self, invite: Invite) -> Vec<Deed> {
        let Invite { ticket, remaining_ms, interaction, .. } = &invite;
        let (ticket, id, queue) = (*ticket, &interaction.interaction_id, &interaction.queue);
        let seconds = remaining_ms / 1_000;
        let mut text = format!("invitation: {} {id} of queue {queue}", interaction.media);
        if self.acceptance == Acceptance::ByHand {
            text.push_str(&format!(", for {seconds} s: /accept or /reject"));
        }
        self.left.remove(&invite.interaction.interaction_id);
        self.invitations.push(invite);
        let mut deeds = note(&text);
        deeds.extend(self.accept_at_once(ticket));
        deeds
    }

    fn accept_at_once(&mut self, ticket: u64) -> Option<Deed> {
        let is_new = !self.has_asked(&Asked::Accept(ticket));
        let is_wanted = self.acceptance == Acceptance::AtOnce && is_new && !self.is_quitting;
        is_wanted.then(|| self.accept(ticket))
    }

    fn accept(&mut self, ticket: u64) -> Deed {
        self.send(Request::Accept(Accept { ticket }), Asked::Accept(ticket))
    }

    /// Joins a chat, if the agent is not in it already, with what proves that it was given to him.
    fn enter(
        &mut self,
        session: String,
        (user_data, visibility): (UserData, Visibility),
    ) -> Vec<Deed> {
        if self.number_of(&session).is_some() {
            return Vec::new();
        }
        self.n_chats += 1;
        let (session_id, message_id) = (Some(session.clone()), Some(self.new_name()));
        let join = Join { session_id, message_id, user_data, visibility, ..Join::default() };
        let join = Request::Join(Box::new(join));
        let outbox = VecDeque::from([join]);
        let chat = Chat { session, user_id: None, last_event: 0, outbox, is_asked: false };
        self.chats.insert(self.n_chats, chat);
        self.current = self.current.or(Some(self.n_chats));
        self.flush()
    }

    /// Forgets a chat, and says what was not said in it.
    fn close(&mut self, number: usize, why: &str) -> Vec<Deed> {
        let Some(chat) = self.chats.remove(&number) else { return Vec::new() };
        let unsent = chat.outbox.iter().filter(|one| matches!(one, Request::Message(_))).count();
        self.left.insert(chat.session);
        if self.current == Some(number) {
            self.current = self.chats.keys().next().copied();
        }
        let mut deeds = note(&format!("{why} #{number}"));
        if 0 < unsent {
            deeds.extend(note(&format!("{unsent} lines were not sent any more")));
        }
        deeds
    }

    fn send(&mut self, request: Request, asked: Asked) -> Deed {
        self.n_refs += 1;
        self.asked.insert(self.n_refs, asked);
        let reference = Some(Ref::Number(self.n_refs));
        Deed::Send(Box::new(RequestFrame { reference, request }))
    }

    fn take_asked(&mut self, reference: Option<&Ref>) -> Option<Asked> {
        match reference {
            Some(Ref::Number(number)) => self.asked.remove(number),
            Some(Ref::Text(_)) | None => None,
        }
    }

    fn has_asked(&self, what: &Asked) -> bool {
        self.asked.values().any(|asked| asked == what)
    }

    fn number_of(&self, session: &str) -> Option<usize> {
        let found = self.chats.iter().find(|(_, chat)| chat.session == session);
        found.map(|(number, _)| *number)
    }

    fn new_name(&mut self) -> String {
        self.n_names += 1;
        format!("{}-{}", self.run, self.n_names)
    }
}

/// How an agent is to be in the session of an interaction that lies on his desk.
fn visibility_of(interaction: &Interaction, agent: &str) -> Visibility {
    let own = interaction.observers.iter().find(|observer| observer.agent == agent);
    match own.map(|own| own.visibility_mode) {
        None | Some(VisibilityMode::Conference) => Visibility::All,
        Some(VisibilityMode::Coach) => Visibility::Int,
        Some(VisibilityMode::Monitor) => Visibility::Vip,
    }
}

/// What an interaction holds for those who come into its session.
fn token_of(interaction: &Interaction) -> UserData {
    let token = interaction.user_data.0.get_key_value(RESTORATION_TOKEN);
    UserData(token.map(|(key, token)| (key.clone(), token.clone())).into_iter().collect())
}

fn note(text: &str) -> Vec<Deed> {
    vec![Deed::Note(show::harmless(text))]
}

#[cfg(test)]
mod tests;
