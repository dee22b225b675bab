//! What is noted to be purged before it is over.

use super::Rig;
use crate::base::Millis;
use crate::ownership::door::OwnerTable;
use crate::store::contract::{append, claim, lane, line, lines, open, read, seal};

const HOUR: u64 = 3_600_000;

#[tokio::test(start_paused = true)]
async fn a_note_that_came_before_the_end_counts_at_the_end() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    open(&store, &mine, &[]).await.unwrap();
    seal(&store, &mine, 0, &[]).await.unwrap();
    append(&store, &mine, &[line(1, "a")]).await.unwrap();

    link.note_purge(5, mine.thing()).await.unwrap();
    for now in [8, 20] {
        assert_eq!(store.purge(Millis(now * HOUR)).await, Ok(0), "it is not over");
    }
    store.close(&mine, Millis(1_000 * HOUR)).await.unwrap();

    assert_eq!(store.purge(Millis(21 * HOUR)).await, Ok(1));
    assert_eq!(read(&store, "s").await, Ok(lines(&[])));
}
