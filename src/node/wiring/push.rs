//! Pushes: what a session has to tell goes to the courier, which waits for nobody.

use crate::base::{Chance, Clock};
use crate::config::Config;
use crate::edge::handles::ClusterKey;
use crate::edge::push::{Courier, Writer};
use crate::edge::rest_v2::keys::Keys;
use crate::node::policies;
use std::sync::Arc;

/// The courier of this node.
pub fn courier(
    config: &Config,
    key: Option<&ClusterKey>,
    (clock, chance): (&Arc<dyn Clock>, &Arc<dyn Chance>),
) -> Courier {
    let writer = Writer {
        content: config.settings.flex_push_content.clone(),
        keys: key.and_then(|key| Keys::new(key, chance.clone()).ok()),
        alias: config.node.name.clone(),
        tells_monitoring: config.settings.show_monitoring_to_customer,
    };
    Courier::start(policies::push_routes(config), writer, clock)
}
