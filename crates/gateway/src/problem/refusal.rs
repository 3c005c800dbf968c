//! Requests that the gateway refuses by itself, before the server is asked.

use std::time::Duration;

use http::StatusCode;

use crate::body::caller_body::CallerBodyError;
use crate::problem::{Problem, Retry, Side};

/// The reason of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request says in two ways for which host it is.
    AmbiguousHost,
    /// The body broke off.
    BodyBroken,
    BodyTooLarge,
    BodyTooSlow,
    /// The caller was told that the connection takes no more requests.
    ConnectionClosing,
    /// A page of another site sent it from a browser.
    CrossSite,
    Expectation,
    /// It is for a host that is not the gateway.
    ForeignHost,
    MethodUnsupported,
    /// There is no `Host`, or none that can be read.
    NoHost,
    /// As many requests as there may be are in progress.
    Overloaded,
    /// It came in plain HTTP to a listener that speaks TLS.
    TlsRequired,
    TokenRequired,
    TransferCoding,
    UpgradeUnsupported,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::AmbiguousHost | Self::BodyBroken | Self::NoHost | Self::TlsRequired => {
                StatusCode::BAD_REQUEST
            }
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::CrossSite | Self::TokenRequired => StatusCode::FORBIDDEN,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            Self::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
            Self::MethodUnsupported | Self::TransferCoding | Self::UpgradeUnsupported => {
                StatusCode::NOT_IMPLEMENTED
            }
            Self::ConnectionClosing | Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the name of the type, and its title.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::AmbiguousHost => ("ambiguous-host", "The request is ambiguous about its host"),
            Self::BodyBroken => ("request-body-broken", "The request's body broke off"),
            Self::BodyTooLarge => ("request-body-too-large", "The request's body is too long"),
            Self::BodyTooSlow => (
                "request-body-too-slow",
                "The request's body came too slowly",
            ),
            Self::ConnectionClosing => ("connection-closing", "The connection is closing"),
            Self::CrossSite => (
                "cross-site",
                "The request comes from a web page of another site",
            ),
            Self::Expectation => (
                "expectation-failed",
                "The request's expectation cannot be met",
            ),
            Self::ForeignHost => ("foreign-host", "The request is for another host"),
            Self::MethodUnsupported => ("method-unsupported", "The method is not forwarded"),
            Self::NoHost => ("no-host", "The request has no host"),
            Self::Overloaded => ("overloaded", "The gateway is at its limit of requests"),
            Self::TlsRequired => ("tls-required", "The request came without TLS"),
            Self::TokenRequired => ("token-required", "The request has no valid token"),
            Self::TransferCoding => ("transfer-coding", "The transfer coding is not supported"),
            Self::UpgradeUnsupported => ("upgrade-unsupported", "Upgrades are not forwarded"),
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::AmbiguousHost => {
                "the request names its host more than once, or differently in Host and target"
            }
            Self::BodyBroken => "the request's body ended before it was complete",
            Self::BodyTooLarge => "the request's body is longer than the gateway's limit",
            Self::BodyTooSlow => "the next piece of the request's body did not come in time",
            Self::ConnectionClosing => {
                "the gateway has said that it takes no more requests on this connection"
            }
            Self::CrossSite => {
                "Origin or Sec-Fetch-Site says that a web page of another site sent the request"
            }
            Self::Expectation => "the request has an Expect field other than 100-continue",
            Self::ForeignHost => "the host of the request is none of the gateway's names",
            Self::MethodUnsupported => "CONNECT, TRACE and `OPTIONS *` are not forwarded",
            Self::NoHost => "the request has no Host field, or one that is not a host",
            Self::Overloaded => "as many requests are in progress as the gateway allows",
            Self::TlsRequired => "plain HTTP was sent to an address that speaks TLS",
            Self::TokenRequired => "the field Gateway-Token is missing or wrong",
            Self::TransferCoding => {
                "the request's body has a transfer coding other than chunked alone"
            }
            Self::UpgradeUnsupported => "the request asks for another protocol by Upgrade",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::AmbiguousHost | Self::NoHost => "send one Host field with the gateway's address",
            Self::BodyBroken | Self::BodyTooSlow => "send the request again, with its whole body",
            Self::BodyTooLarge => "send less, or raise the gateway's limit",
            Self::ConnectionClosing => "send the request again, on another connection",
            Self::CrossSite => "call from a program, not from a web page",
            Self::Expectation => "leave the Expect field out",
            Self::ForeignHost => {
                "use the gateway's address in the URL, or give the gateway this name too"
            }
            Self::MethodUnsupported => "use another method",
            Self::Overloaded => {
                "send it again after Retry-After; raise the limit if that happens often"
            }
            Self::TlsRequired => "write https:// in the URL",
            Self::TokenRequired => "send the token of the gateway's token file in Gateway-Token",
            Self::TransferCoding => "send the body as it is, with Content-Length or chunked",
            Self::UpgradeUnsupported => "call the service without an upgrade",
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (name, title) = refusal.names();
        let is_overload = refusal == Refusal::Overloaded;
        Self {
            status: refusal.status(),
            name,
            title,
            detail: refusal.detail().into(),
            side: match is_overload {
                true => Side::Gateway,
                false => Side::Caller,
            },
            // What arrived of a body may have reached the server.
            retry: match refusal {
                Refusal::ConnectionClosing | Refusal::Overloaded => Retry::NotProcessed,
                Refusal::BodyBroken | Refusal::BodyTooSlow => Retry::OnlyIfIdempotent,
                _ => Retry::Never,
            },
            remedy: refusal.remedy(),
            kind: None,
            retry_after: is_overload.then_some(Duration::from_secs(1)),
        }
    }
}

impl From<CallerBodyError> for Refusal {
    fn from(error: CallerBodyError) -> Self {
        match error {
            CallerBodyError::Broken => Self::BodyBroken,
            CallerBodyError::TooLarge => Self::BodyTooLarge,
            CallerBodyError::TooSlow => Self::BodyTooSlow,
        }
    }
}
