//! Types that are one text on the wire.

/// Implements what every type around one `String` has: its text, and that a member may be it.
macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// Returns the text as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl crate::wire::Single for $name {
            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
                context: &crate::wire::Context<'_>,
            ) -> Result<Option<Self>, D::Error> {
                let text = crate::wire::text(deserializer, context, &[])?;
                Ok(text.map(|text| Self(text.into_owned())))
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
    };
}

pub(crate) use text_newtype;
