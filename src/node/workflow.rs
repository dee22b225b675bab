//! The workflow, read when the node starts.

use crate::config::WorkflowSection;
use crate::workflow::{Finding, Process};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the workflow cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    #[error("failed to read {path}", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}", listed(.0))]
    Faults(Vec<Finding>),
}

/// A workflow that can be run.
#[derive(Debug)]
pub struct Loaded {
    pub process: Arc<Process>,
    /// What will surprise.
    pub warnings: Vec<Finding>,
}

/// What is configured; nothing if nothing is.
pub fn load(section: &WorkflowSection) -> Result<Option<Loaded>, WorkflowError> {
    let Some(path) = &section.file else { return Ok(None) };
    if section.is_shipped() {
        let process = Arc::new(Process::shipped().clone());
        return Ok(Some(Loaded { process, warnings: vec![] }));
    }
    let text = fs::read_to_string(path)
        .map_err(|source| WorkflowError::Unreadable { path: path.clone(), source })?;
    let reading = Process::read(&text);
    if !reading.is_usable() {
        return Err(WorkflowError::Faults(reading.faults().cloned().collect()));
    }
    Ok(Some(Loaded { process: Arc::new(reading.process), warnings: reading.findings }))
}

fn listed(faults: &[Finding]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_fault_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("centre.toml");
        fs::write(&path, "[queues.a]\nviews = [{ name = 'v', strategy = 'none' }]\n").unwrap();

        let error = load(&WorkflowSection { file: Some(path), ..Default::default() })
            .unwrap_err()
            .to_string();

        assert!(error.contains("names no strategy: 'none'"), "{error}");
    }

    #[test]
    fn without_a_file_there_is_no_workflow_and_the_shipped_one_has_a_word() {
        assert!(load(&WorkflowSection::default()).unwrap().is_none());
        let shipped = WorkflowSection { file: Some("default".into()), ..Default::default() };
        let process = load(&shipped).unwrap().unwrap().process;

        assert_eq!(*process, *Process::shipped());
        assert!(
            load(&WorkflowSection { file: Some("/nowhere".into()), ..Default::default() }).is_err()
        );
    }
}
