//! What supervisors do: look on, barge in, look over everything there is, and act on what waits.

use crate::cli::centre::chat::Chat;
use crate::cli::centre::player::Player;
use crate::cli::centre::seat::{Answer, Seat};
use crate::cli::centre::world::Centre;
use crate::edge::agent::wire::frame::Interaction;
use crate::edge::agent::wire::request::{
    AfterAction, Assign, ChangeProperties, FindInteractions, InteractionState, Intrude, Request,
    VisibilityMode,
};
use crate::edge::agent::wire::{Frame, Visibility};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::spawn_local;

/// Between two looks at everything there is.
const LOOK: Duration = Duration::from_secs(1);

/// Most that one look shows.
const MOST: usize = 100;

/// What makes an interaction urgent.
const URGENT: i64 = 5;

/// All states in which something is still to be done.
pub const OPEN: [InteractionState; 4] = [
    InteractionState::Handling,
    InteractionState::Inviting,
    InteractionState::Queued,
    InteractionState::InWorkbin,
];

/// Whether he looks on, unseen, from now on.
pub async fn begin_to_watch(player: &Player) -> bool {
    if !intrude(player, VisibilityMode::Monitor).await {
        return false;
    }
    let Some(interaction) = shown(player).await else { return false };
    player.join(&interaction, Visibility::Vip).await
}

/// Comes to talk with the customer too, says his word and goes.
pub async fn barge_in(player: &Player) {
    player.begin();
    if intrude(player, VisibilityMode::Conference).await
        && let Some(interaction) = shown(player).await
        && player.join(&interaction, Visibility::All).await
    {
        player.say(Visibility::All).await;
        player.centre.pause(1.0).await;
        player.leave(AfterAction::KeepAlive).await;
    }
    player.end();
}

async fn intrude(player: &Player, visibility_mode: VisibilityMode) -> bool {
    let interaction_id = player.session.clone();
    player.seat.does(Request::Intrude(Intrude { interaction_id, visibility_mode })).await
}

/// The interaction, with the way into its chat.
async fn shown(player: &Player) -> Option<Interaction> {
    let request = Request::GetInteractionProperties(player.interaction());
    let Answer::Shown(frame) = player.seat.ask(request).await else { return None };
    let Frame::InteractionProperties(found) = *frame else { return None };
    Some(found.interaction)
}

/// Looks over everything, again and again, and acts on what waits.
pub async fn look_over(centre: Rc<Centre>, seat: Rc<Seat>) {
    loop {
        tokio::time::sleep(LOOK).await;
        for state in OPEN {
            let found = find(&seat, state).await.unwrap_or_default();
            if state == InteractionState::Queued {
                for interaction in &found {
                    act_on(&centre, &seat, interaction);
                }
            }
        }
    }
}

/// What is in a state, as far as one look shows. Nothing if there was no answer.
pub async fn find(seat: &Seat, state: InteractionState) -> Option<Vec<Interaction>> {
    let request =
        FindInteractions { state: Some(state), limit: Some(MOST), ..FindInteractions::default() };
    let request = Request::FindInteractions(request);
    let Answer::Shown(frame) = seat.ask(request).await else { return None };
    let Frame::FoundInteractions(found) = *frame else { return None };
    Some(found.interactions)
}

/// Of what waits, something is made urgent, something is assigned and something is pulled.
fn act_on(centre: &Rc<Centre>, seat: &Rc<Seat>, interaction: &Interaction) {
    let Some(chat) = centre.chat_of(interaction) else { return };
    if chat.plan.act.is_twin() || chat.is_attended_to.replace(true) {
        return;
    }
    let (centre, seat) = (centre.clone(), seat.clone());
    let session = interaction.interaction_id.clone();
    let player = Player { centre, seat, chat, session };
    spawn_local(async move { attend_to(&player).await });
}

async fn attend_to(player: &Player) {
    let chat: &Chat = &player.chat;
    match chat.plan.number % 5 {
        0 => {
            let mut change = ChangeProperties {
                interaction_id: player.session.clone(),
                added: Default::default(),
                changed: Default::default(),
                deleted: vec![],
            };
            change.changed.set("Priority", URGENT);
            player.seat.does(Request::ChangeProperties(change)).await;
        }
        1 => {
            if let Some(colleague) = player.centre.free_colleague(&player.seat) {
                let (interaction_id, agent) = (player.session.clone(), colleague.name.clone());
                player.seat.does(Request::Assign(Assign { interaction_id, agent })).await;
            }
        }
        2 if player.seat.standing.borrow().has.len() < player.seat.capacity as usize => {
            player.pull(None).await;
        }
        _ => {}
    }
}
