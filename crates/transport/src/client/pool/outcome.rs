//! What hyper makes of a request.

use http::{Request, Response};
use hyper::{body::Incoming, client::conn::TrySendError};

/// The response, or an error with the request if hyper has kept it.
pub(crate) type Outcome<B> = Result<Response<Incoming>, TrySendError<Request<B>>>;
