//! Fully qualified domain names, as far as certificates may hold them.
//!
//! The preferred syntax of [RFC 1034, section 3.5] with the first character relaxed by RFC 1123,
//! section 2.1, as [RFC 5280, section 4.2.1.6] asks for dNSName. Leaves out resolving: the name
//! need not be published. An international
//! name is not converted behind its owner's back, but its A-labels are suggested.
//!
//! [RFC 1034, section 3.5]: https://www.rfc-editor.org/rfc/rfc1034#section-3.5
//! [RFC 5280, section 4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::subject::policy::Policy;

/// A domain name of at least two labels, kept as it was written.
///
/// ```
/// use csr::{Fqdn, FqdnProblem};
///
/// let name: Fqdn = "napi.acme.example".parse()?;
/// assert_eq!(name.as_str(), "napi.acme.example");
/// assert_eq!("napi".parse::<Fqdn>(), Err(FqdnProblem::SingleLabel));
/// # Ok::<(), FqdnProblem>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fqdn(String);

impl Fqdn {
    /// Takes `name` if it is fully qualified; under [`Policy::Rfc5280`] it may begin with `*.`.
    ///
    /// # Errors
    ///
    /// The first [`FqdnProblem`] that is found; a [`SubjectBuilder`](crate::SubjectBuilder) reports
    /// all of them.
    pub fn parse(name: &str, policy: Policy) -> Result<Self, FqdnProblem> {
        match problems(name, policy).into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// Returns the name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Fqdn {
    type Err = FqdnProblem;

    fn from_str(name: &str) -> Result<Self, FqdnProblem> {
        Self::parse(name, Policy::default())
    }
}

impl fmt::Display for Fqdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a fully qualified domain name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FqdnProblem {
    /// There is nothing.
    #[error("it is empty, give a host name such as napi.acme.example")]
    Empty,
    /// It is an IP address, or ends in a number as only addresses do.
    #[error("it is an IP address, give a host name such as napi.acme.example")]
    IpAddress,
    /// A character that host names do not have; positions count from 1 in the whole name.
    #[error(
        "{character:?} at position {position} is not a letter, digit or hyphen, \
         give the bare host name without scheme, port or path"
    )]
    LabelCharacter {
        /// The character.
        character: char,
        /// Where it stands.
        position: usize,
    },
    /// Two dots in a row, or one in front.
    #[error("there is nothing before the dot at position {position}, remove that dot")]
    LabelEmpty {
        /// Where the superfluous dot stands, counted from 1.
        position: usize,
    },
    /// A label begins or ends with a hyphen.
    #[error("a label begins or ends with a hyphen at position {position}, remove that hyphen")]
    LabelHyphen {
        /// Where the hyphen stands, counted from 1.
        position: usize,
    },
    /// A part between dots is too long.
    #[error("a part between dots has {chars} characters but {max} is the limit, shorten it")]
    LabelTooLong {
        /// Its characters.
        chars: usize,
        /// The limit, 63.
        max: usize,
    },
    /// An international name that is not in its ASCII form.
    #[error(
        "{character:?} at position {position} is not ASCII, write {}",
        a_labels(suggestion)
    )]
    NotAscii {
        /// The first character outside ASCII.
        character: char,
        /// Where it stands, counted from 1.
        position: usize,
        /// The same name in ASCII (A-labels of [RFC 5890, section 2.3.2.1]), if it has such a form.
        ///
        /// [RFC 5890, section 2.3.2.1]: https://www.rfc-editor.org/rfc/rfc5890#section-2.3.2.1
        suggestion: Option<Box<Fqdn>>,
    },
    /// There is no dot, so that it is a host name at best.
    #[error("it has a single label, add the domain such as in napi.acme.example")]
    SingleLabel,
    /// The whole name is too long.
    #[error("it has {chars} characters but {max} is the limit, shorten it")]
    TooLong {
        /// Its characters.
        chars: usize,
        /// The limit, 253.
        max: usize,
    },
    /// It ends with the dot of the root, which certificates do not have.
    #[error("it ends with a dot, remove that dot")]
    TrailingDot,
    /// It has a `*`, which the policy does not allow there.
    #[error("wildcards are not accepted, name each host")]
    Wildcard,
}

fn a_labels(suggestion: &Option<Box<Fqdn>>) -> &str {
    suggestion
        .as_ref()
        .map_or("the name in its xn-- form", |name| name.as_str())
}

/// Returns all problems of `name`: of the whole of it, or from left to right.
pub(super) fn problems(name: &str, policy: Policy) -> Vec<FqdnProblem> {
    if let Some(problem) = problem_of_whole(name, policy) {
        let wildcard = name.contains('*') && !policy.allows_wildcard();
        let wildcard = wildcard.then_some(FqdnProblem::Wildcard);
        return [problem].into_iter().chain(wildcard).collect();
    }
    match name.strip_prefix("*.") {
        Some(rest) if policy.allows_wildcard() => problems_of_labels(rest, 2),
        _ if name.contains('*') => vec![FqdnProblem::Wildcard],
        _ => problems_of_labels(name, 0),
    }
}

/// Returns the problem that makes it pointless to look at the labels.
fn problem_of_whole(name: &str, policy: Policy) -> Option<FqdnProblem> {
    if name.is_empty() {
        return Some(FqdnProblem::Empty);
    }
    // Before the lengths, which count ASCII: an A-label is longer than what it stands for.
    if let Some((index, character)) = name.chars().enumerate().find(|(_, c)| !c.is_ascii()) {
        return Some(FqdnProblem::NotAscii {
            character,
            position: index + 1,
            suggestion: in_ascii(name, policy).map(Box::new),
        });
    }
    if name.len() > MAX_NAME {
        return Some(FqdnProblem::TooLong {
            chars: name.len(),
            max: MAX_NAME,
        });
    }
    name.parse::<IpAddr>()
        .is_ok()
        .then_some(FqdnProblem::IpAddress)
}

/// Returns the name with its labels as A-labels, if that makes it acceptable. Conversion is not
/// linear in the length, so what is too long anyhow is left alone.
fn in_ascii(name: &str, policy: Policy) -> Option<Fqdn> {
    if name.chars().count() > MAX_NAME {
        return None;
    }
    let (wildcard, labels) = match name.strip_prefix("*.") {
        Some(rest) if policy.allows_wildcard() => ("*.", rest),
        _ => ("", name),
    };
    let ascii = idna::domain_to_ascii_strict(labels).ok()?;
    Fqdn::parse(&format!("{wildcard}{ascii}"), policy).ok()
}

/// Checks ASCII `labels` that begin `offset` characters into the name.
fn problems_of_labels(labels: &str, offset: usize) -> Vec<FqdnProblem> {
    let without_root = labels.strip_suffix('.').unwrap_or(labels);
    let mut problems = Vec::new();
    let (mut start, mut count) = (offset, 0);
    let mut last_is_number = false;
    for label in without_root.split('.') {
        problems.extend(problems_of_label(label, start));
        start += label.len() + 1;
        count += 1;
        last_is_number = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    }
    if without_root.len() < labels.len() {
        problems.push(FqdnProblem::TrailingDot);
    }
    // No top-level domain is a number (RFC 3696, section 2): it is an address with a slip in it.
    if last_is_number {
        problems.push(FqdnProblem::IpAddress);
    } else if count < 2 {
        problems.push(FqdnProblem::SingleLabel);
    }
    problems
}

fn problems_of_label(label: &str, start: usize) -> Vec<FqdnProblem> {
    if label.is_empty() {
        return vec![FqdnProblem::LabelEmpty {
            position: start + 1,
        }];
    }
    // One stray character per label is enough: a pasted URL has many of the same cause.
    let strange = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let strange = label.chars().enumerate().find(|(_, c)| strange(*c));
    let character = strange.map(|(index, character)| FqdnProblem::LabelCharacter {
        character,
        position: start + index + 1,
    });
    let ends = [
        (label.starts_with('-'), 1),
        (label.ends_with('-'), label.len()),
    ];
    let hyphen = ends.into_iter().find(|(found, _)| *found);
    let hyphen = hyphen.map(|(_, position)| FqdnProblem::LabelHyphen {
        position: start + position,
    });
    let too_long = (label.len() > MAX_LABEL).then_some(FqdnProblem::LabelTooLong {
        chars: label.len(),
        max: MAX_LABEL,
    });
    [character, hyphen, too_long]
        .into_iter()
        .flatten()
        .collect()
}

/// RFC 1035, section 2.3.4: 255 octets with length bytes, thus 253 as text.
const MAX_NAME: usize = 253;

/// RFC 1035, section 2.3.4.
const MAX_LABEL: usize = 63;

#[cfg(test)]
mod tests {
    use FqdnProblem::*;
    use proptest::prelude::*;

    use super::*;

    fn problem(name: &str) -> Option<FqdnProblem> {
        name.parse::<Fqdn>().err()
    }

    #[test]
    fn names_are_accepted_as_written() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "b".repeat(61));
        for name in [
            "napi.acme.example",
            "a.b",
            "A.B",
            "1.2.x3",
            "xn--bcher-kva.example",
            &longest,
        ] {
            assert_eq!(name.parse::<Fqdn>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn each_mistake_has_its_own_reason() {
        let long = "a".repeat(64);
        let label = "a".repeat(63);
        let too_long = format!("{label}.{label}.{label}.{}", "b".repeat(62));
        for (name, expected) in [
            ("", Empty),
            (".", LabelEmpty { position: 1 }),
            ("..", LabelEmpty { position: 1 }),
            ("a..b", LabelEmpty { position: 3 }),
            (".a.b", LabelEmpty { position: 1 }),
            ("a.b.", TrailingDot),
            ("napi", SingleLabel),
            ("localhost.", TrailingDot),
            ("192.0.2.1", IpAddress),
            ("2001:db8::1", IpAddress),
            ("acme.1", IpAddress),
            ("-a.b", LabelHyphen { position: 1 }),
            ("a.b-", LabelHyphen { position: 4 }),
            (
                "a_b.c",
                LabelCharacter {
                    character: '_',
                    position: 2,
                },
            ),
            (
                "https://a.b/",
                LabelCharacter {
                    character: ':',
                    position: 6,
                },
            ),
            (
                "a b.c",
                LabelCharacter {
                    character: ' ',
                    position: 2,
                },
            ),
            (
                "bücher.example",
                NotAscii {
                    character: 'ü',
                    position: 2,
                    suggestion: Some(Box::new("xn--bcher-kva.example".parse().unwrap())),
                },
            ),
            ("*.acme.example", Wildcard),
            ("a.*.example", Wildcard),
            (&format!("{long}.b"), LabelTooLong { chars: 64, max: 63 }),
            (
                &too_long,
                TooLong {
                    chars: 254,
                    max: 253,
                },
            ),
        ] {
            assert_eq!(problem(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn all_problems_of_a_name_come_at_once() {
        let found = problems("-a_b..acme-.", Policy::Trulioo);
        let expected = [
            LabelCharacter {
                character: '_',
                position: 3,
            },
            LabelHyphen { position: 1 },
            LabelEmpty { position: 6 },
            LabelHyphen { position: 11 },
            TrailingDot,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_wildcard_is_found_in_an_international_name_too() {
        let found = problems("*.bücher.example", Policy::Trulioo);
        assert!(
            matches!(found.as_slice(), [NotAscii { .. }, Wildcard]),
            "{found:?}"
        );
        let found = problems("bücher.example", Policy::Trulioo);
        assert!(matches!(found.as_slice(), [NotAscii { .. }]), "{found:?}");
    }

    #[test]
    fn a_suggestion_is_made_only_if_it_would_be_accepted() {
        let suggestion = |name: &str, policy| match Fqdn::parse(name, policy) {
            Err(NotAscii { suggestion, .. }) => suggestion.map(|name| name.to_string()),
            other => panic!("{other:?}"),
        };
        for (name, policy, expected) in [
            (
                "BÜCHER.example",
                Policy::Trulioo,
                Some("xn--bcher-kva.example"),
            ),
            (
                "*.bücher.example",
                Policy::Rfc5280,
                Some("*.xn--bcher-kva.example"),
            ),
            ("*.bücher.example", Policy::Trulioo, None),
            ("bücher", Policy::Trulioo, None),
            ("\u{202e}a.example", Policy::Trulioo, None),
            (&"ü".repeat(100_000), Policy::Trulioo, None),
        ] {
            assert_eq!(suggestion(name, policy).as_deref(), expected);
        }
    }

    #[test]
    fn wildcard_is_allowed_for_other_cas_as_first_label() {
        let parse = |name| Fqdn::parse(name, Policy::Rfc5280);
        assert_eq!(parse("*.acme.example").unwrap().as_str(), "*.acme.example");
        assert_eq!(parse("a.*.example"), Err(Wildcard));
        assert_eq!(
            parse("*.*.example"),
            Err(LabelCharacter {
                character: '*',
                position: 3
            })
        );
        assert_eq!(parse("*.example"), Err(SingleLabel));
        assert_eq!(parse("*."), Err(LabelEmpty { position: 3 }));
        assert_eq!(
            parse("*.a_.b"),
            Err(LabelCharacter {
                character: '_',
                position: 4
            })
        );
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_or_refused_without_panic(name in ".{0,300}") {
            for policy in [Policy::Trulioo, Policy::Rfc5280] {
                if let Ok(fqdn) = Fqdn::parse(&name, policy) {
                    prop_assert_eq!(fqdn.as_str(), &name);
                }
            }
        }
    }
}
