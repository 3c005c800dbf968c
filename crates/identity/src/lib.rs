#![doc = include_str!("../README.md")]

mod algorithm;
mod certificate;
mod chain;
mod document;
mod encrypted_key;
mod error;
mod file;
mod fingerprint;
mod format;
mod identity;
mod limits;
mod loader;
mod passphrase;
mod pem;
mod report;
mod rsa_key;
mod selection;
mod time;

pub use crate::certificate::Certificate;
pub use crate::error::{Error, Input, KdfProblem};
pub use crate::fingerprint::Fingerprint;
pub use crate::format::Format;
pub use crate::identity::Identity;
pub use crate::limits::Limits;
pub use crate::loader::{Loaded, Loader};
pub use crate::passphrase::Passphrase;
pub use crate::report::{Finding, Report, Severity};
