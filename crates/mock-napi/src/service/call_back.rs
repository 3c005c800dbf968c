//! Callbacks: the status of a transaction, posted to whoever asked for it: once it has ended, and before, and more
//! than once, where the settings say so. They are not signed, as the vendor's are not.
//!
//! Only to this machine, over plain HTTP, so that the mock cannot be used for SSRF. How the real service repeats a
//! callback that fails is not known; here the number does not depend on the answers.

use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::client::conn::http1;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::event::EventKind;
use crate::log::{ConnectionLog, beginning};
use crate::service::render::Render;
use crate::service::settings::ServiceSettings;
use crate::service::transaction::Transaction;
use crate::service::transactions::By;
use crate::vendor::Vendor;

/// A call-back to be made.
pub(crate) struct CallBack {
    pub(crate) transaction_id: String,
    pub(crate) account: String,
    pub(crate) receiver: Receiver,
    /// Of the connection that asked for it.
    pub(crate) log: ConnectionLog,
}

/// Where a call-back goes on this machine.
#[derive(Clone)]
pub(crate) struct Receiver {
    port: u16,
    authority: String,
    path: String,
}

impl Receiver {
    /// Where a call-back to this URL goes; `None` for NAPI's own path, where nobody listens, and for
    /// other machines that no setting turns to this one.
    pub(crate) fn of(url: &str, settings: &ServiceSettings) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        if url.path().ends_with("/connection/v1/async-callback")
            || url.path().ends_with("/v3/connection/async-callback")
        {
            return None;
        }
        let host = url.host()?;
        let is_here = matches!(host, "localhost" | "127.0.0.1")
            && url.scheme_str().is_some_and(|scheme| scheme == "http");
        let own = is_here.then(|| url.port_u16().unwrap_or(80));
        let authority = url.authority()?.as_str();
        // No name and password of a user in it.
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        Some(Self {
            port: settings.call_back_port.or(own)?,
            authority: authority.to_owned(),
            path: url.path_and_query()?.as_str().to_owned(),
        })
    }
}

/// Delivers call-backs until `stop`'s sender is gone.
pub(crate) async fn deliver_all(
    mut wanted: mpsc::Receiver<CallBack>,
    vendor: Arc<Vendor>,
    mut stop: watch::Receiver<()>,
) {
    let mut deliveries = JoinSet::new();
    loop {
        tokio::select! {
            Some(call_back) = wanted.recv(), if deliveries.len() < MOST_AT_ONCE => {
                deliveries.spawn(deliver(call_back, Arc::clone(&vendor)));
            }
            Some(_done) = deliveries.join_next() => {}
            _gone = stop.changed() => break,
        }
    }
    deliveries.shutdown().await;
}

async fn deliver(call_back: CallBack, vendor: Arc<Vendor>) {
    let settings = vendor.service.settings();
    for _ in 0..settings.progress_call_backs {
        tell(&call_back, &vendor, |transaction| {
            Render(&settings).status(transaction)
        })
        .await;
    }
    for _ in 0..settings.forged_call_backs {
        tell(&call_back, &vendor, |transaction| {
            Render(&settings).forged_status(transaction)
        })
        .await;
    }
    if let Some(gate) = &settings.completion_gate {
        vendor.gates.opened(gate).await;
    }
    for _ in 0..settings.call_back_times {
        tell(&call_back, &vendor, |transaction| {
            transaction.finish(vendor.clock.now());
            Render(&settings).status(transaction)
        })
        .await;
    }
}

/// Posts what `status` makes of the transaction, and says so in the log.
async fn tell(
    call_back: &CallBack,
    vendor: &Vendor,
    status: impl FnOnce(&mut Transaction) -> Value,
) {
    let by = By::Id(&call_back.transaction_id);
    let transactions = &vendor.service.transactions;
    let Ok(told) = transactions.with(&call_back.account, by, status) else {
        return;
    };
    let state = told.get("Status").and_then(Value::as_str);
    let state = state.unwrap_or_default().to_owned();
    let settings = vendor.service.settings();
    let body = Render(&settings).styled(told).to_string();
    let answer = tokio::time::timeout(LIMIT, post(&call_back.receiver, body)).await;
    call_back.log.record(EventKind::CallBack {
        transaction_id: call_back.transaction_id.clone(),
        path: beginning(call_back.receiver.path_without_query()),
        state,
        status: answer.ok().flatten(),
    });
}

/// Posts a body; the answer's status, if there is an answer.
async fn post(receiver: &Receiver, body: String) -> Option<u16> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, receiver.port)).await;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream.ok()?)).await.ok()?;
    let request = Request::post(&receiver.path)
        .header(header::HOST, &receiver.authority)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .body(Body::from(body))
        .ok()?;
    let mut answer = pin!(sender.send_request(request));
    let answer = tokio::select! {
        answer = &mut answer => answer,
        // It may have ended behind the answer.
        _ended = connection => answer.await,
    };
    Some(answer.ok()?.status().as_u16())
}

impl Receiver {
    fn path_without_query(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

const LIMIT: Duration = Duration::from_secs(10);
pub(crate) const MOST_AT_ONCE: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn port(url: &str, settings: &ServiceSettings) -> Option<u16> {
        Receiver::of(url, settings).map(|receiver| receiver.port)
    }

    #[test]
    fn a_call_back_goes_to_this_machine_or_nowhere() {
        let settings = ServiceSettings::new();
        assert_eq!(port("http://127.0.0.1:8080/done", &settings), Some(8080));
        assert_eq!(port("http://localhost/done", &settings), Some(80));
        for elsewhere in [
            "https://localhost:8443/done", // its certificate would have to be trusted
            "http://127.0.0.1.example:8080/done",
            "http://10.0.0.1:8080/done",
            "https://acme.example/done",
            "done",
            "",
        ] {
            assert_eq!(port(elsewhere, &settings), None, "{elsewhere}");
        }
    }

    #[test]
    fn its_host_header_has_the_port_of_the_url_and_no_user() {
        let settings = ServiceSettings::new();
        for (url, expected) in [
            ("http://127.0.0.1:8080/done", "127.0.0.1:8080"),
            ("http://user:secret@localhost:8080/done", "localhost:8080"),
            ("http://localhost/done", "localhost"),
        ] {
            let receiver = Receiver::of(url, &settings).unwrap();
            assert_eq!(receiver.authority, expected);
        }
    }

    #[test]
    fn a_port_turns_every_call_back_to_this_machine() {
        let settings = ServiceSettings::new().call_back_port(8080);
        assert_eq!(port("https://acme.example/done?x=1", &settings), Some(8080));
        for nobody in [
            "https://api.trulioo.com/connection/v1/async-callback",
            "https://api.trulioo.com/v3/connection/async-callback",
        ] {
            assert_eq!(port(nobody, &settings), None);
        }
    }
}
