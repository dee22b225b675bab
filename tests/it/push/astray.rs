//! Pushes that would go where nobody wants them: to whomever a receiver points, or open to everybody on the
//! way.

use super::REFUSED;
use super::sink::{SECRET, Sink};
use super::town::Town;
use crate::support::patience::eventually;
use crate::support::process::Process;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Each status that leads on, with or without the method and the body.
const LEADING: [u16; 5] = [301, 302, 303, 307, 308];

#[actix_web::test]
async fn a_receiver_that_points_to_another_one_has_refused_and_the_other_one_hears_nothing() {
    let other = Sink::start(&[]).await;
    let pointers = LEADING.map(|status| Pointer::start(status, &other.url()));
    let names = LEADING.map(|status| format!("to-{status}"));
    let providers: Vec<_> =
        names.iter().zip(&pointers).map(|(name, one)| (name.as_str(), one.url.as_str())).collect();
    let town = Town::start(&providers, &["push.default-provider=to-302"]);

    for name in &names {
        let customer = town.customer(&[("GCTI_GMS_PushProvider", name)]).await;
        town.tells(&customer, "hello").await;
    }
    // That somebody came, and what he said.
    let all = 2.0 * f64::from(u32::try_from(LEADING.len()).unwrap());
    eventually("all are refused", || async { (all <= town.figure(REFUSED).await).then_some(()) })
        .await;
    let marker = reqwest::Client::new().post(other.url()).body("{\"marker\":1}");
    marker.send().await.unwrap();
    other.until(1).await;

    assert!(pointers.iter().all(|one| one.n_asked.load(Ordering::SeqCst) == 2));
    assert_eq!(other.heard().len(), 1, "{:?}", other.heard());
    assert_eq!(town.figure("holdfast_pushes_total{result=\"delivered\"}").await, 0.0);
}

#[actix_web::test]
async fn who_is_pushed_to_unencrypted_is_told_to_the_operator_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut settings = vec![
        "push.default-provider=sealed".to_owned(),
        "push.open.url=http://push.example.com/chat".to_owned(),
        "push.sealed.url=https://push.example.com/chat".to_owned(),
        "push.half.url=https://push.example.com/chat".to_owned(),
        "push.half.debug-url=http://debug.example.com/chat".to_owned(),
        "log.format=json".to_owned(),
    ];
    settings.extend(["open", "sealed", "half"].map(|name| format!("push.{name}.secret={SECRET}")));
    let mut node = Process::start_logging_to(&log, &folder.path().join("data"), settings);
    assert_eq!(node.terminate().code(), Some(0));

    let log = std::fs::read_to_string(log).unwrap();
    let told: Vec<_> = log.lines().filter(|line| line.contains("unencrypted")).collect();
    let is_told = |name: &str, is_debug: bool| {
        let [name, is_debug] = [format!("\"{name}\""), format!("\"is_debug\":{is_debug}")];
        told.iter().filter(|line| line.contains(&name) && line.contains(&is_debug)).count() == 1
    };
    assert!(is_told("open", false) && is_told("half", true), "{log}");
    assert_eq!(told.len(), 2, "{log}");
    assert!(told.iter().all(|line| line.contains("WARN") || line.contains("warn")), "{log}");
    assert!(!log.contains(SECRET));
}

/// A receiver that says it is another one now.
struct Pointer {
    url: String,
    n_asked: Arc<AtomicUsize>,
}

impl Pointer {
    fn start(status: u16, to: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/push", listener.local_addr().unwrap());
        let n_asked = Arc::<AtomicUsize>::default();
        let shared = Data::new((status, to.to_owned(), n_asked.clone()));
        let app = move || App::new().app_data(shared.clone()).default_service(web::to(point));
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap();
        actix_web::rt::spawn(server.run());
        Self { url, n_asked }
    }
}

async fn point(shared: Data<(u16, String, Arc<AtomicUsize>)>) -> HttpResponse {
    let (status, to, n_asked) = &**shared;
    n_asked.fetch_add(1, Ordering::SeqCst);
    let status = actix_web::http::StatusCode::from_u16(*status).unwrap();
    HttpResponse::build(status).insert_header(("location", to.as_str())).finish()
}
