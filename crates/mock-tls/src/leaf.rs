//! The contents of an end-entity certificate ([RFC 5280, section 4.1]), before a
//! [`Ca`](crate::Ca) issues it.
//!
//! [RFC 5280, section 4.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1

use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose,
    KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use time::OffsetDateTime;

use crate::error::Error;

/// The contents of a certificate for a client or a server: names, usage, validity, serial number.
///
/// Unless it is told otherwise, the certificate is valid from 1975 to 4096, whatever the time is in
/// a test, and its serial number is random.
#[derive(Debug, Clone)]
pub struct Leaf {
    params: CertificateParams,
}

impl Leaf {
    /// Describes a certificate of this common name for the authentication of a client.
    #[must_use]
    pub fn client(common_name: &str) -> Self {
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        Self::new(CertificateParams::default(), common_name, usage)
    }

    /// Describes a certificate for the authentication of a server under these names, each a host
    /// name or an IP address. The first is the common name too.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] if a name has other characters than those of ASCII.
    pub fn server<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let common_name = names.first().cloned().unwrap_or_default();
        let params = CertificateParams::new(names).map_err(Error::certificate)?;
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        Ok(Self::new(params, &common_name, usage))
    }

    fn new(
        mut params: CertificateParams,
        common_name: &str,
        usage: ExtendedKeyUsagePurpose,
    ) -> Self {
        params.distinguished_name = name_of(common_name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        Self { params }
    }

    /// Sets the common name of the subject.
    #[must_use]
    pub fn common_name(mut self, name: &str) -> Self {
        self.params.distinguished_name = name_of(name);
        self
    }

    /// Sets the serial number, a number or bytes in big-endian order: positive, 20 bytes at most
    /// ([RFC 5280, section 4.1.2.2]).
    ///
    /// [RFC 5280, section 4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
    #[must_use]
    pub fn serial(mut self, serial: impl Into<SerialNumber>) -> Self {
        self.params.serial_number = Some(serial.into());
        self
    }

    /// Sets the first and the last moment at which the certificate is valid.
    #[must_use]
    pub fn valid(mut self, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        self.params.not_before = from;
        self.params.not_after = to;
        self
    }

    /// Sets the validity from the first of January of one year, 00:00 UTC, to that of
    /// another.
    #[must_use]
    pub fn valid_years(self, from: i32, to: i32) -> Self {
        self.valid(date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1))
    }

    /// Returns the contents with a serial number: the one that was set, or else this one.
    pub(crate) fn numbered(&self, serial: &[u8]) -> CertificateParams {
        let mut params = self.params.clone();
        // Without one rcgen takes a hash of the key, so two certificates for one key would be the
        // same to a revocation list.
        let set = params.serial_number.take();
        params.serial_number = Some(set.unwrap_or_else(|| SerialNumber::from_slice(serial)));
        params
    }
}

/// Returns a name of nothing but a common name, as UTF-8.
pub(crate) fn name_of(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    let value = DnValue::Utf8String(common_name.to_owned());
    name.push(DnType::CommonName, value);
    name
}
