//! Rounds of several contestants, and the table that they make.
//!
//! The machine is shared, so a time says little and a ratio within one round says much: other load
//! slows both down alike. Hence each row shows the median of the ratios, round by round, to the
//! first contestant.

use std::fmt;

use crate::sample::Sample;

/// One contestant and its rounds.
#[derive(Clone, Debug)]
pub struct Row {
    name: String,
    samples: Vec<Sample>,
}

/// The contestants of one race; the others are compared with the first.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Makes a table without rounds.
    #[must_use]
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let row = |name: &str| Row {
            name: name.to_owned(),
            samples: Vec::new(),
        };
        Self {
            rows: names.into_iter().map(row).collect(),
        }
    }

    /// Returns the order of the contestants in a round: forwards and backwards by turns, each first
    /// at some time, so that none always follows the same one.
    pub fn order(&self, round: usize) -> impl Iterator<Item = usize> + use<> {
        let count = self.rows.len();
        (0..count).map(move |place| {
            let place = if round.is_multiple_of(2) {
                place
            } else {
                count - 1 - place
            };
            (place + round / 2) % count
        })
    }

    /// Adds what one of them did in the round that is going on.
    pub fn push(&mut self, contestant: usize, sample: Sample) {
        if let Some(row) = self.rows.get_mut(contestant) {
            row.samples.push(sample);
        }
    }
}

impl Row {
    fn per_second(&self) -> Spread {
        let rates = self.samples.iter();
        Spread::of(rates.map(|it| it.operations as f64 / it.wall.as_secs_f64()))
    }

    /// Divides the client's CPU time by the operations, in microseconds.
    fn computed(&self) -> Spread {
        let times = self.samples.iter().filter_map(|it| Some((it, it.cpu?)));
        Spread::of(times.map(|(it, cpu)| cpu.as_secs_f64() * 1e6 / it.operations as f64))
    }

    /// Divides the rate by the other's, round by round.
    fn speed(&self, first: &Self) -> Spread {
        let pairs = self.samples.iter().zip(&first.samples);
        let rate = |it: &Sample| it.operations as f64 / it.wall.as_secs_f64();
        Spread::of(pairs.map(|(ours, theirs)| rate(ours) / rate(theirs)))
    }

    /// Divides the CPU time of an operation by the other's, round by round.
    fn effort(&self, first: &Self) -> Spread {
        let pairs = self.samples.iter().zip(&first.samples);
        let time = |it: &Sample| Some(it.cpu?.as_secs_f64() / it.operations as f64);
        Spread::of(pairs.filter_map(|(ours, theirs)| Some(time(ours)? / time(theirs)?)))
    }
}

/// Renders the median of measured values and the quartiles around it, with so many decimal places.
pub fn spread(values: impl Iterator<Item = f64>, digits: usize) -> String {
    Spread::of(values).shown(digits)
}

/// The quartiles of measured values.
struct Spread(Option<[f64; 3]>);

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<_> = values.collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |quarter: usize| sorted.get((sorted.len().saturating_sub(1) * quarter + 2) / 4);
        let quartiles = || Some([*at(1)?, *at(2)?, *at(3)?]);
        Self(quartiles())
    }

    fn shown(&self, digits: usize) -> String {
        match self.0 {
            None => "?".to_owned(),
            Some([low, median, high]) => {
                format!("{median:.digits$} ({low:.digits$} to {high:.digits$})")
            }
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| | per second | times the first | client's CPU, µs each | times the first |"
        )?;
        writeln!(f, "|---|---|---|---|---|")?;
        let Some(first) = self.rows.first() else {
            return Ok(());
        };
        for row in &self.rows {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} |",
                row.name,
                row.per_second().shown(0),
                row.speed(first).shown(3),
                row.computed().shown(1),
                row.effort(first).shown(3)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sample(milliseconds: u64) -> Sample {
        Sample {
            wall: Duration::from_millis(milliseconds),
            cpu: None,
            operations: 100,
        }
    }

    #[test]
    fn each_contestant_runs_every_round_and_begins_equally_often() {
        let table = Table::new(["a", "b", "c"]);
        let mut begun = [0; 3];
        for round in 0..6 {
            let mut order: Vec<_> = table.order(round).collect();
            begun[order[0]] += 1;
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2]);
        }
        assert_eq!(begun, [2, 2, 2]);
    }

    #[test]
    fn load_on_a_whole_round_does_not_change_the_ratio() {
        let mut table = Table::new(["raw", "ours"]);
        for load in [1, 5, 2] {
            table.push(0, sample(100 * load));
            table.push(1, sample(200 * load));
        }
        let [first, ours] = &*table.rows else {
            panic!("two rows");
        };
        assert_eq!(ours.speed(first).0, Some([0.5; 3]));
        assert_eq!(ours.per_second().0, Some([250.0, 250.0, 500.0]));
        assert!(ours.effort(first).0.is_none(), "it was not measured");
    }
}
