//! Effects survive a crash: whatever was stored and not yet told when the process ended, is told by
//! whoever restores the session; once, and not twice.

use crate::support::patience::eventually;
use crate::support::wishes::{customer_joins, leaves, says};
use holdfast::base::chance::token;
use holdfast::base::{Chance, InteractionId, ThingId};
use holdfast::chat::Command;
use holdfast::config::Config;
use holdfast::contact::door::ContactStore;
use holdfast::contact::state::{Record, Status};
use holdfast::interaction::Stage;
use holdfast::interaction::views::InteractionView;
use holdfast::interaction::{Look, Sight};
use holdfast::node::houses::{Ground, Houses, first_lane};
use holdfast::node::wiring::{is_session, routing_domain};
use holdfast::node::world::Dice;
use holdfast::ownership::actor::Place;
use holdfast::ownership::door::OwnerTable;
use holdfast::store::{EmbeddedStore, Store};
use std::sync::Arc;

#[actix::test]
async fn a_session_whose_beginning_nobody_heard_of_is_routed_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store).await;
    let chat = before.create().await;
    before.end_unheard().await;

    let after = Life::begin(&store).await;
    after.houses.connect();
    after.restore_all().await;

    let interaction = after.interaction_when(&chat, |_| true).await;
    assert_eq!(interaction.stage, Stage::Queued);
    assert_eq!(interaction.user_data.text("FirstName").as_deref(), Some("Ann"));
    // The customer said her e-mail address.
    let record = after.record_when(&chat, |record| record.contact.is_some()).await;
    assert_eq!(record.content.status, Status::InProcess);
}

#[actix::test]
async fn a_closing_that_nobody_heard_of_is_finished_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store).await;
    let chat = before.create().await;
    before.perform(&chat, says(1, "goodbye")).await;
    before.perform(&chat, leaves(1)).await;
    before.end_unheard().await;

    let after = Life::begin(&store).await;
    after.houses.connect();
    after.restore_all().await;

    let record = after.record_when(&chat, |record| record.content.status == Status::Stopped).await;
    assert!(record.content.structured_text.contains("goodbye"));
    after.interaction_when(&chat, |seen| matches!(seen.stage, Stage::Stopped { .. })).await;
    after.closed_for_ever(&chat).await;
}

#[actix::test]
async fn what_was_heard_before_the_crash_is_not_heard_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store).await;
    before.houses.connect();
    let chat = before.create().await;
    let first = before.interaction_when(&chat, |_| true).await;
    before.end_unheard().await;

    let after = Life::begin(&store).await;
    after.houses.connect();
    after.restore_all().await;
    after.perform(&chat, says(1, "still here")).await;

    let again = after.interaction_when(&chat, |_| true).await;
    assert_eq!(again.attributes, first.attributes, "it was submitted once");
    assert_eq!(again.placed_at, first.placed_at, "it kept its place in the queue");
}

/// One life of a process, without its edges. The store outlives it, as a disk does.
struct Life {
    houses: Houses,
    store: EmbeddedStore,
}

impl Life {
    /// Nothing reaches another house until the life is connected: as if it had been killed between
    /// each append and its deliveries.
    async fn begin(store: &EmbeddedStore) -> Self {
        let mut config = Config::default();
        config.node.arbiters = 1;
        let config = Arc::new(config);
        let chance: Arc<dyn Chance> = Arc::new(Dice);
        let place = Place::alone(first_lane(&config, &*chance));
        let ground = Ground::new(&config, Store::of(store), chance.clone(), place);
        let houses = Houses::start(&ground, &config);
        houses.routing.wake_named(&routing_domain()).await.unwrap();
        Self { houses, store: store.clone() }
    }

    async fn end_unheard(self) {
        self.houses.stop().await;
    }

    async fn restore_all(&self) {
        for thing in self.store.open_things().await.unwrap().iter().filter(|open| is_session(open))
        {
            self.houses.sessions.wake(thing).await.unwrap();
        }
    }

    async fn create(&self) -> ThingId {
        let id = ThingId(token(&Dice, 22));
        self.houses.sessions.create(&id, customer_joins()).await.unwrap();
        id
    }

    async fn perform(&self, chat: &ThingId, command: Command) {
        self.houses.sessions.perform(chat, command).await.unwrap();
    }

    async fn interaction_when(
        &self,
        chat: &ThingId,
        is_so: impl Fn(&InteractionView) -> bool,
    ) -> InteractionView {
        let id = InteractionId(chat.0.clone());
        let seen = eventually("the interaction is as expected", || async {
            let domain = routing_domain();
            let seen = self.houses.routing.look(&domain, Look::Interaction(id.clone())).await;
            let Sight::Interaction(seen) = seen.unwrap() else { panic!("another form") };
            seen.map(|seen| *seen).filter(|seen| is_so(seen))
        });
        seen.await
    }

    async fn record_when(&self, chat: &ThingId, is_so: impl Fn(&Record) -> bool) -> Record {
        let id = InteractionId(chat.0.clone());
        let seen = eventually("the record is as expected", || async {
            let record = self.store.record(&id).await.unwrap();
            record.filter(|record| is_so(record))
        });
        seen.await
    }

    async fn closed_for_ever(&self, chat: &ThingId) {
        eventually("the session is marked as closed", || async {
            self.store.locate(chat).await.unwrap().closed.then_some(())
        })
        .await;
    }
}
