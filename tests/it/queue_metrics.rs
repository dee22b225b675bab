//! What a real node shows of its queues and agents to Prometheus.

use crate::support::accounts::cheap_hash;
use crate::support::desk::DeskClient;
use crate::support::desk_rig::PASSWORD;
use crate::support::patience::eventually;
use crate::support::process::Process;
use serde_json::{Value, json};

#[actix_web::test]
async fn a_node_shows_its_queues_by_name_and_goes_on_with_them_after_its_death() {
    let folder = tempfile::tempdir().unwrap();
    let hash = cheap_hash(PASSWORD);
    let settings = [
        "endpoints:Environment.default=support".to_owned(),
        "endpoints:Environment.vip=sales".to_owned(),
        format!("agents.ada.password-hash={hash}"),
        format!("agents.mail.password-hash={hash}"),
        "agents.mail.media-server=true".to_owned(),
    ];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let mut node = Process::start(folder.path(), &settings);
    let address = || node.agent.trim_start_matches("http://").parse().unwrap();
    let mut mail =
        DeskClient::start_with(address(), "mail", json!({ "clientType": "MediaServer" })).await;
    let mut ada = DeskClient::start(address(), "ada").await;
    let media = json!([{ "media": "email", "state": "ready" }]);
    assert_eq!(ada.ask(json!({ "type": "agentLogin", "media": media })).await["type"], "ack");
    for queue in ["sales", "sales", "made up"] {
        assert_eq!(mail.ask(submission(queue)).await["type"], "ack");
    }
    let invite = ada.until("invite").await;
    let accept = json!({ "type": "accept", "ticket": invite["ticket"] });
    assert_eq!(ada.ask(accept).await["type"], "ack");

    let page = shown(&node, r#"holdfast_queue_today{queue="sales",event="answered"} 1"#).await;

    for line in [
        r#"holdfast_queue_interactions{queue="sales"} 1"#,
        r#"holdfast_queue_interactions{queue="(others)"} 1"#,
        r#"holdfast_queue_interactions{queue="support"} 0"#,
        r#"holdfast_queue_today{queue="sales",event="entered"} 2"#,
        r#"holdfast_queue_service_level_ratio{queue="sales",within="1800"} 1"#,
        "holdfast_agents_busy 1",
        r#"holdfast_agents{state="ready"} 1"#,
        "# TYPE holdfast_queue_interactions gauge",
    ] {
        assert!(page.lines().any(|one| one == line), "{line} is not in {page}");
    }
    assert!(!page.contains("made up") && !page.contains("\"ada\""), "{page}");
    let waited = "holdfast_queue_longest_wait_seconds{queue=\"sales\"} ";
    let waited = page.lines().find_map(|line| line.strip_prefix(waited)).unwrap();
    assert!(0.0 < waited.parse::<f64>().unwrap());

    node.kill();
    let node = node.restart();
    shown(&node, r#"holdfast_queue_today{queue="sales",event="answered"} 1"#).await;
}

/// The page as soon as it has a line.
async fn shown(node: &Process, line: &str) -> String {
    eventually(line, async || {
        let page = reqwest::get(format!("{}/metrics", node.health)).await.ok()?;
        let page = page.text().await.ok()?;
        page.lines().any(|one| one == line).then_some(page)
    })
    .await
}

fn submission(queue: &str) -> Value {
    json!({ "type": "submit", "media": "email", "tenant": "Environment", "queue": queue })
}
