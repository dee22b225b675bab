//! How many connects each browser holds. A browser has few connections to one host: when two of its
//! pages held one each, neither could say anything any more.

use std::collections::HashMap;

/// Browsers by the name that their cookie gives them, with the clients that hold a connect.
#[derive(Debug, Default)]
pub struct Browsers(HashMap<String, Vec<String>>);

impl Browsers {
    /// Counts a connect of a client, unless others of its browser hold as many as it may. One that
    /// takes the place of the client's own is no more than that one.
    pub fn hold(&mut self, browser: &str, client: &str, most: usize) -> bool {
        let holding = self.0.get(browser).map_or(&[][..], Vec::as_slice);
        let may = holding.iter().any(|one| one == client) || holding.len() < most;
        if may {
            self.0.entry(browser.to_owned()).or_default().push(client.to_owned());
        }
        may
    }

    /// A connect of a client is over.
    pub fn release(&mut self, browser: &str, client: &str) {
        let Some(holding) = self.0.get_mut(browser) else { return };
        if let Some(at) = holding.iter().position(|one| one == client) {
            holding.swap_remove(at);
        }
        if holding.is_empty() {
            self.0.remove(browser);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_holds_so_many_and_is_forgotten_when_it_holds_none() {
        let mut browsers = Browsers::default();

        assert!(browsers.hold("b", "1", 1) && !browsers.hold("b", "2", 1));
        assert!(browsers.hold("b", "1", 1), "its own next one");
        assert!(browsers.hold("c", "3", 1));
        browsers.release("b", "1");
        assert!(!browsers.hold("b", "2", 1));
        browsers.release("b", "1");
        assert!(browsers.hold("b", "2", 1));
        browsers.release("b", "2");
        browsers.release("c", "3");
        browsers.release("c", "3");
        assert!(browsers.0.is_empty());
    }
}
