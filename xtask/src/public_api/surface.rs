//! The types of other crates in the public API of one, from rustdoc's JSON.
//!
//! Read loosely, by the few members that all its versions have: items with their inner tree, in
//! which each path has an `id`, and a table of these. Leaves out the standard library, and the
//! impls that follow from no line of ours: those for every type, and those of auto traits.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::Value;

/// The crates of the standard library.
const STANDARD: &[&str] = &["alloc", "core", "proc_macro", "std", "test"];

/// The types of other crates that a library shows, each where it is met first.
#[derive(Debug)]
pub(crate) struct Surface {
    pub(crate) foreign: Vec<Shown>,
}

/// A type or trait of another crate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Where it is defined, from the name of its crate on.
    pub(crate) path: String,
    /// The item of ours that names it.
    pub(crate) item: String,
    pub(crate) place: String,
}

impl Surface {
    pub(crate) fn read(json: &Value) -> anyhow::Result<Self> {
        let table = |name: &str| {
            let table = json.get(name).and_then(Value::as_object);
            table.with_context(|| format!("rustdoc's JSON has no {name}"))
        };
        let (index, paths, crates) = (table("index")?, table("paths")?, table("external_crates")?);
        let foreign_path = |id: u64| {
            let found = paths.get(&id.to_string())?;
            let origin = found.get("crate_id")?.as_u64()?;
            let name = crates.get(&origin.to_string())?.get("name")?.as_str()?;
            let segments = found.get("path")?.as_array()?;
            let segments: Vec<_> = segments.iter().filter_map(Value::as_str).collect();
            (!STANDARD.contains(&name)).then(|| segments.join("::"))
        };
        let mut first = BTreeMap::new();
        for item in index.values().filter(|item| is_written(item)) {
            let mut ids = BTreeSet::new();
            collect_ids(item.get("inner").unwrap_or(&Value::Null), &mut ids);
            for path in ids.into_iter().filter_map(foreign_path) {
                let place = place(item);
                let met = (place, name(item));
                let known = first.entry(path).or_insert_with(|| met.clone());
                // The table has no order; the report has.
                *known = met.min(known.clone());
            }
        }
        let foreign = first
            .into_iter()
            .map(|(path, (place, item))| Shown { path, item, place });
        Ok(Self {
            foreign: foreign.collect(),
        })
    }
}

/// Returns whether an item stands in this crate, and is no impl that is given to every type.
fn is_written(item: &Value) -> bool {
    let ours = item.get("crate_id").and_then(Value::as_u64) == Some(0);
    let given = item
        .get("inner")
        .and_then(|it| it.get("impl"))
        .is_some_and(|it| {
            let is_blanket = it.get("blanket_impl").is_some_and(|it| !it.is_null());
            is_blanket || it.get("is_synthetic") == Some(&Value::Bool(true))
        });
    ours && !given
}

/// Collects the ids in a tree: of each path in a type or bound, and of what a `use` exports.
fn collect_ids(tree: &Value, ids: &mut BTreeSet<u64>) {
    match tree {
        Value::Array(values) => values.iter().for_each(|it| collect_ids(it, ids)),
        Value::Object(members) => {
            ids.extend(members.get("id").and_then(Value::as_u64));
            members.values().for_each(|it| collect_ids(it, ids));
        }
        _ => {}
    }
}

fn name(item: &Value) -> String {
    let name = item.get("name").and_then(Value::as_str);
    let exported = || item.pointer("/inner/use/name").and_then(Value::as_str);
    name.or_else(exported).unwrap_or("an impl").to_owned()
}

fn place(item: &Value) -> String {
    let file = item.pointer("/span/filename").and_then(Value::as_str);
    let line = item.pointer("/span/begin/0").and_then(Value::as_u64);
    match (file, line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        _ => "in code of a macro".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(items: &[Value]) -> Vec<String> {
        let index: serde_json::Map<_, _> = items
            .iter()
            .enumerate()
            .map(|(id, item)| (id.to_string(), item.clone()))
            .collect();
        let json = json!({
            "index": index,
            "paths": {
                "7": { "crate_id": 2, "path": ["rustls", "error", "Error"] },
                "8": { "crate_id": 1, "path": ["alloc", "string", "String"] },
                "9": { "crate_id": 0, "path": ["ours", "Type"] },
            },
            "external_crates": { "1": { "name": "alloc" }, "2": { "name": "rustls" } },
        });
        let surface = Surface::read(&json).unwrap();
        let line = |it: Shown| format!("{} {} {}", it.place, it.item, it.path);
        surface.foreign.into_iter().map(line).collect()
    }

    fn item(crate_id: u64, inner: Value) -> Value {
        let span = json!({ "filename": "a.rs", "begin": [3, 1] });
        json!({ "crate_id": crate_id, "name": "f", "span": span, "inner": inner })
    }

    fn path(id: u64) -> Value {
        json!({ "resolved_path": { "path": "X", "id": id, "args": null } })
    }

    #[test]
    fn path_deep_in_a_type_is_found() {
        let output = json!({ "borrowed_ref": { "type": { "tuple": [path(8), path(7)] } } });
        let function = item(0, json!({ "function": { "sig": { "output": output } } }));
        assert_eq!(shown(&[function]), ["a.rs:3 f rustls::error::Error"]);
    }

    #[test]
    fn bound_and_re_export_are_found() {
        let bound = json!({ "trait_bound": { "trait": { "path": "X", "id": 7, "args": null } } });
        let generic = json!({ "struct": { "generics": { "params": [{ "bounds": [bound] }] } } });
        assert_eq!(shown(&[item(0, generic)]).len(), 1);
        let export = json!({ "use": { "source": "rustls::Error", "name": "Error", "id": 7 } });
        assert_eq!(shown(&[item(0, export)]).len(), 1);
    }

    #[test]
    fn own_and_standard_types_are_left_out() {
        let fields = [path(8), path(9)].map(|it| item(0, json!({ "struct_field": it })));
        assert!(shown(&fields).is_empty());
    }

    #[test]
    fn impls_for_every_type_are_left_out() {
        let given = |blanket: Value, synthetic: bool| {
            let inner =
                json!({ "trait": path(7), "blanket_impl": blanket, "is_synthetic": synthetic });
            item(0, json!({ "impl": inner }))
        };
        assert!(shown(&[given(json!({ "generic": "T" }), false)]).is_empty());
        assert!(shown(&[given(Value::Null, true)]).is_empty());
        assert_eq!(shown(&[given(Value::Null, false)]).len(), 1);
    }

    #[test]
    fn items_of_other_crates_are_left_out() {
        assert!(shown(&[item(2, json!({ "struct_field": path(7) }))]).is_empty());
    }

    #[test]
    fn json_of_another_kind_is_refused() {
        Surface::read(&json!({ "index": {} })).unwrap_err();
    }
}
