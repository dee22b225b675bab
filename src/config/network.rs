//! A range of IP addresses, as in `trusted-gateways`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address, or a network of addresses as `address/prefix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// A text that should have been an address or `address/prefix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an IP address or network")]
pub struct NotANetwork;

impl Network {
    /// Whether the address lies in this network. An IPv4 address written the IPv6 way counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differ = u128::from(u32::from(ours) ^ u32::from(theirs));
                differ.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differ = u128::from(ours) ^ u128::from(theirs);
                differ.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().map_err(|_| NotANetwork)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        if longest < prefix { Err(NotANetwork) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        let office: Network = "192.168.0.0/16".parse().unwrap();
        let everyone: Network = "0.0.0.0/0".parse().unwrap();
        let one: Network = "::1".parse().unwrap();

        assert!(office.contains(ip("192.168.7.9")) && !office.contains(ip("192.169.0.1")));
        assert!(office.contains(ip("::ffff:192.168.7.9")));
        assert!(everyone.contains(ip("8.8.8.8")) && !everyone.contains(ip("::1")));
        assert!(one.contains(ip("::1")) && !one.contains(ip("::2")));
        assert_eq!("10.0.0.1/33".parse::<Network>(), Err(NotANetwork));
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }
}
