//! A text that must not be seen by accident. It has neither `Debug` nor `Display`: whoever wants
//! it must say [`Secret::expose`].

/// A password hash, a key, a token.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text itself. Never to be logged.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
