//! A run of a batch: each record of the list is sent once, its intent written down before.

mod align;
mod check;
pub(crate) mod end;
mod exchange;
mod flow;
mod poll;
mod send;

use std::io::SeekFrom;
use std::{fmt, num::NonZeroU32, sync::Arc};

use napi::verifications::Polling;
use napi::{Client, HttpService};
use tokio::io::{AsyncBufRead, AsyncSeek, AsyncSeekExt};
use tokio::time::Duration;

use crate::journal::Journal;
use crate::list::List;
use crate::list::form::ListForm;
use crate::pace::Pace;
use crate::record::{Position, RecordState, Settlement};
use crate::run::align::{ListedRecords, compare, renumber};
use crate::run::check::{Check, Schemas};
use crate::run::end::{BatchError, ListReport, Summary};
use crate::run::exchange::Tasks;
use crate::run::flow::{Flow, Observer};

/// A list on its way through the service.
///
/// One run at a time has the journal: several would need leases, which a file does not have.
pub struct Batch<S, J> {
    client: Client<S>,
    journal: Arc<J>,
    form: ListForm,
    concurrency: usize,
    rate: Option<NonZeroU32>,
    polling: Polling,
    leaves_out_repeated: bool,
    leaves_out_unfit: bool,
    allows_removed: bool,
    observer: Observer,
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
            form: ListForm::ndjson(),
            concurrency: 8,
            rate: None,
            polling: Polling::new(Duration::from_secs(60 * 60)),
            leaves_out_repeated: false,
            leaves_out_unfit: false,
            allows_removed: false,
            observer: Arc::new(|_| ()),
        }
    }

    /// Sets the form of the list; NDJSON in UTF-8 by default.
    #[must_use]
    pub fn form(self, form: ListForm) -> Self {
        Self { form, ..self }
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

    /// Sets the most verifications a second, spread evenly; without it, only the service's own
    /// reactions limit the rate.
    #[must_use]
    pub fn rate(self, per_second: NonZeroU32) -> Self {
        let rate = Some(per_second);
        Self { rate, ..self }
    }

    /// Leaves out records that are the same as others of the list; without this, a run ends at the
    /// first.
    #[must_use]
    pub fn leave_out_repeated(self) -> Self {
        Self {
            leaves_out_repeated: true,
            ..self
        }
    }

    /// Leaves out records that do not fit the fields of their country, as
    /// [`check_fields`](Self::check_fields) names them; without this, a run sends them.
    #[must_use]
    pub fn leave_out_unfit(self) -> Self {
        Self {
            leaves_out_unfit: true,
            ..self
        }
    }

    /// Takes records that the list no longer has for removed, and lines that it did not have for
    /// new; without this, such a line is refused where it may be a change of a record that was
    /// sent. One with the reference of such a record is refused all the same.
    ///
    /// A record whose line was corrected is then sent, and billed, a second time.
    #[must_use]
    pub fn allow_removed(self) -> Self {
        Self {
            allows_removed: true,
            ..self
        }
    }

    /// Calls `observer` with each record whose new state is in the journal. The run waits for it.
    #[must_use]
    pub fn observer(self, observer: impl Fn(&Settlement) + Send + Sync + 'static) -> Self {
        let observer = Arc::new(observer);
        Self { observer, ..self }
    }

    /// Sets for how long and how often a run asks for the results of records that are pending, once
    /// the list has been sent; up to an hour by default. It asks for each of them once, then for
    /// those that are left; the next run asks for what is not finished then.
    #[must_use]
    pub fn polling(self, polling: Polling) -> Self {
        Self { polling, ..self }
    }

    /// Returns the journal.
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// Returns the journal for good, such as to close it; `None` while a run that was dropped still
    /// has it.
    pub fn into_journal(self) -> Option<J> {
        Arc::into_inner(self.journal)
    }

    /// Reads a list to its end and returns the lines that cannot be sent, are the same as others,
    /// or have changed since the batch began. Asks the service nothing, and writes nothing but
    /// digests to a temporary file.
    ///
    /// # Errors
    ///
    /// [`BatchError::List`] if it cannot be read; [`BatchError::Journal`] if the journal cannot.
    pub async fn check(&self, list: impl AsyncBufRead + Unpin) -> Result<ListReport, BatchError> {
        let mut list = List::open(list, &self.form).await?;
        let mut check = Check::new()?;
        while let Some(input) = list.next(self.journal.input_key()).await? {
            check.take(input, &*self.journal)?;
        }
        check.into_report(&*self.journal, self.allows_removed).await
    }
}

impl<S: HttpService + Sync, J: Journal> Batch<S, J>
where
    S::Body: Sync,
{
    /// Checks a list as [`check`](Self::check) does, and each record by the fields of its country,
    /// which the service tells for free.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); [`BatchError::Fields`] if the service does not respond, or
    /// rejects the credentials.
    pub async fn check_fields(
        &self,
        list: impl AsyncBufRead + Unpin,
    ) -> Result<ListReport, BatchError> {
        let mut list = List::open(list, &self.form).await?;
        let mut check = Check::new()?;
        let mut schemas = Schemas::new(self.client.clone());
        while let Some(input) = list.next(self.journal.input_key()).await? {
            let line = input.line;
            if let Some(request) = check.take(input, &*self.journal)?
                && let Some(problem) = schemas.problem(&request).await?
            {
                check.add_unfit(line, problem)?;
            }
        }
        check.into_report(&*self.journal, self.allows_removed).await
    }

    /// Sends every record of the list that is waiting, then asks for the results of those that are
    /// pending. Lines that cannot be sent are left out.
    ///
    /// A list that was begun before is read twice from where it stands, first to find its lines in
    /// the journal: one that has moved is the same record, and has its new number from then on. A
    /// record whose line was taken out stays as it is. A line that was put in is sent, unless it
    /// stands in the place of one that is gone or has its reference: that is a record that has
    /// changed. If one that is gone was sent without a reference of the list's, no line may be put
    /// in from then on, since it may be that one, corrected; unless the batch
    /// [allows it](Self::allow_removed).
    ///
    /// Ends early when `stop` is ready: what is under way is finished, and nothing is begun. If
    /// the future is dropped instead, what was under way becomes unknown.
    ///
    /// # Errors
    ///
    /// [`BatchError::Line`] for a record that has changed since the batch began, or is the same as
    /// another; [`BatchError::Journal`] if the journal cannot be written; [`BatchError::List`] if
    /// the list cannot be read.
    pub async fn run(
        &mut self,
        mut list: impl AsyncBufRead + AsyncSeek + Unpin,
        stop: impl Future<Output = ()>,
    ) -> Result<Summary, BatchError> {
        // Left behind by a run of this process that was dropped.
        self.journal.abandon().await?;
        let pace = Pace::new(self.concurrency);
        let pace = match self.rate {
            Some(rate) => pace.rate(rate.get().into()),
            None => pace,
        };
        let mut flow = Flow::new(pace, Arc::clone(&self.observer));
        let mut tasks = Tasks::new();
        let mut stop = std::pin::pin!(stop);
        let mut schemas = Schemas::new(self.client.clone());
        let is_aligned = tokio::select! {
            biased;
            () = stop.as_mut() => {
                flow.ask_to_stop();
                false
            }
            aligned = self.align(&mut list, &mut schemas) => {
                flow.miss(aligned?);
                true
            }
        };
        let mut outcome = Ok(());
        if is_aligned {
            let sent = self.send_all(list, &mut schemas, &mut flow, &mut tasks, stop.as_mut());
            outcome = sent.await;
        }
        // Also after an error: requests that are under way were sent, and may be billed.
        while let Some(done) = tasks.join_next().await {
            flow.take(done);
        }
        if outcome.is_ok() && flow.may_go_on() {
            let polls = self.finish_pending(&mut flow, &mut tasks, stop.as_mut());
            outcome = polls.await;
            flow.join_polls(&mut tasks, stop).await;
        }
        let mut summary = flow.end(outcome)?;
        summary.counts = self.journal.counts().await?;
        Ok(summary)
    }

    /// Finds the records of the journal in the list, and returns how many it no longer has. The
    /// list is where it was then.
    async fn align(
        &self,
        list: &mut (impl AsyncBufRead + AsyncSeek + Unpin),
        schemas: &mut Schemas<S>,
    ) -> Result<u64, BatchError> {
        if !self.journal_has(None).await? {
            return Ok(0);
        }
        let start = list.stream_position().await?;
        let mut listed = ListedRecords::new()?;
        let mut inputs = List::open(&mut *list, &self.form).await?;
        while let Some(input) = inputs.next(self.journal.input_key()).await? {
            let is_first = listed.add(&input, &*self.journal)?.is_none();
            if self.leaves_out_unfit
                && is_first
                && let Ok(request) = &input.request
                && schemas.problem(request).await?.is_some()
            {
                listed.leave_out(input.number)?;
            }
        }
        let difference = compare(&*self.journal, &mut listed, self.allows_removed).await?;
        let mut changed = difference.changed_lines;
        changed.sort_by_key(|line| line.line);
        if let Some(line) = changed.into_iter().next() {
            return Err(BatchError::Line(line));
        }
        if difference.moved + difference.missing > 0 {
            renumber(&*self.journal, &mut listed).await?;
        }
        list.seek(SeekFrom::Start(start)).await?;
        Ok(difference.missing)
    }

    /// Returns whether there is a record, of a state if one is given.
    async fn journal_has(&self, state: Option<RecordState>) -> Result<bool, BatchError> {
        let records = self.journal.records_after(Position::START, state, 1);
        Ok(!records.await?.is_empty())
    }
}
