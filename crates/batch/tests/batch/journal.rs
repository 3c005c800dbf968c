//! The contract of a journal, held against the one in SQLite.

use std::fs;

use batch::{
    InputKey, Journal, JournalError, NewRecord, Outcome, RecordState, SqliteJournal, StorageError,
};

use crate::Place;

fn record(number: u64, key: &InputKey) -> NewRecord {
    NewRecord {
        number,
        digest: key.digest(&number.to_be_bytes()),
        reference: format!("reference {number}"),
    }
}

async fn with_records(place: &Place, count: u64) -> SqliteJournal {
    let journal = place.open().await;
    let key = journal.input_key().clone();
    let records = (1..=count).map(|number| record(number, &key)).collect();
    let states = journal.register(records).await.unwrap();
    assert!(states.iter().all(|state| *state == RecordState::Waiting));
    journal
}

fn outcome() -> Outcome {
    Outcome {
        transaction_id: Some("1".to_owned()),
        transaction_record_id: Some("2".to_owned()),
        status: Some("match".to_owned()),
        errors: vec!["1005".to_owned()],
    }
}

#[tokio::test]
async fn outcome_survives_closing() {
    let place = Place::new();
    let journal = with_records(&place, 3).await;
    let name = journal.batch_name().to_owned();
    assert!(journal.intend(2).await.unwrap());
    journal
        .settle(2, RecordState::Done, outcome())
        .await
        .unwrap();
    journal.close().await;
    let journal = place.open().await;
    assert_eq!(journal.batch_name(), name);
    let records = journal.records_after(0, None, 10).await.unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[1].state, RecordState::Done);
    assert_eq!(records[1].outcome, outcome());
    assert_eq!((records[1].attempts, records[0].attempts), (1, 0));
    let done = journal.records_after(0, Some(RecordState::Done), 10).await;
    assert_eq!(done.unwrap(), records[1..2]);
    let counts = journal.counts().await.unwrap();
    assert_eq!((counts.of(RecordState::Waiting), counts.total()), (2, 3));
}

#[tokio::test]
async fn record_is_intended_by_one_caller_only() {
    let place = Place::new();
    let journal = with_records(&place, 1).await;
    let (one, other) = tokio::join!(journal.intend(1), journal.intend(1));
    assert_ne!(one.unwrap(), other.unwrap());
    assert!(!journal.intend(2).await.unwrap(), "no such record");
}

#[tokio::test]
async fn intent_without_outcome_is_unknown_after_reopening() {
    let place = Place::new();
    let journal = with_records(&place, 2).await;
    assert!(journal.intend(1).await.unwrap());
    journal.close().await;
    let journal = place.open().await;
    let records = journal.records_after(0, None, 10).await.unwrap();
    assert_eq!(records[0].state, RecordState::Unknown);
    assert_eq!(records[1].state, RecordState::Waiting);
    // Never again by itself, and again when a person says so.
    assert!(!journal.intend(1).await.unwrap());
    assert_eq!(journal.requeue(RecordState::Unknown).await.unwrap(), 1);
    assert!(journal.intend(1).await.unwrap());
}

#[tokio::test]
async fn states_change_in_no_other_way() {
    let place = Place::new();
    let journal = with_records(&place, 1).await;
    let settle = |state| journal.settle(1, state, Outcome::default());
    for state in RecordState::ALL {
        let early = settle(state).await;
        assert!(
            matches!(early, Err(JournalError::OutOfTurn { .. })),
            "{state}"
        );
    }
    assert!(journal.intend(1).await.unwrap());
    assert!(settle(RecordState::Sending).await.is_err());
    settle(RecordState::Pending).await.unwrap();
    for state in [
        RecordState::Waiting,
        RecordState::Unknown,
        RecordState::Pending,
    ] {
        assert!(settle(state).await.is_err(), "{state}");
    }
    settle(RecordState::Done).await.unwrap();
    for state in RecordState::ALL {
        assert!(settle(state).await.is_err(), "{state}");
    }
    for state in [
        RecordState::Done,
        RecordState::Pending,
        RecordState::Sending,
    ] {
        assert!(journal.requeue(state).await.is_err(), "{state}");
    }
}

#[tokio::test]
async fn changed_line_is_named_and_nothing_is_added() {
    let place = Place::new();
    let journal = with_records(&place, 1).await;
    let key = journal.input_key().clone();
    let mut changed = record(1, &key);
    changed.digest = key.digest(b"another");
    let error = journal.register(vec![record(2, &key), changed]).await;
    assert!(matches!(
        error,
        Err(JournalError::RecordChanged { number: 1 })
    ));
    assert_eq!(journal.counts().await.unwrap().total(), 1);
    let mut renamed = record(1, &key);
    renamed.reference.push('x');
    let error = journal.register(vec![renamed]).await;
    assert!(matches!(
        error,
        Err(JournalError::RecordChanged { number: 1 })
    ));
}

#[tokio::test]
async fn moved_record_is_not_taken_for_a_new_one() {
    let place = Place::new();
    let journal = with_records(&place, 2).await;
    let key = journal.input_key().clone();
    let mut moved = record(2, &key);
    moved.number = 3;
    let error = journal.register(vec![moved]).await;
    assert!(
        matches!(
            error,
            Err(JournalError::Repeated {
                number: 3,
                known: 2
            })
        ),
        "{error:?}"
    );
    assert_eq!(journal.counts().await.unwrap().total(), 2);
}

#[tokio::test]
async fn second_opening_is_refused_until_the_first_closes() {
    let place = Place::new();
    let journal = with_records(&place, 1).await;
    let second = SqliteJournal::open(place.path()).await;
    assert!(matches!(second, Err(JournalError::InUse)), "{second:?}");
    // Nor has the attempt taken the lock from the first.
    let third = SqliteJournal::open(place.path()).await;
    assert!(matches!(third, Err(JournalError::InUse)), "{third:?}");
    assert!(journal.intend(1).await.unwrap());
    journal.close().await;
    place.open().await;
}

#[tokio::test]
async fn key_that_is_kept_elsewhere_is_not_in_the_file() {
    let place = Place::new();
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
    let place = Place::new();
    for content in [&b"Name;Born\nMancini;1978\n"[..], &[0; 4096], b"x"] {
        fs::write(place.path(), content).unwrap();
        let error = SqliteJournal::open(place.path()).await;
        assert!(matches!(error, Err(JournalError::Foreign)), "{error:?}");
        assert_eq!(fs::read(place.path()).unwrap(), content);
    }
}

#[tokio::test]
async fn damaged_journal_is_refused() {
    let place = Place::new();
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
async fn folder_that_is_not_there_is_an_error_of_storage() {
    let place = Place::new();
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

    let place = Place::new();
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
