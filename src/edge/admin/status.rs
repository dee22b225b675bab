//! How a node sees its cluster, for people and scripts.

use serde::{Deserialize, Serialize};

/// One node's view of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The node that was asked.
    pub node: String,
    pub boot: String,
    /// `embedded` or `cassandra`
    pub store: String,
    /// Whether the store acknowledges.
    pub store_answers: bool,
    /// How the node's own drain goes, if it drains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
    /// What sleeps, as far as this node knows.
    #[serde(default)]
    pub sleep: Sleep,
    pub nodes: Vec<NodeStatus>,
}

/// The phase of a drain from which there is no way back.
pub const LEAVING: &str = "leaving";

/// What a node says of itself that is out of rotation and hands nothing on.
pub const OFFLINE: &str = "offline";

/// How much this process has put to sleep and woken. What sleeps is on no node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sleep {
    pub n_slept: u64,
    pub n_woken: u64,
    /// Of all nodes: what should have been woken a minute ago.
    pub n_overdue: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// `offline` (out of rotation, and nothing moves), `draining` (the balancer is to notice),
    /// `waiting` (for chats to end), `moving`, `leaving`
    pub phase: String,
    /// What is still to be moved.
    pub n_left: u64,
    pub n_moved: u64,
    /// Moves that failed and are tried again.
    pub n_failed: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    pub node: String,
    pub boot: String,
    /// `starting`, `accepting`, `draining`, `leaving`
    pub state: String,
    pub lives: bool,
    pub linked: bool,
    /// Version of the program.
    pub version: String,
    /// Version of the protocol between nodes.
    pub protocol: i32,
    pub sessions: u64,
    pub left_to_move: u64,
    /// Its peer link.
    pub address: String,
}

impl Drain {
    pub fn out_of_rotation() -> Self {
        Self { phase: OFFLINE.into(), ..Self::default() }
    }

    pub fn is_out_of_rotation(&self) -> bool {
        self.phase == OFFLINE
    }
}

impl Status {
    /// For a terminal: one line for each node.
    pub fn table(&self) -> String {
        let head = ["NODE", "STATE", "LIVES", "LINKED", "VERSION", "SESSIONS", "LEFT"];
        let mut rows = vec![head.map(str::to_owned)];
        for one in &self.nodes {
            let is_me = one.node == self.node && one.boot == self.boot;
            let linked = if is_me { "self".into() } else { yes_or_no(one.linked) };
            rows.push([
                one.node.clone(),
                one.state.clone(),
                yes_or_no(one.lives),
                linked,
                format!("{}/{}", one.version, one.protocol),
                one.sessions.to_string(),
                one.left_to_move.to_string(),
            ]);
        }
        let mut text = aligned(&rows);
        let answers = if self.store_answers { "answers" } else { "does not answer" };
        text.push_str(&format!("store: {}, {answers}\n", self.store));
        let Sleep { n_slept, n_woken, n_overdue } = &self.sleep;
        if 0 < n_slept + n_woken + n_overdue {
            text.push_str(&format!(
                "sleep: {n_slept} fell asleep here, {n_woken} woken here, {n_overdue} overdue\n"
            ));
        }
        if self.drain.as_ref().is_some_and(Drain::is_out_of_rotation) {
            text.push_str("out of rotation: goes on with what it has until it is ONLINE again\n");
        } else if let Some(Drain { phase, n_left, n_moved, n_failed }) = &self.drain {
            text.push_str(&format!(
                "drain: {phase}, {n_left} left, {n_moved} moved, {n_failed} tried again\n"
            ));
        }
        text
    }
}

fn yes_or_no(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().filter_map(|row| row.get(column)).map(String::len).max();
            line.push_str(&format!("{cell:<width$}  ", width = width.unwrap_or(0)));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_a_line_for_each_node_and_what_is_left() {
        let node = |name: &str, state: &str| NodeStatus {
            node: name.into(),
            boot: "1".into(),
            state: state.into(),
            lives: true,
            linked: true,
            version: "0.2.0".into(),
            protocol: 1,
            sessions: 12,
            ..NodeStatus::default()
        };
        let status = Status {
            node: "node-a".into(),
            boot: "1".into(),
            store: "cassandra".into(),
            store_answers: true,
            drain: Some(Drain { phase: "moving".into(), n_left: 7, n_moved: 5, n_failed: 0 }),
            sleep: Sleep { n_slept: 9, n_woken: 4, n_overdue: 0 },
            nodes: vec![node("node-a", "draining"), node("node-bb", "accepting")],
        };

        assert_eq!(
            status.table(),
            "NODE     STATE      LIVES  LINKED  VERSION  SESSIONS  LEFT\n\
             node-a   draining   yes    self    0.2.0/1  12        0\n\
             node-bb  accepting  yes    yes     0.2.0/1  12        0\n\
             store: cassandra, answers\n\
             sleep: 9 fell asleep here, 4 woken here, 0 overdue\n\
             drain: moving, 7 left, 5 moved, 0 tried again\n"
        );
    }
}
