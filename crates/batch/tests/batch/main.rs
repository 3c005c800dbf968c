//! A batch as its caller sees it: what the service saw, and what the journal says.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod journal;
mod run;

use batch::SqliteJournal;
use tempfile::TempDir;

/// A journal in a folder of its own, which ends with it.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("journal")
    }

    pub(crate) async fn open(&self) -> SqliteJournal {
        SqliteJournal::open(self.path()).await.unwrap()
    }
}
