//! Properties of every model, tested on all of them.

use std::fmt;

use proptest::{
    sample::Index,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::business::*;
use crate::configuration::*;
use crate::error::Error;
use crate::response;
use crate::service_error::ServiceError;
use crate::verifications::*;
use crate::wire::{Model, Single, example, is_alike};

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

trait AnyModel: Model + Single + DeserializeOwned + fmt::Debug {}

impl<T: Model + Single + DeserializeOwned + fmt::Debug> AnyModel for T {}

/// Calls a function for each model that stands in a request or a response. What they hold comes
/// along.
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
        $check::<crate::v3::Package>();
    };
}

/// Removes what is the same as nothing: `null`, empty text, empty lists and objects.
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

impl<T: AnyModel> Values for T {}

trait Values: AnyModel {
    fn unread_values(&self) -> Vec<&crate::UnreadValue> {
        let mut unread = Vec::new();
        self.collect_unread(&mut unread);
        unread
    }
}

fn read<T: AnyModel>(json: &Value) -> Result<T, Error> {
    response::model(&serde_json::to_vec(json).unwrap()[..])
}

#[test]
fn a_model_with_every_member_filled_shows_none_of_them() {
    fn check<T: AnyModel>() {
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
    fn check<T: AnyModel>() {
        let mut runner = TestRunner::new(Config::with_cases(48));
        let round = |json: Value| {
            let model: T = read(&json).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let written = serde_json::to_value(&model).unwrap();
            proptest::prop_assert_eq!(pruned(written.clone()), pruned(json));
            proptest::prop_assert!(read::<T>(&written).unwrap() == model);
            let written = serde_json::to_vec(&written).unwrap();
            proptest::prop_assert!(response::is_read_alike::<T>(&written));
            Ok(())
        };
        runner.run(&T::strategy(), round).unwrap();
    }
    for_every_model!(check);
}

#[test]
fn every_member_may_be_absent_null_or_empty() {
    fn check<T: AnyModel>() {
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
                .filter(|model: &T| model.unread_values().is_empty())
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
fn member_of_wrong_type_is_kept_or_understood() {
    fn check<T: AnyModel>() {
        let whole = T::example(MARKER);
        let mut unread = 0;
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
                let model: T = read(&json).unwrap();
                for value in model.unread_values() {
                    unread += 1;
                    assert!(value.path().starts_with(name), "{value:?}");
                    assert!(!value.json().is_empty());
                    let shown = format!("{value:?} {model:?} {:?}", value.cause());
                    assert!(
                        !shown.contains("rker") && !shown.contains("4711"),
                        "{shown}"
                    );
                }
                json.as_object_mut().unwrap().remove(name);
                let rest: T = read(&json).unwrap();
                // Whatever is wrong with one member costs no other.
                let written = serde_json::to_value(&model).unwrap();
                for (name, value) in serde_json::to_value(&rest).unwrap().as_object().unwrap() {
                    assert_eq!(written[name], *value);
                }
            }
        }
        assert!(unread > 0);
    }
    for_every_model!(check);
}

#[test]
fn no_model_has_two_names_that_are_alike() {
    fn check<T: AnyModel>() {
        for (index, name) in T::NAMES.iter().enumerate() {
            let mut others = T::NAMES.iter().skip(index + 1);
            assert!(!others.any(|other| is_alike(name, other)), "{name}");
        }
    }
    for_every_model!(check);
}

#[test]
fn members_in_another_case_are_read_and_written_as_documented() {
    fn check<T: AnyModel>() {
        let whole = T::example(MARKER);
        let members = whole.as_object().unwrap();
        let lower: Value = members
            .iter()
            .map(|(name, value)| match name.as_str() {
                "NewMember" => (name.clone(), value.clone()),
                name => (name.to_lowercase(), value.clone()),
            })
            .collect();
        let model: T = read(&lower).unwrap();
        assert_eq!(serde_json::to_value(&model).unwrap(), whole);
    }
    for_every_model!(check);
}

#[test]
fn member_twice_is_taken_if_same_and_kept_if_not() {
    fn check<T: AnyModel>() {
        let whole = T::example(MARKER);
        let nothing: T = read(&json!({})).unwrap();
        for name in T::NAMES {
            let value = &whole[name];
            let once: T = read(&json!({ *name: value })).unwrap();
            let twice = format!("{{\"{name}\":{value},\"{name}\":null,\"{name}\":{value}}}");
            assert!(
                response::model::<T>(twice.as_bytes()).unwrap() == once,
                "{name}"
            );
            let other = T::example("Other")[name].to_string();
            let same: String = value.to_string();
            if other == same {
                continue; // a number or truth, which has no other example
            }
            let both = format!("{{\"{name}\":{value},\"{name}\":{other}}}");
            let model: T = response::model(both.as_bytes()).unwrap();
            let unread = model.unread_values();
            assert_eq!(unread.len(), 2, "{name}");
            assert!(unread.iter().all(|it| it.path() == *name));
            assert!(
                unread
                    .iter()
                    .all(|it| it.cause() == crate::UnreadCause::Contradiction)
            );
            assert_eq!(
                serde_json::to_value(&model).unwrap(),
                serde_json::to_value(&nothing).unwrap()
            );
            let lower = format!("{{\"{}\":{other},\"{name}\":{value}}}", name.to_lowercase());
            let model: T = response::model(lower.as_bytes()).unwrap();
            if name.bytes().all(|byte| !byte.is_ascii_uppercase()) {
                continue;
            }
            assert_eq!(model.unread_values().len(), 1, "{name}");
            assert_eq!(serde_json::to_value(&model).unwrap()[name], *value);
        }
    }
    for_every_model!(check);
}

#[test]
fn truncated_model_is_an_error_with_a_path() {
    fn check<T: AnyModel>() {
        let whole = serde_json::to_vec(&T::example("marker")).unwrap();
        for length in 0..whole.len() {
            let error = response::model::<T>(&whole[..length]).unwrap_err();
            assert!(
                matches!(&error, Error::Decode { path, .. } if !path.is_empty()),
                "{length}: {error:?}"
            );
        }
    }
    for_every_model!(check);
}

#[test]
fn any_object_is_read_alike_by_both_parsers() {
    fn check<T: AnyModel>() {
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
            proptest::prop_assert!(response::model::<T>(&body[..]).is_ok());
            proptest::prop_assert!(response::is_read_alike::<T>(&body));
            Ok(())
        };
        runner.run(&members, any).unwrap();
    }
    for_every_model!(check);
}

#[test]
fn any_bytes_in_a_document_cause_no_panic() {
    fn check<T: AnyModel>() {
        let mut runner = TestRunner::new(Config::with_cases(48));
        let changes =
            proptest::collection::vec((any_index(), proptest::arbitrary::any::<u8>()), 1..6);
        let changed = |(json, changes): (Value, Vec<(Index, u8)>)| {
            let mut body = serde_json::to_vec(&json).unwrap();
            for (at, byte) in changes {
                let at = at.index(body.len());
                body[at] = byte;
            }
            match response::model::<T>(&body[..]) {
                Ok(_) | Err(Error::Decode { .. } | Error::UnexpectedHtml { .. }) => Ok(()),
                Err(other) => Err(TestCaseError::fail(other.to_string())),
            }
        };
        runner.run(&(T::strategy(), changes), changed).unwrap();
    }
    for_every_model!(check);
}

fn any_index() -> impl proptest::strategy::Strategy<Value = Index> {
    proptest::arbitrary::any::<Index>()
}
