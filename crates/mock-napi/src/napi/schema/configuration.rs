//! Schemas of what an account can use in each country: the data of `data`, as it is served.

use serde_json::{Value, json};

use crate::description::schema::{Components, list, object, text, text_or_null};
use crate::napi::schema::requests::groups;
use crate::napi::schema::texts;

/// Subdivisions of a country, or jurisdictions.
pub(in crate::napi) fn subdivisions(all: &mut Components) -> Value {
    list(all.named("Subdivision", |all| {
        object(
            [
                ("Code", text(all)),
                ("Name", text(all)),
                ("CountryCode", text(all)),
            ],
            [("ParentCode", text_or_null())],
        )
    }))
}

pub(in crate::napi) fn registration_numbers(all: &mut Components) -> Value {
    list(all.named("RegistrationNumber", |all| {
        let flag = || json!({ "type": "boolean" });
        let mask = object(
            [
                ("Mask", text(all)),
                ("IgnoreWhitespace", flag()),
                ("IgnoreSpecialCharacter", flag()),
                ("PrependZeroes", flag()),
                ("OverwriteRepeating", flag()),
            ],
            [],
        );
        object(
            [
                ("Name", text(all)),
                ("Country", text(all)),
                ("Supported", flag()),
                ("Type", text(all)),
                ("Masks", list(mask)),
            ],
            [
                ("Description", text_or_null()),
                ("Jurisdiction", text_or_null()),
            ],
        )
    }))
}

/// Describes the inputs of a country: a JSON Schema, but for its types, which are the service's
/// own.
pub(in crate::napi) fn fields(_: &mut Components) -> Value {
    json!({
        "type": "object",
        "required": ["title", "type", "properties"],
        "properties": {
            "title": { "type": "string" },
            "type": { "const": "object" },
            "properties": { "type": "object", "additionalProperties": { "type": "object" } },
        },
    })
}

pub(in crate::napi) fn consents(all: &mut Components) -> Value {
    list(object(
        [("Name", text(all)), ("Text", text(all))],
        [("Url", text_or_null())],
    ))
}

pub(in crate::napi) fn test_entities(all: &mut Components) -> Value {
    list(all.named("TestEntity", |all| {
        let mut entity = groups(all);
        if let Some(members) = entity.get_mut("properties").and_then(Value::as_object_mut) {
            members.insert("TestEntityName".to_owned(), text(all));
        }
        entity
    }))
}

pub(in crate::napi) fn datasources(all: &mut Components) -> Value {
    list(all.named("Datasource", |all| {
        let fields = list(object([("FieldName", text(all)), ("Type", text(all))], []));
        object(
            [
                ("Name", text(all)),
                ("Description", text(all)),
                ("RequiredFields", fields.clone()),
                ("OptionalFields", fields.clone()),
                ("AppendedFields", fields.clone()),
                ("OutputFields", fields),
                ("SourceType", text(all)),
            ],
            [
                ("Coverage", text_or_null()),
                ("UpdateFrequency", text_or_null()),
            ],
        )
    }))
}

pub(in crate::napi) fn all_datasources(all: &mut Components) -> Value {
    let datasources = datasources(all);
    let of_country = [("Country", text(all)), ("Datasources", datasources)];
    list(object(of_country, []))
}

/// Describes the types of documents, by the code of their country.
pub(in crate::napi) fn document_types(all: &mut Components) -> Value {
    json!({ "type": "object", "additionalProperties": texts(all) })
}
