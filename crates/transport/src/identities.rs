//! The client identities of one generation: which of them a host may see, and which it is shown.

pub(crate) mod candidates;
pub(crate) mod host_memory;
pub(crate) mod presented;
pub(crate) mod scope;
