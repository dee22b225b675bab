//! A receiver that is down for ten minutes: real sessions and a real courier, and a clock that the test
//! turns. Each push is under way to its end before the clock goes on.

use super::sink::{SECRET, Sink, message, texts};
use crate::support::rig::{Chat, Rig};
use holdfast::base::{Clock, ParticipantId};
use holdfast::chat::push::{Carrier, Matter, Provider, PushPolicy};
use holdfast::chat::{Look, Policy};
use holdfast::config::{Config, PushContent};
use holdfast::edge::push::{Courier, Means, Route, Writer};
use holdfast::node::world::WallClock;
use holdfast::webhook::actor::Address;
use serde_json::{Value, json};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::channel;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(30);
const DELAY: Duration = Duration::from_secs(15);
const ATTEMPTS: u32 = 40;

#[actix_web::test]
async fn a_receiver_that_is_back_after_ten_minutes_hears_once_and_in_order_what_it_was_promised() {
    let mut street = Street::start().await;
    let (sure, plain) = (street.customer("true").await, street.customer("false").await);
    for customer in [&sure, &plain] {
        street.tells(customer, "before").await;
    }
    let n_before = street.heard().await.len();
    assert!(2 < n_before, "both are told");
    let from = street.fetches(&sure).await;

    street.sink.go();
    for customer in [&sure, &plain] {
        street.tells(customer, "meanwhile").await;
    }
    for _ in 1..ATTEMPTS {
        street.passes(&sure, DELAY).await;
    }
    street.sink.come(&[]).await;
    street.passes(&sure, DELAY - Duration::from_millis(1)).await;
    assert_eq!(street.heard().await.len(), n_before, "ten minutes are not over");
    street.passes(&sure, Duration::from_millis(1)).await;
    street.passes(&sure, 8 * DELAY).await;
    let heard = street.heard().await;
    assert_eq!(reminders(&heard[n_before..]), [(ATTEMPTS.to_string(), from.clone())]);

    street.tells(&sure, "after").await;
    for _ in 0..3 {
        street.passes(&sure, DELAY).await;
    }
    let n_after = heard.len();
    let heard = street.heard().await;
    let expected = ["0", "1", "2", "3"].map(|attempt| (attempt.to_owned(), from.clone()));
    assert_eq!(reminders(&heard[n_after..]), expected, "with all that was not fetched");
    street.fetches(&sure).await;
    street.passes(&sure, 8 * DELAY).await;
    for text in ["one", "two", "three"] {
        street.tells(&plain, text).await;
    }

    let n_after = heard.len();
    let heard = street.heard().await;
    assert_eq!(texts(&heard[n_after..]), ["one", "two", "three"], "in order, and no more");
    assert!(heard.iter().all(|push| push["signature"] == "good"));
}

/// Which attempts they are, and from where on to ask.
fn reminders(pushes: &[Value]) -> Vec<(String, String)> {
    let reminder = |push: &Value| {
        let data = &message(push)["userData"];
        let text = |name: &str| data[name].as_str().unwrap().to_owned();
        (text("notify-attempt"), text("notify-position"))
    };
    pushes.iter().map(reminder).collect()
}

struct Street {
    rig: Rig,
    courier: Arc<Courier>,
    sink: Sink,
    n_marks: Cell<u64>,
}

struct Customer {
    chat: Chat,
    bob: ParticipantId,
}

impl Street {
    async fn start() -> Self {
        let sink = Sink::start(&[]).await;
        let courier = Arc::new(courier(&sink.url()));
        let a_day = Duration::from_secs(86_400);
        let push = PushPolicy {
            resend_attempts: ATTEMPTS,
            resend_delay: DELAY,
            usual: [(Carrier::Http, "default".to_owned())].into(),
            providers: [("default".to_owned(), Provider::new(Carrier::Http, Matter::ALL.into()))]
                .into(),
            ..PushPolicy::default()
        };
        let policy = Policy {
            push,
            flex_push_timeout: a_day,
            flex_disconnect_timeout: a_day,
            ..Policy::default()
        };
        let rig = Rig::start_pushing(Config::default(), policy, Some(courier.clone()));
        Self { rig, courier, sink, n_marks: Cell::new(0) }
    }

    async fn customer(&self, is_reliable: &str) -> Customer {
        let form = [
            ("nickname", "Ann"),
            ("userData[GCTI_Chat_PushSubscribe]", "true"),
            ("userData[GCTI_GMS_PushDeviceId]", "ann's phone"),
            ("userData[GCTI_GMS_PushDeviceType]", "customhttp"),
            ("userData[GCTI_GMS_PushIncludePayload]", "true"),
            ("userData[GCTI_GMS_PushResend]", is_reliable),
        ];
        let chat = self.rig.create(&form).await;
        let bob = self.rig.agent_joins(&chat, "bob").await;
        Customer { chat, bob }
    }

    async fn tells(&self, customer: &Customer, text: &str) {
        self.rig.says(&customer.chat, customer.bob, text).await;
        self.is_carried().await;
    }

    /// He asks for everything; from where on he would ask again.
    async fn fetches(&self, customer: &Customer) -> String {
        let asked = self.rig.ask(&customer.chat, "refresh", &[("transcriptPosition", "1")]).await;
        asked.next().to_string()
    }

    async fn passes(&self, customer: &Customer, time: Duration) {
        self.rig.pass(&customer.chat, time).await;
        // What it brought about is carried out.
        self.rig.look(&customer.chat, Look::Whole).await;
        self.is_carried().await;
    }

    /// Waits until everything that the courier has was tried.
    async fn is_carried(&self) {
        let until = Instant::now() + PATIENCE;
        self.courier.finish(until).await;
        assert!(Instant::now() < until, "pushes are under way for ever");
    }

    /// All that the receiver has heard, which is there.
    async fn heard(&self) -> Vec<Value> {
        let mark = self.n_marks.get() + 1;
        self.n_marks.set(mark);
        let marking = reqwest::Client::new().post(self.sink.url());
        marking.body(json!({ "mark": mark }).to_string()).send().await.unwrap();
        self.sink.until_one(|one| one["body"]["mark"] == mark).await;
        let mut heard = self.sink.heard();
        heard.retain(|one| one["body"]["mark"].is_null());
        heard
    }
}

fn courier(url: &str) -> Courier {
    let clock: Arc<dyn Clock> = Arc::new(WallClock);
    let address = Address { url: url.to_owned(), secret: SECRET.to_owned(), timeout: PATIENCE / 2 };
    let route = Route {
        provider: "default".to_owned(),
        is_debug: false,
        means: Means::Http(address),
        n_lanes: 4,
        most_waiting: 100,
        includes_payload: true,
    };
    let writer = Writer {
        content: vec![PushContent::SessionId],
        keys: None,
        alias: "node-a".into(),
        tells_monitoring: false,
    };
    let (unreachable, _) = channel(1);
    Courier::start(vec![route], writer, (&clock, unreachable))
}
