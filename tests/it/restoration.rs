//! Who may have a session brought back whose process is gone, and what becomes of it where nobody may.

use crate::support::desk::DeskClient;
use crate::support::desk_rig::{DeskRig, Settings};
use crate::support::patience::eventually;
use crate::support::process::Process;
use crate::support::wishes::{customer_joins, says};
use holdfast::base::chance::{from_hex, token};
use holdfast::base::{
    self, Chance, Claim, Clock, Epoch, InteractionId, Lane, Position, SessionId, ThingId,
};
use holdfast::chat::look::Whole;
use holdfast::config::{Config, Restoration, RestoreExtend};
use holdfast::contact::door::ContactStore;
use holdfast::contact::state::Status;
use holdfast::edge::agent::restoration_token::{RESTORATION_TOKEN, restoration_token};
use holdfast::edge::handles::ClusterKey;
use holdfast::interaction::{Look, Sight, Stage};
use holdfast::node::houses::{Ground, Houses, first_lane};
use holdfast::node::orphans::{Fate, settle};
use holdfast::node::policies;
use holdfast::node::wiring::{is_session, routing_domain};
use holdfast::node::world::{Dice, WallClock};
use holdfast::ownership::actor::Place;
use holdfast::ownership::door::OwnerTable;
use holdfast::ownership::membership::View;
use holdfast::ownership::restoration::{self, Asker};
use holdfast::ownership::{Absent, Unanswered};
use holdfast::store::cassandra::leftovers::{self, Removal, Search, Why};
use holdfast::store::ring::RingStore;
use holdfast::store::ring::emulator::{Emulator, Link, Seeded};
use holdfast::store::ring::rows::{HeaderRow, Rows};
use holdfast::store::{EmbeddedStore, Store};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const KEY: [u8; 32] = [7; 32];

#[actix::test]
async fn the_option_says_who_beside_the_customer_has_a_session_brought_back() {
    for (extend, expected) in [
        (RestoreExtend::None, [false, false]),
        (RestoreExtend::Agent, [true, false]),
        (RestoreExtend::Esp, [false, true]),
        (RestoreExtend::Both, [true, true]),
    ] {
        for (asker, is_his) in [Asker::Agent, Asker::Workflow].into_iter().zip(expected) {
            let (_folder, store, chat) = a_chat_of_a_dead_process().await;
            let life = Life::begin(&store, Restoration::Simple, extend).await;

            let woken = life.houses.sessions.for_asker(asker).wake(&chat).await;

            let awaits = Err(Absent::AwaitsRestoration);
            assert_eq!(woken, if is_his { Ok(()) } else { awaits }, "{extend:?} {asker:?}");
            assert_eq!(life.houses.sessions.is_active(&chat), is_his, "{extend:?} {asker:?}");
        }
    }
}

#[actix::test]
async fn who_may_not_have_it_brought_back_is_answered_when_somebody_else_has() {
    let (_folder, store, chat) = a_chat_of_a_dead_process().await;
    let life = Life::begin(&store, Restoration::Simple, RestoreExtend::None).await;
    let of_agents = life.houses.sessions.for_asker(Asker::Agent);
    let of_customers = life.houses.sessions.for_asker(Asker::Customer);

    let waiting = of_agents.perform(&chat, says(1, "two"));
    let coming = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        of_customers.wake(&chat).await
    };
    let (said, woken) = tokio::join!(waiting, coming);

    assert_eq!(woken, Ok(()));
    assert!(!said.unwrap().repeated);
}

#[actix::test]
async fn who_waits_in_vain_is_told_before_his_patience_ends() {
    let (_folder, store, chat) = a_chat_of_a_dead_process().await;
    let life = Life::begin(&store, Restoration::Simple, RestoreExtend::None).await;

    let said = life.houses.sessions.for_asker(Asker::Agent).perform(&chat, says(1, "two")).await;

    assert_eq!(said, Err(Unanswered::Absent(Absent::AwaitsRestoration)));
    assert!(!life.houses.sessions.is_active(&chat));
}

#[actix::test]
async fn without_restoration_nobody_wakes_a_session_and_nothing_of_it_is_touched() {
    let (_folder, store, chat) = a_chat_of_a_dead_process().await;
    let life = Life::begin(&store, Restoration::None, RestoreExtend::Both).await;
    let before = store.claims(&chat).await.unwrap();

    for asker in [Asker::Customer, Asker::Agent, Asker::Workflow, Asker::Anyone] {
        let asked = life.houses.sessions.for_asker(asker);
        let said = asked.perform(&chat, says(1, "two")).await;
        assert_eq!(said, Err(Unanswered::Absent(Absent::NotRestored)), "{asker:?}");
        let made = asked.perform_named(&chat, customer_joins()).await;
        assert_eq!(made, Err(Unanswered::Absent(Absent::NotRestored)), "{asker:?}");
    }

    assert_eq!(store.claims(&chat).await.unwrap(), before);
}

#[actix::test]
async fn who_is_found_dead_while_somebody_asks_for_his_session_is_not_succeeded() {
    let (_folder, store, chat) = a_chat_of_a_dead_process().await;
    let before = store.claims(&chat).await.unwrap();
    let owner = before[0].lane.process();
    let lane = first_lane(&Config::default(), &Dice);
    let view = Arc::new(SeenOnce { owner: owner.clone(), may_be_seen: AtomicBool::new(false) });
    let place = Place { view: view.clone(), ..Place::alone(lane) };
    let (mode, extend) = (Restoration::None, RestoreExtend::Both);
    let life = Life::begin_at(Store::of(&store), place, mode, extend).await;

    view.may_be_seen.store(true, Ordering::SeqCst);
    let woken = life.houses.sessions.for_asker(Asker::Customer).wake(&chat).await;

    assert_eq!(woken, Err(Absent::Elsewhere(owner)));
    assert_eq!(store.claims(&chat).await.unwrap(), before, "nothing was claimed");
}

#[actix::test]
async fn without_restoration_a_session_ends_in_order_and_everybody_hears_all_of_it() {
    let (_folder, store, chat) = a_chat_of_a_dead_process().await;
    let life = Life::begin(&store, Restoration::None, RestoreExtend::Both).await;

    settle(&life.houses.sessions, &chat, Fate::Ends).await.unwrap();

    let id = InteractionId(chat.0.clone());
    let record = eventually("the record is complete", || async {
        let record = store.record(&id).await.unwrap();
        record.filter(|record| record.content.status == Status::Stopped)
    });
    assert!(record.await.content.structured_text.contains("one"));
    eventually("the interaction is over", || async {
        let seen = life.houses.routing.look(&routing_domain(), Look::Interaction(id.clone())).await;
        let Sight::Interaction(seen) = seen.unwrap() else { panic!("another form") };
        seen.filter(|seen| matches!(seen.stage, Stage::Stopped { .. }))
    })
    .await;
    eventually("the session is marked as closed", || async {
        store.locate(&chat).await.unwrap().closed.then_some(())
    })
    .await;
    let (session, _) = life.houses.sessions.read_closed(&chat).await.unwrap();
    assert!(session.closed.is_some());
}

#[actix::test]
async fn without_restoration_what_somebody_serves_is_not_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let life = Life::begin(&store, Restoration::None, RestoreExtend::Both).await;
    let chat = life.create().await;

    settle(&life.houses.sessions, &chat, Fate::Ends).await.unwrap();
    life.houses.sessions.for_asker(Asker::Customer).perform(&chat, says(1, "on")).await.unwrap();
}

#[actix::test]
async fn the_token_stands_in_the_interaction_and_never_in_the_session() {
    for (mode, extend, is_given) in [
        (Restoration::Simple, RestoreExtend::Both, true),
        (Restoration::Simple, RestoreExtend::Esp, true),
        (Restoration::Simple, RestoreExtend::None, false),
        (Restoration::None, RestoreExtend::Both, false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        let life = Life::begin(&store, mode, extend).await;
        let chat = life.create().await;
        let id = InteractionId(chat.0.clone());

        let interaction = eventually("the interaction is there", || async {
            let look = Look::Interaction(id.clone());
            let seen = life.houses.routing.look(&routing_domain(), look).await;
            let Sight::Interaction(seen) = seen.unwrap() else { panic!("another form") };
            seen
        });
        let token = restoration_token(&ClusterKey(Arc::new(KEY)), &SessionId(chat.0.clone()));
        let given = interaction.await.user_data.text(RESTORATION_TOKEN);
        assert_eq!(given, is_given.then(|| token.clone()), "{mode:?} {extend:?}");
        let whole = life.houses.sessions.look(&chat, holdfast::chat::Look::Whole).await.unwrap();
        let Whole { events, .. } = whole.whole().unwrap();
        assert!(!serde_json::to_string(&events).unwrap().contains(&token));
    }
}

#[actix::test]
async fn what_a_server_of_another_program_left_is_named_left_alone_and_hinders_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::new(Arc::new(Seeded::new(20_261_121)));
    let (link, theirs) = (emulator.link(), ThingId::from("theirs"));
    leave_as_stranger(&link, &theirs).await;
    let before = link.claims(&theirs).await.unwrap();
    let first = Life::on_ring(&emulator, "a", folder.path()).await;
    let ours = first.create().await;

    let asked = first.houses.sessions.perform(&theirs, says(1, "hello")).await;
    assert_eq!(asked, Err(Unanswered::Absent(Absent::InRepair)));
    assert_eq!(link.claims(&theirs).await.unwrap(), before, "nothing was claimed");
    first.houses.sessions.perform(&ours, says(1, "one")).await.unwrap();
    drop(first);
    let second = Life::on_ring(&emulator, "b", folder.path()).await;
    let of_customers = second.houses.sessions.for_asker(Asker::Customer);
    of_customers.perform(&ours, says(1, "two")).await.unwrap();
    let asked = of_customers.perform(&theirs, says(1, "hello")).await;
    assert_eq!(asked, Err(Unanswered::Absent(Absent::InRepair)));

    // The sweep finds it like any other, and takes it away whole.
    let day = Duration::from_secs(24 * 3_600);
    let search = Search { now: WallClock.now(), max_age: day, alive: BTreeSet::new() };
    let found = leftovers::find(&link, &search, is_session).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0].thing, found[0].why), (&theirs, Why::NeverClosed));
    let removed = leftovers::remove(&link, &found[0], search.now, ("b", 1)).await.unwrap();
    assert_eq!(removed, Removal::Removed);
    assert!(link.header(&theirs, &before[0]).await.unwrap().is_none());
    drop(second);
    let third = Life::on_ring(&emulator, "c", folder.path()).await;
    let gone = third.houses.sessions.perform(&theirs, says(1, "hello")).await;
    assert_eq!(gone, Err(Unanswered::Absent(Absent::NotFound)));
}

#[actix::test]
async fn what_somebody_claims_while_it_is_swept_is_left_to_him() {
    let emulator = Emulator::new(Arc::new(Seeded::new(20_261_122)));
    let (link, thing) = (emulator.link(), ThingId::from("taken"));
    leave_as_stranger(&link, &thing).await;
    let day = Duration::from_secs(24 * 3_600);
    let search = Search { now: WallClock.now(), max_age: day, alive: BTreeSet::new() };
    let found = leftovers::find(&link, &search, is_session).await.unwrap();

    // His claim came after the sweep had read the claims.
    let above = Epoch { micros: (search.now + day).0 * 1_000, tie: 0 };
    let of_the_sweep = Lane { node: "sweep".into(), boot: "b".into(), k: 0 };
    link.insert_fence(&of_the_sweep, &thing, above).await.unwrap();
    let removed = leftovers::remove(&link, &found[0], search.now, ("b", 1)).await.unwrap();

    assert_eq!(removed, Removal::Taken);
    assert!(!link.newest_claim(&thing).await.unwrap().closed);
    assert!(link.header(&thing, &found[0].claim).await.unwrap().is_some());
}

/// A session as a server of another program leaves it.
async fn leave_as_stranger(link: &Link, thing: &ThingId) {
    let epoch = Epoch { micros: 1_000_000, tie: 0 };
    let lane = Lane::of_stranger("ChatServer_1");
    link.insert_claim(thing, epoch, &lane).await.unwrap();
    let body = "<chatTranscript/>".to_owned();
    let header = HeaderRow { upto: Position::NONE, n_parts: 0, version: 0, body };
    link.insert_header(&Claim::won(thing.clone(), epoch, lane), &header).await.unwrap();
}

#[actix_web::test]
async fn an_agent_who_comes_in_brings_the_token_or_waits() {
    let [a, b] = two_desks(RestoreExtend::Agent).await;
    let ann = a.customer("ann").await;
    let mut ada = DeskClient::start(b.address, "ada").await;
    let token = restoration_token(&b.handles.cluster_key, &ann.session);
    a.ground.streets.cut(&"node-a".into());
    let joining = |data: Value| json!({ "type": "join", "sessionId": ann.session.0, "messageId": "j", "userData": data });

    let without = ada.ask(joining(json!({}))).await;
    let wrong = ada.ask(joining(json!({ RESTORATION_TOKEN: "00" }))).await;
    let right = ada.ask(joining(json!({ RESTORATION_TOKEN: token }))).await;

    assert_eq!((&without["type"], &without["code"]), (&json!("error"), &json!(503)), "{without}");
    assert_eq!((&wrong["type"], &wrong["code"]), (&json!("error"), &json!(503)), "{wrong}");
    assert_eq!(right["type"], "ack", "{right}");
    assert_eq!(b.texts(&ann).await, [""; 0]);
}

#[actix_web::test]
async fn an_agent_who_is_in_the_session_goes_on_without_a_token() {
    let [a, b] = two_desks(RestoreExtend::Agent).await;
    let ann = a.customer("ann").await;
    let mut ada = DeskClient::start(b.address, "ada").await;
    let at_ada = ada.join(&ann.session.0, json!({})).await;
    a.ground.streets.cut(&"node-a".into());

    let said = ada.say(&at_ada, "still here").await;

    assert_eq!(said["type"], "ack", "{said}");
    assert_eq!(b.texts(&ann).await, ["still here"]);
}

#[actix_web::test]
async fn a_node_that_does_not_restore_tells_the_customer_and_keeps_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let settings = ["settings.session-restoration-mode=none", "log.level=trace"];
    let settings = settings.map(str::to_owned).to_vec();
    let mut node = Process::start_logging_to(&log, folder.path(), settings);
    let create = format!("{}/genesys/2/chat/customer-support", node.customer);
    let begun = post(&create, &[("nickname", "Ann"), ("text", "")]).await;
    let word = |name: &str| begun[name].as_str().unwrap().to_owned();
    let (id, user, key) = (word("chatId"), word("userId"), word("secureKey"));
    let proof = [("userId", user.as_str()), ("secureKey", key.as_str())];
    let said = [&proof[..], &[("message", "remember me")]].concat();
    assert_eq!(post(&format!("{create}/{id}/send"), &said).await["statusCode"], 0);

    node.kill();
    node.start_again();

    let after = eventually("the customer is answered", || async {
        let (status, after) = ask(&format!("{create}/{id}/send"), &said).await;
        (status == 200).then_some(after)
    });
    let after = after.await;
    assert_eq!((&after["statusCode"], &after["chatEnded"]), (&json!(2), &json!(true)), "{after}");
    let code = after["errors"][0]["code"].as_u64().unwrap();
    assert!([8_201, 8_209].contains(&code), "{after}");
    // When it has ended, the customer may read all of it.
    eventually("it has ended", || async {
        let seen = post(&format!("{create}/{id}/refresh"), &proof).await;
        let texts = seen["messages"].as_array()?.iter().filter_map(|one| one["text"].as_str());
        (seen["statusCode"] == 0 && texts.eq(["remember me"])).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_log_at_its_finest_knows_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let node = Process::start_logging_to(&log, folder.path(), vec!["log.level=trace".into()]);
    let create = format!("{}/genesys/2/chat/customer-support", node.customer);
    let begun = post(&create, &[("nickname", "Ann")]).await;
    let id = SessionId(begun["chatId"].as_str().unwrap().to_owned());
    let key = std::fs::read_to_string(folder.path().join("cluster.key")).unwrap();
    let key = <[u8; 32]>::try_from(from_hex(key.trim()).unwrap()).unwrap();
    let token = restoration_token(&ClusterKey(Arc::new(key)), &id);

    let answer = post(&create, &[("nickname", "Eve")]).await;
    drop(node);

    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains(&id.0), "it knows of the chat");
    assert!(!log.contains(&token), "{log}");
    assert!(!begun.to_string().contains(&token) && !answer.to_string().contains(&token));
}

/// A chat with one message, whose process ended without a word.
async fn a_chat_of_a_dead_process() -> (tempfile::TempDir, EmbeddedStore, ThingId) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store, Restoration::Simple, RestoreExtend::Both).await;
    let chat = before.create().await;
    before.houses.sessions.perform(&chat, says(1, "one")).await.unwrap();
    before.houses.stop().await;
    (folder, store, chat)
}

/// An owner who is found dead between two looks.
struct SeenOnce {
    owner: base::Process,
    may_be_seen: AtomicBool,
}

impl View for SeenOnce {
    fn is_living(&self, process: &base::Process) -> bool {
        *process == self.owner && self.may_be_seen.swap(false, Ordering::SeqCst)
    }

    fn accepting(&self) -> Vec<base::Process> {
        vec![]
    }
}

/// One life of a process, without its edges. The store outlives it, as a disk does.
struct Life {
    houses: Houses,
}

impl Life {
    async fn begin(store: &EmbeddedStore, mode: Restoration, extend: RestoreExtend) -> Self {
        let config = Config::default();
        let lane = first_lane(&config, &Dice);
        Self::begin_at(Store::of(store), Place::alone(lane), mode, extend).await
    }

    async fn begin_at(
        store: Store,
        place: Place,
        mode: Restoration,
        extend: RestoreExtend,
    ) -> Self {
        let mut config = Config::default();
        config.node.arbiters = 1;
        config.settings.session_restoration_mode = mode;
        config.settings.session_restore_extend_by = extend;
        let config = Arc::new(config);
        let chance: Arc<dyn Chance> = Arc::new(Dice);
        let restoration = policies::restoration(&config.settings);
        let place = Place { restoration, ..place };
        let mut ground = Ground::new(&config, store, chance, place);
        let gives_tokens = policies::gives_tokens(&config.settings);
        ground.token_key = gives_tokens.then(|| ClusterKey(Arc::new(KEY)));
        let houses = Houses::start(&ground, &config);
        houses.connect();
        houses.routing.wake_named(&routing_domain()).await.unwrap();
        Self { houses }
    }

    /// On a ring; contacts are kept in a folder.
    async fn on_ring(emulator: &Emulator, boot: &str, folder: &Path) -> Self {
        let lane = Lane { node: "node-a".into(), boot: boot.into(), k: 0 };
        let rows = Arc::new(emulator.link());
        let ring = RingStore::new(rows, &lane, Arc::new(WallClock), Arc::new(Dice));
        let contacts = EmbeddedStore::open(&folder.join(boot)).unwrap();
        let store = Store {
            owners: Arc::new(ring.clone()),
            sessions: Arc::new(ring.clone()),
            routing: Arc::new(ring.clone()),
            alarms: Arc::new(ring),
            contacts: Arc::new(contacts),
        };
        let place = Place::alone(lane);
        Self::begin_at(store, place, Restoration::Simple, RestoreExtend::Both).await
    }

    async fn create(&self) -> ThingId {
        let id = ThingId(token(&Dice, 22));
        self.houses.sessions.create(&id, customer_joins()).await.unwrap();
        id
    }
}

/// Two nodes that can lose sight of each other.
async fn two_desks(extend: RestoreExtend) -> [DeskRig; 2] {
    let settings = holdfast::config::Settings {
        session_restore_extend_by: extend,
        ..holdfast::config::Settings::default()
    };
    let restoration: restoration::Restoration = policies::restoration(&settings);
    let desk = || Settings { restoration: restoration.clone(), ..Settings::default() };
    DeskRig::start_two([desk(), desk()]).await
}

async fn post(url: &str, form: &[(&str, &str)]) -> Value {
    ask(url, form).await.1
}

/// The status of the answer, and what it says.
async fn ask(url: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let answer = reqwest::Client::new().post(url).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}
