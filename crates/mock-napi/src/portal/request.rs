//! The portal's look at a certification request (PKCS#10, [RFC 2986]): parse it, find everything
//! that is wrong, keep what goes into the certificate.
//!
//! The rules are the vendor's guide's, as far as it states them. What the guide leaves open is
//! refused where the standards forbid it (RFC 2986, RFC 5280, the CA/Browser Forum's Baseline
//! Requirements for keys), as CAs do: `openssl ca` for string types and characters, AD CS for
//! lengths and extensions, public ones for keys. What cannot be copied faithfully into a
//! certificate is refused as `Unsupported`.
//!
//! [RFC 2986]: https://www.rfc-editor.org/rfc/rfc2986

use rcgen::{DistinguishedName, SanType, SubjectPublicKeyInfo};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use crate::portal::subject::{self, Subject};
use crate::portal::{extensions, signature, structure};
use crate::problem::{Field, Problem, ProblemCode};

/// A request that the portal would grant.
#[derive(Debug)]
pub(crate) struct AcceptedRequest {
    pub(crate) subject: DistinguishedName,
    /// The subject for people, as `C=CA, ST=British Columbia, ...`.
    pub(crate) subject_text: String,
    pub(crate) subject_alt_names: Vec<SanType>,
    pub(crate) public_key: SubjectPublicKeyInfo,
}

impl AcceptedRequest {
    /// Reads a request in PEM or DER, or says everything that is wrong with it.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Vec<Problem>> {
        let der = der(body).ok_or_else(not_a_request)?;
        let mut problems = Vec::new();
        let requested = structure::check(&der, &mut problems).ok_or_else(not_a_request)?;
        // The structure was checked by hand before, as this parser does not say what is wrong.
        let Ok((_, request)) = X509CertificationRequest::from_der(&der) else {
            return Err(match problems.is_empty() {
                true => not_a_request(),
                false => problems,
            });
        };
        let info = &request.certification_request_info;
        let Subject { name, text } = subject::check(&info.subject, &mut problems);
        let subject_alt_names = subject::check_alt_names(&request, &mut problems);
        extensions::check(&requested, &mut problems);
        let public_key = check_key(&request, &mut problems);
        match public_key {
            Some(public_key) if problems.is_empty() => Ok(Self {
                subject: name,
                subject_text: text,
                subject_alt_names,
                public_key,
            }),
            _ => Err(problems),
        }
    }
}

/// Returns the request's DER, out of its PEM armour if it has one.
fn der(body: &[u8]) -> Option<Vec<u8>> {
    if body.first() == Some(&0x30) {
        return Some(body.to_vec());
    }
    let pem = Pem::iter_from_buffer(body).next()?.ok()?;
    // The second label is the older one, which `openssl req -newhdr` still writes.
    let known = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(&pem.label.as_str());
    known.then_some(pem.contents)
}

fn not_a_request() -> Vec<Problem> {
    let message = "the body is not a certificate signing request (PKCS#10) in PEM or DER";
    vec![Problem::new(
        Field::Request,
        ProblemCode::NotARequest,
        message,
    )]
}

/// Returns the public key, if it is good and the requester has shown to have its private key.
fn check_key(
    request: &X509CertificationRequest<'_>,
    problems: &mut Vec<Problem>,
) -> Option<SubjectPublicKeyInfo> {
    let spki = &request.certification_request_info.subject_pki;
    let Ok(PublicKey::RSA(rsa)) = spki.parsed() else {
        problems.push(Problem::new(
            Field::Key,
            ProblemCode::NotRsa,
            "the key is not an RSA key",
        ));
        signature::check(request, problems);
        return None;
    };
    let bits = bit_length(rsa.modulus);
    if bits < MIN_RSA_BITS {
        let message = format!("the RSA key has {bits} bits; the least is {MIN_RSA_BITS}");
        // The signature is not looked at: the verifier knows no RSA keys that small.
        problems.push(Problem::new(Field::Key, ProblemCode::KeyTooSmall, message));
        return None;
    }
    if bits > MAX_RSA_BITS {
        let message = format!("the RSA key has {bits} bits; the most is {MAX_RSA_BITS}");
        problems.push(Problem::new(Field::Key, ProblemCode::KeyTooLarge, message));
        return None;
    }
    if is_weak(rsa.modulus, rsa.exponent) {
        let message = "the RSA key has an even or tiny exponent, or a modulus with a small factor";
        problems.push(Problem::new(Field::Key, ProblemCode::WeakKey, message));
        return None;
    }
    signature::check(request, problems);
    let key = SubjectPublicKeyInfo::from_der(spki.raw).ok();
    if key.is_none() {
        let message = "the RSA key's algorithm parameters are not those of RFC 3279";
        problems.push(Problem::new(Field::Key, ProblemCode::Unsupported, message));
    }
    key
}

/// Returns the length in bits of a big-endian number.
fn bit_length(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let Some(first) = number.get(zeros) else {
        return 0;
    };
    (number.len() - zeros) * 8 - first.leading_zeros() as usize
}

/// Returns whether a key is one that the Baseline Requirements, section 6.1.6, have no certificate
/// for: its exponent even, or less than 3, or more than 256 bits; its modulus divided by a prime
/// below 752.
fn is_weak(modulus: &[u8], exponent: &[u8]) -> bool {
    let exponent_bits = bit_length(exponent);
    let is_even = exponent.last().is_none_or(|last| last % 2 == 0);
    // Small divisors only: enough to find keys that were made up, without a test for primes.
    let remainder = |divisor: u32| {
        let shifted = |remainder: u32, byte: &u8| (remainder * 256 + u32::from(*byte)) % divisor;
        modulus.iter().fold(0, shifted)
    };
    let has_small_factor = (2..752).any(|divisor| remainder(divisor) == 0);
    is_even || !(2..=256).contains(&exponent_bits) || has_small_factor
}

/// The verifier's limit, and more than anyone asks for.
const MAX_RSA_BITS: usize = 8192;

/// "rsa:2048", says the vendor's guide.
const MIN_RSA_BITS: usize = 2048;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    const GOOD: &[u8] = include_bytes!("../../tests/vectors/rsa2048.csr");

    #[test]
    fn a_bit_length_is_without_leading_zeros() {
        assert_eq!(bit_length(&[]), 0);
        assert_eq!(bit_length(&[0, 0]), 0);
        assert_eq!(bit_length(&[0, 1, 0]), 9);
        assert_eq!(bit_length(&[0x80, 0]), 16);
        assert_eq!(bit_length(&[0x7f, 0]), 15);
    }

    #[test]
    fn keys_that_factor_or_sign_with_nothing_are_weak() {
        let odd = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc5]; // a prime, 2^64 - 59
        assert!(!is_weak(&odd, &[1, 0, 1]));
        assert!(!is_weak(&odd, &[3]));
        for exponent in [&[1][..], &[0], &[], &[1, 0, 0], &[1; 33]] {
            assert!(is_weak(&odd, exponent), "{exponent:?}");
        }
        for modulus in [[0xff; 8], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc4]] {
            assert!(is_weak(&modulus, &[1, 0, 1]));
        }
    }

    /// Signs whatever names `der` holds, its problems notwithstanding.
    fn sign_names(der: &[u8], key: &KeyPair) {
        let Ok((_, request)) = X509CertificationRequest::from_der(der) else {
            return;
        };
        let mut problems = Vec::new();
        let mut params = CertificateParams::default();
        let subject = &request.certification_request_info.subject;
        params.distinguished_name = subject::check(subject, &mut problems).name;
        params.subject_alt_names = subject::check_alt_names(&request, &mut problems);
        let _certificate = params.self_signed(key);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = AcceptedRequest::parse(&bytes);
            let mut der = vec![0x30];
            der.extend_from_slice(&bytes);
            let _ = AcceptedRequest::parse(&der);
        }

        #[test]
        fn arbitrary_text_in_pem_armour_does_not_panic(text in "\\PC{0,200}") {
            let pem = format!(
                "-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n"
            );
            let _ = AcceptedRequest::parse(pem.as_bytes());
        }

        #[test]
        fn a_damaged_request_does_not_panic_neither_checked_nor_signed(
            damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<proptest::sample::Index>(),
        ) {
            let mut bytes = der(GOOD).unwrap();
            for (at, value) in damage {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let key = KeyPair::generate().unwrap();
            let _ = AcceptedRequest::parse(&bytes);
            sign_names(&bytes, &key);
            bytes.truncate(cut.index(bytes.len()));
            let _ = AcceptedRequest::parse(&bytes);
        }

        #[test]
        fn a_damaged_name_does_not_panic_neither_checked_nor_signed(
            damage in proptest::collection::vec((0..120_usize, any::<u8>()), 1..4),
        ) {
            let mut bytes = der(GOOD).unwrap();
            for (at, value) in damage {
                bytes[at] = value;
            }
            sign_names(&bytes, &KeyPair::generate().unwrap());
        }
    }
}
