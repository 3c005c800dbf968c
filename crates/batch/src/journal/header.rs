//! The header of a journal: the name of the batch and the key of its digests.

use crate::digest::InputKey;
use crate::journal::error::{JournalError, damaged};

/// The header of a journal.
#[derive(Debug)]
pub(super) struct BatchHeader {
    pub(super) name: String,
    pub(super) key: InputKey,
}

/// The key of a new journal.
#[derive(Debug)]
pub(super) struct NewKey {
    /// The key, if the journal keeps it.
    pub(super) stored: Option<InputKey>,
    /// Tells one key from another without showing it.
    pub(super) check: [u8; InputKey::LENGTH],
}

impl BatchHeader {
    /// Draws the key of a new journal, unless one is given, which is then kept elsewhere.
    pub(super) fn new_key(given: Option<&InputKey>) -> Result<NewKey, JournalError> {
        if let Some(key) = given {
            let check = key_check(key);
            return Ok(NewKey {
                stored: None,
                check,
            });
        }
        let key = InputKey::draw().map_err(|_| JournalError::Randomness)?;
        let check = key_check(&key);
        Ok(NewKey {
            stored: Some(key),
            check,
        })
    }

    /// Reads a header, with the key that is given if one is.
    pub(super) fn read(
        name: String,
        stored: Option<&[u8]>,
        check: &[u8],
        given: Option<&InputKey>,
    ) -> Result<Self, JournalError> {
        let key = match (given, stored) {
            (Some(given), _) => given.clone(),
            (None, Some(stored)) => {
                let key = stored.try_into();
                InputKey::new(key.map_err(|_| damaged("its key has another length"))?)
            }
            (None, None) => return Err(JournalError::KeyDiffers),
        };
        match key_check(&key) == check {
            true => Ok(Self { name, key }),
            false if given.is_some() => Err(JournalError::KeyDiffers),
            false => Err(damaged("its key does not fit")),
        }
    }
}

/// Draws the name of a new batch.
pub(super) fn new_name() -> Result<String, JournalError> {
    let mut name = [0_u8; 8];
    getrandom::fill(&mut name).map_err(|_| JournalError::Randomness)?;
    Ok(format!("{:016x}", u64::from_be_bytes(name)))
}

fn key_check(key: &InputKey) -> [u8; InputKey::LENGTH] {
    *key.digest(b"the key of a batch").as_bytes()
}
