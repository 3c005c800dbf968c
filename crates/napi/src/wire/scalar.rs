//! One value: a whole number or truth; text and JSON of any shape have files of their own.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, SeqAccess, Visitor},
};
#[cfg(test)]
use serde_json::Value;

use crate::wire::only::only_element;
use crate::wire::{Context, Single};

/// A whole number, or its digits as text: one published body has both for the same members. Also
/// one with a fraction of zero, as .NET writes floats.
impl Single for i32 {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(Whole { takes_list: true })
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }

    #[cfg(test)]
    fn example(_: &str) -> Value {
        super::example::NUMBER.into()
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<Value> {
        use proptest::prelude::*;
        any::<Self>().prop_map(Value::from).boxed()
    }
}

/// Truth, or its word as text: published requests have `"True"`. Also 1 and 0, as databases have
/// it.
impl Single for bool {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(Truth { takes_list: true })
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    #[cfg(test)]
    fn example(_: &str) -> Value {
        true.into()
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<Value> {
        use proptest::prelude::*;
        any::<Self>().prop_map(Value::from).boxed()
    }
}

struct Whole {
    takes_list: bool,
}

impl Whole {
    /// Returns the number, if it is one and no digit of it is lost.
    fn exactly<E: Error>(number: f64) -> Result<Option<i32>, E> {
        let is_whole =
            number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
        // Exact: a whole number within the range.
        is_whole
            .then_some(Some(number as i32))
            .ok_or_else(|| E::custom("no whole number, or a larger one"))
    }
}

impl<'de> Visitor<'de> for Whole {
    type Value = Option<i32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number or its digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let text = text.trim();
        // `f64` would also read `inf`, `nan` and exponents.
        let is_decimal = |text: &str| {
            text.bytes()
                .all(|it| it.is_ascii_digit() || b".+-".contains(&it))
        };
        match (text, text.parse()) {
            ("", _) => Ok(None),
            (_, Ok(number)) => Ok(Some(number)),
            (text, _) if is_decimal(text) => match text.parse() {
                Ok(number) => Self::exactly(number),
                Err(_) => Err(E::custom("no number")),
            },
            _ => Err(E::custom("a word for a number")),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        let number = i32::try_from(number).map(Some);
        number.map_err(|_| E::custom("a larger number"))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let number = i32::try_from(number).map(Some);
        number.map_err(|_| E::custom("a larger number"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Self::exactly(number)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        match self.takes_list {
            true => only_element(elements, Self { takes_list: false }),
            false => Err(A::Error::custom("a list in a list")),
        }
    }
}

struct Truth {
    takes_list: bool,
}

impl Truth {
    fn of<E: Error>(number: f64) -> Result<Option<bool>, E> {
        match number {
            0.0 => Ok(Some(false)),
            1.0 => Ok(Some(true)),
            _ => Err(E::custom("a number other than 0 and 1")),
        }
    }
}

impl<'de> Visitor<'de> for Truth {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            "1" => Ok(Some(true)),
            "0" => Ok(Some(false)),
            word if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
            word if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(E::custom("another word than true and false")),
        }
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Some(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Self::of(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Self::of(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Self::of(number)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        match self.takes_list {
            true => only_element(elements, Self { takes_list: false }),
            false => Err(A::Error::custom("a list in a list")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn whole(json: Value) -> Result<Option<i32>, serde_json::Error> {
        Single::read(json, &Context::by_hand())
    }

    fn truth(json: Value) -> Result<Option<bool>, serde_json::Error> {
        Single::read(json, &Context::by_hand())
    }

    #[test]
    fn a_number_may_be_digits_and_nothing_else() {
        for (json, expected) in [
            (json!(5), Some(5)),
            (json!("5"), Some(5)),
            (json!(" 05 "), Some(5)),
            (json!(-1), Some(-1)),
            (json!(1978.0), Some(1978)),
            (json!("1978.00"), Some(1978)),
            (json!(-0.0), Some(0)),
            (json!(i32::MAX), Some(i32::MAX)),
            (json!([5]), Some(5)),
            (json!(""), None),
            (json!([]), None),
            (json!(null), None),
        ] {
            assert_eq!(whole(json.clone()).unwrap(), expected, "{json}");
        }
        for json in [
            json!("five"),
            json!(5.5),
            json!("5.5"),
            json!("1e3"),
            json!("nan"),
            json!("inf"),
            json!(2_147_483_648_u32),
            json!(2_147_483_648.0),
            json!("99999999999"),
            json!(true),
            json!([5, 5]),
            json!([[5]]),
            json!({}),
        ] {
            assert!(whole(json.clone()).is_err(), "{json}");
        }
    }

    #[test]
    fn truth_may_be_a_word_or_digit_and_nothing_else() {
        for (json, expected) in [
            (json!("True"), Some(true)),
            (json!("FALSE"), Some(false)),
            (json!(true), Some(true)),
            (json!(1), Some(true)),
            (json!(0), Some(false)),
            (json!("1"), Some(true)),
            (json!(0.0), Some(false)),
            (json!([true]), Some(true)),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(truth(json.clone()).unwrap(), expected, "{json}");
        }
        for json in [
            json!("yes"),
            json!(2),
            json!(-1),
            json!(0.5),
            json!({}),
            json!([0, 1]),
        ] {
            assert!(truth(json.clone()).is_err(), "{json}");
        }
    }
}
