//! The columns of a record as both databases have them.

use crate::journal::error::{JournalError, damaged};
use crate::record::RecordState;

/// Stands for a record that the list no longer has, so that it is behind all that are in it.
pub(super) const UNLISTED: i64 = i64::MAX;

/// Returns a number as a column has it: signed, since databases have no other.
pub(super) fn of_number(number: Option<u64>) -> Result<i64, JournalError> {
    match number.map(i64::try_from) {
        None => Ok(UNLISTED),
        // No list has more than 9 * 10^18 records.
        Some(number) => number.map_err(|_| damaged("the number of a record is too large")),
    }
}

/// Reads a number.
pub(super) fn number(column: i64) -> Option<u64> {
    u64::try_from(column).ok().filter(|_| column != UNLISTED)
}

/// Reads a state by its name.
pub(super) fn state(column: &str) -> Result<RecordState, JournalError> {
    RecordState::named(column).ok_or_else(|| damaged("a record is in no known state"))
}

/// Returns texts, such as errors, as a column has them: a list in JSON.
pub(super) fn of_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// Reads errors.
pub(super) fn errors(column: &str) -> Result<Vec<String>, JournalError> {
    serde_json::from_str(column).map_err(|_| damaged("the errors of a record cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_they_were_written() {
        for given in [Some(1), Some(i64::MAX as u64 - 1), None] {
            assert_eq!(number(of_number(given).unwrap()), given);
        }
        assert!(of_number(Some(u64::MAX)).is_err());
        let codes = ["1001".to_owned(), "\"\n".to_owned()];
        assert_eq!(errors(&of_texts(&codes)).unwrap(), codes);
        assert!(errors("1001").is_err() && state("sent").is_err());
    }
}
