//! The subject of a request: the distinguished name and the alternative names that the certificate
//! will carry.
//!
//! [RFC 5280, section 4.1.2.6], section 4.2.1.6 and the upper bounds of its appendix A.1. Leaves
//! out attributes that the vendor's guide says to skip (organizational unit, e-mail address).
//!
//! [RFC 5280, section 4.1.2.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.6

mod alternative_name;
mod builder;
mod country_code;
mod field;
mod fqdn;
mod policy;
mod problem;

use std::fmt;

pub use alternative_name::AlternativeName;
pub use builder::SubjectBuilder;
pub use field::Field;
pub use fqdn::{Fqdn, FqdnProblem};
pub use policy::Policy;
pub use problem::{FieldProblem, Problem, SubjectError};

/// A distinguished name, and alternative names if asked for, that satisfy one [`Policy`].
///
/// ```
/// let subject = csr::Subject::builder()
///     .country("CA")
///     .state("British Columbia")
///     .locality("Vancouver")
///     .organization("Acme Identity Inc.")
///     .common_name("napi.acme.example")
///     .build()?;
/// assert_eq!(subject.organization(), Some("Acme Identity Inc."));
/// # Ok::<(), csr::SubjectError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    policy: Policy,
    country: Option<String>,
    state: Option<String>,
    locality: Option<String>,
    organization: Option<String>,
    common_name: Option<String>,
    alternative_names: Vec<AlternativeName>,
}

impl Subject {
    /// Returns the country (C) as an ISO 3166-1 alpha-2 code.
    ///
    /// Like every field it is present under [`Policy::Trulioo`], and may be absent under
    /// [`Policy::Rfc5280`].
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// Returns the state or province (ST).
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Returns the locality (L), for example a city.
    #[must_use]
    pub fn locality(&self) -> Option<&str> {
        self.locality.as_deref()
    }

    /// Returns the organization (O).
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// Returns the common name (CN).
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// Returns the subject alternative names, in the order in which they were added.
    #[must_use]
    pub fn alternative_names(&self) -> &[AlternativeName] {
        &self.alternative_names
    }

    /// Returns the policy that this subject satisfies.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Returns the values that are allowed but look like slips, to be shown before the request is
    /// uploaded.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        [
            (Field::State, self.state()),
            (Field::Locality, self.locality()),
        ]
        .into_iter()
        .filter(|(_, value)| value.is_some_and(looks_abbreviated))
        .map(|(field, _)| Warning::Abbreviated { field })
        .collect()
    }
}

/// Something allowed that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The value is up to three capital letters, or ends with a full stop, and the vendor's guide
    /// says not to abbreviate.
    Abbreviated {
        /// [`Field::State`] or [`Field::Locality`].
        field: Field,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Abbreviated { field } => write!(
                f,
                "{field} looks abbreviated: write it out, for example {:?}",
                field.example()
            ),
        }
    }
}

fn looks_abbreviated(value: &str) -> bool {
    let letters = || value.chars().filter(|c| *c != '.');
    value.ends_with('.') || (letters().count() <= 3 && letters().all(char::is_uppercase))
}
