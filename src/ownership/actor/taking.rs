//! Asking another process to take a thing over, and being asked. What follows is an ordinary
//! take-over; the word between the nodes only makes it happen now.

use crate::base::{Process, ThingId};
use crate::owned::Thing;
use crate::ownership::actor::place::{NotTaken, Taken, Takers};
use crate::ownership::actor::things::{DEADLINE, Things};
use crate::ownership::membership::View;
use crate::ownership::peers::{Answerer, Answering, Call, Outlet, Peers};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long the word of a taker is waited for: as long as a request may wait for the thing. Whoever
/// is gone is noticed earlier, by the link; and who is only slow would not be made quicker by another
/// one who claims the same. A late word does no harm.
const PATIENCE: Duration = DEADLINE;

/// What the one says who lets go of a thing.
#[derive(Serialize, Deserialize)]
struct Take {
    from: Process,
}

/// What the other says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Active,
    No(String),
}

/// What calls to take things of a kind are called among nodes.
pub(super) fn name_of(kind: &str) -> String {
    format!("take {kind}")
}

/// What the word that something was claimed is called among nodes.
pub const CLAIMED: &str = "claimed";

/// Other processes as those who may take a thing, over the link.
pub struct PeerTakers {
    pub me: Process,
    pub peers: Arc<dyn Peers>,
    pub purge: Purge,
}

/// Whether former owners are told (`session-restore-do-purge`). They find out in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    Told,
    NotTold,
}

impl Takers for PeerTakers {
    fn take(&self, to: &Process, kind: &'static str, thing: &ThingId) -> Taken {
        let (peers, to, thing) = (self.peers.clone(), to.clone(), thing.clone());
        let take = Take { from: self.me.clone() };
        Box::pin(async move {
            let no = |error: &dyn std::fmt::Display| NotTaken(error.to_string());
            let body = serde_json::to_vec(&take).map_err(|error| no(&error))?;
            let call = Call {
                kind: name_of(kind),
                thing,
                boot: Some(to.boot.clone()),
                n_hops: 0,
                within: PATIENCE,
                body,
            };
            let said = peers.call(&to.node, call).await.map_err(|error| no(&error))?;
            match serde_json::from_slice(&said).map_err(|error| no(&error))? {
                Word::Active => Ok(()),
                Word::No(why) => Err(NotTaken(why)),
            }
        })
    }

    fn tell_claimed(&self, owner: &Process, thing: &ThingId) {
        if self.purge == Purge::NotTold {
            return;
        }
        let call = Call {
            kind: CLAIMED.to_owned(),
            thing: thing.clone(),
            boot: Some(owner.boot.clone()),
            n_hops: 0,
            within: PATIENCE,
            body: b"{}".to_vec(),
        };
        let telling = self.peers.call(&owner.node, call);
        actix::spawn(async move {
            if let Err(error) = telling.await {
                tracing::debug!(%error, "a former owner was not told");
            }
        });
    }
}

/// Does something about each word that somebody has claimed a thing of ours.
pub struct Doubts<F>(pub F);

impl<F: Fn() + Send + Sync> Answerer for Doubts<F> {
    fn answer(&self, call: Call, _: Option<Outlet>) -> Answering {
        tracing::debug!(thing = %call.thing, "another node says that it has claimed it");
        (self.0)();
        Box::pin(async { b"{}".to_vec() })
    }
}

/// Takes things over when another process asks, as long as this one accepts anything new.
pub(super) struct Takings<T: Thing> {
    pub me: Process,
    pub view: Arc<dyn View>,
    pub things: Things<T>,
}

impl<T: Thing> Answerer for Takings<T> {
    fn answer(&self, call: Call, _: Option<Outlet>) -> Answering {
        let things = self.things.clone();
        let accepts = self.view.accepting().contains(&self.me);
        Box::pin(async move {
            let word = if accepts {
                take(&things, &call).await
            } else {
                Word::No("this node takes nothing new".into())
            };
            // A word that cannot be written is no word.
            serde_json::to_vec(&word).unwrap_or_default()
        })
    }
}

async fn take<T: Thing>(things: &Things<T>, call: &Call) -> Word {
    match serde_json::from_slice::<Take>(&call.body) {
        Ok(Take { from }) => match things.take(&call.thing, &from).await {
            Ok(()) => Word::Active,
            Err(absent) => Word::No(absent.to_string()),
        },
        Err(error) => Word::No(error.to_string()),
    }
}
