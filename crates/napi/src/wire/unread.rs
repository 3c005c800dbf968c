//! Values of a response that could not be read.

use std::{borrow::Cow, fmt, fmt::Write};

/// A value of a response that could not be read, or not for certain; kept beside what could.
///
/// `unread()` of a model has them all, with those of the models in it. They are empty for almost
/// every response. `Debug` shows neither the value nor a name that is not NAPI's: both may be
/// personal data.
///
/// # Examples
///
/// ```
/// use napi::{UnreadCause, verifications::{PersonInfo, Verification, VerifyRequest}};
/// use napi::Endpoint;
///
/// let verify = VerifyRequest::new("CA".parse()?, PersonInfo::named("Ann", "Example"));
/// let body = r#"{"TransactionID":"1","CountryCode":{"Iso":"CA"},
///     "Record":{"TransactionRecordID":"2","RecordStatus":"match"}}"#;
/// let Verification::Completed(result) = verify.response(http::Response::new(body.into()))? else {
///     panic!("it has a record");
/// };
/// let unread = result.unread();
/// assert_eq!(unread[0].path(), "CountryCode");
/// assert_eq!(unread[0].json(), r#"{"Iso":"CA"}"#);
/// assert_eq!(unread[0].cause(), UnreadCause::Form);
/// # Ok::<(), napi::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct UnreadValue {
    path: Vec<Segment>,
    json: Box<[u8]>,
    cause: UnreadCause,
}

/// Why a value is [`UnreadValue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnreadCause {
    /// The member stands there more than once, with other values. If both are spelt alike neither
    /// is taken; else the one that is spelt as documented is.
    Contradiction,
    /// Text that was cut within a character or is not in its charset. It was taken with U+FFFD in
    /// the place of what is lost, if it is text; an identifier or a code was not taken.
    Damaged,
    /// It has not the form that this member has, such as a word for a number. The member is as if
    /// it were absent.
    Form,
    /// The response would take more memory than is allowed to it. The member is as if it were
    /// absent.
    TooMuch,
    /// It stood after the end of the document.
    Trailing,
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A member of a model, by the name that NAPI documents.
    Member(&'static str),
    /// An element of a list.
    Index(usize),
    /// A name that no model has; of a long one only the beginning.
    Name(Box<str>),
}

impl Segment {
    /// Makes a name that no model has.
    pub(crate) fn name(name: &str) -> Self {
        const LONGEST: usize = 100;
        Self::Name(name.chars().take(LONGEST).collect())
    }
}

impl UnreadValue {
    pub(crate) fn new(path: Vec<Segment>, json: &[u8], cause: UnreadCause) -> Self {
        Self {
            path,
            json: json.into(),
            cause,
        }
    }

    /// Returns where it stood in the response, such as
    /// `Record.DatasourceResults[0].AppendedFields[1].Data`; `.` for the whole.
    #[must_use]
    pub fn path(&self) -> String {
        written(&self.path, |name| name)
    }

    /// Returns the value as it stood there; what is not UTF-8 in it is replaced by U+FFFD. May be
    /// personal data.
    ///
    /// Empty if it was longer than what is kept: 64 KiB of one value, one MiB of a response.
    #[must_use]
    pub fn json(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.json)
    }

    /// Returns the bytes of the value, as [`json`](Self::json).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.json
    }

    /// Returns why it was not read.
    #[must_use]
    pub fn cause(&self) -> UnreadCause {
        self.cause
    }

    /// Returns its path, as an error may show it.
    pub(crate) fn shown_path(&self) -> String {
        shown(&self.path)
    }

    /// Returns whether it is the member at this path, or one in it.
    pub(crate) fn is_within(&self, path: &[&str]) -> bool {
        let mut members = self.path.iter().filter_map(|segment| match segment {
            Segment::Index(_) => None,
            Segment::Member(name) => Some(*name),
            Segment::Name(name) => Some(&**name),
        });
        path.iter().all(|name| members.next() == Some(*name))
    }

    /// Returns whether it stands for values that were too many to be noted, wherever they were.
    pub(crate) fn is_overflow(&self) -> bool {
        self.path.is_empty() && self.cause == UnreadCause::TooMuch
    }

    /// Returns which element of the list it is that the whole response is.
    pub(crate) fn index(&self) -> Option<usize> {
        match self.path.first() {
            Some(Segment::Index(index)) => Some(*index),
            _ => None,
        }
    }

    /// Returns whether it is the member of this name in whichever elements of lists, or an element
    /// of that itself.
    pub(crate) fn is_member(&self, path: &[&str]) -> bool {
        let is_name = |segment: &&Segment| !matches!(segment, Segment::Index(_));
        self.path.iter().filter(is_name).count() == path.len() && self.is_within(path)
    }

    /// Returns whether it is the member at this path.
    pub(crate) fn is_at(&self, path: &[&str]) -> bool {
        self.path.len() == path.len() && self.is_within(path)
    }
}

impl fmt::Debug for UnreadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnreadValue")
            .field("path", &format_args!("{}", self.shown_path()))
            .field("cause", &self.cause)
            .field("bytes", &self.json.len())
            .finish()
    }
}

/// Returns a path in which every name is one that NAPI documents, or a country: another one may be
/// personal data.
pub(crate) fn shown(path: &[Segment]) -> String {
    // Other names are the service's to choose, and may be a person's data by mistake.
    let is_country = |key: &str| key.len() == 2 && key.bytes().all(|it| it.is_ascii_uppercase());
    written(path, |name| if is_country(name) { name } else { "?" })
}

fn written(path: &[Segment], name: impl Fn(&str) -> &str) -> String {
    let mut text = String::new();
    for segment in path {
        let name = match segment {
            Segment::Index(index) => {
                let _ = write!(text, "[{index}]"); // a `String` takes all
                continue;
            }
            Segment::Member(known) => known,
            Segment::Name(other) => name(other),
        };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(name);
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread() -> UnreadValue {
        let path = vec![
            Segment::Member("CountrySpecific"),
            Segment::Name("IT".into()),
            Segment::Name("Napoli".into()),
            Segment::Index(1),
        ];
        UnreadValue::new(path, b"\"Joe \xFF\"", UnreadCause::Damaged)
    }

    #[test]
    fn debug_shows_no_value_and_no_foreign_name() {
        let unread = unread();
        assert_eq!(unread.path(), "CountrySpecific.IT.Napoli[1]");
        assert_eq!(unread.json(), "\"Joe \u{FFFD}\"");
        assert_eq!(
            format!("{unread:?}"),
            "UnreadValue { path: CountrySpecific.IT.?[1], cause: Damaged, bytes: 7 }"
        );
        assert_eq!(
            UnreadValue::new(Vec::new(), b"", UnreadCause::Form).path(),
            "."
        );
    }

    #[test]
    fn a_member_is_within_those_above_it() {
        assert!(unread().is_within(&["CountrySpecific", "IT"]));
        assert!(!unread().is_within(&["CountrySpecific", "FR"]));
        assert!(!unread().is_at(&["CountrySpecific", "IT"]));
    }

    #[test]
    fn too_much_of_one_member_is_no_overflow() {
        let member = vec![Segment::Member("Record")];
        let note = |path: &Vec<_>, cause| UnreadValue::new(path.clone(), b"", cause);
        assert!(note(&Vec::new(), UnreadCause::TooMuch).is_overflow());
        assert!(!note(&member, UnreadCause::TooMuch).is_overflow());
        assert!(!note(&Vec::new(), UnreadCause::Trailing).is_overflow());
    }
}
