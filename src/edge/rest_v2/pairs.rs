//! What a request says, whatever it was written in: names with texts, in the order of the request.

/// Names may come twice; whoever reads them decides what that means.
pub type Pairs = Vec<(String, String)>;
