//! Instants. This layer never reads the clock: every time is somebody's argument.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An instant, in nanoseconds since 1970-01-01T00:00:00Z, from 1677-09-21 to 2262-04-11.
///
/// Written and read as ISO 8601: `2026-11-22T08:30:00.123456Z`; any offset is read.
///
/// ```
/// use std::time::Duration;
/// use pacioli::Timestamp;
///
/// let noon: Timestamp = "2026-11-22T15:00:00+03:00".parse()?;
/// let later = noon.plus(Duration::from_secs(90));
/// assert_eq!(later.to_string(), "2026-11-22T12:01:30Z");
/// assert_eq!(later.since(noon), Duration::from_secs(90));
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
///
/// The present comes from [`Ledger::now`](crate::Ledger::now), or from a `SystemTime`; the features `jiff`, `chrono` and
/// `time` bring instants of these crates.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// The text is not an instant, or lies outside the years 1677 to 2262.
///
/// ```
/// use pacioli::{InvalidTime, Timestamp};
///
/// assert_eq!("2026-11-22".parse::<Timestamp>(), Err(InvalidTime)); // a day is no instant: see `Zone`
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an instant between 1677 and 2262 in the form 2026-11-22T08:30:00Z")]
pub struct InvalidTime;

impl Timestamp {
    /// The earliest instant.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant.
    pub const MAX: Self = Self(i64::MAX);

    /// This instant and `ns` nanoseconds, within the range.
    ///
    /// ```
    /// use pacioli::Timestamp;
    ///
    /// let noon: Timestamp = "2026-11-22T12:00:00Z".parse()?;
    /// assert_eq!(noon.plus_ns(-1).to_string(), "2026-11-22T11:59:59.999999999Z");
    /// # Ok::<(), pacioli::InvalidTime>(())
    /// ```
    #[must_use]
    pub const fn plus_ns(self, ns: i64) -> Self {
        Self(self.0.saturating_add(ns))
    }
}

/// `Timestamp(2026-11-22T08:30:00Z)`.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        jiff::Timestamp::from_nanosecond(i128::from(self.0)).map_err(|_| fmt::Error)?.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTime;
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTime)?;
        i64::try_from(instant.as_nanosecond()).map(Self).map_err(|_| InvalidTime)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_with_any_offset_and_written_in_utc() {
        let instant: Timestamp = "2026-11-22T11:30:00.000001+03:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-11-22T08:30:00.000001Z");
        assert_eq!(format!("{instant:?}"), "Timestamp(2026-11-22T08:30:00.000001Z)");
        assert!("yesterday".parse::<Timestamp>().is_err());
        assert!("2300-01-01T00:00:00Z".parse::<Timestamp>().is_err());
    }

    #[test]
    fn the_extremes_can_be_written() {
        assert!(Timestamp::MIN.to_string().starts_with("1677"));
        assert!(Timestamp::MAX.to_string().starts_with("2262"));
    }
}
