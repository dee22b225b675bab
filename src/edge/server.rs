//! The listeners. Sockets are bound by whoever calls, so that a test can let the system choose the
//! port and a node can bind everything before it starts anything.

use crate::edge::admin::{self, Rotation, gateways, rotation};
use crate::edge::cometd::{self, Hub};
use crate::edge::handles::Handles;
use crate::edge::rest_v2::{self, reception::Reception};
use crate::edge::{agent, health};
use crate::ownership::restoration::Asker;
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

/// Serves the customer API, and nobody says when the node is left.
pub fn customers(entrance: impl Into<Entrance>, handles: &Handles) -> io::Result<Server> {
    serve_customers(entrance, handles, &customers_hub(handles)?)
}

/// What all customers of a listener share who hold connections, and the rest.
pub fn customers_hub(handles: &Handles) -> io::Result<Arc<Hub>> {
    let reception = Reception::new(handles.clone().for_asker(Asker::Customer));
    let reception = reception.map_err(|_| io::Error::other("the keys do not derive"))?;
    let hub = Hub::new(Data::new(reception));
    hub.keep();
    Ok(hub)
}

/// Serves the customer API.
pub fn serve_customers(
    entrance: impl Into<Entrance>,
    handles: &Handles,
    hub: &Arc<Hub>,
) -> io::Result<Server> {
    let manners = Manners { on_connect: agent::limit_unread, ..Manners::of(handles) };
    let hub = Data::from(hub.clone());
    let is_enabled = handles.config.cometd.enabled;
    open(entrance, manners, move |config| {
        if is_enabled {
            cometd::configure(config, hub.clone());
        }
        rest_v2::configure(config, hub.reception.clone());
    })
}

/// Serves probes, metrics and operators.
pub fn health(entrance: impl Into<Entrance>, rotation: Rotation) -> io::Result<Server> {
    let facts = Data::from(rotation.health.clone());
    let (operator, rotation) = (Data::new(rotation.operator.clone()), Data::new(rotation));
    let manners = Manners { n_workers: 1, ..Manners::default() };
    open(entrance, manners, move |config| {
        health::configure(config, facts.clone());
        admin::configure(config, operator.clone());
        rotation::configure(config, rotation.clone());
        gateways::configure(config);
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
        // What is told does not wait until the other side has acknowledged what was told before, which it
        // does up to 40 ms late.
        .tcp_nodelay(true)
        // Whoever hangs up waits no longer: what is held for him is let go at once.
        .h1_allow_half_closed(false)
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{HttpRequest, HttpResponse, web};
    use std::net::Ipv4Addr;
    use tokio::net::TcpStream;

    struct TellsAtOnce(bool);

    #[actix_web::test]
    async fn nothing_that_is_told_waits_for_an_acknowledgement() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let on_connect: OnConnect = |connection, data| {
            let stream = connection.downcast_ref::<TcpStream>().unwrap();
            data.insert(TellsAtOnce(stream.nodelay().unwrap()));
        };
        let manners = Manners { n_workers: 1, on_connect, ..Manners::default() };
        let server = open(socket, manners, |config| {
            config.route("/", web::get().to(whether_it_tells_at_once));
        });
        actix_web::rt::spawn(server.unwrap());

        let answer = reqwest::get(format!("http://{address}/")).await.unwrap();

        assert_eq!(answer.text().await.unwrap(), "true");
    }

    async fn whether_it_tells_at_once(request: HttpRequest) -> HttpResponse {
        let TellsAtOnce(it_does) = request.conn_data().unwrap();
        HttpResponse::Ok().body(it_does.to_string())
    }
}
