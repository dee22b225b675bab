//! The rules of bots, as stories.
