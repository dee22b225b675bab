//! What colleagues and supervisors do in the random histories, and what is laid in workbins.

use super::{History, MEDIA};
use crate::base::{AgentId, UserData};
use crate::interaction::command::{By, Command, Source};
use crate::interaction::consultation::Consulted;
use crate::interaction::event::Change;
use crate::interaction::ids::{GroupName, MediaType};
use crate::interaction::party::Part;
use crate::interaction::profile::Profile;
use crate::interaction::workbin::{Owner, Workbin};

impl History {
    pub(super) fn supervise(&mut self) {
        let all: Vec<_> = self.life.domain.interactions().map(|one| one.id.clone()).collect();
        let Some(interaction) = self.dice.pick(&all).cloned() else { return };
        let supervisor = AgentId::from("sue");
        let command = if self.dice.below(2) == 0 {
            Command::Assign { supervisor, interaction, to: self.some_agent() }
        } else {
            let priority = i64::from(self.dice.below(3));
            let changed = UserData::default().with("Priority", priority);
            let (by, change) =
                (By::Supervisor(supervisor), Change { changed, ..Change::default() });
            Command::ChangeProperties { interaction, by, change }
        };
        self.perform(command);
    }

    pub(super) fn be_left_in_peace(&mut self) {
        let agent = self.some_agent();
        let media = MediaType::from(MEDIA[self.dice.index(MEDIA.len())]);
        let command = match self.dice.below(4) {
            0 => Command::SetDoNotDisturb { agent },
            1 | 2 => Command::ClearDoNotDisturb { agent },
            _ => Command::ChangeReason { agent, media, reason: "lunch".to_owned() },
        };
        self.perform(command);
    }

    pub(super) fn put_in_workbin(&mut self) {
        let all: Vec<_> = self.life.domain.interactions().map(|one| one.id.clone()).collect();
        let workbin = self.some_workbin();
        let command = match (self.dice.below(4), self.some_handled()) {
            (1.., Some((agent, interaction))) => {
                Command::PlaceInWorkbin { interaction, workbin, by: By::Agent(agent) }
            }
            _ => {
                let Some(interaction) = self.dice.pick(&all).cloned() else { return };
                Command::PlaceInWorkbin { interaction, workbin, by: By::Operator }
            }
        };
        self.perform(command.clone());
        assert!(self.perform(command).is_empty(), "placed twice");
    }

    pub(super) fn pull(&mut self) {
        let domain = &self.life.domain;
        let lying = domain.workbins().all().chain(domain.waiting().all()).cloned();
        let lying: Vec<_> = lying.collect();
        let Some(interaction) = self.dice.pick(&lying).cloned() else { return };
        let one = self.life.domain.interaction(&interaction).unwrap();
        let from = one.workbin().cloned().map_or(Source::Queue, Source::Workbin);
        let command = Command::Pull { agent: self.some_agent(), interaction, from };
        self.perform(command.clone());
        assert!(self.perform(command).is_empty(), "pulled twice");
    }

    pub(super) fn some_profile(&mut self) -> Profile {
        let groups: &[&str] = match self.dice.below(3) {
            0 => &[],
            1 => &["sales"],
            _ => &["vip", "sales"],
        };
        let groups = groups.iter().map(|name| GroupName::from(*name)).collect();
        Profile { groups, ..Profile::default() }
    }

    pub(super) fn some_workbin(&mut self) -> Workbin {
        let owner = match self.dice.below(3) {
            0 => Owner::Agent(self.some_agent()),
            1 => Owner::Group("sales".into()),
            _ => Owner::Place("desk-12".to_owned()),
        };
        Workbin { name: "drafts".to_owned(), owner }
    }

    pub(super) fn hold(&mut self) {
        let Some((agent, interaction)) = self.some_handled() else { return };
        let command = match self.dice.below(2) {
            0 => Command::KeepWaiting { agent, interaction },
            _ => Command::EndWaiting { agent, interaction },
        };
        self.perform(command);
    }

    pub(super) fn ask_a_colleague(&mut self) {
        let Some((agent, interaction)) = self.some_handled() else { return };
        let to = self.some_agent();
        let command = if self.dice.below(2) == 0 {
            Command::Transfer { agent, interaction, to }
        } else {
            Command::Conference { agent, interaction, to, part: self.some_part() }
        };
        self.perform(command.clone());
        let again = self.perform(command);
        assert!(again.is_empty(), "a repeated invitation did something");
    }

    pub(super) fn consult(&mut self) {
        let Some((agent, interaction)) = self.some_handled() else { return };
        let whom = match self.dice.below(2) {
            0 => Consulted::Agent(self.some_agent()),
            _ => Consulted::Queue("other".into()),
        };
        let part = self.some_part();
        let command = Command::Consult { agent, interaction, whom, part };
        self.perform(command.clone());
        assert!(self.perform(command).is_empty(), "a repeated consultation did something");
    }

    pub(super) fn end_consultation(&mut self) {
        let all = self.life.domain.interactions();
        let asked = all.filter_map(|one| {
            Some((one.attributes.consultation.as_ref()?.by.clone(), one.id.clone()))
        });
        let asked: Vec<_> = asked.collect();
        let Some((agent, interaction)) = self.dice.pick(&asked).cloned() else { return };
        let (by, reason) = (By::Agent(agent), "done".to_owned());
        self.perform(Command::Stop { interaction, by, reason });
    }

    pub(super) fn intrude(&mut self) {
        let Some((_, interaction)) = self.some_handled() else { return };
        let (agent, part) = (self.some_agent(), self.some_part());
        let command = Command::Intrude { agent, interaction, part };
        self.perform(command.clone());
        assert!(self.perform(command).is_empty(), "a repeated intrusion did something");
    }

    pub(super) fn withdraw(&mut self) {
        let beside = self.life.domain.interactions().flat_map(|one| one.beside.clone());
        let beside: Vec<_> = beside.collect();
        let Some((ticket, open)) = self.dice.pick(&beside).cloned() else { return };
        self.perform(Command::Withdraw { agent: open.errand.inviter.unwrap(), ticket });
    }

    pub(super) fn some_part(&mut self) -> Part {
        [Part::Conference, Part::Coach, Part::Monitor][self.dice.index(3)]
    }
}
