//! What views show: balances, listings, entries, activities, statements, trial balances.
//!
//! Everything here is read from the journal and what is derived from it, as of the view's sequence; nothing writes,
//! waits for the writer or reads a clock. Files in reading order: `listing` (pages and cursors), `range`, `zone` (days
//! to instants), `reader` (one query's eyes: standings, snapshot, blocks), `trail` (an account's postings as a skip
//! list), `lines` (streams of postings, merged), `balance`, `as_of`, `accounts`, `records`, `payouts`, `entries`, `facts`,
//! `activity`, `activities`, `statement`, `trial_balance`, `holds`, `invoices`, `limits`, `rollup`, `sets`, `positions`,
//! `periods`, `events`, `counts`.

mod accounts;
mod activities;
mod activity;
mod as_of;
mod balance;
mod counts;
mod entries;
mod events;
mod facts;
mod holds;
mod invoices;
mod limits;
mod lines;
mod listing;
mod parties;
mod payouts;
mod periods;
mod positions;
mod range;
mod reader;
mod records;
mod rollup;
mod sets;
mod statement;
mod trail;
mod trial_balance;
mod zone;

pub use accounts::AccountFilter;
pub use activities::{Activities, ClientActivities};
pub use activity::{ActivityLine, LineStatus};
pub use as_of::BalanceAt;
pub use balance::{AccountBalance, AccountView};
pub use counts::LedgerCounts;
pub(in crate::ledger) use events::follow;
pub use events::{EventPage, EventQuery};
pub use holds::HoldView;
pub use invoices::{InvoiceFilter, InvoiceView};
pub use limits::{LimitUsage, UsageOf};
pub use listing::{Cursor, ListOrder, Listing, Page};
pub use payouts::{PayoutFilter, PayoutView};
pub use periods::ClosedPeriod;
pub use positions::{Position, Revaluation, RevaluedPosition};
pub use rollup::{Rollup, RollupNode, Totals};
pub use sets::SetBalance;
pub use statement::{Axis, Statement, StatementQuery};
pub use trial_balance::{TrialBalance, TrialGroup};
pub use zone::Zone;
