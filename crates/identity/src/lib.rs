#![doc = include_str!("../README.md")]

mod algorithm;
mod certificate;
mod chain;
mod directory_string;
mod document;
mod encrypted_key;
mod encryption;
mod error;
mod file_source;
mod fingerprint;
mod format;
mod identity;
mod identity_directory;
mod identity_set;
mod input;
mod input_file;
mod inspection;
mod limits;
mod loaded;
mod loader;
mod passphrase;
mod passphrase_source;
mod pem;
mod private_key;
mod public_file;
mod report;
mod secret_note;
mod selection;
mod shown;
mod stack;
mod text_encoding;
mod time;

pub use crate::certificate::Certificate;
pub use crate::encryption::{Cipher, Encryption, KeyDerivation, Prf};
pub use crate::error::{Error, KdfProblem};
pub use crate::file_source::{Event, FileSource, Outcome};
pub use crate::fingerprint::Fingerprint;
pub use crate::format::Format;
pub use crate::identity::Identity;
pub use crate::identity_directory::{
    IdentityDirectory, Inventory, MisnamedCertificate, Slot, SlotEntry, SlotState,
};
pub use crate::identity_set::{IdentitySet, Succession};
pub use crate::input::Input;
pub use crate::input_file::{FileContent, InputFile, PathKind};
pub use crate::inspection::Inspected;
pub use crate::limits::Limits;
pub use crate::loaded::Loaded;
pub use crate::loader::Loader;
pub use crate::passphrase::Passphrase;
pub use crate::passphrase_source::PassphraseSource;
pub use crate::private_key::{KeyAlgorithm, PrivateKey};
pub use crate::public_file::{LeftOut, PublicFile};
pub use crate::report::{Finding, Report, Severity};
pub use crate::secret_note::SecretNote;
