//! An interaction as strategies see it, and what they have asked for it.

use crate::base::{AgentId, Change, InteractionId, Millis};
use crate::interaction::effect::Effect;
use crate::interaction::property;
use crate::interaction::record::{Interaction, MOST_URGENT};
use crate::interaction::running::{Asks, Running};
use crate::interaction::state::Domain;
use crate::workflow::{Brief, RoutingRequest};
use std::sync::Arc;

impl Domain {
    /// What strategies have asked of other houses and not been answered, in the words in which it is
    /// asked.
    pub(super) fn open_services(&self) -> Vec<Effect> {
        self.interactions().filter_map(|one| one.open_service()).collect()
    }
}

impl Interaction {
    /// Whom the strategy that has it looks for.
    pub fn wanted(&self) -> Option<&RoutingRequest> {
        self.running.as_ref().and_then(|running| running.wanted())
    }

    /// What strategies and views see of it.
    pub fn brief(&self) -> Brief {
        Brief {
            id: self.id.clone(),
            parent: self.parent().cloned(),
            media: self.attributes.media.clone(),
            subtype: self.attributes.subtype.clone(),
            queue: self.queue.clone(),
            priority: self.priority(),
            submitted_at: self.attributes.received_at,
            placed_at: self.placed_at,
            last_agent: self.last_agent.clone(),
            user_data: self.user_data.clone(),
        }
    }

    /// How urgent it is: larger first, 0 without a word.
    pub fn priority(&self) -> i64 {
        let said = self.user_data.number(property::PRIORITY).unwrap_or(0);
        said.clamp(-MOST_URGENT, MOST_URGENT)
    }

    /// When its strategy wants to be looked at again, or has had it for too long. While somebody is
    /// invited it waits for him.
    pub(super) fn script_due_at(&self) -> Option<Millis> {
        let running = self.running.as_ref().filter(|_| self.is_queued())?;
        [running.script.next_deadline(), running.until].into_iter().flatten().min()
    }

    pub(super) fn note_running(&mut self, running: Option<&Arc<Running>>) {
        self.running = running.cloned();
        if let Some(running) = running {
            self.last_request = running.script.last_request;
        }
    }

    /// What its strategy has asked of another house and waits for.
    pub(super) fn open_service(&self) -> Option<Effect> {
        let running = self.running.as_ref().filter(|_| self.is_queued())?;
        let (request, service) = running.service()?;
        let (interaction, user_data) = (self.id.clone(), self.user_data.clone());
        let until = running.script.next_deadline()?;
        Some(Effect::AskService { interaction, request, service, until, user_data })
    }

    /// Notes who has it. His is the queue to which it comes back, and no strategy looks on.
    pub(super) fn note_handler(&mut self, agent: &AgentId) {
        self.last_agent = Some(agent.clone());
        let Some(running) = self.running.take() else { return };
        if let Some(queue) = running.wanted().and_then(|request| request.queue.clone()) {
            self.queue = queue;
        }
    }

    /// A priority that is changed holds for who is being looked for, too.
    pub(super) fn note_priority(&mut self, change: &Change) {
        if !change.keys().any(|key| key == property::PRIORITY) {
            return;
        }
        let priority = self.priority();
        let Some(running) = &mut self.running else { return };
        if let Some(Asks::Agent(request)) = &mut Arc::make_mut(running).asks {
            request.priority = priority;
        }
    }

    /// The interaction for which this one was made.
    fn parent(&self) -> Option<&InteractionId> {
        self.attributes.consultation.as_ref().map(|asked| &asked.parent)
    }
}
