//! Checks of a request before anything of it is sent on.

pub(crate) mod browser;
pub(crate) mod framing;
pub(crate) mod gateway_token;
pub(crate) mod own_scheme;
pub(crate) mod target;
