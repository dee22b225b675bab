//! `GET /Counters?gms_info=true`: the gateways of the cluster and how many chats are bound to each, for
//! dashboards made for the guide's server. Here every node is its own gateway.

use crate::edge::admin::{NodeStatus, Operator, Status};
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Query, ServiceConfig};
use std::collections::BTreeMap;

pub fn configure(config: &mut ServiceConfig) {
    config.route("/Counters", web::get().to(counters));
}

/// All other parameters are ignored, as the guide says; without this one there is nothing here.
async fn counters(
    asked: Query<BTreeMap<String, String>>,
    operator: Data<Operator>,
) -> HttpResponse {
    let wanted = asked.get("gms_info").map(|value| value.to_ascii_lowercase());
    if !matches!(wanted.as_deref(), Some("true" | "yes")) {
        let text = "only /Counters?gms_info=true is served; the counters are at /metrics\n";
        return HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body(text);
    }
    let page = page(&(operator.status)());
    HttpResponse::Ok().content_type(crate::edge::health::METRICS).body(page)
}

fn page(status: &Status) -> String {
    let mut page = String::new();
    let mut gauge = |name: &str, help: &str, value: fn(&NodeStatus) -> u64| {
        page.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
        for one in &status.nodes {
            // Names of nodes are letters, digits and hyphens, and states are words of the code.
            let NodeStatus { node, state, .. } = one;
            page.push_str(&format!("{name}{{node=\"{node}\",state=\"{state}\"}} {}\n", value(one)));
        }
    };
    gauge("holdfast_gms_connected", "1 while the node lives, by node and state.", |one| {
        u64::from(one.lives)
    });
    gauge("holdfast_gms_sessions", "Chat sessions that are active on the node.", |one| {
        one.sessions
    });
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_is_a_series_with_its_sessions() {
        let node = |name: &str, state: &str, sessions: u64| NodeStatus {
            node: name.into(),
            state: state.into(),
            lives: state == "accepting",
            sessions,
            ..NodeStatus::default()
        };
        let nodes = vec![node("node-a", "accepting", 12), node("node-b", "leaving", 0)];

        assert_eq!(
            page(&Status { nodes, ..Status::default() }),
            "# HELP holdfast_gms_connected 1 while the node lives, by node and state.\n\
             # TYPE holdfast_gms_connected gauge\n\
             holdfast_gms_connected{node=\"node-a\",state=\"accepting\"} 1\n\
             holdfast_gms_connected{node=\"node-b\",state=\"leaving\"} 0\n\
             # HELP holdfast_gms_sessions Chat sessions that are active on the node.\n\
             # TYPE holdfast_gms_sessions gauge\n\
             holdfast_gms_sessions{node=\"node-a\",state=\"accepting\"} 12\n\
             holdfast_gms_sessions{node=\"node-b\",state=\"leaving\"} 0\n"
        );
    }
}
