//! Findings about a request: reasons for which a CA would refuse it, and signs of a slip.
//!
//! The rules for the names are those of [`SubjectBuilder`], run over what
//! was found. Leaves out the signature: that is [`InspectedRequest::verify`].

use std::fmt;

use crate::distinguished_name;
use crate::inspected_request::InspectedRequest;
use crate::key_usage::{ExtendedKeyUsage, KeyUsage};
use crate::public_key::PublicKeyKind;
use crate::signature_algorithm::{HashAlgorithm, SignatureAlgorithm};
use crate::subject::{FieldProblem, Policy, Problem, Subject, SubjectBuilder, Warning};

/// Something about a request that is wrong under a policy, or that looks unintended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The field for attributes is left out, and some CAs refuse that.
    AttributesMissing,
    /// There is a challengePassword: a secret that the portal does not ask for and can read.
    ChallengePassword,
    /// It asks for purposes but not for that of a TLS client.
    ClientAuthMissing,
    /// It restricts the key usage without allowing the signatures of a TLS handshake.
    DigitalSignatureMissing,
    /// The public exponent is even, below 65537 or above 64 bits.
    Exponent,
    /// The portal takes RSA keys only.
    KeyKind,
    /// The key is too short to be safe.
    KeyTooShort {
        /// The length of its modulus.
        bits: usize,
        /// The least that is accepted.
        min: usize,
    },
    /// An attribute of the request that the portal does not ask for.
    NeedlessAttribute {
        /// Its name or object identifier.
        name: String,
    },
    /// An attribute of the subject that the portal does not ask for.
    NeedlessField {
        /// Its short name or object identifier.
        label: String,
    },
    /// A value of the subject whose bytes are no text of its string type.
    NotText {
        /// The attribute's short name or object identifier.
        label: String,
    },
    /// A problem of a name, as the builder of a subject finds it.
    Subject(FieldProblem),
    /// A string type that new names must not have.
    StringType {
        /// The attribute's short name or object identifier.
        label: String,
    },
    /// A name that is allowed but looks like a slip.
    Unlikely(Warning),
    /// The signature uses SHA-1.
    WeakHash,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Worth a look before it is uploaded.
    Warning,
    /// Will be refused, or must not be used.
    Error,
}

impl Finding {
    /// Returns its severity.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::AttributesMissing
            | Self::ChallengePassword
            | Self::ClientAuthMissing
            | Self::DigitalSignatureMissing
            | Self::NeedlessAttribute { .. }
            | Self::NeedlessField { .. }
            | Self::Unlikely(_) => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl InspectedRequest {
    /// Returns the findings about the request under `policy`: names, key, hash, extras.
    ///
    /// A request of ours has no [`Severity::Error`] under the policy of its subject.
    #[must_use]
    pub fn lint(&self, policy: Policy) -> Vec<Finding> {
        let mut findings = self.lint_names(policy);
        findings.extend(self.lint_key(policy));
        if matches!(
            self.signature_algorithm,
            SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha1)
                | SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha1)
        ) {
            findings.push(Finding::WeakHash);
        }
        findings.extend(self.lint_attributes(policy));
        findings
    }

    fn lint_names(&self, policy: Policy) -> Vec<Finding> {
        let (builder, repeated) = distinguished_name::fields(&self.subject);
        let names = self.alternative_names().iter().cloned();
        // By the builder, so that requests of others meet the rules of our own.
        let builder = names.fold(builder.policy(policy), SubjectBuilder::alternative_name);
        let mut problems = builder.problems();
        if policy.wants_full_subject() {
            problems.extend(repeated);
        } else {
            // Other CAs may well take attributes and kinds of names that are not made here.
            problems.retain(|found| match found.problem {
                Problem::NotDnsName => false,
                Problem::Required => self.subject.is_empty(),
                _ => true,
            });
        }
        let (texts, others): (Vec<_>, Vec<_>) = self.subject.iter().partition(|it| it.is_text());
        // Shown as digits, which are not to be judged as if they stood in the name.
        problems.retain(|found| !others.iter().any(|it| it.field() == Some(found.field)));
        let warnings = builder.build().map(|subject| Subject::warnings(&subject));
        let types = texts.into_iter().filter(|it| !it.has_current_string_type());
        let others = others.into_iter().map(|it| Finding::NotText {
            label: it.label().to_owned(),
        });
        problems
            .into_iter()
            .map(Finding::Subject)
            .chain(others)
            .chain(warnings.into_iter().flatten().map(Finding::Unlikely))
            .chain(types.map(|it| Finding::StringType {
                label: it.label().to_owned(),
            }))
            .collect()
    }

    fn lint_key(&self, policy: Policy) -> Vec<Finding> {
        match self.public_key {
            PublicKeyKind::Rsa { bits, exponent } => {
                let short = (bits < MIN_BITS).then_some(Finding::KeyTooShort {
                    bits,
                    min: MIN_BITS,
                });
                let is_sound = exponent.is_some_and(|e| e >= 65_537 && e % 2 == 1);
                let exponent = (!is_sound).then_some(Finding::Exponent);
                short.into_iter().chain(exponent).collect()
            }
            _ if policy.wants_full_subject() => vec![Finding::KeyKind],
            _ => Vec::new(),
        }
    }

    fn lint_attributes(&self, policy: Policy) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.attributes.is_none() {
            findings.push(Finding::AttributesMissing);
        }
        if self.has_challenge_password() {
            findings.push(Finding::ChallengePassword);
        }
        let (usages, purposes) = (self.key_usages(), self.extended_key_usages());
        if !usages.is_empty() && !usages.contains(&KeyUsage::DigitalSignature) {
            findings.push(Finding::DigitalSignatureMissing);
        }
        // A CA may grant what any purpose includes.
        let for_client = [ExtendedKeyUsage::Any, ExtendedKeyUsage::ClientAuth];
        if !purposes.is_empty() && !purposes.iter().any(|it| for_client.contains(it)) {
            findings.push(Finding::ClientAuthMissing);
        }
        if policy.wants_full_subject() {
            findings.extend(self.needless());
        }
        findings
    }

    /// Returns the attributes that the vendor's guide says to skip.
    fn needless(&self) -> impl Iterator<Item = Finding> {
        let fields = self.subject.iter().filter(|it| it.field().is_none());
        let fields = fields.map(|it| Finding::NeedlessField {
            label: it.label().to_owned(),
        });
        let expected = ["extensionRequest", "challengePassword"];
        let attributes = self
            .attribute_names()
            .filter(move |name| !expected.contains(&name.as_str()));
        fields.chain(attributes.map(|name| Finding::NeedlessAttribute { name }))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttributesMissing => f.write_str("the field for attributes is left out"),
            Self::ChallengePassword => f.write_str(
                "there is a challenge password: everyone who gets the request can read it, leave it out",
            ),
            Self::ClientAuthMissing => {
                f.write_str("it asks for purposes without clientAuth, which a TLS client needs")
            }
            Self::DigitalSignatureMissing => f.write_str(
                "it asks for key usage without digitalSignature, which a TLS client needs",
            ),
            Self::Exponent => f.write_str("the key's public exponent is unsound, make a new key"),
            Self::KeyKind => f.write_str("the key is not an RSA key, make a new key"),
            Self::KeyTooShort { bits, min } => write!(
                f,
                "the key has {bits} bits where {min} are the least, make a new key"
            ),
            Self::NeedlessAttribute { name } => {
                write!(f, "the attribute {name} is not asked for, leave it out")
            }
            Self::NeedlessField { label } => {
                write!(f, "{label} in the subject is not asked for, leave it out")
            }
            Self::NotText { label } => write!(
                f,
                "{label} in the subject is damaged: its bytes are no text, make a new request"
            ),
            Self::Subject(problem) => problem.fmt(f),
            Self::StringType { label } => write!(
                f,
                "{label} in the subject has a string type that some refuse, encode it anew"
            ),
            Self::Unlikely(warning) => warning.fmt(f),
            Self::WeakHash => f.write_str("it is signed with SHA-1, sign with SHA-256"),
        }
    }
}

/// NIST SP 800-131A, and the portal's own demand.
const MIN_BITS: usize = 2048;
