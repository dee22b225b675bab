//! What is heard: each message must come once and in its order, and how soon it comes counts from when
//! it was due.

use super::clock;
use hdrhistogram::Histogram;
use std::collections::HashMap;

/// What somebody listens for, and has heard. A message is its mark, then the number of its chat, its own
/// number there, and when it was due, parted by spaces.
pub struct Heard {
    /// What stands before the words of a message that counts.
    opening: String,
    pub latency: Histogram<u64>,
    pub n_messages: u64,
    /// The number of the newest message of each chat.
    pub newest: HashMap<usize, u64>,
}

impl Heard {
    pub fn of(mark: char, latency: Histogram<u64>) -> Self {
        let opening = format!("\"text\":\"{mark}");
        Self { opening, latency, n_messages: 0, newest: HashMap::new() }
    }

    /// Takes in what came over one line. Only new messages are told in it.
    pub fn take(&mut self, text: &str) {
        let now = clock::now();
        for words in text.split(&self.opening).skip(1) {
            let mut words = words.split(' ').map(|word| word.parse::<u64>());
            let (Some(Ok(chat)), Some(Ok(number)), Some(Ok(due))) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let newest = self.newest.entry(usize::try_from(chat).unwrap()).or_default();
            assert_eq!(number, *newest + 1, "chat {chat}: a message is missing or came twice");
            *newest = number;
            self.n_messages += 1;
            self.latency.saturating_record(now.saturating_sub(due));
        }
    }
}
