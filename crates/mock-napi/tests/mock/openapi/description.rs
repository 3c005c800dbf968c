//! The description as its reader sees it: operations, examples, and what a response has to be.

use std::process::Command;
use std::sync::LazyLock;

use boon::{Compiler, Draft, Schemas};
use serde_json::Value;

use crate::client::ClientResponse;

/// Returns what `mock-napi --openapi` prints.
pub(super) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_mock-napi"));
        let output = program.arg("--openapi").output().unwrap();
        assert!(output.status.success());
        assert!(output.stderr.is_empty());
        serde_json::from_slice(&output.stdout).unwrap()
    });
    &DOCUMENT
}

/// An operation of the document.
#[derive(Clone)]
pub(super) struct Operation {
    pub(super) path: String,
    /// The path as it is described.
    template: &'static str,
    method: &'static str,
    described: &'static Value,
}

/// Returns every operation.
pub(super) fn operations() -> Vec<Operation> {
    let paths = document()["paths"].as_object().unwrap().iter();
    let of_path = |(path, methods): (&'static String, &'static Value)| {
        let methods = methods.as_object().unwrap().iter();
        let methods = methods.filter(|(method, _)| *method != "servers");
        methods.map(move |(method, described)| Operation {
            path: path.clone(),
            template: path,
            method,
            described,
        })
    };
    paths.flat_map(of_path).collect()
}

impl Operation {
    pub(super) fn id(&self) -> &'static str {
        self.described["operationId"].as_str().unwrap()
    }

    pub(super) fn method(&self) -> &'static str {
        match self.method {
            "delete" => "DELETE",
            "get" => "GET",
            "post" => "POST",
            "put" => "PUT",
            other => panic!("{other}"),
        }
    }

    /// Returns the methods of its path, in alphabetical order.
    pub(super) fn methods_of_path(&self) -> Vec<&'static str> {
        let all = operations();
        let alike = all.iter().filter(|it| it.template == self.template);
        alike.map(Self::method).collect()
    }

    pub(super) fn is_napi(&self) -> bool {
        let tag = self.described["tags"][0].as_str().unwrap();
        tag.starts_with("napi-")
    }

    /// Returns the prefixes of its path, by the servers that it has.
    pub(super) fn modes(&self) -> Vec<&'static str> {
        let servers = document()["paths"][self.template]["servers"].as_array();
        let urls = servers
            .unwrap()
            .iter()
            .map(|it| it["url"].as_str().unwrap());
        let modes = urls.map(|url| {
            let (_, rest) = url.split_once("://").unwrap();
            rest.find('/').map_or("", |slash| &rest[slash..])
        });
        let mut modes: Vec<_> = modes.collect();
        modes.dedup();
        modes
    }

    /// Returns the scheme of its credentials, beside the client certificate; none is empty.
    pub(super) fn scheme(&self) -> &'static str {
        let alternatives = self.described["security"].as_array().unwrap();
        let Some(last) = alternatives.last() else {
            return "";
        };
        last.as_object().unwrap().keys().next().unwrap()
    }

    /// Returns the names of the path's parameters, and their examples.
    pub(super) fn path_examples(&self) -> Vec<(String, String)> {
        let Some(parameters) = self.described["parameters"].as_array() else {
            return Vec::new();
        };
        let in_path = parameters.iter().filter(|it| it["in"] == "path");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        in_path
            .map(|it| (text(&it["name"]), text(&it["example"])))
            .collect()
    }

    /// Returns the first content type and its example, as it is sent.
    pub(super) fn body(&self) -> (&'static str, String) {
        let Some(content) = self.described["requestBody"]["content"].as_object() else {
            return ("", String::new());
        };
        let (name, media_type) = content.iter().next().unwrap();
        let example = &media_type["example"];
        let body = match (name.as_str(), example) {
            ("application/x-www-form-urlencoded", Value::Object(members)) => {
                let pairs = members.iter();
                let pairs =
                    pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap()));
                pairs.collect::<Vec<_>>().join("&")
            }
            (_, Value::String(text)) if name != "application/json" => text.clone(),
            _ => example.to_string(),
        };
        (name, body)
    }

    /// Returns its examples, each with a pointer to the schema that it has to fit.
    pub(super) fn examples(&self) -> Vec<(String, Value)> {
        let at = self.pointer();
        let mut examples = Vec::new();
        for (index, parameter) in self.described["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            let schema = format!("{at}/parameters/{index}/schema");
            examples.push((schema, parameter["example"].clone()));
        }
        let content = self.described["requestBody"]["content"].as_object();
        for (name, media_type) in content.into_iter().flatten() {
            let schema = format!("{at}/requestBody/content/{}/schema", escaped(name));
            examples.push((schema, media_type["example"].clone()));
        }
        examples
    }

    /// Returns in what a response is not as described.
    pub(super) fn problem(&self, response: &ClientResponse) -> Option<String> {
        let status = response.status().as_u16().to_string();
        let Some(described) = self.described["responses"].get(&status) else {
            return Some(format!("status {status} is not described"));
        };
        for name in described["headers"].as_object().into_iter().flatten() {
            if !response.headers().contains_key(name.0) {
                return Some(format!("no header {}", name.0));
            }
        }
        let content_type = response.headers().get("content-type");
        let content_type = content_type.map(|it| it.to_str().unwrap());
        let media_type = content_type.map(|it| it.split(';').next().unwrap().trim());
        match (media_type, described["content"].as_object()) {
            (None, None) => (!response.body().is_empty()).then(|| "a body".to_owned()),
            (Some(name), Some(content)) if content.contains_key(name) => {
                if !name.ends_with("json") {
                    return None;
                }
                let body = serde_json::from_slice(response.body()).unwrap();
                let (at, name) = (self.pointer(), escaped(name));
                problem(
                    &format!("{at}/responses/{status}/content/{name}/schema"),
                    &body,
                )
            }
            (name, _) => Some(format!("status {status} with {name:?}")),
        }
    }

    fn pointer(&self) -> String {
        format!("/paths/{}/{}", escaped(self.template), self.method)
    }
}

/// Returns in what a value does not fit the schema at this place of the document.
pub(super) fn problem(pointer: &str, value: &Value) -> Option<String> {
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    let name = "https://mock.example/openapi.json";
    compiler.add_resource(name, document().clone()).unwrap();
    let mut schemas = Schemas::new();
    let at = pointer.replace('{', "%7B").replace('}', "%7D");
    let schema = compiler.compile(&format!("{name}#{at}"), &mut schemas);
    let schema = schema.unwrap_or_else(|error| panic!("{pointer}: {error:#}"));
    let outcome = schemas.validate(value, schema);
    outcome.err().map(|error| format!("{error:#}"))
}

/// Collects all references.
pub(super) fn references(value: &'static Value, found: &mut Vec<&'static str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|it| references(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, found)),
        _ => {}
    }
}

/// Returns a name as a part of a pointer (RFC 6901, section 3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
