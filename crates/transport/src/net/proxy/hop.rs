//! One proxy: its address, its TLS, our credentials for it.

use std::fmt;

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};
use rustls_pki_types::ServerName;

use crate::net::proxy::credentials::Credentials;
use crate::net::proxy::invalid::InvalidProxy;

/// A proxy to connect to. Its URI never holds credentials.
pub(super) struct Hop {
    uri: Uri,
    pub(super) authority: Authority,
    /// The name to verify; none for a plain connection.
    pub(super) tls: Option<ServerName<'static>>,
    pub(super) credentials: Option<Credentials>,
}

impl Hop {
    /// Reads a URI, with or without scheme and user information; a path is ignored.
    pub(super) fn parse(text: &str, without_scheme: Scheme) -> Result<Self, InvalidProxy> {
        let (scheme, rest) = match text.trim().split_once("://") {
            None => (without_scheme, text.trim()),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::HTTP, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::HTTPS, rest),
            Some(_) => return Err(InvalidProxy::Scheme),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // The last one: people leave `@` in passwords unencoded.
        let (userinfo, host_and_port) = match authority.rsplit_once('@') {
            Some((userinfo, host_and_port)) => (Some(userinfo), host_and_port),
            None => (None, authority),
        };
        let credentials = userinfo.map(Credentials::from_userinfo).transpose()?;
        let authority: Authority = host_and_port.parse().map_err(|_| InvalidProxy::Malformed)?;
        let name = server_name(&authority)?;
        let uri = Uri::builder()
            .scheme(scheme.clone())
            .authority(authority.clone())
            .path_and_query(PathAndQuery::from_static("/"));
        Ok(Self {
            uri: uri.build().map_err(|_| InvalidProxy::Malformed)?,
            authority,
            tls: (scheme == Scheme::HTTPS).then_some(name),
            credentials,
        })
    }

    pub(super) fn uri(&self) -> Uri {
        self.uri.clone()
    }
}

/// Returns the host, a DNS name or an address; checks the port too, as [`Authority`] takes any text
/// for it.
fn server_name(authority: &Authority) -> Result<ServerName<'static>, InvalidProxy> {
    let host = authority.host();
    let port = authority.as_str().rsplit_once(host);
    let port = port.map_or("", |(_, port)| port);
    if !matches!(port, "" | ":") && authority.port().is_none() {
        return Err(InvalidProxy::Malformed);
    }
    ServerName::try_from(without_brackets(host).to_owned()).map_err(|_| InvalidProxy::Malformed)
}

/// Returns the address inside a URI's `[::1]`.
pub(super) fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

impl fmt::Debug for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hop")
            .field("uri", &self.uri)
            .field("has_credentials", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(text: &str) -> Result<Hop, InvalidProxy> {
        Hop::parse(text, Scheme::HTTP)
    }

    #[test]
    fn common_spellings_are_read() {
        for (text, uri) in [
            ("http://proxy.example:3128", "http://proxy.example:3128/"),
            ("HTTP://proxy.example", "http://proxy.example/"),
            ("proxy.example:3128", "http://proxy.example:3128/"),
            ("proxy.example:3128/", "http://proxy.example:3128/"),
            (" 10.0.0.1:8080 ", "http://10.0.0.1:8080/"),
            ("https://[::1]:8443/path?query", "https://[::1]:8443/"),
            ("http://me:secret@proxy.example", "http://proxy.example/"),
            ("me:se@cret@proxy.example:1", "http://proxy.example:1/"),
        ] {
            let hop = hop(text).unwrap();
            assert_eq!(hop.uri(), uri, "{text}");
            assert_eq!(hop.credentials.is_some(), text.contains('@'), "{text}");
            assert_eq!(hop.tls.is_some(), text.starts_with("https"), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for (text, problem) in [
            ("", InvalidProxy::Malformed),
            ("http://", InvalidProxy::Malformed),
            ("http://:3128", InvalidProxy::Malformed),
            ("http://proxy.example:65536", InvalidProxy::Malformed),
            ("http://proxy.example:port", InvalidProxy::Malformed),
            ("http://pro xy.example", InvalidProxy::Malformed),
            ("http://pro_xy!.example", InvalidProxy::Malformed),
            ("http://@proxy.example", InvalidProxy::Credentials),
            ("socks5://proxy.example", InvalidProxy::Scheme),
            ("ftp://proxy.example", InvalidProxy::Scheme),
        ] {
            assert_eq!(hop(text).unwrap_err(), problem, "{text}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        let hop = hop("http://Aladdin:sesame@proxy.example").unwrap();
        let shown = format!("{hop:?} {:?}", hop.credentials);
        for secret in ["Aladdin", "sesame", "QWxhZGRpbj"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
