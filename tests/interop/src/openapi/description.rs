//! The description that our program prints, with numbers of transactions in place of its examples.

use std::fmt;

use anyhow::Context as _;
use serde_json::{Value, json};

/// The description, to be handed to a reader of it.
#[derive(Debug)]
pub(super) struct Description(Value);

impl Description {
    /// Reads what `--openapi` printed.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let mut description: Value = serde_json::from_str(text)?;
        // Each such request waits for ten seconds, for a connection that no one makes.
        let paths = description.get_mut("paths").context("no paths")?;
        let parameters = paths.pointer_mut("/~1mock~1v1~1events/get/parameters");
        let parameters = parameters.and_then(Value::as_array_mut);
        let parameters = parameters.context("no log")?;
        parameters.retain(|it| it.get("name") != Some(&json!("until")));
        let operations = paths.as_object_mut().into_iter().flatten();
        let operations = operations.filter_map(|(_, path)| path.as_object_mut());
        for (_, operation) in operations.flatten() {
            let content = operation.pointer_mut("/requestBody/content");
            if let Some(content) = content.and_then(Value::as_object_mut) {
                content.retain(|media_type, _| !NOT_WRITTEN.contains(&media_type.as_str()));
            }
        }
        Ok(Self(description))
    }

    /// Counts the operations with this tag, but for those of one path.
    pub(super) fn operations(&self, tag: &str, left_out: &str) -> anyhow::Result<usize> {
        let paths = self.0.get("paths").and_then(Value::as_object);
        let paths = paths.context("no paths")?.iter();
        let operations = paths
            .filter(|(path, _)| *path != left_out)
            .filter_map(|(_, path)| path.as_object())
            .flat_map(|path| path.values());
        let tagged = operations.filter(|it| it.pointer("/tags/0") == Some(&json!(tag)));
        Ok(tagged.count())
    }

    /// Returns the example of a request's body.
    pub(super) fn example(&self, path: &str) -> anyhow::Result<&Value> {
        let path = path.replace('/', "~1");
        let example = format!("/paths/{path}/post/requestBody/content/application~1json/example");
        let example = self.0.pointer(&example);
        example.with_context(|| format!("{path} has no example"))
    }

    /// Returns a path with the examples of its parameters.
    pub(super) fn filled_in(&self, path: &str) -> anyhow::Result<String> {
        let escaped = path.replace('/', "~1");
        let parameters = self.0.pointer(&format!("/paths/{escaped}/get/parameters"));
        let parameters = parameters.and_then(Value::as_array);
        let mut filled_in = path.to_owned();
        for parameter in parameters.into_iter().flatten() {
            let text = |name: &str| parameter.get(name).and_then(Value::as_str);
            let (name, example) = (text("name"), text("example"));
            let (name, example) = name.zip(example).context("a parameter without example")?;
            filled_in = filled_in.replace(&format!("{{{name}}}"), example);
        }
        Ok(filled_in)
    }

    /// Sets the example of the number in a path.
    pub(super) fn set_id(&mut self, path: &str, id: &str) -> anyhow::Result<()> {
        let escaped = path.replace('/', "~1");
        let parameters = format!("/paths/{escaped}/get/parameters");
        let parameters = self.0.pointer_mut(&parameters);
        let parameters = parameters.and_then(Value::as_array_mut);
        let mut parameters = parameters.into_iter().flatten();
        let number = parameters.find(|it| it.get("name") == Some(&json!("id")));
        let number = number.with_context(|| format!("{path} has no number"))?;
        *number.get_mut("example").context("no example")? = id.into();
        Ok(())
    }
}

/// The types of bodies that schemathesis does not write, beside others that it does.
const NOT_WRITTEN: [&str; 2] = ["application/pkcs10", "application/x-pem-file"];

/// Shows it as JSON.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> Value {
        let parameter = |name: &str, example: &str| json!({ "name": name, "example": example });
        json!({ "paths": {
            "/mock/v1/events": { "get": { "parameters": [
                parameter("peer", "127.0.0.1:1"), parameter("until", "closed"),
            ] } },
            "/upload": { "post": { "requestBody": { "content": {
                "application/pkcs10": {}, "application/octet-stream": {},
            } } } },
            "/records/{id}/{field}": { "get": { "tags": ["records"], "parameters": [
                parameter("id", "0"), parameter("field", "verbose"),
            ] } },
        } })
    }

    #[test]
    fn number_takes_the_place_of_the_example() {
        let mut description = Description::read(&description().to_string()).unwrap();
        let path = "/records/{id}/{field}";
        assert_eq!(description.filled_in(path).unwrap(), "/records/0/verbose");
        description.set_id(path, "7").unwrap();
        assert_eq!(description.filled_in(path).unwrap(), "/records/7/verbose");
        assert!(description.set_id("/mock/v1/events", "7").is_err());
    }

    #[test]
    fn operations_are_counted_by_their_tag() {
        let read = Description::read(&description().to_string()).unwrap();
        assert_eq!(read.operations("records", "/upload").unwrap(), 1);
        assert_eq!(read.operations("record", "/upload").unwrap(), 0);
        let left_out = "/records/{id}/{field}";
        assert_eq!(read.operations("records", left_out).unwrap(), 0);
    }

    #[test]
    fn body_is_of_a_type_that_is_written() {
        let read = Description::read(&description().to_string()).unwrap();
        let read = read.to_string();
        assert!(read.contains("application/octet-stream"));
        assert!(!read.contains("application/pkcs10"));
    }

    #[test]
    fn wait_is_left_out_and_has_to_be_there() {
        let read = Description::read(&description().to_string()).unwrap();
        let read = read.to_string();
        assert!(!read.contains("closed"));
        assert!(read.contains("peer"));
        assert!(Description::read(r#"{"paths":{}}"#).is_err());
    }
}
