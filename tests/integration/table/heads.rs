//! Heads of responses: what curl reads is read, and what a response could be split by is not.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use mock_napi::{
    Afterwards, ConnectionEvent, EventKind, Handshake, Reply, Script, ScriptedResponse,
};
use tower::ServiceExt;
use transport::{Alpn, ErrorKind, HeadProblem, MtlsClient, MtlsClientBuilder, Phase, RetryAdvice};

use super::{Ask, Bench, Saw, Told, setting::Setting};

const SAW: [Saw; 3] = [Saw::Handshake, Saw::Request, Saw::NoAlert];

fn script(setting: Setting, reply: Reply) -> Script {
    let script = Script::new().response(ScriptedResponse::from(reply));
    match setting.alpn {
        Alpn::Http2 => script.alpn(mock_napi::Alpn::Either),
        _ => script,
    }
}

fn json(status: u16) -> Reply {
    Reply::new(status)
        .header("content-type", "application/json")
        .body(r#"{"TransactionID":"1"}"#)
}

fn unreadable(problem: HeadProblem) -> Told {
    Told::Failed(
        ErrorKind::UnreadableHead(problem),
        Phase::Request,
        RetryAdvice::Never,
    )
}

#[tokio::test]
async fn heads_that_curl_reads_are_read() {
    let bench = Bench::new().await;
    for status in [200, 400, 401] {
        for reply in [json(status).many_fields(200), json(status).large_head(64)] {
            for setting in Setting::all() {
                let script = script(setting, reply.clone());
                let told = Told::Answer(status);
                bench.check(setting, &script, Ask::Get, told, &SAW).await;
            }
        }
        for reply in [
            json(status).control_character_cookie(),
            json(status).folded_cookie(),
            json(status).header("X-eHolala ", "a"),
            json(status).header("X Holala", "a"),
        ] {
            for setting in Setting::with(Alpn::Http11) {
                let script = script(setting, reply.clone());
                let told = Told::Answer(status);
                bench.check(setting, &script, Ask::Get, told, &SAW).await;
            }
        }
    }
}

// Under HTTP/2 the library that hyper stands on ends the connection; the error says what to do.
#[tokio::test]
async fn what_only_http11_is_read_with_names_the_way_out() {
    let bench = Bench::new().await;
    for setting in Setting::with(Alpn::Http2) {
        for reply in [
            json(200).control_character_cookie(),
            json(200).nul_in_value(),
        ] {
            let script = script(setting, reply);
            let (outcome, events) = bench
                .run(setting, &script, Ask::Get, transport::Timeouts::default())
                .await;
            let told = Told::Failed(ErrorKind::Http, Phase::Request, RetryAdvice::Never);
            bench.assert(setting, &script, &outcome, &events, told, &SAW);
            let said = outcome.unwrap_err().to_string();
            assert!(said.contains("Alpn::Http11"), "{said}");
        }
    }
}

#[tokio::test]
async fn response_splitting_heads_are_not_read() {
    let bench = Bench::new().await;
    for (reply, problem, field) in [
        (
            json(200).hidden_chunks(),
            HeadProblem::Framing,
            Some("transfer-encoding"),
        ),
        (
            json(200).second_length(),
            HeadProblem::Framing,
            Some("content-length"),
        ),
        (
            json(200).lone_carriage_return(),
            HeadProblem::ForbiddenByte,
            Some("x-note"),
        ),
        (
            json(200).nul_in_value(),
            HeadProblem::ForbiddenByte,
            Some("x-note"),
        ),
        (json(200).line_without_colon(), HeadProblem::NoField, None),
        (
            json(200).header("transfer-encoding", "\x0bchunked"),
            HeadProblem::Framing,
            Some("transfer-encoding"),
        ),
        (
            json(200).header("Content-Length\x01", "1"),
            HeadProblem::Framing,
            Some("content-length"),
        ),
    ] {
        for setting in Setting::with(Alpn::Http11) {
            let script = script(setting, reply.clone());
            let (outcome, events) = bench
                .run(setting, &script, Ask::Get, transport::Timeouts::default())
                .await;
            bench.assert(
                setting,
                &script,
                &outcome,
                &events,
                unreadable(problem),
                &SAW,
            );
            let error = outcome.unwrap_err();
            assert_eq!(error.header_field(), field);
            for value in ["chunked", "TransactionID", "b=c", "no field at all"] {
                assert!(!format!("{error} {error:?}").contains(value), "{error:?}");
            }
        }
    }
}

/// Sends two requests over HTTP/1.1 to a mock that keeps the connection.
async fn asked_twice(
    bench: &Bench,
    reply: Reply,
    setting: impl Fn(MtlsClientBuilder<Full<Bytes>>) -> MtlsClientBuilder<Full<Bytes>>,
) -> (Vec<Result<http::HeaderMap, ErrorKind>>, usize) {
    let settings = bench.mock.trusted().unwrap().alpn(Alpn::Http11);
    let connector = settings
        .identity(&bench.customer.identity().unwrap())
        .build();
    let client = setting(MtlsClient::builder(connector.unwrap())).build();
    let portal = bench.mock.portal();
    let scripts =
        [(); 2].map(|()| Script::new().response(reply.clone().afterwards(Afterwards::Keep)));
    let before = portal.events().await.unwrap().len();
    portal.enqueue(&scripts).await.unwrap();
    let mut heads = Vec::new();
    for _ in 0..2 {
        let uri = format!("{}/connection/v1/sayhello/you", bench.mock.base_url());
        let request = Request::get(uri).body(Full::default()).unwrap();
        heads.push(match client.clone().oneshot(request).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                assert_eq!(body, r#"{"TransactionID":"1"}"#);
                Ok(head.headers)
            }
            Err(error) => Err(error.kind()),
        });
    }
    let events = portal.events().await.unwrap();
    let is_taken = |event: &&mock_napi::Event| {
        matches!(
            event.kind,
            EventKind::Connection(ConnectionEvent::ScriptTaken { .. })
        )
    };
    (heads, events.iter().skip(before).filter(is_taken).count())
}

#[tokio::test]
async fn an_odd_head_costs_neither_its_neighbours_nor_the_connection() {
    let bench = Bench::new().await;
    let reply = json(200)
        .header("before", "a")
        .control_character_cookie()
        .folded_cookie();
    let (heads, connections) = asked_twice(&bench, reply.header("after", "b"), |it| it).await;
    for head in heads {
        let head = head.unwrap();
        assert_eq!(
            (&head["before"], &head["after"]),
            (&"a".parse().unwrap(), &"b".parse().unwrap())
        );
        let cookies: Vec<_> = head.get_all("set-cookie").iter().collect();
        let folded = "visid_incap_1=a; expires=Wed, 31 Dec 2098 23:59:59 GMT; path=/";
        assert_eq!(
            cookies,
            [folded],
            "the other has no value that could be handed on"
        );
    }
    assert_eq!(connections, 1);
}

#[tokio::test]
async fn limits_of_ones_own_are_kept() {
    let (heads, _) = asked_twice(&Bench::new().await, json(200).many_fields(20), |it| {
        it.max_response_fields(20)
    })
    .await;
    let too_many = ErrorKind::UnreadableHead(HeadProblem::TooManyFields);
    assert!(
        heads
            .iter()
            .all(|head| head.as_ref().unwrap_err() == &too_many)
    );
    let (heads, _) = asked_twice(&Bench::new().await, json(200).many_fields(18), |it| {
        it.max_response_fields(20)
    })
    .await;
    assert!(heads.iter().all(Result::is_ok));
    let (heads, _) = asked_twice(&Bench::new().await, json(200).large_head(9), |it| {
        it.max_response_head(9000)
    })
    .await;
    let too_long = ErrorKind::UnreadableHead(HeadProblem::TooLong);
    assert!(
        heads
            .iter()
            .all(|head| head.as_ref().unwrap_err() == &too_long)
    );
    let more = |it: MtlsClientBuilder<Full<Bytes>>| {
        it.max_response_head(1_000_000).max_response_fields(5000)
    };
    let (heads, _) = asked_twice(&Bench::new().await, json(200).large_head(900), more).await;
    assert!(
        heads.iter().all(Result::is_ok),
        "hyper's own buffer grows with the limit"
    );
}

#[tokio::test]
async fn an_alert_before_the_server_has_proven_itself() {
    let bench = Bench::new().await;
    let alert = mock_napi::Alert::CertificateRevoked;
    for handshake in [
        Handshake::AlertBeforeServerHello { alert },
        Handshake::AlertAfterServerHello { alert },
    ] {
        for setting in Setting::all() {
            let script = Script::new().handshake(handshake);
            let told = Told::Failed(ErrorKind::Tls, Phase::Tls, RetryAdvice::Never);
            let saw = [Saw::NoHandshake, Saw::NoRequest];
            bench.check(setting, &script, Ask::Get, told, &saw).await;
        }
    }
}
