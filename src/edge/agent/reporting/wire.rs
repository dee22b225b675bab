//! Events as they stand on the wire. Their names and fields are a promise to programs that keep them for
//! years, and are not those of what is stored: a name that stands here is never given another meaning.

use crate::base::{AgentId, InteractionId, Position, UserData, property};
use crate::edge::agent::interaction_frames::{logout_reason, remove_reason, revoke_reason};
use crate::edge::agent::parts::operation;
use crate::edge::agent::wire::time;
use crate::interaction::event::{Attributes, Nature, NotReadyCause};
use crate::interaction::party::{Added, Errand};
use crate::interaction::{Change, Event, Fact, Owner, Part, Profile, Running, Workbin};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An event with its name.
pub struct Told {
    pub position: Position,
    pub name: &'static str,
    pub shown: Value,
}

/// Nothing for what is this program's own book-keeping.
pub fn told(event: &Event) -> Option<Told> {
    let (name, content) = content(&event.fact)?;
    let position = event.position;
    let mut shown = Map::new();
    shown.insert("position".into(), position.0.into());
    shown.insert("at".into(), time(event.at).into());
    shown.insert("event".into(), name.into());
    if let Value::Object(content) = content {
        // What is not there is left out.
        shown.extend(content.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Some(Told { position, name, shown: shown.into() })
}

fn content(fact: &Fact) -> Option<(&'static str, Value)> {
    Some(match fact {
        Fact::InteractionSubmitted { interaction, attributes, user_data } => {
            ("interaction.submitted", submitted(interaction, attributes, &public(user_data)))
        }
        Fact::PlacedInQueue { interaction, queue, .. } => {
            ("interaction.queued", of(interaction, json!({ "queue": queue.0 })))
        }
        Fact::PlacedInWorkbin { interaction, workbin: bin, queue } => {
            let queue = queue.as_ref().map(|queue| &queue.0);
            let more = json!({ "workbin": workbin(bin), "queue": queue });
            ("interaction.placedInWorkbin", of(interaction, more))
        }
        Fact::TakenFromWorkbin { interaction, workbin: bin } => {
            let more = json!({ "workbin": workbin(bin) });
            ("interaction.takenFromWorkbin", of(interaction, more))
        }
        Fact::StrategyMoved { interaction, running: Some(running) } => {
            ("interaction.strategyMoved", of(interaction, strategy(running)))
        }
        Fact::StrategyMoved { interaction, running: None } => {
            ("interaction.strategyEnded", of(interaction, json!({})))
        }
        Fact::PropertiesChanged { interaction, change } => {
            ("interaction.propertiesChanged", of(interaction, changed(change)))
        }
        Fact::InteractionHeld { interaction, agent } => {
            ("interaction.held", by(interaction, agent, json!({})))
        }
        Fact::InteractionResumed { interaction, agent } => {
            ("interaction.retrieved", by(interaction, agent, json!({})))
        }
        Fact::AddressChanged { interaction, address } => {
            let more = json!({
                "host": address.host, "port": address.port, "appName": address.app_name,
            });
            ("session.moved", of(interaction, more))
        }
        Fact::SessionJoined { interaction, agent } => {
            ("session.joined", by(interaction, agent, json!({})))
        }
        Fact::SessionLeft { interaction, agent, reason } => {
            ("session.left", by(interaction, agent, json!({ "reason": reason })))
        }
        Fact::SessionEnded { interaction, attached } => {
            ("session.ended", of(interaction, json!({ "attached": public(attached) })))
        }
        Fact::Invited { ticket, interaction, agent, deadline, errand: why, .. } => {
            let more = json!({ "ticket": ticket.0.0, "deadline": time(*deadline) });
            ("interaction.invited", by(interaction, agent, errand(why, more)))
        }
        Fact::Rejected { ticket, interaction, agent, reason, errand: why } => {
            let more = json!({ "ticket": ticket.0.0, "reason": reason });
            ("interaction.rejected", by(interaction, agent, errand(why, more)))
        }
        Fact::Revoked { ticket, interaction, agent, reason, errand: why } => {
            let more = json!({ "ticket": ticket.0.0, "reason": revoke_reason(*reason) });
            ("interaction.revoked", by(interaction, agent, errand(why, more)))
        }
        Fact::PartyAdded { interaction, agent, how, errand: why } => {
            ("interaction.partyAdded", by(interaction, agent, errand(why, added(*how))))
        }
        Fact::PartyRemoved { interaction, agent, reason } => {
            let more = json!({ "reason": remove_reason(*reason) });
            ("interaction.partyRemoved", by(interaction, agent, more))
        }
        Fact::ProcessingStopped { interaction, reason } => {
            ("interaction.stopped", of(interaction, json!({ "reason": reason })))
        }
        Fact::Forgotten { interaction } => ("interaction.forgotten", of(interaction, json!({}))),
        Fact::AgentLoggedIn { agent, place, profile, .. } => {
            let more = with_profile(Some(profile), json!({ "place": place }));
            ("agent.loggedIn", his(agent, more))
        }
        Fact::AgentLoggedOut { agent, reason } => {
            ("agent.loggedOut", his(agent, json!({ "reason": logout_reason(*reason) })))
        }
        Fact::ConnectionLost { agent, .. } => ("agent.connectionLost", his(agent, json!({}))),
        Fact::Resumed { agent, profile, .. } => {
            ("agent.connected", his(agent, with_profile(profile.as_ref(), json!({}))))
        }
        Fact::MediaAdded { agent, media } => {
            ("agent.mediaAdded", his(agent, json!({ "media": media.0 })))
        }
        Fact::MediaRemoved { agent, media } => {
            ("agent.mediaRemoved", his(agent, json!({ "media": media.0 })))
        }
        Fact::MediaReady { agent, media } => {
            ("agent.ready", his(agent, json!({ "media": media.0 })))
        }
        Fact::MediaNotReady { agent, media, reason, cause } => {
            let forced = *cause == NotReadyCause::Forced;
            let more = json!({ "media": media.0, "reason": reason, "forced": forced });
            ("agent.notReady", his(agent, more))
        }
        Fact::MediaReasonChanged { agent, media, reason } => {
            let more = json!({ "media": media.0, "reason": reason });
            ("agent.reasonChanged", his(agent, more))
        }
        Fact::DoNotDisturbSet { agent } => ("agent.doNotDisturbSet", his(agent, json!({}))),
        Fact::DoNotDisturbCleared { agent } => ("agent.doNotDisturbCleared", his(agent, json!({}))),
        Fact::HandedTo { .. }
        | Fact::HandlingTimed { .. }
        | Fact::CursorMoved { .. }
        | Fact::RefusalLapsed { .. } => return None,
    })
}

fn with(mut content: Value, more: Value) -> Value {
    if let (Value::Object(all), Value::Object(more)) = (&mut content, more) {
        all.extend(more);
    }
    content
}

fn of(interaction: &InteractionId, more: Value) -> Value {
    with(json!({ "interactionId": interaction.0 }), more)
}

fn by(interaction: &InteractionId, agent: &AgentId, more: Value) -> Value {
    with(json!({ "interactionId": interaction.0, "agentId": agent.0 }), more)
}

fn his(agent: &AgentId, more: Value) -> Value {
    with(json!({ "agentId": agent.0 }), more)
}

fn submitted(id: &InteractionId, attributes: &Attributes, user_data: &Value) -> Value {
    let asked = attributes.consultation.as_ref();
    of(
        id,
        json!({
            "submittedBy": attributes.submitted_by.0,
            "media": attributes.media.0,
            "tenant": attributes.tenant,
            "interactionType": attributes.kind.name(),
            "subtype": attributes.subtype,
            "receivedAt": time(attributes.received_at),
            "hasSession": attributes.nature == Nature::Session,
            "parentId": asked.map(|asked| &asked.parent.0),
            "askedBy": asked.map(|asked| &asked.by.0),
            "userData": user_data,
        }),
    )
}

fn workbin(bin: &Workbin) -> Value {
    let (kind, owner) = match &bin.owner {
        Owner::Agent(agent) => ("agent", &agent.0),
        Owner::Place(place) => ("place", place),
        Owner::Group(group) => ("group", &group.0),
    };
    json!({ "name": bin.name, kind: owner })
}

fn strategy(running: &Running) -> Value {
    let ((queue, view), script) = (&running.from, &running.script);
    json!({ "queue": queue.0, "view": view, "strategy": script.strategy, "block": script.block })
}

fn changed(change: &Change) -> Value {
    let Change { added, changed, deleted } = change;
    let deleted: Vec<_> = deleted.iter().filter(|key| !property::leads_to_session(key)).collect();
    json!({ "added": public(added), "changed": public(changed), "deleted": deleted })
}

/// Without what leads into a session: it is for those who have it alone.
fn public(data: &UserData) -> Value {
    let shown = data.0.iter().filter(|(key, _)| !property::leads_to_session(key));
    json!(shown.collect::<BTreeMap<_, _>>())
}

fn errand(errand: &Errand, more: Value) -> Value {
    let Errand { inviter, operation: why, part: as_what } = errand;
    let inviter = inviter.as_ref().map(|inviter| &inviter.0);
    let errand = json!({
        "operation": operation(*why), "part": part(*as_what), "inviter": inviter,
    });
    with(more, errand)
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Handler => "handler",
        Part::Conference => "conference",
        Part::Coach => "coach",
        Part::Monitor => "monitor",
    }
}

fn added(how: Added) -> Value {
    match how {
        Added::Accepted { ticket } => json!({ "how": "accepted", "ticket": ticket.0.0 }),
        Added::JoinedSession => json!({ "how": "joined_session" }),
        Added::Intruded => json!({ "how": "intruded" }),
        Added::Pulled => json!({ "how": "pulled" }),
    }
}

fn with_profile(profile: Option<&Profile>, more: Value) -> Value {
    let Some(profile) = profile else { return more };
    let groups: Vec<&String> = profile.groups.iter().map(|group| &group.0).collect();
    let skills = profile.skills.iter().map(|(skill, level)| (skill.0.clone(), json!(level)));
    let skills: Map<String, Value> = skills.collect();
    with(more, json!({ "groups": groups, "skills": skills }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind of fact in each form in which it was ever stored.
    const FACTS: &str = include_str!("../../../interaction/golden_facts.json");
    /// The same as they are told. It may grow; what stands in it stays as it is.
    const TOLD: &str = include_str!("golden_told.json");

    #[test]
    fn every_fact_is_told_in_its_words_for_ever() {
        let events: Vec<Event> = serde_json::from_str(FACTS).unwrap();

        let told = events.iter().filter_map(told);
        let told: Vec<Value> = told.map(|told| told.shown).collect();

        let lines = told.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n");
        let expected: Vec<Value> = serde_json::from_str(TOLD).unwrap();
        assert_eq!(told, expected, "told is:\n[\n{lines}\n]");
    }
}
