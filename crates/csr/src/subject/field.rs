//! The fields of a subject: their names, their order and their upper bounds.
//!
//! [RFC 5280, section 4.1.2.4]. Leaves out their values.
//!
//! [RFC 5280, section 4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4

use std::fmt;

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

    /// Returns its short name: `C`, `ST`, `L`, `O`, `CN` or `SAN`.
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

    /// Returns the most characters it may have ([RFC 5280, appendix A.1], the `ub-` constants);
    /// `None` for alternative names, which have no bound there.
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

    /// Returns a value that would be accepted, for messages.
    pub(super) fn example(self) -> &'static str {
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
