//! The digests of a list, kept in a file of its own that ends with it: for lists of any length.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::digest::InputDigest;
use crate::journal::column;
use crate::journal::error::JournalError;
use crate::journal::sqlite::failure::Failure;

/// Digests, each with the number of its record and the line.
#[derive(Debug)]
pub(crate) struct DigestSet(Connection);

/// A record of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) number: u64,
    pub(crate) line: u64,
    /// Whether the journal knows it.
    pub(crate) is_known: bool,
}

/// A file without a name, in the folder of the system for such, which is written once more than 64
/// MiB are used; it need not survive anything.
const SETTINGS: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -65536;
    CREATE TABLE seen (
        number INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        line INTEGER NOT NULL,
        reference BLOB,
        is_known INTEGER NOT NULL DEFAULT FALSE,
        is_left_out INTEGER NOT NULL DEFAULT FALSE
    ) STRICT;
    CREATE INDEX seen_by_reference ON seen (reference) WHERE reference IS NOT NULL;
    BEGIN;
";

impl DigestSet {
    pub(crate) fn new() -> Result<Self, JournalError> {
        let open = || -> Result<Self, Failure> {
            let connection = Connection::open("")?;
            connection.execute_batch(SETTINGS)?;
            Ok(Self(connection))
        };
        Ok(open()?)
    }

    /// Adds the digest of a record and that of the reference that the list gives it, and returns
    /// the number of the one that has it already.
    pub(crate) fn add(
        &mut self,
        digest: &InputDigest,
        number: u64,
        line: u64,
        reference: Option<&InputDigest>,
    ) -> Result<Option<u64>, JournalError> {
        let add = || -> Result<_, Failure> {
            let seen = self.try_find(digest)?;
            if seen.is_none() {
                let mut add = self.0.prepare_cached(
                    "INSERT INTO seen (digest, number, line, reference) VALUES (?1, ?2, ?3, ?4)",
                )?;
                let (number, line) = (
                    column::of_number(Some(number))?,
                    column::of_number(Some(line))?,
                );
                let reference = reference.map(InputDigest::as_bytes);
                add.execute(params![digest.as_bytes(), number, line, reference])?;
            }
            Ok(seen)
        };
        Ok(add()?)
    }

    /// Returns the number of the record with this digest.
    pub(crate) fn find(&mut self, digest: &InputDigest) -> Result<Option<u64>, JournalError> {
        Ok(self.try_find(digest)?)
    }

    /// Notes that the journal knows the record of this number.
    pub(crate) fn mark_known(&mut self, number: u64) -> Result<(), JournalError> {
        let mark = || -> Result<_, Failure> {
            let mut mark = self
                .0
                .prepare_cached("UPDATE seen SET is_known = TRUE WHERE number = ?1")?;
            mark.execute([column::of_number(Some(number))?])?;
            Ok(())
        };
        Ok(mark()?)
    }

    /// Notes that the record of this number is not to be sent.
    pub(crate) fn leave_out(&mut self, number: u64) -> Result<(), JournalError> {
        let mark = || -> Result<_, Failure> {
            let mut mark = self
                .0
                .prepare_cached("UPDATE seen SET is_left_out = TRUE WHERE number = ?1")?;
            mark.execute([column::of_number(Some(number))?])?;
            Ok(())
        };
        Ok(mark()?)
    }

    /// Returns a record to which the list gives the reference of this digest: one that the journal
    /// knows, if there is one.
    pub(crate) fn with_reference(
        &mut self,
        reference: &InputDigest,
    ) -> Result<Option<Listed>, JournalError> {
        let found = || -> Result<_, Failure> {
            let mut found = self.0.prepare_cached(
                "SELECT number, line, is_known FROM seen WHERE reference = ?1
                 ORDER BY is_known DESC, number LIMIT 1",
            )?;
            let found = found.query_row([reference.as_bytes()], listed);
            Ok(found.optional()?)
        };
        Ok(found()?)
    }

    /// Returns the line of the first record that the journal does not know: of all, or of those
    /// alone to which the list gives no reference.
    pub(crate) fn first_unknown(&mut self, of_all: bool) -> Result<Option<u64>, JournalError> {
        let first = || -> Result<_, Failure> {
            let mut first = self.0.prepare_cached(
                "SELECT line FROM seen WHERE NOT is_known AND (?1 OR reference IS NULL)
                 ORDER BY number LIMIT 1",
            )?;
            let first: Option<i64> = first.query_row([of_all], |row| row.get(0)).optional()?;
            Ok(first.map(i64::unsigned_abs))
        };
        Ok(first()?)
    }

    /// Returns the first record behind this number, but for those that the journal does not know
    /// and that are not to be sent.
    pub(crate) fn after(&mut self, number: u64) -> Result<Option<Listed>, JournalError> {
        let after = || -> Result<_, Failure> {
            let mut after = self.0.prepare_cached(
                "SELECT number, line, is_known FROM seen WHERE number > ?1
                     AND (is_known OR NOT is_left_out)
                 ORDER BY number LIMIT 1",
            )?;
            let after = after.query_row([column::of_number(Some(number))?], listed);
            Ok(after.optional()?)
        };
        Ok(after()?)
    }

    fn try_find(&self, digest: &InputDigest) -> Result<Option<u64>, Failure> {
        let mut seen = self
            .0
            .prepare_cached("SELECT number FROM seen WHERE digest = ?1")?;
        let seen: Option<i64> = seen
            .query_row([digest.as_bytes()], |row| row.get(0))
            .optional()?;
        Ok(seen.map(i64::unsigned_abs))
    }
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let (number, line): (i64, i64) = (row.get(0)?, row.get(1)?);
    Ok(Listed {
        number: number.unsigned_abs(),
        line: line.unsigned_abs(),
        is_known: row.get(2)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::InputKey;

    #[test]
    fn second_record_of_a_digest_is_told_the_first() {
        let (mut set, key) = (DigestSet::new().unwrap(), InputKey::new([7; 32]));
        let digest = |number: u64| key.digest(&number.to_be_bytes());
        for number in 1..=1000 {
            let added = set.add(&digest(number), number, 2 * number, None).unwrap();
            assert_eq!(added, None);
        }
        assert_eq!(set.add(&digest(7), 1001, 2002, None).unwrap(), Some(7));
        assert_eq!(set.find(&digest(1001)).unwrap(), None);
    }

    #[test]
    fn next_record_is_known_once_it_is_marked() {
        let (mut set, key) = (DigestSet::new().unwrap(), InputKey::new([7; 32]));
        for (number, line) in [(2, 3), (5, 9)] {
            set.add(&key.digest(&[number as u8]), number, line, None)
                .unwrap();
        }
        let listed = |number, line, is_known| Listed {
            number,
            line,
            is_known,
        };
        set.mark_known(5).unwrap();
        assert_eq!(set.after(0).unwrap(), Some(listed(2, 3, false)));
        assert_eq!(set.after(2).unwrap(), Some(listed(5, 9, true)));
        assert_eq!(set.after(5).unwrap(), None);
    }
}
