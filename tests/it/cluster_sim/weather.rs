//! What goes wrong in a run: processes vanish, stand still, are cut from each other and from the
//! store, and are drained; rows come late, in part or never; a replica is away.

use super::dice::Dice;
use super::host::State;
use super::world::Town;
use holdfast::store::ring::emulator::Faults;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::spawn_local;
use tokio::time::sleep;

pub async fn blow(town: Rc<Town>, dice: Dice) {
    while !town.is_evening() {
        let what = dice.below(9);
        let (town, own) = (town.clone(), dice.clone());
        match what {
            0 | 1 => drop(spawn_local(crash(town, own))),
            2 => drop(spawn_local(pause(town, own))),
            3 => drop(spawn_local(part_two_nodes(town, own))),
            4 => drop(spawn_local(cut_from_store(town, own))),
            5 => drop(spawn_local(drain(town, own))),
            6 => drop(spawn_local(lose_a_replica(town, own))),
            _ => storm(&town, &own),
        }
        sleep(dice.millis(50, 2_000)).await;
    }
}

/// The end of all that went wrong.
pub fn clear_up(town: &Town) {
    town.ground.net.mend_all();
    (0..3).for_each(|replica| town.ground.emulator.bring_up(replica));
    for node in town.nodes() {
        node.link.set(Faults::default());
        node.host.set(State::Runs);
        node.inside.accept_again();
    }
}

async fn crash(town: Rc<Town>, dice: Dice) {
    let n = town.any_number(&dice);
    town.book.note(format_args!("{} vanishes", town.node(n).process));
    town.node(n).host.set(State::Gone);
    sleep(dice.millis(1, 4_000)).await;
    town.restart(n).await;
}

async fn pause(town: Rc<Town>, dice: Dice) {
    let node = town.any_node(&dice);
    town.book.note(format_args!("{} stands still", node.process));
    node.host.set(State::Paused);
    sleep(dice.millis(100, 8_000)).await;
    town.book.note(format_args!("{} goes on", node.process));
    node.host.set(State::Runs);
}

async fn part_two_nodes(town: Rc<Town>, dice: Dice) {
    let one = town.any_node(&dice).process.node;
    let other = town.any_node(&dice).process.node;
    town.book.note(format_args!("{one} and {other} are parted"));
    town.ground.net.cut(&one, &other);
    if dice.one_in(2) {
        town.ground.net.cut(&other, &one);
    }
    sleep(dice.millis(100, 6_000)).await;
    town.ground.net.mend(&one, &other);
}

async fn cut_from_store(town: Rc<Town>, dice: Dice) {
    let node = town.any_node(&dice);
    let usual = Faults::default();
    let faults = match dice.below(3) {
        0 => Faults { is_cut: true, ..usual },
        // What it writes arrives, and it hears nothing.
        1 => Faults { lost_acks: u8::MAX, failed_reads: u8::MAX, ..usual },
        _ => Faults { lost_acks: 128, failed_reads: 128, ..usual },
    };
    town.book.note(format_args!("{} has {faults:?}", node.process));
    node.link.set(faults);
    sleep(dice.millis(100, 6_000)).await;
    town.book.note(format_args!("{} has its store again", node.process));
    node.link.set(Faults::default());
}

async fn drain(town: Rc<Town>, dice: Dice) {
    let node = town.any_node(&dice);
    town.book.note(format_args!("{} is drained", node.process));
    let inside = node.inside.clone();
    let draining = node.host.ask(move || inside.drain());
    draining.await;
    town.book.note(format_args!("{} is empty", node.process));
    sleep(dice.millis(100, 3_000)).await;
    node.inside.accept_again();
}

async fn lose_a_replica(town: Rc<Town>, dice: Dice) {
    if !town.is_whole.replace(false) {
        return;
    }
    let replica = usize::try_from(dice.below(3)).unwrap();
    town.book.note(format_args!("replica {replica} is away"));
    town.ground.emulator.take_down(replica);
    sleep(dice.millis(100, 4_000)).await;
    town.ground.emulator.bring_up(replica);
    town.is_whole.set(true);
}

/// Rows come late, in part or never for a while.
fn storm(town: &Rc<Town>, dice: &Dice) {
    let node = town.any_node(dice);
    let odds = |most: u64| u8::try_from(dice.below(most)).unwrap();
    let faults = Faults {
        is_cut: false,
        delay: dice.millis(1, 60),
        late: odds(64),
        never: odds(64),
        lost_acks: odds(64),
        failed_reads: odds(32),
        seen_again: odds(128),
    };
    town.book.note(format_args!("{} has {faults:?}", node.process));
    node.link.set(faults);
}

/// How long the weather lasts.
pub fn lasts(dice: &Dice) -> Duration {
    dice.millis(6_000, 14_000)
}
