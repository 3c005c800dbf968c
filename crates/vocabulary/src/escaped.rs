//! Text from elsewhere, escaped so that it steers neither a terminal nor a reader.
//!
//! The name of a file, the subject of a certificate and the words of a server may hold sequences
//! that a terminal obeys, line ends that begin a line of their own, marks that turn the direction
//! of writing ([Unicode TR 36, section 2.1]), and characters that no one sees. Leaves out
//! characters that look like others.
//!
//! [Unicode TR 36, section 2.1]: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing

use std::fmt::{self, Write};

/// Text whose `Display` escapes what is invisible as JSON does, `\u202e`
/// ([RFC 8259, section 7]).
///
/// So text that was JSON is still the same JSON. Escaping what was escaped changes nothing, except
/// for [`exact`](Self::exact).
///
/// ```
/// use vocabulary::Escaped;
///
/// assert_eq!(Escaped::line("a\r\nb").to_string(), "a\\u000d\\u000ab");
/// assert_eq!(Escaped::lines("a\r\nb").to_string(), "a\\u000d\nb");
/// assert_eq!(Escaped::exact("a\\nb").to_string(), "a\\\\nb");
/// ```
///
/// [RFC 8259, section 7]: https://www.rfc-editor.org/rfc/rfc8259#section-7
#[derive(Clone, Copy)]
pub struct Escaped<'a> {
    text: &'a str,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Exact,
    Line,
    Lines,
}

impl<'a> Escaped<'a> {
    /// Escapes every invisible character, line ends too: the text stays on its line.
    ///
    /// A [joiner](is_invisible) between two letters beyond Latin, Greek and Cyrillic stays, since
    /// Persian and Hindi are not legible without; elsewhere it is escaped.
    #[must_use]
    pub const fn line(text: &'a str) -> Self {
        let form = Form::Line;
        Self { text, form }
    }

    /// Escapes as [`line`](Self::line) does and keeps line feeds: for text that was put together
    /// from lines.
    #[must_use]
    pub const fn lines(text: &'a str) -> Self {
        let form = Form::Lines;
        Self { text, form }
    }

    /// Escapes as [`line`](Self::line) does, and every joiner and backslash too: different texts
    /// are shown differently. For values that a person compares.
    #[must_use]
    pub const fn exact(text: &'a str) -> Self {
        let form = Form::Exact;
        Self { text, form }
    }

    fn write_character(
        self,
        f: &mut fmt::Formatter<'_>,
        before: Option<char>,
        character: char,
        after: Option<char>,
    ) -> fmt::Result {
        let is_escaped = match character {
            '\\' if self.form == Form::Exact => return f.write_str("\\\\"),
            '\n' => self.form != Form::Lines,
            JOINER | NON_JOINER => {
                self.form == Form::Exact || !(is_joinable(before) && is_joinable(after))
            }
            other => is_invisible(other),
        };
        if !is_escaped {
            return f.write_char(character);
        }
        // JSON knows characters beyond the first 65,536 as two halves only.
        let mut room = [0; 2];
        let units = character.encode_utf16(&mut room);
        units.iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.text.chars().peekable();
        let mut before = None;
        while let Some(character) = characters.next() {
            self.write_character(f, before, character, characters.peek().copied())?;
            before = Some(character);
        }
        Ok(())
    }
}

/// As `Display`, in quotation marks.
impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Returns whether a character has no shape of its own, or steers what is shown around it.
///
/// These are the control characters, the line and paragraph separators, the marks of the direction
/// of writing, and what else Unicode calls [default ignorable], such as the soft hyphen, the
/// zero-width space and the byte order mark, which get into a name by copying.
///
/// The joiners (U+200C and U+200D) and the variation selectors are not among them: names in
/// Persian, Hindi, Mongolian and Japanese need them.
///
/// [default ignorable]: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
#[must_use]
pub fn is_invisible(character: char) -> bool {
    // Not from a table of Unicode in the tree: which of them count is a choice, and a change of it
    // should be seen here.
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e00ff}'
                | '\u{e01f0}'..='\u{e0fff}'
        )
}

/// Returns whether a joiner beside this character may be part of a word.
fn is_joinable(neighbour: Option<char>) -> bool {
    // Latin, Greek and Cyrillic, which come first, have no use for joiners; there they would tell
    // apart two names that look the same.
    neighbour.is_some_and(|it| it >= '\u{530}' && !is_invisible(it) && !is_joiner(it))
}

const fn is_joiner(character: char) -> bool {
    matches!(character, JOINER | NON_JOINER)
}

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str) -> String {
        Escaped::line(text).to_string()
    }

    #[test]
    fn letters_and_symbols_of_all_scripts_stay() {
        for text in [
            "",
            "O'Neill \"é\" 株式会社 e\u{301}",
            "C:\\new\\tab",
            "👍 €",
            "葛\u{e0100}",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn invisible_characters_are_escaped() {
        for (text, shown) in [
            ("a\u{1b}[31mb", "a\\u001b[31mb"),
            ("a\tb\0\u{7f}\u{9b}", "a\\u0009b\\u0000\\u007f\\u009b"),
            ("a\nb\r\nc\u{2028}d", "a\\u000ab\\u000d\\u000ac\\u2028d"),
            ("\u{202e}moc\u{61c}\u{2069}", "\\u202emoc\\u061c\\u2069"),
            ("\u{3164}\u{feff}", "\\u3164\\ufeff"),
            ("a\u{e0041}", "a\\udb40\\udc41"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn joiner_stays_between_letters_that_join() {
        for text in ["می\u{200c}خواهم", "क\u{94d}\u{200d}ष"] {
            assert_eq!(line(text), text);
        }
        for (text, shown) in [
            ("a\u{200d}b", "a\\u200db"),
            ("\u{200c}ی", "\\u200cی"),
            ("ی\u{200c}", "ی\\u200c"),
            ("ی\u{200c}\u{200c}ی", "ی\\u200c\\u200cی"),
            ("ی\u{200c}\u{202e}", "ی\\u200c\\u202e"),
        ] {
            assert_eq!(line(text), shown);
        }
        let exact = Escaped::exact("می\u{200c}خواهم").to_string();
        assert_eq!(exact, "می\\u200cخواهم");
    }

    #[test]
    fn lines_keep_line_feeds_alone() {
        let shown = Escaped::lines("a\nb\r\u{2029}\u{85}\u{b}").to_string();
        assert_eq!(shown, "a\nb\\u000d\\u2029\\u0085\\u000b");
    }

    #[test]
    fn debug_is_escaped_too() {
        let shown = format!("{:?}", Escaped::line("a\u{1b}b"));
        assert_eq!(shown, "\"a\\u001bb\"");
    }

    /// Makes text with many of the characters that matter.
    fn text() -> impl Strategy<Value = String> {
        let character = prop_oneof![
            any::<char>(),
            prop::sample::select(
                "\0\n\r\u{1b}\\u\u{ad}\u{200c}\u{200d}\u{202e}\u{e0041}یa"
                    .chars()
                    .collect::<Vec<_>>()
            ),
        ];
        prop::collection::vec(character, 0..20).prop_map(|it| it.into_iter().collect())
    }

    fn from_json(text: &str) -> String {
        serde_json::from_str(&format!("\"{text}\"")).unwrap()
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_visible_line(text in text()) {
            let shown = line(&text);
            prop_assert!(!shown.chars().any(is_invisible), "{shown:?}");
            prop_assert_eq!(line(&shown), shown);
            let shown = Escaped::lines(&text).to_string();
            prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
            prop_assert!(!shown.lines().any(|it| it.chars().any(is_invisible)));
        }

        #[test]
        fn exact_text_can_be_read_back(text in text()) {
            let text = text.replace('"', "");
            let shown = Escaped::exact(&text).to_string();
            prop_assert!(!shown.contains([JOINER, NON_JOINER]));
            prop_assert_eq!(from_json(&shown), text);
        }

        #[test]
        fn json_stays_the_same_json(text in text()) {
            let json = serde_json::to_string(&text).unwrap();
            for shown in [Escaped::line(&json), Escaped::lines(&json)] {
                let read: String = serde_json::from_str(&shown.to_string()).unwrap();
                prop_assert_eq!(&read, &text);
            }
        }
    }
}
