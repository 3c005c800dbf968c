//! The output of a command that did its work.

use std::fmt::{self, Display, Formatter};

use vocabulary::Escaped;

/// Text for standard output, warnings and problems for standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// Lines without a line break at the end.
    pub text: String,
    /// One line each, beginning with `warning:`.
    pub warnings: Vec<String>,
    /// One line each, beginning with `problem:`: what is wrong with what was read. Any makes the
    /// program fail.
    pub problems: Vec<String>,
}

impl Output {
    pub(crate) fn new(text: String, warnings: impl IntoIterator<Item = impl Display>) -> Self {
        // Each on one line, so that a file name with a line break cannot pose as another warning.
        let warnings = warnings
            .into_iter()
            .map(|warning| Escaped::line(&format!("warning: {warning}")).to_string())
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
            .extend(problems.map(|it| Escaped::line(&format!("problem: {it}")).to_string()));
        self
    }
}

/// A failure, and what there was to warn of before it, which may be why; the context of an error.
///
/// Its `Display` is the failure alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    text: String,
    warnings: Vec<String>,
}

impl Failure {
    pub(crate) fn new(text: String, warnings: Vec<String>) -> Self {
        let Output { text, warnings, .. } = Output::new(text, warnings);
        Self { text, warnings }
    }

    /// Returns one line each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_others_begin_no_line() {
        let output = Output::new(String::new(), ["x\ny"]).problems(["z\nproblem: no"]);
        assert_eq!(output.warnings, ["warning: x\\u000ay"]);
        assert_eq!(output.problems, ["problem: z\\u000aproblem: no"]);
    }
}
