//! A mail server of a few words, which takes what it is given, or has the whims that a test wishes.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The end of a mail, where a whim may wait as for a command.
pub const END: &str = ".";

#[derive(Clone)]
pub struct MailServer {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    tls: Option<Arc<ServerConfig>>,
    taken: Mutex<Vec<Mail>>,
    /// The next commands of these words are answered so; with nothing in it, not at all.
    whims: Mutex<VecDeque<(&'static str, &'static str)>>,
}

#[derive(Clone, Debug)]
pub struct Mail {
    pub was_encrypted: bool,
    /// What was said to log in.
    pub login: String,
    pub to: String,
    /// With its headers, as it came.
    pub text: String,
}

/// What a client has said so far.
#[derive(Default)]
struct Talk {
    is_encrypted: bool,
    login: String,
    to: String,
}

impl MailServer {
    /// With a configuration of TLS it offers STARTTLS, and lets people log in behind it.
    pub fn start(tls: Option<ServerConfig>, whims: &[(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tls, whims) = (tls.map(Arc::new), Mutex::new(whims.iter().copied().collect()));
        let state = Arc::new(State { tls, taken: Mutex::default(), whims });
        let served = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = served.clone();
                std::thread::spawn(move || state.serve(stream.unwrap()));
            }
        });
        Self { port, state }
    }

    /// Whether each whim was met.
    pub fn has_no_more_whims(&self) -> bool {
        self.state.whims.lock().unwrap().is_empty()
    }

    pub fn taken(&self) -> Vec<Mail> {
        self.state.taken.lock().unwrap().clone()
    }
}

impl Mail {
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        let line = self.text.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.text))
    }
}

impl State {
    fn serve(&self, mut stream: TcpStream) {
        say(&mut stream, "220 here");
        if self.talk(&mut stream, Talk::default()) {
            let tls = self.tls.clone().unwrap();
            let connection = ServerConnection::new(tls).unwrap();
            let talk = Talk { is_encrypted: true, ..Talk::default() };
            self.talk(&mut StreamOwned::new(connection, stream), talk);
        }
    }

    /// Until the client goes, or wants to go on encrypted.
    fn talk(&self, stream: &mut (impl Read + Write), mut talk: Talk) -> bool {
        while let Some(line) = line(stream) {
            let word = line.split([' ', ':']).next().unwrap().to_uppercase();
            if let Some(whim) = self.whim(&word) {
                say(stream, whim);
                continue;
            }
            match (word.as_str(), &self.tls) {
                ("EHLO", Some(_)) if talk.is_encrypted => say(stream, "250-test\r\n250 AUTH PLAIN"),
                ("EHLO", Some(_)) => say(stream, "250-test\r\n250 STARTTLS"),
                ("STARTTLS", Some(_)) => {
                    say(stream, "220 go on");
                    return true;
                }
                ("AUTH", _) => {
                    talk.login = line;
                    say(stream, "235 welcome");
                }
                ("RCPT", _) => {
                    talk.to = line.trim_start_matches("RCPT TO:").to_owned();
                    say(stream, "250 ok");
                }
                ("DATA", _) => {
                    say(stream, "354 go on");
                    self.take(stream, &talk);
                }
                ("QUIT", _) => {
                    say(stream, "221 bye");
                    return false;
                }
                _ => say(stream, "250 ok"),
            }
        }
        false
    }

    /// A mail whose end is not answered was taken.
    fn take(&self, stream: &mut (impl Read + Write), talk: &Talk) {
        let mut text = String::new();
        while let Some(line) = line(stream).filter(|line| line != END) {
            text.push_str(&line);
            text.push('\n');
        }
        let whim = self.whim(END);
        if whim.is_none_or(str::is_empty) {
            let Talk { is_encrypted: was_encrypted, login, to } = talk;
            let (was_encrypted, login, to) = (*was_encrypted, login.clone(), to.clone());
            self.taken.lock().unwrap().push(Mail { was_encrypted, login, to, text });
        }
        say(stream, whim.unwrap_or("250 taken"));
    }

    fn whim(&self, word: &str) -> Option<&'static str> {
        let mut whims = self.whims.lock().unwrap();
        let is_met = whims.front().is_some_and(|(at, _)| *at == word);
        if is_met { whims.pop_front().map(|(_, answer)| answer) } else { None }
    }
}

/// One by one, so that nothing is read that belongs to what comes encrypted.
fn line(stream: &mut impl Read) -> Option<String> {
    let (mut line, mut byte) = (vec![], [0]);
    while stream.read_exact(&mut byte).is_ok() {
        if byte[0] == b'\n' {
            return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        line.push(byte[0]);
    }
    None
}

/// Whoever is gone hears nothing.
fn say(stream: &mut impl Write, line: &str) {
    if !line.is_empty() {
        let _ = stream.write_all(format!("{line}\r\n").as_bytes()).and_then(|()| stream.flush());
    }
}
