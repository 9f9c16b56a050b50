//! Texts as they may stand in HTML and XML.

use std::fmt::{self, Write};

use super::text::turns;

/// A text between tags or in quotes. What has a meaning there is written as an entity; what may not stand there, and
/// what would turn the direction of its surroundings, as `�`.
pub(super) struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(' ')?,
                // XML has no place for these, not even as entities.
                '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                letter if letter.is_control() || turns(letter) => f.write_char('\u{fffd}')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// A text whose direction of writing stays its own affair.
pub(super) struct Isolated<'a>(pub &'a str);

impl fmt::Display for Isolated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_ascii() { Escaped(self.0).fmt(f) } else { write!(f, "<bdi>{}</bdi>", Escaped(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_place() {
        let hostile = "<script>alert(\"1\")</script> & 'x'\u{0}\u{1b}[2J\n\u{85}\u{202e}\u{ffff}";
        assert_eq!(
            Escaped(hostile).to_string(),
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;��[2J ���"
        );
        assert_eq!(Isolated("plain").to_string(), "plain");
        assert_eq!(Isolated("שלום <b>").to_string(), "<bdi>שלום &lt;b&gt;</bdi>");
    }
}
