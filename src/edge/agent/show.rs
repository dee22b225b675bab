//! From lines of a transcript to frames.

use super::wire::frame::TypingState;
use super::wire::{Frame, Ref, SessionInfo, SessionStatus, Typing, WireEvent, describe, time};
use crate::base::{ParticipantId, SessionId, UserId};
use crate::chat::Participant;
use crate::chat::event::{EventId, Fact};
use crate::chat::line::Line;
use crate::chat::live::{self, LiveNotice};
use crate::chat::look::Names;

/// How much of a transcript goes into one frame: a large one must not hold up everything else.
const MOST_EVENTS: usize = 100;
const MOST_BYTES: usize = 64 * 1024;

/// Lines to be shown, and what is true after them.
pub struct Show<'a> {
    pub lines: &'a [Line],
    pub upto: EventId,
    pub is_over: bool,
    /// Known only when the session was asked.
    pub is_monitored: Option<bool>,
}

/// The frames for lines after what was seen; at least one.
pub fn frames_of(
    session: &SessionId,
    names: &Names,
    (seen, show): (EventId, &Show<'_>),
    reference: Option<&Ref>,
) -> Vec<SessionInfo> {
    let lines = show.lines.iter().filter(|line| seen < line.event.id());
    let mut pieces: Vec<Vec<WireEvent>> = vec![Vec::new()];
    let mut n_bytes = 0;
    for event in lines.filter_map(|line| describe(names, line)) {
        let is_full = pieces.last().is_some_and(|piece| MOST_EVENTS <= piece.len());
        if is_full || MOST_BYTES < n_bytes {
            pieces.push(Vec::new());
            n_bytes = 0;
        }
        n_bytes += size(&event);
        if let Some(piece) = pieces.last_mut() {
            piece.push(event);
        }
    }
    let n_pieces = pieces.len();
    let frames = pieces.into_iter().enumerate().map(|(idx, events)| {
        let more = idx + 1 < n_pieces;
        let last = events.last().map_or(0, |event| event.event_id);
        SessionInfo {
            reference: reference.cloned(),
            session_id: session.0.clone(),
            status: if show.is_over && !more { SessionStatus::Over } else { SessionStatus::Alive },
            position: if more { last } else { show.upto.max(seen).0 },
            events,
            more,
            monitored: show.is_monitored,
        }
    });
    frames.collect()
}

fn size(event: &WireEvent) -> usize {
    let data = event.user_data.n_bytes() + event.event_attributes.n_bytes();
    200 + event.text.as_ref().map_or(0, String::len) + data
}

/// Who came in these lines.
pub fn newcomers(lines: &[Line]) -> Vec<(ParticipantId, UserId)> {
    let joined = lines.iter().filter_map(|line| match &line.event.fact {
        Fact::Joined { joined, .. } => Some((joined.id, joined.user_id.clone())),
        Fact::Said { .. }
        | Fact::Noticed { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => None,
    });
    joined.collect()
}

pub fn typing_frame(session: &SessionId, notice: &LiveNotice, author: &Participant) -> Frame {
    Frame::Typing(Typing {
        session_id: session.0.clone(),
        event_id: notice.id.0,
        time: time(notice.at),
        state: match notice.typing {
            live::Typing::Started => TypingState::Started,
            live::Typing::Stopped => TypingState::Stopped,
        },
        user_id: author.joined.user_id.0.clone(),
        participant_id: author.joined.id.0,
        nickname: author.nickname.clone(),
        user_type: author.joined.role.into(),
        visibility: notice.visibility.into(),
        text: notice.preview.clone(),
    })
}
