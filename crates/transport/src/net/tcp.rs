//! TCP connections to the host and port of a URI.

pub(crate) mod keepalive;
mod race;

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Uri, uri::Scheme};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout_at},
};
use tower_service::Service;

use crate::connection::phase::Phase;
use crate::connection::steps::Steps;
use crate::error::local_problem::LocalProblem;
use crate::error::{Error, ErrorKind};
use crate::net::resolver::Resolver;
use crate::net::tcp::keepalive::TcpKeepalive;
use crate::net::tcp::race::{Failure, race};
use crate::timeouts::Timeouts;

/// TCP connections to the address of a host that responds first; the connector under
/// [`MtlsConnectorBuilder::build`](crate::MtlsConnectorBuilder::build).
///
/// It is made by the builder alone, whose methods `resolve`, `resolver`, `connection_attempt_delay`
/// and `local_address` configure it. For other socket options, build with a connector of your own.
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct TcpConnector {
    settings: Arc<TcpSettings>,
    timeouts: Timeouts,
    /// The progress of the next connection, if the caller set one.
    steps: Option<Steps>,
}

/// The caller's settings.
#[derive(Clone, Debug)]
pub(crate) struct TcpSettings {
    pub(crate) resolver: Resolver,
    pub(crate) attempt_delay: Duration,
    pub(crate) local_address: Option<IpAddr>,
    pub(crate) keepalive: Option<TcpKeepalive>,
}

impl TcpSettings {
    /// The least time between two attempts: "MUST NOT" be less ([RFC 8305, section 5]).
    ///
    /// [RFC 8305, section 5]: https://www.rfc-editor.org/rfc/rfc8305#section-5
    pub(crate) const LEAST_ATTEMPT_DELAY: Duration = Duration::from_millis(10);
}

impl Default for TcpSettings {
    fn default() -> Self {
        Self {
            resolver: Resolver::default(),
            attempt_delay: Duration::from_millis(250), // "recommended" in the same section
            local_address: None,
            keepalive: Some(TcpKeepalive::default()),
        }
    }
}

impl TcpConnector {
    pub(crate) fn new(settings: TcpSettings, timeouts: Timeouts) -> Self {
        Self {
            settings: Arc::new(settings),
            timeouts,
            steps: None,
        }
    }

    pub(crate) fn set_steps(&mut self, steps: &Steps) {
        self.steps = Some(steps.clone());
    }
}

impl Service<Uri> for TcpConnector {
    type Response = TokioIo<TcpStream>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let settings = Arc::clone(&self.settings);
        let steps = self.steps.take().unwrap_or_default();
        // The caller's timeout of all steps together would not say in which one it expired.
        let resolve_by = self.timeouts.resolve_end();
        let resolve_by = resolve_by.min(self.timeouts.connect_end());
        Box::pin(async move {
            let lookup = settings.resolver.addresses(uri.host().unwrap_or_default());
            steps.begin(Phase::Resolve);
            let start = Instant::now();
            let found = timeout_at(resolve_by, lookup).await;
            steps.note_resolve(start.elapsed());
            steps.begin(Phase::Connect);
            let mut addresses =
                found.unwrap_or_else(|_| Err(Error::timeout(Phase::Resolve, None)))?;
            for address in addresses.iter_mut().filter(|address| address.port() == 0) {
                // 0 stands for the URI's port, in overrides and lookups alike.
                address.set_port(port(&uri));
            }
            settings.connect(addresses).await.map(TokioIo::new)
        })
    }
}

impl TcpSettings {
    async fn connect(&self, mut addresses: Vec<SocketAddr>) -> Result<TcpStream, Error> {
        let local = self.local_address;
        if let Some(local) = local {
            // A socket bound to one family cannot connect to the other.
            addresses.retain(|address| address.is_ipv4() == local.is_ipv4());
        }
        let connected = race(addresses, self.attempt_delay, |address| {
            open(address, local, self.keepalive)
        });
        connected.await.map_err(|failures| {
            let local = LocalProblem::of_all(failures.iter().map(|(_, error)| error));
            let kind = local.map_or(ErrorKind::Connect, ErrorKind::Local);
            Error::with_source(kind, Phase::Connect, None, ConnectFailures(failures))
        })
    }
}

async fn open(
    address: SocketAddr,
    local: Option<IpAddr>,
    keepalive: Option<TcpKeepalive>,
) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(local) = local {
        socket.bind(SocketAddr::new(local, 0))?;
    }
    let stream = socket.connect(address).await?;
    // Nagle's algorithm would hold a small write back until the last one is acknowledged.
    stream.set_nodelay(true)?;
    if let Some(keepalive) = keepalive {
        keepalive.set(&stream)?;
    }
    Ok(stream)
}

fn port(uri: &Uri) -> u16 {
    let default = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTP => 80,
        _ => 443,
    };
    uri.port_u16().unwrap_or(default)
}

/// The failures of all addresses.
#[derive(Debug)]
struct ConnectFailures(Vec<Failure>);

impl std::error::Error for ConnectFailures {}

impl fmt::Display for ConnectFailures {
    /// Writes the first few: a host may have any number of addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 4;
        if self.0.is_empty() {
            return f.write_str("the server has no address of the same family as local_address");
        }
        for (position, (address, error)) in self.0.iter().take(SHOWN).enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(f, "{separator}{address}: {error}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_that_of_the_uri_or_its_scheme() {
        for (uri, expected) in [
            ("https://api.example/", 443),
            ("https://api.example:/", 443),
            ("https://api.example:8443/", 8443),
            ("http://proxy.example/", 80),
            ("http://proxy.example:3128/", 3128),
        ] {
            assert_eq!(port(&Uri::from_static(uri)), expected, "{uri}");
        }
    }

    #[test]
    fn first_failures_are_shown_and_the_rest_counted() {
        let failure = |port| {
            let refused = io::ErrorKind::ConnectionRefused.into();
            (SocketAddr::from(([127, 0, 0, 1], port)), refused)
        };
        let shown = |count| ConnectFailures((1..=count).map(failure).collect()).to_string();
        assert_eq!(shown(1), "127.0.0.1:1: connection refused");
        assert!(shown(4).ends_with("127.0.0.1:4: connection refused"));
        assert!(shown(9).ends_with("127.0.0.1:4: connection refused; and 5 more"));
        assert!(!shown(0).is_empty());
    }
}
