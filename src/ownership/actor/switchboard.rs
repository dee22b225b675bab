//! The callee's end of the way between nodes: hands each call to what it is for, so many at a time.
//! A request that came from another node goes no further, so that it never wanders.

use crate::base::{NodeId, Process, ThingId};
use crate::owned::actor::IsStalled;
use crate::owned::{Attend, Ear, Hearing, Listener, Thing};
use crate::ownership::actor::remote::{Ask, Forwarding, Reply, Road};
use crate::ownership::actor::taking::{Takings, name_of};
use crate::ownership::actor::things::{DEADLINE, Things};
use crate::ownership::error::{Absent, Unanswered};
use crate::ownership::membership::View;
use crate::ownership::peers::{Answerer, Answering, Call, Callee, NewsOutlet, Outlet};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// How many calls of other nodes are answered at once. More are told that this node is busy.
const MOST_CALLS: usize = 1_024;

/// So much earlier than the caller gives up he is told that it takes too long.
const MARGIN: Duration = Duration::from_millis(50);

/// All that this node answers for.
pub struct Switchboard {
    me: Process,
    answerers: BTreeMap<String, Arc<dyn Answerer>>,
    calls: Arc<Semaphore>,
}

impl Switchboard {
    pub fn new(me: Process) -> Self {
        Self { me, answerers: BTreeMap::new(), calls: Arc::new(Semaphore::new(MOST_CALLS)) }
    }

    /// Calls for things of this kind go there.
    pub fn with_things<T: Thing>(self, things: &Things<T>) -> Self {
        self.with(T::kind(), Arc::new(things.clone()))
    }

    /// Things of this kind are taken over when another node lets go of them.
    pub fn with_takings<T: Thing>(self, things: &Things<T>, view: Arc<dyn View>) -> Self {
        let (me, things) = (self.me.clone(), things.clone());
        self.with(&name_of(T::kind()), Arc::new(Takings { me, view, things }))
    }

    pub fn with(mut self, kind: &str, answerer: Arc<dyn Answerer>) -> Self {
        self.answerers.insert(kind.to_owned(), answerer);
        self
    }

    fn pass_on(&self, from: &NodeId, call: Call, news: Option<Outlet>) -> Answering {
        if call.boot.as_ref().is_some_and(|boot| *boot != self.me.boot) {
            return said(Word::AnotherProcess);
        }
        let Some(answerer) = self.answerers.get(call.kind.as_str()) else {
            tracing::warn!(%from, kind = call.kind, "a call of an unknown kind");
            return said(Word::NotUnderstood);
        };
        let Ok(held) = self.calls.clone().try_acquire_owned() else { return said(Word::Busy) };
        let answering = answerer.answer(call, news);
        Box::pin(async move {
            let answer = answering.await;
            drop(held);
            answer
        })
    }
}

impl Callee for Switchboard {
    fn called(&self, from: &NodeId, call: Call) -> Answering {
        self.pass_on(from, call, None)
    }

    fn listened(&self, from: &NodeId, call: Call, news: Outlet) -> Answering {
        self.pass_on(from, call, Some(news))
    }
}

/// Replies that need no thing: the same words as those of [`Reply`].
#[derive(Clone, Copy, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Busy,
    AnotherProcess,
    NotUnderstood,
}

fn said(word: Word) -> Answering {
    Box::pin(async move { written(&word) })
}

/// What cannot be written is told as nothing, which no caller understands.
fn written(reply: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(reply).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Vec::new()
    })
}

impl<T: Thing> Answerer for Things<T> {
    fn answer(&self, call: Call, news: Option<Outlet>) -> Answering {
        let things = self.clone();
        Box::pin(async move { written(&things.reply_to(call, news).await) })
    }
}

impl<T: Thing> Things<T> {
    async fn reply_to(&self, call: Call, news: Option<Outlet>) -> Reply<T> {
        let ask: Ask<T> = match serde_json::from_slice(&call.body) {
            Ok(ask) => ask,
            Err(error) => {
                tracing::warn!(%error, kind = call.kind, "a call that is not understood");
                return Reply::NotUnderstood;
            }
        };
        if ask.command().is_some() && self.is_stalled(&call).await {
            return Reply::TakeIt;
        }
        let road = road_of(&call);
        let outlet = news.clone();
        let teller = news.map(|outlet| move || -> Ear<T> { Box::new(Teller(outlet.clone())) });
        let carrying = async {
            match &teller {
                Some(teller) => self.carry(&call.thing, ask, Some(teller), road).await,
                None => self.carry(&call.thing, ask, None, road).await,
            }
        };
        match timeout_at(road.until, carrying).await {
            Ok(Ok(told)) => {
                if let Some(outlet) = outlet {
                    self.keep_an_eye_on(&*outlet, call.thing);
                }
                Reply::Told(told)
            }
            Ok(Err(unanswered)) => unanswered.into(),
            Err(_) => Reply::Slow,
        }
    }

    /// A thing that lives here hears when the way to somebody who listens to it breaks. Otherwise it would
    /// notice with the next news only.
    fn keep_an_eye_on(&self, outlet: &dyn NewsOutlet, thing: ThingId) {
        let Some(look) = T::look_for_the_lost() else { return };
        let things = self.clone();
        outlet.when_broken(Box::new(move || {
            if let Some(address) = things.active(&thing) {
                address.do_send(Attend { look, listener: None });
            }
        }));
    }

    /// Whether this node owns the thing and its store has not answered for long: whoever asks may
    /// have better luck.
    async fn is_stalled(&self, call: &Call) -> bool {
        match self.active(&call.thing) {
            Some(address) => address.send(IsStalled).await.unwrap_or(false),
            None => false,
        }
    }
}

/// A request that came from another node is not sent to a third one. (Only a node that has itself
/// handed the thing on may do so, once: it knows to whom.)
fn road_of(call: &Call) -> Road {
    let within = call.within.min(DEADLINE).saturating_sub(MARGIN);
    let n_hops = call.n_hops.saturating_add(1);
    Road { until: Instant::now() + within, n_hops, forwarding: Forwarding::Refused }
}

impl<T: Thing> From<Unanswered<T::Rejection>> for Reply<T> {
    fn from(unanswered: Unanswered<T::Rejection>) -> Self {
        match unanswered {
            Unanswered::Rejected(rejection) => Self::Rejected(rejection),
            // What it is to be brought back for is the asking node's to say.
            Unanswered::Absent(
                Absent::Elsewhere(_) | Absent::NotRestored | Absent::AwaitsRestoration,
            ) => Self::NotMine,
            Unanswered::Absent(absent) => Self::Absent(absent),
            Unanswered::Busy => Self::Busy,
            Unanswered::TimedOut => Self::Slow,
        }
    }
}

/// Tells a listener on another node.
struct Teller(Outlet);

impl<N: serde::Serialize> Listener<N> for Teller {
    fn hear(&mut self, news: N) -> Hearing {
        let is_heard = match serde_json::to_vec(&news) {
            Ok(news) => self.0.tell(news),
            Err(error) => {
                tracing::error!(%error, "news cannot be written");
                false
            }
        };
        if is_heard { Hearing::Goes } else { Hearing::Gone }
    }

    fn is_gone(&self) -> bool {
        !self.0.is_open()
    }
}
