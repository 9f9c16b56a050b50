//! Limits over time: how often and how much money may move for an account, a client or a service in a window; and the
//! quota of accounts of one client in one book.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, BookId, ClientId, LimitId, MonitorId, NewMonitor, RetireMonitor, Sequence, ServiceId, Timestamp,
};
use crate::money::Amount;

/// Whose movements a limit counts.
///
/// A movement is of the account that a credit credits, or that a debit or transfer debits; it is of the client who owns
/// that account, and of the service that it runs under.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// // An account, a client or a service stands for itself.
/// for subject in [Subject::from(wallet), client.into(), moves.into()] {
///     ledger.define_limit(NewLimit::new(subject, Window::DAY).count(100))?;
/// }
/// assert_eq!(ledger.view()?.limits(wallet)?[0].subject, Subject::Account(wallet));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One account's.
    Account(AccountId),
    /// Those of all accounts of one client.
    Client(ClientId),
    /// All under one service.
    Service(ServiceId),
}

impl From<AccountId> for Subject {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

impl From<ClientId> for Subject {
    fn from(client: ClientId) -> Self {
        Self::Client(client)
    }
}

impl From<ServiceId> for Subject {
    fn from(service: ServiceId) -> Self {
        Self::Service(service)
    }
}

/// The time in which a limit counts. Times are those of recording ([`Entry::recorded_at`](super::Entry::recorded_at)).
///
/// Days, weeks and months are those of the calendar at a fixed distance from UTC, in minutes, east above zero, at most
/// 18 hours either way: `180` for Nairobi. Where clocks are put forward and back, choose the distance of winter or of
/// summer; a fixed one keeps the law free of a database of zones, so that a journal is judged the same for ever.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// // At most one payment in any 24 hours, however the days fall.
/// ledger.define_limit(NewLimit::new(wallet, Window::last_hours(24)).count(1))?;
/// // And 5,000.00 a month, as months are in Nairobi.
/// ledger.define_limit(NewLimit::new(wallet, Window::MONTH.at_offset(180)).sum(book.amount("5000")?))?;
/// ledger.debit(Debit::new(wallet, moves, book.money("1")?, "pay-1"))?;
/// let refused = ledger.debit(Debit::new(wallet, moves, book.money("1")?, "pay-2"));
/// assert!(matches!(refused, Err(Error::Rejected(Rejection::VelocityCountExceeded { .. }))));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// From midnight to midnight.
    Day {
        /// Minutes east of UTC.
        offset_minutes: i16,
    },
    /// From Monday's midnight to the next.
    Week {
        /// Minutes east of UTC.
        offset_minutes: i16,
    },
    /// From the first of a month to the next.
    Month {
        /// Minutes east of UTC.
        offset_minutes: i16,
    },
    /// The time up to now: a second to 400 days.
    ///
    /// It is kept in steps of a sixtieth: a movement counts until the step that it fell into has wholly left the
    /// window. So the limit is never less strict than asked, and a movement counts at most a sixtieth longer.
    Sliding {
        /// How long it is.
        nanoseconds: i64,
    },
}

const MINUTE_NS: i128 = 60_000_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;
const DAY_NS: i128 = 86_400_000_000_000;

/// How many steps a sliding window is cut into.
const SLIDING_STEPS: i128 = 60;

impl Window {
    /// The day of UTC.
    pub const DAY: Self = Self::Day { offset_minutes: 0 };
    /// The week of UTC, from Monday.
    pub const WEEK: Self = Self::Week { offset_minutes: 0 };
    /// The month of UTC.
    pub const MONTH: Self = Self::Month { offset_minutes: 0 };

    /// The most minutes that a calendar may be ahead of UTC or behind it.
    pub const OFFSET_MINUTES_MAX: i16 = 18 * 60;
    /// The shortest that a sliding window may be: a second, in nanoseconds.
    pub const SLIDING_NS_MIN: i64 = 1_000_000_000;
    /// The longest that a sliding window may be: 400 days, in nanoseconds.
    pub const SLIDING_NS_MAX: i64 = 400 * 24 * HOUR_NS;

    /// The last so many hours.
    pub const fn last_hours(hours: u32) -> Self {
        // Cannot overflow: 2^32 hours are more than 2^63 nanoseconds, and saturate to what is refused.
        Self::Sliding { nanoseconds: (hours as i64).saturating_mul(HOUR_NS) }
    }

    /// The same window by the calendar of places this many minutes east of UTC; a sliding one has no calendar.
    #[must_use]
    pub const fn at_offset(self, offset_minutes: i16) -> Self {
        match self {
            Self::Day { .. } => Self::Day { offset_minutes },
            Self::Week { .. } => Self::Week { offset_minutes },
            Self::Month { .. } => Self::Month { offset_minutes },
            Self::Sliding { nanoseconds } => Self::Sliding { nanoseconds },
        }
    }

    /// Whether there can be such a window.
    pub(crate) fn is_possible(self) -> bool {
        match self {
            Self::Day { offset_minutes } | Self::Week { offset_minutes } | Self::Month { offset_minutes } => {
                offset_minutes.unsigned_abs() <= Self::OFFSET_MINUTES_MAX.unsigned_abs()
            }
            Self::Sliding { nanoseconds } => (Self::SLIDING_NS_MIN..=Self::SLIDING_NS_MAX).contains(&nanoseconds),
        }
    }

    /// The step that an instant falls into: days, weeks or months are one step each.
    pub(crate) fn step(self, at: Timestamp) -> i64 {
        let at = i128::from(at.0);
        narrow(match self {
            Self::Day { offset_minutes } => day(at, offset_minutes),
            // The first day of 1970 was a Thursday.
            Self::Week { offset_minutes } => (day(at, offset_minutes) + 3).div_euclid(7),
            Self::Month { offset_minutes } => month_of(day(at, offset_minutes)),
            Self::Sliding { nanoseconds } => at.div_euclid(step_ns(nanoseconds)),
        })
    }

    /// The oldest step that still counts at an instant.
    pub(crate) fn oldest_step(self, at: Timestamp) -> i64 {
        match self {
            Self::Sliding { nanoseconds } => {
                narrow((i128::from(at.0) - i128::from(nanoseconds)).div_euclid(step_ns(nanoseconds)))
            }
            _ => self.step(at),
        }
    }

    /// When a step begins.
    pub(crate) fn begins(self, step: i64) -> Timestamp {
        let step = i128::from(step);
        let midnight = |days: i128, offset_minutes: i16| days * DAY_NS - i128::from(offset_minutes) * MINUTE_NS;
        Timestamp(narrow(match self {
            Self::Day { offset_minutes } => midnight(step, offset_minutes),
            Self::Week { offset_minutes } => midnight(step * 7 - 3, offset_minutes),
            Self::Month { offset_minutes } => midnight(first_day_of(step), offset_minutes),
            Self::Sliding { nanoseconds } => step * step_ns(nanoseconds),
        }))
    }

    /// When what fell into a step no longer counts.
    pub(crate) fn leaves(self, step: i64) -> Timestamp {
        let end = self.begins(step.saturating_add(1));
        match self {
            Self::Sliding { nanoseconds } => end.plus_ns(nanoseconds),
            _ => end,
        }
    }
}

fn narrow(number: i128) -> i64 {
    let fits = number.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(fits).unwrap_or_default()
}

/// The day that an instant falls on, counted from the first of 1970.
fn day(at: i128, offset_minutes: i16) -> i128 {
    (at + i128::from(offset_minutes) * MINUTE_NS).div_euclid(DAY_NS)
}

/// How long a step of a sliding window is: rounded up, so that sixty of them are no shorter than the window.
fn step_ns(nanoseconds: i64) -> i128 {
    let (whole, rest) = (i128::from(nanoseconds) / SLIDING_STEPS, i128::from(nanoseconds) % SLIDING_STEPS);
    (whole + i128::from(rest > 0)).max(1)
}

/// The month of a day, counted from year 0: twelve times the year, and the month less one.
///
/// The year is counted from March here, so that the day that leap years add comes last.
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn month_of(day: i128) -> i128 {
    let from_era = day + 719_468;
    let (era, of_era) = (from_era.div_euclid(146_097), from_era.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    // Month 0 is March.
    (era * 400 + year) * 12 + month + 2
}

/// The first day of a month, counted from the first of 1970: the inverse of [`month_of`].
fn first_day_of(month: i128) -> i128 {
    let (from_march, month) = ((month - 2).div_euclid(12), (month - 2).rem_euclid(12));
    let (era, year) = (from_march.div_euclid(400), from_march.rem_euclid(400));
    era * 146_097 + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 - 719_468
}

/// Which operations a limit counts, reserved or carried out. Postings of many lines, reversals and settlements of holds
/// are never counted.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let top_ups = NewLimit::new(wallet, Window::DAY).counting(Counts::INCOMING).sum(book.amount("150")?);
/// ledger.define_limit(top_ups)?;
/// ledger.debit(Debit::new(wallet, moves, book.money("90")?, "pay-1"))?; // not counted
/// ledger.credit(Credit::new(wallet, moves, book.money("150")?, "top-up-2"))?;
/// assert!(ledger.credit(Credit::new(wallet, moves, book.money("1")?, "top-up-3")).is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counts {
    /// Credits: money into the account.
    pub credits: bool,
    /// Debits: money out of the account.
    pub debits: bool,
    /// Transfers and exchanges, of the account that they debit.
    pub transfers: bool,
}

impl Counts {
    /// Money out: debits, transfers and exchanges.
    pub const OUTGOING: Self = Self { credits: false, debits: true, transfers: true };
    /// Money in: credits.
    pub const INCOMING: Self = Self { credits: true, debits: false, transfers: false };
    /// All of them.
    pub const ALL: Self = Self { credits: true, debits: true, transfers: true };

    /// Whether nothing is counted.
    pub(crate) const fn is_nothing(self) -> bool {
        !self.credits && !self.debits && !self.transfers
    }
}

/// Whether a limit's figures hold for its subject as a whole or for each account by itself.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let limit = ledger.define_limit(NewLimit::new(client, Window::DAY).count(1).per_account())?;
/// assert_eq!(limit.per, Per::Account); // one a day from each wallet, not one from all
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// All movements of the subject together.
    Subject,
    /// Those of each account by itself: the same limit for every wallet of a client or under a service.
    Account,
}

/// A limit to be defined: at most so many movements, or so much, in a window.
///
/// Principals are counted, without charges. What is recorded from its definition on is counted; what was refused is not,
/// and a reversal gives nothing back, since the money did move. A hold counts when it is placed, as the movement that it
/// reserves; settling it counts nothing more and gives nothing back.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// // 150.00 a day, as days are in Nairobi, in at most three movements out of the wallet.
/// let day = Window::DAY.at_offset(180);
/// let limit = NewLimit::new(wallet, day).sum(book.amount("150")?).count(3).keyed("daily");
/// let limit = ledger.define_limit(limit)?.id;
/// ledger.debit(Debit::new(wallet, moves, book.money("60")?, "pay-1"))?;
/// let usage = ledger.usage(limit)?;
/// assert_eq!((usage.sum_left, usage.count_left), (Some(book.money("90")?), Some(2)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLimit {
    /// Whose movements it counts.
    pub subject: Subject,
    /// Of a client: count in this book alone; a limit of a client with a sum needs it, since sums are of one currency.
    /// An account and a service have a book of their own.
    pub book: Option<BookId>,
    /// The time in which it counts.
    pub window: Window,
    /// Which operations it counts.
    pub counts: Counts,
    /// For the subject as a whole or for each account.
    pub per: Per,
    /// The most movements in a window.
    pub count_max: Option<u64>,
    /// The greatest sum of principals in a window, in minor units of the book's currency.
    pub sum_max: Option<Amount>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewLimit {
    /// A limit on what goes out, without figures yet: it needs a count, a sum or both.
    pub fn new(subject: impl Into<Subject>, window: Window) -> Self {
        Self {
            subject: subject.into(),
            book: None,
            window,
            counts: Counts::OUTGOING,
            per: Per::Subject,
            count_max: None,
            sum_max: None,
            key: None,
        }
    }

    /// Allows at most this many movements in a window; none with 0.
    #[must_use]
    pub fn count(mut self, count_max: u64) -> Self {
        self.count_max = Some(count_max);
        self
    }

    /// Allows at most this sum of principals in a window, in minor units.
    #[must_use]
    pub fn sum(mut self, sum_max: Amount) -> Self {
        self.sum_max = Some(sum_max);
        self
    }

    /// Counts these operations instead of debits and transfers.
    #[must_use]
    pub fn counting(mut self, counts: Counts) -> Self {
        self.counts = counts;
        self
    }

    /// Holds for each account by itself.
    #[must_use]
    pub fn per_account(mut self) -> Self {
        self.per = Per::Account;
        self
    }

    /// Counts a client's movements in this book alone.
    #[must_use]
    pub fn within(mut self, book: BookId) -> Self {
        self.book = Some(book);
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// New figures for a limit; what is `None` stays. What was counted before goes on counting.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(3).sum(book.amount("100")?))?;
/// // More movements; the sum is let go.
/// let change = LimitChange::of(limit.id).count(Some(10)).sum(None).keyed("review-7");
/// let limit = ledger.change_limit(change)?;
/// assert_eq!((limit.count_max, limit.sum_max), (Some(10), None));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitChange {
    /// The limit.
    pub limit: LimitId,
    /// The most movements in a window; `None` within for any number.
    pub count_max: Option<Option<u64>>,
    /// The greatest sum in a window, in minor units; `None` within for any sum.
    pub sum_max: Option<Option<Amount>>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl LimitChange {
    /// Changes nothing yet.
    pub const fn of(limit: LimitId) -> Self {
        Self { limit, count_max: None, sum_max: None, key: None }
    }

    /// Allows this many movements in a window; `None` for any number.
    #[must_use]
    pub const fn count(mut self, count_max: Option<u64>) -> Self {
        self.count_max = Some(count_max);
        self
    }

    /// Allows this sum in a window, in minor units; `None` for any.
    #[must_use]
    pub const fn sum(mut self, sum_max: Option<Amount>) -> Self {
        self.sum_max = Some(sum_max);
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// The end of a limit: it refuses and counts nothing more, and stays readable.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(3))?;
/// let limit = ledger.retire_limit(RetireLimit::of(limit.id).keyed("end-of-trial"))?;
/// assert!(limit.retired_at.is_some());
/// assert!(ledger.view()?.limits(wallet)?.is_empty());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetireLimit {
    /// The limit.
    pub limit: LimitId,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl RetireLimit {
    /// Ends this limit.
    pub const fn of(limit: LimitId) -> Self {
        Self { limit, key: None }
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A limit as it stands.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let limit = ledger.define_limit(NewLimit::new(client, Window::DAY).within(book.id).sum(book.amount("100")?))?;
/// assert_eq!((limit.subject, limit.book), (Subject::Client(client), Some(book.id)));
/// assert_eq!((limit.counts, limit.per, limit.count_max), (Counts::OUTGOING, Per::Subject, None));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Its identifier.
    pub id: LimitId,
    /// Whose movements it counts.
    pub subject: Subject,
    /// The book whose movements it counts; `None` for all books of a client.
    pub book: Option<BookId>,
    /// The time in which it counts.
    pub window: Window,
    /// Which operations it counts.
    pub counts: Counts,
    /// For the subject as a whole or for each account.
    pub per: Per,
    /// The most movements in a window.
    pub count_max: Option<u64>,
    /// The greatest sum of principals in a window, in minor units of the book's currency.
    pub sum_max: Option<Amount>,
    /// When it was defined.
    pub defined_at: Timestamp,
    /// When its figures were last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
    /// When it ended, if it has.
    pub retired_at: Option<Timestamp>,
}

/// A quota of accounts for one client in one book, before the client's own and the book's.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let client = ledger.set_quota(SetQuota::new(client, book.id, 3).keyed("quota-1"))?;
/// assert_eq!(client.quotas.get(&book.id), Some(&3));
/// let client = ledger.set_quota(SetQuota::lifted(client.id, book.id))?;
/// assert!(client.quotas.is_empty());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetQuota {
    /// The client.
    pub client: ClientId,
    /// The book.
    pub book: BookId,
    /// How many accounts the client may have in the book that are not closed, 0 for no limit; `None` for the client's
    /// own quota, or else the book's.
    pub accounts_max: Option<u32>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl SetQuota {
    /// Lets the client have this many accounts in the book; 0 for no limit.
    pub const fn new(client: ClientId, book: BookId, accounts_max: u32) -> Self {
        Self { client, book, accounts_max: Some(accounts_max), key: None }
    }

    /// Goes back to the client's own quota, or else the book's.
    pub const fn lifted(client: ClientId, book: BookId) -> Self {
        Self { client, book, accounts_max: None, key: None }
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What can be asked about limits, monitors and quotas.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{LimitsRequest, Request};
///
/// let command = Command::from(RetireLimit::of(LimitId(7)));
/// let Request::Limits(request) = command.request else { panic!("of limits") };
/// assert!(matches!(*request, LimitsRequest::Retire(given) if given.limit == LimitId(7)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitsRequest {
    /// Define a limit.
    Define(NewLimit),
    /// Change a limit's figures.
    Change(LimitChange),
    /// End a limit.
    Retire(RetireLimit),
    /// Watch an account's balance.
    DefineMonitor(NewMonitor),
    /// End a monitor.
    RetireMonitor(RetireMonitor),
    /// Set a client's quota of accounts in a book.
    SetQuota(SetQuota),
}

/// What an entry records about limits, monitors and quotas: as given, and what the ledger added.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{Event, LimitsEvent};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let receipt = ledger.execute(NewLimit::new(wallet, Window::DAY).count(3))?;
/// let Event::Limits(event) = &receipt.entry().event else { panic!("a limit") };
/// match &**event {
///     LimitsEvent::Defined { given, limit, .. } => assert_eq!((given.count_max, *limit), (Some(3), LimitId(1))),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(event.account(), Some(wallet));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitsEvent {
    /// A limit was defined.
    Defined {
        /// As given.
        given: NewLimit,
        /// The limit.
        limit: LimitId,
        /// The book whose movements it counts; `None` for all books of a client.
        book: Option<BookId>,
    },
    /// A limit's figures were changed.
    Changed {
        /// As given.
        given: LimitChange,
    },
    /// A limit ended.
    Retired {
        /// As given.
        given: RetireLimit,
        /// Whose movements it counted.
        subject: Subject,
    },
    /// An account's balance is watched.
    MonitorDefined {
        /// As given.
        given: NewMonitor,
        /// The monitor.
        monitor: MonitorId,
        /// The threshold, in minor units of the account's currency.
        threshold: i128,
    },
    /// A monitor ended.
    MonitorRetired {
        /// As given.
        given: RetireMonitor,
        /// The account that it watched.
        account: AccountId,
    },
    /// A client's quota of accounts in a book was set.
    QuotaSet {
        /// As given.
        given: SetQuota,
    },
}

impl LimitsEvent {
    /// The account that it changed: which is limited or watched from then on, or no more.
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Defined { given: NewLimit { subject: Subject::Account(account), .. }, .. }
            | Self::Retired { subject: Subject::Account(account), .. }
            | Self::MonitorDefined { given: NewMonitor { account, .. }, .. }
            | Self::MonitorRetired { account, .. } => Some(*account),
            Self::Defined { .. } | Self::Retired { .. } | Self::Changed { .. } | Self::QuotaSet { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn span(window: Window, instant: &str) -> (String, String) {
        let step = window.step(at(instant));
        (window.begins(step).to_string(), window.leaves(step).to_string())
    }

    fn pair(from: &str, until: &str) -> (String, String) {
        (from.to_owned(), until.to_owned())
    }

    #[test]
    fn days_weeks_and_months_end_at_midnight_of_their_place() {
        let nairobi = |window: Window| window.at_offset(180);
        let late = "2024-02-29T21:00:00Z";
        assert_eq!(span(Window::DAY, late), pair("2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"));
        assert_eq!(span(nairobi(Window::DAY), late), pair("2024-02-29T21:00:00Z", "2024-03-01T21:00:00Z"));
        assert_eq!(span(Window::MONTH, late), pair("2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"));
        assert_eq!(span(nairobi(Window::MONTH), late), pair("2024-02-29T21:00:00Z", "2024-03-31T21:00:00Z"));
        // 29 February 2024 was a Thursday.
        assert_eq!(span(Window::WEEK, late), pair("2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"));
        assert_eq!(span(Window::WEEK, "2024-03-03T23:59:59.999999999Z").0, "2024-02-26T00:00:00Z");
        assert_eq!(span(Window::WEEK, "2024-03-04T00:00:00Z").0, "2024-03-04T00:00:00Z");
        assert_eq!(span(Window::MONTH, "1969-12-31T23:59:59Z"), pair("1969-12-01T00:00:00Z", "1970-01-01T00:00:00Z"));
    }

    #[test]
    fn every_month_of_six_centuries_begins_on_a_first() {
        let mut month = Window::MONTH.step(Timestamp::MIN) + 1;
        let last = Window::MONTH.step(Timestamp::MAX);
        while month <= last {
            let text = Window::MONTH.begins(month).to_string();
            let expected = format!("{:04}-{:02}-01T00:00:00Z", month / 12, month % 12 + 1);
            assert_eq!(text, expected);
            assert_eq!(Window::MONTH.step(Window::MONTH.begins(month)), month);
            assert_eq!(Window::MONTH.step(Window::MONTH.begins(month).plus_ns(-1)), month - 1);
            month += 1;
        }
    }

    #[test]
    fn a_sliding_window_is_never_shorter_than_asked() {
        for nanoseconds in [Window::SLIDING_NS_MIN, 1_000_000_007, 60_000_000_000, Window::SLIDING_NS_MAX] {
            let window = Window::Sliding { nanoseconds };
            let moved = at("2026-11-22T08:30:00.123456789Z");
            let step = window.step(moved);
            let at_end = moved.plus_ns(nanoseconds - 1);
            assert!(window.oldest_step(at_end) <= step, "within the window it counts");
            let gone = window.leaves(step);
            assert!(gone >= moved.plus_ns(nanoseconds));
            assert!(i128::from(gone.0 - moved.0) <= i128::from(nanoseconds) + step_ns(nanoseconds));
            assert_eq!(window.oldest_step(gone), step + 1, "then it does not");
            assert_eq!(window.oldest_step(gone.plus_ns(-1)), step);
            assert!(window.step(moved) - window.oldest_step(moved) <= 60);
        }
    }

    #[test]
    fn the_ends_of_time_have_windows() {
        for window in [Window::DAY, Window::WEEK, Window::MONTH.at_offset(-1_080), Window::last_hours(u32::MAX)] {
            for instant in [Timestamp::MIN, Timestamp::MAX] {
                let step = window.step(instant);
                assert!(window.begins(step) <= instant && instant <= window.leaves(step), "{window:?} at {instant}");
                assert!(window.oldest_step(instant) <= step);
            }
        }
    }

    #[test]
    fn impossible_windows_are_told() {
        assert!(Window::DAY.at_offset(1_080).is_possible() && Window::last_hours(24 * 400).is_possible());
        for wrong in [Window::DAY.at_offset(1_081), Window::MONTH.at_offset(i16::MIN), Window::last_hours(0)] {
            assert!(!wrong.is_possible());
        }
        assert!(!Window::last_hours(24 * 400 + 1).is_possible());
    }
}
