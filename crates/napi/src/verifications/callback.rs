//! A callback of the service, which is a hint and no proof.

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http_service::HttpService;
use crate::id::TransactionId;
use crate::response;
use crate::verifications::{
    GetTransactionStatus, Pending, Progress, TransactionState, TransactionStatus,
};
use crate::version::Version;

/// The body of a callback: a hint that a transaction may have changed.
///
/// **It proves nothing.** A callback of NAPI is not signed, so anyone who knows the URL can send
/// one. It comes more than once, and before the end: with a state such as `InProgress`. So
///
/// 1. respond with status 200 at once, whatever it says, or it comes again;
/// 2. [confirm](Client::confirm) it: the status is read from the service, with the client's own
///    credentials;
/// 3. end the transaction on [`Progress::Completed`] or [`Error::Transaction`] alone, and only
///    once: keep which transactions have ended.
///
/// ```no_run
/// use napi::verifications::{Callback, Progress};
///
/// # async fn run(client: napi::Client, body: &[u8]) -> Result<(), napi::Error> {
/// let callback = Callback::read(body)?;
/// match client.confirm(&callback).await? {
///     Progress::Completed(id) => println!("{:?}", client.transaction_record(&id).await?.status()),
///     _ => {} // it goes on
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pending: Pending,
    state: Option<TransactionState>,
}

impl Callback {
    /// Reads the body of a callback.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if it is not the JSON of a status that names a transaction.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let status: TransactionStatus = response::model(body)?;
        let id = status.transaction_id;
        let id = id.ok_or_else(|| Error::undecoded("TransactionId"))?;
        Ok(Self {
            pending: Pending::new(id),
            state: status.status,
        })
    }

    /// Returns the transaction that it is about. Whoever sent the callback chose it: look it up
    /// among one's own.
    #[must_use]
    pub fn transaction_id(&self) -> &TransactionId {
        self.pending.transaction_id()
    }

    /// Returns whether it says that the transaction has ended. One that does not can be left
    /// unconfirmed.
    #[must_use]
    pub fn claims_end(&self) -> bool {
        let state = self.state.as_ref();
        state.is_some_and(|state| state.is_completed() || state.is_failed())
    }
}

impl<S: HttpService> Client<S> {
    /// Reads the status of the transaction that a callback names, and says by that alone how far it
    /// is.
    ///
    /// # Errors
    ///
    /// [`Error::Transaction`] if it ended without a result, as the service itself says; else as
    /// [`Client::send`].
    pub async fn confirm(&self, callback: &Callback) -> Result<Progress, Error> {
        let status = GetTransactionStatus::new(callback.transaction_id().clone());
        self.confirm_by(&status, callback).await
    }
}

impl<S: HttpService, V: Version> Client<S, V> {
    /// Confirms by the operation that asks for the status, of whichever version.
    pub(crate) async fn confirm_by<E: Endpoint<Response = TransactionStatus, Version = V>>(
        &self,
        status: &E,
        callback: &Callback,
    ) -> Result<Progress, Error> {
        callback.pending.finish(&self.send(status).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_final_state_claims_an_end() {
        let read = |status: &str| {
            let body = format!("{{\"TransactionId\":\"1\",\"Status\":\"{status}\"}}");
            Callback::read(body.as_bytes()).unwrap()
        };
        for status in [
            "Completed",
            "complete",
            "Failed",
            "Canceled",
            "TimeoutCanceled",
        ] {
            assert!(read(status).claims_end(), "{status}");
        }
        for status in ["InProgress", "WaitAsync", "Rethinking", ""] {
            assert!(!read(status).claims_end(), "{status}");
        }
        assert_eq!(read("InProgress").transaction_id().as_str(), "1");
    }

    #[test]
    fn a_body_without_a_transaction_is_no_callback() {
        for body in [
            "",
            "{}",
            "[]",
            "{\"Status\":\"Completed\"}",
            "{\"TransactionId\":\"\"}",
        ] {
            let error = Callback::read(body.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Decode { .. }), "{body}");
        }
    }
}
