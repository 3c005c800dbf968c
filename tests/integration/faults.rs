//! A server that misbehaves by script: what the client makes of it, and what the server knows.

use std::time::Duration;

use mock_napi::{
    Account, Afterwards, Alert, Alpn, ClientAuth, ConnectionEvent, Delivery, Ending, Event,
    EventKind, Handshake, KeyExchange, Point, Reply, Script, ScriptedResponse, ServerCertificate,
    Tickets, Versions,
};
use napi::{Client, Error};
use test_support::{Customer, Mock};
use transport::{ClientCertificateProblem, ErrorKind, HttpServer, Phase, Timeouts};

use crate::kinds;

/// Starts a mock, with a customer that has a good certificate, and a client that sends nothing
/// twice, so that each fault is seen.
async fn enrolled() -> (Mock, Customer, Client) {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let client = sending_once(&customer, &mock);
    (mock, customer, client)
}

/// Makes a client as [`Customer::client`] does, without the retries of [`Client::over_mtls`].
fn sending_once(customer: &Customer, mock: &Mock) -> Client {
    let settings = mock.trusted().unwrap();
    let connector = settings.identity(&customer.identity().unwrap()).build();
    let transport = transport::MtlsClient::builder(connector.unwrap()).failover();
    Client::new(
        transport.build(),
        mock.base_url().parse().unwrap(),
        customer.credentials().unwrap(),
    )
}

/// Returns the transport's error of a call that must fail when the next connection takes this
/// script, and what the server knows of that connection.
async fn failed(mock: &Mock, client: &Client, script: Script) -> (transport::Error, Vec<Event>) {
    mock.portal().enqueue(&[script]).await.unwrap();
    let error = client.test_authentication().await.unwrap_err();
    let error = error
        .transport()
        .unwrap_or_else(|| panic!("an answer came: {error:?}"))
        .clone();
    let client = error
        .connection()
        .and_then(transport::ConnectionInfo::local_addr)
        .unwrap();
    let events = mock.portal().events_of(client).await.unwrap();
    (error, events)
}

fn refusal(alert: Alert, ending: Ending) -> Script {
    Script::new().client_auth(ClientAuth::Refused { alert, ending })
}

fn alert_sent(events: &[Event]) -> Option<&str> {
    kinds(events).into_iter().find_map(|kind| match kind {
        EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_sent, .. }) => {
            alert_sent.as_deref()
        }
        _ => None,
    })
}

#[tokio::test]
async fn certificate_alerts_have_distinct_errors_in_either_version() {
    let (mock, customer, _) = enrolled().await;
    for (alert, problem) in [
        (Alert::AccessDenied, ClientCertificateProblem::AccessDenied),
        (Alert::BadCertificate, ClientCertificateProblem::Bad),
        (Alert::CertificateExpired, ClientCertificateProblem::Expired),
        (
            Alert::CertificateRequired,
            ClientCertificateProblem::Required,
        ),
        (Alert::CertificateRevoked, ClientCertificateProblem::Revoked),
        (Alert::CertificateUnknown, ClientCertificateProblem::Unknown),
        (
            Alert::DecryptError,
            ClientCertificateProblem::SignatureRejected,
        ),
        (Alert::HandshakeFailure, ClientCertificateProblem::Unknown),
        (Alert::UnknownCa, ClientCertificateProblem::UnknownCa),
        (
            Alert::UnsupportedCertificate,
            ClientCertificateProblem::Unsupported,
        ),
    ] {
        for versions in [Versions::Tls12, Versions::Tls13] {
            let client = sending_once(&customer, &mock);
            let script = refusal(alert, Ending::AlertThenFin).versions(versions);
            let (error, events) = failed(&mock, &client, script).await;
            assert_eq!(
                (error.kind(), error.phase()),
                (ErrorKind::ClientCertificate(problem), Phase::Tls),
                "{alert:?} {versions:?}"
            );
            assert!(alert_sent(&events).is_some());
        }
    }
}

#[tokio::test]
async fn alert_after_the_request_is_still_reported() {
    let (mock, _, client) = enrolled().await;
    let portal = mock.portal();
    let script = refusal(Alert::CertificateRevoked, Ending::AlertThenFin)
        .versions(Versions::Tls13)
        .gate(Point::BeforeVerdict, "verdict");
    let ((error, _), ()) = tokio::join!(failed(&mock, &client, script), async {
        portal.gate_reached("verdict").await.unwrap();
        portal.open_gate("verdict").await.unwrap();
    });
    assert_eq!(
        error.kind(),
        ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked)
    );
}

#[tokio::test]
async fn reset_without_alert_during_verification_is_a_suspicion() {
    let (mock, customer, _) = enrolled().await;
    for versions in [Versions::Tls12, Versions::Tls13] {
        let client = sending_once(&customer, &mock);
        let script = refusal(Alert::UnknownCa, Ending::Reset).versions(versions);
        let (error, events) = failed(&mock, &client, script).await;
        let suspected = ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected);
        assert_eq!(error.kind(), suspected, "{versions:?}");
        assert_eq!(alert_sent(&events), None);
        assert!(kinds(&events).contains(&&EventKind::Connection(ConnectionEvent::Reset)));
    }
}

#[tokio::test]
async fn alert_before_a_reset_is_reported_if_it_survives() {
    let (mock, customer, _) = enrolled().await;
    for versions in [Versions::Tls12, Versions::Tls13] {
        let client = sending_once(&customer, &mock);
        let script = refusal(Alert::UnknownCa, Ending::AlertThenReset).versions(versions);
        let (error, events) = failed(&mock, &client, script).await;
        // Whether what was not read survives a reset is up to the client's system.
        let told = ErrorKind::ClientCertificate(ClientCertificateProblem::UnknownCa);
        let suspected = ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected);
        assert!(
            [told, suspected].contains(&error.kind()),
            "{versions:?}: {error:?}"
        );
        assert_eq!(alert_sent(&events), Some("UnknownCA"));
        assert!(kinds(&events).contains(&&EventKind::Connection(ConnectionEvent::Reset)));
    }
}

#[tokio::test]
async fn silence_instead_of_a_verdict_ends_at_the_deadline() {
    let (mock, customer, _) = enrolled().await;
    let settings = mock
        .trusted()
        .unwrap()
        .identity(&customer.identity().unwrap())
        .alpn(transport::Alpn::Http11)
        .timeouts(Timeouts::default().request(Duration::from_secs(2)));
    let client = Client::over_mtls(
        settings.build().unwrap(),
        mock.base_url().parse().unwrap(),
        customer.credentials().unwrap(),
    );
    let script = refusal(Alert::UnknownCa, Ending::Silence).versions(Versions::Tls13);
    let (error, events) = failed(&mock, &client, script).await;
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Timeout, Phase::Request)
    );
    assert_eq!(alert_sent(&events), None);
}

#[tokio::test]
async fn what_a_handshake_can_do_without_is_no_error() {
    let (mock, customer, _) = enrolled().await;
    for script in [
        Script::new().versions(Versions::Tls12),
        Script::new().versions(Versions::Tls13),
        Script::new().key_exchange(KeyExchange::Secp384r1),
        Script::new().alpn(Alpn::Ignored),
        Script::new().handshake(Handshake::OneByteAtATime),
        Script::new().tickets(Tickets::None),
        Script::new().tickets(Tickets::Many { count: 16 }),
        Script::new().tickets(Tickets::Refused),
        Script::new().server_certificate(ServerCertificate::Valid),
    ] {
        let client = sending_once(&customer, &mock);
        mock.portal()
            .enqueue(std::slice::from_ref(&script))
            .await
            .unwrap();
        let said = client.test_authentication().await;
        assert_eq!(said.unwrap(), "Hello acme-api", "{script:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_cannot_succeed_is_no_matter_of_certificates() {
    let (mock, _, client) = enrolled().await;
    for script in [
        Script::new().key_exchange(KeyExchange::NoneInCommon),
        Script::new().alpn(Alpn::Other),
    ] {
        let (error, _) = failed(&mock, &client, script.clone()).await;
        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Tls, Phase::Tls),
            "{script:?}"
        );
    }
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_a_broken_connection() {
    let (mock, _, client) = enrolled().await;
    for handshake in [
        Handshake::ClosedOnAccept,
        Handshake::ClosedAfterClientHello,
        Handshake::ResetAfterClientHello,
        Handshake::Cut { bytes: 100 },
    ] {
        let (error, _) = failed(&mock, &client, Script::new().handshake(handshake)).await;
        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Closed, Phase::Tls),
            "{handshake:?}"
        );
    }
    // Nothing is left behind.
    assert!(client.test_authentication().await.is_ok());
}

#[tokio::test]
async fn a_server_certificate_that_went_bad_is_refused_by_us() {
    let (mock, _, client) = enrolled().await;
    for certificate in [
        ServerCertificate::Expired,
        ServerCertificate::OtherName,
        ServerCertificate::SelfSigned,
        ServerCertificate::UnknownCa,
    ] {
        let script = Script::new().server_certificate(certificate);
        let (error, events) = failed(&mock, &client, script).await;
        assert!(
            error.is_server_certificate_rejected(),
            "{certificate:?}: {error:?}"
        );
        assert!(kinds(&events).iter().any(|kind| matches!(
            kind,
            EventKind::Connection(ConnectionEvent::HandshakeFailed {
                alert_received: Some(_),
                ..
            })
        )));
    }
}

#[tokio::test]
async fn unambiguous_rejection_response_is_a_certificate_rejection() {
    let (mock, _, client) = enrolled().await;
    for (reply, client_auth, problem) in [
        (
            Reply::nginx_no_certificate(),
            ClientAuth::NotAsked,
            ClientCertificateProblem::Required,
        ),
        (
            Reply::nginx_certificate_error(),
            ClientAuth::Unjudged,
            ClientCertificateProblem::Unknown,
        ),
    ] {
        let script = Script::new().client_auth(client_auth).response(reply);
        let (error, _) = failed(&mock, &client, script).await;
        assert_eq!(error.kind(), ErrorKind::ClientCertificate(problem));
        let refusal = error.http_refusal().unwrap();
        assert_eq!(
            (refusal.server(), refusal.status().as_u16()),
            (HttpServer::Nginx, 400)
        );
    }
}

#[tokio::test]
async fn other_refusals_by_an_answer_keep_their_status() {
    let (mock, _, client) = enrolled().await;
    for (reply, expected) in [
        (Reply::gateway_forbidden(), 403),
        (Reply::content_too_large(), 413),
        (Reply::too_many_requests("120"), 429),
        (Reply::too_many_requests("-1 soon"), 429),
        (
            Reply::service_unavailable("Fri, 31 Dec 2099 23:59:59 GMT"),
            503,
        ),
    ] {
        let script = Script::new()
            .client_auth(ClientAuth::Unjudged)
            .response(reply);
        mock.portal().enqueue(&[script]).await.unwrap();
        let error = client.test_authentication().await.unwrap_err();
        let Error::Status { status, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(status, expected);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_its_body_says_so() {
    let (mock, _, client) = enrolled().await;
    for delivery in [
        Delivery::HalfThenClose,
        Delivery::HalfThenCut,
        Delivery::HalfThenReset,
    ] {
        let reply = Reply::new(200)
            .body("\"Hello acme-api\"")
            .delivery(delivery);
        // The end comes when the head has certainly arrived: a reset can overtake it.
        let gate = format!("{delivery:?}");
        let script = Script::new().response(reply).gate(Point::MidBody, &gate);
        let portal = mock.portal();
        let ((error, events), ()) = tokio::join!(failed(&mock, &client, script), async {
            portal.gate_reached(&gate).await.unwrap();
            portal.open_gate(&gate).await.unwrap();
        });
        assert_eq!(error.kind(), ErrorKind::Closed, "{delivery:?}: {error:?}");
        if delivery != Delivery::HalfThenReset {
            assert_eq!(error.phase(), Phase::Body, "{delivery:?}");
        }
        assert!(kinds(&events).iter().any(|kind| matches!(
            kind,
            EventKind::Connection(ConnectionEvent::RequestScripted {
                status: Some(200),
                ..
            })
        )));
    }
}

#[tokio::test]
async fn no_answer_and_what_is_none() {
    let (mock, _, client) = enrolled().await;
    for (answer, kind) in [
        (ScriptedResponse::Empty, ErrorKind::Closed),
        (ScriptedResponse::Reset, ErrorKind::Closed),
        (ScriptedResponse::Garbage, ErrorKind::Http),
    ] {
        let script = Script::new().response(answer.clone());
        let (error, _) = failed(&mock, &client, script).await;
        assert_eq!(
            (error.kind(), error.phase()),
            (kind, Phase::Request),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_kept_connection_that_closed_meanwhile_costs_no_error() {
    let (mock, _, client) = enrolled().await;
    let portal = mock.portal();
    let reply = Reply::new(200)
        .body("\"Hello acme-api\"")
        .afterwards(Afterwards::CloseUnannounced);
    let script = Script::new()
        .response(reply)
        .gate(Point::BeforeClose, "close");
    portal.enqueue(&[script]).await.unwrap();
    assert!(client.test_authentication().await.is_ok());
    let reached = portal.gate_reached("close").await.unwrap();
    portal.open_gate("close").await.unwrap();
    portal.events_of(reached.peer).await.unwrap();
    assert!(client.test_authentication().await.is_ok());
}

#[tokio::test]
async fn kept_connection_ending_on_next_request_is_broken() {
    let (mock, customer, _) = enrolled().await;
    for afterwards in [
        Afterwards::CloseOnNextRequest,
        Afterwards::ResetOnNextRequest,
    ] {
        let client = sending_once(&customer, &mock);
        let reply = Reply::new(200)
            .body("\"Hello acme-api\"")
            .afterwards(afterwards);
        let script = Script::new().response(reply);
        mock.portal().enqueue(&[script]).await.unwrap();
        assert!(client.test_authentication().await.is_ok());
        // The server may have seen this request, so it is not sent again behind the caller's back.
        let error = client.test_authentication().await.unwrap_err();
        let error = error.transport().unwrap();
        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Closed, Phase::Request),
            "{afterwards:?}"
        );
    }
}

#[tokio::test]
async fn late_alert_on_a_used_connection_is_named() {
    let (mock, customer, _) = enrolled().await;
    let client = sending_once(&customer, &mock);
    let alert = Alert::CertificateRevoked;
    let reply = Reply::new(200)
        .body("\"Hello acme-api\"")
        .afterwards(Afterwards::AlertOnNextRequest { alert });
    let script = Script::new().response(reply);
    mock.portal().enqueue(&[script]).await.unwrap();
    assert!(client.test_authentication().await.is_ok());
    let error = client.test_authentication().await.unwrap_err();
    // The request may have been processed before the server looked again.
    assert!(error.is_client_certificate_rejected() && !error.is_unprocessed());
    assert_eq!(
        error.transport().unwrap().kind(),
        ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked)
    );
}

#[tokio::test]
async fn requests_that_http2_refuses_are_no_matter_of_certificates() {
    let (mock, customer, _) = enrolled().await;
    for answer in [
        ScriptedResponse::ResetStream { error_code: 7 },
        ScriptedResponse::GoAway { error_code: 0 },
    ] {
        let client = sending_once(&customer, &mock);
        mock.portal()
            .repeat(&Script::new().response(answer.clone()))
            .await
            .unwrap();
        let error = client.test_authentication().await.unwrap_err();
        let error = error.transport().unwrap();
        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Closed, Phase::Request),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_asks_for_no_certificate_is_seen() {
    let (mock, _, client) = enrolled().await;
    let script = Script::new()
        .client_auth(ClientAuth::NotAsked)
        .response(ScriptedResponse::Empty);
    let (error, _) = failed(&mock, &client, script).await;
    assert_eq!(
        error.connection().unwrap().client_auth(),
        transport::ClientAuth::NotRequested
    );
}
