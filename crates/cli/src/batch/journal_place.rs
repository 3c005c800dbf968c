//! The journal of a batch, as the command line names it.

use std::env;

use anyhow::Result;
use batch::{PostgresAddress, PostgresJournal, SqliteJournal};
use zeroize::Zeroizing;

use crate::batch::any_journal::AnyJournal;
use crate::refusal::Refusal;

/// Holds the password of the database, as for other clients of PostgreSQL.
const PASSWORD: &str = "PGPASSWORD";

/// The place of the journal.
#[derive(Debug, clap::Args)]
pub(crate) struct JournalArguments {
    /// Journal of the batch: what was sent and what came of it, without names and birth dates. A
    /// file on a local disk, or the URL of a PostgreSQL database, postgres://user@host/database,
    /// that any number of workers share; its password comes from PGPASSWORD. Keep it until the
    /// batch is done
    #[arg(long, value_name = "FILE|URL")]
    journal: String,

    /// Name of the batch, of several in one database
    #[arg(long, value_name = "NAME", default_value = "default")]
    batch: String,
}

impl JournalArguments {
    /// Opens the journal, or makes it.
    pub(crate) async fn open(&self) -> Result<AnyJournal> {
        match self.address()? {
            Some(address) => Ok(AnyJournal::Postgres(PostgresJournal::open(&address).await?)),
            None => Ok(AnyJournal::Sqlite(
                SqliteJournal::open(&self.journal).await?,
            )),
        }
    }

    /// Opens a journal that is there.
    pub(crate) async fn open_known(&self) -> Result<AnyJournal> {
        match self.address()? {
            Some(address) => Ok(AnyJournal::Postgres(
                PostgresJournal::open_existing(&address).await?,
            )),
            None => Ok(AnyJournal::Sqlite(
                SqliteJournal::open_existing(&self.journal).await?,
            )),
        }
    }

    /// Returns the address of a database, if the journal is in one.
    fn address(&self) -> Result<Option<PostgresAddress>, Refusal> {
        if !self.journal.contains("://") {
            return Ok(None);
        }
        let refused = |problem| Refusal::command_line(format!("--journal: {problem}"));
        let address = self.journal.parse::<PostgresAddress>().map_err(refused)?;
        if address.has_password() {
            return Err(Refusal::command_line(
                "--journal: everyone on this machine can read a password on the command line: put it into the \
                 environment variable PGPASSWORD",
            ));
        }
        let address = address.batch(&self.batch);
        let address =
            address.map_err(|problem| Refusal::command_line(format!("--batch: {problem}")))?;
        Ok(Some(match env::var(PASSWORD).map(Zeroizing::new) {
            Ok(password) => address.password(password.as_bytes()),
            Err(_) => address,
        }))
    }
}
