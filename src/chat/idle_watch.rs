//! When inactivity control takes its next step in a session, and by which settings.

use crate::base::Millis;
use crate::chat::idle::{CountedNotices, Idleness, Step, Watch};
use crate::chat::state::Session;

/// What comes next and when, if nothing happens; nothing where inactivity is not watched.
pub fn next_step(session: &Session, watch: Watch, policy: &Idleness) -> Option<(Millis, Step)> {
    if session.closed.is_some() || !is_watched(session) {
        return None;
    }
    let settings = settings(session, policy);
    if !settings.is_enabled {
        return None;
    }
    let notices = settings.notices;
    let typed = if CountedNotices::Typing <= notices { watch.typed } else { Millis::default() };
    let active = session.idle.active_at(notices).max(typed);
    let warned = session.idle.warned_after(active);
    let since = |at: Millis| at.max(watch.since);
    Some(match (warned, settings.until_alert2) {
        (None, _) => (since(active) + settings.until_alert, Step::Alert),
        (Some((Step::Alert2, at)), Some(span)) => (since(at) + span, Step::Alert2),
        (Some((_, at)), _) => (since(at) + settings.until_close, Step::Close),
    })
}

/// The settings that hold for a session. What a workflow has set was checked when it was set.
pub fn settings(session: &Session, policy: &Idleness) -> Idleness {
    policy.clone().with(&session.idle.overrides).unwrap_or_else(|_| policy.clone())
}

/// A customer and a human agent whom he can see are there.
fn is_watched(session: &Session) -> bool {
    session.customer().is_some_and(|customer| customer.is_here())
        && session.here().any(|known| known.is_visible_agent())
}
