//! The lines of a script, and the wishes they stand for.

use super::Stage;
use crate::base::{AgentId, InteractionId, UserData};
use crate::interaction::command::{By, Command, Manner, SessionNote, Source, Wanted};
use crate::interaction::consultation::Consulted;
use crate::interaction::event::{Change, Fact};
use crate::interaction::ids::Ticket;
use crate::interaction::party::Part;
use crate::interaction::support::{goes, joins};
use crate::interaction::views;
use crate::interaction::workbin::Following;
use crate::interaction::workbin::{Owner, Workbin};

impl Stage {
    /// Plays one line. What is refused is told to whoever wished it.
    pub(super) fn play(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["chat", id, "comes"] => self.life.chat(id),
            ["session", id, "ends"] => {
                let ended = SessionNote::Ended { attached: Default::default(), and_stop: false };
                self.life.tell(id, [ended]);
            }
            [seconds, "seconds", "pass"] => self.life.wait_seconds(seconds.parse().unwrap()),
            [agent, "is", "ready"] => self.log_in(agent, Wanted::Ready),
            [agent, "is", "not", "ready"] => {
                self.log_in(agent, Wanted::NotReady { reason: "lunch".into() });
            }
            [agent, "joins", id] => {
                self.life.tell(id, [joins(agent)]);
            }
            [agent, "joins", id, "unseen"] => {
                let (agent, manner) = (agent.into(), Manner::Unseen);
                self.life.tell(id, [SessionNote::PartyJoined { agent, manner }]);
            }
            [agent, "goes", "from", id] => {
                self.life.tell(id, [goes(agent)]);
            }
            [agent, "follows", workbin, "of", owner] => {
                let workbin = bin(workbin, owner);
                self.life.desks.follow(&agent.into(), (workbin, Following::Begins)).unwrap();
            }
            [agent, ..] => {
                let command = self.wish(agent, &words[1..]);
                self.wish_of(agent, command);
            }
            [] => {}
        }
    }

    fn log_in(&mut self, agent: &str, wanted: Wanted) {
        self.life.login(agent, wanted);
        let heard = self.life.listen(agent);
        self.heard.insert(agent.to_owned(), heard);
        self.desks.entry(agent.to_owned()).or_default();
        let desk = views::desk(&self.life.domain, &agent.into(), self.life.now);
        for invitation in desk.into_iter().flat_map(|desk| desk.invitations) {
            self.note(agent, format!("finds an invitation to {}", invitation.interaction.id));
        }
    }

    fn wish_of(&mut self, agent: &str, command: Command) {
        if let Err(no) = self.life.perform(command) {
            self.note(agent, format!("refused: {no}"));
        }
    }

    fn wish(&self, name: &str, words: &[&str]) -> Command {
        let agent = AgentId::from(name);
        match *words {
            ["accepts", id] => Command::Accept { agent, ticket: self.ticket(name, id) },
            ["rejects", id] => {
                let ticket = self.ticket(name, id);
                Command::Reject { agent, ticket, reason: "no".into() }
            }
            ["transfers", id, "to", to] => {
                Command::Transfer { agent, interaction: id.into(), to: to.into() }
            }
            ["invites", to, "to", id, "as", part_of] => {
                let (interaction, to, part) = (id.into(), to.into(), part(part_of));
                Command::Conference { agent, interaction, to, part }
            }
            ["consults", to, "about", id] => {
                let (interaction, whom) = (id.into(), Consulted::Agent(to.into()));
                Command::Consult { agent, interaction, whom, part: Part::Coach }
            }
            ["uninvites", to, "from", id] => {
                Command::Withdraw { agent, ticket: self.ticket(to, id) }
            }
            ["intrudes", "on", id, "as", part_of] => {
                Command::Intrude { agent, interaction: id.into(), part: part(part_of) }
            }
            ["assigns", id, "to", to] => {
                Command::Assign { supervisor: agent, interaction: id.into(), to: to.into() }
            }
            ["moves", id, "to", queue] => {
                let (interaction, queue) = (id.into(), queue.into());
                Command::PlaceInQueue { interaction, queue, by: By::Supervisor(agent) }
            }
            ["gives", id, "priority", priority] => {
                let changed = UserData::default().with("Priority", priority);
                let change = Change { changed, ..Change::default() };
                Command::ChangeProperties {
                    interaction: id.into(),
                    by: By::Supervisor(agent),
                    change,
                }
            }
            ["ends", id] => {
                let (interaction, reason) = (id.into(), "done".into());
                Command::Stop { interaction, by: By::Supervisor(agent), reason }
            }
            ["holds", id] => Command::KeepWaiting { agent, interaction: id.into() },
            ["resumes", id] => Command::EndWaiting { agent, interaction: id.into() },
            ["leaves", id] => Command::Leave { agent, interaction: id.into() },
            ["stops", id] => {
                let (interaction, reason) = (id.into(), "done".into());
                Command::Stop { interaction, by: By::Agent(agent), reason }
            }
            ["places", id, "in", queue] => {
                let (interaction, queue) = (id.into(), queue.into());
                Command::PlaceInQueue { interaction, queue, by: By::Agent(agent) }
            }
            ["puts", id, "in", workbin, "of", owner] => {
                let (interaction, workbin) = (id.into(), bin(workbin, owner));
                Command::PlaceInWorkbin { interaction, workbin, by: By::Agent(agent) }
            }
            ["pulls", id] => Command::Pull { agent, interaction: id.into(), from: Source::Queue },
            ["pulls", id, "from", workbin, "of", owner] => {
                let from = Source::Workbin(bin(workbin, owner));
                Command::Pull { agent, interaction: id.into(), from }
            }
            ["logs", "out"] => Command::AgentLogout { agent },
            _ => panic!("{name} {words:?} is not a line of a script"),
        }
    }

    /// The ticket of an agent's invitation, whether it is still open or not.
    fn ticket(&self, agent: &str, id: &str) -> Ticket {
        let (agent, id) = (AgentId::from(agent), InteractionId::from(id));
        let newest = self.life.facts().into_iter().rev().find_map(|fact| {
            let Fact::Invited { ticket, interaction, agent: invited, .. } = fact else {
                return None;
            };
            (invited == agent && interaction == id).then_some(ticket)
        });
        newest.unwrap_or_else(|| panic!("{agent} was never invited to {id}"))
    }
}

fn bin(name: &str, owner: &str) -> Workbin {
    let kinds = [owner.strip_prefix("place-"), owner.strip_prefix("group-")];
    let owner = match kinds {
        [Some(_), _] => Owner::Place(owner.to_owned()),
        [None, Some(group)] => Owner::Group(group.into()),
        [None, None] => Owner::Agent(owner.into()),
    };
    Workbin { name: name.to_owned(), owner }
}

fn part(word: &str) -> Part {
    match word {
        "conference" => Part::Conference,
        "coach" => Part::Coach,
        "monitor" => Part::Monitor,
        _ => panic!("{word} is no part"),
    }
}
