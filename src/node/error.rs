//! Why a node does not start.

use crate::node::backend::BackendError;
use crate::node::listeners::ListenError;
use crate::node::responses::ResponsesError;
use crate::node::secrets::SecretError;
use crate::node::wiring::mail::MailError;
use crate::node::workflow::WorkflowError;
use crate::ownership::Absent;
use crate::tls::TlsError;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("failed to open the store")]
    Store(#[from] BackendError),
    #[error(transparent)]
    Certificates(#[from] TlsError),
    #[error(transparent)]
    Secrets(#[from] SecretError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("failed to take the standard responses")]
    Responses(#[from] ResponsesError),
    #[error("failed to take the workflow of [workflow] file")]
    Workflow(#[from] WorkflowError),
    #[error("failed to take [mail]")]
    Mail(#[from] MailError),
    #[error("failed to record what happens in the folder of [workflow] record")]
    Recording(#[source] std::io::Error),
    #[error("failed to serve")]
    Serve(#[source] std::io::Error),
    #[error("failed to listen to signals")]
    Signals(#[source] std::io::Error),
    #[error("failed to restore the routing domain")]
    Routing(#[source] Absent),
}
