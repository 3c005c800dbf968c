//! Alerts on connections that have served requests, in HTTP/1.1 and HTTP/2.

use std::io;

use hyper::Request;
use mock_tls::{Afterwards, Alert, Alpn, ClientAuth, MockServer, Reply, Script, ScriptedResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::fault::start;
use crate::tls_client::{Client, Identity};

const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n";

const ALERTS: [(Alert, &str); 4] = [
    (Alert::CertificateRevoked, "CertificateRevoked"),
    (Alert::CertificateExpired, "CertificateExpired"),
    (Alert::CertificateRequired, "CertificateRequired"),
    (Alert::UnknownCa, "UnknownCA"),
];

fn script(response: impl Into<ScriptedResponse>) -> Script {
    Script::new()
        .alpn(Alpn::Either)
        .client_auth(ClientAuth::NotAsked)
        .response(response)
}

fn reply(afterwards: Afterwards) -> Reply {
    Reply::new(200).body("ab").afterwards(afterwards)
}

async fn connect(mock: &MockServer, script: Script, protocol: &str) -> TlsStream<TcpStream> {
    mock.enqueue(script);
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn(protocol);
    client.connect(mock.addr()).await.unwrap()
}

/// Sends a request, and reads to the end of the body or the end of the connection.
async fn get(stream: &mut TlsStream<TcpStream>) -> io::Result<Vec<u8>> {
    stream.write_all(REQUEST).await?;
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\nab") && stream.read_buf(&mut text).await? > 0 {}
    Ok(text)
}

#[tokio::test]
async fn alert_comes_instead_of_a_response() {
    let mock = start().await;
    for (alert, name) in ALERTS {
        let script = script(ScriptedResponse::Alert { alert });
        let mut stream = connect(&mock, script, "http/1.1").await;
        let error = get(&mut stream).await.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn alert_comes_when_a_used_connection_is_used_again() {
    let mock = start().await;
    for (alert, name) in ALERTS {
        let last = reply(Afterwards::AlertOnNextRequest { alert });
        let replies = reply(Afterwards::Keep).then(last);
        let mut stream = connect(&mock, script(replies), "http/1.1").await;
        for _ in 0..2 {
            assert!(get(&mut stream).await.unwrap().ends_with(b"ab"));
        }
        let error = get(&mut stream).await.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    // Without it, the end of such a connection is an orderly one.
    let closing = script(reply(Afterwards::CloseOnNextRequest));
    let mut stream = connect(&mock, closing, "http/1.1").await;
    assert!(get(&mut stream).await.unwrap().ends_with(b"ab"));
    assert_eq!(get(&mut stream).await.unwrap(), b"");
}

#[tokio::test]
async fn alert_ends_a_used_connection_of_http2() {
    let mock = start().await;
    for (alert, name) in ALERTS {
        let script = script(reply(Afterwards::AlertOnNextRequest { alert }));
        let stream = connect(&mock, script, "h2").await;
        let (mut requests, connection) = h2::client::handshake(stream).await.unwrap();
        let over = tokio::spawn(connection);
        let mut get = async || {
            requests = requests.clone().ready().await?;
            let request = Request::get("https://localhost/a").body(()).unwrap();
            let (response, _) = requests.send_request(request, true)?;
            let mut body = response.await?.into_body();
            let mut whole = Vec::new();
            while let Some(data) = body.data().await {
                whole.extend(data?);
            }
            Ok::<_, h2::Error>(whole)
        };
        assert_eq!(get().await.unwrap(), b"ab");
        let error = get().await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
        let error = over.await.unwrap().unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn late_alert_reads_back_from_json() {
    let alert = Alert::CertificateRevoked;
    let script = script(reply(Afterwards::AlertOnNextRequest { alert }));
    let json = serde_json::to_value(&script).unwrap();
    let expected = serde_json::json!({"alert_on_next_request": {"alert": "certificate_revoked"}});
    assert_eq!(json["response"]["reply"]["afterwards"], expected);
    assert_eq!(serde_json::from_value::<Script>(json).unwrap(), script);
}
