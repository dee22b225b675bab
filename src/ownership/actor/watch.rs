//! Waking what has slept its time, on whichever process lives. Each process looks at all alarms every
//! few seconds and wakes its share; what one does not manage falls to the next. An alarm goes only
//! when its thing was awake for a while and somebody answered for it, so whatever ends a process in
//! the middle, another one begins again.

use crate::base::{Chance, Clock};
use crate::owned::{StoreError, Thing};
use crate::ownership::actor::place::Place;
use crate::ownership::actor::things::Things;
use crate::ownership::alarm::{Alarm, Ringing, falls_to, plan_ringing};
use crate::ownership::door::{AlarmTable, OwnerTable};
use crate::ownership::drain::Pace;
use crate::ownership::error::{Absent, Unanswered};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often the alarms are looked at.
const ROUND: Duration = Duration::from_secs(5);

/// How much later a round may begin, so that not all processes look at once.
const JITTER: Duration = Duration::from_millis(500);

/// How long a beat of the pacing is.
const TICK: Duration = Duration::from_millis(50);

/// After so long an alarm without success is tried again.
const AGAIN: Duration = Duration::from_secs(15);

/// An alarm that is known for so long should be gone.
const OVERDUE: Duration = Duration::from_secs(60);

/// How many are woken at a time, whatever the pace.
const MOST_AT_ONCE: usize = 32;

/// Looks after the alarms of things of one kind.
pub struct Watch<T: Thing> {
    pub things: Things<T>,
    pub owners: Arc<dyn OwnerTable>,
    pub alarms: Arc<dyn AlarmTable>,
    pub place: Place,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    /// Most that are woken in a second.
    pub rate: u64,
    /// A look that changes nothing, answered by whoever has the thing.
    pub glance: T::Look,
}

/// Alarms that have rung and are still there, with how long they are known and when they were tried
/// last, by the own time: no two clocks are compared.
type Known = BTreeMap<Alarm, Waiting>;

#[derive(Clone, Copy)]
struct Waiting {
    since: Instant,
    tried: Option<Instant>,
}

impl<T: Thing> Watch<T> {
    /// Looks again and again, for as long as the process lives.
    pub async fn run(&self) {
        let mut known = Known::new();
        loop {
            let mut dice = [0];
            self.chance.fill(&mut dice);
            sleep(ROUND + JITTER * u32::from(dice[0]) / 256).await;
            if let Err(error) = self.round(&mut known).await {
                tracing::debug!(%error, "the alarms are not known");
            }
        }
    }

    async fn round(&self, known: &mut Known) -> Result<(), StoreError> {
        let due = self.alarms.due(self.clock.now()).await?.into_iter();
        let due: BTreeSet<_> = due.filter(|alarm| T::can_be_named(&alarm.thing)).collect();
        known.retain(|alarm, _| due.contains(alarm));
        let accepting = self.place.view.accepting();
        let now = Instant::now();
        let mut mine = Vec::new();
        for alarm in due {
            let waiting = known.entry(alarm.clone()).or_insert(Waiting { since: now, tried: None });
            let is_early = waiting.tried.is_some_and(|tried| now < tried + AGAIN);
            if !is_early && falls_to(&self.place.me, &alarm, &accepting, now - waiting.since) {
                waiting.tried = Some(now);
                mine.push(alarm);
            }
        }
        let is_overdue = |waiting: &&Waiting| OVERDUE < now - waiting.since;
        self.things.naps().overdue(known.values().filter(is_overdue).count());
        self.answer_all(mine).await;
        Ok(())
    }

    /// Answers alarms at the configured pace.
    async fn answer_all(&self, alarms: Vec<Alarm>) {
        let mut pace = Pace::new(self.rate);
        let mut left = alarms.into_iter();
        let mut answering: FuturesUnordered<LocalBoxFuture<'_, ()>> = FuturesUnordered::new();
        while 0 < left.len() || !answering.is_empty() {
            let room = MOST_AT_ONCE.saturating_sub(answering.len());
            let next: Vec<_> = left.by_ref().take(room.min(pace.allow(self.clock.now()))).collect();
            pace.went(next.len());
            answering.extend(next.into_iter().map(|alarm| -> LocalBoxFuture<'_, ()> {
                Box::pin(async move { self.answer(&alarm).await })
            }));
            let tick = sleep(TICK);
            tokio::pin!(tick);
            loop {
                tokio::select! {
                    () = &mut tick => break,
                    Some(()) = answering.next() => {}
                }
            }
        }
    }

    async fn answer(&self, alarm: &Alarm) {
        if let Err(why) = self.try_to_answer(alarm).await {
            tracing::info!(thing = %alarm.thing, why, "an alarm stays");
        }
    }

    async fn try_to_answer(&self, alarm: &Alarm) -> Result<(), String> {
        let thing = &alarm.thing;
        let located = self.owners.locate(thing).await.map_err(|error| error.to_string())?;
        let answered = match plan_ringing(alarm, &located) {
            Ringing::Over => Ok(()),
            Ringing::Wake => match self.things.wake_at_deadline(thing).await {
                // Looked at once more: other houses must have heard who has it now, for if this
                // process ended before, nobody would look for what it had.
                Ok(()) => return Ok(()),
                Err(absent) => Err(Unanswered::Absent(absent)),
            },
            Ringing::Ask => self.things.look(thing, self.glance.clone()).await.map(drop),
        };
        match answered {
            Ok(()) | Err(Unanswered::Absent(Absent::NotFound | Absent::Closed)) => {
                self.alarms.clear(alarm).await.map_err(|error| error.to_string())
            }
            Err(why) => Err(why.to_string()),
        }
    }
}
