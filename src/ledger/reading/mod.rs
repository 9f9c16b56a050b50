//! What views show: balances, listings, entries, activities, statements, trial balances.
//!
//! Everything here is read from the journal and what is derived from it, as of the view's sequence; nothing writes,
//! waits for the writer or reads a clock. Files in reading order: `listing` (pages and cursors), `range`, `zone` (days
//! to instants), `reader` (one query's eyes: standings, snapshot, blocks), `trail` (an account's postings as a skip
//! list), `lines` (streams of postings, merged), `balance`, `accounts`, `records`, `entries`, `activity`, `activities`,
//! `statement`, `trial_balance`, `limits`.
//! `statement`, `trial_balance`, `events`.

mod accounts;
mod activities;
mod activity;
mod balance;
mod entries;
mod events;
mod holds;
mod limits;
mod lines;
mod listing;
mod parties;
mod range;
mod reader;
mod records;
mod statement;
mod trail;
mod trial_balance;
mod zone;

pub use accounts::AccountFilter;
pub use activities::{Activities, ClientActivities};
pub use activity::{ActivityLine, LineStatus};
pub use balance::{AccountBalance, AccountView};
pub use events::{EventPage, EventQuery};
pub use holds::HoldView;
pub use limits::{LimitUsage, UsageOf};
pub use listing::{Cursor, ListOrder, Listing, Page};
pub use statement::{Axis, Statement, StatementQuery};
pub use trial_balance::{TrialBalance, TrialGroup};
pub use zone::Zone;

pub(in crate::ledger) use events::follow;
