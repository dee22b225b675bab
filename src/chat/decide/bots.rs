//! Bots come, go, act, and have the floor or not.

use super::data::{clean, clean_text, put};
use super::going::end_bot;
use super::limits::{check_length, check_room_left};
use super::notice::tell;
use super::say::speak;
use super::{Decided, nothing, present};
use crate::base::{ParticipantId, Position, UserData};
use crate::chat::audience::Audience;
use crate::chat::bots::{
    Act, BotWish, Ending, Failure, SendData, StartBot, StopBot, Turn, Which, data, floor,
};
use crate::chat::command::{ChangeData, Notify, Say};
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{Key, LeaveReason};
use crate::chat::participant::{
    ClientVersion, Joined, Participant, Protocol, Role, Style, Visibility,
};
use crate::chat::state::Session;
use crate::owned::Scene;

/// More at once in one session are a mistake of somebody's workflow.
const MOST_BOTS: usize = 5;

pub fn wish(
    session: &Session,
    scene: &Scene<'_, Session>,
    wish: BotWish,
    key: Option<Key>,
) -> Decided {
    if session.started.is_none() {
        return Err(Rejection::NotStarted);
    }
    match wish {
        BotWish::Start(wish) => start(session, scene, &wish, key),
        BotWish::Stop(wish) => stop(session, scene, &wish, key),
        BotWish::Send(wish) => send(session, scene, wish, key),
        BotWish::Take { asker, .. } => take(session, scene, asker, key),
        BotWish::Turn(wish) => turn(session, scene, wish, key),
        BotWish::Fail { who, after, reason } => fail(session, scene, (who, after), reason),
    }
}

fn start(
    session: &Session,
    scene: &Scene<'_, Session>,
    wish: &StartBot,
    key: Option<Key>,
) -> Decided {
    check_room_left(session, scene)?;
    let mut draft = Draft::new(session, scene.now, key);
    let running = session.running_bot(&wish.engagement.which());
    let who = match (running, wish.asker) {
        (Some(_), None) => {
            return Err(Rejection::not_allowed("this bot is in the session already"));
        }
        (Some(running), Some(_)) => running,
        (None, _) => come(&mut draft, scene, wish.clone())?,
    };
    if let Some(asker) = wish.asker {
        check_agent(present(session, asker)?)?;
        hand(&mut draft, asker, who)?;
    }
    let mut decided = draft.finish();
    decided.answer.participant = Some(who);
    Ok(decided)
}

fn come(
    draft: &mut Draft,
    scene: &Scene<'_, Session>,
    wish: StartBot,
) -> Result<ParticipantId, Rejection> {
    let bots = draft.session.here().filter(|known| known.joined.bot.is_some());
    if MOST_BOTS <= bots.count() {
        return Err(Rejection::not_allowed("the session has as many bots as it may have"));
    }
    let nickname = clean_text(wish.nickname);
    check_length(&nickname, scene.policy.longest_nickname)?;
    if nickname.trim().is_empty() {
        return Err(Rejection::NoNickname);
    }
    let role = match wish.visibility {
        Visibility::All | Visibility::Int => Role::Agent,
        // No agent is so unseen.
        Visibility::Vip => Role::Supervisor,
    };
    let id = draft.session.next_participant();
    let joined = Joined {
        id,
        user_id: wish.user_id,
        person: None,
        nickname,
        role,
        style: Style::Bot,
        visibility: wish.visibility,
        // It gives no sign of life, and none is missed.
        protocol: Protocol::Esp,
        client_version: ClientVersion::NEWEST,
        time_zone_offset: 0,
        text: None,
        user_data: UserData::default().with(super::data::STYLE, "BOT"),
        bot: Some(Box::new(wish.engagement)),
    };
    let fact = crate::chat::Fact::Joined { joined: Box::new(joined), started: None };
    draft.record(Audience::of(wish.visibility), fact);
    Ok(id)
}

/// Agents alone see who has the floor.
fn hand(draft: &mut Draft, by: ParticipantId, to: ParticipantId) -> Result<(), Rejection> {
    let is_visible = draft
        .session
        .participant(to)
        .is_some_and(|known| known.joined.visibility == Visibility::All);
    if !is_visible {
        return Err(Rejection::not_allowed("customers do not see this bot: it has no floor"));
    }
    if draft.session.bots.floor != Some(to) {
        draft.record(Audience::of(Visibility::Int), floor(by, Some(to)));
    }
    Ok(())
}

fn take(
    session: &Session,
    scene: &Scene<'_, Session>,
    asker: ParticipantId,
    key: Option<Key>,
) -> Decided {
    check_agent(present(session, asker)?)?;
    let mut draft = Draft::new(session, scene.now, key);
    if session.bots.floor.is_some() {
        draft.record(Audience::of(Visibility::Int), floor(asker, None));
    }
    Ok(draft.finish())
}

fn check_agent(asker: &Participant) -> Result<(), Rejection> {
    if asker.is_visible_agent() {
        return Ok(());
    }
    Err(Rejection::not_allowed("only who speaks with the customer as an agent has a floor to give"))
}

fn stop(
    session: &Session,
    scene: &Scene<'_, Session>,
    wish: &StopBot,
    key: Option<Key>,
) -> Decided {
    let who = running(session, &wish.which)?;
    let mut draft = Draft::new(session, scene.now, key);
    end_bot(&mut draft, who, Ending::new("SYSTEM", "STOPPED"), LeaveReason::RemovedByServer);
    Ok(draft.finish())
}

fn send(
    session: &Session,
    scene: &Scene<'_, Session>,
    wish: SendData,
    key: Option<Key>,
) -> Decided {
    check_room_left(session, scene)?;
    let who = running(session, &wish.which)?;
    let sent = clean(wish.data);
    sent.check(&scene.policy.user_data)?;
    let mut draft = Draft::new(session, scene.now, key);
    draft.record(Audience::of(Visibility::Vip), data(who, sent));
    Ok(draft.finish())
}

fn running(session: &Session, which: &Which) -> Result<ParticipantId, Rejection> {
    let unknown = || Rejection::not_allowed("this bot is not in the session");
    session.running_bot(which).ok_or_else(unknown)
}

/// A turn that builds on what is no longer so is answered as if it had been carried out: it was, or
/// another one was in its place. Who lost the floor meanwhile has nothing more to say to anybody.
fn turn(session: &Session, scene: &Scene<'_, Session>, wish: Turn, key: Option<Key>) -> Decided {
    let Turn { who, after, acts, .. } = wish;
    let is_current =
        session.bot(who).is_some_and(|(known, _, bot)| known.is_here() && bot.answered == after);
    if !is_current {
        let mut late = nothing(session);
        late.answer.repeated = true;
        return Ok(late);
    }
    let mut draft = Draft::new(session, scene.now, key);
    let has_turns = session.has_turns(who);
    for act in acts {
        let counts = has_turns || matches!(act, Act::Attach(_) | Act::Leave { .. });
        if counts && !carry_out(&mut draft, scene, who, act)? {
            break;
        }
    }
    Ok(draft.finish())
}

/// Whether it is still there afterwards.
fn carry_out(
    draft: &mut Draft,
    scene: &Scene<'_, Session>,
    who: ParticipantId,
    act: Act,
) -> Result<bool, Rejection> {
    let (once, visibility, receiver) = (None, Visibility::All, None);
    match act {
        Act::Say { text, message_type, attributes } => {
            let treat_as = None;
            let say =
                Say { once, who, visibility, receiver, text, message_type, treat_as, attributes };
            speak(draft, scene, say)?;
        }
        Act::Notice { notice, attributes } => {
            tell(draft, scene, Notify { once, who, visibility, receiver, notice, attributes })?;
        }
        Act::Attach(added) => put(draft, scene, ChangeData { once, who, added })?,
        Act::HandOver => {
            if !draft.session.here().any(|known| known.is_visible_agent()) {
                let ending = Ending::new("BOT", "HANDED_OVER");
                end_bot(draft, who, ending, LeaveReason::Normal);
                return Ok(false);
            }
            if draft.session.bots.floor == Some(who) {
                draft.record(Audience::of(Visibility::Int), floor(who, None));
            }
        }
        Act::Leave { result } => {
            let result = clean_text(result);
            check_length(&result, LONGEST_RESULT)?;
            let ending = Ending { result, ..Ending::new("BOT", "DONE") };
            end_bot(draft, who, ending, LeaveReason::Normal);
            return Ok(false);
        }
    }
    Ok(true)
}

/// It stands in reports.
const LONGEST_RESULT: usize = 256;

fn fail(
    session: &Session,
    scene: &Scene<'_, Session>,
    (who, after): (ParticipantId, Position),
    reason: Failure,
) -> Decided {
    let is_current =
        session.bot(who).is_some_and(|(known, _, bot)| known.is_here() && bot.answered == after);
    let mut draft = Draft::new(session, scene.now, None);
    if is_current {
        end_bot(&mut draft, who, Ending::failed(reason), LeaveReason::Disconnect);
    }
    Ok(draft.finish())
}

#[cfg(test)]
mod tests;
