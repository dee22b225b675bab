//! What a process means, and where it does not: names that lead nowhere, expressions that make no
//! sense, ways that go round for ever; and the traps that the guide names.

use crate::base::Expression;
use crate::base::expression::{Kind, Vocabulary};
use crate::esp::method::SERVICE;
use crate::workflow::strategy::finding::Finding;
use crate::workflow::strategy::traps::asks_whether_online;
use crate::workflow::strategy::{Block, Process, Strategy, Target, Term, traps, words};

const TO_EXPRESSION: &str = "docs/workflow.md lists what expressions can look at";

pub(super) fn check(process: &Process) -> Vec<Finding> {
    let mut checker = Checker { process, findings: Vec::new() };
    checker.queues();
    checker.workbins();
    for (name, strategy) in &process.strategies {
        checker.strategy(&format!("strategies.{name}"), strategy);
        checker.is_used(name);
    }
    checker.findings
}

struct Checker<'a> {
    process: &'a Process,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn queues(&mut self) {
        let known = words::of_views();
        for (name, queue) in &self.process.queues {
            let place = format!("queues.{name}");
            for view in &queue.views {
                if !self.process.strategies.contains_key(&view.strategy) {
                    let what =
                        format!("view '{}' names no strategy: '{}'", view.name, view.strategy);
                    self.fault(&place, what, "write the name of a strategy of this file");
                }
                self.expression(&place, view.condition.as_ref(), &known, Some(Kind::Flag));
            }
            let all = queue.views.iter().position(|view| view.condition.is_none());
            for view in all.into_iter().flat_map(|idx| queue.views.iter().skip(idx + 1)) {
                let what = format!("view '{}' never takes anything", view.name);
                self.warn(&place, what, "an earlier view takes all: give that one a condition");
            }
        }
    }

    fn workbins(&mut self) {
        for (name, workbin) in &self.process.workbins {
            if let Some(queue) = &workbin.queue {
                self.queue_name(&format!("workbins.{name}"), queue);
            }
        }
    }

    fn strategy(&mut self, place: &str, strategy: &Strategy) {
        self.block_name(place, strategy, ("start", &strategy.start));
        if let Some(fault) = &strategy.fault {
            self.block_name(place, strategy, ("fault", fault));
        }
        for (name, block) in &strategy.blocks {
            self.block(&format!("{place}.blocks.{name}"), strategy, block);
        }
        self.ways(place, strategy);
    }

    fn block(&mut self, place: &str, strategy: &Strategy, block: &Block) {
        for (port, next) in block.ports().into_iter().chain(block.error().map(|to| ("error", to))) {
            self.block_name(place, strategy, (port, next));
        }
        if block.can_fail() && strategy.error_port(block).is_none() {
            let remedy = "give it an error port, or its strategy a fault block";
            self.fault(place, "it can fail and leads nowhere then", remedy);
        }
        self.names(place, block);
        self.expressions(place, block);
        self.findings.extend(traps::traps(place, strategy, block));
    }

    fn names(&mut self, place: &str, block: &Block) {
        match block {
            Block::Queue { queue: Term::Text(queue), .. } => self.queue_name(place, queue),
            Block::Workbin { workbin, .. } if !self.process.workbins.contains_key(workbin) => {
                let what = format!("there is no workbin '{workbin}'");
                self.fault(place, what, "write the name of a workbin of this file");
            }
            Block::Route { queue: Some(queue), .. } => self.queue_name(place, queue),
            Block::Route { queue: None, .. } => self.warn(
                place,
                "it names no queue, so that agents' desks stop the interaction, perhaps before the \
                 statistics of the chat are attached",
                "name the queue for what comes back, as `queue`",
            ),
            Block::Assign { .. }
            | Block::Attach { .. }
            | Block::Branch { .. }
            | Block::Queue { .. }
            | Block::Workbin { .. }
            | Block::Esp { .. }
            | Block::Wait { .. }
            | Block::StartBot { .. }
            | Block::StopBot { .. }
            | Block::SendTranscript { .. }
            | Block::Stop { .. } => {}
        }
        if let Block::Route { targets, .. } = block
            && targets.is_empty()
        {
            self.fault(place, "it has no target", "write `targets = [\"any\"]` for all agents");
        }
    }

    fn expressions(&mut self, place: &str, block: &Block) {
        let known = words::of_strategies();
        for term in terms(block) {
            self.expression(place, term.expression(), &known, None);
        }
        match block {
            Block::Branch { cases, .. } => {
                for case in cases {
                    self.expression(place, Some(&case.when), &known, Some(Kind::Flag));
                }
            }
            Block::Wait { until, .. } => {
                self.expression(place, until.as_ref(), &known, Some(Kind::Flag));
            }
            Block::Route { targets, .. } => {
                for target in targets {
                    if let Target::Skill(skill) = target {
                        self.expression(place, Some(skill), &words::of_skills(), Some(Kind::Flag));
                    }
                }
            }
            Block::Assign { .. }
            | Block::Attach { .. }
            | Block::Queue { .. }
            | Block::Workbin { .. }
            | Block::Esp { .. }
            | Block::StartBot { .. }
            | Block::StopBot { .. }
            | Block::SendTranscript { .. }
            | Block::Stop { .. } => {}
        }
    }

    fn ways(&mut self, place: &str, strategy: &Strategy) {
        let in_blocks = |name: &str| format!("{place}.blocks.{name}");
        let reached = strategy.reached(|_| false);
        for name in strategy.blocks.keys().filter(|name| !reached.contains(name.as_str())) {
            let remedy = "lead a port to it, or take it out";
            self.warn(&in_blocks(name), "nothing leads to it", remedy);
        }
        for name in strategy.rounds(Block::waits) {
            let remedy = "put a wait block into the round";
            self.fault(&in_blocks(name), "it lies on a round way without a pause", remedy);
        }
        for name in strategy.rounds(Block::waits_for_time) {
            if strategy.blocks.get(name).is_some_and(Block::waits_for_answer) {
                let what = "it is asked again as fast as it answers";
                self.warn(&in_blocks(name), what, "put a wait block into the round");
            }
        }
        for name in strategy.reached(asks_whether_online) {
            if strategy.blocks.get(name).is_some_and(speaks_to_chat) {
                let what = "a way leads here on which nobody asked whether the chat is online";
                let remedy = "branch on \"UData['IsOnline'] != '0'\" before it";
                self.warn(&in_blocks(name), what, remedy);
            }
        }
        let ends = |name: &&str| strategy.blocks.get(*name).is_some_and(is_end);
        if !reached.is_empty() && !reached.iter().any(ends) {
            let remedy = "let a way end with a stop, queue, workbin or route block";
            self.warn(place, "no way through it ends", remedy);
        }
    }

    fn is_used(&mut self, name: &str) {
        let mut views = self.process.queues.values().flat_map(|queue| &queue.views);
        if !views.any(|view| view.strategy == name) {
            let remedy = "name it in a view, or take it out";
            self.warn(&format!("strategies.{name}"), "no view leads to it", remedy);
        }
    }

    fn block_name(&mut self, place: &str, strategy: &Strategy, (port, name): (&str, &str)) {
        if !strategy.blocks.contains_key(name) {
            let port = if port.is_empty() { "next" } else { port };
            let what = format!("'{port}' leads to '{name}', which is no block of this strategy");
            self.fault(place, what, "write the name of one of its blocks");
        }
    }

    fn queue_name(&mut self, place: &str, name: &str) {
        if !self.process.queues.contains_key(name) {
            let what = format!("there is no queue '{name}'");
            self.fault(place, what, "write the name of a queue of this file");
        }
    }

    fn expression(
        &mut self,
        place: &str,
        expression: Option<&Expression>,
        known: &Vocabulary,
        wanted: Option<Kind>,
    ) {
        if let Some(Err(fault)) = expression.map(|one| one.check(known, wanted)) {
            self.fault(place, fault.to_string(), TO_EXPRESSION);
        }
    }

    fn fault(&mut self, place: &str, what: impl Into<String>, remedy: &str) {
        self.findings.push(Finding::fault(place, what, remedy));
    }

    fn warn(&mut self, place: &str, what: impl Into<String>, remedy: &str) {
        self.findings.push(Finding::warning(place, what, remedy));
    }
}

/// Every value of a block that may be computed.
fn terms(block: &Block) -> Vec<&Term> {
    match block {
        Block::Assign { set, .. } | Block::Attach { set, .. } => set.values().collect(),
        Block::Queue { queue, .. } => vec![queue],
        Block::Workbin { owner, .. } => vec![owner],
        Block::Route { targets, timeout, priority, last_agent, .. } => {
            let named = targets.iter().filter_map(|target| match target {
                Target::Agent(name) | Target::Group(name) => Some(name),
                Target::Any | Target::Skill(_) => None,
            });
            let mut terms: Vec<&Term> = named.chain([timeout]).chain(priority).collect();
            if let Some(last) = last_agent {
                terms.extend(last.attempts.iter().chain([&last.seconds]));
            }
            terms
        }
        Block::Esp { application, parameters, .. } => {
            parameters.values().chain(application).collect()
        }
        Block::StartBot { parameters, .. } | Block::StopBot { parameters, .. } => {
            parameters.values().collect()
        }
        Block::SendTranscript { to, .. } => to.iter().collect(),
        Block::Wait { seconds, .. } => vec![seconds],
        Block::Stop { reason, .. } => vec![reason],
        Block::Branch { .. } => Vec::new(),
    }
}

fn speaks_to_chat(block: &Block) -> bool {
    matches!(block, Block::Esp { service, .. } if service == SERVICE)
}

fn is_end(block: &Block) -> bool {
    matches!(
        block,
        Block::Stop { .. } | Block::Queue { .. } | Block::Workbin { .. } | Block::Route { .. }
    )
}
