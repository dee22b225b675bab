//! What bots have still to hear. One report of a bot is on its way at a time. How far a bot has come is
//! known from the log where it has spoken, and otherwise to this process only: what it heard in silence
//! it may hear once more after a restoration.

use crate::base::{Millis, ParticipantId, Position, UserData};
use crate::chat::bots::memory::sees;
use crate::chat::bots::note::{Note, note_of};
use crate::chat::effect::Effect;
use crate::chat::event::Event;
use crate::chat::line::Line;
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A report has at most so many lines, the newest ones.
const MOST_LINES: usize = 200;

/// After a restoration a bot hears again of an end that is no older than this.
const END_IS_NEWS: Duration = Duration::from_secs(600);

/// By bot.
#[derive(Clone, Debug, Default)]
pub struct Telling(BTreeMap<ParticipantId, Cursor>);

#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    heard: Position,
    /// Since when a report is on its way.
    on_its_way: Option<Millis>,
}

/// What a bot is to answer, or the end of its work.
#[derive(Clone, Debug)]
pub struct BotReport {
    pub who: ParticipantId,
    pub occasion: Occasion,
    /// What the log knows of as answered: a turn builds on that.
    pub after: Position,
    /// What this process knows of as heard.
    pub heard: Position,
    pub upto: Position,
    pub lines: Vec<Line>,
    /// Lines that were left out, before all others.
    pub n_skipped: usize,
    /// What its workflow sent.
    pub data: Vec<(Position, UserData)>,
    pub session: Session,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It hears of its session for the first time, as far as this process knows.
    Start,
    Turn,
    End,
}

impl Telling {
    /// The reports that are due now; they then count as on their way.
    pub fn due(
        &mut self,
        session: &Session,
        transcript: &[Arc<Event>],
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        for who in session.bots.ids() {
            if self.due_at(session, who, policy).is_some_and(|at| at <= now)
                && let Some(report) = self.report(session, transcript, who)
            {
                self.0.entry(who).or_default().on_its_way = Some(now);
                effects.push(Effect::TellBot(Box::new(report)));
            }
        }
        effects
    }

    pub fn next_deadline(&self, session: &Session, policy: &Policy) -> Option<Millis> {
        session.bots.ids().filter_map(|who| self.due_at(session, who, policy)).min()
    }

    /// A bot has heard everything up to here, whatever it said.
    pub fn heard(&mut self, who: ParticipantId, upto: Position) {
        let cursor = self.0.entry(who).or_default();
        cursor.heard = cursor.heard.max(upto);
        cursor.on_its_way = None;
    }

    /// Whether no bot has to hear anything.
    pub fn is_empty(&self, session: &Session) -> bool {
        !session.bots.ids().any(|who| self.wants(session, who))
    }

    /// What ended long ago was told by whoever had the session then.
    pub fn restored(&mut self, session: &Session, now: Millis) {
        for who in session.bots.ids() {
            let left_at = session.bots.get(who).and_then(|bot| bot.left_at);
            if left_at.is_some_and(|at| at + END_IS_NEWS < now) {
                self.heard(who, session.last);
            }
        }
    }

    fn due_at(&self, session: &Session, who: ParticipantId, policy: &Policy) -> Option<Millis> {
        if !self.wants(session, who) {
            return None;
        }
        let on_its_way = self.0.get(&who).and_then(|cursor| cursor.on_its_way);
        Some(on_its_way.map_or(Millis(0), |since| since + policy.tell_bot_again))
    }

    fn wants(&self, session: &Session, who: ParticipantId) -> bool {
        let Some((known, _, bot)) = session.bot(who) else { return false };
        match known.left {
            Some(left) => self.heard_of(who) < left,
            None => session.has_turns(who) && self.heard_of(who).max(bot.answered) < bot.wanted,
        }
    }

    fn heard_of(&self, who: ParticipantId) -> Position {
        self.0.get(&who).map_or(Position::NONE, |cursor| cursor.heard)
    }

    fn report(
        &self,
        session: &Session,
        transcript: &[Arc<Event>],
        who: ParticipantId,
    ) -> Option<BotReport> {
        let (known, _, bot) = session.bot(who)?;
        let heard = self.heard_of(who).max(bot.answered);
        let occasion = match known.left {
            Some(_) => Occasion::End,
            None if heard == Position::NONE => Occasion::Start,
            None => Occasion::Turn,
        };
        let fresh = &transcript[usize::try_from(heard.0).ok()?.min(transcript.len())..];
        let visible = fresh.iter().filter(|event| sees(known, event));
        let mut lines: Vec<_> =
            visible.filter_map(|event| Line::for_viewer(session, event, known)).collect();
        let n_skipped = lines.len().saturating_sub(MOST_LINES);
        lines.drain(..n_skipped);
        let data = fresh.iter().filter_map(|event| match note_of(&event.fact)? {
            Note::Data(to, data) if to == who => Some((event.position, data.clone())),
            Note::Data(..) | Note::Floor(_) | Note::Ended(..) => None,
        });
        Some(BotReport {
            who,
            occasion,
            after: bot.answered,
            heard,
            upto: session.last,
            lines,
            n_skipped,
            data: data.collect(),
            session: session.clone(),
        })
    }
}
