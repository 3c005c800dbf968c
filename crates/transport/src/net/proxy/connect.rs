//! One CONNECT over one connection: [RFC 9110, section 9.3.6].
//!
//! [RFC 9110, section 9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6

use std::io;

use http::{HeaderValue, Uri};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

use crate::error::proxy_problem::ProxyProblem;
use crate::net::proxy::hop::Hop;
use crate::net::proxy::no_proxy::port_of;
use crate::net::proxy::reply::{Reply, ReplyReader};

/// The request for one tunnel: zeroized on drop, as it may hold credentials.
pub(super) struct ConnectRequest(Zeroizing<Vec<u8>>);

/// The reason why there is no reply.
pub(super) enum NoReply {
    /// The bytes that came are no reply.
    Problem(ProxyProblem),
    /// Reading or writing failed.
    Io(io::Error),
}

impl ConnectRequest {
    /// Creates a request for a tunnel to `target`; none if it names no host.
    ///
    /// "A client sends a CONNECT request [with] the host and port of the tunnel destination,
    /// separated by a colon"; the port is never left out, and `Host` has the same value.
    pub(super) fn new(target: &Uri, hop: &Hop, user_agent: Option<&HeaderValue>) -> Option<Self> {
        let (host, port) = (target.host()?, port_of(target));
        let secret = hop.credentials.as_ref();
        let secret = secret.map_or("", |credentials| credentials.secret_header_value());
        let user_agent = user_agent.map_or(&b""[..], HeaderValue::as_bytes);
        // The capacity suffices: a buffer that grows leaves copies of the credentials behind.
        let capacity = 128 + 2 * host.len() + secret.len() + user_agent.len();
        let mut text = Zeroizing::new(Vec::with_capacity(capacity));
        text.extend(format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").bytes());
        if !user_agent.is_empty() {
            text.extend([b"User-Agent: ", user_agent, b"\r\n"].concat());
        }
        if !secret.is_empty() {
            text.extend_from_slice(b"Proxy-Authorization: ");
            text.extend_from_slice(secret.as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"\r\n");
        Some(Self(text))
    }

    /// Sends the request and reads the reply.
    pub(super) async fn exchange<S>(&self, stream: &mut S) -> Result<Reply, NoReply>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let sent = self.send(stream).await;
        let reply = read_reply(stream).await;
        match (sent, reply) {
            (_, Ok(reply)) => Ok(reply),
            // A proxy that rejects before it has read everything sends the reason before it closes.
            (Ok(()), Err(no_reply)) => Err(no_reply),
            (Err(_), Err(NoReply::Io(error))) if is_tls(&error) => Err(NoReply::Io(error)),
            (Err(error), Err(_)) => Err(NoReply::Io(error)),
        }
    }

    async fn send(&self, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        stream.write_all(&self.0).await?;
        stream.flush().await
    }
}

async fn read_reply(stream: &mut (impl AsyncRead + Unpin)) -> Result<Reply, NoReply> {
    let mut reader = ReplyReader::default();
    let mut piece = [0; 2048];
    loop {
        let length = stream.read(&mut piece).await.map_err(NoReply::Io)?;
        if length == 0 {
            return Err(NoReply::Problem(reader.end()));
        }
        let read = piece.get(..length).unwrap_or_default();
        if let Some(reply) = reader.push(read).map_err(NoReply::Problem)? {
            return Ok(reply);
        }
    }
}

/// Checks whether TLS failed, and not the connection beneath it.
pub(super) fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|carried| carried.is::<rustls::Error>())
}

#[cfg(test)]
mod tests {
    use http::uri::Scheme;

    use super::*;

    fn request(target: &'static str, proxy: &str, user_agent: Option<HeaderValue>) -> String {
        let hop = Hop::parse(proxy, Scheme::HTTP).unwrap();
        let target = Uri::from_static(target);
        let request = ConnectRequest::new(&target, &hop, user_agent.as_ref()).unwrap();
        String::from_utf8(request.0.to_vec()).unwrap()
    }

    #[test]
    fn request_has_only_host_and_port_of_the_target() {
        for (target, authority) in [
            ("https://api.example/path?query", "api.example:443"),
            ("https://api.example:8443/", "api.example:8443"),
            ("https://user:word@api.example/", "api.example:443"),
            ("https://[::1]/", "[::1]:443"),
            ("http://api.example/", "api.example:80"),
        ] {
            let expected = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
            assert_eq!(request(target, "proxy.example", None), expected);
        }
    }

    #[test]
    fn credentials_and_user_agent_are_sent_if_set() {
        let agent = HeaderValue::from_static("client/1");
        let request = request(
            "https://api.example/",
            "Aladdin:open%20sesame@p",
            Some(agent),
        );
        let mut lines = request.lines().skip(2);
        assert_eq!(lines.next(), Some("User-Agent: client/1"));
        let expected = "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        assert_eq!(lines.next(), Some(expected));
        assert!(request.ends_with("==\r\n\r\n"));
    }
}
