//! A slow walk over everything that was ever claimed and is not closed, a piece of the ring at a
//! time, so that no node of it is asked for much at once.

use crate::base::ThingId;
use crate::ownership::claim::ClaimRow;
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::claims::claim_row;
use crate::store::ring::rows::NoAnswer;
use scylla::value::CqlTimeuuid;

/// Into how many pieces the ring is cut: 2 to the power of this.
const PIECES: u32 = 8;

type Columns = (String, Option<CqlTimeuuid>, Option<String>, Option<String>, Option<bool>);

pub async fn open_things(session: CassandraSession) -> Result<Vec<(ThingId, ClaimRow)>, NoAnswer> {
    let statement = &session.statements().sweep;
    let mut found = Vec::new();
    for (above, upto) in pieces() {
        let rows: Vec<Columns> = session.rows(statement, (above, upto)).await?;
        found.extend(rows.into_iter().filter_map(open_thing));
    }
    Ok(found)
}

fn open_thing((id, start, creator, released, closed): Columns) -> Option<(ThingId, ClaimRow)> {
    if closed == Some(true) {
        return None;
    }
    Some((ThingId(id), claim_row((start, creator, released))?))
}

/// Ranges of tokens, each above its first and up to its last. Nothing has the lowest token.
fn pieces() -> impl Iterator<Item = (i64, i64)> {
    let width = 1_i128 << (i64::BITS - PIECES);
    let lowest = i128::from(i64::MIN);
    let bound = move |n: i128| i64::try_from(lowest + n * width).unwrap_or(i64::MAX);
    (0..1_i128 << PIECES).map(move |n| (bound(n), bound(n + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_the_whole_ring_and_touch() {
        let pieces: Vec<_> = pieces().collect();

        assert_eq!(pieces.len(), 256);
        assert_eq!((pieces[0].0, pieces[255].1), (i64::MIN, i64::MAX));
        assert!(pieces.windows(2).all(|pair| pair[0].1 == pair[1].0));
    }
}
