//! Strategies go on with what has happened, and views take what lies in their queues.

use crate::base::{InteractionId, UserData};
use crate::interaction::command::Answer;
use crate::interaction::decide::release::take_out;
use crate::interaction::decide::{handling, known, place};
use crate::interaction::draft::Draft;
use crate::interaction::effect::{Effect, Warning};
use crate::interaction::error::Rejection;
use crate::interaction::event::{Change, Fact};
use crate::interaction::ids::QueueName;
use crate::interaction::record::Interaction;
use crate::interaction::running::{Asks, Keeper, Running};
use crate::interaction::workbin::{Owner, Workbin};
use crate::workflow::strategy::{self, Order};
use crate::workflow::{self, Happening, Process, Script, Step, View, Wish};
use std::collections::BTreeSet;
use std::sync::Arc;

/// More strategies than this do not begin with one interaction in one wish: it goes round between
/// queues, and rests.
const MOST_BEGUN: usize = 10;

/// The view from which a strategy got an interaction, with its queue.
type Origin = (QueueName, String);

/// Carries on until nothing is stirred any more.
pub(super) fn conduct(draft: &mut Draft<'_>) {
    let Some(process) = draft.policy().workflow.clone() else { return };
    let mut filled = BTreeSet::new();
    loop {
        while let Some((id, happening)) = draft.take_stirred() {
            go_on(draft, &process, &id, &happening);
        }
        if !fill_views(draft, &process, &mut filled) {
            return;
        }
    }
}

fn go_on(draft: &mut Draft<'_>, process: &Process, id: &InteractionId, happening: &Happening) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    if one.is_left_to_views() {
        ask_views(draft, process, &one);
    } else if let Some(running) = one.running.as_ref().filter(|_| one.is_queued()) {
        if running.has_failed(draft.now()) {
            return fail(draft, &one, running);
        }
        let script = running.script.clone();
        let step = workflow::step(process, script, happening, (&one.brief(), draft.now()));
        take(draft, process, (&one, running.from.clone()), step);
    }
}

/// Its strategy has had it for so long that nobody can believe any more that it is routed. It goes back to
/// where it was taken from, as what has just come there.
fn fail(draft: &mut Draft<'_>, one: &Interaction, running: &Running) {
    let (queue, view) = &running.from;
    let what = format!(
        "interaction '{}' was not routed within its routing-timeout by the strategy of view '{view}', and \
         goes back to queue '{queue}'",
        one.id
    );
    draft.ask(Effect::Warn(Warning::Workflow(what)));
    place::into_queue(draft, &one.id, queue.clone());
}

/// Gives it to the strategy of the view that takes it, if that one may have one more.
fn ask_views(draft: &mut Draft<'_>, process: &Process, one: &Arc<Interaction>) {
    let brief = one.brief();
    let taking = workflow::view_for(process, &brief, draft.now());
    for (view, fault) in taking.faults {
        let (queue, view, fault) = (one.queue.clone(), view.name.clone(), fault.to_string());
        draft.ask(Effect::Warn(Warning::View { queue, view, fault }));
    }
    let Some(view) = taking.view else { return };
    let from = (one.queue.clone(), view.name.clone());
    if !has_room(draft, view, &from) {
        return;
    }
    if one.workbin().is_some() {
        take_out(draft, &one.id);
        let (interaction, queue) = (one.id.clone(), one.queue.clone());
        draft.record(Fact::PlacedInQueue { interaction, queue, keeper: Keeper::Views });
    }
    begin(draft, process, (one, from), &view.strategy);
}

fn has_room(draft: &Draft<'_>, view: &View, from: &Origin) -> bool {
    let n_taken = draft.domain().in_hand().get(from).copied().unwrap_or(0);
    view.limit.is_none_or(|limit| n_taken < limit)
}

fn begin(
    draft: &mut Draft<'_>,
    process: &Process,
    (one, from): (&Arc<Interaction>, Origin),
    strategy: &str,
) {
    let start = process.strategies.get(strategy).map_or("", |strategy| strategy.start.as_str());
    let script = Script::begin((strategy, start), one.last_request);
    if MOST_BEGUN <= draft.count_given(&one.id) {
        let what = format!("interaction '{}' goes round between queues, pauses", one.id);
        draft.ask(Effect::Warn(Warning::Workflow(what)));
        let script = script.paused(draft.now());
        let until = Some(draft.now() + handling::routing_timeout(one, draft.policy()));
        return stand(draft, &one.id, Some(Running { from, script, asks: None, until }));
    }
    let step = workflow::step(process, script, &Happening::Begun, (&one.brief(), draft.now()));
    take(draft, process, (one, from), step);
}

/// Does what a strategy wishes, and notes where it stands.
fn take(
    draft: &mut Draft<'_>,
    process: &Process,
    (one, from): (&Arc<Interaction>, Origin),
    step: Step,
) {
    let id = &one.id;
    let before = one.running.as_ref().filter(|running| running.from == from);
    let mut asks = before.and_then(|running| running.asks.clone());
    let until = before.and_then(|running| running.until);
    let until =
        until.unwrap_or_else(|| draft.now() + handling::routing_timeout(one, draft.policy()));
    for wish in step.wishes {
        match wish {
            Wish::Attach(change) => attach(draft, id, change),
            Wish::PlaceInQueue(queue) => return place::into_queue(draft, id, queue),
            Wish::PlaceInWorkbin { workbin, owner } => {
                return lay(draft, process, id, (workbin, owner));
            }
            Wish::Stop { reason } => {
                return place::end(draft, id, reason);
            }
            Wish::Route(request) => asks = Some(Asks::Agent(request)),
            Wish::CancelRoute { .. } => asks = None,
            Wish::Ask { request, esp } => {
                asks = Some(Asks::Service { request, esp });
            }
            Wish::SendTranscript { request, to } => {
                asks = Some(Asks::Transcript { request, to });
            }
            Wish::Complain(what) => draft.ask(Effect::Warn(Warning::Workflow(what))),
        }
    }
    let running = step.script.map(|script| {
        let (asks, until) = (still(asks, &script), Some(until));
        Running { from, script, asks, until }
    });
    stand(draft, id, running);
}

/// In the order in which each view takes: those that may have one more again.
fn fill_views(draft: &mut Draft<'_>, process: &Process, filled: &mut BTreeSet<Origin>) -> bool {
    let mut any = false;
    for (name, queue) in &process.queues {
        for view in queue.views.iter().filter(|view| view.limit.is_some()) {
            let from = (QueueName::from(name.as_str()), view.name.clone());
            let n_before = draft.in_hand_before().get(&from).copied().unwrap_or(0);
            let n_now = draft.domain().in_hand().get(&from).copied().unwrap_or(0);
            if n_now < n_before && filled.insert(from.clone()) {
                any |= stir_queue(draft, &from.0, view.order);
            }
        }
    }
    any
}

/// Has all that lies in a queue looked at.
fn stir_queue(draft: &mut Draft<'_>, queue: &QueueName, order: Order) -> bool {
    let left = draft.domain().left_to_views_of(queue);
    let mut left: Vec<_> = left.filter_map(|id| draft.domain().interaction(id).cloned()).collect();
    match order {
        Order::Priority => left.sort_by_key(|one| one.turn_in_line()),
        Order::Age => left.sort_by_key(|one| one.turn),
        Order::Submitted => left.sort_by_key(|one| (one.attributes.received_at, one.turn)),
    }
    for one in &left {
        draft.stir(one.id.clone(), Happening::Looked);
    }
    !left.is_empty()
}

/// Strategies whose time has come, and views that should look again.
pub(super) fn stir_what_is_due(draft: &mut Draft<'_>) {
    let now = draft.now();
    let scripts = draft.domain().calendar().scripts.iter().take_while(|(at, _)| *at <= now);
    let scripts: Vec<InteractionId> = scripts.map(|(_, id)| id.clone()).collect();
    for id in scripts {
        draft.stir(id, Happening::Looked);
    }
    for queue in draft.room().queues_to_look_at(now) {
        let views = draft.policy().workflow.as_ref().and_then(|all| all.queues.get(&queue.0));
        let first = views.and_then(|queue| queue.views.first());
        stir_queue(draft, &queue, first.map(|view| view.order).unwrap_or_default());
    }
}

/// The answer to what a strategy has asked of another house.
pub(super) fn answered(
    draft: &mut Draft<'_>,
    id: InteractionId,
    (request, answer): (u64, workflow::command::Answer),
) -> Result<Answer, Rejection> {
    known(draft, &id)?;
    draft.stir(id, Happening::Answered { request, answer });
    Ok(Answer::Done)
}

/// A request whose answer is no longer waited for is not open.
fn still(asks: Option<Asks>, script: &Script) -> Option<Asks> {
    let awaited = script.awaited_request();
    asks.filter(|asks| awaited == Some(asks.request()))
}

fn stand(draft: &mut Draft<'_>, id: &InteractionId, running: Option<Running>) {
    let before = draft.domain().interaction(id).and_then(|one| one.running.clone());
    if before.as_deref() == running.as_ref() {
        return;
    }
    let asked_before = before.as_deref().and_then(Running::service);
    let is_new = running.as_ref().is_some_and(|now| now.service() != asked_before);
    let running = running.map(Arc::new);
    draft.record(Fact::StrategyMoved { interaction: id.clone(), running });
    let asked = draft.domain().interaction(id).and_then(|one| one.open_service());
    if let Some(effect) = asked.filter(|_| is_new) {
        draft.ask(effect);
    }
}

fn attach(draft: &mut Draft<'_>, id: &InteractionId, change: Change) {
    let Some(one) = draft.domain().interaction(id) else { return };
    let mut after = UserData::clone(&one.user_data);
    change.apply_to(&mut after);
    if let Err(fault) = after.check(&draft.policy().user_data) {
        let what = format!("nothing was attached to interaction '{id}': {fault}");
        return draft.ask(Effect::Warn(Warning::Workflow(what)));
    }
    if after != *one.user_data {
        draft.record(Fact::PropertiesChanged { interaction: id.clone(), change });
    }
}

/// Into somebody's workbin. Whose it is, is said by its kind.
fn lay(
    draft: &mut Draft<'_>,
    process: &Process,
    id: &InteractionId,
    (name, owner): (String, String),
) {
    let kind = process.workbins.get(&name).map_or(strategy::Owner::Agent, |known| known.owner);
    let owner = match kind {
        strategy::Owner::Agent => Owner::Agent(owner.as_str().into()),
        strategy::Owner::Place => Owner::Place(owner),
        strategy::Owner::Group => Owner::Group(owner.as_str().into()),
    };
    place::into_workbin(draft, id, Workbin { name, owner });
}

#[cfg(test)]
mod adopted;
#[cfg(test)]
mod choices;
#[cfg(test)]
mod failing;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
