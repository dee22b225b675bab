//! The traps that the guide names for requests to the chat, and what only the chat may write.

use crate::interaction::property;
use crate::workflow::strategy::finding::Finding;
use crate::workflow::strategy::{Block, Strategy, Term};

/// The methods of the chat, and the parameter that each cannot do without.
const METHODS: [(&str, Option<&str>); 7] = [
    ("Message", Some("MessageText")),
    ("Notice", Some("NoticeType")),
    ("PlaceOnHold", None),
    ("CloseSession", None),
    ("GetSessionInfo", None),
    ("IdleControlConfigure", None),
    ("ConfigureSession", None),
];

const PLACE_ON_HOLD: &str = "PlaceOnHold";
const ASYNC_STATUS: &str = "GCTI_Chat_AsyncStatus";
const ON_HOLD: &str = "-2";

pub(super) fn traps(place: &str, strategy: &Strategy, block: &Block) -> Vec<Finding> {
    match block {
        Block::Esp { service, method, parameters, ok, .. } if service == "Chat" => {
            let has = |name: &str| parameters.contains_key(name);
            let known = METHODS.iter().find(|(name, _)| name == method);
            let mut found: Vec<Finding> = match known {
                None => vec![unknown(place, method)],
                Some((_, Some(needed))) if !has(needed) => vec![incomplete(place, method, needed)],
                Some(_) => Vec::new(),
            };
            if method == PLACE_ON_HOLD && !strategy.blocks.get(ok).is_some_and(puts_somewhere) {
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
            let reserved = keys.filter(|key| property::is_reserved(key));
            let mut found: Vec<Finding> = reserved.map(|key| refused(place, key)).collect();
            found.extend(set.get(ASYNC_STATUS).and_then(|status| on_hold(place, status)));
            found
        }
        Block::Esp { .. }
        | Block::Assign { .. }
        | Block::Branch { .. }
        | Block::Queue { .. }
        | Block::Workbin { .. }
        | Block::Route { .. }
        | Block::Wait { .. }
        | Block::StartBot { .. }
        | Block::StopBot { .. }
        | Block::SendTranscript { .. }
        | Block::Stop { .. } => Vec::new(),
    }
}

fn unknown(place: &str, method: &str) -> Finding {
    let names: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
    let remedy = format!("write one of {}", names.join(", "));
    Finding::fault(place, format!("the chat has no method '{method}'"), remedy)
}

fn incomplete(place: &str, method: &str, needed: &str) -> Finding {
    let what = format!("'{method}' needs the parameter '{needed}'");
    Finding::fault(place, what, "add it to `parameters`")
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

fn puts_somewhere(block: &Block) -> bool {
    matches!(block, Block::Queue { .. } | Block::Workbin { .. })
}
