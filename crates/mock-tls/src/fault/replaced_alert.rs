//! Alerts that rustls does not send, or not then: each takes the place of one that it sends.
//!
//! Of its own accord it sends `certificate_required` only to a client without a certificate, and
//! after the handshake nothing but `close_notify`; and it takes no order to send another alert than
//! the one that fits. So it is made to send one, the verifier's `handshake_failure` or the
//! `close_notify` of an orderly end, and here that is replaced: in the plain record of TLS 1.2, and
//! under TLS 1.3 before the record is encrypted.

use std::sync::LazyLock;

use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
use rustls::crypto::cipher::{
    AeadKey, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{
    AlertDescription, ConnectionTrafficSecrets, ContentType, Error, SupportedCipherSuite,
    Tls13CipherSuite,
};

use crate::script::client_auth::Alert;

/// An alert, and what is sent in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// `handshake_failure`, by which the verifier refuses (see [`Alert::error`]), by
    /// `certificate_required`.
    Refusal,
    /// `close_notify` by this one.
    Goodbye(Alert),
}

impl Replacement {
    fn all() -> impl Iterator<Item = Self> {
        let goodbyes = Alert::ALL.into_iter().map(Self::Goodbye);
        goodbyes.chain([Self::Refusal])
    }

    /// Returns the payload of the alert that is replaced, and that of the one in its place.
    fn payloads(self) -> [[u8; 2]; 2] {
        let fatal = |alert: AlertDescription| [FATAL, u8::from(alert)];
        match self {
            Self::Refusal => [
                fatal(AlertDescription::HandshakeFailure),
                fatal(AlertDescription::CertificateRequired),
            ],
            Self::Goodbye(alert) => [
                [WARNING, u8::from(AlertDescription::CloseNotify)],
                fatal(alert.description()),
            ],
        }
    }
}

/// Returns the record to send in place of this one, before there are keys.
pub(crate) fn in_clear(record: &[u8]) -> &[u8] {
    const HANDSHAKE_FAILURE: &[u8] = &[21, 3, 3, 0, 2, FATAL, 40];
    const CERTIFICATE_REQUIRED: &[u8] = &[21, 3, 3, 0, 2, FATAL, 116];
    match record {
        HANDSHAKE_FAILURE => CERTIFICATE_REQUIRED,
        other => other,
    }
}

/// Returns the cipher suites of TLS 1.3 that replace the alert: one, which every client has to have
/// ([RFC 8446, section 9.1]).
///
/// [RFC 8446, section 9.1]: https://www.rfc-editor.org/rfc/rfc8446#section-9.1
pub(crate) fn suite(replacement: Replacement) -> Option<SupportedCipherSuite> {
    let (_, suite) = SUITES.iter().find(|(other, _)| *other == replacement)?;
    Some(SupportedCipherSuite::Tls13(suite))
}

/// rustls takes no cipher suites but `'static` ones.
static SUITES: LazyLock<Vec<(Replacement, Tls13CipherSuite)>> = LazyLock::new(|| {
    let Some(original) = TLS13_AES_128_GCM_SHA256.tls13() else {
        return Vec::new();
    };
    let suite = |replacement: Replacement| Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: original.common.suite,
            hash_provider: original.common.hash_provider,
            confidentiality_limit: original.common.confidentiality_limit,
        },
        hkdf_provider: original.hkdf_provider,
        // Leaked once in a process, as the static around it is made once.
        aead_alg: Box::leak(Box::new(Replacing(original.aead_alg, replacement))),
        quic: None,
    };
    let all = Replacement::all();
    all.map(|replacement| (replacement, suite(replacement)))
        .collect()
});

struct Replacing(&'static dyn Tls13AeadAlgorithm, Replacement);

impl Tls13AeadAlgorithm for Replacing {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(ReplacingEncrypter(self.0.encrypter(key, iv), self.1))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        // The client's records are left as they are.
        self.0.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }
}

struct ReplacingEncrypter(Box<dyn MessageEncrypter>, Replacement);

impl MessageEncrypter for ReplacingEncrypter {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let [replaced, replacing] = self.1.payloads();
        if message.typ != ContentType::Alert || message.payload.to_vec() != replaced {
            return self.0.encrypt(message, sequence);
        }
        let replaced = OutboundPlainMessage {
            typ: message.typ,
            version: message.version,
            payload: OutboundChunks::Single(&replacing),
        };
        self.0.encrypt(replaced, sequence)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.0.encrypted_payload_len(payload_len)
    }
}

/// The levels of alerts; what is fatal ends the connection at once.
const WARNING: u8 = 1;
const FATAL: u8 = 2;
