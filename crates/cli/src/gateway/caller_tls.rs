//! TLS towards callers: the files of the gateway's own certificate and of the CAs of theirs.

use std::path::{Path, PathBuf};

use anyhow::Result;
use gateway::Gateway;
use identity::{Event, FileSource, Input, InputFile, Loader};
use transport::{AcceptorReloader, ReloadEvent, TlsAcceptor, TrustFiles};

use crate::gateway::client::Client;
use crate::gateway::report::report;
use crate::refusal::Refusal;

/// The options of TLS towards callers.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CallerTlsArguments {
    /// Speak TLS with callers on TCP addresses, and show them this certificate, with its chain; in
    /// any format that `napi-mtls inspect` knows, with or without its key, and followed
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<PathBuf>,

    /// The key of --tls-certificate; by default that file has it
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// Read the passphrase of the key of --tls-certificate from this file
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_passphrase_file: Option<PathBuf>,

    /// Require of callers a certificate of these CAs, in a PEM file that is followed; whoever has
    /// one is accepted. Public CAs are refused
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_client_ca: Option<PathBuf>,

    /// Refuse the certificates of callers on the revocation lists in this PEM file, which is
    /// followed; it has to have one of each CA that issues them, and a CA whose list is out of date
    /// is refused
    #[arg(long, value_name = "FILE", requires = "tls_client_ca")]
    tls_client_crl: Option<PathBuf>,
}

/// TLS towards callers, and what keeps it up to date.
pub(super) struct CallerTls {
    pub(super) acceptor: TlsAcceptor,
    pub(super) reloader: AcceptorReloader,
}

impl CallerTlsArguments {
    /// Returns the file of the passphrase, if one is named.
    pub(super) fn passphrase_file(&self) -> Option<&Path> {
        self.tls_passphrase_file.as_deref()
    }

    /// Loads the files, if TLS is wanted, with which a gateway verifies its callers.
    pub(super) fn load(&self, gateway: &Gateway<Client>) -> Result<Option<CallerTls>> {
        let Some(certificate) = &self.tls_certificate else {
            return Ok(None);
        };
        let mut source = self.source(certificate);
        let mut failures = source.poll().into_events().into_iter();
        let failure = failures.find_map(|event| match event {
            Event::Failed { error, .. } => Some(error),
            _ => None,
        });
        let member = source.current().and_then(|set| set.members().first());
        let Some(identity) = member else {
            let file = certificate.to_string_lossy();
            let text = format!(
                "{}, the certificate for callers, cannot be used",
                vocabulary::Escaped::line(&file)
            );
            let refusal = Refusal::file(text);
            return Err(match failure {
                Some(error) => anyhow::Error::new(error).context(refusal),
                None => refusal.into(),
            });
        };
        let builder = TlsAcceptor::builder(identity);
        let mut trust = self.trust();
        let builder = match &mut trust {
            Some(files) => builder.client_cas(files.load()?),
            None => builder,
        };
        let acceptor = builder.build()?;
        let reloader = AcceptorReloader::new(acceptor.clone(), source);
        let reloader = match trust {
            Some(files) => reloader.and(files),
            None => reloader,
        };
        let gateway = gateway.clone();
        let reloader = reloader.on_event(move |event| {
            if matches!(event, ReloadEvent::AcceptorRenewed { .. }) {
                gateway.verify_anew();
            }
            report(format_args!("towards callers: {event}"));
        });
        Ok(Some(CallerTls { acceptor, reloader }))
    }

    /// Returns the files of the CAs of callers, if their certificates are wanted.
    fn trust(&self) -> Option<TrustFiles> {
        let files = TrustFiles::only(self.tls_client_ca.as_ref()?);
        Some(match &self.tls_client_crl {
            Some(lists) => files.revocation_lists(lists),
            None => files,
        })
    }

    fn source(&self, certificate: &Path) -> FileSource {
        // Nothing is asked, as of the identities.
        let loader = match &self.tls_passphrase_file {
            Some(file) => {
                Loader::new().passphrase(InputFile::new(file, Input::Passphrase).allow_pipe())
            }
            None => Loader::new(),
        };
        let loader = loader.for_server();
        match &self.tls_key {
            Some(key) => FileSource::pair(loader, certificate, key),
            None => FileSource::bundle(loader, certificate),
        }
    }
}
