//! The requests of ours that others read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use csr::{CertificationRequest, Subject};
use test_support::Customer;

/// A request of ours, as a file.
#[derive(Debug)]
pub(crate) struct OurRequest {
    pub(crate) title: &'static str,
    pub(crate) path: PathBuf,
    /// The text that a reader has to print about it, without blanks after commas.
    pub(crate) names: &'static [&'static str],
    /// Whether the signature is as it was made.
    pub(crate) is_intact: bool,
}

/// Writes a plain request, one with accents and domain names, and one with a changed signature.
pub(crate) fn write_all(folder: &Path) -> anyhow::Result<Vec<OurRequest>> {
    let plain = Customer::request()?.to_pem();
    let request = |title, name, pem: &str, names, is_intact| {
        let path = folder.join(name);
        fs::write(&path, pem)?;
        anyhow::Ok(OurRequest {
            title,
            path,
            names,
            is_intact,
        })
    };
    Ok(vec![
        request(
            "our request",
            "plain.csr",
            &plain,
            &["CN=napi.acme.example,O=Acme Identity Inc.,L=Vancouver,ST=British Columbia,C=CA"],
            true,
        )?,
        request(
            "our request with accents and domain names",
            "accents.csr",
            &with_accents()?,
            &[
                "CN=napi.acme.example,O=Société d'identité Inc.,L=Montréal,ST=Québec,C=CA",
                "napi-2.acme.example",
            ],
            true,
        )?,
        request(
            "our request with another signature",
            "changed.csr",
            &with_another_signature(&plain)?,
            &[],
            false,
        )?,
    ])
}

fn with_accents() -> anyhow::Result<String> {
    let subject = Subject::builder()
        .country("CA")
        .state("Québec")
        .locality("Montréal")
        .organization("Société d'identité Inc.")
        .common_name("napi.acme.example")
        .dns_name("napi-2.acme.example")
        .build()?;
    let request = CertificationRequest::builder(&subject).sign(Customer::key()?)?;
    Ok(request.to_pem())
}

/// Replaces a letter of the last full line, which belongs to the signature.
fn with_another_signature(pem: &str) -> anyhow::Result<String> {
    let mut lines: Vec<_> = pem.lines().map(str::to_owned).collect();
    let line = lines.iter_mut().rev().nth(2).context("a short request")?;
    let other = if line.starts_with('A') { "B" } else { "A" };
    line.replace_range(..1, other);
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use csr::{Error, InspectedRequest};

    use super::*;

    #[test]
    fn changed_request_is_a_request_whose_signature_fails() {
        let pem = Customer::request().unwrap().to_pem();
        let changed = with_another_signature(&pem).unwrap();
        let changed = InspectedRequest::from_pem_or_der(changed.as_bytes()).unwrap();
        assert!(matches!(changed.verify(), Err(Error::SignatureInvalid)));
    }
}
