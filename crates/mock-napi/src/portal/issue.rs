//! From an accepted request to a certificate in the register.

use std::sync::Arc;

use mock_tls::{Ca, fingerprint, hex, random_serial};
use rcgen::{
    Certificate, CertificateParams, ExtendedKeyUsagePurpose, KeyUsagePurpose, SerialNumber,
};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::error::Error;
use crate::portal::request::AcceptedRequest;
use crate::problem::{Field, Problem, ProblemCode};
use crate::register::Entry;
use crate::vendor::Vendor;

/// The query of an issue request, which the real portal has not: the validity in seconds from now,
/// and what is to be wrong with the certificate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueQuery {
    valid_from: Option<i64>,
    valid_to: Option<i64>,
    usage: Option<String>,
    issuer: Option<String>,
}

/// The contents of a certificate beyond its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    validity: Validity,
    usage: Usage,
    issuer: Issuer,
}

/// A certificate's time, in whole seconds.
#[derive(Debug, Clone, Copy)]
struct Validity {
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

/// The end that a certificate may authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usage {
    Client,
    Server,
}

/// The signer of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Issuer {
    ClientCa,
    /// A CA made for the occasion.
    Unknown,
}

/// Why an accepted request still got no certificate.
#[derive(Debug)]
pub(crate) enum IssueError {
    /// The account has five live ones.
    LimitReached,
    /// The CA failed; a fault of this crate, or a name that it cannot encode.
    Ca,
    /// The certificate could not be written to the state.
    NotKept(Error),
}

impl Terms {
    /// Returns the terms of the real portal where the query says nothing else.
    pub(crate) fn from_query(query: IssueQuery, now: OffsetDateTime) -> Result<Self, Problem> {
        Ok(Self {
            validity: Validity::from_query(&query, now)?,
            usage: match query.usage.as_deref() {
                None | Some("client") => Usage::Client,
                Some("server") => Usage::Server,
                Some(_) => return Err(invalid_query("usage is client or server")),
            },
            issuer: match query.issuer.as_deref() {
                None | Some("known") => Issuer::ClientCa,
                Some("unknown") => Issuer::Unknown,
                Some(_) => return Err(invalid_query("issuer is known or unknown")),
            },
        })
    }
}

impl Validity {
    /// Reads the validity of a query; without one, from a minute ago, for 365 days. With one end
    /// given, the other follows, so that `valid_to=-1` alone gives an expired certificate.
    fn from_query(query: &IssueQuery, now: OffsetDateTime) -> Result<Self, Problem> {
        // A minute back for clocks that are behind, and before an end that lies in the past.
        let from = query.valid_from.unwrap_or_else(|| {
            query
                .valid_to
                .unwrap_or(0)
                .min(0)
                .saturating_sub(BACKDATED_SECONDS)
        });
        let to = query
            .valid_to
            .unwrap_or_else(|| from.max(0).saturating_add(DEFAULT_SECONDS));
        // X.509 has whole seconds (RFC 5280, section 4.1.2.5); the register must not differ from
        // the certificate.
        let now = now.replace_nanosecond(0).map_err(|_| invalid_validity())?;
        let end = |seconds| {
            now.checked_add(Duration::seconds(seconds))
                .filter(is_encodable)
        };
        match (end(from), end(to)) {
            (Some(not_before), Some(not_after)) if from < to => Ok(Self {
                not_before,
                not_after,
            }),
            _ => Err(invalid_validity()),
        }
    }
}

/// Issues the certificate and enters it into the register, bound to `account`.
pub(crate) fn issue(
    vendor: &Vendor,
    account: &str,
    request: &AcceptedRequest,
    terms: Terms,
) -> Result<(Entry, Certificate), IssueError> {
    let mut issued = None;
    let now = vendor.server.clock().now();
    let Validity {
        not_before,
        not_after,
    } = terms.validity;
    // Under the register's lock, so that two uploads at once cannot become a sixth certificate.
    let entry = vendor.register.add(account, now, || {
        let serial = random_serial().map_err(|_| IssueError::Ca)?;
        let other;
        let ca = match terms.issuer {
            Issuer::ClientCa => vendor.server.client_ca(),
            Issuer::Unknown => {
                other = Ca::new("Mock NAPI", "other client CA", now).map_err(|_| IssueError::Ca)?;
                &other
            }
        };
        let certificate = ca
            .sign(&contents(request, terms, &serial), &request.public_key)
            .map_err(|_| IssueError::Ca)?;
        let entry = Entry {
            account: account.to_owned(),
            serial: hex(&serial),
            serial_bytes: serial,
            sha256: fingerprint(certificate.der()),
            subject: request.subject_text.clone(),
            not_before,
            not_after,
            revoked_at: None,
            certificate: Arc::from(&**certificate.der()),
            issuer: Arc::from(&*ca.certificate()),
        };
        issued = Some(certificate);
        Ok(entry)
    })?;
    let (entry, issued) = entry.zip(issued).ok_or(IssueError::LimitReached)?;
    // Before anyone has it: what a client got is there after the next start.
    if let Err(error) = vendor.save() {
        vendor.register.withdraw(&entry.sha256);
        return Err(IssueError::NotKept(error));
    }
    Ok((entry, issued))
}

fn contents(request: &AcceptedRequest, terms: Terms, serial: &[u8]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = request.subject.clone();
    params
        .subject_alt_names
        .clone_from(&request.subject_alt_names);
    params.serial_number = Some(SerialNumber::from_slice(serial));
    params.not_before = terms.validity.not_before;
    params.not_after = terms.validity.not_after;
    // Enough to sign handshakes, which is all that a client does with its key.
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match terms.usage {
        Usage::Client => ExtendedKeyUsagePurpose::ClientAuth,
        Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    params.use_authority_key_identifier_extension = true;
    params
}

pub(crate) fn invalid_validity() -> Problem {
    let message = "the query takes valid_from and valid_to, seconds from now of which the first is \
                   the smaller, usage and issuer";
    Problem::new(Field::Validity, ProblemCode::InvalidValidity, message)
}

fn invalid_query(message: &str) -> Problem {
    Problem::new(Field::Query, ProblemCode::InvalidQuery, message)
}

/// Years that an X.509 certificate can express without surprise (RFC 5280, section 4.1.2.5).
fn is_encodable(time: &OffsetDateTime) -> bool {
    (1950..=9999).contains(&time.year())
}

const BACKDATED_SECONDS: i64 = 60;
const DEFAULT_SECONDS: i64 = 365 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds_from_now(query: IssueQuery) -> (i64, i64) {
        let now = OffsetDateTime::now_utc();
        let validity = Validity::from_query(&query, now).unwrap();
        let rounded = |time: OffsetDateTime| (time - now).as_seconds_f64().round() as i64;
        (rounded(validity.not_before), rounded(validity.not_after))
    }

    fn near(actual: (i64, i64), expected: (i64, i64)) -> bool {
        (actual.0 - expected.0).abs() <= 2 && (actual.1 - expected.1).abs() <= 2
    }

    #[test]
    fn the_default_is_a_year_backdated_a_minute() {
        let actual = seconds_from_now(IssueQuery::default());
        assert!(near(actual, (-60, 365 * 86_400)), "{actual:?}");
    }

    #[test]
    fn an_end_in_the_past_pulls_the_begin_before_it() {
        let query = IssueQuery {
            valid_to: Some(-100),
            ..Default::default()
        };
        assert!(near(seconds_from_now(query), (-160, -100)));
    }

    #[test]
    fn a_begin_in_the_future_is_kept() {
        let query = IssueQuery {
            valid_from: Some(100),
            valid_to: Some(200),
            ..Default::default()
        };
        assert!(near(seconds_from_now(query), (100, 200)));
    }

    #[test]
    fn an_end_before_the_begin_is_refused() {
        let query = IssueQuery {
            valid_from: Some(100),
            valid_to: Some(100),
            ..Default::default()
        };
        assert_eq!(
            Validity::from_query(&query, OffsetDateTime::now_utc())
                .unwrap_err()
                .code,
            ProblemCode::InvalidValidity
        );
    }

    #[test]
    fn an_end_beyond_all_years_is_refused() {
        let query = IssueQuery {
            valid_to: Some(i64::MAX),
            ..Default::default()
        };
        assert_eq!(
            Validity::from_query(&query, OffsetDateTime::now_utc())
                .unwrap_err()
                .code,
            ProblemCode::InvalidValidity
        );
    }
}
