//! The subject of a request: the distinguished name that the certificate will carry.
//!
//! [RFC 5280, section 4.1.2.6] and the upper bounds of its appendix A.1. Leaves out attributes
//! that the vendor's guide says to skip (organizational unit, e-mail address).
//!
//! [RFC 5280, section 4.1.2.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.6

mod builder;
mod country_code;
mod fqdn;
mod policy;
mod problem;

use std::fmt;

pub use builder::SubjectBuilder;
pub use fqdn::{Fqdn, FqdnProblem};
pub use policy::Policy;
pub use problem::{FieldProblem, Problem, SubjectError};

/// A distinguished name that satisfies its [`Policy`].
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

    /// The fields that are present, in the order that `openssl req` writes them.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (Field, &str)> {
        Field::ALL
            .into_iter()
            .zip([
                self.country(),
                self.state(),
                self.locality(),
                self.organization(),
                self.common_name(),
            ])
            .filter_map(|(field, value)| Some((field, value?)))
    }
}

/// A field of the subject, in the order in which they are encoded.
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
}

impl Field {
    pub(crate) const ALL: [Self; 5] = [
        Self::Country,
        Self::State,
        Self::Locality,
        Self::Organization,
        Self::CommonName,
    ];

    /// Its short name: `C`, `ST`, `L`, `O` or `CN`.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Country => "C",
            Self::State => "ST",
            Self::Locality => "L",
            Self::Organization => "O",
            Self::CommonName => "CN",
        }
    }

    /// The most characters it may have ([RFC 5280, appendix A.1], the `ub-` constants).
    ///
    /// [RFC 5280, appendix A.1]: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1
    #[must_use]
    pub fn max_chars(self) -> usize {
        match self {
            Self::Country => 2,
            Self::State | Self::Locality => 128,
            Self::Organization | Self::CommonName => 64,
        }
    }

    /// A value that would be accepted, for messages.
    fn example(self) -> &'static str {
        match self {
            Self::Country => "CA",
            Self::State => "British Columbia",
            Self::Locality => "Vancouver",
            Self::Organization => "Acme Identity Inc.",
            Self::CommonName => "napi.acme.example",
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
        };
        write!(f, "{words} ({})", self.short_name())
    }
}

/// Something allowed that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The value is up to three capital letters, and the vendor's guide says not to abbreviate.
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
    value.chars().count() <= 3 && value.chars().all(char::is_uppercase)
}
