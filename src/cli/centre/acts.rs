//! The acts of the plan, as the agent plays them who handles the chat.

use crate::cli::centre::plan::Act;
use crate::cli::centre::player::{PATIENCE, Player};
use crate::cli::centre::seat::{Answer, Seat};
use crate::cli::centre::supervise;
use crate::cli::centre::workflow::{SECOND_LEVEL, WORKBIN};
use crate::edge::agent::wire::request::{
    AfterAction, Conference, Consult, ConsultMode, OneInteraction, PlaceInQueue, PlaceInWorkbin,
    Request, StopProcessing, Transfer, VisibilityMode, Workbin,
};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::spawn_local;
use tokio::time::Instant;

/// How often somebody is looked for who could take it.
const TRIES: u32 = 20;

/// How much longer than the window a desktop stays dead that is not to come back in time.
const TOO_LATE: f64 = 3.0;

/// Where the agent is after his act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// He goes on with the chat.
    Stays,
    /// Somebody else has it, or will have.
    IsGone,
}

/// Plays the act of the chat's plan.
pub async fn perform(player: &Player) -> After {
    match player.chat.plan.act {
        Act::Plain
        | Act::AgentCloses
        | Act::Reject
        | Act::Miss
        | Act::LeavesWaiting
        | Act::LeavesTalking
        | Act::TwinAlone
        | Act::TwinWatched => After::Stays,
        Act::TransferToAgent => transfer(player).await,
        Act::TransferToQueue => place_in_queue(player).await,
        Act::Conference => confer(player, VisibilityMode::Conference).await,
        Act::Coach => confer(player, VisibilityMode::Coach).await,
        Act::Consult => consult(player).await,
        Act::Monitor => supervised(player, VisibilityMode::Monitor).await,
        Act::BargeIn => supervised(player, VisibilityMode::Conference).await,
        Act::Hold => hold(player).await,
        Act::PlaceOnHold | Act::Workbin | Act::WorkbinOfColleague => rest_in_workbin(player).await,
        Act::Crash => crash(player, player.centre.arguments.resume_window * 0.3).await,
        Act::LongCrash => crash(player, player.centre.arguments.resume_window + TOO_LATE).await,
    }
}

/// Asks one colleague after the other until one has it.
async fn transfer(player: &Player) -> After {
    for _ in 0..TRIES {
        if player.is_over() || !player.seat.has(&player.session) {
            return After::Stays;
        }
        if let Some(colleague) = player.centre.free_colleague(&player.seat) {
            let request = Transfer {
                interaction_id: player.session.clone(),
                agent: Some(colleague.name.clone()),
                queue: None,
            };
            if invite(player, Request::Transfer(request)).await && !player.seat.has(&player.session)
            {
                // The customer may go when the other has said his word.
                player.chat.is_act_over.set(true);
                player.leave(AfterAction::KeepAlive).await;
                return After::IsGone;
            }
        }
        player.centre.pause(0.5).await;
    }
    After::Stays
}

/// Invites somebody, and waits until he has answered, one way or the other.
async fn invite(player: &Player, request: Request) -> bool {
    let Answer::Done(ack) = player.seat.ask(request).await else { return false };
    let Some(ticket) = ack.ticket else { return false };
    let (seat, chat) = (&player.seat, &player.chat);
    let is_answered = || {
        let has_said_no = seat.standing.borrow().declined.contains(&ticket);
        has_said_no || chat.has_colleague.get() || !seat.has(&player.session) || player.is_over()
    };
    player.centre.world.wait_until(Instant::now() + PATIENCE, is_answered).await;
    !seat.standing.borrow().declined.contains(&ticket)
}

async fn confer(player: &Player, mode: VisibilityMode) -> After {
    for _ in 0..TRIES {
        if player.is_over() || !player.seat.has(&player.session) {
            return After::Stays;
        }
        if let Some(colleague) = player.centre.free_colleague(&player.seat) {
            let request = Conference {
                interaction_id: player.session.clone(),
                agent: colleague.name.clone(),
                visibility_mode: mode,
            };
            if invite(player, Request::Conference(request)).await && player.chat.has_colleague.get()
            {
                return after_conference(player, mode).await;
            }
        }
        player.centre.pause(0.5).await;
    }
    After::Stays
}

/// In one of two ways the colleague has the chat alone from now on.
async fn after_conference(player: &Player, mode: VisibilityMode) -> After {
    if mode == VisibilityMode::Conference && player.chat.plan.is_other_way {
        player.say(crate::edge::agent::wire::Visibility::All).await;
        player.leave(AfterAction::KeepAlive).await;
        player.chat.is_act_over.set(true);
        return After::IsGone;
    }
    After::Stays
}

/// Asks a colleague, or whoever is free for what waits in a queue. If nobody comes he does without.
async fn consult(player: &Player) -> After {
    let colleague = player.centre.free_colleague(&player.seat);
    let is_for_anybody = player.chat.plan.is_other_way || colleague.is_none();
    let request = Consult {
        interaction_id: player.session.clone(),
        agent: colleague.filter(|_| !is_for_anybody).map(|seat| seat.name.clone()),
        queue: is_for_anybody.then(|| SECOND_LEVEL.to_owned()),
        visibility_mode: ConsultMode::Coach,
    };
    let Answer::Done(ack) = player.seat.ask(Request::Consult(request)).await else {
        return After::Stays;
    };
    let Some(question) = ack.interaction_id else { return After::Stays };
    let (seat, chat) = (&player.seat, &player.chat);
    let is_answered = || {
        let has_said_no =
            ack.ticket.is_some_and(|ticket| seat.standing.borrow().declined.contains(&ticket));
        has_said_no || chat.has_colleague.get() || !seat.has(&player.session) || player.is_over()
    };
    player.centre.world.wait_until(Instant::now() + PATIENCE, is_answered).await;
    if !chat.has_colleague.get() {
        let stop = StopProcessing { interaction_id: question, reason: "nobody came".to_owned() };
        seat.does(Request::StopProcessing(stop)).await;
    }
    After::Stays
}

async fn place_in_queue(player: &Player) -> After {
    let (interaction_id, queue) = (player.session.clone(), SECOND_LEVEL.to_owned());
    let placed = if player.chat.plan.is_other_way {
        Request::PlaceInQueue(PlaceInQueue { interaction_id, queue })
    } else {
        Request::Transfer(Transfer { interaction_id, agent: None, queue: Some(queue) })
    };
    if !player.seat.does(placed).await {
        return After::Stays;
    }
    player.chat.is_act_over.set(true);
    player.leave(AfterAction::KeepAlive).await;
    After::IsGone
}

async fn supervised(player: &Player, mode: VisibilityMode) -> After {
    let Some(supervisor) = player.centre.supervisor_of(&player.chat) else { return After::Stays };
    let guest = player.of(&supervisor);
    match mode {
        VisibilityMode::Monitor => {
            if supervise::begin_to_watch(&guest).await {
                player.say(crate::edge::agent::wire::Visibility::All).await;
                player.centre.pause(1.0).await;
                guest.leave(AfterAction::KeepAlive).await;
            }
        }
        VisibilityMode::Conference | VisibilityMode::Coach => supervise::barge_in(&guest).await,
    }
    After::Stays
}

async fn hold(player: &Player) -> After {
    if player.seat.does(Request::KeepWaiting(player.interaction())).await {
        player.centre.pause(1.5).await;
        player.seat.does(Request::EndWaiting(player.interaction())).await;
    }
    After::Stays
}

/// The chat rests in the agent's workbin until somebody takes it out; he does so himself or a
/// colleague. He puts it there, or he places it on hold and his options and the workflow lead there.
async fn rest_in_workbin(player: &Player) -> After {
    let agent = Some(player.seat.name.clone());
    let workbin = Workbin { name: WORKBIN.to_owned(), agent, place: None, group: None };
    let interaction_id = player.session.clone();
    let request = if player.chat.plan.act == Act::PlaceOnHold {
        Request::PlaceOnHold(OneInteraction { interaction_id })
    } else {
        Request::PlaceInWorkbin(PlaceInWorkbin { interaction_id, workbin: workbin.clone() })
    };
    if !player.seat.does(request).await {
        return After::Stays;
    }
    player.leave(AfterAction::KeepAlive).await;
    let player = player.clone();
    spawn_local(async move { take_out(&player, &workbin).await });
    After::IsGone
}

async fn take_out(player: &Player, workbin: &Workbin) {
    player.centre.pause(1.5).await;
    while !player.is_over() {
        let is_of_colleague = player.chat.plan.act == Act::WorkbinOfColleague;
        let colleague = player.centre.free_colleague(&player.seat);
        let own = Some(player.seat.clone()).filter(|seat| !is_of_colleague && seat.is_free());
        if let Some(seat) = own.or(colleague)
            && player.of(&seat).pull(Some(workbin)).await
        {
            return;
        }
        player.centre.pause(0.5).await;
    }
}

async fn crash(player: &Player, pause: f64) -> After {
    let seat: &Rc<Seat> = &player.seat;
    let was_online = || seat.standing.borrow().is_online;
    seat.crash(Duration::from_secs_f64(pause));
    let world = &player.centre.world;
    world.wait_until(Instant::now() + PATIENCE, || !was_online()).await;
    let long = Duration::from_secs_f64(pause) + PATIENCE;
    world.wait_until(Instant::now() + long, was_online).await;
    // Whether he has it still, he knows when he was shown his desk.
    player.centre.pause(0.5).await;
    After::Stays
}
