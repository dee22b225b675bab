//! What we answer to a wish. Each family of wishes has its file; after each wish it is settled what
//! becomes of what nobody handles, strategies go on, and then agents are offered what waits.

mod adopt;
mod conduct;
mod consult;
mod desk;
pub(super) mod handling;
mod hold;
mod invite;
mod offer;
mod place;
mod release;
mod report;
mod settle;
mod state;
mod submit;
mod timers;
mod workbin;

use crate::base::{AgentId, InteractionId};
use crate::interaction::agent::Agent;
use crate::interaction::command::{Answer, By, Command};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::measure;
use crate::interaction::party::Errand;
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::state::Domain;
use crate::owned::{Decision, Scene};
use std::sync::Arc;

pub fn decide(
    domain: &Domain,
    scene: &Scene<'_, Domain>,
    command: Command,
) -> Result<Decision<Domain>, Rejection> {
    measure::check(&command)?;
    let mut draft = Draft::new(domain, scene);
    desk::lose_connections_of_earlier_life(&mut draft);
    adopt::adopt_what_lies(&mut draft);
    let answer = dispatch(&mut draft, command)?;
    settle::settle(&mut draft);
    handling::begin(&mut draft);
    conduct::conduct(&mut draft);
    offer::offer_what_waits(&mut draft);
    Ok(draft.finish(answer))
}

fn dispatch(draft: &mut Draft<'_>, command: Command) -> Result<Answer, Rejection> {
    match command {
        Command::Submit(submission) => submit::submit(draft, submission),
        Command::ChangeProperties { interaction, by, change } => {
            submit::change_properties(draft, &interaction, &by, change)
        }
        Command::ReportFromSession(report) => report::take_in(draft, report),
        Command::AgentLogin(login) => desk::login(draft, login),
        Command::Resume { agent, connection, begun, profile } => {
            desk::resume(draft, &agent, (connection, begun), profile)
        }
        Command::AgentLogout { agent } => desk::logout(draft, &agent),
        Command::ConnectionLost { agent, connection, parting } => {
            Ok(desk::lose_connection(draft, &agent, (&connection, parting)))
        }
        Command::AddMedia { agent, media, wanted } => desk::add_media(draft, &agent, media, wanted),
        Command::RemoveMedia { agent, media } => desk::remove_media(draft, &agent, media),
        Command::Ready { agent, media } => desk::set_ready(draft, &agent, media),
        Command::NotReady { agent, media, reason } => {
            desk::set_not_ready(draft, &agent, media, reason)
        }
        Command::ChangeReason { agent, media, reason } => {
            state::change_reason(draft, agent, media, reason)
        }
        Command::SetDoNotDisturb { agent } => state::leave_in_peace(draft, agent),
        Command::ClearDoNotDisturb { agent } => state::disturb(draft, agent),
        Command::Accept { agent, ticket } => offer::accept(draft, &agent, ticket),
        Command::Reject { agent, ticket, reason } => offer::reject(draft, agent, ticket, reason),
        Command::Transfer { agent, interaction, to } => {
            invite::invite(draft, (interaction, Errand::transfer(agent)), to)
        }
        Command::Conference { agent, interaction, to, part } => {
            invite::invite(draft, (interaction, Errand::conference(agent, part)), to)
        }
        Command::Consult { agent, interaction, whom, part } => {
            consult::consult(draft, (agent, interaction), (whom, part))
        }
        Command::Assign { supervisor, interaction, to } => {
            invite::assign(draft, (supervisor, interaction), to)
        }
        Command::Withdraw { agent, ticket } => invite::withdraw(draft, &agent, ticket),
        Command::Intrude { agent, interaction, part } => {
            invite::intrude(draft, (agent, part), interaction)
        }
        Command::KeepWaiting { agent, interaction } => hold::hold(draft, agent, interaction),
        Command::PlaceOnHold { agent, interaction } => {
            hold::place_on_hold(draft, agent, &interaction)
        }
        Command::EndWaiting { agent, interaction } => hold::end(draft, agent, interaction),
        Command::Leave { agent, interaction } => place::leave(draft, agent, interaction),
        Command::Stop { interaction, by, reason } => place::stop(draft, &interaction, &by, reason),
        Command::PlaceInQueue { interaction, queue, by } => {
            place::place_in_queue(draft, interaction, queue, &by)
        }
        Command::PlaceInWorkbin { interaction, workbin, by } => {
            workbin::put_in(draft, (interaction, workbin), &by)
        }
        Command::Pull { agent, interaction, from } => {
            workbin::pull(draft, (agent, interaction), &from)
        }
        Command::ServiceAnswered { interaction, request, answer } => {
            conduct::answered(draft, interaction, (request, answer))
        }
        Command::Work { agent } => Ok(handling::work(draft, &agent)),
        Command::TimePassed => Ok(timers::time_passed(draft)),
    }
}

fn known(draft: &Draft<'_>, id: &InteractionId) -> Result<Arc<Interaction>, Rejection> {
    let one = draft.domain().interaction(id).cloned();
    one.ok_or_else(|| Rejection::UnknownInteraction(id.clone()))
}

fn living(draft: &Draft<'_>, id: &InteractionId) -> Result<Arc<Interaction>, Rejection> {
    let one = known(draft, id)?;
    if one.is_stopped() { Err(Rejection::Stopped(id.clone())) } else { Ok(one) }
}

fn logged_in(draft: &Draft<'_>, id: &AgentId) -> Result<Arc<Agent>, Rejection> {
    let one = draft.domain().agent(id).cloned();
    one.ok_or_else(|| Rejection::NotLoggedIn(id.clone()))
}

/// An agent may touch what he handles and not what he looks on at, a
/// supervisor also what nobody handles, a media server what it submitted, an operator anything.
fn check_right(one: &Interaction, by: &By) -> Result<(), Rejection> {
    let interaction = one.id.clone();
    match by {
        By::Agent(agent) if !one.is_handled_by(agent) => {
            Err(Rejection::NotYours { interaction, agent: agent.clone() })
        }
        By::MediaServer(server) if one.attributes.submitted_by != *server => {
            Err(Rejection::NotSubmittedByYou { interaction, server: server.clone() })
        }
        By::Supervisor(agent) if one.stage == Stage::Handling && !one.is_handled_by(agent) => {
            Err(Rejection::NotYours { interaction, agent: agent.clone() })
        }
        By::Agent(_) | By::Supervisor(_) | By::MediaServer(_) | By::Operator => Ok(()),
    }
}
