//! Protection from web pages: a browser sends what a page of any site asks for, to loopback too.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC
//! 6454), which a page cannot change; programs send neither. That a page gets hold of the gateway's
//! name is prevented by the check of the target.

use http::{HeaderMap, HeaderName, Request, header::ORIGIN, uri::Authority};
use tower::{BoxError, filter::Predicate};

use crate::body::caller_body::CallerBody;
use crate::check::own_scheme::OwnScheme;
use crate::check::target::RequestedHost;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;

/// Refuses requests of pages of another site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrowserCheck {
    pub(crate) scheme: OwnScheme,
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl Predicate<Request<CallerBody>> for BrowserCheck {
    type Request = Request<CallerBody>;

    fn check(&mut self, request: Request<CallerBody>) -> Result<Self::Request, BoxError> {
        let host = request.extensions().get::<RequestedHost>();
        match is_from_here(request.headers(), host.map(|host| &host.0), self.scheme) {
            true => Ok(request),
            false => Err(Problem::from(Refusal::CrossSite).into()),
        }
    }
}

fn is_from_here(fields: &HeaderMap, host: Option<&Authority>, scheme: OwnScheme) -> bool {
    let mut sites = fields.get_all(SEC_FETCH_SITE).iter();
    // `none` is an address that a person has typed. Another port of this host is `same-site`.
    let is_same = sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    let mut origins = fields.get_all(ORIGIN).iter();
    let is_own = origins.all(|origin| {
        let origin = origin.to_str().ok();
        let origin = origin.and_then(|origin| scheme.rest_of(origin));
        let authority = origin.and_then(|origin| origin.parse::<Authority>().ok());
        authority.is_some() && authority.as_ref() == host
    });
    is_same && is_own
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_other_origins_are_refused() {
        for (name, value, is_accepted) in [
            ("origin", "http://localhost:8080", true),
            ("origin", "http://LocalHost:8080", true),
            ("origin", "http://localhost:3000", false),
            ("origin", "http://localhost", false),
            ("origin", "https://localhost:8080", false),
            ("origin", "http://a.example", false),
            ("origin", "null", false),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
            ("sec-fetch-site", "", false),
            ("user-agent", "curl", true),
        ] {
            let mut fields = HeaderMap::new();
            fields.insert(name, HeaderValue::from_static(value));
            let host = Authority::from_static("localhost:8080");
            assert_eq!(
                is_from_here(&fields, Some(&host), OwnScheme::HTTP),
                is_accepted,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn origin_has_the_scheme_of_the_listener() {
        let host = Authority::from_static("localhost:8443");
        for (origin, is_accepted) in [
            ("https://localhost:8443", true),
            ("http://localhost:8443", false),
            ("https:localhost:8443", false),
        ] {
            let mut fields = HeaderMap::new();
            fields.insert(ORIGIN, HeaderValue::from_static(origin));
            let is_from_here = is_from_here(&fields, Some(&host), OwnScheme::HTTPS);
            assert_eq!(is_from_here, is_accepted, "{origin}");
        }
    }
}
