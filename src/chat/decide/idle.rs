//! Inactivity control: warnings, the close, and what a workflow sets for one session.

use super::leave::end_inactive;
use super::limits::{check_length, check_pace, check_room_left};
use super::{Decided, hold};
use crate::base::{ParticipantId, UserData, UserId};
use crate::chat::audience::Audience;
use crate::chat::command::{IdleBase, IdleWish};
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{Control, Fact, Notice};
use crate::chat::idle::{Step, notice, notice_of_asynchronous};
use crate::chat::idle_watch::{next_step, settings};
use crate::chat::participant::{
    ClientVersion, Joined, Participant, Protocol, Role, Style, Visibility,
};
use crate::chat::state::Session;
use crate::owned::Scene;
use std::borrow::Cow;

/// The server itself, as clients see it.
const NAME: &str = "System";
const USER_ID: &str = "0000000000000000";

/// A workflow changes the settings of one session; its time begins anew.
pub fn control(session: &Session, scene: &Scene<'_, Session>, wish: IdleWish) -> Decided {
    if session.started.is_none() {
        return Err(Rejection::NotStarted);
    }
    check_pace(scene)?;
    check_room_left(session, scene)?;
    let mut overrides = match wish.base {
        IdleBase::Configured => UserData::default(),
        IdleBase::AsItIs => (*session.idle.overrides).clone(),
    };
    overrides.merge(&super::data::clean(wish.changed));
    for name in overrides.0.keys() {
        let length = overrides.text(name).unwrap_or_default();
        check_length(&length, scene.policy.user_data.longest_value)?;
    }
    let checked = scene.policy.idleness.clone().with(&overrides);
    checked.map_err(|why| Rejection::NotAllowed(Cow::Owned(why)))?;
    let mut draft = Draft::new(session, scene.now, None);
    tell(&mut draft, ParticipantId::NOBODY, Notice::IdleSet { overrides, of: Control::Regular });
    hold::promise(&mut draft, scene);
    Ok(draft.finish())
}

/// Does what is due because nobody was active.
pub fn idle_passed(draft: &mut Draft, scene: &Scene<'_, Session>) {
    let Some(due) = next_step(&draft.session, scene.room.idle_watch(), scene.policy) else {
        return;
    };
    if scene.now < due.at {
        return;
    }
    let settings = settings(&draft.session, &scene.policy.idleness);
    let until_close = scene.policy.patience.until_close;
    let notice = match due.of {
        Control::Regular => notice(&settings, due.step),
        Control::Asynchronous => notice_of_asynchronous(&settings, due.step, until_close),
    };
    // What says nothing is seen by nobody, and counts as given.
    let who = if is_empty(&notice) { ParticipantId::NOBODY } else { server(draft) };
    tell(draft, who, notice);
    match (due.step, due.of) {
        (Step::Close, _) => end_inactive(draft),
        (Step::Alert | Step::Alert2, Control::Asynchronous) => hold::alerted(draft, scene),
        (Step::Alert | Step::Alert2, Control::Regular) => {}
    }
}

fn tell(draft: &mut Draft, who: ParticipantId, notice: Notice) {
    let audience = Audience::of(match who {
        ParticipantId::NOBODY => Visibility::Int,
        _ => Visibility::All,
    });
    let attributes = UserData::default();
    draft.record_beside(audience, Fact::Noticed { who, notice, attributes });
}

fn is_empty(notice: &Notice) -> bool {
    match notice {
        Notice::IdleAlert { text, .. } | Notice::IdleClose { text } => text.trim().is_empty(),
        Notice::PushUrl { .. }
        | Notice::Custom { .. }
        | Notice::Nickname { .. }
        | Notice::ReadConfirm { .. }
        | Notice::System { .. }
        | Notice::IdleSet { .. } => false,
    }
}

/// The server's own participant, who comes in when it has something to say.
fn server(draft: &mut Draft) -> ParticipantId {
    let is_server = |known: &&std::sync::Arc<Participant>| known.joined.user_id.0 == USER_ID;
    if let Some(known) = draft.session.here().find(is_server) {
        return known.joined.id;
    }
    let id = draft.session.next_participant();
    let joined = Joined {
        id,
        user_id: UserId::from(USER_ID),
        person: None,
        nickname: NAME.into(),
        role: Role::System,
        style: Style::Human,
        visibility: Visibility::All,
        protocol: Protocol::None,
        client_version: ClientVersion::NEWEST,
        time_zone_offset: 0,
        text: None,
        user_data: UserData::default(),
        bot: None,
    };
    let fact = Fact::Joined { joined: Box::new(joined), started: None };
    draft.record_beside(Audience::everyone(), fact);
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Parting;
    use crate::chat::command::NoticeWish;
    use crate::chat::event::{EndReason, EndedBy, EventId, LeaveReason};
    use crate::chat::idle::{CountedNotices, Idleness};
    use crate::chat::testing::{Stage, agent, bot, coach, customer, outside};
    use crate::chat::transcript::From;
    use crate::chat::{Command, Policy};
    use crate::owned::{Room, Thing};
    use std::time::Duration;

    #[test]
    fn who_is_silent_is_warned_and_then_the_session_is_closed() {
        let mut stage = watched(&[customer("ann"), agent("bob")]);
        stage.say("ann", "hello").unwrap();

        stage.pass(254);
        assert_eq!(shown(&stage), [""; 0]);
        stage.pass(1);
        assert_eq!(shown(&stage), ["wake up: CLOSE 45"]);
        stage.pass(44);
        assert_eq!(stage.ending(), None);
        stage.pass(1);

        assert_eq!(shown(&stage), ["wake up: CLOSE 45", "good night"]);
        assert_eq!(stage.ending(), Some((EndedBy::System, EndReason::Inactive)));
        assert!(stage.leavings().iter().all(|left| left.1 == LeaveReason::Inactivity));
    }

    #[test]
    fn there_may_be_a_second_warning() {
        let mut stage = watched(&[customer("ann"), agent("bob")]);
        stage.policy.idleness.until_alert2 = Some(Duration::from_secs(10));

        stage.pass(255);
        stage.pass(10);
        assert_eq!(shown(&stage), ["wake up: ALERT 10", "really: CLOSE 45"]);
        stage.pass(45);

        assert!(stage.ending().is_some());
    }

    #[test]
    fn a_word_begins_it_all_anew_and_that_of_a_bot_or_a_workflow_does_not() {
        let mut stage = watched(&[customer("ann"), agent("bob"), bot("max"), coach("eve")]);
        stage.pass(255);
        stage.say("bob", "still here").unwrap();
        stage.pass(254);
        assert_eq!(shown(&stage).len(), 1);

        stage.say("max", "beep").unwrap();
        stage.say("eve", "psst").unwrap();
        stage.perform(Command::SayOutside(Box::new(outside("flow", "hello")))).unwrap();
        stage.pass(1);

        assert_eq!(shown(&stage).len(), 2);
        assert_eq!(stage.ending(), None, "it is the first warning again");
    }

    #[test]
    fn which_notices_count_is_a_setting() {
        let warned_after = |notices, notice: NoticeWish| {
            let mut stage = watched(&[customer("ann"), agent("bob")]);
            stage.policy.idleness.notices = notices;
            stage.pass(200);
            stage.notify("bob", notice).unwrap();
            stage.pass(55);
            shown(&stage).len()
        };
        let url = || NoticeWish::PushUrl("https://example.com".into());
        let custom =
            || NoticeWish::Custom { text: None, message_type: None, data: UserData::default() };

        assert_eq!(warned_after(CountedNotices::None, url()), 1);
        assert_eq!(warned_after(CountedNotices::Major, url()), 0);
        assert_eq!(warned_after(CountedNotices::Major, custom()), 1);
        assert_eq!(warned_after(CountedNotices::Typing, custom()), 1);
        assert_eq!(warned_after(CountedNotices::Major2, custom()), 0);
        assert_eq!(warned_after(CountedNotices::All, NoticeWish::Nickname("Bo".into())), 0);
    }

    #[test]
    fn nobody_is_warned_who_waits_for_an_agent() {
        for people in [vec![customer("ann")], vec![customer("ann"), bot("max"), coach("eve")]] {
            let mut stage = watched(&people);

            stage.pass(10_000);

            assert_eq!((shown(&stage).len(), stage.ending()), (0, None));
        }
    }

    #[test]
    fn an_empty_text_is_not_shown_and_the_time_runs() {
        let mut stage = watched(&[customer("ann"), agent("bob")]);
        stage.policy.idleness.alert.clear();

        stage.pass(255);
        assert_eq!(shown(&stage), [""; 0]);
        stage.pass(45);

        assert_eq!(shown(&stage), ["good night"]);
    }

    #[test]
    fn a_warning_that_was_given_counts_after_a_restoration_and_everybody_has_his_time() {
        let mut stage = watched(&[customer("ann"), agent("bob")]);
        stage.pass(255);
        (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
        stage.pass(0);
        stage.now = stage.now + Duration::from_secs(100);
        stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
        stage.connect("ann", 1);
        stage.connect("bob", 1);

        stage.pass(44);
        assert_eq!(stage.ending(), None);
        stage.pass(1);

        assert_eq!(stage.ending(), Some((EndedBy::System, EndReason::Inactive)));
    }

    #[test]
    fn a_workflow_sets_it_for_one_session_and_takes_it_back() {
        let mut stage = watched(&[customer("ann"), agent("bob")]);
        let mut set = |base, changed: &[(&str, &str)]| {
            let changed = changed.iter().copied().collect();
            stage
                .perform(Command::ControlIdle(IdleWish { base, changed }))
                .map(|_| settings(&stage.session, &stage.policy.idleness))
        };
        let before = set(IdleBase::Configured, &[]).unwrap();

        let first = set(IdleBase::AsItIs, &[("timeout-alert", "10"), ("message-alert", "")]);
        let second = set(IdleBase::AsItIs, &[("enabled", "no")]).unwrap();

        assert_eq!(first.unwrap().until_alert, Duration::from_secs(10));
        assert!(!second.is_enabled && second.alert.is_empty());
        assert_eq!(second.until_alert, Duration::from_secs(10));
        for (name, text) in
            [("timeout-alert", "0"), ("timeout-close", "x"), ("include-notices", "?")]
        {
            assert!(matches!(
                set(IdleBase::AsItIs, &[(name, text)]),
                Err(Rejection::NotAllowed(_))
            ));
        }
        assert_eq!(set(IdleBase::Configured, &[]).unwrap(), before);
    }

    #[test]
    fn setting_it_begins_the_time_anew_and_is_seen_by_nobody() {
        let mut stage = watched(&[customer("ann"), agent("bob")]);
        stage.pass(250);
        let changed = UserData::default().with("timeout-alert", "20");

        let wish = IdleWish { base: IdleBase::AsItIs, changed };
        stage.perform(Command::ControlIdle(wish)).unwrap();
        assert_eq!(stage.view("bob", From::Id(EventId(0))).lines.len(), 2);
        stage.pass(19);
        assert_eq!(shown(&stage), [""; 0]);
        stage.pass(1);

        assert_eq!(shown(&stage).len(), 1);
    }

    /// A session in which nobody is removed for other reasons.
    fn watched(people: &[crate::chat::command::Join]) -> Stage {
        let mut stage = Stage::with(people);
        let texts = ["wake up", "really", "good night"].map(str::to_owned);
        let [alert, alert2, close] = texts;
        let idleness = Idleness { is_enabled: true, alert, alert2, close, ..Idleness::default() };
        let flex_push_timeout = Duration::from_secs(86_400);
        stage.policy = Policy { idleness, flex_push_timeout, ..Policy::default() };
        for join in people {
            stage.connect(&join.nickname, 1);
        }
        stage
    }

    /// What the customer was told of it.
    fn shown(stage: &Stage) -> Vec<String> {
        let lines = stage.view("ann", From::Id(EventId(0))).lines;
        let told = lines.iter().filter_map(|line| match &line.event.fact {
            Fact::Noticed { notice: Notice::IdleAlert { text, data, .. }, .. } => {
                let next = data.text("next-idle-timer-type").unwrap();
                let seconds = data.text("next-idle-timer-secs").unwrap();
                Some(format!("{text}: {next} {seconds}"))
            }
            Fact::Noticed { notice: Notice::IdleClose { text }, .. } => Some(text.clone()),
            Fact::Joined { .. }
            | Fact::Said { .. }
            | Fact::Noticed { .. }
            | Fact::DataChanged { .. }
            | Fact::Left { .. }
            | Fact::ContactFound { .. }
            | Fact::Closed { .. } => None,
        });
        told.collect()
    }
}
