//! Text from elsewhere, made fit to be shown.
//!
//! A subject in a foreign request may hold escape sequences that a terminal obeys, or marks that
//! turn the reading direction. Leaves out data: accessors hand it out as it is.

use std::fmt::{self, Write};

/// Shows text with control characters, invisible marks and backslashes escaped as Rust does.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character == '\\' || is_invisible(character) || is_joiner(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Bytes as hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Returns whether a character has no shape: control characters, and what gets into a name with
/// copy and paste: soft hyphen, zero-width space, byte order mark, line separators and what turns
/// the direction.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Returns whether it is one of the two joiners, which names in Persian and Hindi need.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_escaped_and_letters_are_not() {
        for (text, shown) in [
            (
                "O'Neill \"é\" 株式会社 e\u{301}",
                "O'Neill \"é\" 株式会社 e\u{301}",
            ),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\nb\0\u{7f}\u{9b}", "a\\nb\\u{0}\\u{7f}\\u{9b}"),
            ("\u{202e}moc", "\\u{202e}moc"),
            ("a\u{200d}b", "a\\u{200d}b"),
            ("a\\nb", "a\\\\nb"),
        ] {
            assert_eq!(Escaped(text).to_string(), shown);
        }
    }

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(Hex(&[0, 0xab]).to_string(), "00ab");
    }
}
