//! Reading, writing and showing the members of models.
//!
//! The service leaves members out, writes them as `null` or leaves them empty, and means the same;
//! a reader takes all three. Numbers come as digits in a string and truth as `"True"`. What is read
//! is written in one form.
//!
//! A body is read in two ways by the same code. The strict one is a parser that others keep; what
//! is odd but means one thing is taken there. Only what it does not take is read once more, by a
//! [lenient parser](lenient), in which whatever cannot be read becomes a [note](notes) and the rest
//! goes on.

mod any;
mod context;
mod entries;
mod extra;
mod lenient;
mod member;
mod model;
mod named;
mod newtype;
mod notes;
mod object;
mod only;
mod open;
mod scalar;
mod single;
mod text;
mod unread;

pub use extra::Extra;
pub use unread::{UnreadCause, UnreadValue};

pub(crate) use context::Context;
pub(crate) use lenient::{Parser, Scanner, is_trailing_blank, mended};
pub(crate) use member::{Member, RedactedMember};
pub(crate) use model::{input, model, setter, shown};
pub(crate) use named::ServiceNames;
pub(crate) use newtype::text_newtype;
pub(crate) use notes::Notes;
pub(crate) use object::{Model, Reading, is_alike, read_model};
pub(crate) use open::open;
pub(crate) use single::Single;
pub(crate) use text::text;

#[cfg(test)]
mod every_model;
#[cfg(test)]
pub(crate) mod example;
