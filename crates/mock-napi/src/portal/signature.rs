//! The signature of a request: by the private key of its public key, over a digest that CAs still
//! take.
//!
//! The Baseline Requirements, section 7.1.3.2, have SHA-2 alone; openssl refuses the others from
//! security level 1 on, and AD CS by policy.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::error::X509Error;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::AlgorithmIdentifier;

use crate::problem::{Field, Problem, ProblemCode};

/// Finds what is wrong with the signature: a weak digest, no proof of possession, or both.
pub(super) fn check(request: &X509CertificationRequest<'_>, problems: &mut Vec<Problem>) {
    let weak = weak_hash(&request.signature_algorithm);
    if let Some(hash) = weak {
        let message = format!("the request is signed with {hash}, sign it with SHA-256");
        let problem = Problem::new(Field::Signature, ProblemCode::WeakHash, message);
        problems.push(problem);
    }
    match request.verify_signature() {
        Ok(()) => {}
        // It is refused for its digest already, and the verifier knows few of these.
        Err(X509Error::SignatureUnsupportedAlgorithm) if weak.is_some() => {}
        Err(X509Error::SignatureUnsupportedAlgorithm) => {
            let message =
                "the signature algorithm is not one of RSA with SHA-256, SHA-384 or SHA-512";
            let problem = Problem::new(Field::Signature, ProblemCode::Unsupported, message);
            problems.push(problem);
        }
        Err(_) => {
            let message = "the request is not signed with the private key of its public key";
            let problem = Problem::new(Field::Signature, ProblemCode::BadSignature, message);
            problems.push(problem);
        }
    }
}

/// Returns the name of the digest if it is one that CAs have given up.
fn weak_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    let weak = |oid: &str, weak: &'static [(&str, &str)]| {
        let found = weak.iter().find(|(known, _)| *known == oid);
        found.map(|(_, name)| *name)
    };
    match SignatureAlgorithm::try_from(algorithm) {
        Ok(SignatureAlgorithm::RSASSA_PSS(params)) => {
            weak(&params.hash_algorithm_oid().to_id_string(), WEAK_DIGESTS)
        }
        _ => weak(&algorithm.algorithm.to_id_string(), WEAK_SIGNATURES),
    }
}

/// RFC 3279, section 2.2, and the older name of the last in OIW's list.
const WEAK_SIGNATURES: &[(&str, &str)] = &[
    ("1.2.840.10040.4.3", "SHA-1"),
    ("1.2.840.10045.4.1", "SHA-1"),
    ("1.2.840.113549.1.1.2", "MD2"),
    ("1.2.840.113549.1.1.4", "MD5"),
    ("1.2.840.113549.1.1.5", "SHA-1"),
    ("1.3.14.3.2.29", "SHA-1"),
];

/// SHA-1 is what RSASSA-PSS has where its parameters name none (RFC 8017, appendix A.2.3).
const WEAK_DIGESTS: &[(&str, &str)] = &[
    ("1.2.840.113549.2.2", "MD2"),
    ("1.2.840.113549.2.5", "MD5"),
    ("1.3.14.3.2.26", "SHA-1"),
];
