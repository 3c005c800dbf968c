//! Whether a request is for this gateway, and says so in one way only (RFC 9112, section 3.2, and
//! RFC 9113, section 8.3.1).

use std::collections::HashSet;
use std::sync::Arc;

use http::{HeaderValue, Method, Request, header::HOST, uri::Authority};
use tower::{BoxError, filter::Predicate};

use crate::body::caller_body::CallerBody;
use crate::check::own_scheme::OwnScheme;
use crate::listen_address::ListenAddress;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;

/// The names by which the gateway may be called.
///
/// A web page can have its own name resolve to 127.0.0.1 (DNS rebinding), but the browser then
/// sends the page's name.
#[derive(Clone, Debug)]
pub(crate) struct OwnNames(Arc<HashSet<String>>);

/// The host that a request names, for later checks.
#[derive(Clone, Debug)]
pub(crate) struct RequestedHost(pub(crate) Authority);

/// Refuses requests that are for another host, or that leave it open.
#[derive(Clone, Debug)]
pub(crate) struct TargetCheck {
    pub(crate) names: OwnNames,
    pub(crate) scheme: OwnScheme,
}

impl OwnNames {
    /// Returns the names of loopback, that of the address, and further ones.
    pub(crate) fn new<'a>(
        address: &ListenAddress,
        further: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        let loopback = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        let own = match address {
            ListenAddress::Tcp(tcp) if tcp.ip().is_unspecified() => None,
            ListenAddress::Tcp(tcp) if tcp.is_ipv6() => Some(format!("[{}]", tcp.ip())),
            ListenAddress::Tcp(tcp) => Some(tcp.ip().to_string()),
            ListenAddress::Unix(_) => None,
        };
        let further = further.into_iter().map(|name| name.to_ascii_lowercase());
        Self(Arc::new(
            loopback.into_iter().chain(own).chain(further).collect(),
        ))
    }

    /// Checks a name at any port: a container or a tunnel may show the gateway at another one.
    fn has(&self, host: &Authority) -> bool {
        self.0.contains(&host.host().to_ascii_lowercase())
    }
}

impl Predicate<Request<CallerBody>> for TargetCheck {
    type Request = Request<CallerBody>;

    fn check(&mut self, mut request: Request<CallerBody>) -> Result<Self::Request, BoxError> {
        let host = requested_host(&request, &self.names, self.scheme).map_err(Problem::from)?;
        request.extensions_mut().insert(RequestedHost(host));
        Ok(request)
    }
}

fn requested_host<B>(
    request: &Request<B>,
    names: &OwnNames,
    scheme: OwnScheme,
) -> Result<Authority, Refusal> {
    let uri = request.uri();
    let is_forwarded = !matches!(*request.method(), Method::CONNECT | Method::TRACE);
    if !is_forwarded || uri.path() == "*" {
        return Err(Refusal::MethodUnsupported);
    }
    let mut fields = request.headers().get_all(HOST).iter();
    let field = match (fields.next(), fields.next()) {
        (Some(_), Some(_)) => return Err(Refusal::AmbiguousHost),
        (field, _) => field.map(authority).transpose()?,
    };
    let target = uri.authority().cloned();
    let host = match (target, field) {
        (Some(target), Some(field)) if target != field => return Err(Refusal::AmbiguousHost),
        (Some(host), _) | (None, Some(host)) => host,
        (None, None) => return Err(Refusal::NoHost),
    };
    if host.as_str().contains('@') || host.host().is_empty() {
        return Err(Refusal::NoHost);
    }
    match scheme.is(uri.scheme_str()) && names.has(&host) {
        true => Ok(host),
        false => Err(Refusal::ForeignHost),
    }
}

fn authority(value: &HeaderValue) -> Result<Authority, Refusal> {
    Authority::try_from(value.as_bytes()).map_err(|_| Refusal::NoHost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> OwnNames {
        let address = "192.0.2.7:8080".parse().unwrap();
        OwnNames::new(&address, &["Gateway.internal".to_owned()])
    }

    fn host(target: &str, fields: &[&str]) -> Result<String, Refusal> {
        host_by(OwnScheme::HTTP, target, fields)
    }

    fn host_by(scheme: OwnScheme, target: &str, fields: &[&str]) -> Result<String, Refusal> {
        let request = Request::get(target);
        let request = fields
            .iter()
            .fold(request, |request, host| request.header(HOST, *host));
        let request = request.body(()).unwrap();
        requested_host(&request, &names(), scheme).map(|host| host.to_string())
    }

    #[test]
    fn own_names_are_accepted_at_any_port() {
        for name in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]:8080",
            "192.0.2.7",
            "gateway.INTERNAL:80",
        ] {
            assert_eq!(host("/", &[name]).as_deref(), Ok(name));
            let absolute = host(&format!("http://{name}/"), &[name]);
            assert_eq!(absolute.as_deref(), Ok(name));
        }
    }

    #[test]
    fn absolute_target_has_the_scheme_of_the_listener() {
        for (target, is_accepted) in [
            ("https://localhost/", true),
            ("http://localhost/", false),
            ("/", true),
        ] {
            let host = host_by(OwnScheme::HTTPS, target, &["localhost"]);
            assert_eq!(host.is_ok(), is_accepted, "{target}: {host:?}");
        }
    }

    #[test]
    fn other_and_unclear_hosts_are_refused() {
        for (target, fields, refusal) in [
            ("/", &["rebound.example"][..], Refusal::ForeignHost),
            ("/", &["localhost.example"], Refusal::ForeignHost),
            ("/", &["192.0.2.8"], Refusal::ForeignHost),
            ("http://a.example/", &["a.example"], Refusal::ForeignHost),
            ("https://localhost/", &["localhost"], Refusal::ForeignHost),
            ("http://localhost/", &["a.example"], Refusal::AmbiguousHost),
            ("http://a.example/", &["localhost"], Refusal::AmbiguousHost),
            ("/", &["localhost", "localhost"], Refusal::AmbiguousHost),
            ("/", &[], Refusal::NoHost),
            ("/", &[""], Refusal::NoHost),
            ("/", &["localhost, localhost"], Refusal::NoHost),
            ("/", &["user@localhost"], Refusal::NoHost),
            ("*", &["localhost"], Refusal::MethodUnsupported),
        ] {
            assert_eq!(host(target, fields), Err(refusal), "{target} {fields:?}");
        }
    }
}
