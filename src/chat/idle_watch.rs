//! When inactivity control takes its next step in a session, and by which settings. There are two of
//! them, that of all chats and that of asynchronous ones, and both may run at once.

use crate::base::Millis;
use crate::chat::dormancy::{Patience, is_asynchronous};
use crate::chat::event::Control;
use crate::chat::idle::{CountedNotices, Idleness, Step, Watch};
use crate::chat::policy::Policy;
use crate::chat::state::Session;

/// What comes next if nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub at: Millis,
    pub step: Step,
    pub of: Control,
}

/// The next step, if inactivity is watched at all.
pub fn next_step(session: &Session, watch: Watch, policy: &Policy) -> Option<Due> {
    if session.closed.is_some() {
        return None;
    }
    let regular = regular(session, watch, &policy.idleness);
    let patient = patient(session, watch, &policy.patience);
    [regular, patient].into_iter().flatten().min_by_key(|due| due.at)
}

fn regular(session: &Session, watch: Watch, policy: &Idleness) -> Option<Due> {
    if !is_watched(session) {
        return None;
    }
    let settings = settings(session, policy);
    if !settings.is_enabled {
        return None;
    }
    let notices = settings.notices;
    let active = session.idle.active_at(notices).max(typed(watch, notices));
    let warned = session.idle.warned_after(active);
    let since = |at: Millis| at.max(watch.since);
    let (at, step) = match (warned, settings.until_alert2) {
        (None, _) => (since(active) + settings.until_alert, Step::Alert),
        (Some((Step::Alert2, at)), Some(span)) => (since(at) + span, Step::Alert2),
        (Some((_, at)), _) => (since(at) + settings.until_close, Step::Close),
    };
    Some(Due { at, step, of: Control::Regular })
}

/// These times are hours and days, and are kept whoever serves the session meanwhile: its waking and its
/// moving to another node make them neither shorter nor longer.
fn patient(session: &Session, watch: Watch, patience: &Patience) -> Option<Due> {
    if !is_asynchronous(&session.user_data) {
        return None;
    }
    let active = patient_since(session, watch, patience);
    let (at, step) = match session.idle.alerted_after(active) {
        None => (active + patience.until_alert, Step::Alert),
        Some(at) => (at + patience.until_close, Step::Close),
    };
    Some(Due { at, step, of: Control::Asynchronous })
}

/// When an asynchronous chat will be closed if nothing happens.
pub fn check_at(session: &Session, watch: Watch, patience: &Patience) -> Option<Millis> {
    if session.closed.is_some() {
        return None;
    }
    let Due { at, step, .. } = patient(session, watch, patience)?;
    Some(if step == Step::Close { at } else { at + patience.until_close })
}

fn patient_since(session: &Session, watch: Watch, patience: &Patience) -> Millis {
    let active = session.idle.patient_since(patience.notices);
    active.max(session.started_at).max(typed(watch, patience.notices))
}

fn typed(watch: Watch, notices: CountedNotices) -> Millis {
    if CountedNotices::Typing <= notices { watch.typed } else { Millis::default() }
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
