//! The certificate and key of an identity as rustls takes them, also where the key is in a device.

use std::{fmt, sync::Arc};

use identity::{Identity, IdentityKey, Signer};
use rustls::{
    Error as TlsError, OtherError, SignatureAlgorithm, SignatureScheme,
    crypto::CryptoProvider,
    sign::{CertifiedKey, SigningKey},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer};

use crate::error::config_error::ConfigError;
use crate::error::tls_library_error::TlsLibraryError;
use crate::tls::blocking_threads::BlockingThreads;
use crate::tls::client_auth_record::ClientAuthRecord;

/// A copy of the chain and key of an identity, to be given to the crypto provider.
pub(crate) struct Credentials {
    chain: Vec<CertificateDer<'static>>,
    key: Key,
}

enum Key {
    Bytes(PrivateKeyDer<'static>),
    Signer(Arc<dyn Signer>),
}

/// The chain and key of an identity.
#[derive(Clone)]
pub(crate) struct ClientKey {
    pub(crate) certified: Arc<CertifiedKey>,
    /// The threads on which handshakes run, if the key may block.
    pub(crate) threads: Option<BlockingThreads>,
    device: Option<Arc<dyn Signer>>,
}

impl Credentials {
    pub(crate) fn of(identity: &Identity) -> Self {
        let key = match identity.key() {
            IdentityKey::Secret(key) => Key::Bytes(key.clone_key().into()),
            IdentityKey::Signer(signer) => Key::Signer(Arc::clone(signer)),
        };
        Self {
            chain: identity.certificate_chain().to_vec(),
            key,
        }
    }

    /// Gives chain and key, as the identity crate checked them, to the provider.
    pub(crate) fn client_key(self, provider: &CryptoProvider) -> Result<ClientKey, ConfigError> {
        match self.key {
            Key::Bytes(key) => {
                let certified = CertifiedKey::from_der(self.chain, key, provider)
                    .map_err(TlsLibraryError::new)
                    .map_err(|source| ConfigError::PrivateKey { source })?;
                Ok(ClientKey {
                    certified: Arc::new(certified),
                    threads: None,
                    device: None,
                })
            }
            Key::Signer(signer) => Ok(ClientKey {
                certified: certified_by(self.chain, &signer, None),
                threads: Some(BlockingThreads::new()),
                device: Some(signer),
            }),
        }
    }
}

impl ClientKey {
    /// Returns chain and key for one handshake, whose record is told when a device has signed.
    pub(crate) fn in_handshake(&self, record: &ClientAuthRecord) -> Arc<CertifiedKey> {
        match &self.device {
            None => Arc::clone(&self.certified),
            Some(signer) => certified_by(self.certified.cert.clone(), signer, Some(record.clone())),
        }
    }
}

fn certified_by(
    chain: Vec<CertificateDer<'static>>,
    signer: &Arc<dyn Signer>,
    record: Option<ClientAuthRecord>,
) -> Arc<CertifiedKey> {
    let signer = Arc::clone(signer);
    let key = DeviceKey { signer, record };
    Arc::new(CertifiedKey::new(chain, Arc::new(key)))
}

/// A key that stays in its device.
struct DeviceKey {
    signer: Arc<dyn Signer>,
    /// None outside the handshakes of this crate.
    record: Option<ClientAuthRecord>,
}

impl SigningKey for DeviceKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        let schemes = self.signer.schemes().iter().copied();
        let mut acceptable = schemes.filter(|it| offered.contains(&it.number().into()));
        let scheme = acceptable.next()?;
        Some(Box::new(DeviceSigner {
            signer: Arc::clone(&self.signer),
            record: self.record.clone(),
            scheme,
        }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.signer.public_key())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.signer.schemes().first() {
            Some(identity::SignatureScheme::Ed25519) => SignatureAlgorithm::ED25519,
            Some(
                identity::SignatureScheme::EcdsaP256Sha256
                | identity::SignatureScheme::EcdsaP384Sha384,
            ) => SignatureAlgorithm::ECDSA,
            _ => SignatureAlgorithm::RSA,
        }
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKey").finish_non_exhaustive()
    }
}

/// The signature of one handshake.
struct DeviceSigner {
    signer: Arc<dyn Signer>,
    record: Option<ClientAuthRecord>,
    scheme: identity::SignatureScheme,
}

impl rustls::sign::Signer for DeviceSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TlsError> {
        let sign = || self.signer.sign(self.scheme, message);
        let signed = match &self.record {
            Some(record) => record.signing(sign),
            None => sign(),
        };
        signed.map_err(|error| TlsError::Other(OtherError(Arc::new(error))))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme.number().into()
    }
}

impl fmt::Debug for DeviceSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceSigner")
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}
