//! What a command has to say when it succeeded.

use std::fmt::Display;

/// Text for standard output, warnings for standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// Lines without a line break at the end.
    pub text: String,
    /// One line each.
    pub warnings: Vec<String>,
}

impl Output {
    pub(crate) fn new(text: String, warnings: impl IntoIterator<Item = impl Display>) -> Self {
        let warnings = warnings
            .into_iter()
            .map(|warning| format!("warning: {warning}"))
            .collect();
        Self { text, warnings }
    }
}
