//! What a drill says while the torture goes on: lines from the standard input, a FIFO or a file.

use crate::cli::talk::input;
use crate::cli::torture::phase::Control;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long to leave a file alone at its end. A FIFO ends whenever nobody writes to it.
const PAUSE: Duration = Duration::from_millis(100);

const MOST_LINES: usize = 64;

/// The lines as they come. Without a file there are none.
pub fn lines(file: Option<&Path>) -> Option<mpsc::Receiver<String>> {
    match file {
        None => None,
        Some(file) if file == Path::new("-") => Some(input::lines()),
        Some(file) => {
            let (sender, lines) = mpsc::channel(MOST_LINES);
            let file = file.to_owned();
            std::thread::spawn(move || follow(&file, &sender));
            Some(lines)
        }
    }
}

/// A line that was read, or what is wrong with it.
pub fn read(line: &str) -> Result<Option<Control>, String> {
    Control::of_line(line)
}

/// Reads on and on: what is opened may be a FIFO, and what is not there may come.
fn follow(file: &PathBuf, sender: &mpsc::Sender<String>) {
    let mut reader = loop {
        match File::open(file) {
            Ok(file) => break BufReader::new(file),
            Err(_) => std::thread::sleep(PAUSE),
        }
        if sender.is_closed() {
            return;
        }
    };
    let mut line = String::new();
    while !sender.is_closed() {
        match reader.read_line(&mut line) {
            Ok(_) if line.ends_with('\n') => {
                if sender.blocking_send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
            // The end for now; half a line stays until its other half comes.
            Ok(_) | Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn lines_of_a_file_come_as_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control");
        let mut lines = lines(Some(&path)).unwrap();
        let mut file = File::create(&path).unwrap();

        file.write_all(b"phase fault\nphase pla").unwrap();
        assert_eq!(lines.blocking_recv().unwrap(), "phase fault\n");
        file.write_all(b"nned\n").unwrap();
        assert_eq!(lines.blocking_recv().unwrap(), "phase planned\n");
    }
}
