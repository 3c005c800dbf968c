//! Text, of which some is known beforehand.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::wire::only::only_element;
use crate::wire::{Context, Single};

/// The memory of a text beside its bytes.
const TEXT: usize = 16;

/// Reads text; a number or truth in its place is taken as it is written, as one SDK takes error
/// codes for numbers.
///
/// What is one of `known`, to the letter, is not copied. Text that had to be mended is refused: the
/// rest of a code or of an identifier is another one.
pub(crate) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
    known: &'static [&'static str],
) -> Result<Option<Cow<'static, str>>, D::Error> {
    deserializer.deserialize_any(Text {
        context,
        known,
        takes_mended: false,
        takes_list: true,
    })
}

#[derive(Clone, Copy)]
struct Text<'c> {
    context: &'c Context<'c>,
    known: &'static [&'static str],
    takes_mended: bool,
    takes_list: bool,
}

impl Text<'_> {
    /// Returns whether text may be taken that was just read.
    fn check<E: Error>(&self, text: &str) -> Result<(), E> {
        if let Some(notes) = self.context.notes().filter(|notes| notes.is_damaged()) {
            if !self.takes_mended {
                return Err(E::custom("text that is not whole"));
            }
            notes.replaced();
        }
        self.context.charge(text.len() + TEXT)
    }

    fn number<E: Error>(&self, number: impl ToString) -> Result<Option<Cow<'static, str>>, E> {
        let number = match self.context.notes() {
            Some(notes) => notes.number().to_owned(), // with all its digits and zeros
            None => number.to_string(),
        };
        self.context.charge(number.len() + TEXT)?;
        Ok(Some(number.into()))
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = Option<Cow<'static, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.check(text)?;
        if text.is_empty() {
            return Ok(None);
        }
        let known = self.known.iter().find(|known| **known == text);
        Ok(Some(known.map_or_else(
            || Cow::Owned(text.to_owned()),
            |known| Cow::Borrowed(*known),
        )))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        self.check(&text)?;
        Ok(Some(text).filter(|text| !text.is_empty()).map(Cow::Owned))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Some(if truth { "true" } else { "false" }.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.number(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.number(number)
    }

    /// Refuses it in the strict reading, which does not know all digits any more.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        match self.context.notes() {
            Some(_) => self.number(number),
            None => Err(E::custom("a number of which digits may be lost")),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        if !self.takes_list {
            return Err(A::Error::custom("a list in a list"));
        }
        let takes_list = false;
        only_element(elements, Self { takes_list, ..self })
    }
}

impl Single for String {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        let text = deserializer.deserialize_any(Text {
            context,
            known: &[],
            takes_mended: true,
            takes_list: true,
        })?;
        Ok(text.map(Cow::into_owned))
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }

    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value {
        marker.into()
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
        super::example::text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(json: Value) -> Result<Option<String>, serde_json::Error> {
        String::read(json, &Context::by_hand())
    }

    #[test]
    fn text_may_be_a_number_but_no_object() {
        assert_eq!(read(json!(1001)).unwrap().unwrap(), "1001");
        assert_eq!(read(json!(["a"])).unwrap().unwrap(), "a");
        for nothing in [json!(null), json!(""), json!([]), json!([null])] {
            assert_eq!(read(nothing).unwrap(), None);
        }
        for other in [json!({}), json!(["a", "b"]), json!([["a"]])] {
            assert!(read(other).is_err());
        }
    }
}
