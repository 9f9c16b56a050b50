//! A list that is mostly empty, in one word.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

/// A list that is mostly empty: it takes one word, and none elsewhere while it is empty.
///
/// Entries are moved about a good deal, and most have nothing of what this holds. Read as a slice.
///
/// ```
/// use pacioli::Few;
///
/// let mut few = Few::NONE;
/// assert!(few.is_empty());
/// few.push(7);
/// assert_eq!(few[..], [7]); // as a slice
/// assert_eq!((1..=3).collect::<Few<_>>().len(), 3);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Few<T>(Option<Box<Filled<T>>>);

/// One lies with the list's length, so that it takes no second block of memory.
type Filled<T> = SmallVec<[T; 1]>;

impl<T> Few<T> {
    /// Nothing.
    pub const NONE: Self = Self(None);

    /// One, and no other.
    pub(crate) fn one(one: T) -> Self {
        Self(Some(Box::new(Filled::from([one]))))
    }

    /// Adds one at the end.
    pub fn push(&mut self, one: T) {
        self.0.get_or_insert_default().push(one);
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], |filled| filled)
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(list: Vec<T>) -> Self {
        Self::from_iter(list)
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let filled: Filled<T> = items.into_iter().collect();
        // One form for each list, so that equal lists are equal.
        Self((!filled.is_empty()).then(|| Box::new(filled)))
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

impl<T: Serialize> Serialize for Few<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.deref().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_take_one_word_and_equal_ones_are_equal() {
        assert_eq!(std::mem::size_of::<Few<u64>>(), std::mem::size_of::<usize>());
        let mut few = Few::NONE;
        assert_eq!(few, Few::from(Vec::<u8>::new()));
        few.push(7);
        assert_eq!((&*few, few.clone()), (&[7][..], Few::from(vec![7])));
    }
}
