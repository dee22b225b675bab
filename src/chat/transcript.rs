//! What one participant sees of a session, from a number on. The only way from events to somebody's
//! eyes: what he may not see ends here.

use crate::base::{ParticipantId, Position, UserData};
use crate::chat::decide::shown_attributes;
use crate::chat::event::{Event, EventId, Fact, Notice};
use crate::chat::live::LiveNotice;
use crate::chat::participant::{ClientVersion, Participant, Role};
use crate::chat::room::ChatRoom;
use crate::chat::state::Session;
use std::sync::Arc;

/// One event as a viewer sees it.
#[derive(Clone, Debug)]
pub struct Line {
    pub event: Arc<Event>,
    /// Whose event it is, as he is known now.
    pub author: Arc<Participant>,
    /// What stands in its attributes, with the server's own.
    pub attributes: UserData,
}

/// What a viewer has not seen yet.
#[derive(Clone, Debug)]
pub struct View {
    pub lines: Vec<Line>,
    /// Others' typing, if they still do.
    pub live: Vec<(LiveNotice, Arc<Participant>)>,
    /// What to ask from next.
    pub next: EventId,
    /// Nothing more will ever come for this viewer.
    pub is_over: bool,
    pub is_monitored: bool,
}

/// Where a view begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Id(EventId),
    /// Only the last event (`transcriptPosition=-1`).
    Last,
    /// Nothing at all: the caller did not ask.
    Nowhere,
}

/// The part of a session that a participant has not seen.
pub fn view(session: &Session, room: &ChatRoom, who: ParticipantId, from: From) -> Option<View> {
    let viewer = session.participant(who)?;
    let line = |event: &Arc<Event>| Line::for_viewer(session, event, viewer);
    let (lines, live) = match from {
        From::Id(id) => {
            let skipped = usize::try_from(id.first_position().0 - 1).unwrap_or(usize::MAX);
            let lines = room.transcript.iter().skip(skipped).filter_map(line).collect();
            (lines, live_after(session, room, id, viewer))
        }
        From::Last => (room.transcript.iter().rev().find_map(line).into_iter().collect(), vec![]),
        From::Nowhere => (vec![], vec![]),
    };
    let newest = EventId::of(last_for(session, viewer));
    let last_live = live.last().map_or(EventId(0), |(notice, _): &(LiveNotice, _)| notice.id);
    Some(View {
        lines,
        next: newest.max(last_live).next(),
        live,
        is_over: session.closed.is_some() || !viewer.is_here(),
        is_monitored: session.is_monitored(),
    })
}

fn live_after(
    session: &Session,
    room: &ChatRoom,
    from: EventId,
    viewer: &Participant,
) -> Vec<(LiveNotice, Arc<Participant>)> {
    let notices = room.live().after(from, viewer).into_iter();
    notices
        .filter_map(|notice| {
            let author = session.participant(notice.who)?.clone();
            Some((notice, author))
        })
        .collect()
}

/// The last position that exists for a viewer: after his leaving there is none.
fn last_for(session: &Session, viewer: &Participant) -> Position {
    viewer.left.unwrap_or(session.last)
}

impl Line {
    /// The line, if this viewer may see it and his client understands it.
    pub fn for_viewer(session: &Session, event: &Arc<Event>, viewer: &Participant) -> Option<Self> {
        let author = session.participant(event.fact.author()?)?;
        let version = viewer.joined.client_version;
        let is_fit = viewer.may_see(event)
            && understands(version, &event.fact)
            && author_is_known_to(version, author)
            && !session.has_vanished(event)
            && !matches!(event.fact, Fact::DataChanged { .. });
        is_fit.then(|| Self::new(event, author, viewer))
    }

    /// The line as the record of the session keeps it: with everything.
    pub fn for_record(session: &Session, event: &Arc<Event>) -> Option<Self> {
        let author = session.participant(event.fact.author()?)?;
        let attributes = attributes(event, author);
        Some(Self { event: event.clone(), author: author.clone(), attributes })
    }

    fn new(event: &Arc<Event>, author: &Arc<Participant>, viewer: &Participant) -> Self {
        let mut shown = UserData::default();
        if ClientVersion::ATTRIBUTES <= viewer.joined.client_version {
            shown = attributes(event, author);
            if let Fact::Left { who, reason, .. } = &event.fact
                && *who == viewer.joined.id
                && viewer.joined.role == Role::Client
                && is_told_to_customer(*reason)
            {
                let code = reason.code().to_string();
                crate::chat::decide::add_system(&mut shown, "quit-reason-code", code);
            }
        }
        Self { event: event.clone(), author: author.clone(), attributes: shown }
    }
}

/// Logging out and silence reach only pushes, not answers (the seed's table of reason codes).
fn is_told_to_customer(reason: crate::chat::LeaveReason) -> bool {
    use crate::chat::LeaveReason as Reason;
    match reason {
        Reason::RemovedByOther
        | Reason::RemovedByServer
        | Reason::BadKey
        | Reason::Inactivity
        | Reason::Restoration => true,
        Reason::Normal | Reason::CloseIfNoAgents | Reason::ForceClose | Reason::Disconnect => false,
    }
}

fn attributes(event: &Event, author: &Participant) -> UserData {
    match &event.fact {
        Fact::Said { attributes, .. } | Fact::Noticed { attributes, .. } => {
            shown_attributes(author, attributes)
        }
        Fact::Joined { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => shown_attributes(author, &UserData::default()),
    }
}

/// Newer kinds of notices are hidden from older clients (the seed's table of client versions).
fn understands(version: ClientVersion, fact: &Fact) -> bool {
    match fact {
        Fact::Noticed { notice, .. } => match notice {
            Notice::Nickname { .. } => ClientVersion::NICKNAME <= version,
            Notice::ReadConfirm { .. } | Notice::System { .. } => {
                ClientVersion::SYSTEM_COMMAND <= version
            }
            Notice::PushUrl { .. } | Notice::Custom { .. } => true,
        },
        Fact::Joined { .. }
        | Fact::Said { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => true,
    }
}

fn author_is_known_to(version: ClientVersion, author: &Participant) -> bool {
    author.joined.role != Role::System || ClientVersion::SYSTEM_USER <= version
}
