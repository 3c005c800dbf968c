//! The subject of a request: the distinguished name and the alternative names that the certificate
//! will carry.
//!
//! [RFC 5280, section 4.1.2.6], section 4.2.1.6 and the upper bounds of its appendix A.1. Leaves out attributes
//! that the vendor's guide says to skip (organizational unit, e-mail address).
//!
//! [RFC 5280, section 4.1.2.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.6

mod alternative_name;
mod builder;
mod certificate;
mod country_code;
mod fqdn;
mod policy;
mod problem;

use std::fmt;

pub use alternative_name::AlternativeName;
pub use builder::SubjectBuilder;
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
    /// Starts with every field empty and [`Policy::Trulioo`].
    pub fn builder() -> SubjectBuilder {
        SubjectBuilder::default()
    }

    /// The country (C) as an ISO 3166-1 alpha-2 code.
    ///
    /// Like every field it is present under [`Policy::Trulioo`], and may be absent under
    /// [`Policy::Rfc5280`].
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// The state or province (ST).
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The locality (L), for example a city.
    #[must_use]
    pub fn locality(&self) -> Option<&str> {
        self.locality.as_deref()
    }

    /// The organization (O).
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The common name (CN).
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The subject alternative names, in the order in which they were added.
    #[must_use]
    pub fn alternative_names(&self) -> &[AlternativeName] {
        &self.alternative_names
    }

    /// The policy that this subject satisfies.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// What is allowed but looks like a slip; worth showing before the request is uploaded.
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

/// A part of the subject that a problem can be found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The country, C.
    Country,
    /// The state or province, ST.
    State,
    /// The locality, L.
    Locality,
    /// The organization, O.
    Organization,
    /// The common name, CN.
    CommonName,
    /// One of the subject alternative names.
    AlternativeName {
        /// Which, counted from 1 in the order in which they were added.
        number: usize,
    },
}

impl Field {
    /// The fields of the distinguished name, in the order in which they are encoded.
    pub(crate) const DISTINGUISHED: [Self; 5] = [
        Self::Country,
        Self::State,
        Self::Locality,
        Self::Organization,
        Self::CommonName,
    ];

    /// Its short name: `C`, `ST`, `L`, `O`, `CN` or `SAN`.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Country => "C",
            Self::State => "ST",
            Self::Locality => "L",
            Self::Organization => "O",
            Self::CommonName => "CN",
            Self::AlternativeName { .. } => "SAN",
        }
    }

    /// The most characters it may have ([RFC 5280, appendix A.1], the `ub-` constants); `None` for
    /// alternative names, which have no bound there.
    ///
    /// [RFC 5280, appendix A.1]: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1
    #[must_use]
    pub fn max_chars(self) -> Option<usize> {
        match self {
            Self::Country => Some(2),
            Self::State | Self::Locality => Some(128),
            Self::Organization | Self::CommonName => Some(64),
            Self::AlternativeName { .. } => None,
        }
    }

    /// A value that would be accepted, for messages.
    fn example(self) -> &'static str {
        match self {
            Self::Country => "CA",
            Self::State => "British Columbia",
            Self::Locality => "Vancouver",
            Self::Organization => "Acme Identity Inc.",
            Self::CommonName | Self::AlternativeName { .. } => "napi.acme.example",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Country => "country",
            Self::State => "state or province",
            Self::Locality => "locality",
            Self::Organization => "organization",
            Self::CommonName => "common name",
            Self::AlternativeName { number } => {
                return write!(f, "alternative name {number} ({})", self.short_name());
            }
        };
        write!(f, "{words} ({})", self.short_name())
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
