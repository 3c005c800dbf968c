//! `/verifications/v1`: what becomes of a person or a company, and what is left of it.

use std::collections::BTreeSet;

use mock_napi::{FileNames, ServiceSettings};
use napi::{
    CountryCode, Error, ErrorCode, TransactionRecordId,
    configuration::FieldProblemKind,
    verifications::{
        Business, DataFields, DocumentField, DriverLicence, ErrorLevel, FieldStatus, PersonInfo,
        RecordStatus, TestEntity, Verification, VerifyRequest, VerifyResult, WatchlistState,
    },
};
use serde_json::Value;

use super::{COUNTRIES, Environment, country};

impl Environment {
    /// Makes a request to verify these inputs with every consent that the country has.
    async fn request(&self, code: &CountryCode, inputs: impl Into<DataFields>) -> VerifyRequest {
        let consents = self.client.consents(code).await.unwrap();
        VerifyRequest::new(code.clone(), inputs).consent_for_data_sources(consents)
    }

    /// Makes a request to verify the country's first person.
    pub(super) async fn first_person(&self, code: &str) -> VerifyRequest {
        let entities = self.client.test_entities(&country(code)).await.unwrap();
        let mut people = entities.into_iter().filter(|it| it.person_info.is_some());
        self.request(&country(code), people.next().unwrap()).await
    }

    /// Returns the result of a request that is answered at once.
    pub(super) async fn verified(&self, request: &VerifyRequest) -> VerifyResult {
        let verification = self.client.verify(request).await.unwrap();
        verification.completed().unwrap()
    }
}

pub(super) fn record_id(result: &VerifyResult) -> TransactionRecordId {
    let record = result.record.as_ref().unwrap();
    record.transaction_record_id.clone().unwrap()
}

/// Returns the statuses of a field in every source but the watchlists.
fn statuses(result: &VerifyResult, field: &str) -> BTreeSet<String> {
    let sources = result.record.iter().flat_map(|it| &it.datasource_results);
    sources
        .filter(|source| source.watchlist_state().is_none())
        .flat_map(|source| &source.datasource_fields)
        .filter(|compared| compared.field_name.as_deref() == Some(field))
        .map(|compared| compared.status.as_ref().unwrap().as_str().to_owned())
        .collect()
}

fn one(status: &FieldStatus) -> BTreeSet<String> {
    BTreeSet::from([status.as_str().to_owned()])
}

fn codes(result: &VerifyResult) -> BTreeSet<(&'static str, String)> {
    let errors = result.service_errors();
    errors
        .map(|(level, error)| {
            let level = match level {
                ErrorLevel::Request => "request",
                ErrorLevel::Record => "record",
                _ => "source",
            };
            (level, error.code.as_ref().unwrap().as_str().to_owned())
        })
        .collect()
}

/// Returns the paths of all inputs, as the service's log has them.
fn paths(inputs: &DataFields) -> BTreeSet<String> {
    fn collect(path: &str, value: &Value, paths: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = match path {
                        "" => name.clone(),
                        _ => format!("{path}.{name}"),
                    };
                    collect(&path, value, paths);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    collect(&format!("{path}[{index}]"), value, paths);
                }
            }
            _ => {
                paths.insert(path.to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    collect("", &serde_json::to_value(inputs).unwrap(), &mut found);
    found
}

#[tokio::test]
async fn every_test_entity_matches_and_arrives_whole() {
    let environment = Environment::new().await;
    for code in COUNTRIES {
        let code = country(code);
        let entities = environment.client.test_entities(&code).await.unwrap();
        assert!(entities.len() > 2);
        for entity in entities {
            let name = entity.test_entity_name.clone().unwrap();
            let inputs = DataFields::from(entity);
            let sent = paths(&inputs);
            let request = environment.request(&code, inputs).await;
            let request = request.customer_reference_id("ours-1");
            let result = environment.verified(&request).await;
            assert_eq!(result.status(), Some(&RecordStatus::MATCH), "{code} {name}");
            assert_eq!(codes(&result), BTreeSet::new(), "{code} {name}");
            assert_eq!(result.customer_reference_id.as_deref(), Some("ours-1"));
            assert_eq!(result.country_code, Some(code.clone()));
            assert!(result.uploaded_dt.as_ref().unwrap().time().is_some());

            let seen = environment.last_transaction().await;
            assert_eq!(seen.inputs, sent, "{code} {name}");
            assert!(seen.is_match && !seen.is_pending);
            assert_eq!(seen.country, code.as_str());
            assert_eq!(result.transaction_id.as_ref().unwrap().as_str(), seen.id);
            assert_eq!(record_id(&result).as_str(), seen.record_id);
        }
    }
    let log = environment.requests().await;
    assert!(log.contains(&"POST /verifications/v1/verify 200 acme-api".to_owned()));
}

#[tokio::test]
async fn one_wrong_field_is_no_match_in_that_field_alone() {
    let environment = Environment::new().await;
    for code in COUNTRIES {
        let request = environment.first_person(code).await;
        let mut inputs = request.data_fields.clone().unwrap();
        inputs.person_info = inputs.person_info.map(|it| it.year_of_birth(1901));
        let result = environment.verified(&request.data_fields(inputs)).await;
        assert_eq!(result.status(), Some(&RecordStatus::NOMATCH), "{code}");
        let years = statuses(&result, "YearOfBirth");
        assert_eq!(years, one(&FieldStatus::NOMATCH), "{code}");
        let names = statuses(&result, "FirstSurName");
        assert_eq!(names, one(&FieldStatus::MATCH), "{code}");
        assert!(!environment.last_transaction().await.is_match);
    }
}

#[tokio::test]
async fn unknown_person_is_a_result_with_nomatch() {
    let environment = Environment::new().await;
    let person = PersonInfo::named("No", "Body").born(1950, 1, 1);
    let request = environment.request(&country("AU"), person).await;
    let result = environment.verified(&request).await;
    assert_eq!(result.status(), Some(&RecordStatus::NOMATCH));
    let names = statuses(&result, "FirstSurName");
    assert_eq!(names, one(&FieldStatus::NOMATCH));
    let middle = statuses(&result, "MiddleName");
    assert_eq!(middle, one(&FieldStatus::MISSING));
    assert_eq!(environment.transactions().await.len(), 1);
}

#[tokio::test]
async fn inputs_cause_every_named_service_error_at_each_level() {
    let environment = Environment::new().await;
    for code in [
        ErrorCode::PROVIDER_ERROR,
        ErrorCode::MISSING_REQUIRED_FIELD,
        ErrorCode::DATASOURCE_UNAVAILABLE,
        ErrorCode::DATASOURCE_ERROR,
        ErrorCode::STATE_NOT_SUPPORTED,
        ErrorCode::MISSING_CONSENT,
        ErrorCode::UNRECOGNISED_FIELD,
        ErrorCode::UNRECOGNISED_CONSENT,
        ErrorCode::INVALID_FIELD_FORMAT,
        ErrorCode::UNRECOGNISED_FIELD_GROUP,
        ErrorCode::REQUEST_TIMED_OUT,
        ErrorCode::DUPLICATE_FIELD,
        ErrorCode::FIELD_DROPPED,
        ErrorCode::UNRECOGNISED_ERROR,
        ErrorCode::ADDRESS_CORRECTED,
        ErrorCode::STATE_CHANGED,
        ErrorCode::CITY_CHANGED,
        ErrorCode::STREET_CHANGED,
        ErrorCode::POSTAL_CODE_CHANGED,
        ErrorCode::ADDRESS_PART_INVALID,
        ErrorCode::ADDRESS_NOT_VALIDATED,
        ErrorCode::ADDRESS_VALIDATION_UNAVAILABLE,
        ErrorCode::IMAGE_BLURRY,
        ErrorCode::IMAGE_GLARE,
        ErrorCode::MOBILE_NUMBER_MISSING,
        ErrorCode::MOBILE_NUMBER_INVALID,
        ErrorCode::CARRIER_NOT_SUPPORTED,
        ErrorCode::from("7777".to_owned()),
    ] {
        // No source of this country wants a consent or more than a name.
        let send = async |level: &str| {
            let person = PersonInfo::named("A", format!("Error {} {level}", code.as_str()));
            let request = VerifyRequest::new(country("CA"), person.born(1980, 1, 1));
            environment.client.verify(&request).await.unwrap()
        };
        for level in ["source", "record"] {
            let result = send(level).await.completed().unwrap();
            let wanted = (level, code.as_str().to_owned());
            assert!(codes(&result).contains(&wanted), "{wanted:?}");
        }
        let Verification::Rejected(rejection) = send("request").await else {
            panic!("{code:?} is no rejection");
        };
        let [error] = &rejection.errors[..] else {
            panic!("{rejection:?}");
        };
        assert_eq!(error.code, Some(code));
        let seen = environment.last_transaction().await;
        assert_eq!(rejection.transaction_id.unwrap().as_str(), seen.id);
    }
}

#[tokio::test]
async fn what_a_source_lacks_is_named_by_code_and_field() {
    let environment = Environment::new().await;
    let request = environment.first_person("AU").await;
    let inputs = request.data_fields.clone().unwrap();

    let no_consent = VerifyRequest::new(country("AU"), inputs.clone());
    let result = environment.verified(&no_consent).await;
    let missing = ("source", ErrorCode::MISSING_CONSENT.as_str().to_owned());
    assert!(codes(&result).contains(&missing));

    let elsewhere = inputs.driver_licence.clone().unwrap().state("NT");
    let other_state = inputs.clone().driver_licence(elsewhere);
    let result = environment
        .verified(&request.clone().data_fields(other_state))
        .await;
    let unsupported = ("source", ErrorCode::STATE_NOT_SUPPORTED.as_str().to_owned());
    assert!(codes(&result).contains(&unsupported));

    let bare = inputs.driver_licence(DriverLicence::default().number("1"));
    let result = environment.verified(&request.data_fields(bare)).await;
    let named: BTreeSet<_> = result
        .service_errors()
        .filter(|(_, error)| error.code == Some(ErrorCode::MISSING_REQUIRED_FIELD))
        .filter_map(|(_, error)| error.field_name())
        .collect();
    assert!(named.contains("DriverLicenceState"), "{named:?}");
}

#[tokio::test]
async fn inputs_are_checked_against_live_fields_before_billing() {
    let environment = Environment::new().await;
    for code in COUNTRIES {
        let request = environment.first_person(code).await;
        let fields = environment.client.fields(&country(code)).await.unwrap();
        fields.check(&request).unwrap();
        let inputs = request.data_fields.clone().unwrap();
        let person = inputs.person_info.clone().unwrap().month_of_birth(13);
        let request = request.data_fields(inputs.person_info(person));
        let Err(Error::Fields { problems }) = fields.check(&request) else {
            panic!("{code}: not refused");
        };
        let [problem] = &problems[..] else {
            panic!("{problems:?}");
        };
        assert_eq!(problem.path, "PersonInfo.MonthOfBirth");
        assert_eq!(problem.kind, FieldProblemKind::Malformed);
    }
    assert!(environment.transactions().await.is_empty());
}

#[tokio::test]
async fn watchlist_hit_has_details_on_request() {
    let environment = Environment::new().await;
    let person = PersonInfo::named("Garrick", "Thornbush-Vale");
    let request = environment.request(&country("AU"), person).await;
    let watchlist = |result: &VerifyResult| {
        let sources = &result.record.as_ref().unwrap().datasource_results;
        let mut lists = sources.iter().filter(|it| it.watchlist_state().is_some());
        lists.next().unwrap().clone()
    };
    let brief = watchlist(&environment.verified(&request).await);
    assert_eq!(brief.watchlist_state(), Some(WatchlistState::POTENTIAL_HIT));
    assert!(brief.watchlist_hit_details().is_none());
    let verbose = request.clone().verbose_mode(true);
    let result = environment.verified(&verbose).await;
    let details = watchlist(&result).watchlist_hit_details().unwrap();
    let hit = &details.watchlist[0];
    assert_eq!(hit.entity_name.as_deref(), Some("THORNBUSH-VALE, Garrick"));
    // The same from the record, which has them in its verbose form only.
    let id = record_id(&environment.verified(&request).await);
    let record = environment.client.transaction_record_verbose(&id).await;
    let sources = record.unwrap().record.unwrap().datasource_results;
    assert!(
        sources
            .iter()
            .any(|it| it.watchlist_hit_details().is_some())
    );
    let record = environment.client.transaction_record(&id).await.unwrap();
    let sources = record.record.unwrap().datasource_results;
    assert!(
        sources
            .iter()
            .all(|it| it.watchlist_hit_details().is_none())
    );
}

#[tokio::test]
async fn record_has_inputs_in_three_degrees_of_detail() {
    let environment = Environment::new().await;
    let client = &environment.client;
    let result = environment
        .verified(&environment.first_person("CA").await)
        .await;
    let id = record_id(&result);
    let plain = client.transaction_record(&id).await.unwrap();
    let with_address = client.transaction_record_with_address(&id).await.unwrap();
    let verbose = client.transaction_record_verbose(&id).await.unwrap();
    for record in [&plain, &with_address, &verbose] {
        assert_eq!(record.status(), Some(&RecordStatus::MATCH));
        assert_eq!(record.transaction_id, result.transaction_id);
        let surname = record
            .input_fields
            .iter()
            .find(|field| field.field_name.as_deref() == Some("LastName"));
        assert!(surname.unwrap().value.is_some());
    }
    assert_eq!(plain.record, result.record);
    assert_ne!(with_address.record, plain.record);
    let log = environment.requests().await;
    let path = format!("GET /verifications/v1/transactionrecord/{}", id.as_str());
    let expected =
        ["", "/withaddress", "/verbose"].map(|more| format!("{path}{more} 200 acme-api"));
    assert_eq!(log[log.len() - 3..], expected);
}

#[tokio::test]
async fn image_of_a_record_is_what_was_sent() {
    let environment = Environment::new().await;
    let request = environment.first_person("US").await;
    let document = request.data_fields.clone().unwrap().document.unwrap();
    let id = record_id(&environment.verified(&request).await);
    let client = &environment.client;
    for (field, sent) in [
        (DocumentField::FRONT_IMAGE, &document.document_front_image),
        (DocumentField::LIVE_PHOTO, &document.live_photo),
    ] {
        let sent = sent.as_ref().unwrap();
        let got = client.transaction_record_document(&id, field).await;
        assert_eq!(got.unwrap()[..], *sent.decode().unwrap());
    }
    let log = environment.requests().await;
    let path = format!("/verifications/v1/transactionrecord/{}", id.as_str());
    let line = format!("GET {path}/DocumentFrontImage 200 acme-api");
    assert!(log.contains(&line), "{log:?}");
}

#[tokio::test]
async fn file_has_its_name_or_one_of_ours() {
    let environment = Environment::new().await;
    let code = country("GB");
    let entities = environment.client.test_entities(&code).await.unwrap();
    let is_company = |entity: &TestEntity| entity.business.is_some();
    let company = entities.into_iter().find(is_company).unwrap();
    let business: Business = company.business.unwrap().annual_report(true);
    let request = environment.request(&code, business).await;
    let id = record_id(&environment.verified(&request).await);
    let client = &environment.client;
    let named = client.document_download(&id, "AnnualReport").await.unwrap();
    assert!(named.bytes.starts_with(b"%PDF-"));
    assert_eq!(named.file_name, "AnnualReport.pdf");
    assert_eq!(named.content_type.as_deref(), Some("application/pdf"));
    let unnamed = ServiceSettings::new().file_names(FileNames::LeftOut);
    environment.set(&unnamed).await;
    let unnamed = client.document_download(&id, "AnnualReport").await.unwrap();
    assert_eq!(unnamed.bytes, named.bytes);
    assert_eq!(unnamed.file_name, "downloadDocument.pdf");
    // The nearest reject: a file that was not asked for.
    let error = client.document_download(&id, "Filings").await.unwrap_err();
    assert!(matches!(error, Error::Status { status, .. } if status == 400));
    let path = format!("/verifications/v1/documentdownload/{}", id.as_str());
    let log = environment.requests().await;
    let expected = [
        format!("GET {path}/AnnualReport 200 acme-api"),
        format!("GET {path}/AnnualReport 200 acme-api"),
        format!("GET {path}/Filings 400 acme-api"),
    ];
    assert_eq!(log[log.len() - 3..], expected);
}
