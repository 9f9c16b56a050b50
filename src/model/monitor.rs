//! Balance monitors: an account's figure crosses a threshold, and the entry that made it cross says so.

use serde::{Deserialize, Serialize};

use super::{AccountId, MonitorId, Sequence, Timestamp};
use crate::money::Money;

/// Which of an account's figures is watched.
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
/// let current = NewMonitor::new(wallet, book.money("50")?).figure(Figure::Current);
/// ledger.define_monitor(current)?;
/// // A hold lowers what is available, and nothing of what is posted.
/// let hold = ledger.hold(Debit::new(wallet, moves, book.money("80")?, "room-7"))?;
/// assert!(hold.crossings().is_empty());
/// assert_eq!(ledger.capture(&hold)?.crossings().len(), 1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// All that is posted.
    Current,
    /// What is posted, less the holds that would lower it.
    Available,
}

/// Which way a figure crosses a threshold. A figure that equals the threshold has reached it.
///
/// ```
/// use pacioli::Direction;
///
/// // From 100 to 40, past a threshold of 50.
/// assert!(Direction::Falling.crosses(50, 100, 40) && Direction::Both.crosses(50, 100, 40));
/// assert!(!Direction::Rising.crosses(50, 100, 40));
/// // What equals the threshold has reached it.
/// assert!(Direction::Rising.crosses(50, 40, 50) && !Direction::Falling.crosses(50, 100, 50));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From below the threshold to it or above.
    Rising,
    /// From the threshold or above to below it.
    Falling,
    /// Either way.
    Both,
}

impl Direction {
    /// Whether going from `before` to `after` crosses `threshold` this way.
    pub const fn crosses(self, threshold: i128, before: i128, after: i128) -> bool {
        let rises = before < threshold && after >= threshold;
        let falls = before >= threshold && after < threshold;
        match self {
            Self::Rising => rises,
            Self::Falling => falls,
            Self::Both => rises || falls,
        }
    }
}

/// A monitor to be defined.
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
/// let low = NewMonitor::new(wallet, book.money("50")?).direction(Direction::Falling).keyed("low");
/// ledger.define_monitor(low)?;
/// let paid = ledger.debit(Debit::new(wallet, moves, book.money("60")?, "pay-1"))?;
/// let crossing = paid.crossings()[0];
/// assert_eq!((crossing.before, crossing.after), (100_00, 40_00)); // minor units
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMonitor {
    /// The account watched; a book's own account may be.
    pub account: AccountId,
    /// The threshold, in the account's currency; it may be below zero.
    pub threshold: Money,
    /// Which figure is watched.
    pub figure: Figure,
    /// Which way of crossing is told.
    pub direction: Direction,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewMonitor {
    /// Watches the available balance, both ways.
    pub const fn new(account: AccountId, threshold: Money) -> Self {
        Self { account, threshold, figure: Figure::Available, direction: Direction::Both, key: None }
    }

    /// Watches this figure.
    #[must_use]
    pub const fn figure(mut self, figure: Figure) -> Self {
        self.figure = figure;
        self
    }

    /// Tells this way of crossing.
    #[must_use]
    pub const fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// The end of a monitor.
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
/// let monitor = ledger.define_monitor(NewMonitor::new(wallet, book.money("50")?))?;
/// assert!(ledger.retire_monitor(RetireMonitor::of(monitor.id))?.retired_at.is_some());
/// assert!(ledger.view()?.monitors(wallet)?.is_empty());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetireMonitor {
    /// The monitor.
    pub monitor: MonitorId,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl RetireMonitor {
    /// Ends this monitor.
    pub const fn of(monitor: MonitorId) -> Self {
        Self { monitor, key: None }
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A monitor as it stands.
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
/// let monitor = ledger.define_monitor(NewMonitor::new(wallet, book.money("50")?))?;
/// assert_eq!((monitor.account, monitor.threshold), (wallet, 50_00));
/// assert_eq!((monitor.figure, monitor.direction), (Figure::Available, Direction::Both));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    /// Its identifier.
    pub id: MonitorId,
    /// The account watched.
    pub account: AccountId,
    /// The threshold, in minor units of the account's currency.
    pub threshold: i128,
    /// Which figure is watched.
    pub figure: Figure,
    /// Which way of crossing is told.
    pub direction: Direction,
    /// When it was defined.
    pub defined_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
    /// When it ended, if it has.
    pub retired_at: Option<Timestamp>,
}

/// An entry made a watched figure cross its threshold. The figures are those before the entry and after the whole of it,
/// in minor units of the account's currency.
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
/// let monitor = ledger.define_monitor(NewMonitor::new(wallet, book.money("50")?))?;
/// let paid = ledger.debit(Debit::new(wallet, moves, book.money("60")?, "pay-1"))?;
/// let topped_up = ledger.credit(Credit::new(wallet, moves, book.money("60")?, "top-up-2"))?;
/// assert_eq!((paid.crossings()[0].monitor, paid.crossings()[0].is_rising()), (monitor.id, false));
/// assert!(topped_up.crossings()[0].is_rising());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// The monitor.
    pub monitor: MonitorId,
    /// The account.
    pub account: AccountId,
    /// The figure before the entry.
    pub before: i128,
    /// The figure after it.
    pub after: i128,
}

impl Crossing {
    /// Whether the figure rose.
    pub const fn is_rising(&self) -> bool {
        self.after > self.before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_itself_is_reached() {
        for (before, after, rising, falling) in [
            (9, 10, true, false),
            (10, 9, false, true),
            (10, 11, false, false),
            (8, 9, false, false),
            (-20, 20, true, false),
        ] {
            assert_eq!(Direction::Rising.crosses(10, before, after), rising, "{before} to {after}");
            assert_eq!(Direction::Falling.crosses(10, before, after), falling, "{before} to {after}");
            assert_eq!(Direction::Both.crosses(10, before, after), rising || falling, "{before} to {after}");
        }
    }
}
