//! A project that verifies people: one function, to be tested.

use std::time::Duration;

use napi::verifications::{Polling, RecordStatus, Verification, VerifyRequest};
use napi::{Client, Error};

/// Verifies a person, and waits up to a minute if the result comes later.
///
/// # Errors
///
/// As [`Client::verify`], [`Client::wait`] and [`Client::transaction_record`].
pub async fn is_match(client: &Client, request: &VerifyRequest) -> Result<bool, Error> {
    let status = match client.verify(request).await? {
        Verification::Pending(pending) => {
            let polling = Polling::new(Duration::from_secs(60)).first_pause(POLL);
            let id = client.wait(&pending, &polling).await?;
            client.transaction_record(&id).await?.status().cloned()
        }
        verification => verification
            .completed()
            .and_then(|result| result.status().cloned()),
    };
    Ok(status == Some(RecordStatus::MATCH))
}

const POLL: Duration = Duration::from_millis(100);
