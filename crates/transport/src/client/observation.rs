//! The span of one attempt to send a request, and its duration as a metric, by OpenTelemetry's
//! conventions for HTTP clients.
//!
//! Each attempt has a span of its own, as the conventions ask: a retry or a failover is another
//! request to the server. No span, no label has the path, the query, a header field or a part of a
//! body. Leaves out the body of the response: span and duration end with its head.

use std::{
    borrow::Cow,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response, StatusCode, Version, uri::Authority};
use tokio::time::Instant;
use tracing::{Span, field::Empty};
use vocabulary::{OTHER_METHOD, Operation, method_name, variant_name};

use crate::client::response_body::ResponseBody;
use crate::connection::generation::Generation;
use crate::connection::info::ConnectionInfo;
use crate::error::Error;
use crate::telemetry::attempt::{self, Attempt};

/// The response to an attempt.
type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

/// The observation of an attempt that has no outcome yet.
pub(super) struct Observation {
    span: Span,
    target: Option<Target>,
    is_over: bool,
}

/// The labels of the metric that are known before the outcome, and its start.
struct Target {
    method: &'static str,
    authority: Option<Authority>,
    operation: Option<Operation>,
    start: Instant,
}

/// The outcome of an attempt.
#[derive(Default)]
pub(super) struct AttemptOutcome {
    pub(super) status: Option<StatusCode>,
    pub(super) version: Option<&'static str>,
    /// The reason why there is no response.
    pub(super) failure: Option<Cow<'static, str>>,
}

impl Observation {
    /// Begins the observation of a request that is sent for the time after `resends` others;
    /// returns none if no one observes.
    #[inline]
    pub(super) fn begin<B>(
        request: &Request<B>,
        start: Instant,
        resends: u32,
        generation: Generation,
    ) -> Option<Self> {
        let (method, authority) = (request.method().as_str(), request.uri().authority());
        let operation = || request.extensions().get::<Operation>().copied();
        let span = tracing::info_span!(
            "transport.request",
            otel.kind = "client",
            otel.name = %SpanName(method_name(method), operation()),
            otel.status_code = Empty,
            http.request.method = method_name(method),
            // Signed, as OpenTelemetry's numbers are: its layer of `tracing` makes text of others.
            http.request.resend_count = (resends > 0).then(|| i64::from(resends)),
            http.response.status_code = Empty,
            url.template = operation().map(|operation| operation.url_template()),
            server.address = authority.map(Authority::host),
            server.port = authority.map(|authority| i64::from(port(authority))),
            network.protocol.version = Empty,
            "error.type" = Empty,
            generation = %generation,
        );
        if span.is_disabled() && !cfg!(feature = "metrics") {
            return None;
        }
        let target = cfg!(feature = "metrics").then(|| Target {
            method: method_name(method),
            authority: authority.cloned(),
            operation: operation(),
            start,
        });
        Some(Self {
            span,
            target,
            is_over: false,
        })
    }

    pub(super) fn in_scope<T>(&self, action: impl FnOnce() -> T) -> T {
        self.span.in_scope(action)
    }

    /// Observes the attempt until it has an outcome, or is dropped by its caller.
    pub(super) fn of(self, response: ResponseFuture) -> ResponseFuture {
        Box::pin(Observed {
            response,
            observation: self,
        })
    }

    fn end(&mut self, outcome: &AttemptOutcome) {
        self.is_over = true;
        let error_type = outcome.error_type();
        if !self.span.is_disabled() {
            let status = outcome.status.map(|status| i64::from(status.as_u16()));
            self.span.record("http.response.status_code", status);
            self.span
                .record("network.protocol.version", outcome.version);
            if let Some(error_type) = error_type {
                self.span.record("error.type", error_type);
                self.span.record("otel.status_code", "ERROR");
            }
        }
        if let Some(target) = self.target.take() {
            attempt::ended(&Attempt {
                method: target.method,
                url_template: target.operation.map(|operation| operation.url_template()),
                server: target.authority.as_ref().map(|it| (it.host(), port(it))),
                status: outcome.status,
                version: outcome.version,
                error_type,
                duration: target.start.elapsed(),
            });
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if !self.is_over {
            self.end(&AttemptOutcome::cancelled());
        }
    }
}

impl AttemptOutcome {
    pub(super) fn of(outcome: &Result<Response<ResponseBody>, Error>) -> Self {
        match outcome {
            Ok(response) => Self {
                status: Some(response.status()),
                version: version_name(response.version()),
                failure: None,
            },
            Err(error) => Self {
                status: error.http_refusal().map(|refusal| refusal.status()),
                version: error.connection().and_then(negotiated_version),
                failure: Some(variant_name(&error.kind()).into()),
            },
        }
    }

    /// Returns the outcome of a request whose caller did not wait for the response.
    fn cancelled() -> Self {
        Self {
            failure: Some("cancelled".into()),
            ..Self::default()
        }
    }

    /// Returns the failure, or the status if it is one of an error.
    fn error_type(&self) -> Option<&str> {
        let failure = self.failure.as_deref();
        failure.or_else(|| {
            let status = self.status.as_ref();
            let of_error = status.filter(|it| it.is_client_error() || it.is_server_error());
            of_error.map(StatusCode::as_str)
        })
    }
}

/// A response that is observed.
struct Observed {
    response: ResponseFuture,
    observation: Observation,
}

impl Future for Observed {
    type Output = Result<Response<ResponseBody>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            response,
            observation,
        } = &mut *self;
        let outcome = {
            let _entered = observation.span.enter();
            ready!(response.as_mut().poll(cx))
        };
        observation.end(&AttemptOutcome::of(&outcome));
        Poll::Ready(outcome)
    }
}

/// The name of a span: the method, and the template of the path where it is known.
struct SpanName(&'static str, Option<Operation>);

impl fmt::Display for SpanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By the conventions: a method that is not known is no part of a name.
        f.write_str(if self.0 == OTHER_METHOD {
            "HTTP"
        } else {
            self.0
        })?;
        match self.1 {
            Some(operation) => write!(f, " {}", operation.url_template()),
            None => Ok(()),
        }
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

/// Returns the version that is spoken on a connection whose handshake is done.
fn negotiated_version(connection: &ConnectionInfo) -> Option<&'static str> {
    match connection.tls()?.alpn.as_deref() {
        Some("h2") => Some("2"),
        _ => Some("1.1"),
    }
}

fn port(authority: &Authority) -> u16 {
    authority.port_u16().unwrap_or(443)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_is_named_by_method_and_template_alone() {
        let operation = Operation::new("Get", "/thing/{id}");
        assert_eq!(
            SpanName("GET", Some(operation)).to_string(),
            "GET /thing/{id}"
        );
        assert_eq!(SpanName("GET", None).to_string(), "GET");
        assert_eq!(SpanName(OTHER_METHOD, None).to_string(), "HTTP");
    }
}
