//! An agent's desk: takes whatever this run brings, joins it, says what he is told to, and goes on
//! over any number of connections. It knows no socket: frames and wishes come in, errands wait to be
//! turned into frames.
//!
//! An errand that was not answered when a connection ended is sent again over the next one, by the
//! same name and in the old order. An agent who came back too late has left his sessions; what he
//! was still to say there is given up, and routing brings him or somebody else in again.

mod errand;
pub mod room;

pub use errand::Errand;

use crate::cli::torture::attend::{AtDesk, Next};
use crate::cli::torture::check::{Author, ViewKind, Viewer};
use crate::cli::torture::ledger::Record;
use crate::cli::torture::world::{Wish, World};
use crate::edge::agent::wire::frame::{Beat, Frame, Interaction, Invite, MediaStatus};
use crate::edge::agent::wire::request::{
    Nothing, OneMedia, Reject, Request, RequestFrame, ResumedSession,
};
use crate::edge::agent::wire::{Ack, Failure, MediaState, Ref, SessionInfo, SessionStatus};
use room::Room;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use tokio::sync::mpsc;

pub const MEDIA: &str = "chat";

pub struct Desk {
    world: Rc<World>,
    token: Option<String>,
    is_logged_in: bool,
    rooms: BTreeMap<String, Room>,
    n_refs: u64,
    asked: BTreeMap<u64, Errand>,
    waiting: VecDeque<Errand>,
    /// What the server had no time for.
    later: Vec<Errand>,
    /// Frames that need no answer.
    remarks: Vec<RequestFrame>,
    own_wishes: mpsc::UnboundedSender<Wish>,
}

impl Desk {
    pub fn new(world: &Rc<World>, own_wishes: mpsc::UnboundedSender<Wish>) -> Self {
        Self {
            world: world.clone(),
            token: None,
            is_logged_in: false,
            rooms: BTreeMap::new(),
            n_refs: 0,
            asked: BTreeMap::new(),
            waiting: VecDeque::new(),
            later: vec![],
            remarks: vec![],
            own_wishes,
        }
    }
}

impl AtDesk for Desk {
    type Wish = Wish;

    fn connected(&mut self) {
        self.waiting.push_front(Errand::Register);
    }

    fn lost(&mut self) {
        let asked = std::mem::take(&mut self.asked).into_values();
        let mut again: VecDeque<_> = asked.filter(|errand| *errand != Errand::Register).collect();
        again.append(&mut self.waiting);
        again.retain(|errand| *errand != Errand::Register);
        self.waiting = again;
        self.remarks.clear();
        self.rooms.values_mut().for_each(|room| room.whole.clear());
    }

    /// After a registration nothing is sent until it is answered.
    fn next_frame(&mut self) -> Option<RequestFrame> {
        if self.asked.values().any(|errand| *errand == Errand::Register) {
            return None;
        }
        if self.waiting.front() != Some(&Errand::Register)
            && let Some(remark) = self.remarks.pop()
        {
            return Some(remark);
        }
        loop {
            let errand = self.waiting.pop_front()?;
            let Some(request) = self.request(&errand) else {
                self.drop_errand(&errand);
                continue;
            };
            self.n_refs += 1;
            self.asked.insert(self.n_refs, errand);
            return Some(RequestFrame { reference: Some(Ref::Number(self.n_refs)), request });
        }
    }

    fn retry(&mut self) {
        let n = self.later.len() as u64;
        if 0 < n {
            self.world.count(|figures| figures.n_retries += n);
            self.waiting.extend(self.later.drain(..));
        }
    }

    fn wish(&mut self, wish: Wish) {
        self.waiting.push_back(match wish {
            Wish::Say { session, cseq } => Errand::Say(session, cseq),
            Wish::Transcript { session } => Errand::Transcript(session),
            Wish::Release { session } => Errand::Release(session),
        });
    }

    fn hear(&mut self, frame: Frame) -> Next {
        match frame {
            Frame::Registered(registered) => {
                self.asked.retain(|_, errand| *errand != Errand::Register);
                self.token = Some(registered.resume_token);
                if !self.is_logged_in {
                    self.waiting.push_front(Errand::Login);
                }
            }
            Frame::Ack(ack) => self.acknowledged(ack),
            Frame::Error(failure) => return self.refused(&failure),
            Frame::SessionInfo(info) => self.told(&info),
            Frame::AgentStatus(status) => {
                for invite in status.invitations.iter().flatten() {
                    self.invited(invite);
                }
                for interaction in status.handled.iter().flatten() {
                    self.handled(interaction);
                }
                self.be_ready(&status.media);
            }
            Frame::Invite(invite) => self.invited(&invite),
            Frame::LoggedOut(_) => {
                self.is_logged_in = false;
                self.waiting.push_back(Errand::Login);
            }
            Frame::Ping(Beat { reference }) => {
                self.remarks.push(RequestFrame { reference, request: Request::Pong(Nothing {}) });
            }
            Frame::PropertiesChanged(changed) => {
                let data = [&changed.added, &changed.changed].map(room::owner_of);
                if let Some(owner) = data.into_iter().flatten().next() {
                    self.name_owner(&changed.interaction_id, owner);
                }
            }
            // The server closes when everything that was begun is answered.
            Frame::Moved(_)
            | Frame::Revoked(_)
            | Frame::Rejected(_)
            | Frame::PartyAdded(_)
            | Frame::PartyRemoved(_)
            | Frame::Held(_)
            | Frame::Resumed(_)
            | Frame::ProcessingStopped(_)
            | Frame::PulledInteractions(_)
            | Frame::InteractionProperties(_)
            | Frame::FoundInteractions(_)
            | Frame::WorkbinContent(_)
            | Frame::WorkbinContentChanged(_)
            | Frame::Typing(_)
            | Frame::Pong(_) => {}
        }
        Next::GoOn
    }
}

impl Desk {
    fn acknowledged(&mut self, ack: Ack) {
        let Some(errand) = self.take_asked(ack.reference.as_ref()) else { return };
        match errand {
            Errand::Login => self.is_logged_in = true,
            Errand::Accept(_, session) => self.waiting.push_back(Errand::Join(session)),
            Errand::Join(session) => self.joined(session, ack.user_id),
            Errand::Say(session, cseq) => {
                self.world.acked(&session, (Author::Agent, cseq), ack.event_id);
            }
            Errand::Release(session) => self.waiting.push_back(Errand::Stop(session)),
            Errand::Stop(session) => self.world.note(&session, |record| record.is_released = true),
            Errand::Register | Errand::Transcript(_) => {}
        }
    }

    fn joined(&mut self, session: String, user_id: Option<String>) {
        let room = self.rooms.entry(session.clone()).or_default();
        if room.user_id.is_some() {
            // He was told so before.
            return;
        }
        room.user_id = user_id;
        room.position = 0;
        room.stream = self.world.note(&session, |record| {
            record.has_agent = true;
            record.begin_stream(Viewer::Agent)
        });
        self.world.desks.borrow_mut().insert(session, self.own_wishes.clone());
    }

    fn refused(&mut self, failure: &Failure) -> Next {
        let asked = self.take_asked(failure.reference.as_ref());
        let Some(errand) = asked else {
            // Such as for a session that could not be resumed.
            if let Some(session) = &failure.session_id {
                self.lose_room(session);
            }
            return Next::GoOn;
        };
        let is_expected = match (&errand, failure.code) {
            (Errand::Stop(_), 43) | (Errand::Release(_), 410 | 8_201) => true,
            // Somebody else was faster, or he took too long.
            (Errand::Accept(..), 43 | 404 | 409 | 410) => true,
            (_, _) => false,
        };
        if !is_expected {
            self.world.failed(&format!("agent {} {}", errand.name(), failure.code));
        }
        match (failure.code, errand) {
            (429 | 503 | 504, errand) => self.later.push(errand),
            (421, errand) => {
                self.later.push(errand);
                return Next::Reconnect;
            }
            (401, Errand::Register) => {
                self.token = None;
                return Next::Reconnect;
            }
            (_, Errand::Login | Errand::Register) => return Next::Reconnect,
            (_, Errand::Release(session)) => self.waiting.push_back(Errand::Stop(session)),
            (_, Errand::Stop(session)) => {
                self.world.note(&session, |record| record.is_released = true);
            }
            (code, errand) => {
                self.drop_errand(&errand);
                if let (8_201, Some(session)) = (code, errand.session()) {
                    self.lose_room(session);
                }
            }
        }
        Next::GoOn
    }

    /// An errand that will never be carried out.
    fn drop_errand(&self, errand: &Errand) {
        if let Errand::Say(session, _) = errand {
            self.world.note(session, |record| record.give_up());
        }
    }

    /// He is out of a session and knows nothing of it until he comes in again.
    fn lose_room(&mut self, session: &str) {
        if let Some(room) = self.rooms.get_mut(session) {
            room.user_id = None;
            room.n_times += 1;
            let mut desks = self.world.desks.borrow_mut();
            // Another agent may be in his place by now.
            if desks.get(session).is_some_and(|desk| desk.same_channel(&self.own_wishes)) {
                desks.remove(session);
            }
        }
    }

    fn told(&mut self, info: &SessionInfo) {
        let session = &info.session_id;
        let reference = number(info.reference.as_ref());
        let asked = reference.and_then(|reference| self.asked.get(&reference));
        let is_whole = matches!(asked, Some(Errand::Transcript(_)));
        let scene = self.world.scene(session);
        let lines: Vec<_> = info.events.iter().map(|event| scene.of_event(event)).collect();
        let Some(room) = self.rooms.get_mut(session) else { return };
        if is_whole {
            room.whole.extend(lines);
            if !info.more {
                let whole = std::mem::take(&mut room.whole);
                self.take_asked(info.reference.as_ref());
                self.world.show(session, room::seen(ViewKind::Whole, 0, whole));
            }
            return;
        }
        room.position = room.position.max(info.position);
        let (has_left, stream) = (room.has_left(&info.events), room.stream);
        self.world.show(session, room::seen(ViewKind::Stream, stream, lines));
        let said_so = |record: &mut Record| record.history.goodbyes.contains_key(&Author::Agent);
        if has_left && !self.world.note(session, said_so) {
            self.lose_room(session);
        } else if info.status == SessionStatus::Over
            && let Some(room) = self.rooms.get_mut(session)
        {
            room.is_over = true;
        }
    }

    fn invited(&mut self, invite: &Invite) {
        let session = &invite.interaction.interaction_id;
        if !room::is_of_run(&invite.interaction, &self.world.run) {
            let reason = "not of this run".to_owned();
            let request = Request::Reject(Reject { ticket: invite.ticket, reason });
            self.remarks.push(RequestFrame { reference: None, request });
            return;
        }
        self.name_owner_of(&invite.interaction);
        let is_on_its_way = self
            .errands()
            .any(|errand| matches!(errand, Errand::Accept(ticket, _) if *ticket == invite.ticket));
        if !is_on_its_way {
            self.waiting.push_back(Errand::Accept(invite.ticket, session.clone()));
        }
    }

    /// Something lies on the desk: he is in it, or goes there, or clears away what another run left.
    fn handled(&mut self, interaction: &Interaction) {
        let session = &interaction.interaction_id;
        let is_ours = room::is_of_run(interaction, &self.world.run);
        let is_in = self.rooms.get(session).is_some_and(|room| room.user_id.is_some());
        let is_busy = self.errands().any(|errand| errand.session() == Some(session));
        if !is_ours && room::is_of_torture(interaction) {
            self.waiting.push_back(Errand::Stop(session.clone()));
        } else if is_ours {
            self.name_owner_of(interaction);
            if !is_in && !is_busy {
                self.waiting.push_back(Errand::Join(session.clone()));
            }
        }
    }

    fn name_owner_of(&self, interaction: &Interaction) {
        if let Some(owner) = room::owner_of(&interaction.user_data) {
            self.name_owner(&interaction.interaction_id, owner);
        }
    }

    fn name_owner(&self, session: &str, owner: String) {
        self.world.note(session, |record| record.history.owner = Some(owner));
    }

    /// A missed invitation is no reason for a rest.
    fn be_ready(&mut self, media: &[MediaStatus]) {
        let is_resting =
            media.iter().any(|one| one.media == MEDIA && one.state == MediaState::NotReady);
        if is_resting {
            let request = Request::Ready(OneMedia { media: MEDIA.to_owned() });
            self.remarks.push(RequestFrame { reference: None, request });
        }
    }

    fn errands(&self) -> impl Iterator<Item = &Errand> {
        self.asked.values().chain(&self.waiting).chain(&self.later)
    }

    fn take_asked(&mut self, reference: Option<&Ref>) -> Option<Errand> {
        self.asked.remove(&number(reference)?)
    }

    fn resumed(&self) -> Vec<ResumedSession> {
        let rooms = self.rooms.iter().filter(|(_, room)| !room.is_over);
        let resumed = rooms.filter_map(|(session, room)| {
            let (session_id, user_id) = (session.clone(), room.user_id.clone()?);
            Some(ResumedSession { session_id, user_id, last_event_id: room.position })
        });
        resumed.collect()
    }
}

fn number(reference: Option<&Ref>) -> Option<u64> {
    match reference? {
        Ref::Number(number) => Some(*number),
        Ref::Text(_) => None,
    }
}
