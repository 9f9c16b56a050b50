//! Lines of what is imported, each measured before it is kept.

use std::io::{BufRead, Error as IoError, ErrorKind};

/// The longest line, in bytes: more than the longest transaction takes with all its texts.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// The lines of an input, counted.
pub(super) struct Lines<R> {
    input: R,
    /// The number of the line read last, from 1.
    pub line: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, line: 0 }
    }

    /// Appends the next line to a text, with what ends it; how many bytes it has, none at the end of the input.
    pub(super) fn read(&mut self, text: &mut String) -> Result<usize, IoError> {
        let mut limited = std::io::Read::take(&mut self.input, LINE_BYTES_MAX + 1);
        let read = limited.read_line(text);
        // Cut off in the midst of a letter it is not even text.
        if limited.limit() == 0 {
            let what = format!("line {}: it is longer than {LINE_BYTES_MAX} bytes", self.line.saturating_add(1));
            return Err(IoError::new(ErrorKind::InvalidData, what));
        }
        let read = read?;
        self.line = self.line.saturating_add(u64::from(read > 0));
        Ok(read)
    }
}

/// Shows the lines of a text with their numbers, without what ends them.
pub(super) fn lines(input: impl BufRead, each: &mut dyn FnMut(u64, &str)) -> Result<(), IoError> {
    let (mut lines, mut text) = (Lines::new(input), String::new());
    while lines.read(&mut text)? > 0 {
        each(lines.line, text.trim_end());
        text.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_beyond_the_longest_is_refused_by_its_number() {
        let most = usize::try_from(LINE_BYTES_MAX).unwrap();
        for (letter, end) in [("x", "\n"), ("x", ""), ("ä", "\n")] {
            let longest = letter.repeat((most - end.len()) / letter.len());
            let mut seen = Vec::new();
            let text = format!("first\n{longest}{end}");
            lines(text.as_bytes(), &mut |line, text| seen.push((line, text.len()))).unwrap();
            assert_eq!(seen, [(1, 5), (2, longest.len())]);
            let text = format!("first\n{longest}{letter}{end}third\n");
            let refused = lines(text.as_bytes(), &mut |line, _| assert_eq!(line, 1)).unwrap_err();
            assert_eq!(refused.to_string(), "line 2: it is longer than 1048576 bytes");
        }
    }

    #[test]
    fn endless_line_is_not_kept() {
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));
        assert!(lines(endless, &mut |_, _| ()).is_err());
    }
}
