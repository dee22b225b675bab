//! One agent who is logged in: his media, what he is offered and what he handles.

use crate::base::{AgentId, InteractionId, MediaCounts, Millis, Position};
use crate::interaction::capacity::{Capacity, Full};
use crate::interaction::ids::{ConnectionId, MediaType, Ticket};
use crate::interaction::party::Part;
use crate::interaction::profile::Profile;
use crate::interaction::reason::NotReadyCause;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    pub place: Option<String>,
    pub presence: Presence,
    /// The connection that took his desk last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Newest>,
    /// What his account said when his connection began.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
    /// The rule as it was when his connection began.
    pub capacity: Capacity,
    pub media: BTreeMap<MediaType, MediaState>,
    pub invited: BTreeMap<Ticket, Taken>,
    pub handling: BTreeMap<InteractionId, MediaType>,
    /// Since when he is to be left in peace, if he is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub do_not_disturb: Option<Millis>,
    /// What he only looks on at. It takes none of his places.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub monitoring: BTreeSet<InteractionId>,
}

/// A connection, and when it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    pub connection: ConnectionId,
    pub begun: Millis,
}

/// What an invitation is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub interaction: InteractionId,
    pub media: MediaType,
    #[serde(default, skip_serializing_if = "Part::is_handler")]
    pub part: Part,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Connected {
        connection: ConnectionId,
        since: Position,
    },
    /// Logged in, but for a while nobody can reach him.
    Lost {
        /// From when his window counts.
        at: Millis,
        since: Position,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    Ready {
        since: Millis,
        /// His place among those who are ready: where he became ready or was last offered
        /// something, whichever is later, so that work goes round.
        turn: Position,
    },
    NotReady {
        since: Millis,
        reason: String,
        cause: NotReadyCause,
    },
}

/// Why an agent cannot be offered one more of a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hindrance {
    NotLoggedInForMedia,
    NotReady {
        reason: String,
    },
    DoNotDisturb,
    ConnectionLost,
    AtCapacity {
        load: u32,
        most: u32,
    },
    /// His capacity rule is a condition that does not hold with what he has.
    RuleForbids {
        rule: String,
        having: String,
    },
    /// Nobody knows whether his capacity rule allows it.
    RuleFails {
        why: String,
    },
}

impl Agent {
    pub fn new(id: AgentId, place: Option<String>, capacity: Capacity, presence: Presence) -> Self {
        Self {
            id,
            place,
            presence,
            newest: None,
            profile: Profile::default(),
            capacity,
            media: BTreeMap::new(),
            invited: BTreeMap::new(),
            handling: BTreeMap::new(),
            do_not_disturb: None,
            monitoring: BTreeSet::new(),
        }
    }

    /// How many of a medium he is offered or handles. Who is asked to handle what he coaches has one.
    pub fn load(&self, media: &MediaType) -> u32 {
        let n_taken = self.taken().filter(|one| *one == media).count();
        u32::try_from(n_taken).unwrap_or(u32::MAX)
    }

    /// The same of every medium.
    fn loads(&self) -> MediaCounts {
        let mut loads = MediaCounts::default();
        for media in self.taken() {
            loads.add(&media.0);
        }
        loads
    }

    /// The medium of each that takes one of his places.
    fn taken(&self) -> impl Iterator<Item = &MediaType> {
        let is_more =
            |taken: &&Taken| taken.part.counts() && !self.handling.contains_key(&taken.interaction);
        let invited = self.invited.values().filter(is_more);
        invited.map(|taken| &taken.media).chain(self.handling.values())
    }

    /// How many of a medium he can have, with what he has of others.
    pub fn most(&self, media: &MediaType) -> u32 {
        self.capacity.most(media, &self.loads())
    }

    /// What keeps him from being offered one more, if anything does.
    pub fn hindrance(&self, media: &MediaType) -> Option<Hindrance> {
        match self.media.get(media) {
            None => return Some(Hindrance::NotLoggedInForMedia),
            Some(MediaState::NotReady { reason, .. }) => {
                return Some(Hindrance::NotReady { reason: reason.clone() });
            }
            Some(MediaState::Ready { .. }) => {}
        }
        if self.do_not_disturb.is_some() {
            return Some(Hindrance::DoNotDisturb);
        }
        if !self.is_connected() {
            return Some(Hindrance::ConnectionLost);
        }
        self.is_full(media)
    }

    /// What keeps him from taking one by his own wish: he need not be ready for that.
    pub fn hindrance_of_own_wish(&self, media: &MediaType) -> Option<Hindrance> {
        if !self.media.contains_key(media) {
            return Some(Hindrance::NotLoggedInForMedia);
        }
        self.is_full(media)
    }

    fn is_full(&self, media: &MediaType) -> Option<Hindrance> {
        // Asked of everybody for everything that waits, and mostly a number.
        if let Some(most) = self.capacity.number(media) {
            let load = self.load(media);
            return (most <= load).then_some(Hindrance::AtCapacity { load, most });
        }
        let loads = self.loads();
        Some(match self.capacity.forbids(media, &loads)? {
            Full::Most(most) => Hindrance::AtCapacity { load: loads.of(&media.0), most },
            Full::While(condition) => {
                let having = loads.all().map(|(media, count)| format!("{count} of {media}"));
                let having = having.collect::<Vec<_>>().join(", ");
                Hindrance::RuleForbids { rule: condition.text().to_owned(), having }
            }
            Full::Unknown { why } => Hindrance::RuleFails { why },
        })
    }

    pub fn is_connected(&self) -> bool {
        matches!(self.presence, Presence::Connected { .. })
    }

    pub fn is_connected_by(&self, candidate: &ConnectionId) -> bool {
        matches!(&self.presence, Presence::Connected { connection, .. } if connection == candidate)
    }

    /// Whether a connection began before the one that took his desk last.
    pub fn is_older(&self, connection: &ConnectionId, begun: Option<Millis>) -> bool {
        let Some((newest, begun)) = self.newest.as_ref().zip(begun) else { return false };
        newest.connection != *connection && begun < newest.begun
    }

    /// Notes which connection took his desk.
    pub fn note_newest(&mut self, connection: &ConnectionId, begun: Option<Millis>) {
        let newest = |begun| Newest { connection: connection.clone(), begun };
        self.newest = begun.map(newest);
    }

    /// The position of the event that made his connection what it is.
    pub fn present_since(&self) -> Position {
        match self.presence {
            Presence::Connected { since, .. } | Presence::Lost { since, .. } => since,
        }
    }

    /// From when his window counts, if his connection is lost.
    pub fn lost_at(&self) -> Option<Millis> {
        match self.presence {
            Presence::Connected { .. } => None,
            Presence::Lost { at, .. } => Some(at),
        }
    }

    /// The media for which he is logged in and not ready.
    pub fn media_not_ready(&self) -> impl Iterator<Item = &MediaType> {
        let not_ready =
            self.media.iter().filter(|(_, state)| matches!(state, MediaState::NotReady { .. }));
        not_ready.map(|(media, _)| media)
    }

    /// His turns among those who are ready.
    pub fn turns(&self) -> impl Iterator<Item = (&MediaType, Position)> {
        self.media.iter().filter_map(|(media, state)| match state {
            MediaState::Ready { turn, .. } => Some((media, *turn)),
            MediaState::NotReady { .. } => None,
        })
    }
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoggedInForMedia => f.write_str("he is not logged in for this medium"),
            Self::NotReady { reason } if reason.is_empty() => f.write_str("he is not ready"),
            Self::NotReady { reason } => write!(f, "he is not ready ({reason})"),
            Self::DoNotDisturb => f.write_str("he is not to be disturbed"),
            Self::ConnectionLost => f.write_str("his connection is lost"),
            Self::AtCapacity { load, most } => {
                write!(f, "he has {load} of the {most} that his capacity rule allows")
            }
            Self::RuleForbids { rule, having } if having.is_empty() => {
                write!(f, "his capacity rule '{rule}' forbids it even while he has nothing")
            }
            Self::RuleForbids { rule, having } => {
                write!(f, "his capacity rule '{rule}' forbids it while he has {having}")
            }
            Self::RuleFails { why } => write!(f, "his capacity rule cannot be asked: {why}"),
        }
    }
}
