//! The dates of a certificate revocation list.
//!
//! [RFC 5280, section 5.1.2]. Leaves out what is revoked, the signature and the extensions.
//!
//! [RFC 5280, section 5.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-5.1.2

use std::fmt;
use std::time::SystemTime;

use der::asn1::AnyRef;
use der::{Decode, SliceReader, Tag, Tagged};
use x509_cert::name::Name;
use x509_cert::time::Time;

use crate::certificate::written_out;
use crate::time::Utc;

/// The issuer of a certificate revocation list, and the dates of this and of the next one.
///
/// Its entries are not read, so that one of a million entries costs no more than an empty one.
///
/// ```
/// use identity::RevocationList;
///
/// # let list = include_bytes!("../tests/vectors/people/list.der");
/// let list = RevocationList::from_der(list).ok_or("not a revocation list")?;
/// assert!(list.next_update().is_some_and(|next_update| list.this_update() < next_update));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    issuer: String,
    this_update: SystemTime,
    next_update: Option<SystemTime>,
}

impl RevocationList {
    /// Reads a list in DER; `None` if it is no `CertificateList`, or damaged where its dates are.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let list = AnyRef::from_der(der).ok()?;
        let to_be_signed = AnyRef::decode(&mut inside(list)?).ok()?;
        let mut fields = inside(to_be_signed)?;
        // Version 1 has no version field.
        let version_or_algorithm = AnyRef::decode(&mut fields).ok()?;
        if version_or_algorithm.tag() == Tag::Integer {
            AnyRef::decode(&mut fields).ok()?;
        }
        let issuer = Name::decode(&mut fields).ok()?;
        let this_update = Time::decode(&mut fields).ok()?;
        let next_update = match Tag::peek(&fields) {
            Ok(Tag::UtcTime | Tag::GeneralizedTime) => Some(Time::decode(&mut fields).ok()?),
            _ => None,
        };
        Some(Self {
            issuer: written_out(&issuer),
            this_update: this_update.to_system_time(),
            next_update: next_update.map(|time| time.to_system_time()),
        })
    }

    /// Returns the issuer's name, written like
    /// [`Certificate::subject`](crate::Certificate::subject).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the instant at which the list was issued.
    #[must_use]
    pub const fn this_update(&self) -> SystemTime {
        self.this_update
    }

    /// Returns the instant by which the next list will be issued, from which on this one is out of
    /// date; `None` if the list does not say.
    #[must_use]
    pub const fn next_update(&self) -> Option<SystemTime> {
        self.next_update
    }
}

/// ```text
/// revocation list of CN=Example Authority, 2026-11-23T18:05:00Z to 2026-11-30T18:05:00Z
/// ```
impl fmt::Display for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (issuer, from) = (&self.issuer, Utc(self.this_update));
        write!(f, "revocation list of {issuer}, {from}")?;
        match self.next_update {
            Some(until) => write!(f, " to {}", Utc(until)),
            None => Ok(()),
        }
    }
}

/// Returns a reader of the content of a sequence.
fn inside(sequence: AnyRef<'_>) -> Option<SliceReader<'_>> {
    match sequence.tag() {
        Tag::Sequence => SliceReader::new(sequence.value()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
        KeyIdMethod, KeyPair, date_time_ymd,
    };

    use super::*;

    fn instant(year: i32, month: u8, day: u8) -> SystemTime {
        date_time_ymd(year, month, day).into()
    }

    fn list() -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Example\nAuthority");
        let issuer = Issuer::new(params, KeyPair::generate().unwrap());
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2049, 12, 31),
            next_update: date_time_ymd(2050, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&issuer).unwrap().der().to_vec()
    }

    // The two dates have types of their own: UTCTime ends with the year 2049.
    #[test]
    fn dates_and_issuer_are_read_and_the_issuer_cannot_steer() {
        let list = RevocationList::from_der(&list()).unwrap();
        assert_eq!(list.this_update(), instant(2049, 12, 31));
        assert_eq!(list.next_update(), Some(instant(2050, 1, 1)));
        assert!(list.issuer().starts_with("CN=Example"), "{list}");
        assert!(!list.issuer().contains('\n'), "{list}");
    }

    // Version 1, and without the field that RFC 5280 asks for: a name without parts.
    #[test]
    fn list_without_version_and_next_update_is_read() {
        let this_update = b"\x17\x0D260101000000Z";
        let fields = [&b"\x30\x00\x30\x00"[..], this_update].concat();
        let sequence = |content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            [&[0x30, length][..], content].concat()
        };
        let list = sequence(&[&sequence(&fields)[..], b"\x30\x00\x03\x01\x00"].concat());
        let list = RevocationList::from_der(&list).unwrap();
        assert_eq!(list.this_update(), instant(2026, 1, 1));
        assert_eq!(list.next_update(), None);
    }

    #[test]
    fn cut_list_or_other_structure_is_no_list() {
        let whole = list();
        for length in 0..whole.len() {
            let cut = whole.get(..length).unwrap();
            assert_eq!(RevocationList::from_der(cut), None, "{length}");
        }
        let certificate = include_bytes!("../tests/vectors/cert.der");
        assert_eq!(RevocationList::from_der(certificate), None);
    }

    proptest::proptest! {
        #[test]
        fn no_byte_of_it_makes_it_panic(position in 0..400_usize, byte: u8) {
            static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(list);
            let mut list = WHOLE.clone();
            let position = position % list.len();
            *list.get_mut(position).unwrap() = byte;
            let _ = RevocationList::from_der(&list);
        }
    }
}
