//! Notices that stay in the transcript. Typing is not here: it is not stored ([`live`]).
//!
//! [`live`]: crate::chat::live

use super::data::clean_text;
use super::say::{audience, check_length, check_pace};
use super::{Decided, check_room_left, present};
use crate::chat::command::{NoticeWish, Notify};
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{EventId, Fact, Key, Notice};
use crate::chat::participant::{Participant, Role};
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use crate::owned::Scene;

pub fn notify(
    session: &Session,
    scene: &Scene<'_, Session>,
    notify: Notify,
    key: Option<Key>,
) -> Decided {
    let author = present(session, notify.who)?;
    check_pace(scene)?;
    check_room_left(session, scene)?;
    notify.attributes.check(&scene.policy.user_data)?;
    let audience = audience(session, author, notify.visibility, notify.receiver)?;
    let mut draft = Draft::new(session, scene.now, key);
    if let Some(notice) = notice(session, author, scene.policy, notify.notice)? {
        let attributes = notify.attributes;
        draft.record(audience, Fact::Noticed { who: notify.who, notice, attributes });
    }
    Ok(draft.finish())
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
            data.check(&policy.user_data)?;
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
                return Err(Rejection::NotAllowed("customers cannot send system commands"));
            }
            data.check(&policy.user_data)?;
            Ok(Some(Notice::System { command: clean_text(command), data }))
        }
    }
}

fn push_url(url: String, policy: &Policy) -> Result<Notice, Rejection> {
    let url = clean_text(url);
    check_length(&url, policy.longest_text)?;
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Err(Rejection::NotAllowed("a pushed URL begins with http:// or https://"));
    }
    Ok(Notice::PushUrl { url })
}

/// Nobody has read what was not yet said, and nobody unreads.
fn read_confirm(session: &Session, author: &Participant, upto: EventId) -> Option<Notice> {
    let upto = upto.min(EventId::of(session.last));
    let newest = author.read_confirm.map(EventId::of);
    (newest.is_none_or(|_| EventId(0) < upto) && EventId(0) < upto)
        .then_some(Notice::ReadConfirm { upto })
}
