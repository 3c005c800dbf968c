//! The chain of a leaf, found among the certificates of an input and put in order.
//!
//! [RFC 8446, section 4.4.2]: the sender's certificate comes first, and each following one should
//! certify the one before it. Issuers are found by name and key identifier
//! ([RFC 5280, section 4.2.1.1]). Leaves out signatures: whether to trust the chain is for the peer.
//!
//! [RFC 8446, section 4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
//! [RFC 5280, section 4.2.1.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1

use std::time::SystemTime;

use der::Decode;
use rustls_pki_types::CertificateDer;
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, ExtendedKeyUsage, SubjectKeyIdentifier};

use crate::{Certificate, Error, Finding, PrivateKey};

/// One certificate of the input.
pub(crate) struct Link {
    /// Where it stands in the input, from 1.
    position: usize,
    pub(crate) der: CertificateDer<'static>,
    content: TbsCertificate,
}

impl Link {
    /// Decodes the certificate that stands at `position`.
    pub(crate) fn new(position: usize, der: &[u8]) -> Result<Self, Error> {
        let certificate = x509_cert::Certificate::from_der(der)
            .map_err(|_| Error::CertificateDamaged { position })?;
        Ok(Self {
            position,
            der: CertificateDer::from(der.to_vec()),
            content: certificate.tbs_certificate().clone(),
        })
    }

    /// What it says.
    pub(crate) fn facts(&self) -> Result<Certificate, Error> {
        Certificate::new(&self.der, &self.content).ok_or(Error::CertificateDamaged {
            position: self.position,
        })
    }

    /// Can a TLS client present it at all?
    pub(crate) fn check_purpose(&self) -> Result<(), Error> {
        match self.content.version() {
            Version::V3 => {}
            Version::V1 => return Err(Error::CertificateVersion { version: 1 }),
            Version::V2 => return Err(Error::CertificateVersion { version: 2 }),
        }
        if !self.is_for_client_auth()? {
            return Err(Error::NotForClientAuth);
        }
        Ok(())
    }

    /// Is it valid at this instant?
    pub(crate) fn check_validity(&self, now: SystemTime) -> Result<(), Error> {
        if now < self.not_before() {
            return Err(Error::NotYetValid {
                not_before: self.not_before(),
            });
        }
        if now > self.not_after() {
            return Err(Error::Expired {
                not_after: self.not_after(),
            });
        }
        Ok(())
    }

    /// Without the extension every purpose is allowed; `anyExtendedKeyUsage` alone does not help,
    /// since TLS servers do not heed it.
    fn is_for_client_auth(&self) -> Result<bool, Error> {
        let usage = self.content.get_extension::<ExtendedKeyUsage>();
        let usage = usage.map_err(|_| Error::CertificateDamaged {
            position: self.position,
        })?;
        Ok(usage.is_none_or(|(_, ExtendedKeyUsage(purposes))| purposes.contains(&CLIENT_AUTH)))
    }

    fn belongs_to(&self, key: &PrivateKey) -> bool {
        let bits = &self.content.subject_public_key_info().subject_public_key;
        bits.as_bytes().is_some_and(|bits| key.has_public_key(bits))
    }

    fn is_usable(&self, now: SystemTime) -> bool {
        self.check_purpose().is_ok() && self.check_validity(now).is_ok()
    }

    fn is_self_signed(&self) -> bool {
        self.content.subject() == self.content.issuer()
    }

    /// Is `self` the issuer of `other`, by name and, where both tell it, by key identifier?
    fn issued(&self, other: &Self) -> bool {
        let own = self
            .content
            .get_extension::<SubjectKeyIdentifier>()
            .ok()
            .flatten();
        let asked = other
            .content
            .get_extension::<AuthorityKeyIdentifier>()
            .ok()
            .flatten();
        let same_key = match (
            own,
            asked.and_then(|(_, authority)| authority.key_identifier),
        ) {
            (Some((_, SubjectKeyIdentifier(own))), Some(asked)) => own == asked,
            _ => true,
        };
        same_key && self.content.subject() == other.content.issuer()
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        self.not_before() <= now && now <= self.not_after()
    }

    pub(crate) fn not_before(&self) -> SystemTime {
        self.content.validity().not_before.to_system_time()
    }

    pub(crate) fn not_after(&self) -> SystemTime {
        self.content.validity().not_after.to_system_time()
    }
}

/// A leaf and what leads from it towards a root.
pub(crate) struct Chain {
    pub(crate) leaf: Link,
    /// Each issued the one before it, the first one the leaf; without the root.
    pub(crate) issuers: Vec<Link>,
}

/// The chain that belongs to a key; `None` if no certificate has that key.
///
/// Where several have it (a renewal that kept its key), the one that can be used now and for
/// longest is the leaf. What is left over is reported.
pub(crate) fn order(
    mut links: Vec<Link>,
    key: &PrivateKey,
    now: SystemTime,
    findings: &mut Vec<Finding>,
) -> Option<Chain> {
    drop_duplicates(&mut links, findings);
    let leaf = links
        .iter()
        .enumerate()
        .filter(|(_, link)| link.belongs_to(key))
        .max_by_key(|(_, link)| (link.is_usable(now), link.not_after()))
        .map(|(index, _)| index)?;
    let leaf = links.remove(leaf);
    let mut issuers = issuers(&leaf, &mut links, now);
    if issuers.last().is_some_and(Link::is_self_signed) {
        links.extend(issuers.pop());
    }
    report_left_over(links, findings);
    Some(Chain { leaf, issuers })
}

/// Takes the issuer of the leaf, its issuer and so on, as far as they are there; of several with
/// the same name and key the one that is valid now and for longest.
fn issuers(leaf: &Link, links: &mut Vec<Link>, now: SystemTime) -> Vec<Link> {
    let mut issuers: Vec<Link> = Vec::new();
    loop {
        let last = issuers.last().unwrap_or(leaf);
        if last.is_self_signed() {
            return issuers;
        }
        let issuer = links
            .iter()
            .enumerate()
            .filter(|(_, link)| link.issued(last))
            .max_by_key(|(_, link)| (link.is_valid(now), link.not_after()))
            .map(|(index, _)| index);
        match issuer {
            Some(index) => issuers.push(links.remove(index)),
            None => return issuers,
        }
    }
}

fn report_left_over(mut links: Vec<Link>, findings: &mut Vec<Finding>) {
    links.sort_by_key(|link| link.position);
    for link in links {
        let position = link.position;
        findings.push(if link.is_self_signed() {
            Finding::RootDropped { position }
        } else {
            Finding::UnrelatedCertificate { position }
        });
    }
}

fn drop_duplicates(links: &mut Vec<Link>, findings: &mut Vec<Finding>) {
    let mut seen: Vec<CertificateDer<'static>> = Vec::new();
    links.retain(|link| {
        let fresh = !seen.contains(&link.der);
        if fresh {
            seen.push(link.der.clone());
        } else {
            findings.push(Finding::DuplicateCertificate {
                position: link.position,
            });
        }
        fresh
    });
}

/// `id-kp-clientAuth` ([RFC 5280, section 4.2.1.12]).
///
/// [RFC 5280, section 4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
const CLIENT_AUTH: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
