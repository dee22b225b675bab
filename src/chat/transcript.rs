//! What one participant sees of a session, from a number on. The only way from events to somebody's
//! eyes: what he may not see ends here.

use crate::base::{ParticipantId, Position};
use crate::chat::event::{Event, EventId};
use crate::chat::line::Line;
use crate::chat::live::LiveNotice;
use crate::chat::participant::Participant;
use crate::chat::room::ChatRoom;
use crate::chat::state::Session;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a viewer has not seen yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    let last_live = live.last().map_or(EventId(0), |(notice, _): &(LiveNotice, _)| notice.id);
    Some(View {
        lines,
        next: next_for(session, viewer, from, last_live),
        live,
        is_over: session.closed.is_some() || !viewer.is_here(),
        is_monitored: session.is_monitored(),
    })
}

/// What a participant who is there sees of a session in which nothing has happened since, if it is
/// enough to know where it ends.
pub fn view_of_nothing_new(last: Position, from: From) -> Option<View> {
    let From::Id(id) = from else { return None };
    (last < id.first_position()).then(|| View {
        lines: vec![],
        live: vec![],
        next: next_after(last, from, EventId(0)),
        is_over: false,
        is_monitored: false,
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

/// What to ask from next: after everything there is for this viewer, and not before what he asked
/// from, or he would be told of the same typing twice.
fn next_for(session: &Session, viewer: &Participant, from: From, last_live: EventId) -> EventId {
    // After his leaving nothing exists for him.
    let last = viewer.left.unwrap_or(session.last);
    next_after(last, from, last_live)
}

fn next_after(last: Position, from: From, last_live: EventId) -> EventId {
    let next = EventId::of(last).max(last_live).next();
    match from {
        From::Id(asked) if asked <= EventId::of(last.next()) => next.max(asked),
        From::Id(_) | From::Last | From::Nowhere => next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UserData;
    use crate::chat::command::{Join, NoticeWish, Start};
    use crate::chat::event::{Fact, Notice};
    use crate::chat::participant::{ClientVersion, Protocol, Role, Visibility};
    use crate::chat::testing::{Stage, agent, bot, coach, customer, join, start, supervisor};
    use crate::chat::{Command, LeaveReason};

    #[test]
    fn who_comes_late_sees_what_was_said_before() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve")]);
        stage.say("ann", "hello").unwrap();
        stage.say("eve", "be nice").unwrap();

        stage.join(agent("carl")).unwrap();

        assert_eq!(stage.texts("carl"), ["hello", "be nice"]);
        assert_eq!(stage.view("carl", From::Id(EventId(0))).lines.len(), 6);
    }

    #[test]
    fn who_left_sees_nothing_of_what_came_after() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.say("ann", "hello").unwrap();
        stage.leave("bob");
        stage.say("ann", "fool").unwrap();

        let view = stage.view("bob", From::Id(EventId(0)));

        assert_eq!(stage.texts("bob"), ["hello"]);
        assert_eq!(view.next, EventId(3_002), "right after his leaving");
        assert!(view.is_over);
    }

    #[test]
    fn a_view_may_hold_the_last_line_only_or_nothing() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve")]);
        stage.say("ann", "hello").unwrap();
        stage.say("eve", "be nice").unwrap();

        let last = stage.view("ann", From::Last);
        let nothing = stage.view("ann", From::Nowhere);

        assert_eq!(last.lines[0].event.position.0, 4);
        assert_eq!((last.lines.len(), nothing.lines.len()), (1, 0));
        assert_eq!((last.next, nothing.next), (EventId(4_002), EventId(4_002)));
    }

    #[test]
    fn a_number_from_nowhere_does_not_carry_a_client_past_what_will_come() {
        let stage = Stage::with(&[customer("ann")]);

        assert_eq!(stage.view("ann", From::Id(EventId(u64::MAX))).next, EventId(2));
    }

    #[test]
    fn the_session_is_monitored_while_a_supervisor_looks_on_unseen() {
        let mut stage = Stage::with(&[customer("ann"), supervisor("sue", Visibility::Int)]);
        assert!(!stage.view("ann", From::Nowhere).is_monitored);

        stage.join(supervisor("tom", Visibility::Vip)).unwrap();
        assert!(stage.view("ann", From::Nowhere).is_monitored);
        stage.leave("tom");
        assert!(!stage.view("ann", From::Nowhere).is_monitored);
    }

    #[test]
    fn older_clients_get_what_they_understand() {
        let shown = |version: u16| {
            let client_version = ClientVersion(version);
            let old = Join { client_version, ..customer("ann") };
            let mut stage = Stage::with(&[old, agent("bob")]);
            let robot = join("robot", Role::System, Protocol::None);
            stage.join(robot).unwrap();
            let data = || UserData::default().with("a", "1");
            let text = Some("hey".to_owned());
            let message_type = None;
            for notice in [
                NoticeWish::PushUrl("https://example.com".into()),
                NoticeWish::Custom { text, message_type, data: data() },
                NoticeWish::Nickname("Bob".into()),
                NoticeWish::ReadConfirm(EventId(1)),
                NoticeWish::System { command: "file-uploaded".into(), data: data() },
            ] {
                stage.notify("bob", notice).unwrap();
            }
            let lines = stage.view("ann", From::Id(EventId(0))).lines;
            lines.iter().map(|line| line.event.position.0).collect::<Vec<_>>()
        };

        assert_eq!(shown(101), [1, 2, 4, 5]);
        assert_eq!(shown(102), [1, 2, 4, 5, 6]);
        assert_eq!(shown(103), [1, 2, 3, 4, 5, 6]);
        assert_eq!(shown(104), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(shown(106), shown(104));
    }

    #[test]
    fn data_of_notices_and_attributes_come_with_newer_versions() {
        let shown = |version: u16| {
            let client_version = ClientVersion(version);
            let mut stage = Stage::with(&[Join { client_version, ..customer("ann") }, bot("max")]);
            let data = UserData::default().with("a", "1");
            let custom = NoticeWish::Custom { text: None, message_type: None, data };
            stage.notify("max", custom).unwrap();
            let line = stage.view("ann", From::Last).lines.remove(0);
            let has_data = matches!(
                &line.event.fact,
                Fact::Noticed { notice: Notice::Custom { data, .. }, .. } if !data.is_empty()
            );
            (has_data, !line.attributes.is_empty())
        };

        assert_eq!(shown(103), (false, false));
        assert_eq!(shown(104), (true, false));
        assert_eq!(shown(106), (true, true));
    }

    #[test]
    fn a_customer_is_told_why_the_session_ended_for_him_if_he_cannot_know() {
        let told = |reason| {
            let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
            stage.perform(Command::Close(reason)).unwrap();
            let code = |name: &str| {
                let last = stage.view(name, From::Last).lines.remove(0);
                match last.attributes.get("GCTI_SYSTEM") {
                    Some(crate::base::Value::List(list)) => list.text("quit-reason-code"),
                    Some(_) | None => None,
                }
            };
            assert_eq!(code("bob"), None);
            code("ann")
        };

        let code = |code: &str| Some(code.to_owned());
        assert_eq!(told(LeaveReason::Normal), None);
        assert_eq!(told(LeaveReason::Disconnect), None);
        assert_eq!(told(LeaveReason::RemovedByOther), code("4"));
        assert_eq!(told(LeaveReason::RemovedByServer), code("5"));
        assert_eq!(told(LeaveReason::BadKey), code("6"));
        assert_eq!(told(LeaveReason::Inactivity), code("7"));
        assert_eq!(told(LeaveReason::Restoration), code("8"));
    }

    #[test]
    fn an_unseen_asker_stays_unseen() {
        let monitor = supervisor("sue", Visibility::Vip);
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), monitor]);
        stage.was_removed_by("bob", "sue");

        let asker = |name: &str| {
            let line = stage.view(name, From::Last).lines.remove(0);
            let Fact::Left { asker, .. } = line.event.fact else { panic!("{line:?}") };
            asker
        };

        assert_eq!(asker("ann"), None);
        assert_eq!(asker("sue"), Some(stage.who("sue")));
    }

    #[test]
    fn nobody_sees_the_salt_and_the_password_of_a_session() {
        let mut stage = Stage::empty();
        let start = Start { password: Some("a very secret word".into()), ..start() };
        stage.join(Join { start: Some(Box::new(start)), ..agent("bob") }).unwrap();

        let line = stage.view("bob", From::Id(EventId(0))).lines.remove(0);

        assert!(matches!(line.event.fact, Fact::Joined { started: None, .. }));
    }
}
