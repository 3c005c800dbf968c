//! The settings that give away what TLS protects.

use std::path::Path;

use crate::connector::builder::MtlsConnectorBuilder;
use crate::error::config_error::ConfigError;
use crate::tls::key_log::KeyLogSink;

/// The dangerous settings of a connector, each of which leads back to its other settings.
///
/// They stand apart so that a search for `dangerous()` finds every place where a program gives up
/// what TLS promises, and so that no list of settings offers them in passing.
#[derive(Debug)]
#[must_use]
pub struct DangerousMtlsConnectorBuilder<P = ()> {
    builder: MtlsConnectorBuilder<P>,
}

impl<P> MtlsConnectorBuilder<P> {
    /// Returns the settings that a program in production has no use for.
    ///
    /// The server's certificate is verified whatever is set here: trust anchors of your own are
    /// what a test server needs.
    pub fn dangerous(self) -> DangerousMtlsConnectorBuilder<P> {
        DangerousMtlsConnectorBuilder { builder: self }
    }
}

impl<P> DangerousMtlsConnectorBuilder<P> {
    /// Logs the secrets of every TLS connection, those with an `https` proxy included.
    ///
    /// With them, a recording of the traffic can be decrypted, long afterwards and in spite of
    /// forward secrecy: the credentials and the personal data in our requests. So it is for finding
    /// a fault on a machine of one's own, with test data. `sink` gets lines in the format of
    /// `SSLKEYLOGFILE` ([RFC 9850]) without their ends, several for each connection and from any
    /// thread. Nothing is ever logged without this call or [`key_log_file`](Self::key_log_file),
    /// whatever the environment says.
    ///
    /// ```
    /// use transport::{MtlsConnector, TrustAnchors};
    ///
    /// # let pem = include_str!("../../../tests/vectors/authority.pem");
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
    /// let connector = MtlsConnector::builder(TrustAnchors::from_pem(pem)?)
    ///     .dangerous()
    ///     .key_log(|line| eprintln!("{line}"))
    ///     .build()?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [RFC 9850]: https://www.rfc-editor.org/rfc/rfc9850
    pub fn key_log(self, sink: impl Fn(&str) + Send + Sync + 'static) -> MtlsConnectorBuilder<P> {
        self.with(KeyLogSink::new(sink))
    }

    /// Logs as [`key_log`](Self::key_log) does, at the end of a file.
    ///
    /// The file is made so that only its owner can read it (on Unix). If a line cannot be written
    /// later, a warning is logged and the connection goes on.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeyLog`] if the file cannot be opened for writing.
    pub fn key_log_file(
        self,
        path: impl AsRef<Path>,
    ) -> Result<MtlsConnectorBuilder<P>, ConfigError> {
        let path = path.as_ref();
        let sink = KeyLogSink::file(path).map_err(|source| ConfigError::KeyLog {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(self.with(sink))
    }

    fn with(self, sink: KeyLogSink) -> MtlsConnectorBuilder<P> {
        let mut builder = self.builder;
        builder.settings.key_log = Some(sink);
        builder
    }
}
