//! Two nodes: whichever is asked, the session answers; and when its node is gone, who may have it
//! brought back.

use super::{Systems, Told};
use crate::support::desk::DeskClient;
use crate::support::desk_rig::{Customer, DeskRig, Settings};
use crate::support::patience::eventually;
use futures_util::future::join_all;
use holdfast::base::ThingId;
use holdfast::config::{self, RestoreExtend};
use holdfast::node::policies;
use holdfast::ownership::restoration::Restoration;
use serde_json::{Value, json};

#[actix_web::test]
async fn any_node_serves_a_request_once() {
    let [a, b] = DeskRig::start_two([Settings::default(), Settings::default()]).await;
    let ann = a.customer("ann").await;
    let there = Systems::of(&b.handles);

    let mut welcome = message(&ann, "welcome");
    welcome["messageId"] = json!("m1");
    let first = there.ask("Message", welcome.clone()).await;
    // The answer of the owner gets lost on its way, and it is asked again.
    a.ground.streets.lose_an_answer();
    let second = there.ask("Message", message(&ann, "somebody comes")).await;
    let again = Systems::of(&a.handles).ask("Message", welcome).await;

    assert_eq!((first.result("ScriptPos"), second.result("ScriptPos")), (&json!(2), &json!(3)));
    assert_eq!(again.body["duplicate"], true);
    assert_eq!(a.texts(&ann).await, ["welcome", "somebody comes"]);
    assert_eq!(b.handles.sessions.n_active(), 0, "it was not taken over");
    let closed = there.ask("CloseSession", of(&ann, &json!({}))).await;
    assert_eq!(closed.result("IsClosed"), &json!(1));
}

#[actix_web::test]
async fn a_voice_is_the_same_wherever_the_session_goes_on() {
    let [a, b] = DeskRig::start_two([Settings::default(), Settings::default()]).await;
    let ann = a.customer("ann").await;
    let there = Systems::of(&b.handles);
    there.ask("Message", message(&ann, "welcome")).await;
    a.ground.streets.cut(&"node-a".into());

    let said = there.ask("Message", message(&ann, "it goes on")).await;

    assert_eq!(said.result("ScriptPos"), &json!(3), "nobody had to come again");
    assert_eq!(b.texts(&ann).await, ["welcome", "it goes on"]);
}

#[actix_web::test]
async fn who_only_asks_brings_nothing_back_and_who_says_so_does() {
    let [a, b] = two(RestoreExtend::Esp).await;
    let ann = a.customer("ann").await;
    let there = Systems::of(&b.handles);
    a.ground.streets.cut(&"node-a".into());

    let asked = there.ask("GetSessionInfo", of(&ann, &json!({}))).await;
    assert!(!b.handles.sessions.is_active(&thing(&ann)));
    let induced = there.ask("GetSessionInfo", of(&ann, &json!({ "InduceRestore": "true" }))).await;
    let after = there.ask("GetSessionInfo", of(&ann, &json!({}))).await;

    assert_eq!(not_now(&asked), (503, 503, Some("1")));
    assert_eq!(induced.result("SessionInfo")["IsRestored"], 1);
    assert_eq!(after.result("SessionInfo"), induced.result("SessionInfo"));
}

#[actix_web::test]
async fn any_other_method_brings_a_session_back_where_the_option_names_workflows() {
    for (extend, is_his) in [(RestoreExtend::Both, true), (RestoreExtend::Agent, false)] {
        let [a, b] = two(extend).await;
        let ann = a.customer("ann").await;
        let there = Systems::of(&b.handles);
        a.ground.streets.cut(&"node-a".into());

        let said = there.ask("Message", message(&ann, "welcome back")).await;

        if is_his {
            assert_eq!(said.result("ScriptPos"), &json!(2));
        } else {
            assert_eq!(not_now(&said), (503, 503, Some("1")));
        }
    }
}

#[actix_web::test]
async fn where_sessions_are_not_restored_a_workflow_hears_that_it_is_over() {
    let never = || Settings { restoration: Restoration::Never, ..Settings::default() };
    let [a, b] = DeskRig::start_two([never(), never()]).await;
    let ann = a.customer("ann").await;
    a.ground.streets.cut(&"node-a".into());

    // Whoever cannot be reached may live: it is not sure that the session is over.
    let told = Systems::of(&b.handles).ask("GetSessionInfo", of(&ann, &json!({}))).await;

    assert_eq!(not_now(&told), (503, 503, Some("1")));
}

#[actix_web::test]
async fn only_the_owner_table_makes_a_node_forget_a_session() {
    let [a, b] = DeskRig::start_two([Settings::default(), Settings::default()]).await;
    let ann = a.customer("ann").await;
    let (here, there) = (Systems::of(&a.handles), Systems::of(&b.handles));
    let purge = || of(&ann, &json!({ "Purge": "true" }));

    let in_vain = here.ask("CloseSession", purge()).await;
    assert_eq!(in_vain.result("IsClosed"), &json!(0), "it is this node's own");
    assert!(a.handles.sessions.is_active(&thing(&ann)));

    a.ground.streets.cut(&"node-a".into());
    there.ask("Message", message(&ann, "it goes on")).await;
    let forgotten = here.ask("CloseSession", purge()).await;

    assert_eq!(forgotten.result("IsClosed"), &json!(1));
    eventually("the former owner has ended", || async {
        (!a.handles.sessions.is_active(&thing(&ann))).then_some(())
    })
    .await;
    let kept = there.ask("CloseSession", purge()).await;
    assert_eq!(kept.result("IsClosed"), &json!(0));
    assert_eq!(b.texts(&ann).await, ["it goes on"]);
}

#[actix_web::test]
async fn an_agents_desk_shows_who_speaks_from_outside() {
    let [a, b] = DeskRig::start_two([Settings::default(), Settings::default()]).await;
    let ann = a.customer("ann").await;
    let mut ada = DeskClient::start(b.address, "ada").await;
    let mut at_ada = ada.join(&ann.session.0, json!({})).await;
    let there = Systems::of(&b.handles);

    let for_agents = json!({ "MessageText": "a good customer", "Visibility": "INT" });
    there.ask("Message", of(&ann, &for_agents)).await;
    let for_supervisors = json!({ "MessageText": "watch this", "Visibility": "VIP" });
    there.ask("Message", of(&ann, &for_supervisors)).await;
    there.ask("Message", message(&ann, "welcome")).await;
    ada.follow_until(&mut at_ada, "welcome").await;

    assert_eq!(at_ada.texts(), ["a good customer", "welcome"]);
    let shown = Value::from(at_ada.events).to_string();
    assert!(shown.contains("EXTERNAL") && !shown.contains("VIP"), "{shown}");
    assert_eq!(a.texts(&ann).await, ["welcome"]);
}

#[actix_web::test]
async fn requests_that_come_together_make_one_voice_and_are_carried_out_once() {
    let [a, b] = DeskRig::start_two([Settings::default(), Settings::default()]).await;
    let ann = a.customer("ann").await;
    let (here, there) = (Systems::of(&a.handles), Systems::of(&b.handles));
    let mut welcome = message(&ann, "welcome");
    welcome["messageId"] = json!("m1");

    let asked = (0..12).map(|n| {
        let systems = if n % 2 == 0 { &here } else { &there };
        systems.ask("Message", welcome.clone())
    });
    let told = join_all(asked).await;

    for told in &told {
        assert_eq!(told.result("ScriptPos"), &json!(2));
    }
    assert_eq!(told.iter().filter(|told| told.body["duplicate"].is_null()).count(), 1);
    assert_eq!(a.texts(&ann).await, ["welcome"]);
}

/// Two nodes that restore for those whom the option names.
async fn two(extend: RestoreExtend) -> [DeskRig; 2] {
    let settings =
        config::Settings { session_restore_extend_by: extend, ..config::Settings::default() };
    let restoration = policies::restoration(&settings);
    let desk = || Settings { restoration: restoration.clone(), ..Settings::default() };
    DeskRig::start_two([desk(), desk()]).await
}

fn message(customer: &Customer, text: &str) -> Value {
    of(customer, &json!({ "MessageText": text }))
}

fn of(customer: &Customer, parameters: &Value) -> Value {
    json!({ "userData": { "InteractionId": customer.session.0 }, "parameters": parameters })
}

fn thing(customer: &Customer) -> ThingId {
    ThingId::from(&customer.session)
}

fn not_now(told: &Told) -> (u16, u64, Option<&str>) {
    (told.status, told.code(), told.retry_after.as_deref())
}
