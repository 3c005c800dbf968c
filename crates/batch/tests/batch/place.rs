//! The places of journals: each makes one, opens it again, and ends with all that belongs to it.

use std::path::PathBuf;

use batch::{Journal, SqliteJournal};
use tempfile::TempDir;

/// A place of one journal.
pub(crate) trait Place {
    type Journal: Journal;

    /// Opens the journal, as a process does that begins.
    async fn open(&self) -> Self::Journal;

    /// Closes it, as a process does that ends.
    async fn close(&self, journal: Self::Journal);
}

/// A journal in a folder of its own.
pub(crate) struct FilePlace {
    folder: TempDir,
}

impl FilePlace {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    /// Returns the path of another file beside the journal.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Place for FilePlace {
    type Journal = SqliteJournal;

    async fn open(&self) -> SqliteJournal {
        SqliteJournal::open(self.path()).await.unwrap()
    }

    async fn close(&self, journal: SqliteJournal) {
        journal.close().await;
    }
}
