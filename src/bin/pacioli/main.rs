//! The inspector: looks into a ledger file, and measures how fast ledgers are. It uses the public API alone.
//!
//! Files in reading order: `failure` (what goes wrong, and the exit codes), `output` (tables and JSON), `bench` with
//! `workload`, `floor` and `figures`.

mod bench;
mod failure;
mod figures;
mod floor;
mod output;
mod workload;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// What stands below the help of the program.
const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  the ledger says no
  2  the command line is wrong
  3  the file cannot be opened or read";

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
    /// Measure how many transfers a second a ledger takes.
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    // Prints help, the version or a complaint, and leaves with 0 or 2.
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let json = arguments.json;
    match &arguments.command {
        Command::Bench(bench) => output::print(json, &bench.run()?),
    }
}
