//! A receiver of pushes as its developer would run it: `holdfast push-sink`, which can go and come back.

use crate::support::patience::eventually;
use crate::support::process::free_port;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use tempfile::TempDir;

pub const SECRET: &str = "correct horse battery staple";

pub struct Sink {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Sink {
    /// One that listens.
    pub async fn start(more: &[&str]) -> Self {
        let mut sink = Self::down();
        sink.come(more).await;
        sink
    }

    /// One that is not there yet.
    pub fn down() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), format!("{SECRET}\n")).unwrap();
        Self { port: free_port(), folder, child: None, heard: Arc::default() }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/push", self.port)
    }

    /// Begins to listen. What was heard before stays heard.
    pub async fn come(&mut self, more: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.arg("push-sink").arg("--listen").arg(format!("127.0.0.1:{}", self.port));
        command.arg("--secret-file").arg(self.folder.path().join("secret")).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (heard, greeting) = (self.heard.clone(), Arc::new(Mutex::new(None)));
        let greeted = greeting.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let told: Value = serde_json::from_str(&line).unwrap();
                if told["listens"].is_string() {
                    *greeted.lock().unwrap() = Some(());
                } else {
                    heard.lock().unwrap().push(told);
                }
            }
        });
        self.child = Some(child);
        eventually("the sink listens", || async { *greeting.lock().unwrap() }).await;
    }

    /// Ends as a power failure would end it.
    pub fn go(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn heard(&self) -> Vec<Value> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until so many pushes came.
    pub async fn until(&self, n: usize) -> Vec<Value> {
        eventually("pushes come", || async {
            let heard = self.heard();
            (n <= heard.len()).then_some(heard)
        })
        .await
    }

    /// Waits for a push that is as one wants it.
    pub async fn until_one(&self, fits: impl Fn(&Value) -> bool) -> Value {
        eventually("the push comes", || async { self.heard().into_iter().find(|one| fits(one)) })
            .await
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.go();
    }
}

/// The event of a push, or the reminder that it is.
pub fn message(push: &Value) -> &Value {
    &push["body"]["message"]["messages"][0]
}

pub fn texts(pushes: &[Value]) -> Vec<String> {
    let texts = pushes.iter().filter_map(|push| message(push)["text"].as_str());
    texts.map(str::to_owned).collect()
}
