//! The server behind the gateway.

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

/// The URL of the server: `https`, a host, a port if it is not 443, a path prefix if any.
///
/// ```
/// use gateway::Upstream;
///
/// let upstream: Upstream = "https://mtls.example/prefix/".parse()?;
/// assert_eq!(upstream.to_string(), "https://mtls.example/prefix");
/// assert!("http://mtls.example".parse::<Upstream>().is_err());
/// # Ok::<(), gateway::InvalidUpstream>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    authority: Authority,
    prefix: String,
}

/// The reason why a text is no URL of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUpstream {
    /// It is no URI with a host.
    #[error("the URL of the server has no host: write it as https://host")]
    Malformed,
    /// Its scheme is another one.
    #[error("the URL of the server must start with https://")]
    NotHttps,
    /// The port is not a number up to 65535.
    #[error("the port in the URL of the server is not a number up to 65535")]
    Port,
    /// A query would end up in the middle of every path.
    #[error("the URL of the server must have neither a query nor a fragment")]
    Query,
    /// User name and password are [`BasicCredentials`](crate::BasicCredentials).
    #[error("the URL of the server must contain no user name or password: use a credentials file")]
    UserInfo,
}

impl Upstream {
    /// Returns the URI of a caller's path and query at the server.
    pub(crate) fn uri(&self, path: Option<&PathAndQuery>) -> Option<Uri> {
        let path = match (&*self.prefix, path) {
            // As it was read: no copy, and nothing to check again.
            ("", Some(path)) => path.clone(),
            ("", None) => PathAndQuery::from_static("/"),
            (prefix, path) => {
                let path = path.map_or("/", PathAndQuery::as_str);
                format!("{prefix}{path}").try_into().ok()?
            }
        };
        let uri = Uri::builder()
            .scheme(Scheme::HTTPS)
            .authority(self.authority.clone());
        uri.path_and_query(path).build().ok()
    }
}

impl std::str::FromStr for Upstream {
    type Err = InvalidUpstream;

    /// Reads a URL, with or without a slash at its end.
    ///
    /// # Errors
    ///
    /// The problem of the text.
    fn from_str(text: &str) -> Result<Self, InvalidUpstream> {
        // `Uri` drops a fragment without an error.
        if text.contains('#') {
            return Err(InvalidUpstream::Query);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidUpstream::Malformed)?;
        let authority = uri.authority().ok_or(InvalidUpstream::Malformed)?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(InvalidUpstream::NotHttps);
        }
        if authority.as_str().contains('@') {
            return Err(InvalidUpstream::UserInfo);
        }
        // An authority keeps a port that is no number, and reports none.
        let has_port = !authority.as_str().ends_with(authority.host());
        if has_port && authority.port_u16().is_none() {
            return Err(InvalidUpstream::Port);
        }
        if uri.query().is_some() {
            return Err(InvalidUpstream::Query);
        }
        Ok(Self {
            authority: authority.clone(),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl std::fmt::Display for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "https://{}{}", self.authority, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_follow_the_prefix() {
        for (base, path, whole) in [
            ("https://a.example", "/b?c=d", "https://a.example/b?c=d"),
            ("https://a.example/", "/", "https://a.example/"),
            (
                "https://a.example:8443/p/",
                "/b",
                "https://a.example:8443/p/b",
            ),
            ("https://[::1]:1", "/", "https://[::1]:1/"),
        ] {
            let upstream: Upstream = base.parse().unwrap();
            let uri = upstream.uri(path.parse::<Uri>().unwrap().path_and_query());
            assert_eq!(uri.unwrap(), whole);
        }
    }

    #[test]
    fn urls_of_no_server_are_refused() {
        for (text, problem) in [
            ("a.example", InvalidUpstream::NotHttps),
            ("/path", InvalidUpstream::Malformed),
            ("http://a.example", InvalidUpstream::NotHttps),
            ("https://a.example:x", InvalidUpstream::Port),
            ("https://a.example:65536", InvalidUpstream::Port),
            ("https://a.example?b", InvalidUpstream::Query),
            ("https://a.example#b", InvalidUpstream::Query),
            ("https://user:pass@a.example", InvalidUpstream::UserInfo),
        ] {
            assert_eq!(text.parse::<Upstream>(), Err(problem), "{text}");
        }
    }
}
