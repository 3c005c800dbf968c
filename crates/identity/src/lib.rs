#![doc = include_str!("../README.md")]

mod algorithm;
mod certificate;
mod chain;
mod directory_string;
mod document;
mod encrypted_key;
mod encryption;
mod error;
mod error_text;
mod file_source;
mod format;
mod identity;
mod identity_directory;
mod identity_set;
mod input;
mod input_file;
mod inspection;
mod key_algorithm;
mod limits;
mod loaded;
mod loader;
mod pair;
mod passphrase;
mod passphrase_source;
mod path_kind;
mod pem;
mod private_key;
mod public_file;
mod report;
mod revocation_list;
mod secret_note;
mod selection;
mod shown;
mod stack;
mod text_encoding;
mod time;

pub use vocabulary::Fingerprint;

pub use crate::certificate::Certificate;
pub use crate::encryption::{Cipher, Encryption, KeyDerivation, Prf};
pub use crate::error::{Error, KdfProblem};
pub use crate::file_source::{Event, FileSource, PollOutcome};
pub use crate::format::Format;
pub use crate::identity::Identity;
pub use crate::identity_directory::{
    IdentityDirectory, Inventory, MisnamedCertificate, PairEntry, PairState,
};
pub use crate::identity_set::{IdentitySet, NextChange};
pub use crate::input::Input;
pub use crate::input_file::{FileContent, InputFile};
pub use crate::inspection::Inspected;
pub use crate::key_algorithm::KeyAlgorithm;
pub use crate::limits::Limits;
pub use crate::loaded::Loaded;
pub use crate::loader::Loader;
pub use crate::pair::PairFiles;
pub use crate::passphrase::Passphrase;
pub use crate::passphrase_source::PassphraseSource;
pub use crate::path_kind::PathKind;
pub use crate::private_key::PrivateKey;
pub use crate::public_file::{LeftOut, PublicFile};
pub use crate::report::{Finding, Report, Severity};
pub use crate::revocation_list::RevocationList;
pub use crate::secret_note::SecretNote;
