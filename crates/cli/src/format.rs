//! The forms in which a command prints.

use std::ffi::OsStr;

/// The form of what a command prints, on standard output and on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum Format {
    /// Lines and tables for people.
    #[default]
    Human,
    /// One JSON document on standard output; warnings and errors as one object on standard error.
    Json,
    /// The text format of Prometheus, which `check` and `identities` alone can write.
    #[value(hide = true)]
    Prometheus,
}

impl Format {
    /// Returns the form that a command line asks for, as far as it can be seen in one that cannot
    /// be read.
    #[must_use]
    pub fn of_words<T: AsRef<OsStr>>(words: &[T]) -> Self {
        let is_json = words.windows(2).any(|two| {
            matches!(two, [name, value] if name.as_ref() == "--output" && value.as_ref() == "json")
        });
        let is_joined = words.iter().any(|word| word.as_ref() == "--output=json");
        match is_json || is_joined {
            true => Self::Json,
            false => Self::Human,
        }
    }
}
