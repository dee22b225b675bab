//! A real node that pushes to mobile devices.

use super::apple::{Apple, TEAM, TOPIC};
use super::google::Google;
use super::provider::Provider;
use super::town::Town;
use crate::cometd::client::{Bayeux, PATH};
use crate::support::patience::eventually;
use holdfast::base::Clock;
use holdfast::node::world::WallClock;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const ANNS: &str = "aa00000000000000000000000000000000000000000000000000000000000001";
const BENS: &str = "bb00000000000000000000000000000000000000000000000000000000000002";
const DOTS: &str = "cc00000000000000000000000000000000000000000000000000000000000003";
const EVES: &str = "dd00000000000000000000000000000000000000000000000000000000000004";
const UNREGISTERED: &str = "holdfast_pushes_total{result=\"unregistered\"}";

#[actix_web::test]
async fn phones_are_told_to_ask_and_of_what_was_said_only_where_the_operator_wants_it() {
    let services = Services::start().await;
    let town = Town::start(&[], &services.settings(&["push.loud.include-text=true"]));
    let ios = ("GCTI_GMS_PushDeviceType", "ios");
    let ann = town.customer(&[ios, ("GCTI_GMS_PushDeviceId", ANNS)]).await;
    let fcm = ("GCTI_GMS_PushDeviceType", "fcm");
    let ben = town.customer(&[fcm, ("GCTI_GMS_PushDeviceId", "ben")]).await;
    let loud = ("GCTI_GMS_PushProvider", "loud");
    let eve = town.customer(&[fcm, loud, ("GCTI_GMS_PushDeviceId", "eve")]).await;

    for customer in [&ann, &ben, &eve] {
        town.tells(customer, "your card number").await;
    }
    let apples = eventually("Apple has both", || async {
        Some(services.apple.taken()).filter(|all| all.len() == 2)
    })
    .await;
    let googles = eventually("Google has all four", || async {
        Some(services.google.taken()).filter(|all| all.len() == 4)
    })
    .await;

    let kinds: Vec<_> = apples.iter().map(|push| push.kind.as_str()).collect();
    assert_eq!(kinds, ["background", "alert"], "the workflow came, and spoke");
    assert_eq!(apples[1].body["aps"]["alert"]["body"], "You have a new message");
    assert_eq!(apples[1].body["session-id"], ann.chat.as_str());
    assert!(apples.iter().all(|push| !push.body.to_string().contains("card")));
    for message in googles {
        let body = &message["notification"]["body"];
        let expected =
            if message["token"] == "eve" { "your card number" } else { "You have a new message" };
        assert!(body.is_null() || body == expected, "{message}");
    }
    assert_eq!((services.apple.refused(), services.google.refused()), (vec![], vec![]));
}

#[actix_web::test]
async fn a_phone_that_is_not_there_any_more_is_left_alone() {
    let services = Services::start().await;
    let town = Town::start(&[], &services.settings(&["push.apple.connections=1"]));
    let phone = |device| [("GCTI_GMS_PushDeviceType", "ios"), ("GCTI_GMS_PushDeviceId", device)];
    let (ann, ben) = (town.customer(&phone(ANNS)).await, town.customer(&phone(BENS)).await);
    services.apple.forgets(ANNS);

    town.tells(&ann, "hello").await;
    eventually("the node knows", || async {
        (1.0 <= town.figure(UNREGISTERED).await).then_some(())
    })
    .await;
    // The session may hear of it a little later.
    eventually("nothing more comes", || async {
        let (n_refused, n_taken) = (services.apple.refused().len(), services.apple.taken().len());
        town.tells(&ann, "hello?").await;
        town.tells(&ben, "hello").await;
        eventually("what was behind it comes", || async {
            (n_taken < services.apple.taken().len()).then_some(())
        })
        .await;
        (services.apple.refused().len() == n_refused).then_some(())
    })
    .await;

    assert!(services.apple.taken().iter().all(|push| push.device == BENS));
}

#[actix_web::test]
async fn whose_app_is_being_debugged_is_pushed_elsewhere_and_nobody_else() {
    let services = Services::start().await;
    let town = Town::start(&[], &services.settings(&[]));
    let ios = |device| [("GCTI_GMS_PushDeviceType", "ios"), ("GCTI_GMS_PushDeviceId", device)];
    let fcm = |device| [("GCTI_GMS_PushDeviceType", "fcm"), ("GCTI_GMS_PushDeviceId", device)];
    let debugged = [("GCTI_GMS_PushDebug", "true")];
    let not_debugged = [("GCTI_GMS_PushDebug", "false")];
    let [ann, ben] = [&ios(ANNS), &fcm("ben")].map(|device| [&device[..], &debugged].concat());
    let [bob, eve] = [&ios(BENS), &fcm("eve")].map(|device| [&device[..], &not_debugged].concat());
    for device in [ann, ben, bob, eve] {
        let customer = town.customer(&device).await;
        town.tells(&customer, "hello").await;
    }
    for (kind, device, debug) in [
        ("ios", DOTS, "true"),
        ("fcm", "dot", "true"),
        ("ios", EVES, "false"),
        ("fcm", "zoe", "false"),
    ] {
        let chat = gone_from_cometd(&town, (kind, device, debug)).await;
        town.tells(&town.customer_of(&chat), "hello").await;
    }

    for (apple, devices) in [(&services.debug_apple, [ANNS, DOTS]), (&services.apple, [BENS, EVES])]
    {
        are_shown("Apple", || apple_shows(apple), &devices).await;
    }
    for (google, devices) in
        [(&services.debug_google, ["ben", "dot"]), (&services.google, ["eve", "zoe"])]
    {
        are_shown("Google", || google_shows(google), &devices).await;
    }
    for (apple, others) in [(&services.debug_apple, [BENS, EVES]), (&services.apple, [ANNS, DOTS])]
    {
        assert!(apple.taken().iter().all(|push| !others.contains(&&*push.device)));
        assert_eq!(apple.refused(), [""; 0]);
    }
    for (google, others) in
        [(&services.debug_google, ["eve", "zoe"]), (&services.google, ["ben", "dot"])]
    {
        let is_other = |message: &Value| others.iter().any(|other| message["token"] == *other);
        assert!(!google.taken().iter().any(is_other));
        assert_eq!(google.refused(), [""; 0]);
    }
}

/// Waits until each of these devices, and no other one, was told something to show.
async fn are_shown(who: &str, shows: impl Fn() -> BTreeSet<String>, devices: &[&str]) {
    let devices: BTreeSet<_> = devices.iter().map(|device| (*device).to_owned()).collect();
    let shows = &shows;
    let what = format!("{who} has what is to be shown");
    let shown = eventually(&what, || async {
        let shown = shows();
        (devices.len() <= shown.len()).then_some(shown)
    });
    assert_eq!(shown.await, devices);
}

fn apple_shows(apple: &Apple) -> BTreeSet<String> {
    let taken = apple.taken().into_iter().filter(|push| push.kind == "alert");
    taken.map(|push| push.device).collect()
}

fn google_shows(google: &Google) -> BTreeSet<String> {
    let taken = google.taken().into_iter().filter(|message| message["notification"].is_object());
    taken.map(|message| message["token"].as_str().unwrap().to_owned()).collect()
}

/// The chat of a customer who came over CometD, named a device, and went to sleep.
async fn gone_from_cometd(town: &Town, (kind, device, debug): (&str, &str, &str)) -> String {
    let mut client = Bayeux::of(&format!("{}{PATH}", town.node.customer));
    client.meets().await;
    let user_data = json!({
        "push_notification_type": kind,
        "push_notification_deviceid": device,
        "push_notification_debug": debug,
    });
    let wish = json!({ "operation": "requestChat", "nickname": "Dot", "userData": user_data });
    client.publishes(wish).await;
    let created = client.hears().await;
    let seen = json!({ "ext": { "transcriptPosition": created["nextPosition"].to_string() } });
    client.says_farewell(seen).await;
    created["chatId"].as_str().unwrap().to_owned()
}

/// Both services and where those go who are debugged, and the credentials for them.
struct Services {
    apple: Apple,
    google: Google,
    debug_apple: Apple,
    debug_google: Google,
    folder: TempDir,
}

impl Services {
    async fn start() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(WallClock);
        let (apple, google) = (Apple::start(&clock).await, Google::start(&clock).await);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("key.p8"), &apple.signer.pem).unwrap();
        fs::write(folder.path().join("account.json"), google.account(&google)).unwrap();
        let (debug_apple, debug_google) = (apple.beside(&clock).await, google.beside(&clock).await);
        trust_all(&folder.path().join("trusted"), &[&apple.provider, &debug_apple.provider]);
        trust_all(&folder.path().join("trusted"), &[&google.provider, &debug_google.provider]);
        Self { apple, google, debug_apple, debug_google, folder }
    }

    fn settings<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        let trusted = self.folder.path().join("trusted");
        let provider = |name: &str, kind: &str, file: &str, (of, debug): (&Provider, &Provider)| {
            [
                format!("push.{name}.type={kind}"),
                format!("push.{name}.url={}", of.url),
                format!(
                    "push.{name}.credentials=${{file:{}}}",
                    self.folder.path().join(file).display()
                ),
                format!("push.{name}.debug-url={}", debug.url),
                format!("push.{name}.trusted-folder={}", trusted.display()),
            ]
        };
        let apple = &self.apple;
        let apples = (&apple.provider, &self.debug_apple.provider);
        let googles = (&self.google.provider, &self.debug_google.provider);
        let team = [
            format!("push.apple.team-id={TEAM}"),
            format!("push.apple.key-id={}", apple.signer.id),
            format!("push.apple.topic={TOPIC}"),
            "push.default-fcm=google".to_owned(),
        ];
        let all = provider("apple", "apns", "key.p8", apples)
            .into_iter()
            .chain(team)
            .chain(provider("google", "fcm", "account.json", googles))
            .chain(provider("loud", "fcm", "account.json", googles));
        let all = all.map(|setting| &*setting.leak());
        all.chain(more.iter().copied()).collect()
    }
}

/// Puts the certificates of services into one folder.
fn trust_all(folder: &Path, services: &[&Provider]) {
    fs::create_dir_all(folder).unwrap();
    for service in services {
        let port = service.url.rsplit(':').next().unwrap();
        for file in fs::read_dir(service.trusted_folder()).unwrap() {
            let file = file.unwrap();
            let name = format!("{port}-{}", file.file_name().display());
            fs::copy(file.path(), folder.join(name)).unwrap();
        }
    }
}
