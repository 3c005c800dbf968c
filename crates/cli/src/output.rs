//! The output of a command that did its work.

use std::fmt::{self, Display, Formatter, Write};

/// Text for standard output, warnings and problems for standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// Lines without a line break at the end.
    pub text: String,
    /// Returns the warnings, one line each.
    pub warnings: Vec<String>,
    /// One line each: what is wrong with the thing that was looked at. Any makes the program fail.
    pub problems: Vec<String>,
}

impl Output {
    pub(crate) fn new(text: String, warnings: impl IntoIterator<Item = impl Display>) -> Self {
        let warnings = warnings
            .into_iter()
            .map(|warning| one_line(&format!("warning: {warning}")))
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
            .extend(problems.map(|problem| one_line(&format!("problem: {problem}"))));
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

/// Escapes what steers a terminal or turns the direction of writing, which names of files and of
/// certificates may hold; line ends stay. What is escaped is still the same string in JSON.
#[must_use]
pub fn without_steering(text: &str) -> String {
    escaped(text, |character| character != '\n')
}

/// Escapes as [`without_steering`] does, and line ends too: for text from elsewhere,
/// which could pass for a line of this program's otherwise.
#[must_use]
pub fn one_line(text: &str) -> String {
    escaped(text, |_| true)
}

/// Returns whether text has anything that is escaped on one line.
pub(crate) fn has_steering(text: &str) -> bool {
    text.chars().any(steers)
}

fn escaped(text: &str, may_be_escaped: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) && may_be_escaped(character) {
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_all_else_shown() {
        let shown = without_steering("Zoë 東京\n\u{1b}[2J\r\u{9b}31m\u{202e}\u{7f}");
        assert_eq!(shown, "Zoë 東京\n\\u001b[2J\\u000d\\u009b31m\\u202e\\u007f");
    }

    #[test]
    fn line_ends_of_others_begin_no_line() {
        assert_eq!(
            one_line("a\nb\r\nc\u{2028}d"),
            "a\\u000ab\\u000d\\u000ac\\u2028d"
        );
        let output = Output::new(String::new(), ["x\ny"]).problems(["z\nproblem: no"]);
        assert_eq!(output.warnings, ["warning: x\\u000ay"]);
        assert_eq!(output.problems, ["problem: z\\u000aproblem: no"]);
    }
}
