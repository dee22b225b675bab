//! Walks through all states of a bounded world and says what it found.

use super::bounds::Bounds;
use super::step::{Chances, Step};
use super::world::World;
use holdfast::base::Epoch;
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

const KEEPS_ITS_WORD: &str = "nobody sees a lost, doubled, halved or reordered message";
const STAYS_RESTORABLE: &str = "whoever restores comes to a history that keeps all promises";
const ALL_ACKNOWLEDGED: &str = "all wishes acknowledged";
const BY_SEVERAL: &str = "acknowledged by different owners";

impl Model for Bounds {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::begin(self)]
    }

    fn actions(&self, world: &World, out: &mut Vec<Step>) {
        if world.fault.is_none() {
            for node in 0..self.n_nodes {
                Chances { bounds: self, world, out }.of_node(node);
            }
        }
    }

    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        self.carry_out(&mut world, step).map(|()| world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(KEEPS_ITS_WORD, |_, world: &World| world.fault.is_none()),
            Property::always(STAYS_RESTORABLE, |bounds: &Self, world: &World| {
                world.is_restored_rightly_by_anybody(bounds)
            }),
            Property::sometimes(ALL_ACKNOWLEDGED, |_, world: &World| world.all_acknowledged()),
            Property::sometimes(BY_SEVERAL, |_, world: &World| {
                1 < world.serving_epochs().collect::<BTreeSet<Epoch>>().len()
            }),
        ]
    }
}

/// No state of this world breaks a promise, and it is large enough to mean something.
pub fn expect_safe(name: &str, bounds: &Bounds) {
    let watch = Watch::start();
    let checker = bounds.clone().checker().threads(threads()).spawn_bfs().join();
    let n_states = checker.unique_state_count();
    say(&format!("SAFE      {name}: {n_states} states, {:.1} s", watch.seconds()));

    for property in [KEEPS_ITS_WORD, STAYS_RESTORABLE] {
        if let Some(path) = checker.discovery(property) {
            panic!(
                "{name}: {}\n{}",
                reason(property, path.last_state()),
                told(&path.into_actions())
            );
        }
    }
    for property in [ALL_ACKNOWLEDGED, BY_SEVERAL] {
        assert!(checker.discovery(property).is_some(), "{name}: never {property}");
    }
}

/// Some state of this world breaks a promise.
pub fn expect_broken(bounds: &Bounds) {
    let (name, watch) = (bounds.mutant, Watch::start());
    let Some(counter_example) = shortest_counter_example(bounds) else {
        panic!("{name:?} is as safe as the design")
    };
    let CounterExample { why, steps, n_states } = counter_example;
    let (n_steps, seconds) = (steps.len(), watch.seconds());
    say(&format!("BROKEN    {name:?}: {n_steps} steps, {n_states} states, {seconds:.1} s: {why}"));
    if asked_for("MODEL_TRACE") {
        say(&told(&steps));
    }
}

struct CounterExample {
    why: String,
    steps: Vec<Step>,
    n_states: usize,
}

/// The checker tells the last counter-example that it came upon before it stopped; a shorter one is
/// asked for until there is none.
fn shortest_counter_example(bounds: &Bounds) -> Option<CounterExample> {
    let mut found = None;
    let mut below = usize::MAX;
    loop {
        let checker = bounds.clone().checker().finish_when(HasDiscoveries::AnyFailures);
        let checker = checker.target_max_depth(below).threads(1).spawn_bfs().join();
        let broken = [KEEPS_ITS_WORD, STAYS_RESTORABLE]
            .into_iter()
            .find_map(|property| checker.discovery(property).map(|path| (property, path)));
        let Some((property, path)) = broken else { return found };
        let n_states = checker.unique_state_count();
        let why = reason(property, path.last_state());
        let steps = path.into_actions();
        // Depth counts states: a path of n steps has n + 1.
        below = steps.len() + 1;
        found = Some(CounterExample { why, steps, n_states });
    }
}

/// From every state with a take-over and a try of each wish left, all can still be acknowledged (I5).
pub fn expect_progress(name: &str, bounds: &Bounds) {
    let watch = Watch::start();
    let (worlds, before) = explore(bounds);
    let mut goes_on: Vec<bool> = worlds.iter().map(World::all_acknowledged).collect();
    let mut todo: Vec<usize> = (0..worlds.len()).filter(|at| goes_on[*at]).collect();
    while let Some(at) = todo.pop() {
        for earlier in &before[at] {
            if !std::mem::replace(&mut goes_on[*earlier], true) {
                todo.push(*earlier);
            }
        }
    }
    let has_means = |world: &World| {
        world.n_takeovers < bounds.n_takeovers
            && world.tries.iter().all(|n_tries| *n_tries < bounds.n_tries)
    };
    let stuck = worlds.iter().zip(&goes_on).filter(|(world, on)| !**on && has_means(world));
    let stuck: Vec<&World> = stuck.map(|(world, _)| world).collect();
    let (n_states, n_stuck) = (worlds.len(), stuck.len());
    let seconds = watch.seconds();
    say(&format!("PROGRESS  {name}: {n_states} states, {n_stuck} stuck, {seconds:.1} s"));

    assert!(stuck.is_empty(), "{name}: {n_stuck} states are stuck, one of them: {:#?}", stuck[0]);
}

/// All states, and from which others each is reached.
fn explore(bounds: &Bounds) -> (Vec<World>, Vec<Vec<usize>>) {
    let mut worlds = bounds.init_states();
    let mut numbers: HashMap<World, usize> = worlds.iter().cloned().zip(0..).collect();
    let mut before = vec![Vec::new()];
    let mut at = 0;
    while at < worlds.len() {
        let mut steps = Vec::new();
        bounds.actions(&worlds[at], &mut steps);
        for step in steps {
            let Some(next) = bounds.next_state(&worlds[at], step) else { continue };
            let number = *numbers.entry(next).or_insert_with_key(|next| {
                worlds.push(next.clone());
                before.push(Vec::new());
                worlds.len() - 1
            });
            before[number].push(at);
        }
        at += 1;
    }
    (worlds, before)
}

fn reason(property: &str, world: &World) -> String {
    world.fault.map_or_else(|| format!("no longer true: {property}"), str::to_owned)
}

fn told(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("    {step:?}\n")).collect()
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

pub fn asked_for(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

/// How long a walk took, for whoever reads the output.
struct Watch(Instant);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "tells a reader the time, decides nothing")]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn seconds(&self) -> f32 {
        self.0.elapsed().as_secs_f32()
    }
}

#[expect(clippy::print_stdout, reason = "what was checked is worth reading; the runner shows it")]
fn say(line: &str) {
    println!("{line}");
}
