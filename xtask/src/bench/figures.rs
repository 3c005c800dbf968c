//! The cost of one operation in instructions, row by row, as it is stored and shown.

use std::fmt::Write as _;

use anyhow::Context as _;
use toml::de::{DeTable, DeValue};

use crate::bench::callgrind::Section;

/// Groups of rows; the first row of a group is what the others are compared with.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Figures(Vec<Figure>);

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) group: String,
    pub(crate) row: String,
    /// Of one operation.
    pub(crate) instructions: u64,
    /// The instructions, divided by those of the group's first row.
    pub(crate) ratio: f64,
}

impl Figures {
    /// Makes one figure of the sections of each row: the median of one operation's cost by each
    /// pair.
    pub(crate) fn of(sections: &[Section]) -> anyhow::Result<Self> {
        let mut figures: Vec<Figure> = Vec::new();
        for row in sections.chunk_by(|a, b| (&a.group, &a.row) == (&b.group, &b.row)) {
            let Some(Section {
                group, row: name, ..
            }) = row.first()
            else {
                continue;
            };
            let pairs = row.chunks(2).map(|pair| match pair {
                [few, many] => one_operation(few, many),
                _ => None,
            });
            let costs = pairs.collect::<Option<Vec<_>>>();
            let mut costs = costs.with_context(|| {
                format!("{group}: {name}: a pair of counts is not of fewer and more operations")
            })?;
            costs.sort_unstable();
            let median = costs.get(costs.len() / 2).copied().unwrap_or_default();
            let median = u64::try_from(median).ok().filter(|median| *median > 0);
            let median = median.with_context(|| {
                format!("{group}: {name}: more operations did not take more instructions")
            })?;
            let first = figures.iter().find(|figure| figure.group == *group);
            let first = first.map_or(median, |first| first.instructions);
            figures.push(Figure {
                group: group.clone(),
                row: name.clone(),
                instructions: median,
                ratio: median as f64 / first as f64,
            });
        }
        Ok(Self(figures))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Figure> {
        self.0.iter()
    }

    pub(crate) fn get(&self, group: &str, row: &str) -> Option<&Figure> {
        self.0.iter().find(|it| it.group == group && it.row == row)
    }

    /// Renders a table in Markdown, with the stored figures beside the counted ones.
    pub(crate) fn table(&self, stored: Option<&Self>) -> String {
        let mut text = String::new();
        let mut group = None;
        for figure in &self.0 {
            if group != Some(&figure.group) {
                group = Some(&figure.group);
                let _ = writeln!(
                    text,
                    "\n| {} | instructions | times the first | stored |\n|---|---|---|---|",
                    figure.group
                );
            }
            let stored = stored.and_then(|stored| stored.get(&figure.group, &figure.row));
            let stored = stored.map_or_else(|| "none".to_owned(), |it| format!("{:.3}", it.ratio));
            let count = grouped(figure.instructions);
            let _ = writeln!(
                text,
                "| {} | {count} | {:.3} | {stored} |",
                figure.row, figure.ratio
            );
        }
        text
    }

    /// Renders the figures as they are stored.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = "# The client's instructions for one operation, and how many times those of the group's first row.\n\
            # Written by `cargo xtask bench --instructions --store`; README.md says how they are counted.\n"
            .to_owned();
        let mut group = None;
        for figure in &self.0 {
            if group != Some(&figure.group) {
                group = Some(&figure.group);
                let _ = writeln!(text, "\n[\"{}\"]", figure.group);
            }
            let _ = writeln!(
                text,
                "\"{}\" = {{ instructions = {}, ratio = {:.3} }}",
                figure.row, figure.instructions, figure.ratio
            );
        }
        text
    }

    /// Reads the stored form.
    pub(crate) fn from_toml(text: &str) -> anyhow::Result<Self> {
        let mut figures = Vec::new();
        let root = DeTable::parse(text)?;
        for (group, rows) in root.get_ref() {
            let group = group.get_ref();
            let rows = rows.get_ref().as_table();
            for (row, value) in rows.with_context(|| format!("{group} is no table"))? {
                let row = row.get_ref();
                let member = |name: &str| value.get_ref().as_table()?.get(name);
                let instructions = member("instructions").and_then(|it| match it.get_ref() {
                    DeValue::Integer(integer) => integer.as_str().parse().ok(),
                    _ => None,
                });
                let ratio = member("ratio").and_then(|it| match it.get_ref() {
                    DeValue::Float(float) => float.as_str().parse().ok(),
                    _ => None,
                });
                let pair = instructions.zip(ratio.filter(|ratio: &f64| *ratio > 0.0));
                let (instructions, ratio) =
                    pair.with_context(|| format!("{group}, {row}: no instructions or no ratio"))?;
                figures.push(Figure {
                    group: group.to_string(),
                    row: row.to_string(),
                    instructions,
                    ratio,
                });
            }
        }
        Ok(Self(figures))
    }
}

/// Divides the difference of the instructions by that of the operations; none if there are no more.
///
/// Below zero where a connection that opened late was counted with the fewer operations; the median
/// leaves such a pair out.
fn one_operation(few: &Section, many: &Section) -> Option<i64> {
    let operations = many.operations.checked_sub(few.operations)?;
    let instructions =
        i64::try_from(many.instructions).ok()? - i64::try_from(few.instructions).ok()?;
    instructions.checked_div(i64::try_from(operations).ok()?)
}

/// Renders a number with its thousands separated.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(group: &str, row: &str, operations: u64, instructions: u64) -> Section {
        Section {
            group: group.to_owned(),
            row: row.to_owned(),
            operations,
            instructions,
        }
    }

    fn sections() -> Vec<Section> {
        vec![
            section("HTTP/1.1", "raw", 64, 1_000 + 64 * 20_000),
            section("HTTP/1.1", "raw", 128, 1_000 + 128 * 20_000),
            section("HTTP/1.1", "ours", 64, 77_000 + 64 * 25_000),
            section("HTTP/1.1", "ours", 128, 77_000 + 128 * 25_000),
            section("HTTP/2", "raw", 64, 64 * 1_234_567),
            section("HTTP/2", "raw", 128, 128 * 1_234_567),
        ]
    }

    #[test]
    fn set_up_cancels_and_each_group_has_its_first_row() {
        let figures = Figures::of(&sections()).unwrap();
        let figures: Vec<_> = figures
            .iter()
            .map(|it| (it.instructions, it.ratio))
            .collect();
        assert_eq!(figures, [(20_000, 1.0), (25_000, 1.25), (1_234_567, 1.0)]);
    }

    #[test]
    fn pairs_that_are_off_do_not_move_the_median() {
        // The second and the third pair have opened a connection.
        let counts = [100, 900, 100, 9_999, 9_100, 950, 100, 940, 100, 950];
        let pairs = counts.iter().zip([1, 2].into_iter().cycle());
        let sections = pairs.map(|(count, operations)| section("g", "r", operations, *count));
        let figures = Figures::of(&sections.collect::<Vec<_>>()).unwrap();
        let figures: Vec<_> = figures.iter().map(|it| it.instructions).collect();
        assert_eq!(figures, [840]);
    }

    #[test]
    fn row_that_was_not_counted_twice_is_rejected() {
        let mut odd = sections();
        odd.remove(1);
        Figures::of(&odd).unwrap_err();
        Figures::of(&sections()[..3]).unwrap_err();
    }

    #[test]
    fn counts_that_do_not_grow_are_rejected() {
        for (operations, instructions) in [(128, 500), (64, 9_000), (32, 9_000), (128, 1_000)] {
            let pair = [
                section("g", "r", 64, 1_000),
                section("g", "r", operations, instructions),
            ];
            Figures::of(&pair).unwrap_err();
        }
    }

    #[test]
    fn figures_are_read_as_they_were_stored() {
        let figures = Figures::of(&sections()).unwrap();
        let stored = figures.to_toml();
        let read = Figures::from_toml(&stored).unwrap();
        for figure in figures.iter() {
            assert_eq!(read.get(&figure.group, &figure.row), Some(figure));
        }
        assert_eq!(read.iter().count(), figures.iter().count(), "{stored}");
    }

    #[test]
    fn stored_row_without_a_ratio_is_rejected() {
        for row in [
            "{ instructions = 1 }",
            "{ ratio = 1.0 }",
            "1.0",
            "{ instructions = 1, ratio = -1.0 }",
        ] {
            Figures::from_toml(&format!("[g]\nr = {row}\n")).unwrap_err();
        }
        Figures::from_toml("g = 1").unwrap_err();
    }

    #[test]
    fn table_shows_the_stored_ratio_beside_the_new_one() {
        let mut stored = Figures::of(&sections()).unwrap();
        stored.0.retain(|figure| figure.group == "HTTP/1.1");
        let table = Figures::of(&sections()).unwrap().table(Some(&stored));
        assert!(
            table.contains("| ours | 25,000 | 1.250 | 1.250 |"),
            "{table}"
        );
        assert!(
            table.contains("| raw | 1,234,567 | 1.000 | none |"),
            "{table}"
        );
    }
}
