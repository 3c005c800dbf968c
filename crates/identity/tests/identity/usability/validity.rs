//! The validity of the leaf: its first and last second, its end in sight, and what is outside it.

use std::time::{Duration, SystemTime};

use identity::{Error, Finding, Loaded, Loader, Severity};

use crate::support::{TestCa, client, now, vector};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// Returns a certificate that is valid from the first second of 2030 through the first second of
/// 2031.
fn of_2030() -> String {
    let mut params = client();
    params.not_before = rcgen::date_time_ymd(2030, 1, 1);
    params.not_after = rcgen::date_time_ymd(2031, 1, 1);
    TestCa::root("root").issue(&params)
}

fn end_of_2030() -> SystemTime {
    now() + 365 * DAY
}

fn load_with(loader: &Loader, certificate: &str) -> Result<Loaded, Error> {
    loader.load(certificate.as_bytes(), &vector("key.pem"))
}

fn load_at(instant: SystemTime, certificate: &str) -> Result<Loaded, Error> {
    load_with(&Loader::new().validate_at(instant), certificate)
}

/// Returns the threshold reported for a certificate with this much left, if any.
fn threshold(loader: Loader, certificate: &str, left: Duration) -> Option<Duration> {
    let loader = loader.validate_at(end_of_2030() - left);
    let loaded = load_with(&loader, certificate).unwrap();
    match loaded.report().findings() {
        [
            Finding::CertificateExpiresSoon {
                not_after,
                threshold,
            },
        ] => {
            assert_eq!(*not_after, end_of_2030());
            Some(*threshold)
        }
        others => {
            assert_eq!(others, []);
            None
        }
    }
}

#[test]
fn validity_includes_its_first_and_last_second() {
    let certificate = of_2030();
    let (first, last) = (now(), end_of_2030());
    load_at(first, &certificate).unwrap();
    load_at(last, &certificate).unwrap();
    let error = load_at(first - SECOND, &certificate).unwrap_err();
    assert!(matches!(error, Error::NotYetValid { not_before } if not_before == first));
    let error = load_at(last + SECOND, &certificate).unwrap_err();
    assert!(matches!(error, Error::Expired { not_after } if not_after == last));
}

#[test]
fn the_last_second_counts_to_its_end() {
    let certificate = of_2030();
    let nearly_over = end_of_2030() + Duration::from_millis(999);
    let loaded = load_at(nearly_over, &certificate).unwrap();
    assert!(loaded.identity().leaf().is_valid_at(nearly_over));
    assert!(!loaded.identity().leaf().is_valid_at(end_of_2030() + SECOND));
    assert!(!loaded.identity().leaf().is_valid_at(now() - SECOND));
    assert!(matches!(
        loaded.report().findings(),
        [Finding::CertificateExpiresSoon { threshold, .. }] if *threshold == DAY
    ));
}

#[test]
fn shortest_reached_threshold_is_named() {
    let certificate = of_2030();
    let threshold = |left| threshold(Loader::new(), &certificate, left);
    let mut longer = None;
    for days in [30, 14, 7, 3, 1] {
        assert_eq!(threshold(days * DAY + SECOND), longer);
        longer = Some(days * DAY);
        assert_eq!(threshold(days * DAY), longer);
        assert_eq!(threshold(days * DAY - SECOND), longer);
    }
    assert_eq!(threshold(Duration::ZERO), Some(DAY));
}

#[test]
fn thresholds_of_caller_replace_defaults_in_any_order() {
    let certificate = of_2030();
    let hour = DAY / 24;
    let loader = || Loader::new().expiry_thresholds([2 * hour, 60 * DAY, hour]);
    let threshold = |left| threshold(loader(), &certificate, left);
    assert_eq!(threshold(60 * DAY + SECOND), None);
    assert_eq!(threshold(60 * DAY), Some(60 * DAY));
    assert_eq!(threshold(DAY), Some(60 * DAY));
    assert_eq!(threshold(2 * hour), Some(2 * hour));
    assert_eq!(threshold(hour), Some(hour));
}

#[test]
fn without_thresholds_no_expiry_is_near() {
    let loader = Loader::new().expiry_thresholds([]);
    assert_eq!(threshold(loader, &of_2030(), SECOND), None);
}

#[test]
fn the_message_says_how_long_is_left_in_words() {
    let loaded = load_at(end_of_2030() - 5 * DAY, &of_2030()).unwrap();
    let message = loaded.report().findings()[0].to_string();
    assert!(message.contains("within 7 days"), "{message}");
    assert!(message.contains("2031-01-01T00:00:00Z"), "{message}");
    let loaded = load_at(end_of_2030(), &of_2030()).unwrap();
    let message = loaded.report().findings()[0].to_string();
    assert!(message.contains("within 1 day,"), "{message}");
}

#[test]
fn an_error_shows_dates_in_utc() {
    let error = load_at(now() + 400 * DAY, &of_2030()).unwrap_err();
    assert!(error.to_string().contains("2031-01-01T00:00:00Z"));
}

#[test]
fn allowed_certificate_outside_validity_loads_with_error_finding() {
    let certificate = of_2030();
    let (not_before, not_after) = (now(), end_of_2030());
    let report_at = |instant| {
        let loader = Loader::new().validate_at(instant).allow_outside_validity();
        let loaded = load_with(&loader, &certificate).unwrap();
        assert_eq!(loaded.identity().certificate_chain().len(), 1);
        loaded.into_parts().1
    };
    let expired = report_at(not_after + SECOND);
    assert_eq!(
        expired.findings(),
        [Finding::CertificateExpired { not_after }]
    );
    assert_eq!(expired.severity(), Some(Severity::Error));
    let not_yet_valid = report_at(not_before - SECOND);
    assert_eq!(
        not_yet_valid.findings(),
        [Finding::CertificateNotYetValid { not_before }]
    );
    assert_eq!(not_yet_valid.severity(), Some(Severity::Error));
    // Valid to the first and to the last second, and then these findings are not made.
    assert_eq!(report_at(not_before).findings(), []);
    assert!(matches!(
        report_at(not_after).findings(),
        [Finding::CertificateExpiresSoon { .. }]
    ));
}

#[test]
fn certificate_of_wrong_purpose_is_refused_outside_validity_too() {
    let mut params = client();
    params.not_after = rcgen::date_time_ymd(2029, 1, 1);
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = TestCa::root("root").issue(&params);
    let loader = Loader::new().validate_at(now()).allow_outside_validity();
    let error = load_with(&loader, &certificate).unwrap_err();
    assert!(matches!(error, Error::NotForClientAuth));
}
