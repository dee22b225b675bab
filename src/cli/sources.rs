//! The flags that say where the configuration comes from.

use crate::cli::Failure;
use crate::config::{Config, Loaded, Sources};
use clap::Args;
use std::path::PathBuf;

/// Where the configuration comes from
#[derive(Debug, Default, Args)]
pub struct SourceArguments {
    /// File of the configuration [otherwise HOLDFAST_CONFIG, or holdfast.toml if it is here]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Sets one option; may come several times
    #[arg(long = "set", global = true, value_name = "SECTION.OPTION=VALUE")]
    pub set: Vec<String>,
    /// Short for --set node.name=…
    #[arg(long, global = true, value_name = "NAME")]
    pub node_name: Option<String>,
    /// Short for --set node.data-folder=…
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_folder: Option<String>,
    /// Short for --set log.level=…
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

impl SourceArguments {
    /// Reads the configuration.
    pub fn read(self) -> Result<Loaded, Failure> {
        Ok(Config::read(&self.into_sources())?)
    }

    /// The sources of this process, with these flags.
    pub fn into_sources(self) -> Sources {
        let named = [
            ("node.name", self.node_name),
            ("node.data-folder", self.data_folder),
            ("log.level", self.log_level),
        ];
        let mut flags = self.set;
        for (option, value) in named {
            flags.extend(value.map(|value| format!("{option}={value}")));
        }
        Sources::of_process(self.config, flags)
    }
}
