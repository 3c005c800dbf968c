//! Files within JSON (base64, RFC 4648, section 4).

use std::{borrow::Cow, fmt};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose},
};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::wire::text_newtype;

/// As responses are read: padding or none. Bits that are left over are zero, or it is no base64.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file in base64, such as the image of a document. `Debug` shows its length and nothing else.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Base64Data(String);

impl Base64Data {
    /// Encodes a file.
    #[must_use]
    pub fn encode(file: impl AsRef<[u8]>) -> Self {
        Self(general_purpose::STANDARD.encode(file))
    }

    /// Returns the file.
    ///
    /// Padding may be missing, and there may be white space, as MIME breaks lines ([RFC 2045,
    /// section 6.8]). The alphabet for URLs ([RFC 4648, section 5]) is taken, too, and a whole
    /// `data:` URL ([RFC 2397]).
    ///
    /// [RFC 2045, section 6.8]: https://www.rfc-editor.org/rfc/rfc2045#section-6.8
    /// [RFC 2397]: https://www.rfc-editor.org/rfc/rfc2397
    /// [RFC 4648, section 5]: https://www.rfc-editor.org/rfc/rfc4648#section-5
    ///
    /// # Errors
    ///
    /// [`InvalidBase64`] if it is no base64.
    pub fn decode(&self) -> Result<Bytes, InvalidBase64> {
        let base64 = match DataUrl::read(&self.0) {
            Some(DataUrl::Base64(base64)) => base64,
            Some(DataUrl::Plain(file)) => return Ok(file.into()),
            None => Cow::Borrowed(self.0.as_bytes()),
        };
        let standard = |byte: &u8| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => *byte,
        };
        let base64: Vec<u8> = base64
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(standard)
            .collect();
        let file = LENIENT.decode(base64);
        file.map(Bytes::from).map_err(|_| InvalidBase64)
    }

    /// Returns whether the service can take it: the standard alphabet with its padding, and white
    /// space as .NET takes it.
    pub(crate) fn is_standard(base64: &str) -> bool {
        let base64: Vec<u8> = base64
            .bytes()
            .filter(|byte| !b" \t\r\n".contains(byte))
            .collect();
        general_purpose::STANDARD.decode(base64).is_ok()
    }
}

/// Text that is no base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not base64")]
pub struct InvalidBase64;

/// The content of a `data:` URL (RFC 2397).
enum DataUrl<'a> {
    Base64(Cow<'a, [u8]>),
    Plain(Vec<u8>),
}

impl<'a> DataUrl<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let text = text.trim_start();
        let (scheme, rest) = text.split_at_checked("data:".len())?;
        let (media_type, data) = rest.split_once(',')?;
        if !scheme.eq_ignore_ascii_case("data:") {
            return None;
        }
        let data = Cow::from(percent_decode_str(data));
        let parameters = media_type.rsplit(';');
        let is_base64 = parameters
            .map(str::trim)
            .any(|it| it.eq_ignore_ascii_case("base64"));
        Some(match is_base64 {
            true => Self::Base64(data),
            false => Self::Plain(data.into_owned()),
        })
    }
}

/// Takes text that is base64 already; see [`Base64Data::encode`] for bytes.
impl From<String> for Base64Data {
    fn from(base64: String) -> Self {
        Self(base64)
    }
}

impl fmt::Debug for Base64Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} characters of base64", self.0.len())
    }
}

text_newtype!(Base64Data);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(text: &str) -> Result<Bytes, InvalidBase64> {
        Base64Data::from(text.to_owned()).decode()
    }

    #[test]
    fn padding_white_space_and_alphabet_make_no_difference() {
        for text in ["dGVzdA==", "dGVzdA", "dGVz\r\ndA==\n", "dGVzdA="] {
            assert_eq!(decode(text).unwrap(), "test", "{text:?}");
        }
        for text in ["-_-_", "+/+/", "+_-/", "%2B/+/"] {
            let plain = text.replace("%2B", "+");
            assert_eq!(decode(&plain).unwrap(), &b"\xFB\xFF\xBF"[..], "{text}");
        }
    }

    #[test]
    fn a_data_url_is_its_file() {
        for url in [
            "data:image/jpeg;base64,dGVzdA==",
            " DATA:image/jpeg;name=a.jpg;BASE64,dGVzdA",
            "data:;base64,dGVz%0D%0AdA%3D%3D",
            "data:,test",
            "data:text/plain,te%73t",
        ] {
            assert_eq!(decode(url).unwrap(), "test", "{url}");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in [
            "dGVzdA=?",
            "a",
            "data:image/jpeg;base64",
            "data:;base64,?",
            "datadata,",
            "test.jpg",
        ] {
            assert_eq!(decode(text), Err(InvalidBase64), "{text}");
        }
    }

    #[test]
    fn the_service_takes_the_standard_alphabet_with_padding_alone() {
        for text in ["dGVzdA==", "dGVz\r\ndA==", "+/+/"] {
            assert!(Base64Data::is_standard(text), "{text}");
        }
        for text in [
            "dGVzdA",
            "-_-_",
            "data:image/jpeg;base64,dGVzdA==",
            "C:\\front.jpg",
            "dGVzdA==x",
        ] {
            assert!(!Base64Data::is_standard(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_file_survives(file: Vec<u8>) {
            let data = Base64Data::encode(&file);
            prop_assert!(Base64Data::is_standard(data.as_str()));
            prop_assert_eq!(data.decode().unwrap(), &file);
            let url = format!("data:image/png;base64,{}", data.as_str());
            prop_assert_eq!(Base64Data::from(url).decode().unwrap(), file);
        }

        #[test]
        fn any_text_is_decoded_or_refused_without_panic(text in "(data:[a-z;,%]{0,20})?.*") {
            let _ = (decode(&text), Base64Data::is_standard(&text));
        }
    }
}
