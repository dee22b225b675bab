//! The transcript of a session as a document, for the contact's record and for people. It knows
//! nothing of stores and screens: it turns events into rows, and rows into text.
//!
//! ```text
//! Session + events --Document::of_record, of_customer--> Document { entries }
//!                                                 --to_xml, to_json, to_text--> String
//! ```
//!
//! Invariants: what a viewer may not see never becomes an entry; the shift of time never falls;
//! every text form can be read again, whatever somebody typed.
//!
//! Read in this order: [`entry`] (a row), [`gather`] (which events become rows), [`xml`],
//! [`json`], [`text`], [`shown`] (an old one with less in it), `characters` (what no document can hold).

mod characters;
pub mod entry;
pub mod gather;
pub mod json;
pub mod shown;
pub mod text;
pub mod xml;

#[cfg(test)]
mod tests;

pub use entry::{Document, Entry, UserInfo, What};
pub use gather::{SavedNotices, Source};
