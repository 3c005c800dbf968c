//! JSON Schemas (draft 2020-12, as OpenAPI 3.1 has them): of types, by their derived description,
//! and of bodies that are written member by member.

#[cfg(feature = "program")]
use std::collections::BTreeMap;

#[cfg(feature = "program")]
use schemars::JsonSchema;
#[cfg(feature = "program")]
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

/// Writes a schema, and those that it refers to among the components.
pub(crate) type Schema = fn(&mut Components) -> Value;

/// Schemas that others refer to by their names.
#[cfg(feature = "program")]
pub(crate) struct Components {
    written: BTreeMap<&'static str, Value>,
    of_types: SchemaGenerator,
}

/// A type whose schema is derived.
#[cfg(feature = "program")]
pub(crate) trait Described: JsonSchema {}
#[cfg(feature = "program")]
impl<T: JsonSchema> Described for T {}

#[cfg(feature = "program")]
impl Components {
    pub(crate) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            written: BTreeMap::new(),
            of_types: settings.into_generator(),
        }
    }

    /// Returns a reference to the schema of this name, written when it is first asked for.
    pub(crate) fn named(&mut self, name: &'static str, write: Schema) -> Value {
        if !self.written.contains_key(name) {
            let schema = write(self);
            self.written.insert(name, schema);
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// Returns all of them.
    pub(crate) fn into_schemas(mut self) -> Map<String, Value> {
        let mut all = self.of_types.take_definitions(true);
        all.values_mut().for_each(shorten);
        let written = self.written.into_iter();
        all.extend(written.map(|(name, schema)| (name.to_owned(), schema)));
        all
    }
}

/// Returns the schema of a type.
#[cfg(feature = "program")]
pub(crate) fn of<T: Described>(components: &mut Components) -> Value {
    let mut schema = components.of_types.subschema_for::<T>().to_value();
    shorten(&mut schema);
    schema
}

/// Keeps the first paragraph of descriptions, which are the documentation of the types, without
/// the marks of links.
#[cfg(feature = "program")]
fn shorten(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("description") {
                let paragraph = text.split("\n\n").next().unwrap_or_default();
                *text = without_links(&paragraph.replace('\n', " "));
            }
            members.values_mut().for_each(shorten);
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(feature = "program")]
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else {
            break;
        };
        plain.extend([before, "`", name, "`"]);
        // The target of a link, if one is given.
        rest = match after.strip_prefix('(').and_then(|it| it.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain + rest
}

// Without the program nothing is printed: schemas keep their places in the tables of routes, and
// types need no derived description.
#[cfg(not(feature = "program"))]
pub(crate) struct Components(());
#[cfg(not(feature = "program"))]
pub(crate) trait Described {}
#[cfg(not(feature = "program"))]
impl<T> Described for T {}

#[cfg(not(feature = "program"))]
impl Components {
    pub(crate) fn named(&mut self, _: &'static str, write: Schema) -> Value {
        let Self(()) = self;
        write(self)
    }
}

#[cfg(not(feature = "program"))]
pub(crate) fn of<T: Described>(_: &mut Components) -> Value {
    Value::Null
}

/// Describes an object with members that are always there, others that need not be, and no more.
pub(crate) fn object<const R: usize, const O: usize>(
    required: [(&str, Value); R],
    optional: [(&str, Value); O],
) -> Value {
    let names: Vec<_> = required.iter().map(|(name, _)| *name).collect();
    let mut schema = json!({ "type": "object", "additionalProperties": false, "required": names });
    let members = required.into_iter().chain(optional);
    let members: Map<_, _> = members
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    insert(&mut schema, "properties", members.into());
    schema
}

/// Describes an object that another one begins with, with further members that are always there.
pub(crate) fn extended<const N: usize>(mut schema: Value, further: [(&str, Value); N]) -> Value {
    for (name, member) in further {
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.push(name.into());
        }
        if let Some(members) = schema.get_mut("properties") {
            insert(members, name, member);
        }
    }
    schema
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

pub(crate) fn text(_: &mut Components) -> Value {
    json!({ "type": "string" })
}

/// Describes bytes that are no JSON.
pub(crate) fn bytes(_: &mut Components) -> Value {
    json!({ "type": "string", "format": "binary" })
}

pub(crate) fn text_or_null() -> Value {
    json!({ "type": ["string", "null"] })
}

pub(crate) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

pub(crate) fn one_of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Value {
    let texts: Vec<_> = texts.into_iter().collect();
    json!({ "type": "string", "enum": texts })
}

pub(crate) fn any_of<const N: usize>(schemas: [Value; N]) -> Value {
    json!({ "anyOf": schemas.to_vec() })
}

#[cfg(all(test, feature = "program"))]
mod tests {
    use super::*;

    #[test]
    fn description_is_one_paragraph_without_links() {
        let mut schema = json!({
            "description": "As [`a`](b::c) and\n[`d`] [e].\n\nMore.",
            "items": { "description": "One" },
        });
        shorten(&mut schema);
        assert_eq!(schema["description"], "As `a` and `d` [e].");
        assert_eq!(schema["items"]["description"], "One");
    }

    #[test]
    fn named_schema_is_written_once() {
        let mut components = Components::new();
        let first = components.named("Text", text);
        let second = components.named("Text", |_| json!(false));
        assert_eq!(first, second);
        assert_eq!(components.into_schemas()["Text"]["type"], "string");
    }
}
