//! One who reads on from his position, and waits where nothing has come yet.

use super::ReadersPlace;
use super::trouble::Trouble;
use super::wire::{self, Told};
use crate::base::Position;
use crate::edge::agent::moving::Leaving;
use crate::edge::agent::refuse::Refused;
use crate::edge::handles::Handles;
use crate::interaction::journal::{NoPage, Page};
use crate::interaction::{Look, Sight};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How often somebody who waits looks again: the domain may live at any node, and at another one each
/// time, so he asks instead of being told.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub struct Reader {
    pub handles: Handles,
    /// Up to where he has read; nothing before he has begun with the oldest.
    pub after: Option<Position>,
    pub most: usize,
    pub leaving: Leaving,
    pub is_stopping: watch::Receiver<bool>,
    /// Whether its node wants it gone.
    pub has_left: bool,
    pub _place: ReadersPlace,
}

/// What was read, which may be nothing.
pub struct Read {
    pub told: Vec<Told>,
    pub next: Position,
    pub oldest: Position,
    pub last: Position,
}

impl Reader {
    /// Reads on, and waits until there is something to tell, the time is up, or the node lets its clients
    /// go. What cannot be had before the time is up is an error then.
    pub async fn read(&mut self, until: Instant) -> Result<Read, Trouble> {
        loop {
            let seen = self.look().await;
            let is_late = self.has_left || until <= Instant::now();
            match seen {
                Ok(Ok(page)) => {
                    let read = self.take(page);
                    let is_at_end = read.last <= read.next;
                    if !read.told.is_empty() || (is_late && is_at_end) {
                        return Ok(read);
                    }
                    // Behind a page of what nobody is told of there is another one.
                    if !is_at_end {
                        continue;
                    }
                }
                Ok(Err(NoPage::Gone { oldest })) => {
                    return Err(Trouble::Gone { after: self.position(), oldest });
                }
                Ok(Err(NoPage::Ahead { last })) if is_late => {
                    return Err(Trouble::Ahead { after: self.position(), last });
                }
                Err(refused) if is_late => return Err(Trouble::Refused(refused)),
                Ok(Err(NoPage::Ahead { .. })) | Err(_) => {}
            }
            self.pause(until).await;
        }
    }

    fn take(&mut self, page: Page) -> Read {
        let Page { events, oldest, last } = page;
        let next = events.last().map(|event| event.position).or(self.after).unwrap_or(oldest);
        self.after = Some(next);
        let told = events.iter().filter_map(|event| wire::told(event));
        Read { told: told.collect(), next, oldest, last }
    }

    fn position(&self) -> Position {
        self.after.unwrap_or(Position::NONE)
    }

    async fn look(&self) -> Result<Result<Page, NoPage>, Refused> {
        let look = Look::Journal { after: self.after, most: self.most };
        match self.handles.routing.look(&self.handles.routing_domain, look).await? {
            Sight::Journal(page) => Ok(page),
            Sight::Desk(_)
            | Sight::Figures(_)
            | Sight::RealTime(_)
            | Sight::Interaction(_)
            | Sight::WhyNotRouted(_)
            | Sight::Standing(_)
            | Sight::OnlineSessions(_)
            | Sight::Why(..)
            | Sight::Found(_)
            | Sight::Workbin(_)
            | Sight::Done => Err(Refused::new(503, "a node of another version answers")),
        }
    }

    async fn pause(&mut self, until: Instant) {
        let next = until.min(Instant::now() + LOOK_EVERY);
        tokio::select! {
            _ = self.is_stopping.wait_for(|is_stopping| *is_stopping) => self.has_left = true,
            () = self.leaving.turn() => self.has_left = true,
            () = sleep_until(next) => {}
        }
    }
}
