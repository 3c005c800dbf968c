//! Holds the inputs of a request against the fields of a country.

use serde_json::{Map, Value};
use time::{Date, Month};

use crate::base64_data::Base64Data;
use crate::configuration::field_schema::group::{Group, join};
use crate::configuration::field_schema::inputs::sealed::Sealed;
use crate::field_problem::{FieldProblem, FieldProblemKind};
use crate::response;
use crate::verifications::Document;

/// The most characters that the service takes in the groups below.
const LONGEST_TEXT: usize = 200;
const GROUPS_OF_SHORT_TEXT: [&str; 2] = ["Communication", "PersonInfo"];
/// The events whose dates have a day, a month and a year.
const EVENTS: [&str; 3] = ["Birth", "Expiry", "Incorporation"];
/// The group that is described as an object and sent as a list.
const NATIONAL_IDS: &str = "NationalIds";
/// The group of groups by country, whose values are all text.
const COUNTRY_SPECIFIC: &str = "CountrySpecific";

pub(super) fn problems(schema: &Group<'_>, request: &impl Sealed) -> Vec<FieldProblem> {
    let mut check = Check::default();
    if request.lacks_country() {
        check.report("CountryCode", FieldProblemKind::Missing);
    }
    let document = request
        .data_fields()
        .and_then(|fields| fields.document.as_ref());
    document
        .into_iter()
        .for_each(|document| check.images(document));
    match request.data_fields().map(serde_json::to_value) {
        Some(Ok(Value::Object(groups))) if !groups.is_empty() => check.groups(schema, &groups),
        _ => check.report("DataFields", FieldProblemKind::Missing),
    }
    check.problems
}

#[derive(Default)]
struct Check {
    problems: Vec<FieldProblem>,
}

impl Check {
    fn report(&mut self, path: impl Into<String>, kind: FieldProblemKind) {
        let path = path.into();
        self.problems.push(FieldProblem { path, kind });
    }

    fn groups(&mut self, schema: &Group<'_>, groups: &Map<String, Value>) {
        for (name, inputs) in groups {
            let path = response::shown_name(name);
            match (schema.child(name), inputs) {
                (None, _) => self.report(path, FieldProblemKind::Unlisted),
                (Some(group), Value::Array(entries)) if name == NATIONAL_IDS => {
                    self.national_ids(&group, entries);
                }
                (Some(group), Value::Object(inputs)) if name == COUNTRY_SPECIFIC => {
                    self.countries(&group, inputs);
                }
                (Some(group), Value::Object(inputs)) => {
                    self.group(&group, inputs, path);
                    self.dates(inputs, path);
                    if GROUPS_OF_SHORT_TEXT.contains(&path) {
                        self.lengths(inputs, path);
                    }
                }
                (Some(_), _) => self.report(path, FieldProblemKind::Malformed),
            }
        }
    }

    /// Images are checked whatever the description says of them: it says that they are objects.
    fn images(&mut self, document: &Document) {
        for (name, image) in [
            ("DocumentFrontImage", &document.document_front_image),
            ("DocumentBackImage", &document.document_back_image),
            ("LivePhoto", &document.live_photo),
        ] {
            let is_base64 = |image: &Base64Data| Base64Data::is_standard(image.as_str());
            if image.as_ref().is_some_and(|image| !is_base64(image)) {
                self.report(join("Document", name), FieldProblemKind::NotBase64);
            }
        }
    }

    fn group(&mut self, group: &Group<'_>, inputs: &Map<String, Value>, path: &str) {
        for name in group.required() {
            let path = join(path, name);
            match (group.member(name), group.child(name), inputs.get(name)) {
                (None, ..) | (_, _, Some(_)) => {} // what is not described cannot be asked for
                // Its required fields are reported; the group's name alone would not help.
                (Some(_), Some(child), None) => self.group(&child, &Map::new(), &path),
                (Some(_), None, None) => self.report(path, FieldProblemKind::Missing),
            }
        }
        for (name, input) in inputs {
            let path = join(path, response::shown_name(name));
            match (group.member(name), group.child(name), input) {
                (None, ..) => self.report(path, FieldProblemKind::Unlisted),
                (_, Some(child), Value::Object(inputs)) => self.group(&child, inputs, &path),
                (Some(member), None, input) if !fits(member, input) => {
                    self.report(path, FieldProblemKind::Malformed);
                }
                _ => {}
            }
        }
    }

    fn countries(&mut self, countries: &Group<'_>, inputs: &Map<String, Value>) {
        for (name, inputs) in inputs {
            let path = join(COUNTRY_SPECIFIC, response::shown_name(name));
            match (countries.child(name), inputs) {
                (Some(group), Value::Object(inputs)) => self.group(&group, inputs, &path),
                _ => self.report(path, FieldProblemKind::Unlisted),
            }
        }
    }

    /// Checks each entry by itself; and where the description names a kind of number as required,
    /// one of that kind.
    fn national_ids(&mut self, group: &Group<'_>, entries: &[Value]) {
        for (index, entry) in entries.iter().enumerate() {
            if let Value::Object(entry) = entry {
                self.group(group, entry, &format!("{NATIONAL_IDS}[{index}]"));
            }
        }
        let kind = group.member("Type").and_then(|member| member.get("value"));
        let Some(kind) = kind.and_then(Value::as_str) else {
            return;
        };
        let is_kind = |name: &str| name.eq_ignore_ascii_case(kind);
        let is_there = entries
            .iter()
            .filter_map(|entry| entry.get("Type")?.as_str())
            .any(is_kind);
        if !is_there && group.required().into_iter().any(is_kind) {
            self.report(join(NATIONAL_IDS, kind), FieldProblemKind::Missing);
        }
    }

    /// Checks the ranges of days, months and years; and, if all three are there, that the date
    /// exists.
    fn dates(&mut self, inputs: &Map<String, Value>, path: &str) {
        for event in EVENTS {
            let part = |part: &str| {
                inputs
                    .get(&format!("{part}Of{event}"))
                    .and_then(Value::as_i64)
            };
            let (day, month, year) = (part("Day"), part("Month"), part("Year"));
            let mut wrong = false;
            for (name, number, range) in [
                ("Day", day, 1..=31),
                ("Month", month, 1..=12),
                ("Year", year, 1000..=9999),
            ] {
                if number.is_some_and(|number| !range.contains(&number)) {
                    wrong = true;
                    let path = join(path, &format!("{name}Of{event}"));
                    self.report(path, FieldProblemKind::Malformed);
                }
            }
            if let (false, Some(day), Some(month), Some(year)) = (wrong, day, month, year)
                && !exists(year, month, day)
            {
                let path = join(path, &format!("DayOf{event}"));
                self.report(path, FieldProblemKind::Malformed);
            }
        }
    }

    fn lengths(&mut self, inputs: &Map<String, Value>, path: &str) {
        for (name, input) in inputs {
            let characters = input.as_str().map_or(0, |text| text.chars().count());
            if characters > LONGEST_TEXT {
                let path = join(path, response::shown_name(name));
                self.report(path, FieldProblemKind::Malformed);
            }
        }
    }
}

fn exists(year: i64, month: i64, day: i64) -> bool {
    let date = || {
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let year = i32::try_from(year).ok()?;
        Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
    };
    date().is_some()
}

/// Returns whether an input has the type that is described. Types are spelt in more than one way;
/// an unknown one fits all.
fn fits(member: &Map<String, Value>, input: &Value) -> bool {
    let described = member.get("type").and_then(Value::as_str);
    match described.unwrap_or_default() {
        "int" | "integer" => match input {
            Value::Number(number) => number.is_i64() || number.is_u64(),
            // Values that one country has for itself are text, whatever their type.
            Value::String(digits) => digits.trim().parse::<i64>().is_ok(),
            _ => false,
        },
        "boolean" => match input {
            Value::Bool(_) => true,
            Value::String(word) => ["true", "false"]
                .iter()
                .any(|it| word.eq_ignore_ascii_case(it)),
            _ => false,
        },
        "string" => input.is_string(),
        _ => true, // `object` is what images are said to be
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::FieldSchema;
    use crate::error::Error;
    use crate::verifications::{
        DataFields, Document, DocumentType, Location, NationalId, NationalIdType, PersonInfo,
        VerifyRequest,
    };
    use FieldProblemKind::{Malformed, Missing, NotBase64, Unlisted};
    use proptest::prelude::*;

    fn australia() -> FieldSchema {
        let body = include_bytes!("../../../tests/samples/fields-AU-response.json");
        serde_json::from_slice(body).unwrap()
    }

    fn china() -> FieldSchema {
        let body = include_bytes!("../../../tests/samples/fields-CN-nested-response.json");
        serde_json::from_slice(body).unwrap()
    }

    fn found(schema: &FieldSchema, data: impl Into<DataFields>) -> Vec<(String, FieldProblemKind)> {
        let request = VerifyRequest::new("AU".parse().unwrap(), data);
        let problems = schema.problems(&request);
        problems.into_iter().map(|it| (it.path, it.kind)).collect()
    }

    fn one(path: &str, kind: FieldProblemKind) -> Vec<(String, FieldProblemKind)> {
        vec![(path.to_owned(), kind)]
    }

    fn john() -> PersonInfo {
        PersonInfo::named("John", "Smith").born(1983, 3, 5)
    }

    #[test]
    fn a_whole_person_passes_and_a_missing_part_is_named() {
        assert_eq!(found(&australia(), john()), []);
        let mut person = john();
        person.year_of_birth = None;
        assert_eq!(
            found(&australia(), person),
            one("PersonInfo.YearOfBirth", Missing)
        );
    }

    #[test]
    fn group_that_is_sent_must_be_whole() {
        let street = Location::new().street_name("Lawford").postal_code("3108");
        let expected = [
            ("Location.BuildingNumber".to_owned(), Missing),
            ("Location.StateProvinceCode".to_owned(), Missing),
        ];
        assert_eq!(
            found(&australia(), DataFields::from(john()).location(street)),
            expected
        );
        assert_eq!(
            found(&australia(), DataFields::new()),
            one("DataFields", Missing)
        );
    }

    #[test]
    fn a_date_must_exist() {
        for (person, path) in [
            (john().day_of_birth(32), "PersonInfo.DayOfBirth"),
            (john().month_of_birth(0), "PersonInfo.MonthOfBirth"),
            (john().year_of_birth(83), "PersonInfo.YearOfBirth"),
            (john().born(1983, 2, 29), "PersonInfo.DayOfBirth"),
        ] {
            assert_eq!(found(&australia(), person), one(path, Malformed));
        }
        assert_eq!(found(&australia(), john().born(1984, 2, 29)), []);
    }

    #[test]
    fn longest_text_passes_and_a_longer_one_does_not() {
        let named = |length| john().first_given_name("é".repeat(length));
        assert_eq!(found(&australia(), named(200)), []);
        let expected = one("PersonInfo.FirstGivenName", Malformed);
        assert_eq!(found(&australia(), named(201)), expected);
    }

    #[test]
    fn number_of_a_required_kind_must_be_there() {
        let with = |kind| {
            let number = NationalId::new(kind, "5643513953");
            DataFields::from(john()).national_ids([number])
        };
        assert_eq!(found(&australia(), with(NationalIdType::HEALTH)), []);
        let expected = one("NationalIds.health", Missing);
        assert_eq!(
            found(&australia(), with(NationalIdType::NATIONAL_ID)),
            expected
        );
        let expected = one("NationalIds[0].ProvinceOfIssue", Missing);
        assert!(found(&china(), with(NationalIdType::NATIONAL_ID)).starts_with(&expected));
    }

    #[test]
    fn nested_required_name_has_its_whole_path() {
        let person = john().iso_latin1_name("John Smith");
        let expected = one("PersonInfo.AdditionalFields.FullName", Missing);
        assert_eq!(found(&china(), person.clone()), expected);
        assert_eq!(found(&china(), person.full_name("Smith John")), []);
    }

    #[test]
    fn misspelt_country_field_is_unlisted_and_not_refused() {
        let country = "CN".parse().unwrap();
        let data = DataFields::from(john().iso_latin1_name("J").full_name("J"))
            .country_field(&country, "PassportMRZLine1", "P<")
            .country_field(&country, "PassportMRZLine2", "N1")
            .country_field(&country, "PassportDayOfExpiry", "05")
            .country_field(&country, "PassportNumbre", "1");
        let expected = one("CountrySpecific.CN.PassportNumbre", Unlisted);
        assert_eq!(found(&china(), data.clone()), expected);
        let request = VerifyRequest::new(country, data.clone());
        assert!(china().check(&request).is_ok());

        let country = "CN".parse().unwrap();
        let data = data.country_field(&country, "PassportDayOfExpiry", "fifth");
        let error = china()
            .check(&VerifyRequest::new(country, data))
            .unwrap_err();
        let Error::Fields { problems } = error else {
            panic!("{error:?}");
        };
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "CountrySpecific.CN.PassportDayOfExpiry");
    }

    #[test]
    fn inputs_and_requests_of_both_versions_are_checked() {
        let whole = || DataFields::from(john());
        assert!(australia().check(&whole()).is_ok());
        let request = crate::v3::VerifyRequest::new("1", "AU".parse().unwrap(), whole());
        assert!(australia().check(&request).is_ok());
        let nothing = crate::v3::VerifyRequest::default();
        let problems = australia().problems(&nothing);
        let paths: Vec<_> = problems.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["CountryCode", "DataFields"]);
    }

    #[test]
    fn images_said_to_be_objects_are_text() {
        let document = Document::new(DocumentType::PASSPORT, b"image");
        assert_eq!(found(&australia(), document), []);
    }

    #[test]
    fn image_that_is_no_base64_is_a_problem() {
        let image = |base64: &str| Base64Data::from(base64.to_owned());
        let document = Document::new(DocumentType::PASSPORT, b"image").back(b"image");
        assert_eq!(found(&australia(), document.clone()), []);
        for base64 in [
            "data:image/jpeg;base64,aW1hZ2U=",
            "_9j_",
            "aW1hZ2U",
            "C:\\front.jpg",
        ] {
            let document = document.clone().document_back_image(image(base64));
            let expected = one("Document.DocumentBackImage", NotBase64);
            assert_eq!(found(&australia(), document.clone()), expected, "{base64}");
            assert!(found(&china(), document.clone()).contains(&expected[0]));
            let request = VerifyRequest::new("AU".parse().unwrap(), document);
            let error = australia().check(&request).unwrap_err();
            assert!(matches!(&error, Error::Fields { problems } if problems.len() == 1));
            assert!(!format!("{error} {error:?}").contains("base64,"));
        }
    }

    /// Makes JSON that looks like a description here and there.
    fn odd_description() -> impl Strategy<Value = Value> {
        let name = || {
            prop::sample::select(vec![
                "AdditionalFields",
                "CountrySpecific",
                "FirstGivenName",
                "IT",
                "NationalIds",
                "PersonInfo",
                "Type",
                "properties",
                "required",
                "type",
                "value",
            ])
        };
        let leaf = prop_oneof![
            name().prop_map(Value::from),
            Just(Value::Null),
            Just(1.into())
        ];
        leaf.prop_recursive(6, 60, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name(), inner), 0..5).prop_map(|members| {
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_description_is_understood_or_ignored_without_panic(json in odd_description()) {
            let description = serde_json::json!({ "properties": json });
            let schema: FieldSchema = serde_json::from_value(description).unwrap();
            let country = "IT".parse().unwrap();
            let data = DataFields::from(john().full_name("J"))
                .national_ids([NationalId::new("health", "1")])
                .country_field(&country, "Type", "1");
            let _ = (schema.problems(&data), schema.required(), schema.country_fields(&country));
        }
    }

    #[test]
    fn empty_description_only_reports_unlisted_fields() {
        let schema: FieldSchema = serde_json::from_str("{}").unwrap();
        assert_eq!(found(&schema, john()), one("PersonInfo", Unlisted));
        for odd in [
            "{\"properties\":[]}",
            "{\"properties\":{\"PersonInfo\":{\"properties\":{\"properties\":{\"properties\":{}}}}}}",
        ] {
            let schema: FieldSchema = serde_json::from_str(odd).unwrap();
            assert!(
                found(&schema, john())
                    .iter()
                    .all(|(_, kind)| *kind == Unlisted)
            );
        }
    }
}
