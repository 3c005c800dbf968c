//! Paths as they are shown: nothing in them steers a terminal or a log.
//!
//! Leaves out the names in certificates, which have an escape of their own.

use std::fmt;
use std::path::Path;

/// Shows a path, control characters and those that turn the direction of writing escaped.
pub(crate) struct Shown<'a>(pub(crate) &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_string_lossy().chars().try_for_each(|character| {
            if steers(character) {
                write!(f, "{}", character.escape_unicode())
            } else {
                write!(f, "{character}")
            }
        })
    }
}

/// Returns whether a character ends a line, moves a cursor, or turns the direction of writing.
pub(crate) fn steers(character: char) -> bool {
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
    fn a_path_cannot_end_the_line_or_colour_it() {
        let path = Path::new("a\n\u{1b}[31mé\u{202e}b");
        let shown = Shown(path).to_string();
        assert_eq!(shown, "a\\u{a}\\u{1b}[31mé\\u{202e}b");
    }
}
