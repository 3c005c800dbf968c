#![doc = include_str!("../README.md")]

mod digest;
mod input;
mod journal;
mod pace;
mod record;
mod run;
mod verdict;

pub use digest::{InputDigest, InputKey};
pub use input::{LineError, LineProblem};
pub use journal::{Counts, Journal, JournalError, SqliteJournal, StorageError};
pub use record::{NewRecord, Outcome, Record, RecordState};
pub use run::Batch;
pub use run::end::{BatchError, ListReport, Summary, Unsaved};
pub use verdict::StopReason;
