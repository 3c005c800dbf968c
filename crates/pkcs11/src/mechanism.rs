//! The mechanism of a token for each signature scheme of TLS.
//!
//! `CKM_RSA_PKCS`, `CKM_RSA_PKCS_PSS` and `CKM_ECDSA`, which sign a digest that was made here:
//! every token that signs has them. Leaves out those that hash too.

use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::types::Ulong;
use der::asn1::UintRef;
use der::{Encode, Sequence};
use identity::SignatureScheme;

use crate::digest::{Hash, digest, digest_info, hash};
use crate::public_key::KeyKind;

/// Returns the schemes of a key on a token that has these mechanisms, the preferred one first.
pub(crate) fn schemes(kind: KeyKind, has: impl Fn(MechanismType) -> bool) -> Vec<SignatureScheme> {
    let all: &[SignatureScheme] = match kind {
        KeyKind::EcP256 => &[SignatureScheme::EcdsaP256Sha256],
        KeyKind::EcP384 => &[SignatureScheme::EcdsaP384Sha384],
        KeyKind::Rsa => &[
            SignatureScheme::RsaPssSha256,
            SignatureScheme::RsaPssSha384,
            SignatureScheme::RsaPssSha512,
            SignatureScheme::RsaPkcs1Sha256,
            SignatureScheme::RsaPkcs1Sha384,
            SignatureScheme::RsaPkcs1Sha512,
        ],
    };
    let is_there = |scheme: &SignatureScheme| has(mechanism(*scheme).mechanism_type());
    all.iter().copied().filter(is_there).collect()
}

/// Returns the mechanism of a scheme.
pub(crate) fn mechanism(scheme: SignatureScheme) -> Mechanism<'static> {
    match scheme {
        SignatureScheme::RsaPssSha256
        | SignatureScheme::RsaPssSha384
        | SignatureScheme::RsaPssSha512 => Mechanism::RsaPkcsPss(pss(hash(scheme))),
        SignatureScheme::EcdsaP256Sha256 | SignatureScheme::EcdsaP384Sha384 => Mechanism::Ecdsa,
        _ => Mechanism::RsaPkcs,
    }
}

/// Returns the parameters of RSASSA-PSS as TLS has them ([RFC 8446, section 4.2.3]): one hash
/// function for all, and a salt of its length.
///
/// [RFC 8446, section 4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
fn pss(hash: Hash) -> PkcsPssParams {
    let (hash_alg, mgf, s_len) = match hash {
        Hash::Sha256 => (
            MechanismType::SHA256,
            PkcsMgfType::MGF1_SHA256,
            Ulong::from(32),
        ),
        Hash::Sha384 => (
            MechanismType::SHA384,
            PkcsMgfType::MGF1_SHA384,
            Ulong::from(48),
        ),
        Hash::Sha512 => (
            MechanismType::SHA512,
            PkcsMgfType::MGF1_SHA512,
            Ulong::from(64),
        ),
    };
    PkcsPssParams {
        hash_alg,
        mgf,
        s_len,
    }
}

/// Returns what the mechanism of a scheme is given to sign.
pub(crate) fn input(scheme: SignatureScheme, message: &[u8]) -> Vec<u8> {
    match mechanism(scheme) {
        Mechanism::RsaPkcs => digest_info(scheme, message),
        _ => digest(scheme, message),
    }
}

/// Returns a signature in the form that TLS has; `None` if it is none.
pub(crate) fn output(scheme: SignatureScheme, signature: Vec<u8>) -> Option<Vec<u8>> {
    match mechanism(scheme) {
        Mechanism::Ecdsa => ecdsa_signature(&signature),
        _ => Some(signature),
    }
}

/// `Ecdsa-Sig-Value` of [RFC 3279, section 2.2.3].
///
/// [RFC 3279, section 2.2.3]: https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Encodes the two numbers of a signature, which tokens give one behind the other.
fn ecdsa_signature(numbers: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = numbers.split_at_checked(numbers.len() / 2)?;
    let signature = EcdsaSignature {
        r: UintRef::new(r).ok().filter(|_| r.len() == s.len())?,
        s: UintRef::new(s).ok()?,
    };
    signature.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_without_pss_signs_the_older_way() {
        let both = schemes(KeyKind::Rsa, |_| true);
        assert_eq!(both.len(), 6);
        let older = schemes(KeyKind::Rsa, |it| it == MechanismType::RSA_PKCS);
        assert_eq!(older, both[3..]);
        assert!(schemes(KeyKind::EcP256, |it| it == MechanismType::RSA_PKCS).is_empty());
        assert_eq!(
            schemes(KeyKind::EcP384, |it| it == MechanismType::ECDSA),
            [SignatureScheme::EcdsaP384Sha384]
        );
    }

    #[test]
    fn numbers_of_a_signature_are_encoded_without_leading_zeros() {
        let encoded = ecdsa_signature(&[0, 1, 0x80, 0]).unwrap();
        assert_eq!(encoded, [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0]);
        assert_eq!(ecdsa_signature(&[1, 2, 3]), None);
        assert_eq!(ecdsa_signature(&[]).is_some(), UintRef::new(&[]).is_ok());
    }
}
