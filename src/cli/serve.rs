//! `holdfast serve`: runs a node until it is told to stop.

use crate::cli::Failure;
use crate::config::Loaded;

/// Runs the node of this configuration.
pub fn serve(loaded: &Loaded) -> Result<(), Failure> {
    let name = &loaded.config.node.name;
    Err(Failure::Other(format!("serve is not built yet: {name} was not started")))
}
