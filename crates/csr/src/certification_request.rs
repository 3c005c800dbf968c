//! The certification request, also called CSR or PKCS#10.
//!
//! [RFC 2986, section 4]. For the same key and subject it has the bytes that `openssl req` 3 would
//! write. Leaves out attributes other than the extensions asked for: a challengePassword or an
//! unstructuredName is never written. Reading is the work of
//! [`InspectedRequest`](crate::InspectedRequest).
//!
//! ```text
//! CertificationRequest ::= SEQUENCE {
//!   certificationRequestInfo CertificationRequestInfo,
//!   signatureAlgorithm       AlgorithmIdentifier{{ SignatureAlgorithms }},
//!   signature                BIT STRING }
//! ```
//!
//! [RFC 2986, section 4]: https://www.rfc-editor.org/rfc/rfc2986#section-4

mod info;
mod signed_elsewhere;

use der::asn1::{Any, BitString};
use der::pem::{self, LineEnding};
use der::{Encode, Sequence};
use vocabulary::Fingerprint;
use x509_cert::spki::{AlgorithmIdentifierOwned, ObjectIdentifier};

use info::CertificationRequestInfo;

use crate::error::Error;
use crate::key_usage::{ExtendedKeyUsage, KeyUsage};
use crate::randomness;
use crate::requested_extension::RequestedExtensions;
use crate::rsa_key::RsaKey;
use crate::subject::Subject;

/// A signed request, to be uploaded to the portal; nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificationRequest {
    der: Vec<u8>,
    pem: String,
    public_key_sha256: Fingerprint,
}

impl CertificationRequest {
    /// Starts a request for `subject`.
    pub fn builder(subject: &Subject) -> CertificationRequestBuilder<'_> {
        CertificationRequestBuilder {
            subject,
            extensions: RequestedExtensions {
                alternative_names: subject.alternative_names().to_vec(),
                ..RequestedExtensions::default()
            },
        }
    }

    /// Returns the request in DER.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the request in PEM: label `CERTIFICATE REQUEST`, 64 columns, line ends LF.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.pem.clone()
    }

    /// Returns SHA-256 of the public key as `SubjectPublicKeyInfo` in DER, as
    /// [`RsaKey::public_key_sha256`].
    #[must_use]
    pub fn public_key_sha256(&self) -> Fingerprint {
        self.public_key_sha256
    }
}

/// Builds a [`CertificationRequest`].
///
/// ```
/// # use csr::{CertificationRequest, ExtendedKeyUsage, RsaKey, Subject};
/// # let subject = Subject::builder().country("CA").state("British Columbia")
/// #     .locality("Vancouver").organization("Acme Identity Inc.")
/// #     .common_name("napi.acme.example").build()?;
/// let key = RsaKey::generate()?;
/// let request = CertificationRequest::builder(&subject)
///     .extended_key_usage(ExtendedKeyUsage::ClientAuth)
///     .sign(&key)?;
/// assert_eq!(request.public_key_sha256(), key.public_key_sha256());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CertificationRequestBuilder<'a> {
    subject: &'a Subject,
    extensions: RequestedExtensions,
}

impl CertificationRequestBuilder<'_> {
    /// Asks for a key usage; without any, the request leaves it to the CA.
    pub fn key_usage(mut self, usage: KeyUsage) -> Self {
        if !self.extensions.key_usages.contains(&usage) {
            self.extensions.key_usages.push(usage);
        }
        self
    }

    /// Asks for a purpose; without any, the request leaves it to the CA.
    pub fn extended_key_usage(mut self, purpose: ExtendedKeyUsage) -> Self {
        if !self.extensions.extended_key_usages.contains(&purpose) {
            self.extensions.extended_key_usages.push(purpose);
        }
        self
    }

    /// Signs with sha256WithRSAEncryption and verifies the signature.
    ///
    /// The signature of a key and a request is always the same; the system's randomness only
    /// blinds its computation.
    ///
    /// # Errors
    ///
    /// [`Error::Randomness`] if the system delivers none, [`Error::SelfCheck`] if the signature
    /// does not verify.
    pub fn sign(self, key: &RsaKey) -> Result<CertificationRequest, Error> {
        // The randomness blinds the computation; the signature is the same without.
        self.signed(key.public_key_der(), |message| {
            key.sign(message, &mut randomness::system)
        })
    }

    fn signed(
        self,
        public_key: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, Error>,
    ) -> Result<CertificationRequest, Error> {
        let info = CertificationRequestInfo::new(self.subject, public_key, &self.extensions)
            .map_err(|_| Error::Encoding)?;
        let message = info.to_der().map_err(|_| Error::Encoding)?;
        let signature = sign(&message)?;
        let der = encode(info, &signature).map_err(|_| Error::Encoding)?;
        let pem = pem::encode_string(LABEL, LineEnding::LF, &der).map_err(|_| Error::Encoding)?;
        Ok(CertificationRequest {
            der,
            pem,
            public_key_sha256: Fingerprint::of(public_key),
        })
    }
}

#[derive(Sequence)]
struct SignedRequest {
    info: CertificationRequestInfo,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

fn encode(info: CertificationRequestInfo, signature: &[u8]) -> Result<Vec<u8>, der::Error> {
    // RFC 4055, section 5: the parameters of this algorithm are NULL, not absent.
    let algorithm = AlgorithmIdentifierOwned {
        oid: SHA256_WITH_RSA_ENCRYPTION,
        parameters: Some(Any::null()),
    };
    SignedRequest {
        info,
        algorithm,
        signature: BitString::from_bytes(signature)?,
    }
    .to_der()
}

const LABEL: &str = "CERTIFICATE REQUEST";
const SHA256_WITH_RSA_ENCRYPTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
