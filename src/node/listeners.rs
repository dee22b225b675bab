//! The node's sockets: bound before anything starts, served when everything has, stopped first.

use crate::config::Listen;
use crate::edge::admin::Rotation;
use crate::edge::handles::Handles;
use crate::edge::server::Entrance;
use crate::edge::{agent, esp, server};
use crate::esp::Door;
use crate::node::certificates::Certificates;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Sockets on which nobody answers yet.
pub struct Bound {
    customer: TcpListener,
    agent: TcpListener,
    health: TcpListener,
    /// Nothing unless it is configured.
    esp: Option<TcpListener>,
    /// Nothing on a node that is alone.
    pub peer: Option<TcpListener>,
}

/// Whether this node listens to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    Alone,
    Others,
}

/// Where the node can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub customer: SocketAddr,
    pub agent: SocketAddr,
    pub health: SocketAddr,
    pub esp: Option<SocketAddr>,
    pub peer: Option<SocketAddr>,
}

/// Listeners that answer.
pub struct Serving {
    /// Customers, agents, other systems; probes go on until the node is gone.
    people: Vec<ServerHandle>,
    /// Agents' connections are open for ever, unless they are told.
    desks: Data<agent::Api>,
    health: ServerHandle,
}

#[derive(Debug, thiserror::Error)]
#[error("failed to listen on {address} (`[listen] {option}`)")]
pub struct ListenError {
    option: &'static str,
    address: SocketAddr,
    source: io::Error,
}

pub fn bind(listen: &Listen, company: Company) -> Result<Bound, ListenError> {
    let bind = |option, address| {
        TcpListener::bind(address).map_err(|source| ListenError { option, address, source })
    };
    Ok(Bound {
        customer: bind("customer", listen.customer)?,
        agent: bind("agent", listen.agent)?,
        health: bind("health", listen.health)?,
        esp: listen.esp.map(|esp| bind("esp", esp.0)).transpose()?,
        peer: match company {
            Company::Alone => None,
            Company::Others => Some(bind("peer", listen.peer)?),
        },
    })
}

impl Bound {
    /// The addresses as they are: a port of 0 has become one that the system chose.
    pub fn addresses(&self) -> io::Result<Addresses> {
        Ok(Addresses {
            customer: self.customer.local_addr()?,
            agent: self.agent.local_addr()?,
            health: self.health.local_addr()?,
            esp: self.esp.as_ref().map(TcpListener::local_addr).transpose()?,
            peer: self.peer.as_ref().map(TcpListener::local_addr).transpose()?,
        })
    }

    /// Probes and operators are answered from the beginning, also while the store is waited for.
    pub fn serve_health(
        &self,
        certificates: &Certificates,
        rotation: Rotation,
    ) -> io::Result<ServerHandle> {
        let socket = self.health.try_clone()?;
        let entrance = Entrance { socket, tls: certificates.of("health") };
        Ok(run(server::health(entrance, rotation)?))
    }

    pub fn serve(
        self,
        (handles, desks, door): (&Handles, &Data<agent::Api>, &Arc<dyn Door>),
        certificates: &Certificates,
        health: ServerHandle,
    ) -> io::Result<Serving> {
        let entrance = |socket, listener| Entrance { socket, tls: certificates.of(listener) };
        let manners = server::Manners::of(handles);
        let hub = server::customers_hub(handles)?;
        hub.follow(desks.moving.clone(), desks.is_stopping.subscribe());
        let customers = entrance(self.customer, "customer");
        let customers = server::serve_customers(customers, handles, &hub)?;
        let mut people = vec![run(customers)];
        if let Some(socket) = self.esp {
            let api = Data::new(esp::Api::new(handles.clone(), door.clone()));
            let systems = entrance(socket, "esp");
            people.push(run(server::open(systems, manners, esp::configure(api))?));
        }
        let manners = server::Manners { on_connect: agent::on_connect, ..manners };
        let agents = entrance(self.agent, "agent");
        let agents = server::open(agents, manners, agent::configure(desks.clone()))?;
        people.push(run(agents));
        Ok(Serving { people, desks: desks.clone(), health })
    }
}

impl Serving {
    /// Takes nothing new, and waits for what has begun.
    pub async fn stop(&self) {
        self.desks.send_home();
        futures_util::future::join_all(self.people.iter().map(|server| server.stop(true))).await;
    }

    pub async fn stop_health(&self) {
        self.health.stop(false).await;
    }
}

fn run(server: Server) -> ServerHandle {
    let handle = server.handle();
    actix::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "a listener ended");
        }
    });
    handle
}
