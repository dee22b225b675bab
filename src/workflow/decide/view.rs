//! Which view of a queue takes an interaction.

use crate::base::expression::EvaluationFault;
use crate::base::{Expression, Millis};
use crate::workflow::command::Brief;
use crate::workflow::strategy::{AGE, AGE_IN_QUEUE, Process, View};

/// What the views of a queue say to an interaction.
#[derive(Debug, Default)]
pub struct Taking<'a> {
    pub view: Option<&'a View>,
    /// Conditions that gave no value; they count as ones that do not hold.
    pub faults: Vec<(&'a View, EvaluationFault)>,
}

/// The first view of its queue whose condition holds.
pub fn view_for<'a>(process: &'a Process, brief: &Brief, now: Millis) -> Taking<'a> {
    let mut taking = Taking::default();
    let Some(queue) = process.queues.get(&brief.queue.0) else { return taking };
    let variables = brief.variables(now);
    for view in &queue.views {
        match view.condition.as_ref().map_or(Ok(true), |condition| condition.holds(&variables)) {
            Ok(true) => {
                taking.view = Some(view);
                return taking;
            }
            Ok(false) => {}
            Err(fault) => taking.faults.push((view, fault)),
        }
    }
    taking
}

/// Whether a condition may hold later though nothing has happened to the interaction.
pub fn looks_at_time(condition: &Expression) -> bool {
    use crate::base::expression::CURRENT_TIME;
    [CURRENT_TIME, AGE_IN_QUEUE, AGE].iter().any(|name| condition.text().contains(name))
}
