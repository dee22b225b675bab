//! A node is killed under load, again and again: nothing that was acknowledged is lost, nothing is
//! doubled, everything keeps its order, and the work is where it was.

mod agent;
mod customer;
mod ledger;
mod world;

use crate::support::process::Process;
use agent::Agent;
use customer::Customer;
use ledger::{AgentsBook, CustomersBook, Ledger};
use std::time::Duration;
use tokio::task::{JoinSet, block_in_place};
use world::{Dice, Stage, World};

const N_KILLS: usize = 20;
/// So many of them while chats end.
const N_LATE_KILLS: usize = 4;

const N_AGENTS: u64 = 8;
/// More than there are agents, so that some wait in the queue all the time.
const N_CUSTOMERS: u64 = 10;

/// Far more than it takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// The load: customers and agents, each of whom goes on by himself whatever happens to the node.
struct Load {
    world: World,
    customers: JoinSet<CustomersBook>,
    gone: Vec<CustomersBook>,
    agents: JoinSet<AgentsBook>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_under_load_lose_nothing_double_nothing_and_keep_the_order() {
    let seed = world::seed();
    let folder = tempfile::tempdir().unwrap();
    let settings = world::settings(N_AGENTS);
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let mut dice = Dice::new(seed);
    let node = Process::start(folder.path(), &settings);
    let world = World::around(&node, seed);
    let mut load = Load::begin(&world);

    let node = load.suffer(node, &mut dice, N_KILLS - N_LATE_KILLS).await;
    world.enter(Stage::Leave);
    let node = load.suffer(node, &mut dice, N_LATE_KILLS).await;
    let ledger = load.end().await;

    let complaints = ledger.check(&world).await;
    assert!(complaints.is_empty(), "SEED={seed}: {complaints:#?}");
    drop(node);
}

impl Load {
    fn begin(world: &World) -> Self {
        let (customers, agents) = (JoinSet::new(), JoinSet::new());
        let mut load = Self { world: world.clone(), customers, gone: vec![], agents };
        for n in 0..N_AGENTS {
            load.agents.spawn(Agent::new(world, n).work());
        }
        for n in 0..N_CUSTOMERS {
            load.customers.spawn(Customer::new(world, n).chat());
        }
        load
    }

    /// Kills the node so many times, each time after some more was acknowledged.
    async fn suffer(&mut self, node: Process, dice: &mut Dice, n_kills: usize) -> Process {
        let mut node = node;
        for _ in 0..n_kills {
            let n_more = match (dice.throw(5), self.world.stage()) {
                // At once, in the middle of everybody's coming back.
                (0, _) => 0,
                (_, Stage::Talk) => 10 + dice.throw(90),
                (_, Stage::Leave | Stage::Home) => 1 + dice.throw(5),
            };
            self.wait_for(n_more).await;
            tokio::time::sleep(Duration::from_micros(dice.throw(8_000))).await;
            node = block_in_place(|| {
                node.kill();
                node.restart()
            });
        }
        node
    }

    /// Waits until so much more was acknowledged.
    async fn wait_for(&mut self, n_more: u64) {
        let mut counted = self.world.n_acknowledged.subscribe();
        let enough = *counted.borrow() + n_more;
        let seed = self.world.seed;
        loop {
            tokio::select! {
                reached = counted.wait_for(|n_acknowledged| enough <= *n_acknowledged) => {
                    return drop(reached.unwrap());
                }
                Some(gone) = self.customers.join_next() => self.gone.push(gone.unwrap()),
                Some(ended) = self.agents.join_next() => {
                    panic!("SEED={seed}: an agent has ended: {:?}", ended.err());
                }
                () = tokio::time::sleep(DEADLINE) => panic!("SEED={seed}: nothing goes on"),
            }
        }
    }

    /// Waits until everybody has gone home, and puts together what they say.
    async fn end(self) -> Ledger {
        let Self { world, customers, gone, agents } = self;
        let ending = async {
            let mut customers = customers.join_all().await;
            customers.extend(gone);
            world.enter(Stage::Home);
            Ledger { customers, agents: agents.join_all().await }
        };
        let ended = tokio::time::timeout(DEADLINE, ending).await;
        ended.unwrap_or_else(|_| panic!("SEED={}: somebody never comes to an end", world.seed))
    }
}
