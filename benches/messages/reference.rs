//! The least that an HTTP server of this kind does: takes a body, answers one of the same size as
//! the node's. What the node costs is also told as a ratio to this, from the same run.

use crate::apart::program;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Makes this program the reference server.
pub const ARGUMENT: &str = "reference-server";

/// How long the node's answers are, about.
const N_BYTES: usize = 470;

/// How long an idle connection may stay: longer than any is idle here.
const PATIENCE: Duration = Duration::from_secs(600);

pub struct Reference {
    child: Child,
    pub address: SocketAddr,
    _output: BufReader<ChildStdout>,
}

pub fn start() -> Reference {
    let mut command = Command::new("taskset");
    command.args(["-c", program::CORE]).arg(std::env::current_exe().unwrap()).arg(ARGUMENT);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    Reference { child, address: line.trim().parse().unwrap(), _output: output }
}

impl Reference {
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn serve() {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().default_service(web::to(answer)));
        let server = server
            .workers(1)
            .keep_alive(PATIENCE)
            .tcp_nodelay(true)
            .bind(("127.0.0.1", 0))
            .unwrap();
        println!("{}", server.addrs()[0]);
        server.run().await.unwrap();
    });
}

async fn answer(body: Bytes) -> HttpResponse {
    let n_bytes = if body.is_empty() { 0 } else { N_BYTES };
    HttpResponse::Ok().content_type("application/json").body("x".repeat(n_bytes))
}
