//! A client certificate and its key.

use std::fmt;

use crate::hex::hex;

/// A client certificate with its key, both as PEM.
///
/// `Debug` shows the serial number only.
#[derive(Clone)]
pub struct ClientIdentity {
    certificate_pem: String,
    key_pem: String,
    serial: String,
    serial_bytes: Vec<u8>,
}

impl ClientIdentity {
    /// Puts a certificate, the unencrypted key that belongs to it and its serial number together.
    #[must_use]
    pub fn new(certificate_pem: String, secret_key_pem: String, serial: &[u8]) -> Self {
        Self {
            certificate_pem,
            key_pem: secret_key_pem,
            serial: hex(serial),
            serial_bytes: serial.to_vec(),
        }
    }

    /// Returns the certificate as PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Returns the unencrypted private key, PKCS#8 as PEM.
    #[must_use]
    pub fn secret_key_pem(&self) -> &str {
        &self.key_pem
    }

    /// Returns the certificate's serial number, lower-case hexadecimal.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    pub(crate) fn serial_bytes(&self) -> &[u8] {
        &self.serial_bytes
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}
