//! Starting a chat: from the first form of a customer to a session with him in it.

use crate::base::{ParticipantId, SessionId, UserData};
use crate::chat::command::{Join, Once, Say, Start};
use crate::chat::decide::clean_text;
use crate::chat::participant::{ClientVersion, Protocol};
use crate::chat::transcript::From;
use crate::chat::{Command, Look, Policy, Role, Visibility};
use crate::config::Config;
use crate::edge::handles::StartOrigin;
use crate::edge::rest_v2::chat::{Way, look, perform};
use crate::edge::rest_v2::fault::{BAD_EMAIL, CANNOT_START, Fault, NO_NAME};
use crate::edge::rest_v2::form::{
    EMAIL, ENDPOINT, FIRST_NAME, Form, LAST_NAME, NICKNAME, SUBJECT, TEXT,
};
use crate::edge::rest_v2::keys::{Bearer, Channel};
use crate::edge::rest_v2::reception::{Caller, Reception};
use crate::edge::rest_v2::reply::Outcome;

/// A client's own key for a creation leads to the chat and its secure key, so it must be as hard to
/// guess as a random one is; two customers who count from 1 must not meet.
const SHORTEST_KEY: usize = 16;

/// The key of the first words, within the session.
const FIRST_WORDS: &str = "first-words-of-create";

pub async fn create(
    reception: &Reception,
    (service, channel): (&str, Channel),
    form: &Form,
    key: Option<String>,
) -> Result<(Caller, Outcome), Fault> {
    let wish = Wish::read(reception, service, form)?;
    let (session, way) = name(reception, &wish, key.as_deref())?;
    let once = Once { id: key.unwrap_or_else(|| reception.handles.new_session_id().0) };
    let join = wish.join(reception, once);
    let answer = perform(&reception.handles, &session, join, way).await?;
    let who = answer.participant.unwrap_or(ParticipantId(1));
    if let Some(text) = wish.text {
        say(reception, &session, who, text).await?;
    }
    let service = (channel == Channel::Cometd).then(|| service.to_owned());
    let (caller, outcome) = welcome(reception, session, (who, channel, service), form).await?;
    Ok((caller, Outcome { is_repeated: answer.repeated, ..outcome }))
}

/// A creation as it was asked for, checked as far as nobody but this edge can.
struct Wish {
    nickname: String,
    text: Option<String>,
    user_data: UserData,
    start: StartOrigin,
}

impl Wish {
    fn read(reception: &Reception, service: &str, form: &Form) -> Result<Self, Fault> {
        let (tenant, queue) = origin(&reception.handles.config, service, form.get(ENDPOINT))?;
        let start = StartOrigin {
            subject: form.text(SUBJECT).unwrap_or_default(),
            tenant,
            service: service.to_owned(),
            queue,
        };
        let text = first_words(form, &reception.handles.chat_policy)?;
        Ok(Self { nickname: nickname(form)?, text, user_data: user_data(form)?, start })
    }

    fn join(&self, reception: &Reception, once: Once) -> Command {
        let StartOrigin { subject, tenant, service, queue } = &self.start;
        let origin = StartOrigin {
            subject: subject.clone(),
            tenant: tenant.clone(),
            service: service.clone(),
            queue: queue.clone(),
        };
        let start: Start = reception.handles.new_start(origin);
        let time_zone = self.user_data.text("TimeZone");
        Command::Join(Box::new(Join {
            once: Some(once),
            user_id: reception.handles.new_user_id(),
            person: None,
            nickname: self.nickname.clone(),
            role: Role::Client,
            visibility: Visibility::All,
            protocol: Protocol::Flex,
            client_version: ClientVersion::NEWEST,
            time_zone_offset: time_zone.and_then(|text| text.parse().ok()).unwrap_or_default(),
            text: None,
            user_data: self.user_data.clone(),
            start: Some(Box::new(start)),
        }))
    }
}

fn name(reception: &Reception, wish: &Wish, key: Option<&str>) -> Result<(SessionId, Way), Fault> {
    let Some(key) = key else { return Ok((reception.handles.new_session_id(), Way::New)) };
    if key.len() < SHORTEST_KEY {
        let message = format!("the key of a creation has at least {SHORTEST_KEY} characters");
        return Err(Fault::unreadable(400, message));
    }
    let parts = [wish.start.tenant.as_str(), wish.start.service.as_str(), key];
    Ok((reception.keys.session_named(&parts), Way::Named))
}

fn origin(
    config: &Config,
    service: &str,
    endpoint: Option<&str>,
) -> Result<(String, String), Fault> {
    let own = config.endpoint_of(service).ok_or_else(no_such_service)?;
    let cannot = || Fault::invalid(CANNOT_START, "a new chat cannot be started at this time");
    let (tenant, _) = own.split_once(':').ok_or_else(cannot)?;
    let queue = match endpoint {
        None => config.queue_of(own).ok_or_else(cannot)?,
        // A customer may choose among the endpoints of this service's tenant, and no others.
        Some(wished) => {
            let alias = wished.strip_prefix(&format!("{tenant}:")).unwrap_or(wished);
            let queue = config.queue_of(&format!("{tenant}:{alias}"));
            queue.ok_or_else(|| Fault::unreadable(400, "there is no such endpoint"))?
        }
    };
    Ok((tenant.to_owned(), queue.to_owned()))
}

pub fn no_such_service() -> Fault {
    Fault::unreadable(404, "there is no such service")
}

fn nickname(form: &Form) -> Result<String, Fault> {
    if let Some(nickname) = form.text(NICKNAME) {
        return Ok(nickname);
    }
    let names: Vec<&str> =
        [FIRST_NAME, LAST_NAME].into_iter().filter_map(|n| form.get(n)).collect();
    if names.is_empty() {
        let message = "a nickname, or a first name and a last name, are needed";
        return Err(Fault::invalid(NO_NAME, message));
    }
    Ok(names.join(" "))
}

/// The first words are said after the joining; they must not fail then.
fn first_words(form: &Form, policy: &Policy) -> Result<Option<String>, Fault> {
    let text = form.text(TEXT).map(clean_text).filter(|text| !text.trim().is_empty());
    match &text {
        Some(text) if policy.longest_text < text.len() => Err(Fault::too_long(policy.longest_text)),
        Some(_) | None => Ok(text),
    }
}

/// What was said about the customer goes to the user data, by the names that identification knows.
fn user_data(form: &Form) -> Result<UserData, Fault> {
    let mut data = form.user_data.clone();
    if let Some(email) = form.get(EMAIL)
        && !is_email(email)
    {
        return Err(Fault::invalid(BAD_EMAIL, "this is no e-mail address"));
    }
    let known = [(FIRST_NAME, "FirstName"), (LAST_NAME, "LastName"), (EMAIL, "EmailAddress")];
    for (parameter, key) in known {
        if let Some(value) = form.text(parameter) {
            data.set(key, value);
        }
    }
    Ok(data)
}

/// Only what cannot be an address is refused: whether it is one, a mail will tell.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let has_blanks = text.chars().any(|c| c.is_whitespace() || c.is_control());
    let is_domain = domain.split('.').all(|label| !label.is_empty());
    !name.is_empty() && !name.contains('@') && is_domain && !has_blanks && text.len() <= 254
}

async fn say(
    reception: &Reception,
    session: &SessionId,
    who: ParticipantId,
    text: String,
) -> Result<(), Fault> {
    let say = Command::Say(Say {
        once: Some(Once { id: FIRST_WORDS.to_owned() }),
        who,
        visibility: Visibility::All,
        receiver: None,
        text,
        message_type: None,
        treat_as: None,
        attributes: UserData::default(),
    });
    perform(&reception.handles, session, say, Way::Existing).await.map(drop)
}

async fn welcome(
    reception: &Reception,
    session: SessionId,
    (who, channel, service): (ParticipantId, Channel, Option<String>),
    form: &Form,
) -> Result<(Caller, Outcome), Fault> {
    let from = form.view_from()?.unwrap_or(From::Id(crate::chat::EventId(1)));
    let now = reception.now();
    let poll = Look::Poll { who, from, typing: None };
    let sight = look(&reception.handles, &session, poll).await?;
    let user = sight.user.ok_or_else(|| Fault::not_now("the session sleeps"))?;
    let bearer = Bearer { session, user, participant: who, channel, service };
    let sealed = reception.keys.seal(&bearer, now);
    let secure_key = sealed.map_err(|_| Fault::not_now("the key could not be made"))?;
    Ok((Caller { bearer, secure_key }, Outcome { view: sight.view, is_repeated: false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        for good in ["a@b.c", "a.b+c@host", "ä@ö.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b.c", "a@", "a@b..c", "a b@c.d", "a@b@c.d", "a@b.c\n"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
