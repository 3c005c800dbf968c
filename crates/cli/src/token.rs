//! Keys in tokens on the command line: a `pkcs11:` URI where the file of a key could be.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use identity::{Loaded, Loader, PassphraseSource, Signer, SignerError, SignerProblem};
use pkcs11::TokenKey;

use crate::secret::PassphraseArguments;
use crate::token_uri::{module, uri};

/// Loads the identity of a certificate file and a key in a token.
pub(crate) fn load(
    loader: &Loader,
    certificate: &Path,
    key: &Path,
    pin: &PassphraseArguments,
) -> Result<Loaded> {
    let key = TokenKey::open(&uri(key)?, Some(pin.pin_source()))?;
    Ok(loader.load_file_with_signer(certificate, Arc::new(key))?)
}

/// Returns a function that opens the key of a URI in a key file. Only the environment names the
/// module: the file may come from elsewhere.
pub(crate) fn opener(
    pin: Option<PassphraseSource>,
) -> impl Fn(&str, Option<PassphraseSource>) -> Result<Arc<dyn Signer>, SignerError>
+ Send
+ Sync
+ 'static {
    let open = module().map(|module| TokenKey::opener(module, pin.clone()));
    move |uri, pin_of_pair| match &open {
        Some(open) => open(uri, pin_of_pair),
        None => Err(SignerError::with_source(SignerProblem::Refused, NO_MODULE)),
    }
}

const NO_MODULE: &str = "the key file names a key in a token: set NAPI_PKCS11_MODULE to the PKCS#11 \
                         library of its device, which is not taken from the file";

/// Opens the key that the URI names, or makes it in its token.
pub(crate) fn open_or_make(key: &Path, pin: &PassphraseArguments) -> Result<TokenKey> {
    Ok(TokenKey::open_or_make(&uri(key)?, Some(pin.pin_source()))?)
}
