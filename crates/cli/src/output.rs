//! The output of a command that did its work.

use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use crate::diagnosis::Diagnosis;
use crate::exit::Exit;
use crate::styled_text::StyledText;

/// The text for standard output, and warnings and problems for standard error.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Output {
    /// Lines without a line break at the end.
    pub text: String,
    /// One thing to know each.
    pub warnings: Vec<String>,
    /// One thing each that is wrong with what was read.
    pub problems: Vec<String>,
    /// The exit code: that of findings, if there are problems.
    pub exit: Exit,
    /// Bytes for standard output as they came, before the text.
    pub raw: Vec<u8>,
    /// The same as `text` for a terminal with colours.
    coloured: Option<String>,
    /// The same as `text` for programs.
    data: Value,
    /// The failure that it ended with, where there is something to print all the same.
    failed: Option<(Diagnosis, String)>,
}

impl Output {
    pub(crate) fn new(
        text: String,
        data: Value,
        warnings: impl IntoIterator<Item = impl Display>,
    ) -> Self {
        Self {
            text,
            data,
            warnings: warnings.into_iter().map(|it| it.to_string()).collect(),
            ..Self::default()
        }
    }

    /// Makes the output of text that a terminal is shown in colours.
    pub(crate) fn styled(
        text: &StyledText,
        data: Value,
        warnings: impl IntoIterator<Item = impl Display>,
    ) -> Self {
        let coloured = text.coloured();
        Self {
            coloured: Some(coloured),
            ..Self::new(text.plain(), data, warnings)
        }
    }

    /// Returns the text in colours, if it has any.
    pub(crate) fn coloured(&self) -> Option<&str> {
        self.coloured.as_deref()
    }

    pub(crate) fn problems(mut self, problems: impl IntoIterator<Item = impl Display>) -> Self {
        let problems = problems.into_iter().map(|it| it.to_string());
        self.problems.extend(problems);
        if !self.problems.is_empty() && self.exit == Exit::Good {
            self.exit = Exit::Findings;
        }
        self
    }

    /// Returns the output with another exit code.
    pub(crate) fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Returns the output of a command that failed with something to show.
    pub(crate) fn failed(mut self, diagnosis: Diagnosis, message: String) -> Self {
        self.exit = diagnosis.exit;
        self.failed = Some((diagnosis, message));
        self
    }

    /// Returns the failure that it ended with.
    pub(crate) fn failure(&self) -> Option<&(Diagnosis, String)> {
        self.failed.as_ref()
    }

    /// Returns the output for programs.
    pub(crate) fn data(&self) -> &Value {
        &self.data
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
        Self { text, warnings }
    }

    /// Returns one thing to know each.
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
