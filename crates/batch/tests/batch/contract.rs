//! The contract of a journal, to which each is held: one test a function, for any place of one.

use batch::{
    InputDigest, InputKey, Journal, JournalError, NewRecord, Outcome, Position, RecordState,
    Registration, Selection,
};

use crate::place::Place;

/// Returns the digest of the record that [`record`] makes.
pub(crate) fn id(number: u64, journal: &impl Journal) -> InputDigest {
    journal.input_key().digest(&number.to_be_bytes())
}

pub(crate) fn record(number: u64, key: &InputKey) -> NewRecord {
    NewRecord {
        number,
        digest: key.digest(&number.to_be_bytes()),
        reference: format!("reference {number}"),
    }
}

pub(crate) async fn with_records<P: Place>(place: &P, count: u64) -> P::Journal {
    let journal = place.open().await;
    let key = journal.input_key().clone();
    let records = (1..=count).map(|number| record(number, &key)).collect();
    let known = journal.register(records).await.unwrap();
    let waiting = Registration::Known(RecordState::Waiting);
    assert!(known.iter().all(|it| *it == waiting));
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

pub(crate) async fn outcome_survives_closing<P: Place>(place: P) {
    let journal = with_records(&place, 3).await;
    let name = journal.batch_name().to_owned();
    assert!(journal.intend(id(2, &journal)).await.unwrap());
    journal
        .settle(id(2, &journal), RecordState::Done, outcome())
        .await
        .unwrap();
    place.close(journal).await;
    let journal = place.open().await;
    assert_eq!(journal.batch_name(), name);
    let records = journal
        .records_after(Position::START, None, 10)
        .await
        .unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[1].state, RecordState::Done);
    assert_eq!(records[1].outcome, outcome());
    assert_eq!((records[1].attempts, records[0].attempts), (1, 0));
    let done = journal
        .records_after(Position::START, Some(RecordState::Done), 10)
        .await;
    assert_eq!(done.unwrap(), records[1..2]);
    let counts = journal.counts().await.unwrap();
    assert_eq!((counts.of(RecordState::Waiting), counts.total()), (2, 3));
}

pub(crate) async fn record_is_intended_by_one_caller_only<P: Place>(place: P) {
    let journal = with_records(&place, 1).await;
    let (one, other) = tokio::join!(
        journal.intend(id(1, &journal)),
        journal.intend(id(1, &journal))
    );
    assert_ne!(one.unwrap(), other.unwrap());
    assert!(
        !journal.intend(id(2, &journal)).await.unwrap(),
        "no such record"
    );
}

pub(crate) async fn intent_without_outcome_is_unknown_after_reopening<P: Place>(place: P) {
    let journal = with_records(&place, 2).await;
    assert!(journal.intend(id(1, &journal)).await.unwrap());
    place.close(journal).await;
    let journal = place.open().await;
    let records = journal
        .records_after(Position::START, None, 10)
        .await
        .unwrap();
    assert_eq!(records[0].state, RecordState::Unknown);
    assert_eq!(records[1].state, RecordState::Waiting);
    // Never again by itself, and again when a person says so.
    assert!(!journal.intend(id(1, &journal)).await.unwrap());
    let requeued = journal.requeue(RecordState::Unknown, Selection::All).await;
    assert_eq!(requeued.unwrap(), [id(1, &journal)]);
    assert!(journal.intend(id(1, &journal)).await.unwrap());
}

pub(crate) async fn states_change_in_no_other_way<P: Place>(place: P) {
    let journal = with_records(&place, 1).await;
    let settle = |state| journal.settle(id(1, &journal), state, Outcome::default());
    for state in RecordState::ALL {
        let early = settle(state).await;
        assert!(
            matches!(early, Err(JournalError::OutOfTurn { .. })),
            "{state}"
        );
    }
    assert!(journal.intend(id(1, &journal)).await.unwrap());
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
        RecordState::Waiting,
        RecordState::Sending,
        RecordState::Done,
    ] {
        let refused = journal.requeue(state, Selection::All).await;
        let is_named =
            matches!(refused, Err(JournalError::NotRequeued { state: it }) if it == state);
        assert!(is_named, "{refused:?}");
    }
}

pub(crate) async fn only_selected_records_wait_again<P: Place>(place: P) {
    let journal = with_records(&place, 4).await;
    for number in 1..=3 {
        assert!(journal.intend(id(number, &journal)).await.unwrap());
        let state = match number {
            3 => RecordState::Done,
            _ => RecordState::Failed,
        };
        journal
            .settle(id(number, &journal), state, outcome())
            .await
            .unwrap();
    }
    let references = ["reference 2", "reference 3", "of no record", "' OR ''='"];
    let references = Selection::References(references.map(str::to_owned).to_vec());
    let requeued = journal.requeue(RecordState::Failed, references).await;
    assert_eq!(requeued.unwrap(), [id(2, &journal)]);
    let none = Selection::References(Vec::new());
    let requeued = journal.requeue(RecordState::Failed, none).await;
    assert_eq!(requeued.unwrap(), []);
    let records = journal
        .records_after(Position::START, None, 10)
        .await
        .unwrap();
    let states: Vec<_> = records.iter().map(|record| record.state).collect();
    let (failed, waiting) = (RecordState::Failed, RecordState::Waiting);
    assert_eq!(states, [failed, waiting, RecordState::Done, waiting]);
    assert_eq!(records[1].outcome, Outcome::default());
}

pub(crate) async fn no_other_record_waits_than_was_read<P: Place>(place: P) {
    let journal = with_records(&place, 3).await;
    let of = |transaction: &str| Outcome {
        transaction_id: Some(transaction.to_owned()),
        ..Outcome::default()
    };
    let send = async |number, transaction: &str| {
        assert!(journal.intend(id(number, &journal)).await.unwrap());
        let digest = id(number, &journal);
        let settled = journal.settle(digest, RecordState::Pending, of(transaction));
        settled.await.unwrap();
    };
    send(1, "1").await;
    send(2, "2").await;
    let read = journal.records_after(Position::START, Some(RecordState::Pending), 9);
    let read = read.await.unwrap();
    // Meanwhile one is sent again by another, and a third one comes.
    let other = Selection::References(vec!["reference 2".to_owned()]);
    journal.requeue(RecordState::Pending, other).await.unwrap();
    send(2, "4").await;
    send(3, "3").await;
    let chosen = Selection::Records(read);
    let requeued = journal.requeue(RecordState::Pending, chosen.clone()).await;
    assert_eq!(requeued.unwrap(), [id(1, &journal)]);
    let again = journal.requeue(RecordState::Pending, chosen).await;
    assert_eq!(again.unwrap(), []);
    let counts = journal.counts().await.unwrap();
    assert_eq!(counts.of(RecordState::Pending), 2);
}

pub(crate) async fn record_that_waits_has_the_reference_of_the_list<P: Place>(place: P) {
    let journal = with_records(&place, 2).await;
    assert!(journal.intend(id(1, &journal)).await.unwrap());
    // An older version gave others.
    let records = [1, 2].map(|number| NewRecord {
        reference: format!("newer {number}"),
        ..record(number, journal.input_key())
    });
    journal.register(records.to_vec()).await.unwrap();
    let references = async || {
        let records = journal.records_after(Position::START, None, 9).await;
        let records = records.unwrap().into_iter();
        records.map(|it| it.reference).collect::<Vec<_>>()
    };
    // What may have been sent is looked up by the one that it was sent with.
    assert_eq!(references().await, ["reference 1", "newer 2"]);
    journal.abandon().await.unwrap();
    let requeued = journal.requeue(RecordState::Unknown, Selection::All).await;
    assert_eq!(requeued.unwrap(), [id(1, &journal)]);
    journal.register(records.to_vec()).await.unwrap();
    assert_eq!(references().await, ["newer 1", "newer 2"]);
}

pub(crate) async fn result_of_a_given_up_transaction_settles_nothing<P: Place>(place: P) {
    let journal = with_records(&place, 1).await;
    let of = |id: &str| Outcome {
        transaction_id: Some(id.to_owned()),
        ..Outcome::default()
    };
    let send = async |transaction: &str| {
        assert!(journal.intend(id(1, &journal)).await.unwrap());
        let pending = journal
            .settle(id(1, &journal), RecordState::Pending, of(transaction))
            .await;
        pending.unwrap();
    };
    send("1").await;
    let requeued = journal.requeue(RecordState::Pending, Selection::All).await;
    assert_eq!(requeued.unwrap(), [id(1, &journal)]);
    let late = journal
        .settle(id(1, &journal), RecordState::Done, of("1"))
        .await;
    assert!(
        matches!(late, Err(JournalError::OutOfTurn { .. })),
        "{late:?}"
    );
    send("2").await;
    let late = journal
        .settle(id(1, &journal), RecordState::Done, of("1"))
        .await;
    assert!(
        matches!(late, Err(JournalError::OutOfTurn { .. })),
        "{late:?}"
    );
    journal
        .settle(id(1, &journal), RecordState::Done, of("2"))
        .await
        .unwrap();
    let records = journal
        .records_after(Position::START, None, 1)
        .await
        .unwrap();
    assert_eq!(records[0].attempts, 2);
}

pub(crate) async fn changed_line_is_named_and_nothing_is_added<P: Place>(place: P) {
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
}

pub(crate) async fn renumbered_record_is_the_same<P: Place>(place: P) {
    let journal = with_records(&place, 3).await;
    let key = journal.input_key().clone();
    let of = |number| id(number, &journal);
    assert!(journal.intend(of(1)).await.unwrap());
    // The second was taken out, and one put in before the others.
    let numbers = vec![(of(1), Some(2)), (of(2), None), (of(3), Some(3))];
    journal.renumber(numbers).await.unwrap();
    journal
        .settle(of(1), RecordState::Done, outcome())
        .await
        .unwrap();
    let records = journal.records_after(Position::START, None, 10).await;
    let records = records.unwrap();
    let seen: Vec<_> = records.iter().map(|it| (it.number, it.digest)).collect();
    assert_eq!(seen, [(Some(2), of(1)), (Some(3), of(3)), (None, of(2))]);
    assert_eq!(records[0].reference, "reference 1");
    let mut put_in = record(4, &key);
    put_in.number = 1;
    let mut moved = record(1, &key);
    moved.number = 2;
    let known = journal.register(vec![put_in, moved, record(3, &key)]).await;
    let (waiting, done) = (
        Registration::Known(RecordState::Waiting),
        Registration::Known(RecordState::Done),
    );
    assert_eq!(known.unwrap(), [waiting, done, waiting]);
    // One by one, also among those that are not in the list.
    journal.renumber(vec![(of(3), None)]).await.unwrap();
    let mut position = Position::START;
    let mut numbers = Vec::new();
    while let Some(record) = journal
        .records_after(position, None, 1)
        .await
        .unwrap()
        .pop()
    {
        position = record.position();
        numbers.push(record.number);
    }
    assert_eq!(numbers, [Some(1), Some(2), None, None]);
    // The list has it again.
    let mut back = record(2, &key);
    back.number = 3;
    assert_eq!(journal.register(vec![back]).await.unwrap(), [waiting]);
    let records = journal.records_after(Position::START, None, 10).await;
    assert_eq!(records.unwrap()[2].number, Some(3));
}

pub(crate) async fn result_is_found_by_reference_and_ids<P: Place>(place: P) {
    let journal = with_records(&place, 3).await;
    for number in [1, 2] {
        assert!(journal.intend(id(number, &journal)).await.unwrap());
    }
    let settled = journal.settle(id(1, &journal), RecordState::Done, outcome());
    settled.await.unwrap();
    let failed = Outcome::default();
    let settled = journal.settle(id(2, &journal), RecordState::Failed, failed);
    settled.await.unwrap();
    for (reference, ids, is_there) in [
        ("reference 1", ["1", "2"], true),
        ("reference 1", ["1", "3"], false),
        ("reference 1", ["", "2"], false),
        ("reference 2", ["", ""], true),
        ("reference 2", ["1", "2"], false),
        ("reference 3", ["", ""], false),
        ("", ["1", "2"], false),
    ] {
        let found = journal.has_result(reference, ids[0], ids[1]).await.unwrap();
        assert_eq!(found, is_there, "{reference:?} {ids:?}");
    }
    // One that is sent again may have had any.
    let requeued = journal.requeue(RecordState::Failed, Selection::All).await;
    assert_eq!(requeued.unwrap().len(), 1);
    assert!(journal.has_result("reference 2", "1", "2").await.unwrap());
}

pub(crate) async fn moved_record_is_not_taken_for_a_new_one<P: Place>(place: P) {
    let journal = with_records(&place, 2).await;
    let key = journal.input_key().clone();
    let mut moved = record(2, &key);
    moved.number = 3;
    let known = journal
        .register(vec![moved, record(4, &key)])
        .await
        .unwrap();
    let waiting = Registration::Known(RecordState::Waiting);
    assert_eq!(known, [Registration::Repeated { known: 2 }, waiting]);
    assert_eq!(journal.counts().await.unwrap().total(), 3);
    // Nor within the records that are registered at once.
    let mut same = record(5, &key);
    same.number = 6;
    let known = journal.register(vec![record(5, &key), same]).await.unwrap();
    assert_eq!(known, [waiting, Registration::Repeated { known: 5 }]);
}

pub(crate) async fn records_are_counted_by_state_and_result<P: Place>(place: P) {
    let journal = with_records(&place, 4).await;
    for (number, state) in [
        (1, RecordState::Done),
        (2, RecordState::Done),
        (3, RecordState::Failed),
    ] {
        assert!(journal.intend(id(number, &journal)).await.unwrap());
        journal
            .settle(id(number, &journal), state, outcome())
            .await
            .unwrap();
    }
    let counts = journal.counts().await.unwrap();
    assert_eq!(
        (counts.of(RecordState::Done), counts.of(RecordState::Failed)),
        (2, 1)
    );
    assert_eq!(counts.results().collect::<Vec<_>>(), [("match", 2)]);
    assert_eq!((counts.total(), counts.attempts()), (4, 3));
}

pub(crate) async fn records_are_read_in_order_and_in_parts<P: Place>(place: P) {
    let journal = with_records(&place, 5).await;
    assert!(journal.intend(id(4, &journal)).await.unwrap());
    let all = journal.records_after(Position::START, None, 9).await;
    let all = all.unwrap();
    let numbers = async |after: usize, state, limit| {
        let position = match after.checked_sub(1) {
            Some(index) => all[index].position(),
            None => Position::START,
        };
        let records = journal.records_after(position, state, limit).await;
        let numbers = records.unwrap().into_iter().map(|it| it.number.unwrap());
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(numbers(0, None, 2).await, [1, 2]);
    assert_eq!(numbers(2, None, 9).await, [3, 4, 5]);
    assert_eq!(numbers(2, Some(RecordState::Waiting), 9).await, [3, 5]);
    assert_eq!(numbers(0, Some(RecordState::Sending), 9).await, [4]);
    assert_eq!(numbers(5, None, 9).await, [0; 0]);
}
