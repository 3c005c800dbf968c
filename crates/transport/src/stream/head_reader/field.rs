//! One field line of a head, and its handling.

use std::borrow::Cow;

use crate::error::head_problem::HeadProblem;
use crate::stream::head_reader::unreadable::UnreadableHead;

/// The field in which others pass through hyper that it has no room for. A server's own field of
/// that name is left out, so that it is always ours.
pub(super) const PACKED: &str = "transport-packed-fields";

/// A field as received, with folded lines joined.
pub(super) struct Field<'a> {
    /// All bytes before the colon.
    name: &'a [u8],
    value: Cow<'a, [u8]>,
    is_folded: bool,
}

/// The handling of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    /// It is passed on.
    Keep,
    /// It is left out: `http` has no type for its name or value, and the response can be read
    /// without it.
    LeaveOut,
}

impl<'a> Field<'a> {
    pub(super) fn of_line(line: &'a [u8]) -> Result<Self, UnreadableHead> {
        let colon = line.iter().position(|byte| *byte == b':');
        let colon = colon.ok_or(HeadProblem::NoField)?;
        let (name, value) = line.split_at(colon);
        Ok(Self {
            name,
            value: value.get(1..).unwrap_or_default().trim_ascii().into(),
            is_folded: false,
        })
    }

    /// Adds a line that begins with white space: one space replaces the line break (RFC 9112,
    /// section 5.2).
    pub(super) fn fold(&mut self, line: &[u8]) {
        let value = self.value.to_mut();
        value.push(b' ');
        value.extend_from_slice(line.trim_ascii());
        self.is_folded = true;
    }

    /// Returns the handling.
    ///
    /// A field that determines the end of the response is taken exactly as RFC 9112 defines it or
    /// not at all: another implementation on the path may have parsed it differently and delimit
    /// the response elsewhere.
    pub(super) fn handling(&self) -> Result<Handling, UnreadableHead> {
        let has_control = self.value.iter().any(|byte| is_control(*byte));
        let name = self.name();
        let is_name = !name.is_empty() && name.iter().all(|byte| is_token(*byte));
        // The lengths differ if there is white space before the colon.
        let is_strict = is_name && name.len() == self.name.len() && !has_control && !self.is_folded;
        if self.is_about_framing() && !is_strict {
            return Err(self.unreadable(HeadProblem::Framing));
        }
        let is_readable = is_name && !has_control && !self.is(PACKED);
        Ok(match is_readable {
            true => Handling::Keep,
            false => Handling::LeaveOut,
        })
    }

    /// Checks whether it is, or could be taken for, `Content-Length` or `Transfer-Encoding`.
    fn is_about_framing(&self) -> bool {
        let name = self.plain_name();
        // Letters only: another implementation may take `content_length` for the real one.
        let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        ["contentlength", "transferencoding"]
            .iter()
            .any(|framing| letters.contains(framing))
    }

    /// Checks whether hyper itself acts on it.
    pub(super) fn is_for_hyper(&self) -> bool {
        [
            "connection",
            "content-length",
            "transfer-encoding",
            "upgrade",
        ]
        .iter()
        .any(|name| self.is(name))
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// Returns the name without the white space behind it.
    pub(super) fn name(&self) -> &'a [u8] {
        self.name.trim_ascii_end()
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.value
    }

    /// Returns the characters of the name that a name may have, for errors and logs.
    pub(super) fn plain_name(&self) -> String {
        let tokens = self.name.iter().filter(|byte| is_token(**byte));
        let name = tokens
            .take(LONGEST_NAME)
            .map(|byte| char::from(byte.to_ascii_lowercase()));
        name.collect()
    }

    pub(super) fn unreadable(&self, problem: HeadProblem) -> UnreadableHead {
        UnreadableHead {
            problem,
            field: Some(self.plain_name()),
        }
    }

    pub(super) fn write(&self, head: &mut Vec<u8>) {
        head.extend_from_slice(self.name());
        head.extend_from_slice(b": ");
        head.extend_from_slice(&self.value);
        head.extend_from_slice(b"\r\n");
    }
}

/// Checks for a character of a token, as in a field's name (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Checks for a control character that no value may have, a tab excepted (RFC 9110, section 5.5).
pub(super) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

/// The longest part of a name in an error or a log.
const LONGEST_NAME: usize = 64;
