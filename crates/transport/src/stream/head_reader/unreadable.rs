//! The reason why the head of a response cannot be parsed.

use crate::error::head_problem::HeadProblem;

/// The problem of a head, and the name of the field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnreadableHead {
    pub(super) problem: HeadProblem,
    pub(super) field: Option<String>,
}

impl From<HeadProblem> for UnreadableHead {
    fn from(problem: HeadProblem) -> Self {
        Self {
            problem,
            field: None,
        }
    }
}
