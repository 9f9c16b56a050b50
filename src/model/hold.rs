//! A hold: money reserved on accounts by one entry, until it is settled by others. The entry holds the lines.
//!
//! Three things are holds: what a caller reserved, a credit that is not cleared yet, and a share of a credit that is
//! retained as security. They differ in what settling them means.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Charge, ClientId, EntryKind, Exchanged, InvoiceId, Operation, PayoutEvent, Sequence, Timestamp};
use crate::money::Amount;

/// A hold's identifier: the sequence of the entry that placed it.
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
/// let room = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// let id = room.hold().ok_or("a hold was placed")?;
/// // To a text of the host's and back.
/// let id: HoldId = id.to_string().parse()?;
/// ledger.release(id)?;
/// assert_eq!(ledger.view()?.hold(id)?.state, HoldState::Released);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HoldId(pub Sequence);

impl std::fmt::Display for HoldId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for HoldId {
    type Err = super::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl<T: Into<Sequence>> From<T> for HoldId {
    fn from(entry: T) -> Self {
        Self(entry.into())
    }
}

/// What is held, and so what settling it means.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::HoldKind;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let cheque = Credit::new(wallet, moves, book.money("30")?, "cheque-1").clearing(Clearing::ByCall);
/// let cheque = ledger.credit(cheque)?;
/// let room = ledger.hold(Credit::new(wallet, moves, book.money("5")?, "refund-7"))?;
/// let view = ledger.view()?;
/// assert_eq!((view.hold(&cheque)?.kind, view.hold(&room)?.kind), (HoldKind::Clearing, HoldKind::Hold));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HoldKind {
    /// A movement that was reserved. Captured: it happens. Released or expired: it does not.
    Hold,
    /// A credit that is posted but not available yet. Released, by call or when due: it is available. Captured: it is
    /// given back, charge and all.
    Clearing,
    /// A share of a credit, moved to a reserve account. Released, by call or when due: it comes back. Captured: it is
    /// taken, and goes where the credit came from.
    Reserve,
}

/// When a credit that is not available at once becomes so.
///
/// ```
/// use std::time::Duration;
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let monday = ledger.now().plus(Duration::from_secs(3 * 86_400));
/// ledger.credit(Credit::new(wallet, moves, book.money("12")?, "card-1").clearing(Clearing::At(monday)))?;
/// let cheque = Credit::new(wallet, moves, book.money("30")?, "cheque-1").clearing(Clearing::ByCall);
/// let cheque = ledger.credit(cheque)?;
/// let balance = ledger.view()?.balance(wallet)?;
/// assert_eq!((balance.current, balance.available), (book.money("42")?, book.money("0")?));
/// // The cheque bounces: the credit is given back.
/// ledger.capture(&cheque)?;
/// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("12")?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearing {
    /// When it is released by call.
    ByCall,
    /// When it is released by call, or at this time by the sweep.
    At(Timestamp),
}

impl Clearing {
    /// When the sweep clears it.
    pub const fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::ByCall => None,
            Self::At(due_at) => Some(due_at),
        }
    }
}

/// How far a hold is settled.
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
/// let room = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// assert_eq!(ledger.view()?.hold(&room)?.state, HoldState::Open);
/// ledger.capture(&room)?;
/// assert_eq!(ledger.view()?.hold(&room)?.state.to_string(), "Captured");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Something is left of it.
    Open,
    /// Nothing is left, and the last part was captured.
    Captured,
    /// Nothing is left, and the last part was released.
    Released,
    /// Nothing is left, and time gave the last part back.
    Expired,
}

words! {
    /// What people read.
    HoldState, "state of a hold":
    Open => "Open",
    Captured => "Captured",
    Released => "Released",
    Expired => "Expired",
}

/// How a hold is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Settled for good.
    Capture,
    /// Given up.
    Release,
    /// Given up because its time had come.
    Expire,
}

/// A hold as it stands after its last settlement. Amounts are minor units of the book's currency.
///
/// Invariants, kept by `rules` and proved by `verify`: `captured` and `released` together never pass `principal`; the
/// state is `Open` exactly as long as they are less.
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
/// let room = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// ledger.capture(Capture::part(&room, book.money("20")?, "night-1"))?;
/// let hold = ledger.view()?.hold(&room)?.hold;
/// assert_eq!((hold.principal, hold.captured), (book.amount("30")?, book.amount("20")?));
/// assert_eq!((hold.remainder(), hold.is_open()), (book.amount("10")?, true));
/// assert_eq!(hold.due_at, None); // time does not settle it
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its identifier.
    pub id: HoldId,
    /// What is held.
    pub kind: HoldKind,
    /// The operation that was reserved, and what statements will call it.
    pub of: (Operation, EntryKind),
    /// The client among whose keys its settlements have theirs.
    pub client: Option<ClientId>,
    /// How much was held, without charges.
    pub principal: Amount,
    /// How much of that has been captured.
    pub captured: Amount,
    /// How much of that has been released, by call or by time.
    pub released: Amount,
    /// When time settles it: a hold expires, a clearing credit clears, a reserve is released. `None` for never.
    pub due_at: Option<Timestamp>,
    /// How far it is settled.
    pub state: HoldState,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

impl Hold {
    /// How much of its principal is captured or released.
    pub fn settled(&self) -> Amount {
        // Not more than the principal.
        self.captured.plus(self.released).unwrap_or(self.principal)
    }

    /// How much of its principal is left.
    pub fn remainder(&self) -> Amount {
        self.principal.minus(self.settled()).unwrap_or_default()
    }

    /// Whether something is left of it.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, HoldState::Open)
    }
}

/// What a movement did beside moving money.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::Effect;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let room = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// let paid = ledger.capture(Capture::part(&room, book.money("20")?, "night-1"))?;
/// let effects = &paid.entry().posted().ok_or("money moved")?.effects;
/// match &effects[0] {
///     Effect::HoldSettled { captured, state, .. } => {
///         assert_eq!((*captured, *state), (book.amount("20")?, HoldState::Open));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// It placed a hold, which has the entry's sequence for its identifier.
    HoldPlaced {
        /// What is held.
        kind: HoldKind,
        /// The operation that was reserved, and what statements will call it.
        of: (Operation, EntryKind),
        /// How much, without charges.
        principal: Amount,
        /// When time settles it.
        due_at: Option<Timestamp>,
        /// Whether it may use the account's overdraft.
        may_overdraw: bool,
    },
    /// It settled a hold, or part of one.
    HoldSettled {
        /// The hold.
        hold: HoldId,
        /// What is held.
        kind: HoldKind,
        /// How.
        how: Settlement,
        /// The part of its principal that was asked for; `None` for all that was left.
        part: Option<Amount>,
        /// Whether what was left after the part was released.
        last: bool,
        /// How much of its principal has been captured with this.
        captured: Amount,
        /// How much of its principal has been released with this.
        released: Amount,
        /// How far it is settled with this.
        state: HoldState,
    },
    /// It was part of a payout.
    Payout {
        /// What happened to the payout.
        event: Box<PayoutEvent>,
    },
    /// It gave money of one book for money of another.
    Exchanged(Exchanged),
    /// It completed an invoice.
    InvoiceCompleted {
        /// The invoice.
        invoice: InvoiceId,
        /// What the payer paid, charge and all.
        amount: Amount,
        /// What collecting it cost; what the account nets is the amount less this.
        charge: Charge,
    },
}
