//! The Node API on a real node: who may ask, what OFFLINE means for a chat that is there, and that a
//! real balancer can be led by it.

use crate::support::accounts::cheap_hash;
use crate::support::balancer::Balancer;
use crate::support::patience::eventually;
use crate::support::process::Process;
use serde_json::{Value, json};

const SERVICE: &str = "/genesys/2/chat/customer-support";
const STATUS: &str = "/genesys/1/admin/node/status";
const CHANGE: &str = "/genesys/1/admin/node/changestatus";
const PASSWORD: &str = "battery staple";

#[actix_web::test]
async fn a_node_out_of_rotation_goes_on_with_what_it_has_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = start(folder.path(), "node-a");
    let chat = begin(&node.customer).await;
    assert_eq!(ask(&node, STATUS).await, (200, "ONLINE".to_owned()));
    assert_eq!(probe(&node, "/genesys/1/node").await, (200, "ONLINE".to_owned()));

    assert_eq!(change(&node, "OFFLINE").await, (200, "OFFLINE".to_owned()));
    assert_eq!(ask(&node, STATUS).await, (200, "OFFLINE".to_owned()));
    assert_eq!(probe(&node, "/genesys/1/node").await, (503, "OFFLINE".to_owned()));
    until_ready(&node, (503, "out of rotation")).await;
    assert_eq!(drain_of(&node).await["phase"], "offline");
    let said = post(&node.customer, &chat, "send", &[("message", "still here")]).await;
    assert_eq!(said["statusCode"], 0, "{said}");
    // Whoever comes all the same is not turned away.
    assert_eq!(begin(&node.customer).await["statusCode"], 0);

    assert_eq!(change(&node, "ONLINE").await, (200, "ONLINE".to_owned()));
    until_ready(&node, (200, "ready")).await;
    assert_eq!(ask(&node, STATUS).await, (200, "ONLINE".to_owned()));
    assert_eq!(drain_of(&node).await, Value::Null);

    // Told to stop, it stops, and is in rotation when it comes again.
    change(&node, "OFFLINE").await;
    assert_eq!(node.terminate().code(), Some(0));
    let node = node.restart();
    until_ready(&node, (200, "ready")).await;
    let seen = post(&node.customer, &chat, "refresh", &[]).await;
    assert!(seen.to_string().contains("still here"), "{seen}");
}

#[actix_web::test]
async fn a_drain_goes_on_whatever_a_balancer_says() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path(), "node-a");
    begin(&node.customer).await;
    change(&node, "OFFLINE").await;
    let drain = reqwest::Client::new().post(format!("{}/drain?wait=true", node.health));
    drain.header("holdfast-operator", "test").send().await.unwrap();
    until_ready(&node, (503, "draining")).await;

    let (status, text) = change(&node, "ONLINE").await;

    assert_eq!((status, text.contains("/undrain")), (409, true), "{text}");
    assert_eq!(change(&node, "OFFLINE").await, (200, "OFFLINE".to_owned()));
    assert_eq!(drain_of(&node).await["phase"], "waiting");

    let undrain = reqwest::Client::new().post(format!("{}/undrain", node.health));
    let answer = undrain.header("holdfast-operator", "test").send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("out of rotation, as it was set"));
    until_ready(&node, (503, "out of rotation")).await;
    assert_eq!(drain_of(&node).await["phase"], "offline");
    assert_eq!(begin(&node.customer).await["statusCode"], 0, "it takes new ones again");
}

#[actix_web::test]
async fn who_may_not_or_cannot_ask_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path(), "node-a");
    let url = |path: &str| format!("{}{path}", node.health);
    let client = reqwest::Client::new();
    let right = |request: reqwest::RequestBuilder| request.basic_auth("balancer", Some(PASSWORD));

    let nobody = client.get(url(STATUS)).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    assert_eq!(nobody.headers()["www-authenticate"], "Basic realm=\"node\"");
    let stranger = client.get(url(STATUS)).basic_auth("stranger", Some(PASSWORD));
    assert_eq!(stranger.send().await.unwrap().status(), 401);
    for (path, method, allowed) in [
        (STATUS.to_owned(), reqwest::Method::POST, "GET, HEAD"),
        (format!("{CHANGE}/OFFLINE"), reqwest::Method::GET, "POST"),
    ] {
        let answer = right(client.request(method, url(&path))).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
    }
    let (status, text) = change(&node, "SUSPENDED").await;
    assert_eq!((status, text.as_str()), (400, "the status is ONLINE or OFFLINE"));
    let page = right(client.post(url(&format!("{CHANGE}/OFFLINE"))));
    let page = page.header("origin", "http://example.com").send().await.unwrap();
    assert_eq!(page.status(), 403);
    assert_eq!(ask(&node, STATUS).await, (200, "ONLINE".to_owned()), "nothing has changed");

    for _ in 0..5 {
        let guess = client.post(url(&format!("{CHANGE}/OFFLINE")));
        let guess = guess.basic_auth("balancer", Some("guess")).send().await.unwrap();
        assert_eq!(guess.status(), 401);
    }
    let guess = client.get(url(STATUS)).basic_auth("balancer", Some("guess")).send().await.unwrap();
    assert_eq!(guess.status(), 429);
    assert_eq!(guess.headers()["retry-after"], "60");
    // Whoever guesses does not shut the balancer out.
    assert_eq!(ask(&node, STATUS).await, (200, "ONLINE".to_owned()));
}

#[actix_web::test]
async fn without_an_account_nobody_may_ask_but_the_probe_and_the_gateways_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let node = Process::start(folder.path(), &["node.name=node-a"]);
    begin(&node.customer).await;

    let (status, text) = ask(&node, STATUS).await;

    assert_eq!((status, text.contains("[node-clients.<name>]")), (403, true), "{text}");
    assert_eq!(probe(&node, "/genesys/1/node").await.0, 200);
    let (status, page) = probe(&node, "/Counters?gms_info=true&content=all").await;
    assert_eq!(status, 200);
    let series = "holdfast_gms_sessions{node=\"node-a\",state=\"accepting\"} 1\n";
    assert!(page.contains(series), "{page}");
    let (status, text) = probe(&node, "/Counters?content=all").await;
    assert_eq!((status, text.contains("/metrics")), (404, true), "{text}");
}

#[actix_web::test]
async fn a_balancer_sends_nothing_to_a_node_out_of_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let nodes = ["node-a", "node-b"].map(|name| start(&folder.path().join(name), name));
    let [a, b] = &nodes;
    let balancer = Balancer::start_changed(&[a, b], folder.path(), checked_by_the_node_api);
    until_seen(&balancer, "node-a", "UP").await;
    until_seen(&balancer, "node-b", "UP").await;

    change(a, "OFFLINE").await;
    until_seen(&balancer, "node-a", "DOWN").await;
    for _ in 0..6 {
        assert_eq!(begin_behind(&balancer).await["alias"], "node-b");
    }
    change(a, "ONLINE").await;
    until_seen(&balancer, "node-a", "UP").await;
    change(b, "OFFLINE").await;
    until_seen(&balancer, "node-b", "DOWN").await;

    assert_eq!(begin_behind(&balancer).await["alias"], "node-a");
}

/// The balancer's file as docs/api/node.md says.
fn checked_by_the_node_api(configuration: &str) -> String {
    // balancer:battery staple
    let check = format!(
        "http-check send meth GET uri {STATUS} hdr Authorization \
         \"Basic YmFsYW5jZXI6YmF0dGVyeSBzdGFwbGU=\"\n    http-check expect string ONLINE"
    );
    let probe = "http-check send meth GET uri /readyz\n    http-check expect status 200";
    assert!(configuration.contains(probe), "{configuration}");
    configuration.replace(probe, &check)
}

fn start(folder: &std::path::Path, name: &str) -> Process {
    let hash = format!("node-clients.balancer.password-hash={}", cheap_hash(PASSWORD));
    Process::start(folder, &[&format!("node.name={name}"), &hash])
}

async fn ask(node: &Process, path: &str) -> (u16, String) {
    let asking = reqwest::Client::new().get(format!("{}{path}", node.health));
    told(asking.basic_auth("balancer", Some(PASSWORD))).await
}

async fn probe(node: &Process, path: &str) -> (u16, String) {
    told(reqwest::Client::new().get(format!("{}{path}", node.health))).await
}

async fn change(node: &Process, status: &str) -> (u16, String) {
    let changing = reqwest::Client::new().post(format!("{}{CHANGE}/{status}", node.health));
    told(changing.basic_auth("balancer", Some(PASSWORD))).await
}

async fn told(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/plain"), "{kind}");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn until_ready(node: &Process, expected: (u16, &str)) {
    eventually("the node says how ready it is", || async {
        let (status, text) = probe(node, "/readyz").await;
        ((status, text.as_str()) == expected).then_some(())
    })
    .await;
}

/// Waits until the balancer thinks so of a node.
async fn until_seen(balancer: &Balancer, node: &str, state: &str) {
    let url = format!("{}/;csv", balancer.state);
    eventually("the balancer has looked", || async {
        let page = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let start = format!("customers,{node},");
        let line = page.lines().find(|line| line.starts_with(&start));
        line.unwrap_or_else(|| panic!("{page}")).contains(&format!(",{state},")).then_some(())
    })
    .await;
}

async fn drain_of(node: &Process) -> Value {
    let url = format!("{}/status", node.health);
    let status: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    status["drain"].clone()
}

async fn begin(customers: &str) -> Value {
    let asking = reqwest::Client::new().post(format!("{customers}{SERVICE}"));
    asking.form(&[("nickname", "Ann")]).send().await.unwrap().json().await.unwrap()
}

/// Asks again while the balancer has nobody who answers.
async fn begin_behind(balancer: &Balancer) -> Value {
    let client = reqwest::Client::new();
    eventually("a chat is begun behind the balancer", || async {
        let asking = client.post(format!("{}{SERVICE}", balancer.customers));
        let answer = asking.form(&[("nickname", "Ann")]).send().await.unwrap();
        if answer.status() == 503 {
            return None;
        }
        assert_eq!(answer.status(), 200);
        Some(answer.json().await.unwrap())
    })
    .await
}

async fn post(customers: &str, chat: &Value, operation: &str, form: &[(&str, &str)]) -> Value {
    let text = |name: &str| chat[name].as_str().unwrap();
    let url = format!("{customers}{SERVICE}/{}/{operation}", text("chatId"));
    let mut body = json!({ "userId": text("userId"), "secureKey": text("secureKey") });
    for (name, value) in form {
        body[*name] = json!(value);
    }
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    answer.json().await.unwrap()
}
