//! The client identities of one generation: the hosts that may see them, and the choice for each
//! host.

pub(crate) mod candidates;
pub(crate) mod host_memory;
pub(crate) mod presented;
pub(crate) mod scope;
