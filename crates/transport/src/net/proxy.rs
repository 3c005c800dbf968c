//! HTTP forward proxies: selection, `NO_PROXY`, credentials; [RFC 9110, section 9.3.6].
//!
//! Only tunnels (CONNECT) are opened, so a proxy sees the name and port of the server and nothing
//! else. Leaves out SOCKS, and credentials other than Basic.
//!
//! [RFC 9110, section 9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6

mod connect;
pub(crate) mod connector;
mod credentials;
mod environment;
mod hop;
pub(crate) mod invalid;
mod no_proxy;
mod reply;
pub(crate) mod stream;

use http::{HeaderValue, Uri, uri::Scheme};

use crate::net::proxy::credentials::Credentials;
use crate::net::proxy::hop::Hop;
use crate::net::proxy::invalid::InvalidProxy;
use crate::net::proxy::no_proxy::NoProxy;

/// The proxy to servers, and the servers that are connected to directly.
///
/// ```
/// use transport::{MtlsConnector, Proxy, TrustAnchors};
///
/// # let pem = include_str!("../../tests/vectors/authority.pem");
/// let proxy = Proxy::http("http://proxy.example:3128")?
///     .credentials("user", "password")?
///     .no_proxy("localhost, .internal.example, 10.0.0.0/8");
/// let connector = MtlsConnector::builder(TrustAnchors::from_pem(pem)?)
///     .proxy(proxy) // or Proxy::from_env()?
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Our client certificate is for the server at the end of the tunnel and is never presented to a
/// proxy; a proxy that requests one is
/// [`ProxyProblem::ClientCertificate`](crate::ProxyProblem::ClientCertificate). The name of the
/// server is resolved by the proxy, not here.
#[derive(Debug)]
pub struct Proxy {
    hop: Option<Hop>,
    no_proxy: NoProxy,
    user_agent: Option<HeaderValue>,
}

impl Proxy {
    /// Uses no proxy: every server is connected to directly.
    #[must_use]
    pub fn none() -> Self {
        Self {
            hop: None,
            no_proxy: NoProxy::default(),
            user_agent: None,
        }
    }

    /// Uses a proxy over plain TCP, as most are: `http://proxy.example:3128`.
    ///
    /// The scheme may be left out; the default port is 80. User name and password may be in the
    /// URI, percent-encoded.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy::Scheme`], [`InvalidProxy::Malformed`] or [`InvalidProxy::Credentials`].
    pub fn http(uri: &str) -> Result<Self, InvalidProxy> {
        Self::with_scheme(uri, Scheme::HTTP)
    }

    /// Uses a proxy over TLS: `https://proxy.example:3129`.
    ///
    /// Its certificate has to name it and is verified by the connector's trust anchors. The scheme
    /// may be left out; the default port is 443.
    ///
    /// # Errors
    ///
    /// As [`Proxy::http`].
    pub fn https(uri: &str) -> Result<Self, InvalidProxy> {
        Self::with_scheme(uri, Scheme::HTTPS)
    }

    /// Sets user name and password for the proxy, sent as Basic (RFC 7617), encrypted only if the
    /// proxy is an `https` one.
    ///
    /// They are not shown by `Debug`, in errors or in events, and are sent to the proxy alone;
    /// without a proxy they are dropped.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy::Credentials`] if the user name is empty or holds a colon, or either holds a
    /// control character.
    pub fn credentials(mut self, username: &str, password: &str) -> Result<Self, InvalidProxy> {
        let credentials = Credentials::basic(username.as_bytes(), password.as_bytes())?;
        if let Some(hop) = &mut self.hop {
            hop.credentials = Some(credentials);
        }
        Ok(self)
    }

    /// Sets the servers that are connected to directly, separated by commas, in place of an earlier
    /// list.
    ///
    /// `example.com`, `.example.com` and `*.example.com` match that name and all below it,
    /// `10.0.0.1` and `10.0.0.0/8` match addresses written in the URI, `*` every server; `:8443`
    /// behind a name or an address restricts it to that port. No name is resolved for it. Loopback
    /// is proxied as well, unless it is listed.
    #[must_use]
    pub fn no_proxy(mut self, list: &str) -> Self {
        self.no_proxy = NoProxy::parse(list);
        self
    }

    /// Sets the `User-Agent` sent to the proxy; none by default.
    #[must_use]
    pub fn user_agent(mut self, user_agent: HeaderValue) -> Self {
        self.user_agent = Some(user_agent);
        self
    }

    /// Returns the proxy to `target`, if there is to be one.
    fn hop_to(&self, target: &Uri) -> Option<&Hop> {
        self.hop
            .as_ref()
            .filter(|_| !self.no_proxy.contains(target))
    }

    fn with_scheme(uri: &str, scheme: Scheme) -> Result<Self, InvalidProxy> {
        let hop = Hop::parse(uri, scheme.clone())?;
        if hop.tls.is_some() != (scheme == Scheme::HTTPS) {
            return Err(InvalidProxy::Scheme);
        }
        Ok(Self {
            hop: Some(hop),
            ..Self::none()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Proxy, InvalidProxy> {
        environment::proxy_of(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found
                .map(|(_, value)| (*value).to_owned())
                .ok_or(VarError::NotPresent)
        })
    }

    fn way(proxy: &Proxy, target: &'static str) -> Option<String> {
        let hop = proxy.hop_to(&Uri::from_static(target))?;
        Some(hop.uri().to_string())
    }

    #[test]
    fn variables_are_read_in_their_order() {
        let all = [
            ("HTTPS_PROXY", "first.example:1"),
            ("https_proxy", "https://second.example:2"),
            ("ALL_PROXY", "http://third.example:3"),
            ("all_proxy", "fourth.example:4"),
        ];
        let expected = [
            "http://first.example:1/",
            "https://second.example:2/",
            "http://third.example:3/",
            "http://fourth.example:4/",
        ];
        for (start, expected) in expected.iter().enumerate() {
            let proxy = of(&all[start..]).unwrap();
            assert_eq!(
                way(&proxy, "https://api.example/").as_deref(),
                Some(*expected)
            );
        }
        assert!(of(&[]).unwrap().hop.is_none());
        // HTTP_PROXY is for http:// alone, which is not supported.
        assert!(
            of(&[("HTTP_PROXY", "proxy.example")])
                .unwrap()
                .hop
                .is_none()
        );
        let emptied = of(&[("HTTPS_PROXY", ""), ("https_proxy", "second.example")]).unwrap();
        assert!(emptied.hop.is_some());
    }

    #[test]
    fn no_proxy_is_read_in_both_spellings() {
        for variable in ["NO_PROXY", "no_proxy"] {
            let proxy = of(&[("https_proxy", "proxy.example"), (variable, "api.example")]);
            let proxy = proxy.unwrap();
            assert_eq!(way(&proxy, "https://api.example/"), None);
            assert!(way(&proxy, "https://other.example/").is_some());
        }
    }

    #[test]
    fn unusable_variable_is_an_error() {
        let wrong = of(&[("ALL_PROXY", "socks5://proxy.example")]).unwrap_err();
        let expected = InvalidProxy::Environment {
            variable: "ALL_PROXY",
            source: Box::new(InvalidProxy::Scheme),
        };
        assert_eq!(wrong, expected);

        let not_text = environment::proxy_of(|_| Err(VarError::NotUnicode("".into())));
        assert!(matches!(not_text, Err(InvalidProxy::Environment { .. })));
    }

    #[test]
    fn constructors_refuse_the_other_scheme() {
        assert!(Proxy::http("proxy.example:3128").is_ok());
        assert!(
            Proxy::https("proxy.example:3129")
                .unwrap()
                .hop
                .unwrap()
                .tls
                .is_some()
        );
        assert_eq!(
            Proxy::http("https://p.example").unwrap_err(),
            InvalidProxy::Scheme
        );
        assert_eq!(
            Proxy::https("http://p.example").unwrap_err(),
            InvalidProxy::Scheme
        );
    }

    #[test]
    fn credentials_are_not_shown() {
        let in_uri = Proxy::http("http://Aladdin:sesame@proxy.example").unwrap();
        let set = Proxy::http("proxy.example")
            .unwrap()
            .credentials("Aladdin", "sesame")
            .unwrap();
        let wrong = Proxy::http("http://Aladdin:sesame@pro xy").unwrap_err();
        let shown = format!("{in_uri:?} {set:?} {wrong:?} {wrong}");
        for secret in ["Aladdin", "sesame", "QWxhZGRpbj"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
