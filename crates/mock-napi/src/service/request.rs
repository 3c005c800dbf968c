//! A request for a verification or a search, whichever version it is of.
//!
//! Read leniently where published requests differ among each other (flags as text), and strictly in
//! names.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// A request, read.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) country_code: String,
    /// `ConfigurationName` in version 1.
    pub(crate) configuration: Option<String>,
    /// `PackageId` in version 3.
    pub(crate) package: Option<String>,
    pub(crate) callback_url: Option<String>,
    /// In seconds.
    pub(crate) timeout: Option<i64>,
    pub(crate) cleansed_address: bool,
    pub(crate) verbose: bool,
    pub(crate) consents: BTreeSet<String>,
    pub(crate) customer_reference: Option<String>,
    /// `DataFields`, or `Business` of a search.
    pub(crate) input: Option<Map<String, Value>>,
}

impl Asked {
    /// Returns a verification, of either version.
    pub(crate) fn verification(body: &Map<String, Value>) -> Self {
        Self {
            input: object(body, "DataFields").cloned(),
            ..Self::frame(body)
        }
    }

    /// Returns a verification of a company, of version 3.
    pub(crate) fn business_verification(body: &Map<String, Value>) -> Self {
        Self {
            input: object(body, "BusinessDataFields").map(data_fields_of_business),
            ..Self::frame(body)
        }
    }

    /// Returns a search, of either version.
    pub(crate) fn search(body: &Map<String, Value>) -> Self {
        Self {
            input: object(body, "Business").cloned(),
            ..Self::frame(body)
        }
    }

    fn frame(body: &Map<String, Value>) -> Self {
        let text = |name: &str| {
            let text = body.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let flag = |name: &str| match body.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        };
        let consents = body.get("ConsentForDataSources").and_then(Value::as_array);
        Self {
            country_code: text("CountryCode").unwrap_or_default(),
            configuration: text("ConfigurationName"),
            package: text("PackageId"),
            callback_url: text("CallBackUrl"),
            timeout: body.get("Timeout").and_then(Value::as_i64),
            cleansed_address: flag("CleansedAddress"),
            verbose: flag("VerboseMode"),
            consents: consents
                .into_iter()
                .flatten()
                .filter_map(|consent| consent.as_str().map(str::to_owned))
                .collect(),
            customer_reference: text("CustomerReferenceID"),
            input: None,
        }
    }
}

fn object<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    body.get(name).and_then(Value::as_object)
}

/// Converts `BusinessDataFields`, which hold in one group what `DataFields` have in four.
fn data_fields_of_business(business: &Map<String, Value>) -> Map<String, Value> {
    let mut business = business.clone();
    business.retain(|name, _| !name.starts_with("KYBMonitoring"));
    let mut input = Map::new();
    if let Some(telephone) = business.remove("Telephone") {
        input.insert("Communication".into(), json!({ "Telephone": telephone }));
    }
    if let Some(specific) = business.remove("CountrySpecific") {
        input.insert("CountrySpecific".into(), specific);
    }
    // A list by the description, one object in an example.
    let location = match business.remove("Location") {
        Some(Value::Array(mut locations)) if !locations.is_empty() => {
            Some(locations.swap_remove(0))
        }
        Some(Value::Object(location)) => Some(Value::Object(location)),
        _ => None,
    };
    if let Some(Value::Object(mut location)) = location {
        location.remove("Index");
        if let Some(line) = location.remove("Address1") {
            location.insert("AdditionalFields".into(), json!({ "Address1": line }));
        }
        input.insert("Location".into(), location.into());
    }
    input.insert("Business".into(), business.into());
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: Value) -> Map<String, Value> {
        json.as_object().cloned().unwrap()
    }

    #[test]
    fn flags_may_be_text_and_names_keep_their_case() {
        let asked = Asked::verification(&body(json!({
            "VerboseMode": "True", "cleansedAddress": true, "CountryCode": "AU",
            "ConsentForDataSources": ["A", 1, "A"], "DataFields": {},
        })));
        assert!(asked.verbose);
        assert!(!asked.cleansed_address);
        assert_eq!(asked.country_code, "AU");
        assert_eq!(asked.consents.into_iter().collect::<Vec<_>>(), ["A"]);
        assert_eq!(asked.input, Some(Map::new()));
    }

    #[test]
    fn business_fields_fall_into_their_groups() {
        let asked = Asked::business_verification(&body(json!({
            "BusinessDataFields": {
                "BusinessName": "Acme", "Telephone": "1", "KYBMonitoringEnabled": true,
                "Location": [{"Index": 1, "Address1": "1 Main Street", "City": "Perth"}],
            },
        })));
        let expected = json!({
            "Business": {"BusinessName": "Acme"},
            "Communication": {"Telephone": "1"},
            "Location": {"City": "Perth", "AdditionalFields": {"Address1": "1 Main Street"}},
        });
        assert_eq!(asked.input.map(Value::from), Some(expected));
    }
}
