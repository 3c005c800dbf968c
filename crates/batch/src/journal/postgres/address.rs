//! The address of a journal in PostgreSQL: the server, the database, and the schema of the batch.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use zeroize::Zeroizing;

use crate::journal::error::JournalError;
use crate::journal::postgres::tls::Tls;

/// The most characters of the name of a batch: PostgreSQL cuts names at 63 bytes.
const LONGEST_NAME: usize = 40;

/// The address of a journal in PostgreSQL.
///
/// A URL as libpq has it: `postgres://user@host:5432/database`, or
/// `postgres:///database?host=/var/run/postgresql` for a socket. Over a network the connection is
/// encrypted and the server verified by default, against the CAs of the operating system or those
/// of `sslrootcert`; `sslmode=disable` switches that off. Each batch has a schema of its own.
///
/// # Examples
///
/// ```
/// use batch::PostgresAddress;
///
/// let address: PostgresAddress = "postgres://acme@db.example/batches".parse()?;
/// let address = address.batch("march")?;
/// assert!(address.batch("March 2027").is_err());
/// # Ok::<(), batch::InvalidPostgresAddress>(())
/// ```
#[derive(Clone)]
pub struct PostgresAddress {
    config: Config,
    is_verified: bool,
    ca_file: Option<PathBuf>,
    schema: String,
    patience: Duration,
}

/// A text that is no address of a journal in PostgreSQL. It quotes nothing: there may be a
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPostgresAddress {
    /// It is no URL of PostgreSQL.
    #[error("it is no URL of PostgreSQL, such as postgres://user@host:5432/database")]
    Url,
    /// It names no host.
    #[error("it names no host, nor the folder of a socket by `host=`")]
    Host,
    /// The value of `sslmode` is none that is known.
    #[error("sslmode is verify-full, which is the default, or disable")]
    SslMode,
    /// The name of the batch is not what a schema can be called.
    #[error(
        "the name of a batch in PostgreSQL has up to {LONGEST_NAME} lower-case letters, digits and underscores"
    )]
    Batch,
}

impl FromStr for PostgresAddress {
    type Err = InvalidPostgresAddress;

    fn from_str(url: &str) -> Result<Self, InvalidPostgresAddress> {
        if !is_postgres_url(url) {
            return Err(InvalidPostgresAddress::Url);
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut ca_file = None;
        let mut is_verified = true;
        let mut others = Vec::new();
        for parameter in query.split('&').filter(|it| !it.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslrootcert", file)) => ca_file = Some(decoded(file)?),
                // Weaker modes would let a server in that is not verified: none is taken for one.
                Some(("sslmode", "disable")) => is_verified = false,
                Some(("sslmode", "require" | "verify-ca" | "verify-full")) => {}
                Some(("sslmode", _)) => return Err(InvalidPostgresAddress::SslMode),
                _ => others.push(parameter),
            }
        }
        let url = Zeroizing::new(format!("{base}?{}", others.join("&")));
        let config = url.parse::<Config>();
        let mut config = config.map_err(|_| InvalidPostgresAddress::Url)?;
        let hosts = config.get_hosts();
        if hosts.is_empty() {
            return Err(InvalidPostgresAddress::Host);
        }
        let is_network = hosts.iter().any(|host| matches!(host, Host::Tcp(_)));
        is_verified &= is_network;
        config.ssl_mode(match is_verified {
            true => SslMode::Require,
            false => SslMode::Disable,
        });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.application_name("napi-mtls batch");
        Ok(Self {
            config,
            is_verified,
            ca_file,
            schema: schema("default")?,
            patience: Duration::from_secs(60),
        })
    }
}

impl PostgresAddress {
    /// Sets the name of the batch, by which several share a database; `default` by default.
    ///
    /// # Errors
    ///
    /// [`InvalidPostgresAddress::Batch`] if it is empty, too long, or has other characters than `a`
    /// to `z`, digits and `_`.
    pub fn batch(&self, name: &str) -> Result<Self, InvalidPostgresAddress> {
        let schema = schema(name)?;
        Ok(Self {
            schema,
            ..self.clone()
        })
    }

    /// Sets the password, in place of one in the URL.
    #[must_use]
    pub fn password(mut self, password: &[u8]) -> Self {
        self.config.password(password);
        self
    }

    /// Returns whether there is a password in the URL.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Sets for how long a database that cannot be reached is waited for; a minute by default.
    #[must_use]
    pub fn wait_for_database(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the TLS of the connections, unless it is switched off or a socket.
    pub(super) fn tls(&self) -> Result<Option<Tls>, JournalError> {
        match self.is_verified {
            true => Tls::new(self.ca_file.as_deref()).map(Some),
            false => Ok(None),
        }
    }
}

/// Shows neither user nor password.
impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresAddress")
            .field("hosts", &self.config.get_hosts())
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// Returns whether a text is meant as the address of a PostgreSQL.
pub(crate) fn is_postgres_url(text: &str) -> bool {
    ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}

fn schema(batch: &str) -> Result<String, InvalidPostgresAddress> {
    let is_name = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    match (1..=LONGEST_NAME).contains(&batch.len()) && batch.bytes().all(is_name) {
        true => Ok(format!("napi_batch_{batch}")),
        false => Err(InvalidPostgresAddress::Batch),
    }
}

fn decoded(text: &str) -> Result<PathBuf, InvalidPostgresAddress> {
    let text = percent_encoding::percent_decode_str(text).decode_utf8();
    let text = text.map_err(|_| InvalidPostgresAddress::Url)?;
    Ok(PathBuf::from(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Result<PostgresAddress, InvalidPostgresAddress> {
        url.parse()
    }

    #[test]
    fn network_is_verified_unless_switched_off() {
        for (url, is_verified) in [
            ("postgres://a@db.example/b", true),
            ("postgresql://a@db.example/b?sslmode=verify-full", true),
            ("postgres://a@127.0.0.1/b?sslmode=require", true),
            ("postgres://a@db.example/b?sslmode=disable", false),
            ("postgres:///b?host=/var/run/postgresql&user=a", false),
        ] {
            let address = address(url).unwrap();
            assert_eq!(address.is_verified, is_verified, "{url}");
            let mode = match is_verified {
                true => SslMode::Require,
                false => SslMode::Disable,
            };
            assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn weak_modes_and_other_texts_are_refused() {
        for (url, error) in [
            (
                "postgres://a@b/c?sslmode=prefer",
                InvalidPostgresAddress::SslMode,
            ),
            ("postgres:///b?user=a", InvalidPostgresAddress::Host),
            ("postgres://a@b/c?colour=red", InvalidPostgresAddress::Url),
            ("people.journal", InvalidPostgresAddress::Url),
            ("mysql://a@b/c", InvalidPostgresAddress::Url),
        ] {
            assert_eq!(address(url).unwrap_err(), error, "{url}");
        }
    }

    #[test]
    fn name_of_a_batch_is_that_of_a_schema() {
        let address = address("postgres://a@b/c").unwrap();
        assert_eq!(address.schema(), "napi_batch_default");
        let longest = "a".repeat(LONGEST_NAME);
        assert!(address.batch("march_2027").is_ok() && address.batch(&longest).is_ok());
        for name in [
            "",
            "March",
            "a-b",
            "a\"; DROP",
            &"a".repeat(LONGEST_NAME + 1),
        ] {
            assert!(address.batch(name).is_err(), "{name}");
        }
    }

    #[test]
    fn neither_user_nor_password_is_shown() {
        let address = address("postgres://acme:hunter2@b/c?sslrootcert=/a%20b").unwrap();
        assert!(address.has_password());
        assert_eq!(address.ca_file.as_deref(), Some("/a b".as_ref()));
        let shown = format!("{address:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("acme"),
            "{shown}"
        );
    }
}
