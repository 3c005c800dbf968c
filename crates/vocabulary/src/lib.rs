#![doc = include_str!("../README.md")]

mod escaped;
#[cfg(feature = "fingerprint")]
mod fingerprint;
#[cfg(feature = "retry-after")]
mod retry_after;

pub use crate::escaped::{Escaped, is_invisible};
#[cfg(feature = "fingerprint")]
pub use crate::fingerprint::Fingerprint;
#[cfg(feature = "retry-after")]
pub use crate::retry_after::RetryAfter;
