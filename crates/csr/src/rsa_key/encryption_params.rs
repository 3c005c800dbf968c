//! Encryption of private keys: one scheme, chosen to be read by the strictest programs.
//!
//! PBES2 of [RFC 8018, section 6.2]. Leaves out scrypt and PRFs above SHA-256: BoringSSL, and with
//! it Postman, reads neither.
//!
//! [RFC 8018, section 6.2]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2

use crate::error::Error;

/// PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA256, 16 bytes of salt, 600,000 iterations.
///
/// ```
/// use csr::{EncryptionParams, Error};
///
/// let params = EncryptionParams::default().iterations(1_000_000)?;
/// let too_few = EncryptionParams::default().iterations(1);
/// assert!(matches!(too_few, Err(Error::IterationsOutOfRange { .. })));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionParams {
    pub(super) iterations: u32,
}

impl EncryptionParams {
    /// The fewest PBKDF2 iterations, [RFC 8018, section 4.2].
    ///
    /// [RFC 8018, section 4.2]: https://www.rfc-editor.org/rfc/rfc8018#section-4.2
    pub const MIN_ITERATIONS: u32 = 1_000;

    /// The most PBKDF2 iterations, written or read: seconds of work.
    pub const MAX_ITERATIONS: u32 = 10_000_000;

    /// Sets the PBKDF2 iterations, from [`Self::MIN_ITERATIONS`] to [`Self::MAX_ITERATIONS`].
    ///
    /// They are computed to open the key, and for each guess of a passphrase.
    ///
    /// # Errors
    ///
    /// [`Error::IterationsOutOfRange`].
    pub fn iterations(self, iterations: u32) -> Result<Self, Error> {
        let (min, max) = (Self::MIN_ITERATIONS, Self::MAX_ITERATIONS);
        if !(min..=max).contains(&iterations) {
            return Err(Error::IterationsOutOfRange {
                iterations,
                min,
                max,
            });
        }
        Ok(Self { iterations })
    }
}

impl Default for EncryptionParams {
    fn default() -> Self {
        Self {
            iterations: 600_000,
        }
    }
}
