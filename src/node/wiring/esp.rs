//! ESP: what is asked of a session, by a strategy of this program or over the listener of other systems,
//! goes to it here, wherever it lives.

use crate::base::chance::hex;
use crate::base::{Chance, Clock, SessionId, ThingId, UserId};
use crate::chat::bots::{BotWish, StartBot};
use crate::chat::command::Outside;
use crate::chat::{self, Command, Look, Rejection, Session};
use crate::esp::answer::Closing;
use crate::esp::door::Answering;
use crate::esp::fault::Kind;
use crate::esp::{Answer, Call, Done, Door, Fault, Policy, Request, Task};
use crate::node::wiring::bots::Gateway;
use crate::ownership::actor::{Hold, Things};
use crate::ownership::{Absent, Unanswered};
use std::sync::Arc;

/// The way of workflows to the sessions.
pub struct ToSessions {
    sessions: Things<Session>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    policy: Policy,
    bots: Arc<Gateway>,
}

impl ToSessions {
    pub fn new(
        sessions: Things<Session>,
        (clock, chance): (Arc<dyn Clock>, Arc<dyn Chance>),
        (policy, bots): (Policy, Arc<Gateway>),
    ) -> Self {
        Self { sessions, clock, chance, policy, bots }
    }

    async fn carry_out(&self, request: Request) -> Result<Answer, Fault> {
        let call = Call::read(request, &self.policy)?;
        let asking = Asking {
            sessions: self.sessions.for_asker(call.asker()),
            thing: ThingId::from(&call.session),
        };
        let (done, is_repeated) = match call.task {
            Task::Say(outside) => {
                // As the user ids of everybody else.
                let user_id = UserId(hex(&*self.chance, 8));
                asking.say(Outside { user_id, ..*outside }).await?
            }
            Task::Change(command) => {
                let changed = asking.perform(call.from.asks(command)).await?;
                (Done::Changed, changed.repeated)
            }
            Task::TellBot(command) => {
                let told = asking.perform(command).await?;
                (Done::Changed, told.repeated)
            }
            Task::StartBot(start) => {
                let user_id = UserId(hex(&*self.chance, 8));
                let start = StartBot { user_id, ..*start };
                asking.start_bot(start, (&self.bots, &call.session)).await?
            }
            Task::Close(command) => (Done::Closing(asking.close(command).await?), false),
            Task::Purge => (Done::Closing(asking.forget().await?), false),
            Task::Describe(_) => (asking.describe().await?, false),
        };
        Ok(Answer { at: self.clock.now(), done, is_repeated })
    }
}

impl Door for ToSessions {
    fn ask(&self, request: Request) -> Answering<'_> {
        Box::pin(self.carry_out(request))
    }
}

/// One request on its way to its session.
struct Asking {
    sessions: Things<Session>,
    thing: ThingId,
}

impl Asking {
    async fn say(&self, outside: Outside) -> Result<(Done, bool), Fault> {
        let said = self.perform(Command::SayOutside(Box::new(outside))).await?;
        Ok((Done::Said(said.position), said.repeated))
    }

    /// Whoever holds his interaction up asks again, under the same name, until the bot has ended.
    async fn start_bot(
        &self,
        start: StartBot,
        (bots, id): (&Gateway, &SessionId),
    ) -> Result<(Done, bool), Fault> {
        let holds_up = start.engagement.holds_up;
        let wish = Command::Bots(Box::new(BotWish::Start(start.clone())));
        let came = self.perform(wish).await.inspect_err(|fault| {
            // Whoever is told to ask again was not refused.
            if fault.kind != Kind::NotNow {
                bots.rejected(id, &start, &fault.text);
            }
        })?;
        let who = came.participant.ok_or_else(|| Fault::from(Rejection::KeyReused))?;
        let session = format!("{}/{who}", self.thing);
        if !holds_up {
            return Ok((Done::BotCame { session }, came.repeated));
        }
        let mut bots = match self.sessions.look(&self.thing, Look::Bots).await {
            Err(Unanswered::Absent(Absent::Closed)) => return Err(Rejection::Closed.into()),
            looked => looked?.bots(),
        };
        match bots.remove(&who).and_then(|seen| seen.ending) {
            Some(ending) => Ok((Done::BotEnded { session, ending }, came.repeated)),
            None => {
                Err(Fault::new(Kind::NotNow, "the bot is at work; ask again to hear of its end"))
            }
        }
    }

    async fn perform(&self, command: Command) -> Result<chat::Answer, Fault> {
        let performed = self.sessions.perform(&self.thing, command.clone()).await;
        let told = self.sessions.recall_if_closed(performed, (&self.thing, command)).await;
        told.map_err(Fault::from)
    }

    /// A session that is over already is closed.
    async fn close(&self, command: Command) -> Result<Closing, Fault> {
        let closing = self.sessions.perform_and_look(&self.thing, command, Look::About).await;
        match closing {
            Err(Unanswered::Absent(Absent::Closed)) => Ok(Closing::Closed),
            Err(unanswered) => Err(unanswered.into()),
            Ok((_, sight)) => match sight.about() {
                None => Err(Rejection::NotStarted.into()),
                Some(about) if about.is_closed => Ok(Closing::Closed),
                Some(_) => Ok(Closing::Alive),
            },
        }
    }

    /// The table of owners says whether there is anything to forget.
    async fn forget(&self) -> Result<Closing, Fault> {
        Ok(match self.sessions.recheck(&self.thing).await? {
            Hold::Here => Closing::Alive,
            Hold::NotHere => Closing::Closed,
        })
    }

    async fn describe(&self) -> Result<Done, Fault> {
        match self.sessions.look(&self.thing, Look::About).await?.about() {
            None => Err(Rejection::NotStarted.into()),
            Some(about) if about.is_closed => Err(Rejection::Closed.into()),
            Some(about) => Ok(Done::Described(about)),
        }
    }
}
