//! An embeddable, in-process double-entry ledger engine: SQLite for money.
//!
//! A program that holds other people's money opens a [`Ledger`] as it would open a file, and gives it commands. Each
//! command becomes one entry of an append-only journal, with debits equal to credits and every balance before and after,
//! or is refused with a [`Rejection`] that carries the figures. What has been answered with a [`Receipt`] is on disk,
//! and the same command under the same key is never carried out twice. Everything lies in one file, or in tables of the
//! [`redb`](https://docs.rs/redb) database that the host already has, where both are committed together. There is no
//! server, no network and no unsafe code in this crate.
//!
//! ```
//! use pacioli::prelude::*;
//!
//! # fn main() -> Result<(), Error> {
//! let ledger = Ledger::in_memory()?; // Ledger::open("shop.redb")?
//! let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
//! let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
//! let client = ledger.register_client(NewClient::individual("KE", njeri))?;
//! let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
//! let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
//!
//! let receipt = ledger.credit(Credit::new(wallet.id, sales.id, book.money("96.00")?, "SJK4H7XYZ1"))?;
//! assert_eq!(receipt.activity().map(|line| line.current_balance), Some(book.money("96.00")?));
//! assert!(ledger.view()?.trial_balance(book.id)?.is_balanced());
//! # Ok(())
//! # }
//! ```
//!
//! `examples/quickstart.rs` is a whole day of a wallet business; `docs/guide` has a chapter for each job.
//!
//! # Concepts
//!
//! | word | what it is |
//! |---|---|
//! | [`Ledger`] | the handle: one journal, in one file |
//! | [`Book`] | accounts of one currency, live or test, that balance among themselves |
//! | [`Client`] | an individual or a business that owns accounts |
//! | [`Account`] | a named place where totals are kept: a client's wallet, or one of the book's own [`SystemAccount`]s |
//! | [`Service`] | the rules that a client's operations run under: what is allowed, fees, tax, limits |
//! | [`Device`] | an approver's public key: the private one stays outside |
//! | [`Payout`] | a batch to disburse: previewed, signed, held as a whole, settled item by item |
//! | [`Command`] | what is asked: [`Credit`], [`Debit`], [`Transfer`], [`Post`], [`Reverse`], or a change of the nouns above |
//! | [`Invoice`] | money expected from outside, by a [`Channel`]: posted once when it is complete |
//! | [`Posting`] | one line: account, side, amount, totals after |
//! | [`Entry`] | one record of the journal: what was asked, what came of it, and its postings |
//! | [`Limit`] | how often or how much may move for an account, client or service in a window |
//! | [`Monitor`] | a threshold of an account's balance: the entry that crosses it says so |
//! | [`Activity`] | one account's view of a posting: gap-free number, balance before and after |
//! | [`Counterparty`] | whom a client's money comes from or goes to; its texts can be erased |
//! | [`View`] | the ledger at one moment: balances, statements, trial balances, listings |
//! | [`LedgerEvent`] | one change of state, told to those who follow the ledger: by [`View::events`] or a [`Subscription`] |
//!
//! Clients' money is a liability of the book: a credit raises a wallet, a debit lowers it.
//!
//! # What always holds
//!
//! - Debits equal credits, in every entry and every book; sums are whole minor units, never floats, never rounded
//!   unasked.
//! - An entry is written whole or not at all, in one order, and no call changes or removes one.
//! - A receipt means durable: it survives the end of the process and, on a disk that keeps what it has synced, the loss
//!   of power.
//! - A command given again under its key is answered with its first receipt; a key given to another command is refused.
//! - No account goes below its floor, unless a privileged command says so and the entry records that.
//! - Stored bytes are checked when they are read; [`Ledger::verify`] proves all of them by replaying the journal.
//! - What is said of people lies beside the journal, which commits to it, and can be erased ([`Ledger::erase_client`],
//!   [`Ledger::erase_counterparty`]) without touching a posting, a digest or a number.
//! - After a failed commit nothing more is accepted until the ledger is opened again, which reads the truth.
//!
//! `README.md` names the test behind each of these, and what is *not* promised.
//!
//! # Three kinds of no
//!
//! *Invalid* is what could never be right, such as a sum with too many digits: it cannot be built ([`money::MoneyError`]).
//! *Rejected* is what the books refuse: nothing was written, the key is free, and [`Rejection::code`] is stable.
//! *Failed* is what storage could not do. All arrive as [`Error`].
//!
//! # Code map
//!
//! The law does not know that it is stored; the store does not know that it holds money; one layer knows both.
//! `tests/architecture.rs` keeps it so.
//!
//! | folder | what is in it | may use |
//! |---|---|---|
//! | `money` | currencies, exact amounts, rates, allocation | nothing |
//! | `model` | the nouns: accounts, entries, balances | `money` |
//! | `rules` | the law: judging a command, drafting its entry, applying it, replaying the journal | `model`, `money` |
//! | `store` | an ordered map of bytes, in memory and in redb | nothing |
//! | `layout` | records to bytes, journal blocks, indexes, loading | `rules`, `model`, `money`, `store` |
//! | `ledger` | the handle, the writer, transactions, views, verification | all of these |
//! | `report` | reports as values, and as text, CSV and HTML | `export`, `ledger`, `model`, `money` |
//! | `export` | the books for other programs: hledger, beancount, CSV, JSON lines, camt.053 | `ledger`, `model`, `money` |
//! | `import` | books that were kept elsewhere: CSV, JSON lines, hledger, beancount | `ledger`, `rules`, `model`, `money` |
//! | `testing` | for the host's own tests, behind the feature `testing` | `ledger`, `rules`, `model`, `money`, `store` |
//! | `bin/pacioli` | the inspector, behind the feature `cli` | the public names alone |

mod export;
mod import;
mod layout;
mod ledger;
mod model;
pub mod money;
pub mod report;
mod rules;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use export::{Export, ExportError};
pub use import::{Import, ImportError, ImportForm, ImportProgress, ImportReport, RejectedLine};
pub use layout::LayoutError;
pub use ledger::*;
pub use model::*;
pub use rules::{
    Capture, ChartRequest, CodeSource, Command, CompleteInvoice, Condition, Credit, Debit, DeviceRequest, Exchange,
    Expire, Explanation, Held, InvoiceRequest, Leg, NonceSource, PayoutRequest, PlaceHold, Post, Rejection, Release,
    Request, Reverse, Transfer,
};

/// Everything that a program needs, for `use pacioli::prelude::*`: the ledger, every command and what it is made of, the
/// records that it keeps, and what views are asked for and show. Reports have [`report`] to themselves.
///
/// ```
/// use pacioli::prelude::*;
///
/// /// What a program of your own keeps beside the ledger.
/// struct Shop {
///     ledger: Ledger,
///     book: Book,
///     till: Account,
///     sales: Service,
/// }
///
/// fn sell(shop: &Shop, price: &str, key: &str) -> Result<AccountBalance, Error> {
///     shop.ledger.credit(Credit::new(shop.till.id, shop.sales.id, shop.book.money(price)?, key))?;
///     shop.ledger.view()?.balance(shop.till.id)
/// }
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?;
/// # let till = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
/// # let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
/// # let shop = Shop { ledger, book, till, sales };
/// assert_eq!(sell(&shop, "96.00", "SJK4H7XYZ1")?.current.to_string(), "KES 96.00");
/// # Ok::<(), Error>(())
/// ```
pub mod prelude {
    pub use crate::ledger::{
        AccountBalance, AccountFilter, AccountView, Activity, ActivityLine, Atomicity, Axis, BackupOptions, BalanceAt,
        BatchTicket, ClosedPeriod, Cursor, Error, EventPage, HoldView, InvoiceFilter, InvoiceView, Ledger,
        LedgerBuilder, LimitUsage, LineStatus, Listing, ManualClock, Page, PayoutFilter, PayoutView, Receipt,
        Statement, Subscription, Ticket, Transaction, TrialBalance, Verification, View, Zone,
    };
    pub use crate::model::{
        Account, AccountChange, AccountClass, AccountId, AccountNumber, AccountPath, AccountSet, AccountSetChange,
        AccountStatus, AccountType, AccountTypeRule, Acknowledge, AdvanceInvoice, Balance, Band, Beneficiary, Book,
        BookId, Change, ChangeKind, Channel, ChannelChange, Clearing, Client, ClientChange, ClientId, ClosePeriod,
        Contact, Counterparty, CounterpartyChange, CounterpartyId, Counts, Device, DeviceId, Direction, Entry,
        EntryKind, Erase, EventId, Expiry, Fee, FeeBearer, Figure, Flows, Hold, HoldId, HoldState, Invoice,
        InvoiceFailure, InvoiceId, InvoiceState, InvoiceStep, LedgerEvent, Limit, LimitChange, LimitId, Limits, Member,
        Metadata, Mode, Monitor, MonitorId, NewAccount, NewAccountSet, NewBook, NewChannel, NewClient, NewCounterparty,
        NewDevice, NewInvoice, NewLimit, NewMonitor, NewPayout, NewPayoutItem, NewService, Operation, Operations,
        Party, PartyKind, Payout, PayoutChange, PayoutId, PayoutItem, PayoutItemChange, PayoutItemId, PayoutItemState,
        PayoutPreview, PayoutState, Per, Posting, PostingId, Provider, PublicKey, Reference, Reserve, RetireLimit,
        RetireMonitor, RevokeDevice, Rewind, RotateDevice, Sequence, Service, ServiceChange, ServiceId, SetId,
        SetQuota, Side, Signature, SignedApproval, StateChange, Subject, SystemAccount, Tariff, Tax, Timestamp,
        TrackingId, UnknownWord, Window,
    };
    pub use crate::money::{Amount, Currency, Decimal, ExchangeRate, Money, MoneyError, Rate, Rounding};
    pub use crate::rules::{
        Capture, Command, CompleteInvoice, Condition, Credit, Debit, Exchange, Explanation, Held, Leg, PlaceHold, Post,
        Rejection, Release, Reverse, Transfer,
    };
}

/// The programs of README and guide, which run with the tests.
#[cfg(doctest)]
mod guide {
    macro_rules! chapters {
        ($($name:ident: $file:literal,)+) => {$(
            #[doc = include_str!(concat!("../", $file))]
            struct $name;
        )+};
    }

    chapters! {
        Readme: "README.md",
        Concepts: "docs/guide/concepts.md",
        Money: "docs/guide/money.md",
        Fees: "docs/guide/fees.md",
        Holds: "docs/guide/holds.md",
        Payouts: "docs/guide/payouts.md",
        Marketplace: "docs/guide/marketplace.md",
        WhatIf: "docs/guide/what-if.md",
        HostTables: "docs/guide/host-tables.md",
        Errors: "docs/guide/errors.md",
        FromSql: "docs/guide/from-sql.md",
        Reports: "docs/reports.md",
    }

    #[cfg(feature = "testing")]
    chapters! {
        Testing: "docs/guide/testing.md",
    }
}
