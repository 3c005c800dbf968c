//! A caller's request as it is sent to the server.

use http::{
    HeaderValue, Method, Request, Version,
    header::{AUTHORIZATION, EXPECT, HOST, MAX_FORWARDS, TE, TRANSFER_ENCODING},
};
use http_body::Body;

use crate::body::caller_body::CallerBody;
use crate::credentials::BasicCredentials;
use crate::fields::{add_via, remove_hop_by_hop, takes_trailers};
use crate::problem::refusal::Refusal;
use crate::upstream::Upstream;

/// The course of a request.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made; a box would be an allocation for each request"
)]
pub(super) enum Outgoing<B> {
    Forwarded(Request<B>),
    /// It may be forwarded no more times, and the gateway answers itself.
    Answered,
    Refused(Refusal),
}

/// Returns the request for the server.
pub(super) fn request(
    mut request: Request<CallerBody>,
    upstream: &Upstream,
    credentials: Option<&BasicCredentials>,
) -> Outgoing<CallerBody> {
    if *request.method() == Method::OPTIONS && !may_be_forwarded(&mut request) {
        return Outgoing::Answered;
    }
    let Some(uri) = upstream.uri(request.uri().path_and_query()) else {
        return Outgoing::Refused(Refusal::AmbiguousHost);
    };
    *request.uri_mut() = uri;
    let received = request.version();
    // The client chooses it by what the server offers.
    *request.version_mut() = Version::HTTP_11;
    // What hyper and the checks have noted there is of this connection.
    request.extensions_mut().clear();
    let takes_trailers = takes_trailers(request.headers());
    // hyper sends none with these methods to an HTTP/1.1 server, unless a field announces it.
    let has_unknown_length = matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.body().is_end_stream()
        && request.body().size_hint().exact().is_none();
    let fields = request.headers_mut();
    remove_hop_by_hop(fields);
    // Set by the client: the server's.
    fields.remove(HOST);
    // The gateway has met it: hyper asks for the body when the first of it is wanted.
    fields.remove(EXPECT);
    if takes_trailers {
        fields.insert(TE, HeaderValue::from_static("trailers"));
    }
    if let Some(credentials) = credentials {
        fields.insert(AUTHORIZATION, credentials.secret_field().clone());
    }
    if has_unknown_length {
        fields.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    add_via(fields, received);
    Outgoing::Forwarded(request)
}

/// Counts `Max-Forwards` down (RFC 9110, section 7.6.2).
fn may_be_forwarded<B>(request: &mut Request<B>) -> bool {
    let fields = request.headers_mut();
    let left = fields
        .get(MAX_FORWARDS)
        .and_then(|value| value.to_str().ok());
    match left.and_then(|left| left.parse::<u32>().ok()) {
        None => true,
        Some(0) => false,
        Some(left) => {
            fields.insert(MAX_FORWARDS, (left - 1).into());
            true
        }
    }
}
