//! Who asks, what he sent, and how he is answered.

use crate::config::{AgentRole, Config, Privilege};
use crate::contact::Reader;
use crate::contact::error::{Rejection, Unserved};
use crate::contact::reader::Running;
use crate::contact::right::Right;
use crate::edge::agent::Api;
use crate::edge::agent::account::Account;
use crate::edge::agent::admission::admit;
use crate::edge::agent::privilege::lacking;
use crate::edge::agent::refuse;
use actix_web::error::JsonPayloadError;
use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

/// Which privilege gives which right.
const RIGHTS: [(Right, Privilege); 3] = [
    (Right::Merge, Privilege::MergeContacts),
    (Right::Export, Privilege::ExportContacts),
    (Right::Erase, Privilege::EraseContacts),
];

/// What stands behind the question mark of a path, or why it makes no sense. It is read when it is
/// known who asks.
pub type Asked<T> = Result<web::Query<T>, actix_web::Error>;

/// Why a request was not carried out, before the house heard of it or after.
pub enum Refused {
    Unserved(Unserved),
    /// What was sent cannot be read.
    Unreadable(String),
    /// More was sent than anybody needs.
    TooLarge,
}

impl From<Unserved> for Refused {
    fn from(unserved: Unserved) -> Self {
        Self::Unserved(unserved)
    }
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Unserved(rejection.into())
    }
}

/// Answers as JSON, if the request brings a proof of who asks.
pub async fn answer<A: Serialize>(
    (request, api): (&HttpRequest, &web::Data<Api>),
    work: impl AsyncFnOnce(Reader) -> Result<A, Refused>,
) -> HttpResponse {
    answer_with((request, api), work, |found| ok().json(found)).await
}

/// The same, in a form of its own.
pub async fn answer_with<A>(
    (request, api): (&HttpRequest, &web::Data<Api>),
    work: impl AsyncFnOnce(Reader) -> Result<A, Refused>,
    show: impl FnOnce(A) -> HttpResponse,
) -> HttpResponse {
    let account = match admit(request, api).await {
        Ok(account) => account,
        Err(refused) => return refused,
    };
    if !account.has(&api.handles.config, Privilege::UseContacts) {
        return lacking(Privilege::UseContacts).answer();
    }
    match work(reader(&api.handles.config, &account)).await {
        Ok(found) => show(found),
        Err(refused) => tell(&refused),
    }
}

/// What about people is nobody's to keep on the way.
pub fn ok() -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    answer.insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer
}

pub fn asked<T>(query: Asked<T>) -> Result<T, Refused> {
    query.map(web::Query::into_inner).map_err(|error| Refused::Unreadable(error.to_string()))
}

fn is_too_large(error: &actix_web::Error) -> bool {
    error.as_error::<JsonPayloadError>().is_some_and(|error| {
        matches!(
            error,
            JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. }
        )
    })
}

/// The body of a request, which must come soon.
pub async fn body<T: DeserializeOwned + 'static>(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
) -> Result<T, Refused> {
    let mut payload = payload.into_inner();
    let reading = web::Json::<T>::from_request(request, &mut payload);
    match timeout(api.pace.login, reading).await {
        Ok(Ok(read)) => Ok(read.into_inner()),
        Ok(Err(error)) if is_too_large(&error) => Err(Refused::TooLarge),
        Ok(Err(error)) => Err(Refused::Unreadable(error.to_string())),
        Err(_) => Err(Refused::Unreadable("the body did not come in time".into())),
    }
}

fn reader(config: &Config, account: &Account) -> Reader {
    let finds = account.has(config, Privilege::FindInteractions);
    let running = if finds { Running::All } else { Running::Own };
    let reader = match account.role {
        AgentRole::Agent => Reader::agent(account.agent.clone()),
        AgentRole::Supervisor => Reader::supervisor(account.agent.clone()),
    };
    let rights = RIGHTS.into_iter().filter(|(_, privilege)| account.has(config, *privilege));
    Reader { running, rights: rights.map(|(right, _)| right).collect(), ..reader }
}

fn tell(refused: &Refused) -> HttpResponse {
    let (code, text) = match refused {
        Refused::Unreadable(what) => (400, what.clone()),
        Refused::TooLarge => (413, "the body is too large".to_owned()),
        Refused::Unserved(unserved) => (code(unserved), unserved.to_string()),
    };
    if let Refused::Unserved(Unserved::Store(error)) = refused {
        tracing::warn!(%error, "a question about contacts was not answered");
    }
    refuse::Refused::new(code, text).answer()
}

fn code(unserved: &Unserved) -> u16 {
    match unserved {
        Unserved::Store(_) => 503,
        Unserved::Rejected(rejection) => match rejection {
            Rejection::NoSuchContact(_)
            | Rejection::NoSuchRecord(_)
            | Rejection::NoSuchResponse(_) => 404,
            Rejection::NotHandledByYou(_) | Rejection::StillRuns(_) | Rejection::Lacks(_) => 403,
            Rejection::EmptyRemark
            | Rejection::EmptyChange
            | Rejection::BadAttribute { .. }
            | Rejection::ReservedAttribute(_)
            | Rejection::SameContact(_) => 400,
            Rejection::TooLong { .. }
            | Rejection::TooManyAttributes { .. }
            | Rejection::TooManyRemarks { .. } => 413,
            Rejection::KeyReused
            | Rejection::MergedElsewhere { .. }
            | Rejection::StillRunning(_) => 409,
            Rejection::Unsearchable(_) => 422,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::field::Choice;

    #[test]
    fn a_right_is_called_as_the_privilege_that_gives_it() {
        for (right, privilege) in RIGHTS {
            assert_eq!(right.name(), privilege.word());
        }
        assert_eq!(RIGHTS.map(|(right, _)| right), Right::ALL);
    }

    #[test]
    fn the_privileges_of_an_account_count_and_not_its_role_alone() {
        let mut config = Config::default();
        let own = |privileges: &[Privilege]| crate::config::Agent {
            privileges: Some(privileges.to_vec()),
            ..crate::config::Agent::default()
        };
        config.agents.insert("clerk".into(), own(&[Privilege::ExportContacts]));
        let account = |name: &str, role| Account { agent: name.into(), role };

        let clerk = reader(&config, &account("clerk", AgentRole::Agent));
        let ada = reader(&config, &account("ada", AgentRole::Agent));
        let sue = reader(&config, &account("sue", AgentRole::Supervisor));

        assert_eq!((clerk.rights, clerk.running), ([Right::Export].into(), Running::Own));
        assert_eq!((ada.rights, ada.running), ([].into(), Running::Own));
        assert_eq!((sue.rights, sue.running), (Right::ALL.into(), Running::All));
        let has = |name: &str, privilege| account(name, AgentRole::Agent).has(&config, privilege);
        assert!(has("ada", Privilege::UseContacts) && !has("clerk", Privilege::UseContacts));
    }
}
