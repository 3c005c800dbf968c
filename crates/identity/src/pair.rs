//! The files of one pair, a key with its certificate: found by name, read, compared, loaded.
//!
//! Leaves out folders of pairs and reading them again, which stand on this.

mod bundle;
mod digest;
mod files;
mod observation;

pub(crate) use bundle::holds_both;
pub(crate) use digest::Digest;
pub(crate) use files::{CERTIFICATE, KEY};
pub(crate) use observation::{Observation, PairPaths, State};

pub use files::PairFiles;
