//! Responses that are built from models are read as the service's own.

use std::{io, time::Duration};

use http::StatusCode;
use napi::{
    Error, ErrorCode, TransactionRecordId,
    business::BusinessSearchRequest,
    testing::{self, FakeService},
    verifications::{
        PersonInfo, Polling, RecordStatus, TransactionState, Verification, VerifyRequest,
    },
};

fn request() -> VerifyRequest {
    let person = PersonInfo::named("Adelina", "Mancini");
    VerifyRequest::new("IT".parse().unwrap(), person)
}

#[tokio::test(start_paused = true)]
async fn pending_verification_is_built_up_to_its_record() {
    let service = FakeService::new();
    service
        .respond(&testing::pending_result())
        .respond(&testing::transaction_status(TransactionState::IN_PROGRESS))
        .respond(&testing::transaction_status(TransactionState::COMPLETED))
        .respond(&testing::transaction_record(RecordStatus::MATCH));
    let client = service.client();
    let Verification::Pending(pending) = client.verify(&request()).await.unwrap() else {
        panic!("not pending");
    };
    let polling = Polling::new(Duration::from_secs(60));
    let id = client.wait(&pending, &polling).await.unwrap();
    assert_eq!(
        id,
        TransactionRecordId::from(testing::TRANSACTION_RECORD_ID)
    );
    let record = client.transaction_record(&id).await.unwrap();
    assert_eq!(record.status(), Some(&RecordStatus::MATCH));
    let requests = service.requests();
    assert_eq!(requests.len(), 4);
    assert!(String::from_utf8_lossy(requests[0].body()).contains("Mancini"));
    assert!(!format!("{service:?}").contains("Mancini"));
}

#[tokio::test]
async fn results_searches_and_errors_are_built() {
    let service = FakeService::new();
    let mut result = testing::verify_result(RecordStatus::NOMATCH);
    result.errors = vec![testing::service_error(
        ErrorCode::REQUEST_TIMED_OUT,
        "timed out",
    )];
    service
        .respond(&result)
        .respond(&testing::search_result(["Acme", "Acme Ltd"]))
        .respond(&testing::search_result([]))
        .respond_text(StatusCode::SERVICE_UNAVAILABLE, "maintenance")
        .fail(io::ErrorKind::ConnectionReset.into());
    let client = service.client();
    let read = client
        .verify(&request())
        .await
        .unwrap()
        .completed()
        .unwrap();
    assert_eq!(read, result);
    let search = BusinessSearchRequest::new("CA".parse().unwrap(), "Acme");
    let mut found = Vec::new();
    for _ in 0..2 {
        let response = client
            .business_search(&search)
            .await
            .unwrap()
            .completed()
            .unwrap();
        found.push(response.candidates().count());
    }
    assert_eq!(found, [2, 0]);
    let error = client.country_codes().await.unwrap_err();
    let built = testing::status_error(StatusCode::SERVICE_UNAVAILABLE, "maintenance");
    assert_eq!(format!("{error} {error:?}"), format!("{built} {built:?}"));
    let error = client.country_codes().await.unwrap_err();
    assert!(matches!(&error, Error::Transport { .. }) && error.is_retryable());
    // One request too many is an error of its own.
    let error = client.country_codes().await.unwrap_err();
    assert!(error.to_string().contains("no response left"), "{error}");
}
