//! `holdfast serve`: runs a node until it is told to stop.

use crate::base::error_chain::Chain;
use crate::cli::{Failure, about, print};
use crate::config::{Loaded, LogFormat};
use crate::node::listeners::Addresses;
use crate::node::secrets::{FIRST_AGENT, FIRST_PASSWORD};
use crate::node::{Node, StartError, ToldToStop};
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
        let other = |error: std::io::Error| Failure::Other(error.to_string());
        let told = ToldToStop::listen().map_err(other)?;
        let node = Node::start(config).await.map_err(|error| failure(&error))?;
        let mut greeting = greeting(&node.addresses);
        if let Some(file) = password {
            let file = file.display();
            greeting.push_str(&format!("account    {FIRST_AGENT}, its password is in {file}\n"));
        }
        print::answer(&greeting)?;
        node.run(told).await;
        Ok(())
    })
}

fn greeting(addresses: &Addresses) -> String {
    let Addresses { customer, agent, health } = addresses;
    format!(
        "holdfast {} serves\n\
         customers  http://{customer}/genesys/2/chat/customer-support\n\
         agents     http://{agent}/api/v1/agent\n\
         health     http://{health}/readyz\n",
        about::VERSION
    )
}

fn failure(error: &StartError) -> Failure {
    let what = Chain(error).to_string();
    match error {
        StartError::Store(_) | StartError::Secrets(_) | StartError::Routing(_) => {
            Failure::Store(what)
        }
        StartError::Listen(_) | StartError::Serve(_) => Failure::Network(what),
        StartError::Signals(_) => Failure::Other(what),
    }
}
