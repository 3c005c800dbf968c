//! An operation of NAPI as a value: what is sent and what comes back, without I/O.

use bytes::Bytes;
use http::{Request, Response};

use crate::authentication::Authentication;
use crate::error::Error;
use crate::request_body::RequestBody;
use crate::version::Version;

/// One NAPI operation.
///
/// Sealed: this crate has all of them. Hand one to [`Client::send`](crate::Client::send), or take
/// its request where something else sends it.
pub trait Endpoint: sealed::Sealed {
    /// The result of a successful response.
    type Response;

    /// The version of NAPI that has it.
    type Version: Version;

    /// Whether the service wants the credentials of an API user.
    const AUTHENTICATION: Authentication;

    /// Whether sending it twice does no more than sending it once.
    ///
    /// A verification or a search is not: each is billed, and no key tells the service that it is
    /// the same one. So it may be sent again only where it is certain that the service has not
    /// processed it. What goes over mutual TLS by default goes further and sends it again only if
    /// nothing of it was sent, as when there was no connection yet.
    const IDEMPOTENT: bool;

    /// Returns the request: method, path and body, relative to the base URL and without
    /// credentials.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if an argument cannot be sent.
    fn request(&self) -> Result<Request<RequestBody>, Error>;

    /// Reads a response with a 2xx status, whose body is not compressed any more.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the body is not this operation's; [`Error::UnexpectedHtml`] if it is a
    /// page; [`Error::Service`] if it has errors in the place of a file, an image or a status;
    /// [`Error::OtherTransaction`] if it is about another transaction or record than the one that
    /// was asked for; [`Error::Hello`] if the response to a hello is another text.
    fn response(&self, response: Response<Bytes>) -> Result<Self::Response, Error>;
}

pub(crate) mod sealed {
    use crate::endpoint::Endpoint;
    use crate::error::Error;

    /// Keeps implementations of [`Endpoint`](super::Endpoint) inside this crate.
    #[expect(unnameable_types, reason = "a sealed trait must not be nameable")]
    pub trait Sealed {
        /// Checks the result against the name of the user who requested it.
        fn check(&self, _: &Self::Response, _: &str) -> Result<(), Error>
        where
            Self: Endpoint,
        {
            Ok(())
        }
    }
}
