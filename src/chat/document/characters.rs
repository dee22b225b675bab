//! Characters that no document can hold, and how a text goes without them.

use std::borrow::Cow;

/// The text without the characters outside XML 1.0's `Char`. (A reference to one is forbidden too,
/// so they can only go.)
pub fn for_xml(text: &str) -> Cow<'_, str> {
    keep(text, is_xml)
}

/// The text without anything that moves a cursor or colours a screen, beside tabs and line ends.
pub fn for_screen(text: &str) -> Cow<'_, str> {
    keep(text, |c| is_xml(c) && (!c.is_control() || matches!(c, '\t' | '\n')))
}

/// A name on one line.
pub fn for_name(text: &str) -> Cow<'_, str> {
    keep(text, |c| is_xml(c) && !c.is_control())
}

fn keep(text: &str, is_fine: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_fine) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| is_fine(*c)).collect())
}

fn is_xml(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => ' ' <= c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_goes_and_all_else_stays() {
        assert_eq!(
            for_xml("a\0\u{b}\u{1f}b\t\r\n\u{fffe}\u{ffff}\u{fffd}🙂"),
            "ab\t\r\n\u{fffd}🙂"
        );
        assert!(matches!(for_xml("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn what_steers_a_terminal_goes_from_a_screen() {
        assert_eq!(for_screen("a\u{1b}[2J\u{9b}b\r\n\tc"), "a[2Jb\n\tc");
        assert_eq!(for_name("a\nb"), "ab");
    }
}
