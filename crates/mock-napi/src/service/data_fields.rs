//! The inputs of a request: what they are called, and how they are compared.
//!
//! Names are taken as the vendor writes them and no other way, so that a client that misspells one
//! hears of it.

pub(crate) mod groups;

use serde_json::{Map, Value};

use crate::service::country::Country;
use crate::service::data_fields::groups::{GROUPS, Kind};
use crate::service::known_error::ServiceError;

/// The inputs of a request, or those of a test entity.
#[derive(Clone, Copy)]
pub(crate) struct DataFields<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> DataFields<'a> {
    /// Returns the values at a path such as `PersonInfo.DayOfBirth`. A group that is a list may
    /// have several.
    pub(crate) fn values(self, path: &str) -> Vec<&'a Value> {
        let mut names = path.split('.');
        let name = names.next().unwrap_or_default();
        let mut values: Vec<&Value> = match self.0.get(name) {
            Some(Value::Array(items)) if name == LIST => items.iter().collect(),
            Some(group) => vec![group],
            None => Vec::new(),
        };
        for name in names {
            values = values
                .into_iter()
                .filter_map(|value| value.get(name))
                .collect();
        }
        values.retain(|value| is_given(value));
        values
    }

    pub(crate) fn text(self, path: &str) -> Option<&'a str> {
        self.values(path).into_iter().find_map(Value::as_str)
    }

    /// Returns whether a group has any value.
    pub(crate) fn has_group(self, name: &str) -> bool {
        self.0.get(name).is_some_and(is_given)
    }

    /// Returns whether any value here is one of the other's at that path.
    pub(crate) fn agrees(self, other: DataFields<'_>, path: &str) -> bool {
        let others: Vec<_> = other.values(path).into_iter().map(comparable).collect();
        self.values(path)
            .into_iter()
            .any(|value| others.contains(&comparable(value)))
    }

    /// Returns what cannot be read in it: unknown groups, unknown names, values of the wrong kind.
    pub(crate) fn problems(self, country: &Country, country_code: &str) -> Vec<ServiceError> {
        let mut problems = Vec::new();
        for (name, group) in self.0 {
            let Some((_, members)) = GROUPS.iter().find(|(known, _)| known == name) else {
                problems.push(ServiceError::new(1009));
                continue;
            };
            match group {
                Value::Object(group) if name == "CountrySpecific" => {
                    problems.extend(country_specific(group, country, country_code));
                }
                Value::Object(group) => problems.extend(unreadable(group, members)),
                Value::Array(items) if name == LIST => {
                    problems.extend(items.iter().flat_map(|item| match item {
                        Value::Object(item) => unreadable(item, members),
                        Value::Null => Vec::new(),
                        _ => vec![ServiceError::invalid_format(name)],
                    }));
                }
                Value::Null => {}
                _ => problems.push(ServiceError::invalid_format(name)),
            }
        }
        problems
    }
}

fn country_specific(
    countries: &Map<String, Value>,
    country: &Country,
    country_code: &str,
) -> Vec<ServiceError> {
    let pointer = format!("/properties/CountrySpecific/properties/{country_code}/properties");
    let members = country.fields.pointer(&pointer);
    let known = |name: &str| members.is_some_and(|members| members.get(name).is_some());
    let given = match countries.get(country_code) {
        Some(Value::Object(given)) => Some(given),
        Some(Value::Null) | None => None,
        Some(_) => return vec![ServiceError::invalid_format(country_code)],
    };
    given
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| match value {
            _ if !known(name) => Some(ServiceError::new(1006)),
            Value::String(_) | Value::Null => None,
            _ => Some(ServiceError::invalid_format(name)),
        })
        .collect()
}

fn unreadable(group: &Map<String, Value>, members: &[(&str, Kind)]) -> Vec<ServiceError> {
    let problem = |(name, value): (&String, &Value)| {
        let Some((_, kind)) = members.iter().find(|(known, _)| known == name) else {
            return Some(ServiceError::new(1006));
        };
        let is_readable = value.is_null() || kind.takes(name, value);
        (!is_readable).then(|| ServiceError::invalid_format(name))
    };
    group.iter().filter_map(problem).collect()
}

/// The one group that is a list.
const LIST: &str = "NationalIds";

/// Returns whether there is anything in it.
fn is_given(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => items.iter().any(is_given),
        Value::Object(members) => members.values().any(is_given),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Returns a value for comparison: without letter case, outer spaces, and leading zeros of the
/// parts of a date.
fn comparable(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.trim().to_lowercase(),
        other => other.to_string(),
    };
    // Days, months and years: "05" and 5 are the same month, but a postal code keeps its zeros.
    let is_short_number = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_short_number {
        return text.trim_start_matches('0').to_owned();
    }
    text
}
