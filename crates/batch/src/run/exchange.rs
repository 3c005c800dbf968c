//! One record and the service: the intent is written, the request sent, the outcome written.

use std::sync::Arc;

use napi::verifications::VerifyRequest;
use napi::{Client, Error, HttpService};
use tokio::task::JoinSet;

use crate::digest::InputDigest;
use crate::journal::Journal;
use crate::journal::error::JournalError;
use crate::record::{NewRecord, RecordState, Settlement};
use crate::run::end::Unsaved;
use crate::verdict::{Consequence, Verdict, forbidden, judge};

pub(super) type Tasks = JoinSet<Done>;

/// The end of one exchange with the service.
#[derive(Debug)]
pub(super) enum Done {
    /// It is in the journal.
    Settled {
        settlement: Settlement,
        consequence: Consequence,
        is_sent: bool,
        /// A request that may be sent once more.
        again: Option<Box<(NewRecord, VerifyRequest)>>,
    },
    /// Another worker sends it, or has sent it.
    Elsewhere,
    /// There is no result yet.
    Unfinished {
        consequence: Consequence,
        /// Whether to ask once more may bring one.
        may_come: bool,
    },
    /// Nothing was sent, since the intent could not be written.
    NotSent(JournalError),
    /// The service has responded, and the journal does not have it.
    Unsaved(JournalError, Unsaved),
}

/// The names of a record: for the journal, and for a person.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) digest: InputDigest,
    pub(super) number: Option<u64>,
    pub(super) reference: String,
}

/// Sends one record: writes the intent, sends, writes the outcome.
pub(super) async fn send<S: HttpService + Sync, J: Journal>(
    client: Client<S>,
    journal: Arc<J>,
    record: NewRecord,
    request: VerifyRequest,
) -> Done {
    match journal.intend(record.digest).await {
        Ok(true) => {}
        Ok(false) => return Done::Elsewhere,
        Err(error) => return Done::NotSent(error),
    }
    let request = request.customer_reference_id(record.reference.clone());
    let verdict = match client.verify(&request).await {
        // The account's, or the content of this one record? A hello is free.
        Err(Error::Status { status, .. }) if status.as_u16() == 403 => {
            forbidden(client.test_authentication().await.map(drop))
        }
        response => judge(response),
    };
    let key = Key {
        digest: record.digest,
        number: Some(record.number),
        reference: record.reference.clone(),
    };
    let mut done = settle(&*journal, key, verdict, false).await;
    if let Done::Settled {
        settlement,
        consequence: Consequence::SlowDown(..),
        again,
        ..
    } = &mut done
        && settlement.state == RecordState::Waiting
    {
        *again = Some(Box::new((record, request)));
    }
    done
}

/// Writes the outcome of one record, which was sent just now or was pending.
pub(super) async fn settle(
    journal: &impl Journal,
    key: Key,
    verdict: Verdict,
    was_pending: bool,
) -> Done {
    let Key {
        digest,
        number,
        reference,
    } = key;
    let Verdict {
        is_sent,
        state,
        outcome,
        consequence,
    } = verdict;
    match journal.settle(digest, state, outcome.clone()).await {
        Ok(()) => Done::Settled {
            settlement: Settlement {
                number,
                reference,
                state,
                was_pending,
                outcome,
            },
            consequence,
            is_sent,
            again: None,
        },
        Err(error) => Done::Unsaved(
            error,
            Unsaved {
                number,
                reference,
                state,
                outcome,
            },
        ),
    }
}
