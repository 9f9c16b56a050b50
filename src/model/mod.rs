//! The nouns of the ledger: identifiers, times, clients, books, accounts, services, postings and entries.
//!
//! This layer knows what things are, not what may be done with them, and not that they are stored.
//! Files in reading order: `ids`, `words`, `time`, `convert`, `text`, `octets`, `few`, `change`, `path`, `book`,
//! `personal`, `party`, `client`, `account`, `set`, `flows`, `chart`, `tariff`, `operation`, `service`, `stage`,
//! `balance`, `posting`, `limit`, `monitor`, `cursor`, `channel`, `invoice`, `collection`, `exchange`, `period`,
//! `device`, `tracking`, `payout`, `payout_request`, `payout_event`, `approval`, `hold`, `entry`, `event`.

mod account;
mod approval;
mod balance;
mod book;
mod change;
mod channel;
mod chart;
mod client;
mod collection;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time", feature = "uuid"))]
mod convert;
mod cursor;
mod device;
mod entry;
mod event;
mod exchange;
mod few;
mod flows;
mod hold;
mod ids;
mod invoice;
mod limit;
mod monitor;
mod octets;
mod operation;
mod party;
mod path;
mod payout;
mod payout_event;
mod payout_request;
mod period;
mod personal;
mod posting;
mod service;
mod set;
mod stage;
mod tariff;
mod text;
mod time;
mod tracking;
mod words;

pub use account::{
    Account, AccountChange, AccountClass, AccountStatus, AccountType, AccountTypeRule, Extras, NewAccount,
    SYSTEM_ACCOUNTS, SystemAccount,
};
pub use approval::{APPROVAL_CONTEXT, PayoutPreview, PreviewItem, SignedApproval};
pub use balance::Balance;
pub use book::{Book, Mode, NewBook};
pub use channel::{Channel, ChannelChange, ChannelId, NewChannel};
pub use client::{Client, ClientChange, ClientKind, Contact, NewClient};
pub use collection::{AdvanceInvoice, InvoiceEvent, InvoiceStep, NewInvoice};
pub use cursor::{Acknowledge, CursorEvent, CursorMove, CursorRequest, EventCursor, Rewind};
pub use device::{Device, DeviceEvent, DeviceKey, DeviceState, KeyAlgorithm, NewDevice, RevokeDevice, RotateDevice};
pub use entry::{Details, Entry, Event, Posted, Reverses};
pub use event::{ChangeKind, LedgerEvent, MovedLine, StateChange};
pub use exchange::{Exchanged, ExchangedSide};
pub use few::Few;
pub use hold::{Clearing, Effect, Hold, HoldId, HoldKind, HoldState, Settlement};
pub use ids::{
    AccountId, AccountNumber, BookId, ClientId, CounterpartyId, DeviceId, EventId, InvalidId, LimitId, MonitorId,
    PayoutId, PostingId, Sequence, ServiceId,
};
pub use invoice::{Invoice, InvoiceFailure, InvoiceId, InvoiceState};
pub use limit::{
    Counts, Limit, LimitChange, LimitsEvent, LimitsRequest, NewLimit, Per, RetireLimit, SetQuota, Subject, Window,
};
pub use monitor::{Crossing, Direction, Figure, Monitor, NewMonitor, RetireMonitor};
pub(crate) use octets::hex;
#[cfg(any(test, feature = "json"))]
pub(crate) use octets::octets_of;
pub use octets::{ApprovalDigest, Commitment, Hash, InvalidHex, Nonce, PublicKey, SealDigest, Signature};
pub use operation::{EntryKind, Operation, TransactionSource};
pub use party::{Counterparty, CounterpartyChange, Erase, NewCounterparty, PartyEvent, PartyRequest};
pub use payout::{Approval, Approvers, Beneficiary, Payout, PayoutItem, PayoutItemState, PayoutState, Provider};
pub use payout_event::{InitiatedPayout, PayoutEvent, PricedItem};
pub use payout_request::{
    Expiry, NewPayout, NewPayoutItem, PayoutChange, PayoutItemChange, PayoutItemStep, PayoutStep,
};
pub use period::{ClosePeriod, PeriodClosed, SealedGroup, SealedTrialBalance};
pub use personal::Committed;
pub(crate) use personal::{Owner, Personal, Texts, amended};
pub(crate) use posting::Marks;
pub use posting::{Posting, Postings, Role, SKIP_LEVELS, SKIP_RADIX, Tally};
pub use service::{FeeBearer, NewService, Operations, Reserve, Service, ServiceChange};
pub use stage::Stage;
pub use tariff::{Band, Charge, Fee, Tariff, Tax};
pub use text::{Limits, Metadata, Party, PartyKind, Reference};
pub use time::{InvalidTime, Timestamp};
pub use tracking::{PayoutItemId, TrackingId};
pub use words::UnknownWord;
pub(crate) use words::{is_code, words};

// The chart's.
pub use account::Blocks;
pub use change::Change;
pub use chart::ChartEvent;
pub use flows::Flows;
pub use ids::SetId;
pub use path::AccountPath;
pub use set::{AccountSet, AccountSetChange, Member, NewAccountSet, SetPath};
pub use text::MetadataChange;

/// Which side of an account a posting stands on.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert_eq!((Side::Debit.opposite(), Side::Debit.to_string()), (Side::Credit, "debit".to_owned()));
/// assert_eq!("credit".parse(), Ok(Side::Credit));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The left side.
    Debit,
    /// The right side.
    Credit,
}

impl Side {
    /// The other side.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }
}

words! {
    /// Its name in small letters, as serde has it.
    Side, "side":
    Debit => "debit",
    Credit => "credit",
}
