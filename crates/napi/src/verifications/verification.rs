//! The response to a verification: a result, or that there is none yet.

use crate::error::Error;
use crate::found_transaction::FoundTransaction;
use crate::id::TransactionId;
use crate::service_error::ServiceError;
use crate::verifications::{Pending, Record, RecordStatus, VerifyResult};
use crate::wire::UnreadValue;

/// The response to a [`VerifyRequest`](crate::verifications::VerifyRequest).
///
/// A response without a record is no result, although the service writes `nomatch` into it; see
/// [`Pending`]. Only where that is certain: if the record or its identifier is there and cannot be
/// read, or has the status `match`, it is [`Error::Decode`] with what was
/// [found](Error::transaction) of the transaction.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "the large one is the common one")]
pub enum Verification {
    /// The verification is done.
    Completed(VerifyResult),
    /// It is going on; wait for it or for its callback.
    Pending(Pending),
    /// There is no record, and errors say why.
    Rejected(Rejection),
}

/// A call that the service gave no record for, with its reasons.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rejection {
    /// The transaction, if it has one. Should it go on all the same, [`Pending::new`] takes it.
    pub transaction_id: Option<TransactionId>,
    /// Errors of the request and the record, never empty.
    pub errors: Vec<ServiceError>,
    /// Values of the response that could not be read.
    pub unread: Vec<UnreadValue>,
}

impl Verification {
    /// Returns the result, if the verification is done.
    #[must_use]
    pub fn completed(self) -> Option<VerifyResult> {
        match self {
            Self::Completed(result) => Some(result),
            _ => None,
        }
    }

    /// Returns what stood in the response and could not be read; nothing of one that is pending.
    #[must_use]
    pub fn unread(&self) -> Vec<&UnreadValue> {
        match self {
            Self::Completed(result) => result.unread(),
            Self::Pending(_) => Vec::new(),
            Self::Rejected(rejection) => rejection.unread.iter().collect(),
        }
    }

    /// Decides by the record's identifier alone: a response without it has the status `nomatch`,
    /// and means nothing by it.
    pub(crate) fn read(result: VerifyResult) -> Result<Self, Error> {
        let record = result.record.as_ref();
        if record.is_some_and(|record| record.transaction_record_id.is_some()) {
            return Ok(Self::Completed(result));
        }
        let status = record.and_then(|record| record.record_status.clone());
        let has_other_id = record.is_some_and(has_id_under_another_name);
        let unread: Vec<_> = result.unread().into_iter().cloned().collect();
        let record = result.record.into_iter().flat_map(|record| record.errors);
        let errors: Vec<_> = result.errors.into_iter().chain(record).collect();
        // With errors it is a rejection, which an odd name cannot make a result.
        if has_other_id && errors.is_empty() {
            let path = "Record.TransactionRecordID".to_owned();
            return Err(not_unfinished(path, result.transaction_id.as_ref(), status));
        }
        undecided(result.transaction_id.as_ref(), status, &errors, &unread)?;
        Ok(match unfinished(result.transaction_id, errors, unread)? {
            WithoutRecord::Pending(pending) => Self::Pending(pending),
            WithoutRecord::Rejected(rejection) => Self::Rejected(rejection),
        })
    }
}

/// Refuses to call a response unfinished that has a status which only a record has and no error, or
/// in which there is something that could not be read and may be the record or the reason why there
/// is none. Past the most notes nothing is known of what is unread.
pub(crate) fn undecided(
    transaction_id: Option<&TransactionId>,
    status: Option<RecordStatus>,
    errors: &[ServiceError],
    unread: &[UnreadValue],
) -> Result<(), Error> {
    let decides = |unread: &&UnreadValue| {
        unread.is_overflow()
            || unread.is_at(&["Record"])
            || unread.is_within(&["Record", "TransactionRecordID"])
            || unread.is_within(&["Record", "RecordStatus"])
            || unread.is_within(&["Record", "Errors"])
            || unread.is_within(&["Errors"])
    };
    let path = match unread.iter().find(decides) {
        Some(unread) => unread.shown_path(),
        None if errors.is_empty() && status.as_ref().is_some_and(is_match) => {
            "Record.TransactionRecordID".to_owned()
        }
        None => return Ok(()),
    };
    Err(not_unfinished(path, transaction_id, status))
}

fn is_match(status: &RecordStatus) -> bool {
    RecordStatus::from(status.as_str().trim()) == RecordStatus::MATCH
}

/// Returns whether there is a member of no known name that may be the record's id.
///
/// A record that goes on has none, whatever its status says.
fn has_id_under_another_name(record: &Record) -> bool {
    record.extra.iter().any(|(name, json)| {
        let says_nothing = matches!(json.trim(), "null" | "\"\"" | "[]" | "{}");
        let letters = name.bytes().filter(u8::is_ascii_alphabetic);
        let letters: Vec<_> = letters.map(|byte| byte.to_ascii_lowercase()).collect();
        !says_nothing && letters.ends_with(b"recordid")
    })
}

fn not_unfinished(
    path: String,
    transaction_id: Option<&TransactionId>,
    status: Option<RecordStatus>,
) -> Error {
    Error::Decode {
        path,
        line: 0,
        column: 0,
        found: Some(Box::new(FoundTransaction {
            transaction_id: transaction_id.cloned(),
            transaction_record_id: None,
            status,
        })),
    }
}

/// A response without a record.
pub(crate) enum WithoutRecord {
    Pending(Pending),
    Rejected(Rejection),
}

/// Returns what a response without a record means. One that has nothing to go on with is not the
/// service's.
pub(crate) fn unfinished(
    transaction_id: Option<TransactionId>,
    errors: Vec<ServiceError>,
    unread: Vec<UnreadValue>,
) -> Result<WithoutRecord, Error> {
    match (transaction_id, errors) {
        (transaction_id, errors) if !errors.is_empty() => Ok(WithoutRecord::Rejected(Rejection {
            transaction_id,
            errors,
            unread,
        })),
        (Some(transaction_id), _) => Ok(WithoutRecord::Pending(Pending::new(transaction_id))),
        (None, _) => Err(Error::undecoded("TransactionID")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response;
    use crate::service_error::ErrorCode;

    fn read(body: impl AsRef<[u8]>) -> Result<Verification, Error> {
        Verification::read(response::model(body.as_ref())?)
    }

    #[test]
    fn an_accepted_call_is_pending_and_no_nomatch() {
        let body = include_bytes!("../../tests/samples/verify-response-async-accepted-live.json");
        let verification = read(body).unwrap();
        assert!(
            matches!(&verification, Verification::Pending(pending)
                if pending.transaction_id().as_str() == "c0e6ebdd-f752-4a08-b4a3-61c4fe51676f"),
            "{verification:?}"
        );
        assert!(verification.completed().is_none());
    }

    #[test]
    fn empty_id_of_another_record_leaves_a_verification_pending() {
        for empty in ["null", "\"\"", "[]", "{}"] {
            let body = format!(
                r#"{{"TransactionID":"1","Record":{{"RecordStatus":"nomatch","ParentRecordID":{empty}}}}}"#
            );
            let pending = read(body.as_bytes());
            assert!(matches!(pending, Ok(Verification::Pending(_))), "{body}");
        }
        let named =
            r#"{"TransactionID":"1","Record":{"RecordStatus":"nomatch","ParentRecordID":"2"}}"#;
        assert!(matches!(read(named.as_bytes()), Err(Error::Decode { .. })));
    }

    #[test]
    fn a_nomatch_with_a_record_is_a_result() {
        let body = include_bytes!("../../tests/samples/verify-response-nomatch-GB.json");
        assert!(matches!(read(body), Ok(Verification::Completed(_))));
    }

    #[test]
    fn errors_without_a_record_are_a_rejection() {
        let body = include_bytes!("../../tests/samples/verify-response-top-level-errors.json");
        let Ok(Verification::Rejected(rejection)) = read(body) else {
            panic!("not rejected");
        };
        assert!(rejection.transaction_id.is_some());
        let codes: Vec<_> = rejection
            .errors
            .into_iter()
            .map(|error| error.code)
            .collect();
        let expected = [
            ErrorCode::MISSING_REQUIRED_FIELD,
            ErrorCode::ADDRESS_PART_INVALID,
            ErrorCode::MOBILE_NUMBER_MISSING,
        ];
        assert_eq!(codes, expected.map(Some));
    }

    #[test]
    fn response_without_a_transaction_is_an_error() {
        for body in ["{}", "{\"Record\":{\"RecordStatus\":\"nomatch\"}}"] {
            let error = read(body.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Decode { path, .. } if path == "TransactionID"));
        }
    }

    #[test]
    fn a_record_whose_id_cannot_be_read_is_not_pending() {
        for (body, at, status) in [
            (
                r#"{"TransactionID":"1","Record":{"TransactionRecordID":{"a":1},"RecordStatus":"nomatch"}}"#,
                "Record.TransactionRecordID",
                Some(RecordStatus::NOMATCH),
            ),
            (
                r#"{"TransactionID":"1","Record":{"TransactionRecordID":"2\ud83d","RecordStatus":"match"}}"#,
                "Record.TransactionRecordID",
                Some(RecordStatus::MATCH),
            ),
            (
                r#"{"TransactionID":"1","Record":{"RecordNumber":"2","RecordStatus":"Match"}}"#,
                "Record.TransactionRecordID",
                Some(RecordStatus::MATCH),
            ),
            (
                r#"{"TransactionID":"1","Record":{"RecordStatus":" match "}}"#,
                "Record.TransactionRecordID",
                Some(RecordStatus::from(" match ")),
            ),
            (
                r#"{"TransactionID":"1","Record":{"Record_ID":"2","RecordStatus":"nomatch"}}"#,
                "Record.TransactionRecordID",
                Some(RecordStatus::NOMATCH),
            ),
            (
                r#"{"TransactionID":"1","Record":[{"TransactionRecordID":"2"},{"TransactionRecordID":"3"}]}"#,
                "Record",
                None,
            ),
            (
                r#"{"TransactionID":"1","Errors":"Access denied"}"#,
                "Errors",
                None,
            ),
            (
                r#"{"TransactionID":"1","Record":{"Errors":[7]}}"#,
                "Record.Errors[0]",
                None,
            ),
        ] {
            let error = read(body).unwrap_err();
            let found = error.transaction().unwrap();
            assert_eq!(found.transaction_id, Some("1".into()), "{body}");
            assert_eq!(found.status, status, "{body}");
            assert!(
                matches!(&error, Error::Decode { path, .. } if path == at),
                "{error:?}"
            );
        }
    }

    #[test]
    fn empty_guid_is_no_record_and_no_transaction() {
        let body = |id, record| {
            format!(
                r#"{{"TransactionID":"{id}","Record":{{"TransactionRecordID":"{record}","RecordStatus":"nomatch"}}}}"#
            )
        };
        let empty = "00000000-0000-0000-0000-000000000000";
        assert!(matches!(
            read(body("1", empty)),
            Ok(Verification::Pending(_))
        ));
        assert!(matches!(
            read(body("1", "2")),
            Ok(Verification::Completed(_))
        ));
        let error = read(body(empty, empty)).unwrap_err();
        assert!(matches!(error, Error::Decode { path, .. } if path == "TransactionID"));
    }

    #[test]
    fn record_behind_too_many_unread_values_is_undecided() {
        let bad = |count: usize, record: &str| {
            let sources = vec!["7"; count].join(",");
            format!(
                r#"{{"TransactionID":"1","Record":{{"DatasourceResults":[{sources}],{record}}}}}"#
            )
        };
        let id = r#""TransactionRecordID":{"a":1}"#;
        // The last that is noted of its own, and the first that is not.
        for (count, at) in [(999, "Record.TransactionRecordID"), (1000, ".")] {
            let error = read(bad(count, id)).unwrap_err();
            assert!(
                matches!(&error, Error::Decode { path, .. } if path == at),
                "{count}: {error:?}"
            );
            let found = error.transaction().unwrap();
            assert_eq!(found.transaction_id, Some("1".into()));
        }
        let running = r#""RecordStatus":"nomatch""#;
        assert!(matches!(
            read(bad(1000, running)),
            Ok(Verification::Pending(_))
        ));
        assert!(read(bad(1001, running)).is_err());
        let done = r#""TransactionRecordID":"2""#;
        assert!(matches!(
            read(bad(1001, done)),
            Ok(Verification::Completed(_))
        ));
    }

    #[test]
    fn other_members_of_a_record_leave_it_pending() {
        let body =
            r#"{"TransactionID":"1","Record":{"RecordStatus":"nomatch","RecordNumber":"2"}}"#;
        assert!(matches!(read(body), Ok(Verification::Pending(_))));
    }

    #[test]
    fn unread_detail_leaves_it_pending_or_rejected() {
        let body = r#"{"TransactionID":"1","UploadedDt":{},"Record":{"RecordStatus":"nomatch"}}"#;
        assert!(matches!(read(body), Ok(Verification::Pending(_))));
        let body = r#"{"TransactionID":"1","UploadedDt":{},"Errors":{"Code":"1001"}}"#;
        let rejected = read(body).unwrap();
        assert_eq!(rejected.unread()[0].path(), "UploadedDt");
        assert!(matches!(rejected, Verification::Rejected(it) if it.errors.len() == 1));
        let body =
            r#"{"TransactionID":"1","Record":{"RecordStatus":"match","Errors":[{"Code":"1001"}]}}"#;
        assert!(matches!(read(body), Ok(Verification::Rejected(_))));
    }
}
