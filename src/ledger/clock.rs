//! Where times come from: the one place that reads a clock.

use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::{InvalidTime, Timestamp};

/// Tells the time. The ledger orders entries by sequence and never trusts a clock to advance: what it records is at
/// least one nanosecond after the entry before, whatever the clock says.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::{Clock, ManualClock, SystemClock, Timestamp};
///
/// /// A system clock that is known to be a second late.
/// #[derive(Debug)]
/// struct Corrected;
///
/// impl Clock for Corrected {
///     fn now(&self) -> Timestamp {
///         SystemClock.now().plus_ns(1_000_000_000)
///     }
/// }
/// assert!(Corrected.now() > SystemClock.now());
/// // Shared with the ledger, a clock can be set while the ledger has it.
/// assert_eq!(Arc::new(ManualClock::at(Timestamp(7))).now(), Timestamp(7));
/// ```
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
///
/// ```
/// use pacioli::{Clock, SystemClock};
///
/// let (before, after) = (SystemClock.now(), SystemClock.now());
/// assert!(after.since(before).as_secs() < 60);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let time = SystemTime::now();
        let end = if time < UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::try_from(time).unwrap_or(end)
    }
}

/// What the system's clock says is an instant too.
///
/// ```
/// use std::time::SystemTime;
/// use pacioli::Timestamp;
///
/// let at: Timestamp = SystemTime::UNIX_EPOCH.try_into()?;
/// assert_eq!(at.to_string(), "1970-01-01T00:00:00Z");
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
impl TryFrom<SystemTime> for Timestamp {
    type Error = InvalidTime;

    fn try_from(time: SystemTime) -> Result<Self, InvalidTime> {
        let ns = |span: Duration| i128::try_from(span.as_nanos()).map_err(|_| InvalidTime);
        let since = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => ns(since)?,
            Err(before) => -ns(before.duration())?,
        };
        i64::try_from(since).map(Self).map_err(|_| InvalidTime)
    }
}

/// Spans of time.
impl Timestamp {
    /// This instant and a span later, within the range.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pacioli::Timestamp;
    ///
    /// let noon: Timestamp = "2026-11-22T12:00:00Z".parse()?;
    /// assert_eq!(noon.plus(Duration::from_secs(90)).to_string(), "2026-11-22T12:01:30Z");
    /// assert_eq!(Timestamp::MAX.plus(Duration::from_secs(90)), Timestamp::MAX);
    /// # Ok::<(), pacioli::InvalidTime>(())
    /// ```
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let span = i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
        i64::try_from(i128::from(self.0).saturating_add(span)).map_or(Self::MAX, Self)
    }

    /// How long after an earlier instant this one is; no time at all if it is before it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pacioli::Timestamp;
    ///
    /// let noon: Timestamp = "2026-11-22T12:00:00Z".parse()?;
    /// let later: Timestamp = "2026-11-22T12:01:30Z".parse()?;
    /// assert_eq!(later.since(noon), Duration::from_secs(90));
    /// assert_eq!(noon.since(later), Duration::ZERO);
    /// # Ok::<(), pacioli::InvalidTime>(())
    /// ```
    pub fn since(self, earlier: Self) -> Duration {
        let ns = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_nanos(u64::try_from(ns).unwrap_or(0))
    }
}

/// A clock that its owner sets: for tests, and for replaying what happened elsewhere.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use pacioli::prelude::*;
///
/// let clock = Arc::new(ManualClock::at("2026-11-20T12:00:00Z".parse()?));
/// let ledger = Ledger::builder().clock(Arc::clone(&clock)).in_memory()?;
/// clock.set(ledger.now().plus(Duration::from_secs(86_400)));
/// assert_eq!(ledger.now().to_string(), "2026-11-21T12:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(now.0.into())
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, std::sync::atomic::Ordering::SeqCst);
    }

    /// Moves it on, in nanoseconds.
    ///
    /// ```
    /// use pacioli::{Clock, ManualClock};
    ///
    /// let clock = ManualClock::at("2026-11-20T12:00:00Z".parse()?);
    /// clock.advance_ns(60 * 1_000_000_000);
    /// assert_eq!(clock.now().to_string(), "2026-11-20T12:01:00Z");
    /// # Ok::<(), pacioli::InvalidTime>(())
    /// ```
    pub fn advance_ns(&self, ns: i64) {
        self.0.fetch_add(ns, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

impl<C: Clock> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_system_come_back() {
        for at in [Timestamp::MIN, Timestamp(-1), Timestamp(0), Timestamp(1_795_336_200_123_456_789), Timestamp::MAX] {
            let span = Duration::from_nanos(at.0.unsigned_abs());
            let time = if at.0 < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) };
            assert_eq!(Timestamp::try_from(time.unwrap()), Ok(at));
        }
        assert_eq!(Timestamp::MAX.since(Timestamp::MIN).as_nanos(), u128::from(u64::MAX));
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
        assert_eq!(Timestamp(-5).plus(Duration::from_nanos(9)), Timestamp(4));
        for at in [Timestamp::MIN, Timestamp(0), Timestamp::MAX] {
            assert_eq!(at.plus(Duration::MAX), Timestamp::MAX);
        }
        let far = UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(Timestamp::try_from(far), Err(InvalidTime));
    }
}
