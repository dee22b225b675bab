//! Cleaning up behind a sealed and verified claim (S9). Nobody waits for it, and what is left undone
//! is done by the next owner: the claim row goes last, so whatever is left can still be found.

use super::store::RingStore;
use crate::base::{Claim, ClaimRow};
use crate::owned::StoreError;
use std::time::Duration;

/// How long one deletion is driven before it is left to the next owner.
const PATIENCE: Duration = Duration::from_secs(30);

/// Deletes what lower claims left, all histories first and then the claims, the oldest first. To be
/// called only after the look at the lane that followed the seal.
pub async fn clean(store: RingStore, claim: Claim, mut below: Vec<ClaimRow>) {
    below.sort_by_key(|row| row.epoch);
    if let Err(error) = delete(&store, &claim, &below).await {
        tracing::debug!(thing = %claim.thing(), %error, "left something for the next owner to clean");
    }
}

async fn delete(store: &RingStore, claim: &Claim, below: &[ClaimRow]) -> Result<(), StoreError> {
    let (thing, by) = (claim.thing(), claim.epoch());
    for row in below {
        let delete = || store.rows.delete_epoch(thing, row, by);
        store.redrive.within(PATIENCE, delete).await?;
    }
    for row in below {
        let delete = || store.rows.delete_claim(thing, row.epoch, by);
        store.redrive.within(PATIENCE, delete).await?;
    }
    Ok(())
}
