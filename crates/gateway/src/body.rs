//! The bodies of requests and responses on their way through.

pub(crate) mod caller_body;
pub(crate) mod response_body;
