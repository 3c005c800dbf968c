//! Rule: a foreign crate with rules of its own is named by its owners alone.
//!
//! Who names rustls decides how a peer is verified; who names a RustCrypto crate handles private
//! keys, and those crates only build together in one generation. xtask is built before anything
//! else, so nothing of TLS or HTTP belongs in it.
//!
//! The clients of others are held by `deny.toml`, which knows who pulls them in.
//!
//! What a member measures itself against in a benchmark does not decide anything, so it is allowed
//! there.

use cargo_metadata::DependencyKind;

use crate::tidy::project::{Dependency, Project};
use crate::tidy::violation::Violation;

const RULE: &str = "owners";

const TLS: Owned = Owned {
    crates: &[
        "aws-lc-rs",
        "ring",
        "rustls",
        "rustls-native-certs",
        "rustls-platform-verifier",
        "rustls-webpki",
        "tokio-rustls",
        "webpki-roots",
    ],
    owners: &[
        "batch", // for its database, with settings of `transport`
        "benches",
        "compat-tests",
        "mock-napi",
        "mock-tls",
        "test-client",
        "test-support",
        "transport",
    ],
};

const RUST_CRYPTO: Owned = Owned {
    crates: &[
        "aes",
        "base64ct",
        "cbc",
        "cms",
        "const-oid",
        "crypto-bigint",
        "crypto-primes",
        "der",
        "des",
        "ecdsa",
        "elliptic-curve",
        "hmac",
        "md-5",
        "p256",
        "p384",
        "p521",
        "pbkdf2",
        "pkcs1",
        "pkcs12",
        "pkcs5",
        "pkcs8",
        "rsa",
        "scrypt",
        "sec1",
        "sha1",
        "signature",
        "spki",
        "x509-cert",
    ],
    owners: &["csr", "identity", "pkcs11"],
};

const HASH: Owned = Owned {
    crates: &["sha2"],
    owners: &["csr", "identity", "mock-tls", "pkcs11", "vocabulary"],
};

const HTTP: Owned = Owned {
    crates: &[
        "axum",
        "http",
        "http-body",
        "http-body-util",
        "hyper",
        "hyper-util",
        "tower",
    ],
    owners: &[
        "batch",
        "benches",
        "cli",
        "compat-tests",
        "examples",
        "gateway",
        "integration-tests",
        "interop",
        "mock-napi",
        "mock-tls",
        "napi",
        "test-client",
        "test-support",
        "transport",
    ],
};

/// Members, and the crates that they may name for their tests and benchmarks alone.
const MEASURED: &[(&str, &str)] = &[("csr", "aws-lc-rs")];

/// Crates, and the members that may name them in any section.
struct Owned {
    crates: &'static [&'static str],
    owners: &'static [&'static str],
}

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let mut violations = Vec::new();
    for member in &project.members {
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            let owned = [TLS, RUST_CRYPTO, HASH, HTTP]
                .into_iter()
                .find(|it| it.crates.contains(&name));
            let Some(Owned { owners, .. }) = owned else {
                continue;
            };
            if !owners.contains(&member.name.as_str()) && !is_measured(&member.name, dependency) {
                let remedy = format!("leave {name} to {}", owners.join(", "));
                violations.push(Violation::new(
                    &member.manifest(),
                    dependency.line,
                    RULE,
                    remedy,
                ));
            }
        }
    }
    violations
}

fn is_measured(member: &str, dependency: &Dependency) -> bool {
    dependency.kind == DependencyKind::Development
        && MEASURED.contains(&(member, dependency.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up::{dependency, member};

    #[test]
    fn owner_may_name_its_crate() {
        for (owner, name) in [
            ("transport", "rustls"),
            ("csr", "rsa"),
            ("mock-tls", "sha2"),
            ("napi", "http"),
        ] {
            assert_eq!(violations(owner, name), 0, "{owner} {name}");
        }
    }

    #[test]
    fn other_member_may_not() {
        for (other, name) in [
            ("napi", "rustls"),
            ("transport", "rsa"),
            ("cli", "sha2"),
            ("xtask", "http"),
        ] {
            assert_eq!(violations(other, name), 1, "{other} {name}");
        }
    }

    #[test]
    fn what_a_benchmark_measures_is_for_tests_alone() {
        let kinds = [
            (DependencyKind::Development, 0),
            (DependencyKind::Normal, 1),
            (DependencyKind::Build, 1),
        ];
        for (kind, expected) in kinds {
            let measured = Dependency {
                kind,
                ..dependency("aws-lc-rs")
            };
            assert_eq!(violations_of("csr", measured), expected, "{kind}");
        }
    }

    #[test]
    fn vocabulary_is_for_everybody() {
        assert_eq!(violations("identity", "rustls-pki-types"), 0);
    }

    fn violations(name: &str, names: &str) -> usize {
        violations_of(name, dependency(names))
    }

    fn violations_of(name: &str, dependency: Dependency) -> usize {
        let members = vec![member(name, vec![dependency])];
        check(&Project {
            members,
            ..Project::default()
        })
        .len()
    }
}
