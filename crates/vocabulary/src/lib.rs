#![doc = include_str!("../README.md")]

mod escaped;
#[cfg(feature = "fingerprint")]
mod fingerprint;
mod method_name;
mod operation;
#[cfg(feature = "retry-after")]
mod retry_after;
mod variant_name;

pub use crate::escaped::{Escaped, is_invisible};
#[cfg(feature = "fingerprint")]
pub use crate::fingerprint::Fingerprint;
pub use crate::method_name::{OTHER_METHOD, method_name};
pub use crate::operation::Operation;
#[cfg(feature = "retry-after")]
pub use crate::retry_after::RetryAfter;
pub use crate::variant_name::variant_name;
