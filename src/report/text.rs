//! Documents and sections as text: columns as wide as their widest cells.

use std::fmt;

use super::document::{Align, Block, Document, Report, Row, Section, Table};

/// The title, the notes, and the sections with a line between them.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", plain(&self.title))?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{}", plain(note)))?;
        for section in &self.sections {
            write!(f, "\n{section}")?;
        }
        Ok(())
    }
}

/// The heading, and what stands under it; curves are left out.
impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", plain(&self.heading))?;
        for block in &self.blocks {
            match block {
                Block::Note(note) => writeln!(f, "{}", plain(note))?,
                Block::Table(table) => write!(f, "{table}")?,
                Block::Curve(_) => {}
            }
        }
        Ok(())
    }
}

/// A report's sections with a line between them.
pub(super) fn write_sections(report: &(impl Report + ?Sized), f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (place, section) in report.sections().iter().enumerate() {
        if place > 0 {
            writeln!(f)?;
        }
        write!(f, "{section}")?;
    }
    Ok(())
}

/// The heads, and a row on each line; a line is drawn before what sums up.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads: Vec<String> = self.columns().iter().map(|column| plain(&column.head)).collect();
        let shown = |row: &Row| row.cells().iter().map(|cell| plain(&cell.shown())).collect::<Vec<_>>();
        let rows: Vec<(Vec<String>, bool)> = self.rows().iter().map(|row| (shown(row), row.is_total())).collect();
        let mut widths: Vec<usize> = heads.iter().map(|head| width(head)).collect();
        for (cells, _) in &rows {
            widths.iter_mut().zip(cells).for_each(|(widest, cell)| *widest = width(cell).max(*widest));
        }
        let rule = "-".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
        writeln!(f, "{}\n{rule}", self.line(&heads, &widths))?;
        let mut total = false;
        for (cells, is_total) in &rows {
            if *is_total && !total {
                writeln!(f, "{rule}")?;
            }
            total = *is_total;
            writeln!(f, "{}", self.line(cells, &widths))?;
        }
        Ok(())
    }
}

impl Table {
    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut text = String::new();
        for (place, ((cell, column), widest)) in cells.iter().zip(self.columns()).zip(widths).enumerate() {
            let blank = " ".repeat(widest.saturating_sub(width(cell)));
            let gap = if place == 0 { "" } else { "  " };
            match column.align {
                Align::Left => text.extend([gap, cell, &blank]),
                Align::Right => text.extend([gap, &blank, cell]),
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text in one line: callers' texts may hold anything, and must not break the table, reach a terminal's controls or
/// turn the direction of what stands beside them.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() || turns(letter) { ' ' } else { letter }).collect()
}

/// Whether a character forces a direction of writing on what comes after it. Right-to-left scripts need none of these:
/// their letters have a direction of their own.
pub(super) const fn turns(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::super::document::{Cell, Column};
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new([Column::left("Name"), Column::right("Sum")]);
        table.row([Cell::text("Žofie\n"), Cell::text("1.00")]);
        table.total([Cell::text("a\u{202e}"), Cell::text("-12.00")]);
        assert_eq!(
            table.to_string(),
            "Name       Sum\n--------------\nŽofie     1.00\n--------------\na       -12.00\n"
        );
    }
}
