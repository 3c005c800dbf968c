//! The settings of TCP.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use crate::connector::builder::MtlsConnectorBuilder;
use crate::net::tcp::TcpSettings;
use crate::net::tcp::keepalive::TcpKeepalive;

/// Settings of TCP to a server or its proxy; without effect on a connector that is built over
/// another.
impl<P> MtlsConnectorBuilder<P> {
    /// Sets the addresses of a host, in place of a lookup.
    ///
    /// The host may be a name or an address; case and a final dot are ignored. It is not looked up
    /// in DNS. Called again for the same host, it replaces the addresses. An address with a port
    /// other than 0 is connected to at that port, whatever the URI's; 0 stands for the URI's.
    /// Without any address, connecting fails with
    /// [`ErrorKind::Resolve`](crate::ErrorKind::Resolve). TLS and HTTP keep the URI's host.
    ///
    /// With a proxy, only the proxy's name is looked up here.
    pub fn resolve(mut self, host: &str, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        let addresses = addresses.into_iter().collect();
        self.tcp.resolver.set_override(host, addresses);
        self
    }

    /// Sets a lookup of names, in place of the operating system's resolver.
    ///
    /// `lookup` gets a name as the URI has it, within the timeout for resolving; it is not called
    /// for addresses, nor for hosts given to [`resolve`](Self::resolve). The addresses are tried in
    /// its order, alternating between the families; for their ports see there. An error or no
    /// address is [`ErrorKind::Resolve`](crate::ErrorKind::Resolve).
    pub fn resolver<F>(mut self, lookup: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        self.tcp.resolver.set_lookup(lookup);
        self
    }

    /// Sets the delay after which the next address is tried beside the first ([RFC 8305, section
    /// 5]): 250 ms by default, at least 10 ms.
    ///
    /// The families alternate, and the first established connection is used. With `Duration::MAX`
    /// an address is tried only when the one before has failed.
    ///
    /// [RFC 8305, section 5]: https://www.rfc-editor.org/rfc/rfc8305#section-5
    pub fn connection_attempt_delay(mut self, delay: Duration) -> Self {
        self.tcp.attempt_delay = delay.max(TcpSettings::LEAST_ATTEMPT_DELAY);
        self
    }

    /// Sets keep-alive probes, as [`TcpKeepalive`] describes them by default. `None` turns them
    /// off.
    pub fn tcp_keepalive(mut self, keepalive: impl Into<Option<TcpKeepalive>>) -> Self {
        self.tcp.keepalive = keepalive.into();
        self
    }

    /// Sets the local address of connections, for firewalls that identify us by it.
    ///
    /// Only addresses of its family are connected to; if the server has none, connecting fails with
    /// [`ErrorKind::Connect`](crate::ErrorKind::Connect). If this machine does not have the
    /// address, it fails with [`ErrorKind::Local`](crate::ErrorKind::Local).
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.tcp.local_address = Some(address);
        self
    }
}
