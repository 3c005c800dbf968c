//! The rules that a subject and its DNS names must satisfy.
//!
//! The character list is the one in the vendor's guide to making a request. Leaves out the rules
//! that no policy relaxes: the country table and the length bounds.

/// The rules that apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// The rules of Trulioo's portal: all five fields, a fully qualified common name, only DNS
    /// names as alternative names, no wildcard, none of the characters
    /// `` < > ~ ! @ # $ % ^ * / \ ( ) ? , & ``.
    #[default]
    Trulioo,
    /// The rules of RFC 5280, for other CAs: any of the fields, at least one; any printable
    /// characters; alternative names of every kind; a wildcard as the first label of a DNS name.
    Rfc5280,
}

impl Policy {
    /// Returns whether the portal refuses the character, which says nothing about ASN.1: `( ) , /
    /// ?` are legal in a PrintableString.
    pub(crate) fn forbids(self, character: char) -> bool {
        self == Self::Trulioo && r"<>~!@#$%^*/\()?,&".contains(character)
    }

    /// Returns whether a value of punctuation alone is refused.
    pub(crate) fn wants_letter_or_digit(self) -> bool {
        self == Self::Trulioo
    }

    /// Returns whether all five fields must be present and the common name fully qualified.
    pub(crate) fn wants_full_subject(self) -> bool {
        self == Self::Trulioo
    }

    /// Returns whether alternative names may be other than DNS names.
    pub(crate) fn allows_other_names(self) -> bool {
        self == Self::Rfc5280
    }

    pub(crate) fn allows_wildcard(self) -> bool {
        self == Self::Rfc5280
    }
}

/// Returns the usual spelling in place of a forbidden character, if there is one.
pub(crate) fn spelling(forbidden: char) -> Option<&'static str> {
    match forbidden {
        '&' => Some("and"),
        '@' => Some("at"),
        '#' => Some("No."),
        '%' => Some("percent"),
        '/' | '\\' | '~' => Some("-"),
        _ => None,
    }
}
