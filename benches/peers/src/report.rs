//! What comes out: a table for people, or JSON.

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::Serialize;

use crate::workload::Workload;
use crate::{Arguments, Name};

/// How one contestant has done.
#[derive(Debug, Serialize)]
pub struct Outcome {
    name: Name,
    /// The middle one of the rounds' rates, in transfers a second.
    median: f64,
    slowest: f64,
    fastest: f64,
    /// How many times its median pacioli's is; pacioli is the first in the list.
    pacioli_is_faster_by: Option<f64>,
    /// Transfers carried out, those of the rounds that are not counted included.
    pub transfers: u64,
    setup_seconds: f64,
    /// By how much its files have grown for each transfer, once it is closed.
    file_bytes_per_transfer: f64,
    /// What was written to the device in its turns, and in the pauses after them, for each transfer; 0 where the system
    /// does not tell.
    device_bytes_per_transfer: f64,
    /// Each counted round's rate.
    pub rates: Vec<f64>,
}

impl Outcome {
    pub fn new(
        name: Name,
        rates: Vec<f64>,
        transfers: u64,
        setup: Duration,
        file_bytes_per_transfer: f64,
        device_bytes_per_transfer: f64,
    ) -> Self {
        let mut sorted = rates.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { at(middle) } else { (at(middle.saturating_sub(1)) + at(middle)) / 2.0 };
        Self {
            name,
            median,
            slowest: at(0),
            fastest: at(sorted.len().saturating_sub(1)),
            pacioli_is_faster_by: None,
            transfers,
            setup_seconds: setup.as_secs_f64(),
            file_bytes_per_transfer,
            device_bytes_per_transfer,
            rates,
        }
    }
}

/// A run.
#[derive(Debug, Serialize)]
pub struct Report {
    workload: Workload,
    accounts: u32,
    transfers: u64,
    batch: u32,
    threads: u32,
    rounds: u32,
    seed: u64,
    pub contestants: Vec<Outcome>,
}

impl Report {
    pub(crate) fn new(arguments: &Arguments, mut contestants: Vec<Outcome>) -> Self {
        let ours = contestants.iter().find(|outcome| outcome.name == Name::Pacioli).map(|outcome| outcome.median);
        for outcome in &mut contestants {
            outcome.pacioli_is_faster_by = ours.map(|ours| ours / outcome.median);
        }
        Self {
            workload: arguments.workload,
            accounts: arguments.accounts,
            transfers: arguments.transfers,
            batch: arguments.batch,
            threads: arguments.threads,
            rounds: arguments.rounds,
            seed: arguments.seed,
            contestants,
        }
    }

    pub fn print(&self, json: bool) {
        if json {
            match serde_json::to_string_pretty(self) {
                Ok(text) => println!("{text}"),
                Err(error) => eprintln!("error: {error}"),
            }
            return;
        }
        println!(
            "{:?}, {} accounts, rounds of {} transfers in batches of {} from {} thread(s); medians of {} rounds\n",
            self.workload, self.accounts, self.transfers, self.batch, self.threads, self.rounds
        );
        println!(
            "{:<20}{:>13}{:>10}{:>10}{:>12}{:>14}{:>16}",
            "", "transfers/s", "slowest", "fastest", "pacioli is", "file B each", "device B each"
        );
        for outcome in &self.contestants {
            let ratio = outcome.pacioli_is_faster_by.map(|ratio| format!("{ratio:.2} x")).unwrap_or_default();
            let value = outcome.name.to_possible_value();
            let name = value.as_ref().map_or("", PossibleValue::get_name);
            println!(
                "{name:<20}{:>13.0}{:>10.0}{:>10.0}{ratio:>12}{:>14.0}{:>16.0}",
                outcome.median,
                outcome.slowest,
                outcome.fastest,
                outcome.file_bytes_per_transfer,
                outcome.device_bytes_per_transfer
            );
        }
        println!("\nAll books balance, and hold the transfers that they were given.");
    }
}
