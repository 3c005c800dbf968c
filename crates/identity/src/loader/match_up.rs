//! A key and its certificates, put together to an identity.
//!
//! Leaves out where each comes from.

use std::time::SystemTime;

use crate::chain::{self, Link};
use crate::encryption::Encryption;
use crate::error::Error;
use crate::format::Format;
use crate::identity::{Identity, OwnedKey};
use crate::key_choice::Chosen;
use crate::loaded::Loaded;
use crate::loader::{Loader, validity};
use crate::opener::Opened;
use crate::pkcs12::Attributes;
use crate::public_key::PublicKey;
use crate::report::{Finding, Report};

/// A key whose certificate is to be found, and what is known of it.
pub(super) struct FoundKey {
    pub(super) key: OwnedKey,
    pub(super) public_key: PublicKey,
    /// None, if it is in no file.
    pub(super) format: Option<Format>,
    pub(super) encryption: Option<Encryption>,
    /// Whether a passphrase that is not empty stands before it, or a device has it.
    pub(super) is_protected: bool,
    pub(super) attributes: Attributes,
    /// When time alone may make another key the one that is meant.
    pub(super) rival_from: Option<SystemTime>,
}

impl From<Chosen> for FoundKey {
    fn from(chosen: Chosen) -> Self {
        let Opened {
            key,
            format,
            encryption,
            is_protected,
            attributes,
        } = chosen.opened;
        let (bytes, public_key) = key.into_parts();
        Self {
            key: OwnedKey::Secret(bytes),
            public_key,
            format: Some(format),
            encryption,
            is_protected,
            attributes: attributes.into_iter().next().unwrap_or_default(),
            rival_from: chosen.rival_from,
        }
    }
}

impl Loader {
    /// Finds the chain of the key and checks that its leaf can be used.
    pub(super) fn match_up(
        &self,
        links: Vec<Link>,
        found: FoundKey,
        mut findings: Vec<Finding>,
    ) -> Result<Loaded, Error> {
        let now = self.now();
        // Before the chain takes the links: the error about a mismatch names it.
        let first = links.first().map(Link::public_key_sha256).transpose()?;
        let Some(chain) = chain::order(links, &found.public_key, now, &mut findings) else {
            return Err(Error::KeyMismatch {
                certificate: first.ok_or(Error::NoCertificate { found: Vec::new() })?,
                key: found.public_key.sha256,
            });
        };
        findings.extend(chain.leaf.check_purpose()?);
        let (outside, thresholds) = (self.outside_validity, &self.expiry_thresholds);
        findings.extend(validity::check(&chain.leaf, now, outside, thresholds)?);
        let facts = chain.links().map(Link::facts);
        let facts = facts.collect::<Result<Vec<_>, _>>()?;
        let leaf = facts.first().cloned();
        let report = Report {
            format: found.format,
            encryption: found.encryption,
            algorithm: found.public_key.algorithm,
            friendly_name: found.attributes.friendly_name,
            local_key_id: found.attributes.local_key_id,
            chain: facts,
            findings,
        };
        let identity = Identity {
            leaf: leaf.ok_or(Error::NoCertificate { found: Vec::new() })?,
            chain: chain.links().map(|link| link.der.clone()).collect(),
            issuers: chain
                .links()
                .map(Link::issuer_name)
                .collect::<Result<_, _>>()?,
            key: found.key,
        };
        Ok(Loaded {
            identity,
            report,
            is_key_protected: found.is_protected,
            rival_from: chain.rival_from.into_iter().chain(found.rival_from).min(),
        })
    }
}
