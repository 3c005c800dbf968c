//! The settings of the connection beneath TLS.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use crate::connector::builder::MtlsConnectorBuilder;
use crate::net::tcp::TcpSettings;
use crate::net::tcp::keepalive::TcpKeepalive;

/// How a server, or a proxy before it, is reached over TCP; without effect on a connector that is built over another.
impl<P> MtlsConnectorBuilder<P> {
    /// The addresses of a host, in place of those that a lookup would give.
    ///
    /// The host is compared without regard to case and to a final dot, and may be an address; DNS is not asked about it,
    /// and called again for it, this replaces what was said. Where the port of an address is not 0, it is connected to
    /// whatever the URI's port; 0 stands for the URI's. Without any address, connecting fails with
    /// [`ErrorKind::Resolve`](crate::ErrorKind::Resolve). TLS and HTTP keep to the URI's host.
    ///
    /// Behind a proxy it is the proxy's name that is looked up here.
    pub fn resolve(mut self, host: &str, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        let addresses = addresses.into_iter().collect();
        self.tcp.resolver.set_override(host, addresses);
        self
    }

    /// What looks names up, in place of the operating system's resolver.
    ///
    /// `lookup` gets a name as the URI has it, under the deadline for resolving; it is not asked about addresses, nor
    /// about hosts given to [`resolve`](Self::resolve). The addresses are tried in its order, with families taking
    /// turns; for their ports see there. An error or no address is
    /// [`ErrorKind::Resolve`](crate::ErrorKind::Resolve).
    pub fn resolver<F>(mut self, lookup: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        self.tcp.resolver.set_lookup(lookup);
        self
    }

    /// How long one address of the server has before the next one is tried beside it ([RFC 8305, section 5]): 250 ms by
    /// default, at least 10 ms.
    ///
    /// The families take turns, and the first connection that comes about is taken. With `Duration::MAX` an address is
    /// tried only when the one before has failed.
    ///
    /// [RFC 8305, section 5]: https://www.rfc-editor.org/rfc/rfc8305#section-5
    pub fn connection_attempt_delay(mut self, delay: Duration) -> Self {
        self.tcp.attempt_delay = delay.max(TcpSettings::LEAST_ATTEMPT_DELAY);
        self
    }

    /// How connections are found dead on which nothing comes; as [`TcpKeepalive`] has it by default. `None` asks for no sign
    /// of life.
    pub fn tcp_keepalive(mut self, keepalive: impl Into<Option<TcpKeepalive>>) -> Self {
        self.tcp.keepalive = keepalive.into();
        self
    }

    /// Our end of connections: an address of this machine, for firewalls that know us by it.
    ///
    /// Only addresses of its family are connected to. Where it cannot be used, connecting fails with
    /// [`ErrorKind::Connect`](crate::ErrorKind::Connect).
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.tcp.local_address = Some(address);
        self
    }
}
