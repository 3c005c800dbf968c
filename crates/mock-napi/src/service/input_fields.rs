//! The inputs as a record repeats them, under the names that the service has for them inside.

use serde_json::{Map, Value, json};

use crate::service::country::Country;
use crate::service::data_fields::groups::{GROUPS, Kind};

/// Returns the inputs of a record; an image is where it can be had, not the image.
pub(crate) fn input_fields(
    input: &Map<String, Value>,
    country: Option<&Country>,
    image_url: impl Fn(&str) -> String,
) -> Value {
    let field = |leaf: Leaf<'_>| {
        let name = leaf.name?;
        let value = match leaf.value {
            _ if IMAGES.contains(&name) => image_url(name),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let name = inner_name(leaf.group, name);
        Some(json!({ "FieldName": name, "Value": value, "FieldGroup": null }))
    };
    let leaves = leaves(input, country).into_iter();
    leaves.filter_map(field).collect()
}

/// The fields that hold an image.
pub(crate) const IMAGES: [&str; 3] = ["DocumentBackImage", "DocumentFrontImage", "LivePhoto"];

/// Returns the paths of what is given, without any value. A name that is not the vendor's is `?`:
/// it may be someone's datum in the wrong place.
pub(crate) fn paths(input: &Map<String, Value>, country: Option<&Country>) -> Vec<String> {
    let leaves = leaves(input, country).into_iter();
    leaves.map(|leaf| leaf.path).collect()
}

/// A value among the inputs.
struct Leaf<'a> {
    group: &'a str,
    /// `None` if the vendor has no such name here.
    name: Option<&'a str>,
    path: String,
    value: &'a Value,
}

/// Returns the values that are given, up to [`MOST`]: a body of a few megabytes may have millions.
fn leaves<'a>(input: &'a Map<String, Value>, country: Option<&Country>) -> Vec<Leaf<'a>> {
    let mut leaves = Vec::new();
    for (group, value) in input {
        let walk = Walk { group, country };
        walk.member(String::new(), 0, group, value, &mut leaves);
    }
    leaves
}

/// A walk through a group.
struct Walk<'a, 'c> {
    group: &'a str,
    country: Option<&'c Country>,
}

impl<'a> Walk<'a, '_> {
    fn member(
        &self,
        mut path: String,
        depth: usize,
        name: &'a str,
        value: &'a Value,
        leaves: &mut Vec<Leaf<'a>>,
    ) {
        if depth > 0 {
            path.push('.');
        }
        if depth < DEEPEST && self.is_known(name) {
            path.push_str(name);
            self.value(path, depth + 1, name, value, leaves);
        } else if !value.is_null() && leaves.len() < MOST {
            path.push('?');
            leaves.push(Leaf {
                group: self.group,
                name: None,
                path,
                value,
            });
        }
    }

    fn value(
        &self,
        path: String,
        depth: usize,
        name: &'a str,
        value: &'a Value,
        leaves: &mut Vec<Leaf<'a>>,
    ) {
        match value {
            _ if leaves.len() >= MOST => {}
            Value::Null => {}
            Value::Object(members) => {
                for (name, value) in members {
                    self.member(path.clone(), depth, name, value, leaves);
                }
            }
            Value::Array(_) if depth >= DEEPEST => {}
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    self.value(path, depth + 1, name, value, leaves);
                }
            }
            value => leaves.push(Leaf {
                group: self.group,
                name: Some(name),
                path,
                value,
            }),
        }
    }

    fn is_known(&self, name: &str) -> bool {
        let is_of_country = || {
            let country = self.country?;
            let specific = country
                .fields
                .pointer("/properties/CountrySpecific/properties")?;
            let mut countries = specific.as_object()?.iter();
            let of_one = |(code, one): (&String, &Value)| {
                let members = one.get("properties");
                code == name || members.is_some_and(|members| members.get(name).is_some())
            };
            Some(countries.any(of_one))
        };
        let is_member = |(group, members): &(&str, &[(&str, Kind)])| {
            *group == name || members.iter().any(|(member, _)| *member == name)
        };
        GROUPS.iter().any(is_member)
            || OTHERS.contains(&name)
            || (self.group == "CountrySpecific" && is_of_country().unwrap_or_default())
    }
}

/// As many values of a request are named in the log and in its record; more than all groups have
/// members.
const MOST: usize = 500;

/// `Business.PeopleOfSignificantControl[0].FirstGivenName` is the deepest that there is.
const DEEPEST: usize = 4;

/// Names of members that are in no group of a verification by themselves.
const OTHERS: [&str; 5] = ["Address1", "DUNSNumber", "FullName", "Location", "Website"];

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

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn name_unknown_to_the_vendor_is_not_repeated() {
        let input = map(json!({
            "PersonInfo": { "FirstGivenName": "Jane", "Jane Doe": 1 },
            "Jane": { "FirstGivenName": "Jane" },
            "CountrySpecific": { "Jane": "Doe" },
        }));
        let mut found = paths(&input, None);
        found.sort();
        let expected = [
            "?",
            "CountrySpecific.?",
            "PersonInfo.?",
            "PersonInfo.FirstGivenName",
        ];
        assert_eq!(found, expected);
        let fields = input_fields(&input, None, str::to_owned);
        let only = json!([{ "FieldName": "FirstName", "Value": "Jane", "FieldGroup": null }]);
        assert_eq!(fields, only);
    }

    #[test]
    fn long_list_under_long_name_takes_bounded_room() {
        let items = vec![1; 100_000];
        for name in ["Number".to_owned(), "n".repeat(1_000_000)] {
            let input = map(json!({ "Passport": { name: items.clone() } }));
            let found = paths(&input, None);
            assert!(found.len() <= MOST, "{}", found.len());
            assert!(found.iter().all(|path| path.len() < 100));
            let fields = input_fields(&input, None, str::to_owned);
            assert!(fields.as_array().unwrap().len() <= MOST);
        }
    }
}
