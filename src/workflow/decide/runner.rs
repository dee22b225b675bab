//! A script while a step is made of it, and what blocks can do with it.

use crate::base::expression::{Variable, Variables};
use crate::base::{Millis, UserData, Value};
use crate::workflow::command::Brief;
use crate::workflow::decide::Step;
use crate::workflow::effect::Wish;
use crate::workflow::state::Script;
use crate::workflow::strategy::{self, Strategy};
use std::time::Duration;

pub(super) struct Runner<'a> {
    pub(super) strategy: &'a Strategy,
    pub(super) brief: &'a Brief,
    pub(super) now: Millis,
    pub(super) script: Script,
    /// That of the interaction, with what was attached in this step.
    pub(super) user_data: UserData,
    wishes: Vec<Wish>,
    pub(super) n_blocks: usize,
    pub(super) is_over: bool,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        strategy: &'a Strategy,
        script: Script,
        (brief, now): (&'a Brief, Millis),
    ) -> Self {
        let user_data = UserData::clone(&brief.user_data);
        let wishes = Vec::new();
        Self { strategy, brief, now, script, user_data, wishes, n_blocks: 0, is_over: false }
    }

    /// What expressions of blocks see at this moment.
    pub(super) fn variables(&self) -> Variables<'_> {
        self.brief
            .variables_with(&self.user_data, self.now)
            .with(strategy::SCRIPT, Variable::UserData(&self.script.variables))
            .with(strategy::RESULT, Variable::UserData(&self.script.result))
    }

    pub(super) fn complain(&mut self, what: &str) {
        let Script { strategy, block, .. } = &self.script;
        let what = format!("strategy '{strategy}' at block '{block}': {what}");
        self.wish(Wish::Complain(what));
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        self.wishes.push(wish);
    }

    /// A number for a request that no other request of this script has.
    pub(super) fn next_request(&mut self) -> u64 {
        self.script.last_request += 1;
        self.script.last_request
    }

    pub(super) fn set_variable(&mut self, name: &str, value: Value) {
        self.script.variables.set(name, value);
    }

    pub(super) fn over(&mut self) {
        self.is_over = true;
    }

    pub(super) fn finish(self) -> Step {
        let script = Some(self.script).filter(|_| !self.is_over);
        Step { script, wishes: self.wishes }
    }
}

pub(super) fn after(now: Millis, seconds: u64) -> Millis {
    now + Duration::from_secs(seconds)
}
