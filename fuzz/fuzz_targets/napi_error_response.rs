//! The body of a response with any status and coding, through the client: the message of an error
//! response.

#![no_main]

use std::{convert::Infallible, future::ready, pin::pin, task::Context, task::Waker};

use http::Response;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use napi::{BaseUrl, Client, Credentials};

const CODINGS: [&str; 5] = ["identity", "gzip", "deflate", "br", "deflate, gzip"];

fuzz_target!(|input: (u16, u8, &[u8])| {
    let (status, coding, body) = input;
    let coding = CODINGS[usize::from(coding) % CODINGS.len()];
    let body = Full::new(bytes::Bytes::copy_from_slice(body));
    let answer = Response::builder().status(status).header("content-encoding", coding);
    let Ok(answer) = answer.body(body) else {
        return;
    };
    let service = tower::service_fn(move |_| ready(Ok::<_, Infallible>(answer.clone())));
    let client = Client::new(
        service,
        BaseUrl::MTLS,
        Credentials::basic("a", "b").unwrap(),
    );
    let call = pin!(client.test_authentication());
    assert!(
        call.poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
});
