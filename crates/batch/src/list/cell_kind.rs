//! The kinds of value that fields take.

/// The kind of value that a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    Text,
    /// Several, separated by `|`.
    Texts,
    Number,
    Truth,
    Country,
    /// Day, month and year, each a field of its own.
    Date,
}
