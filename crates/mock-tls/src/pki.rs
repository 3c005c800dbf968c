//! The CAs of a server and the key of its certificate: what a server that starts again may keep.

use std::fmt;

use rcgen::KeyPair;
use time::OffsetDateTime;

use crate::ca::Ca;
use crate::error::Error;

/// The CAs of a [`ScriptedServer`](crate::ScriptedServer), and the key of its certificate.
///
/// Whoever keeps them, and starts another server with them, finds that clients trust it as they
/// did, by its CA or by a pin of its key, and that it trusts the clients of before.
pub struct Pki {
    pub(crate) client_ca: Ca,
    pub(crate) server_ca: Ca,
    pub(crate) server_key: Option<KeyPair>,
}

impl Pki {
    /// Makes new CAs for `owner`, the name in them. The server has a new key for each certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn generate(owner: &str, now: OffsetDateTime) -> Result<Self, Error> {
        let client_ca = Ca::new(owner, "client CA", now)?;
        Ok(Self::new(client_ca, Ca::new(owner, "server CA", now)?))
    }

    /// Puts two roots together: the issuer of clients' certificates, and that of the server's.
    #[must_use]
    pub fn new(client_ca: Ca, server_ca: Ca) -> Self {
        Self {
            client_ca,
            server_ca,
            server_key: None,
        }
    }

    /// Sets the key of the server's valid certificates. Others, such as an expired one, have a
    /// new key each.
    #[must_use]
    pub fn server_key(mut self, key: KeyPair) -> Self {
        self.server_key = Some(key);
        self
    }
}

impl fmt::Debug for Pki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pki")
            .field("client_ca", &self.client_ca)
            .field("server_ca", &self.server_ca)
            .finish_non_exhaustive()
    }
}
