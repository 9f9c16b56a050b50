//! The inspector: looks into a ledger file, and measures how fast ledgers are. It uses the public API alone.
//!
//! Files in reading order: `failure` (what goes wrong, and the exit codes), `input` (files, moments and names), `listed`
//! (parts of lists), `output` (tables, colour and JSON), `info`, `clients`, `accounts`, `statement`, `activity`, `entry`,
//! `events`, `holds`, `payouts`, `invoices`, `limits`, `trial_balance`, `chart`, `verify`, `export`, `import`, `dump` (and `load`), `diff`,
//! `backup` (and `compact`), `report`, `explain`, `completions`; `demo`, `torture`; `bench` with `workload`, `lanes`,
//! `readers`, `place`, `floor` and `figures`; and `growth` with `killed`.

mod accounts;
mod activity;
mod backup;
mod bench;
mod chart;
mod clients;
mod completions;
mod demo;
mod diff;
mod dump;
mod entry;
mod events;
mod explain;
mod export;
mod failure;
mod figures;
mod floor;
mod growth;
mod holds;
mod import;
mod info;
mod input;
mod invoices;
mod killed;
mod lanes;
mod limits;
mod listed;
mod output;
mod payouts;
mod place;
mod readers;
mod report;
mod statement;
mod torture;
mod trial_balance;
mod verify;
mod workload;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::failure::Failure;

/// What stands below the help of the program.
const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  the ledger says no: there is no such account, a book does not balance, verifying found something,
     two ledgers differ, a line of a dump or an import is not right
  2  the command line is wrong
  3  the file cannot be opened or read

Nothing but `demo`, `import`, `load` and the measuring commands writes, and these only in new files or where they say so.
Colour is for terminals; NO_COLOR turns it off.

Examples:
  pacioli demo books.redb
  pacioli info shop.redb
  pacioli accounts shop.redb --as-of 2026-10-31
  pacioli statement shop.redb 10000007 --from 2026-11-01 --to 2026-11-30 --zone Africa/Nairobi
  pacioli verify shop.redb --json";

/// Looks into pacioli ledgers, and measures them.
#[derive(Debug, Parser)]
#[command(name = "pacioli", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON document instead of a table.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what a ledger is, and how much is in it.
    Info(info::Info),
    /// List accounts and what they hold.
    Accounts(accounts::Accounts),
    /// List clients, or show one.
    Clients(clients::Clients),
    /// Show what an account holds.
    Balance(accounts::BalanceOf),
    /// Show an account's lines, with the balances before and after.
    Statement(statement::StatementOf),
    /// Show lines of an account, of a client, or of the whole ledger.
    Activity(activity::Activity),
    /// Show one entry of the journal, whole.
    Entry(entry::EntryOf),
    /// Show every change of state, in order.
    Events(events::Events),
    /// List what is reserved, clearing or retained.
    Holds(holds::Holds),
    /// List payouts, or show one with its items.
    Payouts(payouts::Payouts),
    /// List invoices, or show one.
    Invoices(invoices::Invoices),
    /// List limits over time with what is used of them, and watched balances.
    Limits(limits::Limits),
    /// Show all totals of each book by side: debits equal credits.
    TrialBalance(trial_balance::TrialBalances),
    /// Show what the accounts of a book hold, rolled up by path.
    Chart(chart::Chart),
    /// Read the whole journal and prove the ledger by it.
    Verify(verify::Verify),
    /// Write the books in a form that another program accepts.
    Export(export::ExportOf),
    /// Take in books that were kept elsewhere.
    Import(import::ImportOf),
    /// Write the whole ledger as JSON lines, from which `load` builds it again.
    Dump(dump::Dump),
    /// Build a ledger again from its dump, proving every line.
    Load(dump::Load),
    /// Compare two ledgers.
    Diff(diff::Diff),
    /// Explain what a code means, and what to do about it.
    Explain(explain::Explain),
    /// Print what a shell needs to complete commands.
    Completions(completions::Completions),
    /// Make a ledger to try all of this on: a month in the life of a small town.
    Demo(demo::Demo),
    /// Measure how many transfers a second a ledger takes.
    Bench(bench::Bench),
    /// Grow a ledger, and show how its speed, size and memory change with it.
    Growth(growth::Growth),
    /// Kill writers of a new ledger, and check that nothing is lost on this machine.
    Torture(torture::Torture),
    #[command(hide = true)]
    TortureWriter(torture::Writer),
    #[command(hide = true)]
    WriteUntilKilled(killed::WriteUntilKilled),
    /// Copy a ledger's file and verify the copy.
    Backup(backup::Backup),
    /// Build a ledger's file anew without what it does not need, and verify it.
    Compact(backup::Compact),
    /// Put the reports of a ledger, a client, an account or a payout together.
    Report(report::ReportOf),
}

fn main() -> ExitCode {
    // Prints help, the version or a complaint, and leaves with 0 or 2.
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(arguments.json),
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let json = arguments.json;
    match &arguments.command {
        Command::Info(info) => output::print(json, &info.run()?),
        Command::Clients(clients) => output::print(json, &clients.run()?),
        Command::Activity(activity) => output::print(json, &activity.run()?),
        Command::Entry(entry) => output::print(json, &entry.run()?),
        Command::Events(events) => output::print(json, &events.run()?),
        Command::Holds(holds) => output::print(json, &holds.run()?),
        Command::Payouts(payouts) => output::print(json, &payouts.run()?),
        Command::Invoices(invoices) => output::print(json, &invoices.run()?),
        Command::Limits(limits) => output::print(json, &limits.run()?),
        Command::Explain(explain) => output::print(json, &explain.run()?),
        Command::Completions(completions) => output::print(json, &completions.run(&Arguments::command())),
        Command::Accounts(accounts) => output::print(json, &accounts.run()?),
        Command::Balance(balance) => output::print(json, &balance.run()?),
        Command::Statement(statement) => output::print(json, &statement.run()?),
        Command::TrialBalance(balances) => {
            let books = balances.run()?;
            output::print(json, &books)?;
            books.verdict()
        }
        Command::Chart(chart) => output::print(json, &chart.run()?),
        Command::Verify(verify) => {
            let verdict = verify.run()?;
            output::print(json, &verdict)?;
            verify.verdict(&verdict)
        }
        Command::Export(export) => export.run(),
        Command::Import(import) => {
            let imported = import.run()?;
            output::print(json, &imported)?;
            imported.verdict()
        }
        Command::Dump(dump) => dump.run(),
        Command::Load(load) => output::print(json, &load.run()?),
        Command::Diff(diff) => {
            let difference = diff.run()?;
            output::print(json, &difference)?;
            difference.verdict()
        }
        Command::Demo(demo) => output::print(json, &demo.run()?),
        Command::Bench(bench) => output::print(json, &bench.run()?),
        Command::Growth(growth) => output::print(json, &growth.run()?),
        Command::Torture(torture) => {
            let tortured = torture.run()?;
            output::print(json, &tortured)?;
            tortured.verdict()
        }
        Command::TortureWriter(writer) => writer.run(),
        Command::WriteUntilKilled(writer) => writer.run(),
        Command::Backup(backup) => output::print(json, &backup.run()?),
        Command::Compact(compact) => output::print(json, &compact.run()?),
        Command::Report(report) => report.run(json),
    }
}
