//! The rows of the table of records.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::digest::InputDigest;
use crate::journal::error::JournalError;
use crate::journal::selection::Selection;
use crate::journal::sqlite::failure::Failure;
use crate::journal::{Registration, column};
use crate::record::{NewRecord, Outcome, Record, RecordState};

/// Adds a record, or returns what is known of it.
pub(super) fn register(
    connection: &Connection,
    record: &NewRecord,
) -> Result<Registration, Failure> {
    let number = column::of_number(Some(record.number))?;
    let mut known =
        connection.prepare_cached("SELECT number, state FROM record WHERE digest = ?1")?;
    let known = known
        .query_row([record.digest.as_bytes()], |row| {
            Ok((row.get(0)?, state(row, 1)))
        })
        .optional()?;
    // One that waits again may have had the batch's own reference of an older version.
    let mut refer = connection.prepare_cached(
        "UPDATE record SET reference = ?2
         WHERE digest = ?1 AND state = 'waiting' AND reference <> ?2",
    )?;
    if known.is_some() {
        refer.execute(params![record.digest.as_bytes(), record.reference])?;
    }
    match known {
        Some((known, state)) if known == number => Ok(Registration::Known(state?)),
        // The list has it again.
        Some((column::UNLISTED, state)) => {
            let mut listed =
                connection.prepare_cached("UPDATE record SET number = ?2 WHERE digest = ?1")?;
            listed.execute(params![record.digest.as_bytes(), number])?;
            Ok(Registration::Known(state?))
        }
        Some((known, _)) => {
            let known = known.unsigned_abs();
            Ok(Registration::Repeated { known })
        }
        None => {
            let mut other =
                connection.prepare_cached("SELECT 1 FROM record WHERE number = ?1 LIMIT 1")?;
            if other.exists([number])? {
                let number = record.number;
                return Err(JournalError::RecordChanged { number }.into());
            }
            let mut insert = connection.prepare_cached(
                "INSERT INTO record (number, digest, reference, state) VALUES (?1, ?2, ?3, 'waiting')",
            )?;
            insert.execute(params![number, record.digest.as_bytes(), record.reference])?;
            Ok(Registration::Known(RecordState::Waiting))
        }
    }
}

/// Lets records of a state wait again, and returns which these are.
pub(super) fn requeue(
    connection: &Connection,
    state: RecordState,
    selection: &Selection,
) -> Result<Vec<InputDigest>, Failure> {
    const WAIT: &str = "UPDATE record SET state = 'waiting', transaction_id = NULL,
        transaction_record_id = NULL, status = NULL, errors = '[]' WHERE state = ?1";
    let digest = |row: &Row<'_>| row.get(0).map(InputDigest::new);
    let state = state.as_str();
    let Some(records) = selection.records() else {
        let references = selection.references().map(column::of_texts);
        let mut wait = connection.prepare_cached(&format!(
            "{WAIT} AND (?2 IS NULL OR reference IN (SELECT value FROM json_each(?2)))
             RETURNING digest"
        ))?;
        let changed = wait.query_map(params![state, references], digest)?;
        return Ok(changed.collect::<Result<_, _>>()?);
    };
    let mut wait = connection.prepare_cached(&format!(
        "{WAIT} AND digest = ?2 AND attempts = ?3 AND transaction_id IS ?4 RETURNING digest"
    ))?;
    let mut changed = Vec::new();
    for record in records {
        let transaction = &record.outcome.transaction_id;
        let values = params![
            state,
            record.digest.as_bytes(),
            record.attempts,
            transaction
        ];
        changed.extend(wait.query_row(values, digest).optional()?);
    }
    Ok(changed)
}

/// Reads a record from the columns in the order that `records_after` names them.
pub(super) fn record(row: &Row<'_>) -> Result<Record, Failure> {
    let errors: String = row.get(8)?;
    Ok(Record {
        number: column::number(row.get(0)?),
        digest: InputDigest::new(row.get(1)?),
        reference: row.get(2)?,
        state: state(row, 3)?,
        attempts: row.get(4)?,
        outcome: Outcome {
            transaction_id: row.get(5)?,
            transaction_record_id: row.get(6)?,
            status: row.get(7)?,
            errors: column::errors(&errors)?,
        },
    })
}

pub(super) fn state(row: &Row<'_>, index: usize) -> Result<RecordState, Failure> {
    let name: String = row.get(index)?;
    Ok(column::state(&name)?)
}
