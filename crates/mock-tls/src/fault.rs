//! Changes that a script makes to the bytes of its connection.

pub(crate) mod early_alert;
pub(crate) mod ending;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod private_group;
pub(crate) mod replaced_alert;
pub(crate) mod request_head;
pub(crate) mod wire;
