//! The inputs as a record repeats them, under the names that the service has for them inside.

use serde_json::{Map, Value, json};

/// The inputs of a record; an image is where it can be had, not the image.
pub(crate) fn input_fields(
    input: &Map<String, Value>,
    image_url: impl Fn(&str) -> String,
) -> Value {
    let mut fields = Vec::new();
    for (group, value) in input {
        collect(group, group, value, &mut fields);
    }
    fields
        .into_iter()
        .map(|(name, value)| {
            let value = if IMAGES.contains(&name.as_str()) {
                image_url(&name)
            } else {
                value
            };
            json!({ "FieldName": name, "Value": value, "FieldGroup": null })
        })
        .collect()
}

/// The fields that hold an image.
pub(crate) const IMAGES: [&str; 3] = ["DocumentBackImage", "DocumentFrontImage", "LivePhoto"];

/// The paths of what is given, without any value.
pub(crate) fn paths(input: &Map<String, Value>) -> Vec<String> {
    fn collect(path: &str, value: &Value, paths: &mut Vec<String>) {
        match value {
            Value::Null => {}
            Value::Object(members) => {
                for (name, value) in members {
                    collect(&format!("{path}.{name}"), value, paths);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    collect(&format!("{path}[{index}]"), value, paths);
                }
            }
            _ => paths.push(path.to_owned()),
        }
    }
    let mut paths = Vec::new();
    for (group, value) in input {
        collect(group, value, &mut paths);
    }
    paths
}

fn collect(group: &str, name: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, value) in members {
                collect(group, name, value, fields);
            }
        }
        Value::Array(items) => {
            for value in items {
                collect(group, name, value, fields);
            }
        }
        Value::String(text) => fields.push((inner_name(group, name), text.clone())),
        other => fields.push((inner_name(group, name), other.to_string())),
    }
}

fn inner_name(group: &str, name: &str) -> String {
    match (group, name) {
        (_, "FirstGivenName") => "FirstName",
        (_, "FirstSurName") => "LastName",
        (_, "StateProvinceCode") => "State",
        (_, "BuildingNumber") => "StreetNumber",
        ("DriverLicence", "Number") => "DriverLicenceNumber",
        ("DriverLicence", "State") => "DriverLicenceState",
        ("Passport", "Number") => "PassportNumber",
        ("NationalIds", "Number") => "NationalIDNumber",
        ("NationalIds", "Type") => "NationalIDType",
        (_, name) => name,
    }
    .to_owned()
}
