//! The peers that share the places: those that can be told apart, and cannot pretend to be many.

use std::net::{IpAddr, Ipv6Addr};

/// The sender of a connection, as the operating system tells it; connections are shared by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// An address of this machine: whoever runs here has it, so it tells no one apart.
    Loopback,
    /// Another machine; of IPv6 the network, as a machine has all addresses of one.
    Machine(IpAddr),
    /// The user of a process at a unix socket.
    User(u32),
    /// A unix socket whose system does not say who has connected.
    Unknown,
}

/// A sender that has a share of the places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    /// A connection, where nothing else tells its sender from others.
    Connection(u64),
    Machine(IpAddr),
    User(u32),
}

impl Peer {
    /// Checks whether nothing tells it apart from others of its kind.
    pub(crate) fn is_connection(self) -> bool {
        matches!(self, Self::Connection(_))
    }
}

impl Origin {
    pub(crate) fn of_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            loopback if loopback.is_loopback() => Self::Loopback,
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Self::Machine(Ipv6Addr::from_bits(network).into())
            }
            address => Self::Machine(address),
        }
    }

    /// Returns the peer of the connection with this number.
    pub(crate) fn peer(self, connection: u64) -> Peer {
        match self {
            Self::Loopback | Self::Unknown => Peer::Connection(connection),
            Self::Machine(address) => Peer::Machine(address),
            Self::User(user) => Peer::User(user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_told_apart_and_loopback_is_not() {
        let peer = |text: &str, connection| {
            let address: IpAddr = text.parse().unwrap();
            Origin::of_address(address).peer(connection)
        };
        for (one, other, are_same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:0:0:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("127.0.0.1", "127.0.0.1", false),
            ("::1", "::1", false),
            ("::ffff:127.0.0.1", "127.0.0.1", false),
        ] {
            assert_eq!(peer(one, 1) == peer(other, 2), are_same, "{one} {other}");
        }
        assert_eq!(Origin::User(7).peer(1), Origin::User(7).peer(2));
        assert_ne!(Origin::User(7).peer(1), Origin::User(8).peer(1));
    }
}
