//! `POST /connection/v1/async-callback`.

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::verifications::TransactionStatus;

/// Calls the service's own stand-in for a callback, as the service does when a transaction is done.
///
/// Callers without a public URL name it as their `CallBackUrl` and poll; see
/// [`BaseUrl::async_callback`](crate::BaseUrl::async_callback). To call it oneself is only good for
/// a test.
#[derive(Clone, Debug)]
pub struct AsyncCallback {
    status: TransactionStatus,
}

impl AsyncCallback {
    /// Makes the callback that tells this status.
    #[must_use]
    pub fn new(status: TransactionStatus) -> Self {
        Self { status }
    }
}

impl Sealed for AsyncCallback {}

impl Endpoint for AsyncCallback {
    type Response = ();
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::None;
    const IDEMPOTENT: bool = true; // the service itself may call back more than once

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::post(
            Operation::new("AsyncCallback", "/connection/v1/async-callback"),
            const { PathAndQuery::from_static("/connection/v1/async-callback") },
            &self.status,
        )
    }

    /// Takes anything: it is published as an empty object, and a receiver owes its caller no more
    /// than the status.
    fn response(&self, _: Response<Bytes>) -> Result<(), Error> {
        Ok(())
    }
}
