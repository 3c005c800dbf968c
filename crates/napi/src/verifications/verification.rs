//! What a verification answers: a result, or that there is none yet.

use crate::{
    Error, ServiceError, TransactionId,
    verifications::{Pending, VerifyResult},
};

/// The answer to a [`VerifyRequest`](crate::verifications::VerifyRequest).
///
/// An answer without a record is no result, although the service writes `nomatch` into it; see [`Pending`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "the large one is the common one")]
pub enum Verification {
    /// The verification is done.
    Completed(VerifyResult),
    /// It is going on; wait for it or for its call-back.
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
    /// What the service says about the request and the record, never empty.
    pub errors: Vec<ServiceError>,
}

impl Verification {
    /// The result, if the verification is done.
    #[must_use]
    pub fn completed(self) -> Option<VerifyResult> {
        match self {
            Self::Completed(result) => Some(result),
            _ => None,
        }
    }

    /// Decides by the record's identifier alone: an answer without it has the status `nomatch`, and means nothing by
    /// it.
    pub(crate) fn read(result: VerifyResult) -> Result<Self, Error> {
        let record = result.record.as_ref();
        if record.is_some_and(|record| record.transaction_record_id.is_some()) {
            return Ok(Self::Completed(result));
        }
        let record = result.record.into_iter().flat_map(|record| record.errors);
        let errors: Vec<_> = result.errors.into_iter().chain(record).collect();
        Ok(match unfinished(result.transaction_id, errors)? {
            Unfinished::Pending(pending) => Self::Pending(pending),
            Unfinished::Rejected(rejection) => Self::Rejected(rejection),
        })
    }
}

/// An answer without a record.
pub(crate) enum Unfinished {
    Pending(Pending),
    Rejected(Rejection),
}

/// What an answer without a record means. One that has nothing to go on with is not the service's.
pub(crate) fn unfinished(
    transaction_id: Option<TransactionId>,
    errors: Vec<ServiceError>,
) -> Result<Unfinished, Error> {
    match (transaction_id, errors) {
        (transaction_id, errors) if !errors.is_empty() => Ok(Unfinished::Rejected(Rejection {
            transaction_id,
            errors,
        })),
        (Some(transaction_id), _) => Ok(Unfinished::Pending(Pending::new(transaction_id))),
        (None, _) => Err(Error::undecoded("TransactionID")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, answer};

    fn read(body: &[u8]) -> Result<Verification, Error> {
        Verification::read(answer::model(body)?)
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
    fn an_answer_without_anything_to_go_on_with_is_no_answer() {
        for body in ["{}", "{\"Record\":{\"RecordStatus\":\"nomatch\"}}"] {
            let error = read(body.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Decode { path, .. } if path == "TransactionID"));
        }
    }
}
