//! Pending records: each is asked for once, then all that are left once more. One that never ends
//! delays no other.

use std::pin::Pin;
use std::sync::Arc;

use napi::verifications::{Pending, Progress};
use napi::{Client, Error, HttpService, TransactionId};
use tokio::time::Instant;

use crate::journal::Journal;
use crate::journal::error::JournalError;
use crate::record::{Outcome, Position, RecordState};
use crate::run::Batch;
use crate::run::end::BatchError;
use crate::run::exchange::{Done, Key, Tasks, settle};
use crate::run::flow::Flow;
use crate::verdict::{Consequence, StopReason, Verdict, cannot_send, codes, pause};

/// The most pending records that are read from the journal in one step.
const CHUNK: usize = 256;

impl<S: HttpService + Sync, J: Journal> Batch<S, J>
where
    S::Body: Sync,
{
    /// Goes round the pending records until each has a result or can get none, or the time for it
    /// is over.
    pub(super) async fn finish_pending(
        &self,
        flow: &mut Flow,
        tasks: &mut Tasks,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        let began = Instant::now();
        let is_over = |more| began.elapsed().saturating_add(more) > self.polling.timeout();
        for round in 0.. {
            let state = Some(RecordState::Pending);
            if !self.journal_has(state).await? {
                return Ok(());
            }
            // Before the first round too: no transaction is done in the moment it is accepted.
            let pause = self.polling.pause(round);
            if is_over(pause) || !flow.rest(pause, stop.as_mut()).await {
                return Ok(());
            }
            self.ask_each(flow, tasks, stop.as_mut()).await?;
            flow.join_polls(tasks, stop.as_mut()).await;
            if !flow.may_go_on() || !flow.take_may_come() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Asks once for each record that is pending. What is not taken yet is under way then.
    async fn ask_each(
        &self,
        flow: &mut Flow,
        tasks: &mut Tasks,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        let mut position = Position::START;
        loop {
            let state = Some(RecordState::Pending);
            let records = self.journal.records_after(position, state, CHUNK).await?;
            let Some(last) = records.last() else {
                return Ok(());
            };
            position = last.position();
            for record in records {
                let Some(id) = record.outcome.transaction_id else {
                    continue;
                };
                if !flow.has_room(tasks, stop.as_mut()).await {
                    return Ok(());
                }
                let (client, journal) = (self.client.clone(), Arc::clone(&self.journal));
                let key = Key {
                    digest: record.digest,
                    number: record.number,
                    reference: record.reference,
                };
                tasks.spawn(ask(client, journal, key, id.into()));
            }
        }
    }
}

/// Asks for the result of one record, once.
async fn ask<S: HttpService + Sync, J: Journal>(
    client: Client<S>,
    journal: Arc<J>,
    key: Key,
    transaction_id: TransactionId,
) -> Done {
    let mut outcome = Outcome {
        transaction_id: Some(transaction_id.as_str().to_owned()),
        ..Outcome::default()
    };
    let result = async {
        let status = client.transaction_status(&transaction_id).await?;
        match Pending::new(transaction_id.clone()).finish(&status)? {
            Progress::Completed(id) => client.transaction_record(&id).await.map(Some),
            _ => Ok(None),
        }
    };
    let state = match result.await {
        Ok(Some(record)) => {
            let errors = record.service_errors().map(|(_, error)| error);
            outcome.errors = codes(errors);
            let id = record.record.as_ref();
            let id = id.and_then(|record| record.transaction_record_id.as_ref());
            outcome.transaction_record_id = id.map(|id| id.as_str().to_owned());
            outcome.status = record.status().map(|status| status.as_str().to_owned());
            RecordState::Done
        }
        Ok(None) => {
            return Done::Unfinished {
                consequence: Consequence::GoOn,
                may_come: true,
            };
        }
        Err(Error::Transaction { state, .. }) => {
            outcome.errors = vec![format!("the transaction ended as {state:?}")];
            RecordState::Failed
        }
        Err(error) => return unfinished(&error),
    };
    let verdict = Verdict {
        is_sent: false,
        state,
        outcome,
        consequence: Consequence::GoOn,
    };
    match settle(&*journal, key, verdict, true).await {
        // Another worker has asked for it too, or a person has let it be sent again meanwhile.
        Done::Unsaved(JournalError::OutOfTurn { .. }, _) => Done::Elsewhere,
        done => done,
    }
}

/// Judges a question that brought no result. To ask costs nothing, so the record stays pending.
fn unfinished(error: &Error) -> Done {
    // A cache may have mixed up the status of two transactions.
    let may_come = error.is_retryable() || matches!(error, Error::OtherTransaction);
    let is_throttled = matches!(error, Error::Status { status, .. } if status.as_u16() == 429);
    let consequence = match error {
        error if error.is_client_certificate_rejected() => {
            Consequence::Stop(StopReason::Certificate)
        }
        Error::Unauthorized { .. } => Consequence::Stop(StopReason::Credentials),
        error if is_throttled => Consequence::SlowDown(StopReason::Throttled, pause(error)),
        // Others fare the same; a record that cannot be read does not hold them up.
        error if error.is_retryable() => Consequence::SlowDown(StopReason::Failing, pause(error)),
        Error::Status { status, .. } => match status.as_u16() {
            403 => Consequence::Stop(StopReason::Credentials),
            // Of this transaction alone.
            400 | 404 | 410 => Consequence::GoOn,
            _ => Consequence::Stop(StopReason::Setup),
        },
        Error::BaseUrl(_) | Error::Credentials(_) | Error::UnexpectedHtml { .. } => {
            Consequence::Stop(StopReason::Setup)
        }
        // It will come again until someone changes something.
        Error::Transport { .. } | Error::Token { .. } => Consequence::Stop(cannot_send(error)),
        _ => Consequence::GoOn,
    };
    Done::Unfinished {
        consequence,
        may_come,
    }
}
