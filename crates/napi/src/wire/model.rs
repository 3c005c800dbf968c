//! Models: structs of members, each beside the name that it has on the wire.
//!
//! A macro, because every member would need four serde attributes that say the same, and every model a `Debug` by
//! hand: some four hundred members in fifty models.

/// Declares models that the service answers.
///
/// ```text
/// model! {
///     /// What it is.
///     pub struct Name {
///         /// What it means.
///         field_name: Option<Type> = "WireName",
///     }
/// }
/// ```
///
/// `Debug` names the members that are there; their values only where their type cannot be personal data and no
/// `as personal` follows the name. Members that this crate does not know are in `extra`.
macro_rules! model {
    ($($(#[$doc:meta])* $vis:vis struct $name:ident {
        $($(#[$about:meta])* $field:ident: $kind:ident<$($of:ty),+> = $wire:literal $(as $personal:ident)?,)+
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        $vis struct $name {
            $(
                $(#[$about])*
                #[serde(
                    rename = $wire,
                    default,
                    deserialize_with = "crate::wire::Member::read",
                    skip_serializing_if = "crate::wire::Member::is_absent"
                )]
                pub $field: $kind<$($of),+>,
            )+
            /// Members that this crate does not know, as they stood on the wire.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $name {
            /// Whether no member is there.
            fn is_empty(&self) -> bool {
                $(crate::wire::Member::is_absent(&self.$field) &&)+ self.extra.is_empty()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(if !crate::wire::Member::is_absent(&self.$field) {
                    shown.field(stringify!($field), crate::wire::shown!(&self.$field $(, $personal)?));
                })+
                shown.finish_non_exhaustive()
            }
        }

        impl crate::wire::Single for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                let model = <Option<Self> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(model.filter(|model| !model.is_empty()))
            }

            fn redact(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self, f)
            }

            fn knows(name: &str, depth: u8) -> bool {
                let Some(depth) = depth.checked_sub(1) else {
                    return false;
                };
                $(name == $wire || <$kind<$($of),+> as crate::wire::Member>::knows(name, depth))||+
            }

            #[cfg(test)]
            fn example(marker: &str) -> serde_json::Value {
                [
                    $(($wire.to_owned(), <$kind<$($of),+> as crate::wire::Member>::example(marker)),)+
                    ("NewMember".to_owned(), serde_json::json!({ marker: marker })),
                ]
                .into_iter()
                .collect()
            }

            #[cfg(test)]
            fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
                crate::wire::example::object(vec![
                    $(($wire, <$kind<$($of),+> as crate::wire::Member>::strategy()),)+
                ])
            }
        }
    )+};
}

/// Declares models that a caller fills in: as [`model!`], with a method for each member that sets it.
macro_rules! input {
    ($($(#[$doc:meta])* $vis:vis struct $name:ident {
        $($(#[$about:meta])* $field:ident: $kind:ident<$($of:ty),+> = $wire:literal $(as $personal:ident)?,)+
    })+) => {$(
        crate::wire::model! {
            $(#[$doc])*
            $vis struct $name {
                $($(#[$about])* $field: $kind<$($of),+> = $wire $(as $personal)?,)+
            }
        }

        impl $name {
            $(crate::wire::setter!($kind<$($of),+> $(#[$about])* $field $wire);)+
        }
    )+};
}

/// How `Debug` shows one member: not at all, if it is said to be personal.
macro_rules! shown {
    ($member:expr) => {
        &crate::wire::Redacted($member)
    };
    ($member:expr, personal) => {
        &format_args!("_")
    };
}

/// The method that sets one member.
macro_rules! setter {
    (Option<$of:ty> $(#[$about:meta])* $field:ident $wire:literal) => {
        #[doc = concat!("Sets `", $wire, "`.")]
        #[doc = ""]
        $(#[$about])*
        #[must_use]
        pub fn $field(self, value: impl Into<$of>) -> Self {
            Self {
                $field: Some(value.into()),
                ..self
            }
        }
    };
    (Vec<$of:ty> $(#[$about:meta])* $field:ident $wire:literal) => {
        #[doc = concat!("Sets all of `", $wire, "`.")]
        #[doc = ""]
        $(#[$about])*
        #[must_use]
        pub fn $field(self, values: impl IntoIterator<Item = impl Into<$of>>) -> Self {
            Self {
                $field: values.into_iter().map(Into::into).collect(),
                ..self
            }
        }
    };
    (BTreeMap<$name:ty, $of:ty> $(#[$about:meta])* $field:ident $wire:literal) => {
        #[doc = concat!("Sets all of `", $wire, "`.")]
        #[doc = ""]
        $(#[$about])*
        #[must_use]
        pub fn $field(self, values: impl IntoIterator<Item = ($name, $of)>) -> Self {
            Self {
                $field: values.into_iter().collect(),
                ..self
            }
        }
    };
}

pub(crate) use {input, model, setter, shown};

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro is for types that are public")]

    use crate::wire::Single;
    use serde_json::json;

    model! {
        /// A model of two members.
        pub struct Pair {
            /// Text.
            first: Option<String> = "FirstSurName",
            /// Models in a list.
            rest: Vec<Pair> = "Rest",
        }
    }

    #[test]
    fn an_unknown_member_is_kept_and_written_again() {
        let json = json!({ "FirstSurName": "a", "Rest": [{ "New": [1] }] });
        let pair: Pair = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(pair.rest[0].extra["New"], json!([1]));
        assert_eq!(serde_json::to_value(&pair).unwrap(), json);
    }

    #[test]
    fn a_name_in_another_case_is_another_member() {
        let pair: Pair = serde_json::from_value(json!({ "FirstSurname": "a" })).unwrap();
        assert_eq!(pair.first, None);
        assert_eq!(pair.extra["FirstSurname"], "a");
    }

    #[test]
    fn a_model_without_members_is_none() {
        assert_eq!(Pair::read(json!({})).unwrap(), None);
        assert_eq!(Pair::read(json!({ "FirstSurName": null })).unwrap(), None);
        assert!(Pair::read(json!({ "New": null })).unwrap().is_some());
    }

    #[test]
    fn debug_names_members_and_shows_no_text() {
        let pair: Pair =
            serde_json::from_value(json!({ "FirstSurName": "Napoli", "Joe": 1 })).unwrap();
        assert_eq!(format!("{pair:?}"), "Pair { first: _, .. }");
    }
}
