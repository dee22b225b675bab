//! Notices that stay in the transcript. Typing is not here: it is not stored ([`live`]).
//!
//! [`live`]: crate::chat::live

use super::data::{admit_attributes, clean, clean_text, word};
use super::limits::{check_length, check_pace, check_room_left};
use super::{Decided, hold, present};
use crate::base::ParticipantId;
use crate::chat::audience::{Audience, audience};
use crate::chat::bots::is_reserved;
use crate::chat::command::{NoticeWish, Notify};
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{EventId, Fact, Key, Notice};
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use crate::owned::Scene;

pub fn notify(
    session: &Session,
    scene: &Scene<'_, Session>,
    notify: Notify,
    key: Option<Key>,
) -> Decided {
    let mut draft = Draft::new(session, scene.now, key);
    tell(&mut draft, scene, notify)?;
    Ok(draft.finish())
}

/// Lets somebody who is there give notice of something.
pub fn tell(
    draft: &mut Draft,
    scene: &Scene<'_, Session>,
    notify: Notify,
) -> Result<(), Rejection> {
    let session = &draft.session;
    let author = present(session, notify.who)?.clone();
    check_pace(scene)?;
    check_room_left(session, scene)?;
    let (attributes, dropped) = admit_attributes(notify.attributes);
    attributes.check(&scene.policy.user_data)?;
    let audience =
        audience_of(session, &author, &notify.notice, notify.visibility, notify.receiver)?;
    let notice = notice(session, &author, scene.policy, notify.notice)?;
    draft.count_dropped(dropped);
    if let Some(notice) = notice {
        let fact = Fact::Noticed { who: notify.who, notice: notice.clone(), attributes };
        draft.record(audience, fact);
        hold::wake_by_notice(draft, scene, (&author, &notice), audience);
    }
    Ok(())
}

/// A new nickname stands beside every word of its bearer, so whoever can see him is told.
fn audience_of(
    session: &Session,
    author: &Participant,
    wish: &NoticeWish,
    visibility: Visibility,
    receiver: Option<ParticipantId>,
) -> Result<Audience, Rejection> {
    match wish {
        NoticeWish::Nickname(_) => audience(session, author, Visibility::All, None),
        NoticeWish::PushUrl(_)
        | NoticeWish::Custom { .. }
        | NoticeWish::ReadConfirm(_)
        | NoticeWish::System { .. } => audience(session, author, visibility, receiver),
    }
}

/// The notice that a wish leads to; none if it would say nothing new.
fn notice(
    session: &Session,
    author: &Participant,
    policy: &Policy,
    wish: NoticeWish,
) -> Result<Option<Notice>, Rejection> {
    match wish {
        NoticeWish::PushUrl(url) => push_url(url, policy).map(Some),
        NoticeWish::Custom { text, message_type, data } => {
            if let Some(text) = &text {
                check_length(text, policy.longest_text)?;
            }
            let data = clean(data);
            data.check(&policy.user_data)?;
            let message_type = message_type.map(word).transpose()?;
            Ok(Some(Notice::Custom { text: text.map(clean_text), message_type, data }))
        }
        NoticeWish::Nickname(nickname) => {
            let nickname = clean_text(nickname);
            check_length(&nickname, policy.longest_nickname)?;
            if nickname.trim().is_empty() {
                return Err(Rejection::NoNickname);
            }
            let is_new = nickname != author.nickname;
            Ok(is_new.then_some(Notice::Nickname { nickname }))
        }
        NoticeWish::ReadConfirm(upto) => Ok(read_confirm(session, author, upto)),
        NoticeWish::System { command, data } => {
            if author.joined.role == Role::Client {
                return Err(Rejection::not_allowed("customers cannot send system commands"));
            }
            let command = word(command)?;
            if is_reserved(&command) {
                return Err(Rejection::not_allowed("only the server tells of bots"));
            }
            let data = clean(data);
            data.check(&policy.user_data)?;
            Ok(Some(Notice::System { command, data }))
        }
    }
}

fn push_url(url: String, policy: &Policy) -> Result<Notice, Rejection> {
    let url = clean_text(url);
    check_length(&url, policy.longest_text)?;
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Err(Rejection::not_allowed("a pushed URL begins with http:// or https://"));
    }
    Ok(Notice::PushUrl { url })
}

/// Nobody has read what was not yet said, and nobody unreads.
fn read_confirm(session: &Session, author: &Participant, upto: EventId) -> Option<Notice> {
    let upto = upto.min(EventId::of(session.last));
    (author.read_upto < upto).then_some(Notice::ReadConfirm { upto })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UserData;
    use crate::chat::Command;
    use crate::chat::testing::{Stage, agent, customer, supervisor};

    #[test]
    fn a_pushed_url_is_a_web_address() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let mut push = |url: &str| stage.notify("bob", NoticeWish::PushUrl(url.into())).is_ok();

        assert!(push("https://example.com/a"));
        assert!(push("HTTP://example.com"));
        for bad in [
            "javascript:alert(1)",
            "java\u{1}script:1",
            "data:text/html,x",
            "https:x",
            "//x",
            "x",
            "",
        ] {
            assert!(!push(bad), "{bad}");
        }
        assert!(!push(&format!("https://{}", "x".repeat(70_000))));
    }

    #[test]
    fn a_custom_notice_is_cleaned_and_checked() {
        let mut stage = Stage::with(&[customer("ann")]);
        let custom = |text: &str, data: UserData| NoticeWish::Custom {
            text: Some(text.into()),
            message_type: None,
            data,
        };
        let data = UserData::default().with("a\0", "b\u{1b}");
        stage.notify("ann", custom("he\0y", data)).unwrap();

        let expected = Notice::Custom {
            text: Some("hey".into()),
            message_type: None,
            data: UserData::default().with("a", "b"),
        };
        let last = stage.last();
        assert!(matches!(&last.fact, Fact::Noticed { notice, .. } if *notice == expected));
        let long = stage.notify("ann", custom(&"x".repeat(70_000), UserData::default()));
        assert!(matches!(long, Err(Rejection::TextTooLong { .. })));
        let large = UserData::default().with("a", "x".repeat(9_000));
        let large = stage.notify("ann", custom("x", large));
        assert!(matches!(large, Err(Rejection::UserData(_))));
    }

    #[test]
    fn a_nickname_is_needed_and_the_same_one_again_is_no_news() {
        let mut stage = Stage::with(&[customer("ann")]);
        let mut rename = |name: &str| {
            let before = stage.session.last;
            let renamed = stage.notify("ann", NoticeWish::Nickname(name.into()));
            renamed.map(|_| stage.session.last != before)
        };

        assert_eq!(rename(" \u{1}"), Err(Rejection::NoNickname));
        assert!(matches!(rename(&"x".repeat(129)), Err(Rejection::TextTooLong { .. })));
        assert_eq!(rename("ann"), Ok(false));
        assert_eq!(rename("Anna"), Ok(true));
    }

    #[test]
    fn whoever_can_see_somebody_hears_of_his_new_nickname() {
        let monitor = supervisor("sue", Visibility::Vip);
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), monitor]);
        let rename = |who, name: &str| {
            Command::Notify(Notify {
                once: None,
                who,
                visibility: Visibility::Int,
                receiver: None,
                notice: NoticeWish::Nickname(name.into()),
                attributes: UserData::default(),
            })
        };

        stage.perform(rename(stage.who("bob"), "Robert")).unwrap();
        assert_eq!(stage.last().visibility, Visibility::All);
        stage.perform(rename(stage.who("sue"), "Susan")).unwrap();
        assert_eq!(stage.last().visibility, Visibility::Vip);
    }

    #[test]
    fn customers_send_no_system_commands() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let command = || NoticeWish::System {
            command: "configure-session".into(),
            data: UserData::default(),
        };

        let by_customer = stage.notify("ann", command());

        assert!(matches!(by_customer, Err(Rejection::NotAllowed(_))));
        assert!(stage.notify("bob", command()).is_ok());
    }

    #[test]
    fn nobody_has_read_what_was_not_said_and_nobody_unreads() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let mut read = |upto: u64| {
            stage.notify("ann", NoticeWish::ReadConfirm(EventId(upto))).unwrap();
            let ann = stage.session.customer().unwrap();
            (stage.session.last.0, ann.read_upto)
        };

        assert_eq!(read(0), (2, EventId(0)));
        assert_eq!(read(1), (3, EventId(1)));
        assert_eq!(read(1), (3, EventId(1)));
        assert_eq!(read(9_999_001), (4, EventId(2_001)));
        assert_eq!(read(1_001), (4, EventId(2_001)));
    }

    #[test]
    fn notices_keep_to_the_pace_and_to_those_who_are_here() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.policy.send_burst = 1;
        let url = || NoticeWish::PushUrl("https://example.com".into());

        stage.notify("bob", url()).unwrap();
        assert_eq!(stage.notify("bob", url()), Err(Rejection::TooFast));
        stage.leave("bob");
        assert_eq!(stage.notify("bob", url()), Err(Rejection::HasLeft(stage.who("bob"))));
    }
}
