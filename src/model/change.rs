//! A change to something that may be absent: kept, set, or taken away.

use serde::{Deserialize, Serialize};

/// What becomes of a value that a record may have or lack.
///
/// In serde, `"keep"`, `{"set": …}` or `"unset"`.
///
/// ```
/// use pacioli::{AccountChange, Change};
///
/// let change = AccountChange { label: Change::Unset, ..AccountChange::default() };
/// assert_eq!(change.label.applied(Some("till".to_owned())), None);
/// assert_eq!(Change::Keep.applied(Some(7)), Some(7));
/// assert_eq!(Change::from(8).applied(None), Some(8));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change<T> {
    /// It stays as it is, there or not.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
    /// It is taken away.
    Unset,
}

impl<T> Change<T> {
    /// What is there after the change, when this was there before.
    pub fn applied(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Set(value) => Some(value),
            Self::Unset => None,
        }
    }

    /// Whether everything stays.
    ///
    /// ```
    /// use pacioli::Change;
    ///
    /// assert!(Change::<u32>::Keep.is_keep() && !Change::Set(7).is_keep());
    /// ```
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value to be set, if one is.
    ///
    /// ```
    /// use pacioli::Change;
    ///
    /// assert_eq!((Change::Set(7).set(), Change::<u32>::Unset.set()), (Some(&7), None));
    /// ```
    pub const fn set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Unset => None,
        }
    }
}

impl<T> From<T> for Change<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}
