//! Coming into a session, or starting one.

use super::data::{admit, clean_text};
use super::{Decided, check_room_left};
use crate::base::UserData;
use crate::chat::command::{Join, Start};
use crate::chat::draft::{Audience, Draft};
use crate::chat::effect::Count;
use crate::chat::error::Rejection;
use crate::chat::event::{Fact, Key, Started};
use crate::chat::participant::{Joined, Participant, Role, Style};
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use crate::owned::Scene;

/// What a joining agent puts into the user data of his request.
const SET_STYLE: &str = "GCTI_Chat_SetPartyStyle";
const STYLE: &str = "GCTI_Chat_PartyStyle";
const PASSWORD: &str = "GCTI_Chat_SessionPassword";
/// A password somebody thinks of himself must not be guessable.
const SHORTEST_PASSWORD: usize = 16;

pub fn join(
    session: &Session,
    scene: &Scene<'_, Session>,
    mut join: Join,
    key: Option<Key>,
) -> Decided {
    join.nickname = clean_text(std::mem::take(&mut join.nickname));
    check(session, scene.policy, &join)?;
    check_room_left(session, scene)?;
    let given_password = join.user_data.text(PASSWORD);
    join.user_data.0.remove(PASSWORD);
    let (user_data, dropped) = admit(join.role, std::mem::take(&mut join.user_data));
    user_data.check(&scene.policy.user_data)?;
    let mut draft = Draft::new(session, scene.now, key);
    let started = match (&session.started, join.start.take()) {
        (Some(started), None) => {
            check_password(started.password.as_deref(), given_password.as_deref())?;
            None
        }
        (Some(_), Some(_)) => return Err(Rejection::KeyReused),
        (None, None) => return Err(Rejection::NotStarted),
        (None, Some(start)) => {
            draft.count(Count::SessionCreated);
            Some(Box::new(started(*start, &user_data, &join, given_password)?))
        }
    };
    if !dropped.is_empty() {
        draft.count(Count::DroppedData { session: None, keys: dropped });
    }
    let joined = joined(session, join, user_data);
    let audience = Audience::of(joined.visibility);
    draft.count(Count::Joined(Box::new(joined.clone())));
    draft.record(audience, Fact::Joined { joined: Box::new(joined), started });
    Ok(draft.finish())
}

fn check(session: &Session, policy: &Policy, join: &Join) -> Result<(), Rejection> {
    if join.nickname.trim().is_empty() {
        return Err(Rejection::NoNickname);
    }
    super::say::check_length(&join.nickname, policy.longest_nickname)?;
    if let Some(text) = &join.text {
        super::say::check_length(text, policy.longest_text)?;
    }
    if !join.visibility.reaches(join.role) {
        return Err(Rejection::NotAllowed("this role cannot take part with this visibility"));
    }
    if join.start.is_none() && join.role == Role::Client && session.started.is_some() {
        return Err(Rejection::NotAllowed("a customer cannot join an existing session"));
    }
    Ok(())
}

fn check_password(asked: Option<&str>, given: Option<&str>) -> Result<(), Rejection> {
    let Some(asked) = asked else { return Ok(()) };
    let given = given.unwrap_or_default().as_bytes();
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(asked.as_bytes(), given);
    same.map_err(|_| Rejection::BadPassword)
}

fn started(
    start: Start,
    user_data: &UserData,
    join: &Join,
    own_password: Option<String>,
) -> Result<Started, Rejection> {
    // A customer's own password is one of the keys he cannot set.
    let own_password = own_password.filter(|_| join.role != Role::Client);
    if own_password.as_ref().is_some_and(|own| own.len() < SHORTEST_PASSWORD) {
        return Err(Rejection::NotAllowed("a session password has at least 16 characters"));
    }
    let password = own_password.or(start.password);
    let Start { subject, tenant, service, queue, media_type, salt, password: _ } = start;
    let mut user_data = user_data.clone();
    user_data.0.remove(SET_STYLE);
    Ok(Started {
        subject: clean_text(subject),
        tenant,
        service,
        queue,
        media_type,
        user_data,
        salt,
        password,
    })
}

fn joined(session: &Session, join: Join, mut user_data: UserData) -> Joined {
    let asks_for_bot = user_data.text(SET_STYLE).as_deref() == Some("BOT");
    let style = match join.role {
        Role::Agent | Role::Supervisor if asks_for_bot => Style::Bot,
        Role::Agent | Role::Supervisor | Role::Client | Role::External | Role::System => {
            Style::Human
        }
    };
    if style == Style::Bot {
        user_data.set(STYLE, "BOT");
    }
    Joined {
        id: session.next_participant(),
        user_id: join.user_id,
        person: join.person,
        nickname: join.nickname,
        role: join.role,
        style,
        visibility: join.visibility,
        protocol: join.protocol,
        client_version: join.client_version,
        time_zone_offset: join.time_zone_offset,
        text: join.text.map(clean_text).filter(|text| !text.is_empty()),
        user_data,
    }
}

impl Participant {
    /// User data of the joining as everybody sees it: with the first nickname, once it changed.
    pub fn shown_user_data(&self) -> UserData {
        let mut data = self.joined.user_data.clone();
        if self.nickname != self.joined.nickname {
            data.set("GCTI_Original_Nickname", self.joined.nickname.as_str());
        }
        data
    }
}
