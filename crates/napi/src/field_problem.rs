//! An input that does not fit the fields of its country.

use std::fmt;

/// A problem of one input. `Display` begins with its path; no value is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldProblem {
    /// Where it is, such as `PersonInfo.DayOfBirth` or `NationalIds[0].Number`.
    pub path: String,
    /// The kind of problem.
    pub kind: FieldProblemKind,
}

/// Why an input does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblemKind {
    /// It has the wrong type, or is no date, or is too long: error 1008 of a data source.
    Malformed,
    /// It is required in a group that is sent, and missing: error 1001 of a data source.
    Missing,
    /// It is an image and no base64 that the service takes: the standard alphabet, with padding,
    /// without `data:`. [`Base64Data::encode`](crate::Base64Data::encode) makes that of a file.
    NotBase64,
    /// No data source of the country takes it. Often harmless; within `CountrySpecific` often a
    /// misspelling.
    Unlisted,
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            FieldProblemKind::Malformed => "is not what the service takes",
            FieldProblemKind::Missing => "is missing",
            FieldProblemKind::NotBase64 => {
                "is not base64 in the standard alphabet, with padding and without `data:`"
            }
            FieldProblemKind::Unlisted => "is not a field of this country",
        };
        write!(f, "{} {what}", self.path)
    }
}
