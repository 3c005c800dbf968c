//! Problems of the fields of a subject, all of them at once.
//!
//! Each problem says what to do. Leaves out finding them: that is the builder's work.

use std::fmt;

use crate::subject::field::Field;
use crate::subject::fqdn::FqdnProblem;
use crate::subject::policy::spelling;

/// Everything that is wrong with a subject; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectError {
    problems: Vec<FieldProblem>,
}

impl SubjectError {
    pub(crate) fn new(problems: Vec<FieldProblem>) -> Self {
        Self { problems }
    }

    /// Returns the problems in the order of the fields, and within a field from left to right.
    #[must_use]
    pub fn problems(&self) -> &[FieldProblem] {
        &self.problems
    }
}

impl fmt::Display for SubjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the subject would be refused")?;
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{} {problem}", if index == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl std::error::Error for SubjectError {}

/// One problem of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldProblem {
    /// The field.
    pub field: Field,
    /// The problem.
    pub problem: Problem,
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.problem)?;
        if self.problem == Problem::Required {
            write!(f, ", give it, for example {:?}", self.field.example())?;
        }
        Ok(())
    }
}

/// A problem of a field; positions count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A control or format character, invisible and usually pasted in: a zero-width space, a mark
    /// that turns the direction of writing.
    ControlCharacter {
        /// Where it stands.
        position: usize,
    },
    /// A character that the policy refuses.
    ForbiddenCharacter {
        /// The character.
        character: char,
        /// Where it stands.
        position: usize,
        /// Its replacement; `None` where leaving it out is best.
        suggestion: Option<&'static str>,
    },
    /// White space at either end.
    LeadingOrTrailingSpace,
    /// Neither a letter nor a digit, of whatever script: such a value stands for none, which CAs
    /// may not certify (the CA/Browser Forum's Baseline Requirements call it metadata).
    NoLetterOrDigit,
    /// The policy takes DNS names only, and this alternative name is of another kind.
    NotDnsName,
    /// Not the bare e-mail address that a certificate may hold.
    NotEmailAddress,
    /// The common name or the DNS name is not a fully qualified domain name.
    NotFqdn(FqdnProblem),
    /// Not an absolute URI with a full host name.
    NotUri,
    /// It is there twice, and only one of it is wanted.
    Repeated,
    /// The field is missing or blank. Under [`Policy::Rfc5280`](crate::Policy::Rfc5280): all are.
    Required,
    /// More characters than RFC 5280, appendix A.1, allows.
    TooLong {
        /// The characters that it has.
        chars: usize,
        /// The characters that it may have.
        max: usize,
    },
    /// Not an assigned ISO 3166-1 alpha-2 code in capital letters.
    UnknownCountry {
        /// The code that was probably meant.
        did_you_mean: Option<&'static str>,
    },
}

impl Problem {
    pub(super) fn forbidden(character: char, position: usize) -> Self {
        Self::ForbiddenCharacter {
            character,
            position,
            suggestion: spelling(character),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter { position } => write!(
                f,
                "has an invisible character at position {position}, type the value anew"
            ),
            Self::ForbiddenCharacter {
                character,
                position,
                suggestion,
            } => {
                write!(
                    f,
                    "has {character:?} at position {position}, which is not accepted, "
                )?;
                match suggestion {
                    Some(spelling) => write!(f, "write {spelling:?} instead"),
                    None => f.write_str("leave it out"),
                }
            }
            Self::LeadingOrTrailingSpace => {
                f.write_str("begins or ends with a space, remove that space")
            }
            Self::NoLetterOrDigit => {
                f.write_str("has neither a letter nor a digit, give the real name")
            }
            Self::NotDnsName => f.write_str("is not a DNS name, and only those are accepted"),
            Self::NotEmailAddress => {
                f.write_str("is not a bare e-mail address such as ops@acme.example")
            }
            Self::NotFqdn(problem) => {
                write!(f, "is not a fully qualified domain name: {problem}")
            }
            Self::NotUri => f.write_str("is not an absolute URI such as https://acme.example/napi"),
            Self::Repeated => f.write_str("is there twice, leave one out"),
            Self::Required => f.write_str("is missing"),
            Self::TooLong { chars, max } => {
                write!(
                    f,
                    "has {chars} characters but {max} is the limit, shorten it"
                )
            }
            Self::UnknownCountry { did_you_mean } => {
                f.write_str("is not a two-letter ISO 3166-1 code in capital letters, ")?;
                match did_you_mean {
                    Some(code) => write!(f, "did you mean {code:?}?"),
                    None => f.write_str("give one such as \"CA\""),
                }
            }
        }
    }
}
