//! Sends an operation through an HTTP service of one's own: here a function that responds from
//! memory.
//!
//! `cargo run --example own_service`

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use napi::{BaseUrl, Client, Credentials, Error, RequestBody};
use tower::service_fn;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let service = service_fn(|request: Request<RequestBody>| async move {
        println!("{} {}", request.method(), request.uri());
        Ok::<_, Error>(Response::new(Full::new(Bytes::from_static(
            b"\"Hello acme-api\"",
        ))))
    });
    let credentials = Credentials::basic("acme-api", "secret")?;
    let client = Client::new(service, BaseUrl::MTLS, credentials);

    println!("{}", client.test_authentication().await?);
    Ok(())
}
