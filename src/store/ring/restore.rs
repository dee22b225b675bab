//! What lower claims left of a thing (S7): the newest header among them, and the events that follow
//! it without a hole. Every read here begins after the fences were acknowledged.

use super::rows::{EventRow, HeaderRow};
use super::store::{RingStore, damaged};
use crate::base::{ClaimRow, Epoch, Position, ThingId};
use crate::owned::StoreError;

/// The stored past of a thing, before anybody understands its words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// With its whole body, wherever that was kept.
    pub header: Option<HeaderRow>,
    pub events: Vec<EventRow>,
}

impl Past {
    /// Whether nothing ever happened.
    pub fn is_blank(&self) -> bool {
        let upto = self.header.as_ref().map_or(Position::NONE, |header| header.upto);
        upto == Position::NONE && self.events.is_empty()
    }
}

/// Walks down the claims, newest first, until one has a header. A claim without one was never served
/// under, and what lies below the header was sealed into it. Rows of other epochs are not even read.
pub async fn restore(
    store: &RingStore,
    thing: &ThingId,
    claims: &[ClaimRow],
) -> Result<Past, StoreError> {
    let mut newest_first: Vec<_> = claims.iter().collect();
    newest_first.sort_by_key(|claim| std::cmp::Reverse(claim.epoch));
    for claim in newest_first {
        let header = store.redrive.step(|| store.rows.header(thing, claim)).await?;
        let Some(header) = header else { continue };
        let upto = header.upto;
        let header = with_parts(store, thing, claim.epoch, header).await?;
        let events = events_after(store, thing, claim.epoch, upto).await?;
        return Ok(Past { header: Some(header), events: whole_run(events) });
    }
    Ok(Past::default())
}

async fn with_parts(
    store: &RingStore,
    thing: &ThingId,
    epoch: Epoch,
    header: HeaderRow,
) -> Result<HeaderRow, StoreError> {
    if header.n_parts == 0 {
        return Ok(header);
    }
    let parts = store.redrive.step(|| store.rows.parts(thing, epoch)).await?;
    if usize::try_from(header.n_parts) != Ok(parts.len()) {
        let what = format!("{} of {} parts of a header are there", parts.len(), header.n_parts);
        return Err(damaged(thing, what));
    }
    Ok(HeaderRow { body: parts.concat(), ..header })
}

/// The events after a position. An owner writes a position only when the one below it was
/// acknowledged, so whatever stands above a hole shows that the replicas that answered have lost
/// something: a store that is killed as a whole may lose its last tenth of a second. Then all of them
/// are asked. What none of them has is told, and never passed over in silence.
async fn events_after(
    store: &RingStore,
    thing: &ThingId,
    epoch: Epoch,
    upto: Position,
) -> Result<Vec<EventRow>, StoreError> {
    for _ in 0..2 {
        // A row that was still on its way to somebody is there at the second look.
        let events = store.redrive.step(|| store.rows.events(thing, epoch, upto)).await?;
        if hole(&events, upto).is_none() {
            return Ok(events);
        }
    }
    let asked = store.redrive.step(|| store.rows.events_of_all(thing, epoch, upto)).await;
    let events = asked.map_err(|error| {
        let what = "an event is missing below others, and not all replicas can be asked for it";
        damaged(thing, format!("{what}: {error}"))
    })?;
    if let Some(missing) = hole(&events, upto) {
        let what = "no replica has it, and later ones are there: the store has lost it";
        return Err(damaged(thing, format!("event {missing} is missing: {what}")));
    }
    tracing::error!(
        %thing,
        "a quorum had lost an event that one replica still has; the ring needs a repair"
    );
    Ok(events)
}

/// The first position that is missing below one that is there.
fn hole(events: &[EventRow], upto: Position) -> Option<Position> {
    let mut expected = upto.next();
    for event in events {
        if event.position != expected {
            return Some(expected);
        }
        expected = expected.next();
    }
    None
}

/// The events without the loose end of a wish. What was
/// acknowledged is always part of it: an owner never writes a position before the one below it was
/// acknowledged, nor acknowledges half a wish.
fn whole_run(mut events: Vec<EventRow>) -> Vec<EventRow> {
    let n_whole = events.iter().rposition(|event| event.more == 0).map_or(0, |last| last + 1);
    events.truncate(n_whole);
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_a_position_below_one_that_is_there() {
        let rows = [row(3, 0), row(4, 0), row(6, 0)];

        assert_eq!(hole(&rows, Position(2)), Some(Position(5)));
        assert_eq!(hole(&rows, Position(1)), Some(Position(2)));
        assert_eq!(hole(&rows[..2], Position(2)), None);
        assert_eq!(hole(&[], Position(2)), None);
    }

    #[test]
    fn a_run_is_cut_back_to_the_last_whole_wish() {
        let rows = [row(1, 1), row(2, 0), row(3, 2), row(4, 1)];

        assert_eq!(positions(&whole_run(rows.to_vec())), [1, 2]);
        assert_eq!(positions(&whole_run(rows[2..].to_vec())), [0_u64; 0]);
    }

    fn positions(rows: &[EventRow]) -> Vec<u64> {
        rows.iter().map(|row| row.position.0).collect()
    }

    fn row(position: u64, more: u32) -> EventRow {
        let position = Position(position);
        EventRow { position, key: None, more, version: 1, body: String::new() }
    }
}
