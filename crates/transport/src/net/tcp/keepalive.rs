//! TCP keep-alive: detects dead connections. Firewalls silently drop connections that are idle for
//! a minute, and a response may take two.
//!
//! [RFC 1122, section 4.2.3.6], and [RFC 5482] for the user timeout.
//!
//! [RFC 1122, section 4.2.3.6]: https://www.rfc-editor.org/rfc/rfc1122#section-4.2.3.6
//! [RFC 5482]: https://www.rfc-editor.org/rfc/rfc5482

use std::{io, time::Duration};

use socket2::{SockRef, TcpKeepalive as Probes};
use tokio::net::TcpStream;

/// Keep-alive probes that the operating system sends to an idle peer, and the timeout of
/// unacknowledged data.
///
/// By default a peer that has been idle for 15 seconds is probed every 15 seconds, and the
/// connection is aborted after three probes without a response, or after 30 seconds in which sent
/// data is not acknowledged. Where the system lacks one of these settings, its own value applies.
/// They apply to the connection to the proxy, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpKeepalive {
    time: Duration,
    interval: Duration,
    retries: u32,
    user_timeout: Option<Duration>,
}

impl Default for TcpKeepalive {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(15),
            interval: Duration::from_secs(15),
            retries: 3,
            user_timeout: Some(Duration::from_secs(30)),
        }
    }
}

impl TcpKeepalive {
    /// Sets the idle time before the first probe; whole seconds, at least one.
    #[must_use]
    pub fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Sets the time between probes; whole seconds, at least one.
    #[must_use]
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// Sets the number of probes before the connection is aborted; at least one.
    #[must_use]
    pub fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// Sets how long sent data may stay unacknowledged, or the peer's window closed (Linux,
    /// `TCP_USER_TIMEOUT`); `None` leaves it to the system, which waits for about a quarter of an
    /// hour.
    #[must_use]
    pub fn user_timeout(self, user_timeout: impl Into<Option<Duration>>) -> Self {
        Self {
            user_timeout: user_timeout.into(),
            ..self
        }
    }

    pub(super) fn set(self, stream: &TcpStream) -> io::Result<()> {
        let socket = SockRef::from(stream);
        let probes = Probes::new().with_time(in_range(self.time));
        // socket2 has these two settings on these systems only.
        #[cfg(any(
            target_os = "android",
            target_os = "freebsd",
            target_os = "ios",
            target_os = "linux",
            target_os = "macos",
            target_os = "netbsd",
            target_os = "windows",
        ))]
        let probes = probes
            .with_interval(in_range(self.interval))
            .with_retries(self.retries.clamp(1, MOST_RETRIES));
        socket.set_tcp_keepalive(&probes)?;
        #[cfg(any(target_os = "android", target_os = "linux"))]
        if let Some(user_timeout) = self.user_timeout {
            let longest = Duration::from_secs(LONGEST_SECS);
            socket.set_tcp_user_timeout(Some(user_timeout.clamp(SHORTEST, longest)))?;
        }
        Ok(())
    }
}

/// Clamps to the range of all systems; setting a value outside it would fail the connection.
fn in_range(duration: Duration) -> Duration {
    duration.clamp(Duration::from_secs(1), Duration::from_secs(LONGEST_SECS))
}

/// The limits of Linux: 32767 seconds, and 127 probes.
const LONGEST_SECS: u64 = 32_767;
const MOST_RETRIES: u32 = 127;
/// Zero would select the system's default.
#[cfg(any(target_os = "android", target_os = "linux"))]
const SHORTEST: Duration = Duration::from_millis(1);

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn set(keepalive: TcpKeepalive) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap());
        let stream = stream.await.unwrap();
        keepalive.set(&stream).unwrap();
        stream
    }

    #[tokio::test]
    async fn socket_has_the_settings() {
        let stream = set(TcpKeepalive::default()).await;
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        let seconds = Duration::from_secs;
        assert_eq!(socket.tcp_keepalive_time().unwrap(), seconds(15));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), seconds(15));
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(seconds(30)));
        let stream = set(TcpKeepalive::default().user_timeout(None)).await;
        let socket = SockRef::from(&stream);
        assert_eq!(socket.tcp_user_timeout().unwrap(), None);
    }

    #[tokio::test]
    async fn value_out_of_range_is_clamped() {
        for (duration, retries) in [(Duration::ZERO, 0), (Duration::MAX, u32::MAX)] {
            let keepalive = TcpKeepalive::default().time(duration).interval(duration);
            set(keepalive.retries(retries).user_timeout(duration)).await;
        }
    }
}
