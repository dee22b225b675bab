//! A strategy of this program asks by the same door, and the interaction hears what follows.

use crate::support::patience::eventually;
use crate::support::wishes::{customer_joins, says};
use holdfast::base::{Chance, InteractionId, ThingId, UserData, chance::token};
use holdfast::chat::Command;
use holdfast::chat::command::Join;
use holdfast::config::Config;
use holdfast::esp::answer::Closing;
use holdfast::esp::{Done, Fault, Request};
use holdfast::interaction::{Look, Sight};
use holdfast::node::houses::{Ground, Houses, first_lane};
use holdfast::node::wiring::routing_domain;
use holdfast::node::world::Dice;
use holdfast::ownership::actor::Place;
use holdfast::store::{EmbeddedStore, Store};
use std::sync::Arc;

#[actix::test]
async fn a_chat_that_a_strategy_places_on_hold_wants_somebody_when_its_customer_writes() {
    let node = Node::start().await;
    let patient = UserData::default().with("GCTI_Chat_AsyncMode", "true");
    let chat = node.chat(patient).await;
    node.interaction_has(&chat, "GCTI_Chat_AsyncStatus", "1").await;

    let held = node.ask("PlaceOnHold", &chat, &[]).await.unwrap();
    assert_eq!(held, Done::Changed);
    node.interaction_has(&chat, "GCTI_Chat_AsyncStatus", "-2").await;
    node.houses.sessions.perform(&chat, says(1, "hello?")).await.unwrap();

    node.interaction_has(&chat, "GCTI_Chat_AsyncStatus", "2").await;
}

#[actix::test]
async fn other_chats_are_not_placed_on_hold_and_say_so() {
    let node = Node::start().await;
    let chat = node.chat(UserData::default()).await;

    let refused = node.ask("PlaceOnHold", &chat, &[]).await.unwrap_err();

    assert_eq!(refused.code(), 400);
    assert!(refused.text.contains("asynchronous"), "{refused}");
}

#[actix::test]
async fn the_interaction_hears_of_the_language_and_of_the_end() {
    let node = Node::start().await;
    let chat = node.chat(UserData::default()).await;

    node.ask("ConfigureSession", &chat, &[("GCTI_LanguageCode", "de-DE")]).await.unwrap();
    node.interaction_has(&chat, "GCTI_LanguageCode", "de-DE").await;
    let closed = node.ask("CloseSession", &chat, &[]).await.unwrap();

    assert_eq!(closed, Done::Closing(Closing::Closed));
    node.interaction_has(&chat, "IsOnline", "0").await;
    node.interaction_has(&chat, "csg_SessionEndedBy", "SYSTEM").await;
}

/// The houses of one node, without its edges.
struct Node {
    houses: Houses,
    _folder: tempfile::TempDir,
}

impl Node {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.node.arbiters = 1;
        let config = Arc::new(config);
        let (chance, lane): (Arc<dyn Chance>, _) = (Arc::new(Dice), first_lane(&config, &Dice));
        let store = Store::of(&EmbeddedStore::open(folder.path()).unwrap());
        let ground = Ground::new(&config, store, chance, Place::alone(lane));
        let houses = Houses::start(&ground, &config);
        houses.connect();
        houses.routing.wake_named(&routing_domain()).await.unwrap();
        Self { houses, _folder: folder }
    }

    async fn chat(&self, user_data: UserData) -> ThingId {
        let id = ThingId(token(&Dice, 22));
        let Command::Join(join) = customer_joins() else { panic!("a customer joins") };
        let join = Join { user_data, ..*join };
        self.houses.sessions.create(&id, Command::Join(Box::new(join))).await.unwrap();
        id
    }

    async fn ask(
        &self,
        method: &str,
        chat: &ThingId,
        parameters: &[(&str, &str)],
    ) -> Result<Done, Fault> {
        let request = Request {
            service: "Chat".into(),
            method: method.into(),
            user_data: UserData::default().with("InteractionId", chat.as_str()),
            parameters: parameters.iter().copied().collect(),
            client: "strategy:greet".into(),
            id: token(&Dice, 22),
        };
        self.houses.esp.ask(request).await.map(|answer| answer.done)
    }

    async fn interaction_has(&self, chat: &ThingId, key: &str, value: &str) {
        let id = InteractionId(chat.0.clone());
        eventually("the interaction knows", || async {
            let look = Look::Interaction(id.clone());
            let seen = self.houses.routing.look(&routing_domain(), look).await.unwrap();
            let Sight::Interaction(seen) = seen else { panic!("another form") };
            let user_data = seen?.user_data;
            (user_data.text(key).as_deref() == Some(value)).then_some(())
        })
        .await;
    }
}
