//! How fast a ledger of 200,000 transfers between 1,000 accounts answers.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::time::Duration;

use common::{World, mixed};
use criterion::{Criterion, criterion_group, criterion_main};
use pacioli::Ledger;

fn reading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(folder.path().join("bench.redb")).unwrap();
    let world = World::new(ledger, 1_000, false).unwrap();
    world.grow(200_000).unwrap();
    let view = world.ledger.view().unwrap();
    // About 400 lines each.
    let mut number = 0;
    let mut account = || {
        number += 1;
        world.account(mixed(number))
    };

    let mut group = criterion.benchmark_group("reading");
    group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group.bench_function("a view", |bencher| bencher.iter(|| world.ledger.view().unwrap()));
    group.bench_function("the balance of an account", |bencher| {
        bencher.iter(|| view.balance(account()).unwrap());
    });
    group.bench_function("the last 50 lines of an account", |bencher| {
        bencher.iter(|| view.activities(account()).limit(50).page().unwrap());
    });
    group.bench_function("the second 50 lines of an account", |bencher| {
        bencher.iter_batched(
            || {
                let account = account();
                (account, view.activities(account).limit(50).page().unwrap().next)
            },
            |(account, next)| view.activities(account).after(next).limit(50).page().unwrap(),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("the statement of an account, all lines", |bencher| {
        bencher.iter(|| view.statement(account()).all().unwrap());
    });
    group.bench_function("the trial balance of 1,000 accounts", |bencher| {
        bencher.iter(|| view.trial_balance(world.book).unwrap());
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
