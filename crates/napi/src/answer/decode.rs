//! Decoding JSON, with the path of the member in the error.

use std::marker::PhantomData;

use serde::{Deserializer, de::DeserializeOwned};
use serde_path_to_error::{Path, Segment, Track};

use crate::{
    Error, refusal,
    wire::{Member, Single},
};

/// The byte order mark, which .NET writes at times and JSON does not allow (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How deep the names of members are looked for when an error names one; no answer is as deep.
const DEPTH: u8 = 12;

/// What a body is read as, with whatever deserializer.
pub(super) trait Shape {
    /// What comes of it.
    type Value;

    /// Reads it from whatever JSON comes from.
    fn read<'de, D: Deserializer<'de>>(json: D) -> Result<Self::Value, D::Error>;

    /// Whether an error may name this member.
    fn knows(name: &str) -> bool;
}

/// A model; its members may be named.
pub(super) struct Model<T>(PhantomData<T>);

impl<T: DeserializeOwned + Single> Shape for Model<T> {
    type Value = T;

    fn read<'de, D: Deserializer<'de>>(json: D) -> Result<T, D::Error> {
        T::deserialize(json)
    }

    fn knows(name: &str) -> bool {
        T::knows(name, DEPTH)
    }
}

/// What this crate knows no members of.
pub(super) struct Opaque<T>(PhantomData<T>);

impl<T: DeserializeOwned> Shape for Opaque<T> {
    type Value = T;

    fn read<'de, D: Deserializer<'de>>(json: D) -> Result<T, D::Error> {
        T::deserialize(json)
    }

    fn knows(_: &str) -> bool {
        false
    }
}

/// A list; `null` is an empty one.
pub(super) struct List<T>(PhantomData<T>);

impl<T: Single> Shape for List<T> {
    type Value = Vec<T>;

    fn read<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<T>, D::Error> {
        Member::read(json)
    }

    fn knows(name: &str) -> bool {
        T::knows(name, DEPTH)
    }
}

/// Reads without keeping track of where it is, which takes a copy of each name; once more with it if that fails.
pub(super) fn read<S: Shape>(body: &[u8]) -> Result<S::Value, Error> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    untracked::<S>(body).map_or_else(|| tracked::<S>(body), Ok)
}

/// Looks once for what is not UTF-8, and not once for each string.
fn untracked<S: Shape>(body: &[u8]) -> Option<S::Value> {
    let mut json = serde_json::Deserializer::from_str(std::str::from_utf8(body).ok()?);
    let value = S::read(&mut json).ok()?;
    json.end().ok().map(|()| value)
}

/// Reads a body that is no such JSON, and says where.
fn tracked<S: Shape>(body: &[u8]) -> Result<S::Value, Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = Track::new();
    let value = S::read(serde_path_to_error::Deserializer::new(
        &mut json, &mut track,
    ));
    let ended = value.and_then(|value| json.end().map(|()| value));
    let error = match ended {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(title) = refusal::markup(body) {
        return Err(Error::Markup { title });
    }
    Err(Error::Decode {
        path: shown(&track.path(), S::knows),
        line: error.line(),
        column: error.column(),
        found: None,
    })
}

/// A path in which every name is one that this crate knows: another one may be personal data.
fn shown(path: &Path, knows: impl Fn(&str) -> bool) -> String {
    let is_country = |key: &str| key.len() == 2 && key.bytes().all(|it| it.is_ascii_uppercase());
    let mut shown = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => {
                shown.push_str(&format!("[{index}]"));
                continue;
            }
            Segment::Map { key } if knows(key) || is_country(key) => key,
            _ => "?",
        };
        if !shown.is_empty() {
            shown.push('.');
        }
        shown.push_str(name);
    }
    if shown.is_empty() {
        shown.push('.');
    }
    shown
}

/// Whether a body is read the same with a path and without.
#[cfg(test)]
pub(crate) fn is_read_alike<T: DeserializeOwned + Single + PartialEq>(body: &[u8]) -> bool {
    untracked::<Model<T>>(body) == tracked::<Model<T>>(body).ok()
}
