//! Callbacks: the status of a transaction, posted to whoever asked for it: once it has ended, and
//! before, and more than once, where the settings say so. They are not signed, as the vendor's are
//! not.
//!
//! Only to this machine, over plain HTTP, so that the mock cannot be used for SSRF. How the real
//! service repeats a callback that fails is not known; here the number does not depend on the
//! responses.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use mock_tls::beginning;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::event::EventKind;
use crate::service::callback::{Callback, Receiver};
use crate::service::render::Render;
use crate::service::transaction::Transaction;
use crate::service::transactions::By;
use crate::vendor::Vendor;

/// Delivers callbacks until `stop`'s sender is gone.
pub(crate) async fn deliver_all(
    mut wanted: mpsc::Receiver<Callback>,
    vendor: Arc<Vendor>,
    mut stop: watch::Receiver<()>,
) {
    let mut deliveries = JoinSet::new();
    loop {
        tokio::select! {
            // Receivers may be slow; beyond this many, callbacks wait in the channel.
            Some(callback) = wanted.recv(), if deliveries.len() < MOST_AT_ONCE => {
                deliveries.spawn(deliver(callback, Arc::clone(&vendor)));
            }
            // Makes room for the next one; the outcome is in the log.
            Some(_done) = deliveries.join_next() => {}
            _gone = stop.changed() => break,
        }
    }
    deliveries.shutdown().await;
}

async fn deliver(callback: Callback, vendor: Arc<Vendor>) {
    let settings = vendor.service.settings();
    for _ in 0..settings.progress_callbacks {
        tell(&callback, &vendor, |transaction| {
            Render(&settings).status(transaction)
        })
        .await;
    }
    for _ in 0..settings.forged_callbacks {
        tell(&callback, &vendor, |transaction| {
            Render(&settings).forged_status(transaction)
        })
        .await;
    }
    if let Some(gate) = &settings.completion_gate {
        // A callback says that the transaction has ended, and that waits for the gate.
        vendor.server.gates().opened(gate).await;
    }
    for _ in 0..settings.callback_times {
        tell(&callback, &vendor, |transaction| {
            // Posting ends the transaction: who is called back need not poll.
            transaction.finish(vendor.server.clock().now());
            Render(&settings).status(transaction)
        })
        .await;
    }
}

/// Posts what `status` makes of the transaction, and says so in the log.
async fn tell(
    callback: &Callback,
    vendor: &Vendor,
    status: impl FnOnce(&mut Transaction) -> Value,
) {
    let by = By::Id(&callback.transaction_id);
    let transactions = &vendor.service.transactions;
    let Ok(told) = transactions.with(&callback.account, by, status) else {
        return;
    };
    let state = told.get("Status").and_then(Value::as_str);
    let state = state.unwrap_or_default().to_owned();
    let settings = vendor.service.settings();
    let body = Render(&settings).styled(told).to_string();
    // Not repeated on failure: how often the vendor tries again is not documented.
    let response = tokio::time::timeout(LIMIT, post(&callback.receiver, body)).await;
    callback.log.record(EventKind::Callback {
        transaction_id: callback.transaction_id.clone(),
        path: beginning(callback.receiver.path_without_query()),
        state,
        status: response.ok().flatten(),
    });
}

/// Posts a body; the response's status, if there is a response.
async fn post(receiver: &Receiver, body: String) -> Option<u16> {
    // Loopback, or a host that was allowed by name at the start, whatever else the URL names, so
    // that the mock cannot be used for SSRF.
    let stream = TcpStream::connect((&*receiver.machine, receiver.port)).await;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream.ok()?)).await.ok()?;
    let request = Request::post(&receiver.path)
        .header(header::HOST, &receiver.host)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .body(Body::from(body))
        .ok()?;
    let mut response = pin!(sender.send_request(request));
    let response = tokio::select! {
        response = &mut response => response,
        // It may have ended behind the response.
        _ended = connection => response.await,
    };
    Some(response.ok()?.status().as_u16())
}

const LIMIT: Duration = Duration::from_secs(10);
pub(crate) const MOST_AT_ONCE: usize = 1_000;
