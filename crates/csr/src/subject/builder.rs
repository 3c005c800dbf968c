//! Collects the fields of a subject and finds everything that is wrong with them.
//!
//! Runs before a key is made, so that a slip costs nothing. Leaves out encoding.

use super::country_code;
use super::{Field, FieldProblem, Fqdn, Policy, Problem, Subject, SubjectError};

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
}

impl SubjectBuilder {
    /// Whose rules apply; [`Policy::Trulioo`] unless said.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The country (C): an ISO 3166-1 alpha-2 code in capital letters, such as `CA`.
    pub fn country(mut self, code: impl Into<String>) -> Self {
        self.country = code.into();
        self
    }

    /// The state or province (ST), written out, up to 128 characters.
    pub fn state(mut self, name: impl Into<String>) -> Self {
        self.state = name.into();
        self
    }

    /// The locality (L), written out, up to 128 characters.
    pub fn locality(mut self, name: impl Into<String>) -> Self {
        self.locality = name.into();
        self
    }

    /// The organization (O): its full legal name, up to 64 characters.
    pub fn organization(mut self, name: impl Into<String>) -> Self {
        self.organization = name.into();
        self
    }

    /// The common name (CN): under [`Policy::Trulioo`] a fully qualified domain name, which need
    /// not be published; up to 64 characters.
    pub fn common_name(mut self, name: impl Into<String>) -> Self {
        self.common_name = name.into();
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    ///
    /// [`SubjectError`] with all problems of all fields, not the first alone.
    pub fn build(self) -> Result<Subject, SubjectError> {
        let problems: Vec<_> = self.problems().collect();
        if !problems.is_empty() {
            return Err(SubjectError::new(problems));
        }
        let present = |value: String| (!value.is_empty()).then_some(value);
        Ok(Subject {
            policy: self.policy,
            country: present(self.country),
            state: present(self.state),
            locality: present(self.locality),
            organization: present(self.organization),
            common_name: present(self.common_name),
        })
    }

    fn problems(&self) -> impl Iterator<Item = FieldProblem> {
        let nothing_at_all = Field::ALL.iter().all(|field| self.value(*field).is_empty());
        Field::ALL.into_iter().flat_map(move |field| {
            let value = self.value(field);
            let required =
                self.policy.wants_full_subject() || (nothing_at_all && field == Field::CommonName);
            let problems = if value.is_empty() && !required {
                Vec::new()
            } else if value.trim().is_empty() {
                vec![Problem::Required]
            } else {
                field_problems(field, value, self.policy)
            };
            problems
                .into_iter()
                .map(move |problem| FieldProblem { field, problem })
        })
    }

    fn value(&self, field: Field) -> &str {
        match field {
            Field::Country => &self.country,
            Field::State => &self.state,
            Field::Locality => &self.locality,
            Field::Organization => &self.organization,
            Field::CommonName => &self.common_name,
        }
    }
}

/// What is wrong with a value that is not blank.
fn field_problems(field: Field, value: &str, policy: Policy) -> Vec<Problem> {
    match field {
        Field::Country => country_problem(value).into_iter().collect(),
        Field::CommonName if policy.wants_full_subject() => {
            let not_fqdn = Fqdn::parse(value, policy).err().map(Problem::NotFqdn);
            length_problem(field, value)
                .into_iter()
                .chain(not_fqdn)
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
    let spaced = (value.trim() != value).then_some(Problem::LeadingOrTrailingSpace);
    let characters = value.chars().enumerate().filter_map(|(index, character)| {
        if policy.forbids(character) {
            Some(Problem::forbidden(character, index + 1))
        } else if character.is_control() {
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
        .chain(characters)
        .collect()
}

/// Counts characters, as the bounds of RFC 5280, appendix A.1, do; not bytes.
fn length_problem(field: Field, value: &str) -> Option<Problem> {
    let chars = value.chars().count();
    let max = field.max_chars();
    (chars > max).then_some(Problem::TooLong { chars, max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FqdnProblem;

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
        let all = Field::ALL.map(|field| (field, Problem::Required));
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
    fn a_common_name_of_65_characters_is_too_long_although_it_is_a_host_name() {
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
    fn abbreviations_are_accepted_with_a_warning() {
        let subject = acme().state("BC").locality("NYC").build().unwrap();
        let expected =
            [Field::State, Field::Locality].map(|field| crate::Warning::Abbreviated { field });
        assert_eq!(subject.warnings(), expected);
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
