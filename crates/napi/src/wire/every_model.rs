//! What holds for every model, tested on all of them.

use std::fmt;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Single, example};
use crate::{Error, ServiceError, answer, business::*, configuration::*, verifications::*};

/// Stands in for a name, a number of a document, an address.
const MARKER: &str = "Mårker-Name 4711";

/// Members that are JSON of any shape, and that an empty one is kept of.
const ANY_JSON: [&str; 6] = [
    "KYBMonitoringFields",
    "KYBMonitoringFrequency",
    "NewMember",
    "Properties",
    "Value",
    "score",
];

trait Model: Single + DeserializeOwned + PartialEq + fmt::Debug {}

impl<T: Single + DeserializeOwned + PartialEq + fmt::Debug> Model for T {}

/// Calls a function for each model that stands in a request or an answer. What they hold comes along.
macro_rules! for_every_model {
    ($check:ident) => {
        $check::<VerifyRequest>();
        $check::<VerifyResult>();
        $check::<TransactionRecord>();
        $check::<TransactionStatus>();
        $check::<TestEntity>();
        $check::<DataFields>();
        $check::<WatchlistHitDetails>();
        $check::<AuthenticityDetail>();
        $check::<ServiceError>();
        $check::<BusinessSearchRequest>();
        $check::<BusinessSearchResponse>();
        $check::<BusinessRegistrationNumber>();
        $check::<Consent>();
        $check::<CountrySubdivision>();
        $check::<CountryDatasources>();
        $check::<crate::v3::VerifyRequest>();
        $check::<crate::v3::BusinessVerifyRequest>();
        $check::<crate::v3::BusinessSearchRequest>();
        $check::<crate::v3::BusinessDataFields>();
    };
}

/// Without what is the same as nothing: `null`, empty text, empty lists and objects.
fn pruned(json: Value) -> Value {
    let is_something = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    match json {
        Value::Array(list) => {
            let list = list.into_iter().map(pruned);
            Value::Array(list.filter(is_something).collect())
        }
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| (name, pruned(value)));
            Value::Object(members.filter(|(_, value)| is_something(value)).collect())
        }
        other => other,
    }
}

fn read<T: Model>(json: &Value) -> Result<T, Error> {
    answer::model(&serde_json::to_vec(json).unwrap())
}

#[test]
fn a_model_with_every_member_filled_shows_none_of_them() {
    fn check<T: Model>() {
        let json = T::example(MARKER);
        let model: T = read(&json).unwrap();
        // All of it has arrived in the model.
        assert_eq!(serde_json::to_value(&model).unwrap(), json);
        let shown = format!("{model:?} {model:#?}");
        let number = example::NUMBER.to_string();
        for secret in ["rker", "4711", &number] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    for_every_model!(check);
}

#[test]
fn any_model_survives_being_written_and_read() {
    fn check<T: Model>() {
        let mut runner = TestRunner::new(Config::with_cases(48));
        let round = |json: Value| {
            let model: T = read(&json).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let written = serde_json::to_value(&model).unwrap();
            proptest::prop_assert_eq!(pruned(written.clone()), pruned(json));
            proptest::prop_assert!(read::<T>(&written).unwrap() == model);
            let written = serde_json::to_vec(&written).unwrap();
            proptest::prop_assert!(answer::is_read_alike::<T>(&written));
            Ok(())
        };
        runner.run(&T::strategy(), round).unwrap();
    }
    for_every_model!(check);
}

#[test]
fn every_member_may_be_absent_null_or_empty() {
    fn check<T: Model>() {
        let nothing: T = read(&json!({})).unwrap();
        for name in T::example("a").as_object().unwrap().keys() {
            if ANY_JSON.contains(&name.as_str()) {
                continue;
            }
            let null: T = read(&json!({ name: null })).unwrap();
            assert!(null == nothing, "{name}");
            let empty = [json!(""), json!([]), json!({})];
            let read: Vec<T> = empty
                .iter()
                .filter_map(|empty| read(&json!({ name: empty })).ok())
                .collect();
            assert!(
                !read.is_empty() && read.iter().all(|model| *model == nothing),
                "{name}"
            );
        }
    }
    for_every_model!(check);
}

#[test]
fn a_member_of_the_wrong_type_is_an_error_that_names_it_or_is_understood() {
    fn check<T: Model>() {
        let whole = T::example(MARKER);
        let mut refused = 0;
        for name in whole.as_object().unwrap().keys() {
            for wrong in [
                json!(MARKER),
                json!([MARKER]),
                json!({ MARKER: MARKER }),
                json!([[{ MARKER: [MARKER] }]]),
                json!(4_711_000_000_000_u64),
                json!(-0.4711),
                json!(true),
            ] {
                let mut json = whole.clone();
                json[name] = wrong;
                let Err(error) = read::<T>(&json) else {
                    continue;
                };
                refused += 1;
                let shown = format!("{error} {error:?}");
                assert!(
                    !shown.contains("rker") && !shown.contains("4711"),
                    "{shown}"
                );
                assert!(
                    matches!(&error, Error::Decode { path, .. } if path.starts_with(name)),
                    "{name}: {error:?}"
                );
            }
        }
        assert!(refused > 0);
    }
    for_every_model!(check);
}

#[test]
fn a_model_that_breaks_off_is_an_error_with_a_path() {
    fn check<T: Model>() {
        let whole = serde_json::to_vec(&T::example("marker")).unwrap();
        for length in 0..whole.len() {
            let error = answer::model::<T>(&whole[..length]).unwrap_err();
            assert!(
                matches!(&error, Error::Decode { path, .. } if !path.is_empty()),
                "{length}: {error:?}"
            );
        }
    }
    for_every_model!(check);
}

#[test]
fn any_object_is_read_or_refused_without_panic_and_alike_with_a_path() {
    fn check<T: Model>() {
        let names: Vec<_> = T::example("a")
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let mut runner = TestRunner::new(Config::with_cases(64));
        let members =
            proptest::collection::vec((proptest::sample::select(names), example::json()), 0..6);
        let any = |members: Vec<(String, Value)>| {
            let json: Map<String, Value> = members.into_iter().collect();
            let body = serde_json::to_vec(&json).unwrap();
            let _ = answer::model::<T>(&body);
            proptest::prop_assert!(answer::is_read_alike::<T>(&body));
            Ok(())
        };
        runner.run(&members, any).unwrap();
    }
    for_every_model!(check);
}
