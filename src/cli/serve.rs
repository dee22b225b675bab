//! `holdfast serve`: runs a node until it is told to stop.

use crate::base::error_chain::Chain;
use crate::cli::{Failure, about, print};
use crate::config::{Config, Loaded, LogFormat};
use crate::node::listeners::Addresses;
use crate::node::secrets::{FIRST_AGENT, FIRST_PASSWORD, SecretError};
use crate::node::{End, Node, StartError, ToldToStop};
use crate::telemetry::{logs, tell_build};

/// Runs the node of this configuration.
pub fn serve(loaded: &Loaded) -> Result<(), Failure> {
    let config = loaded.config.clone();
    let form = match config.log.format {
        LogFormat::Text => logs::Form::People,
        LogFormat::Json => logs::Form::Machines,
    };
    logs::install(&config.log.level, form).map_err(|error| Failure::Other(error.to_string()))?;
    tell_build(about::VERSION, about::REVISION, about::RUSTC);
    let password = config.agents.is_empty().then(|| config.node.data_folder.join(FIRST_PASSWORD));
    actix::System::new().block_on(async move {
        let schemes = Schemes::of(&config);
        let other = |error: std::io::Error| Failure::Other(error.to_string());
        let mut told = ToldToStop::listen().map_err(other)?;
        let node = tokio::select! {
            node = Node::start(config) => node.map_err(|error| failure(&error))?,
            // A start may wait for its store for ever. It can be left wherever it waits: what it has
            // claimed by then is taken over as that of a dead process.
            () = told.wait() => {
                tracing::info!("told to stop before it served");
                return Ok(());
            }
        };
        let mut greeting = greeting(&node.addresses, schemes);
        if let Some(file) = password {
            let file = file.display();
            greeting.push_str(&format!("account    {FIRST_AGENT}, its password is in {file}\n"));
        }
        print::answer(&greeting)?;
        match node.run(told).await {
            End::InOrder => Ok(()),
            End::AtOnce => Err(Failure::Other("told to stop twice, so it ended at once".into())),
        }
    })
}

/// How each listener is spoken to.
#[derive(Clone, Copy)]
struct Schemes {
    customer: &'static str,
    agent: &'static str,
    health: &'static str,
    esp: &'static str,
}

impl Schemes {
    fn of(config: &Config) -> Self {
        let scheme = |listener| {
            let section = config.tls.get(listener);
            let is_secure = section.is_some_and(|section| section.certificate_file.is_some());
            if is_secure { "https" } else { "http" }
        };
        Self {
            customer: scheme("customer"),
            agent: scheme("agent"),
            health: scheme("health"),
            esp: scheme("esp"),
        }
    }
}

fn greeting(addresses: &Addresses, schemes: Schemes) -> String {
    let Schemes { customer: to_customer, agent: to_agent, health: to_health, esp: to_esp } =
        schemes;
    let systems = addresses.esp.map(|esp| format!("systems    {to_esp}://{esp}/esp/v1\n"));
    let Addresses { customer, agent, health, .. } = addresses;
    format!(
        "holdfast {} serves\n\
         customers  {to_customer}://{customer}/genesys/2/chat/customer-support\n\
         agents     {to_agent}://{agent}/api/v1/agent\n\
         health     {to_health}://{health}/readyz\n{}",
        about::VERSION,
        systems.unwrap_or_default()
    )
}

fn failure(error: &StartError) -> Failure {
    let what = Chain(error).to_string();
    match error {
        StartError::Certificates(_)
        | StartError::Secrets(SecretError::NoKey | SecretError::BadKey) => {
            Failure::Certificates(what)
        }
        StartError::Store(_) | StartError::Secrets(_) | StartError::Routing(_) => {
            Failure::Store(what)
        }
        StartError::Responses(_) | StartError::Workflow(_) | StartError::Mail(_) => {
            Failure::Responses(what)
        }
        StartError::Listen(_) | StartError::Serve(_) => Failure::Network(what),
        StartError::Signals(_) | StartError::Recording(_) => Failure::Other(what),
    }
}
