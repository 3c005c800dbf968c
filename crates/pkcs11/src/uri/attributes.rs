//! The attributes of a `pkcs11:` URI, decoded one by one.
//!
//! `pk11-pattr` and `pk11-qattr` of [RFC 7512, section 2.3]. Leaves out what they mean.
//!
//! [RFC 7512, section 2.3]: https://www.rfc-editor.org/rfc/rfc7512#section-2.3

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::uri::invalid::InvalidUri;

/// The attributes of a path or a query, in their order.
pub(super) struct Attributes<'a> {
    parts: std::str::Split<'a, char>,
    position: usize,
    /// Characters that need no encoding here, beside those of every attribute.
    allowed: &'static str,
    seen: Vec<&'a str>,
}

/// One attribute, whose value is not decoded yet.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    value: &'a str,
}

impl<'a> Attributes<'a> {
    pub(super) fn of_path(path: &'a str) -> Self {
        Self::new(path, ';', "&")
    }

    pub(super) fn of_query(query: &'a str) -> Self {
        Self::new(query, '&', "/?|")
    }

    fn new(text: &'a str, separator: char, allowed: &'static str) -> Self {
        let mut parts = text.split(separator);
        if text.is_empty() {
            parts.next();
        }
        Self {
            parts,
            position: 0,
            allowed,
            seen: Vec::new(),
        }
    }

    fn read(&mut self, part: &'a str) -> Result<Attribute<'a>, InvalidUri> {
        let position = self.position;
        let is_name = |name: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !name.is_empty() && name.bytes().all(is_part)
        };
        let (name, value) = part
            .split_once('=')
            .filter(|(name, _)| is_name(name))
            .ok_or(InvalidUri::NoAttribute { position })?;
        // At most the dozen that are known and one more: any other ends the reading.
        if self.seen.contains(&name) {
            let name = name.to_owned();
            return Err(InvalidUri::Duplicate { name });
        }
        self.seen.push(name);
        let attribute = Attribute { name, value };
        // What may be a PIN is shown by no error.
        if name != "pin-value" {
            attribute.check_characters(self.allowed)?;
        }
        Ok(attribute)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, InvalidUri>;

    fn next(&mut self) -> Option<Self::Item> {
        let part = self.parts.next()?;
        self.position += 1;
        Some(self.read(part))
    }
}

impl Attribute<'_> {
    /// Checks that the value has only `unreserved`, `pk11-res-avail` and what is encoded.
    fn check_characters(&self, allowed: &str) -> Result<(), InvalidUri> {
        let is_allowed = |character: char| {
            character.is_ascii_alphanumeric()
                || "-._~%:[]@!$'()*+,=".contains(character)
                || allowed.contains(character)
        };
        match self.value.chars().find(|it| !is_allowed(*it)) {
            // Another is more than one byte, so its code would be the wrong advice.
            Some(character) if character.is_ascii() => Err(InvalidUri::Character {
                name: self.name.to_owned(),
                character,
            }),
            Some(_) => Err(self.encoding()),
            None => Ok(()),
        }
    }

    fn decoded(&self) -> Result<Vec<u8>, InvalidUri> {
        let mut rest = self.value.split('%').skip(1);
        let is_hex = |after: &str| {
            let digits = after.as_bytes().get(..2);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        if !rest.all(is_hex) {
            return Err(self.encoding());
        }
        match percent_decode_str(self.value).collect::<Vec<u8>>() {
            empty if empty.is_empty() => Err(InvalidUri::Empty {
                name: self.name.to_owned(),
            }),
            bytes => Ok(bytes),
        }
    }

    fn decoded_text(&self) -> Result<String, InvalidUri> {
        String::from_utf8(self.decoded()?).map_err(|_| self.encoding())
    }

    pub(super) fn bytes(&self, to: &mut Option<Vec<u8>>) -> Result<(), InvalidUri> {
        *to = Some(self.decoded()?);
        Ok(())
    }

    pub(super) fn text(&self, to: &mut Option<String>) -> Result<(), InvalidUri> {
        *to = Some(self.decoded_text()?);
        Ok(())
    }

    pub(super) fn path(&self, to: &mut Option<PathBuf>) -> Result<(), InvalidUri> {
        *to = Some(self.decoded_text()?.into());
        Ok(())
    }

    /// Reads the path of a file, as it is or as a `file:` URI.
    pub(super) fn file(&self, to: &mut Option<PathBuf>) -> Result<(), InvalidUri> {
        let text = self.decoded_text()?;
        let path = text.strip_prefix("file:").unwrap_or(&text);
        // Of `file://host/path` only the empty host is this machine.
        let path = match path.strip_prefix("//") {
            Some(rest) if rest.starts_with('/') => rest,
            Some(_) => return Err(InvalidUri::PinSource),
            None => path,
        };
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(InvalidUri::PinSource);
        }
        *to = Some(path);
        Ok(())
    }

    pub(super) fn number(&self, to: &mut Option<u64>) -> Result<(), InvalidUri> {
        let is_digits = self.value.bytes().all(|byte| byte.is_ascii_digit());
        let number = self.value.parse().ok().filter(|_| is_digits);
        *to = Some(number.ok_or(InvalidUri::SlotId)?);
        Ok(())
    }

    pub(super) fn check_type(&self) -> Result<(), InvalidUri> {
        match self.value {
            "private" => Ok(()),
            _ => Err(InvalidUri::Type),
        }
    }

    pub(super) fn unknown(&self) -> InvalidUri {
        InvalidUri::Unknown {
            name: self.name.to_owned(),
        }
    }

    fn encoding(&self) -> InvalidUri {
        InvalidUri::Encoding {
            name: self.name.to_owned(),
        }
    }
}
