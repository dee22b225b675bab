//! Coming into a session, or starting one.

use super::data::{PASSWORD, STYLE, admit, clean_text, drop_secrets};
use super::limits::check_room_left;
use super::{Decided, going, hold};
use crate::base::UserData;
use crate::chat::audience::Audience;
use crate::chat::command::{Join, Start};
use crate::chat::draft::Draft;
use crate::chat::effect::Count;
use crate::chat::error::Rejection;
use crate::chat::event::{Fact, Key, Started};
use crate::chat::participant::{Joined, Participant, Role, Style};
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use crate::owned::Scene;

/// What a joining agent puts into the user data of his request.
const SET_STYLE: &str = "GCTI_Chat_SetPartyStyle";
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
    let (mut user_data, dropped) = admit(join.role, std::mem::take(&mut join.user_data));
    let given_password = user_data.text(PASSWORD);
    drop_secrets(&mut user_data);
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
            super::limits::check_length(&start.subject, scene.policy.user_data.longest_value)?;
            Some(Box::new(started(*start, (&user_data, scene), given_password)?))
        }
    };
    draft.count_dropped(dropped);
    let joined = joined(session, join, user_data);
    let (audience, who) = (Audience::of(joined.visibility), joined.id);
    draft.record(audience, Fact::Joined { joined: Box::new(joined), started });
    hold::came(&mut draft, scene, who);
    if draft.session.participant(who).is_some_and(|known| known.is_visible_agent()) {
        going::make_way(&mut draft);
    }
    Ok(draft.finish())
}

fn check(session: &Session, policy: &Policy, join: &Join) -> Result<(), Rejection> {
    if join.nickname.trim().is_empty() {
        return Err(Rejection::NoNickname);
    }
    super::limits::check_length(&join.nickname, policy.longest_nickname)?;
    if let Some(text) = &join.text {
        super::limits::check_length(text, policy.longest_text)?;
    }
    if !join.visibility.reaches(join.role) {
        return Err(Rejection::not_allowed("this role cannot take part with this visibility"));
    }
    if join.start.is_none() && join.role == Role::Client && session.started.is_some() {
        return Err(Rejection::not_allowed("a customer cannot join an existing session"));
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
    (user_data, scene): (&UserData, &Scene<'_, Session>),
    own_password: Option<String>,
) -> Result<Started, Rejection> {
    if own_password.as_ref().is_some_and(|own| own.chars().count() < SHORTEST_PASSWORD) {
        return Err(Rejection::not_allowed("a session password has at least 16 characters"));
    }
    let password = own_password.or(start.password);
    let Start { subject, tenant, service, queue, media_type, salt, password: _ } = start;
    let mut user_data = user_data.clone();
    user_data.0.remove(SET_STYLE);
    hold::begin(&mut user_data, scene);
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
        bot: None,
    }
}

impl Participant {
    /// User data of the joining as everybody sees it: with the first nickname, once it changed.
    pub fn shown_user_data(&self) -> UserData {
        let mut data = self.joined.user_data.clone();
        if self.is_renamed {
            data.set("GCTI_Original_Nickname", self.joined.nickname.as_str());
        }
        data
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::chat::command::NoticeWish;
    use crate::chat::participant::{Protocol, Visibility};
    use crate::chat::testing::{Stage, agent, bot, customer, join as join_of, start};

    const LONG_ENOUGH: &str = "0123456789abcdef";

    #[test]
    fn each_role_may_come_with_the_visibilities_that_it_can_see() {
        let allowed = [
            (Role::Client, vec![Visibility::All]),
            (Role::Agent, vec![Visibility::All, Visibility::Int]),
            (Role::Supervisor, vec![Visibility::All, Visibility::Int, Visibility::Vip]),
            (Role::External, vec![Visibility::All, Visibility::Int, Visibility::Vip]),
            (Role::System, vec![Visibility::All, Visibility::Int, Visibility::Vip]),
        ];
        for (role, allowed) in allowed {
            for visibility in [Visibility::All, Visibility::Int, Visibility::Vip] {
                let mut stage = Stage::empty();
                let start = Some(Box::new(start()));
                let person = Join { visibility, start, ..join_of("x", role, Protocol::Basic) };

                let joined = stage.join(person);

                assert_eq!(
                    joined.is_ok(),
                    allowed.contains(&visibility),
                    "{role:?} {visibility:?}"
                );
            }
        }
    }

    #[test]
    fn only_a_wish_with_a_start_starts_a_session_and_only_once() {
        let mut stage = Stage::empty();
        assert_eq!(stage.join(agent("bob")), Err(Rejection::NotStarted));

        let start = || Some(Box::new(start()));
        let first = stage.join(Join { start: start(), ..customer("ann") }).unwrap();
        let second = stage.join(Join { start: start(), ..customer("eve") });

        assert_eq!(first.participant, Some(stage.who("ann")));
        assert_eq!(second, Err(Rejection::KeyReused));
    }

    #[test]
    fn a_customer_cannot_join_the_session_of_somebody_else() {
        let mut stage = Stage::with(&[customer("ann")]);

        assert!(matches!(stage.join(customer("eve")), Err(Rejection::NotAllowed(_))));
    }

    #[test]
    fn a_nickname_is_needed_cleaned_and_not_endless() {
        let mut stage = Stage::with(&[customer("ann")]);
        let named = |name: &str| Join { nickname: name.into(), ..agent("bob") };

        assert_eq!(stage.join(named("")), Err(Rejection::NoNickname));
        assert_eq!(stage.join(named(" \u{7}")), Err(Rejection::NoNickname));
        let long = stage.join(named(&"b".repeat(129)));
        assert_eq!(long, Err(Rejection::TextTooLong { got: 129, most: 128 }));
        stage.join(named("bo\0b")).unwrap();
        stage.who("bob");
    }

    #[test]
    fn a_text_said_with_the_joining_is_kept_and_not_endless() {
        let mut stage = Stage::with(&[customer("ann")]);
        let saying = |text: String| Join { text: Some(text), ..agent("bob") };

        let long = stage.join(saying("x".repeat(64 * 1024 + 1)));
        assert!(matches!(long, Err(Rejection::TextTooLong { .. })));
        stage.join(saying("hi".into())).unwrap();

        assert_eq!(stage.last().fact.n_bytes(), "bobhi".len());
    }

    #[test]
    fn an_enforced_password_is_asked_of_everybody_who_comes_later() {
        let mut stage = Stage::empty();
        let start = Start { password: Some(LONG_ENOUGH.into()), ..start() };
        stage.join(Join { start: Some(Box::new(start)), ..customer("ann") }).unwrap();
        let with = |password: &str| Join {
            user_data: UserData::default().with(PASSWORD, password),
            ..agent("bob")
        };

        assert_eq!(stage.join(agent("bob")), Err(Rejection::BadPassword));
        assert_eq!(stage.join(with("0123456789abcdeF")), Err(Rejection::BadPassword));
        assert_eq!(stage.join(with("0123456789abcdef0")), Err(Rejection::BadPassword));
        stage.join(with(LONG_ENOUGH)).unwrap();
    }

    #[test]
    fn an_agent_may_think_of_a_long_password_himself_and_nobody_reads_it() {
        let starting = |password: &str| Join {
            start: Some(Box::new(start())),
            user_data: UserData::default().with(PASSWORD, password),
            ..agent("bob")
        };
        let short = Stage::empty().join(starting("0123456789abcde"));
        assert!(matches!(short, Err(Rejection::NotAllowed(_))));

        let mut stage = Stage::empty();
        stage.join(starting(LONG_ENOUGH)).unwrap();

        let started = stage.session.started.clone().unwrap();
        assert_eq!(started.password.as_deref(), Some(LONG_ENOUGH));
        assert_eq!(started.user_data, UserData::default());
        let bob = stage.session.participant(stage.who("bob")).unwrap();
        assert_eq!(bob.joined.user_data, UserData::default());
    }

    #[test]
    fn a_customers_own_password_and_style_are_dropped_and_told() {
        let mut stage = Stage::empty();
        let user_data = UserData::default().with(PASSWORD, LONG_ENOUGH).with(SET_STYLE, "BOT");
        stage.join(Join { start: Some(Box::new(start())), user_data, ..customer("ann") }).unwrap();

        assert_eq!(stage.dropped(), [PASSWORD, SET_STYLE]);
        assert_eq!(stage.session.started.as_ref().unwrap().password, None);
        assert!(!stage.session.customer().unwrap().is_bot());
    }

    #[test]
    fn only_agents_and_supervisors_can_be_bots() {
        let mut stage = Stage::with(&[customer("ann"), bot("max")]);
        let data = || UserData::default().with(SET_STYLE, "BOT");
        let workflow = join_of("flow", Role::External, Protocol::Esp);
        stage.join(Join { user_data: data(), ..workflow }).unwrap();
        let other = UserData::default().with(SET_STYLE, "bot");
        stage.join(Join { user_data: other, ..agent("bob") }).unwrap();

        let known = |name: &str| stage.session.participant(stage.who(name)).unwrap().clone();
        assert!(known("max").is_bot());
        assert_eq!(known("max").joined.user_data.text(STYLE).as_deref(), Some("BOT"));
        assert!(!known("flow").is_bot());
        assert!(!known("bob").is_bot());
    }

    #[test]
    fn the_token_of_a_restoration_is_kept_from_everybody() {
        let mut stage = Stage::with(&[customer("ann")]);
        let user_data = UserData::default().with("ChatServerWebapiToken", "t0ken").with("a", "b");

        stage.join(Join { user_data, ..agent("bob") }).unwrap();

        let bob = stage.session.participant(stage.who("bob")).unwrap();
        assert_eq!(bob.joined.user_data, UserData::default().with("a", "b"));
    }

    #[test]
    fn the_first_nickname_stays_known_however_often_it_changes() {
        let mut stage = Stage::with(&[customer("ann")]);
        let original = |stage: &Stage| {
            let ann = stage.session.customer().unwrap();
            ann.shown_user_data().text("GCTI_Original_Nickname")
        };
        assert_eq!(original(&stage), None);

        stage.notify("ann", NoticeWish::Nickname("Anna".into())).unwrap();
        stage.notify("ann", NoticeWish::Nickname("Annie".into())).unwrap();
        assert_eq!(stage.session.customer().unwrap().nickname, "Annie");
        stage.notify("ann", NoticeWish::Nickname("ann".into())).unwrap();

        assert_eq!(original(&stage).as_deref(), Some("ann"));
    }

    #[test]
    fn ids_of_participants_are_never_used_twice() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.leave("bob");

        let again = stage.join(agent("bob")).unwrap();

        assert_eq!(again.participant, Some(crate::base::ParticipantId(3)));
    }
}
