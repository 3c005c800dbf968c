//! Collects the fields of a subject and finds everything that is wrong with them.
//!
//! Runs before a key is made, so that a slip costs nothing. Leaves out encoding.

use std::collections::HashSet;

use vocabulary::is_invisible;

use crate::subject::Subject;
use crate::subject::alternative_name::AlternativeName;
use crate::subject::country_code;
use crate::subject::field::Field;
use crate::subject::fqdn;
use crate::subject::policy::Policy;
use crate::subject::problem::{FieldProblem, Problem, SubjectError};

impl Subject {
    /// Starts with every field empty and [`Policy::Trulioo`].
    pub fn builder() -> SubjectBuilder {
        SubjectBuilder::default()
    }
}

/// Builds a [`Subject`]; an empty value counts as none.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SubjectBuilder {
    policy: Policy,
    country: String,
    state: String,
    locality: String,
    organization: String,
    common_name: String,
    alternative_names: Vec<AlternativeName>,
    from_common_name: bool,
}

impl SubjectBuilder {
    /// Sets the rules that apply; [`Policy::Trulioo`] unless set.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the country (C): an ISO 3166-1 alpha-2 code in capital letters, such as `CA`.
    pub fn country(mut self, code: impl Into<String>) -> Self {
        self.country = code.into();
        self
    }

    /// Sets the state or province (ST), written out, up to 128 characters.
    pub fn state(mut self, name: impl Into<String>) -> Self {
        self.state = name.into();
        self
    }

    /// Sets the locality (L), written out, up to 128 characters.
    pub fn locality(mut self, name: impl Into<String>) -> Self {
        self.locality = name.into();
        self
    }

    /// Sets the organization (O): its full legal name, up to 64 characters.
    pub fn organization(mut self, name: impl Into<String>) -> Self {
        self.organization = name.into();
        self
    }

    /// Sets the common name (CN): under [`Policy::Trulioo`] a fully qualified domain name, which
    /// need not be published; up to 64 characters.
    pub fn common_name(mut self, name: impl Into<String>) -> Self {
        self.common_name = name.into();
        self
    }

    /// Adds a DNS name as a subject alternative name ([RFC 5280, section 4.2.1.6]); without any,
    /// the request has no such extension, as with `openssl req`.
    ///
    /// [RFC 5280, section 4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
    pub fn dns_name(self, name: impl Into<String>) -> Self {
        self.alternative_name(AlternativeName::Dns(name.into()))
    }

    /// Adds a subject alternative name; [`Policy::Trulioo`] takes DNS names only.
    pub fn alternative_name(mut self, name: AlternativeName) -> Self {
        self.alternative_names.push(name);
        self
    }

    /// Puts the common name before the alternative names, unless it is among them: most software
    /// looks for host names nowhere else.
    pub fn san_from_common_name(mut self) -> Self {
        self.from_common_name = true;
        self
    }

    /// Checks every field and every alternative name.
    ///
    /// # Errors
    ///
    /// [`SubjectError`] with all problems of all of them, not the first alone.
    pub fn build(mut self) -> Result<Subject, SubjectError> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(SubjectError::new(problems));
        }
        self.copy_common_name();
        let present = |value: String| (!value.is_empty()).then_some(value);
        Ok(Subject {
            policy: self.policy,
            country: present(self.country),
            state: present(self.state),
            locality: present(self.locality),
            organization: present(self.organization),
            common_name: present(self.common_name),
            alternative_names: self.alternative_names,
        })
    }

    /// Returns all problems, field by field; empty if the subject may be built.
    pub(crate) fn problems(&self) -> Vec<FieldProblem> {
        let fields = Field::DISTINGUISHED.into_iter().flat_map(|field| {
            let problems = self.problems_of(field);
            problems
                .into_iter()
                .map(move |problem| FieldProblem { field, problem })
        });
        fields.chain(self.problems_of_names()).collect()
    }

    fn problems_of(&self, field: Field) -> Vec<Problem> {
        let value = self.value(field);
        if value.is_empty() && !self.requires(field) {
            Vec::new()
        } else if value.trim().is_empty() {
            vec![Problem::Required]
        } else {
            let must_be_host = self.from_common_name || self.policy.wants_full_subject();
            field_problems(field, value, self.policy, must_be_host)
        }
    }

    fn requires(&self, field: Field) -> bool {
        let nothing_at_all = || {
            Field::DISTINGUISHED
                .iter()
                .all(|field| self.value(*field).is_empty())
        };
        self.policy.wants_full_subject()
            || (field == Field::CommonName && (self.from_common_name || nothing_at_all()))
    }

    fn problems_of_names(&self) -> Vec<FieldProblem> {
        let mut seen = HashSet::new();
        let mut problems = Vec::new();
        for (index, name) in self.alternative_names.iter().enumerate() {
            // Of two names of another kind it is not known whether they are the same.
            let is_repeated = *name != AlternativeName::Other && !seen.insert(name.folded());
            let repeated = is_repeated.then_some(Problem::Repeated);
            let found = name.problems(self.policy).into_iter().chain(repeated);
            let field = Field::AlternativeName { number: index + 1 };
            problems.extend(found.map(|problem| FieldProblem { field, problem }));
        }
        problems
    }

    fn copy_common_name(&mut self) {
        let name = AlternativeName::Dns(self.common_name.clone());
        let is_there = |other: &AlternativeName| other.folded() == name.folded();
        if self.from_common_name && !self.alternative_names.iter().any(is_there) {
            self.alternative_names.insert(0, name);
        }
    }

    fn value(&self, field: Field) -> &str {
        match field {
            Field::Country => &self.country,
            Field::State => &self.state,
            Field::Locality => &self.locality,
            Field::Organization => &self.organization,
            Field::CommonName => &self.common_name,
            Field::AlternativeName { .. } => "",
        }
    }
}

/// Returns the problems of a value that is not blank; `must_be_host` is about the common name.
fn field_problems(field: Field, value: &str, policy: Policy, must_be_host: bool) -> Vec<Problem> {
    match field {
        Field::Country => country_problem(value).into_iter().collect(),
        Field::CommonName if must_be_host => {
            let not_fqdn = fqdn::problems(value, policy).into_iter();
            length_problem(field, value)
                .into_iter()
                .chain(not_fqdn.map(Problem::NotFqdn))
                .collect()
        }
        _ => text_problems(field, value, policy),
    }
}

fn country_problem(code: &str) -> Option<Problem> {
    (!country_code::is_assigned(code)).then(|| Problem::UnknownCountry {
        did_you_mean: country_code::did_you_mean(code),
    })
}

fn text_problems(field: Field, value: &str, policy: Policy) -> Vec<Problem> {
    // Not trimmed in silence: the name in the certificate is the one that was typed.
    let spaced = (value.trim() != value).then_some(Problem::LeadingOrTrailingSpace);
    let says_nothing = policy.wants_letter_or_digit() && !value.chars().any(char::is_alphanumeric);
    let characters = value.chars().enumerate().filter_map(|(index, character)| {
        if policy.forbids(character) {
            Some(Problem::forbidden(character, index + 1))
        } else if is_invisible(character) {
            Some(Problem::ControlCharacter {
                position: index + 1,
            })
        } else {
            None
        }
    });
    length_problem(field, value)
        .into_iter()
        .chain(spaced)
        .chain(says_nothing.then_some(Problem::NoLetterOrDigit))
        .chain(characters)
        .collect()
}

/// Counts characters, as the bounds of RFC 5280, appendix A.1, do; not bytes.
fn length_problem(field: Field, value: &str) -> Option<Problem> {
    let chars = value.chars().count();
    let max = field.max_chars()?;
    (chars > max).then_some(Problem::TooLong { chars, max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::FqdnProblem;

    fn acme() -> SubjectBuilder {
        Subject::builder()
            .country("CA")
            .state("British Columbia")
            .locality("Vancouver")
            .organization("Acme Identity Inc.")
            .common_name("napi.acme.example")
    }

    fn problems(builder: SubjectBuilder) -> Vec<(Field, Problem)> {
        let error = builder.build().unwrap_err();
        error
            .problems()
            .iter()
            .map(|p| (p.field, p.problem.clone()))
            .collect()
    }

    #[test]
    fn a_complete_subject_is_accepted() {
        let subject = acme().build().unwrap();
        assert_eq!(subject.country(), Some("CA"));
        assert_eq!(subject.common_name(), Some("napi.acme.example"));
        assert_eq!(subject.warnings(), []);
    }

    #[test]
    fn every_missing_field_is_named() {
        let all = Field::DISTINGUISHED.map(|field| (field, Problem::Required));
        assert_eq!(problems(Subject::builder()), all);
        let blank = Subject::builder()
            .country(" ")
            .state("  ")
            .locality("\t")
            .organization("\u{a0}")
            .common_name("\n");
        assert_eq!(problems(blank), all);
    }

    #[test]
    fn value_of_punctuation_alone_is_refused_by_portal_policy() {
        for value in ["'", "-", ". .", "--;--"] {
            let expected = [(Field::Organization, Problem::NoLetterOrDigit)];
            assert_eq!(problems(acme().organization(value)), expected, "{value:?}");
            let lenient = acme().policy(Policy::Rfc5280).organization(value);
            assert!(lenient.build().is_ok(), "{value:?}");
        }
        for value in ["'3'", "東", "é."] {
            assert!(acme().organization(value).build().is_ok(), "{value:?}");
        }
    }

    #[test]
    fn all_problems_come_at_once() {
        let builder = acme()
            .country("UK")
            .organization("Smith & Sons, Ltd ")
            .common_name("*.a.b");
        let expected = [
            (
                Field::Country,
                Problem::UnknownCountry {
                    did_you_mean: Some("GB"),
                },
            ),
            (Field::Organization, Problem::LeadingOrTrailingSpace),
            (
                Field::Organization,
                Problem::ForbiddenCharacter {
                    character: '&',
                    position: 7,
                    suggestion: Some("and"),
                },
            ),
            (
                Field::Organization,
                Problem::ForbiddenCharacter {
                    character: ',',
                    position: 13,
                    suggestion: None,
                },
            ),
            (Field::CommonName, Problem::NotFqdn(FqdnProblem::Wildcard)),
        ];
        assert_eq!(problems(builder), expected);
    }

    #[test]
    fn exactly_the_vendors_characters_are_forbidden() {
        let refused: String = (' '..='~')
            .filter(|c| {
                acme()
                    .organization(format!("Acme {c} Inc"))
                    .build()
                    .is_err()
            })
            .collect();
        assert_eq!(refused, "!#$%&()*,/<>?@\\^~");
    }

    #[test]
    fn bounds_count_characters_and_not_bytes() {
        for (field, max) in [
            (Field::State, 128),
            (Field::Locality, 128),
            (Field::Organization, 64),
        ] {
            let with = |value: String| match field {
                Field::State => acme().state(value),
                Field::Locality => acme().locality(value),
                _ => acme().organization(value),
            };
            assert!(with("é".repeat(max)).build().is_ok());
            let too_long = [(
                field,
                Problem::TooLong {
                    chars: max + 1,
                    max,
                },
            )];
            assert_eq!(problems(with("é".repeat(max + 1))), too_long);
        }
    }

    #[test]
    fn host_name_over_64_characters_is_refused_as_common_name() {
        let name = |label: usize| format!("{}.example", "a".repeat(label));
        assert!(acme().common_name(name(56)).build().is_ok());
        let too_long = [(Field::CommonName, Problem::TooLong { chars: 65, max: 64 })];
        assert_eq!(problems(acme().common_name(name(57))), too_long);
    }

    #[test]
    fn control_characters_are_placed() {
        let control = [(Field::Locality, Problem::ControlCharacter { position: 4 })];
        assert_eq!(problems(acme().locality("Van\u{0}couver")), control);
    }

    #[test]
    fn marks_without_shape_are_placed_like_control_characters() {
        for mark in ['\u{200b}', '\u{feff}', '\u{202e}', '\u{ad}'] {
            let invisible = [(Field::State, Problem::ControlCharacter { position: 2 })];
            assert_eq!(problems(acme().state(format!("B{mark}C"))), invisible);
        }
        assert!(acme().state("می\u{200c}خواهم").build().is_ok());
    }

    #[test]
    fn alternative_names_are_checked_together_with_the_fields() {
        let builder = acme()
            .country("uk")
            .dns_name("napi")
            .dns_name("a.example")
            .dns_name("A.example")
            .alternative_name(AlternativeName::Ip([192, 0, 2, 1].into()));
        let san = |number| Field::AlternativeName { number };
        let expected = [
            (
                Field::Country,
                Problem::UnknownCountry {
                    did_you_mean: Some("GB"),
                },
            ),
            (san(1), Problem::NotFqdn(FqdnProblem::SingleLabel)),
            (san(3), Problem::Repeated),
            (san(4), Problem::NotDnsName),
        ];
        assert_eq!(problems(builder), expected);
    }

    #[test]
    fn the_common_name_is_copied_once_and_only_on_request() {
        let dns = |name: &str| AlternativeName::Dns(name.to_owned());
        let names = |builder: SubjectBuilder| builder.build().unwrap().alternative_names().to_vec();
        assert_eq!(names(acme()), []);
        assert_eq!(
            names(acme().dns_name("a.example").san_from_common_name()),
            [dns("napi.acme.example"), dns("a.example")]
        );
        assert_eq!(
            names(acme().dns_name("NAPI.acme.example").san_from_common_name()),
            [dns("NAPI.acme.example")]
        );
    }

    #[test]
    fn copied_common_name_must_be_host_name_under_every_policy() {
        let other = || {
            Subject::builder()
                .policy(Policy::Rfc5280)
                .san_from_common_name()
        };
        assert!(other().common_name("*.acme.example").build().is_ok());
        let single = [(
            Field::CommonName,
            Problem::NotFqdn(FqdnProblem::SingleLabel),
        )];
        assert_eq!(problems(other().common_name("Bloggs")), single);
        let missing = [(Field::CommonName, Problem::Required)];
        assert_eq!(problems(other().organization("Acme")), missing);
    }

    #[test]
    fn abbreviations_are_accepted_with_a_warning() {
        let subject = acme().state("BC").locality("NYC").build().unwrap();
        let expected = [Field::State, Field::Locality]
            .map(|field| super::super::Warning::Abbreviated { field });
        assert_eq!(subject.warnings(), expected);
        let dotted = acme().state("B.C.").locality("Mtl.").build().unwrap();
        assert_eq!(dotted.warnings(), expected);
        assert_eq!(
            acme()
                .state("Bern")
                .locality("Ulm")
                .build()
                .unwrap()
                .warnings(),
            []
        );
    }

    #[test]
    fn other_authorities_may_get_any_field_alone_but_not_none() {
        let other = || Subject::builder().policy(Policy::Rfc5280);
        assert!(
            other()
                .organization("Smith & Sons (UK), Ltd")
                .build()
                .is_ok()
        );
        assert!(other().common_name("Jo Bloggs").build().is_ok());
        assert_eq!(problems(other()), [(Field::CommonName, Problem::Required)]);
        let unknown = [(
            Field::Country,
            Problem::UnknownCountry { did_you_mean: None },
        )];
        assert_eq!(problems(other().country("XK").common_name("a")), unknown);
        let spaced = [(Field::CommonName, Problem::LeadingOrTrailingSpace)];
        assert_eq!(problems(other().common_name(" a")), spaced);
    }

    #[test]
    fn the_text_names_every_problem() {
        let error = acme().state("").organization("A & B").build().unwrap_err();
        let text = error.to_string();
        for part in [
            "state or province (ST)",
            "British Columbia",
            "'&'",
            "position 3",
            "\"and\"",
        ] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
    }
}
