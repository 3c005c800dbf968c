//! How a member of a model is read, written and shown.
//!
//! The service leaves members out, writes them as `null` or leaves them empty, and means the same; a reader takes all
//! three. Numbers come as digits in a string and truth as `"True"`. What is read is written in one form.

mod member;
mod model;
mod open;
mod single;
mod text;

pub(crate) use member::{Member, Redacted};
pub(crate) use model::{input, model, setter, shown};
pub(crate) use open::open;
pub(crate) use single::Single;
pub(crate) use text::text;

#[cfg(test)]
mod every_model;
#[cfg(test)]
pub(crate) mod example;
