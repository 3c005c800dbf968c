//! A run of a batch: each record of the list is sent once, its intent written down before.

pub(crate) mod end;
mod exchange;
mod flow;

use std::{fmt, pin::Pin, sync::Arc};

use napi::verifications::{Polling, VerifyRequest};
use napi::{Client, HttpService};
use tokio::io::AsyncBufRead;
use tokio::time::Duration;

use crate::input::{Input, LineError, Lines};
use crate::journal::Journal;
use crate::record::{NewRecord, RecordState};
use crate::run::end::{BatchError, ListReport, Summary};
use crate::run::exchange::{Tasks, finish, send};
use crate::run::flow::Flow;

/// The most lines that are compared with the journal in one step.
const CHUNK: usize = 256;

/// The most problems of a list that are named; all are counted.
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

    /// Sets the most requests that may be under way; 8 by default. The run lowers it by itself
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

    /// Reads a list to its end and returns the lines that cannot be sent. Sends nothing, and writes
    /// nothing.
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
        // Also after an error: requests that are under way were sent, and may be billed.
        while let Some(done) = tasks.join_next().await {
            flow.take(done);
        }
        if outcome.is_ok() && flow.may_go_on() {
            let polls = self.finish_pending(&mut flow, &mut tasks, stop.as_mut());
            outcome = polls.await;
            flow.join_polls(&mut tasks, stop).await;
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
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        let mut lines = Lines::new(list);
        loop {
            let inputs = tokio::select! {
                biased;
                () = stop.as_mut() => {
                    flow.ask_to_stop();
                    return Ok(());
                }
                inputs = self.next_chunk(&mut lines) => inputs?,
            };
            if inputs.is_empty() {
                return self.send_again(flow, tasks, stop).await;
            }
            let name = self.journal.batch_name();
            // A line that cannot be sent is left out, so that it can be corrected.
            let requests = inputs.into_iter().filter_map(|input| {
                let record = input.record(name);
                Some((record, input.request.ok()?))
            });
            let requests: Vec<_> = requests.collect();
            let records = requests.iter().map(|(record, _)| record.clone()).collect();
            let states = self.journal.register(records).await?;
            for (next, state) in requests.into_iter().zip(states) {
                if state != RecordState::Waiting {
                    continue;
                }
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
        mut stop: Pin<&mut impl Future<Output = ()>>,
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
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        let mut number = 0;
        loop {
            let state = Some(RecordState::Pending);
            let records = self.journal.records_after(number, state, CHUNK).await?;
            let Some(last) = records.last() else {
                return Ok(());
            };
            number = last.number;
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
                    record.number,
                    id.as_str().into(),
                    polling,
                ));
            }
        }
    }
}

/// The most bytes of lines that are held at once, beside the one that goes beyond it.
const MOST_BYTES: usize = 8 << 20;
