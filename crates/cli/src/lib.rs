#![doc = include_str!("../README.md")]

mod arguments;
mod check;
mod command_line;
mod convert;
mod hello;
mod identities;
mod identity_files;
mod inspect;
mod output;
mod prompt;
mod proxy;
mod request;
mod secret;
mod standard_input;

pub use crate::arguments::Arguments;
pub use crate::output::{Failure, Output};
