//! Published requests decode and encode back to what they were; cut responses are errors.

use http::Response;
use napi::{
    Endpoint, Error,
    business::{BusinessSearchRequest, GetBusinessSearchResult},
    configuration::{AllDatasources, CountryJoi, DetailedConsents, Fields, TestEntities},
    verifications::{
        GetPartialResult, GetTransactionRecord, GetTransactionRecordDocument, GetTransactionStatus,
        PersonInfo, VerifyRequest,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../samples/", $name))
    };
}

/// Removes `null` and what is empty.
fn pruned(json: Value) -> Value {
    match json {
        Value::Array(list) => list.into_iter().map(pruned).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, pruned(value)))
            .filter(|(_, value)| !value.is_null() && *value != Value::Array(Vec::new()))
            .collect(),
        other => other,
    }
}

fn assert_round<T: Serialize + DeserializeOwned>(sample: &str) {
    let model: T = serde_json::from_str(sample).unwrap();
    let sample: Value = serde_json::from_str(sample).unwrap();
    assert_eq!(
        pruned(serde_json::to_value(&model).unwrap()),
        pruned(sample)
    );
}

#[test]
fn published_requests_are_encoded_as_they_were() {
    assert_round::<VerifyRequest>(sample!("verify-request-CA-person.json"));
    assert_round::<VerifyRequest>(sample!("verify-request-business-watchlist.json"));
    assert_round::<VerifyRequest>(sample!("verify-request-docv-async-live.json"));
    assert_round::<BusinessSearchRequest>(sample!("business-search-request.json"));
}

#[test]
fn published_responses_are_encoded_as_they_were() {
    use napi::verifications::{TestEntity, TransactionRecord, TransactionStatus, VerifyResult};
    assert_round::<VerifyResult>(sample!("verify-response-match-nulls.json"));
    assert_round::<VerifyResult>(sample!("verify-response-nomatch-GB.json"));
    assert_round::<VerifyResult>(sample!("verify-response-datasource-errors.json"));
    assert_round::<VerifyResult>(sample!("verify-response-top-level-errors.json"));
    assert_round::<TransactionRecord>(sample!("transactionrecord-response-AU-partial.json"));
    assert_round::<TransactionRecord>(sample!("transactionrecord-response-match.json"));
    assert_round::<TransactionRecord>(sample!("transactionrecord-withaddress-response.json"));
    assert_round::<TransactionRecord>(sample!("transactionrecord-response-nomatch-docv-live.json"));
    assert_round::<TransactionRecord>(sample!(
        "transactionrecord-verbose-response-watchlist-hit.json"
    ));
    assert_round::<TransactionStatus>(sample!("transaction-status-inprogress-response.json"));
    assert_round::<TransactionStatus>(sample!("transaction-status-timeout-response.json"));
    assert_round::<TransactionStatus>(sample!("callback-transaction-status-completed.json"));
    assert_round::<Vec<TestEntity>>(sample!("testentities-nulls-response.json"));
}

#[test]
fn no_member_of_a_published_model_is_unknown() {
    use napi::verifications::{TestEntity, TransactionRecord, VerifyResult};
    let result: VerifyResult =
        serde_json::from_str(sample!("verify-response-match-nulls.json")).unwrap();
    let record: TransactionRecord =
        serde_json::from_str(sample!("transactionrecord-response-nomatch-docv-live.json")).unwrap();
    let entities: Vec<TestEntity> =
        serde_json::from_str(sample!("testentities-nulls-response.json")).unwrap();
    assert!(result.extra.is_empty() && record.extra.is_empty());
    let sources = record.record.iter().flat_map(|it| &it.datasource_results);
    for source in sources {
        assert!(source.extra.is_empty());
        assert!(
            source
                .datasource_fields
                .iter()
                .all(|it| it.extra.is_empty())
        );
    }
    for entity in entities {
        assert!(entity.extra.is_empty());
        assert!(entity.person_info.is_none_or(|it| it.extra.is_empty()));
        assert!(entity.business.is_none_or(|it| it.extra.is_empty()));
    }
}

fn assert_cut_is_refused<E: Endpoint>(endpoint: &E, sample: &'static str) {
    let sample = sample.trim_end();
    assert!(endpoint.response(Response::new(sample.into())).is_ok());
    for length in 0..sample.len() {
        let cut = sample.as_bytes()[..length].to_vec();
        let Err(error) = endpoint.response(Response::new(cut.into())) else {
            panic!("{length} bytes were taken for a response");
        };
        assert!(
            matches!(&error, Error::Decode { path, .. } if !path.is_empty()),
            "{length}: {error:?}"
        );
    }
}

#[test]
fn response_cut_at_any_byte_is_an_error_with_path() {
    let country = || "AU".parse().unwrap();
    let verify = VerifyRequest::new(country(), PersonInfo::new());
    assert_cut_is_refused(&verify, sample!("verify-response-nomatch-GB.json"));
    assert_cut_is_refused(
        &GetTransactionRecord::new("0ac8ccee-ab7a-495e-8b88-a6da1bdcb6ae".into()),
        sample!("transactionrecord-response-AU-partial.json"),
    );
    assert_cut_is_refused(
        &GetTransactionRecordDocument::new("1".into(), "LivePhoto".into()),
        sample!("transactionrecord-document-response.json"),
    );
    assert_cut_is_refused(
        &GetTransactionStatus::new("282af661-a5d5-4b0f-8433-1493b4e56e94".into()),
        sample!("transaction-status-timeout-response.json"),
    );
    assert_cut_is_refused(
        &GetPartialResult::new("00000000-0000-4000-8000-000000000007".into()),
        sample!("partialresult-response.json"),
    );
    assert_cut_is_refused(
        &GetBusinessSearchResult::new("c47d485d-005a-4e0c-8ef0-06f16ddbaeb6".into()),
        sample!("business-search-response-nulls.json"),
    );
    assert_cut_is_refused(
        &TestEntities::new(country()),
        sample!("testentities-string-numbers-response.json"),
    );
    assert_cut_is_refused(
        &Fields::new(country()),
        sample!("recommendedfields-AU-response.json"),
    );
    assert_cut_is_refused(
        &DetailedConsents::new(country()),
        sample!("detailedconsents-AU-response.json"),
    );
    assert_cut_is_refused(&CountryJoi::all(), sample!("countryjoi-CA-response.json"));
    assert_cut_is_refused(
        &AllDatasources::default(),
        sample!("alldatasources-response.json"),
    );
}

#[test]
fn names_are_written_in_one_case_and_read_in_any() {
    use napi::{
        business::{BusinessResult, BusinessSearchModel},
        verifications::{
            Business, DataFields, RiskMonitorSettings, TransactionStatus, VerifyResult,
        },
    };
    fn assert_name<T: Serialize + DeserializeOwned>(name: &str, others: &[&str]) {
        for spelt in others.iter().chain([&name]) {
            let json = serde_json::json!({ *spelt: "1" });
            let model: T = serde_json::from_value(json).unwrap();
            let written = serde_json::to_value(&model).unwrap();
            assert_eq!(written, serde_json::json!({ name: "1" }), "{spelt}");
        }
    }
    assert_name::<PersonInfo>("FirstSurName", &["FirstSurname"]);
    assert_name::<PersonInfo>("SecondSurname", &["SecondSurName"]);
    assert_name::<PersonInfo>("ISOLatin1Name", &["IsoLatin1Name"]);
    assert_name::<Business>("DunsNumber", &["DUNSNumber"]);
    assert_name::<Business>("TradestyleName", &["TradeStyleName"]);
    assert_name::<BusinessSearchModel>("DUNSNumber", &["DunsNumber"]);
    assert_name::<BusinessResult>("DUNSNumber", &["DunsNumber"]);
    assert_name::<BusinessResult>("TradeStyleName", &["TradestyleName"]);
    assert_name::<VerifyRequest>("CallBackUrl", &["CallbackUrl"]);
    assert_name::<BusinessSearchRequest>("CallBackUrl", &["CallbackUrl"]);
    assert_name::<RiskMonitorSettings>("CallbackUrl", &["CallBackUrl"]);
    assert_name::<VerifyResult>("TransactionID", &["TransactionId", "transaction_id"]);
    assert_name::<TransactionStatus>("TransactionId", &["TransactionID"]);
    assert_name::<TransactionStatus>("TransactionRecordId", &["TransactionRecordID"]);
    for (name, known) in [("DriverLicence", true), ("DriverLicense", false)] {
        let json = serde_json::json!({ name: {} });
        let fields: DataFields = serde_json::from_value(json).unwrap();
        assert_eq!(fields.extra.is_empty(), known, "{name}");
    }
}

#[test]
fn every_sample_is_read_by_a_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    let mut folders = vec![root.join("src"), root.join("tests/api")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                tests += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    for entry in std::fs::read_dir(root.join("tests/samples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "SOURCES.md" || tests.contains(&format!("{name}\"")),
            "{name}"
        );
    }
}
