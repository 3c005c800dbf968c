//! The identity that a connection was opened with.

use std::sync::Arc;

use http::uri::Authority;

use crate::identities::host_memory::HostMemory;

/// Which candidate stands for us on a connection, and what is to be noted if it is rejected.
pub(crate) struct Presented {
    pub(crate) candidate: usize,
    pub(crate) authority: Authority,
    pub(crate) memory: Arc<HostMemory>,
}
