//! The quotes and line breaks of a list in CSV, which the reader of its cells does not tell.

use crate::list::error::LineProblem;

/// Follows the bytes of a list: the line, and whether quotes are as RFC 4180 has them.
#[derive(Debug)]
pub(super) struct Quotes {
    separator: u8,
    place: Place,
    is_after_return: bool,
    /// The line, from 1.
    line: u64,
    /// The line in which the last quote opened.
    opened: u64,
    problem: Option<LineProblem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote that closes the cell, unless another follows.
    Closed,
}

impl Quotes {
    pub(super) fn new(separator: u8) -> Self {
        Self {
            separator,
            place: Place::CellStart,
            is_after_return: false,
            line: 1,
            opened: 1,
            problem: None,
        }
    }

    /// Takes the next byte of the list.
    pub(super) fn follow(&mut self, byte: u8) {
        let is_break = matches!(byte, b'\r' | b'\n');
        self.place = match (self.place, byte) {
            (Place::CellStart, b'"') => {
                self.opened = self.line;
                Place::Quoted
            }
            (Place::Quoted, b'"') => Place::Closed,
            (Place::Closed, b'"') => Place::Quoted,
            (Place::Quoted, _) => {
                if is_break {
                    self.problem.get_or_insert(LineProblem::SplitCell);
                }
                Place::Quoted
            }
            (_, byte) if is_break || byte == self.separator => Place::CellStart,
            (Place::Closed, _) => {
                self.problem.get_or_insert(LineProblem::BehindQuote);
                Place::Plain
            }
            _ => Place::Plain,
        };
        // A return and the line feed behind it are one break.
        if is_break && !(byte == b'\n' && self.is_after_return) {
            self.line += 1;
        }
        self.is_after_return = byte == b'\r';
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Returns the line in which a quote opened that is not closed yet.
    pub(super) fn open_since(&self) -> Option<u64> {
        (self.place == Place::Quoted).then_some(self.opened)
    }

    /// Takes the first problem since the last call.
    pub(super) fn take_problem(&mut self) -> Option<LineProblem> {
        self.problem.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(text: &str) -> Quotes {
        let mut quotes = Quotes::new(b',');
        text.bytes().for_each(|byte| quotes.follow(byte));
        quotes
    }

    #[test]
    fn quotes_of_rfc_4180_have_no_problem() {
        for text in [
            "a,b\n",
            "\"a\",\"b,\"\"c\"\"\"\r\n",
            "\"\",\"\"\n",
            "a \"b\" c,d\n",
        ] {
            assert_eq!(follow(text).take_problem(), None, "{text:?}");
        }
    }

    #[test]
    fn text_behind_a_quote_and_split_cells_are_found() {
        for (text, problem) in [
            ("\"a\"b", LineProblem::BehindQuote),
            ("\"a\" ,b", LineProblem::BehindQuote),
            ("a,\"b\nc\"", LineProblem::SplitCell),
            ("a,\"b\rc\"", LineProblem::SplitCell),
        ] {
            let mut quotes = follow(text);
            assert_eq!(quotes.take_problem(), Some(problem), "{text:?}");
            assert_eq!(quotes.take_problem(), None);
        }
    }

    #[test]
    fn each_kind_of_line_break_counts_once() {
        for (text, line) in [("a\nb", 2), ("a\r\nb", 2), ("a\rb", 2), ("\n\r\r\n", 4)] {
            assert_eq!(follow(text).line(), line, "{text:?}");
        }
    }

    #[test]
    fn open_quote_is_known_by_its_line() {
        assert_eq!(follow("a\n\"b\nc").open_since(), Some(2));
        assert_eq!(follow("a\n\"b\"").open_since(), None);
    }
}
