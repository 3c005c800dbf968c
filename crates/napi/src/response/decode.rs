//! Decoding JSON: strictly, and leniently where that fails.

use serde::Deserializer;
use serde_json::Value;

use crate::error::Error;
use crate::html;
use crate::response::found;
use crate::wire::{Context, Member, Model, Notes, Parser, Single, UnreadCause, UnreadValue};

/// A value that is read from a whole body.
pub(super) trait Whole: Sized {
    /// Reads it from whatever JSON comes from; `None` if nothing is there.
    fn read<'de, D: Deserializer<'de>>(
        json: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error>;

    /// Takes what could not be read; `false` if it has no place for that, and the whole is not
    /// certain.
    fn note(&mut self, _: &Notes<'_>) -> bool {
        false
    }
}

/// A model, which may be empty.
pub(super) struct OfModel<T>(pub(super) T);

impl<T: Model> Whole for OfModel<T> {
    fn read<'de, D: Deserializer<'de>>(
        json: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        Ok(crate::wire::read_model(json, context)?.map(Self))
    }

    fn note(&mut self, notes: &Notes<'_>) -> bool {
        self.0.extra_mut().note(notes.take_from(0));
        true
    }
}

/// A list or a map, which may be empty.
pub(super) struct OfMember<M>(pub(super) M);

impl<M: Member> Whole for OfMember<M> {
    fn read<'de, D: Deserializer<'de>>(
        json: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        M::read(json, context).map(|member| Some(Self(member)))
    }
}

/// A list of models, which may be empty.
pub(super) struct OfModels<T>(pub(super) Vec<T>);

impl<T: Model + Single> Whole for OfModels<T> {
    fn read<'de, D: Deserializer<'de>>(
        json: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        Member::read(json, context).map(|list| Some(Self(list)))
    }

    /// Adds an element without members for each that could not be read, with its note. If none
    /// could be, the list is another one.
    fn note(&mut self, notes: &Notes<'_>) -> bool {
        let unread = notes.take_from(0);
        let is_element =
            |it: &UnreadValue| it.cause() != UnreadCause::TooMuch && it.index().is_some();
        if self.0.is_empty() || !unread.iter().all(is_element) {
            return false;
        }
        // In one pass from the back, and in place: to insert them one by one would move the rest of
        // a long list a thousand times.
        let (mut from, mut to) = (self.0.len(), self.0.len() + unread.len());
        self.0.reserve_exact(unread.len());
        self.0.resize_with(to, T::default);
        for unread in unread.into_iter().rev() {
            let index = unread.index().unwrap_or_default();
            to -= 1;
            while from > 0 && to > index {
                from -= 1;
                self.0.swap(from, to);
                to -= 1;
            }
            if let Some(element) = self.0.get_mut(to) {
                element.extra_mut().note(vec![unread]);
            }
        }
        true
    }
}

/// One value.
pub(super) struct OfSingle<T>(pub(super) T);

impl<T: Single> Whole for OfSingle<T> {
    fn read<'de, D: Deserializer<'de>>(
        json: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        Ok(T::read(json, context)?.map(Self))
    }
}

/// JSON of any shape, and what could not be read in it.
pub(super) struct OfTree(pub(super) Value, pub(super) Vec<UnreadValue>);

impl Whole for OfTree {
    fn read<'de, D: Deserializer<'de>>(
        json: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        Ok(<Value as Single>::read(json, context)?.map(|value| Self(value, Vec::new())))
    }

    fn note(&mut self, notes: &Notes<'_>) -> bool {
        self.1 = notes.take_from(0);
        true
    }
}

/// Reads a body in UTF-8, if it is.
pub(super) fn read<W: Whole>(body: &[u8]) -> Result<W, Error> {
    strictly(body).map_or_else(|| leniently(body), Ok)
}

/// Looks once for what is not UTF-8, and not once for each string.
pub(super) fn strictly<W: Whole>(body: &[u8]) -> Option<W> {
    // As `str`, whose UTF-8 is checked here at once and not by the parser for each string.
    let mut json = serde_json::Deserializer::from_str(std::str::from_utf8(body).ok()?);
    let whole = W::read(&mut json, &Context::strict(body)).ok()?;
    json.end().ok()?;
    whole
}

/// Reads what can be read; what cannot is noted. An error says where the document cannot be
/// followed, or where something has no place beside the result.
pub(super) fn leniently<W: Whole>(body: &[u8]) -> Result<W, Error> {
    let notes = Notes::new(body);
    let context = Context::lenient(&notes);
    let mut parser = Parser::new(&notes);
    let read = context.attempt(W::read(&mut parser, &context));
    let read = read.ok().flatten().flatten();
    if let (Some(mut whole), None) = (read, notes.failure()) {
        if let Some(span) = parser.trailing() {
            notes.keep_span(span, UnreadCause::Trailing);
        }
        return match notes.first_path() {
            Some(path) if !whole.note(&notes) => Err(Error::undecoded(&path)),
            _ => Ok(whole),
        };
    }
    let (path, at) = match notes.failure() {
        Some(failure) => (failure.path, failure.at),
        None => (".".to_owned(), parser.at()),
    };
    Err(error(body, path, at))
}

/// Returns the error of a body that cannot be read, from what is there of it.
pub(super) fn error(body: &[u8], path: String, at: usize) -> Error {
    if let Some(title) = html::title(body) {
        return Error::UnexpectedHtml { title };
    }
    let before = body.get(..at).unwrap_or(body);
    let line_start = before.iter().rposition(|byte| *byte == b'\n');
    let column = before.len() - line_start.map_or(0, |at| at + 1);
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    Error::Decode {
        path,
        line: lines + 1,
        column: column + 1,
        found: found::transaction(body),
    }
}

/// Returns whether a body that the strict parser takes is read the same by the lenient one.
#[cfg(test)]
pub(crate) fn is_read_alike<T: Model + PartialEq>(body: &[u8]) -> bool {
    let Some(OfModel(strict)) = strictly::<OfModel<T>>(body) else {
        return true;
    };
    leniently::<OfModel<T>>(body).is_ok_and(|OfModel(lenient)| lenient == strict)
}
