#![doc = include_str!("../README.md")]

mod certification_request;
mod error;
mod passphrase;
mod randomness;
mod request_files;
mod rsa_key;
mod subject;

pub use certification_request::{CertificationRequest, CertificationRequestBuilder};
pub use error::{Error, FileStep, KeyCheck};
pub use passphrase::Passphrase;
pub use randomness::{Randomness, RandomnessUnavailable};
pub use request_files::{Protection, RequestFiles};
pub use rsa_key::{EncryptionParams, RsaKey};
pub use subject::{
    Field, FieldProblem, Fqdn, FqdnProblem, Policy, Problem, Subject, SubjectBuilder, SubjectError,
    Warning,
};
