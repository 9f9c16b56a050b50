//! How fast a ledger takes transfers: one at a time, in batches, with fees, as holds and their captures, from several
//! threads; in memory, which is deciding, applying and encoding alone, and in a file, where every receipt is durable.
//!
//! What is simulated is decided and applied, and then taken back: neither encoded nor committed.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::time::{Duration, Instant};

use common::World;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use pacioli::{Command, Ledger};
use tempfile::TempDir;

const ACCOUNTS: u64 = 10_000;

fn in_memory(fees: bool) -> World {
    World::new(Ledger::in_memory().unwrap(), ACCOUNTS, fees).unwrap()
}

fn in_a_file() -> (TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(folder.path().join("bench.redb")).unwrap();
    let world = World::new(ledger, ACCOUNTS, false).unwrap();
    (folder, world)
}

fn batches(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, world: &World, sizes: &[usize]) {
    for size in sizes {
        group.throughput(Throughput::Elements(*size as u64));
        group.bench_function(format!("{name}/{size}"), |bencher| {
            let batch = || world.transfers(*size).unwrap();
            bencher.iter_batched(batch, |batch| world.carry_out(batch).unwrap(), BatchSize::PerIteration);
        });
    }
}

/// Deciding and applying, without encoding and without a commit; and taking it back.
fn simulated(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, world: &World, size: usize) {
    group.throughput(Throughput::Elements(size as u64));
    group.bench_function(format!("{name}/{size}"), |bencher| {
        let batch = || world.transfers(size).unwrap();
        let simulate = |batch: Vec<Command>| {
            world
                .ledger
                .simulate(|simulation| batch.into_iter().try_for_each(|command| simulation.execute(command).map(drop)))
        };
        bencher.iter_batched(batch, |batch| simulate(batch).unwrap(), BatchSize::PerIteration);
    });
}

/// Transfers that are reserved in one batch and captured in another.
fn two_phase(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, world: &World, size: usize) {
    group.throughput(Throughput::Elements(size as u64));
    group.bench_function(format!("{name}/{size}"), |bencher| {
        let batch = || world.holds(size).unwrap();
        bencher.iter_batched(batch, |batch| world.hold_and_capture(batch).unwrap(), BatchSize::PerIteration);
    });
}

fn posting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("posting");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    batches(&mut group, "memory", &in_memory(false), &[1, 100, 1_000, 8_000]);
    batches(&mut group, "memory, with fees", &in_memory(true), &[1_000]);
    two_phase(&mut group, "memory, in two phases", &in_memory(false), 1_000);
    simulated(&mut group, "simulated", &in_memory(false), 1_000);
    simulated(&mut group, "simulated, with fees", &in_memory(true), 1_000);
    let (_folder, world) = in_a_file();
    batches(&mut group, "file", &world, &[1, 100, 1_000, 8_000]);
    group.finish();
}

/// Threads that each give one transfer after the other; they share commits.
fn threads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("threads");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group.throughput(Throughput::Elements(1));
    for threads in [1, 16, 64] {
        let (_folder, world) = in_a_file();
        group.bench_function(format!("file/{threads}"), |bencher| {
            bencher.iter_custom(|transfers| {
                let began = Instant::now();
                std::thread::scope(|scope| {
                    for thread in 0..threads {
                        let share = (thread..transfers).step_by(threads as usize);
                        let world = &world;
                        scope.spawn(move || {
                            for _ in share {
                                world.ledger.transfer(world.transfer().unwrap()).unwrap();
                            }
                        });
                    }
                });
                began.elapsed()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, posting, threads);
criterion_main!(benches);
