//! Identities from files that change while a program runs.
//!
//! Leaves out the timer, what becomes of open connections, and any notification by the operating
//! system: those are lost on network file systems and say nothing about whether a file is complete.

mod poll_outcome;
mod reported;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Error;
use crate::identity_directory::{self, IdentityDirectory};
use crate::identity_set::IdentitySet;
use crate::loader::Loader;
use crate::pair::{Observation, PairFiles, PairPaths};

pub use poll_outcome::{Event, PollOutcome};
use reported::Reported;
use watched::{Haste, Verdict, Watched};

/// One or more pairs on disk that are looked at again and again, and the identities last loaded.
///
/// Call [`poll`](Self::poll) from a timer, every half a minute say, and at the earliest a second
/// after the last time. It reads the files, which are small, and blocks as long as that takes; on
/// an asynchronous runtime it belongs on a thread for blocking work.
///
/// # When new content is taken
///
/// What the files hold decides, by a digest over key, certificate and passphrase file together.
/// Times of modification do not: they are coarse, are set back by archives and copies, and stay the
/// same behind a symbolic link. Files that are the same as before are neither parsed nor decrypted,
/// and there is no prompt for a passphrase.
///
/// **New content is taken when two readings in a row agree.** While there is an identity to go on
/// with, the two are of two polls: a file that is being written, or a pair of which one half is
/// new, is seen differently by the next poll and left alone, even if it was cut exactly between two
/// certificates and looks whole. Before there is any identity, the second reading follows at once.
/// The price is one interval of delay, for a certificate that is installed days before it is
/// needed; [`PollOutcome::is_waiting`] tells when it is worth coming back sooner. What takes longer
/// to write than the interval is too long cannot be seen from outside: rename files into place.
/// Files that are different in twenty polls in a row are reported as [`Error::FilesChanging`] and
/// still watched.
///
/// What is taken is what was read: nothing is opened a second time to load it.
///
/// # What stays
///
/// The last good identity stays whatever happens to its files, be they broken, unreadable or gone.
/// What takes one out of the set is new content for the same pair, and in a folder its own expiry,
/// as long as another pair has not expired, and the removal of both key and certificate, as long as
/// another pair is valid now. (One that is not valid itself may be removed for one that will be.)
///
/// A failure is reported once, and again only after a success in between. Content that failed is
/// not judged again until it changes, even if it failed for a reason outside the files, such as a
/// prompt without an answer. A key whose device is not there is asked for again (see
/// [`Loader::signers`]); a certificate that was refused for its validity is, when the clock
/// has come into it, be it because the clock was wrong before. So is good content that holds
/// several certificates of its key, when the next of them starts and when the one in use has ended.
///
/// ```
/// use identity::{Event, FileSource, Loader};
///
/// # let folder = tempfile::tempdir()?;
/// # let vectors = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
/// # std::fs::copy(vectors.join("key.pem"), folder.path().join("sandbox-2026.key"))?;
/// # std::fs::copy(vectors.join("cert.pem"), folder.path().join("sandbox-2026.crt"))?;
/// let mut source = FileSource::directory(Loader::new(), folder.path());
/// // At the start, then from a timer:
/// let outcome = source.poll();
/// for event in outcome.events() {
///     if let Event::Failed { pair, error } = event {
///         eprintln!("{}: {error}", pair.as_deref().unwrap_or("identity"));
///     }
/// }
/// if let Some(set) = outcome.set() {
///     assert_eq!(set.members().len(), 1); // to be presented from now on
/// }
/// assert!(source.poll().is_unchanged());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileSource {
    loader: Loader,
    layout: Layout,
    /// By name; a single pair has an empty one.
    watched: BTreeMap<OsString, Watched>,
    current: Option<IdentitySet>,
    max_identities: usize,
    /// Of what concerns all pairs.
    reported: Reported,
}

enum Layout {
    Directory(IdentityDirectory),
    Pair(PairPaths),
}

impl FileSource {
    /// Watches a certificate chain and a key in two files.
    ///
    /// A certificate that is not valid yet or no longer is refused, so that the one in use stays,
    /// unless the loader says [`allow_outside_validity`](Loader::allow_outside_validity).
    #[must_use]
    pub fn pair(loader: Loader, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let paths = PairPaths {
            certificate: certificate.into(),
            key: key.into(),
            passphrase: None,
        };
        Self::new(loader, Layout::Pair(paths))
    }

    /// Watches a certificate chain and a key in one file; else as [`pair`](Self::pair).
    #[must_use]
    pub fn bundle(loader: Loader, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::pair(loader, path.clone(), path)
    }

    /// Watches all pairs of a folder with the layout of [`IdentityDirectory`].
    ///
    /// Whether they are valid now plays no part in loading them
    /// ([`allow_outside_validity`](Loader::allow_outside_validity)): the set knows whose time has
    /// come. Those that have expired leave the set as long as it has another member.
    #[must_use]
    pub fn directory(loader: Loader, folder: impl Into<PathBuf>) -> Self {
        let directory = IdentityDirectory::new(folder);
        Self::new(
            loader.allow_outside_validity(),
            Layout::Directory(directory),
        )
    }

    fn new(loader: Loader, layout: Layout) -> Self {
        Self {
            loader,
            layout,
            watched: BTreeMap::new(),
            current: None,
            max_identities: IdentitySet::TRULIOO,
            reported: Reported::default(),
        }
    }

    /// Sets the most identities that a folder may hold live; [`IdentitySet::TRULIOO`] unless said.
    #[must_use]
    pub const fn max_identities(mut self, limit: usize) -> Self {
        self.max_identities = limit;
        self
    }

    /// Returns the last good identities; `None` until a poll has found some.
    #[must_use]
    pub const fn current(&self) -> Option<&IdentitySet> {
        self.current.as_ref()
    }

    /// Looks at the files and takes what is new, good and complete.
    ///
    /// It never fails: whatever is wrong is in the outcome, and what was good stays.
    pub fn poll(&mut self) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        match self.names() {
            Ok(names) => {
                for name in names {
                    self.poll_pair(&name, &mut outcome);
                }
                // Before the set is made, since it is made of the pairs that are left.
                self.remove_gone(&mut outcome);
                self.renew_set(&mut outcome);
            }
            Err(error) => self.fail(error, &mut outcome),
        }
        outcome
    }

    fn names(&self) -> Result<BTreeSet<OsString>, Error> {
        match &self.layout {
            // With the names from before, or a removal would not be noticed.
            Layout::Directory(directory) => directory.names(self.watched.keys().cloned().collect()),
            Layout::Pair(_) => Ok(BTreeSet::from([OsString::new()])),
        }
    }

    fn poll_pair(&mut self, name: &OsStr, outcome: &mut PollOutcome) {
        // Without any identity, a delay of one interval would be an outage.
        let haste = match self.current {
            Some(_) => Haste::Settled,
            None => Haste::Now,
        };
        let (layout, loader) = (&self.layout, &self.loader);
        let look = || match layout {
            Layout::Directory(directory) => PairFiles::observe(directory.folder(), name, loader),
            Layout::Pair(paths) => Observation::read(paths, loader),
        };
        let watched = self.watched.entry(name.to_owned()).or_default();
        let verdict = watched.poll(loader, haste, look);
        let pair = self.pair_name(name);
        match verdict {
            Verdict::Failed(error) => outcome.events.push(Event::Failed { pair, error }),
            Verdict::Loaded(report) => outcome.events.push(Event::Loaded {
                pair,
                report: Box::new(report),
            }),
            Verdict::Recovered => outcome.events.push(Event::Recovered { pair }),
            Verdict::Unchanged => {}
            Verdict::Waiting => outcome.is_waiting = true,
        }
    }

    /// Forgets the pairs that are gone, as long as another one is good.
    fn remove_gone(&mut self, outcome: &mut PollOutcome) {
        let now = self.loader.now();
        let others = self.watched.values().filter(|it| !it.is_gone());
        let others: Vec<_> = others
            .filter_map(Watched::identity)
            .map(Arc::clone)
            .collect();
        let has_valid = others.iter().any(|other| other.is_valid_at(now));
        let has_live = others
            .iter()
            .any(|other| !identity_directory::has_expired(other, now));
        let gone = self.watched.iter().filter(|(_, it)| it.is_gone());
        let gone: Vec<OsString> = gone.map(|(name, _)| name.clone()).collect();
        for name in gone {
            let Some(watched) = self.watched.get_mut(&name) else {
                continue;
            };
            let is_valid = watched.identity().map(|it| it.is_valid_at(now));
            // It never was an identity, so nothing leaves the set.
            if is_valid.is_none() {
                self.watched.remove(&name);
            } else if has_valid || (has_live && is_valid == Some(false)) {
                self.watched.remove(&name);
                let pair = self.pair_name(&name);
                outcome.events.push(Event::Removed { pair });
            } else if let Verdict::Failed(error) = watched.miss() {
                let pair = self.pair_name(&name);
                outcome.events.push(Event::Failed { pair, error });
            }
        }
    }

    /// Makes a new set if its members are others than before, be it only because time has passed.
    fn renew_set(&mut self, outcome: &mut PollOutcome) {
        let identities = || self.watched.values().filter_map(Watched::identity);
        if identities().next().is_none() && self.watched.values().any(Watched::is_failing) {
            return; // Said already, pair by pair.
        }
        match identity_directory::live_set(identities(), self.loader.now(), self.max_identities) {
            Ok(set) if self.current.as_ref().is_some_and(|it| are_same(it, &set)) => {
                if self.reported.succeed() {
                    outcome.events.push(Event::Recovered { pair: None });
                }
            }
            Ok(set) => {
                self.reported.succeed();
                self.current = Some(set.clone());
                outcome.set = Some(set);
            }
            Err(error) => self.fail(error, outcome),
        }
    }

    fn fail(&mut self, error: Error, outcome: &mut PollOutcome) {
        if self.reported.is_new(&error) {
            outcome.events.push(Event::Failed { pair: None, error });
        }
    }

    fn pair_name(&self, name: &OsStr) -> Option<String> {
        match self.layout {
            Layout::Directory(_) => Some(name.to_string_lossy().into_owned()),
            Layout::Pair(_) => None,
        }
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FileSource");
        match &self.layout {
            Layout::Directory(directory) => shown.field("folder", &directory.folder()),
            Layout::Pair(PairPaths {
                certificate, key, ..
            }) => shown.field("certificate", certificate).field("key", key),
        };
        shown
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

/// Returns whether the members are the same objects. Each is loaded once, so that is the same
/// content.
fn are_same(a: &IdentitySet, b: &IdentitySet) -> bool {
    let (a, b) = (a.members(), b.members());
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tempfile::TempDir;

    use super::*;

    /// Writes a pair that is valid from and to 1 January of these years.
    fn write(folder: &TempDir, name: &str, from: i32, to: i32) {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        fs::write(folder.path().join(format!("{name}.crt")), certificate).unwrap();
        fs::write(
            folder.path().join(format!("{name}.key")),
            key.serialize_pem(),
        )
        .unwrap();
    }

    fn january(year: i32) -> SystemTime {
        date_time_ymd(year, 1, 1).into()
    }

    fn set_clock(source: &mut FileSource, now: SystemTime) {
        source.loader = source.loader.clone().validate_at(now);
    }

    #[test]
    fn certificate_not_yet_valid_is_taken_when_it_starts() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "a", 2020, 2030);
        let path = |name| folder.path().join(name);
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::pair(loader, path("a.crt"), path("a.key"));
        assert!(source.poll().set().is_some());
        write(&folder, "a", 2026, 2036);
        source.poll();
        let outcome = source.poll();
        assert!(matches!(
            outcome.events(),
            [Event::Failed {
                error: Error::NotYetValid { .. },
                ..
            }]
        ));
        set_clock(&mut source, january(2026) - Duration::from_secs(1));
        assert!(source.poll().is_unchanged());
        set_clock(&mut source, january(2026));
        assert!(source.poll().is_waiting());
        assert!(source.poll().set().is_some());
        assert!(source.poll().is_unchanged());
    }

    #[test]
    fn the_expiry_of_a_pair_makes_room_for_a_sixth() {
        let folder = tempfile::tempdir().unwrap();
        for (name, to) in [
            ("a", 2026),
            ("b", 2030),
            ("c", 2030),
            ("d", 2030),
            ("e", 2030),
        ] {
            write(&folder, name, 2020, to);
        }
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::directory(loader, folder.path());
        assert_eq!(source.poll().set().unwrap().members().len(), 5);
        write(&folder, "f", 2020, 2030);
        source.poll();
        assert!(source.poll().set().is_none());
        set_clock(&mut source, january(2026));
        assert!(source.poll().is_unchanged());
        set_clock(&mut source, january(2026) + Duration::from_secs(1));
        let outcome = source.poll();
        assert_eq!(outcome.set().unwrap().members().len(), 5);
        let members = outcome.set().unwrap().members().iter();
        assert!(
            members
                .clone()
                .all(|it| it.leaf().not_after() == january(2030))
        );
        set_clock(&mut source, january(2027));
        assert!(source.poll().is_unchanged());
    }

    #[test]
    fn removed_live_pair_stays_if_others_have_expired() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "a", 2020, 2030);
        write(&folder, "b", 2020, 2024);
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::directory(loader, folder.path());
        source.poll();
        for file in ["a.crt", "a.key"] {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
        source.poll();
        let outcome = source.poll();
        assert!(matches!(outcome.events(), [Event::Failed { .. }]));
        let members = source.current().unwrap().members();
        assert_eq!(members[0].leaf().not_after(), january(2030));
    }

    #[test]
    fn certificate_expired_by_wrong_clock_is_taken_after_correction() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "a", 2020, 2030);
        let path = |name| folder.path().join(name);
        let loader = Loader::new().validate_at(january(2040));
        let mut source = FileSource::pair(loader, path("a.crt"), path("a.key"));
        assert!(matches!(
            source.poll().events(),
            [Event::Failed {
                error: Error::Expired { .. },
                ..
            }]
        ));
        set_clock(&mut source, january(2030) + Duration::from_secs(1));
        assert!(source.poll().is_unchanged());
        set_clock(&mut source, january(2030));
        assert!(source.poll().set().is_some());
        assert!(source.poll().is_unchanged());
    }

    #[test]
    fn removed_valid_pair_stays_if_no_other_is_valid() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "a", 2020, 2030);
        write(&folder, "b", 2027, 2036);
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::directory(loader, folder.path());
        source.poll();
        for file in ["a.crt", "a.key"] {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
        source.poll();
        assert!(matches!(
            source.poll().events(),
            [Event::Failed {
                error: Error::Read { .. },
                ..
            }]
        ));
        assert!(source.poll().is_unchanged());
        let current =
            |source: &FileSource, now| source.current().unwrap().current_at(now).is_some();
        assert!(current(&source, january(2025)));
        set_clock(&mut source, january(2027));
        let outcome = source.poll();
        assert!(matches!(outcome.events(), [Event::Removed { .. }]));
        assert!(current(&source, january(2027)));
    }

    #[test]
    fn removed_expired_pair_leaves_although_other_is_not_yet_valid() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "a", 2020, 2024);
        write(&folder, "b", 2027, 2036);
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::directory(loader, folder.path());
        source.poll();
        for file in ["a.crt", "a.key"] {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
        source.poll();
        assert!(matches!(source.poll().events(), [Event::Removed { .. }]));
    }

    #[test]
    fn keys_renamed_all_at_once_are_not_counted_twice() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "a", 2020, 2030);
        let key = |name: &str, number| folder.path().join(format!("{name}{number}.key"));
        for number in 0..30 {
            fs::copy(folder.path().join("a.key"), key("old", number)).unwrap();
        }
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::directory(loader, folder.path());
        source.poll();
        for number in 0..30 {
            fs::rename(key("old", number), key("new", number)).unwrap();
        }
        write(&folder, "b", 2020, 2031);
        assert!(source.poll().is_waiting());
        assert_eq!(source.poll().set().unwrap().members().len(), 2);
    }

    #[test]
    fn unsettled_files_are_reported_once_and_taken_when_settled() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "a", 2020, 2030);
        let path = |name| folder.path().join(name);
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::pair(loader, path("a.crt"), path("a.key"));
        source.poll();
        let old = fs::read_to_string(path("a.crt")).unwrap();
        let rewrite = |source: &mut FileSource, pem: &str| {
            let poll = |comment: u32| {
                fs::write(path("a.crt"), format!("# at {comment}\n{pem}")).unwrap();
                source.poll()
            };
            let outcomes: Vec<_> = (0..100).map(poll).collect();
            let events: Vec<_> = outcomes.iter().flat_map(PollOutcome::events).collect();
            assert!(matches!(
                events[..],
                [Event::Failed {
                    error: Error::FilesChanging,
                    ..
                }]
            ));
        };
        rewrite(&mut source, &old);
        fs::write(path("a.crt"), &old).unwrap();
        assert!(matches!(
            source.poll().events(),
            [Event::Recovered { pair: None }]
        ));
        assert!(source.poll().is_unchanged());
        write(&folder, "a", 2021, 2035);
        let new = fs::read_to_string(path("a.crt")).unwrap();
        rewrite(&mut source, &new);
        let outcome = source.poll();
        assert!(matches!(outcome.events(), [Event::Loaded { .. }]));
        assert!(source.poll().is_unchanged());
    }

    #[test]
    fn renewal_in_same_file_is_taken_when_it_starts() {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = |from, to| {
            let mut params = CertificateParams::default();
            params.not_before = date_time_ymd(from, 1, 1);
            params.not_after = date_time_ymd(to, 1, 1);
            params.self_signed(&key).unwrap().pem()
        };
        let bundle = [
            certificate(2026, 2036),
            certificate(2020, 2027),
            key.serialize_pem(),
        ];
        let path = folder.path().join("bundle.pem");
        fs::write(&path, bundle.concat()).unwrap();
        let end = |source: &FileSource| source.current().unwrap().members()[0].leaf().not_after();
        let loader = Loader::new().validate_at(january(2025));
        let mut source = FileSource::bundle(loader, &path);
        source.poll();
        assert_eq!(end(&source), january(2027));
        assert!(source.poll().is_unchanged());
        // It is not forgotten when the file was broken in between.
        fs::write(&path, "broken").unwrap();
        source.poll();
        assert!(matches!(source.poll().events(), [Event::Failed { .. }]));
        fs::write(&path, bundle.concat()).unwrap();
        assert!(matches!(source.poll().events(), [Event::Recovered { .. }]));
        set_clock(&mut source, january(2026));
        assert!(source.poll().is_waiting());
        assert!(matches!(source.poll().events(), [Event::Loaded { .. }]));
        assert_eq!(end(&source), january(2036));
        assert!(source.poll().is_unchanged());
        set_clock(&mut source, january(2028));
        assert!(source.poll().is_unchanged());
    }
}
