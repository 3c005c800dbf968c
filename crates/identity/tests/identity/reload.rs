//! Files that change under a running program: what is taken, what is left alone, what is said.

mod folder;
mod operations;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use identity::{
    Error, Event, FileSource, Identity, Limits, Loader, Passphrase, PassphraseSource, PollOutcome,
};
use tempfile::TempDir;

use crate::directory::Pair;
use crate::support::{loader, now, vector};

/// A certificate file and a key file, and what watches them.
struct Watched {
    folder: TempDir,
    source: FileSource,
}

impl Watched {
    /// Starts with these files, which have been taken.
    fn new(pair: &Pair) -> Self {
        let mut watched = Self::empty();
        watched.write(pair);
        let outcome = watched.source.poll();
        assert!(matches!(
            outcome.events(),
            [Event::Loaded { pair: None, .. }]
        ));
        assert_eq!(outcome.set().unwrap().members().len(), 1);
        watched
    }

    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let source = FileSource::pair(loader(), path("a.crt"), path("a.key"));
        Self { folder, source }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("a.crt")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("a.key")
    }

    fn write(&self, pair: &Pair) {
        pair.write(self.folder.path(), "a");
    }

    /// Polls until nothing is left for the next poll.
    fn settle(&mut self) -> PollOutcome {
        settle(&mut self.source)
    }

    fn name(&self) -> String {
        name(only(&self.source))
    }
}

/// Polls until nothing is left for the next poll.
fn settle(source: &mut FileSource) -> PollOutcome {
    let first = source.poll();
    if !first.is_waiting() {
        return first;
    }
    assert!(first.set().is_none());
    let second = source.poll();
    assert!(!second.is_waiting());
    second
}

fn only(source: &FileSource) -> &Arc<Identity> {
    let members = source.current().unwrap().members();
    assert_eq!(members.len(), 1);
    &members[0]
}

fn name(identity: &Identity) -> String {
    identity.leaf().common_name().unwrap().to_owned()
}

/// Returns the only thing that happened, which is a failure.
fn failure(outcome: &PollOutcome) -> &Error {
    assert!(outcome.set().is_none());
    let error = match outcome.events() {
        [Event::Failed { error, .. }] => Some(error),
        _ => None,
    };
    error.expect("one failure and nothing else")
}

fn is_recovery(outcome: &PollOutcome) -> bool {
    outcome.set().is_none() && matches!(outcome.events(), [Event::Recovered { .. }])
}

/// Writes a file beside, then renames it into place.
fn replace(path: &Path, content: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, content).unwrap();
    fs::rename(&beside, path).unwrap();
}

fn set_modified(path: &Path, time: SystemTime) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn first_poll_takes_good_files_and_next_is_silent() {
    let mut watched = Watched::new(&Pair::new("old"));
    assert_eq!(watched.name(), "old");
    assert_eq!(only(&watched.source).certificate_chain().len(), 2);
    assert!(watched.source.poll().is_unchanged());
}

#[test]
fn broken_first_poll_is_reported_and_mended_files_taken() {
    let mut watched = Watched::empty();
    assert!(matches!(
        failure(&watched.source.poll()),
        Error::Read { .. }
    ));
    assert!(watched.source.poll().is_unchanged());
    assert!(watched.source.current().is_none());
    watched.write(&Pair::new("new"));
    assert!(watched.source.poll().set().is_some());
}

#[test]
fn new_pair_is_taken_by_second_poll_that_sees_it() {
    let mut watched = Watched::new(&Pair::new("old"));
    watched.write(&Pair::new("new"));
    let first = watched.source.poll();
    assert!(first.is_waiting() && first.set().is_none() && first.events().is_empty());
    assert_eq!(watched.name(), "old");
    let second = watched.source.poll();
    assert!(matches!(second.events(), [Event::Loaded { .. }]));
    assert_eq!(name(&second.set().unwrap().members()[0]), "new");
    assert_eq!(watched.name(), "new");
    assert!(watched.source.poll().is_unchanged());
}

#[test]
fn files_renamed_one_after_another_are_taken_together() {
    let (mut watched, new) = (Watched::new(&Pair::new("old")), Pair::new("new"));
    replace(&watched.certificate(), &new.certificate);
    assert!(watched.source.poll().is_waiting());
    replace(&watched.key(), &new.key);
    let outcome = watched.settle();
    assert!(matches!(outcome.events(), [Event::Loaded { .. }]));
    assert_eq!(watched.name(), "new");
}

#[test]
fn the_time_of_modification_says_nothing() {
    let (mut watched, old, new) = (
        Watched::new(&Pair::new("old")),
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000),
        Pair::new("new"),
    );
    for path in [watched.certificate(), watched.key()] {
        set_modified(&path, now() + Duration::from_secs(1_000_000));
    }
    assert!(watched.source.poll().is_unchanged());
    watched.write(&new);
    for path in [watched.certificate(), watched.key()] {
        set_modified(&path, old);
    }
    assert!(watched.settle().set().is_some());
    assert_eq!(watched.name(), "new");
}

#[test]
fn half_written_pair_is_failure_until_it_is_whole() {
    let (mut watched, new) = (Watched::new(&Pair::new("old")), Pair::new("new"));
    fs::write(watched.certificate(), &new.certificate).unwrap();
    let outcome = watched.settle();
    assert!(matches!(failure(&outcome), Error::KeyMismatch { .. }));
    assert_eq!(watched.name(), "old");
    assert!(watched.source.poll().is_unchanged());
    fs::write(watched.key(), &new.key).unwrap();
    assert!(matches!(watched.settle().events(), [Event::Loaded { .. }]));
    assert_eq!(watched.name(), "new");
}

#[test]
fn growing_file_is_never_taken_wherever_cut() {
    let (mut watched, new) = (Watched::new(&Pair::new("old")), Pair::new("new"));
    let old = only(&watched.source).leaf().sha256();
    fs::write(watched.key(), &new.key).unwrap();
    let lengths = (0..new.certificate.len())
        .step_by(97)
        .chain([new.leaf_length]);
    for length in lengths {
        fs::write(watched.certificate(), &new.certificate[..length]).unwrap();
        assert!(watched.source.poll().set().is_none());
        assert_eq!(only(&watched.source).leaf().sha256(), old);
    }
    fs::write(watched.certificate(), &new.certificate).unwrap();
    watched.settle();
    assert_eq!(watched.name(), "new");
    assert_eq!(only(&watched.source).certificate_chain().len(), 2);
}

#[test]
fn a_leaf_whose_intermediate_is_still_missing_is_not_taken() {
    let (mut watched, new) = (Watched::new(&Pair::new("old")), Pair::new("new"));
    let leaf_alone = &new.certificate[..new.leaf_length];
    // It would be good.
    loader()
        .load(leaf_alone.as_bytes(), new.key.as_bytes())
        .unwrap();
    fs::write(watched.key(), &new.key).unwrap();
    fs::write(watched.certificate(), leaf_alone).unwrap();
    assert!(watched.source.poll().is_waiting());
    fs::write(watched.certificate(), &new.certificate).unwrap();
    assert!(watched.source.poll().is_waiting());
    assert!(watched.source.poll().set().is_some());
    assert_eq!(only(&watched.source).certificate_chain().len(), 2);
}

#[test]
fn a_cut_file_that_stays_cut_is_a_failure() {
    let mut watched = Watched::new(&Pair::new("old"));
    let key = fs::read_to_string(watched.key()).unwrap();
    fs::write(watched.key(), &key[..key.len() / 2]).unwrap();
    let outcome = watched.settle();
    assert!(matches!(failure(&outcome), Error::UnsupportedFormat { .. }));
    assert_eq!(watched.name(), "old");
}

#[test]
fn missing_files_fail_once_and_recover_on_return() {
    let pair = Pair::new("old");
    for gone in [&["a.crt"][..], &["a.key"], &["a.crt", "a.key"]] {
        let mut watched = Watched::new(&pair);
        for file in gone {
            fs::remove_file(watched.folder.path().join(file)).unwrap();
        }
        let outcome = watched.settle();
        assert!(matches!(failure(&outcome), Error::Read { .. }));
        assert!(watched.source.poll().is_unchanged());
        assert_eq!(watched.name(), "old");
        watched.write(&pair);
        assert!(is_recovery(&watched.source.poll()));
        assert!(watched.source.poll().is_unchanged());
    }
}

#[test]
fn file_missing_for_one_poll_is_not_reported() {
    let pair = Pair::new("old");
    let mut watched = Watched::new(&pair);
    fs::remove_file(watched.key()).unwrap();
    let outcome = watched.source.poll();
    assert!(outcome.is_waiting() && outcome.events().is_empty());
    watched.write(&pair);
    assert!(watched.source.poll().is_unchanged());
}

#[test]
fn unreadable_input_is_failure_and_last_good_stays() {
    let pair = Pair::new("old");
    let mut watched = Watched::new(&pair);
    fs::remove_file(watched.key()).unwrap();
    fs::create_dir(watched.key()).unwrap();
    let outcome = watched.settle();
    assert!(matches!(failure(&outcome), Error::NotAFile { .. }));
    fs::remove_dir(watched.key()).unwrap();

    fs::write(watched.key(), vec![b'x'; (1 << 20) + 1]).unwrap();
    let outcome = watched.settle();
    assert!(matches!(failure(&outcome), Error::TooLarge { .. }));
    assert_eq!(watched.name(), "old");
    watched.write(&pair);
    assert!(is_recovery(&watched.source.poll()));
}

#[test]
fn the_limit_of_the_loader_holds() {
    let (mut watched, pair) = (Watched::empty(), Pair::new("a"));
    watched.write(&pair);
    let most = pair.certificate.len().max(pair.key.len()) as u64;
    for (limit, is_good) in [(most, true), (most - 1, false)] {
        let loader = loader().limits(Limits::default().file_bytes(limit));
        watched.source = FileSource::pair(loader, watched.certificate(), watched.key());
        assert_eq!(watched.source.poll().set().is_some(), is_good);
    }
}

#[test]
fn a_failure_is_reported_again_only_after_a_success() {
    let pair = Pair::new("old");
    let mut watched = Watched::new(&pair);
    let failing = |watched: &mut Watched, content: &str| {
        fs::write(watched.key(), content).unwrap();
        watched.settle().events().len()
    };
    assert_eq!(failing(&mut watched, "no key"), 1);
    assert_eq!(failing(&mut watched, ""), 1);
    // Other content, the same words.
    assert_eq!(failing(&mut watched, "no key at all"), 0);
    assert_eq!(failing(&mut watched, ""), 0);
    watched.write(&pair);
    assert!(is_recovery(&watched.source.poll()));
    assert_eq!(failing(&mut watched, ""), 1);
}

#[test]
fn unusable_new_certificate_does_not_replace_the_old() {
    for unusable in [
        Pair::between("new", 2031, 2033),
        Pair::between("new", 2020, 2029),
    ] {
        let mut watched = Watched::new(&Pair::new("old"));
        watched.write(&unusable);
        assert!(matches!(
            failure(&watched.settle()),
            Error::NotYetValid { .. } | Error::Expired { .. }
        ));
        assert_eq!(watched.name(), "old");
    }
}

#[test]
fn loader_setting_for_outside_validity_applies_to_source() {
    let mut watched = Watched::empty();
    watched.write(&Pair::between("new", 2031, 2033));
    let loader = loader().allow_outside_validity();
    watched.source = FileSource::pair(loader, watched.certificate(), watched.key());
    assert!(watched.source.poll().set().is_some());
}

#[test]
fn a_bundle_is_one_file_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.pem");
    let write =
        |pair: &Pair| fs::write(&path, format!("{}{}", pair.key, pair.certificate)).unwrap();
    write(&Pair::new("old"));
    let mut source = FileSource::bundle(loader(), &path);
    assert!(source.poll().set().is_some());
    write(&Pair::new("new"));
    assert!(settle(&mut source).set().is_some());
    assert_eq!(name(only(&source)), "new");
    fs::write(&path, Pair::new("newer").key).unwrap();
    assert!(matches!(
        failure(&settle(&mut source)),
        Error::NoCertificate { .. } | Error::UnsupportedFormat { .. }
    ));
    assert_eq!(name(only(&source)), "new");
}

/// Returns a loader that counts how often it asks for the passphrase.
fn counting(passphrase: &'static str) -> (Loader, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let source = PassphraseSource::prompt(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(Passphrase::new(passphrase))
    });
    (loader().passphrase(source), count)
}

#[test]
fn unchanged_files_do_not_prompt_for_passphrase() {
    let watched = Watched::empty();
    fs::write(watched.certificate(), vector("cert.pem")).unwrap();
    fs::write(watched.key(), vector("encrypted.der")).unwrap();
    for (passphrase, is_right) in [("correct horse", true), ("another", false)] {
        let (loader, count) = counting(passphrase);
        let mut source = FileSource::pair(loader, watched.certificate(), watched.key());
        assert_eq!(source.poll().set().is_some(), is_right);
        for _ in 0..3 {
            assert!(source.poll().is_unchanged());
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn returned_good_files_do_not_prompt_for_passphrase() {
    let watched = Watched::empty();
    fs::write(watched.certificate(), vector("cert.pem")).unwrap();
    fs::write(watched.key(), vector("encrypted.der")).unwrap();
    let (loader, count) = counting("correct horse");
    let mut source = FileSource::pair(loader, watched.certificate(), watched.key());
    source.poll();
    fs::remove_file(watched.key()).unwrap();
    failure(&settle(&mut source));
    fs::write(watched.key(), vector("encrypted.der")).unwrap();
    assert!(is_recovery(&source.poll()));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn the_passphrase_file_is_part_of_the_content() {
    let watched = Watched::empty();
    let passphrase = watched.folder.path().join("passphrase");
    fs::write(watched.certificate(), vector("cert.pem")).unwrap();
    fs::write(watched.key(), vector("encrypted.der")).unwrap();
    let loader = loader().passphrase(PassphraseSource::file(&passphrase));
    let mut source = FileSource::pair(loader, watched.certificate(), watched.key());
    assert!(matches!(failure(&source.poll()), Error::Read { path, .. } if *path == passphrase));
    fs::write(&passphrase, "another\n").unwrap();
    assert!(matches!(
        failure(&source.poll()),
        Error::PassphraseOrDamaged
    ));
    assert!(source.poll().is_unchanged());
    fs::write(&passphrase, "correct horse\n").unwrap();
    assert!(source.poll().set().is_some());
    fs::write(&passphrase, "another\n").unwrap();
    failure(&settle(&mut source));
    fs::write(&passphrase, "correct horse\n").unwrap();
    assert!(is_recovery(&source.poll()));
}

#[test]
fn a_source_shows_paths_and_fingerprints_only() {
    let (watched, pair) = (Watched::empty(), Pair::new("old"));
    fs::write(watched.certificate(), vector("cert.pem")).unwrap();
    fs::write(watched.key(), vector("encrypted.der")).unwrap();
    let loader = loader().passphrase(Passphrase::new("correct horse"));
    let mut source = FileSource::pair(loader, watched.certificate(), watched.key());
    let outcome = source.poll();
    watched.write(&pair);
    source.poll();
    let shown = format!("{source:?} {outcome:?}");
    assert!(shown.contains("a.key"));
    let leaf = only(&source).leaf().sha256().to_string();
    let public_key = only(&source).leaf().public_key_sha256().to_string();
    for secret in ["correct horse", "PRIVATE"] {
        assert!(!shown.contains(secret));
    }
    // No digest but those of certificates and public keys.
    let words = shown.split(|c: char| !c.is_ascii_hexdigit());
    for digest in words.filter(|word| word.len() >= 32) {
        assert!(
            [leaf.as_str(), public_key.as_str()].contains(&digest),
            "{shown}"
        );
    }
}

#[test]
fn a_source_can_be_polled_on_another_thread() {
    fn is_send<T: Send + Sync>(_: &T) {}
    is_send(&Watched::empty().source);
}

#[cfg(unix)]
#[test]
fn file_without_permission_is_failure_and_last_good_stays() {
    use std::os::unix::fs::PermissionsExt;

    let mut watched = Watched::new(&Pair::new("old"));
    let set_mode = |mode| fs::set_permissions(watched.key(), PermissionsExt::from_mode(mode));
    set_mode(0o000).unwrap();
    if fs::read(watched.key()).is_ok() {
        return; // The superuser may read everything.
    }
    let outcome = settle(&mut watched.source);
    assert!(matches!(failure(&outcome), Error::Read { .. }));
    assert_eq!(watched.name(), "old");
    fs::set_permissions(watched.key(), PermissionsExt::from_mode(0o600)).unwrap();
    assert!(is_recovery(&watched.source.poll()));
}
