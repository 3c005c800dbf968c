//! The settings of TLS that are seldom needed.

use std::path::Path;

use rustls::SupportedProtocolVersion;
use rustls_pki_types::ServerName;

use crate::connector::builder::MtlsConnectorBuilder;
use crate::error::config_error::ConfigError;
use crate::tls::key_log::KeyLogSink;

/// Narrower than the defaults, or for a server that is reached in an unusual way, or for finding a fault.
impl<P> MtlsConnectorBuilder<P> {
    /// TLS 1.3 and nothing older; TLS 1.2 and 1.3 by default.
    ///
    /// TLS 1.2 sends our certificate, with the names in it, in the clear for all on the way to read; TLS 1.3 encrypts
    /// it. For a server that is known to speak TLS 1.3: should it ever fall back, it is refused with
    /// [`ErrorKind::Tls`](crate::ErrorKind::Tls) before our certificate is sent. It holds for an `https` proxy as well.
    pub fn tls13_only(mut self) -> Self {
        self.settings.versions = TLS13_ONLY;
        self
    }

    /// The name that is asked for (SNI, RFC 6066) and that the server's certificate has to have, whatever host the URI
    /// names; a DNS name or an IP address.
    ///
    /// For a server that is reached by another name than its own: through a port forward or a private endpoint. TCP, a
    /// proxy and HTTP keep to the URI's host. It is of every server that this connector connects to; see
    /// [`resolve`](Self::resolve) for the other way round, which leaves the name alone.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ServerName`] if it is neither a DNS name nor an IP address.
    pub fn server_name(mut self, name: &str) -> Result<Self, ConfigError> {
        let name = ServerName::try_from(name.to_owned()).map_err(|_| ConfigError::ServerName)?;
        self.server_name = Some(name);
        Ok(self)
    }

    /// Writes down the secrets of every TLS connection, those with an `https` proxy included.
    ///
    /// Whoever has them and a recording reads all that was said: credentials and personal data of our requests too.
    /// **Dangerous**, and for finding a fault on a machine of one's own alone. `sink` gets a line of the format that
    /// Wireshark knows as `SSLKEYLOGFILE`, without its end, several for each connection and from any thread. Nothing is
    /// ever written without this call or [`key_log_file`](Self::key_log_file), whatever the environment says.
    pub fn key_log(mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.settings.key_log = Some(KeyLogSink::new(sink));
        self
    }

    /// As [`key_log`](Self::key_log), **as dangerous**, appended to a file.
    ///
    /// The file is made so that its owner alone can read it (on Unix). Should it not take a line later, a warning says
    /// so and the connection goes on.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeyLog`] if the file cannot be opened for writing.
    pub fn key_log_file(mut self, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let sink = KeyLogSink::file(path).map_err(|source| ConfigError::KeyLog {
            path: path.to_path_buf(),
            source,
        })?;
        self.settings.key_log = Some(sink);
        Ok(self)
    }
}

static TLS13_ONLY: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
