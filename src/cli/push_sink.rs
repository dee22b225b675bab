//! `holdfast push-sink`: a receiver of pushes that prints what comes, for people who develop one. It
//! checks who speaks, and can be told to be slow or to fail.

use crate::base::Clock;
use crate::cli::{Failure, print};
use crate::node::world::WallClock;
use crate::webhook::actor::{ATTEMPT, DELIVERY};
use crate::webhook::signature::{HEADER, is_signed};
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use clap::Args;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Larger pushes than any that a node sends.
const LARGEST: usize = 1024 * 1024;

#[derive(Debug, Args)]
pub struct PushSinkArguments {
    /// Where to listen; port 0 is any free one
    #[arg(long, default_value = "127.0.0.1:9090")]
    listen: SocketAddr,
    /// The file with the secret of the provider; without it signatures are not checked
    #[arg(long)]
    secret_file: Option<PathBuf>,
    /// Wait so many milliseconds before each answer
    #[arg(long, default_value_t = 0)]
    delay: u64,
    /// Fail the first so many pushes
    #[arg(long, default_value_t = 0)]
    fail: u64,
    /// The status of a failure
    #[arg(long, default_value_t = 503, value_parser = clap::value_parser!(u16).range(300..600))]
    status: u16,
}

struct Sink {
    secret: Option<String>,
    delay: Duration,
    fail: u64,
    failure: StatusCode,
    n_heard: AtomicU64,
}

/// Receives until it is told to stop.
pub fn push_sink(arguments: &PushSinkArguments) -> Result<(), Failure> {
    let listener = TcpListener::bind(arguments.listen)
        .map_err(|error| Failure::Network(format!("cannot listen there: {error}")))?;
    let address = listener.local_addr().map_err(|error| network(&error))?;
    let sink = Data::new(Sink::new(arguments)?);
    actix::System::new().block_on(async move {
        let app = move || {
            let limit = web::PayloadConfig::new(LARGEST);
            App::new().app_data(sink.clone()).app_data(limit).default_service(web::to(receive))
        };
        let server =
            HttpServer::new(app).workers(1).listen(listener).map_err(|error| network(&error))?;
        print::answer(&format!("{}\n", json!({ "listens": format!("http://{address}/") })))?;
        server.run().await.map_err(|error| network(&error))
    })
}

fn network(error: &std::io::Error) -> Failure {
    Failure::Network(error.to_string())
}

impl Sink {
    fn new(arguments: &PushSinkArguments) -> Result<Self, Failure> {
        let secret = arguments.secret_file.as_ref().map(|path| {
            let text = std::fs::read_to_string(path);
            let told =
                |error| Failure::Other(format!("{} cannot be read: {error}", path.display()));
            text.map(|text| text.trim_end_matches(['\n', '\r']).to_owned()).map_err(told)
        });
        let failure = StatusCode::from_u16(arguments.status)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self {
            secret: secret.transpose()?,
            delay: Duration::from_millis(arguments.delay),
            fail: arguments.fail,
            failure,
            n_heard: AtomicU64::new(0),
        })
    }

    /// Whether a push is from whom it should be.
    fn signature(&self, print: &str, body: &[u8]) -> &'static str {
        match &self.secret {
            None => "unchecked",
            Some(secret) if is_signed(secret, print, WallClock.now().seconds(), body) => "good",
            Some(_) => "bad",
        }
    }
}

async fn receive(request: HttpRequest, body: Bytes, sink: Data<Sink>) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let signature = sink.signature(&header(HEADER), &body);
    let n_before = sink.n_heard.fetch_add(1, Ordering::Relaxed);
    let status = match signature {
        "bad" => StatusCode::UNAUTHORIZED,
        _ if n_before < sink.fail => sink.failure,
        _ => StatusCode::OK,
    };
    let text = || Value::from(String::from_utf8_lossy(&body));
    let told = json!({
        "delivery": header(DELIVERY),
        "attempt": header(ATTEMPT).parse::<u32>().unwrap_or_default(),
        "signature": signature,
        "status": status.as_u16(),
        "body": serde_json::from_slice(&body).unwrap_or_else(|_| text()),
    });
    // Before the pause: a sender that loses patience takes the rest of this with it.
    if print::answer(&format!("{told}\n")).is_err() {
        // Nobody reads any more what comes.
        return HttpResponse::InternalServerError().finish();
    }
    tokio::time::sleep(sink.delay).await;
    HttpResponse::build(status).finish()
}
