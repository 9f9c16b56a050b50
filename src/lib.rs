//! An embeddable, in-process double-entry ledger engine: SQLite for money.

mod layout;
mod ledger;
mod model;
pub mod money;
mod report;
mod rules;
pub mod store;

pub use layout::LayoutError;
pub use ledger::*;
pub use model::*;
pub use rules::{CodeSource, Command, Credit, Debit, Leg, Post, Rejection, Request, Reverse, Transfer};

/// Everything that a program needs for the common jobs, for `use pacioli::prelude::*`.
pub mod prelude {
    pub use crate::ledger::{
        AccountFilter, Activity, ActivityLine, Atomicity, Cursor, Error, Ledger, LineStatus, Listing, Page, Receipt,
        View, Zone,
    };
    pub use crate::model::{
        AccountChange, AccountId, AccountNumber, AccountStatus, AccountType, BookId, ClientChange, ClientId, Contact,
        EntryKind, Fee, FeeBearer, Metadata, NewAccount, NewBook, NewClient, NewService, Operations, Party, PartyKind,
        PostingId, Sequence, ServiceChange, ServiceId, Tariff, Tax, Timestamp,
    };
    pub use crate::money::{Amount, Currency, Decimal, Money, Rate, Rounding};
    pub use crate::rules::{Command, Credit, Debit, Post, Rejection, Reverse, Transfer};
}
