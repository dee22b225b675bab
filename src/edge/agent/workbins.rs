//! Workbins on the wire: whose one is meant, what lies in it, and what is told of it.

use super::on_show::{self, from_outside};
use super::refuse::Refused;
use super::wire::frame::{WorkbinContent, WorkbinContentChanged, WorkbinOperation};
use super::wire::{Frame, Ref, request};
use crate::base::{AgentId, InteractionId};
use crate::config::Config;
use crate::interaction::door::InWorkbin;
use crate::interaction::views::{InteractionView, Whole};
use crate::interaction::{GroupName, Owner, Workbin};

const LONGEST_NAME: usize = 64;

/// The workbin that an agent means.
pub fn workbin(own: &AgentId, wire: request::Workbin) -> Result<Workbin, Refused> {
    let request::Workbin { name, agent, place, group } = wire;
    let fits = |text: &str| !text.is_empty() && text.chars().count() <= LONGEST_NAME;
    let owner = match (agent, place, group) {
        (None, None, None) => Owner::Agent(own.clone()),
        (Some(agent), None, None) => Owner::Agent(AgentId(agent)),
        (None, Some(place), None) if fits(&place) => Owner::Place(place),
        (None, Some(_), None) => return Err(Refused::new(400, "a place has 1 to 64 characters")),
        (None, None, Some(group)) if fits(&group) => Owner::Group(GroupName(group)),
        (None, None, Some(_)) => return Err(Refused::new(400, "a group has 1 to 64 characters")),
        (Some(_), _, _) | (None, Some(_), Some(_)) => {
            return Err(Refused::new(
                400,
                "a workbin is of an agent, a place or a group, not of two",
            ));
        }
    };
    if !fits(&name) {
        return Err(Refused::new(400, "the name of a workbin has 1 to 64 characters"));
    }
    Ok(Workbin { name, owner })
}

/// Whether a workbin on the wire is the agent's own, or that of a group to which he belongs.
pub fn is_own(own: &AgentId, config: &Config, wire: &request::Workbin) -> bool {
    if let Some(group) = &wire.group {
        return config.agents.get(&own.0).is_some_and(|account| account.groups.contains(group));
    }
    wire.place.is_none() && wire.agent.as_ref().is_none_or(|agent| *agent == own.0)
}

/// Whether anybody could find what is laid there.
pub fn has_owner(config: &Config, wire: &request::Workbin) -> Result<(), Refused> {
    if let Some(agent) = &wire.agent
        && !config.agents.contains_key(agent)
    {
        return Err(Refused::new(404, format!("there is no account '{agent}'")));
    }
    let Some(group) = &wire.group else { return Ok(()) };
    let is_known = config.agent_groups.contains_key(group)
        || config.agents.values().any(|account| account.groups.contains(group));
    if is_known { Ok(()) } else { Err(Refused::new(404, format!("there is no group '{group}'"))) }
}

pub fn content(
    reference: Option<Ref>,
    of: &Workbin,
    (lying, whole): (&[InteractionView], Whole),
) -> Frame {
    let interactions = lying.iter().map(from_outside).collect();
    let (workbin, more) = (on_show::workbin(of), whole == Whole::No);
    Frame::WorkbinContent(WorkbinContent { reference, workbin, interactions, more })
}

pub fn changed(workbin: &Workbin, interaction: InteractionId, what: InWorkbin) -> Frame {
    let operation = match what {
        InWorkbin::Placed => WorkbinOperation::Placed,
        InWorkbin::Taken => WorkbinOperation::Taken,
        InWorkbin::Changed => WorkbinOperation::Changed,
    };
    let (workbin, interaction_id) = (on_show::workbin(workbin), interaction.0);
    Frame::WorkbinContentChanged(WorkbinContentChanged { workbin, interaction_id, operation })
}
