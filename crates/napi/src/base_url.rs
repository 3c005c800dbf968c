//! Where NAPI is.

use std::{borrow::Cow, fmt, str::FromStr};

use http::{
    Uri,
    uri::{self, Authority, PathAndQuery, Scheme},
};

/// The base that every path of NAPI is appended to: `https`, a host, a port if it is not 443, a
/// path prefix if any.
///
/// Trulioo publishes two pairs of hosts, each plain and with mutual TLS; the same paths and
/// credentials work on both of a pair. Which pair an account uses is not public knowledge, so this
/// is a setting. The hosts are those of the vendor's page "Connecting to Trulioo's API using Mutual
/// TLS", in its present and its older edition.
///
/// # Examples
///
/// ```
/// use napi::BaseUrl;
///
/// let published = BaseUrl::MTLS;
/// let local: BaseUrl = "https://localhost:8443".parse()?;
/// assert!("http://localhost:8443".parse::<BaseUrl>().is_err());
/// # Ok::<(), napi::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(Cow<'static, str>);

/// Why a text is no base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlProblem {
    /// User name and password belong into [`Credentials`](crate::Credentials).
    #[error("the base URL must not contain a user name or password: hand them over as credentials")]
    Credentials,
    /// It is no URI with a host.
    #[error("the base URL is not a URL with a host, such as https://mtls.primary.prod.trulioo.com")]
    Malformed,
    /// NAPI is `https` only.
    #[error("the base URL must start with https://")]
    NotHttps,
    /// `http` takes any text for a port, and a connector that cannot read it would take 443.
    #[error("the base URL has a port that is not a number up to 65535")]
    Port,
    /// A query would end up in the middle of every path.
    #[error("the base URL must not have a query or a fragment")]
    Query,
}

impl BaseUrl {
    /// The mutual TLS host of the current pair; the default.
    pub const MTLS: Self = Self(Cow::Borrowed("https://mtls.primary.prod.trulioo.com"));
    /// The plain host of the current pair.
    pub const PLAIN: Self = Self(Cow::Borrowed("https://api.trulioo.com"));
    /// The mutual TLS host of the older pair.
    pub const GLOBAL_GATEWAY_MTLS: Self = Self(Cow::Borrowed("https://mtls.api.gg.trulioo.com"));
    /// The plain host of the older pair.
    pub const GLOBAL_GATEWAY_PLAIN: Self = Self(Cow::Borrowed("https://api.globaldatacompany.com"));

    /// The host that gives out tokens for version 3. It has no published twin with mutual TLS.
    pub const TOKENS: Self = Self(Cow::Borrowed("https://auth-api.trulioo.com"));

    /// Returns the base as text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the `CallBackUrl` for callers who have no public one: the service's own stand-in.
    ///
    /// It is on the plain host of a published pair, also when the base is the one with mutual TLS:
    /// the service that calls it has no certificate of the account. For any other base it is on
    /// that base.
    #[must_use]
    pub fn async_callback(&self) -> String {
        let plain = [
            (Self::MTLS, Self::PLAIN),
            (Self::GLOBAL_GATEWAY_MTLS, Self::GLOBAL_GATEWAY_PLAIN),
        ]
        .into_iter()
        .find_map(|(mtls, plain)| (mtls == *self).then_some(plain));
        let base = plain.as_ref().unwrap_or(self);
        format!("{base}/connection/v1/async-callback")
    }

    /// Takes the URL apart, once for all paths that are joined to it.
    pub(crate) fn parts(&self) -> Result<BaseParts, BaseUrlProblem> {
        let uri: Uri = self.0.parse().map_err(|_| BaseUrlProblem::Malformed)?;
        let prefix = uri.path().trim_end_matches('/').to_owned();
        let authority = uri.into_parts().authority;
        Ok(BaseParts {
            authority: authority.ok_or(BaseUrlProblem::Malformed)?,
            prefix,
        })
    }
}

/// A base URL in the parts that make the URI of a call.
#[derive(Clone)]
pub(crate) struct BaseParts {
    authority: Authority,
    prefix: String,
}

impl BaseParts {
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Returns the URI of a path, which begins with a slash and is encoded already. Without a
    /// prefix nothing is parsed anew.
    pub(crate) fn join(&self, path: &Uri) -> Result<Uri, BaseUrlProblem> {
        let malformed = || BaseUrlProblem::Malformed;
        let path = path.path_and_query().ok_or_else(malformed)?;
        if !path.as_str().starts_with('/') {
            return Err(malformed());
        }
        let mut parts = uri::Parts::default();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(match &*self.prefix {
            "" => path.clone(),
            prefix => PathAndQuery::try_from(format!("{prefix}{path}")).map_err(|_| malformed())?,
        });
        Uri::from_parts(parts).map_err(|_| malformed())
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self::MTLS
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlProblem;

    /// Takes a URL with or without a slash at its end.
    ///
    /// # Errors
    ///
    /// The problem of the text.
    fn from_str(text: &str) -> Result<Self, BaseUrlProblem> {
        let problem = Err::<Self, _>;
        if text.contains('#') {
            return problem(BaseUrlProblem::Query); // `Uri` drops a fragment without a word
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return problem(BaseUrlProblem::Malformed);
        };
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return problem(BaseUrlProblem::Malformed);
        };
        if *scheme != Scheme::HTTPS {
            return problem(BaseUrlProblem::NotHttps);
        }
        // A base URL is shown in errors and logs, where no password belongs.
        if authority.as_str().contains('@') {
            return problem(BaseUrlProblem::Credentials);
        }
        if authority.host().is_empty() {
            return problem(BaseUrlProblem::Malformed);
        }
        // `http` takes a port that is no number, and only says later that there is none.
        let port = authority.as_str().strip_prefix(authority.host());
        if !matches!(port, Some("" | ":")) && uri.port().is_none() {
            return problem(BaseUrlProblem::Port);
        }
        if uri.query().is_some() {
            return problem(BaseUrlProblem::Query);
        }
        let prefix = uri.path().trim_end_matches('/');
        Ok(Self(Cow::Owned(format!("https://{authority}{prefix}"))))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> Option<BaseUrlProblem> {
        text.parse::<BaseUrl>().err()
    }

    #[test]
    fn published_hosts_are_base_urls() {
        for host in [
            BaseUrl::MTLS,
            BaseUrl::PLAIN,
            BaseUrl::GLOBAL_GATEWAY_MTLS,
            BaseUrl::GLOBAL_GATEWAY_PLAIN,
            BaseUrl::TOKENS,
        ] {
            assert_eq!(host.as_str().parse::<BaseUrl>().unwrap(), host);
        }
    }

    #[test]
    fn trailing_slash_is_dropped_and_a_prefix_stays() {
        let base: BaseUrl = "https://gateway.example/trial/".parse().unwrap();
        let path = Uri::from_static("/connection/v1/testauthentication");
        let uri = base.parts().unwrap().join(&path).unwrap();
        assert_eq!(
            uri,
            "https://gateway.example/trial/connection/v1/testauthentication"
        );
    }

    #[test]
    fn stand_in_for_callbacks_is_on_the_plain_host() {
        let published = "https://api.trulioo.com/connection/v1/async-callback";
        assert_eq!(BaseUrl::MTLS.async_callback(), published);
        assert_eq!(BaseUrl::PLAIN.async_callback(), published);
        let local: BaseUrl = "https://localhost:8443".parse().unwrap();
        let expected = "https://localhost:8443/connection/v1/async-callback";
        assert_eq!(local.async_callback(), expected);
    }

    #[test]
    fn each_unusable_base_url_is_refused_for_its_own_reason() {
        assert_eq!(
            problem("http://localhost:8080"),
            Some(BaseUrlProblem::NotHttps)
        );
        assert_eq!(problem("localhost"), Some(BaseUrlProblem::Malformed));
        assert_eq!(problem("https://"), Some(BaseUrlProblem::Malformed));
        assert_eq!(
            problem("https://joe:secret@localhost"),
            Some(BaseUrlProblem::Credentials)
        );
        assert_eq!(
            problem("https://localhost/?a=b"),
            Some(BaseUrlProblem::Query)
        );
        assert_eq!(problem("https://localhost/#a"), Some(BaseUrlProblem::Query));
        for unreadable in ["https://localhost:65536", "https://[::1]:port"] {
            assert_eq!(problem(unreadable), Some(BaseUrlProblem::Port));
        }
        for readable in [
            "https://localhost:65535",
            "https://[::1]",
            "https://[::1]:8443",
        ] {
            assert_eq!(problem(readable), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_base_url_or_an_error(text in ".*") {
            if let Ok(base) = text.parse::<BaseUrl>() {
                let uri = base.parts().unwrap().join(&Uri::from_static("/x?y")).unwrap();
                prop_assert_eq!(uri.to_string(), format!("{base}/x?y"));
            }
        }
    }
}
