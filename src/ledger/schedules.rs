//! The ways in which threads may meet at the commit queue, tried by a model checker.
//!
//! ```text
//! RUSTFLAGS="--cfg loom"    cargo test --release --features faults --lib schedules -- --nocapture --test-threads 1
//! RUSTFLAGS="--cfg shuttle" cargo test --release --features faults --lib schedules -- --nocapture --test-threads 1
//! ```
//!
//! loom tries every schedule of two or three threads in which a thread is held up at most twice; shuttle draws schedules
//! of more threads, evenly and by priorities. `PACIOLI_SCHEDULES` says how many shuttle draws of each test in each way.
//! Whoever is never woken makes the checker say that all threads are blocked: waiting for a time is waiting for ever.
//!
//! In each of them what a caller was told is held against the store: who has a receipt finds the command there when the
//! ledger is opened again, and who was told that nothing was written does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::sync::thread;
use super::{Error, Ledger, Receipt};
use crate::model::{AccountChange, AccountId, EventId, NewBook, Sequence};
use crate::money::Currency;
use crate::store::faults::{FailedCommit, FaultStore, Repeat};
use crate::store::{MemoryStore, Store};

/// How many threads give commands.
const THREADS: u64 = if cfg!(loom) { 3 } else { 4 };

static TRIED: AtomicU64 = AtomicU64::new(0);

/// Tries schedules of what `scenario` does.
fn explore(name: &str, scenario: impl Fn() + Send + Sync + 'static) {
    let before = TRIED.load(Ordering::Relaxed);
    let counted = move || {
        TRIED.fetch_add(1, Ordering::Relaxed);
        scenario();
    };
    #[cfg(loom)]
    {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.max_threads = 5;
        builder.max_branches = 100_000;
        builder.check(counted);
    }
    #[cfg(shuttle)]
    {
        let asked = std::env::var("PACIOLI_SCHEDULES").ok();
        let schedules = asked.map_or(2_000, |asked| asked.parse().expect("PACIOLI_SCHEDULES is a whole number"));
        let counted = Arc::new(counted);
        let again = Arc::clone(&counted);
        shuttle::check_random(move || counted(), schedules);
        shuttle::check_pct(move || again(), schedules, 3);
    }
    println!("schedules {name} tried={}", TRIED.load(Ordering::Relaxed) - before);
}

/// What a caller was told of the book of a number.
type Told = (u64, Result<Receipt, Error>);

fn book(number: u64) -> NewBook {
    NewBook::live(format!("book {number}"), Currency::KES).keyed(format!("key {number}"))
}

fn open(store: impl Store) -> Ledger {
    Ledger::builder().over(Arc::new(store)).unwrap()
}

/// A ledger on a store in memory, and the store.
fn fresh() -> (MemoryStore, Ledger) {
    let store = MemoryStore::new();
    (store.clone(), open(store))
}

/// A thread that opens the book of its number.
fn opens(ledger: &Ledger, number: u64) -> thread::JoinHandle<Told> {
    let ledger = ledger.clone();
    thread::spawn(move || (number, ledger.execute(book(number))))
}

fn joined<T>(threads: Vec<thread::JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Opens the ledger again: what each was told is so.
fn is_true(store: MemoryStore, told: Vec<Told>) {
    let again = open(store);
    let mut found = Vec::new();
    for (number, told) in told {
        let receipt = again.execute(book(number)).unwrap();
        match told {
            Ok(told) => {
                assert!(receipt.is_replayed(), "the book {number} is lost");
                assert_eq!(receipt.sequence(), told.sequence());
                found.push(receipt.sequence());
            }
            Err(Error::OutcomeUnknown(_)) => {}
            Err(error) => assert!(!receipt.is_replayed(), "the book {number} is there, and yet: {error}"),
        }
    }
    found.sort_unstable();
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "two in one place: {found:?}");
}

#[test]
fn each_command_is_acknowledged_once_and_when_it_is_durable() {
    explore("each_once", || {
        let (store, ledger) = fresh();
        let threads = (0..THREADS).map(|number| {
            let ledger = ledger.clone();
            thread::spawn(move || {
                let receipt = ledger.execute(book(number));
                let seen = ledger.view().unwrap().sequence();
                assert!(receipt.as_ref().is_ok_and(|receipt| receipt.sequence() <= seen));
                (number, receipt)
            })
        });
        let told = joined(threads.collect());
        assert_eq!(ledger.view().unwrap().sequence(), Sequence(THREADS));
        drop(ledger);
        is_true(store, told);
    });
}

/// Of the store's operations any of the next ones fails, with whatever outcome.
fn failing(name: &str, operations: u64, scenario: fn(&Ledger) -> Vec<Told>) {
    for at in 0..operations {
        for failed in [FailedCommit::Lost, FailedCommit::Applied] {
            explore(&format!("{name}, {failed:?} at {at}"), move || {
                let store = MemoryStore::new();
                // What comes after must be read: nothing lies on the desk.
                open(store.clone()).execute(book(100)).unwrap();
                let faults = Arc::new(FaultStore::new(store.clone()));
                let ledger = Ledger::builder().over(Arc::clone(&faults) as Arc<dyn Store>).unwrap();
                faults.fail_at(faults.operations() + at, Repeat::Once, failed);
                let told = scenario(&ledger);
                drop(ledger);
                is_true(store, told);
            });
        }
    }
}

#[test]
fn failure_reaches_everybody_who_waits_and_is_told_truly() {
    failing("failure", if cfg!(loom) { 3 } else { 6 }, |ledger| {
        joined((0..THREADS).map(|number| opens(ledger, number)).collect())
    });
}

/// Somebody cannot read while others commit, or the other way round.
#[test]
fn failing_read_is_not_told_of_commits_that_are_on_their_way() {
    failing("failing_read", if cfg!(loom) { 3 } else { 8 }, |ledger| {
        let reader = ledger.clone();
        let reader = thread::spawn(move || drop(reader.execute((AccountId(1), AccountChange::default()))));
        let told = joined((1..THREADS).map(|number| opens(ledger, number)).collect());
        reader.join().unwrap();
        told
    });
}

/// A transaction commits what was decided before it, and then what it did itself; either can fail.
#[test]
fn transaction_that_fails_is_not_told_of_what_was_decided_before() {
    failing("failing_transaction", if cfg!(loom) { 3 } else { 6 }, |ledger| {
        let transacting = ledger.clone();
        let transacting = thread::spawn(move || (1, transacting.transaction(|tx| tx.execute(book(1)))));
        let mut told = joined((2..=THREADS).map(|number| opens(ledger, number)).collect());
        told.push(transacting.join().unwrap());
        told
    });
}

#[test]
fn transactions_stand_together_whoever_else_commits() {
    explore("transactions", || {
        let (store, ledger) = fresh();
        let transacting = ledger.clone();
        let both = thread::spawn(move || {
            transacting.transaction(|tx| Ok::<_, Error>([tx.execute(book(10))?, tx.execute(book(11))?]))
        });
        let mut told = joined((0..THREADS - 1).map(|number| opens(&ledger, number)).collect());
        let [first, second] = both.join().unwrap().unwrap();
        assert_eq!(first.sequence().next(), second.sequence());
        told.extend([(10, Ok(first)), (11, Ok(second))]);
        drop(ledger);
        is_true(store, told);
    });
}

fn awaited(ticket: super::Ticket) -> Result<Receipt, Error> {
    #[cfg(loom)]
    return loom::future::block_on(ticket);
    #[cfg(shuttle)]
    return shuttle::future::block_on(ticket);
}

#[test]
fn tickets_are_done_whether_they_are_waited_for_awaited_or_thrown_away() {
    explore("tickets", || {
        let (store, ledger) = fresh();
        let one = ledger.clone();
        let awaiting = thread::spawn(move || {
            let ticket = one.submit(book(0)).unwrap();
            drop(one);
            (0, awaited(ticket))
        });
        drop(ledger.submit(book(1)).unwrap());
        let waiting = ledger.submit(book(2)).unwrap();
        let mut told = vec![(2, waiting.wait())];
        told.push(awaiting.join().unwrap());
        drop(ledger);
        assert!(told.iter().all(|(_, told)| told.is_ok()));
        assert!(open(store.clone()).execute(book(1)).unwrap().is_replayed());
        is_true(store, told);
    });
}

#[test]
fn closing_while_others_wait_tells_each_what_became_of_it() {
    explore("closing", || {
        let (store, ledger) = fresh();
        let others: Vec<_> = (0..THREADS - 1).map(|number| opens(&ledger, number)).collect();
        ledger.close().unwrap();
        is_true(store, joined(others));
    });
}

#[test]
fn last_handle_goes_while_a_ticket_is_waited_for() {
    explore("last_handle", || {
        let (store, ledger) = fresh();
        let ticket = ledger.submit(book(0)).unwrap();
        let other = thread::spawn(move || drop(ledger));
        let told = ticket.wait();
        assert!(told.is_ok(), "{told:?}");
        other.join().unwrap();
        is_true(store, vec![(0, told)]);
    });
}

#[test]
fn subscriber_is_woken_by_commits_and_by_the_end() {
    explore("subscriber", || {
        let (store, ledger) = fresh();
        let mut subscription = ledger.subscribe(EventId::START).unwrap();
        let subscriber = thread::spawn(move || {
            let first = subscription.next();
            let rest: Vec<_> = subscription.map(|event| event.unwrap().id.sequence).collect();
            assert!(rest.windows(2).all(|pair| pair[0] <= pair[1]), "{rest:?}");
            first.map(|event| event.unwrap().id.sequence)
        });
        let told = vec![(0, ledger.execute(book(0)))];
        let second = (1, ledger.execute(book(1)));
        drop(ledger);
        // None of it if the ledger had closed before it began to look.
        assert!(subscriber.join().unwrap().is_none_or(|first| first == Sequence(1)));
        is_true(store, told.into_iter().chain([second]).collect());
    });
}
