//! Sessions that sleep in a node as it is put together: with the houses that must hear of them first,
//! across an end of the process, and until they wake by themselves.

use crate::support::patience::eventually;
use crate::support::wishes::customer_joins;
use holdfast::base::chance::token;
use holdfast::base::{Chance, InteractionId, ThingId};
use holdfast::config::Config;
use holdfast::contact::door::ContactStore;
use holdfast::contact::state::Status;
use holdfast::interaction::{Look, Sight, Stage};
use holdfast::node::houses::{Ground, Houses, first_lane};
use holdfast::node::wiring::routing_domain;
use holdfast::node::world::Dice;
use holdfast::ownership::Absent;
use holdfast::ownership::actor::Place;
use holdfast::ownership::door::OwnerTable;
use holdfast::store::{EmbeddedStore, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

#[actix::test]
async fn a_session_sleeps_across_a_restart_wakes_at_its_time_and_ends_for_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store).await;
    let chat = ThingId(token(&Dice, 22));
    before.houses.sessions.create(&chat, customer_joins()).await.unwrap();
    before.until_asleep(&chat).await;
    assert_eq!(before.houses.sessions.n_active(), 0);
    before.end().await;

    let after = Life::begin(&store).await;
    let left_alone = after.houses.sessions.wake_unless_asleep(&chat).await;
    assert!(matches!(left_alone, Err(Absent::Asleep { .. })), "{left_alone:?}");

    // Nobody asks for it. Its customer had ten seconds, and has them once more.
    eventually("it is closed", || async {
        store.locate(&chat).await.unwrap().closed.then_some(())
    })
    .await;
    let id = InteractionId(chat.0.clone());
    eventually("its interaction has ended", || async {
        let domain = routing_domain();
        let seen = after.houses.routing.look(&domain, Look::Interaction(id.clone())).await;
        let Ok(Sight::Interaction(Some(seen))) = seen else { return None };
        matches!(seen.stage, Stage::Stopped { .. }).then_some(())
    })
    .await;
    let record = store.record(&id).await.unwrap().unwrap();
    assert_eq!(record.content.status, Status::Stopped);
    let naps = after.houses.sessions.naps();
    assert_eq!((naps.n_slept(), naps.n_woken()), (0, 1), "it does not sleep again");
    after.end().await;
}

/// One life of a process, without its edges.
struct Life {
    houses: Houses,
    store: EmbeddedStore,
    watching: JoinHandle<()>,
}

impl Life {
    async fn begin(store: &EmbeddedStore) -> Self {
        let mut config = Config::default();
        config.node.arbiters = 1;
        config.settings.flex_disconnect_timeout = Duration::from_secs(10);
        config.limits.session_sleep_after = Duration::from_millis(500);
        let config = Arc::new(config);
        let chance: Arc<dyn Chance> = Arc::new(Dice);
        let place = Place::alone(first_lane(&config, &*chance));
        let ground = Ground::new(&config, Store::of(store), chance.clone(), place);
        let houses = Houses::start(&ground, &config);
        houses.routing.wake_named(&routing_domain()).await.unwrap();
        houses.connect();
        let watch = ground.watch(&houses, &config);
        let watching = actix::spawn(async move { watch.run().await });
        Self { houses, store: store.clone(), watching }
    }

    async fn until_asleep(&self, chat: &ThingId) {
        eventually("it sleeps", || async {
            self.store.locate(chat).await.unwrap().asleep().map(drop)
        })
        .await;
    }

    async fn end(self) {
        self.watching.abort();
        self.houses.stop().await;
    }
}
