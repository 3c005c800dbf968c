//! BER made into DER, as far as lengths and strings go.
//!
//! Windows, Java, NSS and the keychain of macOS write PKCS#12 and PKCS#7 with lengths that are not
//! stated, with lengths in more bytes than they need and with strings in segments ([X.690, sections
//! 8.1.3, 8.6 and 8.7]). Two passes over the input, without recursion: the first one measures, the
//! second one writes. Leaves out the rest of DER, such as the order of a `SET OF`.
//!
//! [X.690, sections 8.1.3, 8.6 and 8.7]: https://www.itu.int/rec/T-REC-X.690

use zeroize::Zeroizing;

/// The first value of an input in definite lengths.
pub(crate) struct Normalised<'a> {
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// The input behind the value.
    pub(crate) rest: &'a [u8],
}

/// Writes the first value of an input anew; `None` if it is not well-formed, is cut, or is nested
/// deeper than [`DEEPEST`].
///
/// The result is hardly longer than the input, and what is noted meanwhile a few times as long.
pub(crate) fn normalise(input: &[u8]) -> Option<Normalised<'_>> {
    let mut lengths = Vec::new();
    let (size, end) = walk(input, &mut Measure(&mut lengths))?;
    let mut writer = Write {
        lengths: lengths.iter(),
        // Room for all: a buffer that grows leaves copies of a key behind.
        der: Zeroizing::new(Vec::with_capacity(size)),
    };
    walk(input, &mut writer)?;
    Some(Normalised {
        der: writer.der,
        rest: input.get(end..)?,
    })
}

/// A value with others in it that has not ended yet.
struct Open {
    /// The end of it in the input; `None` if it ends by an end-of-contents.
    end: Option<usize>,
    /// Bytes of its content in the output so far.
    size: usize,
    /// Its number among the values with others in them.
    number: usize,
    /// Of a string in segments, whose heads are not written.
    is_segmented: bool,
    /// A segment of such a string, whose own head is not written either.
    is_segment: bool,
}

/// The part in which the two passes differ.
trait Pass {
    /// Begins a value with others in it.
    fn open(&mut self, tag: u8) -> Option<()>;
    /// Ends the value of that number.
    fn close(&mut self, number: usize, size: usize) -> Option<()>;
    /// Takes a value without others in it.
    fn primitive(&mut self, tag: u8, content: &[u8], is_segment: bool) -> Option<()>;
}

/// Goes through the first value; returns its size in the output and its end in the input.
fn walk(input: &[u8], pass: &mut impl Pass) -> Option<(usize, usize)> {
    let mut stack: Vec<Open> = Vec::new();
    let mut at = 0;
    let mut opened = 0;
    loop {
        // What has ended counts in what is around it.
        while let Some(open) = stack.last()
            && open.end.is_some_and(|end| at >= end)
        {
            if open.end != Some(at) {
                return None;
            }
            if let Closed::Outermost(size) = close(&mut stack, pass)? {
                return Some((size, at));
            }
        }
        let head = head(input, at)?;
        at = head.content;
        if head.tag == END_OF_CONTENTS {
            let is_awaited = stack.last().is_some_and(|open| open.end.is_none());
            if !is_awaited || head.length != Some(0) {
                return None;
            }
            if let Closed::Outermost(size) = close(&mut stack, pass)? {
                return Some((size, at));
            }
            continue;
        }
        // Not beyond the nearest length that is stated around it.
        let around = stack.iter().rev().find_map(|open| open.end);
        let most = around.unwrap_or(input.len());
        let end = match head.length {
            Some(length) => Some(at.checked_add(length).filter(|end| *end <= most)?),
            None => None,
        };
        let is_segment = stack.last().is_some_and(|open| open.is_segmented);
        if is_segment && head.tag & !CONSTRUCTED != OCTET_STRING {
            return None;
        }
        if head.tag & CONSTRUCTED == 0 {
            let end = end?;
            let content = input.get(at..end)?;
            pass.primitive(head.tag, content, is_segment)?;
            let size = content.len()
                + if is_segment {
                    0
                } else {
                    head_size(content.len())
                };
            at = end;
            match stack.last_mut() {
                Some(open) => open.size += size,
                None => return Some((size, at)),
            }
            continue;
        }
        if stack.len() == DEEPEST {
            return None;
        }
        let is_segmented = head.tag == OCTET_STRING | CONSTRUCTED;
        let tag = if is_segmented { OCTET_STRING } else { head.tag };
        if !is_segment {
            pass.open(tag)?;
        }
        stack.push(Open {
            end,
            size: 0,
            number: opened,
            is_segmented,
            is_segment,
        });
        opened += usize::from(!is_segment);
    }
}

/// A value that has ended.
enum Closed {
    Inner,
    /// With its size in the output.
    Outermost(usize),
}

/// Ends the innermost value.
fn close(stack: &mut Vec<Open>, pass: &mut impl Pass) -> Option<Closed> {
    let open = stack.pop()?;
    let size = if open.is_segment {
        open.size
    } else {
        pass.close(open.number, open.size)?;
        open.size + head_size(open.size)
    };
    match stack.last_mut() {
        Some(around) => {
            around.size += size;
            Some(Closed::Inner)
        }
        None => Some(Closed::Outermost(size)),
    }
}

/// The first pass: the size of the content of each value, in the order in which they begin.
struct Measure<'a>(&'a mut Vec<u32>);

impl Pass for Measure<'_> {
    fn open(&mut self, _tag: u8) -> Option<()> {
        self.0.push(0);
        Some(())
    }

    fn close(&mut self, number: usize, size: usize) -> Option<()> {
        *self.0.get_mut(number)? = u32::try_from(size).ok()?;
        Some(())
    }

    fn primitive(&mut self, _tag: u8, content: &[u8], _is_segment: bool) -> Option<()> {
        u32::try_from(content.len()).is_ok().then_some(())
    }
}

/// The second pass.
struct Write<'a> {
    lengths: std::slice::Iter<'a, u32>,
    der: Zeroizing<Vec<u8>>,
}

impl Write<'_> {
    fn head(&mut self, tag: u8, length: usize) -> Option<()> {
        self.der.push(tag);
        let bytes = u32::try_from(length).ok()?.to_be_bytes();
        let digits = length_digits(length);
        if digits > 0 {
            self.der.push(0x80 | u8::try_from(digits).ok()?);
        }
        // A short one is its own only byte.
        let written = bytes.get(bytes.len() - digits.max(1)..)?;
        self.der.extend(written);
        Some(())
    }
}

impl Pass for Write<'_> {
    fn open(&mut self, tag: u8) -> Option<()> {
        let length = usize::try_from(*self.lengths.next()?).ok()?;
        self.head(tag, length)
    }

    fn close(&mut self, _number: usize, _size: usize) -> Option<()> {
        Some(())
    }

    fn primitive(&mut self, tag: u8, content: &[u8], is_segment: bool) -> Option<()> {
        if !is_segment {
            self.head(tag, content.len())?;
        }
        self.der.extend(content);
        Some(())
    }
}

/// The tag and length of a value.
struct Head {
    tag: u8,
    /// `None` if it is not stated.
    length: Option<usize>,
    /// Where its content begins.
    content: usize,
}

/// Reads a tag and a length; `None` if they are cut or of a form that is not used in these files.
fn head(input: &[u8], at: usize) -> Option<Head> {
    let tag = *input.get(at)?;
    // Numbers above 30, in several bytes, occur in no structure that is read here.
    if tag & 0x1F == 0x1F {
        return None;
    }
    let first = *input.get(at.checked_add(1)?)?;
    let content = at.checked_add(2)?;
    let (length, content) = match first {
        0..=0x7F => (Some(first.into()), content),
        0x80 if tag & CONSTRUCTED != 0 => (None, content),
        _ => {
            let end = content.checked_add((first & 0x7F).into())?;
            let digits = input.get(content..end)?;
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add((*digit).into())
            })?;
            // 0x80 of a primitive value, and the reserved 0xFF.
            if digits.is_empty() || first == 0xFF {
                return None;
            }
            (Some(length), end)
        }
    };
    Some(Head {
        tag,
        length,
        content,
    })
}

/// Returns the bytes of a tag and a length.
const fn head_size(length: usize) -> usize {
    2 + length_digits(length)
}

/// Returns the bytes that follow the first one of a length.
const fn length_digits(length: usize) -> usize {
    match length {
        0..=0x7F => 0,
        0x80..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFF_FFFF => 3,
        _ => 4,
    }
}

/// Values that may be open at a time. A certificate in a PKCS#7 bundle has about twelve.
const DEEPEST: usize = 32;
const CONSTRUCTED: u8 = 0x20;
const END_OF_CONTENTS: u8 = 0;
const OCTET_STRING: u8 = 4;
