//! Failures as problem details (RFC 9457): what happened, whose side it is on, what to do.

pub(crate) mod refusal;
pub(crate) mod upstream;

use std::{borrow::Cow, fmt, time::Duration};

use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::json;

use crate::body::response_body::GatewayBody;

/// A request that the gateway answers itself.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// The end of `type`; stable.
    pub(crate) name: &'static str,
    /// The summary of all problems of the type.
    pub(crate) title: &'static str,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) side: Side,
    pub(crate) retry: Retry,
    pub(crate) remedy: &'static str,
    /// The kind as the program's errors name it.
    pub(crate) kind: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// The side that has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The program that sent the request.
    Caller,
    /// Not known from here.
    Either,
    /// This gateway, its files and its machine.
    Gateway,
    /// Names, routes and firewalls between here and the server.
    Network,
    /// The forward proxy.
    Proxy,
    /// The server, or what is in front of it.
    Server,
}

/// Whether the same request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It will fail in the same way.
    Never,
    /// It was not processed: whatever its method.
    NotProcessed,
    /// It may have been processed.
    OnlyIfIdempotent,
    /// It was not processed, and will not be with this certificate.
    WithAnotherIdentity,
}

impl Side {
    const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Either => "either",
            Self::Gateway => "gateway",
            Self::Network => "network",
            Self::Proxy => "proxy",
            Self::Server => "server",
        }
    }
}

impl Retry {
    const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::NotProcessed => "not_processed",
            Self::OnlyIfIdempotent => "only_if_idempotent",
            Self::WithAnotherIdentity => "with_another_identity",
        }
    }

    const fn is_retryable(self) -> bool {
        matches!(self, Self::NotProcessed | Self::OnlyIfIdempotent)
    }
}

/// The beginning of every `type`. It cannot be looked up: the project has no public address.
const TYPES: &str = "urn:napi-mtls:gateway:";

impl Problem {
    /// Returns the problem of a request that failed at a fault of this crate.
    pub(crate) fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            name: "internal",
            title: "The gateway failed",
            detail: "the gateway failed; its log has the reason".into(),
            side: Side::Gateway,
            retry: Retry::OnlyIfIdempotent,
            remedy: "tell those who maintain the gateway",
            kind: None,
            retry_after: None,
        }
    }

    /// Returns the response to the request; to a `HEAD`, without the body.
    pub(crate) fn into_response(self, is_head: bool) -> Response<GatewayBody> {
        let mut members = json!({
            "type": format!("{TYPES}{}", self.name),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "side": self.side.name(),
            "retryable": self.retry.is_retryable(),
            "retry": self.retry.name(),
            "remedy": self.remedy,
        });
        if let (Some(kind), Some(members)) = (self.kind, members.as_object_mut()) {
            members.insert("kind".to_owned(), kind.into());
        }
        let text = members.to_string();
        let length = text.len();
        let body = if is_head { String::new() } else { text };
        let mut response = Response::new(GatewayBody::own(body));
        *response.status_mut() = self.status;
        let fields = response.headers_mut();
        fields.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        // Of what a GET gets (RFC 9110, section 8.6).
        fields.insert(CONTENT_LENGTH, length.into());
        if let Some(wait) = self.retry_after {
            fields.insert(RETRY_AFTER, wait.as_secs().max(1).into());
        }
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}
