//! Files within JSON (base64, RFC 4648, section 4).

use std::fmt;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose},
};
use bytes::Bytes;
use serde::{Deserializer, Serialize};

use crate::{Error, wire::Single};

/// As the standard alphabet is read: padding or none.
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

    /// The base64 as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file. Padding may be missing, and there may be white space in it.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if it is no base64.
    pub fn decode(&self) -> Result<Bytes, Error> {
        let text: Vec<u8> = self
            .0
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        LENIENT
            .decode(text)
            .map(Bytes::from)
            .map_err(|_| Error::undecoded("."))
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

impl Single for Base64Data {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(String::read(deserializer)?.map(Self))
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value {
        marker.into()
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
        crate::wire::example::text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn padding_and_white_space_make_no_difference() {
        for text in ["dGVzdA==", "dGVzdA", "dGVz\r\ndA==\n"] {
            let data = Base64Data::from(text.to_owned());
            assert_eq!(data.decode().unwrap(), "test");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["dGVzdA=?", "a", "-_-_"] {
            let data = Base64Data::from(text.to_owned());
            assert!(matches!(data.decode(), Err(Error::Decode { .. })), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_file_survives(file: Vec<u8>) {
            prop_assert_eq!(Base64Data::encode(&file).decode().unwrap(), file);
        }
    }
}
