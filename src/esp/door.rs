//! The one way by which anybody asks something of a session over ESP: the listener of other systems
//! and the strategies of this program itself. `node/wiring` fills it.

use crate::esp::answer::Answer;
use crate::esp::fault::Fault;
use crate::esp::request::Request;
use std::future::Future;
use std::pin::Pin;

pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, Fault>> + 'a>>;

pub trait Door: Send + Sync {
    /// Carries a request out, wherever the session lives. It waits as long as a request may take; with
    /// the same name of the request, whoever got no answer may ask again.
    fn ask(&self, request: Request) -> Answering<'_>;
}
