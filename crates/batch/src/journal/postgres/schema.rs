//! The tables of a journal in PostgreSQL, and how they are made and checked.

use tokio_postgres::Client;

use crate::digest::InputKey;
use crate::journal::error::{JournalError, StorageError, damaged};
use crate::journal::header::{BatchHeader, new_name};
use crate::journal::postgres::failure::Failure;

/// The version of the tables below. A change takes the next number and a migration from this one.
const VERSION: i64 = 2;

/// The oldest version that is maintained anywhere, and has all that is used here.
const OLDEST: i32 = 12_00_00;

/// Held while tables are made, so that of workers that begin at once one makes them: "NaBa".
const MAKING: i64 = 0x4e61_4261;

/// Returns the statements that make the tables, as in SQLite but for leases.
fn tables(schema: &str) -> String {
    format!(
        "CREATE SCHEMA IF NOT EXISTS {schema};
         CREATE TABLE {schema}.batch (
             id INTEGER PRIMARY KEY CHECK (id = 1),
             version BIGINT NOT NULL,
             name TEXT NOT NULL,
             input_key BYTEA CHECK (length(input_key) = 32),
             key_check BYTEA NOT NULL
         );
         CREATE TABLE {schema}.worker (
             id BIGINT PRIMARY KEY,
             expires TIMESTAMPTZ NOT NULL
         );
         CREATE TABLE {schema}.record (
             digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
             number BIGINT NOT NULL CHECK (number > 0),
             reference TEXT NOT NULL,
             state TEXT NOT NULL CHECK (
                 state IN ('waiting', 'sending', 'unknown', 'pending', 'done', 'failed')
             ),
             worker BIGINT,
             attempts BIGINT NOT NULL DEFAULT 0,
             transaction_id TEXT,
             transaction_record_id TEXT,
             status TEXT,
             errors TEXT NOT NULL DEFAULT '[]'
         );
         CREATE INDEX record_by_number ON {schema}.record (number, digest);
         CREATE INDEX record_by_state ON {schema}.record (state, number, digest);
         CREATE INDEX record_by_worker ON {schema}.record (worker) WHERE worker IS NOT NULL;"
    )
}

/// Returns the statements that bring a journal of version 1 up to date: a record was known by its
/// number there, and the batch's own references had it.
fn from_version_1(schema: &str) -> String {
    format!(
        "ALTER TABLE {schema}.record DROP CONSTRAINT record_pkey;
         ALTER TABLE {schema}.record DROP CONSTRAINT record_digest_key;
         ALTER TABLE {schema}.record ADD PRIMARY KEY (digest);
         DROP INDEX {schema}.record_by_state;
         CREATE INDEX record_by_number ON {schema}.record (number, digest);
         CREATE INDEX record_by_state ON {schema}.record (state, number, digest);
         UPDATE {schema}.record
             SET reference = batch.name || '-' || encode(substr(digest, 1, 8), 'hex')
             FROM {schema}.batch
             WHERE state = 'waiting' AND reference = batch.name || '-' || number;
         UPDATE {schema}.batch SET version = 2;"
    )
}

/// The way to go if there is no journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfMissing {
    Make,
    Refuse,
}

/// Checks the database, and makes the journal or reads its header.
pub(super) async fn open(
    client: &mut Client,
    schema: &str,
    given: Option<&InputKey>,
    if_missing: IfMissing,
) -> Result<BatchHeader, Failure> {
    check_server(client).await?;
    let transaction = client.transaction().await?;
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction.execute(lock, &[&MAKING]).await?;
    let tables_there = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = $1 \
                        AND tablename IN ('batch', 'record', 'worker')";
    let there: i64 = transaction
        .query_one(tables_there, &[&schema])
        .await?
        .get(0);
    match there {
        0 if if_missing == IfMissing::Refuse => return Err(JournalError::Missing.into()),
        0 => {
            transaction.batch_execute(&tables(schema)).await?;
            let (name, key) = (new_name()?, BatchHeader::new_key(given)?);
            let insert = format!(
                "INSERT INTO {schema}.batch (id, version, name, input_key, key_check)
                 VALUES (1, $1, $2, $3, $4)"
            );
            let stored = key.stored.as_ref().map(|key| key.as_bytes().as_slice());
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                [&VERSION, &name, &stored, &key.check.as_slice()];
            transaction.execute(&insert, &values).await?;
        }
        3 => {}
        _ => return Err(JournalError::Foreign.into()),
    }
    let query = format!("SELECT version, name, input_key, key_check FROM {schema}.batch");
    let row = transaction.query_opt(&query, &[]).await?;
    let row = row.ok_or_else(|| damaged("its header is missing"))?;
    let version: i64 = row.try_get(0)?;
    let known = VERSION;
    if version > known {
        return Err(JournalError::Newer { version, known }.into());
    }
    let (name, stored, check): (String, Option<Vec<u8>>, Vec<u8>) =
        (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    if version < 2 {
        transaction.batch_execute(&from_version_1(schema)).await?;
    }
    let header = BatchHeader::read(name, stored.as_deref(), &check, given)?;
    transaction.commit().await?;
    Ok(header)
}

/// Refuses a server that is too old, or whose commits are not on its disk.
async fn check_server(client: &Client) -> Result<(), Failure> {
    let query = "SELECT current_setting('server_version_num')::int, current_setting('fsync')";
    let row = client.query_one(query, &[]).await?;
    let (version, fsync): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    if version < OLDEST {
        let major = version / 10_000;
        let text = format!("PostgreSQL {major} is too old: use version 12 or later");
        return Err(JournalError::from(StorageError::Other(text)).into());
    }
    if fsync == "off" {
        return Err(JournalError::from(StorageError::NotDurable).into());
    }
    Ok(())
}
