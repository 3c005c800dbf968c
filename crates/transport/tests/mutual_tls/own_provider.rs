//! A crypto provider such as a company has: every part is its own, counts its uses, and says
//! whether it is validated. The cryptography is that of aws-lc-rs.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use rustls::{
    CipherSuite, CipherSuiteCommon, Error, NamedGroup, SupportedCipherSuite, Tls13CipherSuite,
    crypto::{
        ActiveKeyExchange, CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom,
        SupportedKxGroup, WebPkiSupportedAlgorithms,
        aws_lc_rs::{self, cipher_suite::TLS13_CHACHA20_POLY1305_SHA256, kx_group::SECP384R1},
        cipher::{
            AeadKey, Iv, MessageDecrypter, MessageEncrypter, Tls13AeadAlgorithm,
            UnsupportedOperationError,
        },
        hash::{self, Hash, HashAlgorithm},
        hmac,
        tls13::{Hkdf, HkdfExpander, OkmBlock},
    },
    sign::SigningKey,
};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm,
};

/// The only suite and the only group of the provider.
pub(crate) const SUITE: CipherSuite = CipherSuite::TLS13_CHACHA20_POLY1305_SHA256;
pub(crate) const GROUP: NamedGroup = NamedGroup::secp384r1;

/// The number of uses of each part.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    pub(crate) exchanges: AtomicUsize,
    pub(crate) keys_read: AtomicUsize,
    pub(crate) random: AtomicUsize,
    pub(crate) verifications: AtomicUsize,
}

/// Makes a provider for TLS 1.3 alone. All of its parts say that they are validated, the source of
/// randomness only if `is_random_validated`.
pub(crate) fn own_provider(uses: &Arc<Uses>, is_random_validated: bool) -> CryptoProvider {
    let inner = aws_lc_rs::default_provider();
    let part = |is_validated| Part {
        uses: Arc::clone(uses),
        is_validated,
    };
    let SupportedCipherSuite::Tls13(suite) = TLS13_CHACHA20_POLY1305_SHA256 else {
        panic!("a suite of TLS 1.3");
    };
    let own = Box::leak(Box::new(Own(suite, part(true))));
    let suite = Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: SUITE,
            hash_provider: own,
            confidentiality_limit: suite.common.confidentiality_limit,
        },
        hkdf_provider: own,
        aead_alg: own,
        quic: None,
    };
    CryptoProvider {
        cipher_suites: vec![SupportedCipherSuite::Tls13(Box::leak(Box::new(suite)))],
        kx_groups: vec![Box::leak(Box::new(Own(SECP384R1, part(true))))],
        signature_verification_algorithms: verification(&inner, &part(true)),
        secure_random: Box::leak(Box::new(Own(
            inner.secure_random,
            part(is_random_validated),
        ))),
        key_provider: Box::leak(Box::new(Own(inner.key_provider, part(true)))),
    }
}

fn verification(inner: &CryptoProvider, part: &Part) -> WebPkiSupportedAlgorithms {
    let own = |algorithms: &[&'static dyn SignatureVerificationAlgorithm]| {
        let own = algorithms.iter().map(|inner| {
            let own: &'static dyn SignatureVerificationAlgorithm =
                Box::leak(Box::new(Own(*inner, part.clone())));
            own
        });
        &*Vec::leak(own.collect())
    };
    let known = inner.signature_verification_algorithms;
    let mapping = known.mapping.iter().map(|(scheme, of)| (*scheme, own(of)));
    WebPkiSupportedAlgorithms {
        all: own(known.all),
        mapping: Vec::leak(mapping.collect()),
    }
}

#[derive(Clone)]
struct Part {
    uses: Arc<Uses>,
    is_validated: bool,
}

struct Own<T: ?Sized + 'static>(&'static T, Part);

impl<T: ?Sized> fmt::Debug for Own<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").finish_non_exhaustive()
    }
}

impl Hash for Own<Tls13CipherSuite> {
    fn start(&self) -> Box<dyn hash::Context> {
        self.0.common.hash_provider.start()
    }

    fn hash(&self, data: &[u8]) -> hash::Output {
        self.0.common.hash_provider.hash(data)
    }

    fn output_len(&self) -> usize {
        self.0.common.hash_provider.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.0.common.hash_provider.algorithm()
    }

    fn fips(&self) -> bool {
        self.1.is_validated
    }
}

impl Hkdf for Own<Tls13CipherSuite> {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        self.0.hkdf_provider.extract_from_zero_ikm(salt)
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        self.0.hkdf_provider.extract_from_secret(salt, secret)
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        self.0.hkdf_provider.expander_for_okm(okm)
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> hmac::Tag {
        self.0.hkdf_provider.hmac_sign(key, message)
    }

    fn fips(&self) -> bool {
        self.1.is_validated
    }
}

impl Tls13AeadAlgorithm for Own<Tls13CipherSuite> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.0.aead_alg.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.0.aead_alg.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.0.aead_alg.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<rustls::ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.aead_alg.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.1.is_validated
    }
}

impl SupportedKxGroup for Own<dyn SupportedKxGroup> {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        self.1.uses.exchanges.fetch_add(1, SeqCst);
        self.0.start()
    }

    fn name(&self) -> NamedGroup {
        self.0.name()
    }

    fn fips(&self) -> bool {
        self.1.is_validated
    }
}

impl SignatureVerificationAlgorithm for Own<dyn SignatureVerificationAlgorithm> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.1.uses.verifications.fetch_add(1, SeqCst);
        self.0.verify_signature(public_key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.1.is_validated
    }
}

impl SecureRandom for Own<dyn SecureRandom> {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        self.1.uses.random.fetch_add(1, SeqCst);
        self.0.fill(buffer)
    }

    fn fips(&self) -> bool {
        self.1.is_validated
    }
}

impl KeyProvider for Own<dyn KeyProvider> {
    fn load_private_key(&self, key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        self.1.uses.keys_read.fetch_add(1, SeqCst);
        self.0.load_private_key(key)
    }

    fn fips(&self) -> bool {
        self.1.is_validated
    }
}
