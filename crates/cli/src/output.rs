//! What a command has to say when it could do its work.

use std::fmt::Display;

/// Text for standard output, warnings and problems for standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// Lines without a line break at the end.
    pub text: String,
    /// One line each.
    pub warnings: Vec<String>,
    /// One line each: what is wrong with the thing that was looked at. Any makes the program fail.
    pub problems: Vec<String>,
}

impl Output {
    pub(crate) fn new(text: String, warnings: impl IntoIterator<Item = impl Display>) -> Self {
        let warnings = warnings
            .into_iter()
            .map(|warning| format!("warning: {warning}"))
            .collect();
        Self {
            text,
            warnings,
            problems: Vec::new(),
        }
    }

    pub(crate) fn problems(mut self, problems: impl IntoIterator<Item = impl Display>) -> Self {
        let problems = problems.into_iter();
        self.problems
            .extend(problems.map(|problem| format!("problem: {problem}")));
        self
    }
}
