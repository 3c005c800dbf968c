//! The table of faults: each under every version of HTTP and TLS and every crypto provider for
//! which it has a meaning, with exactly what the client says and what the server has seen.

mod alerts;
mod answers;
mod handshakes;
mod heads;
mod setting;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use mock_napi::{Account, ConnectionEvent, Event, EventKind, Script};
use test_support::{Customer, Mock};
use tower::ServiceExt;
use transport::{ConnectionInfo, Error, ErrorKind, MtlsClient, Phase, RetryAdvice, Timeouts};

use crate::kinds;
use setting::Setting;

/// A mock, and a customer with a good certificate.
struct Bench {
    mock: Mock,
    customer: Customer,
}

/// The client's outcome of one request on a connection that follows a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Answer(u16),
    Failed(ErrorKind, Phase, RetryAdvice),
}

/// The server's events on that connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saw {
    /// It sent this alert.
    Alert(&'static str),
    /// It sent an alert whose name it does not know: it was put in place of another.
    SomeAlert,
    /// It was sent an alert.
    AlertReceived,
    /// It sent no alert.
    NoAlert,
    /// The handshake was complete.
    Handshake,
    /// The handshake was not.
    NoHandshake,
    /// It met a request.
    Request,
    /// It met none.
    NoRequest,
    /// It reset the connection.
    Reset,
}

/// The request.
#[derive(Clone, Copy)]
enum Ask {
    Get,
    /// An upload of 4 MiB, more than the socket's buffers hold.
    Upload,
}

impl Bench {
    async fn new() -> Self {
        let mock = Mock::start().await.unwrap();
        let customer = Customer::enrolled(Account::ACME, &mock.portal())
            .await
            .unwrap();
        Self { mock, customer }
    }

    fn client(&self, setting: Setting, timeouts: Timeouts) -> MtlsClient<Full<Bytes>> {
        let settings = setting.applied_to(self.mock.trusted().unwrap());
        let settings = settings.identity(&self.customer.identity().unwrap());
        MtlsClient::new(settings.timeouts(timeouts).build().unwrap())
    }

    /// Runs the script under a setting, and asserts what both ends say of it.
    async fn check(&self, setting: Setting, script: &Script, ask: Ask, told: Told, saw: &[Saw]) {
        let (outcome, events) = self.run(setting, script, ask, Timeouts::default()).await;
        self.assert(setting, script, &outcome, &events, told, saw);
    }

    fn assert(
        &self,
        setting: Setting,
        script: &Script,
        outcome: &Result<u16, Error>,
        events: &[Event],
        told: Told,
        saw: &[Saw],
    ) {
        assert_eq!(
            told_of(outcome),
            told,
            "{setting:?} {script:?}\n{outcome:?}\n{events:#?}"
        );
        for saw in saw {
            assert!(
                has_seen(events, *saw),
                "{saw:?}: {setting:?} {script:?}\n{events:#?}"
            );
        }
    }

    async fn run(
        &self,
        setting: Setting,
        script: &Script,
        ask: Ask,
        timeouts: Timeouts,
    ) -> (Result<u16, Error>, Vec<Event>) {
        let script = setting.narrowing(script.clone());
        self.mock.portal().enqueue(&[script]).await.unwrap();
        let client = self.client(setting, timeouts);
        let answer = client.clone().oneshot(ask.of(&self.mock)).await;
        let (outcome, connection) = whole(answer).await;
        drop(client);
        let peer = connection.and_then(|connection| connection.local_addr());
        let events = self.mock.portal().events_of(peer.unwrap()).await.unwrap();
        (outcome, events)
    }
}

fn told_of(outcome: &Result<u16, Error>) -> Told {
    match outcome {
        Ok(status) => Told::Answer(*status),
        Err(error) => Told::Failed(error.kind(), error.phase(), error.retry_advice()),
    }
}

impl Ask {
    fn of(self, mock: &Mock) -> Request<Full<Bytes>> {
        let uri = format!("{}/connection/v1/sayhello/you", mock.base_url());
        match self {
            Self::Get => Request::get(uri).body(Full::default()),
            Self::Upload => Request::post(uri).body(Full::from(vec![b' '; 4 << 20])),
        }
        .unwrap()
    }
}

/// Reads the answer to its end.
async fn whole(
    answer: Result<Response<transport::ResponseBody>, Error>,
) -> (Result<u16, Error>, Option<ConnectionInfo>) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let connection = error.connection().cloned();
            return (Err(error), connection);
        }
    };
    let status = answer.status().as_u16();
    let connection = answer.extensions().get::<ConnectionInfo>().cloned();
    let body = answer.into_body().collect().await;
    (body.map(|_| status), connection)
}

fn has_seen(events: &[Event], saw: Saw) -> bool {
    let kinds = kinds(events);
    let failed = |of: &dyn Fn(&Option<String>, &Option<String>) -> bool| {
        kinds.iter().any(|kind| match kind {
            EventKind::Connection(ConnectionEvent::HandshakeFailed {
                alert_sent,
                alert_received,
                ..
            }) => of(alert_sent, alert_received),
            _ => false,
        })
    };
    let has = |of: fn(&EventKind) -> bool| kinds.iter().any(|kind| of(kind));
    let shaken = has(|kind| {
        matches!(
            kind,
            EventKind::Connection(ConnectionEvent::HandshakeCompleted { .. })
        )
    });
    let asked = has(|kind| {
        matches!(
            kind,
            EventKind::Request { .. }
                | EventKind::Connection(ConnectionEvent::RequestScripted { .. })
        )
    });
    match saw {
        Saw::Alert(name) => failed(&|sent, _| sent.as_deref() == Some(name)),
        Saw::SomeAlert => failed(&|sent, _| sent.is_some()),
        Saw::AlertReceived => failed(&|_, received| received.is_some()),
        Saw::NoAlert => !failed(&|sent, _| sent.is_some()),
        Saw::Handshake => shaken,
        Saw::NoHandshake => !shaken,
        Saw::Request => asked,
        Saw::NoRequest => !asked,
        Saw::Reset => has(|kind| matches!(kind, EventKind::Connection(ConnectionEvent::Reset))),
    }
}
