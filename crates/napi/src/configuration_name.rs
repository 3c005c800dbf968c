//! The configuration that a call is made under.

use crate::argument::InvalidArgument;
use crate::path::segment;
use crate::wire::open;

/// The most characters that the service takes.
pub(crate) const LONGEST: usize = 45;

open! {
    /// The name of a configuration of the account.
    ///
    /// In practice all accounts have `Identity Verification`, which every operation uses unless
    /// told otherwise.
    pub struct ConfigurationName {
        /// The one that the documentation names as supported; the default.
        IDENTITY_VERIFICATION = "Identity Verification",
        /// Seen once in other people's code.
        DOCUMENT_VERIFICATION = "Document Verification",
    }
}

impl Default for ConfigurationName {
    fn default() -> Self {
        Self::IDENTITY_VERIFICATION
    }
}

impl ConfigurationName {
    /// Returns the name as one segment of a path.
    pub(crate) fn segment(&self) -> Result<String, InvalidArgument> {
        segment("the configuration name", self.as_str(), LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_is_encoded_and_never_a_plus() {
        let name = ConfigurationName::default();
        assert_eq!(name.segment().unwrap(), "Identity%20Verification");
    }

    #[test]
    fn longest_name_passes_and_a_longer_one_does_not() {
        assert!(ConfigurationName::from("a".repeat(45)).segment().is_ok());
        assert!(ConfigurationName::from("a".repeat(46)).segment().is_err());
    }
}
