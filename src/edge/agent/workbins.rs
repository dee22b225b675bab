//! Workbins on the wire: whose one is meant, what lies in it, and what is told of it.

use super::on_show::{self, from_outside};
use super::refuse::Refused;
use super::wire::frame::{WorkbinContent, WorkbinContentChanged, WorkbinOperation};
use super::wire::{Frame, Ref, request};
use crate::base::{AgentId, InteractionId};
use crate::interaction::door::InWorkbin;
use crate::interaction::views::{InteractionView, Whole};
use crate::interaction::{Owner, Workbin};

const LONGEST_NAME: usize = 64;

/// The workbin that an agent means.
pub fn workbin(own: &AgentId, wire: request::Workbin) -> Result<Workbin, Refused> {
    let request::Workbin { name, agent, place } = wire;
    let fits = |text: &str| !text.is_empty() && text.chars().count() <= LONGEST_NAME;
    let owner = match (agent, place) {
        (None, None) => Owner::Agent(own.clone()),
        (Some(agent), None) => Owner::Agent(AgentId(agent)),
        (None, Some(place)) if fits(&place) => Owner::Place(place),
        (None, Some(_)) => return Err(Refused::new(400, "a place has 1 to 64 characters")),
        (Some(_), Some(_)) => {
            return Err(Refused::new(400, "a workbin is of an agent or of a place, not of both"));
        }
    };
    if !fits(&name) {
        return Err(Refused::new(400, "the name of a workbin has 1 to 64 characters"));
    }
    Ok(Workbin { name, owner })
}

/// Whether a workbin on the wire is the agent's own.
pub fn is_own(own: &AgentId, wire: &request::Workbin) -> bool {
    wire.place.is_none() && wire.agent.as_ref().is_none_or(|agent| *agent == own.0)
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
