//! The components of ASN.1 values, one after the other.
//!
//! For structures of which only a part is of interest. Leaves out what they mean.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

/// Returns the components of a constructed value as far as they are whole.
pub(crate) fn components(value: AnyRef<'_>) -> impl Iterator<Item = AnyRef<'_>> {
    let mut reader = SliceReader::new(value.value()).ok();
    std::iter::from_fn(move || AnyRef::decode(reader.as_mut()?).ok())
}

/// A sequence that is read from its beginning to its end.
pub(crate) struct Sequence<'a>(SliceReader<'a>);

impl<'a> Sequence<'a> {
    /// Opens a value; `None` if it has another tag.
    pub(crate) fn of(value: AnyRef<'a>, tag: Tag) -> Option<Self> {
        let reader = SliceReader::new(value.value()).ok()?;
        (value.tag() == tag).then_some(Self(reader))
    }

    /// Opens a whole input; `None` if it is no sequence or something follows it.
    pub(crate) fn from_der(der: &'a [u8]) -> Option<Self> {
        Self::of(AnyRef::from_der(der).ok()?, Tag::Sequence)
    }

    /// Reads the next component as a certain type.
    pub(crate) fn read<T: Decode<'a>>(&mut self) -> Option<T> {
        T::decode(&mut self.0).ok()
    }

    /// Reads the next component if it has a certain tag.
    pub(crate) fn read_if(&mut self, tag: Tag) -> Option<AnyRef<'a>> {
        if self.is_finished() || Tag::peek(&self.0).ok()? != tag {
            return None;
        }
        self.read()
    }

    /// Returns whether everything was read.
    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

/// Reads the octets of an explicit `[0]` around an octet string.
pub(crate) fn explicit_octets(value: AnyRef<'_>) -> Option<&[u8]> {
    let octets = <&OctetStringRef>::from_der(value.value()).ok()?;
    (value.tag() == EXPLICIT_0).then(|| octets.as_bytes())
}

/// Reads the value of an explicit `[0]`.
pub(crate) fn explicit(value: AnyRef<'_>) -> Option<AnyRef<'_>> {
    let inner = AnyRef::from_der(value.value()).ok()?;
    (value.tag() == EXPLICIT_0).then_some(inner)
}

/// Returns an object identifier that is known to be right.
pub(crate) const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

pub(crate) const EXPLICIT_0: Tag = context_specific(0, true);
pub(crate) const IMPLICIT_0: Tag = context_specific(0, false);

/// Returns a tag that has a meaning only where it stands.
pub(crate) const fn context_specific(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific {
        constructed,
        number: TagNumber(number),
    }
}
