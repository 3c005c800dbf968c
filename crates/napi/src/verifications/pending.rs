//! A transaction without a result: waited for, or finished by a callback.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::argument::ArgumentProblem;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http_service::HttpService;
use crate::id::{TransactionId, TransactionRecordId};
use crate::verifications::{GetTransactionStatus, TransactionState, TransactionStatus};
use crate::version::Version;

/// A transaction that the service has accepted and may still be working on.
///
/// The service writes the status `nomatch` into such a response. It means nothing, and is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    transaction_id: TransactionId,
}

/// The progress of a transaction, as a status has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// It is done; its record has the result.
    Completed(TransactionRecordId),
    /// It goes on. The service may call back more than once.
    Running(Option<TransactionState>),
}

impl Pending {
    /// Makes a transaction of this identifier, such as one that was stored.
    #[must_use]
    pub fn new(transaction_id: impl Into<TransactionId>) -> Self {
        Self {
            transaction_id: transaction_id.into(),
        }
    }

    /// Returns its identifier.
    #[must_use]
    pub fn transaction_id(&self) -> &TransactionId {
        &self.transaction_id
    }

    /// Returns what a status, polled or called back, says of this transaction.
    ///
    /// A callback is not signed, comes more than once and before the end: hand the status to this
    /// function that was read from the service. [`Client::confirm`] does that.
    ///
    /// # Errors
    ///
    /// [`Error::Transaction`] if it ended without a result; [`Error::Argument`] if the status is of
    /// another transaction; [`Error::Decode`] if it is completed and has no record, or names
    /// neither a transaction nor a state, as the response to an identifier that is no
    /// transaction's.
    pub fn finish(&self, status: &TransactionStatus) -> Result<Progress, Error> {
        let id = status.transaction_id.as_ref();
        if !self.transaction_id.matches(id) {
            return Err(Error::Argument {
                argument: "the status",
                problem: ArgumentProblem::OtherTransaction,
            });
        }
        let missing = Error::undecoded;
        let timed_out = status.is_timed_out == Some(true);
        match &status.status {
            // Every member may be absent, so `{}` or an object of errors reads as a status too.
            None if id.is_none() => Err(missing("Status")),
            Some(state) if state.is_failed() => Err(Error::Transaction {
                state: state.clone(),
                timed_out: timed_out || *state == TransactionState::TIMEOUT_CANCELED,
            }),
            Some(state) if state.is_completed() => match &status.transaction_record_id {
                Some(id) => Ok(Progress::Completed(id.clone())),
                None => Err(missing("TransactionRecordId")),
            },
            state => Ok(Progress::Running(state.clone())),
        }
    }
}

/// The times at which a transaction is polled.
///
/// The pauses double from the first to the longest. The service publishes no interval; a person
/// takes seconds, the documents of a company may take days, for which a callback is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    timeout: Duration,
    first_pause: Duration,
    longest_pause: Duration,
}

impl Polling {
    /// The most polls in a row that may fail; then the reason is not a passing one.
    const MOST_FAILURES: u32 = 5;

    /// Polls for `timeout`: after one second, then after pauses that double up to half
    /// a minute.
    #[must_use]
    pub const fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
        }
    }

    /// Sets the pause before the first poll.
    #[must_use]
    pub const fn first_pause(self, first_pause: Duration) -> Self {
        Self {
            first_pause,
            ..self
        }
    }

    /// Sets the longest pause between two polls. `Retry-After` may make one longer.
    #[must_use]
    pub const fn longest_pause(self, longest_pause: Duration) -> Self {
        Self {
            longest_pause,
            ..self
        }
    }

    /// Returns for how long is polled.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the pause before poll number `polls`, counted from zero.
    #[must_use]
    pub fn pause(&self, polls: u32) -> Duration {
        let factor = 2_u32.saturating_pow(polls);
        self.first_pause
            .saturating_mul(factor)
            .clamp(SHORTEST_PAUSE, self.longest_pause.max(SHORTEST_PAUSE))
    }
}

/// No pause is shorter, whatever is asked for: a loop without pauses is an attack.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

impl<S: HttpService> Client<S> {
    /// Waits for a transaction by polling, and returns the identifier of its record.
    ///
    /// A poll that fails in a way that may pass is repeated, up to five times in a row;
    /// `Retry-After` is heeded. So is one that brought the status of another transaction, which a
    /// cache may have mixed up. Drop the future to stop; the transaction goes on. Needs tokio's
    /// timer.
    ///
    /// # Errors
    ///
    /// [`Error::StillRunning`] at the deadline; [`Error::Transaction`] if it ended without a
    /// result; else as [`Client::send`].
    pub async fn wait(
        &self,
        pending: &Pending,
        polling: &Polling,
    ) -> Result<TransactionRecordId, Error> {
        let status = GetTransactionStatus::new(pending.transaction_id.clone());
        self.wait_for(&status, pending, polling).await
    }
}

impl<S: HttpService, V: Version> Client<S, V> {
    /// Waits by sending the operation that asks for the status, of whichever version.
    pub(crate) async fn wait_for<E: Endpoint<Response = TransactionStatus, Version = V>>(
        &self,
        status: &E,
        pending: &Pending,
        polling: &Polling,
    ) -> Result<TransactionRecordId, Error> {
        let mut last = None;
        let start = Instant::now();
        // Beyond what the clock can hold there is no deadline to speak of.
        let deadline = start
            .checked_add(polling.timeout)
            .unwrap_or_else(|| start + Duration::from_secs(u32::MAX.into()));
        let polls = self.poll(status, pending, polling, &mut last);
        let waited = timeout_at(deadline, polls).await;
        waited.unwrap_or_else(|_| {
            Err(Error::StillRunning {
                last: last.map(Box::new),
            })
        })
    }

    async fn poll<E: Endpoint<Response = TransactionStatus, Version = V>>(
        &self,
        status: &E,
        pending: &Pending,
        polling: &Polling,
        last: &mut Option<Error>,
    ) -> Result<TransactionRecordId, Error> {
        let mut failures = 0;
        let mut polls = 0;
        let mut pause = polling.pause(polls);
        loop {
            // Before the first poll too: no transaction is done in the moment that it is accepted.
            pass(pause).await;
            polls += 1;
            pause = polling.pause(polls);
            match self.send(status).await {
                Ok(status) => {
                    // Only failures in a row count, since a long wait meets some by the way.
                    failures = 0;
                    *last = None;
                    // An end without a result is final: no later poll says otherwise.
                    if let Progress::Completed(id) = pending.finish(&status)? {
                        return Ok(id);
                    }
                }
                Err(error) if may_pass(&error) && failures + 1 < Polling::MOST_FAILURES => {
                    failures += 1;
                    let wanted = error.retry_after().map(|it| it.wait(SystemTime::now()));
                    pause = pause.max(wanted.unwrap_or_default());
                    *last = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Returns whether the next poll may have another outcome. It costs nothing and changes nothing.
fn may_pass(error: &Error) -> bool {
    error.is_retryable() || matches!(error, Error::OtherTransaction)
}

/// Waits; forever, if the end is beyond what the clock can hold.
async fn pass(pause: Duration) {
    match Instant::now().checked_add(pause) {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(body: &[u8]) -> TransactionStatus {
        TransactionStatus::from_callback(body).unwrap()
    }

    #[test]
    fn the_callback_of_a_completed_transaction_finishes_it() {
        let body = include_bytes!("../../tests/samples/callback-transaction-status-completed.json");
        let id = TransactionRecordId::from("2074fbd2-c90a-e072-5cd0-40ce4184badc");
        for stored in [
            "282af661-a5d5-4b0f-8433-1493b4e56e94",
            "282AF661A5D54B0F84331493B4E56E94",
        ] {
            let progress = Pending::new(stored).finish(&status(body)).unwrap();
            assert_eq!(progress, Progress::Completed(id.clone()), "{stored}");
        }
    }

    #[test]
    fn the_callback_of_another_transaction_does_not() {
        let body = include_bytes!("../../tests/samples/callback-transaction-status-completed.json");
        let error = Pending::new("282af661").finish(&status(body)).unwrap_err();
        assert!(matches!(
            error,
            Error::Argument {
                problem: ArgumentProblem::OtherTransaction,
                ..
            }
        ));
    }

    #[test]
    fn running_transaction_with_a_record_is_not_finished() {
        let body =
            include_bytes!("../../tests/samples/transaction-status-inprogress-response.json");
        let progress = Pending::new("111-2222-333-4444-5555")
            .finish(&status(body))
            .unwrap();
        let expected = Progress::Running(Some(TransactionState::IN_PROGRESS));
        assert_eq!(progress, expected);
    }

    #[test]
    fn the_service_cancels_one_whose_timeout_is_over() {
        let body = include_bytes!("../../tests/samples/transaction-status-timeout-response.json");
        let error = Pending::new("282AF661-a5d5-4b0f-8433-1493b4e56e94")
            .finish(&status(body))
            .unwrap_err();
        assert!(
            matches!(error, Error::Transaction { state, timed_out: true }
                if state == TransactionState::TIMEOUT_CANCELED)
        );
    }

    #[test]
    fn completed_status_without_a_record_is_an_error() {
        for record in ["null", "\" \"", "\"00000000-0000-0000-0000-000000000000\""] {
            let body = format!(r#"{{"Status":"Completed","TransactionRecordId":{record}}}"#);
            let error = Pending::new("1").finish(&status(body.as_bytes()));
            let error = error.unwrap_err();
            assert!(
                matches!(&error, Error::Decode { path, .. } if path == "TransactionRecordId"),
                "{record}: {error:?}"
            );
        }
    }

    #[test]
    fn service_errors_are_no_status_and_missing_state_is_unfinished() {
        let pending = Pending::new("1");
        let error = pending
            .finish(&status(b"{\"Errors\":[{\"Code\":\"2004\"}]}"))
            .unwrap_err();
        assert!(matches!(error, Error::Decode { path, .. } if path == "Status"));
        let progress = pending.finish(&status(b"{\"TransactionId\":\"1\"}"));
        assert_eq!(progress.unwrap(), Progress::Running(None));
        let empty = b"{\"TransactionId\":\"00000000-0000-0000-0000-000000000000\"}";
        let error = pending.finish(&status(empty)).unwrap_err();
        assert!(matches!(error, Error::Decode { path, .. } if path == "Status"));
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_are_never_none() {
        let second = Duration::from_secs(1);
        let polling = Polling::new(second).longest_pause(5 * second);
        let pauses: Vec<_> = (0..5).map(|polls| polling.pause(polls).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        assert_eq!(polling.pause(u32::MAX), 5 * second);
        let hasty = polling
            .first_pause(Duration::ZERO)
            .longest_pause(Duration::ZERO);
        assert_eq!(hasty.pause(0), SHORTEST_PAUSE);
    }
}
