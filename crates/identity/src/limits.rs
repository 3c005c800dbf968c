//! Limits of the work that a foreign file may cause.
//!
//! The cost of a passphrase is chosen by the writer of the key file ([RFC 8018, section 4.2],
//! [RFC 7914, section 2]); without a bound a file of 200 bytes keeps a processor busy for hours.
//!
//! [RFC 8018, section 4.2]: https://www.rfc-editor.org/rfc/rfc8018#section-4.2
//! [RFC 7914, section 2]: https://www.rfc-editor.org/rfc/rfc7914#section-2

/// Upper bounds on what one load may cost; checked before the work is done.
///
/// The defaults admit every key file that a common tool writes.
///
/// ```
/// use identity::{Limits, Loader};
///
/// let loader = Loader::new().limits(Limits::default().pbkdf2_iterations(1_000_000));
/// # let _ = loader;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) pbkdf2_iterations: u32,
    pub(crate) scrypt_memory: u64,
    pub(crate) scrypt_p: u32,
    pub(crate) file_bytes: u64,
    pub(crate) chain_length: usize,
}

impl Limits {
    /// Sets the most PBKDF2 iterations, 10,000,000 unless set: some seconds of work.
    ///
    /// Of a PKCS#12 store those of all parts together, for each block of the key of PBMAC1.
    #[must_use]
    pub const fn pbkdf2_iterations(mut self, iterations: u32) -> Self {
        self.pbkdf2_iterations = iterations;
        self
    }

    /// Sets the most memory for scrypt in bytes, 256 MiB unless set.
    #[must_use]
    pub const fn scrypt_memory(mut self, bytes: u64) -> Self {
        self.scrypt_memory = bytes;
        self
    }

    /// Sets the highest scrypt parallelization `p`, 16 unless set; it multiplies the time.
    #[must_use]
    pub const fn scrypt_p(mut self, p: u32) -> Self {
        self.scrypt_p = p;
        self
    }

    /// Sets the most bytes of the certificate and of the key input, 1 MiB each unless set.
    #[must_use]
    pub const fn file_bytes(mut self, bytes: u64) -> Self {
        self.file_bytes = bytes;
        self
    }

    /// Sets the most certificates in the certificate input, 10 unless set.
    #[must_use]
    pub const fn chain_length(mut self, certificates: usize) -> Self {
        self.chain_length = certificates;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pbkdf2_iterations: 10_000_000,
            scrypt_memory: 256 << 20,
            scrypt_p: 16,
            file_bytes: 1 << 20,
            chain_length: 10,
        }
    }
}
