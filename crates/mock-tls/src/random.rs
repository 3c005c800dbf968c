//! Randomness, from the TLS library's provider.

use rustls::crypto::aws_lc_rs;

use crate::error::Error;

/// Returns random bytes.
///
/// # Errors
///
/// [`Error::Certificate`] if the system has none.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let random = aws_lc_rs::default_provider().secure_random;
    random
        .fill(&mut bytes)
        .map_err(|_| Error::certificate(rcgen::Error::RingUnspecified))?;
    Ok(bytes)
}
