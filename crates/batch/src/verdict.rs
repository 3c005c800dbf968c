//! The meaning of a response, or of none, for a record and for those that follow.

use std::time::{Duration, SystemTime};

use napi::verifications::{Verification, VerifyResult};
use napi::{Error, FoundTransaction, RetryAdvice, ServiceError};

use crate::record::{Outcome, RecordState};

/// The meaning of one response.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Whether the service may have seen it.
    pub(crate) is_sent: bool,
    pub(crate) state: RecordState,
    pub(crate) outcome: Outcome,
    pub(crate) consequence: Consequence,
}

/// The consequence for the rest of the batch.
#[derive(Debug)]
pub(crate) enum Consequence {
    /// It goes on.
    GoOn,
    /// It goes on, more slowly: after this time, if the service named one. If it lasts, the run
    /// stops for this reason.
    SlowDown(StopReason, Option<Duration>),
    /// It goes on, unless many in a row fare the same: then it stops for this reason.
    Doubt(StopReason),
    /// It stops: every other record would fare the same.
    Stop(StopReason),
}

/// The reason why a run ended before the end of the list. Records not sent wait for the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StopReason {
    /// The caller asked for it.
    #[error("the run was asked to stop")]
    Asked,
    /// The server has rejected the client certificate.
    #[error("the server has rejected the client certificate: check that it is live in the portal")]
    Certificate,
    /// The service has rejected the credentials, or does not let this user call.
    #[error(
        "the service has rejected the credentials: check the user, and that the certificate is of the same account"
    )]
    Credentials,
    /// The request, the base URL or the configuration of the account cannot be right.
    #[error(
        "no request of this kind can succeed: check the base URL, the configuration's name, and that the account is configured for each country of the list"
    )]
    Setup,
    /// Nothing can be sent: the server cannot be reached, or is not the right one.
    #[error("the server cannot be reached, or is not trusted: `napi-mtls hello` says why")]
    Unreachable,
    /// The device that has the client's key does not sign: its side is the client's.
    #[error(
        "the device that has the client's key does not sign, so nothing can be sent: `napi-mtls hello` says why"
    )]
    Key,
    /// Many in a row got no result.
    #[error(
        "the service failed many times in a row: run the batch again later; of what was sent, records without a response are unknown and may have been billed"
    )]
    Failing,
    /// The service goes on refusing for the rate of the requests.
    #[error("the service goes on limiting the rate: run the batch again later")]
    Throttled,
}

/// Judges a 403 by what came of a hello after it: an account that is let in has its record refused
/// for what is in it, such as by a firewall that takes a name for an attack.
pub(crate) fn forbidden(hello: Result<(), Error>) -> Verdict {
    match hello {
        Ok(()) => {
            let outcome = named("HTTP 403");
            let doubt = Consequence::Doubt(StopReason::Credentials);
            verdict(RecordState::Failed, outcome, doubt)
        }
        Err(error) if error.is_client_certificate_rejected() => {
            waiting(Consequence::Stop(StopReason::Certificate))
        }
        Err(error) if error.is_retryable() => waiting(Consequence::SlowDown(
            StopReason::Credentials,
            pause(&error),
        )),
        Err(_) => waiting(Consequence::Stop(StopReason::Credentials)),
    }
}

/// Judges the response to a verification.
pub(crate) fn judge(response: Result<Verification, Error>) -> Verdict {
    match response {
        Ok(Verification::Completed(result)) => {
            verdict(RecordState::Done, completed(&result), Consequence::GoOn)
        }
        Ok(Verification::Pending(pending)) => {
            let outcome = Outcome {
                transaction_id: Some(pending.transaction_id().as_str().to_owned()),
                ..Outcome::default()
            };
            verdict(RecordState::Pending, outcome, Consequence::GoOn)
        }
        Ok(Verification::Rejected(rejection)) => {
            let is_transient = codes_are_transient(&rejection.errors);
            let outcome = Outcome {
                transaction_id: rejection.transaction_id.map(|id| id.as_str().to_owned()),
                errors: codes(&rejection.errors),
                ..Outcome::default()
            };
            if !is_transient {
                return verdict(RecordState::Failed, outcome, Consequence::GoOn);
            }
            // It may go on all the same, and end in a result that is billed.
            let state = match outcome.transaction_id {
                Some(_) => RecordState::Pending,
                None => RecordState::Unknown,
            };
            let slow_down = Consequence::SlowDown(StopReason::Throttled, None);
            verdict(state, outcome, slow_down)
        }
        Ok(_) => verdict(RecordState::Unknown, named("response"), Consequence::GoOn),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> Verdict {
    if let Some(found) = error.transaction() {
        return found_in(found, error);
    }
    // A certificate of another account reads like a wrong password, so both stop the batch.
    if error.is_client_certificate_rejected() {
        let stop = Consequence::Stop(StopReason::Certificate);
        return match error.is_unprocessed() {
            true => waiting(stop),
            // On a connection that was used before, the request may have been processed first.
            false => verdict(RecordState::Unknown, named("no response"), stop),
        };
    }
    match error {
        Error::Unauthorized { .. } => waiting(Consequence::Stop(StopReason::Credentials)),
        Error::BaseUrl(_) | Error::Credentials(_) => waiting(Consequence::Stop(StopReason::Setup)),
        Error::Argument { .. } | Error::Fields { .. } => Verdict {
            is_sent: false,
            state: RecordState::Failed,
            outcome: named("the request cannot be sent"),
            consequence: Consequence::GoOn,
        },
        Error::Status { status, .. } => match status.as_u16() {
            403 => waiting(Consequence::Stop(StopReason::Credentials)),
            404 | 405 => waiting(Consequence::Stop(StopReason::Setup)),
            // The service counts requests before it processes them (RFC 6585, section 4).
            429 => waiting(Consequence::SlowDown(StopReason::Throttled, pause(error))),
            // The configuration's name is said to come as 500 as well; it lasts.
            500 if error.retry_advice() == RetryAdvice::Never => verdict(
                RecordState::Failed,
                status_error(error),
                Consequence::Stop(StopReason::Setup),
            ),
            // Neither this record nor another of its country; those of others wait with them, as
            // the field check would have found it.
            400 if is_not_configured(error) => waiting(Consequence::Stop(StopReason::Setup)),
            // A gateway gives up with 408 or 499 on a request that it has passed on.
            400..=499 if !matches!(status.as_u16(), 408 | 499) => {
                verdict(RecordState::Failed, status_error(error), Consequence::GoOn)
            }
            _ => verdict(
                RecordState::Unknown,
                status_error(error),
                Consequence::SlowDown(StopReason::Failing, pause(error)),
            ),
        },
        Error::Service { errors } => {
            let outcome = Outcome {
                errors: codes(errors),
                ..Outcome::default()
            };
            verdict(RecordState::Failed, outcome, Consequence::GoOn)
        }
        error if error.is_unprocessed() => waiting(match error.retry_advice() {
            RetryAdvice::Never => Consequence::Stop(cannot_send(error)),
            _ => Consequence::SlowDown(cannot_send(error), None),
        }),
        Error::Transport { .. } | Error::Timeout { .. } => verdict(
            RecordState::Unknown,
            named("no response"),
            Consequence::SlowDown(StopReason::Failing, None),
        ),
        // There was a response, and so perhaps a bill; it names no transaction.
        _ => verdict(
            RecordState::Unknown,
            named("the response could not be read"),
            Consequence::GoOn,
        ),
    }
}

/// Returns the reason why nothing can be sent: the server's side, or a device of the client's.
pub(crate) fn cannot_send(error: &Error) -> StopReason {
    match error.transport().map(transport::Error::kind) {
        Some(transport::ErrorKind::Signer(_)) => StopReason::Key,
        _ => StopReason::Unreachable,
    }
}

/// Judges a response that could not be read as a whole, by what was found in it.
fn found_in(found: &FoundTransaction, error: &Error) -> Verdict {
    let mut outcome = Outcome {
        transaction_id: found
            .transaction_id
            .as_ref()
            .map(|id| id.as_str().to_owned()),
        transaction_record_id: found
            .transaction_record_id
            .as_ref()
            .map(|id| id.as_str().to_owned()),
        ..Outcome::default()
    };
    if let (Some(_), Some(status)) = (&outcome.transaction_record_id, &found.status) {
        outcome.status = Some(status.as_str().to_owned());
        outcome.errors = vec!["the response could not be read whole".to_owned()];
        return verdict(RecordState::Done, outcome, Consequence::GoOn);
    }
    let state = match outcome.transaction_id {
        Some(_) => RecordState::Pending,
        None => RecordState::Unknown,
    };
    let consequence = match error {
        Error::Transport { .. } => Consequence::SlowDown(StopReason::Failing, None),
        _ => Consequence::GoOn,
    };
    verdict(state, outcome, consequence)
}

fn completed(result: &VerifyResult) -> Outcome {
    let record = result.record.as_ref();
    let record_id = record.and_then(|record| record.transaction_record_id.as_ref());
    let errors = result.service_errors().map(|(_, error)| error);
    Outcome {
        transaction_id: result
            .transaction_id
            .as_ref()
            .map(|id| id.as_str().to_owned()),
        transaction_record_id: record_id.map(|id| id.as_str().to_owned()),
        status: result.status().map(|status| status.as_str().to_owned()),
        errors: codes(errors),
    }
}

/// Returns the codes alone: the messages may quote what was sent. A code that does not look like
/// one may, too.
pub(crate) fn codes<'a>(errors: impl IntoIterator<Item = &'a ServiceError>) -> Vec<String> {
    let codes = errors.into_iter().map(|error| match &error.code {
        Some(code) if is_code(code.as_str()) => code.as_str().to_owned(),
        _ => "an error without a code".to_owned(),
    });
    let mut codes: Vec<_> = codes.take(MOST_ERRORS).collect();
    codes.dedup();
    codes
}

/// The most errors that are kept of one record.
const MOST_ERRORS: usize = 100;

fn is_code(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn codes_are_transient(errors: &[ServiceError]) -> bool {
    let mut codes = errors.iter().filter_map(|error| error.code.as_ref());
    codes.any(napi::ErrorCode::is_transient)
}

/// Returns whether the service says that the account has no such country or product.
fn is_not_configured(error: &Error) -> bool {
    let Error::Status { message, .. } = error else {
        return false;
    };
    let fixed = message.as_ref().and_then(|message| message.fixed());
    fixed.is_some_and(|text| {
        let text = text.to_ascii_lowercase();
        text.starts_with("account not configured")
    })
}

fn status_error(error: &Error) -> Outcome {
    match error {
        Error::Status { status, code, .. } => {
            let code = code
                .as_ref()
                .map(|code| code.as_str())
                .filter(|it| is_code(it));
            let status = format!("HTTP {}", status.as_u16());
            Outcome {
                errors: [Some(status.as_str()), code]
                    .into_iter()
                    .flatten()
                    .map(str::to_owned)
                    .collect(),
                ..Outcome::default()
            }
        }
        _ => Outcome::default(),
    }
}

pub(crate) fn pause(error: &Error) -> Option<Duration> {
    let retry_after = error.retry_after()?;
    Some(retry_after.wait(SystemTime::now()))
}

fn named(error: &str) -> Outcome {
    Outcome {
        errors: vec![error.to_owned()],
        ..Outcome::default()
    }
}

fn waiting(consequence: Consequence) -> Verdict {
    verdict(RecordState::Waiting, Outcome::default(), consequence)
}

fn verdict(state: RecordState, outcome: Outcome, consequence: Consequence) -> Verdict {
    Verdict {
        is_sent: state != RecordState::Waiting,
        state,
        outcome,
        consequence,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use napi::testing::{self, FakeService};
    use napi::verifications::{PersonInfo, RecordStatus, VerifyRequest};

    use super::*;

    async fn judged(prepare: impl FnOnce(&FakeService)) -> Verdict {
        let service = FakeService::new();
        prepare(&service);
        let person = PersonInfo::named("Adelina", "Mancini");
        let request = VerifyRequest::new("IT".parse().unwrap(), person);
        judge(service.client().verify(&request).await)
    }

    async fn of_status(status: u16) -> Verdict {
        let status = status.try_into().unwrap();
        judged(|service| {
            service.respond_text(status, "Mancini");
        })
        .await
    }

    #[tokio::test]
    async fn result_is_done_with_its_ids() {
        let result = testing::verify_result(RecordStatus::NOMATCH);
        let verdict = judged(|service| {
            service.respond(&result);
        })
        .await;
        assert_eq!(verdict.state, RecordState::Done);
        assert_eq!(verdict.outcome.status.as_deref(), Some("nomatch"));
        assert_eq!(
            verdict.outcome.transaction_record_id.as_deref(),
            Some(testing::TRANSACTION_RECORD_ID)
        );
    }

    #[tokio::test]
    async fn accepted_call_is_pending() {
        let verdict = judged(|service| {
            service.respond(&testing::pending_result());
        })
        .await;
        assert_eq!(verdict.state, RecordState::Pending);
        assert_eq!(
            verdict.outcome.transaction_id.as_deref(),
            Some(testing::TRANSACTION_ID)
        );
    }

    #[tokio::test]
    async fn unanswered_call_is_unknown_and_not_waiting() {
        let verdict = judged(|service| {
            service.fail(io::ErrorKind::ConnectionReset.into());
        })
        .await;
        assert_eq!(verdict.state, RecordState::Unknown);
        for status in [302, 408, 499, 500, 502, 503, 504] {
            assert_eq!(
                of_status(status).await.state,
                RecordState::Unknown,
                "{status}"
            );
        }
        // A page in the place of the JSON: something has answered a request that may be billed.
        assert_eq!(of_status(200).await.state, RecordState::Unknown);
    }

    #[tokio::test]
    async fn refusal_before_processing_leaves_it_waiting() {
        for (status, reason) in [
            (401, Some(StopReason::Credentials)),
            (403, Some(StopReason::Credentials)),
            (404, Some(StopReason::Setup)),
            (429, None),
        ] {
            let verdict = of_status(status).await;
            assert_eq!(verdict.state, RecordState::Waiting, "{status}");
            let stop = match verdict.consequence {
                Consequence::Stop(stop) => Some(stop),
                _ => None,
            };
            assert_eq!(stop, reason, "{status}");
        }
    }

    #[tokio::test]
    async fn rejected_request_fails_by_its_codes_alone() {
        let verdict = of_status(400).await;
        assert_eq!(verdict.state, RecordState::Failed);
        assert_eq!(verdict.outcome.errors, ["HTTP 400"]);
        let error = testing::service_error(napi::ErrorCode::MISSING_REQUIRED_FIELD, "Mancini");
        let mut result = testing::pending_result();
        result.errors = vec![error];
        let verdict = judged(|service| {
            service.respond(&result);
        })
        .await;
        assert_eq!(verdict.state, RecordState::Failed);
        assert_eq!(verdict.outcome.errors, ["1001"]);
    }
}
