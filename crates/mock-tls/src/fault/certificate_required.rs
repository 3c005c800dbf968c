//! `certificate_required` to a client that presented a certificate.
//!
//! rustls sends this alert of its own accord only to a client without a certificate, and takes no
//! order to send another alert than the one that fits. So the verifier makes it send
//! `handshake_failure`, and here the one is replaced by the other: in the plain record of TLS 1.2,
//! and under TLS 1.3 before the record is encrypted.

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
pub(crate) fn suite() -> Option<SupportedCipherSuite> {
    SUITE.as_ref().map(SupportedCipherSuite::Tls13)
}

/// rustls takes no cipher suites but `'static` ones.
static SUITE: LazyLock<Option<Tls13CipherSuite>> = LazyLock::new(|| {
    let original = TLS13_AES_128_GCM_SHA256.tls13()?;
    Some(Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: original.common.suite,
            hash_provider: original.common.hash_provider,
            confidentiality_limit: original.common.confidentiality_limit,
        },
        hkdf_provider: original.hkdf_provider,
        // Leaked once in a process, as the static around it is made once.
        aead_alg: Box::leak(Box::new(Replacing(original.aead_alg))),
        quic: None,
    })
});

struct Replacing(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Replacing {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(ReplacingEncrypter(self.0.encrypter(key, iv)))
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

struct ReplacingEncrypter(Box<dyn MessageEncrypter>);

impl MessageEncrypter for ReplacingEncrypter {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let refusal = [FATAL, u8::from(AlertDescription::HandshakeFailure)];
        // The verifier refuses by this alert; see `Alert::error`.
        if message.typ != ContentType::Alert || message.payload.to_vec() != refusal {
            return self.0.encrypt(message, sequence);
        }
        let replaced = OutboundPlainMessage {
            typ: message.typ,
            version: message.version,
            payload: OutboundChunks::Single(&[
                FATAL,
                u8::from(AlertDescription::CertificateRequired),
            ]),
        };
        self.0.encrypt(replaced, sequence)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.0.encrypted_payload_len(payload_len)
    }
}

/// The level of an alert that ends the connection.
const FATAL: u8 = 2;
