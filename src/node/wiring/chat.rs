//! Effects of chat sessions: the Interaction Server, the contact's record and the figures hear of
//! them here.

use crate::base::{Claim, Clock, InteractionId, Millis, Position, SessionId, UserData, Value};
use crate::chat::bots::BotReport;
use crate::chat::effect::{Count, HistoryReport, InteractionReport, Note};
use crate::chat::outbox::Destination;
use crate::chat::tally::AgentPresence;
use crate::chat::{Command, Effect, Look, Policy, Session, Visibility};
use crate::config::{AttachStatistics, Config, StopAbandoned};
use crate::edge::agent::restoration_token::{RESTORATION_TOKEN, restoration_token};
use crate::edge::handles::ClusterKey;
use crate::edge::push::Courier;
use crate::esp::Door;
use crate::interaction::command::Manner;
use crate::interaction::event::Nature;
use crate::interaction::{self, Answer, Change, Domain, SessionNote, SessionReport, Submission};
use crate::interaction::{Address, property};
use crate::node::wiring::bots::Gateway;
use crate::node::wiring::routing_domain;
use crate::owned::{Log, Shell};
use crate::ownership::actor::Things;
use crate::telemetry::{Health, meters, session_finished};
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// The shell of every chat session of this node.
pub struct ChatShell {
    pub clock: Arc<dyn Clock>,
    pub log: Arc<dyn Log<Session>>,
    pub health: Arc<Health>,
    pub policy: Arc<Policy>,
    pub config: Arc<Config>,
    /// What tokens of sessions are made with, where anybody gets one.
    pub token_key: Option<ClusterKey>,
    /// Set when everything has started, and emptied when it stops: houses and their ways to each
    /// other form a ring.
    pub ways: Arc<ArcSwapOption<Ways>>,
}

/// How effects reach the houses.
#[derive(Clone)]
pub struct Ways {
    pub sessions: Things<Session>,
    pub routing: Things<Domain>,
    pub history: crate::node::wiring::contact::History,
    /// The way of strategies to the sessions.
    pub esp: Arc<dyn Door>,
    pub bots: Arc<Gateway>,
    pub push: Arc<Courier>,
}

impl Shell<Session> for ChatShell {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn log(&self) -> &dyn Log<Session> {
        &*self.log
    }

    fn policy(&self) -> Arc<Policy> {
        self.policy.clone()
    }

    fn served_since(&self) -> Option<Millis> {
        self.health.store_works_since()
    }

    fn most_waiting(&self) -> usize {
        usize::try_from(self.config.limits.requests_waiting).unwrap_or(usize::MAX)
    }

    fn carry_out(&self, claim: &Claim, effects: Vec<Effect>) {
        let session = SessionId(claim.thing().0.clone());
        for effect in effects {
            match effect {
                Effect::TellInteraction(report) => self.tell_interaction(claim, report),
                Effect::SaveHistory(report) => self.save_history(&session, report),
                Effect::TellBot(report) => self.tell_bot(&session, report),
                Effect::Push(note) => {
                    if let Some(ways) = self.ways.load_full() {
                        ways.push.push(&session, *note);
                    }
                }
                Effect::TellAddress => self.tell_address(claim, &session),
                Effect::Count(what) => count(&session, what),
            }
        }
    }
}

impl ChatShell {
    fn tell_interaction(&self, claim: &Claim, report: InteractionReport) {
        let Some(ways) = self.ways.load_full() else { return };
        let session = SessionId(claim.thing().0.clone());
        let notes = report.notes.into_iter();
        let report = SessionReport {
            interaction: (&session).into(),
            after: report.after,
            upto: report.upto,
            notes: notes.map(|(position, note)| (position, self.note(claim, note))).collect(),
        };
        actix::spawn(async move {
            if let Some(upto) = tell(&ways.routing, report).await {
                confirm(&ways.sessions, &session, Destination::Interaction, upto).await;
            }
        });
    }

    fn tell_address(&self, claim: &Claim, session: &SessionId) {
        let Some(ways) = self.ways.load_full() else { return };
        let note = SessionNote::AddressChanged(self.address(claim));
        let none = Position::NONE;
        let report = SessionReport {
            interaction: session.into(),
            after: none,
            upto: none,
            notes: vec![(none, note)],
        };
        actix::spawn(async move {
            tell(&ways.routing, report).await;
        });
    }

    fn save_history(&self, session: &SessionId, report: Box<HistoryReport>) {
        let Some(ways) = self.ways.load_full() else { return };
        let session = session.clone();
        actix::spawn(async move {
            let Some(saved) = ways.history.save(&session, &report).await else { return };
            if let Some(known) = saved.contact {
                let (contact, attributes) = (known.id, known.attributes);
                let name = Command::NameContact { contact, attributes };
                if let Err(error) = ways.sessions.perform(&(&session).into(), name).await {
                    tracing::debug!(%session, %error, "the contact was not told");
                }
            }
            confirm(&ways.sessions, &session, Destination::History, saved.upto).await;
        });
    }

    fn tell_bot(&self, session: &SessionId, report: Box<BotReport>) {
        let Some(ways) = self.ways.load_full() else { return };
        let session = session.clone();
        actix::spawn(async move { ways.bots.tell(&ways.sessions, &session, *report).await });
    }

    fn note(&self, claim: &Claim, note: Note) -> SessionNote {
        let session = claim.thing();
        match note {
            Note::Started { at, started, password } => {
                let mut properties = self
                    .own_address()
                    .with(property::IS_ONLINE, "1")
                    .with(property::CHAT_SERVER_SESSION_ID, session.as_str())
                    .with(property::CHAT_SERVER_SESSION_STARTED_AT, iso(at))
                    .with("Subject", started.subject.as_str());
                if let Some(password) = password {
                    properties.set("ChatServerSessionPassword", password);
                }
                if let Some(key) = &self.token_key {
                    let session = SessionId(session.0.clone());
                    properties.set(RESTORATION_TOKEN, restoration_token(key, &session));
                }
                SessionNote::Started(Box::new(Submission {
                    submitted_by: interaction::ServerName::from("chat"),
                    interaction: Some(InteractionId(session.0.clone())),
                    key: None,
                    media: interaction::MediaType(started.media_type.clone()),
                    tenant: started.tenant.clone(),
                    to: interaction::command::Destination::Queue(interaction::QueueName(
                        started.queue.clone(),
                    )),
                    subtype: "InboundNew".into(),
                    nature: Nature::Session,
                    kind: interaction::InteractionType::Inbound,
                    owner: Some(claim.lane().process()),
                    user_data: started.user_data.clone(),
                    properties,
                }))
            }
            Note::DataChanged { added } => {
                SessionNote::DataChanged(Change { changed: added, ..Change::default() })
            }
            Note::ContactFound { contact, attributes } => {
                let added = attributes.with("ContactId", contact.as_str());
                SessionNote::DataChanged(Change { added, ..Change::default() })
            }
            Note::PartyJoined { person, visibility, .. } => {
                SessionNote::PartyJoined { agent: person, manner: manner(visibility) }
            }
            Note::PartyLeft { person, visibility, reason, .. } => SessionNote::PartyLeft {
                agent: person,
                reason: reason.code(),
                manner: manner(visibility),
            },
            Note::Ended { at, attached, agents } => {
                let attached = self
                    .attached(attached)
                    .with(property::CHAT_SERVER_SESSION_CLOSED_AT, iso(at))
                    .with("csg_ChatSessionID", session.as_str());
                SessionNote::Ended {
                    attached,
                    and_stop: stops(self.config.settings.stop_abandoned_interaction, agents),
                }
            }
        }
    }

    /// What `attach-session-statistics` lets through. Media type and tenant always go with it.
    fn attached(&self, all: UserData) -> UserData {
        let always = ["csg_MediaType", "csg_TenantId"];
        let keeps = |key: &str, value: &Value| match self.config.settings.attach_session_statistics
        {
            AttachStatistics::All => true,
            AttachStatistics::Fired => *value != Value::Number(0),
            AttachStatistics::None => always.contains(&key),
        };
        UserData(all.0.into_iter().filter(|(key, value)| keeps(key, value)).collect())
    }

    fn own_address(&self) -> UserData {
        UserData::default()
            .with(property::CHAT_SERVER_HOST, self.config.listen.advertised_host.as_str())
            .with(property::CHAT_SERVER_PORT, self.config.listen.agent.port().to_string())
            .with(property::CHAT_SERVER_APP_NAME, self.config.node.app_name.as_str())
    }

    fn address(&self, claim: &Claim) -> Address {
        Address {
            host: self.config.listen.advertised_host.clone(),
            port: self.config.listen.agent.port(),
            app_name: self.config.node.app_name.clone(),
            owner: Some(claim.lane().process()),
            epoch: claim.epoch(),
        }
    }
}

fn manner(visibility: Visibility) -> Manner {
    match visibility {
        Visibility::All => Manner::Open,
        Visibility::Int | Visibility::Vip => Manner::Unseen,
    }
}

/// How far the routing domain has come, if it answered.
async fn tell(routing: &Things<Domain>, report: SessionReport) -> Option<Position> {
    let interaction = report.interaction.clone();
    let command = interaction::Command::ReportFromSession(report);
    match routing.perform_named(&routing_domain(), command).await {
        Ok(Answer::Confirmed { upto }) => Some(upto),
        Ok(other) => {
            tracing::error!(%interaction, ?other, "a report got an answer of another kind");
            None
        }
        Err(error) => {
            tracing::warn!(%interaction, %error, "the report will be told again");
            None
        }
    }
}

async fn confirm(
    sessions: &Things<Session>,
    session: &SessionId,
    destination: Destination,
    upto: Position,
) {
    let thing = session.into();
    let confirm = Look::Confirm { destination, upto };
    if let Err(error) = sessions.look(&thing, confirm).await {
        tracing::debug!(%session, ?destination, %error, "the confirmation was not taken");
    }
}

fn count(session: &SessionId, what: Count) {
    match what {
        Count::SessionCreated => meters().sessions_created.increment(1),
        Count::SessionFinished { by, reason } => session_finished(by.name(), reason.name()),
        Count::Message { party } => meters().messages.of(party).increment(1),
        Count::Duplicate => meters().duplicate_requests.increment(1),
        Count::UnknownPushProvider => {
            meters().pushes.of("unknown").increment(1);
            tracing::info!(%session, "a customer wants pushes through an unknown provider");
        }
        Count::DroppedData { keys, .. } => {
            meters().dropped_user_data.increment(keys.len() as u64);
            tracing::info!(%session, ?keys, "user data that a customer may not set was dropped");
        }
    }
}

fn iso(at: Millis) -> String {
    crate::base::time::utc(at)
}

/// What `stop-abandoned-interaction` says of a session that ended with or without agents.
fn stops(option: StopAbandoned, agents: AgentPresence) -> bool {
    match option {
        StopAbandoned::Never => false,
        StopAbandoned::Always => true,
        StopAbandoned::NoAgents => agents != AgentPresence::Present,
        StopAbandoned::NoAnswer => agents == AgentPresence::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stopped_at_the_end_of_a_session_is_the_options_word() {
        use AgentPresence::{Absent, Present, Visited};
        let stopped = |option| [Absent, Visited, Present].map(|agents| stops(option, agents));

        assert_eq!(stopped(StopAbandoned::Never), [false; 3]);
        assert_eq!(stopped(StopAbandoned::NoAnswer), [true, false, false]);
        assert_eq!(stopped(StopAbandoned::NoAgents), [true, true, false]);
        assert_eq!(stopped(StopAbandoned::Always), [true; 3]);
    }
}
