//! The identity that a connection was opened with.

use std::sync::Arc;

use http::uri::Authority;

use crate::identities::host_memory::HostMemory;

/// The identity presented on a connection, and the memory in which its rejection is noted.
pub(crate) struct PresentedIdentity {
    pub(crate) candidate: usize,
    pub(crate) authority: Authority,
    pub(crate) memory: Arc<HostMemory>,
}
