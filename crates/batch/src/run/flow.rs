//! The decision to send the next record: room, pace, and the last responses.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use napi::verifications::VerifyRequest;
use tokio::task::JoinError;
use tokio::time::{Duration, Instant, sleep_until};

use crate::journal::counts::Counts;
use crate::journal::error::JournalError;
use crate::pace::Pace;
use crate::record::{NewRecord, RecordState, Settlement};
use crate::run::end::{BatchError, Summary, Unsaved};
use crate::run::exchange::{Done, Tasks};
use crate::verdict::{Consequence, StopReason};

/// The most in a row that may get no result before the run stops: more would be unknown for
/// nothing.
const MOST_FAILURES: u32 = 10;

/// Hears of each record that is settled.
pub(super) type Observer = Arc<dyn Fn(&Settlement) + Send + Sync>;

/// The state of a run between two records.
pub(super) struct Flow {
    pace: Pace,
    observer: Observer,
    failures: u32,
    sent: u64,
    left_out: u64,
    missing: u64,
    /// Requests that came back unprocessed and are sent once more. No more than were under way at
    /// once, since these go first.
    again: VecDeque<(NewRecord, VerifyRequest)>,
    stop: Option<StopReason>,
    journal_error: Option<JournalError>,
    unsaved: Vec<Unsaved>,
    is_panicked: bool,
    /// Whether a record that was asked for since this was reset may still get its result.
    may_come: bool,
}

impl Flow {
    pub(super) fn new(pace: Pace, observer: Observer) -> Self {
        Self {
            pace,
            observer,
            failures: 0,
            sent: 0,
            left_out: 0,
            missing: 0,
            again: VecDeque::new(),
            stop: None,
            journal_error: None,
            unsaved: Vec::new(),
            is_panicked: false,
            may_come: false,
        }
    }

    pub(super) fn may_go_on(&self) -> bool {
        self.stop.is_none() && self.journal_error.is_none() && !self.is_panicked
    }

    /// Notes that a record of the list is not sent.
    pub(super) fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// Notes that the list no longer has some records.
    pub(super) fn miss(&mut self, missing: u64) {
        self.missing = missing;
    }

    /// Notes that a verification is sent now.
    pub(super) fn send(&mut self) {
        self.pace.sent();
    }

    /// Returns a request to be sent once more, before anything new.
    pub(super) fn again(&mut self) -> Option<(NewRecord, VerifyRequest)> {
        self.again.pop_front()
    }

    /// Returns whether there is such a request.
    pub(super) fn has_again(&self) -> bool {
        !self.again.is_empty()
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
                () = sleep_until(not_before.unwrap_or_else(Instant::now)),
                    if !is_full && not_before.is_some() => {}
                () = std::future::ready(()), if !is_full && not_before.is_none() => return true,
            }
        }
    }

    /// Notes that the caller wants the run to end.
    pub(super) fn ask_to_stop(&mut self) {
        self.stop.get_or_insert(StopReason::Asked);
    }

    /// Waits, and returns whether the run may go on.
    pub(super) async fn rest(
        &mut self,
        pause: Duration,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> bool {
        tokio::select! {
            biased;
            () = stop.as_mut() => self.ask_to_stop(),
            () = sleep_until(Instant::now() + pause) => {}
        }
        self.may_go_on()
    }

    /// Returns whether any that was asked for since the last call may still get its result.
    pub(super) fn take_may_come(&mut self) -> bool {
        std::mem::take(&mut self.may_come)
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
        match done {
            Ok(Done::Settled {
                settlement,
                consequence,
                is_sent,
                again,
            }) => {
                (self.observer)(&settlement);
                self.sent += u64::from(is_sent);
                self.again.extend(again.map(|again| *again));
                let is_end = matches!(settlement.state, RecordState::Done | RecordState::Failed);
                let is_response = is_sent || is_end;
                match (settlement.state, &consequence) {
                    (RecordState::Unknown, _) => self.failures += 1,
                    // The service has processed it, with whatever result.
                    (_, Consequence::GoOn) if is_response => {
                        self.failures = 0;
                        self.pace.succeeded();
                    }
                    _ => {}
                }
                self.weigh(consequence);
            }
            Ok(Done::Unfinished {
                consequence,
                may_come,
            }) => {
                self.may_come |= may_come;
                if matches!(consequence, Consequence::GoOn) {
                    self.failures = 0;
                    self.pace.succeeded();
                }
                self.weigh(consequence);
            }
            Ok(Done::Elsewhere) => {}
            Ok(Done::NotSent(error)) => {
                self.journal_error.get_or_insert(error);
            }
            Ok(Done::Unsaved(error, unsaved)) => {
                self.sent += 1;
                self.journal_error.get_or_insert(error);
                self.unsaved.push(unsaved);
            }
            // Stopped while it was waiting for a result, which the next run asks for.
            Err(error) if error.is_cancelled() => {}
            Err(_panicked) => self.is_panicked = true,
        }
    }

    /// Slows down or stops, as the consequence of one request says.
    fn weigh(&mut self, consequence: Consequence) {
        let reason = match consequence {
            Consequence::GoOn if self.failures >= MOST_FAILURES => StopReason::Failing,
            Consequence::GoOn => return,
            Consequence::Doubt(reason) => {
                self.failures += 1;
                if self.failures < MOST_FAILURES {
                    return;
                }
                reason
            }
            Consequence::SlowDown(reason, pause) => {
                let signs = self.pace.slow_down(pause);
                if signs.max(self.failures) < MOST_FAILURES {
                    return;
                }
                reason
            }
            Consequence::Stop(reason) => reason,
        };
        self.stop.get_or_insert(reason);
    }

    /// Returns the summary of a run, but for the counts of the journal.
    pub(super) fn end(self, outcome: Result<(), BatchError>) -> Result<Summary, BatchError> {
        match (outcome, self.journal_error) {
            (Err(BatchError::Journal { error, .. }), _) | (_, Some(error)) => {
                let unsaved = self.unsaved;
                Err(BatchError::Journal { error, unsaved })
            }
            (Err(error), None) => Err(error),
            (Ok(()), None) if self.is_panicked => Err(BatchError::Panicked),
            (Ok(()), None) => Ok(Summary {
                counts: Counts::default(),
                sent: self.sent,
                left_out: self.left_out,
                missing: self.missing,
                stopped: self.stop,
            }),
        }
    }
}
