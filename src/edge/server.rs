//! The listeners. Sockets are bound by whoever calls, so that a test can let the system choose the
//! port and a node can bind everything before it starts anything.

use crate::edge::admin::{self, Operator};
use crate::edge::handles::Handles;
use crate::edge::health;
use crate::edge::rest_v2::{self, reception::Reception};
use crate::ownership::restoration::Asker;
use crate::telemetry::Health;
use actix_web::dev::{Extensions, Server};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer};
use rustls::ServerConfig;
use std::any::Any;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// How a listener treats its connections.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Threads of its own; 0 means one per core.
    pub n_workers: usize,
    /// How long the head of a request may take.
    pub head_timeout: Duration,
    /// How long a connection may stay open with nothing on it.
    pub keep_alive: Duration,
    /// How long requests on their way may take when the server is told to stop.
    pub stop_timeout: Duration,
    /// What is kept of each connection for those who serve it.
    pub on_connect: OnConnect,
}

/// Looks at a new connection and keeps something of it.
pub type OnConnect = fn(&dyn Any, &mut Extensions);

impl Manners {
    /// For listeners that work for people: as many threads as sessions have.
    pub fn of(handles: &Handles) -> Self {
        let node = &handles.config.node;
        let n_workers = usize::try_from(node.arbiters).unwrap_or_default();
        Self { n_workers, stop_timeout: node.stop_timeout, ..Self::default() }
    }
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            n_workers: 0,
            head_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(75),
            stop_timeout: Duration::from_secs(10),
            on_connect: |_, _| {},
        }
    }
}

/// Where a listener lets people in.
pub struct Entrance {
    pub socket: TcpListener,
    /// Nothing for plain HTTP.
    pub tls: Option<Arc<ServerConfig>>,
}

impl From<TcpListener> for Entrance {
    fn from(socket: TcpListener) -> Self {
        Self { socket, tls: None }
    }
}

/// Serves the customer API.
pub fn customers(entrance: impl Into<Entrance>, handles: &Handles) -> io::Result<Server> {
    let reception = Reception::new(handles.clone().for_asker(Asker::Customer));
    let reception = Data::new(reception.map_err(|_| io::Error::other("the keys do not derive"))?);
    open(entrance, Manners::of(handles), move |config| {
        rest_v2::configure(config, reception.clone());
    })
}

/// Serves probes and metrics.
pub fn health(
    entrance: impl Into<Entrance>,
    health: &Arc<Health>,
    operator: &Operator,
) -> io::Result<Server> {
    let (facts, operator) = (Data::from(health.clone()), Data::new(operator.clone()));
    let manners = Manners { n_workers: 1, ..Manners::default() };
    open(entrance, manners, move |config| {
        health::configure(config, facts.clone());
        admin::configure(config, operator.clone());
    })
}

/// Serves what is configured on a bound socket, until its handle is told to stop. Signals are the
/// node's matter.
pub fn open(
    entrance: impl Into<Entrance>,
    manners: Manners,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    let server = HttpServer::new(move || App::new().configure(configure.clone()))
        .client_request_timeout(manners.head_timeout)
        .keep_alive(manners.keep_alive)
        .shutdown_timeout(manners.stop_timeout.as_secs())
        .on_connect(manners.on_connect)
        .disable_signals();
    let server = match manners.n_workers {
        0 => server,
        n_workers => server.workers(n_workers),
    };
    let Entrance { socket, tls } = entrance.into();
    // HTTP/1.1 is all that is spoken, and the server itself says so in the handshake.
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(socket, ServerConfig::clone(&config))?,
        None => server.listen(socket)?,
    };
    Ok(server.run())
}
