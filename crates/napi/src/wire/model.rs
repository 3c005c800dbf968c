//! Models: structs of members, each beside the name that it has on the wire.
//!
//! A macro, because every member would be named in five places, and every model would need a
//! `Debug` by hand: some four hundred members in fifty models.

/// Declares models of responses.
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
/// `Debug` names the members that are there; their values only where their type cannot be personal
/// data and no `as personal` follows the name. Text is not shown, but with `as name`: names of data
/// sources and fields. Members that this crate does not know are in `extra`.
macro_rules! model {
    ($($(#[$doc:meta])* $vis:vis struct $name:ident {
        $($(#[$about:meta])* $field:ident: $kind:ident<$($of:ty),+> = $wire:literal $(as $personal:ident)?,)+
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        $vis struct $name {
            $(
                $(#[$about])*
                pub $field: $kind<$($of),+>,
            )+
            /// Members that this crate does not know, as they stood on the wire.
            pub extra: crate::wire::Extra,
        }

        impl $name {
            /// Returns what stood in the response and could not be read, here and in all that this
            /// holds.
            #[must_use]
            #[allow(dead_code, reason = "not called for models that are this crate's own")]
            $vis fn unread(&self) -> Vec<&crate::wire::UnreadValue> {
                let mut unread = Vec::new();
                crate::wire::Single::collect_unread(self, &mut unread);
                unread
            }

            /// Returns whether no member is there.
            fn is_empty(&self) -> bool {
                $(crate::wire::Member::is_absent(&self.$field) &&)+ self.extra.is_nothing()
            }
        }

        impl crate::wire::Model for $name {
            const NAMES: &'static [&'static str] = &[$($wire),+];

            fn read_member<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                reading: &mut crate::wire::Reading<'_>,
                members: &mut A,
            ) -> Result<(), A::Error> {
                // The members numbered: a macro cannot count, but an enum can.
                #[expect(non_camel_case_types, reason = "named as the members are")]
                enum Index {
                    $($field),+
                }
                match reading.index {
                    $(index if index == Index::$field as usize => reading.member(&mut self.$field, members),)+
                    _ => members.next_value::<serde::de::IgnoredAny>().map(drop),
                }
            }

            fn extra_mut(&mut self) -> &mut crate::wire::Extra {
                &mut self.extra
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let model = crate::wire::read_model(deserializer, &crate::wire::Context::by_hand())?;
                model.ok_or_else(|| serde::de::Error::custom("nothing for an object"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(if !crate::wire::Member::is_absent(&self.$field) {
                    map.serialize_entry($wire, &self.$field)?;
                })+
                self.extra.write(&mut map)?;
                map.end()
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
            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
                context: &crate::wire::Context<'_>,
            ) -> Result<Option<Self>, D::Error> {
                let model = crate::wire::read_model(deserializer, context)?;
                Ok(model.filter(|model: &Self| !model.is_empty()))
            }

            fn redact(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self, f)
            }

            fn collect_unread<'a>(&'a self, unread: &mut Vec<&'a crate::wire::UnreadValue>) {
                unread.extend(self.extra.unread());
                $(crate::wire::Member::collect_unread(&self.$field, unread);)+
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

/// Declares models that a caller fills in: as [`model!`], with a method for each member that sets
/// it.
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

/// Shows one member in `Debug`: not at all, if it is marked as personal.
macro_rules! shown {
    ($member:expr) => {
        &crate::wire::RedactedMember($member)
    };
    ($member:expr, name) => {
        &crate::wire::ServiceNames($member)
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

    use crate::wire::{Context, Single};
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
        assert_eq!(pair.rest[0].extra.json("New"), Some("[1]"));
        assert_eq!(serde_json::to_value(&pair).unwrap(), json);
    }

    #[test]
    fn a_name_in_another_case_is_the_same_member() {
        let pair: Pair = serde_json::from_value(json!({ "FirstSurname": "a" })).unwrap();
        assert_eq!(pair.first.as_deref(), Some("a"));
        assert!(pair.extra.is_empty());
        assert_eq!(
            serde_json::to_value(&pair).unwrap(),
            json!({ "FirstSurName": "a" })
        );
    }

    #[test]
    fn an_object_and_a_list_of_one_are_the_same() {
        let json = json!([{ "Rest": { "FirstSurName": "a" } }]);
        let pair: Pair = serde_json::from_value(json).unwrap();
        assert_eq!(pair.rest[0].first.as_deref(), Some("a"));
        for other in [json!([[{}]]), json!([{}, {}]), json!("a"), json!(1)] {
            assert!(serde_json::from_value::<Pair>(other).is_err());
        }
    }

    #[test]
    fn a_model_without_members_is_none() {
        let read = |json| Pair::read(json, &Context::by_hand()).unwrap();
        assert_eq!(read(json!({})), None);
        assert_eq!(read(json!("")), None);
        assert_eq!(read(json!({ "FirstSurName": null })), None);
        assert!(read(json!({ "New": null })).is_some());
    }

    #[test]
    fn debug_names_members_and_shows_no_text() {
        let pair: Pair =
            serde_json::from_value(json!({ "FirstSurName": "Napoli", "Joe": 1 })).unwrap();
        assert_eq!(format!("{pair:?}"), "Pair { first: _, .. }");
    }
}
