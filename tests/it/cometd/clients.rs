//! The reference clients of CometD, and others, through a chat each: `tests/clients`.

use crate::support::rig::Rig;
use actix_web::web;
use holdfast::chat::Policy;
use holdfast::config::Config;
use std::process::Command;

#[actix_web::test]
async fn the_reference_clients_find_what_they_expect() {
    let mut config = Config::default();
    // All of them come from one address, and the clock stands still.
    config.limits.create_rate = 0;
    let policy = Policy { send_rate: 1_000, send_burst: 1_000, ..Policy::default() };
    let rig = Rig::start_with(config, policy);
    let base = rig.base.clone();

    let run = move || Command::new("tests/clients/run").arg(base).output();
    let output = web::block(run).await.unwrap().unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with("every client found what it expects\n"), "{said}");
    rig.stop().await;
}
