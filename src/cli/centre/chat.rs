//! One customer's chat as everybody who plays in it knows it.

use crate::cli::centre::plan::CustomerPlan;
use std::cell::{Cell, RefCell};

/// Whose turn it is where every word waits for the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    #[default]
    Agent,
    Customer,
}

pub struct Chat {
    pub plan: CustomerPlan,
    /// Since the customer has one.
    pub session: RefCell<Option<String>>,
    pub n_agent_words_left: Cell<u32>,
    pub n_customer_words_left: Cell<u32>,
    /// The act of the plan was begun.
    pub has_begun_act: Cell<bool>,
    /// … and is over: the customer may go.
    pub is_act_over: Cell<bool>,
    /// Whoever was to say no, or nothing, has done so.
    pub is_trick_done: Cell<bool>,
    /// Whom the handler has asked to come is there, and has said his word.
    pub has_colleague: Cell<bool>,
    pub turn: Cell<Turn>,
    pub has_customer_gone: Cell<bool>,
    /// How many have handled it.
    pub n_handlers: Cell<u32>,
    /// A supervisor has done something about it while it waited.
    pub is_attended_to: Cell<bool>,
}

impl Chat {
    pub fn new(plan: CustomerPlan) -> Self {
        Self {
            session: RefCell::new(None),
            n_agent_words_left: Cell::new(plan.n_agent_words),
            n_customer_words_left: Cell::new(plan.n_customer_words),
            has_begun_act: Cell::new(false),
            is_act_over: Cell::new(false),
            is_trick_done: Cell::new(false),
            has_colleague: Cell::new(false),
            turn: Cell::new(Turn::Agent),
            has_customer_gone: Cell::new(false),
            n_handlers: Cell::new(0),
            is_attended_to: Cell::new(false),
            plan,
        }
    }

    /// Whether everything was said and done that was planned.
    pub fn is_played(&self) -> bool {
        self.is_act_over.get()
            && self.n_agent_words_left.get() == 0
            && self.n_customer_words_left.get() == 0
    }

    /// One word fewer to say.
    pub fn takes(words: &Cell<u32>) -> bool {
        let left = words.get();
        words.set(left.saturating_sub(1));
        0 < left
    }
}
