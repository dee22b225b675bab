//! What an answer means for whoever asked.

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken; its body is what the receiver has to say.
    Answered,
    /// Another attempt may do better.
    Again,
    /// None will.
    Refused,
}

/// What an HTTP status means. A redirection is a refusal: it would lead where the operator did not.
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Answered,
        408 | 425 | 429 | 500..=599 => Verdict::Again,
        _ => Verdict::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, expected) in [
            (200, Verdict::Answered),
            (204, Verdict::Answered),
            (302, Verdict::Refused),
            (401, Verdict::Refused),
            (404, Verdict::Refused),
            (429, Verdict::Again),
            (503, Verdict::Again),
        ] {
            assert_eq!(verdict(status), expected, "{status}");
        }
    }
}
