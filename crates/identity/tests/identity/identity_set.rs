//! Which of several identities is presented, when that changes, and when there is none.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use identity::{Error, Fingerprint, Identity, IdentitySet};
use proptest::prelude::*;
use rcgen::SerialNumber;

use crate::support::{TestCa, client, loader, now, vector};

const SECOND: Duration = Duration::from_secs(1);
const NANOSECOND: Duration = Duration::from_nanos(1);

/// Returns the instant that the tests call `seconds`.
fn at(seconds: u64) -> SystemTime {
    now() + Duration::from_secs(seconds)
}

/// Returns an identity that is valid from the first through the last of these seconds; certificates
/// with another number are others.
fn numbered(number: u64, first: u64, last: u64) -> Arc<Identity> {
    static CA: LazyLock<TestCa> = LazyLock::new(|| TestCa::root("root"));
    let mut params = client();
    params.serial_number = Some(SerialNumber::from(number));
    params.not_before = at(first).into();
    params.not_after = at(last).into();
    load(CA.issue(&params).as_bytes())
}

fn valid(first: u64, last: u64) -> Arc<Identity> {
    numbered(1, first, last)
}

/// Loads a certificate of the stored key, valid or not.
fn load(certificate: &[u8]) -> Arc<Identity> {
    let loader = loader().allow_outside_validity();
    let loaded = loader.load(certificate, &vector("key.pem")).unwrap();
    Arc::new(loaded.into_parts().0)
}

fn set<const N: usize>(identities: [&Arc<Identity>; N]) -> IdentitySet {
    IdentitySet::new(identities.map(Arc::clone), IdentitySet::TRULIOO).unwrap()
}

fn leaf(identity: &Arc<Identity>) -> Fingerprint {
    identity.leaf().sha256()
}

fn current(set: &IdentitySet, now: SystemTime) -> Option<Fingerprint> {
    set.current_at(now).map(leaf)
}

fn next_change(set: &IdentitySet, now: SystemTime) -> Option<(SystemTime, Option<Fingerprint>)> {
    let change = set.next_change_after(now)?;
    Some((change.at, change.identity.map(leaf)))
}

#[test]
fn no_identity_is_refused_and_one_is_not() {
    assert!(matches!(
        IdentitySet::new([], IdentitySet::TRULIOO),
        Err(Error::NoIdentity)
    ));
    assert_eq!(set([&valid(0, 9)]).members().len(), 1);
}

#[test]
fn five_identities_are_taken_and_six_are_refused() {
    let identities: Vec<_> = (1..=6).map(|number| numbered(number, 0, 9)).collect();
    let five = IdentitySet::new(identities[..5].iter().cloned(), IdentitySet::TRULIOO).unwrap();
    assert_eq!(five.members().len(), 5);
    let error = IdentitySet::new(identities, IdentitySet::TRULIOO).unwrap_err();
    assert!(matches!(
        error,
        Error::TooManyIdentities { found: 6, limit: 5 }
    ));
}

#[test]
fn a_certificate_that_is_given_twice_counts_once() {
    let identities: Vec<_> = (1..=5).map(|number| numbered(number, 0, 9)).collect();
    let twice = identities.iter().chain(&identities).cloned();
    assert_eq!(
        IdentitySet::new(twice, IdentitySet::TRULIOO)
            .unwrap()
            .members()
            .len(),
        5
    );
}

#[test]
fn copy_of_certificate_with_issuer_stays() {
    let alone = load(&vector("cert.pem"));
    let with_issuer = load(&vector("chain.pem"));
    for set in [set([&alone, &with_issuer]), set([&with_issuer, &alone])] {
        let [member] = set.members() else {
            panic!("{set:?}");
        };
        assert_eq!(member.certificate_chain().len(), 2);
    }
}

#[test]
fn members_that_are_not_valid_are_kept_but_not_presented() {
    let set = set([&valid(0, 3), &valid(8, 9)]);
    assert_eq!(set.members().len(), 2);
    assert_eq!(set.usable_at(at(5)).count(), 0);
    assert!(set.current_at(at(5)).is_none());
}

#[test]
fn later_start_takes_over_even_if_it_ends_earlier() {
    let (long, short) = (valid(0, 9), valid(3, 5));
    let set = set([&long, &short]);
    assert_eq!(current(&set, at(3) - NANOSECOND), Some(leaf(&long)));
    assert_eq!(current(&set, at(3)), Some(leaf(&short)));
    assert_eq!(next_change(&set, at(0)), Some((at(3), Some(leaf(&short)))));
    assert_eq!(next_change(&set, at(3)), Some((at(6), Some(leaf(&long)))));
    assert_eq!(next_change(&set, at(6)), Some((at(10), None)));
    assert_eq!(set.covered_until(at(0)), Some(at(10)));
}

#[test]
fn the_last_second_of_a_certificate_counts_to_its_end() {
    let identity = valid(0, 9);
    let set = set([&identity]);
    let last_instant = at(10) - NANOSECOND;
    assert_eq!(current(&set, last_instant), Some(leaf(&identity)));
    assert_eq!(next_change(&set, last_instant), Some((at(10), None)));
    assert_eq!(set.covered_until(last_instant), Some(at(10)));
    assert_eq!(current(&set, at(10)), None);
    assert!(set.next_change_after(at(10)).is_none());
    assert_eq!(set.covered_until(at(10)), None);
}

#[test]
fn abutting_certificates_leave_no_gap_and_one_second_does() {
    let first = valid(0, 4);
    for start in [4, 5] {
        let set = set([&first, &valid(start, 9)]);
        assert_eq!(set.covered_until(at(0)), Some(at(10)));
        assert!(set.current_at(at(5)).is_some());
    }
    let second = valid(6, 9);
    let set = set([&first, &second]);
    assert_eq!(set.covered_until(at(0)), Some(at(5)));
    assert_eq!(next_change(&set, at(0)), Some((at(5), None)));
    assert_eq!(next_change(&set, at(5)), Some((at(6), Some(leaf(&second)))));
}

#[test]
fn irrelevant_start_or_end_is_no_change() {
    let set = set([&valid(0, 9), &valid(1, 9), &valid(0, 3)]);
    let change = set.next_change_after(at(1)).unwrap();
    assert_eq!((change.at, change.identity.is_none()), (at(10), true));
}

#[test]
fn next_certificate_is_due_its_lead_before_first_gap() {
    let set = set([&valid(0, 49), &valid(40, 99), &valid(200, 299)]);
    assert_eq!(set.renew_by(at(0), 30 * SECOND), at(70));
    assert_eq!(set.renew_by(at(70), 30 * SECOND), at(70));
    assert_eq!(set.renew_by(at(71), 30 * SECOND), at(71));
    assert_eq!(set.renew_by(at(0), Duration::ZERO), at(100));
}

#[test]
fn next_certificate_is_due_now_if_none_is_valid() {
    let set = set([&valid(10, 49)]);
    assert_eq!(set.renew_by(at(9), SECOND), at(9));
    assert_eq!(set.renew_by(at(50), SECOND), at(50));
    assert_eq!(set.renew_by(at(10), SECOND), at(49));
}

/// Returns the instant that is as far from 1970 as `step` can go.
fn farthest(step: impl Fn(SystemTime, Duration) -> Option<SystemTime>) -> SystemTime {
    let lengths = (0..64).rev().map(|bit| Duration::from_secs(1 << bit));
    lengths.fold(UNIX_EPOCH, |instant, length| {
        step(instant, length).unwrap_or(instant)
    })
}

#[test]
fn no_instant_and_no_lead_is_too_far_away() {
    let mut params = client();
    params.not_before = rcgen::date_time_ymd(1970, 1, 1);
    params.not_after = rcgen::date_time_ymd(9999, 12, 31);
    let identity = load(TestCa::root("root").issue(&params).as_bytes());
    let set = set([&identity]);
    let (first, last) = (
        farthest(|instant, length| instant.checked_sub(length)),
        farthest(|instant, length| instant.checked_add(length)),
    );
    let end = identity.leaf().not_after() + SECOND;
    assert_eq!(set.covered_until(now()), Some(end));
    for lead in [Duration::ZERO, Duration::MAX] {
        assert_eq!(set.renew_by(first, lead), first);
        assert_eq!(set.renew_by(last, lead), last);
    }
    assert_eq!(set.renew_by(now(), Duration::MAX), now());
    assert_eq!(current(&set, first), None);
    assert_eq!(current(&set, last), None);
    assert_eq!(
        next_change(&set, first),
        Some((UNIX_EPOCH, Some(leaf(&identity))))
    );
    assert!(set.next_change_after(last).is_none());
}

#[test]
fn set_and_next_change_show_neither_names_nor_keys() {
    let set = set([&valid(0, 4), &valid(3, 9)]);
    let change = set.next_change_after(at(0));
    let key: Vec<String> = vector("key.der").iter().map(u8::to_string).collect();
    for shown in [
        format!("{set:?}"),
        format!("{set:#?}"),
        format!("{change:?}"),
    ] {
        assert!(shown.contains("leaf_sha256"));
        assert!(!shown.contains("example") && !shown.contains("root"));
        assert!(!shown.contains(&key[..8].join(", ")));
        assert!(!shown.contains(&key[..8].concat()));
    }
}

#[test]
fn a_set_goes_where_threads_go() {
    const fn check<T: Clone + Send + Sync + 'static>() {}
    check::<IdentitySet>();
}

/// A certificate as the brute force sees it: its first and its last second.
#[derive(Clone, Debug)]
struct Model {
    first: u64,
    last: u64,
    identity: Arc<Identity>,
}

/// Seconds in which the certificates of the property tests start and end.
const SECONDS: u64 = 7;

/// Two certificates for each validity, also for those that end before they start.
static POOL: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let mut pool = Vec::new();
    for (first, last) in (1..=SECONDS).flat_map(|first| (1..=SECONDS).map(move |it| (first, it))) {
        for number in 1..=2 {
            let identity = numbered(number, first, last);
            pool.push(Model {
                first,
                last,
                identity,
            });
        }
    }
    pool
});

/// Returns the identities that are valid in this second, the first to be presented first.
fn usable(models: &[Model], second: u64) -> Vec<Fingerprint> {
    let mut usable: Vec<&Model> = models
        .iter()
        .filter(|model| model.first <= second && second <= model.last)
        .collect();
    usable.sort_by(|one, other| {
        let later_start = other.first.cmp(&one.first);
        let later_end = other.last.cmp(&one.last);
        later_start
            .then(later_end)
            .then(leaf(&one.identity).cmp(&leaf(&other.identity)))
    });
    usable.iter().map(|model| leaf(&model.identity)).collect()
}

/// Returns the valid identities at every half second, from before the first start until after the
/// last end.
fn timeline(models: &[Model]) -> Vec<(SystemTime, Vec<Fingerprint>)> {
    let seconds = 0..SECONDS + 3;
    seconds
        .flat_map(|second| [(second, Duration::ZERO), (second, SECOND / 2)])
        .map(|(second, fraction)| (at(second) + fraction, usable(models, second)))
        .collect()
}

fn models() -> impl Strategy<Value = Vec<Model>> {
    prop::sample::subsequence((0..POOL.len()).collect::<Vec<_>>(), 1..=5)
        .prop_shuffle()
        .prop_map(|indices| indices.into_iter().map(|it| POOL[it].clone()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_answer_is_that_of_looking_at_every_half_second(models in models(), lead in 0..15_u64) {
        let identities = models.iter().map(|model| Arc::clone(&model.identity));
        let set = IdentitySet::new(identities, IdentitySet::TRULIOO).unwrap();
        let lead = Duration::from_secs(lead);
        let timeline = timeline(&models);
        for (position, (now, usable)) in timeline.iter().enumerate() {
            let (now, from_now) = (*now, &timeline[position..]);
            let shown: Vec<_> = set.usable_at(now).map(leaf).collect();
            prop_assert_eq!(&shown, usable);
            prop_assert_eq!(current(&set, now), usable.first().copied());

            let change = from_now.iter().find(|(_, later)| later.first() != usable.first());
            let change = change.map(|(instant, later)| (*instant, later.first().copied()));
            prop_assert_eq!(next_change(&set, now), change);

            let gap = from_now.iter().find(|(_, later)| later.is_empty()).unwrap().0;
            prop_assert_eq!(set.covered_until(now), (gap > now).then_some(gap));
            prop_assert_eq!(set.renew_by(now, lead), (gap - lead).max(now));
        }
    }

    #[test]
    fn the_order_in_which_identities_come_does_not_matter(
        (models, others) in models().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
    ) {
        let members = |models: Vec<Model>| -> Vec<Fingerprint> {
            let set = IdentitySet::new(models.into_iter().map(|model| model.identity), IdentitySet::TRULIOO).unwrap();
            set.members().iter().map(leaf).collect()
        };
        prop_assert_eq!(members(models), members(others));
    }
}
