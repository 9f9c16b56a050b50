//! Columns of text, each as wide as its widest cell.

use std::fmt;

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows of cells under the same columns.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    columns: [(&'static str, Align); N],
    rows: Vec<Row<N>>,
}

#[derive(Debug)]
enum Row<const N: usize> {
    Cells([String; N]),
    Rule,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(columns: [(&'static str, Align); N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows.push(Row::Cells(cells.map(|cell| plain(&cell))));
    }

    /// A line across all columns.
    pub(super) fn rule(&mut self) {
        self.rows.push(Row::Rule);
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = self.columns.map(|(head, _)| head.to_owned());
        let mut widths = heads.each_ref().map(|head| width(head));
        for row in &self.rows {
            if let Row::Cells(cells) = row {
                widths.iter_mut().zip(cells).for_each(|(widest, cell)| *widest = width(cell).max(*widest));
            }
        }
        let line = |cells: &[String; N]| {
            let mut text = String::new();
            for ((cell, (_, align)), widest) in cells.iter().zip(self.columns).zip(widths) {
                let blank = " ".repeat(widest.saturating_sub(width(cell)));
                let gap = if text.is_empty() { "" } else { "  " };
                match align {
                    Align::Left => text.extend([gap, cell, &blank]),
                    Align::Right => text.extend([gap, &blank, cell]),
                }
            }
            text.truncate(text.trim_end().len());
            text
        };
        let total = widths.iter().sum::<usize>() + 2 * N.saturating_sub(1);
        writeln!(f, "{}", line(&heads))?;
        writeln!(f, "{}", "-".repeat(total))?;
        for row in &self.rows {
            match row {
                Row::Cells(cells) => writeln!(f, "{}", line(cells))?,
                Row::Rule => writeln!(f, "{}", "-".repeat(total))?,
            }
        }
        Ok(())
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text in one line: callers' texts may hold anything, and must not break the table or reach a terminal's controls.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new([("Name", Align::Left), ("Sum", Align::Right)]);
        table.row(["Žofie\n".to_owned(), "1.00".to_owned()]);
        table.rule();
        table.row(["a".to_owned(), "-12.00".to_owned()]);
        assert_eq!(
            table.to_string(),
            "Name       Sum\n--------------\nŽofie     1.00\n--------------\na       -12.00\n"
        );
    }
}
