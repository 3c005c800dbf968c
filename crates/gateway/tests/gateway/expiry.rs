//! Certificates of callers that expire while their connections are open.

use std::time::{Duration, SystemTime};

use gateway::Timeouts;
use mock_tls::Leaf;
use tokio::{
    task::yield_now,
    time::{advance, pause, resume},
};

use crate::context::BOTH;
use crate::tls::{Context, Kept, issued};

const MINUTE: Duration = Duration::from_secs(60);

/// Lets time pass by a clock that is paused, in steps after which both ends do what they can.
async fn pass(time: Duration) {
    for _ in 0..20 {
        advance(time / 20).await;
        for _ in 0..200 {
            yield_now().await;
        }
    }
}

#[tokio::test]
async fn connections_end_when_the_certificate_of_their_caller_expires() {
    let context = Context::new().await;
    let timeouts = Timeouts::default().idle(600 * MINUTE);
    let gateway = context.start(Some(&context.other_ca), |it| it.timeouts(timeouts));
    for alpn in BOTH {
        let open = async |minutes: u32| {
            let now = SystemTime::now();
            let (from, to) = (now - 10 * MINUTE, now + minutes * MINUTE);
            let leaf = Leaf::client("caller.example").valid(from.into(), to.into());
            let caller = context.caller(alpn, Some(&issued(&context.other_ca, &leaf)));
            Kept::open(caller, gateway.addr(), alpn).await
        };
        let (ends, stays) = (open(20).await, open(40).await);
        pause();
        pass(15 * MINUTE).await;
        assert!(ends.is_open() && stays.is_open(), "{alpn:?}");
        pass(10 * MINUTE).await;
        ends.ended().await;
        assert!(stays.is_open(), "{alpn:?}");
        pass(20 * MINUTE).await;
        stays.ended().await;
        resume();
    }
}
