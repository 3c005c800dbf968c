//! Text, of which some is known beforehand.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

use super::Single;

/// Text; a number or truth in its place is taken as its text, as one SDK takes error codes for numbers.
///
/// What is one of `known`, to the letter, is not copied.
pub(crate) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    known: &'static [&'static str],
) -> Result<Option<Cow<'static, str>>, D::Error> {
    deserializer.deserialize_any(Text { known })
}

struct Text {
    known: &'static [&'static str],
}

impl Visitor<'_> for Text {
    type Value = Option<Cow<'static, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
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
        Ok(Some(text).filter(|text| !text.is_empty()).map(Cow::Owned))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Some(truth.to_string().into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string().into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string().into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string().into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl Single for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(text(deserializer, &[])?.map(Cow::into_owned))
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
    use serde_json::json;

    #[test]
    fn text_may_be_a_number_but_no_object() {
        assert_eq!(String::read(json!(1001)).unwrap().unwrap(), "1001");
        assert_eq!(String::read(json!(0.5)).unwrap().unwrap(), "0.5");
        assert!(String::read(json!({})).is_err());
    }
}
