//! Text in UTF-16 or UTF-32, or with a byte order mark, made UTF-8.
//!
//! Windows writes such files: PowerShell's `>` and Notepad. A mark decides; without one, text is
//! only taken for UTF-16 where it cannot be anything else that people write. Leaves out other
//! encodings.

use zeroize::Zeroizing;

/// The encoding of a file that is not plain UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    /// UTF-8 behind a byte order mark.
    Utf8WithMark,
    Utf16,
    Utf32,
}

/// Bytes as text is to be read from them.
pub(crate) enum Text {
    /// Nothing needs to be done.
    AsItIs,
    /// The text without its mark, in UTF-8.
    Decoded(TextEncoding, Zeroizing<Vec<u8>>),
    /// A mark, and then no text: it is cut, or no text at all.
    Undecodable,
}

/// Finds out how text is encoded.
pub(crate) fn decode(bytes: &[u8]) -> Text {
    let (encoding, text) = match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => {
            let text = Zeroizing::new(text.to_vec());
            return Text::Decoded(TextEncoding::Utf8WithMark, text);
        }
        // Before UTF-16, whose mark it begins with.
        [0xFF, 0xFE, 0, 0, text @ ..] => (TextEncoding::Utf32, utf_32(text, u32::from_le_bytes)),
        [0, 0, 0xFE, 0xFF, text @ ..] => (TextEncoding::Utf32, utf_32(text, u32::from_be_bytes)),
        [0xFF, 0xFE, text @ ..] => (TextEncoding::Utf16, utf_16(text, u16::from_le_bytes)),
        [0xFE, 0xFF, text @ ..] => (TextEncoding::Utf16, utf_16(text, u16::from_be_bytes)),
        unmarked => match without_mark(unmarked) {
            Some(text) => (TextEncoding::Utf16, Some(text)),
            None => return Text::AsItIs,
        },
    };
    text.map_or(Text::Undecodable, |text| Text::Decoded(encoding, text))
}

/// Returns the text of UTF-16 without a mark, if it must be that: every second byte may be zero and
/// some are, no other is, no control character comes out but line ends and tabs, and it ends with a
/// line or half of it is ASCII.
fn without_mark(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let mut zeros = [false; 2];
    for pair in pairs {
        zeros
            .iter_mut()
            .zip(pair)
            .for_each(|(seen, byte)| *seen |= *byte == 0);
    }
    // Zeros on one side only: text of ASCII and little else.
    let text = match zeros {
        [false, true] => utf_16(bytes, u16::from_le_bytes)?,
        [true, false] => utf_16(bytes, u16::from_be_bytes)?,
        _ => return None,
    };
    let is_text = std::str::from_utf8(&text).is_ok_and(|text| {
        let ascii = text.chars().filter(char::is_ascii).count();
        text.chars()
            .all(|it| !it.is_control() || matches!(it, '\r' | '\n' | '\t'))
            && (text.ends_with('\n') || 2 * ascii >= pairs.len())
    });
    is_text.then_some(text)
}

fn utf_16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let characters = char::decode_utf16(units).map(Result::ok);
    utf_8(bytes.len() * 2, characters).filter(|_| rest.is_empty())
}

fn utf_32(bytes: &[u8], unit: impl Fn([u8; 4]) -> u32) -> Option<Zeroizing<Vec<u8>>> {
    let (units, rest) = bytes.as_chunks::<4>();
    let characters = units.iter().map(|four| char::from_u32(unit(*four)));
    utf_8(bytes.len(), characters).filter(|_| rest.is_empty())
}

fn utf_8(
    room: usize,
    characters: impl Iterator<Item = Option<char>>,
) -> Option<Zeroizing<Vec<u8>>> {
    // Room for everything at once: a buffer that grows leaves copies of a secret behind.
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    for character in characters {
        let mut room = Zeroizing::new([0; 4]);
        text.extend_from_slice(character?.encode_utf8(&mut *room).as_bytes());
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8]) -> Option<(TextEncoding, String)> {
        match decode(bytes) {
            Text::Decoded(encoding, text) => {
                Some((encoding, String::from_utf8(text.to_vec()).unwrap()))
            }
            Text::AsItIs | Text::Undecodable => None,
        }
    }

    fn in_utf_16(text: &str, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    proptest! {
        #[test]
        fn marked_text_comes_out_whatever_it_is(text in any::<String>()) {
            for marked in [
                in_utf_16(&format!("\u{feff}{text}"), u16::to_le_bytes),
                in_utf_16(&format!("\u{feff}{text}"), u16::to_be_bytes),
            ] {
                // A text that begins with NUL would be UTF-32.
                if !text.starts_with('\0') {
                    prop_assert_eq!(decoded(&marked), Some((TextEncoding::Utf16, text.clone())));
                }
            }
            let wide: Vec<u8> = format!("\u{feff}{text}")
                .chars().flat_map(|it| u32::from(it).to_le_bytes()).collect();
            prop_assert_eq!(decoded(&wide), Some((TextEncoding::Utf32, text.clone())));
            let marked = format!("\u{feff}{text}");
            prop_assert_eq!(decoded(marked.as_bytes()), Some((TextEncoding::Utf8WithMark, text)));
        }

        #[test]
        fn ascii_in_utf_16_needs_no_mark(text in "[ -~]{1,40}(\r\n)?") {
            for bytes in [in_utf_16(&text, u16::to_le_bytes), in_utf_16(&text, u16::to_be_bytes)] {
                prop_assert_eq!(decoded(&bytes), Some((TextEncoding::Utf16, text.clone())));
            }
            prop_assert!(matches!(decode(text.as_bytes()), Text::AsItIs));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn non_ascii_letters_are_told_by_line_end() {
        let text = "пароль\r\n";
        let bytes = in_utf_16(text, u16::to_le_bytes);
        assert_eq!(
            decoded(&bytes),
            Some((TextEncoding::Utf16, text.to_owned()))
        );
        // Without it, they may be any bytes.
        let bytes = in_utf_16("пароль", u16::to_le_bytes);
        assert!(matches!(decode(&bytes), Text::AsItIs));
    }

    #[test]
    fn what_is_marked_and_cut_is_not_guessed() {
        for bytes in [
            &b"\xFF\xFEa\0b"[..],
            b"\xFE\xFF\xD8\x00",
            b"\xFF\xFE\0\0a\0\0",
            b"\0\0\xFE\xFF\0\x11\0\0",
        ] {
            assert!(matches!(decode(bytes), Text::Undecodable), "{bytes:?}");
        }
        assert!(matches!(decode(b""), Text::AsItIs));
        assert!(matches!(decode(b"\0\0\0\0"), Text::AsItIs));
        assert!(matches!(decode(b"\x30\x00\x01\x00"), Text::AsItIs));
    }
}
