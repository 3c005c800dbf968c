//! A value of which a member holds one or a list.

use std::fmt;

use serde::{Deserializer, Serialize};
#[cfg(test)]
use serde_json::Value;

use crate::wire::{Context, UnreadValue};

/// A type of which a member holds at most one, and a list any number.
pub(crate) trait Single: Sized + Serialize + PartialEq {
    /// Reads one value; `None` for `null` and for what is empty.
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error>;

    /// Shows the value without personal data.
    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Adds what could not be read of it.
    fn collect_unread<'a>(&'a self, _unread: &mut Vec<&'a UnreadValue>) {}

    /// Returns canonical JSON of this type, with `marker` wherever text may stand.
    #[cfg(test)]
    fn example(marker: &str) -> Value;

    /// Returns a strategy for any canonical JSON of this type.
    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<Value>;
}
