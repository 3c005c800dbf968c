//! A marker in every place where a person's data may be, looked for in everything that is ever
//! shown.
//!
//! That each model keeps each of its members to itself is tested beside the models.

use std::fmt::Debug;

use http::{Request, Response, header};
use napi::{
    CountryCode, Endpoint, Error, RequestBody,
    business::{BusinessSearchModel, BusinessSearchRequest},
    configuration::FieldSchema,
    connection::{AsyncCallback, SayHello},
    verifications::{
        Business, Communication, DataFields, Document, DocumentDownload, DocumentType,
        DriverLicence, GetPartialResult, GetTransactionRecord, GetTransactionStatus, Location,
        NationalId, NationalIdType, Passport, Pending, PersonInfo, Polling, RiskMonitorSettings,
        TransactionStatus, VerifyRequest,
    },
};

use crate::service::{Service, response};

const MARKER: &str = "Marker4711";
const NUMBER: i32 = 1_987_654_321;

fn assert_hidden(shown: &str) {
    for secret in [MARKER, "TWFya2VyNDcxM", "1987654321"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

fn assert_shows_nothing(value: &impl Debug) {
    assert_hidden(&format!("{value:?} {value:#?}"));
}

fn assert_error_shows_nothing(error: &Error) {
    assert_shows_nothing(error);
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        assert_hidden(&error.to_string());
        cause = error.source();
    }
}

fn country() -> CountryCode {
    "IT".parse().unwrap()
}

fn inputs() -> DataFields {
    DataFields::from(
        PersonInfo::named(MARKER, MARKER)
            .full_name(MARKER)
            .born(NUMBER, NUMBER, NUMBER)
            .gender(MARKER),
    )
    .location(Location::new().street_name(MARKER).address1(MARKER))
    .communication(Communication::new().email_address(MARKER))
    .driver_licence(DriverLicence::new(MARKER).expires(NUMBER, NUMBER, NUMBER))
    .national_ids([
        NationalId::new(NationalIdType::HEALTH, MARKER),
        NationalId::new(MARKER, MARKER),
    ])
    .passport(Passport::mrz(MARKER, MARKER).number(MARKER))
    .document(
        Document::new(DocumentType::PASSPORT, MARKER)
            .back(MARKER)
            .face(MARKER),
    )
    .business(Business::new(MARKER))
    .risk(RiskMonitorSettings::new().ip(MARKER))
    .country_field(&country(), MARKER, MARKER)
}

fn request() -> VerifyRequest {
    VerifyRequest::new(country(), inputs()).customer_reference_id(MARKER)
}

#[test]
fn no_request_shows_what_it_carries() {
    let sent: Request<RequestBody> = request().request().unwrap();
    assert!(String::from_utf8_lossy(&sent.clone().into_body().into_bytes()).contains(MARKER));
    assert_shows_nothing(&sent);
    assert_shows_nothing(&request());

    let search = BusinessSearchRequest::new(country(), BusinessSearchModel::named(MARKER));
    assert_shows_nothing(&search);
    assert_shows_nothing(&search.request().unwrap());

    let status = TransactionStatus::default()
        .transaction_id(MARKER)
        .transaction_record_id(MARKER)
        .status(MARKER);
    assert_shows_nothing(&status);
    assert_shows_nothing(&AsyncCallback::new(status));
    assert_shows_nothing(&SayHello::new(MARKER).unwrap());
    assert_shows_nothing(&DocumentDownload::new(MARKER.into(), MARKER));
    assert_shows_nothing(&GetTransactionRecord::new(MARKER.into()));
    assert_shows_nothing(&GetTransactionStatus::new(MARKER.into()));
    assert_shows_nothing(&GetPartialResult::new(MARKER.into()));
    assert_shows_nothing(&Pending::new(MARKER));
}

#[tokio::test]
async fn no_response_shows_what_it_holds() {
    let error = format!("{{\"Code\":\"{MARKER}\",\"Message\":\"{MARKER}\"}}");
    let record = |id: &str| {
        format!(
            "{{\"TransactionID\":\"{MARKER}\",\"ProductName\":\"{MARKER}\",\"New\":\"{MARKER}\",\"{MARKER}\":1,\
             \"Record\":{{{id}\"RecordStatus\":\"{MARKER}\",\"Errors\":[{error}]}},\"Errors\":[{error}]}}"
        )
    };
    let finished = record(&format!("\"TransactionRecordID\":\"{MARKER}\","));
    let service = Service::responding(finished.clone())
        .then(response(200, record("")))
        .then(response(200, finished.clone()))
        .then(response(200, finished));
    let client = service.client();
    assert_shows_nothing(&client.verify(&request()).await.unwrap());
    assert_shows_nothing(&client.verify(&request()).await.unwrap());
    assert_shows_nothing(&client.transaction_record(&MARKER.into()).await.unwrap());
    assert_shows_nothing(&client.partial_result(&MARKER.into()).await.unwrap());
    assert_shows_nothing(&client);

    let mut file = response(200, MARKER);
    let name = format!("attachment; filename={MARKER}.pdf");
    file.headers_mut()
        .insert(header::CONTENT_DISPOSITION, name.parse().unwrap());
    let service = Service::default().then(file);
    let file = service
        .client()
        .document_download(&"1".into(), MARKER)
        .await
        .unwrap();
    assert_eq!(file.file_name, "Marker4711.pdf");
    assert_shows_nothing(&file);
}

#[tokio::test]
async fn no_error_shows_what_was_sent_or_received() {
    // What is wrong with a request, before it is sent.
    let too_long = request().customer_reference_id(MARKER.repeat(20));
    let service = Service::default();
    assert_error_shows_nothing(&service.client().verify(&too_long).await.unwrap_err());
    let insecure = request().callback_url(format!("http://{MARKER}"));
    assert_error_shows_nothing(&service.client().verify(&insecure).await.unwrap_err());
    let fields = include_str!("../samples/fields-AU-response.json");
    let fields: FieldSchema = serde_json::from_str(fields).unwrap();
    let odd =
        request().data_fields(inputs().country_field(&country(), format!("{MARKER} Joe"), MARKER));
    let error = fields.check(&odd).unwrap_err();
    assert!(matches!(&error, Error::Fields { problems } if problems.len() > 2));
    assert_error_shows_nothing(&error);

    // What is wrong with a response.
    for body in [
        format!("{{\"TransactionID\":[\"{MARKER}\",1]}}"),
        format!("{{\"Record\":\"{MARKER}\"}}"),
        format!("{{\"Record\":{{\"Rule\":\"{MARKER}\"}}}}"),
        format!("{{\"CustomerReferenceID\":\"{MARKER}\"}}"),
        format!("\"{MARKER}\""),
        format!("{{\"{MARKER}\":"),
        MARKER.to_owned(),
    ] {
        let service = Service::responding(body);
        let error = service.client().verify(&request()).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
        assert_error_shows_nothing(&error);
    }

    // What a refusal says about each member may quote it.
    let body = format!("{{\"title\":\"Wrong\",\"errors\":{{\"{MARKER} Joe\":[\"{MARKER}\"]}}}}");
    let service = Service::default().then(response(400, body));
    assert_error_shows_nothing(&service.client().verify(&request()).await.unwrap_err());

    // Nor is a refusal shown that quotes an input anywhere, in any form of it.
    let quoting = [
        format!("\"The name {MARKER} is not valid\""),
        format!("{{\"Message\":\"{MARKER}\",\"Code\":\"{MARKER}\"}}"),
        format!("{{\"Message\":\"{MARKER}\",\"Code\":1987654321}}"),
        format!("{{\"title\":\"{MARKER}\",\"errors\":{{\"{MARKER}\":[]}}}}"),
        format!("{{\"detail\":\"Unable to find account of {MARKER}\"}}"),
        format!("Missing required field: {MARKER}"),
        format!("<html><title>404 /sayhello/{MARKER}</title>"),
        MARKER.to_owned(),
    ];
    for status in [400, 401, 500] {
        for body in &quoting {
            let service = Service::default().then(response(status, body.clone()));
            let error = service.client().verify(&request()).await.unwrap_err();
            assert_error_shows_nothing(&error);
            let message = error.service_message().unwrap();
            assert!(message.unredacted().contains(MARKER), "{body}");
        }
    }
    for (status, body) in [(200, &quoting[6]), (200, &quoting[7])] {
        let service = Service::default().then(response(status, body.clone()));
        assert_error_shows_nothing(&service.client().test_authentication().await.unwrap_err());
    }
    let errors = format!("{{\"Errors\":[{{\"Code\":\"{MARKER}\",\"Message\":\"{MARKER}\"}}]}}");
    let service = Service::responding(errors);
    let error = service
        .client()
        .transaction_status(&"1".into())
        .await
        .unwrap_err();
    assert!(matches!(&error, Error::Service { errors } if errors.len() == 1));
    assert_error_shows_nothing(&error);

    // A status that is none of the service's.
    let body = format!("{{\"TransactionId\":\"{MARKER}\",\"Status\":\"Failed\"}}");
    let status = TransactionStatus::from_callback(body.as_bytes()).unwrap();
    assert_error_shows_nothing(&Pending::new(MARKER).finish(&status).unwrap_err());
    assert_error_shows_nothing(&Pending::new("1").finish(&status).unwrap_err());
    assert_shows_nothing(&Polling::new(std::time::Duration::ZERO));
}

#[test]
fn a_response_handed_over_by_hand_is_not_shown_either() {
    let response = Response::new(format!("[\"{MARKER}\"]").into());
    let error = request().response(response).unwrap_err();
    assert_error_shows_nothing(&error);
}
