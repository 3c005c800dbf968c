//! Randomness, from the TLS library's provider: bytes and serial numbers.

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

/// Makes a random serial number: 16 bytes, positive, and always of this length in DER.
///
/// # Errors
///
/// [`Error::Certificate`] if the system has no randomness.
pub fn random_serial() -> Result<[u8; 16], Error> {
    let mut serial = random::<16>()?;
    let [first, ..] = &mut serial;
    // Neither the sign bit, nor a leading zero byte that DER would drop.
    *first = (*first & 0x3f) | 0x40;
    Ok(serial)
}
