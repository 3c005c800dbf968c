//! How a TCP connection is found dead on which nothing comes: firewalls drop what is silent for a minute without a word,
//! and a response may take two.
//!
//! [RFC 1122, section 4.2.3.6], and [RFC 5482] for the user timeout.
//!
//! [RFC 1122, section 4.2.3.6]: https://www.rfc-editor.org/rfc/rfc1122#section-4.2.3.6
//! [RFC 5482]: https://www.rfc-editor.org/rfc/rfc5482

use std::{io, time::Duration};

use socket2::{SockRef, TcpKeepalive as Probes};
use tokio::net::TcpStream;

/// Signs of life that the operating system asks a silent peer for, and how long it waits for what it has sent.
///
/// By default a peer that has been silent for 15 seconds is asked every 15 seconds and given up after three questions,
/// or when it has taken nothing of what was sent to it for 30 seconds. Where the system lacks one of these settings, its
/// own value stands. It is of the connection to the proxy, where there is one.
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
    /// How long a peer may be silent before it is asked; whole seconds, at least one.
    #[must_use]
    pub fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// How long it has to answer before it is asked again; whole seconds, at least one.
    #[must_use]
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// How often it is asked before the connection is given up; at least once.
    #[must_use]
    pub fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// How long what was sent may stay without an acknowledgement, or without room at the peer (Linux,
    /// `TCP_USER_TIMEOUT`); `None` leaves it to the system, which waits for a quarter of an hour or so.
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

/// What systems take; beyond, setting it would be an error and no connection came about.
fn in_range(duration: Duration) -> Duration {
    duration.clamp(Duration::from_secs(1), Duration::from_secs(LONGEST_SECS))
}

/// Linux takes 32767 seconds, and 127 questions.
const LONGEST_SECS: u64 = 32_767;
const MOST_RETRIES: u32 = 127;
/// None at all would be the system's default.
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
    async fn a_socket_has_what_was_set() {
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
    async fn what_no_system_takes_is_brought_to_what_is_nearest() {
        for (duration, retries) in [(Duration::ZERO, 0), (Duration::MAX, u32::MAX)] {
            let keepalive = TcpKeepalive::default().time(duration).interval(duration);
            set(keepalive.retries(retries).user_timeout(duration)).await;
        }
    }
}
