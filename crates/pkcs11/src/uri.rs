//! The `pkcs11:` URI that names a key in a token ([RFC 7512]).
//!
//! Leaves out URIs of certificates and other objects, and attributes of the library, whose path is
//! given instead.
//!
//! [RFC 7512]: https://www.rfc-editor.org/rfc/rfc7512

mod attributes;
mod invalid;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use attributes::Attributes;

pub use invalid::InvalidUri;

/// The name of a private key in a token, with the way to it.
///
/// Attributes that are left out match everything; those that are there, as `token` and `serial`,
/// all have to match. A PIN is never part of it: `pin-value` is refused, since command lines and
/// configurations are read by others; `pin-source` names a file.
///
/// ```
/// use pkcs11::Pkcs11Uri;
///
/// let uri: Pkcs11Uri =
///     "pkcs11:token=napi;object=client-2027?module-path=/usr/lib/softhsm/libsofthsm2.so".parse()?;
/// assert_eq!(uri.token(), Some("napi"));
/// assert_eq!(uri.object(), Some("client-2027"));
/// # Ok::<(), pkcs11::InvalidUri>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    token: Option<String>,
    serial: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    slot_id: Option<u64>,
    object: Option<String>,
    id: Option<Vec<u8>>,
    module_path: Option<PathBuf>,
    pin_source: Option<PathBuf>,
}

impl Pkcs11Uri {
    /// The scheme, by which a URI is told from the path of a file.
    pub const SCHEME: &'static str = "pkcs11:";

    /// Returns the label of the token (`token`).
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Returns the serial number of the token (`serial`).
    #[must_use]
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    /// Returns the manufacturer of the token (`manufacturer`).
    #[must_use]
    pub fn manufacturer(&self) -> Option<&str> {
        self.manufacturer.as_deref()
    }

    /// Returns the model of the token (`model`).
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns the number of the slot that the token is in (`slot-id`); it may change when a module
    /// is loaded again.
    #[must_use]
    pub const fn slot_id(&self) -> Option<u64> {
        self.slot_id
    }

    /// Returns the label of the key (`object`, `CKA_LABEL`).
    #[must_use]
    pub fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }

    /// Returns the identifier of the key (`id`, `CKA_ID`).
    #[must_use]
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }

    /// Returns the path of the module, the library of the device (`module-path`).
    #[must_use]
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// Returns the file that holds the PIN (`pin-source`).
    #[must_use]
    pub fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }

    /// Sets the serial number of the token, unless the URI names one or the token has none.
    pub(crate) fn of_serial(mut self, serial: &str) -> Self {
        if !serial.is_empty() {
            self.serial.get_or_insert_with(|| serial.to_owned());
        }
        self
    }

    /// Sets the path of the module, unless the URI names one.
    #[must_use]
    pub fn or_module_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.module_path.get_or_insert_with(|| path.into());
        self
    }
}

impl FromStr for Pkcs11Uri {
    type Err = InvalidUri;

    /// Reads a URI.
    ///
    /// An attribute that is not known is refused in path and query: one that is passed over could
    /// be what tells this key from another.
    fn from_str(text: &str) -> Result<Self, InvalidUri> {
        let (scheme, rest) = text
            .split_at_checked(Self::SCHEME.len())
            .ok_or(InvalidUri::Scheme)?;
        // RFC 3986, section 3.1: schemes are case-insensitive.
        if !scheme.eq_ignore_ascii_case(Self::SCHEME) {
            return Err(InvalidUri::Scheme);
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let mut uri = Self::default();
        for attribute in Attributes::of_path(path) {
            let attribute = attribute?;
            match attribute.name {
                "token" => attribute.text(&mut uri.token)?,
                "serial" => attribute.text(&mut uri.serial)?,
                "manufacturer" => attribute.text(&mut uri.manufacturer)?,
                "model" => attribute.text(&mut uri.model)?,
                "object" => attribute.text(&mut uri.object)?,
                "id" => attribute.bytes(&mut uri.id)?,
                "slot-id" => attribute.number(&mut uri.slot_id)?,
                // Read with the others, so that it cannot be there twice.
                "type" => attribute.check_type()?,
                _ => return Err(attribute.unknown()),
            }
        }
        for attribute in Attributes::of_query(query.unwrap_or_default()) {
            let attribute = attribute?;
            match attribute.name {
                "module-path" => attribute.path(&mut uri.module_path)?,
                "pin-source" => attribute.file(&mut uri.pin_source)?,
                "pin-value" => return Err(InvalidUri::PinValue),
                _ => return Err(attribute.unknown()),
            }
        }
        Ok(uri)
    }
}

/// Writes the URI with its attributes in one order, percent-encoded where the standard asks for it.
impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot_id = self.slot_id.map(|number| number.to_string());
        let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let path = |path: &Option<PathBuf>| {
            let path = path.as_ref().map(|path| path.as_os_str());
            path.map(|path| path.as_encoded_bytes().to_vec())
        };
        f.write_str(Self::SCHEME)?;
        let attributes = [
            ("token", bytes(&self.token)),
            ("manufacturer", bytes(&self.manufacturer)),
            ("serial", bytes(&self.serial)),
            ("model", bytes(&self.model)),
            ("slot-id", bytes(&slot_id)),
            ("object", bytes(&self.object)),
            ("id", self.id.clone()),
        ];
        write_attributes(f, &attributes, "", ";", UNRESERVED)?;
        let attributes = [
            ("module-path", path(&self.module_path)),
            ("pin-source", path(&self.pin_source).map(told_from_a_host)),
        ];
        write_attributes(f, &attributes, "?", "&", IN_QUERY)
    }
}

/// Returns a path as it is read: two slashes in front of it would name a host.
fn told_from_a_host(path: Vec<u8>) -> Vec<u8> {
    match path.starts_with(b"//") {
        true => [b"file://", &path[..]].concat(),
        false => path,
    }
}

/// Writes those attributes that are there, with `before` in front of the first.
fn write_attributes(
    f: &mut fmt::Formatter<'_>,
    attributes: &[(&str, Option<Vec<u8>>)],
    before: &str,
    between: &str,
    encoded: &'static AsciiSet,
) -> fmt::Result {
    let mut separator = before;
    for (name, value) in attributes {
        if let Some(value) = value {
            let value = percent_encode(value, encoded);
            write!(f, "{separator}{name}={value}")?;
            separator = between;
        }
    }
    Ok(())
}

/// Bytes that are not "unreserved" ([RFC 3986, section 2.3]).
///
/// [RFC 3986, section 2.3]: https://www.rfc-editor.org/rfc/rfc3986#section-2.3
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// A slash needs no encoding in the query.
const IN_QUERY: &AsciiSet = &UNRESERVED.remove(b'/');

#[cfg(test)]
mod tests;
