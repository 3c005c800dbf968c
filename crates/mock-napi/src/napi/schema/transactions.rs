//! Schemas of transactions: results, records, states.

use serde_json::{Value, json};

use crate::description::schema::{
    Components, any_of, extended, list, object, one_of_texts, text, text_or_null,
};
use crate::napi::schema::{service_errors, texts, uuid};

/// Describes the response to a verification: its result, or that it comes later, or why there is
/// none.
pub(in crate::napi) fn verification(all: &mut Components) -> Value {
    all.named("VerificationResult", |all| {
        let record = verified(all);
        frame(all, record)
    })
}

/// Describes the response to a search, as that to a verification.
pub(in crate::napi) fn search(all: &mut Components) -> Value {
    all.named("SearchResult", |all| {
        let record = found(all);
        frame(all, record)
    })
}

/// Describes the record of a verification, or errors alone.
pub(in crate::napi) fn record_or_errors(all: &mut Components) -> Value {
    any_of([record(all), errors_alone(all)])
}

/// Describes a record, the image of one, or errors alone.
pub(in crate::napi) fn record_or_image(all: &mut Components) -> Value {
    any_of([record(all), text(all), errors_alone(all)])
}

/// Describes the image of a document, in base64, or errors alone.
pub(in crate::napi) fn image_or_errors(all: &mut Components) -> Value {
    any_of([text(all), errors_alone(all)])
}

/// Describes the result of a search, or errors alone.
pub(in crate::napi) fn search_or_errors(all: &mut Components) -> Value {
    any_of([search(all), errors_alone(all)])
}

/// Describes the state of a transaction, or errors alone.
pub(in crate::napi) fn status_or_errors(all: &mut Components) -> Value {
    any_of([status(all), errors_alone(all)])
}

/// Describes the part of a result that is known so far, or errors alone.
pub(in crate::napi) fn partial_or_errors(all: &mut Components) -> Value {
    let of_verification = all.named("PartialVerificationResult", |all| {
        let record = verified(all);
        partial(all, record)
    });
    let of_search = all.named("PartialSearchResult", |all| {
        let record = found(all);
        partial(all, record)
    });
    any_of([of_verification, of_search, errors_alone(all)])
}

/// Describes the response where a transaction is not to be had, with status 200, if the settings
/// want it so.
pub(in crate::napi) fn errors_alone(all: &mut Components) -> Value {
    all.named("ErrorsAlone", |all| {
        object([("Errors", service_errors(all))], [])
    })
}

fn record(all: &mut Components) -> Value {
    all.named("VerificationRecord", |all| {
        let record = verified(all);
        let input = object(
            [("FieldName", text(all)), ("Value", text(all))],
            [("FieldGroup", text_or_null())],
        );
        extended(frame(all, record), [("InputFields", list(input))])
    })
}

fn partial(all: &mut Components, record: Value) -> Value {
    let awaited = texts(all);
    let further = [
        ("DatasourcesAwaitingResult", awaited),
        ("Status", state(all)),
    ];
    extended(frame(all, record), further)
}

fn status(all: &mut Components) -> Value {
    all.named("TransactionStatus", |all| {
        object(
            [
                ("TransactionId", uuid(all)),
                ("Status", state(all)),
                ("UploadedDt", date(all)),
                ("IsTimedOut", json!({ "type": "boolean" })),
            ],
            [("TransactionRecordId", uuid_or_null())],
        )
    })
}

fn frame(all: &mut Components, record: Value) -> Value {
    let products = one_of_texts(["Business Search", "Identity Verification"]);
    object(
        [
            ("TransactionID", uuid(all)),
            ("UploadedDt", date(all)),
            ("CountryCode", text(all)),
            ("ProductName", products),
            ("Record", record),
            ("Errors", service_errors(all)),
        ],
        [
            (
                "CompletedDt",
                any_of([date(all), json!({ "type": "null" })]),
            ),
            ("CustomerReferenceID", text_or_null()),
        ],
    )
}

fn verified(all: &mut Components) -> Value {
    all.named("Verification", |all| {
        let rule = object([], [("RuleName", text(all)), ("Note", text(all))]);
        object(
            [
                ("RecordStatus", one_of_texts(["match", "nomatch"])),
                ("DatasourceResults", list(source(all))),
                ("Errors", service_errors(all)),
            ],
            [
                ("TransactionRecordID", uuid_or_null()),
                ("Rule", any_of([rule, json!({ "type": "null" })])),
            ],
        )
    })
}

fn source(all: &mut Components) -> Value {
    all.named("DatasourceResult", |all| {
        let field = object(
            [
                ("FieldName", text(all)),
                ("Status", one_of_texts(["match", "nomatch", "missing"])),
            ],
            [
                ("MatchPrecision", text_or_null()),
                ("FieldGroup", text_or_null()),
            ],
        );
        let data = json!({ "type": ["string", "object"] });
        let appended = object([("FieldName", text(all)), ("Data", data)], []);
        let status = json!({ "enum": ["match", "nomatch", null] });
        object(
            [
                ("DatasourceName", text(all)),
                ("DatasourceFields", list(field)),
                ("AppendedFields", list(appended)),
                ("Errors", service_errors(all)),
                ("FieldGroups", texts(all)),
            ],
            [("DatasourceStatus", status)],
        )
    })
}

fn found(all: &mut Components) -> Value {
    all.named("Search", |all| {
        let source = object(
            [
                ("DatasourceName", text(all)),
                ("Results", list(company(all))),
                ("Errors", service_errors(all)),
            ],
            [],
        );
        let rule = json!({ "type": ["object", "null"], "additionalProperties": false });
        object(
            [
                ("DatasourceResults", list(source)),
                ("Errors", service_errors(all)),
            ],
            [
                ("TransactionRecordID", uuid_or_null()),
                ("RecordStatus", json!({ "enum": ["nomatch", null] })),
                ("Rule", rule),
            ],
        )
    })
}

fn company(all: &mut Components) -> Value {
    all.named("Company", |all| {
        let texts = || json!({ "type": ["array", "null"], "items": { "type": "string" } });
        let code = object([("Code", text(all)), ("Description", text(all))], []);
        let codes = json!({ "type": ["array", "null"], "items": code });
        object(
            [
                ("Index", text(all)),
                ("BusinessName", text(all)),
                ("MatchingScore", text(all)),
            ],
            [
                ("Address", address()),
                ("BusinessLicenseNumber", text_or_null()),
                ("BusinessRegistrationNumber", text_or_null()),
                ("BusinessStatus", text_or_null()),
                ("BusinessTaxIDNumber", text_or_null()),
                ("BusinessType", text_or_null()),
                ("DUNSNumber", text_or_null()),
                ("EmailAddress", text_or_null()),
                ("FullAddress", text_or_null()),
                ("JurisdictionOfIncorporation", text_or_null()),
                ("NAICS", codes.clone()),
                ("OriginalBusinessStatus", text_or_null()),
                ("OtherBusinessNames", texts()),
                ("SIC", codes),
                ("TaxIDNumber", text_or_null()),
                ("TaxIDNumbers", texts()),
                ("Telephone", text_or_null()),
                ("TradeStyleName", text_or_null()),
                ("WebDomain", text_or_null()),
                ("WebDomains", texts()),
                ("Website", text_or_null()),
            ],
        )
    })
}

fn address() -> Value {
    let members = [
        "Address1",
        "AddressType",
        "BuildingName",
        "BuildingNumber",
        "City",
        "Country",
        "CountryCode",
        "PostalCode",
        "StateProvince",
        "StateProvinceCode",
        "StreetName",
        "StreetType",
        "Suburb",
        "UnitNumber",
    ];
    object([], members.map(|name| (name, text_or_null())))
}

fn state(_: &mut Components) -> Value {
    one_of_texts([
        "InProgress",
        "Canceled",
        "Completed",
        "Failed",
        "TimeoutCanceled",
    ])
}

/// Describes a date in UTC, in each form that the settings have.
fn date(_: &mut Components) -> Value {
    let pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{7})?Z?$";
    json!({ "type": "string", "pattern": pattern })
}

fn uuid_or_null() -> Value {
    json!({ "type": ["string", "null"], "format": "uuid" })
}
