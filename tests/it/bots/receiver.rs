//! A bot as its operator would run it: an HTTP server that checks who asks, and answers by a script.

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::hmac;
use holdfast::base::Clock;
use holdfast::node::world::WallClock;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

pub const SECRET: &str = "correct horse battery staple";

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub delivery: String,
    pub attempt: u32,
    pub body: Value,
}

/// Status and body for a request.
type Script = Box<dyn FnMut(&Heard) -> (u16, String) + Send>;

pub struct Receiver {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    script: Mutex<Script>,
    heard: Mutex<Vec<Heard>>,
}

impl Receiver {
    pub fn start(script: impl FnMut(&Heard) -> (u16, String) + Send + 'static) -> Self {
        let script: Mutex<Script> = Mutex::new(Box::new(script));
        let shared = Arc::new(Shared { script, heard: Mutex::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/bot", listener.local_addr().unwrap());
        let data = Data::from(shared.clone());
        let app = move || App::new().app_data(data.clone()).route("/bot", web::post().to(answer));
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap();
        actix_web::rt::spawn(server.run());
        Self { url, shared }
    }

    /// All that came and was signed as it should be.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// What came, without what came again because its answer was not heard.
    pub fn deliveries(&self) -> Vec<Heard> {
        let mut heard = self.heard();
        heard.dedup_by(|one, other| one.delivery == other.delivery);
        heard
    }

    /// The occasions of what came, each delivery once.
    pub fn occasions(&self) -> Vec<String> {
        let deliveries = self.deliveries();
        deliveries.iter().map(|one| one.body["occasion"].as_str().unwrap().to_owned()).collect()
    }
}

impl Heard {
    /// The texts of one kind of people in it.
    pub fn texts_of(&self, role: &str) -> Vec<String> {
        let people = self.body["chat"]["participants"].as_array().unwrap();
        let is_of = |event: &&Value| {
            people
                .iter()
                .any(|one| one["participant"] == event["participant"] && one["role"] == role)
        };
        let events = self.body["events"].as_array().unwrap().iter().filter(is_of);
        let texts = events.filter_map(|event| event["text"].as_str());
        texts.map(str::to_owned).collect()
    }
}

/// What a bot says.
pub fn says(texts: &[&str]) -> (u16, String) {
    let actions: Vec<_> = texts.iter().map(|text| json!({ "do": "say", "text": text })).collect();
    does(&json!(actions))
}

pub fn does(actions: &Value) -> (u16, String) {
    (200, json!({ "actions": actions }).to_string())
}

pub fn silent() -> (u16, String) {
    (204, String::new())
}

/// Greets, and says again what customers say.
pub fn echo(heard: &Heard) -> (u16, String) {
    let mut texts = Vec::new();
    if heard.body["occasion"] == "start" {
        texts.push("welcome".to_owned());
    }
    texts.extend(heard.texts_of("CLIENT").iter().map(|text| format!("you said {text}")));
    says(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

async fn answer(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).unwrap().to_str().unwrap();
    if !is_signed(header("Holdfast-Signature"), &body) {
        return HttpResponse::Unauthorized().finish();
    }
    let heard = Heard {
        delivery: header("Holdfast-Delivery").to_owned(),
        attempt: header("Holdfast-Attempt").parse().unwrap(),
        body: serde_json::from_slice(&body).unwrap(),
    };
    assert_eq!(heard.body["delivery"], heard.delivery.as_str());
    shared.heard.lock().unwrap().push(heard.clone());
    let (status, body) = (shared.script.lock().unwrap())(&heard);
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).body(body)
}

/// As docs/api/bots.md tells operators to check it.
fn is_signed(header: &str, body: &[u8]) -> bool {
    let (time, print) = header.split_once(',').unwrap();
    let (time, print) = (time.strip_prefix("t=").unwrap(), print.strip_prefix("v1=").unwrap());
    let now = WallClock.now().seconds();
    let is_fresh = time.parse::<u64>().unwrap().abs_diff(now) < 300;
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, &[time.as_bytes(), b".", body].concat());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    is_fresh && hex == print
}
