//! Whether a part of a request's body is still to be sent.
//!
//! A server may respond before it has read the whole request (RFC 9113, section 8.1), and h2 keeps
//! what is unsent until the server reads or resets it. hyper does not say so; what it holds, the
//! body or a piece of it, holds a guard.

use std::sync::{Arc, Weak};

/// Held by a body, and by each of its unsent pieces.
#[derive(Clone)]
pub(crate) struct UploadGuard(Arc<()>);

/// An upload that may be unfinished.
pub(crate) struct Upload(Weak<()>);

impl UploadGuard {
    pub(crate) fn new() -> Self {
        Self(Arc::new(()))
    }

    pub(crate) fn upload(&self) -> Upload {
        Upload(Arc::downgrade(&self.0))
    }
}

impl Upload {
    pub(crate) fn is_unfinished(&self) -> bool {
        self.0.strong_count() > 0
    }
}
