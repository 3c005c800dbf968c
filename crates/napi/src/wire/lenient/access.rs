//! The members of an object and the elements of a list.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::{Parser, Unreadable, mended};

/// What stands between two members or elements.
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

pub(super) struct Members<'p, 'a> {
    parser: &'p mut Parser<'a>,
    is_first: bool,
}

impl<'p, 'a> Members<'p, 'a> {
    pub(super) fn new(parser: &'p mut Parser<'a>) -> Self {
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
        if !matches!(self.parser.scanner.peek(), Some(b'"' | b'\'')) {
            return Err(self.parser.broken());
        }
        let Some(raw) = self.parser.scanner.string() else {
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

pub(super) struct Elements<'p, 'a> {
    parser: &'p mut Parser<'a>,
    is_first: bool,
}

impl<'p, 'a> Elements<'p, 'a> {
    pub(super) fn new(parser: &'p mut Parser<'a>) -> Self {
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
