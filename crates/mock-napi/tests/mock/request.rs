//! Certification requests for the tests, made with rcgen, and the keys behind them.

use std::sync::LazyLock;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
    SanType,
};

/// The key behind all requests that do not ask for another.
pub(crate) static KEY: LazyLock<KeyPair> = LazyLock::new(rsa_key);

/// A second key, for those who have the wrong one.
pub(crate) static OTHER_KEY: LazyLock<KeyPair> = LazyLock::new(rsa_key);

fn rsa_key() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

/// A request that differs from a good one where the test says so.
pub(crate) struct Request {
    subject: Vec<(DnType, String)>,
    names: Vec<SanType>,
}

impl Request {
    pub(crate) fn good() -> Self {
        let subject = [
            (DnType::CountryName, "CA"),
            (DnType::StateOrProvinceName, "British Columbia"),
            (DnType::LocalityName, "Vancouver"),
            (DnType::OrganizationName, "Example Ltd"),
            (DnType::CommonName, "api.example.com"),
        ];
        let subject = subject
            .map(|(kind, value)| (kind, value.to_owned()))
            .to_vec();
        Self {
            subject,
            names: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, kind: DnType, value: &str) -> Self {
        match self.subject.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, old)) => value.clone_into(old),
            None => self.subject.push((kind, value.to_owned())),
        }
        self
    }

    pub(crate) fn without(mut self, kind: DnType) -> Self {
        self.subject.retain(|(other, _)| *other != kind);
        self
    }

    pub(crate) fn dns(self, name: &str) -> Self {
        self.name(SanType::DnsName(name.try_into().unwrap()))
    }

    pub(crate) fn name(mut self, name: SanType) -> Self {
        self.names.push(name);
        self
    }

    pub(crate) fn pem(self) -> String {
        self.signed_by(&KEY)
    }

    pub(crate) fn signed_by(self, key: &KeyPair) -> String {
        self.params().serialize_request(key).unwrap().pem().unwrap()
    }

    pub(crate) fn der(self) -> Vec<u8> {
        self.params()
            .serialize_request(&*KEY)
            .unwrap()
            .der()
            .to_vec()
    }

    pub(crate) fn params(self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in self.subject {
            let value = match kind {
                DnType::CountryName => match value.as_str().try_into() {
                    Ok(printable) => DnValue::PrintableString(printable),
                    Err(_) => DnValue::Utf8String(value),
                },
                _ => DnValue::Utf8String(value),
            };
            params.distinguished_name.push(kind, value);
        }
        params.subject_alt_names = self.names;
        params
    }
}
