//! `GET /connection/v1/testauthentication`.

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    Authentication, Endpoint, Error, RequestBody, answer, endpoint::sealed::Sealed, request,
};

/// Tests certificate and credentials together; the first call to make.
///
/// Answers `Hello <user name>`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TestAuthentication;

impl TestAuthentication {
    /// The test, which takes no argument.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Sealed for TestAuthentication {}

impl Endpoint for TestAuthentication {
    type Response = String;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const REPEATABLE: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::get("/connection/v1/testauthentication".to_owned())
    }

    fn response(&self, answer: Response<Bytes>) -> Result<String, Error> {
        answer::text(&answer)
    }
}
