//! Effects of the routing domain: sessions whose interaction was stopped end, and operators hear
//! warnings.

use crate::base::{Claim, Clock, InteractionId, Millis, SessionId, UserData};
use crate::chat::{self, LeaveReason};
use crate::esp::Request;
use crate::esp::method::INTERACTION_ID;
use crate::interaction::{Command, Domain, Effect, Policy, Service, Warning};
use crate::node::wiring::again::ask_until;
use crate::node::wiring::chat::Ways;
use crate::node::wiring::letters::send_transcript;
use crate::node::wiring::mail::Mailer;
use crate::node::wiring::routing_domain;
use crate::node::wiring::told_once::ToldOnce;
use crate::owned::{Log, Shell};
use crate::telemetry::{Health, meters};
use crate::workflow::EspRequest;
use crate::workflow::command::Answer;
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// How many wishes may wait for the domain. Everybody of a site speaks to this one: after a node died or
/// was drained all of its sessions tell their new address at once. What waits is decided together.
const MOST_WAITING: usize = 4_096;

/// Of strategies; not the name of any account.
const STRATEGIES: &str = "workflow.";

/// The shell of the routing domain.
pub struct RoutingShell {
    pub clock: Arc<dyn Clock>,
    pub log: Arc<dyn Log<Domain>>,
    pub health: Arc<Health>,
    pub policy: Arc<Policy>,
    pub ways: Arc<ArcSwapOption<Ways>>,
    /// Nothing where no mail is sent.
    pub mailer: Option<Arc<Mailer>>,
    /// Views whose conditions fail would tell it with each interaction.
    pub told: ToldOnce,
}

impl Shell<Domain> for RoutingShell {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn log(&self) -> &dyn Log<Domain> {
        &*self.log
    }

    fn policy(&self) -> Arc<Policy> {
        self.policy.clone()
    }

    fn served_since(&self) -> Option<Millis> {
        self.health.store_works_since()
    }

    fn most_waiting(&self) -> usize {
        MOST_WAITING
    }

    fn carry_out(&self, _: &Claim, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::InteractionStopped { interaction, submitted_by, reason } => {
                    if submitted_by.0 == "chat" {
                        tracing::debug!(%interaction, reason, "its session is ended");
                        self.end_session(SessionId(interaction.0));
                    }
                }
                Effect::AskService { interaction, request, service, until, user_data } => {
                    self.ask_service((interaction, request), (service, until), &user_data);
                }
                Effect::Warn(warning) => self.warn(&warning),
            }
        }
    }
}

impl RoutingShell {
    /// Asks for what a strategy wishes and takes the answer back to it. The name of the request is the
    /// same when it is asked again after a restoration, so that it is carried out once.
    fn ask_service(
        &self,
        (interaction, request): (InteractionId, u64),
        (service, until): (Service, Millis),
        user_data: &UserData,
    ) {
        let clock = self.clock.clone();
        let Some(ways) = self.ways.load_full() else { return };
        let (mailer, user_data) = (self.mailer.clone(), user_data.clone());
        actix::spawn(async move {
            let answer = match service {
                Service::Esp(esp) => {
                    let asked = esp_request((&interaction, request), esp, &user_data);
                    let answer =
                        ask_until((&*clock, until), async || ways.esp.ask(asked.clone()).await);
                    match answer.await {
                        Ok(answer) => Answer::Done(answer.parameters()),
                        Err(fault) => Answer::Failed(fault.to_string()),
                    }
                }
                Service::Transcript { to } => {
                    let (with, name) = ((&*ways, mailer.as_deref()), (&interaction, request));
                    let sent = send_transcript(with, name, &to, (&*clock, until)).await;
                    sent.map_or_else(Answer::Failed, |()| Answer::Done(UserData::default()))
                }
            };
            let told = interaction.clone();
            let answered = Command::ServiceAnswered { interaction, request, answer };
            // Its strategy waits so long and no longer; then it goes on without the answer.
            if let Err(error) = ways.routing.perform_named(&routing_domain(), answered).await {
                tracing::warn!(interaction = %told, request, %error, "an answer was not taken");
            }
        });
    }

    fn warn(&self, warning: &Warning) {
        if matches!(warning, Warning::View { .. }) {
            meters().view_faults.increment(1);
            if !self.told.is_new(&warning.to_string()) {
                return;
            }
        }
        tracing::warn!("{warning}");
    }

    /// Nobody will handle the interaction any more. The domain tells it again until the session has
    /// reported its end.
    fn end_session(&self, session: SessionId) {
        let Some(ways) = self.ways.load_full() else { return };
        actix::spawn(async move {
            let close = chat::Command::Close(LeaveReason::RemovedByServer);
            if let Err(error) = ways.sessions.perform(&(&session).into(), close).await {
                tracing::debug!(%session, %error, "not ended");
            }
        });
    }
}

fn esp_request(
    (interaction, request): (&InteractionId, u64),
    esp: EspRequest,
    user_data: &UserData,
) -> Request {
    Request {
        service: esp.service,
        method: esp.method,
        user_data: user_data.clone().with(INTERACTION_ID, interaction.as_str()),
        parameters: esp.parameters,
        client: STRATEGIES.to_owned(),
        id: format!("{interaction}:{request}"),
    }
}
