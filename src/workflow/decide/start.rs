//! What each kind of block does when it is begun.

use crate::base::expression::{EvaluationFault, Variables};
use crate::base::{Change, Expression, Millis, QueueName, UserData};
use crate::workflow::decide::runner::{Runner, after};
use crate::workflow::effect::{EspRequest, RoutingRequest, Wish};
use crate::workflow::state::Awaits;
use crate::workflow::strategy::{Block, LastAgent, Target, Term};
use std::collections::BTreeMap;

/// What bots are asked through.
const BOT_GATEWAY: &str = "BotGateway";
const CHAT_BOT: &str = "ChatBot";

/// Where a customer's address stands.
const EMAIL_ADDRESS: &str = "EmailAddress";

/// The longest that anything may wait, in seconds: a year.
const LONGEST: u64 = 366 * 24 * 60 * 60;

type Next = Result<Option<String>, BlockFault>;

/// Why a block cannot be done. It leads to its error port.
#[derive(Debug, thiserror::Error)]
pub(super) enum BlockFault {
    #[error(transparent)]
    Evaluation(#[from] EvaluationFault),
    #[error("workbin '{0}' needs an owner, and none is named")]
    NoOwner(String),
}

/// Begins a block. Gives the next one, if it is done at once.
pub(super) fn start(runner: &mut Runner<'_>, block: &Block) -> Next {
    match block {
        Block::Assign { set, next, .. } => assign(runner, set, next),
        Block::Attach { set, delete, next, .. } => attach(runner, (set, delete), next),
        Block::Branch { cases, otherwise, .. } => {
            let variables = runner.variables();
            for case in cases {
                if case.when.holds(&variables)? {
                    return Ok(Some(case.next.clone()));
                }
            }
            Ok(Some(otherwise.clone()))
        }
        Block::Queue { queue, .. } => {
            let queue = queue.text(&runner.variables())?;
            end(runner, Wish::PlaceInQueue(QueueName::from(queue.as_str())))
        }
        Block::Workbin { workbin, owner, .. } => {
            let (workbin, owner) = (workbin.clone(), owner.text(&runner.variables())?);
            if owner.is_empty() {
                return Err(BlockFault::NoOwner(workbin));
            }
            end(runner, Wish::PlaceInWorkbin { workbin, owner })
        }
        Block::Stop { reason, .. } => {
            let reason = reason.text(&runner.variables())?;
            end(runner, Wish::Stop { reason })
        }
        Block::Route { last_agent, .. } => route(runner, block, last_agent.as_ref()),
        Block::Wait { seconds, until, next, .. } => wait(runner, (seconds, until.as_ref()), next),
        Block::Esp {
            application_type, application, service, method, parameters, timeout, ..
        } => {
            let application = match application {
                Some(application) => Some(application.text(&runner.variables())?),
                None => None,
            };
            let esp = EspRequest {
                application_type: application_type.clone(),
                // An interaction whose chat was never told to live anywhere names none.
                application: application.filter(|name| !name.is_empty()),
                service: service.clone(),
                method: method.clone(),
                parameters: values(runner, parameters)?,
            };
            ask(runner, esp, *timeout)
        }
        Block::StartBot { parameters, timeout, .. } => {
            let esp = bot(runner, "StartBot", parameters)?;
            ask(runner, esp, *timeout)
        }
        Block::StopBot { parameters, timeout, .. } => {
            let esp = bot(runner, "StopBot", parameters)?;
            ask(runner, esp, *timeout)
        }
        Block::SendTranscript { to, timeout, .. } => {
            let to = match to {
                Some(to) => to.text(&runner.variables())?,
                None => runner.user_data.text(EMAIL_ADDRESS).unwrap_or_default(),
            };
            let request = await_answer(runner, *timeout);
            runner.wish(Wish::SendTranscript { request, to });
            Ok(None)
        }
    }
}

fn wait(
    runner: &mut Runner<'_>,
    (seconds, until): (&Term, Option<&Expression>),
    next: &str,
) -> Next {
    let variables = runner.variables();
    let is_done = match until {
        Some(until) => until.holds(&variables)?,
        None => false,
    };
    let seconds = positive(seconds.number(&variables)?);
    if is_done || seconds == 0 {
        return Ok(Some(next.to_owned()));
    }
    runner.script.awaits = Awaits::Time { until: after(runner.now, seconds) };
    Ok(None)
}

fn end(runner: &mut Runner<'_>, wish: Wish) -> Next {
    runner.wish(wish);
    runner.over();
    Ok(None)
}

fn assign(runner: &mut Runner<'_>, set: &BTreeMap<String, Term>, next: &str) -> Next {
    for (name, value) in values(runner, set)?.0 {
        runner.set_variable(&name, value);
    }
    Ok(Some(next.to_owned()))
}

fn attach(
    runner: &mut Runner<'_>,
    (set, delete): (&BTreeMap<String, Term>, &[String]),
    next: &str,
) -> Next {
    let values = values(runner, set)?;
    let is_known = |key: &str| runner.user_data.get(key).is_some();
    let deleted = delete.iter().filter(|key| is_known(key)).cloned().collect();
    let (changed, added): (Vec<_>, Vec<_>) =
        values.0.into_iter().partition(|(key, _)| is_known(key));
    let change = Change {
        added: added.into_iter().collect(),
        changed: changed.into_iter().collect(),
        deleted,
    };
    if !change.is_empty() {
        change.apply_to(&mut runner.user_data);
        runner.wish(Wish::Attach(change));
    }
    Ok(Some(next.to_owned()))
}

/// All values of a block as they are before it has changed anything.
fn values(
    runner: &Runner<'_>,
    terms: &BTreeMap<String, Term>,
) -> Result<UserData, EvaluationFault> {
    let variables = runner.variables();
    let mut values = UserData::default();
    for (key, term) in terms {
        values.set(key, term.value(&variables)?);
    }
    Ok(values)
}

fn route(runner: &mut Runner<'_>, block: &Block, last: Option<&LastAgent>) -> Next {
    let block_until = block_until(runner, block)?;
    let variables = runner.variables();
    let (mut seconds, mut attempts_left) = (0, None);
    if let Some(last) = last {
        seconds = positive(last.seconds.number(&variables)?);
        if let Some(attempts) = &last.attempts {
            attempts_left = Some(attempts.number(&variables)?);
        }
    }
    let is_asked = 0 < seconds && attempts_left.is_none_or(|attempts| 0 < attempts);
    let Some(agent) = runner.brief.last_agent.clone().filter(|_| is_asked) else {
        request(runner, block, (None, block_until))?;
        return Ok(None);
    };
    let until = after(runner.now, seconds).min(block_until);
    let him = vec![Target::Agent(agent.as_str().into())];
    let request = request(runner, block, (Some(him), until))?;
    runner.script.awaits = Awaits::LastAgent { request, until, block_until, attempts_left };
    Ok(None)
}

/// Asks everybody, after the last agent was asked long enough.
pub(super) fn route_to_all(runner: &mut Runner<'_>, block: &Block) -> Result<(), EvaluationFault> {
    let Awaits::LastAgent { block_until, .. } = runner.script.awaits else { return Ok(()) };
    request(runner, block, (None, block_until)).map(drop)
}

fn request(
    runner: &mut Runner<'_>,
    block: &Block,
    (instead, until): (Option<Vec<Target>>, Millis),
) -> Result<u64, EvaluationFault> {
    let Block::Route { targets, queue, priority, priority_growth, selection, .. } = block else {
        return Ok(runner.script.last_request);
    };
    let variables = runner.variables();
    let targets = match instead {
        Some(targets) => targets,
        None => computed(targets, &variables)?,
    };
    let priority = match priority {
        Some(priority) => priority.number(&variables)?,
        None => runner.brief.priority,
    };
    let request = runner.next_request();
    runner.wish(Wish::Route(RoutingRequest {
        request,
        targets,
        queue: queue.as_deref().map(QueueName::from),
        priority,
        priority_growth: *priority_growth,
        selection: *selection,
        until,
    }));
    runner.script.awaits = Awaits::Agent { request, until };
    Ok(request)
}

fn computed(targets: &[Target], variables: &Variables<'_>) -> Result<Vec<Target>, EvaluationFault> {
    let mut computed = Vec::with_capacity(targets.len());
    for target in targets {
        computed.push(match target {
            Target::Agent(name) => Target::Agent(Term::Text(name.text(variables)?)),
            Target::Group(name) => Target::Group(Term::Text(name.text(variables)?)),
            Target::Any | Target::Skill(_) => target.clone(),
        });
    }
    Ok(computed)
}

/// When a route block is over that begins at this moment: not at once, or a strategy that comes back
/// to it would never rest.
fn block_until(runner: &Runner<'_>, block: &Block) -> Result<Millis, EvaluationFault> {
    let Block::Route { timeout, .. } = block else { return Ok(runner.now) };
    Ok(after(runner.now, positive(timeout.number(&runner.variables())?).max(1)))
}

fn ask(runner: &mut Runner<'_>, esp: EspRequest, timeout: u32) -> Next {
    let request = await_answer(runner, timeout);
    runner.wish(Wish::Ask { request, esp });
    Ok(None)
}

fn bot(
    runner: &Runner<'_>,
    method: &str,
    parameters: &BTreeMap<String, Term>,
) -> Result<EspRequest, EvaluationFault> {
    Ok(EspRequest {
        application_type: BOT_GATEWAY.to_owned(),
        application: None,
        service: CHAT_BOT.to_owned(),
        method: method.to_owned(),
        parameters: values(runner, parameters)?,
    })
}

fn await_answer(runner: &mut Runner<'_>, timeout: u32) -> u64 {
    let request = runner.next_request();
    let until = after(runner.now, u64::from(timeout).max(1));
    runner.script.awaits = Awaits::Answer { request, until };
    request
}

/// Seconds that people wrote or computed: not below nothing, not beyond all bounds.
fn positive(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0).min(LONGEST)
}
