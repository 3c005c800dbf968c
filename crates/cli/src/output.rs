//! What a command has to say when it could do its work.

use std::fmt::{Display, Write};

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

/// Escapes what steers a terminal or turns the direction of writing, which names of files and of
/// certificates may hold; line ends stay. What is escaped is still the same string in JSON.
#[must_use]
pub fn without_steering(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            other if other.is_control() || turns_direction(other) => {
                let _ = write!(shown, "\\u{:04x}", u32::from(other));
            }
            other => shown.push(other),
        }
    }
    shown
}

const fn turns_direction(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_all_else_is_shown_as_it_is() {
        let shown = without_steering("Zoë 東京\n\u{1b}[2J\r\u{9b}31m\u{202e}\u{7f}");
        assert_eq!(shown, "Zoë 東京\n\\u001b[2J\\u000d\\u009b31m\\u202e\\u007f");
    }
}
