//! A run of a batch: each record of the list is sent once, its intent written down before.

mod flow;

use std::{fmt, io, sync::Arc};

use napi::verifications::{Pending, Polling, VerifyRequest};
use napi::{Client, Error, HttpService, TransactionId};
use tokio::io::AsyncBufRead;
use tokio::task::JoinSet;
use tokio::time::Duration;

use crate::input::{Input, LineError, Lines};
use crate::journal::{Counts, Journal, JournalError};
use crate::record::{NewRecord, Outcome, RecordState};
use crate::verdict::{Consequence, StopReason, Verdict, judge};

use flow::Flow;

/// How many lines are compared with the journal in one step.
const CHUNK: usize = 256;

/// How many problems of a list are told; the count of them is exact.
const MOST_PROBLEMS: usize = 1000;

/// A list on its way through the service.
///
/// One run at a time has the journal: several would need leases, which a file does not have.
pub struct Batch<S, J> {
    client: Client<S>,
    journal: Arc<J>,
    concurrency: usize,
    polling: Polling,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many records of the batch are in each state, those of earlier runs among them.
    pub counts: Counts,
    /// How many verifications this run has sent. Each may be billed.
    pub sent: u64,
    /// Why the run ended before the list did; `None` if it has seen all of it.
    pub stopped: Option<StopReason>,
}

/// What is wrong with a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListReport {
    /// How many records it has.
    pub records: u64,
    /// How many of them cannot be sent.
    pub unsendable: u64,
    /// The first 1,000 problems, in the order of the lines.
    pub problems: Vec<LineError>,
}

/// A run that could not go on. Run it again once the reason is gone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The list cannot be read.
    #[error("the list cannot be read: {0}")]
    List(#[from] io::Error),
    /// The journal cannot be written, so that nothing more is sent.
    #[error("{error}{}", unsaved_note(unsaved))]
    Journal {
        /// The reason.
        error: JournalError,
        /// What the service had responded and the journal does not have: in it, these records are
        /// unknown. Keep this.
        unsaved: Vec<Unsaved>,
    },
    /// A part of the run panicked. What it was sending is unknown.
    #[error("a part of the run has failed; the records that it was sending are unknown")]
    Panicked,
}

/// A response that was not written to the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// The line, from 1.
    pub line: u64,
    /// The state that it should have.
    pub state: RecordState,
    /// What is known of the response.
    pub outcome: Outcome,
}

fn unsaved_note(unsaved: &[Unsaved]) -> String {
    match unsaved.len() {
        0 => String::new(),
        count => format!("; {count} responses are not in it, see the list of them"),
    }
}

impl From<JournalError> for BatchError {
    fn from(error: JournalError) -> Self {
        Self::Journal {
            error,
            unsaved: Vec::new(),
        }
    }
}

impl<S, J> fmt::Debug for Batch<S, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("client", &self.client)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

impl<S, J: Journal> Batch<S, J> {
    /// Makes a batch that sends with `client` and keeps what it has sent in `journal`.
    ///
    /// The client must not send a verification twice by itself: that of
    /// [`Client::over_mtls`](napi::Client::over_mtls) does not.
    pub fn new(client: Client<S>, journal: J) -> Self {
        Self {
            client,
            journal: Arc::new(journal),
            concurrency: 8,
            polling: Polling::new(Duration::from_secs(60 * 60)),
        }
    }

    /// Sets how many requests may be under way at most; 8 by default. The run lowers it by itself
    /// while the service throttles.
    #[must_use]
    pub fn concurrency(self, concurrency: usize) -> Self {
        Self {
            concurrency: concurrency.max(1),
            ..self
        }
    }

    /// Sets for how long and how often a run asks for the result of a record that is pending; up
    /// to an hour by default. One that is not finished then is asked for by the next run.
    #[must_use]
    pub fn polling(self, polling: Polling) -> Self {
        Self { polling, ..self }
    }

    /// Returns the journal.
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// Reads a list to its end and tells what cannot be sent. Sends nothing, and writes nothing.
    ///
    /// # Errors
    ///
    /// [`BatchError::List`] if it cannot be read.
    pub async fn check(&self, list: impl AsyncBufRead + Unpin) -> Result<ListReport, BatchError> {
        let mut lines = Lines::new(list);
        let mut report = ListReport::default();
        while let Some(input) = lines.next(self.journal.input_key()).await? {
            report.records += 1;
            if let Err(problem) = input.request {
                report.unsendable += 1;
                if report.problems.len() < MOST_PROBLEMS {
                    let line = input.line;
                    report.problems.push(LineError { line, problem });
                }
            }
        }
        Ok(report)
    }
}

impl<S: HttpService + Sync, J: Journal> Batch<S, J>
where
    S::Body: Sync,
{
    /// Sends every record of the list that is waiting, then asks for the results of those that are
    /// pending. Lines that cannot be sent are left out.
    ///
    /// Ends early when `stop` is ready: what is under way is finished, and nothing is begun. If
    /// the future is dropped instead, what was under way becomes unknown.
    ///
    /// # Errors
    ///
    /// [`BatchError::Journal`] if the journal cannot be written, or a line has changed;
    /// [`BatchError::List`] if the list cannot be read.
    pub async fn run(
        &mut self,
        list: impl AsyncBufRead + Unpin,
        stop: impl Future<Output = ()>,
    ) -> Result<Summary, BatchError> {
        // Left behind by a run of this process that was dropped.
        self.journal.abandon().await?;
        let mut flow = Flow::new(self.concurrency);
        let mut tasks = Tasks::new();
        let mut stop = std::pin::pin!(stop);
        let sent = self.send_all(list, &mut flow, &mut tasks, stop.as_mut());
        let mut outcome = sent.await;
        // Whatever went wrong: what is under way has been sent, and its response is waited for.
        while let Some(done) = tasks.join_next().await {
            flow.take(done);
        }
        if outcome.is_ok() && flow.may_go_on() {
            outcome = self.finish_pending(&mut flow, &mut tasks, stop).await;
            while let Some(done) = tasks.join_next().await {
                flow.take(done);
            }
        }
        let (sent, stopped) = flow.end(outcome)?;
        Ok(Summary {
            counts: self.journal.counts().await?,
            sent,
            stopped,
        })
    }

    async fn send_all(
        &self,
        list: impl AsyncBufRead + Unpin,
        flow: &mut Flow,
        tasks: &mut Tasks,
        mut stop: std::pin::Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        let mut lines = Lines::new(list);
        loop {
            let inputs = self.next_chunk(&mut lines).await?;
            if inputs.is_empty() {
                return self.send_again(flow, tasks, stop).await;
            }
            let name = self.journal.batch_name();
            let records: Vec<_> = inputs.iter().map(|input| input.record(name)).collect();
            let states = self.journal.register(records.clone()).await?;
            for ((input, record), state) in inputs.into_iter().zip(records).zip(states) {
                let (RecordState::Waiting, Ok(request)) = (state, input.request) else {
                    continue;
                };
                let next = (record, request);
                loop {
                    if !flow.has_room(tasks, stop.as_mut()).await {
                        return Ok(());
                    }
                    match flow.again() {
                        Some(again) => self.spawn(tasks, again),
                        None => break,
                    }
                }
                self.spawn(tasks, next);
            }
        }
    }

    /// Sends what came back, until nothing does or the run stops.
    async fn send_again(
        &self,
        flow: &mut Flow,
        tasks: &mut Tasks,
        mut stop: std::pin::Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        loop {
            if !flow.has_room(tasks, stop.as_mut()).await {
                return Ok(());
            }
            match flow.again() {
                Some(again) => self.spawn(tasks, again),
                None => match tasks.join_next().await {
                    Some(done) => flow.take(done),
                    None => return Ok(()),
                },
            }
        }
    }

    fn spawn(&self, tasks: &mut Tasks, (record, request): (NewRecord, VerifyRequest)) {
        let (client, journal) = (self.client.clone(), Arc::clone(&self.journal));
        tasks.spawn(send(client, journal, record, request));
    }

    async fn next_chunk(
        &self,
        lines: &mut Lines<impl AsyncBufRead + Unpin>,
    ) -> Result<Vec<Input>, BatchError> {
        let mut inputs = Vec::new();
        let mut bytes = 0;
        // Images make long lines: a chunk is bounded by what it holds as well.
        while inputs.len() < CHUNK && bytes < MOST_BYTES {
            let Some((input, length)) = lines.next_sized(self.journal.input_key()).await? else {
                break;
            };
            bytes += length;
            inputs.push(input);
        }
        Ok(inputs)
    }

    async fn finish_pending(
        &self,
        flow: &mut Flow,
        tasks: &mut Tasks,
        mut stop: std::pin::Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        let mut line = 0;
        loop {
            let state = Some(RecordState::Pending);
            let records = self.journal.records_after(line, state, CHUNK).await?;
            let Some(last) = records.last() else {
                return Ok(());
            };
            line = last.line;
            for record in records {
                let Some(id) = record.outcome.transaction_id.clone() else {
                    continue;
                };
                if !flow.has_room(tasks, stop.as_mut()).await {
                    return Ok(());
                }
                let (client, journal) = (self.client.clone(), Arc::clone(&self.journal));
                let polling = self.polling;
                tasks.spawn(finish(
                    client,
                    journal,
                    record.line,
                    id.as_str().into(),
                    polling,
                ));
            }
        }
    }
}

/// The most bytes of lines that are held at once, beside the one that goes beyond it.
const MOST_BYTES: usize = 8 << 20;

type Tasks = JoinSet<Done>;

/// The end of one exchange with the service.
#[derive(Debug)]
enum Done {
    /// It is in the journal.
    Settled {
        state: RecordState,
        consequence: Consequence,
        is_sent: bool,
        /// What may be sent once more.
        again: Option<Box<(NewRecord, VerifyRequest)>>,
    },
    /// Nothing was sent, since the intent could not be written.
    NotSent(JournalError),
    /// The service has responded, and the journal does not have it.
    Unsaved(JournalError, Unsaved),
}

/// Sends one record: writes the intent, sends, writes the outcome.
async fn send<S: HttpService + Sync, J: Journal>(
    client: Client<S>,
    journal: Arc<J>,
    record: NewRecord,
    request: VerifyRequest,
) -> Done {
    let line = record.line;
    match journal.intend(line).await {
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
    let is_sent = verdict.state != RecordState::Waiting;
    let mut done = settle(&*journal, line, verdict, is_sent).await;
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

async fn settle(journal: &impl Journal, line: u64, verdict: Verdict, is_sent: bool) -> Done {
    let Verdict {
        state,
        outcome,
        consequence,
    } = verdict;
    match journal.settle(line, state, outcome.clone()).await {
        Ok(()) => Done::Settled {
            state,
            consequence,
            is_sent,
            again: None,
        },
        Err(error) => Done::Unsaved(
            error,
            Unsaved {
                line,
                state,
                outcome,
            },
        ),
    }
}

/// Asks for the result of one record until there is one.
async fn finish<S: HttpService + Sync, J: Journal>(
    client: Client<S>,
    journal: Arc<J>,
    line: u64,
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
            outcome.errors = crate::verdict::codes(errors);
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
        state,
        outcome,
        consequence: Consequence::GoOn,
    };
    settle(&*journal, line, verdict, false).await
}

impl Done {
    /// Makes the end of asking for a result without one.
    fn unfinished(error: &Error) -> Self {
        let consequence = match error {
            Error::StillRunning { .. } => Consequence::GoOn,
            error if error.is_client_certificate_rejected() => {
                Consequence::Stop(StopReason::Certificate)
            }
            Error::Unauthorized { .. } => Consequence::Stop(StopReason::Credentials),
            _ => Consequence::SlowDown(StopReason::Failing, None),
        };
        Self::Settled {
            state: RecordState::Pending,
            consequence,
            is_sent: false,
            again: None,
        }
    }
}
