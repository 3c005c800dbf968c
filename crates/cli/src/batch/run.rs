//! `napi-mtls batch run`: checks a list, sends what waits, writes the results.

mod end;

use std::num::{NonZeroU32, NonZeroUsize};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use batch::{
    Batch, BatchError, Journal, ListReport, ResultsError, ResultsFile, ResultsFormat, StopReason,
    Summary,
};
use napi::RequestBody;
use napi::verifications::Polling;
use tokio::sync::Notify;
use tokio::time::{Duration, MissedTickBehavior, interval};
use transport::{MtlsClient, ProxyConnector};

use crate::batch::any_journal::AnyJournal;
use crate::batch::journal_place::JournalArguments;
use crate::batch::list::ListArguments;
use crate::batch::progress::{Progress, ProgressArguments};
use crate::batch::renewal::{Renewal, RenewalArguments};
use crate::batch::results::ResultsArguments;
use crate::client::{ClientArguments, ServiceClient};
use crate::global_arguments::GlobalArguments;
use crate::interrupts::Interrupts;
use crate::output::Output;
use crate::refusal::{Refusal, RefusalKind};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls batch run --input people.csv --journal people.journal --results results.csv
  napi-mtls batch run --input persone.csv --journal persone.journal --results persone.ndjson \\
      --map Nome=FirstGivenName --dates DD.MM.YYYY --set CountryCode=IT \\
      --set \"ConsentForDataSources=Credit Agency\" --concurrency 4 --rate 20")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListArguments,

    #[command(flatten)]
    journal: JournalArguments,

    #[command(flatten)]
    results: ResultsArguments,

    /// Send what can be sent, and leave out the lines that cannot; without this, nothing is sent
    /// before every line is right
    #[arg(long)]
    skip_invalid: bool,

    /// Take records that are no longer in the list for removed, and new lines for others: a line
    /// that was corrected is then billed a second time. A line with the reference of a record that
    /// was sent is refused all the same
    #[arg(long)]
    allow_removed: bool,

    /// Check the list without the fields of its countries, which the service tells for free
    #[arg(long)]
    no_field_check: bool,

    /// The most verifications under way; fewer while the service asks for it
    #[arg(long, value_name = "NUMBER", default_value = "8")]
    concurrency: NonZeroUsize,

    /// The most verifications a second; by default as many as the service takes
    #[arg(long, value_name = "NUMBER")]
    rate: Option<NonZeroU32>,

    /// Seconds for which the results of asynchronous records are asked for, once the list has been
    /// sent; the next run asks for those that are left
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pending_timeout: u64,

    #[command(flatten)]
    progress: ProgressArguments,

    #[command(flatten)]
    renewal: RenewalArguments,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    // Before the questions on the terminal: a list that is not there needs no password.
    arguments.list.form()?;
    drop(arguments.list.open().await?);
    let (connected, source) = arguments.client.connect_to_follow(global)?;
    let journal = arguments.journal.open().await?;
    let mut renewal = Renewal::begin(&arguments.renewal, &connected.client, source).await;
    let mut output = of_list(arguments, connected.client, journal, &mut renewal).await?;
    output.warnings.splice(..0, connected.warnings);
    Ok(output)
}

async fn of_list(
    arguments: &Arguments,
    client: ServiceClient,
    journal: AnyJournal,
    renewal: &mut Renewal,
) -> Result<Output> {
    let mut interrupts = Interrupts::listen()?;
    let batch = Batch::new(client, journal).form(arguments.list.form()?);
    let batch = batch.concurrency(arguments.concurrency.get());
    let batch = batch.polling(Polling::new(Duration::from_secs(arguments.pending_timeout)));
    let batch = match arguments.rate {
        Some(rate) => batch.rate(rate),
        None => batch,
    };
    let batch = match (arguments.skip_invalid, arguments.no_field_check) {
        (true, false) => batch.leave_out_repeated().leave_out_unfit(),
        (true, true) => batch.leave_out_repeated(),
        (false, _) => batch,
    };
    let batch = match arguments.allow_removed {
        true => batch.allow_removed(),
        false => batch,
    };
    let list = arguments.list.open().await?;
    let checking = async {
        match arguments.no_field_check {
            true => batch.check(list).await,
            false => batch.check_fields(list).await,
        }
    };
    let report = tokio::select! {
        report = checking => report?,
        () = interrupts.next() => return Err(interrupted("nothing was sent")),
    };
    if report.unsendable > 0 && !arguments.skip_invalid {
        return Ok(end::refused(&report));
    }
    send(arguments, batch, &report, &mut interrupts, renewal).await
}

/// The service that the client sends through.
type Service = MtlsClient<RequestBody, ProxyConnector>;

/// Sends what waits, and writes each result as it comes.
async fn send(
    arguments: &Arguments,
    batch: Batch<Service, AnyJournal>,
    report: &ListReport,
    interrupts: &mut Interrupts,
    renewal: &mut Renewal,
) -> Result<Output> {
    let path = &arguments.results.results;
    let format = ResultsFormat::of_path(path);
    let file = ResultsFile::open(path, format, batch.journal()).await?;
    let records = report.records.saturating_sub(report.unsendable);
    let counts = batch.journal().counts().await?;
    let progress = Arc::new(Progress::begin(&arguments.progress, records, &counts));
    let sink = Arc::new(Sink::new(file));
    let mut batch = {
        let (progress, sink) = (Arc::clone(&progress), Arc::clone(&sink));
        batch.observer(move |settlement| {
            progress.note(settlement);
            sink.append(settlement);
        })
    };
    let mut watcher = Watcher {
        progress: &progress,
        interrupts,
        renewal,
        stop: Notify::new(),
        is_asked: false,
    };
    let mut sent = 0;
    let ended = loop {
        let rotations = watcher.renewal.rotations();
        match watcher.run(&mut batch, &arguments.list, &sink).await {
            Some(Ok(summary)) => {
                sent += summary.sent;
                let is_rejected = summary.stopped == Some(StopReason::Certificate);
                if !is_rejected || !watcher.finds_another_certificate(rotations).await {
                    break Some(Ok(summary));
                }
                progress
                    .say("going on with the certificate that was put in place of the rejected one");
            }
            ended => break ended,
        }
    };
    progress.end();
    match ended {
        None => Err(interrupted(
            "what was under way is unknown; run it again to go on",
        )),
        Some(Err(error)) => {
            end::write_unsaved(&error);
            // What was sent before has results, unless the journal is what failed.
            if !matches!(error.downcast_ref(), Some(BatchError::Journal { .. })) {
                let _the_error_comes_first = finish(batch, &sink).await;
            }
            Err(error)
        }
        Some(Ok(mut summary)) => {
            summary.sent = sent;
            let results = finish(batch, &sink).await?;
            Ok(end::summed_up(&summary, report, results, path))
        }
    }
}

/// Writes the results in the order of the list, closes the journal, and returns the number of
/// results.
async fn finish(batch: Batch<Service, AnyJournal>, sink: &Sink) -> Result<u64> {
    let file = sink.take()?;
    let results = file.finish(batch.journal()).await?;
    if let Some(journal) = batch.into_journal() {
        journal.close().await?;
    }
    Ok(results)
}

/// Shows what happens during a run, and listens to the signals.
struct Watcher<'a> {
    progress: &'a Progress,
    interrupts: &'a mut Interrupts,
    renewal: &'a mut Renewal,
    stop: Notify,
    /// Whether a signal has asked for the end.
    is_asked: bool,
}

impl Watcher<'_> {
    /// Goes through the list once; `None` if the second signal ends it at once.
    async fn run(
        &mut self,
        batch: &mut Batch<Service, AnyJournal>,
        list: &ListArguments,
        sink: &Sink,
    ) -> Option<Result<Summary>> {
        let stop = &self.stop;
        let asked = async {
            tokio::select! {
                () = stop.notified() => {}
                () = sink.failed.notified() => {}
            }
        };
        let mut run = pin!(async {
            let list = list.open().await?;
            anyhow::Ok(batch.run(list, asked).await?)
        });
        let mut ticks = interval(self.progress.pause());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                summary = &mut run => return Some(summary),
                () = self.interrupts.next() => {
                    if self.is_asked {
                        return None;
                    }
                    self.is_asked = true;
                    stop.notify_one();
                    self.progress
                        .say("finishing what is under way; press Ctrl-C again to stop at once");
                }
                event = self.renewal.event() => self.progress.tell(&event),
                _ = ticks.tick() => self.progress.show(),
            }
        }
    }

    /// Looks for a certificate that has come since so many rotations; there is none for a person
    /// who wants the run to end, before or meanwhile.
    async fn finds_another_certificate(&mut self, rotations: u64) -> bool {
        if self.is_asked {
            return false;
        }
        tokio::select! {
            biased;
            () = self.interrupts.next() => false,
            // The old one may be revoked before the files are looked at again.
            is_found = self.renewal.has_rotated_since(rotations) => is_found,
        }
    }
}

/// The file of results, as the run's observer has it.
struct Sink {
    state: Mutex<Result<Option<ResultsFile>, ResultsError>>,
    failed: Notify,
}

impl Sink {
    fn new(file: ResultsFile) -> Self {
        Self {
            state: Mutex::new(Ok(Some(file))),
            failed: Notify::new(),
        }
    }

    /// Adds a line; a file that cannot be written stops the run, since a person has to make room.
    fn append(&self, settlement: &batch::Settlement) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(Some(file)) = &mut *state else {
            return;
        };
        if let Err(error) = file.append(settlement) {
            *state = Err(error);
            self.failed.notify_one();
        }
    }

    /// Takes the file out, or the error that stopped the run.
    fn take(&self) -> Result<ResultsFile> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::replace(&mut *state, Ok(None))?;
        taken.ok_or_else(|| anyhow::anyhow!("the file of results was closed before"))
    }
}

fn interrupted(outcome: &str) -> anyhow::Error {
    let text = format!("interrupted: {outcome}");
    Refusal::new(RefusalKind::Cancelled, text).into()
}
