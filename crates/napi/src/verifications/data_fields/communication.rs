//! Telephone and e-mail.

use crate::wire::input;

input! {
    /// Telephone and e-mail; each up to 200 characters.
    pub struct Communication {
        /// Mobile number.
        mobile_number: Option<String> = "MobileNumber",
        /// Telephone number.
        telephone: Option<String> = "Telephone",
        /// Second telephone number.
        telephone2: Option<String> = "Telephone2",
        /// E-mail address.
        email_address: Option<String> = "EmailAddress",
    }
}

impl Communication {
    /// Starts with nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
