//! What a request is sent under, whichever connection it gets.

use std::{pin::Pin, sync::Arc};

use http::Response;

use crate::client::body::RequestBody;
use crate::client::deadline::Deadline;
use crate::client::pool::Pool;
use crate::client::response_body::ResponseBody;
use crate::error::Error;
use crate::stream::head_limits::HeadLimits;

/// What is made of a response.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct ExchangeSettings {
    pub(in crate::client) http_refusals: HttpRefusals,
    pub(in crate::client) max_response_body: Option<u64>,
    /// How much the head of a response may hold.
    pub(in crate::client) heads: HeadLimits,
}

/// What is made of a response that rejects our certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum HttpRefusals {
    /// A response as any other, unread.
    Answers,
    /// An error.
    Errors,
    /// An error, and a reason to try the next identity.
    FailedOver,
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
pub(in crate::client) type Exchanging =
    Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

/// What goes with one request.
pub(super) struct Terms<B, C> {
    pub(super) pool: Arc<Pool<RequestBody<B>, C>>,
    pub(super) deadline: Deadline,
    pub(super) settings: ExchangeSettings,
}
