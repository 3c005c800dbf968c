//! A request to the proxy ([RFC 9110, section 9.3.6]): what it asks for, and whether the proxy may.
//!
//! [RFC 9110, section 9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::uri::Authority;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::credentials::Credentials;
use crate::event::ProxyCredentials;

/// A request as the proxy has read it.
pub(crate) struct ProxyRequest {
    pub(crate) method: Option<String>,
    pub(crate) target: Target,
    pub(crate) credentials: ProxyCredentials,
    /// The bytes that the client sent after the head, without waiting for the response.
    pub(crate) rest: Vec<u8>,
}

/// Where a tunnel is to lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Not this machine. Its name is not looked up.
    Elsewhere(String),
    /// A port of this machine.
    Loopback(String, SocketAddr),
    /// Not `host:port`.
    Unreadable,
}

impl ProxyRequest {
    /// Reads a head. `None` if the client ends or dawdles before its end.
    pub(crate) async fn read(
        stream: &mut (impl AsyncRead + Unpin),
        mut bytes: Vec<u8>,
    ) -> Option<Self> {
        let read = async {
            loop {
                if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    return Some(at + 4);
                }
                if bytes.len() > HEAD_LIMIT || stream.read_buf(&mut bytes).await.ok()? == 0 {
                    return None;
                }
            }
        };
        let end = tokio::time::timeout(SILENCE_LIMIT, read).await.ok()??;
        let rest = bytes.split_off(end);
        Some(Self::parse(&bytes, rest))
    }

    fn parse(head: &[u8], rest: Vec<u8>) -> Self {
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut request = httparse::Request::new(&mut headers);
        // What cannot be parsed has no method, and is answered like any other unknown one.
        let _parsed = request.parse(head);
        Self {
            method: request.method.map(str::to_owned),
            target: request.path.map_or(Target::Unreadable, Target::parse),
            credentials: credentials(request.headers),
            rest,
        }
    }
}

impl Target {
    fn parse(text: &str) -> Self {
        let Ok(authority) = text.parse::<Authority>() else {
            return Self::Unreadable;
        };
        let Some(port) = authority.port_u16() else {
            return Self::Unreadable;
        };
        if text.contains('@') {
            return Self::Unreadable;
        }
        let host = authority.host();
        let address = match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) => Some(address),
            Err(_) if host.eq_ignore_ascii_case("localhost") => {
                Some(IpAddr::V4(Ipv4Addr::LOCALHOST))
            }
            Err(_) => None,
        };
        match address {
            Some(address) if address.is_loopback() => {
                Self::Loopback(text.to_owned(), (address, port).into())
            }
            _ => Self::Elsewhere(text.to_owned()),
        }
    }

    /// Returns the target as the client wrote it, for the log.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Elsewhere(text) | Self::Loopback(text, _) => Some(text),
            Self::Unreadable => None,
        }
    }
}

fn credentials(headers: &[httparse::Header<'_>]) -> ProxyCredentials {
    let header = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("proxy-authorization"));
    let Some(header) = header else {
        return ProxyCredentials::None;
    };
    let sent = std::str::from_utf8(header.value).ok();
    match sent.and_then(Credentials::from_basic) {
        Some(sent) if sent == Credentials::PROXY => ProxyCredentials::Right,
        Some(_) => ProxyCredentials::Wrong,
        None => ProxyCredentials::Unreadable,
    }
}

const SILENCE_LIMIT: Duration = Duration::from_secs(30);
const HEAD_LIMIT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_a_target() {
        for (text, address) in [
            ("127.0.0.1:443", "127.0.0.1:443"),
            ("127.9.9.9:1", "127.9.9.9:1"),
            ("LocalHost:443", "127.0.0.1:443"),
            ("[::1]:443", "[::1]:443"),
        ] {
            let expected = Target::Loopback(text.to_owned(), address.parse().unwrap());
            assert_eq!(Target::parse(text), expected);
        }
        for text in [
            "192.0.2.1:443",
            "api.example.com:443",
            "localhost.example:443",
            "[2001:db8::1]:443",
            "[::ffff:192.0.2.1]:443",
            "0.0.0.0:443",
        ] {
            assert_eq!(Target::parse(text), Target::Elsewhere(text.to_owned()));
        }
        for text in [
            "localhost",
            "localhost:",
            "localhost:65536",
            "user:password@localhost:443",
            "http://localhost:443/",
            "",
        ] {
            assert_eq!(Target::parse(text), Target::Unreadable, "{text}");
        }
    }

    #[tokio::test]
    async fn what_comes_after_the_head_is_kept() {
        let mut bytes: &[u8] = b"CONNECT localhost:1 HTTP/1.1\r\nHost: a\r\n\r\nhello";
        let request = ProxyRequest::read(&mut bytes, Vec::new()).await.unwrap();
        assert_eq!(request.rest, b"hello");
        assert_eq!(request.method.as_deref(), Some("CONNECT"));
        assert_eq!(request.credentials, ProxyCredentials::None);
    }

    #[tokio::test]
    async fn half_a_head_is_none() {
        let mut bytes: &[u8] = b"CONNECT localhost:1 HTTP/1.1\r\n";
        assert!(ProxyRequest::read(&mut bytes, Vec::new()).await.is_none());
    }
}
