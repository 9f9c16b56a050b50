//! Reports: what a view shows, gathered as values, and written as text, CSV, HTML or (by serde) JSON.
//!
//! A report is a value of one moment: it is made from a [`View`](crate::View), of now or of any earlier entry, by a
//! function `of`; its public fields are the figures, exact, with the invariants that hold among them. How it looks is
//! another matter: every report gives its [`sections`](Report::sections), and a [`Document`] of sections is written as text
//! ([`Display`](std::fmt::Display)), as [CSV](Document::csv) or as one static [HTML](Document::html) file. As JSON, what is
//! written is the value itself.
//!
//! | report | what it shows |
//! |---|---|
//! | [`Statement`](crate::Statement) | an account's lines in a period, with the balance before and after, and its [`Curve`] |
//! | [`TrialBalance`](crate::TrialBalance) | every account of a book, by type, on the side on which it stands |
//! | [`ClientAccounts`] | a client's accounts by book, with what they hold and what the book owes |
//! | [`Income`] | what a book earned in a period, what moved, and where that leaves it |
//! | [`Fees`] | what was charged in a period, and given back, by service and by account |
//! | [`Outstanding`] | holds, clearing credits, reserves and payouts that are open, with their ages |
//! | [`PayoutReport`], [`Payouts`] | a payout with its items; the payouts of a book with their sums |
//! | [`Rollup`](crate::Rollup) | the accounts of a book by path |
//!
//! ```
//! use pacioli::prelude::*;
//! use pacioli::report::{Document, Fees, Income, Period};
//!
//! # fn main() -> Result<(), Error> {
//! let ledger = Ledger::in_memory()?;
//! let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
//! let view = ledger.view()?;
//! let november = Period::days("2026-11-01", "2026-11-30", &Zone::named("Africa/Nairobi")?)?.by_effective_time();
//! let document = Document::new("November")
//!     .with(&view.trial_balance(book.id)?)
//!     .with(&Income::of(&view, book.id, &november)?)
//!     .with(&Fees::of(&view, book.id, &november)?);
//! println!("{document}");
//! let page: String = document.html().to_string();
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! # Ok(())
//! # }
//! ```
//!
//! `docs/reports.md` shows each of them. This layer decides nothing, reads no clock and uses what every program may use.
//! Files in reading order: `period`; `walk` (the movements of one); `document` (sections, tables, cells), `text`, `csv`;
//! `curve`, `svg`, `escape`, `html`; a file for each report, `clients`, `income`, `fees`, `outstanding`, `payout_sums`,
//! `payout`, `payouts`; and `shown`, which makes sections of them all.

mod clients;
mod csv;
mod curve;
mod document;
mod escape;
mod fees;
mod html;
mod income;
mod outstanding;
mod payout;
mod payout_sums;
mod payouts;
mod period;
mod shown;
mod svg;
mod text;
mod walk;

pub use clients::{BookAccounts, ClassTotal, ClientAccounts};
pub use csv::Csv;
pub use curve::{Curve, Step};
pub use document::{Align, Block, Cell, Column, Document, Report, Row, Section, Table};
pub use fees::{AccountCharges, ChargeKind, Charged, Fees, ServiceCharges};
pub use html::Html;
pub use income::{ClassPosition, Income, IncomeGroup};
pub use outstanding::{Age, AgeBucket, KindTotal, Outstanding, OutstandingItem, OutstandingKind, OutstandingLine};
pub use payout::{PayoutLine, PayoutReport, StateTotal};
pub use payout_sums::PayoutSums;
pub use payouts::{PayoutRow, Payouts};
pub use period::Period;
