//! The keys of a store, opened: those that can be used, and why others cannot.
//!
//! Leaves out which one is meant.

use crate::encryption::Encryption;
use crate::error::Error;
use crate::error_text::error_text;
use crate::format::Format;
use crate::pkcs12::attributes::Attributes;
use crate::pkcs12::bag::Key;
use crate::pkcs12::budget::Budget;
use crate::pkcs12::spelling::Spelling;
use crate::private_key::PrivateKey;
use crate::report::Finding;
use crate::store_problem::StoreProblem;

/// The keys of an opened store.
pub(crate) struct StoreKeys {
    /// Those that can be used, each once; at least one, if there is any key.
    pub(crate) usable: Vec<StoreKey>,
    pub(crate) refused: Vec<RefusedKey>,
}

/// A key of an opened store.
pub(crate) struct StoreKey {
    pub(crate) key: PrivateKey,
    pub(crate) encryption: Option<Encryption>,
    /// Those of each of its entries: a key may stand in a store under several names.
    pub(crate) attributes: Vec<Attributes>,
}

/// A key of an opened store that cannot be used.
pub(crate) struct RefusedKey {
    pub(crate) attributes: Attributes,
    pub(crate) refusal: Error,
}

impl RefusedKey {
    /// Returns the finding about it, where another key of its store is used.
    pub(crate) fn finding(&self) -> Finding {
        Finding::KeyRefused {
            friendly_name: self.attributes.friendly_name.clone(),
            reason: error_text(&self.refusal),
        }
    }
}

/// The proof that a store was opened with its passphrase and is undamaged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Integrity {
    /// Its MAC is right.
    Proven,
    /// It has no MAC.
    Unknown,
}

/// Adds up the costs of the keys; an error if not a single one could be opened.
pub(super) fn check(keys: &[Key], budget: &mut Budget<'_>) -> Result<(), Error> {
    let mut first_refusal = None;
    let mut is_any_fine = keys.is_empty();
    for key in keys {
        match key.encryption() {
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
            Ok(_) => {
                is_any_fine = true;
                if key.is_shrouded {
                    budget.add(&key.envelope()?)?;
                }
            }
        }
    }
    match first_refusal {
        Some(refusal) if !is_any_fine => Err(refusal),
        _ => Ok(()),
    }
}

/// Opens the keys; an error if not a single one could be opened.
///
/// Without a MAC also if any opens only with another passphrase: this one may be wrong for all.
pub(super) fn open(
    keys: &[Key],
    spelling: &Spelling,
    integrity: Integrity,
) -> Result<StoreKeys, Error> {
    let (mut usable, mut refused) = (Vec::<StoreKey>::new(), Vec::new());
    for key in keys {
        let attributes = key.attributes.clone();
        let opened = match open_one(key, spelling, integrity) {
            Ok(opened) => opened,
            Err(Error::PassphraseOrDamaged) => return Err(Error::PassphraseOrDamaged),
            Err(refusal) => {
                refused.push(RefusedKey {
                    attributes,
                    refusal,
                });
                continue;
            }
        };
        let digest = opened.public_key_sha256();
        let same = |it: &&mut StoreKey| it.key.public_key_sha256() == digest;
        match usable.iter_mut().find(same) {
            Some(known) => known.attributes.push(attributes),
            None => usable.push(StoreKey {
                key: opened,
                encryption: key.encryption()?,
                attributes: vec![attributes],
            }),
        }
    }
    match refused.is_empty() || !usable.is_empty() {
        true => Ok(StoreKeys { usable, refused }),
        false => Err(refused.swap_remove(0).refusal),
    }
}

fn open_one(key: &Key, spelling: &Spelling, integrity: Integrity) -> Result<PrivateKey, Error> {
    key.encryption()?;
    if !key.is_shrouded {
        return PrivateKey::from_der(Format::Pkcs8, &key.der);
    }
    let decrypted = key
        .envelope()?
        .decrypt_store(&spelling.bytes, &spelling.bmp);
    if integrity == Integrity::Unknown {
        return PrivateKey::from_decrypted(&decrypted?);
    }
    // The passphrase is that of the store, and nothing is damaged: what fails is this key's own.
    let opened = decrypted.and_then(|der| PrivateKey::from_authentic(&der));
    opened.map_err(|error| match error {
        Error::PassphraseOrDamaged => Error::Store(StoreProblem::KeyUnderOtherPassphrase),
        other => other,
    })
}
