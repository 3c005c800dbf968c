//! A journal in PostgreSQL: leases, dead workers, restarts, TLS.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use batch::{
    InputKey, Journal, JournalError, NewRecord, Outcome, Position, PostgresAddress,
    PostgresJournal, RecordState, Registration, Selection, StorageError,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::contract::{id, record, with_records};
use crate::place::Place;
use crate::server::PostgresServer;

/// One server for all tests, each with a schema of its own.
static SERVER: LazyLock<PostgresServer> = LazyLock::new(PostgresServer::start);

/// So long that no lease ends within a test.
const LONG: Duration = Duration::from_secs(3600);

/// So short that each lease has ended before another call is made.
const NO_TIME: Duration = Duration::from_nanos(1);

pub(crate) struct PostgresPlace(PostgresAddress, String);

impl PostgresPlace {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let address: PostgresAddress = SERVER.url().parse().unwrap();
        Self(address.batch(&name).unwrap(), name)
    }

    async fn worker(&self, lease: Duration) -> PostgresJournal {
        PostgresJournal::open_with(&self.0, lease, None)
            .await
            .unwrap()
    }
}

impl Place for PostgresPlace {
    type Journal = PostgresJournal;

    async fn open(&self) -> PostgresJournal {
        self.worker(LONG).await
    }

    async fn close(&self, journal: PostgresJournal) {
        journal.close().await.unwrap();
    }
}

fn list(journal: &PostgresJournal, numbers: impl IntoIterator<Item = u64>) -> Vec<NewRecord> {
    let numbers = numbers.into_iter();
    numbers
        .map(|number| record(number, journal.input_key()))
        .collect()
}

const WAITING: Registration = Registration::Known(RecordState::Waiting);

#[tokio::test]
async fn record_is_leased_by_one_worker() {
    let place = PostgresPlace::new();
    let (one, other) = (place.open().await, place.open().await);
    assert_eq!(one.batch_name(), other.batch_name());
    assert_eq!(one.register(list(&one, 1..=2)).await.unwrap(), [WAITING; 2]);
    let known = other.register(list(&other, 1..=3)).await.unwrap();
    assert_eq!(known, [Registration::Leased, Registration::Leased, WAITING]);
    assert!(!other.intend(id(1, &other)).await.unwrap() && one.intend(id(1, &one)).await.unwrap());
    // What is given back is anyone's; what was being sent is unknown.
    one.close().await.unwrap();
    let known = other.register(list(&other, 1..=3)).await.unwrap();
    assert_eq!(
        known,
        [Registration::Known(RecordState::Unknown), WAITING, WAITING]
    );
}

#[tokio::test]
async fn two_workers_that_begin_at_once_share_all_records() {
    let place = PostgresPlace::new();
    let (one, other) = tokio::join!(place.open(), place.open());
    let register = async |journal: &PostgresJournal| {
        let mut own = 0;
        for chunk in 0..10 {
            let records = list(journal, chunk * 20 + 1..=chunk * 20 + 20);
            let known = journal.register(records).await.unwrap();
            own += known.iter().filter(|it| **it == WAITING).count();
        }
        own
    };
    let (of_one, of_other) = tokio::join!(register(&one), register(&other));
    assert_eq!(of_one + of_other, 200);
    assert_eq!(one.counts().await.unwrap().of(RecordState::Waiting), 200);
}

#[tokio::test]
async fn different_lists_at_once_give_a_place_one_record() {
    const ROUNDS: u64 = 40;
    let place = PostgresPlace::new();
    let (one, other) = tokio::join!(place.open(), place.open());
    let mut refused = 0;
    for number in 1..=ROUNDS {
        let changed = NewRecord {
            digest: other
                .input_key()
                .digest(format!("changed {number}").as_bytes()),
            ..record(number, other.input_key())
        };
        // Both begin before either ends.
        let (of_one, of_other) = tokio::join!(
            one.register(list(&one, [number])),
            other.register(vec![changed])
        );
        for registered in [of_one, of_other] {
            match registered {
                Ok(known) => assert_eq!(known, [WAITING]),
                Err(JournalError::RecordChanged { number: named }) => {
                    assert_eq!(named, number);
                    refused += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert_eq!(refused, ROUNDS);
    let counts = one.counts().await.unwrap();
    assert_eq!(counts.of(RecordState::Waiting), ROUNDS);
}

#[tokio::test]
async fn stricter_isolation_does_not_hide_the_record_of_another() {
    let server = PostgresServer::start();
    let address: PostgresAddress = server.url().parse().unwrap();
    let url = server.url();
    let connect = || tokio_postgres::connect(&url, tokio_postgres::NoTls);
    let (client, connection) = connect().await.unwrap();
    tokio::spawn(connection);
    for isolation in ["repeatable read", "serializable"] {
        let set = format!("ALTER ROLE test SET default_transaction_isolation = '{isolation}'");
        client.batch_execute(&set).await.unwrap();
        let name = isolation.replace(' ', "_");
        let place = address.batch(&name).unwrap();
        let journal = PostgresJournal::open(&place).await.unwrap();
        // Another worker has the turn, and adds another record at the same place.
        let (mut other, connection) = connect().await.unwrap();
        tokio::spawn(connection);
        let turn = other.transaction().await.unwrap();
        let schema = format!("napi_batch_{name}");
        let take = format!("SELECT FROM {schema}.batch FOR UPDATE");
        turn.execute(&take, &[]).await.unwrap();
        let commit = async {
            let waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
            while client.query_opt(waiting, &[]).await.unwrap().is_none() {
                tokio::task::yield_now().await;
            }
            let add = format!(
                "INSERT INTO {schema}.record (number, digest, reference, state)
                 VALUES (1, decode(repeat('00', 32), 'hex'), 'other', 'waiting')"
            );
            turn.execute(&add, &[]).await.unwrap();
            turn.commit().await.unwrap();
        };
        let (registered, ()) = tokio::join!(journal.register(list(&journal, [1])), commit);
        let is_refused = matches!(registered, Err(JournalError::RecordChanged { number: 1 }));
        assert!(is_refused, "{isolation}: {registered:?}");
    }
}

#[tokio::test]
async fn turn_that_is_waited_for_in_vain_is_asked_again() {
    let place = PostgresPlace::new();
    let journal = with_records(&place, 1).await;
    let (client, connection) = tokio_postgres::connect(&SERVER.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let schema = format!("napi_batch_{}", place.1);
    // 55P03: another one was in its turn for too long. 25P03: this one was, and lost it. 23514 is
    // no matter of time.
    for (number, code, is_again) in [(2, "55P03", true), (3, "25P03", true), (4, "23514", false)] {
        let fail_once = format!(
            "CREATE SEQUENCE {schema}.tries;
             CREATE FUNCTION {schema}.fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF nextval('{schema}.tries') = 1 THEN
                     RAISE EXCEPTION 'once' USING ERRCODE = '{code}';
                 END IF;
                 -- Who froze in its turn has lost it before those that wait for it give up.
                 ASSERT current_setting('idle_in_transaction_session_timeout')::interval
                     < current_setting('lock_timeout')::interval;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER fail_once BEFORE INSERT ON {schema}.record
                 FOR EACH ROW EXECUTE FUNCTION {schema}.fail_once();"
        );
        client.batch_execute(&fail_once).await.unwrap();
        let registered = journal.register(list(&journal, [number])).await;
        match is_again {
            true => assert_eq!(registered.unwrap(), [WAITING]),
            false => assert!(registered.is_err(), "{registered:?}"),
        }
        let drop = format!(
            "DROP TRIGGER fail_once ON {schema}.record;
             DROP FUNCTION {schema}.fail_once; DROP SEQUENCE {schema}.tries;"
        );
        client.batch_execute(&drop).await.unwrap();
    }
}

#[tokio::test]
async fn dead_workers_records_are_unknown_or_wait() {
    let place = PostgresPlace::new();
    let dead = place.worker(NO_TIME).await;
    dead.register(list(&dead, 1..=2)).await.unwrap();
    assert!(dead.intend(id(1, &dead)).await.unwrap());
    // Its lease is over, though it lives: that is how a slow worker looks.
    let other = place.open().await;
    let states = |records: Vec<batch::Record>| records.into_iter().map(|it| it.state);
    let records = other
        .records_after(Position::START, None, 10)
        .await
        .unwrap();
    let records: Vec<_> = states(records).collect();
    assert_eq!(records, [RecordState::Unknown, RecordState::Waiting]);
    let known = other.register(list(&other, 1..=2)).await.unwrap();
    assert_eq!(known, [Registration::Known(RecordState::Unknown), WAITING]);
    assert!(!dead.intend(id(2, &dead)).await.unwrap(), "another has it");
    // The response that it gets all the same counts.
    let outcome = Outcome {
        transaction_id: Some("1".to_owned()),
        ..Outcome::default()
    };
    dead.settle(id(1, &dead), RecordState::Done, outcome)
        .await
        .unwrap();
    assert_eq!(other.counts().await.unwrap().of(RecordState::Done), 1);
}

#[tokio::test]
async fn clock_set_back_keeps_leases_and_loses_nothing() {
    let place = PostgresPlace::new();
    let dead = place.open().await;
    dead.register(list(&dead, 1..=2)).await.unwrap();
    assert!(dead.intend(id(1, &dead)).await.unwrap());
    drop(dead);
    let (client, connection) = tokio_postgres::connect(&SERVER.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let shift = async |by: &str| {
        let shift = format!(
            "UPDATE napi_batch_{}.worker SET expires = expires + interval '{by}'",
            place.1
        );
        client.batch_execute(&shift).await.unwrap();
    };
    // The clock of the database goes back by a day: from there all leases last a day longer.
    shift("1 day").await;
    let other = place.open().await;
    let known = other.register(list(&other, 1..=2)).await.unwrap();
    assert_eq!(
        known,
        [
            Registration::Known(RecordState::Sending),
            Registration::Leased
        ]
    );
    assert!(!other.intend(id(2, &other)).await.unwrap());
    // It goes on again: what was leased is free, what may have been sent is unknown.
    shift("-2 days").await;
    other.abandon().await.unwrap();
    let known = other.register(list(&other, 1..=2)).await.unwrap();
    assert_eq!(known, [Registration::Known(RecordState::Unknown), WAITING]);
}

#[tokio::test]
async fn late_response_does_not_undo_a_second_sending() {
    let place = PostgresPlace::new();
    let slow = place.worker(NO_TIME).await;
    slow.register(list(&slow, [1])).await.unwrap();
    assert!(slow.intend(id(1, &slow)).await.unwrap());
    let other = place.open().await;
    let requeued = other.requeue(RecordState::Unknown, Selection::All).await;
    assert_eq!(requeued.unwrap(), [id(1, &other)]);
    assert!(other.intend(id(1, &other)).await.unwrap());
    let late = slow
        .settle(id(1, &slow), RecordState::Done, Outcome::default())
        .await;
    assert!(
        matches!(late, Err(JournalError::OutOfTurn { .. })),
        "{late:?}"
    );
    other
        .settle(id(1, &other), RecordState::Failed, Outcome::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn database_that_restarts_is_waited_for() {
    let mut server = PostgresServer::start();
    let address: PostgresAddress = server.url().parse().unwrap();
    let journal = PostgresJournal::open(&address).await.unwrap();
    journal.register(list(&journal, 1..=2)).await.unwrap();
    assert!(journal.intend(id(1, &journal)).await.unwrap());
    server.restart();
    journal
        .settle(id(1, &journal), RecordState::Done, Outcome::default())
        .await
        .unwrap();
    assert!(journal.intend(id(2, &journal)).await.unwrap());
    // And not without end.
    drop(server);
    let gone = address.wait_for_database(Duration::ZERO);
    let error = PostgresJournal::open(&gone).await;
    let is_named = matches!(
        &error,
        Err(JournalError::Storage(StorageError::Unreachable(_)))
    );
    assert!(is_named, "{error:?}");
}

#[tokio::test]
async fn name_without_a_journal_makes_none() {
    let place = PostgresPlace::new();
    for _ in 0..2 {
        let error = PostgresJournal::open_existing(&place.0).await;
        assert!(matches!(error, Err(JournalError::Missing)), "{error:?}");
    }
    let name = with_records(&place, 1).await.batch_name().to_owned();
    let journal = PostgresJournal::open_existing(&place.0).await.unwrap();
    assert_eq!(journal.batch_name(), name);
}

#[tokio::test]
async fn key_that_is_kept_elsewhere_is_needed() {
    let place = PostgresPlace::new();
    let open = async |key| PostgresJournal::open_with(&place.0, LONG, key).await;
    let key = || Some(InputKey::new([7; 32]));
    open(key()).await.unwrap();
    for wrong in [None, Some(InputKey::new([8; 32]))] {
        let error = open(wrong).await;
        assert!(matches!(error, Err(JournalError::KeyDiffers)), "{error:?}");
    }
    open(key()).await.unwrap();
}

#[tokio::test]
async fn server_that_forgets_what_it_commits_is_refused() {
    let server = PostgresServer::with(vec!["fsync=off".to_owned()], |_| ());
    let address: PostgresAddress = server.url().parse().unwrap();
    let error = PostgresJournal::open(&address).await;
    let is_named = matches!(error, Err(JournalError::Storage(StorageError::NotDurable)));
    assert!(is_named, "{error:?}");
}

#[tokio::test]
async fn intent_outlives_a_server_that_commits_asynchronously() {
    // Nothing but a commit writes to the disk within the test.
    let settings = vec!["wal_writer_delay=10s".to_owned()];
    let mut server = PostgresServer::with(settings, |_| ());
    let (client, connection) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let set = "ALTER ROLE test SET synchronous_commit = off";
    client.batch_execute(set).await.unwrap();
    let address: PostgresAddress = server.url().parse().unwrap();
    let journal = PostgresJournal::open(&address).await.unwrap();
    journal.register(list(&journal, [1])).await.unwrap();
    assert!(journal.intend(id(1, &journal)).await.unwrap());
    server.restart();
    let records = journal.records_after(Position::START, None, 1).await;
    assert_eq!(records.unwrap()[0].state, RecordState::Sending);
}

/// Returns a server that takes TLS alone, with a certificate of a CA for this machine's address;
/// the CA and another one are beside it.
fn server_over_tls() -> (PostgresServer, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let authority = || {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    };
    let (ca, other) = (authority(), authority());
    fs::write(folder.path().join("ca.pem"), ca.pem()).unwrap();
    fs::write(folder.path().join("other.pem"), other.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    let settings = [
        "listen_addresses=127.0.0.1",
        "ssl=on",
        "ssl_cert_file=../server.pem",
        "ssl_key_file=../server.key",
    ];
    let server = PostgresServer::with(settings.map(str::to_owned).to_vec(), |server| {
        fs::write(server.join("server.pem"), certificate.pem()).unwrap();
        let path = server.join("server.key");
        fs::write(&path, key.serialize_pem()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    });
    (server, folder)
}

#[tokio::test]
async fn server_is_verified_by_its_ca_and_its_name() {
    let (server, folder) = server_over_tls();
    let open = async |host: &str, ca: &str| {
        let ca = folder.path().join(ca);
        let port = server.port();
        let url = format!(
            "postgres://test@{host}:{port}/postgres?sslrootcert={}",
            ca.display()
        );
        let address: PostgresAddress = url.parse().unwrap();
        PostgresJournal::open(&address.wait_for_database(Duration::ZERO)).await
    };
    let journal = open("127.0.0.1", "ca.pem").await.unwrap();
    journal.register(list(&journal, [1])).await.unwrap();
    for (host, ca) in [("127.0.0.1", "other.pem"), ("localhost", "ca.pem")] {
        let error = open(host, ca).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("certificate"), "{host} {ca}: {text}");
    }
}

#[tokio::test]
async fn server_without_tls_is_refused_unless_told() {
    let settings = vec!["listen_addresses=127.0.0.1".to_owned()];
    let server = PostgresServer::with(settings, |_| ());
    let url = format!("postgres://test@127.0.0.1:{}/postgres", server.port());
    for (more, is_taken) in [("", false), ("?sslmode=disable", true)] {
        let address: PostgresAddress = format!("{url}{more}").parse().unwrap();
        let opened = PostgresJournal::open(&address.wait_for_database(Duration::ZERO)).await;
        assert_eq!(opened.is_ok(), is_taken, "{opened:?}");
    }
}

#[tokio::test]
async fn journal_of_version_1_is_gone_on_with() {
    let place = PostgresPlace::new();
    let journal = with_records(&place, 3).await;
    let name = journal.batch_name().to_owned();
    place.close(journal).await;
    let (client, connection) = tokio_postgres::connect(&SERVER.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let schema = format!("napi_batch_{}", place.1);
    let old = format!(
        "ALTER TABLE {schema}.record DROP CONSTRAINT record_pkey;
         ALTER TABLE {schema}.record ADD PRIMARY KEY (number);
         ALTER TABLE {schema}.record ADD CONSTRAINT record_digest_key UNIQUE (digest);
         DROP INDEX {schema}.record_by_number, {schema}.record_by_state;
         CREATE INDEX record_by_state ON {schema}.record (state, number);
         UPDATE {schema}.record SET reference = '{name}-' || number WHERE number < 3;
         UPDATE {schema}.record SET state = 'done' WHERE number = 1;
         UPDATE {schema}.batch SET version = 1;"
    );
    client.batch_execute(&old).await.unwrap();
    let journal = place.open().await;
    let records = journal.records_after(Position::START, None, 9).await;
    let records = records.unwrap();
    let new = records[1].digest.as_bytes().iter().take(8);
    let new: String = new.map(|byte| format!("{byte:02x}")).collect();
    let references: Vec<_> = records.iter().map(|it| it.reference.as_str()).collect();
    let expected = [
        format!("{name}-1"),
        format!("{name}-{new}"),
        "reference 3".to_owned(),
    ];
    assert_eq!(references, expected);
    let numbers = vec![(records[0].digest, Some(3)), (records[2].digest, Some(1))];
    journal.renumber(numbers).await.unwrap();
    place.close(journal).await;
    // And is of the new version from then on.
    let journal = place.open().await;
    let records = journal.records_after(Position::START, None, 1).await;
    assert_eq!(records.unwrap()[0].reference, "reference 3");
}

#[tokio::test]
async fn schema_with_other_tables_is_left_as_it_is() {
    let place = PostgresPlace::new();
    with_records(&place, 1).await;
    let (client, connection) = tokio_postgres::connect(&SERVER.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let name = format!("napi_batch_{}", place.1);
    let drop = format!("DROP TABLE {name}.worker");
    client.batch_execute(&drop).await.unwrap();
    let error = PostgresJournal::open(&place.0).await;
    assert!(matches!(error, Err(JournalError::Foreign)), "{error:?}");
    let newer = format!("CREATE TABLE {name}.worker (); UPDATE {name}.batch SET version = 3");
    client.batch_execute(&newer).await.unwrap();
    let error = PostgresJournal::open(&place.0).await;
    assert!(
        matches!(
            error,
            Err(JournalError::Newer {
                version: 3,
                known: 2
            })
        ),
        "{error:?}"
    );
}
