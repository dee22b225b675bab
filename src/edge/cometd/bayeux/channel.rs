//! The channels there are. Everything else is nobody's: there is no channel on which clients could
//! reach one another, and none of ours.

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel<'a> {
    Meta(Meta),
    /// The chats of a service, whether it exists or not.
    Chat(&'a str),
    /// Well formed, and nothing is there.
    Unknown,
    Malformed,
}

/// What clients say to the protocol itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meta {
    Handshake,
    Connect,
    Subscribe,
    Unsubscribe,
    Disconnect,
}

/// Where chats are spoken of, and events come from.
const CHAT: &str = "/service/chatV2/";

/// Names are no longer than this.
const LONGEST: usize = 256;

impl<'a> Channel<'a> {
    pub fn of(name: &'a str) -> Self {
        if !is_well_formed(name) {
            return Self::Malformed;
        }
        match name {
            "/meta/handshake" => Self::Meta(Meta::Handshake),
            "/meta/connect" => Self::Meta(Meta::Connect),
            "/meta/subscribe" => Self::Meta(Meta::Subscribe),
            "/meta/unsubscribe" => Self::Meta(Meta::Unsubscribe),
            "/meta/disconnect" => Self::Meta(Meta::Disconnect),
            _ => match name.strip_prefix(CHAT) {
                Some(service) if !service.contains('/') => Self::Chat(service),
                Some(_) | None => Self::Unknown,
            },
        }
    }
}

/// Segments of letters, digits and a few signs, each behind a slash. A dot is none of them, and
/// neither is the star of a pattern.
fn is_well_formed(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_!~()$@".contains(c);
    let mut segments = name.split('/');
    segments.next() == Some("")
        && name.len() <= LONGEST
        && 1 < name.len()
        && segments.all(|segment| !segment.is_empty() && segment.chars().all(is_allowed))
}

/// The channel of a service's chats.
pub fn of_chats(service: &str) -> String {
    format!("{CHAT}{service}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_on_the_list_is_there() {
        assert_eq!(Channel::of("/meta/connect"), Channel::Meta(Meta::Connect));
        assert_eq!(Channel::of("/service/chatV2/sales"), Channel::Chat("sales"));
        for unknown in
            ["/foo", "/meta/other", "/service/chatV2", "/service/chatV2/a/b", "/oort/cloud"]
        {
            assert_eq!(Channel::of(unknown), Channel::Unknown, "{unknown}");
        }
    }

    #[test]
    fn patterns_dots_and_what_is_no_path_are_malformed() {
        let long = format!("/{}", "a".repeat(300));
        for bad in [
            "",
            "/",
            "meta/connect",
            "/service/../x",
            "/**",
            "/service/*",
            "//a",
            "/a/",
            "/ä",
            "/a b",
            &long,
        ] {
            assert_eq!(Channel::of(bad), Channel::Malformed, "{bad}");
        }
    }
}
