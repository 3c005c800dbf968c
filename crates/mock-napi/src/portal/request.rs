//! The portal's look at a certification request (PKCS#10, [RFC 2986]): parse it, find everything
//! that is wrong, keep what goes into the certificate.
//!
//! The rules are the vendor's guide's, as far as it states them. What the guide leaves open is
//! decided for what can be copied faithfully into a certificate; those are the codes `Repeated`
//! and `Unsupported`.
//!
//! [RFC 2986]: https://www.rfc-editor.org/rfc/rfc2986

use rcgen::{DistinguishedName, SanType, SubjectPublicKeyInfo};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Version;

use crate::portal::problem::{Field, Problem, ProblemCode};
use crate::portal::subject::{self, Subject};

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
        let (rest, request) =
            X509CertificationRequest::from_der(&der).map_err(|_| not_a_request())?;
        let info = &request.certification_request_info;
        if !rest.is_empty() || info.version != X509Version::V1 {
            return Err(not_a_request());
        }

        let mut problems = Vec::new();
        let Subject { name, text } = subject::check(&info.subject, &mut problems);
        let subject_alt_names = subject::check_alt_names(&request, &mut problems);
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

/// The request's DER, out of its PEM armour if it has one.
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

/// The public key, if it is good and the requester has shown to have its private key.
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
        check_signature(request, problems);
        return None;
    };
    let bits = bit_length(rsa.modulus);
    if bits < MIN_RSA_BITS {
        let message = format!("the RSA key has {bits} bits; the least is {MIN_RSA_BITS}");
        // The signature is not looked at: the verifier knows no RSA keys that small.
        problems.push(Problem::new(Field::Key, ProblemCode::KeyTooSmall, message));
        return None;
    }
    check_signature(request, problems);
    let key = SubjectPublicKeyInfo::from_der(spki.raw).ok();
    if key.is_none() {
        let message = "the RSA key's algorithm parameters are not those of RFC 3279";
        problems.push(Problem::new(Field::Key, ProblemCode::Unsupported, message));
    }
    key
}

fn check_signature(request: &X509CertificationRequest<'_>, problems: &mut Vec<Problem>) {
    if request.verify_signature().is_err() {
        let message = "the request is not signed with the private key of its public key";
        problems.push(Problem::new(
            Field::Signature,
            ProblemCode::BadSignature,
            message,
        ));
    }
}

/// The length in bits of a big-endian number.
fn bit_length(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let Some(first) = number.get(zeros) else {
        return 0;
    };
    (number.len() - zeros) * 8 - first.leading_zeros() as usize
}

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
