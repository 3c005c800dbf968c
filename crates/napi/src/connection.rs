//! The vendor's group "connection": is the service there, and does it know us?

mod async_callback;
mod hello;
mod say_hello;
mod test_authentication;

pub use crate::hello_problem::HelloProblem;
pub use async_callback::AsyncCallback;
pub use say_hello::SayHello;
pub use test_authentication::TestAuthentication;

use crate::client::Client;
use crate::error::Error;
use crate::http_service::HttpService;
use crate::verifications::TransactionStatus;

impl<S: HttpService> Client<S> {
    /// Asks the service to say hello to `name`, without credentials: a test of the connection
    /// alone.
    ///
    /// Responds with `Hello <name>`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the name has not 1 to 100 characters; [`Error::Hello`] for any other
    /// text; else as [`Client::send`].
    pub async fn say_hello(&self, name: &str) -> Result<String, Error> {
        self.send(&SayHello::new(name)?).await
    }

    /// Tests certificate and credentials together: the first call to make.
    ///
    /// Responds with `Hello <user name>`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`] if the service does not take the credentials or, over mutual TLS, if
    /// the certificate belongs to another account; [`Error::Hello`] for a text that is not `Hello`
    /// and the user's name, such as a notice of maintenance, and [`Error::UnexpectedHtml`] for a
    /// page, such as a captive portal's; else as [`Client::send`].
    pub async fn test_authentication(&self) -> Result<String, Error> {
        self.send(&TestAuthentication::new()).await
    }

    /// Calls the service's own stand-in for a callback; see [`AsyncCallback`].
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn async_callback(&self, status: TransactionStatus) -> Result<(), Error> {
        self.send(&AsyncCallback::new(status)).await
    }
}
