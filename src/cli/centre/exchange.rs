//! The desk of a [`Seat`]: carries what he is made to ask over any number of connections, and notes
//! every frame both ways. It knows nothing of what is done in the contact centre.

use crate::cli::centre::journal::Happening;
use crate::cli::centre::seat::{Answer, Errand, News, Seat};
use crate::cli::torture::attend::{AtDesk, Next};
use crate::cli::torture::check::{ViewKind, Viewer};
use crate::cli::torture::desk::MEDIA;
use crate::cli::torture::desk::room::seen;
use crate::edge::agent::wire::frame::{AgentStatus, Beat, Interaction};
use crate::edge::agent::wire::request::{
    AddMedia, AgentLogin, Join, Nothing, OneMedia, Register, Request, Resume, ResumedSession,
};
use crate::edge::agent::wire::{
    Ack, Failure, Frame, MediaState, Ref, RequestFrame, SessionInfo, SessionStatus, Visibility,
};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

const CLIENT_VERSION: u16 = 106;

/// Everybody is called so: who serves a customer changes nothing that he sees.
const NICKNAME: &str = "Agent";

enum Task {
    Register,
    Login,
    Asked(Errand),
}

pub struct Exchange {
    seat: Rc<Seat>,
    token: Option<String>,
    n_refs: u64,
    asked: BTreeMap<u64, Task>,
    waiting: VecDeque<Task>,
    /// What the server had no time for.
    later: Vec<Task>,
    /// Frames that need no answer.
    remarks: Vec<RequestFrame>,
}

impl Exchange {
    pub fn new(seat: &Rc<Seat>) -> Self {
        Self {
            seat: seat.clone(),
            token: None,
            n_refs: 0,
            asked: BTreeMap::new(),
            waiting: VecDeque::new(),
            later: vec![],
            remarks: vec![],
        }
    }
}

impl AtDesk for Exchange {
    type Wish = Errand;

    fn connected(&mut self) {
        self.seat.note(Happening::Opened);
        self.seat.standing.borrow_mut().is_online = true;
        self.waiting.push_front(Task::Register);
    }

    fn lost(&mut self) {
        self.seat.note(Happening::Lost);
        self.seat.standing.borrow_mut().is_online = false;
        let mut again: VecDeque<_> = std::mem::take(&mut self.asked).into_values().collect();
        again.append(&mut self.waiting);
        again.retain(|task| matches!(task, Task::Asked(_)));
        self.waiting = again;
        self.remarks.clear();
    }

    /// After a registration nothing is sent until it is answered.
    fn next_frame(&mut self) -> Option<RequestFrame> {
        if self.asked.values().any(|task| matches!(task, Task::Register)) {
            return None;
        }
        let is_to_register = matches!(self.waiting.front(), Some(Task::Register));
        let frame = match self.remarks.pop().filter(|_| !is_to_register) {
            Some(remark) => remark,
            None => {
                let task = self.waiting.pop_front()?;
                let request = self.request(&task);
                self.n_refs += 1;
                self.asked.insert(self.n_refs, task);
                RequestFrame { reference: Some(Ref::Number(self.n_refs)), request }
            }
        };
        if !matches!(frame.request, Request::Pong(_)) {
            self.seat.note(Happening::Sent(Box::new(frame.clone())));
        }
        Some(frame)
    }

    fn retry(&mut self) {
        self.waiting.extend(self.later.drain(..));
    }

    fn wish(&mut self, errand: Errand) {
        self.waiting.push_back(Task::Asked(errand));
    }

    fn take_crash(&mut self) -> Option<Duration> {
        self.seat.standing.borrow_mut().crash.take()
    }

    fn hear(&mut self, frame: Frame) -> Next {
        if !matches!(frame, Frame::Ping(_) | Frame::Pong(_)) {
            self.seat.note(Happening::Heard(Box::new(frame.clone())));
        }
        match frame {
            Frame::Registered(registered) => {
                self.asked.retain(|_, task| !matches!(task, Task::Register));
                self.token = Some(registered.resume_token);
                self.log_in();
            }
            Frame::Ack(ack) => self.acknowledged(ack),
            Frame::Error(failure) => return self.refused(failure),
            Frame::SessionInfo(info) => self.told(&info),
            Frame::AgentStatus(status) => self.standing_is(&status),
            Frame::Invite(invite) => self.invited(invite),
            Frame::Revoked(revoked) => {
                let mut standing = self.seat.standing.borrow_mut();
                match revoked.ticket {
                    Some(ticket) => standing.invitations.remove(&ticket).is_some(),
                    // What he had was taken from him.
                    None => standing.has.remove(&revoked.interaction_id),
                };
            }
            Frame::Rejected(rejected) => {
                self.seat.standing.borrow_mut().declined.insert(rejected.ticket);
            }
            Frame::PartyAdded(added) if added.agent == self.seat.name => {
                let mut standing = self.seat.standing.borrow_mut();
                standing.invitations.retain(|_, one| *one != added.interaction_id);
                standing.has.insert(added.interaction_id);
            }
            Frame::PartyRemoved(removed) if removed.agent == self.seat.name => {
                self.seat.standing.borrow_mut().has.remove(&removed.interaction_id);
            }
            Frame::LoggedOut(_) => {
                let mut standing = self.seat.standing.borrow_mut();
                (standing.is_logged_in, standing.is_ready) = (false, false);
                standing.has.clear();
                standing.invitations.clear();
                drop(standing);
                self.log_in();
            }
            Frame::Ping(Beat { reference }) => {
                self.remarks.push(RequestFrame { reference, request: Request::Pong(Nothing {}) });
            }
            Frame::PulledInteractions(ref pulled) => {
                let reference = pulled.reference.clone();
                self.shown(reference.as_ref(), frame);
            }
            Frame::InteractionProperties(ref found) => {
                let reference = found.reference.clone();
                self.shown(reference.as_ref(), frame);
            }
            Frame::FoundInteractions(ref found) => {
                let reference = found.reference.clone();
                self.shown(reference.as_ref(), frame);
            }
            Frame::PartyAdded(_)
            | Frame::PartyRemoved(_)
            | Frame::Moved(_)
            | Frame::PropertiesChanged(_)
            | Frame::Held(_)
            | Frame::Resumed(_)
            | Frame::ProcessingStopped(_)
            | Frame::WorkbinContent(_)
            | Frame::WorkbinContentChanged(_)
            | Frame::Typing(_)
            | Frame::Pong(_) => {}
        }
        Next::GoOn
    }
}

impl Exchange {
    fn request(&self, task: &Task) -> Request {
        let standing = self.seat.standing.borrow();
        match task {
            Task::Register => {
                let rooms = standing.rooms.iter().filter(|(_, room)| !room.is_over);
                let sessions = rooms.filter_map(|(session, room)| {
                    let (session_id, user_id) = (session.clone(), room.user_id.clone()?);
                    Some(ResumedSession { session_id, user_id, last_event_id: room.position })
                });
                let sessions = sessions.collect();
                Request::Register(Register {
                    client_name: Some("holdfast centre".to_owned()),
                    nickname: Some(NICKNAME.to_owned()),
                    client_version: Some(CLIENT_VERSION),
                    resume: self.token.clone().map(|token| Resume { token, sessions }),
                    ..Register::default()
                })
            }
            Task::Login => {
                let state = if standing.wants_to_be_ready {
                    MediaState::Ready
                } else {
                    MediaState::NotReady
                };
                let media = vec![AddMedia { media: MEDIA.to_owned(), state, reason: None }];
                Request::AgentLogin(AgentLogin { place: None, media })
            }
            Task::Asked(errand) => errand.request.clone(),
        }
    }

    fn log_in(&mut self) {
        let standing = self.seat.standing.borrow();
        let is_due = !standing.is_logged_in && standing.wants_to_work;
        let is_asked = self.asked.values().chain(&self.waiting);
        if is_due && !is_asked.into_iter().any(|task| matches!(task, Task::Login)) {
            self.waiting.push_front(Task::Login);
        }
    }

    fn acknowledged(&mut self, ack: Ack) {
        match self.take_asked(ack.reference.as_ref()) {
            Some(Task::Login) => self.seat.standing.borrow_mut().is_logged_in = true,
            Some(Task::Asked(errand)) => {
                if let Request::Join(join) = &errand.request {
                    self.joined(join, &ack);
                }
                if let Request::AgentLogin(_) = &errand.request {
                    self.seat.standing.borrow_mut().is_logged_in = true;
                }
                // Whoever asked may have gone.
                let _ = errand.answer.send(Answer::Done(Box::new(ack)));
            }
            Some(Task::Register) | None => {}
        }
    }

    fn shown(&mut self, reference: Option<&Ref>, frame: Frame) {
        if let Some(Task::Asked(errand)) = self.take_asked(reference) {
            let _ = errand.answer.send(Answer::Shown(Box::new(frame)));
        }
    }

    fn refused(&mut self, failure: Failure) -> Next {
        let Some(task) = self.take_asked(failure.reference.as_ref()) else {
            // Such as for a session that could not be resumed.
            if let Some(session) = &failure.session_id {
                self.leave_room(session);
            }
            return Next::GoOn;
        };
        match (failure.code, task) {
            (429 | 503 | 504, task) => {
                self.later.push(task);
                Next::GoOn
            }
            (421, task) => {
                self.later.push(task);
                Next::Reconnect
            }
            (401, Task::Register) => {
                self.token = None;
                Next::Reconnect
            }
            (_, Task::Register | Task::Login) => Next::Reconnect,
            (code, Task::Asked(errand)) => {
                if let (8_201, Some(session)) = (code, errand.request.session()) {
                    self.leave_room(session);
                }
                let _ = errand.answer.send(Answer::Refused(Box::new(failure)));
                Next::GoOn
            }
        }
    }

    fn joined(&self, join: &Join, ack: &Ack) {
        let Some(session) = &join.session_id else { return };
        let mut standing = self.seat.standing.borrow_mut();
        let is_unseen = join.visibility == Visibility::Vip;
        let room = standing.rooms.entry(session.clone()).or_default();
        if room.user_id.is_some() {
            return;
        }
        room.user_id.clone_from(&ack.user_id);
        (room.position, room.is_over) = (0, false);
        if is_unseen {
            standing.unseen.insert(session.clone());
        } else {
            room.stream = self.seat.world.note(session, |record| {
                record.has_agent = true;
                record.begin_stream(Viewer::Agent)
            });
        }
    }

    fn told(&self, info: &SessionInfo) {
        let session = &info.session_id;
        let scene = self.seat.world.scene(session);
        let lines: Vec<_> = info.events.iter().map(|event| scene.of_event(event)).collect();
        let mut standing = self.seat.standing.borrow_mut();
        let is_unseen = standing.unseen.contains(session);
        let Some(room) = standing.rooms.get_mut(session) else { return };
        if room.user_id.is_none() {
            return;
        }
        room.position = room.position.max(info.position);
        let has_left = room.has_left(&info.events);
        if !is_unseen {
            self.seat.world.show(session, seen(ViewKind::Stream, room.stream, lines));
        }
        if has_left {
            (room.user_id, room.n_times) = (None, room.n_times + 1);
            standing.unseen.remove(session);
        } else if info.status == SessionStatus::Over {
            room.is_over = true;
        }
    }

    fn leave_room(&self, session: &str) {
        if let Some(room) = self.seat.standing.borrow_mut().rooms.get_mut(session) {
            (room.user_id, room.n_times) = (None, room.n_times + 1);
        }
    }

    fn invited(&self, invite: Box<crate::edge::agent::wire::frame::Invite>) {
        let interaction = invite.interaction.interaction_id.clone();
        let mut standing = self.seat.standing.borrow_mut();
        let is_new = standing.invitations.insert(invite.ticket, interaction).is_none();
        if is_new {
            self.seat.tell(News::Invited(invite));
        }
    }

    fn standing_is(&mut self, status: &AgentStatus) {
        let media = status.media.iter().find(|one| one.media == MEDIA);
        let is_ready = media.is_some_and(|one| one.state == MediaState::Ready);
        {
            let mut standing = self.seat.standing.borrow_mut();
            standing.is_ready = is_ready;
            standing.is_logged_in = true;
            standing.is_left_in_peace = status.do_not_disturb.is_some();
            if let Some(handled) = &status.handled {
                standing.has = handled.iter().map(|one| one.interaction_id.clone()).collect();
            }
            if let Some(open) = &status.invitations {
                let open: Vec<_> = open.iter().map(|one| one.ticket).collect();
                standing.invitations.retain(|ticket, _| open.contains(ticket));
            }
        }
        for invite in status.invitations.iter().flatten() {
            self.invited(Box::new(invite.clone()));
        }
        for interaction in status.handled.iter().flatten() {
            self.handled(interaction);
        }
        // A missed invitation is no reason for a rest.
        let wants_to = self.seat.standing.borrow().wants_to_be_ready;
        if media.is_some() && !is_ready && wants_to {
            let request = Request::Ready(OneMedia { media: MEDIA.to_owned() });
            self.remarks.push(RequestFrame { reference: None, request });
        }
    }

    fn handled(&self, interaction: &Interaction) {
        let is_led = self.seat.standing.borrow().scenes.contains(&interaction.interaction_id);
        if !is_led {
            self.seat.tell(News::Handled(Box::new(interaction.clone())));
        }
    }

    fn take_asked(&mut self, reference: Option<&Ref>) -> Option<Task> {
        match reference? {
            Ref::Number(number) => self.asked.remove(number),
            Ref::Text(_) => None,
        }
    }
}
