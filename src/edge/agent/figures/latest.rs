//! The newest figures that this node has seen, for all who follow them.

use crate::interaction::statistics::RealTime;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long figures count as the newest. A little less than the shortest interval of a stream: one that
/// is alone sees new ones each time.
const NEW_FOR: Duration = Duration::from_millis(900);

/// Also that none could be had counts for so long: whoever follows is not kept waiting by all others.
#[derive(Default)]
pub struct Latest(Mutex<Option<(Instant, Option<Arc<RealTime>>)>>);

impl Latest {
    /// The newest figures, or what a look now shows. Who comes while somebody looks waits for what he
    /// sees.
    pub async fn or_look<F: Future<Output = Option<RealTime>>>(
        &self,
        look: impl FnOnce() -> F,
    ) -> Option<Arc<RealTime>> {
        let mut kept = self.0.lock().await;
        if let Some((seen_at, figures)) = &*kept
            && seen_at.elapsed() < NEW_FOR
        {
            return figures.clone();
        }
        let seen_at = Instant::now();
        let figures = look().await.map(Arc::new);
        *kept = Some((seen_at, figures.clone()));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Millis;
    use futures_util::future::join_all;
    use std::cell::Cell;

    #[actix_web::test]
    async fn all_who_follow_share_a_look_in_each_second() {
        tokio::time::pause();
        let (latest, n_looks) = (Latest::default(), Cell::new(0));
        let look = || async {
            n_looks.set(n_looks.get() + 1);
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some(figures(n_looks.get()))
        };

        let seen = join_all((0..50).map(|_| latest.or_look(look))).await;
        assert!(seen.iter().all(|seen| seen.as_ref().unwrap().now == Millis(1)));
        tokio::time::advance(Duration::from_millis(800)).await;
        assert_eq!(latest.or_look(look).await.unwrap().now, Millis(1));
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(latest.or_look(look).await.unwrap().now, Millis(2));

        assert_eq!(n_looks.get(), 2);
    }

    #[actix_web::test]
    async fn a_domain_that_cannot_be_reached_is_not_asked_by_each_in_turn() {
        tokio::time::pause();
        let (latest, n_looks) = (Latest::default(), Cell::new(0));
        let look = || async {
            n_looks.set(n_looks.get() + 1);
            None
        };

        let seen = join_all((0..50).map(|_| latest.or_look(look))).await;

        assert!(seen.iter().all(Option::is_none));
        assert_eq!(n_looks.get(), 1);
    }

    fn figures(n: u64) -> RealTime {
        RealTime {
            now: Millis(n),
            since: Millis(0),
            queues: vec![],
            agents: vec![],
            groups: vec![],
            places: vec![],
            views: vec![],
        }
    }
}
