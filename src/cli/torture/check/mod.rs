//! The rules that a run is held against. Pure: what clients noted comes in, a book of what holds and
//! what does not goes out.
//!
//! [`history`] is what there is to know of a session; [`kept`], [`views`] and [`order`] are the rules
//! for one session, [`around`] those for what is around sessions. [`plant`] breaks histories, to
//! prove that the rules would notice.

pub mod around;
pub mod book;
pub mod history;
pub mod kept;
pub mod order;
pub mod plant;
pub mod views;

#[cfg(test)]
mod testing;

pub use book::{Book, Check, Entry, Findings};
pub use history::{
    Acked, Author, History, Line, Micros, Party, Sight, View, ViewKind, Viewer, What, Word,
};

/// Holds sessions against the rules that need nothing else.
pub fn examine<'a>(histories: impl IntoIterator<Item = &'a History>) -> Book {
    let mut book = Book::default();
    for history in histories {
        kept::check(history, &mut book);
        views::check(history, &mut book);
        order::check(history, &mut book);
    }
    book
}
