//! What an agent does with one interaction: answers the invitation, talks, plays what the plan
//! says, and ends it.

use crate::cli::centre::acts::{self, After};
use crate::cli::centre::chat::{Chat, Turn};
use crate::cli::centre::plan::Act;
use crate::cli::centre::seat::{Answer, Seat};
use crate::cli::centre::supervise;
use crate::cli::centre::world::Centre;
use crate::cli::torture::check::{Acked, Author, Sight};
use crate::edge::agent::wire::Visibility;
use crate::edge::agent::wire::frame::{Interaction, Invite, Operation};
use crate::edge::agent::wire::request::{
    Accept, AfterAction, Join, Message, OneInteraction, Reject, Release, Request, StopProcessing,
    VisibilityMode,
};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

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

/// Answers an invitation, and plays on if it is accepted.
pub async fn invited(centre: Rc<Centre>, seat: Rc<Seat>, invite: Box<Invite>) {
    let ticket = invite.ticket;
    let Some(chat) = centre.chat_of(&invite.interaction) else {
        return reject(&seat, ticket, "not of this run").await;
    };
    centre.pause(0.2).await;
    let is_routed = invite.operation == Operation::RouteTo && invite.inviter.is_none();
    let is_trick = match chat.plan.act {
        act if act == Act::Reject || act == Act::Miss => is_routed,
        act => act == Act::TransferToAgent && chat.plan.is_other_way && !is_routed,
    };
    if is_trick && !chat.is_trick_done.replace(true) {
        // A missed one rings until its time is over.
        if chat.plan.act != Act::Miss {
            reject(&seat, ticket, "not now").await;
        }
        return;
    }
    let Answer::Done(_) = seat.ask(Request::Accept(Accept { ticket })).await else { return };
    seat.standing.borrow_mut().has.insert(invite.interaction.interaction_id.clone());
    let player = Player { centre, seat, chat, session: invite.interaction.interaction_id.clone() };
    player.begin();
    player.play(&invite.interaction, invite.visibility_mode).await;
    player.end();
}

/// Goes on with what lies on the desk.
pub async fn found(centre: Rc<Centre>, seat: Rc<Seat>, interaction: Box<Interaction>) {
    let session = interaction.interaction_id.clone();
    let Some(chat) = centre.chat_of(&interaction) else {
        let reason = "not of this run".to_owned();
        let stop = StopProcessing { interaction_id: session, reason };
        seat.does(Request::StopProcessing(stop)).await;
        return;
    };
    let player = Player { centre, seat, chat, session };
    player.begin();
    let is_observer = interaction.observers.iter().find(|one| one.agent == player.seat.name);
    match is_observer {
        Some(_) => player.leave(AfterAction::KeepAlive).await,
        None => player.play(&interaction, None).await,
    }
    player.end();
}

async fn reject(seat: &Seat, ticket: u64, reason: &str) {
    let reason = reason.to_owned();
    seat.ask(Request::Reject(Reject { ticket, reason })).await;
}

impl Player {
    pub fn begin(&self) {
        self.seat.standing.borrow_mut().scenes.insert(self.session.clone());
    }

    pub fn end(&self) {
        self.seat.standing.borrow_mut().scenes.remove(&self.session);
    }

    /// Plays the part for which he was invited.
    pub async fn play(&self, interaction: &Interaction, part: Option<VisibilityMode>) {
        self.centre.ask_why(&self.session, &self.seat.name);
        match part {
            Some(VisibilityMode::Coach) => self.coach(interaction).await,
            Some(VisibilityMode::Conference) => self.confer(interaction).await,
            Some(VisibilityMode::Monitor) | None => self.handle(interaction).await,
        }
    }

    /// Handles it, from the joining to the end.
    pub async fn handle(&self, interaction: &Interaction) {
        if !self.join(interaction, Visibility::All).await {
            return self.give_up().await;
        }
        self.chat.n_handlers.set(self.chat.n_handlers.get() + 1);
        if self.chat.plan.act.is_twin() {
            return self.talk_as_twin().await;
        }
        self.talk().await;
    }

    pub async fn talk(&self) {
        let chat = &self.chat;
        let mut has_spoken = false;
        loop {
            if self.is_over() {
                return self.finish().await;
            }
            if !self.seat.has(&self.session) {
                return self.leave(AfterAction::KeepAlive).await;
            }
            if !has_spoken || Chat::takes(&chat.n_agent_words_left) {
                // Whoever comes says something, however much was said before.
                if !has_spoken {
                    Chat::takes(&chat.n_agent_words_left);
                }
                has_spoken = self.say(Visibility::All).await || has_spoken;
            }
            self.centre.pause(1.0).await;
            if !chat.has_begun_act.replace(true) {
                match acts::perform(self).await {
                    After::Stays => chat.is_act_over.set(true),
                    After::IsGone => return,
                }
            }
            if chat.plan.act == Act::AgentCloses && chat.is_played() {
                return self.close().await;
            }
        }
    }

    /// Every word waits for the one before, so that two such chats are the same but for who looks on.
    async fn talk_as_twin(&self) {
        let chat = &self.chat;
        let is_first = !chat.has_begun_act.replace(true);
        let supervisor = self.centre.supervisor_of(chat).filter(|_| is_first);
        let watcher = supervisor.filter(|_| chat.plan.act == Act::TwinWatched);
        if let Some(seat) = &watcher {
            supervise::begin_to_watch(&self.of(seat)).await;
        }
        while Chat::takes(&chat.n_agent_words_left) {
            if !self.say(Visibility::All).await {
                break;
            }
            chat.turn.set(Turn::Customer);
            let is_mine = || chat.turn.get() == Turn::Agent || self.is_over();
            self.centre.world.wait_until(Instant::now() + PATIENCE, is_mine).await;
            // Nobody looks on at the last words.
            if chat.n_agent_words_left.get() == 1
                && let Some(seat) = &watcher
            {
                self.of(seat).leave(AfterAction::KeepAlive).await;
            }
        }
        chat.is_act_over.set(true);
        self.close().await;
    }

    /// Another one in the same chat.
    pub fn of(&self, seat: &Rc<Seat>) -> Self {
        Self { seat: seat.clone(), ..self.clone() }
    }

    /// Advises the agent, says so among colleagues, and goes.
    async fn coach(&self, interaction: &Interaction) {
        if self.join(interaction, Visibility::Int).await {
            self.say(Visibility::Int).await;
            self.centre.pause(1.0).await;
        }
        self.chat.has_colleague.set(true);
        self.leave(AfterAction::KeepAlive).await;
    }

    /// Talks too; in one of two ways he goes first, in the other he goes on with it.
    async fn confer(&self, interaction: &Interaction) {
        if !self.join(interaction, Visibility::All).await {
            self.chat.has_colleague.set(true);
            return self.leave(AfterAction::KeepAlive).await;
        }
        self.say(Visibility::All).await;
        self.chat.has_colleague.set(true);
        if self.chat.plan.is_other_way {
            self.talk().await;
        } else {
            self.centre.pause(1.0).await;
            self.leave(AfterAction::KeepAlive).await;
        }
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

    /// Marks done what the customer has left; in one of two orders.
    async fn finish(&self) {
        if self.chat.plan.is_other_way {
            self.mark_done().await;
            self.leave(AfterAction::KeepAlive).await;
        } else {
            self.leave(AfterAction::KeepAlive).await;
            self.mark_done().await;
        }
    }

    /// Ends the chat of a customer who is still there.
    async fn close(&self) {
        self.leave(AfterAction::ForceClose).await;
        self.mark_done().await;
    }

    async fn mark_done(&self) {
        let (interaction_id, reason) = (self.session.clone(), "done".to_owned());
        let stop = StopProcessing { interaction_id, reason };
        self.seat.does(Request::StopProcessing(stop)).await;
    }

    /// What cannot be joined is over, or it goes to somebody else.
    async fn give_up(&self) {
        if self.is_over() {
            self.mark_done().await;
        } else if self.seat.has(&self.session) {
            self.seat.does(Request::LeaveInteraction(self.interaction())).await;
        }
    }

    pub fn interaction(&self) -> OneInteraction {
        OneInteraction { interaction_id: self.session.clone() }
    }
}
