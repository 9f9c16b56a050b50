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
