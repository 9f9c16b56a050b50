//! An embeddable, in-process double-entry ledger engine: SQLite for money.

mod layout;
mod ledger;
mod model;
pub mod money;
mod rules;
pub mod store;

pub use layout::LayoutError;
pub use ledger::*;
pub use model::*;
pub use rules::{CodeSource, Command, Credit, Debit, Leg, Post, Rejection, Request, Reverse, Transfer};
