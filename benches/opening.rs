//! How long a ledger takes to open after a clean close, by what is in it.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::time::{Duration, Instant};

use common::World;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pacioli::Ledger;

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

criterion_group!(benches, opening);
criterion_main!(benches);
