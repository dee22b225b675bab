//! An agent's shift: plays in what comes to him, and takes a rest now and then.

use crate::cli::centre::scene;
use crate::cli::centre::seat::{News, Seat};
use crate::cli::centre::world::Centre;
use crate::cli::torture::desk::MEDIA;
use crate::edge::agent::wire::request::{NotReady, Nothing, OneMedia, Request};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_local;

/// Between two rests of an agent, in the mean, in words that he could have said.
const WORK: f64 = 15.0;
const REST: f64 = 1.5;

/// Plays in everything that comes.
pub async fn work(centre: Rc<Centre>, seat: Rc<Seat>, mut news: mpsc::UnboundedReceiver<News>) {
    while let Some(news) = news.recv().await {
        let (centre, seat) = (centre.clone(), seat.clone());
        match news {
            News::Invited(invite) => {
                spawn_local(scene::invited(centre, seat, invite));
            }
            News::Handled(interaction) => {
                spawn_local(scene::found(centre, seat, interaction));
            }
        }
    }
}

/// Takes a rest now and then: is not to be disturbed, is not ready, or goes and comes again.
pub async fn rest_at_times(centre: Rc<Centre>, seat: Rc<Seat>) {
    loop {
        centre.pause(WORK).await;
        let chance = centre.world.chance();
        if chance < 0.4 {
            seat.does(Request::DoNotDisturbOn(Nothing {})).await;
            centre.pause(REST).await;
            seat.does(Request::DoNotDisturbOff(Nothing {})).await;
        } else if chance < 0.8 {
            seat.standing.borrow_mut().wants_to_be_ready = false;
            let media = MEDIA.to_owned();
            let reason = "lunch".to_owned();
            seat.does(Request::NotReady(NotReady { media, reason })).await;
            centre.pause(REST).await;
            seat.standing.borrow_mut().wants_to_be_ready = true;
            seat.does(Request::Ready(OneMedia { media: MEDIA.to_owned() })).await;
        } else if is_idle(&seat) {
            go_and_come_again(&centre, &seat).await;
        }
    }
}

fn is_idle(seat: &Seat) -> bool {
    let standing = seat.standing.borrow();
    standing.has.is_empty() && standing.invitations.is_empty() && standing.is_logged_in
}

async fn go_and_come_again(centre: &Centre, seat: &Seat) {
    seat.standing.borrow_mut().wants_to_work = false;
    seat.does(Request::AgentLogout(Nothing {})).await;
    centre.pause(REST).await;
    seat.standing.borrow_mut().wants_to_work = true;
    let media = vec![crate::edge::agent::wire::request::AddMedia {
        media: MEDIA.to_owned(),
        state: crate::edge::agent::wire::MediaState::Ready,
        reason: None,
    }];
    let login = crate::edge::agent::wire::request::AgentLogin { place: None, media };
    while !seat.standing.borrow().is_logged_in {
        if seat.does(Request::AgentLogin(login.clone())).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
