//! One agent in one chat: what he can do in it, whatever his part is.

use crate::cli::centre::chat::Chat;
use crate::cli::centre::seat::{Answer, News, Seat};
use crate::cli::centre::world::Centre;
use crate::cli::torture::check::{Acked, Author, Sight};
use crate::edge::agent::wire::frame::Interaction;
use crate::edge::agent::wire::request::{
    AfterAction, Join, Message, OneInteraction, Pull, Release, Request, StopProcessing, Workbin,
};
use crate::edge::agent::wire::{Frame, Visibility};
use std::rc::Rc;
use std::time::Duration;

/// How long somebody waits for what another player is to do.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One agent in one chat.
#[derive(Clone)]
pub struct Player {
    pub centre: Rc<Centre>,
    pub seat: Rc<Seat>,
    pub chat: Rc<Chat>,
    pub session: String,
}

impl Player {
    pub fn begin(&self) {
        self.seat.standing.borrow_mut().scenes.insert(self.session.clone());
    }

    pub fn end(&self) {
        self.seat.standing.borrow_mut().scenes.remove(&self.session);
    }

    /// Another one in the same chat.
    pub fn of(&self, seat: &Rc<Seat>) -> Self {
        Self { seat: seat.clone(), ..self.clone() }
    }

    /// Whether he talks in the chat then.
    pub async fn join(&self, interaction: &Interaction, visibility: Visibility) -> bool {
        if self.seat.is_in(&self.session) {
            return true;
        }
        let n_times = {
            let standing = self.seat.standing.borrow();
            standing.rooms.get(&self.session).map_or(0, |room| room.n_times)
        };
        let (run, seat) = (&self.centre.world.run, &self.seat.name);
        let mut join = Join {
            session_id: Some(self.session.clone()),
            message_id: Some(format!("{run}-{seat}-join-{n_times}")),
            visibility,
            ..Join::default()
        };
        if let Some(token) = interaction.user_data.text("ChatServerWebapiToken") {
            join.user_data.set("ChatServerWebapiToken", token);
        }
        self.seat.does(Request::Join(Box::new(join))).await
    }

    /// Whether it was said.
    pub async fn say(&self, visibility: Visibility) -> bool {
        let sight = match visibility {
            Visibility::All => Sight::All,
            Visibility::Int => Sight::Agents,
            Visibility::Vip => Sight::Supervisors,
        };
        let (world, session) = (&self.centre.world, &self.session);
        let now = world.now();
        let cseq = world.note(session, |record| record.plan(Author::Agent, sight, now));
        let Some((text, mark)) = world.text(session, (Author::Agent, cseq)) else { return false };
        world.note(session, |record| record.sent(Author::Agent, cseq, now));
        let message = Message {
            session_id: session.clone(),
            message_id: Some(mark.key),
            text,
            visibility,
            ..Message::default()
        };
        let Answer::Done(ack) = self.seat.ask(Request::Message(message)).await else {
            world.note(session, |record| record.give_up());
            return false;
        };
        let acked = Acked { at: world.now(), position: ack.event_id };
        world.note(session, |record| record.acked(Author::Agent, cseq, acked));
        true
    }

    /// Whether there is nobody to talk with any more.
    pub fn is_over(&self) -> bool {
        self.chat.has_customer_gone.get() || self.seat.knows_the_end_of(&self.session)
    }

    /// Goes out of the chat, if he is in it; so he has the interaction no more.
    pub async fn leave(&self, after: AfterAction) {
        if !self.seat.is_in(&self.session) {
            if self.seat.has(&self.session) {
                self.seat.does(Request::LeaveInteraction(self.interaction())).await;
            }
            return;
        }
        let run = &self.centre.world.run;
        let at = self.centre.world.now();
        self.seat
            .does(Request::Release(Release {
                session_id: self.session.clone(),
                message_id: Some(format!("{run}-release-{at}")),
                user_id: None,
                after_action: after,
                text: None,
            }))
            .await;
    }

    pub async fn mark_done(&self) {
        let (interaction_id, reason) = (self.session.clone(), "done".to_owned());
        let stop = StopProcessing { interaction_id, reason };
        self.seat.does(Request::StopProcessing(stop)).await;
    }

    pub fn interaction(&self) -> OneInteraction {
        OneInteraction { interaction_id: self.session.clone() }
    }

    /// Takes it out of where it lies: it is on his desk then. Whether it was there.
    pub async fn pull(&self, workbin: Option<&Workbin>) -> bool {
        let (interaction_id, workbin) = (self.session.clone(), workbin.cloned());
        // He is led from here on, also if he finds it on his desk after a crash.
        self.begin();
        let answer = self.seat.ask(Request::Pull(Pull { interaction_id, workbin })).await;
        let Answer::Shown(frame) = answer else {
            self.end();
            return false;
        };
        let Frame::PulledInteractions(pulled) = *frame else { return false };
        for interaction in pulled.interactions {
            self.seat.standing.borrow_mut().has.insert(self.session.clone());
            self.chat.is_act_over.set(true);
            self.seat.tell(News::Handled(Box::new(interaction)));
        }
        true
    }
}
