//! A client certificate and its key in one call, for tests that are not about getting them.
//!
//! It goes the customer's way: a key, a request, the portal's judgement, a place among the five.

use std::fmt;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
};

use crate::account::Account;
use crate::error::Error;
use crate::log::ConnectionLog;
use crate::portal;
use crate::portal::issue::IssueQuery;
use crate::vendor::Vendor;

/// A client certificate of an account with its key.
///
/// `Debug` shows the serial number only.
#[derive(Clone)]
pub struct ClientIdentity {
    certificate_pem: String,
    key_pem: String,
    serial: String,
}

impl ClientIdentity {
    pub(crate) fn make(
        vendor: &Vendor,
        account: &Account,
        log: &ConnectionLog,
    ) -> Result<Self, Error> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .map_err(Error::authority)?;
        let request = request(account, &key).map_err(Error::authority)?;
        let issued = portal::certify(vendor, account, log, &request, Ok(IssueQuery::default()))
            .map_err(|problems| Error::Refused { problems })?;
        Ok(Self {
            certificate_pem: issued.certificate_pem,
            key_pem: key.serialize_pem(),
            serial: issued.serial,
        })
    }

    /// Returns the certificate as PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Returns the unencrypted private key, PKCS#8 as PEM.
    #[must_use]
    pub fn secret_key_pem(&self) -> &str {
        &self.key_pem
    }

    /// Returns the certificate's serial number, lower-case hexadecimal; by it the portal revokes.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }
}

/// A request as the vendor's guide has it.
fn request(account: &Account, key: &KeyPair) -> Result<Vec<u8>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let name = &mut params.distinguished_name;
    name.push(
        DnType::CountryName,
        DnValue::PrintableString("CA".try_into()?),
    );
    name.push(DnType::StateOrProvinceName, "British Columbia");
    name.push(DnType::LocalityName, "Vancouver");
    name.push(DnType::OrganizationName, organization(account));
    name.push(DnType::CommonName, "client.mock-napi.example");
    let request = params.serialize_request(key)?;
    Ok(request.der().to_vec())
}

/// The account's name if a certificate may have it, so that a person can tell identities apart.
fn organization(account: &Account) -> &str {
    let name = account.name();
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if (1..=64).contains(&name.len()) && name.chars().all(is_plain) {
        name
    } else {
        "Mock NAPI customer"
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}
