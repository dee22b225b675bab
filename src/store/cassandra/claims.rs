//! Claims and fences: the tables `owner` and `fences`.

use crate::base::{Claim, Epoch, Lane, Position, ThingId};
use crate::ownership::claim::{ClaimRow, Location, Released};
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::timeuuid::{epoch, stamp, timeuuid};
use crate::store::ring::rows::{Fence, NoAnswer};
use scylla::value::CqlTimeuuid;

/// A claim's own columns. A partition that has only its static cell gives one row without them.
pub type Columns = (Option<CqlTimeuuid>, Option<String>, Option<String>);

pub async fn newest(session: CassandraSession, thing: ThingId) -> Result<Location, NoAnswer> {
    let statement = &session.statements().newest_claim;
    type Row = (Option<CqlTimeuuid>, Option<String>, Option<String>, Option<i64>, Option<bool>);
    let row: Option<Row> = session.row(statement, (thing.as_str(),)).await?;
    let Some((start, creator, released, n, closed)) = row else { return Ok(Location::default()) };
    let newest = claim_row((start, creator, released));
    let upto = Position(n.and_then(|n| u64::try_from(n).ok()).unwrap_or_default());
    Ok(Location { newest, upto, closed: closed.unwrap_or(false) })
}

pub async fn all(session: CassandraSession, thing: ThingId) -> Result<Vec<ClaimRow>, NoAnswer> {
    let statement = &session.statements().claims;
    let rows: Vec<Columns> = session.rows(statement, (thing.as_str(),)).await?;
    Ok(rows.into_iter().filter_map(claim_row).collect())
}

pub async fn insert(
    session: CassandraSession,
    thing: ThingId,
    epoch: Epoch,
    lane: Lane,
) -> Result<(), NoAnswer> {
    let values = (thing.as_str(), timeuuid(epoch), creator(&lane, epoch), stamp(epoch));
    session.write(&session.statements().insert_claim, values).await
}

/// The whole row again: whoever cleaned it away stays above it, and whoever reads it half finds
/// nothing missing.
pub async fn insert_release(
    session: CassandraSession,
    claim: Claim,
    why: Released,
    upto: Position,
) -> Result<(), NoAnswer> {
    let epoch = claim.epoch();
    let values = (
        claim.thing().as_str(),
        timeuuid(epoch),
        creator(claim.lane(), epoch),
        word(why),
        upto.0.cast_signed(),
        stamp(epoch) + 1,
    );
    session.write(&session.statements().insert_release, values).await
}

pub async fn delete(
    session: CassandraSession,
    thing: ThingId,
    epoch: Epoch,
    by: Epoch,
) -> Result<(), NoAnswer> {
    let values = (stamp(by), thing.as_str(), timeuuid(epoch));
    session.write(&session.statements().delete_claim, values).await
}

pub async fn fences(session: CassandraSession, lane: Lane) -> Result<Vec<Fence>, NoAnswer> {
    let statement = &session.statements().fences;
    let rows: Vec<(String, CqlTimeuuid)> = session.rows(statement, (lane.to_string(),)).await?;
    let fence = |(thing, below)| Fence { thing: ThingId(thing), below: epoch(below) };
    Ok(rows.into_iter().map(fence).collect())
}

pub async fn insert_fence(
    session: CassandraSession,
    lane: Lane,
    thing: ThingId,
    below: Epoch,
) -> Result<(), NoAnswer> {
    let values = (lane.to_string(), thing.as_str(), timeuuid(below), stamp(below));
    session.write(&session.statements().insert_fence, values).await
}

/// Who wrote under a claim, as the guide's column `creatorid` tells it. Ours are `<lane>:<epoch>`, a
/// stranger's is what it wrote.
pub fn creator(lane: &Lane, epoch: Epoch) -> String {
    if lane.is_strange() {
        return lane.node.to_string();
    }
    format!("{lane}:{epoch}")
}

/// A claim as its columns tell it; nothing if there is none.
pub fn claim_row((start, creator, released): Columns) -> Option<ClaimRow> {
    let epoch = epoch(start?);
    let creator = creator.unwrap_or_default();
    let ours = creator.rsplit_once(':').filter(|(_, own)| own.parse() == Ok(epoch));
    let lane = ours.and_then(|(lane, _)| lane.parse().ok());
    let lane = lane.unwrap_or_else(|| Lane::of_stranger(&creator));
    Some(ClaimRow { epoch, lane, released: released.as_deref().and_then(named) })
}

fn word(why: Released) -> &'static str {
    match why {
        Released::Moved => "moved",
        Released::Asleep => "asleep",
    }
}

/// A word of a later version is none we could rely on: the claim then counts as not released, which
/// only costs a fence.
fn named(word: &str) -> Option<Released> {
    match word {
        "moved" => Some(Released::Moved),
        "asleep" => Some(Released::Asleep),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_comes_back_from_its_columns() {
        let lane = Lane { node: "node-a".into(), boot: "b1".into(), k: 3 };
        let start = Epoch { micros: 5_000_000, tie: -7 };

        let row = claim_row((Some(timeuuid(start)), Some(creator(&lane, start)), None)).unwrap();

        assert_eq!(row, ClaimRow { epoch: start, lane, released: None });
    }

    #[test]
    fn a_creator_that_names_no_lane_of_ours_is_a_stranger() {
        let start = Epoch { micros: 5_000_000, tie: -7 };

        for name in ["ChatServer_1", "a:b:0", "a:b:0:1.2", ""] {
            let row = claim_row((Some(timeuuid(start)), Some(name.to_owned()), None)).unwrap();

            assert!(row.lane.is_strange(), "{name}");
            assert_eq!(creator(&row.lane, row.epoch), name);
        }
    }

    #[test]
    fn a_row_without_a_claim_is_none_and_an_unknown_release_is_none() {
        assert_eq!(claim_row((None, None, None)), None);
        let start = timeuuid(Epoch { micros: 1, tie: 1 });
        let row = claim_row((Some(start), None, Some("split".to_owned()))).unwrap();
        assert_eq!(row.released, None);
    }
}
