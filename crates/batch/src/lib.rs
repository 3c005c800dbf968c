#![doc = include_str!("../README.md")]

mod digest;
mod folder;
mod journal;
mod list;
mod pace;
mod record;
mod results;
mod run;
mod verdict;

pub use digest::{InputDigest, InputKey};
pub use journal::counts::Counts;
pub use journal::error::{JournalError, StorageError};
pub use journal::postgres::PostgresJournal;
pub use journal::postgres::address::{InvalidPostgresAddress, PostgresAddress};
pub use journal::selection::Selection;
pub use journal::sqlite::SqliteJournal;
pub use journal::{Journal, Registration};
pub use list::encoding::{ListEncoding, UnknownEncoding};
pub use list::error::{CellProblem, LineError, LineProblem, ListError};
pub use list::form::{CsvForm, InvalidDateForm, ListForm, UnknownField};
pub use record::{NewRecord, Outcome, Position, Record, RecordState, Settlement};
pub use results::{ResultsError, ResultsFile, ResultsFormat};
pub use run::Batch;
pub use run::end::{BatchError, ListReport, Summary, Unsaved};
pub use verdict::StopReason;
