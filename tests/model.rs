//! Random commands against a naive ledger that sums a list: every receipt, rejection and balance must be the same.
//!
//! The naive ledger (`model/naive.rs` and what it is made of) keeps no totals and calls none of the engine's rules. What
//! it allows follows the requirements; which of several reasons is told first follows the order in which `rules` asks,
//! since the requirements name none. The commands come one at a time, in batches, by tickets, inside transactions
//! and simulations, from one thread and from many.
//!
//! One run, the same each time, fails if a kind of command about payouts, devices or counterparties was never carried out
//! or never refused, or if one of their reasons was never told (`model/tally.rs`): then it would show nothing of it.
//!
//! - `PACIOLI_MODEL_COMMANDS=200000 cargo test --release --test model` gives that many commands to each engine, others
//!   each time.
//! - `PACIOLI_MODEL_SEED=7 cargo test --test model` runs the one world of that seed; a failing test prints its seed.
//!   Threads meet in another way each time, so there the seed gives the same commands, not the same order.
//! - `cargo test --features faults --test model` cuts a third engine's power while it works.

// The model and its helpers are tests too, which clippy cannot see.
#![allow(clippy::field_reassign_with_default, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(unreachable_pub)]

#[path = "model/found.rs"]
mod found;
#[path = "model/mod.rs"]
mod model;
#[path = "model/threads.rs"]
mod threads;

use model::drive::{Engine, Pair};
use model::random::Random;
use model::tally::Tally;

/// Commands of one world: many short ones, and a few in which histories grow long. The naive ledger's sums grow with
/// the square of it.
const WORLDS: [usize; 4] = [300, 300, 1_000, 2_000];

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("the variable is a whole number"))
}

/// The seed asked for. Else a change is judged by the same commands each time, and long runs look elsewhere each time.
fn seed() -> u64 {
    let chosen = || match variable("PACIOLI_MODEL_COMMANDS") {
        None => 20_491_110,
        Some(_) => Random::seeded(std::process::id().into()).next(),
    };
    variable("PACIOLI_MODEL_SEED").unwrap_or_else(chosen)
}

fn world(seed: u64, engine: Engine) -> (usize, Tally) {
    let length = WORLDS[(seed % WORLDS.len() as u64) as usize];
    (length, Pair::new(seed, engine).run(length))
}

/// Gives so many commands, world after world; of one seed only, if one is asked for.
fn worlds(commands: usize, engine: impl Fn(u64) -> Engine) {
    if variable("PACIOLI_MODEL_SEED").is_some() {
        world(seed(), engine(seed()));
        return;
    }
    let wanted = variable("PACIOLI_MODEL_COMMANDS").map_or(commands, |commands| commands as usize);
    let mut seeds = Random::seeded(seed());
    let mut given = 0;
    while given < wanted {
        let seed = seeds.next();
        given += world(seed, engine(seed)).0;
    }
}

#[test]
fn commands_by_chance_try_everything() {
    // The same in every run: the rarest things happen by chance.
    let mut seeds = Random::seeded(1);
    let (mut given, mut tally) = (0, Tally::default());
    while given < 40_000 {
        let (length, counted) = world(seeds.next(), Engine::Memory);
        given += length;
        tally.add(counted);
    }
    tally.assert_tried();
}

#[test]
fn ledger_in_memory_does_what_the_naive_ledger_does() {
    worlds(20_000, |_| Engine::Memory);
}

#[test]
fn ledger_in_a_file_does_what_the_naive_ledger_does() {
    let directory = tempfile::tempdir().unwrap();
    worlds(4_000, |seed| Engine::File(directory.path().join(format!("{seed}.redb"))));
}

#[cfg(feature = "faults")]
#[test]
fn ledger_whose_power_is_cut_does_what_the_naive_ledger_does() {
    worlds(4_000, |_| Engine::Disk(pacioli::store::faults::SimDisk::new()));
}
