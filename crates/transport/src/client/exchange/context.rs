//! The context of a request, whichever connection it gets.

use std::{pin::Pin, sync::Arc};

use http::Response;

use crate::client::body::RequestBody;
use crate::client::deadline::Deadline;
use crate::client::pool::Pool;
use crate::client::response_body::ResponseBody;
use crate::error::Error;
use crate::stream::head_limits::HeadLimits;

/// The handling of responses.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct ExchangeSettings {
    pub(in crate::client) http_refusals: HttpRefusals,
    pub(in crate::client) max_response_body: Option<u64>,
    /// The limits of the head of a response.
    pub(in crate::client) heads: HeadLimits,
}

/// The handling of a response that rejects our certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum HttpRefusals {
    /// It is returned like any other, without a check.
    PassThrough,
    /// An error.
    Errors,
    /// An error, and a reason to try the next identity.
    FailOver,
}

impl Default for ExchangeSettings {
    fn default() -> Self {
        Self {
            http_refusals: HttpRefusals::Errors,
            max_response_body: None,
            heads: HeadLimits::default(),
        }
    }
}

/// The response to come.
pub(in crate::client) type ExchangeFuture =
    Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

/// The context of one request.
pub(super) struct ExchangeContext<B, C> {
    pub(super) pool: Arc<Pool<RequestBody<B>, C>>,
    pub(super) deadline: Deadline,
    pub(super) settings: ExchangeSettings,
}
