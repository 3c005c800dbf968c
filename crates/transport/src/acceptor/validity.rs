//! The end of the validity of a client's certificate (RFC 5280, section 4.1.2.5).

use std::time::{Duration, SystemTime};

use identity::Certificate;
use rustls_pki_types::CertificateDer;

/// The last second of a certificate counts to its end.
const LAST_SECOND: Duration = Duration::from_secs(1);

/// Returns the time from which on a chain that was accepted is no longer valid; none if there is no
/// certificate in it that can be read.
///
/// That is the end of the client's own certificate, or of one beside it if that is earlier. One
/// beside it that has ended before now was not needed: clients may send any others.
pub(super) fn end(chain: &[CertificateDer<'_>], now: SystemTime) -> Option<SystemTime> {
    let end = |der: &CertificateDer<'_>| {
        let certificate = Certificate::from_der(der).ok()?;
        certificate.not_after().checked_add(LAST_SECOND)
    };
    let (own, others) = chain.split_first()?;
    let others = others.iter().filter_map(end).filter(|end| *end > now);
    end(own).into_iter().chain(others).min()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use mock_tls::{Ca, Leaf};

    use super::*;

    /// Returns the first of January.
    fn january(year: u64) -> SystemTime {
        // From 2020 on, with its leap days.
        let years = year - 2020;
        let days = 18_262 + years * 365 + years.div_ceil(4);
        UNIX_EPOCH + Duration::from_secs(days * 24 * 60 * 60)
    }

    #[test]
    fn chain_ends_with_the_first_that_is_still_valid() {
        let ca = Ca::named("Clients").unwrap();
        let until = |year: i32| {
            let leaf = Leaf::client("client.example").valid_years(2020, year);
            ca.issue_with_new_key(&leaf).unwrap().chain()[0].clone()
        };
        let broken = CertificateDer::from(vec![0x30, 0]);
        let [in_2021, in_2030, in_2040] = [2021, 2030, 2040].map(until);
        for (chain, year) in [
            (&[in_2040.clone()][..], 2040),
            (&[in_2040.clone(), in_2030.clone()], 2030),
            (&[in_2030.clone(), in_2040.clone()], 2030),
            // Not needed: it had ended when the chain was accepted.
            (&[in_2040.clone(), in_2021.clone()], 2040),
            (&[in_2040.clone(), broken.clone()], 2040),
            // In the second in which it was accepted.
            (&[in_2021, in_2040], 2021),
        ] {
            let ended = end(chain, january(2026)).unwrap();
            assert_eq!(ended, january(year) + LAST_SECOND);
        }
        assert_eq!(end(&[], january(2026)), None);
        assert_eq!(end(&[broken], january(2026)), None);
    }
}
