//! Odd bodies over mutual TLS: what the client reads of each, and that one request was sent for it.
//!
//! What is read of each kind, and which kinds there are besides, is tested beside the models.

use mock_napi::{ConnectionEvent, EventKind, fault_names, named_fault};
use napi::{
    Client, Error,
    verifications::{RecordStatus, Verification, VerifyResult},
};

use super::{Environment, country};

const TRANSACTION: &str = "11111111-2222-3333-4444-555555555555";
const RECORD: &str = "66666666-7777-8888-9999-000000000000";

impl Environment {
    /// Makes a client whose next connection answers by a named fault.
    async fn odd(&self, fault: &str) -> Client {
        let client = self.customer.client(&self.mock).unwrap(); // a new connection
        self.portal
            .enqueue(&[named_fault(fault).unwrap()])
            .await
            .unwrap();
        client
    }

    /// Returns the path of each request that a script answered.
    async fn scripted_paths(&self) -> Vec<String> {
        let events = self.portal.events().await.unwrap();
        let paths = events.into_iter().filter_map(|event| match event.kind {
            EventKind::Connection(ConnectionEvent::RequestScripted { path, .. }) => path,
            _ => None,
        });
        paths.collect()
    }
}

/// Returns the paths of members that cannot be read.
fn unread(result: &VerifyResult) -> Vec<String> {
    result.unread().iter().map(|value| value.path()).collect()
}

#[tokio::test]
async fn odd_verification_body_is_read_and_billed_once() {
    let environment = Environment::new().await;
    let request = environment.first_person("CA").await;
    let data = "Record.DatasourceResults[0].AppendedFields[0].Data";
    let faults = [
        ("body-bomb", &[][..]),
        ("body-byte-order-mark", &[]),
        ("body-deflate", &[]),
        ("body-gzip-twice", &[]),
        ("body-iso-8859-1", &[]),
        ("body-plain-as-deflate", &[]),
        ("body-plain-as-gzip", &[]),
        ("body-trailing-garbage", &["."]),
        ("body-utf-16", &[]),
        ("body-zlib", &[]),
        ("value-damaged-utf-8", &["Record.Rule.RuleName"]),
        ("value-line-break", &[]),
        ("value-list-for-single", &[]),
        ("value-lone-surrogate", &[data]),
        ("value-nan", &[data]),
        ("value-null-for-list", &[]),
        ("value-number-for-text", &[]),
        ("value-of-another-type", &["CountryCode"]),
        ("value-older-date", &[]),
        ("value-other-case", &[]),
        ("value-record-id-respelt", &[]),
        ("value-single-for-list", &[]),
        ("value-twice-contradicting", &["CountryCode", "CountryCode"]),
        ("value-twice-same", &[]),
    ];
    for (fault, expected) in faults {
        let verification = environment.odd(fault).await.verify(&request).await;
        let Ok(Verification::Completed(result)) = verification else {
            panic!("{fault}: {verification:?}");
        };
        assert_eq!(result.transaction_id, Some(TRANSACTION.into()), "{fault}");
        assert_eq!(result.status(), Some(&RecordStatus::MATCH), "{fault}");
        assert_eq!(unread(&result), expected, "{fault}");
        assert_eq!(result.errors.len(), 1, "{fault}");
        assert!(result.completed_dt.unwrap().time().is_some(), "{fault}");
        let record = result.record.unwrap();
        assert_eq!(record.transaction_record_id, Some(RECORD.into()), "{fault}");
        let rule = record.rule.unwrap().rule_name.unwrap();
        let is_whole = fault != "value-damaged-utf-8";
        assert_eq!(rule == "Règle é", is_whole, "{fault}: {rule}");
    }
    let paths = environment.scripted_paths().await;
    assert_eq!(paths, ["/verifications/v1/verify"; 24]);
}

#[tokio::test]
async fn truncated_verification_is_an_error_with_its_transaction() {
    let environment = Environment::new().await;
    let request = environment.first_person("CA").await;
    let client = environment.odd("body-cut").await;
    let error = client.verify(&request).await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    assert!(!error.is_retryable());
    let found = error.transaction().unwrap();
    assert_eq!(found.transaction_id, Some(TRANSACTION.into()));
    assert_eq!(found.transaction_record_id, Some(RECORD.into()));
    assert_eq!(found.status, Some(RecordStatus::MATCH));
    assert_eq!(environment.scripted_paths().await.len(), 1);
}

#[tokio::test]
async fn odd_numbers_and_truth_are_read_or_kept() {
    let environment = Environment::new().await;
    for (fault, year, kept) in [
        ("entities-float-for-whole", Some(1978), None),
        ("entities-text-for-number", Some(1978), None),
        (
            "entities-overlong-number",
            None,
            Some("19780000000000000000000000"),
        ),
    ] {
        let client = environment.odd(fault).await;
        let entity = client
            .test_entities(&country("CA"))
            .await
            .unwrap()
            .remove(0);
        let json = entity
            .unread()
            .first()
            .map(|value| value.json().into_owned());
        assert_eq!(json.as_deref(), kept, "{fault}");
        let person = entity.person_info.unwrap();
        assert_eq!(person.year_of_birth, year, "{fault}");
        assert_eq!(person.first_given_name.as_deref(), Some("Ann"));
    }
    let client = environment.odd("status-digit-for-truth").await;
    let status = client.transaction_status(&"1".into()).await.unwrap();
    assert_eq!(status.is_timed_out, Some(false));
    assert_eq!(environment.scripted_paths().await.len(), 4);
}

#[tokio::test]
async fn image_is_read_in_base64_and_bare() {
    let environment = Environment::new().await;
    for fault in [
        "document-base64url",
        "document-data-url",
        "document-mime-lines",
        "document-raw",
        "document-without-padding",
    ] {
        let client = environment.odd(fault).await;
        let image = client
            .transaction_record_document(&"1".into(), "LivePhoto".into())
            .await;
        assert_eq!(
            image.unwrap(),
            &b"\xFF\xD8\xFF\xE0\0\x10JFIF"[..],
            "{fault}"
        );
    }
    let path = "/verifications/v1/transactionrecord/1/LivePhoto";
    assert_eq!(environment.scripted_paths().await, [path; 5]);
}

#[tokio::test]
async fn the_words_of_a_rejection_survive_its_coding() {
    let environment = Environment::new().await;
    let request = environment.first_person("CA").await;
    for fault in [
        "rejection-cut-gzip",
        "rejection-deflate",
        "rejection-plain-as-gzip",
        "rejection-zlib",
    ] {
        let error = environment
            .odd(fault)
            .await
            .verify(&request)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::Status { message: Some(said), .. }
                if said == "Account not configured for this country"),
            "{fault}: {error:?}"
        );
    }
    assert_eq!(environment.scripted_paths().await.len(), 4);
}

#[tokio::test]
async fn every_odd_body_of_the_mock_is_tried_here() {
    let this = include_str!("odd_bodies.rs");
    let kinds = [
        "body-",
        "document-",
        "entities-",
        "rejection-",
        "status-",
        "value-",
    ];
    let odd = fault_names()
        .into_iter()
        .filter(|name| kinds.iter().any(|kind| name.starts_with(kind)));
    for name in odd {
        assert!(this.contains(&format!("\"{name}\"")), "{name}");
    }
}
