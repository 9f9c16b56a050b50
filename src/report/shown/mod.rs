//! How each report looks: its sections, and its text.
//!
//! The values know nothing of this. A file for each: `account`, `statement`, `trial_balance`, `rollup`, `clients`, `income`,
//! `fees`, `outstanding`, `payouts`.

mod account;
mod clients;
mod fees;
mod income;
mod outstanding;
mod payouts;
mod rollup;
mod statement;
mod trial_balance;
