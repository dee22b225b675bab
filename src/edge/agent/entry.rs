//! Who may come into a session that is there, and who may end it. A session does not know
//! whose interaction it is; the routing domain does, and is asked at the door.
//!
//! | he | `ALL` | `INT` |
//! |---|---|---|
//! | has it, or is invited to handle it | yes | yes |
//! | coaches it, or is invited to | `barge-in` | yes |
//! | is consulted about it | as for one who is there, if he was asked as `Conference` | yes |
//! | has nothing to do with it, others handle it | `barge-in` | `coach` |
//! | has nothing to do with it, it waits | `pull-from-queues`, and a free place | `coach` |
//! | has nothing to do with it, it lies in a workbin | as for taking it out there | `coach` |
//!
//! What nobody knows (yet, or any more) counts as waiting. `VIP` takes `monitor` in any case, which is
//! looked at before.

use super::privilege::{has, lacking};
use super::refuse::Refused;
use super::visitor::Visitor;
use super::wire::Visibility;
use super::wire::request::{AfterAction, Release};
use crate::base::{AgentId, InteractionId, SessionId, ThingId};
use crate::chat::{self, Role};
use crate::config::Privilege;
use crate::edge::handles::Handles;
use crate::interaction::standing::Standing;
use crate::interaction::{Look, Owner, Part, Rejection, Sight};
use crate::ownership::{Absent, Unanswered};

/// What it takes to come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fare {
    Nothing,
    A(Privilege),
    /// One more to handle, and the privilege if there must be one.
    Place(Option<Privilege>),
}

/// Refuses whoever has no business in the session.
pub async fn check_joining(
    visitor: &Visitor,
    session: &SessionId,
    visibility: Visibility,
) -> Result<(), Refused> {
    if visibility == Visibility::Vip {
        return Ok(());
    }
    let standing = look(visitor, session).await?;
    let agent = &visitor.identity.agent;
    match fare(agent, visibility, standing.as_ref()) {
        Fare::Nothing => Ok(()),
        Fare::A(needed) => check(visitor, Some(needed)),
        Fare::Place(needed) => {
            check(visitor, needed)?;
            check_place(agent, standing)
        }
    }
}

/// Refuses whoever would end for others what colleagues handle, or may not end such a chat. Going
/// oneself is open to everybody.
pub async fn check_releasing(
    visitor: &Visitor,
    session: &SessionId,
    (own, wish): (&str, &Release),
) -> Result<(), Refused> {
    let goes_himself = wish.user_id.as_ref().is_none_or(|user| user == own);
    if goes_himself && wish.after_action == AfterAction::KeepAlive {
        return Ok(());
    }
    if wish.after_action != AfterAction::KeepAlive {
        let Visitor { handles, identity, .. } = visitor;
        check_ending(handles, (&identity.agent, identity.role), &session.into()).await?;
    }
    match look(visitor, session).await? {
        Some(standing) if standing.is_handled && !standing.handles() => {
            let text = "who handles the chat closes it and removes others from it";
            Err(Refused::new(403, text))
        }
        Some(_) | None => Ok(()),
    }
}

/// Refuses whoever may not end a chat that runs, or not one that is asynchronous, in whatever way. What
/// is no chat, or is over, is nothing to ask a session about.
pub async fn check_ending(
    handles: &Handles,
    who: (&AgentId, Role),
    session: &ThingId,
) -> Result<(), Refused> {
    let lacks = |needed: &Privilege| !has(&handles.config, who, *needed);
    if ![Privilege::Release, Privilege::ReleaseAsync].iter().any(lacks) {
        return Ok(());
    }
    let about = match handles.sessions.look(session, chat::Look::About).await {
        Ok(sight) => sight.about().filter(|about| !about.is_closed),
        Err(Unanswered::Absent(Absent::NotFound | Absent::Closed)) => None,
        Err(unanswered) => return Err(unanswered.into()),
    };
    let Some(about) = about else { return Ok(()) };
    let asynchronous = about.is_asynchronous.then_some(Privilege::ReleaseAsync);
    let mut needed = [Some(Privilege::Release), asynchronous].into_iter().flatten();
    needed.find(lacks).map_or(Ok(()), |needed| Err(lacking(needed)))
}

fn fare(own: &AgentId, visibility: Visibility, standing: Option<&Standing>) -> Fare {
    let part = standing.and_then(|standing| standing.part);
    let consulted = standing.and_then(|standing| standing.consulted);
    if part.is_some_and(Part::handles) {
        return Fare::Nothing;
    }
    match visibility {
        Visibility::Vip => Fare::A(Privilege::Monitor),
        Visibility::Int if part == Some(Part::Coach) || consulted.is_some() => Fare::Nothing,
        Visibility::All if consulted.is_some_and(Part::handles) => Fare::Nothing,
        Visibility::Int => Fare::A(Privilege::Coach),
        Visibility::All => match standing {
            Some(Standing { is_handled: true, .. }) => Fare::A(Privilege::BargeIn),
            Some(Standing { workbin: Some(workbin), .. }) => {
                let is_own = workbin.owner == Owner::Agent(own.clone());
                Fare::Place((!is_own).then_some(Privilege::PullFromWorkbins))
            }
            Some(_) | None => Fare::Place(Some(Privilege::PullFromQueues)),
        },
    }
}

fn check(visitor: &Visitor, needed: Option<Privilege>) -> Result<(), Refused> {
    let who = (&visitor.identity.agent, visitor.identity.role);
    match needed.filter(|needed| !has(&visitor.handles.config, who, *needed)) {
        Some(needed) => Err(lacking(needed)),
        None => Ok(()),
    }
}

fn check_place(agent: &AgentId, standing: Option<Standing>) -> Result<(), Refused> {
    match standing.and_then(|standing| standing.hindrance) {
        Some(hindrance) => {
            let no = Rejection::CannotTake { agent: agent.clone(), hindrance };
            Err(Unanswered::Rejected(no).into())
        }
        None => Ok(()),
    }
}

async fn look(visitor: &Visitor, session: &SessionId) -> Result<Option<Standing>, Refused> {
    let (agent, handles) = (visitor.identity.agent.clone(), &visitor.handles);
    let look = Look::Standing { agent, interaction: InteractionId(session.0.clone()) };
    match handles.routing.look(&handles.routing_domain, look).await? {
        Sight::Standing(standing) => Ok(standing),
        Sight::Desk(_)
        | Sight::Found(_)
        | Sight::Workbin(_)
        | Sight::Figures(_)
        | Sight::RealTime(_)
        | Sight::Interaction(_)
        | Sight::WhyNotRouted(_)
        | Sight::Routes(_)
        | Sight::OnlineSessions(_)
        | Sight::Journal(_)
        | Sight::Done => Err(Refused::new(503, "another look was answered")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::Workbin;
    use Fare::{A, Nothing, Place};
    use Privilege::{BargeIn, Coach, PullFromQueues, PullFromWorkbins};

    #[test]
    fn who_has_no_business_there_needs_the_privilege_for_it() {
        let waits = Standing {
            part: None,
            consulted: None,
            is_handled: false,
            workbin: None,
            hindrance: None,
        };
        let asked =
            |part| Some(Standing { consulted: Some(part), is_handled: true, ..waits.clone() });
        let handled = Standing { is_handled: true, ..waits.clone() };
        let is = |part| Some(Standing { part: Some(part), ..handled.clone() });
        let invited = Standing { part: Some(Part::Handler), ..waits.clone() };
        let lies = |owner: &str| {
            let owner = Owner::Agent(owner.into());
            Some(Standing { workbin: Some(Workbin { name: "x".into(), owner }), ..waits.clone() })
        };
        let table = [
            (is(Part::Handler), Nothing, Nothing),
            (is(Part::Conference), Nothing, Nothing),
            (Some(invited), Nothing, Nothing),
            (is(Part::Coach), A(BargeIn), Nothing),
            (is(Part::Monitor), A(BargeIn), A(Coach)),
            (asked(Part::Coach), A(BargeIn), Nothing),
            (asked(Part::Conference), Nothing, Nothing),
            (Some(handled.clone()), A(BargeIn), A(Coach)),
            (Some(waits.clone()), Place(Some(PullFromQueues)), A(Coach)),
            (lies("ada"), Place(None), A(Coach)),
            (lies("bob"), Place(Some(PullFromWorkbins)), A(Coach)),
            (None, Place(Some(PullFromQueues)), A(Coach)),
        ];

        for (standing, openly, among_colleagues) in table {
            let fare = |visibility| fare(&"ada".into(), visibility, standing.as_ref());
            let fares = (fare(Visibility::All), fare(Visibility::Int));
            assert_eq!(fares, (openly, among_colleagues), "{standing:?}");
        }
    }
}
