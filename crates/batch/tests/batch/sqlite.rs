//! A journal in a file: its lock, its key, and files that are none.

use std::fs;
use std::time::{Duration, SystemTime};

use batch::{
    InputKey, Journal, JournalError, RecordState, Registration, SqliteJournal, StorageError,
};

use crate::contract::{id, record, with_records};
use crate::place::{FilePlace, Place};

#[tokio::test]
async fn second_opening_is_refused_until_the_first_closes() {
    let place = FilePlace::new();
    let journal = with_records(&place, 1).await;
    let second = SqliteJournal::open(place.path()).await;
    assert!(matches!(second, Err(JournalError::InUse)), "{second:?}");
    // Nor has the attempt taken the lock from the first.
    let third = SqliteJournal::open(place.path()).await;
    assert!(matches!(third, Err(JournalError::InUse)), "{third:?}");
    assert!(journal.intend(id(1, &journal)).await.unwrap());
    journal.close().await;
    place.open().await;
}

/// Dates the files of a journal, as a clock does that is wrong when they are written.
fn date(place: &FilePlace, time: SystemTime) {
    for entry in fs::read_dir(place.path().parent().unwrap()).unwrap() {
        let file = fs::File::options().write(true).open(entry.unwrap().path());
        file.unwrap().set_modified(time).unwrap();
    }
}

#[tokio::test]
async fn clock_set_back_loses_nothing_and_holds_nothing() {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let place = FilePlace::new();
    let mut journal = with_records(&place, 3).await;
    let now = SystemTime::now();
    // Written a year ahead of the clock, then a year behind it, and each time cut off in a request.
    for (number, time) in [(1, now + YEAR), (2, now - YEAR)] {
        assert!(journal.intend(id(number, &journal)).await.unwrap());
        drop(journal);
        date(&place, time);
        journal = place.open().await;
        let unknown = journal.counts().await.unwrap().of(RecordState::Unknown);
        assert_eq!(unknown, number);
        assert!(!journal.intend(id(number, &journal)).await.unwrap());
    }
    // No one has a lease of what was not sent.
    let key = journal.input_key().clone();
    let known = journal.register(vec![record(3, &key)]).await.unwrap();
    assert_eq!(known, [Registration::Known(RecordState::Waiting)]);
    assert!(journal.intend(id(3, &journal)).await.unwrap());
}

#[tokio::test]
async fn key_that_is_kept_elsewhere_is_not_in_the_file() {
    let place = FilePlace::new();
    let key = || InputKey::new(*b"a key that is kept elsewhere now");
    let journal = SqliteJournal::open_with_key(place.path(), key())
        .await
        .unwrap();
    journal.register(vec![record(1, &key())]).await.unwrap();
    journal.close().await;
    for name in fs::read_dir(place.path().parent().unwrap()).unwrap() {
        let bytes = fs::read(name.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(20)
                .any(|part| part == &b"a key that is kept elsewhere now"[..20])
        );
    }
    let without = SqliteJournal::open(place.path()).await;
    assert!(
        matches!(without, Err(JournalError::KeyDiffers)),
        "{without:?}"
    );
    let other = SqliteJournal::open_with_key(place.path(), InputKey::new([0; 32])).await;
    assert!(matches!(other, Err(JournalError::KeyDiffers)), "{other:?}");
    SqliteJournal::open_with_key(place.path(), key())
        .await
        .unwrap();
}

#[tokio::test]
async fn foreign_file_is_left_as_it_is() {
    let place = FilePlace::new();
    for content in [&b"Name;Born\nMancini;1978\n"[..], &[0; 4096], b"x"] {
        fs::write(place.path(), content).unwrap();
        let error = SqliteJournal::open(place.path()).await;
        assert!(matches!(error, Err(JournalError::Foreign)), "{error:?}");
        assert_eq!(fs::read(place.path()).unwrap(), content);
    }
}

#[tokio::test]
async fn damaged_journal_is_refused() {
    let place = FilePlace::new();
    let journal = with_records(&place, 2000).await;
    journal.close().await;
    let whole = fs::read(place.path()).unwrap();
    for (from, to) in [(whole.len() / 2, whole.len()), (4096, 8192)] {
        let mut damaged = whole.clone();
        damaged[from..to].fill(0x5a);
        fs::write(place.path(), damaged).unwrap();
        let error = SqliteJournal::open(place.path()).await;
        assert!(
            matches!(error, Err(JournalError::Damaged { .. })),
            "{error:?}"
        );
    }
    fs::write(place.path(), &whole[..whole.len() / 2]).unwrap();
    let error = SqliteJournal::open(place.path()).await;
    assert!(
        matches!(error, Err(JournalError::Damaged { .. })),
        "{error:?}"
    );
    fs::write(place.path(), whole).unwrap();
    place.open().await;
}

#[tokio::test]
async fn journal_to_go_on_with_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    for is_empty in [false, true] {
        if is_empty {
            fs::write(&path, "").unwrap();
        }
        let missing = SqliteJournal::open_existing(&path).await;
        assert!(matches!(missing, Err(JournalError::Missing)), "{missing:?}");
        assert_eq!(fs::metadata(&path).map_or(0, |it| it.len()), 0);
    }
    let made = SqliteJournal::open(&path).await.unwrap();
    let name = made.batch_name().to_owned();
    made.close().await;
    let journal = SqliteJournal::open_existing(&path).await.unwrap();
    assert_eq!(journal.batch_name(), name);
}

#[tokio::test]
async fn folder_that_is_not_there_is_an_error_of_storage() {
    let place = FilePlace::new();
    let error = SqliteJournal::open(place.path().join("none/journal")).await;
    assert!(
        matches!(&error, Err(JournalError::Storage(StorageError::Io(_)))),
        "{error:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn files_of_a_journal_are_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;

    let place = FilePlace::new();
    let _journal = with_records(&place, 1).await;
    let files = fs::read_dir(place.path().parent().unwrap()).unwrap();
    let mut count = 0;
    for file in files {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file:?}");
        count += 1;
    }
    assert!(count >= 2, "the file and its log");
}
