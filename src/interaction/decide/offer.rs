//! Invitations: made, accepted, rejected, missed.

use crate::base::{AgentId, InteractionId};
use crate::interaction::command::Answer;
use crate::interaction::decide::release::take_back;
use crate::interaction::decide::{invite, logged_in};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Fact, NotReadyCause, RevokeReason};
use crate::interaction::ids::{MediaType, Ticket};
use crate::interaction::party::{Added, Errand, Invitation, Operation};
use crate::interaction::record::Interaction;
use crate::interaction::routing::{self, Plan};
use crate::workflow::Target;
use std::sync::Arc;

const MISSED: &str = "missed";

/// Offers what waits to those who are free, until nobody is free or nothing can be offered.
pub(super) fn offer_what_waits(draft: &mut Draft<'_>) {
    if !draft.is_routable() {
        return;
    }
    for media in routing::media_in_demand(draft.domain()) {
        offer_of(draft, &media);
    }
}

/// While offers are made nobody becomes free: where nobody fits one request, nobody fits its like.
fn offer_of(draft: &mut Draft<'_>, media: &MediaType) {
    if draft.domain().free().of(media).next().is_none() {
        return;
    }
    let mut in_vain: Vec<Vec<Target>> = vec![];
    let waiting = routing::waiting(draft.domain(), media, draft.now());
    for id in waiting.in_turn() {
        if draft.domain().free().of(media).next().is_none() {
            return;
        }
        let Some(one) = draft.domain().interaction(id).cloned() else { continue };
        let targets = one.wanted().map_or([].as_slice(), |request| &request.targets);
        if in_vain.iter().any(|known| known == targets) {
            continue;
        }
        let is_in_vain = offer(draft, &one) == Offered::NobodyFits;
        if is_in_vain && routing::is_same_for_all(&one) {
            in_vain.push(targets.to_vec());
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Offered {
    Done,
    NobodyFits,
}

fn offer(draft: &mut Draft<'_>, one: &Interaction) -> Offered {
    let policy = draft.policy();
    let plan = routing::plan_offer(draft.domain(), one, draft.now(), policy.reoffer_after);
    let (agent, choice) = match plan {
        Plan::Offer(agent, choice) => (agent.clone(), Some(Arc::new(choice))),
        Plan::Refused => return Offered::Done,
        Plan::NobodyFits => return Offered::NobodyFits,
    };
    let ticket = Ticket(draft.next_position());
    let deadline = draft.now() + policy.delivering_timeout;
    let (interaction, errand) = (one.id.clone(), Errand::default());
    draft.record(Fact::Invited { ticket, interaction, agent, deadline, errand, choice });
    Offered::Done
}

pub(super) fn accept(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    ticket: Ticket,
) -> Result<Answer, Rejection> {
    let one = logged_in(draft, agent)?;
    if let Some(taken) = one.invited.get(&ticket) {
        let interaction = taken.interaction.clone();
        invite::admit(draft, &interaction, ticket);
        return Ok(Answer::Accepted { interaction });
    }
    let accepted = one.handling.keys().chain(&one.monitoring).find(|id| {
        let handled = draft.domain().interaction(id);
        let party = handled.and_then(|handled| handled.parties.get(agent));
        party.is_some_and(|party| party.how == Added::Accepted { ticket })
    });
    let interaction = accepted.cloned().ok_or(Rejection::TicketExpired(ticket))?;
    Ok(Answer::Accepted { interaction })
}

pub(super) fn reject(
    draft: &mut Draft<'_>,
    agent: AgentId,
    ticket: Ticket,
    reason: String,
) -> Result<Answer, Rejection> {
    let one = logged_in(draft, &agent)?;
    let taken = one.invited.get(&ticket).ok_or(Rejection::TicketExpired(ticket))?;
    let interaction = taken.interaction.clone();
    let open = draft.domain().interaction(&interaction).and_then(|one| one.invitation(ticket));
    let errand = open.map(|open| open.errand).unwrap_or_default();
    draft.record(Fact::Rejected { ticket, interaction, agent, reason, errand });
    Ok(Answer::Done)
}

/// Ends an invitation whose time is over. An agent who is in the session by then has as good as
/// accepted. Whoever missed what routing offered is set not ready, unless his connection was lost:
/// what could not be heard was not missed. A colleague's question does that to nobody.
pub(super) fn expire(draft: &mut Draft<'_>, ticket: Ticket, id: &InteractionId) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    let Some(Invitation { agent, errand, .. }) = one.invitation(ticket) else { return };
    if one.in_session.contains(&agent) {
        return invite::admit(draft, id, ticket);
    }
    let is_connected = draft.domain().agent(&agent).is_some_and(|agent| agent.is_connected());
    take_back(draft, id, (ticket, RevokeReason::Expired));
    if is_connected && errand.operation == Operation::RouteTo {
        let (media, reason) = (one.attributes.media.clone(), MISSED.to_owned());
        let cause = NotReadyCause::Forced;
        draft.record(Fact::MediaNotReady { agent, media, reason, cause });
    }
}

#[cfg(test)]
mod tests {
    use crate::interaction::agent::MediaState;
    use crate::interaction::command::{Answer, Command, Wanted};
    use crate::interaction::error::Rejection;
    use crate::interaction::event::NotReadyCause;
    use crate::interaction::record::Stage;
    use crate::interaction::support::{Life, joins};

    #[test]
    fn a_chat_is_offered_to_the_agent_who_is_ready_the_longest() {
        let mut life = Life::new();
        life.login("ada", Wanted::NotReady { reason: "break".into() });
        life.ready_agent("bob");
        life.wish(Command::Ready { agent: "ada".into(), media: "chat".into() });

        life.chat("1");

        assert_eq!(life.invited_agent("1"), "bob");
    }

    #[test]
    fn work_goes_round_and_stops_at_the_capacity() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.ready_agent("bob");

        let chats = ["1", "2", "3", "4", "5", "6", "7"];
        chats.into_iter().for_each(|id| life.chat(id));

        let offered = chats.map(|id| life.invited_agent(id));
        assert_eq!(offered, ["ada", "bob", "ada", "bob", "ada", "bob", "nobody"]);
    }

    #[test]
    fn the_oldest_chat_is_offered_first_when_an_agent_comes() {
        let mut life = Life::new();
        let chats = ["1", "2", "3", "4"];
        chats.into_iter().for_each(|id| life.chat(id));

        life.ready_agent("ada");

        assert_eq!(chats.map(|id| life.invited_agent(id)), ["ada", "ada", "ada", "nobody"]);
    }

    #[test]
    fn what_nobody_present_may_take_blocks_nothing_behind_it() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.reject("1");

        life.chat("2");

        assert_eq!(life.invited_agent("1"), "nobody");
        assert_eq!(life.invited_agent("2"), "ada");
    }

    #[test]
    fn a_rejected_chat_goes_to_the_next_agent_and_comes_back_after_a_while() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");

        life.reject("1");
        life.wait_seconds(29);
        assert_eq!(life.invited_agent("1"), "nobody");
        life.wait_seconds(1);

        assert_eq!(life.invited_agent("1"), "ada");
    }

    #[test]
    fn when_all_have_refused_the_oldest_refusal_is_asked_again() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.ready_agent("bob");
        life.chat("1");

        life.reject("1");
        assert_eq!(life.invited_agent("1"), "bob");
        life.reject("1");

        assert_eq!(life.invited_agent("1"), "ada");
    }

    #[test]
    fn whoever_misses_a_chat_is_set_not_ready_and_the_next_is_asked() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.ready_agent("bob");
        life.chat("1");

        life.wait_seconds(30);

        let ada = life.domain.agent(&"ada".into()).unwrap();
        let state = &ada.media[&"chat".into()];
        assert!(matches!(state, MediaState::NotReady { cause: NotReadyCause::Forced, .. }));
        assert_eq!(life.invited_agent("1"), "bob");
    }

    #[test]
    fn a_missed_ticket_is_worth_nothing() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let (_, ticket) = life.invited("1").unwrap();
        life.wait_seconds(30);

        let no = life.refused(Command::Accept { agent: "ada".into(), ticket });

        assert_eq!(no, Rejection::TicketExpired(ticket));
    }

    #[test]
    fn accepting_twice_gives_the_same_answer() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let (_, ticket) = life.invited("1").unwrap();
        let accept = Command::Accept { agent: "ada".into(), ticket };

        let first = life.wish(accept.clone());
        let second = life.wish(accept);

        assert_eq!(first, Answer::Accepted { interaction: "1".into() });
        assert_eq!(second, first);
    }

    #[test]
    fn joining_first_and_accepting_later_is_one_way_to_accept() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");

        life.tell("1", [joins("ada")]);
        assert!(matches!(life.stage("1"), Stage::Inviting { .. }));
        life.accept("1");

        assert_eq!(life.handlers("1"), ["ada"]);
    }

    #[test]
    fn whoever_joined_and_never_answered_has_accepted() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.tell("1", [joins("ada")]);

        life.wait_seconds(30);

        assert_eq!(life.handlers("1"), ["ada"]);
        let ada = life.domain.agent(&"ada".into()).unwrap();
        assert!(matches!(ada.media[&"chat".into()], MediaState::Ready { .. }));
    }
}
