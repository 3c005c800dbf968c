//! Failures of a batch: its list, its journal, its results.

use std::error::Error as StdError;

use batch::{BatchError, JournalError, ListError, ResultsError, StorageError};
use vocabulary::variant_name;

use crate::diagnose::service;
use crate::diagnosis::{Diagnosis, Side};
use crate::exit::Exit;

/// Returns the diagnosis of one cause, if it is one of these.
pub(super) fn diagnosis(cause: &(dyn StdError + 'static)) -> Option<Diagnosis> {
    if let Some(error) = cause.downcast_ref::<BatchError>() {
        return Some(of_batch(error));
    }
    if let Some(error) = cause.downcast_ref::<ResultsError>() {
        return Some(of_results(error));
    }
    cause.downcast_ref().map(of_journal)
}

fn of_batch(error: &BatchError) -> Diagnosis {
    match error {
        BatchError::Fields(error) => service::diagnosis(error),
        BatchError::Journal { error, .. } => of_journal(error),
        BatchError::Line(_) => local(
            "list_changed".to_owned(),
            "restore the line, or take out what is there twice; a new journal bills the whole list again",
        ),
        BatchError::List(ListError::Io(_)) => {
            local("list".to_owned(), "check the file of the list")
        }
        BatchError::List(error) => local(
            variant_name(error),
            "mend what the message names; columns have the vendor's names or --map, encodings --encoding",
        ),
        error => local(variant_name(error), "run the same command again to go on"),
    }
}

fn of_results(error: &ResultsError) -> Diagnosis {
    match error {
        ResultsError::Journal(error) => of_journal(error),
        ResultsError::Foreign { .. } => local(variant_name(error), "give --results another path"),
        error => local(
            variant_name(error),
            "make room or name another file, and run the same command again: the journal has the results",
        ),
    }
}

fn of_journal(error: &JournalError) -> Diagnosis {
    let remedy = match error {
        JournalError::Storage(StorageError::Unreachable(_)) => {
            return Diagnosis {
                side: Side::Network,
                exit: Exit::Unreachable,
                ..local(
                    "journal_unreachable".to_owned(),
                    "run the same command again once the database is back",
                )
            };
        }
        JournalError::Damaged { .. } => {
            "a run with a backup of it sends, and bills, again what was sent since the backup was made"
        }
        JournalError::Missing => "give --journal the path that the batch was begun with",
        JournalError::Foreign => "give --journal the path of a journal, or of a new one",
        JournalError::InUse => "wait for the other process to end",
        JournalError::Storage(StorageError::Full) => "make room, and run the same command again",
        JournalError::Storage(StorageError::ReadOnly) => {
            "let this user write the journal and its folder, and run the same command again"
        }
        JournalError::Storage(StorageError::Credentials) => {
            "check the user in --journal and the password in PGPASSWORD"
        }
        JournalError::Storage(StorageError::NotDurable) => {
            "have `fsync` switched on in the database; without it a journal may forget what was billed"
        }
        JournalError::Newer { .. } => {
            "use the version of this program that the batch began with, or a newer one"
        }
        _ => "the message says what to change; run the same command again to go on",
    };
    local(format!("journal_{}", variant_name(error)), remedy)
}

fn local(kind: String, remedy: &'static str) -> Diagnosis {
    Diagnosis {
        kind,
        side: Side::Client,
        remedy: remedy.into(),
        exit: Exit::Local,
    }
}
