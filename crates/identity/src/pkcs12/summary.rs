//! The parts of a store that show without its passphrase, for a person.
//!
//! Leaves out what is encrypted: most stores show their keys' names and no certificate.

use std::fmt;

use vocabulary::Escaped;

use crate::encryption::Encryption;
use crate::error::Error;
use crate::limits::Limits;
use crate::pkcs12::StoreFile;
use crate::pkcs12::mac::MacScheme;
use crate::pkcs12::pfx::Safe;
use crate::pkcs12::store_error::of_store;

/// The parts of a store; its `Display` has a line for each.
#[derive(Debug)]
pub(crate) struct StoreSummary {
    mac: Option<MacScheme>,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// Most tools put the certificates in it.
    Encrypted(Encryption),
    Certificate {
        name: Option<String>,
    },
    Key {
        name: Option<String>,
        /// The refusal of a key that is encrypted in a way that is not supported, beside others.
        encryption: Result<Option<Encryption>, Error>,
    },
}

impl StoreSummary {
    /// Reads the store as far as it goes; what cannot be opened is an error.
    pub(crate) fn read(file: &[u8]) -> Result<Self, Error> {
        let file = StoreFile::read(file)?;
        let limits = Limits::default();
        let store = file.store(&limits)?;
        let mut parts = Vec::new();
        for safe in &store.safes {
            if let Safe::Encrypted(encrypted) = safe {
                let envelope = encrypted.envelope().map_err(of_store)?;
                parts.push(Part::Encrypted(envelope.encryption));
            }
        }
        for certificate in &store.bags.certificates {
            let name = certificate.attributes.friendly_name.clone();
            parts.push(Part::Certificate { name });
        }
        for key in &store.bags.keys {
            let encryption = key.encryption();
            let name = key.attributes.friendly_name.clone();
            parts.push(Part::Key { name, encryption });
        }
        let mac = store.pfx.mac.as_ref().map(|mac| mac.scheme);
        Ok(Self { mac, parts })
    }
}

impl fmt::Display for StoreSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mac {
            Some(mac) => write!(f, "integrity    {mac}")?,
            None => f.write_str("integrity    none, a MAC is missing")?,
        }
        self.parts.iter().try_for_each(|part| match part {
            Part::Encrypted(encryption) => write!(f, "\nencrypted    {encryption}"),
            Part::Certificate { name } => write!(f, "\ncertificate  {}", Named(name.as_deref())),
            Part::Key { name, encryption } => {
                let name = Named(name.as_deref());
                match encryption {
                    Ok(Some(encryption)) => write!(f, "\nkey          {name}, {encryption}"),
                    Ok(None) => write!(f, "\nkey          {name}, not encrypted"),
                    Err(refusal) => write!(f, "\nkey          {name}: {refusal}"),
                }
            }
        })
    }
}

/// Shows a name in quotation marks, what would steer a terminal escaped.
struct Named<'a>(Option<&'a str>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(name) = self.0 else {
            return f.write_str("without a friendly name");
        };
        f.write_str("\"")?;
        name.chars().try_for_each(|character| match character {
            '"' => f.write_str("\\\""),
            character => Escaped::exact(character.encode_utf8(&mut [0; 4])).fmt(f),
        })?;
        f.write_str("\"")
    }
}
