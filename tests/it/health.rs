//! The listener for probes and metrics.

use holdfast::base::Clock;
use holdfast::config::Config;
use holdfast::edge::admin::{Operator, Rotation, Status};
use holdfast::edge::server;
use holdfast::node::clock::SteadyClock;
use holdfast::node::world::Dice;
use holdfast::telemetry::{Health, Phase};
use std::net::TcpListener;
use std::sync::Arc;

#[actix_web::test]
async fn probes_follow_the_life_of_the_node_and_metrics_are_shown() {
    let health = Arc::new(Health::default());
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (operator, _) = Operator::new(Status::default, vec![]);
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock);
    let rotation = Rotation::new((&health, &operator), &Config::default(), (&clock, &Dice));
    let server = server::health(listener, rotation).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let ask = async |path: &str| {
        let response = reqwest::get(format!("{base}{path}")).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };

    assert_eq!(ask("/livez").await, (200, "alive".to_owned()));
    assert_eq!(ask("/readyz").await, (503, "starting".to_owned()));
    health.enter(Phase::Ready);
    assert_eq!(ask("/readyz").await, (200, "ready".to_owned()));
    health.enter(Phase::Draining);
    assert_eq!(ask("/readyz").await, (503, "draining".to_owned()));
    holdfast::telemetry::meters().sessions_created.increment(0);
    let (status, page) = ask("/metrics").await;
    assert_eq!(status, 200);
    assert!(page.contains("# TYPE holdfast_sessions_created_total counter"), "{page}");
    assert_eq!(ask("/genesys").await.0, 404);
    handle.stop(true).await;
}
