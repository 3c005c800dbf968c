//! `GET /connection/v1/testauthentication`.

use bytes::Bytes;
use http::Request;

use crate::{Authentication, Endpoint, Error, answer, endpoint::sealed::Sealed};

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

    fn request(&self) -> Result<Request<Bytes>, Error> {
        answer::get("/connection/v1/testauthentication".to_owned())
    }

    fn response(&self, body: &[u8]) -> Result<String, Error> {
        answer::text(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_the_guides() {
        let request = TestAuthentication::new().request().unwrap();
        assert_eq!(request.method(), "GET");
        assert_eq!(request.uri(), "/connection/v1/testauthentication");
        assert!(request.body().is_empty());
    }

    #[test]
    fn the_published_answer_is_read() {
        let body = include_bytes!("../../tests/samples/testauthentication-response.json");
        let hello = TestAuthentication::new().response(body).unwrap();
        assert_eq!(hello, "Hello JoeNapoli_API_Demo");
    }
}
