//! How many files the process may have open at a time: each connection is one, each customer over
//! CometD holds one, and when there is none left nobody new comes in.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// With fewer a node runs out of connections long before anything else.
const FEW: u64 = 10_000;

/// Takes as many as the system lets this process have. Systems begin with few, for the sake of
/// programs that count them with `select`.
pub fn take_all() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    let now = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            current
        }
    };
    match now {
        Some(most) if most < FEW => tracing::warn!(
            most,
            "few files may be open at a time: no more connections than that, and each customer over \
             CometD holds one; raise it where the node is started (LimitNOFILE of systemd, `ulimit \
             -Hn`, `--ulimit nofile` of a container)"
        ),
        Some(most) => tracing::info!(most, "files that may be open at a time"),
        None => {}
    }
}
