//! One verification or search, from its acceptance to its end.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::service::business_search::Found;
use crate::service::known_error::ServiceError;
use crate::service::settings::FinalState;
use crate::service::source::Seen;
use crate::service::verification::Verified;

/// A transaction.
#[derive(Clone)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    /// Another number than its own, by which its record is fetched.
    pub(crate) record_id: String,
    /// The account that owns it.
    pub(crate) account: String,
    pub(crate) country_code: String,
    pub(crate) customer_reference: Option<String>,
    pub(crate) uploaded: OffsetDateTime,
    /// When it is cancelled, if it has not ended by then.
    pub(crate) deadline: Option<OffsetDateTime>,
    pub(crate) finding: Finding,
    pub(crate) input: Map<String, Value>,
    /// The details that the request asked for.
    pub(crate) seen: Seen,
    pub(crate) state: State,
}

/// The outcome of a transaction. It is settled at once, and told when the transaction has ended.
#[derive(Debug, Clone)]
pub(crate) enum Finding {
    Found(Found),
    Verified(Verified),
}

impl Finding {
    /// Returns the errors of the whole request.
    pub(crate) fn request_errors(&self) -> &[ServiceError] {
        match self {
            Self::Found(found) => &found.request_errors,
            Self::Verified(verified) => &verified.request_errors,
        }
    }
}

/// The progress of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Running {
        /// The number of times that it is asked about before it ends.
        polls: u32,
        /// The state in which it is going to end.
        end: FinalState,
    },
    Ended {
        end: FinalState,
        at: OffsetDateTime,
    },
}

impl Transaction {
    /// Counts one question about it, which brings it nearer to its end if the gate before the end
    /// is open.
    pub(crate) fn ask(&mut self, now: OffsetDateTime, is_gate_open: bool) {
        // The time limit comes before the question, by the mock's clock.
        self.expire(now);
        let State::Running { polls, end } = self.state else {
            return;
        };
        if polls > 0 {
            let polls = polls - 1;
            self.state = State::Running { polls, end };
        } else if is_gate_open {
            self.end(end, now);
        }
    }

    /// Ends it as it is to end, however often it was asked about.
    pub(crate) fn finish(&mut self, now: OffsetDateTime) {
        self.expire(now);
        if let State::Running { end, .. } = self.state {
            self.end(end, now);
        }
    }

    /// Cancels it if its time is over.
    pub(crate) fn expire(&mut self, now: OffsetDateTime) {
        let is_running = matches!(self.state, State::Running { .. });
        if is_running && self.deadline.is_some_and(|deadline| deadline <= now) {
            self.end(FinalState::TimeoutCanceled, now);
        }
    }

    fn end(&mut self, end: FinalState, at: OffsetDateTime) {
        self.state = State::Ended { end, at };
    }

    /// Returns whether it ended with a record.
    pub(crate) fn is_completed(&self) -> bool {
        let completed = FinalState::Completed;
        matches!(self.state, State::Ended { end, .. } if end == completed)
    }

    /// Estimates how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        fn size(value: &Value) -> usize {
            match value {
                Value::String(text) => text.len() + 32,
                Value::Array(values) => values.iter().map(size).sum::<usize>() + 32,
                Value::Object(members) if members.is_empty() => 32,
                Value::Object(members) => {
                    let sizes = members
                        .iter()
                        .map(|(name, value)| name.len() + size(value) + 32);
                    NODE + sizes.sum::<usize>()
                }
                _ => 32,
            }
        }
        let errors = match &self.finding {
            Finding::Found(_) => 0,
            Finding::Verified(verified) => verified.record_errors.len(),
        };
        let reference = self.customer_reference.as_ref().map_or(0, String::len);
        1024 + errors * 128 + reference + self.input.values().map(size).sum::<usize>()
    }
}

/// The least that an object takes: a node of a B-tree has room for eleven members.
const NODE: usize = 11 * (size_of::<String>() + size_of::<Value>());

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;
    use time::Duration;

    use super::*;

    pub(crate) fn running(polls: u32, end: FinalState) -> Transaction {
        Transaction {
            id: "1".into(),
            record_id: "2".into(),
            account: "acme".into(),
            country_code: "AU".into(),
            customer_reference: None,
            uploaded: OffsetDateTime::UNIX_EPOCH,
            deadline: None,
            finding: Finding::Verified(Verified::default()),
            input: Map::new(),
            seen: Seen::Always,
            state: State::Running { polls, end },
        }
    }

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn it_ends_after_so_many_questions_and_no_sooner() {
        let mut transaction = running(2, FinalState::Failed);
        for _ in 0..2 {
            transaction.ask(NOW, true);
            assert!(matches!(transaction.state, State::Running { .. }));
        }
        transaction.ask(NOW, true);
        let end = FinalState::Failed;
        assert_eq!(transaction.state, State::Ended { end, at: NOW });
    }

    #[test]
    fn it_does_not_end_before_a_gate() {
        let mut transaction = running(0, FinalState::Completed);
        transaction.ask(NOW, false);
        assert!(!transaction.is_completed());
        transaction.ask(NOW, true);
        assert!(transaction.is_completed());
    }

    #[test]
    fn it_is_cancelled_at_its_deadline_and_stays_so() {
        for finish in [false, true] {
            let mut transaction = running(0, FinalState::Completed);
            let deadline = NOW + Duration::SECOND;
            transaction.deadline = Some(deadline);
            if finish {
                transaction.finish(deadline);
            } else {
                transaction.ask(deadline, true);
            }
            let end = FinalState::TimeoutCanceled;
            let expected = State::Ended { end, at: deadline };
            assert_eq!(transaction.state, expected);
            transaction.finish(NOW);
            assert_eq!(transaction.state, expected);
        }
    }

    #[test]
    fn a_small_object_takes_the_room_of_a_node() {
        let mut transaction = running(2, FinalState::Completed);
        let before = transaction.size();
        let ids = json!(vec![json!({ "Number": "1" }); 1000]);
        transaction.input.insert("NationalIds".into(), ids);
        assert!(transaction.size() >= before + 1000 * NODE);
        transaction.input.clear();
        let empty = json!(vec![json!({}); 1000]);
        transaction.input.insert("NationalIds".into(), empty);
        assert!(transaction.size() < before + 1000 * NODE);
    }

    #[test]
    fn its_size_grows_with_its_input() {
        let mut transaction = running(2, FinalState::Completed);
        let before = transaction.size();
        let image = "x".repeat(1000);
        let document = json!({ "DocumentFrontImage": image });
        transaction.input.insert("Document".into(), document);
        assert!(transaction.size() >= before + 1000);
        transaction.customer_reference = Some("x".repeat(1000));
        assert!(transaction.size() >= before + 2000);
    }
}
