//! What a session's actor tells a connection. The queue between the two is short: when it is full,
//! nothing more is queued, and the connection asks for what is missing by position.

use crate::chat::door::News;
use crate::owned::{Hearing, Listener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Notify, mpsc};

/// How much of one session may wait for one connection. What waits are references to events that
/// the session holds anyway.
const MOST_NEWS: usize = 256;

/// The actor's end. It is dropped with the actor, which the other end notices.
#[derive(Clone)]
pub struct Push {
    news: mpsc::Sender<News>,
    lag: Arc<Lag>,
}

/// The connection's end.
pub struct Inbox {
    news: mpsc::Receiver<News>,
    lag: Arc<Lag>,
}

/// What comes out of an inbox.
pub enum Heard {
    News(News),
    /// Something was dropped: ask by position.
    Missed,
    /// The listener is gone: attach a new one.
    LetGo,
}

#[derive(Default)]
struct Lag {
    is_behind: AtomicBool,
    noticed: Notify,
}

/// The two ends for a connection. A clone of the first is another one for the same inbox.
pub fn channel() -> (Push, Inbox) {
    let (sender, receiver) = mpsc::channel(MOST_NEWS);
    let lag = Arc::new(Lag::default());
    (Push { news: sender, lag: lag.clone() }, Inbox { news: receiver, lag })
}

impl Listener<News> for Push {
    /// Never says that nobody is there: whose connection is lost, and when, is said by the
    /// connection itself.
    fn hear(&mut self, news: News) -> Hearing {
        if self.lag.is_behind.load(Ordering::Acquire) {
            return Hearing::Goes;
        }
        if let Err(mpsc::error::TrySendError::Full(_)) = self.news.try_send(news) {
            self.lag.is_behind.store(true, Ordering::Release);
            self.lag.noticed.notify_one();
        }
        Hearing::Goes
    }
}

impl Inbox {
    /// The next thing that was heard.
    pub async fn next(&mut self) -> Heard {
        tokio::select! {
            biased;
            () = self.lag.noticed.notified() => {
                self.forget_all();
                Heard::Missed
            }
            news = self.news.recv() => news.map_or(Heard::LetGo, Heard::News),
        }
    }

    /// All that waits is older than what will now be asked for.
    fn forget_all(&mut self) {
        while self.news.try_recv().is_ok() {}
        self.lag.is_behind.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Position;

    #[actix_web::test]
    async fn a_full_inbox_takes_no_more_and_says_so_once() {
        let (mut push, mut inbox) = channel();
        for n in 0..1_000 {
            assert_eq!(push.hear(news(n)), Hearing::Goes);
        }

        assert!(matches!(inbox.next().await, Heard::Missed));
        push.hear(news(1_000));
        assert!(matches!(inbox.next().await, Heard::News(_)));
        drop(push);
        assert!(matches!(inbox.next().await, Heard::LetGo));
    }

    fn news(upto: u64) -> News {
        News::Stored { lines: vec![], upto: Position(upto), is_over: false }
    }
}
