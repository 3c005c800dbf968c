//! `/verifications/v1/transactionrecord` and its like: what is left of a verification.

use hyper::StatusCode;
use mock_napi::{Account, FileNames, MockNapi, ServiceSettings, UnknownRecords};
use serde_json::{Value, json};

use crate::client::{Client, basic, header, issued, text};
use crate::service::{Napi, entities, person, read, request};

const RECORD: &str = "/verifications/v1/transactionrecord";

fn record_id(response: &Value) -> &str {
    response["Record"]["TransactionRecordID"].as_str().unwrap()
}

#[tokio::test]
async fn record_has_the_response_and_inputs_under_inner_names() {
    let napi = Napi::start().await;
    let mut response = napi.verify(&person(&napi, "AU").await).await;
    let mut record = napi
        .value(&format!("{RECORD}/{}", record_id(&response)))
        .await;
    let inputs = record
        .as_object_mut()
        .unwrap()
        .remove("InputFields")
        .unwrap();
    assert_eq!(record, response);
    let input = |name: &str| {
        let inputs = inputs.as_array().unwrap().iter();
        let named = inputs.filter(|input| input["FieldName"] == name);
        named
            .map(|input| input["Value"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(input("FirstName"), ["John"]);
    assert_eq!(input("LastName"), ["Smith"]);
    assert_eq!(input("StreetNumber"), ["10"]);
    assert_eq!(input("PassportNumber"), ["N1236548"]);
    let url = format!(
        "https://localhost{RECORD}/{}/DocumentFrontImage",
        record_id(&response)
    );
    assert_eq!(input("DocumentFrontImage"), [url]);
    assert!(response["Record"].take().is_object());
}

#[tokio::test]
async fn more_detail_is_more_appended_fields() {
    let napi = Napi::start().await;
    let response = napi.verify(&person(&napi, "AU").await).await;
    let appended = |record: &Value| {
        let sources = record["Record"]["DatasourceResults"].as_array().unwrap();
        let fields = sources
            .iter()
            .flat_map(|it| it["AppendedFields"].as_array().unwrap());
        let names = fields.map(|it| it["FieldName"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let path = format!("{RECORD}/{}", record_id(&response));
    let cleansed = "CleansedAddress".to_owned();
    assert!(!appended(&napi.value(&path).await).contains(&cleansed));
    for detail in ["withaddress", "verbose"] {
        let record = napi.value(&format!("{path}/{detail}")).await;
        assert!(appended(&record).contains(&cleansed), "{detail}");
        assert!(record["InputFields"].is_array());
    }
}

#[tokio::test]
async fn image_is_what_was_sent_and_details_are_none() {
    let napi = Napi::start().await;
    let request = person(&napi, "AU").await;
    let response = napi.verify(&request).await;
    let path = format!("{RECORD}/{}", record_id(&response));
    for field in ["DocumentFrontImage", "DocumentBackImage", "LivePhoto"] {
        let image = napi.value(&format!("{path}/{field}")).await;
        assert_eq!(image, request["DataFields"]["Document"][field], "{field}");
    }
    for none in ["DocumentType", "documentfrontimage", "Verbose"] {
        let response = napi.get(&format!("{path}/{none}")).await;
        let refused = read(StatusCode::BAD_REQUEST, &response);
        assert_eq!(refused, "Transaction not available", "{none}");
    }
}

#[tokio::test]
async fn file_exists_if_requested_with_or_without_name() {
    let napi = Napi::start().await;
    let companies = entities(&napi, "GB").await;
    let company = companies.iter().find(|it| it.get("Business").is_some());
    let mut request = request(&napi, "GB", company.unwrap()).await;
    request["DataFields"]["Business"]["AnnualReport"] = json!(true);
    request["DataFields"]["Business"]["Filings"] = json!(false);
    request["DataFields"]["Business"]["Unheard"] = json!(true);
    let response = napi.verify(&request).await;
    let path = |field: &str| {
        let id = record_id(&response);
        format!("/verifications/v1/documentdownload/{id}/{field}")
    };
    let file = napi.get(&path("AnnualReport")).await;
    assert_eq!(file.status(), StatusCode::OK);
    assert!(file.body().starts_with(b"%PDF-"));
    assert_eq!(header(&file, "content-type"), "application/pdf");
    let named = "attachment; filename=\"AnnualReport.pdf\"";
    assert_eq!(header(&file, "content-disposition"), named);
    for none in ["Filings", "CreditReport", "BusinessName", "Unheard"] {
        let response = napi.get(&path(none)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{none}");
    }
    let settings = ServiceSettings::new().file_names(FileNames::LeftOut);
    napi.mock.set_service(settings);
    let file = napi.get(&path("AnnualReport")).await;
    assert!(!file.headers().contains_key("content-disposition"));
}

#[tokio::test]
async fn record_is_found_by_own_account_and_number_only() {
    let mock = MockNapi::builder().start().await.unwrap();
    let globex = issued(&mock, Account::GLOBEX, "").await;
    let globex = Client::new(mock.ca_certificate_pem(), &globex);
    let napi = Napi::of(mock, Account::ACME).await;
    let response = napi.verify(&person(&napi, "AU").await).await;
    let record = format!("{RECORD}/{}", record_id(&response));
    let by_transaction = format!("{RECORD}/{}", response["TransactionID"].as_str().unwrap());
    let credentials = basic(Account::GLOBEX.api());
    for (unknown_records, status) in [
        (UnknownRecords::BadRequest, StatusCode::BAD_REQUEST),
        (UnknownRecords::ServiceError, StatusCode::OK),
    ] {
        let settings = ServiceSettings::new().unknown_records(unknown_records);
        napi.mock.set_service(settings);
        assert_eq!(record_id(&napi.value(&record).await), record_id(&response));
        let foreign = globex
            .get(napi.mock.mtls_addr(), &record, Some(&credentials))
            .await;
        let wrong = napi.get(&by_transaction).await;
        assert_eq!((foreign.status(), wrong.status()), (status, status));
        for (response, code) in [(foreign, "2005"), (wrong, "2004")] {
            if status == StatusCode::OK {
                let errors = read(status, &response);
                assert_eq!(errors["Errors"][0]["Code"], code);
            } else {
                assert_eq!(text(&response), "\"Transaction not available\"");
            }
        }
    }
}
