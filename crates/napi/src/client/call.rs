//! The span and the count of one call, whatever the HTTP service sends for it.
//!
//! A call is more than a request: it waits for a token, its request may be sent again, its response
//! is read to the end and decoded. Over mutual TLS the spans of its requests, by `transport`, are
//! inside. Neither has an argument, a path or a part of a body.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, StatusCode};
use pin_project_lite::pin_project;
use tracing::{Span, field::Empty};
use vocabulary::{Operation, method_name};

use crate::authentication::Authentication;
use crate::base_url::BaseParts;
use crate::error::Error;

/// A call that has no result yet. Dropping it is the caller's cancellation.
pub(super) struct Call {
    span: Span,
    #[cfg_attr(
        not(feature = "metrics"),
        expect(dead_code, reason = "nothing is counted without the feature")
    )]
    operation: Option<Operation>,
    authentication: Authentication,
    is_over: bool,
}

impl Call {
    /// Begins a call whose request is relative to the base URL.
    #[inline]
    pub(super) fn begin<B>(
        request: &Request<B>,
        base: Option<&BaseParts>,
        authentication: Authentication,
    ) -> Self {
        let operation = || request.extensions().get::<Operation>().copied();
        let authority = base.map(BaseParts::authority);
        let span = tracing::info_span!(
            "napi.call",
            otel.name = operation().map_or("raw", |operation| operation.name()),
            otel.status_code = Empty,
            http.request.method = method_name(request.method().as_str()),
            http.response.status_code = Empty,
            url.template = operation().map(|operation| operation.url_template()),
            server.address = authority.map(|authority| authority.host()),
            // Signed, as OpenTelemetry's numbers are.
            server.port = authority.map(|it| i64::from(it.port_u16().unwrap_or(443))),
            "error.type" = Empty,
        );
        Self {
            span,
            operation: operation().filter(|_| cfg!(feature = "metrics")),
            authentication,
            is_over: false,
        }
    }

    /// Makes the call, which returns the status of the response beside its result.
    pub(super) fn run<F>(self, call: F) -> Running<F> {
        Running {
            inner: call,
            call: self,
        }
    }

    fn end_with<T>(&mut self, outcome: &Result<(StatusCode, T), Error>) {
        match outcome {
            Ok((status, _)) => {
                let error_type =
                    || (!status.is_success()).then(|| status.as_str().to_owned().into());
                self.end(Some(*status), error_type);
            }
            Err(error) => {
                let status = match error {
                    Error::Status { status, .. } => Some(*status),
                    // The host of tokens says the same by 400.
                    Error::Unauthorized { .. } if self.authentication == Authentication::Basic => {
                        Some(StatusCode::UNAUTHORIZED)
                    }
                    _ => None,
                };
                self.end(status, || Some(error_type(error)));
            }
        }
    }

    fn end(
        &mut self,
        status: Option<StatusCode>,
        error_type: impl FnOnce() -> Option<Cow<'static, str>>,
    ) {
        self.is_over = true;
        if self.span.is_disabled() && !cfg!(feature = "metrics") {
            return;
        }
        let error_type = error_type();
        let status = status.map(|status| i64::from(status.as_u16()));
        self.span.record("http.response.status_code", status);
        if let Some(error_type) = error_type.as_deref() {
            self.span.record("error.type", error_type);
            self.span.record("otel.status_code", "ERROR");
        }
        #[cfg(feature = "metrics")]
        {
            let operation = self.operation.map_or("raw", |operation| operation.name());
            let result = error_type.unwrap_or(Cow::Borrowed("ok"));
            metrics::counter!(CALLS, "operation" => operation, "result" => result).increment(1);
        }
    }
}

pin_project! {
    /// A call that is being made.
    ///
    /// By hand: an `async` function holds the future that it is given twice, and each step that a
    /// request is handed on by copies it.
    pub(super) struct Running<F> {
        #[pin]
        inner: F,
        call: Call,
    }
}

impl<F, T> Future for Running<F>
where
    F: Future<Output = Result<(StatusCode, T), Error>>,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let outcome = {
            let _entered = this.call.span.enter();
            ready!(this.inner.poll(cx))
        };
        this.call.end_with(&outcome);
        Poll::Ready(outcome.map(|(_, result)| result))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_over {
            self.end(None, || Some("cancelled".into()));
        }
    }
}

#[cfg(feature = "metrics")]
const CALLS: &str = "napi_calls_total";

/// Returns the kind of an error: the status of the response, the reason of `transport`, or the name
/// of the variant.
fn error_type(error: &Error) -> Cow<'static, str> {
    match error {
        Error::Argument { .. } => "argument".into(),
        Error::BaseUrl(_) => "base_url".into(),
        Error::BodyTooLarge { .. } => "body_too_large".into(),
        Error::Compression => "compression".into(),
        Error::Credentials(_) => "credentials".into(),
        Error::Decode { .. } => "decode".into(),
        Error::Fields { .. } => "fields".into(),
        Error::Hello { .. } => "hello".into(),
        Error::UnexpectedHtml { .. } => "unexpected_html".into(),
        Error::OtherTransaction => "other_transaction".into(),
        Error::Service { .. } => "service".into(),
        Error::Status { status, .. } => status.as_str().to_owned().into(),
        Error::StillRunning { .. } => "still_running".into(),
        Error::Timeout { .. } => "timeout".into(),
        Error::Token { .. } => "token".into(),
        Error::Transaction { .. } => "transaction".into(),
        Error::Transport { .. } => {
            #[cfg(feature = "mtls")]
            if let Some(transport) = error.transport() {
                return vocabulary::variant_name(&transport.kind()).into();
            }
            "transport".into()
        }
        Error::Unauthorized { .. } => "unauthorized".into(),
    }
}
