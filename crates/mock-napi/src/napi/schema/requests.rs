//! Schemas of NAPI's requests, and an example of each.
//!
//! The mock takes more than they say: what it cannot read in a request that has the right form is
//! an error in the response to it, with status 200.

use serde_json::{Map, Value, json};

use crate::account::{Account, PACKAGE_ID};
use crate::description::schema::{Components, any_of, list, one_of_texts, text};
use crate::napi::call::CONFIGURATION;
use crate::napi::schema::texts;
use crate::napi::version::Version;
use crate::service::data_fields::groups::{BUSINESS, GROUPS, Kind};

/// Describes a verification of version 1.
pub(in crate::napi) fn verification1(all: &mut Components) -> Value {
    let fields = data_fields(all);
    request(all, Version::One, "DataFields", fields)
}

/// Describes a verification of version 3.
pub(in crate::napi) fn verification3(all: &mut Components) -> Value {
    let fields = data_fields(all);
    request(all, Version::Three, "DataFields", fields)
}

/// Describes a verification of a company, of version 3: its inputs are in one group.
pub(in crate::napi) fn business_verification(all: &mut Components) -> Value {
    let fields = json!({ "type": "object", "properties": members(BUSINESS) });
    request(all, Version::Three, "BusinessDataFields", fields)
}

/// Describes a search of version 1.
pub(in crate::napi) fn search1(all: &mut Components) -> Value {
    let business = searched(all);
    request(all, Version::One, "Business", business)
}

/// Describes a search of version 3.
pub(in crate::napi) fn search3(all: &mut Components) -> Value {
    let business = searched(all);
    request(all, Version::Three, "Business", business)
}

/// Describes the body that is posted to a callback; nothing is done with it.
pub(in crate::napi) fn callback(_: &mut Components) -> Value {
    json!({ "type": "object" })
}

/// Describes a form (RFC 6749, section 4.4.2).
pub(in crate::napi) fn token(all: &mut Components) -> Value {
    json!({
        "type": "object",
        "required": ["grant_type", "client_id", "client_secret"],
        "properties": {
            "grant_type": one_of_texts(["client_credentials"]),
            "client_id": text(all),
            "client_secret": text(all),
            "scope": text(all),
        },
    })
}

/// Returns a person with a document, and a company of which a file is wanted, so that each part of
/// the record is there.
pub(in crate::napi) fn verification1_example() -> Value {
    let fields = json!({
        "PersonInfo": {
            "FirstGivenName": "John", "FirstSurName": "Smith",
            "DayOfBirth": 5, "MonthOfBirth": 3, "YearOfBirth": 1983,
        },
        "Location": { "BuildingNumber": "10", "PostalCode": "3108", "StateProvinceCode": "VIC" },
        "Document": { "DocumentFrontImage": "/9j/4AAQSkZJRg==", "DocumentType": "Passport" },
        "Business": { "BusinessName": "Acme Pty Ltd", "AnnualReport": true },
    });
    framed("ConfigurationName", CONFIGURATION, "DataFields", &fields)
}

pub(in crate::napi) fn verification3_example() -> Value {
    let mut example = verification1_example();
    if let Some(members) = example.as_object_mut() {
        members.remove("ConfigurationName");
        members.insert("PackageId".to_owned(), PACKAGE_ID.into());
    }
    example
}

pub(in crate::napi) fn business_verification_example() -> Value {
    let fields = json!({ "BusinessName": "Acme Pty Ltd", "AnnualReport": true });
    framed("PackageId", PACKAGE_ID, "BusinessDataFields", &fields)
}

pub(in crate::napi) fn search1_example() -> Value {
    let business = json!({ "BusinessName": "Wattlebird" });
    framed("ConfigurationName", CONFIGURATION, "Business", &business)
}

pub(in crate::napi) fn search3_example() -> Value {
    let business = json!({ "BusinessName": "Wattlebird" });
    framed("PackageId", PACKAGE_ID, "Business", &business)
}

pub(in crate::napi) fn callback_example() -> Value {
    json!({ "TransactionId": "00000000-0000-4000-8000-000000000000", "Status": "Completed" })
}

pub(in crate::napi) fn token_example() -> Value {
    let user = Account::ACME.api();
    json!({
        "grant_type": "client_credentials",
        "client_id": user.user(),
        "client_secret": user.secret_password(),
        "scope": "napi.api",
    })
}

/// Describes the groups of `DataFields`, with their members.
pub(super) fn groups(_: &mut Components) -> Value {
    let group = |(name, kinds): &(&str, &[(&str, Kind)])| {
        let group = json!({ "type": "object", "properties": members(kinds) });
        let group = match *name {
            "NationalIds" => list(group),
            _ => group,
        };
        ((*name).to_owned(), group)
    };
    let groups: Map<String, Value> = GROUPS.iter().map(group).collect();
    json!({ "type": "object", "properties": groups })
}

fn framed(name: &str, product: &str, member: &str, input: &Value) -> Value {
    json!({ name: product, "CountryCode": "AU", member: input })
}

fn data_fields(all: &mut Components) -> Value {
    all.named("DataFields", groups)
}

fn searched(all: &mut Components) -> Value {
    json!({
        "type": "object",
        "required": ["BusinessName"],
        "properties": { "BusinessName": text(all), "JurisdictionOfIncorporation": text(all) },
    })
}

fn request(all: &mut Components, version: Version, member: &str, input: Value) -> Value {
    let product = match version {
        Version::One => ("ConfigurationName", CONFIGURATION),
        Version::Three => ("PackageId", PACKAGE_ID),
    };
    let mut required = vec!["CountryCode", member];
    if version == Version::Three {
        required.push(product.0); // version 1 has a configuration that need not be named
    }
    json!({
        "type": "object",
        "required": required,
        "properties": {
            product.0: one_of_texts([product.1]),
            "CountryCode": text(all),
            "CallBackUrl": text(all),
            "CleansedAddress": flag(),
            "ConsentForDataSources": texts(all),
            "CustomerReferenceID": text(all),
            "Timeout": { "type": "integer", "minimum": 0 },
            "VerboseMode": flag(),
            member: input,
        },
    })
}

fn members(kinds: &[(&str, Kind)]) -> Value {
    let members = kinds.iter().map(|(name, kind)| {
        let schema = match kind {
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::List => json!({ "type": "array" }),
            Kind::Number(least, most) => any_of([
                json!({ "type": "integer", "minimum": least, "maximum": most }),
                json!({ "type": "string", "pattern": "^[0-9]{1,4}$" }),
            ]),
            Kind::Object => json!({ "type": "object" }),
            Kind::Text if *name == "Gender" => one_of_texts(["M", "F", ""]),
            Kind::Text => json!({ "type": "string" }),
        };
        ((*name).to_owned(), schema)
    });
    Value::Object(members.collect())
}

/// Describes a flag, which some of the vendor's examples have as text.
fn flag() -> Value {
    json!({ "anyOf": [{ "type": "boolean" }, { "enum": ["true", "false", "True", "False"] }] })
}
