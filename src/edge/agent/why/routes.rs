//! The last invitations to an interaction, in words: who was chosen, by which rule, and why each of the
//! others was not.

use crate::base::time::utc;
use crate::interaction::event::RevokeReason;
use crate::interaction::party::Operation;
use crate::interaction::route::{Choice, PassedOver, Route, RouteEnd, Rule};
use serde::Serialize;
use std::collections::BTreeMap;

/// An invitation, as it stands on the wire.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Milliseconds since 1970.
    at: u64,
    agent_id: String,
    /// Absent if routing did not choose him.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// Who chose him, if a person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    inviter_id: Option<String>,
    text: String,
    /// Absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passed_over: Vec<Passed>,
    /// How many more of each reason there were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    more_passed_over: BTreeMap<&'static str, u32>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Passed {
    agent_id: String,
    state: &'static str,
    text: &'static str,
}

pub fn tell(route: &Route) -> Told {
    let choice = route.choice.as_deref();
    let sought = choice.and_then(|choice| choice.sought.as_ref());
    let others = choice.map_or([].as_slice(), |choice| choice.others.as_slice());
    let more = choice.map(|choice| choice.more.clone()).unwrap_or_default();
    Told {
        at: route.at.0,
        agent_id: route.agent.0.clone(),
        rule: choice.map(|choice| rule(choice.rule).0),
        strategy: sought.map(|sought| sought.strategy.clone()),
        block: sought.map(|sought| sought.block.clone()),
        target: sought.map(|sought| sought.target.to_string()),
        inviter_id: route.errand.inviter.as_ref().map(|inviter| inviter.0.clone()),
        text: text(route),
        end: route.end.as_ref().map(|(_, end)| end_of(end).0),
        passed_over: others.iter().map(|(agent, why)| passed(&agent.0, *why)).collect(),
        more_passed_over: more.iter().map(|(why, n)| (reason(*why).0, *n)).collect(),
    }
}

impl Told {
    /// One line for the invitation and one for the others.
    pub fn lines(&self) -> String {
        let named = self.passed_over.iter().map(|one| format!("{} ({})", one.agent_id, one.text));
        let more = self.more_passed_over.iter().map(|(why, n)| format!("{n} more: {why}"));
        let others: Vec<_> = named.chain(more).collect();
        if others.is_empty() {
            return format!("{}\n", self.text);
        }
        format!("{}\n    not chosen: {}\n", self.text, others.join(", "))
    }
}

fn text(route: &Route) -> String {
    let (at, agent) = (utc(route.at), &route.agent);
    let why = match (&route.choice, &route.errand.inviter) {
        (Some(choice), _) => chosen(choice),
        (None, Some(inviter)) => format!(": {}", asked(route.errand.operation, &inviter.0)),
        (None, None) => String::new(),
    };
    let end = route.end.as_ref().map_or_else(
        || "not answered yet".to_owned(),
        |(end_at, end)| {
            let seconds = end_at.since(route.at).as_secs();
            format!("{} after {seconds} s", end_of(end).1)
        },
    );
    format!("{at} offered to {agent}{why}; {end}")
}

fn chosen(choice: &Choice) -> String {
    let why = rule(choice.rule).1;
    let Some(sought) = &choice.sought else { return format!(", {why}") };
    let (strategy, block, target) = (&sought.strategy, &sought.block, &sought.target);
    format!(", {why}, for strategy {strategy} at block {block}, which looked for {target}")
}

fn asked(operation: Operation, by: &str) -> String {
    match operation {
        Operation::RouteTo => format!("{by} assigned it"),
        Operation::Transfer => format!("{by} would transfer it"),
        Operation::Conference => format!("{by} asked for help"),
        Operation::Intrude | Operation::Pull => format!("by the wish of {by}"),
    }
}

fn rule(rule: Rule) -> (&'static str, &'static str) {
    match rule {
        Rule::LastAgent => ("lastAgent", "who had it last"),
        Rule::LongestReady => ("longestReady", "who was ready the longest"),
        Rule::LeastOccupied => ("leastOccupied", "who had the least to do"),
        Rule::OldestRefusal => {
            ("oldestRefusal", "who of all that had refused it had done so before the others")
        }
    }
}

fn end_of(end: &RouteEnd) -> (&'static str, &'static str) {
    match end {
        RouteEnd::Accepted => ("accepted", "accepted"),
        RouteEnd::Rejected => ("rejected", "rejected"),
        RouteEnd::Revoked(RevokeReason::Expired) => ("expired", "missed"),
        RouteEnd::Revoked(RevokeReason::Stopped) => ("stopped", "taken back, as it was stopped,"),
        RouteEnd::Revoked(RevokeReason::LoggedOut) => {
            ("loggedOut", "taken back, as he had logged out,")
        }
        RouteEnd::Revoked(RevokeReason::MediaRemoved) => {
            ("mediaRemoved", "taken back, as he had removed the medium,")
        }
        RouteEnd::Revoked(RevokeReason::Moved) => ("moved", "taken back, as it was moved,"),
        RouteEnd::Revoked(RevokeReason::Withdrawn) => ("withdrawn", "withdrawn"),
    }
}

fn passed(agent: &str, why: PassedOver) -> Passed {
    let (state, text) = reason(why);
    Passed { agent_id: agent.to_owned(), state, text }
}

fn reason(why: PassedOver) -> (&'static str, &'static str) {
    match why {
        PassedOver::Refused => {
            ("passedOver", "had rejected, missed or left it a short time before")
        }
        PassedOver::ReadyLater => ("readyLater", "ready or offered something later"),
        PassedOver::MoreOccupied => ("moreOccupied", "had more to do"),
        PassedOver::NotWanted => ("notWanted", "not looked for"),
        PassedOver::HasIt => ("hasIt", "has what it is about"),
        PassedOver::DoNotDisturb => ("doNotDisturb", "not to be disturbed"),
        PassedOver::ConnectionLost => ("connectionLost", "connection lost"),
        PassedOver::Full => ("atCapacity", "full"),
        PassedOver::CapacityUnknown => ("capacityUnknown", "capacity rule could not be asked"),
        PassedOver::NotReady => ("notReady", "not ready"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Millis, Position};
    use crate::interaction::Ticket;
    use crate::interaction::party::Errand;
    use crate::interaction::route::Sought;
    use std::sync::Arc;

    #[test]
    fn a_route_is_told_with_its_rule_and_why_others_were_passed_over() {
        let sought = Sought {
            strategy: "serve".into(),
            block: "find".into(),
            target: serde_json::from_value("any".into()).unwrap(),
        };
        let choice = Choice {
            sought: Some(sought),
            rule: Rule::LeastOccupied,
            others: vec![("bob".into(), PassedOver::MoreOccupied)],
            more: [(PassedOver::NotReady, 40)].into(),
        };
        let route = Route {
            ticket: Ticket(Position(7)),
            at: Millis(1_000_000),
            agent: "ada".into(),
            errand: Errand::default(),
            choice: Some(Arc::new(choice)),
            end: Some((Millis(1_030_000), RouteEnd::Revoked(RevokeReason::Expired))),
        };

        assert_eq!(
            tell(&route).lines(),
            "1970-01-01T00:16:40Z offered to ada, who had the least to do, for strategy serve at block \
             find, which looked for any; missed after 30 s\n    not chosen: bob (had more to do), \
             40 more: notReady\n"
        );
    }
}
