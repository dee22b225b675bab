//! Why an interaction is where it is, what keeps each agent from it, and why it was offered to whom.

mod routes;

use super::Api;
use super::admission::admit_with;
use super::refuse::Refused;
use crate::base::{InteractionId, Millis};
use crate::config::Privilege;
use crate::interaction::agent::Hindrance;
use crate::interaction::route::Route;
use crate::interaction::why::{Obstacle, Wait, Wanted, WhyNotRouted};
use crate::interaction::{Look, Sight};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize)]
pub struct Query {
    #[serde(rename = "as", default)]
    form: Form,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    #[default]
    Json,
    Text,
}

/// An explanation, as it stands on the wire.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Explanation {
    interaction_id: String,
    state: &'static str,
    text: String,
    /// What keeps each agent who is logged in for the medium, if nobody is free.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    agents: Vec<Kept>,
    /// The last invitations, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<routes::Told>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    agent_id: String,
    state: &'static str,
    text: String,
}

/// `GET /api/v1/interactions/{id}/why`
pub async fn get(
    request: HttpRequest,
    path: web::Path<String>,
    query: Result<web::Query<Query>, actix_web::Error>,
    api: web::Data<Api>,
) -> HttpResponse {
    if let Err(refused) = admit_with((&request, &api), Privilege::FindInteractions).await {
        return refused;
    }
    let Ok(query) = query else {
        return Refused::new(400, "'as' is json or text").answer();
    };
    let interaction = InteractionId(path.into_inner());
    match look(&api, &interaction).await {
        Ok(WhyNotRouted::Unknown) => Refused::new(404, "there is no such interaction").answer(),
        Ok(why) => {
            let mut explanation = explain(&interaction, why, api.handles.now());
            explanation.routes = match look_back(&api, &interaction).await {
                Ok(all) => all.iter().map(|route| routes::tell(route)).collect(),
                Err(refused) => return refused.answer(),
            };
            answer(&explanation, query.form)
        }
        Err(refused) => refused.answer(),
    }
}

async fn look(api: &Api, interaction: &InteractionId) -> Result<WhyNotRouted, Refused> {
    let look = Look::WhyNotRouted(interaction.clone());
    match api.handles.routing.look(&api.handles.routing_domain, look).await? {
        Sight::WhyNotRouted(why) => Ok(why),
        Sight::Desk(_)
        | Sight::Figures(_)
        | Sight::RealTime(_)
        | Sight::Interaction(_)
        | Sight::Routes(_)
        | Sight::Standing(_)
        | Sight::OnlineSessions(_)
        | Sight::Journal(_)
        | Sight::Found(_)
        | Sight::Workbin(_)
        | Sight::Done => Err(Refused::new(503, "another node answers in words of its own")),
    }
}

async fn look_back(api: &Api, interaction: &InteractionId) -> Result<Vec<Arc<Route>>, Refused> {
    let look = Look::Routes(interaction.clone());
    match api.handles.routing.look(&api.handles.routing_domain, look).await? {
        Sight::Routes(routes) => Ok(routes),
        Sight::Desk(_)
        | Sight::Figures(_)
        | Sight::RealTime(_)
        | Sight::Interaction(_)
        | Sight::WhyNotRouted(_)
        | Sight::Standing(_)
        | Sight::OnlineSessions(_)
        | Sight::Journal(_)
        | Sight::Found(_)
        | Sight::Workbin(_)
        | Sight::Done => Err(Refused::new(503, "another node answers in words of its own")),
    }
}

fn explain(interaction: &InteractionId, why: WhyNotRouted, now: Millis) -> Explanation {
    let mut agents = Vec::new();
    let (state, text) = match why {
        WhyNotRouted::Unknown => ("unknown", "it is not known".to_owned()),
        WhyNotRouted::Stopped { reason } => ("stopped", format!("it was stopped: {reason}")),
        WhyNotRouted::Handled { by } => {
            let by: Vec<&str> = by.iter().map(|agent| agent.as_str()).collect();
            ("handled", format!("it is with {}", by.join(", ")))
        }
        WhyNotRouted::Offered { to, remaining } => {
            let seconds = remaining.as_secs();
            ("offered", format!("it is offered to {to}, who has {seconds} s left to take it"))
        }
        WhyNotRouted::InWorkbin { workbin } => {
            ("inWorkbin", format!("it lies in {workbin}, and is offered to nobody"))
        }
        WhyNotRouted::NobodyLoggedIn { media } => {
            ("nobodyLoggedIn", format!("it waits: nobody is logged in for {media}"))
        }
        WhyNotRouted::LeftToViews { queue } => {
            ("leftToViews", format!("it lies in queue {queue}, and none of its views takes it"))
        }
        WhyNotRouted::InStrategy { strategy, block, waits_for } => {
            let waits_for = match waits_for {
                Wait::Answer { method } => format!("the answer to {method}"),
                Wait::Time { remaining } => format!("{} s more", remaining.as_secs()),
            };
            let at = format!("strategy {strategy} has it at block {block}");
            ("inStrategy", format!("{at} and waits for {waits_for}"))
        }
        WhyNotRouted::NobodyFree { agents: all, wanted } => {
            agents.extend(all.into_iter().map(|(agent, obstacle)| {
                let (state, text) = kept(obstacle, now);
                Kept { agent_id: agent.0, state, text }
            }));
            ("nobodyFree", nobody_free(wanted.as_deref()))
        }
    };
    Explanation { interaction_id: interaction.0.clone(), state, text, agents, routes: vec![] }
}

fn nobody_free(wanted: Option<&Wanted>) -> String {
    let free = "it waits: nobody is free for it";
    let Some(Wanted { strategy, block, targets, remaining }) = wanted else { return free.into() };
    let targets: Vec<_> = targets.iter().map(ToString::to_string).collect();
    let (targets, seconds) = (targets.join(" or "), remaining.as_secs());
    format!("{free}; strategy {strategy} looks at block {block} for {targets}, {seconds} s more")
}

fn kept(obstacle: Obstacle, now: Millis) -> (&'static str, String) {
    match obstacle {
        Obstacle::Hindered(Hindrance::NotLoggedInForMedia) => {
            ("notLoggedIn", "is not logged in for it".to_owned())
        }
        Obstacle::Hindered(Hindrance::NotReady { reason }) => {
            ("notReady", format!("is not ready ({reason})"))
        }
        Obstacle::Hindered(Hindrance::DoNotDisturb) => {
            ("doNotDisturb", "is not to be disturbed".to_owned())
        }
        Obstacle::Hindered(Hindrance::ConnectionLost) => {
            ("connectionLost", "lost the connection and may come back".to_owned())
        }
        Obstacle::Hindered(Hindrance::AtCapacity { load, most }) => {
            ("atCapacity", format!("has {load} of at most {most}"))
        }
        Obstacle::NotWanted => ("notWanted", "is not looked for".to_owned()),
        Obstacle::HasIt => ("hasIt", "has what it is about himself".to_owned()),
        Obstacle::Hindered(full @ Hindrance::RuleForbids { .. }) => {
            ("atCapacity", full.to_string())
        }
        Obstacle::Hindered(fault @ Hindrance::RuleFails { .. }) => {
            ("capacityUnknown", fault.to_string())
        }
        Obstacle::PassedOver { since } => {
            let seconds = now.since(since).as_secs();
            ("passedOver", format!("rejected, missed or left it {seconds} s ago"))
        }
        Obstacle::None => {
            ("free", "could take it, unless others who wait longer come first".into())
        }
    }
}

fn answer(explanation: &Explanation, form: Form) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    match form {
        Form::Json => answer.json(explanation),
        Form::Text => answer
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(explanation.lines()),
    }
}

impl Explanation {
    fn lines(&self) -> String {
        let agents = self.agents.iter().map(|kept| format!("  {} {}\n", kept.agent_id, kept.text));
        let routes = self.routes.iter().map(|route| format!("  {}", route.lines()));
        format!("{}\n{}{}", self.text, agents.collect::<String>(), routes.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_agent_who_is_passed_over_is_named_with_the_reason() {
        let not_ready = Hindrance::NotReady { reason: "lunch".into() };
        let full = Hindrance::AtCapacity { load: 3, most: 3 };
        let agents = vec![
            ("ada".into(), Obstacle::Hindered(not_ready)),
            ("bob".into(), Obstacle::Hindered(full)),
            ("eve".into(), Obstacle::PassedOver { since: Millis(1_000) }),
        ];

        let why = WhyNotRouted::NobodyFree { agents, wanted: None };
        let explained = explain(&"1".into(), why, Millis(13_000));

        assert_eq!(
            explained.lines(),
            "it waits: nobody is free for it\n  ada is not ready (lunch)\n  bob has 3 of at most 3\n  \
             eve rejected, missed or left it 12 s ago\n"
        );
    }
}
