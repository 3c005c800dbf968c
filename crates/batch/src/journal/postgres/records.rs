//! The records of a journal in PostgreSQL.

use std::collections::HashSet;

use tokio_postgres::{Client, Row};

use crate::digest::InputDigest;
use crate::journal::counts::Counts;
use crate::journal::error::{JournalError, damaged};
use crate::journal::postgres::failure::Failure;
use crate::journal::postgres::lease::Worker;
use crate::journal::postgres::pool::Try;
use crate::journal::selection::Selection;
use crate::journal::{Registration, column};
use crate::record::{NewRecord, Outcome, Position, Record, RecordState};

/// Adds records, and leases those that wait and no one else has.
pub(super) async fn register(
    client: &mut Client,
    worker: &Worker,
    records: &[NewRecord],
) -> Result<Vec<Registration>, Failure> {
    let schema = &worker.schema;
    let numbers = records.iter().map(|it| column::of_number(Some(it.number)));
    let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    let digests: Vec<&[u8]> = records
        .iter()
        .map(|it| it.digest.as_bytes().as_slice())
        .collect();
    let references: Vec<&str> = records.iter().map(|it| it.reference.as_str()).collect();
    let transaction = client.transaction().await?;
    // One worker at a time: of two whose lists differ in a line, neither would see the record that
    // the other adds, and both would send theirs.
    let turn = format!("SELECT FROM {schema}.batch FOR UPDATE");
    transaction.execute(&turn, &[]).await?;
    // In the order of the list, so that two workers wait for each other in one direction alone.
    let add = format!(
        "INSERT INTO {schema}.record (number, digest, reference, state)
         SELECT number, digest, reference, 'waiting'
         FROM unnest($1::bigint[], $2::bytea[], $3::text[]) AS new (number, digest, reference)
         ORDER BY number
         ON CONFLICT (digest) DO NOTHING"
    );
    transaction
        .execute(&add, &[&numbers, &digests, &references])
        .await?;
    // The list has them again.
    let list = format!(
        "UPDATE {schema}.record SET number = new.number
         FROM unnest($1::bigint[], $2::bytea[]) AS new (number, digest)
         WHERE record.digest = new.digest AND record.number = $3"
    );
    let unlisted = column::UNLISTED;
    transaction
        .execute(&list, &[&numbers, &digests, &unlisted])
        .await?;
    // One that waits again may have had the batch's own reference of an older version.
    let refer = format!(
        "UPDATE {schema}.record SET reference = new.reference
         FROM unnest($1::bytea[], $2::text[]) AS new (digest, reference)
         WHERE record.digest = new.digest AND state = 'waiting'
             AND record.reference <> new.reference"
    );
    transaction
        .execute(&refer, &[&digests, &references])
        .await?;
    let compare = format!(
        "SELECT known.state, known.number,
             EXISTS (
                 SELECT FROM {schema}.record AS other
                 WHERE other.number = new.number AND other.digest <> new.digest
             )
         FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS new (number, digest, place)
         LEFT JOIN {schema}.record AS known ON known.digest = new.digest
         ORDER BY new.place"
    );
    let known = transaction.query(&compare, &[&numbers, &digests]).await?;
    let lease = format!(
        "UPDATE {schema}.record SET worker = $2 WHERE digest IN (
             SELECT digest FROM {schema}.record
             WHERE digest = ANY ($1) AND state = 'waiting' AND (
                 worker IS NULL OR worker = $2
                 OR NOT EXISTS (SELECT FROM {schema}.worker WHERE worker.id = record.worker)
             )
             ORDER BY number
             FOR UPDATE SKIP LOCKED
         )
         RETURNING digest"
    );
    let leased = transaction.query(&lease, &[&digests, &worker.id]).await?;
    let leased: Result<HashSet<Vec<u8>>, _> = leased.iter().map(|row| row.try_get(0)).collect();
    let leased = leased?;
    let mut registrations = Vec::new();
    for ((number, digest), row) in numbers.iter().zip(&digests).zip(&known) {
        let state: Option<String> = row.try_get(0)?;
        let known: Option<i64> = row.try_get(1)?;
        let (Some(state), Some(known)) = (state, known) else {
            return Err(damaged("a record is missing that was added").into());
        };
        let has_other: bool = row.try_get(2)?;
        if has_other && known == *number {
            // The transaction is undone as it is dropped: no record is added.
            let number = known.unsigned_abs();
            return Err(JournalError::RecordChanged { number }.into());
        }
        registrations.push(match column::state(&state)? {
            _ if known != *number => {
                let known = known.unsigned_abs();
                Registration::Repeated { known }
            }
            RecordState::Waiting if !leased.contains(*digest) => Registration::Leased,
            state => Registration::Known(state),
        });
    }
    transaction.commit().await?;
    Ok(registrations)
}

/// Moves a record from waiting to sending.
pub(super) async fn intend(
    client: &mut Client,
    worker: &Worker,
    digest: InputDigest,
    attempt: Try,
) -> Result<bool, Failure> {
    let schema = &worker.schema;
    let intend = format!(
        "UPDATE {schema}.record SET state = 'sending', worker = $2, attempts = attempts + 1
         WHERE digest = $1 AND state = 'waiting' AND (
             worker IS NULL OR worker = $2
             OR NOT EXISTS (SELECT FROM {schema}.worker WHERE worker.id = record.worker)
         )"
    );
    let digest = digest.as_bytes().as_slice();
    if client.execute(&intend, &[&digest, &worker.id]).await? == 1 {
        return Ok(true);
    }
    if attempt == Try::First {
        return Ok(false);
    }
    // The connection broke while it was committed: the intent is this call's own, and nothing was
    // sent yet.
    let own = format!(
        "SELECT FROM {schema}.record WHERE digest = $1 AND state = 'sending' AND worker = $2"
    );
    let own = client.query_opt(&own, &[&digest, &worker.id]).await?;
    Ok(own.is_some())
}

/// Writes down what came of a record that this worker is sending, or that is pending.
///
/// A record that was being sent becomes unknown once the lease of its worker is over. A response
/// that this worker receives later counts still, unless a person has queued the record again.
pub(super) async fn settle(
    client: &mut Client,
    worker: &Worker,
    (digest, state, outcome): (InputDigest, RecordState, &Outcome),
    attempt: Try,
) -> Result<(), Failure> {
    let schema = &worker.schema;
    let is_end = matches!(state, RecordState::Done | RecordState::Failed);
    let out_of_turn = || Err(JournalError::OutOfTurn { state }.into());
    if state == RecordState::Sending {
        return out_of_turn();
    }
    let settle = format!(
        "UPDATE {schema}.record SET state = $3, transaction_id = $4, transaction_record_id = $5,
             status = $6, errors = $7,
             worker = CASE WHEN $3 IN ('waiting', 'unknown') THEN worker END
         WHERE digest = $1 AND (
             (state IN ('sending', 'unknown') AND worker = $2)
             OR (state = 'pending' AND $8 AND transaction_id IS NOT DISTINCT FROM $4)
         )"
    );
    let errors = column::of_texts(&outcome.errors);
    let digest = digest.as_bytes().as_slice();
    let changed = client
        .execute(
            &settle,
            &[
                &digest,
                &worker.id,
                &state.as_str(),
                &outcome.transaction_id,
                &outcome.transaction_record_id,
                &outcome.status,
                &errors,
                &is_end,
            ],
        )
        .await?;
    if changed == 1 {
        return Ok(());
    }
    if attempt == Try::Again {
        let there = format!(
            "SELECT FROM {schema}.record WHERE digest = $1 AND state = $2
                 AND transaction_id IS NOT DISTINCT FROM $3"
        );
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&digest, &state.as_str(), &outcome.transaction_id];
        if client.query_opt(&there, &values).await?.is_some() {
            return Ok(());
        }
    }
    out_of_turn()
}

/// Lets records of a state wait again, and returns which these are.
pub(super) async fn requeue(
    client: &mut Client,
    worker: &Worker,
    (state, selection): (RecordState, &Selection),
) -> Result<Vec<InputDigest>, Failure> {
    let chosen = match selection {
        Selection::Records(_) => {
            "(digest, attempts, coalesce(transaction_id, '')) IN (
                 SELECT * FROM unnest($2::bytea[], $3::bigint[], $4::text[])
             )"
        }
        _ => "($2::text[] IS NULL OR reference = ANY ($2))",
    };
    let requeue = format!(
        "UPDATE {}.record SET state = 'waiting', worker = NULL, transaction_id = NULL,
             transaction_record_id = NULL, status = NULL, errors = '[]'
         WHERE state = $1 AND {chosen} RETURNING digest",
        worker.schema
    );
    let state = state.as_str();
    let rows = match selection.records() {
        None => {
            let references = selection.references();
            client.query(&requeue, &[&state, &references]).await?
        }
        Some(records) => {
            let digests = records.iter().map(|it| it.digest.as_bytes().as_slice());
            let digests: Vec<&[u8]> = digests.collect();
            let attempts: Vec<i64> = records.iter().map(|it| it.attempts.into()).collect();
            let transactions = records
                .iter()
                .map(|it| it.outcome.transaction_id.as_deref());
            let transactions: Vec<&str> = transactions.map(Option::unwrap_or_default).collect();
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                [&state, &digests, &attempts, &transactions];
            client.query(&requeue, &values).await?
        }
    };
    rows.iter().map(|row| digest(row.try_get(0)?)).collect()
}

/// Gives records other numbers.
pub(super) async fn renumber(
    client: &mut Client,
    worker: &Worker,
    numbers: &[(InputDigest, Option<u64>)],
) -> Result<(), Failure> {
    let renumber = format!(
        "UPDATE {}.record SET number = new.number
         FROM unnest($1::bigint[], $2::bytea[]) AS new (number, digest)
         WHERE record.digest = new.digest AND record.number <> new.number",
        worker.schema
    );
    let digests: Vec<&[u8]> = numbers
        .iter()
        .map(|(digest, _)| digest.as_bytes().as_slice())
        .collect();
    let numbers = numbers.iter().map(|(_, number)| column::of_number(*number));
    let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    client.execute(&renumber, &[&numbers, &digests]).await?;
    Ok(())
}

/// Returns whether a record of a reference has, or may have had, a result with two ids.
pub(super) async fn has_result(
    client: &mut Client,
    worker: &Worker,
    [reference, transaction_id, transaction_record_id]: [&str; 3],
) -> Result<bool, Failure> {
    let schema = &worker.schema;
    let has = format!(
        "SELECT EXISTS (
             SELECT FROM {schema}.record WHERE reference = $1 AND (
                 attempts > 1 OR (attempts = 1 AND state = 'waiting')
                 OR (
                     state IN ('done', 'failed') AND coalesce(transaction_id, '') = $2
                     AND coalesce(transaction_record_id, '') = $3
                 )
             )
         )"
    );
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&reference, &transaction_id, &transaction_record_id];
    let row = client.query_one(&has, &values).await?;
    Ok(row.try_get(0)?)
}

/// Counts the records by state and result.
pub(super) async fn counts(client: &mut Client, worker: &Worker) -> Result<Counts, Failure> {
    let count = format!(
        "SELECT state, status, count(*), sum(attempts)::bigint
         FROM {}.record GROUP BY state, status",
        worker.schema
    );
    let mut counts = Counts::default();
    for row in client.query(&count, &[]).await? {
        let state: String = row.try_get(0)?;
        let (count, attempts): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
        let (count, attempts) = (count.unsigned_abs(), attempts.unsigned_abs());
        counts.add(column::state(&state)?, row.try_get(1)?, count, attempts);
    }
    Ok(counts)
}

/// Reads records in the order of the list.
pub(super) async fn after(
    client: &mut Client,
    worker: &Worker,
    position: Position,
    (state, limit): (Option<RecordState>, usize),
) -> Result<Vec<Record>, Failure> {
    let filter = match state {
        Some(_) => "state = $4 AND",
        None => "$4::text IS NULL AND",
    };
    let query = format!(
        "SELECT number, digest, reference, state, attempts, transaction_id, transaction_record_id,
             status, errors
         FROM {}.record WHERE {filter} (number, digest) > ($1, $2)
         ORDER BY number, digest LIMIT $3",
        worker.schema
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let state = state.map(RecordState::as_str);
    let number = column::of_number(position.number())?;
    let digest = position.digest().as_bytes().as_slice();
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&number, &digest, &limit, &state];
    let rows = client.query(&query, &values).await?;
    rows.iter().map(record).collect()
}

fn record(row: &Row) -> Result<Record, Failure> {
    let (digest, attempts): (&[u8], i64) = (row.try_get(1)?, row.try_get(4)?);
    let (state, errors): (&str, &str) = (row.try_get(3)?, row.try_get(8)?);
    Ok(Record {
        number: column::number(row.try_get(0)?),
        digest: self::digest(digest)?,
        reference: row.try_get(2)?,
        state: column::state(state)?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        outcome: Outcome {
            transaction_id: row.try_get(5)?,
            transaction_record_id: row.try_get(6)?,
            status: row.try_get(7)?,
            errors: column::errors(errors)?,
        },
    })
}

fn digest(column: &[u8]) -> Result<InputDigest, Failure> {
    let digest = column.try_into();
    let digest = digest.map_err(|_| damaged("a digest has another length"))?;
    Ok(InputDigest::new(digest))
}
