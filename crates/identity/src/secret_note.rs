//! Differences between the bytes of a passphrase or password and what a person would type.
//!
//! Leaves out how that is found out.

use std::fmt;

/// One thing to know of the spelling of a secret; its `Display` is a clause about "it".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SecretNote {
    /// A PKCS#12 store was written under no passphrase at all, zero bytes.
    Absent,
    /// The file or variable starts with a byte order mark, which was dropped.
    ByteOrderMark,
    /// A PKCS#12 store opens only with each byte of it taken for a character, as OpenSSL before 1.1
    /// did.
    BytesAsCharacters,
    /// A PKCS#12 store was written under the empty passphrase, which is a terminator alone ([RFC
    /// 7292, appendix B.1](https://www.rfc-editor.org/rfc/rfc7292#appendix-B.1)).
    Empty,
    /// It ends in a space or a tab, which belongs to it.
    EndsInSpace,
    /// The key opens only with the first line of the file, which is what openssl takes.
    FirstLine,
    /// It is not UTF-8, as text in a code page of Windows is not; its bytes were taken.
    NotUtf8,
    /// It goes over several lines, all of which belong to it.
    SeveralLines,
    /// The file is in UTF-16 (or UTF-32) and was read as text.
    Utf16,
    /// The key opens only with the bytes of the file as they stand: a byte order mark, UTF-16 or
    /// more than one line end is part of its passphrase.
    Verbatim,
    /// The key opens only without the line end of the variable.
    WithoutLineEnd,
    /// A PKCS#12 store was written under the terminator of the empty passphrase as if that were a
    /// character.
    ZeroCharacter,
}

impl SecretNote {
    /// Returns whether it says that a store is under no passphrase that anyone would have to know.
    pub(crate) const fn is_no_passphrase(self) -> bool {
        matches!(self, Self::Absent | Self::Empty | Self::ZeroCharacter)
    }
}

impl fmt::Display for SecretNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => {
                "the store opens with none, not even the empty one: whoever has the file has its key, \
                 give it a passphrase"
            }
            Self::ByteOrderMark => {
                "it starts with a byte order mark, which was dropped: other programs may take the mark \
                 for a part of the secret, save the file as UTF-8 without it"
            }
            Self::BytesAsCharacters => {
                "the store opens only with each of its bytes as a character, as OpenSSL before 1.1 \
                 wrote it: other programs do not open it, write it anew"
            }
            Self::Empty => {
                "the store opens with the empty one: whoever has the file has its key, give it a \
                 passphrase"
            }
            Self::EndsInSpace => "it ends in white space, which was taken as a part of it",
            Self::FirstLine => {
                "the key opens with the first line of the file alone: leave only that line in it"
            }
            Self::NotUtf8 => {
                "it is not UTF-8 and its bytes were taken as they are: a person who types it may not type \
                 those, save the file as UTF-8"
            }
            Self::SeveralLines => {
                "it goes over several lines, all of which were taken: some programs read the first \
                 one only"
            }
            Self::Utf16 => {
                "its file is in UTF-16 (or UTF-32) and was read as text: other programs cannot do that, save the \
                 file as UTF-8"
            }
            Self::Verbatim => {
                "the key opens only with the bytes of the file as they are, a byte order mark, UTF-16 \
                 or line ends among them: no keyboard has that, encrypt the key anew"
            }
            Self::WithoutLineEnd => {
                "the variable ends in a line end, and the key opens without it: remove it"
            }
            Self::ZeroCharacter => {
                "the store opens with two zero bytes in its place: whoever has the file has its key, \
                 give it a passphrase"
            }
        })
    }
}
