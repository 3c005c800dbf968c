//! PKCS#12 stores, `.p12` and `.pfx`: opened, and written.
//!
//! [RFC 7292] with the MAC of [RFC 9579]. The structures are decoded here and not by RustCrypto's
//! `pkcs12` and `cms`: for our generation of `der` both are pre-releases, and they copy keys into
//! buffers that are not wiped. Before a key is derived it is known what all derivations together
//! cost, as far as it shows by then. Leaves out which of several keys is meant.
//!
//! [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292#section-4
//! [RFC 9579]: https://www.rfc-editor.org/rfc/rfc9579

mod attributes;
mod bag;
mod budget;
mod builder;
mod encoding;
mod keys;
mod mac;
mod pfx;
mod spelling;
mod store_error;
mod summary;

use der::Decode;
use der::asn1::AnyRef;
use zeroize::Zeroizing;

use bag::Bags;
use budget::Budget;
use keys::Integrity;
use pfx::{Pfx, Safe};
use store_error::of_store;

use crate::definite_lengths::normalise;
use crate::document;
use crate::encryption::Encryption;
use crate::error::Error;
use crate::limits::Limits;
use crate::secret_note::SecretNote;
use crate::store_problem::StoreProblem;

pub(crate) use attributes::Attributes;
pub use builder::Pkcs12Builder;
pub(crate) use keys::{RefusedKey, StoreKeys};
pub(crate) use spelling::Spelling;
pub(crate) use summary::StoreSummary;

/// The layers of a store that are not encrypted, in DER.
pub(crate) struct StoreFile {
    outer: Zeroizing<Vec<u8>>,
    /// The `AuthenticatedSafe`, an encoding inside of an octet string.
    content: Zeroizing<Vec<u8>>,
}

/// A store whose parts are known, as far as they show without its passphrase.
pub(crate) struct Store<'a> {
    pfx: Pfx<'a>,
    safes: Vec<Safe<'a>>,
    /// Those of safes that are not encrypted.
    bags: Bags,
    budget: Budget<'a>,
}

/// A store that was opened.
pub(crate) struct OpenStore {
    /// In their order, in DER.
    pub(crate) certificates: Vec<Zeroizing<Vec<u8>>>,
    pub(crate) keys: StoreKeys,
    /// The note about the passphrase that was the right one.
    pub(crate) note: Option<SecretNote>,
}

impl StoreFile {
    /// Reads the layers that are not encrypted.
    pub(crate) fn read(file: &[u8]) -> Result<Self, Error> {
        let outer = whole(file)?;
        let content = whole(Pfx::read(&outer)?.content)?;
        Ok(Self { outer, content })
    }

    /// Finds the parts of the store and checks what shows of their costs; nothing is derived.
    pub(crate) fn store<'a>(&'a self, limits: &'a Limits) -> Result<Store<'a>, Error> {
        let mut store = Store {
            pfx: Pfx::read(&self.outer)?,
            safes: pfx::safes(&self.content)?,
            bags: Bags::default(),
            budget: Budget::new(limits),
        };
        if let Some(mac) = &store.pfx.mac {
            store.budget.add_iterations(mac.scheme.cost())?;
        }
        for safe in &store.safes {
            match safe {
                Safe::Plain(contents) => read_bags(&mut store.bags, contents, None)?,
                Safe::Encrypted(encrypted) => {
                    let envelope = encrypted.envelope().map_err(of_store)?;
                    store.budget.add(&envelope)?;
                }
            }
        }
        keys::check(&store.bags.keys, &mut store.budget.clone())?;
        Ok(store)
    }
}

impl Store<'_> {
    /// Returns whether anything of it is derived from a passphrase.
    pub(crate) fn needs_passphrase(&self) -> bool {
        self.pfx.mac.is_some()
            || self.safes.iter().any(|it| matches!(it, Safe::Encrypted(_)))
            || self.bags.keys.iter().any(|key| key.is_shrouded)
    }

    /// Opens the store with one spelling of a passphrase.
    ///
    /// [`Error::PassphraseOrDamaged`] if that is not the right one, as far as it shows: a store
    /// without MAC shows it by what comes out of its parts.
    pub(crate) fn open(&self, spelling: &Spelling) -> Result<OpenStore, Error> {
        let integrity = match &self.pfx.mac {
            Some(mac) if mac.is_right(spelling)? => Integrity::Proven,
            Some(_) => return Err(Error::PassphraseOrDamaged),
            None => Integrity::Unknown,
        };
        let mut bags = Bags::default();
        for safe in &self.safes {
            match safe {
                Safe::Plain(contents) => read_bags(&mut bags, contents, None)?,
                Safe::Encrypted(encrypted) => {
                    let envelope = encrypted.envelope().map_err(of_store)?;
                    let contents = envelope.decrypt_store(&spelling.bytes, &spelling.bmp)?;
                    let safe = Some(envelope.encryption);
                    read_bags(&mut bags, &contents, safe).map_err(|error| match error {
                        // Only the MAC shows that these are what was encrypted.
                        Error::Store(problem)
                            if integrity == Integrity::Proven
                                && problem != StoreProblem::Damaged =>
                        {
                            Error::Store(problem)
                        }
                        _ => Error::PassphraseOrDamaged,
                    })?;
                }
            }
        }
        keys::check(&bags.keys, &mut self.budget.clone())?;
        for key in &mut bags.keys {
            let certificates = bags.certificates.iter();
            key.attributes
                .complete(certificates.map(|it| &it.attributes));
        }
        let keys = keys::open(&bags.keys, spelling, integrity)?;
        let certificates = bags.certificates.into_iter();
        Ok(OpenStore {
            certificates: certificates.map(|it| it.der).collect(),
            keys,
            note: spelling.note.filter(|_| self.needs_passphrase()),
        })
    }
}

/// Reads a `SafeContents`, which may be BER.
fn read_bags(bags: &mut Bags, contents: &[u8], safe: Option<Encryption>) -> Result<(), Error> {
    let contents = whole(contents)?;
    let value = AnyRef::from_der(&contents).map_err(|_| Error::Store(StoreProblem::Damaged))?;
    bags.read(value, safe).map_err(Error::Store)
}

/// Returns the DER of an encoding that has nothing but padding behind it.
fn whole(encoding: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    normalise(encoding)
        .filter(|it| it.rest.iter().all(|byte| document::is_padding(*byte)))
        .map(|it| it.der)
        .ok_or(Error::Store(StoreProblem::Damaged))
}
