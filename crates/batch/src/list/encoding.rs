//! The encoding of a list.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{Decoder, Encoding, UTF_8};

/// The encoding of a list: UTF-8 unless another is named. A byte order mark is not part of the
/// text.
///
/// # Examples
///
/// ```
/// use batch::ListEncoding;
///
/// let encoding: ListEncoding = "latin1".parse()?;
/// assert_eq!(encoding.to_string(), "windows-1252");
/// assert!("utf-7".parse::<ListEncoding>().is_err());
/// # Ok::<(), batch::UnknownEncoding>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ListEncoding(&'static Encoding);

/// A name that no encoding has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is no encoding: use utf-8, utf-16, windows-1252 or another label of the WHATWG's standard"
)]
pub struct UnknownEncoding;

impl ListEncoding {
    /// UTF-8 (RFC 3629).
    pub const UTF_8: Self = Self(UTF_8);

    pub(crate) fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns a decoder; none for UTF-8, whose lines are looked at one by one.
    pub(super) fn decoder(self) -> Option<Decoder> {
        (self.0 != UTF_8).then(|| self.0.new_decoder())
    }
}

impl Default for ListEncoding {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl FromStr for ListEncoding {
    type Err = UnknownEncoding;

    /// Takes the labels of the WHATWG's Encoding Standard, section 4.2.
    fn from_str(label: &str) -> Result<Self, UnknownEncoding> {
        // That of labels which are never decoded is no encoding of a list.
        let encoding = Encoding::for_label_no_replacement(label.as_bytes());
        encoding.map(Self).ok_or(UnknownEncoding)
    }
}

impl fmt::Debug for ListEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ListEncoding").field(&self.name()).finish()
    }
}

impl fmt::Display for ListEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
