//! Rule: only the agreed arrows between the crates of this workspace.
//!
//! The crates meet at standard formats and vocabulary types, so that each can be understood,
//! tested and replaced alone. The mock in particular must not share our mistakes.

use cargo_metadata::DependencyKind;

use crate::tidy::project::{Dependency, Member, Project};
use crate::tidy::violation::Violation;

const RULE: &str = "arrows";

/// The crates that may be named by a crate, and not in a section for tests or build scripts alone.
const ARROWS: &[(&str, &[&str])] = &[
    ("batch", &["napi", "transport"]),
    (
        "benches",
        &[
            "batch",
            "identity",
            "mock-napi",
            "napi",
            "test-support",
            "transport",
        ],
    ),
    (
        "cli",
        &[
            "batch",
            "csr",
            "gateway",
            "identity",
            "mock-napi",
            "napi",
            "pkcs11",
            "transport",
            "vocabulary",
        ],
    ),
    ("compat-tests", &["identity", "test-support", "transport"]),
    ("csr", &["vocabulary"]),
    (
        "examples",
        &[
            "csr",
            "identity",
            "mock-napi",
            "napi",
            "test-support",
            "transport",
        ],
    ),
    ("gateway", &["transport", "vocabulary"]),
    ("identity", &["vocabulary"]),
    (
        "integration-tests",
        &[
            "batch",
            "cli",
            "csr",
            "identity",
            "mock-napi",
            "napi",
            "pkcs11",
            "test-support",
            "transport",
        ],
    ),
    (
        "interop",
        &[
            "cli",
            "csr",
            "identity",
            "mock-napi",
            "mock-tls",
            "napi",
            "test-support",
            "transport",
        ],
    ),
    ("mock-napi", &["mock-tls"]),
    ("napi", &["transport", "vocabulary"]),
    ("pkcs11", &["identity"]),
    (
        "test-support",
        &[
            "csr",
            "identity",
            "mock-napi",
            "mock-tls",
            "napi",
            "transport",
        ],
    ),
    ("transport", &["identity", "vocabulary"]),
];

/// The crates that may be named in a section for tests, and nowhere else.
///
/// The mock of TLS is no product, so that it may test any crate of which it does not know; and the
/// client knows of no crate at all.
const TEST_ARROWS: &[(&str, &[&str])] = &[
    ("gateway", &["identity", "mock-tls", "test-support"]),
    ("mock-napi", &["test-client"]),
    ("mock-tls", &["test-client"]),
    ("transport", &["mock-tls"]),
];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let ours = project.names();
    let mut violations = Vec::new();
    for member in &project.members {
        let internal = member
            .dependencies
            .iter()
            .filter(|it| ours.contains(it.name.as_str()));
        violations.extend(internal.filter_map(|it| check_arrow(member, it)));
    }
    violations
}

fn check_arrow(member: &Member, dependency: &Dependency) -> Option<Violation> {
    let (from, to) = (member.name.as_str(), dependency.name.as_str());
    let is_plain = dependency.kind == DependencyKind::Normal;
    let is_among = |arrows: &[(&str, &[&str])]| {
        arrows
            .iter()
            .any(|(name, targets)| *name == from && targets.contains(&to))
    };
    let is_for_tests = dependency.kind == DependencyKind::Development && is_among(TEST_ARROWS);
    let remedy = if !(is_for_tests || is_plain && is_among(ARROWS)) {
        let section = dependency.section();
        format!(
            "remove the {section}dependency of {from} on {to}, or agree on it in ARCHITECTURE.md and here"
        )
    } else if (from, to) == ("napi", "transport") && !dependency.optional {
        format!("make {to} optional: the core of {from} knows no TLS")
    } else if (from, to) == ("cli", "mock-napi") && !dependency.optional {
        format!("make {to} optional: not everyone wants a server in the program")
    } else {
        return None;
    };
    Some(Violation::new(
        &member.manifest(),
        dependency.line,
        RULE,
        remedy,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up::{dependency, member};

    #[test]
    fn agreed_arrow_is_accepted() {
        assert_eq!(check_one("transport", dependency("identity")), []);
    }

    #[test]
    fn arrow_the_other_way_is_refused() {
        let violations = check_one("identity", dependency("transport"));
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].line, 7);
    }

    #[test]
    fn agreed_arrow_is_refused_for_tests_and_build_scripts() {
        for kind in [DependencyKind::Development, DependencyKind::Build] {
            let dependency = Dependency {
                kind,
                ..dependency("identity")
            };
            assert_eq!(check_one("transport", dependency).len(), 1, "{kind}");
        }
    }

    #[test]
    fn arrow_for_tests_is_accepted_in_tests_alone() {
        for (kind, violations) in [
            (DependencyKind::Development, 0),
            (DependencyKind::Normal, 1),
            (DependencyKind::Build, 1),
        ] {
            let dependency = Dependency {
                kind,
                ..dependency("mock-tls")
            };
            let found = check_one("transport", dependency);
            assert_eq!(found.len(), violations, "{kind}");
        }
    }

    #[test]
    fn mocks_name_each_other_one_way_and_nothing_they_test() {
        assert_eq!(check_one("mock-napi", dependency("mock-tls")), []);
        assert_eq!(check_one("mock-tls", dependency("mock-napi")).len(), 1);
        for (mock, tested) in [("mock-napi", "csr"), ("mock-tls", "transport")] {
            assert_eq!(check_one(mock, dependency(tested)).len(), 1, "{mock}");
        }
    }

    #[test]
    fn napi_names_transport_only_as_an_option() {
        let optional = Dependency {
            optional: true,
            ..dependency("transport")
        };
        assert_eq!(check_one("napi", optional), []);
        assert_eq!(check_one("napi", dependency("transport")).len(), 1);
    }

    #[test]
    fn program_names_the_mock_only_as_an_option() {
        let optional = Dependency {
            optional: true,
            ..dependency("mock-napi")
        };
        assert_eq!(check_one("cli", optional), []);
        assert_eq!(check_one("cli", dependency("mock-napi")).len(), 1);
    }

    #[test]
    fn vocabulary_is_named_by_products_and_names_none() {
        for from in ["csr", "identity", "napi", "transport"] {
            assert_eq!(check_one(from, dependency("vocabulary")), [], "{from}");
        }
        for mock in ["mock-napi", "mock-tls"] {
            assert_eq!(check_one(mock, dependency("vocabulary")).len(), 1);
        }
        assert_eq!(check_one("vocabulary", dependency("csr")).len(), 1);
    }

    #[test]
    fn foreign_crates_are_no_arrows() {
        assert_eq!(check_one("csr", dependency("serde")), []);
    }

    fn check_one(from: &str, dependency: Dependency) -> Vec<Violation> {
        let mut project = Project::default();
        project.members.push(member(from, vec![dependency]));
        let others = [
            "csr",
            "identity",
            "mock-napi",
            "mock-tls",
            "transport",
            "vocabulary",
        ]
        .into_iter()
        .filter(|name| *name != from);
        project
            .members
            .extend(others.map(|name| member(name, Vec::new())));
        check(&project)
    }
}
