//! Paths: where accounts stand in the chart of their book.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an account stands in the chart of its book: `assets:bank:mpesa`.
///
/// One to [`AccountPath::SEGMENTS`] segments of `[a-z0-9_-]{1,32}`, separated by `:`; the law refuses any other
/// ([`MalformedPath`](crate::Rejection::MalformedPath)). A path need not be unique: accounts of a book may share one,
/// and an account may stand at a path that others stand below.
///
/// ```
/// use pacioli::prelude::*;
///
/// let till = AccountPath::from("assets:bank:mpesa");
/// assert_eq!(till.segments().collect::<Vec<_>>(), ["assets", "bank", "mpesa"]);
/// assert!(till.is_well_formed() && !AccountPath::from("Assets::Bank").is_well_formed());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountPath(pub Cow<'static, str>);

impl AccountPath {
    /// The most segments of a path.
    pub const SEGMENTS: usize = 8;
    /// The most bytes of a segment.
    pub const SEGMENT_BYTES: usize = 32;
    /// What stands between two segments.
    pub const SEPARATOR: char = ':';

    /// A path by its text.
    pub fn new(path: impl Into<String>) -> Self {
        Self(Cow::Owned(path.into()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its segments, from the root on.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split(Self::SEPARATOR)
    }

    /// Whether the text is a path.
    pub fn is_well_formed(&self) -> bool {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        let segment = |segment: &str| (1..=Self::SEGMENT_BYTES).contains(&segment.len()) && segment.bytes().all(fits);
        self.segments().all(segment) && self.segments().count() <= Self::SEGMENTS
    }

    /// Whether it is `above`, or stands somewhere below it.
    ///
    /// ```
    /// use pacioli::AccountPath;
    ///
    /// let till = AccountPath::from("assets:bank:mpesa");
    /// assert!(till.is_within(&AccountPath::from("assets:bank")));
    /// assert!(till.is_within(&till));
    /// assert!(!till.is_within(&AccountPath::from("assets:ban")));
    /// ```
    pub fn is_within(&self, above: &Self) -> bool {
        let rest = self.0.strip_prefix(above.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(Self::SEPARATOR))
    }
}

impl fmt::Display for AccountPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for AccountPath {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl From<String> for AccountPath {
    fn from(path: String) -> Self {
        Self::new(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_texts() {
        let longest = vec!["x".repeat(32); 8].join(":");
        for path in ["a", "assets:bank:mpesa", "a-b_c:0", &longest] {
            assert!(AccountPath::from(path).is_well_formed(), "{path}");
        }
        let (segments, bytes) = (["x"; 9].join(":"), "x".repeat(33));
        for path in ["", ":", "a:", ":a", "a::b", "A", "a b", "a.b", "è", &segments, &bytes] {
            assert!(!AccountPath::from(path).is_well_formed(), "{path}");
        }
    }
}
