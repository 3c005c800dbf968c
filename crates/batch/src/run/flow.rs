//! The decision to send the next record: room, pace, and the last responses.

use std::collections::VecDeque;
use std::pin::Pin;

use napi::verifications::VerifyRequest;

use tokio::task::JoinError;
use tokio::time::sleep_until;

use crate::journal::JournalError;
use crate::pace::Pace;
use crate::record::{NewRecord, RecordState};
use crate::run::end::{BatchError, Unsaved};
use crate::run::exchange::{Done, Tasks};
use crate::verdict::{Consequence, StopReason};

/// The most in a row that may get no result before the run stops: more would be unknown for
/// nothing.
const MOST_FAILURES: u32 = 10;

/// The state of a run between two records.
#[derive(Debug)]
pub(super) struct Flow {
    pace: Pace,
    failures: u32,
    sent: u64,
    /// Requests that came back unprocessed and are sent once more. No more than were under way at
    /// once, since these go first.
    again: VecDeque<(NewRecord, VerifyRequest)>,
    stop: Option<StopReason>,
    journal_error: Option<JournalError>,
    unsaved: Vec<Unsaved>,
    is_panicked: bool,
}

impl Flow {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            pace: Pace::new(concurrency),
            failures: 0,
            sent: 0,
            again: VecDeque::new(),
            stop: None,
            journal_error: None,
            unsaved: Vec::new(),
            is_panicked: false,
        }
    }

    pub(super) fn may_go_on(&self) -> bool {
        self.stop.is_none() && self.journal_error.is_none() && !self.is_panicked
    }

    /// Returns a request to be sent once more, before anything new.
    pub(super) fn again(&mut self) -> Option<(NewRecord, VerifyRequest)> {
        self.again.pop_front()
    }

    /// Waits until one more request may be under way; `false` if none may any more.
    pub(super) async fn has_room(
        &mut self,
        tasks: &mut Tasks,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> bool {
        loop {
            // Those that are done first: they decide about the next.
            while let Some(done) = tasks.try_join_next() {
                self.take(done);
            }
            if !self.may_go_on() {
                return false;
            }
            let is_full = tasks.len() >= self.pace.limit();
            let not_before = self.pace.not_before();
            tokio::select! {
                biased;
                () = stop.as_mut() => {
                    self.ask_to_stop();
                    return false;
                }
                done = tasks.join_next(), if is_full => {
                    if let Some(done) = done {
                        self.take(done);
                    }
                }
                () = sleep_until(not_before.unwrap_or_else(tokio::time::Instant::now)),
                    if !is_full && not_before.is_some() => {}
                () = std::future::ready(()), if !is_full && not_before.is_none() => return true,
            }
        }
    }

    /// Notes that the caller wants the run to end.
    pub(super) fn ask_to_stop(&mut self) {
        self.stop.get_or_insert(StopReason::Asked);
    }

    /// Waits for tasks that only ask for results, and ends them early if the run is to stop: to ask
    /// again costs nothing.
    pub(super) async fn join_polls(
        &mut self,
        tasks: &mut Tasks,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) {
        while self.may_go_on() {
            tokio::select! {
                biased;
                () = stop.as_mut() => self.ask_to_stop(),
                done = tasks.join_next() => match done {
                    Some(done) => self.take(done),
                    None => return,
                },
            }
        }
        tasks.abort_all();
        while let Some(done) = tasks.join_next().await {
            self.take(done);
        }
    }

    /// Takes the end of one request.
    pub(super) fn take(&mut self, done: Result<Done, JoinError>) {
        let (state, consequence, is_response) = match done {
            Ok(Done::Settled {
                state,
                consequence,
                is_sent,
                again,
            }) => {
                self.sent += u64::from(is_sent);
                self.again.extend(again.map(|again| *again));
                let is_end = matches!(state, RecordState::Done | RecordState::Failed);
                (state, consequence, is_sent || is_end)
            }
            Ok(Done::NotSent(error)) => {
                self.journal_error.get_or_insert(error);
                return;
            }
            Ok(Done::Unsaved(error, unsaved)) => {
                self.sent += 1;
                self.journal_error.get_or_insert(error);
                self.unsaved.push(unsaved);
                return;
            }
            // Stopped while it was waiting for a result, which the next run asks for.
            Err(error) if error.is_cancelled() => return,
            Err(_panicked) => {
                self.is_panicked = true;
                return;
            }
        };
        match (state, &consequence) {
            (RecordState::Unknown, _) => self.failures += 1,
            // The service has processed it, with whatever result.
            (_, Consequence::GoOn) if is_response => {
                self.failures = 0;
                self.pace.succeeded();
            }
            _ => {}
        }
        let lasting = match consequence {
            Consequence::GoOn => self.failures >= MOST_FAILURES,
            Consequence::SlowDown(reason, pause) => {
                let signs = self.pace.slow_down(pause);
                if signs.max(self.failures) >= MOST_FAILURES {
                    self.stop.get_or_insert(reason);
                }
                false
            }
            Consequence::Stop(reason) => {
                self.stop.get_or_insert(reason);
                false
            }
        };
        if lasting {
            self.stop.get_or_insert(StopReason::Failing);
        }
    }

    /// Returns the number of requests sent, and the reason why the run stopped.
    pub(super) fn end(
        self,
        outcome: Result<(), BatchError>,
    ) -> Result<(u64, Option<StopReason>), BatchError> {
        match (outcome, self.journal_error) {
            (Err(BatchError::Journal { error, .. }), _) | (_, Some(error)) => {
                let unsaved = self.unsaved;
                Err(BatchError::Journal { error, unsaved })
            }
            (Err(error), None) => Err(error),
            (Ok(()), None) if self.is_panicked => Err(BatchError::Panicked),
            (Ok(()), None) => Ok((self.sent, self.stop)),
        }
    }
}
