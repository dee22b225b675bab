//! A session on a desk, and what interactions say of themselves.

use crate::base::UserData;
use crate::cli::torture::check::{Line, View, ViewKind, Viewer};
use crate::edge::agent::wire::WireEvent;
use crate::edge::agent::wire::event::EventKind;
use crate::edge::agent::wire::frame::Interaction;

/// The user data by which customers name their run.
const RUN: &str = "TortureRun";

#[derive(Debug, Default)]
pub struct Room {
    /// Who the agent is in it, since he is.
    pub user_id: Option<String>,
    pub position: u64,
    pub stream: u32,
    /// How often he came in before.
    pub n_times: u32,
    pub is_over: bool,
    /// A transcript that comes in pieces.
    pub whole: Vec<Line>,
}

impl Room {
    /// Whether events say that the agent is out.
    pub fn has_left(&self, events: &[WireEvent]) -> bool {
        let own = |event: &&WireEvent| Some(&event.user_id) == self.user_id.as_ref();
        events.iter().filter(own).any(|event| event.kind == EventKind::PartyLeft)
    }
}

/// What an agent sees.
pub fn seen(kind: ViewKind, stream: u32, lines: Vec<Line>) -> View {
    View { viewer: Viewer::Agent, kind, stream, from: 1, lines }
}

pub fn is_of_run(interaction: &Interaction, run: &str) -> bool {
    interaction.user_data.text(RUN).as_deref() == Some(run)
}

pub fn is_of_torture(interaction: &Interaction) -> bool {
    interaction.user_data.text(RUN).is_some()
}

/// Whom an interaction names as the owner of its session.
pub fn owner_of(data: &UserData) -> Option<String> {
    Some(format!("{}:{}", data.text("ChatServerHost")?, data.text("ChatServerPort")?))
}
