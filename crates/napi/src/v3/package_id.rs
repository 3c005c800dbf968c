//! The package that a call of version 3 is made under.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::argument::ArgumentProblem;
use crate::configuration_name::ConfigurationName;
use crate::error::Error;
use crate::request;
use crate::wire::text_newtype;

/// The most characters that the service takes: those of a GUID.
const LONGEST: usize = 36;

/// The identifier of a package: a GUID that the service issued for the account.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PackageId(String);

impl PackageId {
    /// Refuses a package that is missing or too long.
    pub(super) fn check(package: Option<&Self>) -> Result<(), Error> {
        const ARGUMENT: &str = "PackageId";
        let package = package.map_or("", Self::as_str);
        if package.is_empty() {
            return Err(Error::Argument {
                argument: ARGUMENT,
                problem: ArgumentProblem::Empty,
            });
        }
        request::at_most(ARGUMENT, Some(package), LONGEST)
    }
}

impl FromStr for PackageId {
    type Err = Error;

    /// Takes 1 to 36 characters.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if there are none or more.
    fn from_str(text: &str) -> Result<Self, Error> {
        let package = Self::from(text);
        Self::check(Some(&package)).map(|()| package)
    }
}

impl From<String> for PackageId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for PackageId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Where version 1 has the name of a configuration, version 3 has the package.
impl From<&PackageId> for ConfigurationName {
    fn from(package: &PackageId) -> Self {
        Self::from(package.as_str())
    }
}

impl fmt::Debug for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_id = self
            .0
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        f.write_str(if is_id { &self.0 } else { "_" })
    }
}

text_newtype!(PackageId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_of_1_to_36_characters_passes() {
        let check = |length| PackageId::check(Some(&PackageId("a".repeat(length))));
        assert!(check(36).is_ok());
        assert!(check(37).is_err() && check(0).is_err());
        assert!(PackageId::check(None).is_err());
        let parse = |length| "a".repeat(length).parse::<PackageId>();
        assert_eq!(parse(36).unwrap().to_string().len(), 36);
        assert!(parse(37).is_err() && parse(0).is_err());
    }
}
