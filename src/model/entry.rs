//! An entry: one record of the journal. Every change of a ledger is one.

use serde::{Deserialize, Serialize};

use super::{
    AccountChange, AccountId, AccountTypeRule, BookId, ChartEvent, ClientChange, ClientId, Commitment, Crossing,
    CursorEvent, DeviceEvent, Effect, EntryKind, Few, Hold, HoldId, HoldKind, HoldState, InvoiceEvent, LimitsEvent,
    Metadata, NewAccount, NewBook, NewClient, NewService, Operation, Party, PartyEvent, PayoutEvent, PeriodClosed,
    Postings, Reference, Sequence, ServiceChange, ServiceId, Timestamp, TransactionSource,
};
use crate::money::Amount;

/// One record of the journal: what was asked, what came of it, and the totals after.
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
/// let sale = Credit::new(wallet, moves, book.money("96")?, "sale-1").narrated("Flour");
/// let receipt = ledger.execute(Command::from(sale).by("till-7"))?;
/// let entry = ledger.view()?.entry(receipt.sequence())?;
/// assert_eq!((entry.key.as_deref(), entry.actor.as_deref()), (Some("sale-1"), Some("till-7")));
/// assert_eq!((entry.narrative(), entry.effective_at()), (Some("Flour"), entry.recorded_at));
/// let sides: Vec<_> = entry.postings.iter().map(|posting| (posting.side, posting.account)).collect();
/// assert_eq!(sides, [(Side::Debit, book.system(SystemAccount::External)), (Side::Credit, wallet)]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the journal.
    pub sequence: Sequence,
    /// When the ledger learned it; strictly later than the entry before.
    pub recorded_at: Timestamp,
    /// Who asked for it, if the host said so.
    pub actor: Option<Box<str>>,
    /// The client among whose keys its key is unique; `None` for the operator's commands.
    pub client: Option<ClientId>,
    /// The caller's name for the command.
    pub key: Option<Box<str>>,
    /// What happened.
    pub event: Event,
    /// The lines; empty unless money moved.
    pub postings: Postings,
}

/// What an entry records: the content as it was given, and what the ledger added to it.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::Event;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let entries = ledger.view()?.entries(None, 100)?.items;
/// let opened = entries.iter().filter(|entry| matches!(entry.event, Event::AccountOpened { .. })).count();
/// let moved = entries.iter().filter(|entry| entry.posted().is_some()).count();
/// assert_eq!((opened, moved), (1, 1));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Money moved.
    Posted(Posted),
    /// A book was opened, with its system accounts.
    BookOpened {
        /// As given.
        given: Box<NewBook>,
        /// The book.
        book: BookId,
        /// The first of its system accounts; the others follow.
        system_first: AccountId,
    },
    /// A host's own account type was defined.
    AccountTypeDefined {
        /// As given.
        given: Box<AccountTypeRule>,
    },
    /// A client was registered.
    ClientRegistered {
        /// As given, but for its personal texts, which lie beside the journal.
        given: Box<NewClient>,
        /// The client.
        client: ClientId,
        /// Its code, given or generated.
        code: String,
        /// The commitment to its personal texts.
        commitment: Commitment,
    },
    /// A client was changed.
    ClientChanged {
        /// As given, but for its personal texts: they are empty where they were given.
        given: Box<ClientChange>,
        /// The client.
        client: ClientId,
        /// The commitment to all its personal texts as they are now, if any was given.
        commitment: Option<Commitment>,
    },
    /// An account was opened.
    AccountOpened {
        /// As given.
        given: Box<NewAccount>,
        /// The account.
        account: AccountId,
        /// The rule of its type at that time.
        rule: Box<AccountTypeRule>,
        /// Its label, given or `default`.
        label: Option<String>,
    },
    /// An account was changed, its status perhaps.
    AccountChanged {
        /// As given.
        given: Box<AccountChange>,
        /// The account.
        account: AccountId,
    },
    /// A service was defined.
    ServiceDefined {
        /// As given.
        given: Box<NewService>,
        /// The service.
        service: ServiceId,
        /// Its code, given or generated.
        code: String,
    },
    /// A service was changed: its next version.
    ServiceChanged {
        /// As given.
        given: Box<ServiceChange>,
        /// The service.
        service: ServiceId,
        /// The version from here on.
        version: u32,
    },
    /// Something happened to a device.
    Device(Box<DeviceEvent>),
    /// Something happened to a payout, and no money moved by it.
    Payout(Box<PayoutEvent>),
    /// A channel was defined or changed, or an invoice took a step that moved no money.
    Invoice(Box<InvoiceEvent>),
    /// A limit, monitor or quota was set, changed or ended.
    Limits(Box<LimitsEvent>),
    /// A consumer of events set its cursor.
    Cursor(Box<CursorEvent>),
    /// A book's period was closed.
    PeriodClosed(Box<PeriodClosed>),
    /// A set of accounts or a list of allowed flows was defined or changed.
    Chart(Box<ChartEvent>),
    /// A counterparty was recorded or changed, or personal texts were erased.
    Parties(Box<PartyEvent>),
}

/// A movement of money.
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
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1").kind(EntryKind::Sale))?;
/// let posted = sale.entry().posted().ok_or("money moved")?;
/// assert_eq!((posted.operation, posted.kind), (Operation::Credit, EntryKind::Sale));
/// assert_eq!((posted.service, posted.forced), (Some((moves, 1)), false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Which operation it was.
    pub operation: Operation,
    /// What statements call it.
    pub kind: EntryKind,
    /// Whether money crossed the ledger's edge.
    pub source: TransactionSource,
    /// The service that it ran under, and its version then.
    pub service: Option<(ServiceId, u32)>,
    /// When it happened, if that was given; else when it was recorded.
    pub effective_at: Option<Timestamp>,
    /// Whether floors were set aside by privilege.
    pub forced: bool,
    /// What it reverses.
    pub reverses: Option<Reverses>,
    /// What it did beside moving money, in this order; mostly nothing.
    pub effects: Few<Effect>,
    /// Texts and references, if any were given.
    pub details: Option<Box<Details>>,
    /// The watched figures that it made cross their thresholds, by monitor.
    pub crossed: Few<Crossing>,
}

/// What a reversal takes back.
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
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1"))?;
/// let refund = ledger.reverse(Reverse::part(&sale, book.money("6")?, "refund-1"))?;
/// let reverses = refund.entry().posted().and_then(|posted| posted.reverses).ok_or("a reversal")?;
/// assert_eq!((reverses.original, reverses.total), (sale.sequence(), book.amount("6")?));
/// assert!(!reverses.whole); // 90.00 are left
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverses {
    /// The entry reversed.
    pub original: Sequence,
    /// How much of its principal was asked for, in minor units; `None` for all that was left.
    pub part: Option<Amount>,
    /// How much of its principal has been reversed with this, in minor units.
    pub total: Amount,
    /// Whether nothing of it is left.
    pub whole: bool,
}

/// Texts and references of a movement.
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
/// let sale = Credit::new(wallet, moves, book.money("96")?, "sale-1").narrated("Flour").referring("order", "77");
/// let receipt = ledger.credit(sale)?;
/// let details = receipt.entry().posted().and_then(|posted| posted.details.as_deref()).ok_or("texts were given")?;
/// assert_eq!((details.narrative.as_deref(), details.references.len()), (Some("Flour"), 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// What statements say of it.
    pub narrative: Option<String>,
    /// The caller's facts.
    pub metadata: Metadata,
    /// The caller's names for things outside; at most one of each kind.
    pub references: Vec<Reference>,
    /// Whom the money came from.
    pub from: Option<Party>,
    /// Whom the money went to.
    pub to: Option<Party>,
}

impl Posted {
    /// A movement of no service that happened when it was recorded and did nothing beside: the rest is filled in.
    pub(crate) const fn of(operation: Operation, kind: EntryKind, source: TransactionSource) -> Self {
        Self {
            operation,
            kind,
            source,
            service: None,
            effective_at: None,
            forced: false,
            reverses: None,
            effects: Few::NONE,
            details: None,
            crossed: Few::NONE,
        }
    }

    /// The hold that it placed for a caller, as it says: the movement reserved, until when, and whether that may
    /// overdraw.
    pub(crate) fn reserved(&self) -> Option<((Operation, EntryKind), Option<Timestamp>, bool)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::HoldPlaced { kind: HoldKind::Hold, of, due_at, may_overdraw, .. } => {
                Some((*of, *due_at, *may_overdraw))
            }
            _ => None,
        })
    }
}

impl Entry {
    /// The hold that it placed, as it stood then.
    pub(crate) fn placed_hold(&self) -> Option<Hold> {
        self.posted()?.effects.iter().find_map(|effect| match effect {
            Effect::HoldPlaced { kind, of, principal, due_at, may_overdraw: _ } => Some(Hold {
                id: HoldId(self.sequence),
                kind: *kind,
                of: *of,
                client: self.client,
                principal: *principal,
                captured: Amount::ZERO,
                released: Amount::ZERO,
                due_at: *due_at,
                state: HoldState::Open,
                placed_at: self.recorded_at,
                changed_at: self.recorded_at,
                changed_in: self.sequence,
            }),
            _ => None,
        })
    }

    /// A hold as it stood after this, if this settled it or some of it.
    pub(crate) fn settled_hold(&self, before: &Hold) -> Option<Hold> {
        self.posted()?.effects.iter().find_map(|effect| match effect {
            Effect::HoldSettled { hold, captured, released, state, .. } if *hold == before.id => Some(Hold {
                captured: *captured,
                released: *released,
                state: *state,
                changed_at: self.recorded_at,
                changed_in: self.sequence,
                ..before.clone()
            }),
            _ => None,
        })
    }

    /// The movement, if this entry is one.
    pub fn posted(&self) -> Option<&Posted> {
        match &self.event {
            Event::Posted(posted) => Some(posted),
            _ => None,
        }
    }

    /// What it says of a payout, if it belongs to one.
    pub fn payout(&self) -> Option<&PayoutEvent> {
        match &self.event {
            Event::Payout(event) => Some(event),
            Event::Posted(posted) => posted.effects.iter().find_map(|effect| match effect {
                Effect::Payout { event } => Some(&**event),
                Effect::HoldPlaced { .. }
                | Effect::HoldSettled { .. }
                | Effect::Exchanged(_)
                | Effect::InvoiceCompleted { .. } => None,
            }),
            _ => None,
        }
    }

    /// When it counts: when it happened if that was given, else when it was recorded.
    pub fn effective_at(&self) -> Timestamp {
        self.posted().and_then(|posted| posted.effective_at).unwrap_or(self.recorded_at)
    }

    /// What statements say of it.
    pub fn narrative(&self) -> Option<&str> {
        self.posted()?.details.as_ref()?.narrative.as_deref()
    }
}
