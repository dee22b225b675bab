//! `[workflow]`: what becomes of interactions.

use crate::config::spec::{Opt, Section};
use std::path::{Path, PathBuf};

/// The word for the workflow that is shipped.
const SHIPPED: &str = "default";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowSection {
    /// `file`
    pub file: Option<PathBuf>,
    /// `record`
    pub record: Option<PathBuf>,
}

impl WorkflowSection {
    /// Whether the one that is shipped is meant.
    pub fn is_shipped(&self) -> bool {
        self.file.as_deref() == Some(Path::new(SHIPPED))
    }
}

impl Section for WorkflowSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "file",
            |s: &mut Self| &mut s.file,
            "File with queues, views and strategies (`docs/workflow.md`), or `default` for the one that is \
         shipped. The same on every node; read at the start. Without it whatever waits in any queue is \
         offered to whoever has been ready the longest.",
        ),
        Opt::new(
            "record",
            |s: &mut Self| &mut s.record,
            "Folder that gets a file for each day (UTC) with all that happens to interactions and agents \
             while the routing domain is at this node, for `holdfast workflow record`. It holds what \
             customers said of themselves; remove what is not needed any more.",
        ),
    ];
}
