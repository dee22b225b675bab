//! `holdfast check-config`: every fault of the configuration, and whether this machine can run it.
//! Changes nothing and disturbs no running node.

use crate::base::error_chain::Chain;
use crate::cli::{Failure, print};
use crate::config::{Config, Fault, Faults, Sources};
use crate::telemetry::logs;
use crate::tls::{self, TlsError};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

/// Prints what was checked, or fails with everything that is wrong.
pub fn check_config(sources: &Sources) -> Result<(), Failure> {
    let loaded = Config::read(sources)?;
    if let Err(error) = logs::check_level(&loaded.config.log.level) {
        let origin = loaded.origin("log", "level").clone();
        let remedy = "write error, warn, info, debug or trace".to_owned();
        let what = format!("[log] level: {error}");
        return Err(Faults(vec![Fault { origin, what, remedy }]).into());
    }
    let file =
        sources.file.as_ref().map_or("none, defaults".into(), |path| path.display().to_string());
    let mut report = format!("options          ok (file: {file})\n");
    let folder = &loaded.config.node.data_folder;
    check_folder(folder).map_err(Failure::Store)?;
    report += &format!("data folder      ok ({})\n", folder.display());
    report += &check_certificates(&loaded.config)?;
    let listen = &loaded.config.listen;
    let listeners =
        [("customer", listen.customer), ("agent", listen.agent), ("health", listen.health)];
    for (option, address) in listeners {
        let found = check_address(option, address).map_err(Failure::Network)?;
        report += &format!("listen {option:<9} {found} ({address})\n");
    }
    let (n_agents, n_services) = (loaded.config.agents.len(), loaded.config.services.len());
    report += &format!("accounts         {n_agents}\nservices         {n_services}\n");
    print::answer(&report)
}

/// The folder, or the nearest one above it that exists, must be one that can be written in.
fn check_folder(folder: &Path) -> Result<(), String> {
    let absolute = std::path::absolute(folder)
        .map_err(|error| format!("[node] data-folder: {}: {error}", folder.display()))?;
    let Some(existing) = absolute.ancestors().find(|path| path.exists()) else {
        return Err(format!("[node] data-folder: nothing of {} exists", absolute.display()));
    };
    let metadata = std::fs::metadata(existing)
        .map_err(|error| format!("[node] data-folder: {}: {error}", existing.display()))?;
    if !metadata.is_dir() {
        return Err(format!("[node] data-folder: {} is no folder", existing.display()));
    }
    if metadata.permissions().readonly() {
        return Err(format!("[node] data-folder: {} is read-only", existing.display()));
    }
    Ok(())
}

/// Reads every certificate and key, as a start would.
fn check_certificates(config: &Config) -> Result<String, Failure> {
    let unusable = |error: TlsError| Failure::Certificates(Chain(&error).to_string());
    let mut report = String::new();
    for (listener, section) in &config.tls {
        if tls::listener(listener, section).map_err(unusable)?.is_some() {
            report += &format!("tls {listener:<12} ok\n");
        }
    }
    if tls::peer(&config.peer).map_err(unusable)?.is_some() {
        report += "tls peer         ok\n";
    }
    if tls::cassandra(&config.encryption).map_err(unusable)?.is_some() {
        report += "tls cassandra    ok\n";
    }
    Ok(report)
}

/// Opens the address for a moment. One that is in use is probably that of the running node.
fn check_address(option: &str, address: SocketAddr) -> Result<&'static str, String> {
    match TcpListener::bind(address) {
        Ok(_) => Ok("ok"),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok("in use"),
        Err(error) => Err(format!("[listen] {option}: {address} cannot be opened: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_can_be_made_is_fine_and_one_below_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();

        assert_eq!(check_folder(&folder.path().join("new/data")), Ok(()));
        assert!(check_folder(&file.join("data")).unwrap_err().contains("is no folder"));
    }

    #[test]
    fn an_address_in_use_is_told_apart_from_one_that_cannot_be() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let foreign = "192.0.2.1:80".parse().unwrap();

        assert_eq!(check_address("agent", taken.local_addr().unwrap()), Ok("in use"));
        assert!(check_address("agent", foreign).unwrap_err().contains("cannot be opened"));
    }
}
