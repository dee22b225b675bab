//! What would have been if the strategies were others: a recorded day is lived through again by the
//! domain as it is, with a clock that jumps from one happening to the next.
//!
//! ```text
//! facts of the domain --recording--> day (lines of JSON) --customers--> who is how patient, with dice
//!                                                        --play-------> what came of it --figures--> table
//! ```
//!
//! [`day`] is the format, [`recording`] makes one from facts, [`customers`] fills in what nobody can
//! know, [`mod@play`] lives it through, [`figures`] counts.

pub mod customers;
pub mod day;
pub mod figures;
pub mod play;
pub mod recording;

#[cfg(test)]
mod tests;

pub use day::{Day, DayFault};
pub use figures::{Figures, table};
pub use play::play;
pub use recording::record;
