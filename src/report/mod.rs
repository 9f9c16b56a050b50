//! Reports: statements, trial balances and accounts as text for people.
//!
//! This layer only shows what views have read; it decides and reads nothing. Figures are exact, at the book's own
//! number of digits. Files in reading order: `table` (aligned columns), `account`, `statement`, `trial_balance`,
//! `rollup`.

mod account;
mod rollup;
mod statement;
mod table;
mod trial_balance;
