//! A client certificate and its key in one call, for tests that are not about getting them.
//!
//! It goes the customer's way: a key, a request, the portal's judgement, a place among the five.

use mock_tls::ClientIdentity;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
};

use crate::account::Account;
use crate::error::Error;
use crate::event::ConnectionLog;
use crate::portal;
use crate::portal::issue::IssueQuery;
use crate::vendor::Vendor;

/// Makes a client certificate of an account with its key.
pub(crate) fn make(
    vendor: &Vendor,
    account: &Account,
    log: &ConnectionLog,
) -> Result<ClientIdentity, Error> {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
        .map_err(mock_tls::Error::certificate)?;
    let request = request(account, &key).map_err(mock_tls::Error::certificate)?;
    let issued = portal::certify(vendor, account, log, &request, Ok(IssueQuery::default()))
        .map_err(|problems| Error::Refused { problems })?;
    Ok(ClientIdentity::new(
        issued.certificate_pem,
        key.serialize_pem(),
        &issued.serial_bytes,
    ))
}

/// Returns the account's certificate that is there from the start on; makes it if there is none, or
/// it is live no more.
pub(crate) fn ready(
    vendor: &Vendor,
    account: &Account,
    log: &ConnectionLog,
) -> Result<ClientIdentity, Error> {
    let now = vendor.server.clock().now();
    let is_live = |identity: &ClientIdentity| {
        let entry = vendor
            .register
            .of_account(account.name(), identity.serial());
        entry.is_some_and(|entry| entry.is_live(now))
    };
    let kept = vendor.ready_identities().get(account.name()).cloned();
    if let Some(identity) = kept.filter(is_live) {
        return Ok(identity);
    }
    let identity = make(vendor, account, log)?;
    vendor
        .ready_identities()
        .insert(account.name().to_owned(), identity.clone());
    vendor.save()?;
    Ok(identity)
}

/// Returns a request as the vendor's guide has it.
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

/// Returns the account's name if a certificate may have it, so that a person can tell identities
/// apart.
fn organization(account: &Account) -> &str {
    let name = account.name();
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if (1..=64).contains(&name.len()) && name.chars().all(is_plain) {
        name
    } else {
        "Mock NAPI customer"
    }
}
