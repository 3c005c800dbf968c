//! A request as text, for a person to read.
//!
//! The order is that of the encoding, with labels, so that it does not matter which end of a
//! distinguished name comes first. Leaves out values of attributes: one may be a password.

use std::fmt::{self, Display};

use crate::inspected_request::InspectedRequest;

impl Display for InspectedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for attribute in self.subject() {
            line(f, "subject", attribute)?;
        }
        for name in self.alternative_names() {
            line(f, "alternative name", name)?;
        }
        list(f, "key usage", self.key_usages())?;
        list(f, "purposes", self.extended_key_usages())?;
        list(f, "also asked for", &self.extensions.others)?;
        list(f, "attributes", self.attribute_names())?;
        line(f, "public key", self.public_key())?;
        line(
            f,
            "public key",
            format_args!("SHA-256 {}", self.public_key_sha256()),
        )?;
        // No line break after the last line.
        write!(f, "{:WIDTH$} {}", "signed with", self.signature_algorithm())
    }
}

fn line(f: &mut fmt::Formatter<'_>, label: &str, value: impl Display) -> fmt::Result {
    writeln!(f, "{label:WIDTH$} {value}")
}

/// Writes one line with all values, or none without.
fn list(
    f: &mut fmt::Formatter<'_>,
    label: &str,
    values: impl IntoIterator<Item = impl Display>,
) -> fmt::Result {
    let values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
    if values.is_empty() {
        Ok(())
    } else {
        line(f, label, values.join(", "))
    }
}

const WIDTH: usize = 16;
