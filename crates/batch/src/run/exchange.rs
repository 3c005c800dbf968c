//! One record and the service: the intent is written, the request sent, the outcome written.

use std::sync::Arc;

use napi::verifications::{Pending, Polling, VerifyRequest};
use napi::{Client, Error, HttpService, TransactionId};
use tokio::task::JoinSet;

use crate::journal::{Journal, JournalError};
use crate::record::{NewRecord, Outcome, RecordState};
use crate::run::end::Unsaved;
use crate::verdict::{Consequence, StopReason, Verdict, codes, judge};

pub(super) type Tasks = JoinSet<Done>;

/// The end of one exchange with the service.
#[derive(Debug)]
pub(super) enum Done {
    /// It is in the journal.
    Settled {
        state: RecordState,
        consequence: Consequence,
        is_sent: bool,
        /// A request that may be sent once more.
        again: Option<Box<(NewRecord, VerifyRequest)>>,
    },
    /// Nothing was sent, since the intent could not be written.
    NotSent(JournalError),
    /// The service has responded, and the journal does not have it.
    Unsaved(JournalError, Unsaved),
}

/// Sends one record: writes the intent, sends, writes the outcome.
pub(super) async fn send<S: HttpService + Sync, J: Journal>(
    client: Client<S>,
    journal: Arc<J>,
    record: NewRecord,
    request: VerifyRequest,
) -> Done {
    let number = record.number;
    match journal.intend(number).await {
        Ok(true) => {}
        // Someone else has it: not ours to send.
        Ok(false) => {
            return Done::Settled {
                state: RecordState::Sending,
                consequence: Consequence::GoOn,
                is_sent: false,
                again: None,
            };
        }
        Err(error) => return Done::NotSent(error),
    }
    let request = request.customer_reference_id(record.reference.clone());
    let verdict = judge(client.verify(&request).await);
    let mut done = settle(&*journal, number, verdict).await;
    if let Done::Settled {
        state: RecordState::Waiting,
        consequence: Consequence::SlowDown(..),
        again,
        ..
    } = &mut done
    {
        *again = Some(Box::new((record, request)));
    }
    done
}

async fn settle(journal: &impl Journal, number: u64, verdict: Verdict) -> Done {
    let Verdict {
        is_sent,
        state,
        outcome,
        consequence,
    } = verdict;
    match journal.settle(number, state, outcome.clone()).await {
        Ok(()) => Done::Settled {
            state,
            consequence,
            is_sent,
            again: None,
        },
        Err(error) => Done::Unsaved(
            error,
            Unsaved {
                number,
                state,
                outcome,
            },
        ),
    }
}

/// Asks for the result of one record until there is one.
pub(super) async fn finish<S: HttpService + Sync, J: Journal>(
    client: Client<S>,
    journal: Arc<J>,
    number: u64,
    transaction_id: TransactionId,
    polling: Polling,
) -> Done {
    let pending = Pending::new(transaction_id.clone());
    let result = match client.wait(&pending, &polling).await {
        Ok(id) => client.transaction_record(&id).await,
        Err(error) => Err(error),
    };
    let mut outcome = Outcome {
        transaction_id: Some(transaction_id.as_str().to_owned()),
        ..Outcome::default()
    };
    let state = match result {
        Ok(record) => {
            let errors = record.service_errors().map(|(_, error)| error);
            outcome.errors = codes(errors);
            let id = record.record.as_ref();
            let id = id.and_then(|record| record.transaction_record_id.as_ref());
            outcome.transaction_record_id = id.map(|id| id.as_str().to_owned());
            outcome.status = record.status().map(|status| status.as_str().to_owned());
            RecordState::Done
        }
        Err(Error::Transaction { state, .. }) => {
            outcome.errors = vec![format!("the transaction ended as {state:?}")];
            RecordState::Failed
        }
        // Asking costs nothing: the next run asks again.
        Err(error) => return Done::unfinished(&error),
    };
    let verdict = Verdict {
        is_sent: false,
        state,
        outcome,
        consequence: Consequence::GoOn,
    };
    settle(&*journal, number, verdict).await
}

impl Done {
    /// Makes the end of asking for a result without one.
    fn unfinished(error: &Error) -> Self {
        let consequence = match error {
            error if error.is_client_certificate_rejected() => {
                Consequence::Stop(StopReason::Certificate)
            }
            Error::Unauthorized { .. } => Consequence::Stop(StopReason::Credentials),
            // Others fare the same; a record that cannot be read does not hold them up.
            error if error.is_retryable() && !matches!(error, Error::StillRunning { .. }) => {
                Consequence::SlowDown(StopReason::Failing, None)
            }
            _ => Consequence::GoOn,
        };
        Self::Settled {
            state: RecordState::Pending,
            consequence,
            is_sent: false,
            again: None,
        }
    }
}
