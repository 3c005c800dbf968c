//! Connections that do not come about: which end refused the other, and why.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::{client::legacy, rt::TokioExecutor};
use tokio::net::TcpListener;
use tower::ServiceExt;
use transport::{
    Alpn, ClientAuth, ClientCertificateProblem, Error, ErrorKind, Phase, ServerCertificateProblem,
};

use crate::{
    HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    client, get,
    server::{Seen, Server, Settings},
    trusting,
};

const TLS_VERSIONS: [&[&rustls::SupportedProtocolVersion]; 2] =
    [&[&rustls::version::TLS12], &[&rustls::version::TLS13]];

fn they_refused(problem: ClientCertificateProblem) -> ErrorKind {
    ErrorKind::ClientCertificate(problem)
}

fn we_refused(problem: ServerCertificateProblem) -> ErrorKind {
    ErrorKind::ServerCertificate(problem)
}

#[tokio::test]
async fn missing_certificate_is_named_in_every_version() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        for alpn in HTTP_VERSIONS {
            let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
            let client = client(trusting(&ca).alpn(alpn));

            let error = get(&client, &server.uri("/")).await.unwrap_err();

            assert_eq!(
                error.kind(),
                they_refused(ClientCertificateProblem::Required)
            );
            assert_eq!(error.phase(), Phase::Tls);
            let connection = error.connection().unwrap();
            assert_eq!(connection.client_auth(), ClientAuth::NoneAvailable);
            let Seen::Failed {
                peer,
                error: Some(verdict),
            } = &server.seen(1).await[0]
            else {
                panic!("the server did not refuse");
            };
            assert_eq!(verdict, &rustls::Error::NoCertificatesPresented);
            assert_eq!(connection.local_addr(), Some(*peer));
        }
    }
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_named_as_such() {
    let ca = new_ca();
    let stranger = new_ca().client();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = client(trusting(&ca).identity(&stranger));

    let error = get(&client, &server.uri("/")).await.unwrap_err();

    // rustls's server finds a bad signature first: both CAs have the same name.
    assert!(error.is_client_certificate_rejected(), "{error:?}");
    assert_eq!(
        error.connection().unwrap().client_auth(),
        ClientAuth::Presented
    );
    assert!(matches!(&server.seen(1).await[0], Seen::Failed { .. }));
}

// The server closes with the request unread, so that a reset chases the alert: the case in which
// the reason is commonly lost.
#[tokio::test]
async fn the_reason_survives_the_reset_that_follows_it() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    for alpn in HTTP_VERSIONS {
        for _ in 0..50 {
            let client = client(trusting(&ca).alpn(alpn));
            let body = Full::new(Bytes::from(vec![0; 200_000]));
            let request = Request::post(server.uri("/")).body(body).unwrap();

            let error = client.oneshot(request).await.unwrap_err();

            let required = they_refused(ClientCertificateProblem::Required);
            assert_eq!(error.kind(), required, "{alpn:?}: {error:?}");
        }
    }
    assert_eq!(server.seen(100).await.len(), 100);
}

#[tokio::test]
async fn the_reason_is_found_under_another_client() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let connector = trusting(&ca).alpn(Alpn::Http11).build().unwrap();
    let client = legacy::Client::builder(TokioExecutor::new()).build(connector);
    let request = Request::get(server.uri("/"))
        .body(Full::<Bytes>::default())
        .unwrap();

    let error = client.request(request).await.unwrap_err();

    let ours = Error::find(&error).unwrap();
    assert_eq!(
        ours.kind(),
        they_refused(ClientCertificateProblem::Required)
    );
}

// hyper-util does not notice what comes after its pool is ready and before the request is written.
#[tokio::test]
async fn alert_before_the_first_write_is_the_reason() {
    let ca = new_ca();
    for round in 0..20 {
        let settings = Settings::mutual(&ca).versions(TLS_VERSIONS[1]);
        let server = Server::start(settings).await;
        let settings = trusting(&ca).alpn(Alpn::Http11);
        let mut connector = settings.build().unwrap();
        let uri: http::Uri = server.uri("/").parse().unwrap();
        let stream = tower::Service::call(&mut connector, uri.clone()).await;
        // Refused, and closed with a reset, while nothing here reads.
        assert!(matches!(server.seen(1).await[..], [Seen::Failed { .. }]));

        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream.unwrap())
            .await
            .unwrap();
        let driving = tokio::spawn(connection);
        let request = Request::get(uri).body(Full::<Bytes>::default()).unwrap();
        let refused = sender.send_request(request).await.unwrap_err();

        let required = they_refused(ClientCertificateProblem::Required);
        let ended = driving.await.unwrap().err();
        let told = Error::find(&refused).or_else(|| ended.as_ref().and_then(|it| Error::find(it)));
        assert_eq!(
            told.map(Error::kind),
            Some(required),
            "{round}: {refused:?} {ended:?}"
        );
    }
}

#[tokio::test]
async fn server_of_unknown_ca_is_refused_with_an_alert() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = client(trusting(&new_ca()).identity(&ca.client()));

    let error = get(&client, &server.uri("/")).await.unwrap_err();

    assert!(error.is_server_certificate_rejected(), "{error:?}");
    assert_eq!(error.phase(), Phase::Tls);
    let Seen::Failed {
        peer,
        error: Some(heard),
    } = &server.seen(1).await[0]
    else {
        panic!("the server did not hear of it");
    };
    assert!(
        matches!(heard, rustls::Error::AlertReceived(_)),
        "{heard:?}"
    );
    assert_eq!(error.connection().unwrap().local_addr(), Some(*peer));
}

#[tokio::test]
async fn expired_and_misnamed_servers_have_distinct_errors() {
    let ca = new_ca();
    let expired = ca.expired_server("localhost");
    let other_name = ca.server("other.example");
    for (certificate, problem) in [
        (expired, ServerCertificateProblem::Expired),
        (other_name, ServerCertificateProblem::WrongName),
    ] {
        let server = Server::start(Settings::one_sided(certificate)).await;
        let error = get(&client(trusting(&ca)), &server.uri("/"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), we_refused(problem));
        assert!(matches!(&server.seen(1).await[0], Seen::Failed { .. }));
    }
}

#[tokio::test]
async fn the_clock_is_an_argument() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.expired_server("localhost"))).await;
    let in_2020 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_590_000_000);
    // The CA's own certificate is valid then, as rcgen makes it valid since 1975.
    let client = client(trusting(&ca).clock(move || in_2020));

    assert!(get(&client, &server.uri("/")).await.is_ok());
    assert!(matches!(&server.seen(1).await[0], Seen::Connected { .. }));
}

#[tokio::test]
async fn only_absolute_https_uris_are_connected_to() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = client(trusting(&ca).identity(&ca.client()));
    let https = server.uri("/");
    for uri in [
        https.replace("https:", "http:"),
        https.replace("https:", "htps:"),
        "/".into(),
    ] {
        let error = get(&client, &uri).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotHttps, "{uri}");
    }
    // The one connection that the server saw is the good one.
    get(&client, &https).await.unwrap();
    assert_eq!(server.seen(1).await.len(), 1);
}

#[tokio::test]
async fn invalid_port_is_refused_not_taken_for_443() {
    let client = client(trusting(&new_ca()));
    for port in ["65536", "99999", "abc", "84 43", "-1"] {
        for host in ["localhost", "[::1]"] {
            let Ok(uri) = format!("https://{host}:{port}/").parse::<http::Uri>() else {
                continue; // `http` refuses it already
            };
            let error = get(&client, &uri.to_string()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPort, "{uri}");
        }
    }
}

#[tokio::test]
async fn unsendable_request_is_no_connection_failure() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let client = client(settings.alpn(Alpn::Http11));
    for version in [http::Version::HTTP_09, http::Version::HTTP_2] {
        let request = Request::get(server.uri("/")).version(version);
        let request = request.body(Full::<Bytes>::default()).unwrap();

        let error = client.clone().oneshot(request).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Http, "{error:?}");
    }
}

#[tokio::test]
async fn http2_alone_requires_the_server_to_select_it() {
    let ca = new_ca();
    let identity = ca.client();
    for (offered, alpn, connects) in [
        (&[][..], Alpn::Http2, false),
        (&["http/1.1"][..], Alpn::Http2, false),
        (&[][..], Alpn::Http2AndHttp11, true),
        (&["h2"][..], Alpn::Http2, true),
    ] {
        let server = Server::start(Settings::mutual(&ca).alpn(offered)).await;
        let client = client(trusting(&ca).identity(&identity).alpn(alpn));

        let outcome = get(&client, &server.uri("/")).await;

        let refused = outcome.err().map(|error| (error.kind(), error.phase()));
        let expected = (!connects).then_some((ErrorKind::Tls, Phase::Tls));
        assert_eq!(refused, expected, "{offered:?} {alpn:?}");
    }
}

#[tokio::test]
async fn unused_port_is_a_connect_failure() {
    let ca = new_ca();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!(
        "https://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    drop(listener);

    let error = get(&client(trusting(&ca)), &uri).await.unwrap_err();

    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Connect, Phase::Connect)
    );
    assert!(error.connection().is_none());
}

#[tokio::test]
async fn unresolvable_name_is_a_name_failure() {
    // `.invalid` never resolves (RFC 6761, section 6.4).
    let error = get(&client(trusting(&new_ca())), "https://no.such.invalid/").await;

    let error = error.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Resolve, Phase::Resolve)
    );
}
