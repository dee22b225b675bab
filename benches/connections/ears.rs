//! What is heard: each message must come once and in its order, and how soon it comes counts from when
//! it was due.

use crate::watch;
use hdrhistogram::Histogram;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Makes a message as long as people's are: an event of some 340 bytes.
const FILLER: &str = "and so it went on for a while until somebody asked where the order was and \
                      whether it would still come today or rather on Monday since nobody is at home";

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Customer,
    Agent,
}

impl Whose {
    fn mark(self) -> char {
        match self {
            Self::Customer => 'c',
            Self::Agent => 'a',
        }
    }
}

/// A message of a chat, by its number there.
pub fn words(whose: Whose, chat: usize, number: u64, due: u64) -> String {
    format!("{}{chat} {number} {due} {FILLER}", whose.mark())
}

/// What somebody listens for, and has heard.
pub struct Heard {
    pub whose: Whose,
    pub latency: Histogram<u64>,
    pub n_messages: u64,
    /// The number of the newest message of each chat.
    newest: HashMap<usize, u64>,
}

pub type Ears = Rc<RefCell<Heard>>;

pub fn ears(whose: Whose) -> Ears {
    let (latency, newest) = (watch::histogram(), HashMap::new());
    Rc::new(RefCell::new(Heard { whose, latency, n_messages: 0, newest }))
}

impl Heard {
    /// Whether anything was said in a chat.
    pub fn has_heard(&self, chat: usize) -> bool {
        self.newest.contains_key(&chat)
    }

    /// Takes in what came over one line. Only new messages are told in it.
    pub fn take(&mut self, text: &str) {
        let now = watch::now();
        for words in text.split(&format!("\"text\":\"{}", self.whose.mark())).skip(1) {
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
