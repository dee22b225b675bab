//! From frames to wishes of the routing domain, and from its news to frames.

use super::account::profile;
use super::on_show::interaction;
use super::parts::{operation, part, visibility, visibility_mode};
use super::refuse::Refused;
use super::wire::frame::{
    AgentStatus, Invite, LoggedOut, MediaStatus, OnHold, PartyAdded, PartyRemoved,
    ProcessingStopped, PropertiesChanged, PulledInteractions, Rejected, Revoked,
};
use super::wire::request::ConsultMode;
use super::wire::{Ack, Frame, MediaState, Ref, Request, request, time};
use super::workbins;
use crate::base::{AgentId, InteractionId, Millis, Position, UserData};
use crate::config::Config;
use crate::interaction::command::{Destination, Source};
use crate::interaction::door::Declined;
use crate::interaction::event::{LogoutReason, Nature, NotReadyCause, RemoveReason, RevokeReason};
use crate::interaction::party::{Added, Errand};
use crate::interaction::property;
use crate::interaction::views::{self, DeskView, InvitationView, Readiness};
use crate::interaction::{
    Answer, By, Change, Command, ConnectionId, Consulted, DeskNews, InteractionType, Login,
    MediaType, Part, QueueName, ServerName, Submission, Ticket, Wanted,
};

/// Who wishes something of the domain.
#[derive(Clone, Debug)]
pub enum Client {
    /// With when his connection began.
    Agent(AgentId, ConnectionId, Millis),
    MediaServer(ServerName),
}

/// The wish of an agent.
pub fn wish_of_agent(
    (agent, by): (&AgentId, &By),
    (connection, begun, config): (&ConnectionId, Millis, &Config),
    request: Request,
) -> Result<Command, Refused> {
    let (agent, by) = (agent.clone(), by.clone());
    Ok(match request {
        Request::AgentLogin(login) => Command::AgentLogin(Login {
            profile: profile(config, &agent),
            agent,
            connection: connection.clone(),
            begun: Some(begun),
            place: login.place,
            media: login.media.into_iter().map(|one| (media(&one.media), wanted(one))).collect(),
        }),
        Request::AgentLogout(_) => Command::AgentLogout { agent },
        Request::AddMedia(add) => {
            Command::AddMedia { agent, media: media(&add.media), wanted: wanted(add) }
        }
        Request::RemoveMedia(one) => Command::RemoveMedia { agent, media: media(&one.media) },
        Request::Ready(one) => Command::Ready { agent, media: media(&one.media) },
        Request::NotReady(one) => {
            Command::NotReady { agent, media: media(&one.media), reason: one.reason }
        }
        Request::ChangeMediaStateReason(one) => {
            Command::ChangeReason { agent, media: media(&one.media), reason: one.reason }
        }
        Request::DoNotDisturbOn(_) => Command::SetDoNotDisturb { agent },
        Request::DoNotDisturbOff(_) => Command::ClearDoNotDisturb { agent },
        Request::ChangeAgentState(wish) => change_agent_state(wish),
        Request::Assign(wish) => Command::Assign {
            supervisor: agent,
            interaction: InteractionId(wish.interaction_id),
            to: AgentId(wish.agent),
        },
        Request::Accept(accept) => Command::Accept { agent, ticket: ticket(accept.ticket) },
        Request::Reject(reject) => {
            Command::Reject { agent, ticket: ticket(reject.ticket), reason: reject.reason }
        }
        Request::Transfer(wish) => return transfer((agent, by), wish),
        Request::Conference(wish) => Command::Conference {
            agent,
            interaction: InteractionId(wish.interaction_id),
            to: AgentId(wish.agent),
            part: part(wish.visibility_mode),
        },
        Request::Consult(wish) => consult(agent, wish)?,
        Request::Intrude(wish) => Command::Intrude {
            agent,
            interaction: InteractionId(wish.interaction_id),
            part: part(wish.visibility_mode),
        },
        Request::WithdrawInvitation(wish) => {
            Command::Withdraw { agent, ticket: ticket(wish.ticket) }
        }
        Request::KeepWaiting(one) => {
            Command::KeepWaiting { agent, interaction: InteractionId(one.interaction_id) }
        }
        Request::PlaceOnHold(one) => {
            Command::PlaceOnHold { agent, interaction: InteractionId(one.interaction_id) }
        }
        Request::EndWaiting(one) => {
            Command::EndWaiting { agent, interaction: InteractionId(one.interaction_id) }
        }
        Request::LeaveInteraction(one) => {
            Command::Leave { agent, interaction: InteractionId(one.interaction_id) }
        }
        Request::StopProcessing(stop) => stop_processing(stop, by),
        Request::PlaceInQueue(place) => place_in_queue(place, by),
        Request::PlaceInWorkbin(place) => Command::PlaceInWorkbin {
            interaction: InteractionId(place.interaction_id),
            workbin: workbins::workbin(&agent, place.workbin)?,
            by,
        },
        Request::Pull(pull) => {
            let of = pull.workbin.map(|wire| workbins::workbin(&agent, wire)).transpose()?;
            let from = of.map_or(Source::Queue, Source::Workbin);
            Command::Pull { agent, interaction: InteractionId(pull.interaction_id), from }
        }
        Request::ChangeProperties(change) => change_properties(change, by),
        Request::Submit(_) => return Err(Refused::new(403, "only media servers submit")),
        Request::Register(_)
        | Request::Join(_)
        | Request::Message(_)
        | Request::Notify(_)
        | Request::Release(_)
        | Request::UpdateData(_)
        | Request::HandToBot(_)
        | Request::TakeFromBot(_)
        | Request::Transcript(_)
        | Request::GetWorkbinContent(_)
        | Request::GetInteractionProperties(_)
        | Request::FindInteractions(_)
        | Request::WorkbinNotifications(_)
        | Request::Ping(_)
        | Request::Pong(_) => return Err(Refused::new(400, "not for the routing domain")),
    })
}

/// The wish of a media server.
pub fn wish_of_media_server(server: &ServerName, request: Request) -> Result<Command, Refused> {
    let by = By::MediaServer(server.clone());
    match request {
        Request::Submit(submit) => submission(server, *submit).map(Command::Submit),
        Request::StopProcessing(stop) => Ok(stop_processing(stop, by)),
        Request::PlaceInQueue(place) => Ok(place_in_queue(place, by)),
        Request::ChangeProperties(change) => Ok(change_properties(change, by)),
        Request::Register(_)
        | Request::AgentLogin(_)
        | Request::AgentLogout(_)
        | Request::AddMedia(_)
        | Request::RemoveMedia(_)
        | Request::Ready(_)
        | Request::NotReady(_)
        | Request::ChangeMediaStateReason(_)
        | Request::DoNotDisturbOn(_)
        | Request::DoNotDisturbOff(_)
        | Request::ChangeAgentState(_)
        | Request::Accept(_)
        | Request::Reject(_)
        | Request::Transfer(_)
        | Request::Conference(_)
        | Request::Consult(_)
        | Request::Intrude(_)
        | Request::WithdrawInvitation(_)
        | Request::Assign(_)
        | Request::KeepWaiting(_)
        | Request::PlaceOnHold(_)
        | Request::EndWaiting(_)
        | Request::LeaveInteraction(_)
        | Request::Join(_)
        | Request::Message(_)
        | Request::Notify(_)
        | Request::Release(_)
        | Request::UpdateData(_)
        | Request::HandToBot(_)
        | Request::TakeFromBot(_)
        | Request::Transcript(_)
        | Request::PlaceInWorkbin(_)
        | Request::Pull(_)
        | Request::GetWorkbinContent(_)
        | Request::GetInteractionProperties(_)
        | Request::FindInteractions(_)
        | Request::WorkbinNotifications(_)
        | Request::Ping(_)
        | Request::Pong(_) => Err(Refused::new(403, "not for media servers")),
    }
}

fn submission(server: &ServerName, submit: request::Submit) -> Result<Submission, Refused> {
    let to = match (submit.queue, submit.endpoint) {
        (Some(queue), None) => Destination::Queue(QueueName(queue)),
        (None, Some(endpoint)) => Destination::Endpoint(endpoint),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refused::new(400, "either queue or endpoint is needed"));
        }
    };
    let urgency = submit.user_data.0.get_key_value(property::PRIORITY);
    let urgency = urgency.map(|(key, value)| (key.clone(), value.clone()));
    let properties = UserData(urgency.into_iter().collect());
    Ok(Submission {
        submitted_by: server.clone(),
        interaction: submit.interaction_id.map(InteractionId),
        key: submit.message_id,
        media: media(&submit.media),
        tenant: submit.tenant,
        to,
        subtype: submit.subtype,
        nature: Nature::Work,
        kind: interaction_type(submit.interaction_type),
        owner: None,
        user_data: submit.user_data,
        // A media server may say what is urgent, its customers may not.
        properties,
    })
}

/// A queue takes it at once, an agent is asked.
fn transfer((agent, by): (AgentId, By), wish: request::Transfer) -> Result<Command, Refused> {
    let request::Transfer { interaction_id, agent: to, queue } = wish;
    match (to, queue) {
        (Some(to), None) => {
            let (interaction, to) = (InteractionId(interaction_id), AgentId(to));
            Ok(Command::Transfer { agent, interaction, to })
        }
        (None, Some(queue)) => {
            Ok(place_in_queue(request::PlaceInQueue { interaction_id, queue }, by))
        }
        (Some(_), Some(_)) | (None, None) => {
            Err(Refused::new(400, "either agent or queue is needed"))
        }
    }
}

fn consult(agent: AgentId, wish: request::Consult) -> Result<Command, Refused> {
    let request::Consult { interaction_id, agent: to, queue, visibility_mode } = wish;
    let whom = match (to, queue) {
        (Some(to), None) => Consulted::Agent(AgentId(to)),
        (None, Some(queue)) if !queue.is_empty() => Consulted::Queue(QueueName(queue)),
        (Some(_) | None, Some(_)) | (None, None) => {
            return Err(Refused::new(400, "either agent or queue is needed"));
        }
    };
    let part = match visibility_mode {
        ConsultMode::Coach => Part::Coach,
        ConsultMode::Conference => Part::Conference,
    };
    Ok(Command::Consult { agent, interaction: InteractionId(interaction_id), whom, part })
}

fn interaction_type(wire: request::InteractionType) -> InteractionType {
    match wire {
        request::InteractionType::Inbound => InteractionType::Inbound,
        request::InteractionType::Outbound => InteractionType::Outbound,
        request::InteractionType::Internal => InteractionType::Internal,
    }
}

fn change_agent_state(wish: request::ChangeAgentState) -> Command {
    let (agent, media) = (AgentId(wish.agent), media(&wish.media));
    match wish.state {
        MediaState::Ready => Command::Ready { agent, media },
        MediaState::NotReady => {
            Command::NotReady { agent, media, reason: wish.reason.unwrap_or_default() }
        }
    }
}

fn stop_processing(stop: request::StopProcessing, by: By) -> Command {
    let interaction = InteractionId(stop.interaction_id);
    Command::Stop { interaction, by, reason: stop.reason }
}

fn place_in_queue(place: request::PlaceInQueue, by: By) -> Command {
    let interaction = InteractionId(place.interaction_id);
    Command::PlaceInQueue { interaction, queue: QueueName(place.queue), by }
}

fn change_properties(wish: request::ChangeProperties, by: By) -> Command {
    let interaction = InteractionId(wish.interaction_id);
    let request::ChangeProperties { added, changed, deleted, .. } = wish;
    Command::ChangeProperties { interaction, by, change: Change { added, changed, deleted } }
}

fn media(name: &str) -> MediaType {
    MediaType::from(name)
}

fn ticket(number: u64) -> Ticket {
    Ticket(Position(number))
}

fn wanted(add: request::AddMedia) -> Wanted {
    match add.state {
        MediaState::Ready => Wanted::Ready,
        MediaState::NotReady => Wanted::NotReady { reason: add.reason.unwrap_or_default() },
    }
}

/// The answer to a wish that was carried out.
pub fn answer(reference: Option<Ref>, answer: Answer) -> Frame {
    let ack = match answer {
        Answer::Pulled { interaction: pulled } => {
            let interactions = vec![interaction(&pulled)];
            return Frame::PulledInteractions(PulledInteractions { reference, interactions });
        }
        Answer::Done | Answer::Confirmed { .. } => Ack::default(),
        Answer::Submitted { interaction, repeated } => Ack {
            interaction_id: Some(interaction.0),
            duplicate: repeated == crate::interaction::command::Repeated::Yes,
            ..Ack::default()
        },
        Answer::LoggedIn { capacity_warning } => {
            Ack { warning: capacity_warning, ..Ack::default() }
        }
        Answer::Accepted { interaction } => {
            Ack { interaction_id: Some(interaction.0), ..Ack::default() }
        }
        Answer::Consulted { interaction, ticket } => Ack {
            interaction_id: Some(interaction.0),
            ticket: ticket.map(|ticket| ticket.0.0),
            ..Ack::default()
        },
        Answer::Invited { ticket } => Ack { ticket: Some(ticket.0.0), ..Ack::default() },
    };
    Frame::Ack(Ack { reference, ..ack })
}

/// News as a frame; nothing for what the connection itself has to act upon.
pub fn frame_of(news: DeskNews) -> Option<Frame> {
    Some(match news {
        DeskNews::Invited(invitation) => Frame::Invite(Box::new(invite(&invitation))),
        DeskNews::Revoked { ticket, interaction, reason } => Frame::Revoked(Revoked {
            ticket: Some(ticket.0.0),
            interaction_id: interaction.0,
            reason: revoke_reason(reason).to_owned(),
        }),
        DeskNews::TakenAway { interaction } => Frame::Revoked(Revoked {
            ticket: None,
            interaction_id: interaction.0,
            reason: remove_reason(RemoveReason::HandlingTimeout).to_owned(),
        }),
        DeskNews::Declined { ticket, interaction, agent, errand, why } => {
            let (reason, text) = declined(why);
            Frame::Rejected(Rejected {
                ticket: ticket.0.0,
                interaction_id: interaction.0,
                agent: agent.0,
                operation: operation(errand.operation),
                reason: reason.to_owned(),
                text,
            })
        }
        DeskNews::PartyAdded { interaction, agent, how, errand } => Frame::PartyAdded(PartyAdded {
            interaction_id: interaction.0,
            agent: agent.0,
            operation: (how != Added::JoinedSession).then(|| operation(errand.operation)),
            visibility_mode: visibility_mode(errand.part),
        }),
        DeskNews::PartyRemoved { interaction, agent, reason } => {
            let reason = remove_reason(reason).to_owned();
            let interaction_id = interaction.0;
            Frame::PartyRemoved(PartyRemoved { interaction_id, agent: agent.0, reason })
        }
        DeskNews::PropertiesChanged { interaction, change } => {
            let Change { added, changed, deleted } = change;
            let interaction_id = interaction.0;
            Frame::PropertiesChanged(PropertiesChanged { interaction_id, added, changed, deleted })
        }
        DeskNews::Held { interaction, agent } => {
            Frame::Held(OnHold { interaction_id: interaction.0, agent: agent.0 })
        }
        DeskNews::Resumed { interaction, agent } => {
            Frame::Resumed(OnHold { interaction_id: interaction.0, agent: agent.0 })
        }
        DeskNews::ProcessingStopped { interaction, reason } => {
            Frame::ProcessingStopped(ProcessingStopped { interaction_id: interaction.0, reason })
        }
        DeskNews::WorkbinChanged { workbin, interaction, what } => {
            workbins::changed(&workbin, interaction, what)
        }
        DeskNews::Status(status) => Frame::AgentStatus(agent_status(&status)),
        DeskNews::LoggedOut { reason } => {
            let reason = logout_reason(reason).to_owned();
            Frame::LoggedOut(LoggedOut { reason })
        }
        DeskNews::Displaced => return None,
    })
}

/// All that lies on the desk.
pub fn desk_frame(desk: &DeskView) -> Frame {
    Frame::AgentStatus(AgentStatus {
        invitations: Some(desk.invitations.iter().map(invite).collect()),
        handled: Some(desk.handled.iter().map(interaction).collect()),
        ..agent_status(&desk.status)
    })
}

fn agent_status(status: &views::AgentStatus) -> AgentStatus {
    AgentStatus {
        agent: status.agent.0.clone(),
        place: status.place.clone(),
        media: status.media.iter().map(media_status).collect(),
        do_not_disturb: status.do_not_disturb.map(time),
        invitations: None,
        handled: None,
    }
}

fn media_status(status: &views::MediaStatus) -> MediaStatus {
    let (state, reason, forced) = match &status.readiness {
        Readiness::Ready => (MediaState::Ready, None, false),
        Readiness::NotReady { reason, cause } => {
            (MediaState::NotReady, Some(reason.clone()), *cause == NotReadyCause::Forced)
        }
    };
    MediaStatus {
        media: status.media.0.clone(),
        state,
        reason,
        forced,
        since: time(status.since),
        load: status.load,
        capacity: status.most,
    }
}

fn invite(invitation: &InvitationView) -> Invite {
    let Errand { inviter, operation: why, part } = &invitation.errand;
    let asked = invitation.interaction.attributes.consultation.as_ref();
    let part = asked.map_or(part, |asked| &asked.part);
    let inviter = inviter.as_ref().or(asked.map(|asked| &asked.by));
    Invite {
        operation: operation(*why),
        inviter: inviter.map(|inviter| inviter.0.clone()),
        visibility_mode: visibility_mode(*part),
        visibility: visibility(*part),
        ticket: invitation.ticket.0.0,
        deadline: time(invitation.deadline),
        remaining_ms: u64::try_from(invitation.remaining.as_millis()).unwrap_or(u64::MAX),
        interaction: interaction(&invitation.interaction),
    }
}

fn declined(why: Declined) -> (&'static str, String) {
    match why {
        Declined::Rejected { reason } => ("rejected", reason),
        Declined::Revoked(reason) => (revoke_reason(reason), String::new()),
    }
}

pub(super) fn revoke_reason(reason: RevokeReason) -> &'static str {
    match reason {
        RevokeReason::Expired => "expired",
        RevokeReason::Stopped => "stopped",
        RevokeReason::LoggedOut => "logged_out",
        RevokeReason::MediaRemoved => "media_removed",
        RevokeReason::Moved => "moved",
        RevokeReason::Withdrawn => "withdrawn",
    }
}

pub(super) fn remove_reason(reason: RemoveReason) -> &'static str {
    match reason {
        RemoveReason::Left => "left",
        RemoveReason::LeftSession => "left_session",
        RemoveReason::LoggedOut => "logged_out",
        RemoveReason::PlacedInQueue => "placed_in_queue",
        RemoveReason::PlacedInWorkbin => "placed_in_workbin",
        RemoveReason::Stopped => "stopped",
        RemoveReason::Transferred => "transferred",
        RemoveReason::NobodyHandles => "nobody_handles",
        RemoveReason::HandlingTimeout => "handling_timeout",
    }
}

pub(super) fn logout_reason(reason: LogoutReason) -> &'static str {
    match reason {
        LogoutReason::Asked => "asked",
        LogoutReason::ConnectionLost => "connection_lost",
    }
}
