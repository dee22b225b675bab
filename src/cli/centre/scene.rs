//! What an agent does with one interaction: answers the invitation, talks, plays what the plan
//! says, and ends it.

use crate::cli::centre::acts::{self, After};
use crate::cli::centre::chat::{Chat, Turn};
use crate::cli::centre::plan::Act;
use crate::cli::centre::player::{PATIENCE, Player};
use crate::cli::centre::seat::{Answer, Seat};
use crate::cli::centre::supervise;
use crate::cli::centre::world::Centre;
use crate::edge::agent::wire::Visibility;
use crate::edge::agent::wire::frame::{Interaction, Invite, Operation};
use crate::edge::agent::wire::request::{
    Accept, AfterAction, Reject, Request, StopProcessing, VisibilityMode,
};
use std::rc::Rc;
use tokio::time::Instant;

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
    /// Plays the part for which he was invited.
    async fn play(&self, interaction: &Interaction, part: Option<VisibilityMode>) {
        self.centre.ask_why(&self.session, &self.seat.name);
        if let Some(parent) = &interaction.parent_interaction_id {
            return self.advise(interaction, parent).await;
        }
        match part {
            Some(VisibilityMode::Coach) => self.coach(interaction).await,
            Some(VisibilityMode::Conference) => self.confer(interaction).await,
            Some(VisibilityMode::Monitor) | None => self.handle(interaction).await,
        }
    }

    /// Handles it, from the joining to the end.
    async fn handle(&self, interaction: &Interaction) {
        if !self.join(interaction, Visibility::All).await {
            return self.give_up().await;
        }
        self.chat.n_handlers.set(self.chat.n_handlers.get() + 1);
        if self.chat.plan.act.is_twin() {
            return self.talk_as_twin().await;
        }
        self.talk().await;
    }

    async fn talk(&self) {
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

    /// Is asked about what a colleague has: answers among colleagues, in the colleague's chat, and
    /// ends the question.
    async fn advise(&self, question: &Interaction, parent: &str) {
        let in_chat = Self { session: parent.to_owned(), ..self.clone() };
        if in_chat.join(question, Visibility::Int).await {
            in_chat.say(Visibility::Int).await;
            self.centre.pause(1.0).await;
        }
        self.chat.has_colleague.set(true);
        in_chat.leave(AfterAction::KeepAlive).await;
        self.mark_done().await;
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

    /// What cannot be joined is over, or it goes to somebody else.
    async fn give_up(&self) {
        if self.is_over() {
            self.mark_done().await;
        } else if self.seat.has(&self.session) {
            self.seat.does(Request::LeaveInteraction(self.interaction())).await;
        }
    }
}
