//! Checks a person as one would in production: inputs first, then the call, then the wait if there
//! is one.
//!
//! The service here responds from memory. `cargo run --example person_check`

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use napi::verifications::{PersonInfo, Polling, Verification, VerifyRequest};
use napi::{BaseUrl, Client, CountryCode, Credentials, Error, RequestBody};
use tower::service_fn;

const FIELDS: &str = include_str!("../tests/samples/recommendedfields-AU-response.json");
const ACCEPTED: &str = include_str!("../tests/samples/verify-response-async-accepted-live.json");
const RECORD: &str = include_str!("../tests/samples/transactionrecord-response-match.json");
const DONE: &str = r#"{"TransactionRecordId":"c47d485d","Status":"Completed"}"#;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let service = service_fn(|request: Request<RequestBody>| async move {
        let path = request.uri().path();
        println!("{} {path}", request.method());
        let body = match path.rsplit('/').next() {
            Some("AU") => FIELDS,
            Some("verify") => ACCEPTED,
            Some("status") => DONE,
            _ => RECORD,
        };
        Ok::<_, Error>(Response::new(Full::new(Bytes::from_static(
            body.as_bytes(),
        ))))
    });
    let credentials = Credentials::basic("acme-api", "secret")?;
    let client = Client::new(service, BaseUrl::MTLS, credentials);

    let australia: CountryCode = "AU".parse()?;
    let person = PersonInfo::named("John", "Smith").born(1983, 3, 5);
    let request = VerifyRequest::new(australia.clone(), person)
        .callback_url(client.base_url().async_callback());
    client.fields(&australia).await?.check(&request)?;

    match client.verify(&request).await? {
        Verification::Completed(result) => println!("{:?}", result.status()),
        Verification::Pending(pending) => {
            let polling = Polling::new(Duration::from_secs(300));
            let id = client.wait(&pending, &polling).await?;
            println!("{:?}", client.transaction_record(&id).await?.status());
        }
        other => println!("{other:?}"),
    }
    Ok(())
}
