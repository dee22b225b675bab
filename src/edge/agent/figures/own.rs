//! How many streams each account has, so that none takes the place of all others.

use crate::base::AgentId;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::sync::Arc;

/// A few wallboards, and a browser that opens another stream before it has closed the first.
const MOST_OF_ACCOUNT: usize = 5;

/// Accounts that have streams.
#[derive(Clone, Default)]
pub struct Own(Arc<DashMap<AgentId, usize>>);

/// One of an account's streams. Its place is free again when it is dropped.
pub struct OwnPlace {
    of: Own,
    agent: AgentId,
}

impl Own {
    /// Nothing if the account has as many as it may have.
    pub fn take(&self, agent: &AgentId) -> Option<OwnPlace> {
        let mut n_streams = self.0.entry(agent.clone()).or_default();
        if MOST_OF_ACCOUNT <= *n_streams {
            return None;
        }
        *n_streams += 1;
        Some(OwnPlace { of: self.clone(), agent: agent.clone() })
    }
}

impl Drop for OwnPlace {
    fn drop(&mut self) {
        if let Entry::Occupied(mut streams) = self.of.0.entry(self.agent.clone()) {
            let n_streams = *streams.get();
            if n_streams <= 1 {
                streams.remove();
            } else {
                *streams.get_mut() = n_streams - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_a_few_streams_and_leaves_the_rest_to_others() {
        let own = Own::default();
        let (sue, max) = ("sue".into(), "max".into());

        let mut taken: Vec<_> = (0..MOST_OF_ACCOUNT).map(|_| own.take(&sue).unwrap()).collect();

        assert!(own.take(&sue).is_none());
        assert!(own.take(&max).is_some());
        taken.pop();
        taken.push(own.take(&sue).unwrap());
        assert!(own.take(&sue).is_none());
        drop(taken);
        assert!(own.0.is_empty());
    }
}
