//! How long an agent may have something without doing anything: `handling-timeout`; and how long a strategy
//! may have it: `routing-timeout`. The time is stored with the interaction, so whoever takes the domain over
//! goes on with it.

use crate::base::{AgentId, InteractionId};
use crate::interaction::command::Answer;
use crate::interaction::decide::release::release;
use crate::interaction::draft::Draft;
use crate::interaction::event::{Fact, RemoveReason, RevokeReason};
use crate::interaction::ids::MediaType;
use crate::interaction::policy::Policy;
use crate::interaction::property;
use crate::interaction::record::Interaction;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// What an interaction can ask for, in minutes: up to a day with an agent …
const HANDLING: RangeInclusive<u64> = 1..=1_440;
/// … and up to a year with a strategy.
const ROUTING: RangeInclusive<u64> = 20..=525_600;
/// Of the time itself, what a sign of work is believed in advance: so many signs are stored at most.
const SIGNS: u32 = 20;
/// A desk gives signs no oftener than in ten seconds; none of them is to be missed.
const LEAST_CREDIT: Duration = Duration::from_secs(10);

/// Who has come to handle an interaction has all the time from then on.
pub(super) fn begin(draft: &mut Draft<'_>) {
    for id in draft.take_begun() {
        let Some(one) = draft.domain().interaction(&id) else { continue };
        if one.handlers().next().is_some() {
            let until = draft.now() + timeout(one, draft.policy());
            draft.record(Fact::HandlingTimed { interaction: id, until });
        }
    }
}

/// The desk of an agent has asked for something: he works on all that he handles.
pub(super) fn work(draft: &mut Draft<'_>, agent: &AgentId) -> Answer {
    let Some(him) = draft.domain().agent(agent).cloned() else { return Answer::Done };
    for id in him.handling.keys() {
        let Some(one) = draft.domain().interaction(id) else { continue };
        if !one.is_handled_by(agent) {
            continue;
        }
        let timeout = timeout(one, draft.policy());
        let at_least = draft.now() + timeout;
        if one.handled_until.is_none_or(|until| until <= at_least) {
            let until = at_least + credit(timeout);
            draft.record(Fact::HandlingTimed { interaction: id.clone(), until });
        }
    }
    Answer::Done
}

/// Nobody who handles it has done anything for too long. It goes back to its queue.
pub(super) fn expire(draft: &mut Draft<'_>, id: &InteractionId) {
    release(draft, id, (RevokeReason::Moved, RemoveReason::HandlingTimeout));
}

pub fn credit(timeout: Duration) -> Duration {
    (timeout / SIGNS).max(LEAST_CREDIT)
}

fn timeout(one: &Interaction, policy: &Policy) -> Duration {
    let own = minutes(one, property::HANDLING_TIMEOUT, &HANDLING);
    own.unwrap_or_else(|| usual(one, &policy.handling_timeouts, policy.handling_timeout))
}

/// How long a strategy may have it.
pub(super) fn routing_timeout(one: &Interaction, policy: &Policy) -> Duration {
    let own = minutes(one, property::ROUTING_TIMEOUT, &ROUTING);
    own.unwrap_or_else(|| usual(one, &policy.routing_timeouts, policy.routing_timeout))
}

/// Its own word, which comes first.
fn minutes(one: &Interaction, property: &str, range: &RangeInclusive<u64>) -> Option<Duration> {
    let own = one.user_data.text(property).and_then(|text| text.parse().ok());
    own.filter(|own| range.contains(own)).map(|minutes: u64| Duration::from_secs(60 * minutes))
}

/// The word of its medium, or what holds for all.
fn usual(one: &Interaction, by_media: &BTreeMap<MediaType, Duration>, all: Duration) -> Duration {
    by_media.get(&one.attributes.media).copied().unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Millis, UserData};
    use crate::interaction::command::{By, Command, SessionNote, Submission};
    use crate::interaction::door::DeskNews;
    use crate::interaction::party::Part;
    use crate::interaction::record::Stage;
    use crate::interaction::support::{Life, chat, joins};

    const HOURS: u64 = 3 * 60 * 60;

    #[test]
    fn what_an_agent_forgets_goes_to_another_one() {
        let mut life = handled();
        life.ready_agent("bob");

        life.wait_seconds(HOURS - 1);
        assert_eq!(life.handlers("1"), ["ada"]);
        life.wait_seconds(1);

        assert_eq!(life.handlers("1"), [""; 0]);
        assert_eq!(life.invited_agent("1"), "bob");
        assert_eq!(life.domain.agent(&"ada".into()).unwrap().load(&"chat".into()), 0);
    }

    #[test]
    fn who_works_keeps_it_and_few_signs_of_it_are_stored() {
        let mut life = handled();
        let n_before = life.log.len();

        for _ in 0..10 * 60 {
            life.wait_seconds(60);
            work(&mut life, "ada");
        }
        assert_eq!(life.handlers("1"), ["ada"]);
        let n_stored = life.log.len() - n_before;
        assert!(n_stored <= 67, "{n_stored} facts in ten hours");
        let last = life.now;
        life.wait_seconds(HOURS - 1);
        assert_eq!(life.handlers("1"), ["ada"], "his last sign counts");
        life.wait_seconds(9 * 60 + 1);

        assert_eq!(life.handlers("1"), [""; 0]);
        assert!(life.now.since(last) <= Duration::from_secs(HOURS + 9 * 60));
    }

    #[test]
    fn another_process_goes_on_with_the_same_time() {
        let mut life = handled();
        let until = until(&life);
        life.wait_seconds(2);
        life.restart();
        resume(&mut life);
        life.restart_from_snapshot();
        resume(&mut life);

        assert_eq!(self::until(&life), until);
        life.wait_seconds(HOURS - 3);
        assert_eq!(life.handlers("1"), ["ada"]);
        life.wait_seconds(1);
        assert_eq!(life.handlers("1"), [""; 0]);
    }

    #[test]
    fn the_time_is_that_of_the_interaction_or_of_its_medium_or_of_all() {
        let minutes = |own: Option<&str>, of_media: Option<u64>| {
            let mut life = Life::new();
            let of_media = of_media.map(|minutes| Duration::from_secs(60 * minutes));
            life.policy.handling_timeouts =
                of_media.into_iter().map(|span| ("chat".into(), span)).collect();
            life.ready_agent("ada");
            let properties = own.map(|own| (property::HANDLING_TIMEOUT, own));
            let properties: UserData = properties.into_iter().collect();
            life.wish(Command::Submit(Submission { properties, ..chat("1") }));
            life.accept("1");
            until(&life).since(life.now).as_secs() / 60
        };

        assert_eq!(minutes(None, None), 180);
        assert_eq!(minutes(None, Some(20)), 20);
        assert_eq!(minutes(Some("5"), Some(20)), 5);
        for nonsense in ["0", "1441", "-1", "soon"] {
            assert_eq!(minutes(Some(nonsense), Some(20)), 20, "{nonsense}");
        }
    }

    #[test]
    fn customers_and_agents_do_not_say_how_long() {
        let mut life = Life::new();
        life.ready_agent("ada");
        let user_data = UserData::default().with(property::HANDLING_TIMEOUT, "1");
        life.wish(Command::Submit(Submission { user_data: user_data.clone(), ..chat("1") }));
        life.accept("1");
        let change = crate::interaction::Change { added: user_data, ..Default::default() };
        life.tell("1", [SessionNote::DataChanged(change.clone())]);
        let by = By::Agent("ada".into());
        life.refused(Command::ChangeProperties { interaction: "1".into(), by, change });
        work(&mut life, "ada");

        assert_eq!(life.property("1", property::HANDLING_TIMEOUT), "");
        life.wait_seconds(HOURS - 1);
        assert_eq!(life.handlers("1"), ["ada"]);
    }

    #[test]
    fn he_hears_that_it_was_taken_and_those_beside_him_that_he_went() {
        let mut life = handled();
        life.ready_agent("sue");
        let (agent, interaction) = ("sue".into(), "1".into());
        life.wish(Command::Intrude { agent, interaction, part: Part::Monitor });
        let (ada, sue) = (life.listen("ada"), life.listen("sue"));

        life.wait_seconds(HOURS);

        let (interaction, agent) = ("1".into(), "ada".into());
        let reason = RemoveReason::HandlingTimeout;
        let taken = DeskNews::TakenAway { interaction };
        assert!(ada.lock().unwrap().contains(&taken));
        let interaction = "1".into();
        let removed = DeskNews::PartyRemoved { interaction, agent, reason };
        assert!(!ada.lock().unwrap().contains(&removed));
        let sue = sue.lock().unwrap();
        assert!(sue.contains(&removed) && sue.contains(&taken), "she looked on and does no more");
        assert!(life.domain.agent(&"sue".into()).unwrap().monitoring.is_empty());
    }

    #[test]
    fn who_is_still_in_the_chat_does_not_get_it_back_by_that() {
        let mut life = handled();
        life.tell("1", [joins("ada")]);

        life.wait_seconds(HOURS);

        assert_eq!(life.handlers("1"), [""; 0]);
        assert_eq!(life.invited_agent("1"), "nobody", "he is passed over for a while");
    }

    #[test]
    fn a_chat_that_ended_long_ago_is_stopped() {
        let mut life = handled();
        life.tell("1", [SessionNote::Ended { attached: UserData::default(), and_stop: false }]);

        life.wait_seconds(HOURS);

        assert!(matches!(life.stage("1"), Stage::Stopped { .. }));
    }

    #[test]
    fn a_colleague_who_takes_it_over_has_all_the_time() {
        let mut life = handled();
        life.ready_agent("bob");
        life.wait_seconds(HOURS - 60);
        let (agent, interaction) = ("ada".into(), "1".into());
        let asked = life.wish(Command::Transfer { agent, interaction, to: "bob".into() });
        let Answer::Invited { ticket } = asked else { panic!("{asked:?}") };
        life.wish(Command::Accept { agent: "bob".into(), ticket });

        life.wait_seconds(HOURS - 1);

        assert_eq!(life.handlers("1"), ["bob"]);
    }

    #[test]
    fn the_work_of_one_who_only_looks_on_is_no_sign() {
        let mut life = handled();
        life.ready_agent("sue");
        let (agent, interaction) = ("sue".into(), "1".into());
        life.wish(Command::Intrude { agent, interaction, part: Part::Coach });
        life.wait_seconds(HOURS - 1);
        work(&mut life, "sue");

        life.wait_seconds(1);

        assert_eq!(life.handlers("1"), [""; 0]);
    }

    fn handled() -> Life {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life
    }

    fn work(life: &mut Life, agent: &str) {
        life.wish(Command::Work { agent: agent.into() });
    }

    fn until(life: &Life) -> Millis {
        life.domain.interaction(&"1".into()).unwrap().handled_until.unwrap()
    }

    fn resume(life: &mut Life) {
        let connection = crate::interaction::support::connection("ada");
        life.wish(Command::Resume { agent: "ada".into(), connection, begun: None, profile: None });
    }
}
