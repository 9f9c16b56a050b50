//! Rows of CSV as RFC 4180 has it, safe to be opened in a spreadsheet. Reports write theirs with it too.

use std::fmt;

/// A row as it grows: cells between commas. Its text form ends with a line break.
#[derive(Debug, Default)]
pub(crate) struct Row(String);

impl Row {
    /// A cell of our own making: figures, times, words.
    pub(crate) fn cell(&mut self, cell: impl AsRef<str>) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(cell.as_ref());
    }

    /// A cell of a caller's text, always in quotes.
    pub(crate) fn text(&mut self, text: &str) {
        self.cell(quoted(text));
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\r\n", self.0)
    }
}

/// A text in quotes, with an apostrophe before what a spreadsheet would take for a formula.
fn quoted(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_apart_from_texts() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted(" @SUM(A1)"), "\"' @SUM(A1)\"");
        assert_eq!(quoted("\tx"), "\"'\tx\"");
        assert_eq!(quoted("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"");
    }

    #[test]
    fn an_empty_first_cell_would_be_lost() {
        let mut row = Row::default();
        row.cell("1");
        row.cell("");
        row.text("");
        assert_eq!(row.to_string(), "1,,\"\"\r\n");
    }
}
