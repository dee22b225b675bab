//! A node as it runs, with the listener over TLS.

use super::PASSWORD;
use crate::support::accounts::cheap_hash;
use crate::support::certs::{Authority, Wanted};
use crate::support::process::{Process, free_port};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_node_serves_other_systems_over_tls_where_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("the authority");
    let pair = authority.issues(Wanted::of("node", &["127.0.0.1"])).write(folder.path(), "node");
    let port = free_port();
    let settings = [
        format!("listen.esp=127.0.0.1:{port}"),
        format!("esp-clients.crm.password-hash={}", cheap_hash(PASSWORD)),
        format!("tls.esp.certificate-file={}", pair.certificate.display()),
        format!("tls.esp.private-key-file={}", pair.key.display()),
    ];
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let node = Process::start(&folder.path().join("data"), &settings);
    let create = format!("{}/genesys/2/chat/customer-support", node.customer);
    let begun = reqwest::Client::new().post(create).form(&[("nickname", "Ann")]).send().await;
    let begun: Value = begun.unwrap().json().await.unwrap();
    let certificate = reqwest::Certificate::from_pem(authority.certificate.as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([certificate]).build().unwrap();

    let body =
        json!({ "interactionId": begun["chatId"], "parameters": { "MessageText": "welcome" } });
    let asked = client.post(format!("https://127.0.0.1:{port}/esp/v1/Chat/Message"));
    let asked = asked.basic_auth("crm", Some(PASSWORD)).json(&body).send().await.unwrap();

    assert_eq!(asked.status(), 200);
    let told: Value = asked.json().await.unwrap();
    assert!(told["parameters"]["ScriptPos"].is_u64(), "{told}");
}
