//! A batch while its certificates are renewed, revoked and rejected; the mock's log tells what was
//! sent.

use std::future::pending;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use batch::{Batch, Journal, Position, RecordState, SqliteJournal, StopReason, Summary};
use mock_napi::{
    Account, Afterwards, Alert, ClientAuth, ConnectionEvent, Ending, Event, EventKind, Reply,
    Script,
};
use napi::testing;
use napi::verifications::RecordStatus;
use napi::{BaseUrl, Client, RequestBody};
use tempfile::TempDir;
use test_support::{Customer, Mock};
use transport::MtlsClient;

use crate::kinds;

type Transport = MtlsClient<RequestBody>;

/// A mock, a customer of it, and the folder of a journal.
struct Context {
    mock: Mock,
    customer: Customer,
    folder: TempDir,
}

impl Context {
    async fn start() -> Self {
        let mock = Mock::start().await.unwrap();
        let customer = Customer::enrolled(Account::ACME, &mock.portal()).await;
        Self {
            customer: customer.unwrap(),
            mock,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Returns a client with the customer's certificate, and the transport below it.
    fn client(&self) -> (Transport, Client<Transport>) {
        let identity = self.customer.identity().unwrap();
        let connector = self.mock.trusted().unwrap().identity(&identity);
        let transport = Transport::new(connector.build().unwrap());
        let base_url: BaseUrl = self.mock.base_url().parse().unwrap();
        let credentials = self.customer.credentials().unwrap();
        let client = Client::new(transport.clone(), base_url, credentials);
        (transport, client)
    }

    async fn batch(&self) -> Batch<Transport, SqliteJournal> {
        let journal = SqliteJournal::open(self.folder.path().join("journal"));
        Batch::new(self.client().1, journal.await.unwrap()).concurrency(1)
    }

    /// Installs another certificate for the customer's key.
    async fn renew(&self) {
        let request = Customer::request().unwrap().to_pem();
        let portal = self.mock.portal();
        let issued = portal.certificate(Account::ACME, &request).await;
        let certificate = issued.unwrap().unwrap();
        self.customer.install(&certificate).unwrap();
    }

    /// Returns the verifications that the mock saw, each with its status and the certificate.
    async fn seen(&self) -> Vec<(Option<u16>, Option<String>)> {
        let events = self.mock.portal().events().await.unwrap();
        let seen = events.iter().filter_map(verification);
        seen.collect()
    }
}

fn verification(event: &Event) -> Option<(Option<u16>, Option<String>)> {
    let is_verification = |path: &str| path.ends_with("/verify");
    match &event.kind {
        EventKind::Request {
            path,
            status,
            client_certificate_sha256,
            ..
        } if is_verification(path) => Some((Some(*status), client_certificate_sha256.clone())),
        EventKind::Connection(ConnectionEvent::RequestScripted {
            path: Some(path),
            status,
            ..
        }) if is_verification(path) => Some((*status, None)),
        _ => None,
    }
}

fn list(count: usize) -> Cursor<String> {
    let line = |number: usize| {
        format!(
            r#"{{"CountryCode":"IT","ConsentForDataSources":["Credit Agency"],"DataFields":{{"PersonInfo":{{"FirstGivenName":"Ada","FirstSurName":"Mancini {number}","DayOfBirth":4,"MonthOfBirth":7,"YearOfBirth":1978}}}}}}"#
        ) + "\n"
    };
    Cursor::new((1..=count).map(line).collect())
}

async fn states(journal: &impl Journal) -> Vec<RecordState> {
    let records = journal.records_after(Position::START, None, 100).await;
    records.unwrap().into_iter().map(|it| it.state).collect()
}

async fn run(batch: &mut Batch<Transport, SqliteJournal>, count: usize) -> Summary {
    batch.run(list(count), pending()).await.unwrap()
}

#[tokio::test]
async fn rotation_during_a_run_costs_nothing() {
    const RECORDS: usize = 40;
    let context = Context::start().await;
    let (transport, client) = context.client();
    context.renew().await;
    let renewed = context.customer.identity().unwrap();
    let journal = SqliteJournal::open(context.folder.path().join("journal")).await;
    let settled = Arc::new(AtomicUsize::new(0));
    let batch = Batch::new(client, journal.unwrap()).concurrency(4);
    let mut batch = batch.observer(move |_| {
        // With others under way on the connections of the old certificate.
        if settled.fetch_add(1, Ordering::Relaxed) == RECORDS / 2 {
            transport.rotate([&renewed]).unwrap();
        }
    });
    let summary = run(&mut batch, RECORDS).await;
    let all = RECORDS as u64;
    assert_eq!((summary.sent, summary.stopped), (all, None));
    assert_eq!(summary.counts.of(RecordState::Done), all);
    assert_eq!(summary.counts.attempts(), all);
    let seen = context.seen().await;
    assert_eq!(seen.len(), RECORDS);
    assert!(seen.iter().all(|(status, _)| *status == Some(200)));
    let (first, last) = (&seen[0].1, &seen[RECORDS - 1].1);
    assert!(first.is_some() && last.is_some());
    assert_ne!(first, last, "the second half has the new certificate");
}

#[tokio::test]
async fn certificate_rejected_in_the_handshake_leaves_records_waiting() {
    let context = Context::start().await;
    let portal = context.mock.portal();
    let mut batch = context.batch().await;
    assert_eq!(run(&mut batch, 1).await.sent, 1);
    portal.revoke_last(Account::ACME).await.unwrap();
    // As the connections of the first half end: those that follow are rejected.
    batch.into_journal().unwrap().close().await;
    let mut batch = context.batch().await;
    let summary = run(&mut batch, 3).await;
    assert_eq!(
        (summary.sent, summary.stopped),
        (0, Some(StopReason::Certificate))
    );
    let (done, waiting) = (RecordState::Done, RecordState::Waiting);
    assert_eq!(states(batch.journal()).await[..2], [done, waiting]);
    assert_eq!(summary.counts.of(RecordState::Unknown), 0);
    assert_eq!(context.seen().await.len(), 1);
    context.renew().await;
    batch.into_journal().unwrap().close().await;
    let mut batch = context.batch().await;
    let summary = run(&mut batch, 3).await;
    assert_eq!((summary.sent, summary.stopped), (2, None));
    assert_eq!(states(batch.journal()).await, [done; 3]);
    assert_eq!(context.seen().await.len(), 3);
}

/// Returns the response to one verification, as the service gives it.
fn result() -> Reply {
    let result = testing::verify_result(RecordStatus::MATCH);
    Reply::new(200)
        .header("content-type", "application/json")
        .body(serde_json::to_string(&result).unwrap())
}

#[tokio::test]
async fn certificate_rejected_by_a_page_leaves_records_waiting() {
    let context = Context::start().await;
    // On a connection that was used before: the server says that it has passed nothing on.
    let rejected = Script::new().response(result().then(Reply::iis_certificate_revoked()));
    context.mock.portal().enqueue(&[rejected]).await.unwrap();
    let mut batch = context.batch().await;
    let summary = run(&mut batch, 3).await;
    assert_eq!(summary.stopped, Some(StopReason::Certificate));
    let (done, waiting) = (RecordState::Done, RecordState::Waiting);
    let before = states(batch.journal()).await;
    assert_eq!(before[..2], [done, waiting]);
    assert_eq!(statuses(&context).await, [200, 403]);
    let events = context.mock.portal().events().await.unwrap();
    let is_handshake = |kind: &&EventKind| {
        matches!(
            kind,
            EventKind::Connection(ConnectionEvent::ScriptTaken { .. })
        )
    };
    let connections = kinds(&events).into_iter().filter(is_handshake);
    assert_eq!(connections.count(), 1, "one connection was used twice");
    go_on(&context, batch).await;
    assert_eq!(statuses(&context).await, [200, 403, 200, 200]);
}

#[tokio::test]
async fn connection_that_ends_with_its_certificate_is_unknown() {
    let context = Context::start().await;
    // As a server does that is told of a revocation: it ends what is open, and takes nothing new.
    let ended = Script::new().response(result().afterwards(Afterwards::ResetOnNextRequest));
    let rejected = Script::new().client_auth(ClientAuth::Refused {
        alert: Alert::CertificateRevoked,
        ending: Ending::AlertThenFin,
    });
    let scripts = [ended, rejected];
    context.mock.portal().enqueue(&scripts).await.unwrap();
    let mut batch = context.batch().await;
    let summary = run(&mut batch, 3).await;
    assert_eq!(summary.stopped, Some(StopReason::Certificate));
    let (done, unknown) = (RecordState::Done, RecordState::Unknown);
    let before = states(batch.journal()).await;
    assert_eq!(before, [done, unknown, RecordState::Waiting]);
    let batch = go_on(&context, batch).await;
    // What may have been processed is not sent again.
    assert_eq!(states(batch.journal()).await, [done, unknown, done]);
    assert_eq!(statuses(&context).await, [200, 200]);
}

#[tokio::test]
async fn alert_on_a_used_connection_leaves_its_record_unknown() {
    for alert in [Alert::CertificateRevoked, Alert::CertificateExpired] {
        let context = Context::start().await;
        // As a server does that judges the certificate of a connection once more.
        let ended = result().afterwards(Afterwards::AlertOnNextRequest { alert });
        let ended = Script::new().response(ended);
        context.mock.portal().enqueue(&[ended]).await.unwrap();
        let mut batch = context.batch().await;
        let summary = run(&mut batch, 3).await;
        // Its cause is known, and that the request may have been processed before.
        assert_eq!(summary.stopped, Some(StopReason::Certificate), "{alert:?}");
        let (done, unknown) = (RecordState::Done, RecordState::Unknown);
        let before = states(batch.journal()).await;
        assert_eq!(before, [done, unknown, RecordState::Waiting]);
        let batch = go_on(&context, batch).await;
        assert_eq!(states(batch.journal()).await, [done, unknown, done]);
        assert_eq!(statuses(&context).await, [200, 200]);
    }
}

/// Goes on with a live certificate, to the end of the list.
async fn go_on(
    context: &Context,
    batch: Batch<Transport, SqliteJournal>,
) -> Batch<Transport, SqliteJournal> {
    context.renew().await;
    batch.into_journal().unwrap().close().await;
    let mut batch = context.batch().await;
    let summary = run(&mut batch, 3).await;
    assert_eq!(summary.stopped, None);
    assert_eq!(summary.counts.of(RecordState::Waiting), 0);
    batch
}

async fn statuses(context: &Context) -> Vec<u16> {
    let seen = context.seen().await.into_iter();
    seen.map(|(status, _)| status.unwrap()).collect()
}
