//! Readings of a file that holds a secret: the text, and what else may have been meant.
//!
//! A person types the text; a tool may have taken the bytes as they stand, with a byte order mark
//! or a line end, or openssl the first line alone. Leaves out where the bytes come from.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::format::Format;
use crate::input::Input;
use crate::secret_note::SecretNote;
use crate::text_encoding::{self, Text, TextEncoding};

type Secret = Zeroizing<Vec<u8>>;

/// A secret as it is meant, and other readings of the same bytes in the order in which to try them.
pub(super) struct Spelling {
    pub(super) secret: Secret,
    pub(super) others: Vec<(SecretNote, Secret)>,
    pub(super) notes: Vec<SecretNote>,
}

impl Spelling {
    /// Reads the bytes of a file.
    pub(super) fn of_file(bytes: &[u8], input: Input) -> Result<Self, Error> {
        let mut notes = Vec::new();
        let text = match text_encoding::decode(bytes) {
            Text::AsItIs => {
                if std::str::from_utf8(bytes).is_err() {
                    notes.push(SecretNote::NotUtf8);
                }
                Zeroizing::new(bytes.to_vec())
            }
            Text::Decoded(encoding, text) => {
                notes.push(match encoding {
                    TextEncoding::Utf8WithMark => SecretNote::ByteOrderMark,
                    TextEncoding::Utf16 | TextEncoding::Utf32 => SecretNote::Utf16,
                });
                text
            }
            Text::Undecodable => {
                let format = Format::Utf16;
                return Err(Error::UnsupportedFormat { input, format });
            }
        };
        let secret = without_line_ends(&text);
        if secret.contains(&b'\n') {
            notes.push(SecretNote::SeveralLines);
        }
        if secret
            .last()
            .is_some_and(|last| matches!(last, b' ' | b'\t'))
        {
            notes.push(SecretNote::EndsInSpace);
        }
        let mut others = Vec::new();
        // In the order of likelihood, since each costs a key derivation.
        let readings = [
            (SecretNote::Verbatim, without_one_line_end(bytes)),
            (SecretNote::FirstLine, first_line(secret)),
            (SecretNote::FirstLine, first_line(bytes)),
        ];
        for (note, reading) in readings {
            let is_new = others
                .iter()
                .all(|(_, other): &(_, Secret)| other.as_slice() != reading);
            // A reading twice would cost another key derivation for nothing.
            if reading != secret && is_new {
                others.push((note, Zeroizing::new(reading.to_vec())));
            }
        }
        let secret = Zeroizing::new(secret.to_vec());
        Ok(Self {
            secret,
            others,
            notes,
        })
    }

    /// Takes the bytes of a variable, whose line ends and byte order mark may have come from a
    /// file.
    pub(super) fn of_variable(bytes: Secret) -> Self {
        let unmarked = bytes.strip_prefix("\u{FEFF}".as_bytes());
        let text = unmarked.unwrap_or(&bytes);
        let trimmed = without_line_ends(text);
        let mut others = Vec::new();
        if trimmed.len() < text.len() {
            others.push((SecretNote::WithoutLineEnd, Zeroizing::new(trimmed.to_vec())));
        }
        let mut notes = Vec::new();
        // A variable is meant as it stands; only the mark is never typed.
        let secret = match unmarked {
            None => bytes,
            Some(text) => {
                let text = Zeroizing::new(text.to_vec());
                notes.push(SecretNote::ByteOrderMark);
                others.push((SecretNote::Verbatim, bytes));
                text
            }
        };
        Self {
            secret,
            others,
            notes,
        }
    }
}

/// Cuts line breaks at the end, which no one types.
fn without_line_ends(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
    text.get(..end.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

fn without_one_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next();
    line.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret, other readings, and notes.
    type Read = (Vec<u8>, Vec<(SecretNote, Vec<u8>)>, Vec<SecretNote>);

    fn read(bytes: &[u8]) -> Read {
        let spelling = Spelling::of_file(bytes, Input::Passphrase);
        let spelling = spelling.unwrap_or_else(|error| panic!("{error}"));
        let others = spelling.others.into_iter();
        let others = others.map(|(note, secret)| (note, secret.to_vec()));
        (spelling.secret.to_vec(), others.collect(), spelling.notes)
    }

    #[test]
    fn line_ends_are_dropped_and_white_space_is_not() {
        for bytes in [&b"secret"[..], b"secret\n", b"secret\r\n"] {
            assert_eq!(read(bytes), (b"secret".to_vec(), vec![], vec![]));
        }
        for bytes in [&b"secret\n\n"[..], b"secret\r", b"secret\r\n\r\n"] {
            let (secret, others, notes) = read(bytes);
            assert_eq!((secret, notes), (b"secret".to_vec(), vec![]));
            assert!(others.len() <= 1, "{others:?}");
        }
        assert_eq!(read(b"\n").0, b"");
        assert_eq!(read(b"").0, b"");
        let (secret, _, notes) = read(b" secret ");
        assert_eq!(
            (secret, notes),
            (b" secret ".to_vec(), vec![SecretNote::EndsInSpace])
        );
    }

    #[test]
    fn a_mark_is_dropped_and_tried_afterwards() {
        let (secret, others, notes) = read(b"\xEF\xBB\xBFsecret\r\n");
        assert_eq!(
            (secret, notes),
            (b"secret".to_vec(), vec![SecretNote::ByteOrderMark])
        );
        assert_eq!(
            others,
            [(SecretNote::Verbatim, b"\xEF\xBB\xBFsecret".to_vec())]
        );
    }

    #[test]
    fn utf_16_is_text_with_and_without_a_mark() {
        for bytes in [
            &b"\xFF\xFEa\0b\0\r\0\n\0"[..],
            b"\xFE\xFF\0a\0b",
            b"a\0b\0",
            b"\0a\0b\0\n",
        ] {
            let (secret, _, notes) = read(bytes);
            assert_eq!((secret, notes), (b"ab".to_vec(), vec![SecretNote::Utf16]));
        }
        assert!(matches!(
            Spelling::of_file(b"\xFF\xFEa", Input::Password),
            Err(Error::UnsupportedFormat {
                input: Input::Password,
                format: Format::Utf16
            })
        ));
    }

    #[test]
    fn of_several_lines_the_first_is_tried_afterwards() {
        let (secret, others, notes) = read(b"one\ntwo\n");
        assert_eq!(
            (secret, notes),
            (b"one\ntwo".to_vec(), vec![SecretNote::SeveralLines])
        );
        assert_eq!(others, [(SecretNote::FirstLine, b"one".to_vec())]);
    }

    #[test]
    fn a_variable_is_taken_as_it_is_first() {
        let spelling = Spelling::of_variable(Zeroizing::new(b"secret\n".to_vec()));
        assert_eq!(*spelling.secret, b"secret\n");
        assert_eq!(*spelling.others[0].1, b"secret");
        assert!(
            Spelling::of_variable(Zeroizing::new(b"s".to_vec()))
                .others
                .is_empty()
        );
    }

    #[test]
    fn mark_at_the_start_of_a_variable_is_dropped() {
        let bytes = "\u{FEFF}secret\n".as_bytes();
        let spelling = Spelling::of_variable(Zeroizing::new(bytes.to_vec()));
        assert_eq!(*spelling.secret, b"secret\n");
        assert_eq!(spelling.notes, [SecretNote::ByteOrderMark]);
        let others: Vec<_> = spelling
            .others
            .iter()
            .map(|(note, it)| (*note, it.as_slice()))
            .collect();
        let expected = [
            (SecretNote::WithoutLineEnd, &b"secret"[..]),
            (SecretNote::Verbatim, bytes),
        ];
        assert_eq!(others, expected);
    }

    #[test]
    fn windows_code_page_is_noted_and_utf_8_is_not() {
        let (secret, _, notes) = read(b"p\xE4ssword\r\n");
        assert_eq!(
            (secret, notes),
            (b"p\xE4ssword".to_vec(), vec![SecretNote::NotUtf8])
        );
        assert_eq!(read("p\u{E4}ssword".as_bytes()).2, []);
    }
}
