//! A parser of JSON as it should not be written, and is: for bodies that the strict one does not
//! take.
//!
//! It follows the grammar (RFC 8259) and takes besides: control characters, lone surrogates, bytes
//! that are not UTF-8 and single quotes in strings; names without quotation marks; numbers with
//! zeros in front, a plus or a bare point; words such as `True`; a comma before a closing bracket;
//! and `new Date(…)`, which .NET wrote once. A value that cannot be read is passed over by its
//! brackets, so that what follows it can be. Where a document ends too early, nothing can be known
//! of it, and reading fails.

mod scan;
mod string;

pub(crate) use scan::Scanner;
pub(crate) use string::{has_lone_surrogate, mended};

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

use crate::wire::notes::Notes;

/// The deepest nesting of lists and objects, as for the strict parser.
const DEEPEST: u8 = 127;

/// That something could not be read. What it was is in the notes.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that cannot be read")
    }
}

/// The parser, at one place of the document.
pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    notes: &'a Notes<'a>,
    depth: u8,
}

impl<'a> Parser<'a> {
    /// Makes a parser at the start of the document of the notes.
    pub(crate) fn new(notes: &'a Notes<'a>) -> Self {
        Self {
            scanner: Scanner::new(notes.source()),
            notes,
            depth: 0,
        }
    }

    /// Returns its place in the document.
    pub(crate) fn at(&self) -> usize {
        self.scanner.at()
    }

    /// Returns what follows the document's value, if that is more than white space and what is
    /// sometimes written for it.
    pub(crate) fn trailing(&mut self) -> Option<(usize, usize)> {
        let rest = self.scanner.rest();
        let start = rest.iter().position(|byte| !is_trailing_blank(byte))?;
        Some((self.at() + start, self.at() + rest.len()))
    }

    /// Notes that the document ends too early.
    fn fail(&self) -> Unreadable {
        self.notes.fail(self.at());
        Unreadable
    }

    /// Notes that a list or an object goes on in a way that is not JSON.
    fn broken(&self) -> Unreadable {
        self.notes.set_broken(true);
        Unreadable
    }

    /// Reads one value with `read`; one that cannot be read is passed over.
    fn value<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Unreadable>,
    ) -> Result<T, Unreadable> {
        self.scanner.skip_blank();
        let (start, mark, depth) = (self.at(), self.notes.mark(), self.depth);
        let read = read(self);
        if read.is_err() && self.notes.failure().is_none() {
            self.depth = depth;
            self.scanner.go_to(start);
            if self.scanner.skip_value().is_none() {
                return Err(self.fail());
            }
            self.notes.rewind(&mark);
        }
        self.notes.set_span((start, self.at()));
        read
    }

    fn string<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unreadable> {
        let Some(raw) = self.scanner.string() else {
            return Err(self.fail());
        };
        let text = mended(raw);
        self.notes.set_damaged(text.is_damaged);
        visitor.visit_str(&text.text)
    }

    fn number<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unreadable> {
        let start = self.at();
        let number = self.scanner.number();
        self.notes.set_number((start, self.at()));
        // The strict parser has `-0` as a float, since no whole number is a negative zero.
        let is_whole = !number.contains(['.', 'e', 'E']) && number != "-0";
        if let (true, Ok(number)) = (is_whole, number.parse::<u64>()) {
            return visitor.visit_u64(number);
        }
        if let (true, Ok(number)) = (is_whole, number.parse::<i64>()) {
            return visitor.visit_i64(number);
        }
        // As the strict parser rounds, where the number is one that it takes.
        let strict = serde_json::from_str(number);
        match strict.or_else(|_| number.parse::<f64>().map_err(|_| Unreadable)) {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(Unreadable),
        }
    }

    fn word<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unreadable> {
        let word = self.scanner.word();
        self.notes.set_damaged(false);
        match word.to_ascii_lowercase().as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            "null" => visitor.visit_unit(),
            date if date.starts_with("new date(") => visitor.visit_str(word),
            _ => Err(Unreadable), // `NaN`, `Infinity`, `undefined`
        }
    }
}

impl<'de, 'a> Deserializer<'de> for &mut Parser<'a> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.scanner.skip_blank();
        match self.scanner.peek() {
            None => Err(self.fail()),
            Some(b'{' | b'[') if self.depth >= DEEPEST => Err(Unreadable),
            Some(b'{') => {
                self.depth += 1;
                self.scanner.advance();
                // After an error `value` sets the depth back.
                let value = visitor.visit_map(Members::new(self))?;
                self.depth -= 1;
                Ok(value)
            }
            Some(b'[') => {
                self.depth += 1;
                self.scanner.advance();
                let value = visitor.visit_seq(Elements::new(self))?;
                self.depth -= 1;
                Ok(value)
            }
            Some(b'"' | b'\'') => self.string(visitor),
            Some(b'0'..=b'9' | b'+' | b'-' | b'.') => self.number(visitor),
            Some(byte) if byte.is_ascii_alphabetic() => self.word(visitor),
            Some(_) => Err(self.broken()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.scanner.skip_value() {
            Some(()) => visitor.visit_unit(),
            None => Err(self.fail()),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// Returns whether a byte may stand after the end of a document: white space, and what is sometimes
/// written there, such as the semicolon of a script, a NUL of C or a byte order mark.
pub(crate) fn is_trailing_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || b"\0;\xEF\xBB\xBF".contains(byte)
}

/// The step between two members or elements.
enum Next {
    End,
    One,
}

impl Parser<'_> {
    /// Goes to the next member or element, or past the end. A comma may come before the end.
    fn next(&mut self, is_first: &mut bool, end: u8) -> Result<Next, Unreadable> {
        self.scanner.skip_blank();
        let has_comma = !*is_first && self.scanner.take(b',');
        if has_comma {
            self.scanner.skip_blank();
        }
        if self.scanner.take(end) {
            return Ok(Next::End);
        }
        match self.scanner.peek() {
            None => Err(self.fail()),
            Some(_) if *is_first || has_comma => {
                *is_first = false;
                Ok(Next::One)
            }
            Some(_) => Err(self.broken()),
        }
    }
}

struct Members<'p, 'a> {
    parser: &'p mut Parser<'a>,
    is_first: bool,
}

impl<'p, 'a> Members<'p, 'a> {
    fn new(parser: &'p mut Parser<'a>) -> Self {
        Self {
            parser,
            is_first: true,
        }
    }
}

impl<'de> MapAccess<'de> for Members<'_, '_> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        if let Next::End = self.parser.next(&mut self.is_first, b'}')? {
            return Ok(None);
        }
        let scanner = &mut self.parser.scanner;
        let raw = match scanner.peek() {
            Some(b'"' | b'\'') => scanner.string(),
            Some(byte) if Scanner::begins_name(byte) => Some(scanner.name()),
            _ => return Err(self.parser.broken()),
        };
        let Some(raw) = raw else {
            return Err(self.parser.fail());
        };
        let name = mended(raw);
        self.parser.notes.set_damaged(name.is_damaged);
        let name: Cow<'_, str> = name.text;
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        self.parser.scanner.skip_blank();
        if !self.parser.scanner.take(b':') {
            return Err(match self.parser.scanner.peek() {
                None => self.parser.fail(),
                Some(_) => self.parser.broken(),
            });
        }
        self.parser.value(|parser| seed.deserialize(parser))
    }
}

struct Elements<'p, 'a> {
    parser: &'p mut Parser<'a>,
    is_first: bool,
}

impl<'p, 'a> Elements<'p, 'a> {
    fn new(parser: &'p mut Parser<'a>) -> Self {
        Self {
            parser,
            is_first: true,
        }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        match self.parser.next(&mut self.is_first, b']')? {
            Next::End => Ok(None),
            Next::One => self
                .parser
                .value(|parser| seed.deserialize(parser))
                .map(Some),
        }
    }
}
