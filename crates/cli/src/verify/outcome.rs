//! The outcome of a verification, for people and for programs.

use anyhow::Result;
use napi::verifications::{
    Pending, Record, RecordStatus, Rejection, TransactionRecord, VerifyResult,
};
use napi::{ServiceError, TransactionId};
use serde_json::{Value, json};

use crate::as_data::as_data;
use crate::record_view::{write_errors, write_findings, write_head};
use crate::styled_text::{PLAIN, RED, StyledText, YELLOW};

/// The outcome, from the response or from the record.
pub(super) enum Outcome {
    Completed(Box<VerifyResult>),
    Pending(Pending),
    Recorded(Box<TransactionRecord>),
    Rejected(Rejection),
}

impl Outcome {
    /// Returns what it came to; nothing where there is no record.
    pub(super) fn status(&self) -> Option<&RecordStatus> {
        match self {
            Self::Completed(result) => result.status(),
            Self::Recorded(record) => record.status(),
            Self::Pending(_) | Self::Rejected(_) => None,
        }
    }

    pub(super) fn data(&self) -> Result<Value> {
        Ok(match self {
            Self::Completed(result) => json!({"state": "completed", "result": as_data(result)?}),
            Self::Recorded(record) => json!({"state": "completed", "record": as_data(record)?}),
            Self::Pending(pending) => {
                json!({"state": "pending", "transaction_id": pending.transaction_id()})
            }
            Self::Rejected(rejection) => json!({
                "state": "rejected",
                "transaction_id": rejection.transaction_id,
                "errors": as_data(&rejection.errors)?,
            }),
        })
    }

    pub(super) fn text(&self) -> StyledText {
        let mut text = StyledText::default();
        match self {
            Self::Completed(it) => write_result(
                &mut text,
                it.record.as_ref(),
                it.transaction_id.as_ref(),
                &it.errors,
            ),
            Self::Recorded(it) => write_result(
                &mut text,
                it.record.as_ref(),
                it.transaction_id.as_ref(),
                &it.errors,
            ),
            Self::Pending(pending) => {
                let id = pending.transaction_id().as_str();
                text.line(YELLOW, "result       not yet: the transaction goes on");
                text.line(PLAIN, &format!("transaction  {id}"));
                text.line(PLAIN, &format!("next         napi-mtls status {id} --wait"));
            }
            Self::Rejected(rejection) => {
                text.line(RED, "result       none: the service gave no record");
                if let Some(id) = &rejection.transaction_id {
                    text.line(PLAIN, &format!("transaction  {}", id.as_str()));
                }
                write_errors(&mut text, rejection.errors.iter());
            }
        }
        text
    }
}

/// Writes a result, whether it came with the response or was asked for later.
fn write_result(
    text: &mut StyledText,
    record: Option<&Record>,
    transaction: Option<&TransactionId>,
    errors: &[ServiceError],
) {
    write_head(text, record, transaction);
    write_findings(text, record, errors);
}
