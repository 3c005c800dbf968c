//! The way from a URI in a key file to the signer that it names.
//!
//! Leaves out every device.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::passphrase_source::PassphraseSource;
use crate::signer::Signer;
use crate::signer_error::SignerError;

type Open =
    dyn Fn(&str, Option<PassphraseSource>) -> Result<Arc<dyn Signer>, SignerError> + Send + Sync;

/// The function of a caller that opens keys by their URI.
#[derive(Clone)]
pub(crate) struct SignerSource(Arc<Open>);

impl SignerSource {
    pub(crate) fn new(
        open: impl Fn(&str, Option<PassphraseSource>) -> Result<Arc<dyn Signer>, SignerError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(open))
    }

    /// Opens the key of a URI with the PIN of the pair that names it, if it has one of its own.
    pub(crate) fn open(
        &self,
        uri: &[u8],
        pin: Option<PassphraseSource>,
    ) -> Result<Arc<dyn Signer>, Error> {
        // It is ASCII where it was recognised.
        let uri = String::from_utf8_lossy(uri);
        (self.0)(&uri, pin).map_err(|source| Error::Signer { source })
    }
}

impl fmt::Debug for SignerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerSource").finish_non_exhaustive()
    }
}
