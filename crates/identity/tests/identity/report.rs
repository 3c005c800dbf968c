//! Reports for a person, for a program and for a log.

#[cfg(feature = "serde")]
mod data;

use std::path::PathBuf;
use std::time::Duration;

use identity::{Finding, Input, Loaded, SecretNote, Severity};

use crate::support::{load, loader, now, passphrase, vector, vector_text};

/// Returns the stored chain with its root, out of order and one certificate twice, and an encrypted
/// key.
fn full() -> Loaded {
    let chain = [
        vector_text("root.pem"),
        vector_text("intermediate.pem"),
        vector_text("cert.pem"),
        vector_text("intermediate.pem"),
    ];
    let key = vector("encrypted-aes-256-cbc-SHA256.pem");
    let loader = loader().passphrase(passphrase());
    loader.load(chain.concat().as_bytes(), &key).unwrap()
}

/// Returns one of each kind, with its severity.
fn every_finding() -> [(Finding, Severity); 16] {
    let (not_before, not_after, position) = (now(), now(), 2);
    let threshold = Duration::from_secs(7 * 24 * 60 * 60);
    let path = PathBuf::from("key.pem");
    [
        (Finding::CertificateExpired { not_after }, Severity::Error),
        (
            Finding::CertificateExpiresSoon {
                not_after,
                threshold,
            },
            Severity::Warning,
        ),
        (
            Finding::CertificateNotYetValid { not_before },
            Severity::Error,
        ),
        (Finding::ChainReordered, Severity::Notice),
        (Finding::DuplicateCertificate { position }, Severity::Notice),
        (
            Finding::IssuerExpired {
                position,
                not_after,
            },
            Severity::Warning,
        ),
        (
            Finding::IssuerNotYetValid {
                position,
                not_before,
            },
            Severity::Warning,
        ),
        (
            Finding::KeyFileExposed {
                path: path.clone(),
                mode: 0o644,
                is_changeable: true,
            },
            Severity::Warning,
        ),
        (
            Finding::KeyRefused {
                friendly_name: Some("other".to_owned()),
                reason: "it is damaged".to_owned(),
            },
            Severity::Warning,
        ),
        (Finding::KeyUsageLacksDigitalSignature, Severity::Warning),
        (Finding::PassphraseUnused, Severity::Warning),
        (Finding::RootDropped { position }, Severity::Notice),
        (
            Finding::SecretFileExposed {
                input: Input::Password,
                path,
                mode: 0o440,
                is_changeable: false,
            },
            Severity::Notice,
        ),
        (
            Finding::SecretSpelling {
                input: Input::Passphrase,
                note: SecretNote::Verbatim,
            },
            Severity::Warning,
        ),
        (
            Finding::SlowKeyDerivation {
                took: Duration::from_secs(11),
            },
            Severity::Notice,
        ),
        (
            Finding::UnrelatedCertificate { position },
            Severity::Warning,
        ),
    ]
}

#[test]
fn every_finding_has_the_severity_that_is_documented() {
    for (finding, severity) in every_finding() {
        assert_eq!(finding.severity(), severity, "{finding:?}");
    }
}

#[test]
fn kind_of_finding_is_its_variant_in_snake_case() {
    for (finding, _) in every_finding() {
        let debug = format!("{finding:?}");
        let name: String = debug
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let spelled_out = name
            .chars()
            .map(|letter| match letter {
                'A'..='Z' => format!("_{}", letter.to_ascii_lowercase()),
                _ => letter.to_string(),
            })
            .collect::<String>();
        assert_eq!(format!("_{}", finding.kind()), spelled_out);
    }
}

#[test]
fn a_finding_is_one_clause_on_one_line() {
    for (finding, _) in every_finding() {
        let message = finding.to_string();
        let one_clause = !message.contains('\n') && !message.ends_with('.');
        assert!(one_clause, "{message}");
        assert!(
            message.starts_with(|first: char| first.is_lowercase()),
            "{message}"
        );
    }
}

#[test]
fn severity_of_report_is_highest_of_its_findings() {
    let chain = vector_text("cert.pem") + &vector_text("intermediate.pem");
    let quiet = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(quiet.report().severity(), None);
    let notices = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
    assert_eq!(notices.report().severity(), Some(Severity::Notice));
    let unused = loader().passphrase(passphrase());
    let warned = unused.load(&vector("chain.pem"), &vector("key.pem"));
    let severity = warned.unwrap().report().severity();
    assert_eq!(severity, Some(Severity::Warning));
    assert!(None < Some(Severity::Notice) && Severity::Warning < Severity::Error);
}

#[test]
fn the_text_tells_key_leaf_chain_and_findings() {
    let loaded = full();
    let leaf = loaded.identity().leaf();
    let expected = format!(
        "\
key          RSA with 2048 bits
key file     an encrypted PKCS#8 key
encryption   PBES2, AES-256-CBC, PBKDF2 with HMAC-SHA256, 16 iterations
{leaf}
chain        2 certificates are sent
             1. C=CA, ST=Ontario, L=Toronto, O=Example Corporation, CN=client.example.com
             2. C=CA, O=Example Trust, CN=Example Issuing CA
certificate and key belong together and are usable
notice: {}
notice: {}
notice: {}",
        Finding::ChainReordered,
        Finding::RootDropped { position: 1 },
        Finding::DuplicateCertificate { position: 4 },
    );
    assert_eq!(loaded.report().to_string(), expected);
}

#[test]
fn text_names_unencrypted_key_and_unusable_certificate() {
    let expired = now() + Duration::from_secs(200 * 366 * 24 * 60 * 60);
    let loader = loader().validate_at(expired).allow_outside_validity();
    let loaded = loader.load(&vector("cert.pem"), &vector("key.pem"));
    let text = loaded.unwrap().report().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.contains(&"encryption   not encrypted"));
    assert!(lines.contains(&"chain        1 certificate is sent"));
    assert!(lines.contains(&"certificate and key belong together, but are not usable now"));
    assert!(lines.last().unwrap().starts_with("error: "));
}

#[test]
fn debug_shows_digests_and_no_names() {
    let loaded = full();
    let shown = format!("{:?}", loaded.report());
    for name in ["Example", "example", "Ontario", "8BADF00D"] {
        assert!(!shown.contains(name), "{shown}");
    }
    assert!(shown.contains(&loaded.identity().leaf().sha256().to_string()));
}
