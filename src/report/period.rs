//! The period that a report is made for.

use std::fmt;

use serde::Serialize;

use crate::ledger::{Axis, BalanceAt, Error, Statement, View, Zone};
use crate::model::{Entry, Timestamp};

/// The period that a report is made for: from an instant to another, by one of the two times that an entry has.
///
/// Times in a report for the period are shown in its zone.
///
/// ```
/// use pacioli::Zone;
/// use pacioli::report::Period;
///
/// let nairobi = Zone::named("Africa/Nairobi")?;
/// let november = Period::days("2026-11-01", "2026-11-30", &nairobi)?;
/// assert_eq!(november.to_string(), "2026-11-01 to 2026-11-30, Africa/Nairobi");
/// assert!(november.holds("2026-10-31T21:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Period {
    /// Which of an entry's times counts.
    pub axis: Axis,
    /// The first instant; `None` for the ledger's beginning.
    pub from: Option<Timestamp>,
    /// The first instant after the period; `None` for the view's end.
    pub to: Option<Timestamp>,
    /// The first day, if one was given.
    pub first_day: Option<String>,
    /// The last day, included, if one was given.
    pub last_day: Option<String>,
    /// The time zone of the days, and of the times in the report.
    pub zone: Zone,
}

/// Nothing is effective later than so many nanoseconds after it was recorded: a day.
const AHEAD_MOST: i64 = 86_400_000_000_000;

impl Period {
    /// Everything that a view shows, with times in UTC.
    pub fn all() -> Self {
        Self::default()
    }

    /// From the first day to the last, both included, as days are in a zone.
    ///
    /// # Errors
    /// [`Error::Calendar`] as [`Zone::days`].
    pub fn days(from: &str, to: &str, zone: &Zone) -> Result<Self, Error> {
        let range = zone.days(from, to)?;
        Ok(Self {
            from: Some(range.start),
            to: Some(range.end),
            first_day: Some(from.to_owned()),
            last_day: Some(to.to_owned()),
            ..Self::all().in_zone(zone)
        })
    }

    /// A month, such as `2026-11`, as days are in a zone.
    ///
    /// ```
    /// use pacioli::Zone;
    /// use pacioli::report::Period;
    ///
    /// let nairobi = Zone::named("Africa/Nairobi")?;
    /// assert_eq!(Period::month("2026-11", &nairobi)?, Period::days("2026-11-01", "2026-11-30", &nairobi)?);
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Calendar`] as [`Zone::month`].
    pub fn month(month: &str, zone: &Zone) -> Result<Self, Error> {
        let (first, last) = Zone::days_of_month(month)?;
        Self::days(&first, &last, zone)
    }

    /// From a day on.
    ///
    /// # Errors
    /// [`Error::Calendar`] as [`Zone::days`].
    pub fn since(day: &str, zone: &Zone) -> Result<Self, Error> {
        Ok(Self { to: None, last_day: None, ..Self::days(day, day, zone)? })
    }

    /// Up to a day, included.
    ///
    /// # Errors
    /// [`Error::Calendar`] as [`Zone::days`].
    pub fn through(day: &str, zone: &Zone) -> Result<Self, Error> {
        Ok(Self { from: None, first_day: None, ..Self::days(day, day, zone)? })
    }

    /// From an instant, included, to another, excluded; with times in UTC.
    ///
    /// # Errors
    /// [`Error::Calendar`] when `from` is after `to`.
    pub fn between(from: Timestamp, to: Timestamp) -> Result<Self, Error> {
        if from > to {
            return Err(Error::Calendar { what: "range of instants" });
        }
        Ok(Self { from: Some(from), to: Some(to), ..Self::all() })
    }

    /// Shows times in a zone; what belongs to the period stays as it is.
    #[must_use]
    pub fn in_zone(mut self, zone: &Zone) -> Self {
        self.zone = zone.clone();
        self
    }

    /// Counts entries by when they happened instead of when they were recorded.
    ///
    /// What was recorded after the period counts where it happened in it, so such a report reads the journal from a day
    /// before the period to the view's end.
    #[must_use]
    pub fn by_effective_time(mut self) -> Self {
        self.axis = Axis::Effective;
        self
    }

    /// Whether an instant lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// Whether an entry counts in it.
    pub(super) fn counts(&self, entry: &Entry) -> bool {
        self.holds(match self.axis {
            Axis::Recorded => entry.recorded_at,
            Axis::Effective => entry.effective_at(),
        })
    }

    /// No entry recorded at or before this can count; `None` where any can.
    pub(super) fn reached_after(&self) -> Option<Timestamp> {
        let back = match self.axis {
            Axis::Recorded => -1,
            Axis::Effective => -1 - AHEAD_MOST,
        };
        self.from.filter(|from| *from > Timestamp::MIN).map(|from| from.plus_ns(back))
    }

    /// Whether neither an entry recorded then nor a later one can count.
    pub(super) fn is_over(&self, recorded_at: Timestamp) -> bool {
        self.axis == Axis::Recorded && self.to.is_some_and(|to| to <= recorded_at)
    }

    /// Whether everything that a view shows counts in it.
    pub(super) fn has_all_of(&self, view: &View) -> bool {
        // What is effective later than the view's end is shown too.
        let ends = self.to.is_some_and(|to| self.axis == Axis::Effective || to <= view.recorded_at());
        self.from.is_none() && !ends
    }

    /// What balances at its end are asked as of.
    pub(super) fn end(&self) -> BalanceAt {
        let last = self.to.map(|to| to.plus_ns(-1));
        match self.axis {
            Axis::Recorded => BalanceAt { recorded: last, effective: None },
            Axis::Effective => BalanceAt { recorded: None, effective: last },
        }
    }

    /// A statement's range.
    pub(super) fn of_statement(statement: &Statement) -> Self {
        let (first_day, last_day) = statement.days.clone().unzip();
        Self {
            axis: Axis::Recorded,
            from: statement.from,
            to: statement.to,
            first_day,
            last_day,
            zone: statement.zone.clone(),
        }
    }
}

/// `2026-11-01 to 2026-11-30, Africa/Nairobi`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at| self.zone.time_of(at);
        match (&self.first_day, &self.last_day, self.from, self.to) {
            (Some(from), Some(to), ..) => write!(f, "{from} to {to}")?,
            (Some(from), None, ..) => write!(f, "From {from}")?,
            (None, Some(to), ..) => write!(f, "Through {to}")?,
            (None, None, None, None) => f.write_str("Everything")?,
            (None, None, Some(from), None) => write!(f, "From {}", time(from))?,
            (None, None, None, Some(to)) => write!(f, "Before {}", time(to))?,
            (None, None, Some(from), Some(to)) => write!(f, "From {} to before {}", time(from), time(to))?,
        }
        write!(f, ", {}", self.zone)?;
        match self.axis {
            Axis::Recorded => Ok(()),
            Axis::Effective => f.write_str(", by the time at which things happened"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_say_what_they_hold() {
        let zone = Zone::fixed("+03:00").unwrap();
        let (since, through) =
            (Period::since("2026-11-02", &zone).unwrap(), Period::through("2026-11-01", &zone).unwrap());
        let midnight: Timestamp = "2026-11-01T21:00:00Z".parse().unwrap();
        assert!(since.holds(midnight) && !through.holds(midnight));
        assert!(!since.holds(midnight.plus_ns(-1)) && through.holds(midnight.plus_ns(-1)));
        assert_eq!(since.to_string(), "From 2026-11-02, +03:00");
        assert_eq!(through.by_effective_time().to_string(), {
            "Through 2026-11-01, +03:00, by the time at which things happened"
        });
        let instants = Period::between(midnight, midnight.plus_ns(1)).unwrap().in_zone(&zone);
        assert_eq!(instants.to_string(), "From 2026-11-02 00:00:00 to before 2026-11-02 00:00:00, +03:00");
        assert!(Period::between(midnight, midnight.plus_ns(-1)).is_err());
        assert_eq!(Period::all().to_string(), "Everything, UTC");
    }
}
