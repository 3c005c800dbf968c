//! The tokens of a document, and the end of a value: without recursion and without memory.

/// A place in a document.
#[derive(Clone, Copy)]
pub(crate) struct Scanner<'a> {
    source: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(source: &'a [u8]) -> Self {
        Self { source, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at.min(self.source.len());
    }

    /// Returns what is left of the document.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.source.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    pub(crate) fn advance(&mut self) {
        self.go_to(self.at.saturating_add(1));
    }

    /// Passes over all that is left.
    pub(crate) fn end(&mut self) {
        self.at = self.source.len();
    }

    /// Takes this byte if it is the next one.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        if is_next {
            self.advance();
        }
        is_next
    }

    pub(crate) fn skip_blank(&mut self) {
        self.take_while(|byte| byte.is_ascii_whitespace() || byte == 0x0B);
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !is_part(*byte));
        let (taken, _) = rest.split_at(length.unwrap_or(rest.len()));
        self.go_to(self.at + taken.len());
        taken
    }

    /// Takes a string and gives what is between its quotation marks, with its escapes; `None` if it
    /// has no end.
    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let Some(inner) = self.string_or_start() else {
            self.go_to(start);
            return None;
        };
        Some(inner)
    }

    fn string_or_start(&mut self) -> Option<&'a [u8]> {
        let quote = self.peek()?;
        self.advance();
        let start = self.at;
        loop {
            self.take_while(|byte| byte != quote && byte != b'\\');
            let end = self.at;
            match self.peek()? {
                // The escaped character with it, which may be the quotation mark or a backslash.
                b'\\' => self.go_to(self.at + 2),
                _ => {
                    self.advance();
                    return self.source.get(start..end);
                }
            }
        }
    }

    /// Returns whether a name without quotation marks begins so, as JavaScript writes it.
    pub(crate) fn begins_name(byte: u8) -> bool {
        byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$')
    }

    /// Takes a name without quotation marks.
    pub(crate) fn name(&mut self) -> &'a [u8] {
        self.take_while(|byte| Self::begins_name(byte) || byte.is_ascii_digit())
    }

    /// Takes what may be a number.
    pub(super) fn number(&mut self) -> &'a str {
        let number = self.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        std::str::from_utf8(number).unwrap_or_default() // they are ASCII
    }

    /// Takes a word, and what is in round brackets after it.
    pub(super) fn word(&mut self) -> &'a str {
        let start = self.at;
        self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if self.rest().starts_with(b" Date(") {
            self.take_while(|byte| byte != b'(');
        }
        if self.peek() == Some(b'(') {
            // No further than a string or the line, if the bracket is never closed.
            self.take_while(|byte| byte != b')' && byte != b'"' && byte != b'\n');
            self.take(b')');
        }
        let word = self.source.get(start..self.at).unwrap_or_default();
        std::str::from_utf8(word).unwrap_or_default()
    }

    /// Passes over a value; `None` if the document ends within it.
    pub(crate) fn skip_value(&mut self) -> Option<()> {
        self.skip_blank();
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'{' | b'[' => {
                    depth += 1;
                    self.advance();
                }
                b'}' | b']' => {
                    // Of an object or list that holds the value: there is none.
                    depth = depth.checked_sub(1)?;
                    self.advance();
                }
                b'"' | b'\'' => {
                    self.string()?;
                }
                b',' if depth == 0 => return None,
                _ if depth == 0 => self.skip_word(),
                _ => {
                    self.take_while(|byte| !b"{}[]\"'".contains(&byte));
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Passes over what is neither a string nor in brackets.
    fn skip_word(&mut self) {
        let start = self.at;
        self.word();
        self.take_while(|byte| !b",]}\"' \t\r\n".contains(&byte));
        // So that each step of `skip_value` gets on.
        if self.at == start {
            self.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(source: &str) -> Option<&str> {
        let mut scanner = Scanner::new(source.as_bytes());
        scanner.skip_value()?;
        Some(&source[scanner.at()..])
    }

    #[test]
    fn a_value_ends_where_its_brackets_and_quotation_marks_do() {
        for value in [
            "1",
            "-1.5e3",
            "NaN",
            "-Infinity",
            "\"a\\\"]}\\\\\"",
            "'a\"'",
            "{\"a\":[1,{\"b\":\"]\"}],\"c\":{}}",
            "[]",
            "new Date(1637018820000)",
            "{\"a\" 1; b}",
        ] {
            assert_eq!(rest(&format!(" {value},rest")), Some(",rest"), "{value}");
            assert_eq!(rest(&format!("{value}]")), Some("]"), "{value}");
        }
    }

    #[test]
    fn a_value_without_an_end_is_none() {
        for value in ["", "[", "{\"a\":1", "\"a", "\"a\\\"", "]", ",", "[\"]"] {
            assert_eq!(rest(value), None, "{value}");
        }
    }
}
