//! `[listen]`: which addresses are opened, for whom, and whom they believe.

use crate::config::field::{Field, Range, Raw};
use crate::config::network::Network;
use crate::config::spec::{Opt, Section};
use std::net::{Ipv4Addr, SocketAddr};

#[derive(Clone)]
pub struct Listen {
    /// `customer`
    pub customer: SocketAddr,
    /// `agent`
    pub agent: SocketAddr,
    /// `health`
    pub health: SocketAddr,
    /// `peer`
    pub peer: SocketAddr,
    /// `esp`
    pub esp: Option<EspAddress>,
    /// `operators`
    pub operators: Vec<Network>,
    /// `advertised-host`
    pub advertised_host: String,
    /// `trusted-gateways`
    pub trusted_gateways: Vec<Network>,
    /// `cors-origins`
    pub cors_origins: Vec<String>,
}

/// An address that is not opened unless it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EspAddress(pub SocketAddr);

impl Default for EspAddress {
    fn default() -> Self {
        Self(SocketAddr::from((Ipv4Addr::LOCALHOST, 8084)))
    }
}

impl Field for EspAddress {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        self.0.set(raw, range)
    }

    fn show(&self) -> String {
        self.0.show()
    }

    fn kind(&self, range: Range<'_>) -> String {
        self.0.kind(range)
    }
}

impl Default for Listen {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            customer: loopback(8080),
            agent: loopback(8081),
            health: loopback(8082),
            peer: loopback(8083),
            esp: None,
            operators: Vec::new(),
            advertised_host: "localhost".into(),
            trusted_gateways: Vec::new(),
            cors_origins: vec!["*".into()],
        }
    }
}

impl Section for Listen {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "customer",
            |s: &mut Self| &mut s.customer,
            "Listener of the customer API. Give it a certificate (`[tls.customer]`) or a gateway \
             that ends TLS before the world may reach it.",
        ),
        Opt::new(
            "agent",
            |s: &mut Self| &mut s.agent,
            "Listener of the agent API. Not for customers' networks.",
        ),
        Opt::new(
            "health",
            |s: &mut Self| &mut s.health,
            "Listener of `/livez`, `/readyz`, `/metrics`, `/status`, of the Node API (docs/api/node.md) \
             and of the operators' calls. Not for the world.",
        ),
        Opt::new(
            "peer",
            |s: &mut Self| &mut s.peer,
            "Listener of the link to the other nodes of a cluster, with mutual TLS. Opened only \
             with Cassandra and with the certificates of `[peer]`. Other nodes find it under \
             this address, or under `advertised-host` if it is that of all interfaces.",
        ),
        Opt::new(
            "esp",
            |s: &mut Self| &mut s.esp,
            "Listener by which other systems act on chat sessions, as workflows do (ESP, \
             docs/api/esp.md). Not opened unless it is set; needs `[esp-clients.<name>]`. Give it a \
             certificate (`[tls.esp]`) where it is not this machine alone that asks: passwords come \
             with each request.",
        ),
        Opt::new(
            "operators",
            |s: &mut Self| &mut s.operators,
            "Addresses, beside this machine's own, that may drain this node over the health \
             listener.",
        ),
        Opt::new(
            "advertised-host",
            |s: &mut Self| &mut s.advertised_host,
            "Host that interactions carry as `ChatServerHost`.",
        ),
        Opt::new(
            "trusted-gateways",
            |s: &mut Self| &mut s.trusted_gateways,
            "Addresses whose `X-Forwarded-For` is believed and which limits per address do \
             not count.",
        ),
        Opt::new(
            "cors-origins",
            |s: &mut Self| &mut s.cors_origins,
            "Origins whose pages may call the customer API; `*` is any. Over REST never with \
             credentials then, over CometD with a cookie that proves nothing: what proves a \
             customer is the key in the request, so any origin is safe.",
        ),
    ];
}
