//! `GET /connection/v1/testauthentication`.

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::connection::hello;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;

/// Tests certificate and credentials together; the first call to make.
///
/// Responds with `Hello <user name>`; any other text is [`Error::Hello`]. The client compares the
/// name with that of its credentials, without regard to case. In version 3 any name will do: that
/// of a client's identifier is not documented.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestAuthentication;

impl TestAuthentication {
    /// Makes the operation, which takes no argument.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Sealed for TestAuthentication {
    /// Users are compared without regard to case: the service may write one as it was registered.
    fn check(&self, hello: &String, user: &str) -> Result<(), Error> {
        let user = user.trim();
        hello::check(hello, |name| {
            name == user || name.to_lowercase() == user.to_lowercase()
        })
    }
}

impl Endpoint for TestAuthentication {
    type Response = String;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        Ok(request::get_fixed(
            Operation::new("TestAuthentication", "/connection/v1/testauthentication"),
            const { PathAndQuery::from_static("/connection/v1/testauthentication") },
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<String, Error> {
        hello::read(&response)
    }
}
