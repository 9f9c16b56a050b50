//! The law: what may be asked, when the books say no, and what an entry changes.
//!
//! This layer is pure: it never reads a clock, a file or another thread, and it does not know that anything is stored.
//! [`decide`] judges one command against the [`Desk`] and drafts an entry with all its totals; [`apply`] copies them
//! back. When a record is not on the desk, `decide` names it ([`Need`]) and is asked again once it has been laid there:
//! a planning function of its own would have to be kept in step with the law. Files in reading order:
//! `command`, `rejection`, `remedies`, `explanation`, `desk`, `draft`, `decide`, `lines`, `movements`, `tariffs`, `reserves`, `exchange`, `periods`,
//! `share`, `reversals`, `holds`, `invoices`, `payouts`, `devices`, `accounts`, `clients`, `services`, `personal`,
//! `parties`, `chart`, `flows`, `velocity`, `limits`, `monitors`, `conditions`, `texts`, `codes`, `changes`, `cursors`,
//! `apply`, `replay`.

mod accounts;
mod apply;
mod changes;
mod chart;
mod clients;
mod codes;
mod command;
mod conditions;
mod cursors;
mod decide;
mod desk;
mod devices;
mod draft;
mod exchange;
mod explanation;
mod flows;
mod holds;
mod invoices;
mod limits;
mod lines;
mod monitors;
mod movements;
mod parties;
mod payouts;
mod periods;
mod personal;
mod rejection;
mod remedies;
mod replay;
mod reserves;
mod reversals;
mod services;
mod share;
mod tariffs;
mod texts;
mod velocity;

pub(crate) use apply::{apply, catch_up};
pub(crate) use changes::{changes, events};
pub use codes::{CodeSource, NonceSource};
pub(crate) use codes::{Sources, generated_code};
pub use command::{
    Capture, ChartRequest, Command, CompleteInvoice, Condition, Credit, Debit, DeviceRequest, Exchange, Expire, Held,
    InvoiceRequest, Leg, PayoutRequest, PlaceHold, Post, Release, Request, Reverse, Transfer,
};
pub(crate) use decide::{Verdict, decide, identify};
pub(crate) use desk::{
    Beside, Counters, Desk, Name, Need, PAGE_ROWS, Place, Portfolio, Record, Refusal, Reversed, Row, Terms, Used,
    UsedStep, first_of_page, page_of, row_on_page,
};
pub(crate) use draft::Moment;
pub use explanation::Explanation;
pub(crate) use holds::{outstanding, settlement};
pub(crate) use parties::{committed, erased, parties, restored};
pub(crate) use periods::EFFECTIVE_SKEW_NS;
pub(crate) use personal::{reference_digest, value_digest};
pub use rejection::Rejection;
pub(crate) use replay::{Discrepancy, Replay};
