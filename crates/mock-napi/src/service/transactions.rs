//! The transactions of all accounts, as many as there is room for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::service::transaction::Transaction;

/// The transactions; the oldest go first.
#[derive(Default)]
pub(crate) struct Transactions(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    transactions: VecDeque<Transaction>,
    bytes: usize,
}

/// Which of its two numbers a transaction is looked up by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    Id(&'a str),
    RecordId(&'a str),
}

/// Why a transaction is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    OfAnotherAccount,
    Unknown,
}

impl Transactions {
    pub(crate) fn add(&self, transaction: Transaction) {
        let mut kept = self.kept();
        kept.bytes += transaction.size();
        kept.transactions.push_back(transaction);
        while kept.transactions.len() > MOST || kept.bytes > MOST_BYTES {
            let Some(oldest) = kept.transactions.pop_front() else {
                break;
            };
            kept.bytes = kept.bytes.saturating_sub(oldest.size());
        }
    }

    /// Runs a function on a transaction of an account.
    pub(crate) fn with<T>(
        &self,
        account: &str,
        by: By<'_>,
        act: impl FnOnce(&mut Transaction) -> T,
    ) -> Result<T, Missing> {
        let mut kept = self.kept();
        let is_it = |transaction: &&mut Transaction| match by {
            By::Id(id) => transaction.id == id,
            By::RecordId(id) => transaction.record_id == id,
        };
        // From the newest, which is the one that is asked about most.
        match kept.transactions.iter_mut().rev().find(is_it) {
            Some(transaction) if transaction.account == account => Ok(act(transaction)),
            Some(_) => Err(Missing::OfAnotherAccount),
            None => Err(Missing::Unknown),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST: usize = 10_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::service::settings::FinalState;
    use crate::service::transaction::tests::running;

    #[test]
    fn transaction_is_found_by_either_number_within_its_account() {
        let transactions = Transactions::default();
        transactions.add(running(2, FinalState::Completed));
        let find = |account, by| transactions.with(account, by, |found| found.id.clone());
        assert_eq!(find("acme", By::Id("1")).as_deref(), Ok("1"));
        assert_eq!(find("acme", By::RecordId("2")).as_deref(), Ok("1"));
        assert_eq!(find("acme", By::RecordId("1")), Err(Missing::Unknown));
        let foreign = Err(Missing::OfAnotherAccount);
        assert_eq!(find("globex", By::Id("1")), foreign);
    }

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let transactions = Transactions::default();
        let image = "x".repeat(MOST_BYTES / 3);
        for id in ["a", "b", "c"] {
            let mut transaction = running(2, FinalState::Completed);
            transaction.id = id.to_owned();
            transaction
                .input
                .insert("Document".into(), json!({ "LivePhoto": image }));
            transactions.add(transaction);
        }
        let find = |id| transactions.with("acme", By::Id(id), |_| ());
        assert_eq!(find("a"), Err(Missing::Unknown));
        assert_eq!(find("b"), Ok(()));
        assert_eq!(find("c"), Ok(()));
    }
}
