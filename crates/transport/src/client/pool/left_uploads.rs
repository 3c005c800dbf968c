//! The uploads on an HTTP/2 connection whose requests have ended.
//!
//! Most are sent or reset a moment later. A server that does neither would hold their memory as
//! long as the connection is in use.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::client::upload::Upload;

/// The uploads, each with the time by which it is to be finished.
#[derive(Default)]
pub(super) struct LeftUploads(Mutex<Vec<(Upload, Instant)>>);

impl LeftUploads {
    pub(super) fn add(&self, upload: Upload, end: Instant) {
        self.unfinished().push((upload, end));
    }

    /// Returns the time at which the first of them is overdue, if it is not finished until then.
    pub(super) fn first_end(&self) -> Option<Instant> {
        self.unfinished().first().map(|(_, end)| *end)
    }

    fn unfinished(&self) -> MutexGuard<'_, Vec<(Upload, Instant)>> {
        let mut uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.retain(|(upload, _)| upload.is_unfinished());
        uploads
    }
}
