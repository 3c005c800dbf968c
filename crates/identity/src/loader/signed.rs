//! An identity whose key stays where it is.
//!
//! Leaves out the device that has it.

use std::path::Path;
use std::sync::Arc;

use crate::document::Document;
use crate::error::Error;
use crate::format::Format;
use crate::identity::OwnedKey;
use crate::input::Input;
use crate::loaded::Loaded;
use crate::loader::Loader;
use crate::loader::match_up::FoundKey;
use crate::passphrase_source::PassphraseSource;
use crate::pkcs12::Attributes;
use crate::public_key::PublicKey;
use crate::selection;
use crate::signer::Signer;
use crate::signer_error::SignerError;
use crate::signer_source::SignerSource;

impl Loader {
    /// Loads a certificate chain from memory and takes a signer for its key; the signer signs
    /// nothing here.
    ///
    /// The keys of a PKCS#12 store that is given for its certificates are passed over.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), where they are about certificates, their key or its length;
    /// [`Error::SignerPublicKey`] and [`Error::SignerSchemes`] if the signer itself is at fault.
    pub fn load_with_signer(
        &self,
        certificate: &[u8],
        signer: Arc<dyn Signer>,
    ) -> Result<Loaded, Error> {
        self.load_signed(self.recognise(certificate, Input::Certificate)?, signer)
    }

    /// Sets the function that opens keys by a URI. A key file may then hold one in place of a key,
    /// such as `pkcs11:token=napi;object=client-2027` in `napi.key`: a key that stays where it is,
    /// beside its certificate as any other.
    ///
    /// It is given the content of `napi.passphrase` too, where a folder has that beside the key
    /// ([`IdentityDirectory`](crate::IdentityDirectory)): the PIN of that key. Never that of
    /// [`passphrase`](Self::passphrase), which opens the keys in files: devices lock.
    ///
    /// It is called for each load, and so by a [`FileSource`](crate::FileSource) when certificate
    /// or URI have changed; it may block. The crate `pkcs11` opens tokens. Without this, such a
    /// file is [`Error::UnsupportedFormat`].
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use identity::{Loader, PassphraseSource, Signer, SignerError, SignerProblem};
    ///
    /// fn open(
    ///     uri: &str,
    ///     pin: Option<PassphraseSource>,
    /// ) -> Result<Arc<dyn Signer>, SignerError> {
    ///     match uri.strip_prefix("kms:") {
    ///         Some(name) => connect(name, pin),
    ///         None => Err(SignerProblem::KeyNotFound.into()),
    ///     }
    /// }
    /// # fn connect(
    /// #     _: &str,
    /// #     _: Option<PassphraseSource>,
    /// # ) -> Result<Arc<dyn Signer>, SignerError> {
    /// #     Err(SignerProblem::DeviceGone.into())
    /// # }
    ///
    /// let loader = Loader::new().signers(open);
    /// ```
    #[must_use]
    pub fn signers(
        mut self,
        open: impl Fn(&str, Option<PassphraseSource>) -> Result<Arc<dyn Signer>, SignerError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.signers = Some(SignerSource::new(open));
        self
    }

    /// Opens the signer that a key file names, if it names one and the caller opens them.
    pub(super) fn named_signer(&self, key: &[Document]) -> Result<Option<Arc<dyn Signer>>, Error> {
        match (key, &self.signers) {
            ([document], Some(signers)) if document.format == Format::KeyUri => {
                signers.open(&document.der, self.pin.clone()).map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn load_signed(
        &self,
        certificate: Vec<Document>,
        signer: Arc<dyn Signer>,
    ) -> Result<Loaded, Error> {
        let public_key = PublicKey::of_signer(&signer.public_key())?;
        let schemes = signer.schemes();
        if schemes.is_empty() || schemes.iter().any(|it| !it.fits(public_key.algorithm)) {
            return Err(Error::SignerSchemes);
        }
        let documents = selection::certificates(certificate)?;
        let mut findings = Vec::new();
        let certificates = self.certificates(documents, &self.opener(), &mut findings)?;
        let links = self.decode(&certificates.documents)?;
        let found = FoundKey {
            key: OwnedKey::Signer(signer),
            public_key,
            format: None,
            encryption: None,
            is_protected: true, // by its device
            attributes: Attributes::default(),
            rival_from: None,
        };
        self.match_up(links, found, findings)
    }

    /// Loads as [`load_with_signer`](Self::load_with_signer), with the chain from a file.
    ///
    /// # Errors
    ///
    /// Those of [`InputFile::read`](crate::InputFile::read) if the file cannot be read, else those
    /// of [`load_with_signer`](Self::load_with_signer).
    pub fn load_file_with_signer(
        &self,
        certificate: &Path,
        signer: Arc<dyn Signer>,
    ) -> Result<Loaded, Error> {
        let content = self.read_file(certificate, Input::Certificate)?;
        self.load_with_signer(&content.bytes, signer)
    }
}
