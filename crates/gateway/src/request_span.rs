//! The span of a request that is forwarded, by OpenTelemetry's conventions for HTTP servers.
//!
//! It has no path, no query, no field and no address, all of which may tell of a person. The span
//! of each attempt of `transport` is inside.

use std::mem;

use http::{Method, StatusCode, Version};
use tracing::{Span, field::Empty, span::Entered};
use vocabulary::{OTHER_METHOD, method_name};

/// A request whose response is not done. Dropping it cancels the request: the caller has gone, or
/// the gateway stops.
#[derive(Debug)]
pub(crate) struct RequestSpan {
    span: Span,
    is_over: bool,
    has_error: bool,
}

impl RequestSpan {
    /// Begins the span of a request that came in this version, by this scheme; returns none if no
    /// one observes it.
    #[inline]
    pub(crate) fn begin(method: &Method, version: Version, scheme: &'static str) -> Option<Self> {
        let span = tracing::info_span!(
            "gateway.request",
            otel.kind = "server",
            otel.name = span_name(method_name(method.as_str())),
            otel.status_code = Empty,
            http.request.method = method_name(method.as_str()),
            http.response.status_code = Empty,
            url.scheme = scheme,
            network.protocol.version = version_name(version),
            "error.type" = Empty,
        );
        (!span.is_disabled()).then_some(Self {
            span,
            is_over: false,
            has_error: false,
        })
    }

    /// Returns the span, for what is done on the request's behalf.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn enter(&self) -> Entered<'_> {
        self.span.enter()
    }

    /// Notes the head of the service's response, whose body is still to come.
    pub(crate) fn responded(&mut self, status: StatusCode) {
        self.note_status(status);
        // What a client did wrong is no error of a server, by the conventions.
        if status.is_server_error() {
            self.note_error(status.as_str(), true);
        }
    }

    /// Notes that the gateway answers with the problem of this name in place of the service.
    pub(crate) fn failed(mut self, status: StatusCode, problem: &str) {
        self.is_over = true;
        self.note_status(status);
        self.note_error(problem, status.is_server_error());
    }

    /// Notes that all of the response has been handed over, after which only a failure of the
    /// service is news.
    pub(crate) fn handed_over(&mut self) {
        self.is_over = true;
    }

    /// Notes the reason why the response breaks off.
    pub(crate) fn broke_off(mut self, reason: &str) {
        self.is_over = true;
        self.note_error(reason, true);
    }

    fn note_status(&self, status: StatusCode) {
        // Signed, as OpenTelemetry's numbers are: its layer of `tracing` makes text of others.
        let status = i64::from(status.as_u16());
        self.span.record("http.response.status_code", status);
    }

    /// Notes an error, unless there was one: the first has caused the others.
    fn note_error(&mut self, error_type: &str, is_of_server: bool) {
        if mem::replace(&mut self.has_error, true) {
            return;
        }
        self.span.record("error.type", error_type);
        if is_of_server {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

impl Drop for RequestSpan {
    fn drop(&mut self) {
        if !self.is_over {
            self.note_error("cancelled", true);
        }
    }
}

/// Returns the name of a span: by the conventions, a method that is not known is no part of it.
fn span_name(method: &'static str) -> &'static str {
    match method {
        OTHER_METHOD => "HTTP",
        known => known,
    }
}

fn version_name(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}
