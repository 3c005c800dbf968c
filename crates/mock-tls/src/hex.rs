//! Bytes in the digits of the event log.

use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};

/// Returns lower-case hexadecimal without separators.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the SHA-256 of a certificate in hexadecimal, as the log and a register of clients have
/// it.
#[must_use]
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    hex(&Sha256::digest(certificate))
}
