//! Bots: what a session has to say to one goes out here, and what it answers becomes a wish of the
//! session.

use crate::base::{Clock, Millis, SessionId, ThingId};
use crate::bot::actor::Webhook;
use crate::bot::actor::webhook::Unanswered as Silence;
use crate::bot::answer::Reply;
use crate::bot::policy::Sample;
use crate::bot::{BotPolicy, Delivery, Means, report, sample};
use crate::chat::bots::{Act, BotReport, BotWish, Failure, Occasion, StartBot, Turn};
use crate::chat::event::EventId;
use crate::chat::live::{LiveNotice, Typing};
use crate::chat::{Command, Look, Rejection, Session, Visibility};
use crate::node::wiring::report_file::ReportFile;
use crate::ownership::Unanswered;
use crate::ownership::actor::Things;
use crate::telemetry::meters;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A session that is spoken in too fast is asked again after this, so often.
const PACE: Duration = Duration::from_secs(1);
const MOST_PACED: u32 = 30;

/// The bots of this node, and the records of their work.
pub struct Gateway {
    bots: BTreeMap<String, Bot>,
    clock: Arc<dyn Clock>,
    reports: Option<ReportFile>,
}

enum Bot {
    Webhook(Webhook),
    Sample(Sample),
}

impl Gateway {
    pub fn new(
        policies: BTreeMap<String, BotPolicy>,
        clock: Arc<dyn Clock>,
        report_file: Option<PathBuf>,
    ) -> Self {
        let mut bots = BTreeMap::new();
        for (id, policy) in policies {
            let bot = match policy.means {
                Means::Sample(sample) => Bot::Sample(sample),
                Means::Webhook(webhook) => {
                    if webhook.address.url.starts_with("http://") {
                        tracing::warn!(bot = id, "what this bot is told goes out unencrypted");
                    }
                    match Webhook::new(webhook, clock.clone()) {
                        Ok(webhook) => Bot::Webhook(webhook),
                        // Chats are worth more than one bot: it is as if it were not configured.
                        Err(error) => {
                            tracing::error!(bot = id, %error, "this bot cannot be asked");
                            continue;
                        }
                    }
                }
            };
            bots.insert(id, bot);
        }
        Self { bots, clock, reports: report_file.map(ReportFile::new) }
    }

    /// Tells a bot and carries out what it answers. However that ends, the session hears of it; if it
    /// cannot, it makes its report once more.
    pub async fn tell(&self, sessions: &Things<Session>, session: &SessionId, told: BotReport) {
        let Some(delivery) = Delivery::of(session, &told) else { return };
        let chat = Chat { sessions, thing: session.into(), told: &told };
        let answered = self.ask(&told, &delivery).await;
        let is_heard = match (told.occasion, answered) {
            (Occasion::End, _) => {
                self.record(session, &told);
                true
            }
            (_, Ok(Reply { acts, is_typing })) => {
                let is_heard = acts.is_empty() || chat.act(acts).await;
                if is_heard && is_typing {
                    chat.types(self.clock.now()).await;
                }
                is_heard
            }
            (_, Err(failure)) => chat.fail(failure).await,
        };
        if is_heard {
            chat.heard().await;
        }
    }

    async fn ask(&self, told: &BotReport, delivery: &Delivery) -> Result<Reply, Failure> {
        let begun = self.clock.now();
        let id = &delivery.bot.engagement.id;
        let (result, answered) = match self.bots.get(id) {
            None => ("unknown", Err(Failure::NotConfigured)),
            Some(Bot::Sample(kind)) => {
                let acts = sample::answer(*kind, delivery);
                ("answered", Ok(Reply { acts, is_typing: false }))
            }
            Some(Bot::Webhook(webhook)) => match webhook.ask(delivery).await {
                Ok(reply) => ("answered", Ok(reply)),
                Err(silence) => {
                    let delivery = &delivery.delivery;
                    tracing::warn!(bot = id, delivery, %silence, "a bot gave no answer to use");
                    match silence {
                        Silence::Silent { .. } => ("silent", Err(Failure::NoAnswer)),
                        Silence::Refused(_) => ("refused", Err(Failure::NoAnswer)),
                        Silence::Bad(_) => ("bad", Err(Failure::BadAnswer)),
                    }
                }
            },
        };
        meters().bot_deliveries.of(result).increment(1);
        if told.occasion != Occasion::End {
            let took = self.clock.now().since(begun);
            meters().bot_answer_duration.record(took.as_secs_f64());
        }
        answered
    }

    /// One that was not let in.
    pub fn rejected(&self, session: &SessionId, wish: &StartBot, why: &str) {
        meters().bot_sessions.of("rejected").increment(1);
        if let Some(file) = &self.reports {
            file.write(report::rejected(session, wish, (why, self.clock.now())));
        }
    }

    fn record(&self, session: &SessionId, told: &BotReport) {
        let ending = told.session.bot_ending(told.who);
        let result = if ending.is_abnormal() { "failed" } else { "ended" };
        meters().bot_sessions.of(result).increment(1);
        let record = report::record(session, &told.session, told.who);
        if let (Some(file), Some(record)) = (&self.reports, record) {
            file.write(record);
        }
    }
}

/// The session that a bot was told of.
struct Chat<'a> {
    sessions: &'a Things<Session>,
    thing: ThingId,
    told: &'a BotReport,
}

impl Chat<'_> {
    /// Whether the session has taken what the bot does, or never will.
    async fn act(&self, acts: Vec<Act>) -> bool {
        let BotReport { who, after, upto, .. } = *self.told;
        let turn = Turn { who, after, upto, acts };
        let command = Command::Bots(Box::new(BotWish::Turn(turn)));
        for _ in 0..MOST_PACED {
            match self.sessions.perform(&self.thing, command.clone()).await {
                Err(Unanswered::Rejected(Rejection::TooFast)) => tokio::time::sleep(PACE).await,
                performed => return self.acted(performed.err()).await,
            }
        }
        self.fail(Failure::BadAnswer).await
    }

    async fn acted(&self, error: Option<Unanswered<Rejection>>) -> bool {
        let thing = &self.thing;
        match error {
            None => true,
            // Somebody was quicker, or there is nobody left to speak with.
            Some(Unanswered::Rejected(
                Rejection::Closed | Rejection::HasLeft(_) | Rejection::KeyReused,
            )) => true,
            Some(Unanswered::Rejected(rejection)) => {
                tracing::warn!(session = %thing, %rejection, "a bot did what it may not");
                self.fail(Failure::BadAnswer).await
            }
            Some(unanswered) => {
                tracing::debug!(session = %thing, %unanswered, "what a bot said was not taken");
                false
            }
        }
    }

    async fn fail(&self, reason: Failure) -> bool {
        let BotReport { who, after, .. } = *self.told;
        let fail = BotWish::Fail { who, after, reason };
        let failed = self.sessions.perform(&self.thing, Command::Bots(Box::new(fail))).await;
        matches!(failed, Ok(_) | Err(Unanswered::Rejected(_)))
    }

    /// Shows that it is writing. What is lost of it nobody misses.
    async fn types(&self, at: Millis) {
        let notice = LiveNotice {
            id: EventId::default(),
            at,
            who: self.told.who,
            typing: Typing::Started,
            visibility: Visibility::All,
            receiver: None,
            preview: None,
        };
        if let Err(error) = self.sessions.look(&self.thing, Look::Type(notice)).await {
            tracing::debug!(session = %self.thing, %error, "that a bot types was not shown");
        }
    }

    async fn heard(&self) {
        let BotReport { who, upto, .. } = *self.told;
        let heard = Look::BotHeard { who, upto };
        if let Err(error) = self.sessions.look(&self.thing, heard).await {
            tracing::debug!(session = %self.thing, %error, "the session does not know what a bot heard");
        }
    }
}
