//! The bags in a safe: keys, certificates, and safes once more.
//!
//! [RFC 7292, section 4.2]. Revocation lists and secrets of other kinds are passed over. Leaves out
//! opening the keys.
//!
//! [RFC 7292, section 4.2]: https://www.rfc-editor.org/rfc/rfc7292#section-4.2

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode, Tag};
use zeroize::Zeroizing;

use crate::algorithm::{PBE_SHA1_RC2_40, unsupported_encryption};
use crate::asn1::{EXPLICIT_0, Sequence, explicit, explicit_octets, oid};
use crate::encrypted_key::EncryptedKey;
use crate::encryption::Encryption;
use crate::error::Error;
use crate::pkcs12::attributes::Attributes;
use crate::pkcs12::store_error::of_store;
use crate::store_problem::StoreProblem;

/// Everything of use that was found, in its order.
#[derive(Default)]
pub(super) struct Bags {
    pub(super) certificates: Vec<Certificate>,
    pub(super) keys: Vec<Key>,
    /// Bags of every kind.
    seen: usize,
}

/// A certificate in DER.
pub(super) struct Certificate {
    pub(super) der: Zeroizing<Vec<u8>>,
    pub(super) attributes: Attributes,
}

/// A key that is not opened yet.
pub(super) struct Key {
    pub(super) der: Zeroizing<Vec<u8>>,
    pub(super) is_shrouded: bool,
    pub(super) attributes: Attributes,
    /// That of the safe around it.
    pub(super) safe: Option<Encryption>,
}

impl Key {
    /// Returns the encryption that protects it, its own or that of its safe; an error if that is
    /// not supported for keys.
    pub(super) fn encryption(&self) -> Result<Option<Encryption>, Error> {
        match self.safe {
            _ if self.is_shrouded => self.envelope().map(|it| Some(it.encryption)),
            // Supported for certificates alone, which are public: 40 bits protect nothing.
            Some(Encryption::Pkcs12Rc2 { .. }) => {
                Err(of_store(unsupported_encryption(PBE_SHA1_RC2_40)))
            }
            safe => Ok(safe),
        }
    }

    /// Returns a shrouded key as it is encrypted.
    pub(super) fn envelope(&self) -> Result<EncryptedKey<'_>, Error> {
        EncryptedKey::from_info(&self.der).map_err(of_store)
    }
}

impl Bags {
    /// Reads a `SafeContents ::= SEQUENCE OF SafeBag` with the safes nested in it; `safe` is the
    /// encryption around all of it.
    ///
    /// ```text
    /// SafeBag ::= SEQUENCE {
    ///   bagId         BAG-TYPE.&id ({PKCS12BagSet}),
    ///   bagValue      [0] EXPLICIT BAG-TYPE.&Type({PKCS12BagSet}{@bagId}),
    ///   bagAttributes SET OF PKCS12Attribute OPTIONAL }
    /// ```
    pub(super) fn read(
        &mut self,
        contents: AnyRef<'_>,
        safe: Option<Encryption>,
    ) -> Result<(), StoreProblem> {
        let open = |contents| Sequence::of(contents, Tag::Sequence).ok_or(StoreProblem::Damaged);
        let mut stack = vec![open(contents)?];
        while let Some(contents) = stack.last_mut() {
            if contents.is_finished() {
                stack.pop();
                continue;
            }
            self.seen += 1;
            if self.seen > MOST_BAGS {
                let limit = MOST_BAGS;
                return Err(StoreProblem::TooManyParts { limit });
            }
            let (kind, value, attributes) =
                contents.read().and_then(bag).ok_or(StoreProblem::Damaged)?;
            if kind == SAFE_CONTENTS {
                let nested = explicit(value).ok_or(StoreProblem::Damaged)?;
                if stack.len() == DEEPEST {
                    return Err(StoreProblem::TooDeep);
                }
                stack.push(open(nested)?);
            } else {
                self.keep(kind, value, attributes, safe)
                    .ok_or(StoreProblem::Damaged)?;
            }
        }
        Ok(())
    }

    fn keep(
        &mut self,
        kind: ObjectIdentifier,
        value: AnyRef<'_>,
        attributes: Attributes,
        safe: Option<Encryption>,
    ) -> Option<()> {
        match kind {
            KEY | SHROUDED_KEY => self.keys.push(Key {
                der: Zeroizing::new(explicit(value)?.to_der().ok()?),
                is_shrouded: kind == SHROUDED_KEY,
                attributes,
                safe,
            }),
            CERTIFICATE => {
                let mut bag = Sequence::of(explicit(value)?, Tag::Sequence)?;
                let is_x509 = bag.read::<ObjectIdentifier>()? == X509_CERTIFICATE;
                let certificate = bag.read_if(EXPLICIT_0)?;
                if is_x509 {
                    let der = Zeroizing::new(explicit_octets(certificate)?.to_vec());
                    self.certificates.push(Certificate { der, attributes });
                }
            }
            _ => {}
        }
        Some(())
    }
}

/// Returns the kind, the tagged value and the attributes of a `SafeBag`.
fn bag(bag: AnyRef<'_>) -> Option<(ObjectIdentifier, AnyRef<'_>, Attributes)> {
    let mut bag = Sequence::of(bag, Tag::Sequence)?;
    let kind = bag.read()?;
    let value = bag.read_if(EXPLICIT_0)?;
    let attributes = bag.read_if(Tag::Set).map(Attributes::read);
    let attributes = attributes.unwrap_or_default();
    bag.is_finished().then_some((kind, value, attributes))
}

/// Bags that are read. Stores of root certificates have 150; those of a client have five.
const MOST_BAGS: usize = 256;
/// Safes in each other that are read; tools write one.
const DEEPEST: usize = 4;

const KEY: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
pub(super) const SHROUDED_KEY: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
pub(super) const CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const SAFE_CONTENTS: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
pub(super) const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encryption::{Cipher, KeyDerivation, Prf};

    fn plain_key_in(safe: Option<Encryption>) -> Result<Option<Encryption>, Error> {
        let key = Key {
            der: Zeroizing::new(Vec::new()),
            is_shrouded: false,
            attributes: Attributes::default(),
            safe,
        };
        key.encryption()
    }

    #[test]
    fn plain_key_in_a_safe_of_forty_bits_is_refused() {
        let key_derivation = KeyDerivation::Pbkdf2 {
            prf: Prf::HmacSha256,
            iterations: 1,
        };
        let aes = Encryption::Pbes2 {
            cipher: Cipher::Aes128Cbc,
            key_derivation,
        };
        for safe in [None, Some(aes)] {
            assert_eq!(plain_key_in(safe).unwrap(), safe);
        }
        let rc2 = Encryption::Pkcs12Rc2 { iterations: 1 };
        let error = plain_key_in(Some(rc2)).unwrap_err();
        let is_named = |name: Option<&str>| name.is_some_and(|it| it.contains("RC2-40"));
        assert!(matches!(
            error,
            Error::Store(StoreProblem::UnsupportedEncryption { name, .. }) if is_named(name)
        ));
    }
}
