//! The signature of a request, by its own key.
//!
//! PKCS#1 v1.5 ([RFC 8017, section 8.2.2]) and ECDSA. Leaves out RSASSA-PSS, EdDSA and MD5: they
//! are named, not verified. There is no secret in this computation.
//!
//! [RFC 8017, section 8.2.2]: https://www.rfc-editor.org/rfc/rfc8017#section-8.2.2

use der::Decode;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::DecodePublicKey;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::error::Error;
use crate::inspected_request::InspectedRequest;
use crate::public_key::{Curve, PublicKeyKind};
use crate::signature_algorithm::{HashAlgorithm, SignatureAlgorithm};

impl InspectedRequest {
    /// Verifies that the holder of the private key has signed exactly this.
    ///
    /// RSA PKCS#1 v1.5 and ECDSA on P-256, P-384 and P-521, with SHA-1 and SHA-2.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] if it does not verify, [`Error::SignatureUnsupported`] if key or
    /// algorithm are not among those.
    pub fn verify(&self) -> Result<(), Error> {
        verify(self)
    }
}

fn verify(request: &InspectedRequest) -> Result<(), Error> {
    match (&request.signature_algorithm, &request.public_key) {
        (SignatureAlgorithm::RsaPkcs1(hash), PublicKeyKind::Rsa { .. }) => {
            verify_rsa(request, *hash)
        }
        (SignatureAlgorithm::Ecdsa(hash), PublicKeyKind::Ec { curve }) => {
            let info = SubjectPublicKeyInfoRef::from_der(&request.public_key_der);
            let point = info
                .ok()
                .and_then(|info| info.subject_public_key.as_bytes());
            // A point that is not on the curve cannot have signed: it is no key of another kind.
            let digest = hash.digest(&request.signed);
            point
                .and_then(|point| verify_ec(*curve, point, &digest, &request.signature))
                .ok_or(Error::SignatureInvalid)
        }
        _ => Err(unsupported(request)),
    }
}

/// Verifies with keys from 1024 to 8192 bits, with an exponent of up to 33: the bounds of `rsa`,
/// which bound the work too.
fn verify_rsa(request: &InspectedRequest, hash: HashAlgorithm) -> Result<(), Error> {
    let key = rsa::PublicKey::from_public_key_der(&request.public_key_der)
        .map_err(|_| unsupported(request))?;
    let digest = hash.digest(&request.signed);
    key.verify(hash.pkcs1_padding(), &digest, &request.signature)
        .map_err(|_| Error::SignatureInvalid)
}

fn unsupported(request: &InspectedRequest) -> Error {
    Error::SignatureUnsupported {
        algorithm: request.signature_algorithm.clone(),
        key: request.public_key.clone(),
    }
}

/// Verifies an ECDSA signature; `Some` if it is good.
fn verify_ec(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    macro_rules! verify {
        ($curve:ident, $bytes:literal) => {{
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let signature = $curve::ecdsa::Signature::from_der(signature).ok()?;
            key.verify_prehash(&widened::<$bytes>(digest), &signature)
                .ok()
        }};
    }
    match curve {
        Curve::P256 => verify!(p256, 32),
        Curve::P384 => verify!(p384, 48),
        Curve::P521 => verify!(p521, 66),
    }
}

/// Returns the digest as a number of at least `N` bytes: `ecdsa` refuses one of less than half the
/// curve's, which a SHA-256 is for P-521.
fn widened<const N: usize>(digest: &[u8]) -> Vec<u8> {
    let zeros = N.saturating_sub(digest.len());
    [vec![0; zeros].as_slice(), digest].concat()
}

impl HashAlgorithm {
    fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    fn pkcs1_padding(self) -> Pkcs1v15Sign {
        match self {
            Self::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            Self::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
            Self::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            Self::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            Self::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        }
    }
}
