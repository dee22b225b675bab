//! What all requests of customers share on one node: keys, limits per address, handles to the
//! sessions. It knows who asks, or does not let him in.

use crate::base::Millis;
use crate::config::CometdSection;
use crate::edge::handles::Handles;
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::form::{Duplicates, Form, SECURE_KEY, USER_ID};
use crate::edge::rest_v2::keys::{Bearer, Keys};
use crate::edge::rest_v2::limiter::Limiter;
use aws_lc_rs::error::Unspecified;
use std::net::IpAddr;
use std::time::Duration;

pub struct Reception {
    pub handles: Handles,
    pub keys: Keys,
    creations: Limiter,
    failed_keys: Limiter,
}

/// Somebody who has proved who he is.
#[derive(Clone, Debug)]
pub struct Caller {
    pub bearer: Bearer,
    /// The key he proved it with, to be sent back. Never logged.
    pub secure_key: String,
}

impl Reception {
    pub fn new(handles: Handles) -> Result<Self, Unspecified> {
        let limits = &handles.config.limits;
        Ok(Self {
            keys: Keys::new(&handles.cluster_key, handles.chance.clone())?,
            creations: Limiter::per_minute(limits.create_rate),
            failed_keys: Limiter::per_minute(limits.failed_key_rate),
            handles,
        })
    }

    pub fn section(&self) -> &CometdSection {
        &self.handles.config.cometd
    }

    pub fn now(&self) -> Millis {
        self.handles.now()
    }

    pub fn duplicates(&self) -> Duplicates {
        if self.handles.config.settings.allow_duplicated_kvp {
            Duplicates::LastWins
        } else {
            Duplicates::Refused
        }
    }

    /// Counts a creation of an address.
    pub fn admit_creation(&self, address: Option<IpAddr>) -> Result<(), Fault> {
        let taken = address.map_or(Ok(()), |address| self.creations.take(address, self.now()));
        taken.map_err(|after| Fault::too_many("too many chats are started from here", after))
    }

    /// Finds out who asks. A good key is never refused, however many bad ones came from the same
    /// address; a bad one is not told from one for a session that never was.
    pub fn recognise(
        &self,
        chat_id: &str,
        form: &Form,
        address: Option<IpAddr>,
    ) -> Result<Caller, Fault> {
        let (user, token) = (form.required(USER_ID)?, form.required(SECURE_KEY)?);
        if let Some(bearer) = self.keys.open(token, chat_id, user) {
            return Ok(Caller { bearer, secure_key: token.to_owned() });
        }
        let counted = address.map_or(Ok(()), |address| self.failed_keys.take(address, self.now()));
        Err(counted.map_or_else(too_many_keys, |()| Fault::bad_key()))
    }

    /// The same, for a key that names its own session. Whatever else a request says of that must not
    /// say otherwise.
    pub fn recognise_key(
        &self,
        (chat_id, form): (Option<&str>, &Form),
        address: Option<IpAddr>,
    ) -> Result<Caller, Fault> {
        let token = form.required(SECURE_KEY)?;
        let bearer = self.keys.open_alone(token).filter(|bearer| {
            chat_id.is_none_or(|id| id == bearer.session.0)
                & form.get(USER_ID).is_none_or(|id| id == bearer.user.0)
        });
        if let Some(bearer) = bearer {
            return Ok(Caller { bearer, secure_key: token.to_owned() });
        }
        let counted = address.map_or(Ok(()), |address| self.failed_keys.take(address, self.now()));
        Err(counted.map_or_else(too_many_keys, |()| Fault::bad_key()))
    }
}

fn too_many_keys(after: Duration) -> Fault {
    Fault::too_many("too many wrong keys came from here", after)
}
