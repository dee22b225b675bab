//! Who an agent's client is, and where its password comes from: a file, the environment, or what a
//! node without accounts left in its data folder. Never from an argument, which everybody sees.

use crate::cli::Failure;
use crate::cli::sources::SourceArguments;
use crate::cli::talk::http::Server;
use crate::node::secrets::{FIRST_AGENT, FIRST_PASSWORD};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct AccountArguments {
    /// Where the agent API is
    #[arg(long, default_value = "http://127.0.0.1:8081")]
    pub url: String,
    /// File of the authority that the server's certificate is from [otherwise those of the system]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The account, one of those that the configuration of the node names
    #[arg(long, default_value = FIRST_AGENT)]
    pub name: String,
    /// File with the password [otherwise HOLDFAST_AGENT_PASSWORD; for the account agent otherwise
    /// first-agent.password in the data folder of the configuration]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    // The variable alone is meant; it cannot be had without a flag.
    #[arg(long = "password", env = "HOLDFAST_AGENT_PASSWORD", hide = true, hide_env_values = true)]
    pub secret: Option<String>,
}

/// Without the password.
impl std::fmt::Debug for AccountArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url, name, .. } = self;
        write!(f, "{name} at {url}")
    }
}

impl AccountArguments {
    /// The server that knows the account.
    pub fn server(&self) -> Result<Server, Failure> {
        Server::new(&self.url, self.ca.as_deref()).map_err(Failure::Usage)
    }

    /// The password, wherever it is.
    pub fn password(&self, sources: SourceArguments) -> Result<String, Failure> {
        match (&self.password_file, &self.secret) {
            (Some(file), _) => read(file),
            (None, Some(secret)) => Ok(secret.clone()),
            (None, None) if self.name == FIRST_AGENT => {
                read(&sources.read()?.config.node.data_folder.join(FIRST_PASSWORD))
            }
            (None, None) => Err(Failure::Usage(format!(
                "the password of {} is needed: --password-file or HOLDFAST_AGENT_PASSWORD",
                self.name
            ))),
        }
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| {
        let file = file.display();
        Failure::Other(format!("no password in {file}: {error}; give one with --password-file"))
    })?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_before_the_environment_and_that_before_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine");
        std::fs::write(&file, "of file\n").unwrap();
        std::fs::write(folder.path().join(FIRST_PASSWORD), "of folder").unwrap();
        let password = |name: &str, file: Option<&PathBuf>, secret: Option<&str>| {
            let account = AccountArguments {
                url: String::new(),
                ca: None,
                name: name.to_owned(),
                password_file: file.cloned(),
                secret: secret.map(str::to_owned),
            };
            let data_folder = Some(folder.path().display().to_string());
            account.password(SourceArguments { data_folder, ..SourceArguments::default() })
        };

        assert_eq!(password("bob", Some(&file), Some("of env")).ok().unwrap(), "of file");
        assert_eq!(password("bob", None, Some("of env")).ok().unwrap(), "of env");
        assert_eq!(password("agent", None, None).ok().unwrap(), "of folder");
        assert_eq!(password("bob", None, None).unwrap_err().exit_code(), 2);
    }
}
