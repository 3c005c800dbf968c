//! A folder of pairs that changes: each pair fares on its own, the set is made of what is good.

use super::*;

/// A folder and what watches it.
struct Folder {
    folder: TempDir,
    source: FileSource,
}

impl Folder {
    /// Starts with these pairs, which have been taken.
    fn new(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            Pair::new(name).write(folder.path(), name);
        }
        let mut source = FileSource::directory(loader(), folder.path());
        assert_eq!(source.poll().events().len(), names.len());
        Self { folder, source }
    }

    fn write(&self, file: &str, content: &str) {
        fs::write(self.folder.path().join(file), content).unwrap();
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.folder.path().join(file)).unwrap();
    }

    fn settle(&mut self) -> PollOutcome {
        settle(&mut self.source)
    }

    /// Returns the names of the members.
    fn members(&self) -> Vec<String> {
        let members = self.source.current().unwrap().members().iter();
        let mut names: Vec<_> = members.map(|identity| name(identity)).collect();
        names.sort();
        names
    }
}

fn names_of(outcome: &PollOutcome) -> Vec<&str> {
    outcome.events().iter().filter_map(Event::pair).collect()
}

#[test]
fn a_new_pair_is_added() {
    let mut folder = Folder::new(&["a"]);
    Pair::new("b").write(folder.folder.path(), "b");
    let outcome = folder.settle();
    assert!(matches!(outcome.events(), [Event::Loaded { .. }]));
    assert_eq!(names_of(&outcome), ["b"]);
    assert_eq!(outcome.set().unwrap().members().len(), 2);
    assert_eq!(folder.members(), ["a", "b"]);
    assert!(folder.source.poll().is_unchanged());
}

#[test]
fn key_awaiting_certificate_is_silent_until_it_comes() {
    let (mut folder, new) = (Folder::new(&["a"]), Pair::new("b"));
    folder.write("b.key", &new.key);
    let outcome = folder.settle();
    assert!(outcome.is_unchanged());
    folder.write("b.crt", &new.certificate);
    assert_eq!(names_of(&folder.settle()), ["b"]);
    assert_eq!(folder.members(), ["a", "b"]);
}

#[test]
fn broken_pair_keeps_last_good_identity_while_another_changes() {
    let mut folder = Folder::new(&["a", "b"]);
    folder.write("a.key", "broken");
    Pair::new("newer").write(folder.folder.path(), "b");
    let outcome = folder.settle();
    assert!(matches!(
        outcome.events(),
        [Event::Failed { .. }, Event::Loaded { .. }]
    ));
    assert_eq!(names_of(&outcome), ["a", "b"]);
    assert_eq!(folder.members(), ["a", "newer"]);
    assert!(folder.source.poll().is_unchanged());
}

#[test]
fn broken_new_pair_does_not_disturb_the_others() {
    let mut folder = Folder::new(&["a"]);
    folder.write("b.key", "broken");
    folder.write("b.crt", "broken");
    failure(&folder.settle());
    assert_eq!(folder.members(), ["a"]);
    // It was never good, so its end is no event.
    folder.remove("b.key");
    folder.remove("b.crt");
    assert!(folder.settle().is_unchanged());
}

#[test]
fn a_pair_that_lost_one_of_its_files_stays() {
    for (file, is_certificate) in [("b.crt", true), ("b.key", false)] {
        let mut folder = Folder::new(&["a", "b"]);
        folder.remove(file);
        let outcome = folder.settle();
        let error = failure(&outcome);
        assert_eq!(
            matches!(error, Error::CertificateMissing { .. }),
            is_certificate
        );
        assert_eq!(matches!(error, Error::Read { .. }), !is_certificate);
        assert_eq!(folder.members(), ["a", "b"]);
    }
}

#[test]
fn removed_pair_leaves_the_set_while_another_stays() {
    let mut folder = Folder::new(&["a", "b"]);
    folder.remove("a.key");
    folder.remove("a.crt");
    let outcome = folder.settle();
    assert!(matches!(outcome.events(), [Event::Removed { pair }] if pair.as_deref() == Some("a")));
    assert!(outcome.set().is_some());
    assert_eq!(folder.members(), ["b"]);
    assert!(folder.source.poll().is_unchanged());
}

#[test]
fn removed_last_pair_stays_until_another_comes() {
    let mut folder = Folder::new(&["a"]);
    folder.remove("a.key");
    folder.remove("a.crt");
    assert!(matches!(failure(&folder.settle()), Error::Read { .. }));
    assert!(folder.source.poll().is_unchanged());
    assert_eq!(folder.members(), ["a"]);
    Pair::new("b").write(folder.folder.path(), "b");
    let outcome = folder.settle();
    assert!(matches!(
        outcome.events(),
        [Event::Loaded { .. }, Event::Removed { .. }]
    ));
    assert_eq!(folder.members(), ["b"]);
}

#[test]
fn all_pairs_stay_when_all_are_removed_and_recover() {
    let mut folder = Folder::new(&["a", "b"]);
    let pairs = ["a.key", "a.crt", "b.key", "b.crt"].map(|file| {
        (
            file,
            fs::read_to_string(folder.folder.path().join(file)).unwrap(),
        )
    });
    for (file, _) in &pairs {
        folder.remove(file);
    }
    let outcome = folder.settle();
    assert_eq!(names_of(&outcome), ["a", "b"]);
    assert!(outcome.set().is_none());
    assert_eq!(folder.members(), ["a", "b"]);
    for (file, content) in &pairs {
        folder.write(file, content);
    }
    let outcome = folder.source.poll();
    assert!(matches!(
        outcome.events(),
        [Event::Recovered { .. }, Event::Recovered { .. }]
    ));
    assert!(outcome.set().is_none());
}

#[test]
fn missing_folder_fails_as_a_whole_and_recovers() {
    let mut folder = Folder::new(&["a"]);
    let (path, aside) = (
        folder.folder.path(),
        folder.folder.path().with_extension("aside"),
    );
    fs::rename(path, &aside).unwrap();
    let outcome = folder.source.poll();
    assert!(matches!(failure(&outcome), Error::Read { .. }));
    assert_eq!(outcome.events()[0].pair(), None);
    assert!(folder.source.poll().is_unchanged());
    assert_eq!(folder.members(), ["a"]);
    fs::rename(&aside, folder.folder.path()).unwrap();
    assert!(is_recovery(&folder.source.poll()));
    assert!(folder.source.poll().is_unchanged());
}

#[test]
fn an_empty_folder_holds_no_identity() {
    let mut folder = Folder::new(&["a"]);
    folder.source = FileSource::directory(loader(), tempfile::tempdir().unwrap().path());
    assert!(matches!(failure(&folder.source.poll()), Error::Read { .. }));
    let empty = tempfile::tempdir().unwrap();
    folder.source = FileSource::directory(loader(), empty.path());
    assert!(matches!(failure(&folder.source.poll()), Error::NoIdentity));
    assert!(folder.source.poll().is_unchanged());
    Pair::new("a").write(empty.path(), "a");
    assert!(folder.source.poll().set().is_some());
}

#[test]
fn a_sixth_pair_is_a_failure_and_the_five_stay() {
    let mut folder = Folder::new(&["a", "b", "c", "d", "e"]);
    Pair::new("f").write(folder.folder.path(), "f");
    let outcome = folder.settle();
    assert!(matches!(
        outcome.events(),
        [
            Event::Loaded { .. },
            Event::Failed {
                pair: None,
                error: Error::TooManyIdentities { found: 6, .. }
            }
        ]
    ));
    assert_eq!(folder.members(), ["a", "b", "c", "d", "e"]);
    assert!(folder.source.poll().is_unchanged());
    folder.remove("a.key");
    folder.remove("a.crt");
    assert!(folder.settle().set().is_some());
    assert_eq!(folder.members(), ["b", "c", "d", "e", "f"]);
}

#[test]
fn expired_pairs_do_not_count() {
    let mut folder = Folder::new(&["a"]);
    for name in ["b", "c", "d", "e", "f"] {
        Pair::between(name, 2020, 2029).write(folder.folder.path(), name);
    }
    assert!(folder.settle().set().is_none());
    assert_eq!(folder.members(), ["a"]);
}

#[test]
fn a_pair_that_is_not_valid_yet_is_a_member() {
    let mut folder = Folder::new(&["a"]);
    Pair::between("b", 2031, 2033).write(folder.folder.path(), "b");
    folder.settle();
    assert_eq!(folder.members(), ["a", "b"]);
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Writes a pair as a mounted secret has it: files are links into `..data`, which is a link
    /// itself and is exchanged as a whole.
    fn mount(folder: &Path, version: &str, pair: &Pair) {
        let data = folder.join(version);
        fs::create_dir(&data).unwrap();
        pair.write(&data, "tls");
        symlink(version, folder.join("..data_tmp")).unwrap();
        fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
        for file in ["tls.crt", "tls.key"] {
            let link = folder.join(file);
            if link.symlink_metadata().is_err() {
                symlink(Path::new("..data").join(file), link).unwrap();
            }
        }
    }

    #[test]
    fn a_mounted_secret_is_followed_when_its_version_is_exchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        mount(path, "..2026_01", &Pair::new("old"));
        for mut source in [
            FileSource::directory(loader(), path),
            FileSource::pair(loader(), path.join("tls.crt"), path.join("tls.key")),
        ] {
            let version = format!("..{}", source.poll().events()[0].pair().unwrap_or("pair"));
            assert_eq!(source.current().unwrap().members().len(), 1);
            mount(path, &version, &Pair::new("new"));
            assert!(source.poll().is_waiting());
            assert!(source.poll().set().is_some());
            assert_eq!(name(only(&source)), "new");
            assert!(source.poll().is_unchanged());
        }
    }

    #[test]
    fn a_version_that_is_missing_for_a_moment_costs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        mount(folder.path(), "..2026_01", &Pair::new("old"));
        let mut source = FileSource::directory(loader(), folder.path());
        source.poll();
        fs::remove_file(folder.path().join("..data")).unwrap();
        assert!(matches!(failure(&settle(&mut source)), Error::Read { .. }));
        assert_eq!(name(only(&source)), "old");
        mount(folder.path(), "..2026_02", &Pair::new("new"));
        assert!(settle(&mut source).set().is_some());
        assert_eq!(name(only(&source)), "new");
    }
}
