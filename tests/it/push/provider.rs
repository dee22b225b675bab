//! A stand-in for a provider of mobile pushes: real TLS and HTTP/2, and a judge who answers each request as
//! the provider documents it. It can be slow, and go and come back.

use crate::support::certs::{Authority, Wanted, trust};
use crate::support::process::free_port;
use http::{HeaderMap, Request, Response};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request, as far as it is judged.
#[derive(Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    pub status: u16,
    pub retry_after: Option<u64>,
    pub body: Option<Value>,
}

pub type Judge = Arc<dyn Fn(&Asked) -> Verdict + Send + Sync>;

pub struct Provider {
    pub url: String,
    port: u16,
    judge: Judge,
    acceptor: TlsAcceptor,
    folder: TempDir,
    delay: Arc<Mutex<Duration>>,
    serving: Option<JoinHandle<()>>,
}

impl Provider {
    pub async fn start(judge: Judge) -> Self {
        let mut provider = Self::down(judge);
        provider.come().await;
        provider
    }

    pub fn down(judge: Judge) -> Self {
        let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("providers"));
        trust(&folder.path().join("trusted"), &[&authority.certificate]);
        let mut server = authority.issues(Wanted::of("localhost", &["localhost"])).server(&[]);
        server.alpn_protocols = vec![b"h2".to_vec()];
        let port = free_port();
        Self {
            url: format!("https://localhost:{port}"),
            port,
            judge,
            acceptor: TlsAcceptor::from(Arc::new(server)),
            folder,
            delay: Arc::default(),
            serving: None,
        }
    }

    /// Whose certificates show that it is who it says it is.
    pub fn trusted_folder(&self) -> PathBuf {
        self.folder.path().join("trusted")
    }

    pub async fn come(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (acceptor, judge) = (self.acceptor.clone(), self.judge.clone());
        let delay = self.delay.clone();
        self.serving = Some(tokio::spawn(async move {
            // They end with this task, as connections do when a server ends.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(serve(acceptor.clone(), stream, (judge.clone(), delay.clone())));
            }
        }));
    }

    /// Ends with all its connections.
    pub async fn go(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Answers after this time from now on.
    pub fn is_slow(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    (judge, delay): (Judge, Arc<Mutex<Duration>>),
) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let mut answers = tokio::task::JoinSet::new();
    while let Some(Ok((request, respond))) = connection.accept().await {
        answers.spawn(answer(request, respond, (judge.clone(), delay.clone())));
    }
}

/// The one who asked may have gone meanwhile.
async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<actix_web::web::Bytes>,
    (judge, delay): (Judge, Arc<Mutex<Duration>>),
) {
    let (head, mut stream) = request.into_parts();
    let mut body = Vec::new();
    while let Some(Ok(piece)) = stream.data().await {
        body.extend_from_slice(&piece);
        let _ = stream.flow_control().release_capacity(piece.len());
    }
    let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
    let verdict = judge(&Asked { method, path, headers: head.headers, body });
    let delay = *delay.lock().unwrap();
    tokio::time::sleep(delay).await;
    let mut response = Response::builder().status(verdict.status);
    if let Some(seconds) = verdict.retry_after {
        response = response.header("retry-after", seconds);
    }
    let body = verdict.body.map(|body| body.to_string()).unwrap_or_default();
    let response = response.body(()).unwrap();
    if let Ok(mut stream) = respond.send_response(response, body.is_empty())
        && !body.is_empty()
    {
        let _ = stream.send_data(body.into(), true);
    }
}

impl Verdict {
    pub fn of(status: u16, body: Value) -> Self {
        Self { status, retry_after: None, body: Some(body) }
    }
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.get_all(name).iter();
        let value = all.next()?;
        assert!(all.next().is_none(), "{name} comes once");
        value.to_str().ok()
    }

    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}
