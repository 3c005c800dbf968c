//! The limits of a list.

/// The longest record that is read, in bytes: room for the images of a document in base64.
pub(super) const LONGEST_RECORD: usize = 16 << 20;

/// The most characters of a `CustomerReferenceID`.
pub(super) const LONGEST_REFERENCE: usize = 128;
