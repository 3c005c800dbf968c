//! Settings of a single call.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::argument::ArgumentProblem;
use crate::error::Error;
use crate::exchange::USER_AGENT;

/// Settings of the calls of a [`Client`](crate::Client), each of which may be left out.
///
/// Give them to a clone for one call, or for those of one caller:
///
/// ```
/// use std::time::Duration;
///
/// use napi::CallOptions;
///
/// # async fn run(client: napi::Client) -> Result<(), napi::Error> {
/// let options = CallOptions::new()
///     .timeout(Duration::from_secs(10))
///     .request_id("order-4711")?
///     .user_agent_suffix("acme-onboarding/2.1")?;
/// let hello = client.clone().options(options).test_authentication().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    headers: HeaderMap,
    user_agent: Option<HeaderValue>,
}

/// Fields that the client or HTTP sets, so that no caller may.
const OWN: [HeaderName; 11] = [
    header::ACCEPT_ENCODING,
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
];

impl CallOptions {
    /// Starts with no option set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a call may take in all, from its start to the last byte of the response, the
    /// wait for a token included; then it is [`Error::Timeout`]. The timeouts of the HTTP service
    /// hold besides.
    ///
    /// A verification may have been billed when its time is over: the service takes up to
    /// [120 seconds](crate::verifications::VerifyRequest::LONGEST_CALL).
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self
        }
    }

    /// Adds a header field to the request; one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the name or the value cannot stand in a header, or if the client sets
    /// the field itself, such as `Authorization` and `Content-Type`.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        const ARGUMENT: &str = "the header field";
        let name = name.parse().map_err(|_| not_header(ARGUMENT))?;
        if OWN.contains(&name) {
            return Err(Error::Argument {
                argument: ARGUMENT,
                problem: ArgumentProblem::SetByClient,
            });
        }
        let value = HeaderValue::from_str(value).map_err(|_| not_header(ARGUMENT))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sets `X-Request-ID`, by which the logs of one's own proxies find the call. The service is
    /// not known to heed it.
    ///
    /// # Errors
    ///
    /// As [`header`](Self::header).
    pub fn request_id(self, id: &str) -> Result<Self, Error> {
        self.header("x-request-id", id)
    }

    /// Adds the name of one's own product to the `User-Agent`, such as `acme-onboarding/2.1`
    /// ([RFC 9110, section 10.1.5]).
    ///
    /// [RFC 9110, section 10.1.5]: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if it cannot stand in a header, or is empty.
    pub fn user_agent_suffix(mut self, product: &str) -> Result<Self, Error> {
        const ARGUMENT: &str = "the suffix of the User-Agent";
        let product = product.trim();
        if product.is_empty() {
            return Err(Error::Argument {
                argument: ARGUMENT,
                problem: ArgumentProblem::Empty,
            });
        }
        let value = HeaderValue::from_str(&format!("{USER_AGENT} {product}"));
        self.user_agent = Some(value.map_err(|_| not_header(ARGUMENT))?);
        Ok(self)
    }

    /// Returns the names of the fields that [`apply`](Self::apply) sets.
    pub(crate) fn names(&self) -> impl Iterator<Item = HeaderName> {
        let user_agent = self.user_agent.as_ref().map(|_| header::USER_AGENT);
        self.headers.keys().cloned().chain(user_agent)
    }

    /// Sets the fields of a request.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        headers.extend(self.headers.clone());
        if let Some(user_agent) = &self.user_agent {
            headers.insert(header::USER_AGENT, user_agent.clone());
        }
    }
}

fn not_header(argument: &'static str) -> Error {
    Error::Argument {
        argument,
        problem: ArgumentProblem::NotHeader,
    }
}

/// Shows the names of the header fields and no value.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_client_and_line_breaks_are_refused() {
        let options = CallOptions::new;
        for name in [
            "authorization",
            "HOST",
            "User-Agent",
            "content-length",
            "a b",
            "",
        ] {
            assert!(options().header(name, "a").is_err(), "{name}");
        }
        for value in ["a\r\nb: c", "a\0", "é\n"] {
            assert!(options().header("x-a", value).is_err(), "{value:?}");
            assert!(options().request_id(value).is_err(), "{value:?}");
            assert!(options().user_agent_suffix(&format!("a{value}b")).is_err());
        }
        assert!(options().user_agent_suffix(" ").is_err());
        assert!(options().header("Accept-Language", "de").is_ok());
    }

    #[test]
    fn debug_shows_names_and_no_value() {
        let options = CallOptions::new().request_id("Joe").unwrap();
        let shown = format!("{options:?}");
        assert!(
            shown.contains("x-request-id") && !shown.contains("Joe"),
            "{shown}"
        );
    }
}
