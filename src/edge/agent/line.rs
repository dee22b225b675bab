//! The connection below a socket, so that one whose client neither reads nor goes away can be ended:
//! a writer that waits for such a client would otherwise wait for ever.

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::any::Any;
use std::net::{Shutdown, TcpStream as StdStream};
use std::os::fd::AsFd;
use std::sync::Arc;

#[derive(Clone)]
pub struct Line(Arc<StdStream>);

impl Line {
    pub fn hang_up(&self) {
        // It may be closed already, which is as good.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// To be given to `HttpServer::on_connect` of the agent listener.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    match stream.as_fd().try_clone_to_owned() {
        Ok(descriptor) => drop(data.insert(Line(Arc::new(StdStream::from(descriptor))))),
        Err(error) => tracing::debug!(%error, "failed to keep a connection's handle"),
    }
}
