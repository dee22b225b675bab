//! The traps that the guide names for requests to the chat, and what only the chat may write.

use crate::base::property;
use crate::esp::Method;
use crate::esp::method::{INTERACTION_ID, SERVICE};
use crate::workflow::strategy::finding::Finding;
use crate::workflow::strategy::{Block, Strategy, Term, words};
use std::collections::BTreeMap;

/// With this before its name a parameter may be marked that is a list.
const LIST: &str = "{l}";

/// The property that tells whether the chat of an interaction still runs.
const IS_ONLINE: &str = "IsOnline";
const ASYNC_STATUS: &str = "GCTI_Chat_AsyncStatus";
const ON_HOLD: &str = "-2";

pub(super) fn traps(place: &str, strategy: &Strategy, block: &Block) -> Vec<Finding> {
    match block {
        Block::Esp { service, method, parameters, ok, .. } if service == SERVICE => {
            let Some(method) = Method::named(method).filter(|known| known.service() == SERVICE)
            else {
                return vec![unknown(place, method)];
            };
            let mut found = misfits(place, method, parameters);
            if method == Method::PlaceOnHold && !strategy.blocks.get(ok).is_some_and(puts_somewhere)
            {
                found.push(Finding::warning(
                    place,
                    "what is placed on hold must lie in a queue that waits for the customer",
                    "lead 'ok' to a queue or workbin block",
                ));
            }
            found
        }
        Block::Attach { set, delete, .. } => {
            let keys = set.keys().chain(delete);
            let reserved = keys.filter(|key| property::is_for_servers_alone(key));
            let mut found: Vec<Finding> = reserved.map(|key| refused(place, key)).collect();
            found.extend(set.get(ASYNC_STATUS).and_then(|status| on_hold(place, status)));
            found
        }
        Block::StartBot { parameters, .. } => misfits(place, Method::StartBot, parameters),
        Block::StopBot { parameters, .. } => misfits(place, Method::StopBot, parameters),
        Block::Route { timed_out, .. } => offers_what_is_over(place, strategy, timed_out),
        Block::Esp { .. }
        | Block::Assign { .. }
        | Block::Branch { .. }
        | Block::Queue { .. }
        | Block::Workbin { .. }
        | Block::Wait { .. }
        | Block::SendTranscript { .. }
        | Block::Stop { .. } => Vec::new(),
    }
}

fn unknown(place: &str, method: &str) -> Finding {
    let known = Method::ALL.iter().filter(|known| known.service() == SERVICE);
    let names: Vec<&str> = known.map(|method| method.name()).collect();
    let remedy = format!("write one of {}", names.join(", "));
    Finding::fault(place, format!("the chat has no method '{method}'"), remedy)
}

/// Parameters that the chat would refuse, and those that it would miss.
fn misfits(place: &str, method: Method, given: &BTreeMap<String, Term>) -> Vec<Finding> {
    let names: Vec<&str> =
        given.keys().map(|name| name.strip_prefix(LIST).unwrap_or(name)).collect();
    let known = method.parameters();
    let is_strange = |name: &&&str| {
        **name != INTERACTION_ID && !known.iter().any(|parameter| parameter.name == **name)
    };
    let strange = names.iter().filter(is_strange).map(|name| {
        let what = format!("'{}' has no parameter '{name}'", method.name());
        let known: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
        Finding::fault(place, what, format!("it has {INTERACTION_ID} {}", known.join(" ")))
    });
    let missing = known.iter().filter(|one| one.is_required && !names.contains(&one.name));
    let missing = missing.map(|parameter| {
        let what = format!("'{}' needs the parameter '{}'", method.name(), parameter.name);
        Finding::fault(place, what, "add it to `parameters`")
    });
    strange.chain(missing).collect()
}

fn refused(place: &str, key: &str) -> Finding {
    let what = format!("'{key}' is written by the servers alone");
    Finding::fault(place, what, "attach a key of your own")
}

/// The chat tells of a customer's word only if it was told itself that it is on hold.
fn on_hold(place: &str, status: &Term) -> Option<Finding> {
    let is_on_hold = *status == Term::from(ON_HOLD) || *status == Term::Number(-2);
    is_on_hold.then(|| {
        let what = "a status of -2 that the workflow attaches does not put the chat on hold, and \
                    the customer's next word will not wake it";
        Finding::warning(place, what, "use the method PlaceOnHold")
    })
}

/// A route block whose chat ends goes to `timed-out` like one whose time is over.
fn offers_what_is_over(place: &str, strategy: &Strategy, timed_out: &str) -> Vec<Finding> {
    let ways = strategy.reached_from(timed_out, asks_whether_online);
    let is_route = |name: &&&str| matches!(strategy.blocks.get(**name), Some(Block::Route { .. }));
    let offered = ways.iter().find(is_route).map(|route| {
        let what = format!(
            "'timed-out' leads to '{route}' without asking whether the chat is online: if it has \
             ended, it is offered all the same"
        );
        Finding::warning(place, what, "branch on \"UData['IsOnline'] != '0'\" before it")
    });
    offered.into_iter().collect()
}

pub(super) fn asks_whether_online(block: &Block) -> bool {
    let Block::Branch { cases, .. } = block else { return false };
    cases.iter().any(|case| case.when.asks_for(words::USER_DATA, IS_ONLINE))
}

fn puts_somewhere(block: &Block) -> bool {
    matches!(block, Block::Queue { .. } | Block::Workbin { .. })
}
