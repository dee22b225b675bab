//! The program at a terminal: a child whose lines are read as they come and to which lines are
//! typed. What is waited for is looked for in everything that it has ever written.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(120);

pub struct Screen {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    written: Arc<Written>,
}

#[derive(Default)]
struct Written {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    /// On the standard output.
    conversation: Vec<String>,
    all: Vec<String>,
    n_ended: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Errors,
}

impl Screen {
    pub fn start(name: &'static str, arguments: &[&str]) -> Self {
        let mut command = program(arguments, &[]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let written = Arc::new(Written::default());
        read(child.stdout.take().unwrap(), Stream::Output, written.clone());
        read(child.stderr.take().unwrap(), Stream::Errors, written.clone());
        let input = child.stdin.take();
        Self { name, child, input, written }
    }

    pub fn types(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    pub fn stops_typing(&mut self) {
        self.input = None;
    }

    /// Waits for a line with these words, and gives it back.
    #[track_caller]
    pub fn waits_for(&self, words: &str) -> String {
        let find = |lines: &Lines| lines.all.iter().find(|line| line.contains(words)).cloned();
        let lines = self.written.lines.lock().unwrap();
        let waiting = |lines: &mut Lines| find(lines).is_none() && lines.n_ended < 2;
        let (lines, _) = self.written.more.wait_timeout_while(lines, DEADLINE, waiting).unwrap();
        find(&lines).unwrap_or_else(|| {
            panic!("{} waits in vain for '{words}':\n{}", self.name, lines.all.join("\n"))
        })
    }

    /// What was said, without times and without the numbers of chats.
    pub fn conversation(&self) -> Vec<String> {
        let lines = self.written.lines.lock().unwrap();
        let words = |line: &String| line.split_once("] ").unwrap().1.to_owned();
        lines.conversation.iter().map(words).collect()
    }

    /// Waits for its end, and says how it ended.
    #[track_caller]
    pub fn ends(&mut self) -> Option<i32> {
        let lines = self.written.lines.lock().unwrap();
        let more = &self.written.more;
        let (lines, waited) =
            more.wait_timeout_while(lines, DEADLINE, |lines| lines.n_ended < 2).unwrap();
        assert!(!waited.timed_out(), "{} does not end:\n{}", self.name, lines.all.join("\n"));
        drop(lines);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Already ended, in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program to its end: its exit code, its output, its complaints.
pub fn holdfast(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let output = program(arguments, environment).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The program, untouched by the files and the environment of whoever runs the tests.
fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

fn read(stream: impl Read + Send + 'static, kind: Stream, written: Arc<Written>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let line = line.unwrap();
            let mut lines = written.lines.lock().unwrap();
            if kind == Stream::Output {
                lines.conversation.push(line.clone());
            }
            lines.all.push(line);
            written.more.notify_all();
        }
        written.lines.lock().unwrap().n_ended += 1;
        written.more.notify_all();
    });
}
