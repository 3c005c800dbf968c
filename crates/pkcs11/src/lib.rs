#![doc = include_str!("../README.md")]

mod device_failure;
mod digest;
mod error;
mod key_objects;
mod key_pair;
mod login;
mod mechanism;
mod module;
mod public_key;
mod session_pool;
mod token;
mod token_key;
mod uri;
mod wrong_pins;

pub use crate::device_failure::DeviceFailure;
pub use crate::error::Error;
pub use crate::public_key::UnusableKey;
pub use crate::token_key::TokenKey;
pub use crate::uri::{InvalidUri, Pkcs11Uri};
