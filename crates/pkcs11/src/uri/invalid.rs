//! Problems of a `pkcs11:` URI; none repeats a value, which may be a PIN.

/// The reason why a text is not a URI of a key in a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUri {
    /// A value holds a character that has to be percent-encoded, such as a space.
    #[error(
        "{name} holds {character:?}, which is written %{:02X} in a URI",
        u32::from(*.character)
    )]
    Character {
        /// The attribute.
        name: String,
        /// The character.
        character: char,
    },
    /// An attribute is there twice.
    #[error("{name} is there twice")]
    Duplicate {
        /// The attribute.
        name: String,
    },
    /// A value is empty, which would match nothing.
    #[error("{name} has no value")]
    Empty {
        /// The attribute.
        name: String,
    },
    /// A `%` is not followed by two hexadecimal digits, or text is not UTF-8.
    #[error("{name} is not percent-encoded UTF-8")]
    Encoding {
        /// The attribute.
        name: String,
    },
    /// A part of it is no attribute: it has no `=`.
    #[error("part {position} is no attribute of the form NAME=VALUE")]
    NoAttribute {
        /// Its place in the path or the query, from 1.
        position: usize,
    },
    /// `slot-id` is not a number.
    #[error("slot-id is not a number")]
    SlotId,
    /// `pin-source` names no file: it is not an absolute path, as it is or after `file:`.
    #[error("pin-source is not an absolute path or file:/PATH")]
    PinSource,
    /// The PIN stands in the URI.
    #[error(
        "pin-value would show the PIN to everyone who can read the command line or the \
         configuration: leave it out, and name a file by pin-source or give it as the program asks"
    )]
    PinValue,
    /// It does not begin with `pkcs11:`.
    #[error("it does not begin with pkcs11:")]
    Scheme,
    /// `type` is another than `private`.
    #[error("type is not private: a private key is needed")]
    Type,
    /// An attribute is not known, or not supported.
    #[error(
        "{name} is not supported: the path may have token, serial, manufacturer, model, slot-id, \
         object, id and type, and the query module-path and pin-source"
    )]
    Unknown {
        /// The attribute.
        name: String,
    },
}
