//! Times and the table that they make.

use std::time::Duration;

/// One line of the table: a name and its times in milliseconds.
pub(crate) struct Row {
    pub(crate) number: usize,
    name: String,
    times: Vec<f64>,
}

impl Row {
    pub(crate) fn new(number: usize, name: String) -> Self {
        Self {
            number,
            name,
            times: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, time: Duration) {
        self.times.push(time.as_secs_f64() * 1e3);
    }

    fn mean(&self) -> f64 {
        self.times.iter().sum::<f64>() / self.times.len() as f64
    }

    /// Returns half the width of the 95 % confidence interval of the mean, as a part of the mean.
    fn uncertainty(&self) -> f64 {
        let mean = self.mean();
        let squares = self.times.iter().map(|time| (time - mean).powi(2));
        let variance = squares.sum::<f64>() / (self.times.len() as f64 - 1.0);
        1.96 * (variance / self.times.len() as f64).sqrt() / mean
    }

    /// Returns the least, the median and the greatest.
    fn spread(&self) -> [f64; 3] {
        let mut sorted = self.times.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        [at(0), at(sorted.len() / 2), at(sorted.len() - 1)]
    }
}

/// Prints Markdown. Ratios are to the first row, with the uncertainty of both.
pub(crate) fn print(rows: &[Row], signature: Duration) {
    println!("| | mean ms ± 95 % | min | median | max | times the first | signatures |");
    println!("|---|---|---|---|---|---|---|");
    let Some(first) = rows.first() else { return };
    for row in rows {
        let (name, mean) = (&row.name, row.mean());
        let [min, median, max] = row.spread();
        let ratio = mean / first.mean();
        let doubt = ratio * first.uncertainty().hypot(row.uncertainty());
        let signatures = mean / (signature.as_secs_f64() * 1e3);
        println!(
            "| {name} | {mean:.1} ± {:.1} | {min:.1} | {median:.1} | {max:.1} \
             | {ratio:.2} ± {doubt:.2} | {signatures:.0} |",
            mean * row.uncertainty()
        );
    }
}
