#![doc = include_str!("../README.md")]

mod certificate_subject;
mod certification_request;
mod distinguished_name;
mod error;
mod file_kind;
mod foreign;
mod hex;
mod inspected_request;
mod key_usage;
mod new_file;
mod passphrase;
mod public_key;
mod randomness;
mod request_files;
mod requested_extension;
mod rsa_key;
mod signature_algorithm;
mod subject;
mod universal_string;

pub use vocabulary::Fingerprint;

pub use crate::certification_request::{CertificationRequest, CertificationRequestBuilder};
pub use crate::distinguished_name::NameAttribute;
pub use crate::error::{Error, FileStep, KeyCheck};
pub use crate::file_kind::FileKind;
pub use crate::inspected_request::{Finding, InspectedRequest, Severity};
pub use crate::key_usage::{ExtendedKeyUsage, KeyUsage};
pub use crate::new_file::{FileAccess, write_new_file};
pub use crate::passphrase::Passphrase;
pub use crate::public_key::{Curve, PublicKeyKind};
pub use crate::randomness::{Randomness, RandomnessUnavailable};
pub use crate::request_files::{Protection, RequestFiles};
pub use crate::rsa_key::{EncryptionParams, RsaKey};
pub use crate::signature_algorithm::{HashAlgorithm, SignatureAlgorithm};
pub use crate::subject::{
    AlternativeName, Field, FieldProblem, Fqdn, FqdnProblem, Policy, Problem, Subject,
    SubjectBuilder, SubjectError, Warning,
};
