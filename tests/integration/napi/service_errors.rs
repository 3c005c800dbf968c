//! Errors within a response: consents in every country, and errors in the place of what was asked
//! for.

use std::time::Duration;

use mock_napi::{ServiceSettings, UnknownRecords};
use napi::{
    ArgumentProblem, Error, ErrorCode, TransactionRecordId,
    verifications::{
        DataFields, DocumentField, ErrorLevel, Pending, Polling, RecordStatus, Rejection,
        Verification, VerifyRequest, VerifyResult,
    },
};

use super::{COUNTRIES, Environment, country, known, verifications::record_id};

/// Returns the names of all sources of a result.
fn sources(result: &VerifyResult) -> Vec<&str> {
    let sources = result.record.iter().flat_map(|it| &it.datasource_results);
    sources
        .map(|source| source.datasource_name.as_deref().unwrap())
        .collect()
}

/// Returns the sources with an error of this code. There are no other errors.
fn sources_with(result: &VerifyResult, code: ErrorCode) -> Vec<&str> {
    let errors = result.service_errors();
    let names = errors.map(|(level, error)| {
        assert_eq!(error.code, Some(code.clone()));
        match level {
            ErrorLevel::Datasource(name) => name,
            other => panic!("{other:?}"),
        }
    });
    names.collect()
}

/// Returns the names of a country's sources that satisfy a condition.
fn known_sources(country: &str, is_it: impl Fn(&serde_json::Value) -> bool) -> Vec<String> {
    let known = known(country);
    let sources = known.get("datasources").unwrap().as_array().unwrap().iter();
    sources
        .filter(|source| is_it(source))
        .map(|source| source["Name"].as_str().unwrap().to_owned())
        .collect()
}

async fn rejection(environment: &Environment, request: &VerifyRequest) -> Rejection {
    match environment.client.verify(request).await.unwrap() {
        Verification::Rejected(rejection) => rejection,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_error_that_is_rejected_leaves_no_record() {
    let environment = Environment::new().await;
    let request = environment.first_person("CA").await;
    let mut inputs = request.data_fields.clone().unwrap();
    let person = inputs.person_info.as_mut().unwrap();
    person.first_sur_name = Some("Error 2000 request".to_owned());
    let request = request.data_fields(inputs);
    rejection(&environment, &request).await;
    let logged = environment.last_transaction().await;
    let id = logged.record_id.as_str().into();
    let error = environment
        .client
        .transaction_record(&id)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Status { status, .. } if status == 400));
}

#[tokio::test]
async fn missing_consent_is_error_1005_of_its_sources_alone() {
    let environment = Environment::new().await;
    let mut needed = 0;
    for code in COUNTRIES {
        let request = environment.first_person(code).await;
        let all = request.consent_for_data_sources.clone();
        let asked: Vec<String> = sources(&environment.verified(&request).await)
            .into_iter()
            .map(str::to_owned)
            .collect();
        for missing in &all {
            let others = all.iter().filter(|it| *it != missing).cloned();
            let request = request
                .clone()
                .consent_for_data_sources(others.collect::<Vec<_>>());
            let result = environment.verified(&request).await;
            let mut expected = known_sources(code, |it| it["consent"] == **missing);
            expected.retain(|name| asked.contains(name));
            let refused = sources_with(&result, ErrorCode::MISSING_CONSENT);
            assert_eq!(refused, expected, "{code}: {missing}");
            // A source that could not be asked says nothing against the person.
            assert_eq!(result.status(), Some(&RecordStatus::MATCH));
            assert!(environment.last_transaction().await.is_match);
            needed += refused.len();
        }
    }
    assert!(needed > 0);
}

#[tokio::test]
async fn unknown_consent_and_unknown_field_are_record_errors() {
    let environment = Environment::new().await;
    for code in COUNTRIES {
        let request = environment.first_person(code).await;
        let person = request.data_fields.clone().unwrap();
        let mut consents = request.consent_for_data_sources.clone();
        consents.push("Consent to Anything".to_owned());
        let consenting = request.clone().consent_for_data_sources(consents);
        let misspelt = person.country_field(&country(code), "FamilyNameAtBrith", "Smith");
        let misspelt = request.data_fields(misspelt);
        for (request, expected) in [
            (consenting, ErrorCode::UNRECOGNISED_CONSENT),
            (misspelt, ErrorCode::UNRECOGNISED_FIELD),
        ] {
            let result = environment.verified(&request).await;
            let errors: Vec<_> = result
                .service_errors()
                .map(|(level, error)| (level, error.code.clone().unwrap()))
                .collect();
            assert_eq!(errors, [(ErrorLevel::Record, expected)], "{code}");
            assert_eq!(result.status(), Some(&RecordStatus::MATCH), "{code}");
        }
    }
}

#[tokio::test]
async fn empty_inputs_match_nothing_and_missing_inputs_are_rejected() {
    let environment = Environment::new().await;
    for code in COUNTRIES {
        let mut request = VerifyRequest::new(country(code), DataFields::new());
        let result = environment.verified(&request).await;
        assert_eq!(result.status(), Some(&RecordStatus::NOMATCH), "{code}");
        assert!(sources(&result).is_empty(), "{code}");
        assert!(environment.last_transaction().await.inputs.is_empty());

        request.data_fields = None;
        let rejection = rejection(&environment, &request).await;
        let errors = rejection.errors.iter();
        let errors: Vec<_> = errors
            .map(|it| (it.code.clone(), it.field_name()))
            .collect();
        let missing = Some(ErrorCode::MISSING_REQUIRED_FIELD);
        assert_eq!(errors, [(missing, Some("DataFields"))], "{code}");
        assert!(!environment.last_transaction().await.is_match);
    }
}

#[tokio::test]
async fn service_error_is_no_file_image_or_running_transaction() {
    let settings = ServiceSettings::new().unknown_records(UnknownRecords::ServiceError);
    let environment = Environment::with(settings).await;
    let client = &environment.client;
    let nothing = "00000000-0000-4000-8000-000000000000";
    let record = TransactionRecordId::from(nothing);
    let polling = Polling::new(Duration::from_secs(60)).first_pause(Duration::ZERO);
    let errors = [
        client.document_download(&record, "Filings").await.map(drop),
        client
            .transaction_record_document(&record, DocumentField::LIVE_PHOTO)
            .await
            .map(drop),
        client
            .wait(&Pending::new(nothing), &polling)
            .await
            .map(drop),
    ];
    for answer in errors {
        let error = answer.unwrap_err();
        let Error::Service { errors } = &error else {
            panic!("{error:?}");
        };
        let codes: Vec<_> = errors.iter().filter_map(|it| it.code.as_ref()).collect();
        assert_eq!(codes, [&ErrorCode::TRANSACTION_NOT_AVAILABLE]);
        assert!(!error.is_retryable());
    }
    let v1 = "GET /verifications/v1";
    let expected = [
        format!("{v1}/documentdownload/{nothing}/Filings 200 acme-api"),
        format!("{v1}/transactionrecord/{nothing}/LivePhoto 200 acme-api"),
        format!("{v1}/transaction/{nothing}/status 200 acme-api"),
    ];
    assert_eq!(environment.requests().await, expected);
}

#[tokio::test]
async fn unsent_image_is_rejected_and_reserved_name_not_requested() {
    let environment = Environment::new().await;
    let client = &environment.client;
    let mut request = environment.first_person("AU").await;
    let document = request.data_fields.as_mut().unwrap().document.as_mut();
    document.unwrap().live_photo = None;
    let id = record_id(&environment.verified(&request).await);
    for field in ["LivePhoto", "DocumentType"] {
        let image = client.transaction_record_document(&id, field.into()).await;
        let error = image.unwrap_err();
        assert!(
            matches!(error, Error::Status { status, .. } if status == 400),
            "{error:?}"
        );
    }
    let before = environment.requests().await.len();
    for word in ["verbose", "withaddress"] {
        let image = client.transaction_record_document(&id, word.into()).await;
        let error = image.unwrap_err();
        let reserved = ArgumentProblem::Reserved;
        assert!(
            matches!(error, Error::Argument { problem, .. } if problem == reserved),
            "{error:?}"
        );
    }
    assert_eq!(environment.requests().await.len(), before);
}
