//! Three processes that take one thing from each other again and again, over links that lose, delay
//! and break. Nothing acknowledged is ever missing, twice, or anywhere else.

use super::{Rig, name_seed};
use crate::base::{Chance, Clock, Position};
use crate::base::{Claim, ThingId};
use crate::owned::{Header, History, Log, StoreError};
use crate::ownership::claim::{ClaimPlan, Released, plan_epoch, plan_fences};
use crate::ownership::door::OwnerTable;
use crate::store::contract::{Note, lane, line};
use crate::store::ring::RingStore;
use crate::store::ring::emulator::{Faults, Link};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const N_PROCESSES: u64 = 3;
const N_ROUNDS: u32 = 60;

/// What clients were told, in the order in which they were told.
#[derive(Default)]
struct Told {
    acknowledged: Vec<String>,
    shown: Vec<Vec<String>>,
}

/// One process, and what it believes of the thing.
struct Owner {
    n: u64,
    store: RingStore,
    link: Link,
    rig: Arc<Rig>,
    told: Arc<Mutex<Told>>,
    active: Option<(Claim, Vec<String>)>,
}

#[tokio::test(start_paused = true)]
async fn lose_nothing_and_show_nothing_that_vanishes() {
    for seed in 0..12 {
        name_seed(seed);
        play(seed).await;
    }
}

async fn play(seed: u64) {
    let rig = Arc::new(Rig::new(seed));
    let told = Arc::new(Mutex::new(Told::default()));
    let mut playing = vec![];
    for n in 1..=N_PROCESSES {
        let (store, link) = rig.process(&lane(n));
        let (rig, told) = (rig.clone(), told.clone());
        let owner = Owner { n, store, link, rig, told, active: None };
        playing.push(tokio::spawn(owner.play()));
    }
    for process in playing {
        process.await.unwrap();
    }
    let (store, link) = rig.process(&lane(9));
    let last = Owner { n: 9, store, link, rig, told: told.clone(), active: None };
    let end = last.read_in_the_end().await;
    check(&told.lock().unwrap(), &end);
}

fn check(told: &Told, end: &[String]) {
    for text in &told.acknowledged {
        let n_times = end.iter().filter(|line| *line == text).count();
        assert_eq!(n_times, 1, "{text} of {end:?}");
    }
    for shown in &told.shown {
        assert!(end.starts_with(shown), "shown {shown:?}, in the end {end:?}");
    }
    assert!(!told.acknowledged.is_empty(), "nothing was tried");
}

impl Owner {
    async fn play(mut self) {
        for round in 0..N_ROUNDS {
            self.trouble();
            match self.dice() % 8 {
                0 => self.give_up().await,
                _ if self.active.is_none() => self.take_over().await.unwrap_or_default(),
                1 => self.take_over().await.unwrap_or_default(),
                2..=5 => self.append(round).await,
                _ => sleep(Duration::from_millis(u64::from(self.dice()))).await,
            }
        }
    }

    /// The weather of the next round.
    fn trouble(&self) {
        self.link.set(Faults {
            is_cut: self.dice() < 8,
            late: self.dice() / 4,
            never: self.dice() / 4,
            lost_acks: self.dice() / 4,
            failed_reads: self.dice() / 8,
            delay: Duration::from_millis(u64::from(self.dice())) / 4,
            seen_again: self.dice() / 2,
        });
    }

    async fn take_over(&mut self) -> Result<(), StoreError> {
        self.active = None;
        let thing = ThingId::from("s");
        let newest = self.store.locate(&thing).await?.newest.map(|row| row.epoch);
        let mut tie = [0; 8];
        self.rig.chance.fill(&mut tie);
        let epoch = plan_epoch(newest, self.rig.hands.now(), i64::from_le_bytes(tie));
        let lane = self.store.current_lane();
        self.store.claim(&thing, epoch, &lane).await?;
        let claims = self.store.claims(&thing).await?;
        if plan_fences(&claims, epoch) == ClaimPlan::GiveWay {
            return Ok(());
        }
        let claim = Claim::won(thing, epoch, lane);
        let lines = lines(Log::<Note>::open(&self.store, &claim, &claims).await?);
        let upto = Position(lines.len() as u64);
        let header = Header { upto, snapshot: lines.clone() };
        Log::<Note>::seal(&self.store, &claim, header).await?;
        self.show(&lines);
        self.active = Some((claim, lines));
        Ok(())
    }

    /// An actor may be killed while it waits.
    async fn append(&mut self, round: u32) {
        let Some((claim, mut lines)) = self.active.take() else { return };
        let text = format!("{}-{round}", self.n);
        let position = lines.len() as u64 + 1;
        let appended = Log::<Note>::append(&self.store, &claim, vec![line(position, &text)]);
        let patience = Duration::from_millis(400 + 40 * u64::from(self.dice()));
        if timeout(patience, appended).await == Ok(Ok(())) {
            self.told.lock().unwrap().acknowledged.push(text.clone());
            lines.push(text);
            self.show(&lines);
            self.active = Some((claim, lines));
        }
    }

    async fn give_up(&mut self) {
        let Some((claim, lines)) = self.active.take() else { return };
        let upto = Position(lines.len() as u64);
        // Whoever does not read it puts a fence, and all is well.
        let _ = self.store.release(&claim, Released::Moved, upto).await;
    }

    async fn read_in_the_end(mut self) -> Vec<String> {
        self.link.set(Faults::default());
        for _ in 0..100 {
            self.take_over().await.unwrap_or_default();
            if let Some((_, lines)) = self.active {
                return lines;
            }
        }
        panic!("nobody can take it over");
    }

    fn show(&self, lines: &[String]) {
        self.told.lock().unwrap().shown.push(lines.to_vec());
    }

    fn dice(&self) -> u8 {
        let mut dice = [0];
        self.rig.chance.fill(&mut dice);
        dice[0]
    }
}

fn lines(history: History<Note>) -> Vec<String> {
    let mut lines = history.header.map(|header| header.snapshot).unwrap_or_default();
    lines.extend(history.events.iter().map(|line| line.text.clone()));
    lines
}
