//! Which address a request comes from. `X-Forwarded-For` is believed only from a gateway that the
//! configuration trusts; what stands left of the first stranger in it could be anybody's invention.

use crate::config::Network;
use actix_web::HttpRequest;
use std::net::IpAddr;

/// The address that limits count, or nothing for a gateway itself and for those it exempts.
pub fn counted_address(request: &HttpRequest, trusted: &[Network]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let headers = request.headers().get_all("x-forwarded-for");
    let lines: Vec<&str> = headers.filter_map(|value| value.to_str().ok()).collect();
    nearest_stranger(peer, &lines.join(","), trusted)
}

/// Going back from the peer: the first address that is no gateway of ours.
fn nearest_stranger(peer: IpAddr, forwarded_for: &str, trusted: &[Network]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return Some(peer);
    }
    let mut nearest = peer;
    for hop in forwarded_for.rsplit(',').map(str::trim) {
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        nearest = address;
        if !is_trusted(address) {
            return Some(address);
        }
    }
    (!is_trusted(nearest)).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_cannot_name_another_address_as_his() {
        assert_eq!(origin("9.9.9.9", "1.1.1.1"), Some(ip("9.9.9.9")));
    }

    #[test]
    fn behind_gateways_the_last_stranger_counts_and_not_what_he_wrote() {
        assert_eq!(origin("10.0.0.1", "1.1.1.1, 8.8.8.8"), Some(ip("8.8.8.8")));
        assert_eq!(origin("10.0.0.1", "1.1.1.1, 8.8.8.8, 10.0.0.2"), Some(ip("8.8.8.8")));
    }

    #[test]
    fn a_gateway_that_speaks_for_itself_is_not_counted() {
        assert_eq!(origin("10.0.0.1", ""), None);
        assert_eq!(origin("10.0.0.1", "10.0.0.2"), None);
        assert_eq!(origin("10.0.0.1", "nonsense"), None);
    }

    fn origin(peer: &str, forwarded_for: &str) -> Option<IpAddr> {
        nearest_stranger(ip(peer), forwarded_for, &["10.0.0.0/8".parse().unwrap()])
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }
}
