//! Tables: columns as wide as their longest cell, two blanks apart, nothing behind the last one.

use crate::ui::printer::Paint;

/// A cell's text is cut at this many characters where the table has no width.
const CELL_CHARACTERS_MAX: usize = 2_000;

/// A table in the making.
#[derive(Debug)]
pub struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(header: &[&'static str]) -> Self {
        Self { header: header.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one cell for each column.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| one_line(&cell)).collect());
    }

    /// Turns the rows around.
    pub fn reverse(&mut self) {
        self.rows.reverse();
    }

    /// The table's text. The last column is cut so that no line is wider than `width`, where there is one.
    pub fn render(&self, paint: Paint, width: Option<usize>) -> String {
        let widths = self.widths();
        let header: Vec<String> = self.header.iter().map(ToString::to_string).collect();
        let mut text = self.line(&header, &widths, width, |_, cell| paint.bold(cell));
        for row in &self.rows {
            text += &self.line(row, &widths, width, |column, cell| match self.header[column] {
                "STATUS" => paint.status(cell),
                _ => cell.to_owned(),
            });
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| characters(&row[column]));
            cells.chain([characters(self.header[column])]).max().unwrap_or(0)
        };
        (0..self.header.len()).map(width).collect()
    }

    fn line(
        &self,
        cells: &[String],
        widths: &[usize],
        width: Option<usize>,
        paint: impl Fn(usize, &str) -> String,
    ) -> String {
        let mut text = String::new();
        let mut used = 0;
        for (column, cell) in cells.iter().enumerate() {
            if column + 1 == self.header.len() {
                let left = width.map_or(CELL_CHARACTERS_MAX, |width| width.saturating_sub(used).max(10));
                text += &paint(column, &cut(cell, left));
            } else {
                let blanks = widths[column] - characters(cell) + 2;
                text += &paint(column, cell);
                text += &" ".repeat(blanks);
                used += widths[column] + 2;
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text + "\n"
    }
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

/// A text without line ends and other control characters, which would break the table or steer the terminal.
pub fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// At most `length` characters of a text, the last one `…` where something is missing.
pub fn cut(text: &str, length: usize) -> String {
    if characters(text) <= length {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length.saturating_sub(1)).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["NAME", "STATUS", "CAUSE"]);
        table.row(vec!["a".into(), "SUCCEEDED".into(), String::new()]);
        table.row(vec!["größer".into(), "FAILED".into(), "it\nbroke in many ways".into()]);
        table
    }

    #[test]
    fn columns_line_up_and_nothing_trails() {
        assert_eq!(
            table().render(Paint::plain(), None),
            "NAME    STATUS     CAUSE\na       SUCCEEDED\ngrößer  FAILED     it broke in many ways\n"
        );
    }

    #[test]
    fn the_last_column_gives_way() {
        let text = table().render(Paint::plain(), Some(31));
        assert!(text.ends_with("FAILED     it broke in…\n"), "{text}");
    }
}
