//! The command line of a benchmark.

use std::env;

/// Counts, and the names of what is to be measured.
///
/// Without `--bench`, as under `cargo test`, or with `--quick`, counts are small: enough to see
/// that everything works.
#[derive(Debug)]
pub struct Arguments {
    is_quick: bool,
    options: Vec<String>,
    counts: Vec<usize>,
    names: Vec<String>,
}

impl Arguments {
    /// Reads those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(env::args().skip(1))
    }

    fn new(arguments: impl Iterator<Item = String>) -> Self {
        let arguments: Vec<_> = arguments.collect();
        let has = |option: &str| arguments.iter().any(|argument| argument == option);
        let is_quick = has("--quick") || !has("--bench");
        let (options, words): (Vec<_>, Vec<_>) = arguments
            .into_iter()
            .partition(|word| word.starts_with("--"));
        let (counts, names): (Vec<_>, _) = words
            .into_iter()
            .partition(|word| word.parse::<usize>().is_ok());
        Self {
            is_quick,
            options,
            counts: counts.iter().flat_map(|count| count.parse()).collect(),
            names,
        }
    }

    /// Tells whether an option such as `--instructions` was given.
    #[must_use]
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|given| given == option)
    }

    /// Returns the count at a place among the arguments, or else the usual one; never zero.
    #[must_use]
    pub fn count(&self, place: usize, usual: usize, quick: usize) -> usize {
        let given = self.counts.get(place).copied();
        given
            .unwrap_or(if self.is_quick { quick } else { usual })
            .max(1)
    }

    /// Tells whether something of this name is to be measured: all is, where no name was given.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| name.contains(&**wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn counts_are_small_under_cargo_test_and_where_asked_for() {
        for (line, expected) in [("--bench", 40), ("", 2), ("--bench --quick", 2)] {
            assert_eq!(arguments(line).count(0, 40, 2), expected, "{line}");
        }
    }

    #[test]
    fn given_counts_keep_their_order_and_zero_is_one() {
        let arguments = arguments("--bench 7 0 ring");
        let counts = [0, 1, 2].map(|place| arguments.count(place, 40, 2));
        assert_eq!(counts, [7, 1, 40]);
    }

    #[test]
    fn options_are_neither_counts_nor_names() {
        let arguments = arguments("--serve ring 7");
        assert!(arguments.has("--serve") && !arguments.has("serve"));
        assert!(!arguments.has("--instructions"));
        assert!(arguments.wants("ring") && !arguments.wants("--serve"));
    }

    #[test]
    fn names_choose_by_a_part() {
        let some = arguments("--bench ring 7");
        assert!(some.wants("TLS 1.3, ring") && !some.wants("TLS 1.3, aws-lc-rs"));
        assert!(arguments("--bench 7").wants("anything"));
    }
}
