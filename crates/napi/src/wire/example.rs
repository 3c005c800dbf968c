//! Values for tests: models with every member filled, and any value a model can have.

use proptest::{prelude::*, strategy::BoxedStrategy};
use serde_json::Value;

/// The number that stands in every numeric member of a filled model.
pub(crate) const NUMBER: i32 = 1_987_654_321;

/// Makes text that is not empty.
pub(crate) fn text() -> BoxedStrategy<Value> {
    ".{1,12}".prop_map(Value::from).boxed()
}

/// Makes JSON of any shape but `null`; no fractions, which do not survive their decimal form to the
/// last bit.
pub(crate) fn json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(".{0,9}", inner, 0..3)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
    .boxed()
}

/// Returns an object with any of the members, and at times one that no model knows.
pub(crate) fn object(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| prop::option::of(value.prop_map(move |value| (name, value))))
        .collect();
    (members, prop::option::of(json()))
        .prop_map(|(members, unknown)| {
            let known = members.into_iter().flatten();
            let unknown = unknown.map(|value| ("NewMember", value));
            known
                .chain(unknown)
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        })
        .boxed()
}
