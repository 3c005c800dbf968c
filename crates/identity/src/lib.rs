#![doc = include_str!("../README.md")]

mod algorithm;
mod certificate;
mod chain;
mod document;
mod encrypted_key;
mod encryption;
mod error;
mod file;
mod fingerprint;
mod format;
mod identity;
mod limits;
mod loader;
mod passphrase;
mod passphrase_source;
mod pem;
mod private_key;
mod report;
mod selection;
mod time;

pub use crate::certificate::Certificate;
pub use crate::encryption::{Cipher, Encryption, KeyDerivation, Prf};
pub use crate::error::{Error, Input, KdfProblem};
pub use crate::fingerprint::Fingerprint;
pub use crate::format::Format;
pub use crate::identity::Identity;
pub use crate::limits::Limits;
pub use crate::loader::{Loaded, Loader};
pub use crate::passphrase::Passphrase;
pub use crate::passphrase_source::PassphraseSource;
pub use crate::private_key::{KeyAlgorithm, PrivateKey};
pub use crate::report::{Finding, Report, Severity};
