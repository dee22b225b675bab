//! Which figures each fact moves.

use crate::base::{InteractionId, Millis};
use crate::interaction::event::{Fact, RevokeReason};
use crate::interaction::party::Added;
use crate::interaction::record::SessionPhase;
use crate::interaction::running::Running;
use crate::interaction::statistics::queue::WaitEnd;
use crate::interaction::statistics::view::HandEnd;
use crate::interaction::statistics::{Before, Statistics};

impl Statistics {
    pub(super) fn note_of_queues(&mut self, before: &Before<'_>, fact: &Fact, at: Millis) {
        match fact {
            Fact::PlacedInQueue { interaction, queue, .. } => {
                self.end_wait(before, interaction, WaitEnd::Moved, at);
                if let Some(one) = before.interactions.get(interaction)
                    && one.session != SessionPhase::Ended
                {
                    let media = &one.attributes.media;
                    self.change_queue(queue, media, |tally| tally.n_entered += 1);
                }
            }
            Fact::PlacedInWorkbin { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Moved, at);
            }
            Fact::PartyAdded { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Answered, at);
            }
            Fact::SessionEnded { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Abandoned, at);
            }
            Fact::ProcessingStopped { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Stopped, at);
            }
            Fact::InteractionSubmitted { .. }
            | Fact::PropertiesChanged { .. }
            | Fact::HandlingTimed { .. }
            | Fact::InteractionHeld { .. }
            | Fact::InteractionResumed { .. }
            | Fact::AddressChanged { .. }
            | Fact::SessionJoined { .. }
            | Fact::SessionLeft { .. }
            | Fact::CursorMoved { .. }
            | Fact::Invited { .. }
            | Fact::Rejected { .. }
            | Fact::Revoked { .. }
            | Fact::PartyRemoved { .. }
            | Fact::RefusalLapsed { .. }
            | Fact::Forgotten { .. }
            | Fact::AgentLoggedIn { .. }
            | Fact::AgentLoggedOut { .. }
            | Fact::ConnectionLost { .. }
            | Fact::Resumed { .. }
            | Fact::MediaAdded { .. }
            | Fact::MediaRemoved { .. }
            | Fact::MediaReady { .. }
            | Fact::MediaNotReady { .. }
            | Fact::TakenFromWorkbin { .. }
            | Fact::StrategyMoved { .. }
            | Fact::HandedTo { .. }
            | Fact::MediaReasonChanged { .. }
            | Fact::DoNotDisturbSet { .. }
            | Fact::DoNotDisturbCleared { .. } => {}
        }
    }

    pub(super) fn note_of_agents(&mut self, before: &Before<'_>, fact: &Fact, at: Millis) {
        match fact {
            Fact::AgentLoggedIn { agent, profile, place, .. } => {
                self.change_agent(agent, |tally| {
                    tally.logged_in.begin(at);
                    tally.groups.clone_from(&profile.groups);
                });
                if let Some(place) = place {
                    self.come(agent, place, at);
                }
            }
            Fact::Resumed { agent, profile: Some(profile), .. } => {
                self.find_logged_in(before, agent, at);
                self.change_agent(agent, |tally| tally.groups.clone_from(&profile.groups));
            }
            Fact::Resumed { agent, .. } => self.find_logged_in(before, agent, at),
            Fact::AgentLoggedOut { agent, .. } => self.log_out(agent, at),
            Fact::MediaAdded { agent, media } => {
                self.change_media(agent, media, |tally| tally.turn_not_ready("", at));
            }
            Fact::MediaReady { agent, media } => {
                self.change_media(agent, media, |tally| tally.turn_ready(at));
            }
            Fact::MediaNotReady { agent, media, reason, .. }
            | Fact::MediaReasonChanged { agent, media, reason } => {
                self.change_media(agent, media, |tally| tally.turn_not_ready(reason, at));
            }
            Fact::MediaRemoved { agent, media } => {
                self.change_media(agent, media, |tally| {
                    tally.ready.end(at);
                    tally.end_not_ready(at);
                });
            }
            Fact::Invited { interaction, agent, .. } => {
                let Some(media) = before.media_of(interaction) else { return };
                self.count_work(agent, media, |work| work.n_offered += 1);
                self.change_media(agent, media, |tally| tally.delivering.begin(at));
            }
            Fact::Rejected { interaction, agent, .. } => {
                self.end_offer((before, interaction), agent, at, |work| work.n_rejected += 1);
            }
            Fact::Revoked { interaction, agent, reason, .. } => {
                self.end_offer((before, interaction), agent, at, |work| match reason {
                    RevokeReason::Expired => work.n_missed += 1,
                    RevokeReason::Stopped
                    | RevokeReason::LoggedOut
                    | RevokeReason::MediaRemoved
                    | RevokeReason::Moved
                    | RevokeReason::Withdrawn => work.n_withdrawn += 1,
                });
            }
            Fact::PartyAdded { interaction, agent, how, errand } => {
                if let Added::Accepted { .. } = how {
                    self.end_offer((before, interaction), agent, at, |work| work.n_accepted += 1);
                }
                // Who only looks on has nothing to do.
                let Some(media) = before.media_of(interaction) else { return };
                if errand.part.handles() {
                    self.take_up(agent, media, interaction, at);
                }
            }
            Fact::PartyRemoved { interaction, agent, .. } => {
                let Some(media) = before.media_of(interaction) else { return };
                self.put_down(agent, media, interaction, at);
            }
            Fact::InteractionSubmitted { .. }
            | Fact::PlacedInQueue { .. }
            | Fact::PlacedInWorkbin { .. }
            | Fact::TakenFromWorkbin { .. }
            | Fact::StrategyMoved { .. }
            | Fact::HandedTo { .. }
            | Fact::DoNotDisturbSet { .. }
            | Fact::DoNotDisturbCleared { .. }
            | Fact::PropertiesChanged { .. }
            | Fact::HandlingTimed { .. }
            | Fact::InteractionHeld { .. }
            | Fact::InteractionResumed { .. }
            | Fact::AddressChanged { .. }
            | Fact::SessionJoined { .. }
            | Fact::SessionLeft { .. }
            | Fact::SessionEnded { .. }
            | Fact::CursorMoved { .. }
            | Fact::RefusalLapsed { .. }
            | Fact::ProcessingStopped { .. }
            | Fact::Forgotten { .. }
            | Fact::ConnectionLost { .. } => {}
        }
    }

    pub(super) fn note_of_views(&mut self, before: &Before<'_>, fact: &Fact, at: Millis) {
        match fact {
            Fact::StrategyMoved { interaction, running } => {
                self.move_strategy(before, (interaction, running.as_deref()), at);
            }
            Fact::PlacedInQueue { interaction, .. } | Fact::PlacedInWorkbin { interaction, .. } => {
                self.end_in_hand(before, interaction, HandEnd::Moved);
            }
            Fact::PartyAdded { interaction, errand, .. } if errand.part.handles() => {
                self.end_in_hand(before, interaction, HandEnd::Routed);
            }
            Fact::ProcessingStopped { interaction, .. } => {
                self.end_in_hand(before, interaction, HandEnd::Stopped);
            }
            Fact::SessionEnded { interaction, .. } => {
                let online = before.interactions.get(interaction).filter(|one| one.is_online());
                let running = online.and_then(|one| one.running.as_ref());
                if let Some(running) = running {
                    self.change_view(&running.from, |tally| tally.n_abandoned += 1);
                }
            }
            Fact::PartyAdded { .. }
            | Fact::InteractionSubmitted { .. }
            | Fact::PropertiesChanged { .. }
            | Fact::HandlingTimed { .. }
            | Fact::InteractionHeld { .. }
            | Fact::InteractionResumed { .. }
            | Fact::AddressChanged { .. }
            | Fact::SessionJoined { .. }
            | Fact::SessionLeft { .. }
            | Fact::CursorMoved { .. }
            | Fact::TakenFromWorkbin { .. }
            | Fact::HandedTo { .. }
            | Fact::Invited { .. }
            | Fact::Rejected { .. }
            | Fact::Revoked { .. }
            | Fact::PartyRemoved { .. }
            | Fact::RefusalLapsed { .. }
            | Fact::Forgotten { .. }
            | Fact::AgentLoggedIn { .. }
            | Fact::AgentLoggedOut { .. }
            | Fact::ConnectionLost { .. }
            | Fact::Resumed { .. }
            | Fact::MediaAdded { .. }
            | Fact::MediaRemoved { .. }
            | Fact::MediaReady { .. }
            | Fact::MediaNotReady { .. }
            | Fact::MediaReasonChanged { .. }
            | Fact::DoNotDisturbSet { .. }
            | Fact::DoNotDisturbCleared { .. } => {}
        }
    }

    fn move_strategy(
        &mut self,
        before: &Before<'_>,
        (id, running): (&InteractionId, Option<&Running>),
        at: Millis,
    ) {
        let Some(one) = before.interactions.get(id) else { return };
        match (&one.running, running) {
            (None, Some(now)) => {
                let waited = at.since(one.placed_at);
                self.change_view(&now.from, |tally| tally.take(waited));
            }
            (Some(_), None) => self.end_in_hand(before, id, HandEnd::Returned),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    fn end_in_hand(&mut self, before: &Before<'_>, id: &InteractionId, end: HandEnd) {
        let running = before.interactions.get(id).and_then(|one| one.running.as_ref());
        if let Some(running) = running {
            self.change_view(&running.from, |tally| tally.count(end));
        }
    }
}
