//! Pushes to mobile devices, against services that are as strict as they are documented.

use super::apple::{self, Apple, TEAM, TOPIC};
use super::clock::Steered;
use super::google::{self, Google};
use super::provider::{Provider, Verdict};
use super::token::Signer;
use crate::support::patience::eventually;
use holdfast::base::{Clock, ParticipantId, SessionId};
use holdfast::chat::EventId;
use holdfast::chat::push::{Carrier, PushNote, Subscription, Told};
use holdfast::config::PushContent;
use holdfast::edge::push::mobile::Line;
use holdfast::edge::push::mobile::alert::Wording;
use holdfast::edge::push::mobile::apns::Team;
use holdfast::edge::push::{Courier, Means, Route, Unreachable, Writer};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

const MINUTE: Duration = Duration::from_secs(60);
const ANNS: &str = "aa00000000000000000000000000000000000000000000000000000000000001";
const BENS: &str = "bb00000000000000000000000000000000000000000000000000000000000002";

/// A courier to both services, and its time.
struct Post {
    clock: Arc<Steered>,
    apple: Apple,
    google: Google,
    courier: Courier,
    unreachable: Receiver<Unreachable>,
}

#[actix_web::test]
async fn apple_is_asked_as_it_documents_and_its_token_renewed_in_time() {
    let post = Post::start().await;
    post.to_apple("chat-1", ANNS, 0);
    post.to_apple("chat-1", ANNS, 1);
    let first = post.apple_has(2).await;
    let push = &first[0];
    assert_eq!((push.kind.as_str(), push.collapse_id.as_str()), ("alert", "chat-1/1"));
    assert_eq!(push.expiration, post.clock.now().seconds() + 3_600);
    assert_eq!(
        push.body,
        json!({
            "aps": { "alert": { "title": "Help", "body": "News" }, "sound": "default" },
            "session-id": "chat-1", "chatEnded": "false",
            "notify-position": "1001", "notify-attempt": "0",
        })
    );

    post.clock.pass(39 * MINUTE);
    post.to_apple("chat-1", ANNS, 2);
    post.apple_has(3).await;
    post.clock.pass(2 * MINUTE);
    post.to_apple("chat-1", ANNS, 3);
    let all = post.apple_has(4).await;

    let attempts: Vec<_> = all.iter().map(|push| push.body["notify-attempt"].clone()).collect();
    assert_eq!(attempts, ["0", "1", "2", "3"]);
    assert!(all[..3].iter().all(|push| push.token == all[0].token));
    assert_ne!(all[3].token, all[0].token);
    assert_eq!(post.apple.refused(), [""; 0]);
}

#[actix_web::test]
async fn a_provider_token_that_does_not_hold_is_renewed_once_if_it_is_old_enough() {
    let post = Post::start().await;
    let expired = || apple::refusal(403, "ExpiredProviderToken");
    post.to_apple("chat-1", ANNS, 0);
    post.apple_has(1).await;

    post.clock.pass(5 * MINUTE);
    post.apple.plans(expired());
    post.to_apple("chat-1", ANNS, 1);
    post.to_apple("chat-1", ANNS, 2);
    let taken = post.apple_has(2).await;
    assert_eq!(taken[1].body["notify-attempt"], "2", "the other one was refused");
    assert_eq!(taken[1].token, taken[0].token, "a new one would have been one too many");

    post.clock.pass(20 * MINUTE);
    post.apple.plans(expired());
    post.to_apple("chat-1", ANNS, 3);
    let taken = post.apple_has(3).await;
    assert_eq!(taken[2].body["notify-attempt"], "3");
    assert_ne!(taken[2].token, taken[0].token);

    post.apple.plans(expired());
    post.to_apple("chat-1", ANNS, 4);
    post.to_apple("chat-1", ANNS, 5);
    assert_eq!(post.apple_has(4).await[3].body["notify-attempt"], "5");
    assert_eq!(post.apple.refused(), [""; 0]);
}

#[actix_web::test]
async fn a_device_that_nobody_has_any_more_is_told_of() {
    let mut post = Post::start().await;
    post.apple.plans(apple::refusal(400, "BadDeviceToken"));
    post.to_apple("chat-0", ANNS, 0);
    assert_eq!(post.loses().await.session, "chat-0".into());
    post.apple.forgets(ANNS);
    post.google.forgets("ann");
    post.to_apple("chat-1", ANNS, 0);
    post.to_apple("chat-2", "no/device", 0);
    post.to_google("chat-3", "ann", 0);
    let mut lost = Vec::new();
    for _ in 0..3 {
        lost.push(post.loses().await);
    }
    lost.sort_by(|one, other| one.session.0.cmp(&other.session.0));

    let devices: Vec<_> = lost.iter().map(|one| one.device.as_str()).collect();
    assert_eq!(devices, [ANNS, "no/device", "ann"]);
    assert!(lost.iter().all(|one| one.who == ParticipantId(1)));
    assert_eq!((post.apple.taken().len(), post.google.taken().len()), (0, 0));
}

#[actix_web::test]
async fn what_waits_for_a_device_that_nobody_has_any_more_is_not_sent() {
    let mut post = Post::start().await;
    post.google.forgets("ann");
    for attempt in 0..5 {
        post.to_google("chat-1", "ann", attempt);
    }
    post.to_google("chat-1", "ben", 5);
    post.google_has(1).await;

    assert_eq!(post.google.refused(), ["UNREGISTERED"]);
    post.loses().await;
    assert!(post.unreachable.is_empty());
}

#[actix_web::test]
async fn a_device_of_which_there_was_too_much_rests_and_nobody_else() {
    let post = Post::start().await;
    let too_much = |mut verdict: Verdict| {
        verdict.retry_after = Some(1);
        verdict
    };
    post.apple.plans(too_much(apple::refusal(429, "TooManyRequests")));
    post.google.plans(too_much(google::too_much_for_the_device()));
    post.to_apple("chat-1", ANNS, 0);
    post.to_google("chat-1", "ann", 0);
    post.to_apple("chat-1", ANNS, 1);
    post.to_google("chat-1", "ann", 1);
    post.to_apple("chat-2", BENS, 0);
    post.to_google("chat-2", "ben", 0);

    let apples = post.apple_has(3).await;
    let googles = post.google_has(3).await;

    let order: Vec<_> =
        apples.iter().map(|one| (&*one.device, &one.body["notify-attempt"])).collect();
    let (first, second) = (json!("0"), json!("1"));
    assert_eq!(order, [(BENS, &first), (ANNS, &first), (ANNS, &second)]);
    let order: Vec<_> = googles
        .iter()
        .map(|one| (one["token"].as_str().unwrap(), &one["data"]["notify-attempt"]))
        .collect();
    assert_eq!(order, [("ben", &first), ("ann", &first), ("ann", &second)]);
}

#[actix_web::test]
async fn a_service_that_cannot_now_is_left_in_peace_and_then_gets_everything_in_its_order() {
    let post = Post::start().await;
    let mut shutdown = apple::refusal(503, "Shutdown");
    shutdown.retry_after = Some(1);
    post.apple.plans(shutdown);
    let begun = tokio::time::Instant::now();
    for attempt in 0..3 {
        post.to_apple("chat-1", ANNS, attempt);
        post.to_apple("chat-2", BENS, attempt);
    }
    let taken = post.apple_has(6).await;

    assert!(Duration::from_secs(1) <= begun.elapsed());
    for device in [ANNS, BENS] {
        let own = taken.iter().filter(|push| push.device == device);
        let order: Vec<_> = own.map(|push| push.body["notify-attempt"].clone()).collect();
        assert_eq!(order, ["0", "1", "2"]);
    }
    assert_eq!(post.apple.refused(), [""; 0]);
}

#[actix_web::test]
async fn a_service_that_is_down_gets_what_is_young_enough_when_it_is_back() {
    let mut post = Post::start().await;
    post.to_apple("chat-1", ANNS, 0);
    post.apple_has(1).await;
    post.apple.provider.go().await;
    post.to_apple("chat-1", ANNS, 1);
    post.clock.pass(61 * MINUTE);
    post.to_apple("chat-1", ANNS, 2);

    post.apple.provider.come().await;
    let taken = post.apple_has(2).await;

    assert_eq!(taken[1].body["notify-attempt"], "2", "the other one is an hour old");
    assert_ne!(taken[1].token, taken[0].token);
    assert_eq!(post.apple.refused(), [""; 0]);
}

#[actix_web::test]
async fn a_slow_service_holds_up_no_other_one() {
    let post = Post::start().await;
    post.google.provider.is_slow(Duration::from_secs(600));
    for attempt in 0..20 {
        post.to_google("chat-1", "ann", attempt);
        post.to_apple("chat-1", ANNS, attempt);
    }

    assert_eq!(post.apple_has(20).await.len(), 20);
    assert_eq!(post.google.taken().len(), 0);
}

#[actix_web::test]
async fn firebase_is_asked_as_it_documents_with_a_token_that_is_kept_until_it_ends() {
    let post = Post::start().await;
    for attempt in 0..3 {
        post.to_google("chat-1", "ann", attempt);
    }
    let taken = post.google_has(3).await;
    assert_eq!(post.google.n_tokens(), 1);
    assert_eq!(
        taken[0],
        json!({
            "token": "ann",
            "notification": { "title": "Help", "body": "News" },
            "data": {
                "session-id": "chat-1", "chatEnded": "false",
                "notify-position": "1001", "notify-attempt": "0",
            },
            "android": {
                "priority": "HIGH", "ttl": "3600s", "collapse_key": "chat-1/1",
                "notification": { "tag": "chat-1/1" },
            },
            "apns": {
                "headers": {
                    "apns-push-type": "alert", "apns-priority": "10",
                    "apns-expiration": (post.clock.now().seconds() + 3_600).to_string(),
                    "apns-collapse-id": "chat-1/1",
                },
                "payload": { "aps": { "sound": "default" } },
            },
        })
    );

    post.clock.pass(59 * MINUTE - Duration::from_secs(1));
    post.to_google("chat-1", "ann", 3);
    post.google_has(4).await;
    assert_eq!(post.google.n_tokens(), 1);
    post.clock.pass(Duration::from_secs(1));
    post.to_google("chat-1", "ann", 4);
    post.google_has(5).await;

    assert_eq!(post.google.n_tokens(), 2);
    assert_eq!(post.google.refused(), [""; 0]);
}

#[actix_web::test]
async fn an_access_token_that_does_not_hold_is_renewed_once_if_it_is_old_enough() {
    let post = Post::start().await;
    post.to_google("chat-1", "ann", 0);
    post.google_has(1).await;
    post.clock.pass(5 * MINUTE);
    post.google.revokes_tokens();
    post.to_google("chat-1", "ann", 1);
    post.google_has(2).await;
    assert_eq!(
        (post.google.refused(), post.google.n_tokens()),
        (vec!["UNAUTHENTICATED".into()], 2)
    );

    post.clock.pass(5 * MINUTE);
    post.google.plans(google::refusal(401, "THIRD_PARTY_AUTH_ERROR"));
    post.google.plans(google::refusal(403, "PERMISSION_DENIED"));
    post.google.plans(google::refusal(403, "SENDER_ID_MISMATCH"));
    post.google.plans(google::refusal(400, "INVALID_ARGUMENT"));
    for attempt in 2..7 {
        post.to_google("chat-1", "ann", attempt);
    }
    let taken = post.google_has(3).await;

    assert_eq!(taken[2]["data"]["notify-attempt"], "6", "the ones before were refused");
    assert_eq!(post.google.n_tokens(), 2, "no answer was worth a new one");
}

#[actix_web::test]
async fn a_young_access_token_that_is_refused_is_kept_and_the_push_put_off() {
    let post = Post::start().await;
    post.to_google("chat-1", "ann", 0);
    post.google_has(1).await;
    let mut unauthenticated = google::refusal(401, "UNAUTHENTICATED");
    unauthenticated.retry_after = Some(1);
    post.google.plans(unauthenticated);
    post.to_google("chat-1", "ann", 1);
    let taken = post.google_has(2).await;

    assert_eq!(taken[1]["data"]["notify-attempt"], "1");
    assert_eq!(post.google.n_tokens(), 1);
}

#[actix_web::test]
async fn a_token_endpoint_that_cannot_now_is_asked_again() {
    let post = Post::start().await;
    post.google.plans_for_token(Verdict { status: 503, retry_after: Some(1), body: None });
    post.google.plans(Verdict { status: 500, retry_after: Some(1), body: None });
    post.to_google("chat-1", "ann", 0);
    post.to_google("chat-1", "ann", 1);

    let taken = post.google_has(2).await;

    let order: Vec<_> = taken.iter().map(|one| one["data"]["notify-attempt"].clone()).collect();
    assert_eq!(order, ["0", "1"]);
}

#[actix_web::test]
async fn whoever_is_somebody_else_is_refused_and_nothing_is_taken() {
    let stranger = Signer::of_apple("KEY1234567").pem;
    for (change, reason) in [
        (Team { key: stranger, ..Team::default() }, "InvalidProviderToken"),
        (Team { id: "ANOTHER".into(), ..Team::default() }, "InvalidProviderToken"),
        (Team { key_id: "ANOTHER".into(), ..Team::default() }, "InvalidProviderToken"),
        (Team { topic: "com.example.other".into(), ..Team::default() }, "TopicDisallowed"),
    ] {
        let post = Post::start_as(change, None).await;
        post.to_apple("chat-1", ANNS, 0);
        eventually("Apple refuses", || async { post.apple.refused().first().cloned() }).await;
        assert_eq!((post.apple.refused(), post.apple.taken()), (vec![reason.to_owned()], vec![]));
    }
    let time: Arc<dyn Clock> = Steered::new();
    let other = Google::start(&time).await;
    let post = Post::start_as(Team::default(), Some(&other)).await;
    post.to_google("chat-1", "ann", 0);
    post.to_google("chat-1", "ann", 1);
    eventually("Google refuses", || async { post.google.refused().first().cloned() }).await;

    assert_eq!(post.google.refused(), ["invalid_grant"], "and is not asked again soon");
    assert_eq!(post.google.taken().len(), 0);
}

impl Post {
    /// The next device that is told to be lost.
    async fn loses(&mut self) -> Unreachable {
        let lost = timeout(Duration::from_secs(30), self.unreachable.recv()).await;
        lost.expect("nothing is told of a device").unwrap()
    }

    async fn start() -> Self {
        Self::start_as(Team::default(), None).await
    }

    /// As whoever is changed, and with the key of another account.
    async fn start_as(change: Team, key_of: Option<&Google>) -> Self {
        let clock = Steered::new();
        let time: Arc<dyn Clock> = clock.clone();
        let (apple, google) = (Apple::start(&time).await, Google::start(&time).await);
        let or = |changed: String, own: &str| {
            if changed.is_empty() { own.to_owned() } else { changed }
        };
        let team = Team {
            id: or(change.id, TEAM),
            key_id: or(change.key_id, &apple.signer.id),
            key: or(change.key, &apple.signer.pem),
            topic: or(change.topic, TOPIC),
        };
        let (wording, account) = (wording(), google.account(key_of.unwrap_or(&google)));
        let to_apple = Means::Apns { line: line(&apple.provider), wording: wording.clone(), team };
        let to_google = Means::Fcm { line: line(&google.provider), wording, account };
        let writer = Writer {
            content: vec![PushContent::SessionId],
            keys: None,
            alias: "node-a".into(),
            tells_monitoring: false,
        };
        let (tell, unreachable) = channel(100);
        let routes = vec![route("apple", to_apple), route("google", to_google)];
        let courier = Courier::start(routes, writer, (&time, tell));
        Self { clock, apple, google, courier, unreachable }
    }

    fn to_apple(&self, chat: &str, device: &str, attempt: u32) {
        self.send(chat, device, (Carrier::Apns, "apple"), attempt);
    }

    fn to_google(&self, chat: &str, device: &str, attempt: u32) {
        self.send(chat, device, (Carrier::Fcm, "google"), attempt);
    }

    fn send(&self, chat: &str, device: &str, (carrier, provider): (Carrier, &str), attempt: u32) {
        let note = PushNote {
            // A newer reminder of the same customer would take the place of one that waits.
            who: ParticipantId(1 + attempt),
            user: "ann".into(),
            subscription: Subscription {
                device: device.to_owned(),
                carrier,
                provider: None,
                language: None,
                is_debug: false,
                has_own_activity: false,
                has_payload: true,
                is_reliable: true,
                has_connection: false,
                channel: None,
            },
            provider: provider.to_owned(),
            at: self.clock.now(),
            next: EventId(1_002),
            is_over: false,
            is_monitored: false,
            told: Told::Reminder { attempt, n_before: attempt, from: Some(EventId(1_001)) },
        };
        self.courier.push(&SessionId::from(chat), note);
    }

    async fn apple_has(&self, n: usize) -> Vec<apple::Push> {
        eventually("pushes come to Apple", || async {
            let taken = self.apple.taken();
            (n <= taken.len()).then_some(taken)
        })
        .await
    }

    async fn google_has(&self, n: usize) -> Vec<Value> {
        eventually("pushes come to Google", || async {
            let taken = self.google.taken();
            (n <= taken.len()).then_some(taken)
        })
        .await
    }
}

fn route(provider: &str, means: Means) -> Route {
    let (provider, is_debug) = (provider.to_owned(), false);
    let includes_payload = true;
    Route { provider, is_debug, means, n_lanes: 1, most_waiting: 100, includes_payload }
}

fn line(to: &Provider) -> Line {
    Line {
        url: to.url.clone(),
        timeout: Duration::from_secs(20),
        trusted_folder: Some(to.trusted_folder()),
        time_to_live: Duration::from_secs(3_600),
    }
}

fn wording() -> Wording {
    Wording { title: "Help".into(), text: "News".into(), ..Wording::default() }
}
