//! Types that are one text on the wire.

/// Implements what every type around one `String` has: its text, and that a member may be it.
///
/// With a condition, text that does not meet it is as if it were absent.
macro_rules! text_newtype {
    ($name:ident) => {
        crate::wire::text_newtype!($name, if |_: &str| true);
    };
    ($name:ident, if $is_any:expr) => {
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
                let is_any = $is_any;
                let text = text.filter(|text| is_any(text));
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
                use proptest::strategy::Strategy;

                let is_any = $is_any;
                let text = crate::wire::example::text();
                text.prop_filter("text that counts", move |text| {
                    text.as_str().is_some_and(is_any)
                })
                .boxed()
            }
        }
    };
}

pub(crate) use text_newtype;
