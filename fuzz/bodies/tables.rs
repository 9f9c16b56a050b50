//! The tables of a ledger, by name, for what changes their rows from outside.

/// All of them, in the order that the corpora go by.
pub(crate) const TABLES: &[&str] = &[
    "header",
    "open_block",
    "journal",
    "rows",
    "state",
    "books",
    "clients",
    "services",
    "accounts",
    "types",
    "portfolios",
    "reversed",
    "devices",
    "payouts",
    "items_of_payouts",
    "channels",
    "invoices",
    "limits",
    "limited",
    "usage",
    "monitors",
    "monitored",
    "cursors",
    "counterparties",
    "sets",
    "set_members",
    "flows",
    "names",
    "facts",
    "account_paths",
    "memberships",
    "client_accounts",
    "book_accounts",
    "client_devices",
    "client_payouts",
    "client_invoices",
    "account_invoices",
    "client_counterparties",
    "due",
    "personal",
    "payers",
    "runs",
    "filters",
    "manifest",
];

/// Those that the journal makes, row by row. The header is told by nothing else, the index of keys may know more than
/// there is, and the mark of the sweep may be early.
#[allow(dead_code)]
pub(crate) fn derived() -> impl Iterator<Item = &'static str> {
    const ALONE: [&str; 7] = ["header", "open_block", "journal", "state", "runs", "filters", "manifest"];
    TABLES.iter().copied().filter(|table| !ALONE.contains(table))
}
