//! Normalises a complete head to the form that hyper takes.
//!
//! Accepted beyond RFC 9112, as in curl:
//! - a folded line is joined with the one before it (obs-fold, [RFC 9112, section 5.2]);
//! - white space between a name and its colon is dropped;
//! - a field whose value has a control character, or whose name is malformed, is left out, and its
//!   name logged: `http::HeaderValue` cannot hold it. Control characters are also dropped from the
//!   reason phrase;
//! - `Content-Length` beside `Transfer-Encoding` is ignored, and the connection is not reused ([RFC
//!   9112, section 6.3]).
//!
//! Not accepted, since another implementation on the path may parse it differently, and a response
//! could be split there:
//! - any of these in a field that determines the end of the response, or in one similar to it;
//! - contradictory or non-numeric lengths;
//! - NUL, and a carriage return that ends no line;
//! - a line without a colon, and white space before the first field.
//!
//! [RFC 9112, section 5.2]: https://www.rfc-editor.org/rfc/rfc9112#section-5.2
//! [RFC 9112, section 6.3]: https://www.rfc-editor.org/rfc/rfc9112#section-6.3

use crate::error::head_problem::HeadProblem;
use crate::stream::head_limits::HeadLimits;
use crate::stream::head_reader::field::{Field, Handling, is_control};
use crate::stream::head_reader::packed;
use crate::stream::head_reader::unreadable::UnreadableHead;

/// A head for hyper.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) bytes: Vec<u8>,
    /// Another head follows (status 1xx, except 101).
    pub(super) is_interim: bool,
}

/// Normalises a complete head, including its empty line.
pub(super) fn normalise(head: &[u8], limits: HeadLimits) -> Result<Head, UnreadableHead> {
    let mut lines = head
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            line.strip_suffix(b"\r").unwrap_or(line)
        })
        .skip_while(|line| line.is_empty());
    let status_line = lines.next().unwrap_or_default();
    let mut fields: Vec<Field<'_>> = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        // Some implementations end a line at a lone carriage return: a field could be smuggled in.
        if line.contains(&0) || line.contains(&b'\r') {
            let field = Field::of_line(line).ok();
            let error = field.map(|field| field.unreadable(HeadProblem::ForbiddenByte));
            return Err(error.unwrap_or_else(|| HeadProblem::ForbiddenByte.into()));
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            fields.last_mut().ok_or(HeadProblem::NoField)?.fold(line);
            continue;
        }
        // Before it is stored: the limit bounds memory.
        if fields.len() >= usize::from(limits.fields) {
            return Err(HeadProblem::TooManyFields.into());
        }
        fields.push(Field::of_line(line)?);
    }
    let is_chunked = fields.iter().any(|field| field.is("transfer-encoding"));
    // `Transfer-Encoding` overrides the length (RFC 9112, section 6.3), and since another
    // implementation on the path may decide otherwise, the connection is not reused.
    let is_ambiguous = check_lengths(&fields)? && is_chunked;
    let mut bytes = Vec::with_capacity(head.len() + CLOSE.len());
    write_status_line(status_line, &mut bytes);
    let mut kept = Vec::with_capacity(fields.len());
    for field in &fields {
        match field.handling()? {
            Handling::Keep if is_ambiguous && field.is("content-length") => {}
            Handling::Keep => kept.push(field),
            Handling::LeaveOut => tracing::warn!(
                field = field.plain_name(),
                "a header field of the response is malformed and was left out"
            ),
        }
    }
    packed::write(&kept, usize::from(is_ambiguous), &mut bytes)?;
    if is_ambiguous {
        bytes.extend_from_slice(CLOSE);
    }
    bytes.extend_from_slice(b"\r\n");
    Ok(Head {
        bytes,
        is_interim: is_interim(status_line),
    })
}

/// Checks whether there is a `Content-Length`; all its values have to be the same number.
fn check_lengths(fields: &[Field<'_>]) -> Result<bool, UnreadableHead> {
    let mut length = None;
    for field in fields.iter().filter(|field| field.is("content-length")) {
        for value in field.value().split(|byte| *byte == b',') {
            let value = value.trim_ascii();
            if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
                return Err(field.unreadable(HeadProblem::Framing));
            }
            if length.is_some_and(|length| length != value) {
                return Err(field.unreadable(HeadProblem::Framing));
            }
            length = Some(value);
        }
    }
    Ok(length.is_some())
}

/// Writes the status line. A reason phrase with control characters is dropped: it has no meaning
/// (RFC 9112, section 4).
fn write_status_line(line: &[u8], head: &mut Vec<u8>) {
    let has_control = line.iter().any(|byte| is_control(*byte));
    match line.get(..STATUS_LINE) {
        Some(start) if has_control && !start.iter().any(|byte| is_control(*byte)) => {
            head.extend_from_slice(start);
            head.push(b' ');
        }
        _ => head.extend_from_slice(line),
    }
    head.extend_from_slice(b"\r\n");
}

fn is_interim(status_line: &[u8]) -> bool {
    let status = status_line.get(STATUS_LINE - 3..STATUS_LINE);
    status.is_some_and(|status| status.starts_with(b"1") && status != b"101")
}

/// The length of `HTTP/1.1 200`.
const STATUS_LINE: usize = 12;
const CLOSE: &[u8] = b"connection: close\r\n";
