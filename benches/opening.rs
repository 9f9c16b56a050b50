//! How long a ledger takes to open, after a clean close and after a kill, by what is in it.
//!
//! A kill is a copy of the file that is made while the ledger is open and nothing is being written: what a process that
//! is killed between two commits leaves behind. `pacioli growth` kills a process in the midst of one.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::time::{Duration, Instant};

use common::World;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pacioli::Ledger;
use pacioli::store::CommitMode;

fn opening(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("opening");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    for transfers in [1_000, 100_000, 1_000_000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench.redb");
        let world = World::new(Ledger::open(&path).unwrap(), 10_000, false).unwrap();
        world.grow(transfers).unwrap();
        world.ledger.close().unwrap();
        group.bench_with_input(BenchmarkId::new("transfers", transfers), &path, |bencher, path| {
            bencher.iter_custom(|times| {
                let mut taken = Duration::ZERO;
                for _ in 0..times {
                    let began = Instant::now();
                    let ledger = Ledger::open(path).unwrap();
                    taken += began.elapsed();
                    ledger.close().unwrap();
                }
                taken
            });
        });
    }
    group.finish();
}

fn opening_after_a_kill(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("opening after a kill");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    for (name, mode) in [("one phase", CommitMode::OnePhase), ("quick repair", CommitMode::QuickRepair)] {
        for transfers in [1_000, 100_000] {
            let folder = tempfile::tempdir().unwrap();
            let [path, left] = ["bench.redb", "left.redb"].map(|name| folder.path().join(name));
            let ledger = Ledger::builder().commit_mode(mode).open(&path).unwrap();
            let world = World::new(ledger, 10_000, false).unwrap();
            world.grow(transfers).unwrap();
            group.bench_function(BenchmarkId::new(name, transfers), |bencher| {
                bencher.iter_custom(|times| {
                    let mut taken = Duration::ZERO;
                    for _ in 0..times {
                        std::fs::copy(&path, &left).unwrap();
                        let began = Instant::now();
                        let ledger = Ledger::builder().commit_mode(mode).open(&left).unwrap();
                        taken += began.elapsed();
                        ledger.close().unwrap();
                    }
                    taken
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, opening, opening_after_a_kill);
criterion_main!(benches);
