//! A root that outlives its process: what to keep of it, and how it is restored.

use std::sync::Mutex;

use rcgen::{Issuer, KeyPair, PublicKeyData, SerialNumber};
use rustls_pki_types::CertificateDer;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::ca::{Ca, Revoked};
use crate::error::Error;

impl Ca {
    /// Restores a root that was kept: its certificate and its [key](Self::secret_key_pem), both as
    /// PEM, and the serial numbers that it has [revoked](Self::revocations).
    ///
    /// # Errors
    ///
    /// [`Error::KeptCa`] if there is no certificate of a CA, no key, or a key that belongs to
    /// another certificate.
    pub fn restore(
        owner: &str,
        certificate_pem: &str,
        secret_key_pem: &str,
        revoked: impl IntoIterator<Item = (Vec<u8>, OffsetDateTime)>,
    ) -> Result<Self, Error> {
        // The errors of the readers are dropped: some quote what they have read.
        let der = pem::parse(certificate_pem).map_err(|_| Error::KeptCa)?;
        let certificate = CertificateDer::from(der.into_contents());
        let key = KeyPair::from_pem(secret_key_pem).map_err(|_| Error::KeptCa)?;
        if !is_of_ca_with_key(&certificate, &key) {
            return Err(Error::KeptCa);
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|_| Error::KeptCa)?;
        let entry = |(serial, at): (Vec<u8>, _)| Revoked {
            serial: SerialNumber::from(serial),
            at,
        };
        Ok(Self {
            name: owner.to_owned(),
            pem: certificate_pem.to_owned(),
            certificate,
            issuer,
            intermediates: Vec::new(),
            revoked: Mutex::new(revoked.into_iter().map(entry).collect()),
        })
    }

    /// Returns the CA's unencrypted private key, PKCS#8 as PEM, for a caller that keeps it.
    #[must_use]
    pub fn secret_key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Returns the serial numbers on the revocation list, each with its moment, oldest first.
    #[must_use]
    pub fn revocations(&self) -> Vec<(Vec<u8>, OffsetDateTime)> {
        let revoked = self.locked_revocations();
        let entry = |it: &Revoked| (it.serial.to_bytes(), it.at);
        revoked.iter().map(entry).collect()
    }
}

fn is_of_ca_with_key(certificate: &CertificateDer<'_>, key: &KeyPair) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(rest, certificate)| {
        rest.is_empty()
            && certificate.is_ca()
            && certificate.public_key().raw == key.subject_public_key_info()
    })
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::ParsedExtension;

    use super::*;
    use crate::leaf::Leaf;

    fn ca() -> Ca {
        Ca::new("Test", "client CA", OffsetDateTime::now_utc()).unwrap()
    }

    fn restored(ca: &Ca) -> Ca {
        let revoked = ca.revocations();
        Ca::restore("Test", ca.pem(), &ca.secret_key_pem(), revoked).unwrap()
    }

    #[test]
    fn restored_ca_issues_what_the_first_would() {
        let first = ca();
        let second = restored(&first);
        assert_eq!(second.certificate(), first.certificate());
        let leaf = Leaf::client("client.example");
        let [of_first, of_second] =
            [&first, &second].map(|ca| ca.issue_with_new_key(&leaf).unwrap());
        let (_, of_first) = X509Certificate::from_der(&of_first.chain()[0]).unwrap();
        let (_, of_second) = X509Certificate::from_der(&of_second.chain()[0]).unwrap();
        assert_eq!(of_second.issuer().as_raw(), of_first.issuer().as_raw());
        let issuer_key = |certificate: &X509Certificate<'_>| {
            let mut extensions = certificate.extensions().iter();
            extensions.find_map(|it| match it.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    id.key_identifier.as_ref().map(|id| id.0.to_vec())
                }
                _ => None,
            })
        };
        assert!(issuer_key(&of_first).is_some());
        assert_eq!(issuer_key(&of_second), issuer_key(&of_first));
        let der = first.certificate();
        let (_, parsed) = X509Certificate::from_der(&der).unwrap();
        assert!(
            of_second
                .verify_signature(Some(parsed.public_key()))
                .is_ok()
        );
    }

    #[test]
    fn restored_ca_has_revoked_what_the_first_had() {
        let first = ca();
        let now = OffsetDateTime::now_utc();
        first.revoke(&[0x41, 0x02], now);
        assert_eq!(restored(&first).revocations(), [(vec![0x41, 0x02], now)]);
    }

    #[test]
    fn other_key_no_key_and_no_ca_are_refused() {
        let (ca, other) = (ca(), ca());
        let leaf = ca.issue_with_new_key(&Leaf::client("client.example"));
        let leaf = leaf.unwrap();
        for (certificate, key) in [
            (ca.pem(), other.secret_key_pem().as_str()),
            (ca.pem(), "no key"),
            (ca.pem(), ca.pem()),
            ("no certificate", ca.secret_key_pem().as_str()),
            (leaf.chain_pem().as_str(), leaf.secret_key_pem()),
        ] {
            let restored = Ca::restore("Test", certificate, key, []);
            assert!(matches!(restored, Err(Error::KeptCa)));
        }
    }
}
