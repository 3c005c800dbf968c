//! Header fields that end at the gateway, and the one that it adds (RFC 9110, sections 7.6.1 and
//! 7.6.3).

use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{
        CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE, VIA,
    },
};

/// Removes the fields that are for one connection only: those that `Connection` names, and those
/// that are so by definition.
pub(crate) fn remove_hop_by_hop(fields: &mut HeaderMap) {
    let named = fields.get_all(CONNECTION).iter();
    let named: Vec<HeaderName> = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        fields.remove(name);
    }
    remove_connection_fields(fields);
}

/// Removes from trailers what must not be there: framing and routing are decided before the body
/// (RFC 9110, section 6.5.1).
pub(crate) fn clean_trailers(fields: &mut HeaderMap) {
    remove_connection_fields(fields);
    for name in [
        http::header::CONTENT_LENGTH,
        http::header::HOST,
        http::header::AUTHORIZATION,
        http::header::TRAILER,
    ] {
        fields.remove(name);
    }
}

fn remove_connection_fields(fields: &mut HeaderMap) {
    // One look at the few that there are: to remove each by name is to hash each name.
    while let Some(name) = fields.keys().find(|name| CONNECTION_FIELDS.contains(name)) {
        let name = name.clone();
        fields.remove(name);
    }
}

static CONNECTION_FIELDS: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("http2-settings"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Checks whether `TE` says that the sender takes trailers (RFC 9110, section 10.1.4).
pub(crate) fn takes_trailers(fields: &HeaderMap) -> bool {
    let values = fields.get_all(TE).iter();
    let mut codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

/// Adds the gateway to the list of those that have passed the message on.
pub(crate) fn add_via(fields: &mut HeaderMap, received: Version) {
    let value = match received {
        Version::HTTP_10 => HeaderValue::from_static("1.0 napi-mtls-gateway"),
        Version::HTTP_2 => HeaderValue::from_static("2.0 napi-mtls-gateway"),
        _ => HeaderValue::from_static("1.1 napi-mtls-gateway"),
    };
    fields.append(VIA, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_and_known_connection_fields_end_here() {
        let mut fields = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Private"),
            ("connection", "x-other , ,;,x-absent"),
            ("x-private", "1"),
            ("x-other", "1"),
            ("x-kept", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "gzip, trailers;q=0.5"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic x"),
        ] {
            fields.append(name, HeaderValue::from_static(value));
        }
        remove_hop_by_hop(&mut fields);
        let left: Vec<_> = fields.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["x-kept"]);
    }

    #[test]
    fn trailers_are_taken_where_te_says_so() {
        for (value, expected) in [
            ("trailers", true),
            ("gzip, Trailers", true),
            ("gzip", false),
            ("trailersx", false),
        ] {
            let mut fields = HeaderMap::new();
            fields.insert(TE, HeaderValue::from_static(value));
            assert_eq!(takes_trailers(&fields), expected, "{value}");
        }
        assert!(!takes_trailers(&HeaderMap::new()));
    }
}
