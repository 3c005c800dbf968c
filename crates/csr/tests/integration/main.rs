//! Tests of the public interface of `csr`, against stored vectors, a foreign parser and `openssl`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests fail tests"
)]

mod inspect;
mod key;
mod openssl;
mod renewal;
mod request;
mod request_files;
mod signed_elsewhere;
mod subject;

use std::sync::LazyLock;

use csr::{Passphrase, RsaKey, Subject, SubjectBuilder};

/// The stored key: searching for a new one takes longer than any test here.
static KEY: LazyLock<RsaKey> =
    LazyLock::new(|| RsaKey::from_pkcs8_pem(KEY_PEM, None).expect("the stored key is sound"));

const KEY_PEM: &str = include_str!("../vectors/key.pem");

/// Returns the passphrase of every encrypted key among the vectors.
fn sesame() -> Passphrase {
    Passphrase::new("sesame").unwrap()
}

fn acme() -> SubjectBuilder {
    Subject::builder()
        .country("CA")
        .state("British Columbia")
        .locality("Vancouver")
        .organization("Acme Identity Inc.")
        .common_name("napi.acme.example")
}
