//! `GET /connection/v1/sayhello/{name}`.

use bytes::Bytes;
use http::Request;

use crate::{Authentication, Endpoint, Error, answer, endpoint::sealed::Sealed, path::segment};

/// The most characters of a name that the service takes.
const LONGEST_NAME: usize = 100;

/// Asks the service to say hello; needs no credentials, so it tests the connection alone.
///
/// Answers `Hello <name>`.
#[derive(Clone, Debug)]
pub struct SayHello {
    segment: String,
}

impl SayHello {
    /// Hello to `name`, which has 1 to 100 characters.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the name is empty, longer, or `.` or `..`.
    pub fn new(name: &str) -> Result<Self, Error> {
        Ok(Self {
            segment: segment("name", name, LONGEST_NAME)?,
        })
    }
}

impl Sealed for SayHello {}

impl Endpoint for SayHello {
    type Response = String;
    const AUTHENTICATION: Authentication = Authentication::Open;

    fn request(&self) -> Result<Request<Bytes>, Error> {
        answer::get(format!("/connection/v1/sayhello/{}", self.segment))
    }

    fn response(&self, body: &[u8]) -> Result<String, Error> {
        answer::text(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_one_segment_of_the_path() {
        let request = SayHello::new("Joe/Napoli & Söhne")
            .unwrap()
            .request()
            .unwrap();
        assert_eq!(request.method(), "GET");
        assert_eq!(
            request.uri(),
            "/connection/v1/sayhello/Joe%2FNapoli%20%26%20S%C3%B6hne"
        );
        assert!(request.body().is_empty());
    }

    #[test]
    fn the_published_answer_is_read() {
        let body = include_bytes!("../../tests/samples/sayhello-response.json");
        let hello = SayHello::new("Joe Napoli").unwrap().response(body).unwrap();
        assert_eq!(hello, "Hello Joe Napoli");
    }
}
