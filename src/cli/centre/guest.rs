//! A customer of the contact centre: comes when it is his time, talks when somebody serves him, and
//! goes when all was said and done, or sooner.

use crate::cli::centre::chat::{Chat, Turn};
use crate::cli::centre::plan::Act;
use crate::cli::centre::workflow::TOPIC;
use crate::cli::centre::world::{Centre, NUMBER, RUN};
use crate::cli::torture::customer::{Customer, pair};
use crate::cli::torture::sight::CUSTOMER;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, sleep_until};

/// How often he looks up.
const GLANCE: Duration = Duration::from_millis(50);

/// For how long he talks at most, whatever is still to be said.
const LONGEST_TALK: Duration = Duration::from_secs(120);

pub struct Guest {
    centre: Rc<Centre>,
    chat: Rc<Chat>,
    customer: Rc<Customer>,
}

/// His whole visit, in a centre that was opened some time after the beginning of the run.
pub async fn visit(centre: Rc<Centre>, chat: Rc<Chat>, opened: Duration) {
    sleep_until(centre.world.instant(0) + opened + chat.plan.arrives).await;
    let nickname = if chat.plan.act.is_twin() {
        // Twins have the same name.
        format!("{CUSTOMER}twin")
    } else {
        format!("{CUSTOMER}{}", chat.plan.number)
    };
    let form = [
        pair("nickname", nickname),
        pair("subject", chat.plan.act.name()),
        pair(&format!("userData[{RUN}]"), &centre.world.run),
        pair(&format!("userData[{NUMBER}]"), chat.plan.number.to_string()),
        pair(&format!("userData[{TOPIC}]"), chat.plan.topic),
    ];
    let Some(customer) = Customer::begin_as(&centre.world, &form).await else { return };
    chat.session.replace(Some(customer.session.clone()));
    let (now, session) = (centre.world.now(), customer.session.clone());
    centre.note(chat.plan.number, |log| (log.session, log.came) = (Some(session), Some(now)));
    centre.world.note(&customer.session, |record| {
        record.history.absent.insert(crate::cli::torture::check::Viewer::Agent);
    });
    if chat.plan.act.is_twin() {
        customer.answers.replace(Some(vec![]));
    }
    let listening = spawn_local(customer.clone().listen());
    let guest = Guest { centre, chat, customer };
    guest.stay().await;
    guest.say_goodbye().await;
    // From here on he looks by himself: two looks at a time would show him the same twice.
    listening.abort();
    guest.look_back().await;
}

impl Guest {
    async fn stay(&self) {
        if !self.wait_for_agent().await {
            return;
        }
        self.note_now(|log, now| log.met = Some(now));
        let until = Instant::now() + LONGEST_TALK;
        if self.chat.plan.act.is_twin() {
            return self.stay_as_twin(until).await;
        }
        let leaves_talking = self.chat.plan.act == Act::LeavesTalking;
        while !self.customer.is_out.get() && Instant::now() < until {
            if Chat::takes(&self.chat.n_customer_words_left) {
                self.say().await;
                if leaves_talking {
                    return;
                }
            }
            if self.chat.plan.act != Act::AgentCloses && self.chat.is_played() {
                return;
            }
            self.centre.pause(1.0).await;
        }
    }

    /// Answers when it is his turn, until the agent closes.
    async fn stay_as_twin(&self, until: Instant) {
        let chat = &self.chat;
        while !self.customer.is_out.get() && Instant::now() < until {
            if chat.turn.get() == Turn::Customer {
                Chat::takes(&chat.n_customer_words_left);
                self.say().await;
                chat.turn.set(Turn::Agent);
            }
            sleep(GLANCE).await;
        }
    }

    /// Whether one came. Who is in no hurry waits as long as it takes.
    async fn wait_for_agent(&self) -> bool {
        let deadline = self.chat.plan.patience.map(|patience| Instant::now() + patience);
        while !self.customer.has_met_agent.get() {
            let is_late = deadline.is_some_and(|deadline| deadline <= Instant::now());
            if is_late || self.customer.is_out.get() || self.centre.world.is_stopping.get() {
                return false;
            }
            sleep(GLANCE).await;
        }
        true
    }

    async fn say(&self) {
        let planned = self.centre.world.now();
        let cseq = self.customer.plan(planned);
        self.customer.clone().say(cseq).await;
    }

    async fn say_goodbye(&self) {
        let chat = &self.chat;
        if !self.customer.is_out.get() {
            self.note_now(|log, now| log.went = Some(now));
            self.customer.leave().await;
        }
        chat.has_customer_gone.set(true);
        self.note_now(|log, now| log.ended = Some(now));
    }

    /// Looks at everything once more.
    async fn look_back(&self) {
        let (world, chat) = (&self.centre.world, &self.chat);
        let deadline = Instant::now() + self.centre.arguments.settle();
        let session = &self.customer.session;
        world.wait_until(deadline, || world.note(session, |record| record.n_open == 0)).await;
        // What he was not shown by now he fetches.
        self.customer.poll().await;
        let answers = self.customer.answers.take();
        let is_whole = chat.n_handlers.get() == 1;
        self.centre.note(chat.plan.number, |log| {
            log.answers = answers.filter(|_| is_whole).unwrap_or_default();
        });
        let _ = tokio::time::timeout_at(deadline, self.customer.fetch_all(deadline)).await;
        self.customer.is_done.set(true);
    }

    fn note_now(&self, note: impl FnOnce(&mut crate::cli::centre::journal::CustomerLog, u64)) {
        let now = self.centre.world.now();
        self.centre.note(self.chat.plan.number, |log| note(log, now));
    }
}
