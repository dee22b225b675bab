//! A real node that pushes to mobile devices.

use super::apple::{Apple, TEAM, TOPIC};
use super::google::Google;
use super::provider::Provider;
use super::town::Town;
use crate::support::patience::eventually;
use holdfast::base::Clock;
use holdfast::node::world::WallClock;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

const ANNS: &str = "aa00000000000000000000000000000000000000000000000000000000000001";
const BENS: &str = "bb00000000000000000000000000000000000000000000000000000000000002";
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

/// Both services, and the credentials for them.
struct Services {
    apple: Apple,
    google: Google,
    folder: TempDir,
}

impl Services {
    async fn start() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(WallClock);
        let (apple, google) = (Apple::start(&clock).await, Google::start(&clock).await);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("key.p8"), &apple.signer.pem).unwrap();
        fs::write(folder.path().join("account.json"), google.account(&google)).unwrap();
        Self { apple, google, folder }
    }

    fn settings<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        let provider = |name: &str, kind: &str, file: &str, of: &Provider| {
            [
                format!("push.{name}.type={kind}"),
                format!("push.{name}.url={}", of.url),
                format!(
                    "push.{name}.credentials=${{file:{}}}",
                    self.folder.path().join(file).display()
                ),
                format!("push.{name}.trusted-folder={}", of.trusted_folder().display()),
            ]
        };
        let apple = &self.apple;
        let team = [
            format!("push.apple.team-id={TEAM}"),
            format!("push.apple.key-id={}", apple.signer.id),
            format!("push.apple.topic={TOPIC}"),
            "push.default-fcm=google".to_owned(),
        ];
        let all = provider("apple", "apns", "key.p8", &apple.provider)
            .into_iter()
            .chain(team)
            .chain(provider("google", "fcm", "account.json", &self.google.provider))
            .chain(provider("loud", "fcm", "account.json", &self.google.provider));
        let all = all.map(|setting| &*setting.leak());
        all.chain(more.iter().copied()).collect()
    }
}
