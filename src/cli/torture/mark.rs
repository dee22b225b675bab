//! What a message of the torture says of itself: which one it is, and a sum over that, so that one
//! that was changed, mixed up or invented on the way is known. Pure.

use crate::cli::torture::check::{Author, Sight};
use aws_lc_rs::digest;
use std::fmt::Write;

/// Begins every text, so that those of others are told apart.
const SIGN: &str = "torture-1";

/// Which message a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub session: String,
    pub author: Author,
    /// The number of the message among those of its author in this session, from 1 on.
    pub cseq: u32,
    /// Under which name it is sent again.
    pub key: String,
    pub sight: Sight,
}

/// What a text turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Genuine(Mark),
    /// One of ours once; not any more.
    Damaged,
    Foreign,
}

impl Mark {
    pub fn to_text(&self) -> String {
        let Self { session, author, cseq, key, sight } = self;
        let plain = format!("{SIGN} {session} {} {cseq} {key} {}", author.name(), sight.name());
        let sum = sum(&plain);
        format!("{plain} {sum}")
    }
}

/// What this text is.
pub fn read(text: &str) -> Read {
    if !text.starts_with(SIGN) {
        return Read::Foreign;
    }
    let genuine = text.rsplit_once(' ').filter(|(plain, found)| sum(plain) == *found);
    match genuine.and_then(|(plain, _)| parse(plain)) {
        Some(mark) => Read::Genuine(mark),
        None => Read::Damaged,
    }
}

fn parse(plain: &str) -> Option<Mark> {
    let words: Vec<&str> = plain.split(' ').collect();
    let [_, session, author, cseq, key, sight] = words[..] else { return None };
    Some(Mark {
        session: session.to_owned(),
        author: Author::of_name(author)?,
        cseq: cseq.parse().ok()?,
        key: key.to_owned(),
        sight: Sight::of_name(sight)?,
    })
}

fn sum(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_which_message_it_is() {
        let text = mark().to_text();

        assert_eq!(read(&text), Read::Genuine(mark()));
    }

    #[test]
    fn a_text_that_was_changed_cut_or_is_of_others_is_known() {
        let text = mark().to_text();

        assert_eq!(read(&text.replace(" 7 ", " 8 ")), Read::Damaged);
        assert_eq!(read(&text[..text.len() - 1]), Read::Damaged);
        assert_eq!(read("hello"), Read::Foreign);
    }

    fn mark() -> Mark {
        let (session, key) = ("S".to_owned(), "t-1-a-7".to_owned());
        Mark { session, author: Author::Agent, cseq: 7, key, sight: Sight::Agents }
    }
}
