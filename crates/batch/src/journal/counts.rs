//! The records of a batch, counted.

use std::collections::BTreeMap;

use crate::record::RecordState;

/// The most kinds of result that are counted apart; the service has two.
const MOST_RESULTS: usize = 32;

/// The name of all further kinds.
const OTHERS: &str = "others";

/// The records of a batch, counted by state and by result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    states: BTreeMap<RecordState, u64>,
    results: BTreeMap<String, u64>,
    attempts: u64,
}

impl Counts {
    /// Returns how many are in one state.
    #[must_use]
    pub fn of(&self, state: RecordState) -> u64 {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// Returns how many there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.states.values().sum()
    }

    /// Returns how many are done with each result, such as `match`, in the order of their names.
    pub fn results(&self) -> impl Iterator<Item = (&str, u64)> {
        self.results.iter().map(|(name, count)| (&**name, *count))
    }

    /// Returns the number of intents to send that were written in all runs. No more verifications
    /// than these can have been billed.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Adds records of one state and result.
    pub(crate) fn add(
        &mut self,
        state: RecordState,
        result: Option<String>,
        count: u64,
        attempts: u64,
    ) {
        *self.states.entry(state).or_default() += count;
        self.attempts = self.attempts.saturating_add(attempts);
        if let Some(result) = result.filter(|_| state == RecordState::Done) {
            let is_room = self.results.len() < MOST_RESULTS || self.results.contains_key(&result);
            let name = if is_room { result } else { OTHERS.to_owned() };
            *self.results.entry(name).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_by_state_and_result() {
        let mut counts = Counts::default();
        let named = |name: &str| Some(name.to_owned());
        counts.add(RecordState::Done, named("match"), 2, 3);
        counts.add(RecordState::Done, named("nomatch"), 1, 1);
        counts.add(RecordState::Waiting, None, 4, 1);
        assert_eq!((counts.of(RecordState::Done), counts.total()), (3, 7));
        assert_eq!(counts.of(RecordState::Failed), 0);
        let results: Vec<_> = counts.results().collect();
        assert_eq!(results, [("match", 2), ("nomatch", 1)]);
        assert_eq!(counts.attempts(), 5);
    }

    #[test]
    fn endless_kinds_of_result_take_no_endless_room() {
        let mut counts = Counts::default();
        for number in 0..1000 {
            counts.add(RecordState::Done, Some(number.to_string()), 1, 1);
        }
        let of_others = counts.results().find(|(name, _)| *name == OTHERS);
        assert_eq!(of_others, Some((OTHERS, 1000 - MOST_RESULTS as u64)));
        assert_eq!(counts.results().count(), MOST_RESULTS + 1);
    }
}
