//! One request, and the statements of both ends on the connection that it went over.

use std::convert::Infallible;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Channel, Full, channel, combinators::UnsyncBoxBody};
use test_support::tls_server::{CLIENT_CERTIFICATE, CLIENT_PORT};
use tower::Service;
use transport::{ConnectionInfo, Generation, MtlsClient, ResponseBody};

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;
pub(crate) type Client = MtlsClient<Body>;

/// The generation of a connection by our client, and its certificate by the server.
#[derive(Debug)]
pub(crate) struct Agreed {
    pub(crate) generation: Generation,
    pub(crate) certificate: String,
}

const LARGE: usize = 64 * 1024;

/// Sends a request of one of three sizes and reads the response to its end.
pub(crate) async fn exchange(
    client: &mut Client,
    uri: &str,
    number: usize,
) -> anyhow::Result<Agreed> {
    let byte = u8::try_from(number % 251)?;
    let body = match number % 8 {
        0 => Bytes::from(vec![byte; LARGE]),
        1..4 => Bytes::from(vec![byte; 1_000]),
        _ => Bytes::new(),
    };
    let length = body.len();
    let request = Request::post(uri).body(Body::new(Full::new(body)))?;
    let response = client.call(request).await?;
    let agreed = agreed(&response)?;
    let echo = response.into_body().collect().await?.to_bytes();
    ensure!(
        echo.len() == length && echo.iter().all(|it| *it == byte),
        "another body came back"
    );
    Ok(agreed)
}

/// Compares the port, which both ends know.
fn agreed(response: &Response<ResponseBody>) -> anyhow::Result<Agreed> {
    ensure!(response.status() == 200, "status {}", response.status());
    let info: &ConnectionInfo = response.extensions().get().context("no ConnectionInfo")?;
    let port = header(response.headers(), CLIENT_PORT)?;
    let local = info.local_addr().context("no local address")?.port();
    ensure!(
        port == local.to_string(),
        "we say port {local}, the server says {port}"
    );
    Ok(Agreed {
        generation: info.generation(),
        certificate: header(response.headers(), CLIENT_CERTIFICATE)?.to_owned(),
    })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> anyhow::Result<&'a str> {
    let value = headers.get(name).context("a header is missing")?;
    Ok(value.to_str()?)
}

/// A request of which one half is sent and the echo of that half received.
pub(crate) struct Held {
    agreed: Agreed,
    rest: channel::Sender<Bytes>,
    echo: ResponseBody,
}

impl Held {
    pub(crate) async fn start(client: &Client, uri: &str) -> anyhow::Result<Self> {
        let (mut rest, body) = Channel::new(1);
        let sent = rest.send_data(half(1)).await;
        sent.context("the body was not taken")?;
        let request = Request::post(uri).body(Body::new(body))?;
        let response = client.clone().call(request).await?;
        let agreed = agreed(&response)?;
        let mut echo = response.into_body();
        read_half(&mut echo, 1).await?;
        Ok(Self { agreed, rest, echo })
    }

    /// Sends the other half and receives what is missing.
    pub(crate) async fn finish(mut self) -> anyhow::Result<Agreed> {
        let sent = self.rest.send_data(half(2)).await;
        sent.context("the rest of the body was not taken")?;
        drop(self.rest);
        read_half(&mut self.echo, 2).await?;
        let end = self.echo.collect().await?.to_bytes();
        ensure!(end.is_empty(), "more came back than was sent");
        Ok(self.agreed)
    }
}

fn half(byte: u8) -> Bytes {
    Bytes::from(vec![byte; LARGE / 2])
}

async fn read_half(echo: &mut ResponseBody, byte: u8) -> anyhow::Result<()> {
    let mut length = 0;
    while length < LARGE / 2 {
        let frame = echo.frame().await.context("the body was cut off")??;
        let data = frame.into_data().unwrap_or_default();
        ensure!(data.iter().all(|it| *it == byte), "another body came back");
        length += data.len();
    }
    ensure!(length == LARGE / 2, "more came back than was sent");
    Ok(())
}
