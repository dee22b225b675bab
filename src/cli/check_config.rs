//! `holdfast check-config`: every fault of the configuration, and whether this machine can run it.
//! Changes nothing and disturbs no running node.

use crate::base::Clock;
use crate::base::error_chain::Chain;
use crate::cli::{Failure, print};
use crate::config::{Config, Fault, Faults, Loaded, Sources};
use crate::node::responses::{self, ResponsesError};
use crate::node::scopes::without_capacity;
use crate::node::secrets::{self, SecretError};
use crate::node::wiring::mail::Mailer;
use crate::node::wiring::push;
use crate::node::workflow::{self, WorkflowError};
use crate::node::world::WallClock;
use crate::telemetry::logs;
use crate::tls::{self, TlsError};
use crate::workflow::Process;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

/// What a node that shares a store is warned of.
const NO_LINK: &str = "warning: [peer] names no certificate, so there is no link to other nodes: run \
     no more than one";

/// Prints what was checked, or fails with everything that is wrong.
pub fn check_config(sources: &Sources) -> Result<(), Failure> {
    let loaded = Config::read(sources)?;
    check_beyond_options(&loaded)?;
    let file =
        sources.file.as_ref().map_or("none, defaults".into(), |path| path.display().to_string());
    let mut report = format!("options          ok (file: {file})\n");
    let folder = &loaded.config.node.data_folder;
    check_folder(folder).map_err(Failure::Store)?;
    report += &format!("data folder      ok ({})\n", folder.display());
    report += &check_certificates(&loaded.config)?;
    report += &check_workflow(&loaded.config)?;
    let listen = &loaded.config.listen;
    let mut listeners =
        vec![("customer", listen.customer), ("agent", listen.agent), ("health", listen.health)];
    match company(&loaded.config) {
        Company::Alone => {}
        Company::Others => listeners.push(("peer", listen.peer)),
        Company::Unreachable => print::note(NO_LINK)?,
    }
    for (option, address) in listeners {
        let found = check_address(option, address).map_err(Failure::Network)?;
        report += &format!("listen {option:<9} {found} ({address})\n");
    }
    let (n_agents, n_services) = (loaded.config.agents.len(), loaded.config.services.len());
    report += &format!("accounts         {n_agents}\nservices         {n_services}\n");
    let without = without_capacity(&loaded.config);
    if !without.is_empty() {
        let names = without.join(", ");
        print::note(&format!("warning: no capacity rule, so the default applies: {names}"))?;
    }
    print::answer(&report)
}

/// Whom this node will have beside it.
#[derive(Debug, PartialEq, Eq)]
enum Company {
    Alone,
    Others,
    /// It shares a store with others and cannot be linked to them.
    Unreachable,
}

fn company(config: &Config) -> Company {
    match (config.cassandra.is_used(), config.peer.certificate_file.is_some()) {
        (false, _) => Company::Alone,
        (true, true) => Company::Others,
        (true, false) => Company::Unreachable,
    }
}

/// What a start would refuse although each option fits.
fn check_beyond_options(loaded: &Loaded) -> Result<(), Faults> {
    let mut faults = Vec::new();
    if let Err(error) = logs::check_level(&loaded.config.log.level) {
        let origin = loaded.origin("log", "level").clone();
        let remedy = "write error, warn, info, debug or trace".to_owned();
        faults.push(Fault { origin, what: format!("[log] level: {error}"), remedy });
    }
    if let Err(error) = check_key(&loaded.config) {
        let origin = loaded.origin("cluster", "key").clone();
        let remedy = "write what 'openssl rand -hex 32' prints, the same on all nodes".to_owned();
        faults.push(Fault { origin, what: error.to_string(), remedy });
    }
    if let Err(error) = responses::load(&loaded.config.standard_responses) {
        let origin = loaded.origin("standard-responses", "folder");
        faults.extend(faults_of(&error).into_iter().map(|what| Fault {
            origin: origin.clone(),
            what: format!("[standard-responses] folder: {what}"),
            remedy: "docs/api/contacts.md shows how a response is written".to_owned(),
        }));
    }
    if let Err(error) = workflow::load(&loaded.config.workflow) {
        let origin = loaded.origin("workflow", "file");
        let found = match &error {
            WorkflowError::Faults(found) => found.iter().map(ToString::to_string).collect(),
            WorkflowError::Unreadable { .. } => vec![Chain(&error).to_string()],
        };
        faults.extend(found.into_iter().map(|what| Fault {
            origin: origin.clone(),
            what: format!("[workflow] file: {what}"),
            remedy: "docs/workflow.md shows how such a file is written".to_owned(),
        }));
    }
    if let Err(error) = Mailer::new(&loaded.config.mail) {
        faults.push(Fault {
            origin: loaded.origin("mail", "server").clone(),
            what: format!("[mail] {}", Chain(&error)),
            remedy: "docs/options.md shows what [mail] wants".to_owned(),
        });
    }
    let clock: Arc<dyn Clock> = Arc::new(WallClock);
    faults.extend(push::faults(&loaded.config, &clock).into_iter().map(|(provider, error)| {
        let section = format!("push.{provider}");
        Fault {
            origin: loaded.origin(&section, "credentials").clone(),
            what: format!("[{section}] {}", Chain(&error)),
            remedy: "docs/api/push.md shows what a provider wants".to_owned(),
        }
    }));
    if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
}

fn faults_of(error: &ResponsesError) -> Vec<String> {
    match error {
        ResponsesError::Faults(faults) => faults.iter().map(ToString::to_string).collect(),
        ResponsesError::Unreadable { .. } => vec![Chain(error).to_string()],
    }
}

/// What will surprise is told beside the report; faults were told before.
fn check_workflow(config: &Config) -> Result<String, Failure> {
    let Ok(Some(workflow::Loaded { process, warnings })) = workflow::load(&config.workflow) else {
        return Ok(String::new());
    };
    for warning in warnings {
        print::note(&format!("[workflow] file: {warning}"))?;
    }
    let lost = endpoints_beside(config, &process);
    for (alias, queue) in lost {
        print::note(&format!(
            "warning: endpoint '{alias}' leads to queue '{queue}', which the workflow does not have: \
             what comes there is offered to whoever is free"
        ))?;
    }
    for block in process.blocks_that_send_mail().filter(|_| config.mail.server.is_empty()) {
        print::note(&format!(
            "warning: block '{block}' of the workflow sends mail, and [mail] names no server: it will \
             always go on at its 'error'"
        ))?;
    }
    Ok(format!("workflow         ok ({} strategies)\n", process.strategies.len()))
}

/// Endpoints whose queues the workflow does not see to.
fn endpoints_beside<'a>(config: &'a Config, process: &Process) -> Vec<(String, &'a str)> {
    let endpoints = config.endpoints.iter().flat_map(|(tenant, endpoints)| {
        let aliases = endpoints.0.iter();
        aliases.map(move |(alias, queue)| (format!("{tenant}:{alias}"), queue.as_str()))
    });
    endpoints.filter(|(_, queue)| !process.sees_to(queue)).collect()
}

/// The key that nodes on a shared store must have in common.
fn check_key(config: &Config) -> Result<(), SecretError> {
    if config.cassandra.is_used() {
        secrets::shared_key(&config.cluster.key)?;
    }
    Ok(())
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
    use crate::config::Secret;

    #[test]
    fn a_folder_that_can_be_made_is_fine_and_one_below_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();

        assert_eq!(check_folder(&folder.path().join("new/data")), Ok(()));
        assert!(check_folder(&file.join("data")).unwrap_err().contains("is no folder"));
    }

    #[test]
    fn nodes_on_a_shared_store_need_a_key_and_a_certificate_for_each_other() {
        let mut config = Config::default();
        assert!(check_key(&config).is_ok());
        assert_eq!(company(&config), Company::Alone);

        config.cassandra.contact_points = vec!["127.0.0.1:9042".into()];
        assert!(matches!(check_key(&config), Err(SecretError::NoKey)));
        assert_eq!(company(&config), Company::Unreachable);

        config.cluster.key = Secret::new("0123");
        assert!(matches!(check_key(&config), Err(SecretError::BadKey)));

        config.cluster.key = Secret::new(&"ab".repeat(32));
        config.peer.certificate_file = Some("node-a.pem".into());
        assert!(check_key(&config).is_ok());
        assert_eq!(company(&config), Company::Others);
    }

    #[test]
    fn an_address_in_use_is_told_apart_from_one_that_cannot_be() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let foreign = "192.0.2.1:80".parse().unwrap();

        assert_eq!(check_address("agent", taken.local_addr().unwrap()), Ok("in use"));
        assert!(check_address("agent", foreign).unwrap_err().contains("cannot be opened"));
    }
}
