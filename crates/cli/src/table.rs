//! Tables for people: columns that are aligned, a header, no frame.

use anstyle::Style;
use comfy_table::{ContentArrangement, presets};
use vocabulary::Escaped;

use crate::styled_text::{BOLD, PLAIN, StyledText};

/// A table, of which each row is one line.
#[derive(Debug)]
pub(crate) struct Table {
    table: comfy_table::Table,
    styles: Vec<Style>,
}

impl Table {
    pub(crate) fn new<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Self {
        let mut table = comfy_table::Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        table.add_row(header);
        let styles = vec![BOLD];
        Self { table, styles }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.styled(PLAIN, cells);
    }

    /// Adds a row in a style of its own.
    pub(crate) fn styled(&mut self, style: Style, cells: impl IntoIterator<Item = String>) {
        // A cell with a line break would be two lines.
        let cells = cells
            .into_iter()
            .map(|cell| Escaped::line(&cell).to_string());
        self.table.add_row(cells);
        self.styles.push(style);
    }

    /// Writes the rows as lines.
    pub(crate) fn write(&self, text: &mut StyledText) {
        for (line, style) in self.table.lines().zip(&self.styles) {
            text.line(*style, line.trim_end().trim_start_matches(' '));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_the_width_that_is_seen() {
        let mut table = Table::new(["name", "value"]);
        table.row(["\u{5317}\u{4eac}".to_owned(), "x".to_owned()]); // two wide characters
        table.row(["a\nb".to_owned(), String::new()]);
        let mut text = StyledText::default();
        table.write(&mut text);
        let plain = text.plain();
        let lines: Vec<&str> = plain.lines().collect();
        assert_eq!(lines.len(), 3, "{plain}");
        assert_eq!(lines[0].find("value"), Some(10), "{plain}");
        assert_eq!(
            lines[1].chars().position(|it| it == 'x'),
            Some(8),
            "{plain}"
        );
        assert_eq!(lines[2], "a\\u000ab");
    }
}
