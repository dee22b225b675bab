//! `[node]`: who this node is, where it keeps its data, how it starts and stops; and
//! `[node-clients.<name>]`: who may take it out of rotation.

use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone)]
pub struct NodeSection {
    /// `name`
    pub name: String,
    /// `data-folder`
    pub data_folder: PathBuf,
    /// `app-name`
    pub app_name: String,
    /// `arbiters`
    pub arbiters: u64,
    /// `drain-timeout`
    pub drain_timeout: Duration,
    /// `stop-timeout`
    pub stop_timeout: Duration,
}

impl Default for NodeSection {
    fn default() -> Self {
        Self {
            name: "node-a".into(),
            data_folder: "./data".into(),
            app_name: "holdfast".into(),
            arbiters: 0,
            drain_timeout: Duration::from_secs(300),
            stop_timeout: Duration::from_secs(10),
        }
    }
}

impl Section for NodeSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "name",
            |s: &mut Self| &mut s.name,
            "Name of this node, 1 to 32 of `a`–`z`, `0`–`9`, `-`. Must stay the same over \
             restarts and be unlike that of any other node.",
        ),
        Opt::new(
            "data-folder",
            |s: &mut Self| &mut s.data_folder,
            "Folder of the embedded store. Locked while a node uses it.",
        ),
        Opt::new(
            "app-name",
            |s: &mut Self| &mut s.app_name,
            "What interactions carry as `ChatServerAppName`.",
        ),
        Opt::new(
            "arbiters",
            |s: &mut Self| &mut s.arbiters,
            "Threads that run sessions; 0 means one per core.",
        )
        .within(0, 1024),
        Opt::new(
            "drain-timeout",
            |s: &mut Self| &mut s.drain_timeout,
            "Most time that handing sessions over may take when the node is told to stop. \
             It ends as soon as there is nothing left to hand over. With one node there is \
             nobody to hand over to.",
        )
        .within(0, 86_400),
        Opt::new(
            "stop-timeout",
            |s: &mut Self| &mut s.stop_timeout,
            "How long requests and pushes on their way may take to end before the node stops \
             without them.",
        )
        .within(1, 3_600),
    ];
}

#[derive(Clone, Default)]
pub struct NodeClient {
    /// `password-hash`
    pub password_hash: Secret,
}

impl Section for NodeClient {
    const OPTIONS: &'static [Opt<Self>] = &[Opt::new(
        "password-hash",
        |s: &mut Self| &mut s.password_hash,
        "Argon2id hash of the password, made by `holdfast hash-password`.",
    )];
}
