//! More header fields than hyper has room for.
//!
//! hyper keeps room for 100 fields on the stack. With a higher limit it allocates room for all
//! allowed fields with each response, which is two fifths of the cost of a small one. So the excess
//! passes through hyper inside one field, and is unpacked behind it.

use http::{HeaderMap, HeaderName, HeaderValue, Version};

use crate::error::head_problem::HeadProblem;
use crate::stream::head_reader::field::{Field, PACKED};
use crate::stream::head_reader::unreadable::UnreadableHead;

/// The number of fields that hyper takes without allocating.
pub(super) const ROOM: usize = 100;

/// Writes the fields and leaves room for `more`; the last ones are packed if hyper has no room for
/// all.
pub(super) fn write(
    fields: &[&Field<'_>],
    more: usize,
    head: &mut Vec<u8>,
) -> Result<(), UnreadableHead> {
    let room = match fields.len() + more > ROOM {
        // One place is for the packed field itself.
        true => ROOM.saturating_sub(1 + more),
        false => fields.len(),
    };
    // hyper acts on these, so they stay fields. Fields of one name keep their order.
    let mut plain: Vec<_> = fields.iter().filter(|field| field.is_for_hyper()).collect();
    if plain.len() > room {
        return Err(HeadProblem::TooManyFields.into());
    }
    let others = fields.iter().filter(|field| !field.is_for_hyper());
    let mut packed = Vec::new();
    for field in others {
        match plain.len() < room {
            true => plain.push(field),
            false => packed.push(field),
        }
    }
    for field in plain {
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

/// Restores the packed fields of a response; `None` if there is no room for them.
pub(crate) fn unpack(version: Version, headers: &mut HeaderMap) -> Option<()> {
    // Fields are packed only if all room is used, so that other responses are not searched. Heads
    // of HTTP/2 do not come through here: a field of this name is the server's own there.
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

/// Parses a number, and returns the rest behind the space after it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let (digits, rest) = bytes.split_at(space);
    let number = str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, rest.get(1..)?))
}
