//! The records of a list, one after the other: registered, and sent if they wait.

use std::pin::Pin;
use std::sync::Arc;

use napi::HttpService;
use napi::verifications::VerifyRequest;
use tokio::io::AsyncBufRead;

use crate::journal::error::JournalError;
use crate::journal::{Journal, Registration};
use crate::list::error::{LineError, LineProblem};
use crate::list::{Input, List};
use crate::record::{NewRecord, RecordState};
use crate::run::Batch;
use crate::run::check::Schemas;
use crate::run::end::BatchError;
use crate::run::exchange::{Tasks, send};
use crate::run::flow::Flow;

/// The most lines that are compared with the journal in one step, and leased from it.
const CHUNK: usize = 256;

/// The lines of a step for each request that may be under way: more would be leased by this worker
/// while others have nothing to do.
const LINES_AHEAD: usize = 4;

/// The most bytes of lines that are held at once, beside the one that goes beyond it.
const MOST_BYTES: usize = 8 << 20;

impl<S: HttpService + Sync, J: Journal> Batch<S, J>
where
    S::Body: Sync,
{
    pub(super) async fn send_all(
        &self,
        list: impl AsyncBufRead + Unpin,
        schemas: &mut Schemas<S>,
        flow: &mut Flow,
        tasks: &mut Tasks,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), BatchError> {
        let mut list = List::open(list, &self.form).await?;
        loop {
            let inputs = tokio::select! {
                biased;
                () = stop.as_mut() => {
                    flow.ask_to_stop();
                    return Ok(());
                }
                inputs = self.next_chunk(&mut list) => inputs?,
            };
            if inputs.is_empty() {
                return self.send_again(flow, tasks, stop).await;
            }
            let name = self.journal.batch_name();
            // A line that cannot be sent is left out, so that it can be corrected.
            let mut requests = Vec::new();
            let mut lines = Vec::new();
            for input in inputs {
                let (line, record) = (input.line, input.record(name));
                let Ok(request) = input.request else {
                    flow.leave_out();
                    continue;
                };
                if self.leaves_out_unfit && schemas.problem(&request).await?.is_some() {
                    flow.leave_out();
                    continue;
                }
                lines.push((line, record.clone()));
                requests.push((record, request));
            }
            let known = self.register(&lines).await?;
            for (index, (next, registration)) in requests.into_iter().zip(known).enumerate() {
                let line = lines.get(index).map_or(0, |(line, _)| *line);
                if !self.is_to_be_sent(line, registration, flow)? {
                    continue;
                }
                loop {
                    if !flow.has_room(tasks, stop.as_mut()).await {
                        return Ok(());
                    }
                    match flow.again() {
                        Some(again) => self.spawn(flow, tasks, again),
                        None => break,
                    }
                }
                self.spawn(flow, tasks, next);
            }
        }
    }

    /// Registers records, and names the line of one that has changed.
    async fn register(&self, lines: &[(u64, NewRecord)]) -> Result<Vec<Registration>, BatchError> {
        let records = lines.iter().map(|(_, record)| record.clone()).collect();
        self.journal.register(records).await.map_err(|error| {
            let JournalError::RecordChanged { number } = error else {
                return error.into();
            };
            let line = lines.iter().find(|(_, record)| record.number == number);
            let line = line.map_or(0, |(line, _)| *line);
            let problem = LineProblem::Changed;
            BatchError::Line(LineError { line, problem })
        })
    }

    fn is_to_be_sent(
        &self,
        line: u64,
        registration: Registration,
        flow: &mut Flow,
    ) -> Result<bool, BatchError> {
        match registration {
            Registration::Known(state) => Ok(state == RecordState::Waiting),
            Registration::Leased => Ok(false),
            Registration::Repeated { .. } if self.leaves_out_repeated => {
                flow.leave_out();
                Ok(false)
            }
            Registration::Repeated { known: record } => {
                let problem = LineProblem::Repeated { record };
                Err(BatchError::Line(LineError { line, problem }))
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
            while flow.has_again() && flow.has_room(tasks, stop.as_mut()).await {
                if let Some(again) = flow.again() {
                    self.spawn(flow, tasks, again);
                }
            }
            match tasks.join_next().await {
                Some(done) => flow.take(done),
                None => return Ok(()),
            }
        }
    }

    fn spawn(
        &self,
        flow: &mut Flow,
        tasks: &mut Tasks,
        (record, request): (NewRecord, VerifyRequest),
    ) {
        flow.send();
        let (client, journal) = (self.client.clone(), Arc::clone(&self.journal));
        tasks.spawn(send(client, journal, record, request));
    }

    async fn next_chunk(
        &self,
        list: &mut List<impl AsyncBufRead + Unpin>,
    ) -> Result<Vec<Input>, BatchError> {
        let mut inputs = Vec::new();
        let mut bytes = 0;
        // Images make long lines: a chunk is bounded by what it holds as well.
        let most = CHUNK.min(LINES_AHEAD * self.concurrency);
        while inputs.len() < most && bytes < MOST_BYTES {
            let Some(input) = list.next(self.journal.input_key()).await? else {
                break;
            };
            bytes += input.length;
            inputs.push(input);
        }
        Ok(inputs)
    }
}
