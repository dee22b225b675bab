//! What a session remembers of its bots. Who has the floor follows from who comes and goes, and from
//! what agents and bots hand over.

use crate::base::{Millis, ParticipantId, Position};
use crate::chat::bots::note::{Ending, Note, note_of};
use crate::chat::bots::{BotSeen, Engagement, Which};
use crate::chat::event::{Event, Fact, Notice};
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::state::Session;
use std::collections::BTreeMap;
use std::sync::Arc;

type People = BTreeMap<ParticipantId, Arc<Participant>>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bots {
    /// The bot that speaks with the customer; nobody while people do.
    pub floor: Option<ParticipantId>,
    known: BTreeMap<ParticipantId, Bot>,
}

/// A bot that was brought in, also after it left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bot {
    pub came_at: Millis,
    pub left_at: Option<Millis>,
    /// The newest event that it should answer, or need not.
    pub wanted: Position,
    /// What its last words answered.
    pub answered: Position,
    pub n_sent: u64,
    pub n_received: u64,
    /// What the log says of its end; nothing of one that simply went with the session.
    pub ending: Option<Arc<Ending>>,
}

impl Bots {
    /// Folds an event in, when those whom it tells of are known as they are after it.
    pub fn fold(&mut self, people: &People, event: &Event) {
        if let Some(answers) = event.key.as_ref().and_then(|key| key.answers)
            && let Some(bot) = event.fact.author().and_then(|who| self.known.get_mut(&who))
        {
            bot.answered = bot.answered.max(answers);
        }
        match note_of(&event.fact) {
            Some(note) => self.fold_note(note, event.position),
            None => self.fold_fact(people, event),
        }
    }

    fn fold_note(&mut self, note: Note<'_>, position: Position) {
        match note {
            Note::Floor(to) => {
                self.floor = to;
                if let Some(bot) = to.and_then(|to| self.known.get_mut(&to)) {
                    bot.wanted = position;
                }
            }
            Note::Data(to, _) => {
                if let Some(bot) = self.known.get_mut(&to) {
                    bot.wanted = position;
                }
            }
            Note::Ended(who, ending) => {
                if let Some(bot) = self.known.get_mut(&who) {
                    bot.ending = Some(Arc::new(ending));
                }
            }
        }
    }

    fn fold_fact(&mut self, people: &People, event: &Event) {
        match &event.fact {
            Fact::Joined { joined, .. } if joined.bot.is_some() => {
                let bot = Bot { came_at: event.at, wanted: event.position, ..Bot::default() };
                self.known.insert(joined.id, bot);
                if joined.visibility == Visibility::All && !agents_are_here(people) {
                    self.floor = Some(joined.id);
                }
                return;
            }
            Fact::Joined { joined, .. } => {
                if people.get(&joined.id).is_some_and(|known| known.is_visible_agent()) {
                    self.floor = None;
                }
            }
            Fact::Left { who, .. } => self.fold_leaving(people, *who, event.at),
            Fact::Said { who, .. } => self.count(people, event, *who),
            Fact::Noticed { .. }
            | Fact::DataChanged { .. }
            | Fact::ContactFound { .. }
            | Fact::Closed { .. } => {}
        }
        if is_for_bots(people, &event.fact) {
            for (who, bot) in &mut self.known {
                if people.get(who).is_some_and(|known| known.is_here() && sees(known, event)) {
                    bot.wanted = event.position;
                }
            }
        }
    }

    fn fold_leaving(&mut self, people: &People, who: ParticipantId, at: Millis) {
        if let Some(bot) = self.known.get_mut(&who) {
            bot.left_at = Some(at);
        }
        let was_agent = people.get(&who).is_some_and(|known| known.is_visible_agent());
        if (was_agent || self.floor == Some(who)) && !agents_are_here(people) {
            self.floor = self.newest_visible(people);
        } else if self.floor == Some(who) {
            self.floor = None;
        }
    }

    fn newest_visible(&self, people: &People) -> Option<ParticipantId> {
        let mut known = self.known.keys().rev().filter_map(|who| people.get(who));
        let found =
            known.find(|known| known.is_here() && known.joined.visibility == Visibility::All);
        found.map(|found| found.joined.id)
    }

    fn count(&mut self, people: &People, event: &Event, author: ParticipantId) {
        for (who, bot) in &mut self.known {
            if *who == author {
                bot.n_sent += 1;
            } else if people.get(who).is_some_and(|known| known.is_here() && sees(known, event)) {
                bot.n_received += 1;
            }
        }
    }

    pub fn get(&self, who: ParticipantId) -> Option<&Bot> {
        self.known.get(&who)
    }

    pub fn ids(&self) -> impl Iterator<Item = ParticipantId> {
        self.known.keys().copied()
    }
}

impl Session {
    /// A bot that was brought in, what for, and what is known of it.
    pub fn bot(&self, who: ParticipantId) -> Option<(&Participant, &Engagement, &Bot)> {
        let known = self.participant(who)?;
        Some((&**known, known.joined.bot.as_deref()?, self.bots.get(who)?))
    }

    /// The one that was meant, if it is here.
    pub fn running_bot(&self, which: &Which) -> Option<ParticipantId> {
        self.bots.ids().find(|who| {
            self.bot(*who).is_some_and(|(known, engaged, _)| {
                known.is_here() && engaged.id == which.id && engaged.name == which.name
            })
        })
    }

    /// Whether a bot may act now. Those whom customers do not see advise, and need no floor.
    pub fn has_turns(&self, who: ParticipantId) -> bool {
        let Some((known, _, _)) = self.bot(who) else { return false };
        let has_floor = known.joined.visibility != Visibility::All || self.bots.floor == Some(who);
        self.closed.is_none() && known.is_here() && has_floor
    }

    pub fn seen_bots(&self) -> BTreeMap<ParticipantId, BotSeen> {
        let bots = self.bots.ids().filter_map(|who| {
            let (known, engaged, _) = self.bot(who)?;
            let ending = (!known.is_here()).then(|| self.bot_ending(who));
            let has_floor = self.bots.floor == Some(who);
            Some((who, BotSeen { which: engaged.which(), has_floor, ending }))
        });
        bots.collect()
    }

    /// How a bot's work ended: by what the log says of it, or else it was removed or went with the
    /// session.
    pub fn bot_ending(&self, who: ParticipantId) -> Ending {
        match self.bots.get(who).and_then(|bot| bot.ending.as_deref()) {
            Some(ending) => ending.clone(),
            None if self.closed.is_some() => Ending::new("SYSTEM", "ALL_PARTICIPANTS_LEFT"),
            None => Ending::new("AGENT", "REMOVED"),
        }
    }
}

/// Whether an event is no less visible than a bot is: what agents whisper is not for one that speaks
/// with the customer.
pub(super) fn sees(bot: &Participant, event: &Event) -> bool {
    let is_addressed = event.receiver.is_none_or(|receiver| receiver == bot.joined.id);
    is_addressed && event.visibility <= bot.joined.visibility
}

fn agents_are_here(people: &People) -> bool {
    people.values().any(|known| known.is_here() && known.is_visible_agent())
}

/// Whether a bot is to be given a turn because of it. Only people lead to turns: two bots, or a bot and
/// a workflow, would never come to an end.
fn is_for_bots(people: &People, fact: &Fact) -> bool {
    let is_person = fact.author().and_then(|who| people.get(&who)).is_some_and(|author| {
        let role = author.joined.role;
        matches!(role, Role::Client | Role::Agent | Role::Supervisor) && !author.is_bot()
    });
    is_person
        && match fact {
            Fact::Joined { .. } | Fact::Said { .. } | Fact::Left { .. } => true,
            Fact::Noticed { notice, .. } => match notice {
                Notice::PushUrl { .. } | Notice::Custom { .. } | Notice::System { .. } => true,
                Notice::Nickname { .. }
                | Notice::ReadConfirm { .. }
                | Notice::IdleAlert { .. }
                | Notice::IdleClose { .. }
                | Notice::IdleSet { .. } => false,
            },
            Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => false,
        }
}
