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

/// The paths of what is given, without any value. The names in them are the client's: what does not look like the name of
/// a member may be a value in the wrong place, and is `?`. Of a great many, the first ones.
pub(crate) fn paths(input: &Map<String, Value>) -> Vec<String> {
    fn collect(path: &str, value: &Value, paths: &mut Vec<String>) {
        match value {
            _ if paths.len() == MOST_PATHS => {}
            Value::Null => {}
            Value::Object(members) => {
                for (name, value) in members {
                    collect(&format!("{path}.{}", shown(name)), value, paths);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().take(MOST_PATHS).enumerate() {
                    collect(&format!("{path}[{index}]"), value, paths);
                }
            }
            _ => paths.push(path.to_owned()),
        }
    }
    let mut paths = Vec::new();
    for (group, value) in input {
        collect(shown(group), value, &mut paths);
    }
    paths
}

fn shown(name: &str) -> &str {
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { name } else { "?" }
}

const MOST_PATHS: usize = 500;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn paths_of(json: Value) -> Vec<String> {
        paths(json.as_object().unwrap())
    }

    #[test]
    fn paths_have_names_and_nothing_that_may_be_a_value() {
        let json = json!({
            "PersonInfo": { "FirstGivenName": "a", "John Smith": "b", "MiddleName": null },
            "NationalIds": [{ "Number": "1" }, { "Number": "2" }],
            "x".repeat(41): 1,
        });
        let mut found = paths_of(json);
        found.sort();
        let expected = [
            "?",
            "NationalIds[0].Number",
            "NationalIds[1].Number",
            "PersonInfo.?",
            "PersonInfo.FirstGivenName",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn of_a_great_many_there_are_the_first() {
        let ids: Vec<_> = (0..100_000).map(|id| json!({ "Number": id })).collect();
        let found = paths_of(json!({ "NationalIds": ids, "Passport": { "Number": "1" } }));
        assert_eq!(found.len(), MOST_PATHS);
        assert_eq!(found[0], "NationalIds[0].Number");
    }

    #[test]
    fn an_image_is_where_it_can_be_had() {
        let input = json!({
            "Document": { "LivePhoto": "AAAA", "DocumentType": "Passport" },
            "DriverLicence": { "State": "VIC", "DayOfExpiry": 3 },
        });
        let url = |field: &str| format!("https://mock/{field}");
        let fields = input_fields(input.as_object().unwrap(), url);
        let named = |name: &str| {
            let mut fields = fields.as_array().unwrap().iter();
            fields.find(|it| it["FieldName"] == name).unwrap()["Value"].clone()
        };
        assert_eq!(named("LivePhoto"), "https://mock/LivePhoto");
        assert_eq!(named("DocumentType"), "Passport");
        assert_eq!(named("DriverLicenceState"), "VIC");
        assert_eq!(named("DayOfExpiry"), "3");
    }
}
