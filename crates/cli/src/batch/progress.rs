//! The progress of a run: a bar on a terminal, lines of JSON elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use batch::{Counts, RecordState, Settlement};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::watch::event::Event;

/// The time between two drawings of the bar.
const FRAME: Duration = Duration::from_millis(200);

/// The options of progress.
#[derive(Debug, clap::Args)]
pub(crate) struct ProgressArguments {
    /// Seconds between two lines of JSON with the progress, where standard error is no terminal; 0
    /// shows no progress anywhere
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    progress_every: u64,
}

/// The progress of one run.
pub(crate) struct Progress {
    tally: Mutex<Tally>,
    began: Instant,
    display: Display,
}

enum Display {
    Bar(ProgressBar),
    Lines(Duration),
    Nothing,
}

/// The records so far, those of earlier runs among them.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    total: u64,
    before: u64,
    matches: u64,
    nomatches: u64,
    others: u64,
    failed: u64,
    unknown: u64,
    /// Accepted by the service, which works on them: not at their end, and asked for.
    pending: u64,
}

impl Progress {
    /// Begins with what the journal knows of a list of so many records.
    pub(crate) fn begin(arguments: &ProgressArguments, total: u64, counts: &Counts) -> Self {
        let tally = Tally::begin(total, counts);
        let display = match arguments.progress_every {
            0 => Display::Nothing,
            _ if io::stderr().is_terminal() => Display::Bar(bar(&tally)),
            seconds => Display::Lines(Duration::from_secs(seconds)),
        };
        let (tally, began) = (Mutex::new(tally), Instant::now());
        Self {
            tally,
            began,
            display,
        }
    }

    /// Returns the time between two calls of [`show`](Self::show).
    pub(crate) fn pause(&self) -> Duration {
        match self.display {
            Display::Bar(_) => FRAME,
            Display::Lines(pause) => pause,
            Display::Nothing => Duration::from_secs(3600),
        }
    }

    /// Counts a record.
    pub(crate) fn note(&self, settlement: &Settlement) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        if settlement.was_pending {
            tally.pending = tally.pending.saturating_sub(1);
        }
        tally.add(settlement.state, settlement.outcome.status.as_deref(), 1);
    }

    /// Shows how far the run is.
    pub(crate) fn show(&self) {
        let tally = self.tally();
        match &self.display {
            Display::Bar(bar) => {
                bar.set_position(tally.ended());
                bar.set_message(tally.message(self.began.elapsed()));
            }
            Display::Lines(_) => {
                let line = tally.line(self.began.elapsed());
                // Without standard error there is no one to show it to.
                let _ = writeln!(io::stderr(), "{line}");
            }
            Display::Nothing => {}
        }
    }

    /// Shows an event of the certificate beside the progress, as a line of the same form.
    pub(crate) fn tell(&self, event: &Event) {
        match &self.display {
            Display::Lines(_) => drop(writeln!(io::stderr(), "{}", event.json())),
            _ => self.say(&event.line()),
        }
    }

    /// Shows a line beside the progress.
    pub(crate) fn say(&self, line: &str) {
        match &self.display {
            Display::Bar(bar) => bar.suspend(|| drop(writeln!(io::stderr(), "{line}"))),
            _ => drop(writeln!(io::stderr(), "{line}")),
        }
    }

    /// Takes the bar away; what was reached is in the summary.
    pub(crate) fn end(&self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }

    fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bar(tally: &Tally) -> ProgressBar {
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(Some(tally.total), target);
    let style = ProgressStyle::with_template("[{bar:20}] {pos}/{len} {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> "))
        .with_position(tally.ended())
}

impl Tally {
    fn begin(total: u64, counts: &Counts) -> Self {
        let mut tally = Self {
            total,
            ..Self::default()
        };
        for (result, count) in counts.results() {
            tally.add(RecordState::Done, Some(result), count);
        }
        let without = counts.of(RecordState::Done).saturating_sub(tally.ended());
        tally.add(RecordState::Done, None, without);
        let others = [
            RecordState::Failed,
            RecordState::Unknown,
            RecordState::Pending,
        ];
        for state in others {
            tally.add(state, None, counts.of(state));
        }
        tally.before = tally.ended();
        tally
    }

    fn add(&mut self, state: RecordState, result: Option<&str>, count: u64) {
        let place = match (state, result) {
            (RecordState::Done, Some("match")) => &mut self.matches,
            (RecordState::Done, Some("nomatch")) => &mut self.nomatches,
            (RecordState::Done, _) => &mut self.others,
            (RecordState::Failed, _) => &mut self.failed,
            (RecordState::Unknown, _) => &mut self.unknown,
            (RecordState::Pending, _) => &mut self.pending,
            _ => return,
        };
        *place += count;
    }

    /// Returns how many records the runs are done with, in whatever way.
    fn ended(&self) -> u64 {
        self.matches + self.nomatches + self.others + self.failed + self.unknown
    }

    /// Returns records a second in this run, and the time that the rest takes at this rate.
    fn rate(&self, elapsed: Duration) -> (f64, Option<Duration>) {
        let ended = (self.ended() - self.before) as f64;
        let rate = match elapsed.as_secs_f64() {
            seconds if seconds > 0.0 => ended / seconds,
            _ => 0.0,
        };
        let rest = self.total.saturating_sub(self.ended()) as f64;
        (rate, Duration::try_from_secs_f64(rest / rate).ok())
    }

    fn message(&self, elapsed: Duration) -> String {
        let (rate, left) = self.rate(elapsed);
        let left = left.map_or_else(|| "?".to_owned(), |left| HumanDuration(left).to_string());
        let others = match self.others {
            0 => String::new(),
            others => format!("{others} other, "),
        };
        let pending = match self.pending {
            0 => String::new(),
            pending => format!("{pending} pending, "),
        };
        format!(
            "{} match, {} nomatch, {others}{} failed, {} unknown, {pending}{rate:.1}/s, {left} left",
            self.matches, self.nomatches, self.failed, self.unknown
        )
    }

    fn line(&self, elapsed: Duration) -> Value {
        let (rate, left) = self.rate(elapsed);
        json!({"progress": {
            "ended": self.ended(),
            "records": self.total,
            "match": self.matches,
            "nomatch": self.nomatches,
            "other_results": self.others,
            "failed": self.failed,
            "unknown": self.unknown,
            "pending": self.pending,
            "per_second": (rate * 10.0).round() / 10.0,
            "seconds_left": left.map(|left| left.as_secs()),
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(ended: u64) -> Tally {
        let mut tally = Tally {
            total: 100,
            before: 10,
            ..Tally::default()
        };
        tally.add(RecordState::Done, Some("match"), ended - 4);
        tally.add(RecordState::Done, Some("nomatch"), 1);
        tally.add(RecordState::Done, None, 1);
        tally.add(RecordState::Failed, None, 1);
        tally.add(RecordState::Unknown, None, 1);
        tally.add(RecordState::Waiting, None, 5);
        tally
    }

    #[test]
    fn rate_is_of_this_run_alone() {
        let line = tally(30).line(Duration::from_secs(10));
        let progress = &line["progress"];
        assert_eq!(progress["ended"], 30);
        assert_eq!(
            (&progress["per_second"], &progress["seconds_left"]),
            (&json!(2.0), &json!(35))
        );
        assert_eq!(
            (&progress["match"], &progress["other_results"]),
            (&json!(26), &json!(1))
        );
        let message = tally(30).message(Duration::from_secs(10));
        let text = "26 match, 1 nomatch, 1 other, 1 failed, 1 unknown, 2.0/s, 35 seconds left";
        assert_eq!(message, text);
    }

    #[test]
    fn pending_records_are_counted_until_they_end() {
        let mut tally = tally(30);
        tally.add(RecordState::Pending, None, 3);
        let line = tally.line(Duration::from_secs(10));
        assert_eq!(
            (&line["progress"]["pending"], &line["progress"]["ended"]),
            (&json!(3), &json!(30))
        );
        let message = tally.message(Duration::from_secs(10));
        assert!(message.contains("1 unknown, 3 pending, 2.0/s"), "{message}");
    }

    #[test]
    fn time_left_is_not_guessed_from_nothing() {
        for elapsed in [Duration::ZERO, Duration::from_secs(10)] {
            let line = tally(10).line(elapsed);
            assert_eq!(line["progress"]["seconds_left"], Value::Null);
        }
        assert!(tally(10).message(Duration::ZERO).ends_with("0.0/s, ? left"));
    }
}
