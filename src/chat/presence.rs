//! Who is still there: when a web participant last asked for something, whose connection is lost
//! since when. It is known to this process only; after a restoration everybody gets his full time
//! again.

use crate::base::{Millis, ParticipantId, Parting};
use crate::chat::event::LeaveReason;
use crate::chat::participant::{Joined, Participant, Protocol, Role};
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Presence {
    known: BTreeMap<ParticipantId, Sign>,
    /// Customers to whom nothing can be pushed any more, since when.
    unreachable: BTreeMap<ParticipantId, Millis>,
}

/// The last sign of life of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// A web participant asked for something.
    Asked(Millis),
    /// A web participant was there before a restoration, and has not been heard of since.
    Expected(Millis),
    /// A connection is open.
    Connected,
    /// A web participant is told what happens, and gave a sign of life then.
    Attached(Millis),
    /// A connection was lost; he may come back unseen.
    Lost { at: Millis, reason: LeaveReason, parting: Parting },
}

impl Presence {
    pub fn asked(&mut self, who: ParticipantId, now: Millis) {
        let is_attached = matches!(self.known.get(&who), Some(Sign::Attached(_)));
        let sign = if is_attached { Sign::Attached(now) } else { Sign::Asked(now) };
        self.known.insert(who, sign);
    }

    /// Whoever comes over the web has asked for something by coming; whoever holds a connection has
    /// his time to attach it, and not for ever.
    pub fn came(&mut self, joined: &Joined, now: Millis) {
        match joined.protocol {
            Protocol::Flex => self.asked(joined.id, now),
            Protocol::Basic => self.lost(joined, now),
            Protocol::Esp | Protocol::None => {}
        }
    }

    pub fn connected(&mut self, joined: &Joined, now: Millis) {
        let sign = match joined.protocol {
            Protocol::Flex => Sign::Attached(now),
            Protocol::Basic | Protocol::Esp | Protocol::None => Sign::Connected,
        };
        self.known.insert(joined.id, sign);
    }

    /// Whoever comes over the web may go on by asking.
    pub fn lost(&mut self, joined: &Joined, now: Millis) {
        let (reason, parting) = (LeaveReason::Disconnect, Parting::Lost);
        let sign = match joined.protocol {
            Protocol::Flex => Sign::Asked(now),
            Protocol::Basic | Protocol::Esp | Protocol::None => {
                Sign::Lost { at: now, reason, parting }
            }
        };
        self.known.insert(joined.id, sign);
    }

    /// Nothing can be pushed to him any more: he is to ask, and has his time for it.
    pub fn unreachable(&mut self, who: ParticipantId, now: Millis) {
        self.unreachable.insert(who, now);
    }

    /// Whose connection is lost was told to go on elsewhere, and has the time for it.
    pub fn told_to_move(&mut self, who: ParticipantId) {
        if let Some(Sign::Lost { parting, .. }) = self.known.get_mut(&who) {
            *parting = Parting::Moving;
        }
    }

    /// Whose connection is lost and who may come back.
    pub fn lost_connections(&self) -> impl Iterator<Item = ParticipantId> {
        let lost = self.known.iter().filter(|(_, sign)| matches!(sign, Sign::Lost { .. }));
        lost.map(|(who, _)| *who)
    }

    pub fn forget(&mut self, who: ParticipantId) {
        self.known.remove(&who);
    }

    /// Nobody could be served before: silence and absence count from then on.
    pub fn served_since(&mut self, since: Millis) {
        for sign in self.known.values_mut() {
            match sign {
                Sign::Asked(at)
                | Sign::Expected(at)
                | Sign::Attached(at)
                | Sign::Lost { at, .. } => *at = since.max(*at),
                Sign::Connected => {}
            }
        }
    }

    /// Nobody is connected yet after a restoration: everybody gets his time to come back.
    pub fn restored(&mut self, session: &Session, parting: Parting, now: Millis) {
        for participant in session.here() {
            let who = participant.joined.id;
            let sign = match participant.joined.protocol {
                Protocol::Flex => Sign::Expected(now),
                Protocol::Basic => {
                    Sign::Lost { at: now, reason: LeaveReason::Restoration, parting }
                }
                Protocol::Esp | Protocol::None => continue,
            };
            self.known.insert(who, sign);
        }
    }

    /// Since when nobody has asked for anything, if all who give signs of life have given one here
    /// and none of them is connected.
    pub fn silent_since(&self, session: &Session) -> Option<Millis> {
        let mut last = None;
        for participant in session.here() {
            match self.known.get(&participant.joined.id) {
                Some(Sign::Asked(at)) => last = last.max(Some(*at)),
                Some(Sign::Expected(at)) if session.is_held() => last = last.max(Some(*at)),
                // His time runs only while somebody remembers when it began.
                Some(
                    Sign::Expected(_) | Sign::Connected | Sign::Attached(_) | Sign::Lost { .. },
                ) => return None,
                None => {}
            }
        }
        last
    }

    pub fn next_deadline(&self, session: &Session, policy: &Policy) -> Option<Millis> {
        let here = session.here();
        here.filter_map(|participant| Some(self.deadline(session, participant, policy)?.0)).min()
    }

    /// Whose time is over, and what is written as the reason.
    pub fn overdue(
        &self,
        session: &Session,
        now: Millis,
        policy: &Policy,
    ) -> Vec<(ParticipantId, LeaveReason)> {
        let due = session.here().filter_map(|participant| {
            let (at, reason) = self.deadline(session, participant, policy)?;
            (at <= now).then_some((participant.joined.id, reason))
        });
        due.collect()
    }

    /// Nobody expects a customer to ask while his chat is on hold; afterwards his time begins anew.
    fn deadline(
        &self,
        session: &Session,
        of: &Participant,
        policy: &Policy,
    ) -> Option<(Millis, LeaveReason)> {
        match self.known.get(&of.joined.id)? {
            Sign::Asked(_) | Sign::Expected(_) | Sign::Attached(_)
                if of.joined.role == Role::Client && session.is_held() =>
            {
                None
            }
            sign @ (Sign::Asked(at) | Sign::Expected(at)) => {
                let unreachable = self.unreachable.get(&of.joined.id).copied();
                let since = session.hold_ended.max(*at).max(unreachable.unwrap_or_default());
                let goes_on = policy.push.goes_on_restored || matches!(sign, Sign::Asked(_));
                let goes_on = goes_on && unreachable.is_none();
                let patience = if policy.push.is_on && goes_on && of.joined.is_pushed_to() {
                    policy.flex_push_patience()
                } else {
                    policy.flex_disconnect_timeout
                };
                Some((since + patience, LeaveReason::Disconnect))
            }
            Sign::Attached(at) => {
                let since = session.hold_ended.max(*at);
                Some((since + policy.flex_push_patience(), LeaveReason::Disconnect))
            }
            Sign::Connected => None,
            Sign::Lost { at, reason, parting } => Some((*at + policy.window(*parting), *reason)),
        }
    }
}
