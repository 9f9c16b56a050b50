//! Time zones: how days become instants, and instants days.
//!
//! The rules of all zones are compiled in, so that a statement does not depend on the machine that makes it.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ledger::error::Error;
use crate::model::Timestamp;

/// A time zone: UTC, a fixed offset, or a place of the IANA time zone database with its changes of offset.
///
/// Its text form is `UTC`, `+03:00` or `Africa/Nairobi`; either is read with [`FromStr`].
///
/// ```
/// use pacioli::Zone;
///
/// let nairobi = Zone::named("Africa/Nairobi")?;
/// let november = nairobi.days("2026-11-01", "2026-11-30")?;
/// assert_eq!(november.start.to_string(), "2026-10-31T21:00:00Z");
/// assert_eq!(november.end.to_string(), "2026-11-30T21:00:00Z");
/// assert_eq!("+03:00".parse::<Zone>()?.days("2026-11-01", "2026-11-30")?, november);
/// # Ok::<(), pacioli::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

/// How far from UTC a fixed offset may be, in seconds: less than a day.
const OFFSET_SECONDS_MAX: i32 = 86_399;

impl Zone {
    /// Coordinated universal time.
    pub const fn utc() -> Self {
        Self(jiff::tz::TimeZone::UTC)
    }

    /// A fixed distance from UTC, east of it with a plus sign: `+03:00`, `-05:30`.
    ///
    /// # Errors
    /// [`Error::Calendar`] when the text is another, or 24 hours or more.
    pub fn fixed(offset: &str) -> Result<Self, Error> {
        let seconds = offset_seconds(offset).filter(|seconds| seconds.abs() <= OFFSET_SECONDS_MAX);
        let offset = seconds.and_then(|seconds| jiff::tz::Offset::from_seconds(seconds).ok());
        offset.map(|offset| Self(jiff::tz::TimeZone::fixed(offset))).ok_or(Error::Calendar { what: "offset from UTC" })
    }

    /// A place's time, by its name in the IANA time zone database: `Africa/Nairobi`.
    ///
    /// # Errors
    /// [`Error::Calendar`] when there is no such name.
    pub fn named(name: &str) -> Result<Self, Error> {
        let found = jiff::tz::TimeZoneDatabase::bundled().get(name);
        found.map(Self).map_err(|_| Error::Calendar { what: "time zone" })
    }

    /// From the first instant of day `from` to the first instant after day `to`: both days are included, and are as
    /// long as they are in this zone, 23 or 25 hours where clocks change.
    ///
    /// # Errors
    /// [`Error::Calendar`] when one is not a day in the form `2026-11-01`, lies outside 1677 to 2262, or `from` is after
    /// `to`.
    pub fn days(&self, from: &str, to: &str) -> Result<Range<Timestamp>, Error> {
        let (from, to) = (day(from)?, day(to)?);
        if from > to {
            return Err(Error::Calendar { what: "range of days" });
        }
        let after = to.tomorrow().map_err(|_| Error::Calendar { what: "day" })?;
        Ok(self.start_of(from)?..self.start_of(after)?)
    }

    /// A whole month, from its first instant to the first instant after it.
    ///
    /// ```
    /// use pacioli::Zone;
    ///
    /// let nairobi = Zone::named("Africa/Nairobi")?;
    /// assert_eq!(nairobi.month("2026-02")?, nairobi.days("2026-02-01", "2026-02-28")?);
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Calendar`] when it is not a month in the form `2026-11`, or lies outside 1677 to 2262.
    pub fn month(&self, month: &str) -> Result<Range<Timestamp>, Error> {
        let (first, last) = Self::days_of_month(month)?;
        self.days(&first, &last)
    }

    /// The first and the last day of a month.
    pub(crate) fn days_of_month(month: &str) -> Result<(String, String), Error> {
        let first = day(&format!("{month}-01")).map_err(|_| Error::Calendar { what: "month" })?;
        Ok((first.to_string(), first.last_of_month().to_string()))
    }

    /// The day on which an instant falls: `2026-11-01`.
    pub fn day_of(&self, at: Timestamp) -> String {
        self.local(at).map_or_else(String::new, |local| local.date().to_string())
    }

    /// The day and time of day of an instant, in whole seconds: `2026-11-01 08:30:00`.
    pub fn time_of(&self, at: Timestamp) -> String {
        self.local(at).map_or_else(String::new, |local| local.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    fn local(&self, at: Timestamp) -> Option<jiff::Zoned> {
        jiff::Timestamp::from_nanosecond(i128::from(at.0)).ok().map(|at| at.to_zoned(self.0.clone()))
    }

    fn start_of(&self, day: jiff::civil::Date) -> Result<Timestamp, Error> {
        // Where midnight does not exist or exists twice, this is the first instant of the day.
        let start = day.to_zoned(self.0.clone()).map_err(|_| Error::Calendar { what: "day" })?;
        let ns = start.timestamp().as_nanosecond();
        i64::try_from(ns).map(Timestamp).map_err(|_| Error::Calendar { what: "day" })
    }
}

fn day(text: &str) -> Result<jiff::civil::Date, Error> {
    // Nothing but a date: other forms that can be read as one are longer or shorter.
    let date = (text.len() == 10).then(|| jiff::civil::Date::strptime("%Y-%m-%d", text).ok()).flatten();
    date.ok_or(Error::Calendar { what: "day" })
}

/// The seconds of `[+-]hh:mm`.
fn offset_seconds(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let two_digits = |part: &str, most: i32| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i32>().ok()).flatten().filter(|number| *number <= most)
    };
    Some(sign * (two_digits(hours, 23)? * 3_600 + two_digits(minutes, 59)? * 60))
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.0.iana_name() {
            return f.write_str(name);
        }
        // Whatever has no name was made from an offset.
        let seconds = self.0.to_fixed_offset().map_or(0, jiff::tz::Offset::seconds);
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with(['+', '-']) { Self::fixed(text) } else { Self::named(text) }
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &Zone, from: &str, to: &str) -> i64 {
        let range = zone.days(from, to).unwrap();
        (range.end.0 - range.start.0) / 3_600_000_000_000
    }

    #[test]
    fn days_are_as_long_as_clocks_make_them() {
        let new_york = Zone::named("America/New_York").unwrap();
        assert_eq!(hours(&new_york, "2026-03-08", "2026-03-08"), 23);
        assert_eq!(hours(&new_york, "2026-11-01", "2026-11-01"), 25);
        assert_eq!(hours(&new_york, "2026-11-02", "2026-11-02"), 24);
        // Clocks went from midnight to one: the day began at one.
        let beirut = Zone::named("Asia/Beirut").unwrap();
        assert_eq!(hours(&beirut, "2022-03-27", "2022-03-27"), 23);
    }

    #[test]
    fn zones_are_read_as_they_are_written() {
        for text in ["UTC", "+03:00", "-05:30", "+00:00", "Africa/Nairobi", "Europe/Lisbon"] {
            let zone: Zone = text.parse().unwrap();
            assert_eq!(zone.to_string().parse::<Zone>().unwrap(), zone);
            assert!(zone.to_string() == text || text == "+00:00", "{zone}");
        }
        for wrong in ["", "Nairobi", "3", "+3:00", "+03:60", "+24:00", "+03", "+0300", "+03:00:00", "++3:00"] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_a_day_is_refused() {
        for wrong in
            ["2026-02-30", "2026-1-1", "26-01-01", "2026-01-01T00:00", "1600-01-01", "2300-01-01", " 026-01-01"]
        {
            assert!(Zone::utc().days(wrong, wrong).is_err(), "{wrong}");
        }
        assert!(Zone::utc().days("2026-01-02", "2026-01-01").is_err());
    }

    #[test]
    fn months_end_where_the_next_begin() {
        let zone = Zone::named("America/New_York").unwrap();
        let months = ["2024-01", "2024-02", "2024-03", "2024-04"].map(|month| zone.month(month).unwrap());
        for pair in months.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
        }
        for wrong in ["2024-13", "2024-1", "2024", "2024-01-01", "24-01", "", "1600-01"] {
            assert!(zone.month(wrong).is_err(), "{wrong}");
        }
    }
}
