//! The result of a request in hyper.

use http::{Request, Response};
use hyper::{body::Incoming, client::conn::TrySendError};

/// The response, or an error with the request if hyper has not sent it.
pub(crate) type Outcome<B> = Result<Response<Incoming>, TrySendError<Request<B>>>;
