//! `GET /connection/v1/sayhello/{name}`.

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::connection::hello;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::path::segment;
use crate::request;
use crate::request_body::RequestBody;

/// The most characters of a name that the service takes.
const LONGEST_NAME: usize = 100;

/// Asks the service to say hello; needs no credentials, so it tests the connection alone.
///
/// Responds with `Hello <name>`; any other text is [`Error::Hello`].
#[derive(Clone)]
pub struct SayHello {
    name: String,
    segment: String,
}

impl SayHello {
    /// Asks for a hello to `name`, which has 1 to 100 characters.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the name is empty, longer, or `.` or `..`.
    pub fn new(name: &str) -> Result<Self, Error> {
        Ok(Self {
            // The name in the response is trimmed too before the two are compared.
            name: name.trim().to_owned(),
            segment: segment("name", name, LONGEST_NAME)?,
        })
    }
}

impl fmt::Debug for SayHello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SayHello").finish_non_exhaustive()
    }
}

impl Sealed for SayHello {}

impl Endpoint for SayHello {
    type Response = String;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::None;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::get(
            Operation::new("SayHello", "/connection/v1/sayhello/{name}"),
            format!("/connection/v1/sayhello/{}", self.segment),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<String, Error> {
        let hello = hello::read(&response)?;
        hello::check(&hello, |name| name == self.name)?;
        Ok(hello)
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
        assert!(request.into_body().into_bytes().is_empty());
    }
}
