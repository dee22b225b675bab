//! What one desk was told and has asked, folded frame by frame.

use crate::cli::centre::journal::{DeskLog, Happening, Journal, Note};
use crate::cli::centre::judge::day::{Day, Excess, Holding, Offer, OfferEnd, Snapshot};
use crate::cli::centre::judge::shown::{placed_at, priority, skill};
use crate::cli::torture::check::Micros;
use crate::cli::torture::desk::MEDIA;
use crate::edge::agent::wire::frame::{
    AgentStatus, Interaction, Invite, Operation, PartyAdded, PartyRemoved, Revoked,
};
use crate::edge::agent::wire::request::{Request, VisibilityMode};
use crate::edge::agent::wire::{Frame, MediaState, Ref};
use std::collections::{BTreeMap, BTreeSet};

/// The day as all desks saw it.
pub fn day(journal: &Journal) -> Day {
    let mut day = Day::default();
    for desk in journal.desks.values() {
        day.capacities.insert(desk.agent.clone(), desk.capacity);
        day.skills.insert(desk.agent.clone(), desk.skills.clone());
        let mut fold = Fold::new(&mut day, desk);
        for note in &desk.notes {
            fold.take(note);
        }
        fold.end();
        for note in &desk.notes {
            if let Happening::Heard(frame) = &note.what
                && let Frame::FoundInteractions(found) = &**frame
            {
                let interactions = found.interactions.clone();
                day.snapshots.push(Snapshot { at: note.at, interactions });
            }
        }
    }
    day.offers.sort_by_key(|offer| offer.ticket);
    day.holdings.sort_by_key(|holding| holding.from);
    day.snapshots.sort_by_key(|snapshot| snapshot.at);
    day
}

struct Fold<'a> {
    day: &'a mut Day,
    log: &'a DeskLog,
    heard_last: Micros,
    is_connected: bool,
    is_ready: bool,
    is_left_in_peace: bool,
    /// He has asked to be left alone, and was not answered yet.
    is_resting: bool,
    /// He has asked for work. What comes of it is told before his own new state is.
    is_rising: bool,
    free_since: Option<Micros>,
    /// Open ones, by their place in the day.
    offers: BTreeMap<u64, usize>,
    holdings: BTreeMap<String, usize>,
    /// Offers that he is saying no to: they take no place any more.
    rejecting: BTreeMap<u64, u64>,
    accepting: BTreeMap<u64, u64>,
    urging: BTreeMap<u64, String>,
    /// Since when offers and holdings are certain again.
    ringing: BTreeMap<u64, Micros>,
    having: BTreeMap<String, Micros>,
    /// Who has an interaction, as this desk was told; only if it knows all of them.
    parties: BTreeMap<String, BTreeMap<String, Option<VisibilityMode>>>,
    /// What he has asked for himself.
    wanted: BTreeSet<String>,
}

impl<'a> Fold<'a> {
    fn new(day: &'a mut Day, log: &'a DeskLog) -> Self {
        Self {
            day,
            log,
            heard_last: 0,
            is_connected: false,
            is_ready: false,
            is_left_in_peace: false,
            is_resting: false,
            is_rising: false,
            free_since: None,
            offers: BTreeMap::new(),
            holdings: BTreeMap::new(),
            rejecting: BTreeMap::new(),
            accepting: BTreeMap::new(),
            urging: BTreeMap::new(),
            ringing: BTreeMap::new(),
            having: BTreeMap::new(),
            parties: BTreeMap::new(),
            wanted: BTreeSet::new(),
        }
    }

    fn take(&mut self, note: &Note) {
        let at = note.at;
        match &note.what {
            Happening::Opened => self.is_connected = true,
            Happening::Lost => self.lose(),
            Happening::Sent(frame) => self.sent(frame.reference.as_ref(), &frame.request, at),
            Happening::Heard(frame) => {
                self.heard_last = at;
                self.heard(frame, at);
            }
        }
        self.look_whether_free(at);
    }

    /// What is open at the end was so until the desk was heard from last.
    fn end(&mut self) {
        self.lose();
    }

    /// From now on nothing is certain.
    fn lose(&mut self) {
        let last = self.heard_last;
        if self.is_connected {
            *self.day.losses.entry(self.log.agent.clone()).or_default() += 1;
        }
        (self.is_connected, self.is_ready) = (false, false);
        for ticket in self.ringing.keys().copied().collect::<Vec<_>>() {
            self.quiet(ticket, last);
        }
        for interaction in self.having.keys().cloned().collect::<Vec<_>>() {
            self.doubt(&interaction, last);
        }
        if let Some(since) = self.free_since.take() {
            self.day.free.push((self.log.agent.clone(), (since, last.max(since))));
        }
        self.parties.clear();
        self.rejecting.clear();
        self.accepting.clear();
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what begins and ends nothing does not count"
    )]
    fn sent(&mut self, reference: Option<&Ref>, request: &Request, at: Micros) {
        let number = match reference {
            Some(Ref::Number(number)) => *number,
            Some(Ref::Text(_)) | None => 0,
        };
        match request {
            Request::Reject(reject) => {
                self.quiet(reject.ticket, at);
                self.rejecting.insert(number, reject.ticket);
            }
            Request::Accept(accept) => {
                self.quiet(accept.ticket, at);
                self.accepting.insert(number, accept.ticket);
            }
            Request::StopProcessing(stop) => self.doubt(&stop.interaction_id, at),
            Request::PlaceInQueue(place) => self.doubt(&place.interaction_id, at),
            Request::PlaceInWorkbin(place) => self.doubt(&place.interaction_id, at),
            Request::LeaveInteraction(one) => self.doubt(&one.interaction_id, at),
            Request::Transfer(transfer) if transfer.queue.is_some() => {
                self.doubt(&transfer.interaction_id, at);
            }
            Request::Release(release) => self.doubt(&release.session_id, at),
            Request::Pull(pull) => {
                self.wanted.insert(pull.interaction_id.clone());
            }
            Request::Intrude(intrude) => {
                self.wanted.insert(intrude.interaction_id.clone());
            }
            Request::ChangeProperties(change) => {
                let value = change.changed.text("Priority").or(change.added.text("Priority"));
                if let Some(value) = value.and_then(|value| value.parse().ok()) {
                    let id = &change.interaction_id;
                    self.urging.insert(number, id.clone());
                    self.day.urgencies.entry(id.clone()).or_default().push((at, None, value));
                }
            }
            Request::Ready(_)
            | Request::DoNotDisturbOff(_)
            | Request::AgentLogin(_)
            | Request::AddMedia(_) => (self.is_rising, self.is_resting) = (true, false),
            // He is not to be counted upon any more.
            Request::NotReady(_) | Request::DoNotDisturbOn(_) | Request::AgentLogout(_) => {
                (self.is_resting, self.is_rising) = (true, false);
            }
            _ => {}
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what begins and ends nothing does not count"
    )]
    fn heard(&mut self, frame: &Frame, at: Micros) {
        match frame {
            Frame::Ack(ack) => self.answered(ack.reference.as_ref(), true, at),
            Frame::Error(failure) => self.answered(failure.reference.as_ref(), false, at),
            Frame::AgentStatus(status) => self.standing_is(status, at),
            Frame::Invite(invite) => {
                self.invited(invite, Some(self.is_able() || self.is_rising), at);
            }
            Frame::Revoked(revoked) => self.revoked(revoked, at),
            Frame::PartyAdded(added) => self.added(added, at),
            Frame::PartyRemoved(removed) => self.removed(removed, at),
            Frame::LoggedOut(_) => {
                for ticket in self.offers.keys().copied().collect::<Vec<_>>() {
                    // What had rung when he went away may have ended before he was logged out.
                    let is_certain = self.ringing.contains_key(&ticket);
                    let end = OfferEnd::Revoked("logged_out".to_owned());
                    let end = if is_certain { end } else { OfferEnd::Unknown };
                    self.offer_ends(ticket, end, at);
                }
                for interaction in self.holdings.keys().cloned().collect::<Vec<_>>() {
                    self.holding_ends(&interaction, "logged_out", at);
                }
                (self.is_ready, self.is_resting) = (false, false);
            }
            _ => {}
        }
    }

    fn answered(&mut self, reference: Option<&Ref>, is_done: bool, at: Micros) {
        let Some(Ref::Number(number)) = reference else { return };
        if let Some(ticket) = self.rejecting.remove(number)
            && is_done
        {
            self.offer_ends(ticket, OfferEnd::Rejected, at);
        }
        if let Some(ticket) = self.accepting.remove(number)
            && is_done
            && let Some(offer) =
                self.offers.get(&ticket).and_then(|at| self.day.offers.get_mut(*at))
        {
            offer.end = OfferEnd::Accepted;
        }
        if let Some(interaction) = self.urging.remove(number)
            && let Some(last) =
                self.day.urgencies.get_mut(&interaction).and_then(|all| all.last_mut())
        {
            last.1 = Some(at);
        }
    }

    fn standing_is(&mut self, status: &AgentStatus, at: Micros) {
        let media = status.media.iter().find(|one| one.media == MEDIA);
        self.is_ready = media.is_some_and(|one| one.state == MediaState::Ready);
        self.is_left_in_peace = status.do_not_disturb.is_some();
        // What he is told may be of before his wish.
        if self.is_able() {
            self.is_rising = false;
        } else {
            self.is_resting = false;
        }
        let (Some(invitations), Some(handled)) = (&status.invitations, &status.handled) else {
            return;
        };
        let open: BTreeSet<u64> = invitations.iter().map(|one| one.ticket).collect();
        let has: BTreeSet<&str> = handled.iter().map(|one| one.interaction_id.as_str()).collect();
        for (ticket, place) in self.offers.clone() {
            if !open.contains(&ticket) {
                let is_his = self
                    .day
                    .offers
                    .get(place)
                    .is_some_and(|offer| has.contains(offer.interaction.as_str()));
                let end = if is_his { OfferEnd::Accepted } else { OfferEnd::Unknown };
                self.offer_ends(ticket, end, at);
            }
        }
        for interaction in self.holdings.keys().cloned().collect::<Vec<_>>() {
            if !has.contains(interaction.as_str()) {
                self.holding_ends(&interaction, "while away", at);
            }
        }
        for invite in invitations {
            self.invited(invite, None, at);
        }
        for interaction in handled {
            self.found(interaction, at);
        }
    }

    fn is_able(&self) -> bool {
        self.is_connected && self.is_ready && !self.is_left_in_peace
    }

    fn invited(&mut self, invite: &Invite, was_able: Option<bool>, at: Micros) {
        let (ticket, interaction) = (invite.ticket, &invite.interaction);
        if !self.offers.contains_key(&ticket) {
            self.offers.insert(ticket, self.day.offers.len());
            let id = interaction.interaction_id.clone();
            self.day.offers.push(Offer {
                ticket,
                agent: self.log.agent.clone(),
                interaction: id.clone(),
                operation: invite.operation,
                inviter: invite.inviter.clone(),
                mode: invite.visibility_mode,
                queue: interaction.queue.clone(),
                skill: skill(interaction),
                placed_at: placed_at(interaction),
                priority: priority(interaction),
                at,
                rang: vec![],
                end: OfferEnd::Open,
                ended_at: None,
                was_able,
            });
            if invite.visibility_mode != Some(VisibilityMode::Monitor) {
                self.look_at_load(&id, at);
            }
        }
        self.ringing.entry(ticket).or_insert(at);
    }

    fn revoked(&mut self, revoked: &Revoked, at: Micros) {
        let Some(ticket) = revoked.ticket else {
            // What he had was taken from him.
            return self.holding_ends(&revoked.interaction_id, &revoked.reason, at);
        };
        let end = match revoked.reason.as_str() {
            "expired" => OfferEnd::Missed,
            reason => OfferEnd::Revoked(reason.to_owned()),
        };
        self.offer_ends(ticket, end, at);
    }

    fn added(&mut self, added: &PartyAdded, at: Micros) {
        let id = &added.interaction_id;
        let is_own = added.agent == self.log.agent;
        let is_alone = matches!(added.operation, Some(Operation::RouteTo | Operation::Pull));
        if is_own && is_alone {
            self.parties.insert(id.clone(), BTreeMap::new());
        } else if is_alone && self.holdings.contains_key(id) {
            let (he, other) = (&self.log.agent, &added.agent);
            self.day.strange.push(format!("{id}: {other} was given what {he} has"));
        }
        if let Some(known) = self.parties.get_mut(id) {
            let before = known.insert(added.agent.clone(), added.visibility_mode);
            if before == Some(added.visibility_mode) {
                let who = &added.agent;
                self.day.strange.push(format!("{id}: {who} came to it twice"));
            }
        }
        if is_own {
            self.has_now(id, (added.operation, added.visibility_mode), at);
        }
    }

    fn has_now(
        &mut self,
        id: &str,
        (operation, mode): (Option<Operation>, Option<VisibilityMode>),
        at: Micros,
    ) {
        let of_it = |(_, place): &(&u64, &usize)| {
            self.day.offers.get(**place).is_some_and(|offer| offer.interaction == id)
        };
        let offers: Vec<u64> =
            self.offers.iter().filter(of_it).map(|(ticket, _)| *ticket).collect();
        let was_offered = !offers.is_empty();
        for ticket in offers {
            self.offer_ends(ticket, OfferEnd::Accepted, at);
        }
        let wanted = self.wanted.remove(id);
        if let Some(place) = self.holdings.get(id)
            && let Some(holding) = self.day.holdings.get_mut(*place)
        {
            // He comes nearer, or looks on from farther away.
            (holding.operation, holding.mode) = (operation, mode);
            return;
        }
        let has_ground = match operation {
            Some(Operation::RouteTo | Operation::Transfer | Operation::Conference) => was_offered,
            Some(Operation::Pull | Operation::Intrude) => wanted,
            None => true,
        };
        self.hold(id, (operation, mode), has_ground, at);
        if operation.is_some() && mode != Some(VisibilityMode::Monitor) {
            self.look_at_load(id, at);
        }
    }

    fn hold(
        &mut self,
        id: &str,
        (operation, mode): (Option<Operation>, Option<VisibilityMode>),
        has_ground: bool,
        at: Micros,
    ) {
        self.holdings.insert(id.to_owned(), self.day.holdings.len());
        self.having.insert(id.to_owned(), at);
        self.day.holdings.push(Holding {
            agent: self.log.agent.clone(),
            interaction: id.to_owned(),
            operation,
            mode,
            from: at,
            had: vec![],
            ended_at: None,
            reason: None,
            has_ground,
        });
    }

    /// Something lies on the desk after a connection began anew.
    fn found(&mut self, interaction: &Interaction, at: Micros) {
        let id = &interaction.interaction_id;
        if self.holdings.contains_key(id) {
            self.having.entry(id.clone()).or_insert(at);
            return;
        }
        let observer = interaction.observers.iter().find(|one| one.agent == self.log.agent);
        self.hold(id, (None, observer.map(|one| one.visibility_mode)), true, at);
    }

    fn removed(&mut self, removed: &PartyRemoved, at: Micros) {
        let id = &removed.interaction_id;
        if let Some(known) = self.parties.get_mut(id)
            && known.remove(&removed.agent).is_none()
        {
            let who = &removed.agent;
            self.day.strange.push(format!("{id}: {who} went from it and never came"));
        }
        if removed.agent == self.log.agent {
            self.holding_ends(id, &removed.reason, at);
        }
    }

    fn offer_ends(&mut self, ticket: u64, end: OfferEnd, at: Micros) {
        self.quiet(ticket, at);
        let Some(place) = self.offers.remove(&ticket) else { return };
        if let Some(offer) = self.day.offers.get_mut(place) {
            (offer.end, offer.ended_at) = (end, Some(at));
        }
    }

    fn holding_ends(&mut self, id: &str, reason: &str, at: Micros) {
        self.doubt(id, at);
        self.parties.remove(id);
        let Some(place) = self.holdings.remove(id) else { return };
        if let Some(holding) = self.day.holdings.get_mut(place) {
            (holding.ended_at, holding.reason) = (Some(at), Some(reason.to_owned()));
        }
    }

    /// Up to here it rang for certain.
    fn quiet(&mut self, ticket: u64, at: Micros) {
        let Some(since) = self.ringing.remove(&ticket) else { return };
        let offer = self.offers.get(&ticket).and_then(|place| self.day.offers.get_mut(*place));
        if let Some(offer) = offer {
            offer.rang.push((since, at.max(since)));
        }
    }

    /// Up to here he had it for certain.
    fn doubt(&mut self, id: &str, at: Micros) {
        let Some(since) = self.having.remove(id) else { return };
        let holding = self.holdings.get(id).and_then(|place| self.day.holdings.get_mut(*place));
        if let Some(holding) = holding {
            holding.had.push((since, at.max(since)));
        }
    }

    fn load(&self) -> usize {
        let offers = self.offers.iter().filter(|(ticket, place)| {
            let mode = self.day.offers.get(**place).and_then(|offer| offer.mode);
            let is_rejected = self.rejecting.values().any(|rejected| rejected == *ticket);
            mode != Some(VisibilityMode::Monitor) && !is_rejected
        });
        let holdings = self.holdings.values().filter(|place| {
            let mode = self.day.holdings.get(**place).and_then(|holding| holding.mode);
            mode != Some(VisibilityMode::Monitor)
        });
        offers.count() + holdings.count()
    }

    fn look_at_load(&mut self, id: &str, at: Micros) {
        let (load, capacity) = (self.load(), self.log.capacity);
        self.day.n_loads += 1;
        if (capacity as usize) < load {
            let (agent, interaction) = (self.log.agent.clone(), id.to_owned());
            self.day.excesses.push(Excess { agent, at, load, capacity, interaction });
        }
    }

    fn look_whether_free(&mut self, at: Micros) {
        let is_free =
            self.is_able() && !self.is_resting && self.load() < self.log.capacity as usize;
        match (is_free, self.free_since) {
            (true, None) => self.free_since = Some(at),
            (false, Some(since)) => {
                self.day.free.push((self.log.agent.clone(), (since, at)));
                self.free_since = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}
