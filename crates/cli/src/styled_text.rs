//! Lines with a style each, which only a terminal is shown.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use vocabulary::Escaped;

/// Lines, each in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StyledText(Vec<(Style, String)>);

impl StyledText {
    /// Adds a line; what would begin another one is escaped.
    pub(crate) fn line(&mut self, style: Style, line: &str) {
        self.0.push((style, Escaped::line(line).to_string()));
    }

    /// Returns the lines without styles.
    pub(crate) fn plain(&self) -> String {
        let lines: Vec<_> = self.0.iter().map(|(_, line)| &**line).collect();
        lines.join("\n")
    }

    /// Returns the lines for a terminal.
    pub(crate) fn coloured(&self) -> String {
        let mut text = String::new();
        for (style, line) in &self.0 {
            let _ = writeln!(text, "{style}{line}{style:#}"); // to a string it never fails
        }
        text.pop();
        text
    }
}

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_for_the_terminal_and_nothing_else_steers_it() {
        let mut text = StyledText::default();
        text.line(RED, "bad\u{1b}[2J\nworse");
        text.line(PLAIN, "good");
        assert_eq!(text.plain(), "bad\\u001b[2J\\u000aworse\ngood");
        let coloured = text.coloured();
        assert_eq!(coloured.matches('\u{1b}').count(), 2, "{coloured:?}");
        assert!(coloured.starts_with("\u{1b}[31mbad\\u001b"), "{coloured:?}");
    }
}
