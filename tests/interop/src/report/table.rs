//! Columns on a terminal: where the cells have more than its width, the widest are cut.

use std::fmt::{self, Write};

/// The characters of a line where there is no terminal, as in a log of CI.
const WITHOUT_TERMINAL: usize = 140;

/// The least width of a table that can be read.
const NARROWEST: usize = 40;

/// The text between two columns.
const GAP: &str = "  ";

/// Returns the width of the terminal on standard output.
pub(super) fn width() -> usize {
    terminal_size::terminal_size()
        .map_or(WITHOUT_TERMINAL, |(width, _)| usize::from(width.0))
        .max(NARROWEST)
}

/// Writes the heads and the lines, none longer than `width`.
pub(super) fn write<'a, const COLUMNS: usize>(
    f: &mut impl Write,
    width: usize,
    heads: [&'a str; COLUMNS],
    lines: impl Iterator<Item = [&'a str; COLUMNS]>,
) -> fmt::Result {
    let lines: Vec<_> = [heads]
        .into_iter()
        .chain(lines)
        .map(|line| line.map(one_line))
        .collect();
    let mut widths = [0; COLUMNS];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    fit(&mut widths, width.saturating_sub(GAP.len() * (COLUMNS - 1)));
    for line in &lines {
        let cells = line.iter().zip(widths);
        let cells = cells.map(|(cell, width)| format!("{:<width$}", cut(cell, width)));
        writeln!(f, "{}", cells.collect::<Vec<_>>().join(GAP).trim_end())?;
    }
    Ok(())
}

/// Shrinks the widest columns until all together fit.
fn fit(widths: &mut [usize], available: usize) {
    while widths.iter().sum::<usize>() > available {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 1 => *widest -= 1,
            _ => return,
        }
    }
}

/// Returns as much of a text as fits into `width` characters, without line ends.
pub(super) fn cut(text: &str, width: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= width {
        return line;
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: usize, line: [&str; 3]) -> String {
        let mut table = String::new();
        write(&mut table, width, ["a", "b", "c"], [line].into_iter()).unwrap();
        table
    }

    #[test]
    fn widest_column_is_cut_and_the_others_stay() {
        let long = "x".repeat(10_000);
        let shown = table(40, ["curl", &long, "ok"]);
        let last = shown.lines().last().unwrap();
        assert_eq!(last.chars().count(), 40, "{shown}");
        assert!(
            last.starts_with("curl  xxx") && last.ends_with("x…  ok"),
            "{shown}"
        );
    }

    #[test]
    fn what_fits_is_not_cut() {
        let shown = table(40, ["curl", "exit 0", "ok"]);
        assert_eq!(shown, "a     b       c\ncurl  exit 0  ok\n");
    }

    #[test]
    fn line_ends_and_control_characters_stay_out_of_a_cell() {
        assert_eq!(cut("a\r\n\u{1b}b\tc", 9), "a b c");
    }
}
