//! Certificate revocation lists beside the trust anchors (RFC 5280, sections 5 and 6.3).

use std::{fmt, sync::Arc};

use identity::{Format, Input, LeftOut, PublicFile};
use rustls::{
    client::{ServerCertVerifierBuilder, VerifierBuilderError, WebPkiServerVerifier},
    server::{ClientCertVerifierBuilder, danger::ClientCertVerifier},
};
use rustls_pki_types::CertificateRevocationListDer;

use crate::error::config_error::ConfigError;
use crate::error::tls_library_error::TlsLibraryError;

/// The lists, and the leniency without one.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Revocation {
    lists: Vec<CertificateRevocationListDer<'static>>,
    allows_unknown_status: bool,
    allows_expired: bool,
}

impl Revocation {
    pub(super) fn add_pem(&mut self, pem: &[u8]) -> Result<(), ConfigError> {
        let wanted = Format::CertificateRevocationList;
        let file = PublicFile::read(pem, wanted, Input::File)
            .ok()
            .filter(|file| !file.left_out().iter().any(may_be_a_list))
            .ok_or(ConfigError::NoRevocationLists)?;
        let lists = file.parts().map(|(_, der)| der.to_vec().into());
        self.lists.extend(lists);
        Ok(())
    }

    pub(super) fn add_der(&mut self, der: Vec<u8>) {
        self.lists.push(der.into());
    }

    pub(super) fn allow_unknown_status(&mut self) {
        self.allows_unknown_status = true;
    }

    pub(super) fn allow_expired(&mut self) {
        self.allows_expired = true;
    }

    pub(super) fn lists(&self) -> &[CertificateRevocationListDer<'static>] {
        &self.lists
    }

    pub(super) fn allows_expired(&self) -> bool {
        self.allows_expired
    }

    /// Builds a verifier with these lists, from a `builder` with trust anchors.
    pub(super) fn verifier(
        self,
        builder: impl Fn() -> ServerCertVerifierBuilder,
    ) -> Result<Arc<WebPkiServerVerifier>, ConfigError> {
        // Each list by itself first: of a set, rustls does not report which one it cannot use.
        for (position, list) in (1..).zip(&self.lists) {
            let alone = builder().with_crls([list.clone()]).build();
            if let Err(VerifierBuilderError::InvalidCrl(problem)) = alone {
                let source = TlsLibraryError::new(problem.into());
                return Err(ConfigError::RevocationList { position, source });
            }
        }
        let mut builder = builder().with_crls(self.lists);
        if self.allows_unknown_status {
            builder = builder.allow_unknown_revocation_status();
        }
        if !self.allows_expired {
            builder = builder.enforce_revocation_expiration();
        }
        // The lists have been checked above, so what is left is an empty store.
        builder.build().map_err(|_| ConfigError::NoTrustAnchors)
    }
}

impl Revocation {
    /// Builds a verifier of clients with these lists, as [`verifier`](Self::verifier) one of
    /// servers.
    pub(super) fn client_verifier(
        self,
        builder: impl Fn() -> ClientCertVerifierBuilder,
    ) -> Result<Arc<dyn ClientCertVerifier>, ConfigError> {
        for (position, list) in (1..).zip(&self.lists) {
            let alone = builder().with_crls([list.clone()]).build();
            if let Err(VerifierBuilderError::InvalidCrl(problem)) = alone {
                let source = TlsLibraryError::new(problem.into());
                return Err(ConfigError::RevocationList { position, source });
            }
        }
        let mut builder = builder().with_crls(self.lists);
        if self.allows_unknown_status {
            builder = builder.allow_unknown_revocation_status();
        }
        if !self.allows_expired {
            builder = builder.enforce_revocation_expiration();
        }
        builder.build().map_err(|_| ConfigError::NoTrustAnchors)
    }
}

/// Checks whether a part is damaged, so that it may have been a list.
fn may_be_a_list(part: &LeftOut) -> bool {
    matches!(
        part.format,
        Format::Damaged | Format::DamagedDer | Format::Unrecognised
    )
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocation")
            .field("lists", &self.lists.len())
            .field("allows_unknown_status", &self.allows_unknown_status)
            .field("allows_expired", &self.allows_expired)
            .finish()
    }
}
