//! The folder of identities that is followed, seen by those who ask whether one is usable.

use identity::{FileSource, IdentitySet};
use tokio::sync::watch;
use transport::{IdentitySource, SourceUpdate};

/// A folder whose identities are also handed on.
pub(super) struct Followed {
    files: FileSource,
    set: watch::Sender<Option<IdentitySet>>,
}

impl Followed {
    pub(super) fn new(files: FileSource) -> Self {
        Self {
            files,
            set: watch::Sender::new(None),
        }
    }

    /// Returns the identities as of the last poll.
    pub(super) fn set(&self) -> watch::Receiver<Option<IdentitySet>> {
        self.set.subscribe()
    }
}

impl IdentitySource for Followed {
    fn poll(&mut self) -> SourceUpdate {
        let update = IdentitySource::poll(&mut self.files);
        self.set.send_replace(self.files.current().cloned());
        update
    }

    fn current(&self) -> Option<&IdentitySet> {
        self.files.current()
    }
}
