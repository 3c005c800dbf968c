//! One value: a whole number, truth, or JSON of any shape; text has a file of its own.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Unexpected, Visitor},
};
use serde_json::Value;

use super::Member;

/// A type of which a member holds at most one, and a list any number.
pub(crate) trait Single: Sized + Serialize {
    /// Reads one value; `None` for `null` and for what is empty.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;

    /// Shows the value without personal data.
    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Whether a name is that of a member of this type, or of what it holds down to a depth.
    fn knows(_name: &str, _depth: u8) -> bool {
        false
    }

    /// Canonical JSON of this type, with `marker` wherever text may stand.
    #[cfg(test)]
    fn example(marker: &str) -> Value;

    /// Any canonical JSON of this type.
    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<Value>;
}

/// A whole number, or its digits as text: one published body has both for the same members.
impl Single for i32 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Option<i32>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or its digits")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                match text.trim() {
                    "" => Ok(None),
                    digits => digits
                        .parse()
                        .map(Some)
                        .map_err(|_| E::invalid_value(Unexpected::Other("text"), &self)),
                }
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                i32::try_from(number)
                    .map(Some)
                    .map_err(|_| E::invalid_value(Unexpected::Other("a larger number"), &self))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                i32::try_from(number)
                    .map(Some)
                    .map_err(|_| E::invalid_value(Unexpected::Other("a larger number"), &self))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
        }
        deserializer.deserialize_any(Whole)
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

/// Truth, or its word as text: published requests have `"True"`.
impl Single for bool {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Truth;
        impl Visitor<'_> for Truth {
            type Value = Option<bool>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                match text.trim() {
                    "" => Ok(None),
                    word if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
                    word if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
                    _ => Err(E::invalid_value(Unexpected::Other("text"), &self)),
                }
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Some(truth))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
        }
        deserializer.deserialize_any(Truth)
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

/// JSON of any shape.
impl Single for Value {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::<Self>::deserialize(deserializer)
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }

    #[cfg(test)]
    fn example(marker: &str) -> Value {
        serde_json::json!({ marker: [marker, 1] })
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<Value> {
        super::example::json()
    }
}

/// Members whose names only the service knows, such as those of one country.
impl Single for BTreeMap<String, String> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        <Self as Member>::read(deserializer)
            .map(|members| Some(members).filter(|it| !it.is_empty()))
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Member::redact(self, f)
    }

    #[cfg(test)]
    fn example(marker: &str) -> Value {
        <Self as Member>::example(marker)
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<Value> {
        <Self as Member>::strategy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_may_be_digits_and_nothing_else() {
        for (json, expected) in [
            (json!(5), Some(5)),
            (json!("5"), Some(5)),
            (json!(" 05 "), Some(5)),
            (json!(-1), Some(-1)),
            (json!(i32::MAX), Some(i32::MAX)),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(i32::read(json).unwrap(), expected);
        }
        for json in [
            json!("five"),
            json!(5.5),
            json!(2_147_483_648_u32),
            json!(true),
        ] {
            assert!(i32::read(json).is_err());
        }
    }

    #[test]
    fn truth_may_be_a_word_and_nothing_else() {
        for (json, expected) in [
            (json!("True"), Some(true)),
            (json!("FALSE"), Some(false)),
            (json!(true), Some(true)),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(bool::read(json).unwrap(), expected);
        }
        for json in [json!("yes"), json!(1), json!({})] {
            assert!(bool::read(json).is_err());
        }
    }
}
