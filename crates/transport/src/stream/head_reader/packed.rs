//! More header fields than hyper has room for.
//!
//! hyper keeps room for 100 fields on the stack. Told to take more, it sets room for as many as are allowed aside with
//! each response, which is two fifths of what a small one costs. So what is beyond travels through hyper inside of one
//! field, and is unpacked behind it.

use http::{HeaderMap, HeaderName, HeaderValue, Version};

use crate::error::head_problem::HeadProblem;
use crate::stream::head_reader::field::{Field, PACKED};
use crate::stream::head_reader::unreadable::UnreadableHead;

/// How many fields hyper takes.
pub(super) const ROOM: usize = 100;

/// Writes the fields and leaves room for `more`; the last of them are packed if there are more than hyper takes.
pub(super) fn write(
    fields: &[&Field<'_>],
    more: usize,
    head: &mut Vec<u8>,
) -> Result<(), UnreadableHead> {
    let room = match fields.len() + more > ROOM {
        true => ROOM.saturating_sub(1 + more),
        false => fields.len(),
    };
    // hyper needs to see these. Fields of one name stay in their order.
    let mut seen: Vec<_> = fields.iter().filter(|it| it.is_for_hyper()).collect();
    if seen.len() > room {
        return Err(HeadProblem::TooManyFields.into());
    }
    let others = fields.iter().filter(|it| !it.is_for_hyper());
    let mut packed = Vec::new();
    for field in others {
        match seen.len() < room {
            true => seen.push(field),
            false => packed.push(field),
        }
    }
    for field in seen {
        field.write(head);
    }
    if packed.is_empty() {
        return Ok(());
    }
    head.extend_from_slice(PACKED.as_bytes());
    head.extend_from_slice(b": ");
    for field in packed {
        let (name, value) = (field.name(), field.value());
        head.extend_from_slice(format!("{} {} ", name.len(), value.len()).as_bytes());
        head.extend_from_slice(name);
        head.extend_from_slice(value);
    }
    head.extend_from_slice(b"\r\n");
    Ok(())
}

/// Puts the packed fields of a response in their places; `None` if there is no room for them.
pub(crate) fn unpack(version: Version, headers: &mut HeaderMap) -> Option<()> {
    // Only then may there be any, so that other responses are not searched. Heads of HTTP/2 have not come through here:
    // a field of this name is the server's own there.
    if headers.len() != ROOM || version > Version::HTTP_11 {
        return Some(());
    }
    let Some(packed) = headers.remove(PACKED) else {
        return Some(());
    };
    let mut rest = packed.as_bytes();
    while !rest.is_empty() {
        let (name_length, after) = number(rest)?;
        let (value_length, after) = number(after)?;
        let (name, after) = after.split_at_checked(name_length)?;
        let (value, after) = after.split_at_checked(value_length)?;
        let name = HeaderName::from_bytes(name).ok()?;
        let value = HeaderValue::from_bytes(value).ok()?;
        headers.try_append(name, value).ok()?;
        rest = after;
    }
    Some(())
}

/// A number, and what follows the space behind it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let (digits, rest) = bytes.split_at(space);
    let number = str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, rest.get(1..)?))
}
