//! An error together with the words of the service, where these can quote nothing personal.

use std::fmt::{self, Display, Formatter};

/// An error of a call that sent no personal data, shown with the whole text of the response.
#[derive(Debug)]
pub(crate) struct ErrorWithResponse(pub(crate) napi::Error);

impl Display for ErrorWithResponse {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let message = self.0.service_message();
        match message.filter(|message| message.fixed().is_none()) {
            Some(message) => write!(f, "; in full: `{}`", message.unredacted()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ErrorWithResponse {}
