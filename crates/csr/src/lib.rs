#![doc = include_str!("../README.md")]

mod certification_request;
mod distinguished_name;
mod error;
mod foreign;
mod inspected_request;
mod key_usage;
mod new_file;
mod passphrase;
mod randomness;
mod request_files;
mod requested_extension;
mod rsa_key;
mod subject;
mod text;
mod universal_string;

pub use certification_request::{CertificationRequest, CertificationRequestBuilder};
pub use distinguished_name::NameAttribute;
pub use error::{Error, FileStep, KeyCheck};
pub use foreign::FileKind;
pub use inspected_request::{
    Curve, Finding, HashAlgorithm, InspectedRequest, PublicKeyKind, Severity, SignatureAlgorithm,
};
pub use key_usage::{ExtendedKeyUsage, KeyUsage};
pub use new_file::{FileAccess, write_new_file};
pub use passphrase::Passphrase;
pub use randomness::{Randomness, RandomnessUnavailable};
pub use request_files::{Protection, RequestFiles};
pub use rsa_key::{EncryptionParams, RsaKey};
pub use subject::{
    AlternativeName, Field, FieldProblem, Fqdn, FqdnProblem, Policy, Problem, Subject,
    SubjectBuilder, SubjectError, Warning,
};
