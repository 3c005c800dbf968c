//! Open enumerations: text with named values, to which the service may add.

/// Declares an open enumeration.
///
/// Two values are equal if they differ in the case of ASCII letters alone: the service and its
/// pages differ in it. `Debug` shows a value only if it is one of the named ones, since anything
/// else may be a mistake for personal data.
macro_rules! open {
    ($($(#[$doc:meta])* pub struct $name:ident {
        $($(#[$about:meta])* $constant:ident = $text:literal,)+
    })+) => {$(
        $(#[$doc])*
        ///
        /// Open: the service may send others. Equal without regard to the case of ASCII letters.
        #[derive(Clone)]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            $($(#[$about])* pub const $constant: Self = Self(std::borrow::Cow::Borrowed($text));)+

            /// Returns the value as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(std::borrow::Cow::Owned(text.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(std::borrow::Cow::Owned(text))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }

        impl Eq for $name {}

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                // Values that are equal must hash alike.
                self.0.to_ascii_lowercase().hash(state);
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let known = [$($text),+].into_iter().find(|known| self.0.eq_ignore_ascii_case(known));
                f.write_str(known.unwrap_or("_"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl crate::wire::Single for $name {
            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
                context: &crate::wire::Context<'_>,
            ) -> Result<Option<Self>, D::Error> {
                Ok(crate::wire::text(deserializer, context, &[$($text),+])?.map(Self))
            }

            fn redact(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self, f)
            }

            #[cfg(test)]
            fn example(marker: &str) -> serde_json::Value {
                marker.into()
            }

            #[cfg(test)]
            fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
                crate::wire::example::text()
            }
        }
    )+};
}

pub(crate) use open;

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro is for types that are public")]

    use std::{borrow::Cow, collections::HashSet};

    use crate::wire::{Context, Single};

    open! {
        /// Light.
        pub struct Light {
            /// Go.
            GREEN = "Green",
        }
    }

    #[test]
    fn case_makes_no_difference_and_the_text_stays() {
        assert_eq!(Light::from("GREEN"), Light::GREEN);
        assert_eq!(Light::from("GREEN").as_str(), "GREEN");
        assert_ne!(Light::from("red"), Light::GREEN);
        assert!(HashSet::from([Light::GREEN]).contains(&Light::from("green")));
    }

    #[test]
    fn named_value_is_borrowed_and_any_other_is_kept() {
        let context = Context::by_hand();
        let read =
            |json: &str| Light::read(&mut serde_json::Deserializer::from_str(json), &context);
        let green = read("\"Green\"").unwrap().unwrap();
        assert!(matches!(green.0, Cow::Borrowed("Green")));
        for text in ["green", "Red", "Gree", "Greenish"] {
            let light = read(&format!("\"{text}\"")).unwrap().unwrap();
            assert!(matches!(&light.0, Cow::Owned(kept) if kept == text));
        }
        assert!(read("\"\"").unwrap().is_none());
        assert!(read("[\"Green\",\"Red\"]").is_err());
    }

    #[test]
    fn debug_shows_only_named_values() {
        assert_eq!(format!("{:?}", Light::from("green")), "Green");
        assert_eq!(format!("{:?}", Light::from("Joe Napoli")), "_");
    }
}
