//! The wish that a thing be active here, and all that the registry must know to judge it.

use crate::base::{Process, ThingId};
use crate::owned::Thing;
use crate::ownership::actor::directory::Reached;
use crate::ownership::actor::take_over::Origin;
use crate::ownership::restoration::Asker;
use actix::prelude::*;

/// Makes a thing active here, if that is possible, and says where.
#[derive(Message)]
#[rtype(result = "Reached<T>")]
pub struct Open<T: Thing> {
    pub thing: ThingId,
    pub origin: Origin,
    /// Who owns it but cannot be reached, or said "take it".
    pub dead: Option<Process>,
    pub rouse: Rouse,
    /// Whether this process wants it by itself. Then the store alone says who has it: where it was
    /// once handed on to is a hint for requests, who are told if it is wrong.
    pub is_own_wish: bool,
    /// Who wants it.
    pub asker: Asker,
    _kind: std::marker::PhantomData<fn() -> T>,
}

/// Whether something that sleeps is woken, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rouse {
    ForRequest,
    AtDeadline,
    /// It goes on sleeping.
    Never,
}

impl<T: Thing> Open<T> {
    pub fn new(thing: ThingId, origin: Origin, dead: Option<Process>) -> Self {
        let (rouse, asker) = (Rouse::ForRequest, Asker::Server);
        let _kind = std::marker::PhantomData;
        Self { thing, origin, dead, rouse, is_own_wish: false, asker, _kind }
    }

    pub fn with(self, rouse: Rouse) -> Self {
        Self { rouse, ..self }
    }

    pub fn as_own_wish(self) -> Self {
        Self { is_own_wish: true, ..self }
    }

    pub fn asked_by(self, asker: Asker) -> Self {
        Self { asker, ..self }
    }
}
