//! Scripts and gates.

use std::time::Duration;

use mock_tls::{
    Alert, ClientAuth, ConnectionEvent, Ending, Event, MockServer, Point, Reply, Script,
};

use crate::client::{LIMIT, events_of, get};

#[tokio::test]
async fn every_named_fault_is_taken_by_its_connection() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    for (number, name) in (1..).zip(Script::names()) {
        let script = Script::named(name).unwrap();
        server.enqueue(script.clone());
        // Some faults are silence, which the client gives up.
        let patience = Duration::from_millis(200);
        let _heard = tokio::time::timeout(patience, get(&server, Some(&identity))).await;
        let events = events_of(&server, number).await;
        let taken = ConnectionEvent::ScriptTaken {
            script: Box::new(script),
        };
        assert_eq!(events.get(1), Some(&taken), "{name}");
    }
    let response = get(&server, Some(&identity)).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
}

#[tokio::test]
async fn scripted_refusal_reaches_the_client_and_the_log() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    server.enqueue(Script::new().client_auth(ClientAuth::Refused {
        alert: Alert::AccessDenied,
        ending: Ending::AlertThenFin,
    }));
    let error = get(&server, Some(&identity)).await.unwrap_err();
    assert!(error.to_string().contains("AccessDenied"), "{error}");
    let events = events_of(&server, 1).await;
    let sent = events.iter().any(|event| {
        matches!(event, ConnectionEvent::HandshakeFailed { alert_sent: Some(alert), .. }
            if alert == "AccessDenied")
    });
    assert!(sent, "{events:?}");
}

#[tokio::test]
async fn reply_of_a_script_stands_in_for_the_service() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    server.repeat(Script::new().response(Reply::too_many_requests("120")));
    let response = get(&server, Some(&identity)).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 429"), "{response}");
    assert!(response.contains("retry-after: 120"), "{response}");
    let events = events_of(&server, 1).await;
    let is_scripted = |event: &ConnectionEvent| {
        matches!(
            event,
            ConnectionEvent::RequestScripted {
                status: Some(429),
                ..
            }
        )
    };
    assert!(events.iter().any(is_scripted), "{events:?}");

    server.clear_scripts();
    let response = get(&server, Some(&identity)).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
}

#[tokio::test]
async fn response_waits_until_its_gate_opens() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    server.enqueue(Script::new().gate(Point::BeforeResponse, "held"));
    let request = get(&server, Some(&identity));
    let gate = async {
        let is_reached = |event: &Event| matches!(event.kind, ConnectionEvent::GateReached { .. });
        server.wait_for(is_reached).await;
        let is_closed = server
            .events()
            .iter()
            .any(|event| event.kind == ConnectionEvent::Closed);
        assert!(!is_closed, "the response did not wait");
        server.open_gate("held");
    };
    let both = async { tokio::join!(request, gate) };
    let (response, ()) = tokio::time::timeout(LIMIT, both).await.unwrap();
    assert!(response.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn shutdown_ends_a_connection_that_waits_at_a_gate() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    let address = server.addr();
    server.enqueue(Script::new().gate(Point::BeforeServerHello, "never"));
    let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
    let connecting = crate::client::connect(&server, Some(&identity), tcp);
    let waiting = async {
        let is_reached = |event: &Event| matches!(event.kind, ConnectionEvent::GateReached { .. });
        server.wait_for(is_reached).await;
    };
    tokio::select! {
        _ = connecting => panic!("the gate is not open"),
        () = waiting => {}
    }
    tokio::time::timeout(LIMIT, server.shutdown())
        .await
        .unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
