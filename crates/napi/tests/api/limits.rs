//! Layers of tower around the service: how many calls at once, and how many in a second.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use napi::{BaseUrl, Client, Credentials, RequestBody};
use tokio::{sync::Semaphore, task::yield_now, time::Instant};
use tower::{ServiceBuilder, service_fn};

fn credentials() -> Credentials {
    Credentials::basic("acme-api", "acme-password").unwrap()
}

/// Lets everything run that can.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test]
async fn concurrency_limit_counts_calls_of_all_clones() {
    let begun = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Semaphore::new(0));
    let (counted, waiting) = (Arc::clone(&begun), Arc::clone(&gate));
    let service = service_fn(move |_: Request<RequestBody>| {
        let gate = Arc::clone(&waiting);
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            gate.acquire().await.unwrap().forget();
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("\"Hello acme-api\""))))
        }
    });
    let service = ServiceBuilder::new().concurrency_limit(2).service(service);
    let client = Client::new(service, BaseUrl::MTLS, credentials());
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.test_authentication().await })
        })
        .collect();
    // One more begins for each that ends.
    for expected in [2, 3, 4, 5] {
        settle().await;
        assert_eq!(begun.load(Ordering::SeqCst), expected);
        gate.add_permits(1);
    }
    gate.add_permits(1);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), "Hello acme-api");
    }
}

/// Pauses the clock, which jumps when no task has anything left to do.
#[tokio::test(start_paused = true)]
async fn no_more_calls_begin_in_a_second_than_the_limit() {
    let start = Instant::now();
    let service = service_fn(move |_: Request<RequestBody>| async move {
        let second = start.elapsed().as_secs();
        let codes = format!("[\"{second}\"]");
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(codes))))
    });
    let service = ServiceBuilder::new()
        .buffer(64)
        .rate_limit(2, Duration::from_secs(1))
        .service(service);
    let client = Client::new(service, BaseUrl::MTLS, credentials());
    let mut seconds = Vec::new();
    for _ in 0..6 {
        let codes = client.country_codes().await.unwrap();
        seconds.extend(codes.iter().map(|code| code.as_str().to_owned()));
    }
    assert_eq!(seconds, ["0", "0", "1", "1", "2", "2"]);
}
