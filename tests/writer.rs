//! The writer: tickets and futures, batches, transactions with the host's own tables, and what a failed commit means.

// The helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::future::Future;
use std::pin::pin;
#[cfg(feature = "faults")]
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use pacioli::prelude::*;
use pacioli::{Account, Book, Contact, Service};
use redb::{Database, ReadableDatabase, TableDefinition};

const ORDERS: TableDefinition<'_, u64, &str> = TableDefinition::new("orders");

struct Shop {
    book: Book,
    wallet: Account,
    savings: Account,
    service: Service,
}

impl Shop {
    fn open(ledger: &Ledger) -> Self {
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES).keyed("book")).unwrap();
        let contact = Contact::new("Njeri", "njeri@shop.ke", "0700000001");
        let client =
            ledger.register_client(NewClient::business("Shop", "KE", "P051", contact).keyed("client")).unwrap();
        let open = |name: &str| NewAccount::new(client.id, book.id, AccountType::WORKING).keyed(name);
        let wallet = ledger.open_account(open("wallet")).unwrap();
        let savings = ledger.open_account(open("savings")).unwrap();
        let service = NewService::new(client.id, book.id, "CUSTOM_SERVICE").narrative_required(false).keyed("service");
        let service = ledger.define_service(service).unwrap();
        Self { book, wallet, savings, service }
    }

    fn credit(&self, sum: &str, key: &str) -> Credit {
        Credit::new(self.wallet.id, self.service.id, self.book.money(sum).unwrap(), key)
    }

    fn save(&self, sum: &str, key: &str) -> Transfer {
        let money = self.book.money(sum).unwrap();
        Transfer::new(self.wallet.id, self.savings.id, self.service.id, money, key)
    }

    fn current(&self, ledger: &Ledger) -> String {
        ledger.view().unwrap().balance(self.wallet.id).unwrap().current.text()
    }
}

fn database() -> Arc<Database> {
    Arc::new(Database::builder().create_with_backend(redb::backends::InMemoryBackend::new()).unwrap())
}

fn orders(database: &Database) -> usize {
    let transaction = database.begin_read().unwrap();
    match transaction.open_table(ORDERS) {
        Ok(table) => usize::try_from(redb::ReadableTableMetadata::len(&table).unwrap()).unwrap(),
        Err(_) => 0,
    }
}

fn sound(ledger: &Ledger) -> u64 {
    let verification = ledger.verify_all().unwrap();
    assert_eq!(verification.finding, None);
    verification.entries
}

/// How long a test may take, on however busy a machine: what waits for ever fails with a sentence instead of hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs the body of a test on a thread of its own, which is left behind if it hangs.
fn bounded(body: impl FnOnce() + Send + 'static) {
    let (done, has_ended) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        let _said_when_dropped = done;
        body();
    });
    if has_ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("somebody still waits after {} s for what never comes", PATIENCE.as_secs());
    }
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[derive(Default)]
struct Woken(AtomicUsize, Option<std::thread::Thread>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        if let Some(thread) = &self.1 {
            thread.unpark();
        }
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Woken(AtomicUsize::new(0), Some(std::thread::current()))));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn tickets_can_be_awaited_waited_for_and_dropped() {
    bounded(|| {
        let ledger = Ledger::in_memory().unwrap();
        let shop = Shop::open(&ledger);
        let awaited = block_on(ledger.submit(shop.credit("1.00", "awaited")).unwrap()).unwrap();
        let waited = ledger.submit(shop.credit("2.00", "waited")).unwrap().wait().unwrap();
        assert_eq!(awaited.sequence().next(), waited.sequence());
        drop(ledger.submit(shop.credit("4.00", "dropped")).unwrap());
        let rejected = block_on(ledger.submit(shop.save("100.00", "too much")).unwrap());
        assert!(matches!(rejected, Err(Error::Rejected(Rejection::InsufficientFunds { .. }))));
        // The dropped one is durable all the same: the rejection came after it.
        assert_eq!(shop.current(&ledger), "7.00");
        sound(&ledger);
    });
}

#[test]
fn ticket_outlives_its_ledger() {
    bounded(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.redb");
        let ledger = Ledger::open(&path).unwrap();
        let shop = Shop::open(&ledger);
        let ticket = ledger.submit(shop.credit("1.00", "last")).unwrap();
        drop(ledger);
        assert!(!ticket.wait().unwrap().is_replayed());
        assert_eq!(shop.current(&Ledger::open(&path).unwrap()), "1.00");
    });
}

#[test]
fn batches_are_decided_while_others_are_committed() {
    bounded(|| {
        let ledger = Ledger::in_memory().unwrap();
        let shop = Shop::open(&ledger);
        let batch =
            |at: u32| (0..50).map(|n| shop.credit("0.01", &format!("{at} {n}")).into()).collect::<Vec<Command>>();
        let tickets: Vec<_> = (0..40).map(|at| ledger.enqueue(batch(at), Atomicity::Each).unwrap()).collect();
        for ticket in tickets.into_iter().rev() {
            assert!(ticket.wait().unwrap().into_iter().all(|result| result.is_ok()));
        }
        assert_eq!(shop.current(&ledger), "20.00");
        sound(&ledger);
    });
}

#[test]
fn one_refusal_refuses_an_all_or_nothing_batch() {
    let ledger = Ledger::in_memory().unwrap();
    let shop = Shop::open(&ledger);
    let commands =
        vec![shop.credit("5.00", "a").into(), shop.save("9.00", "b").into(), shop.credit("5.00", "c").into()];
    let results = ledger.submit_batch(commands.clone(), Atomicity::All).unwrap();
    assert_eq!(results[0], Err(Rejection::BatchRefused { at: 1 }));
    assert!(matches!(results[1], Err(Rejection::InsufficientFunds { .. })));
    assert_eq!(results[2], Err(Rejection::BatchRefused { at: 1 }));
    assert_eq!(shop.current(&ledger), "0.00");
    let results = ledger.submit_batch(commands, Atomicity::Each).unwrap();
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert!(!results[0].as_ref().unwrap().is_replayed());
    sound(&ledger);
}

/// What nobody waits for does not gather in memory: a batch has an end, and whoever comes then commits it.
#[cfg(feature = "faults")]
#[test]
fn batch_that_is_full_is_committed_by_whoever_comes_next() {
    // No other thread commits, and a batch ends at 64 KiB.
    let ledger = Ledger::builder().tight().reproducible(7).in_memory().unwrap();
    let shop = Shop::open(&ledger);
    let begun = ledger.view().unwrap().sequence().0;
    let (mut most, mut tickets) = (0, Vec::new());
    for at in 0..3_000u64 {
        let command = shop.credit("1.00", &format!("{at}")).narrated("n".repeat(500)).into();
        tickets.push(ledger.enqueue(vec![command], Atomicity::Each).unwrap());
        most = most.max(begun + at + 1 - ledger.view().unwrap().sequence().0);
    }
    // Each is 500 bytes and more.
    assert!((16..=131).contains(&most), "{most} waited at once");
    for ticket in tickets {
        assert!(ticket.wait().unwrap()[0].is_ok());
    }
    assert_eq!((ledger.view().unwrap().sequence().0, shop.current(&ledger).as_str()), (begun + 3_000, "3000.00"));
}

#[test]
fn transaction_reads_services_and_says_which_there_are_not() {
    let database = database();
    let ledger = Ledger::within(Arc::clone(&database)).unwrap();
    let shop = Shop::open(&ledger);
    ledger.close().unwrap();
    let ledger = Ledger::within(database).unwrap();
    ledger
        .transaction(|tx| {
            assert_eq!(tx.service(shop.service.id)?, shop.service);
            let unknown = tx.service(ServiceId(99)).unwrap_err();
            assert_eq!(unknown.rejection(), Some(&Rejection::ServiceNotFound { service: ServiceId(99) }));
            let balance = tx.balance(shop.wallet.id)?;
            assert_eq!(balance, pacioli::Balance::default());
            Ok::<_, Error>(())
        })
        .unwrap();
}

#[test]
fn hosts_own_tables_commit_with_the_entries_or_not_at_all() {
    let database = database();
    let ledger = Ledger::within(Arc::clone(&database)).unwrap();
    let shop = Shop::open(&ledger);
    let before = ledger.view().unwrap().sequence();
    let order = |number: u64, give_up: bool| {
        ledger.transaction(|tx| {
            tx.tables()?.open_table(ORDERS)?.insert(number, "maize").map_err(Error::from)?;
            tx.execute(shop.credit("3.00", &format!("order {number}")))?;
            // It reads its own writes.
            let first = tx.execute(shop.save("1.00", &format!("save {number}")))?;
            assert_eq!(first.activity().unwrap().previous_balance.minor() % 300, if number == 1 { 0 } else { 200 });
            if give_up { Err(Error::Host("the kitchen is closed".to_owned())) } else { Ok(first.sequence()) }
        })
    };
    order(1, false).unwrap();
    assert_eq!((orders(&database), shop.current(&ledger).as_str()), (1, "2.00"));
    order(2, true).unwrap_err();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        ledger.transaction::<(), Error>(|tx| {
            tx.tables()?.open_table(ORDERS)?.insert(3, "beans").map_err(Error::from)?;
            tx.execute(shop.credit("9.00", "order 3"))?;
            panic!("the host has a bug");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((orders(&database), shop.current(&ledger).as_str()), (1, "2.00"));
    assert_eq!(ledger.view().unwrap().sequence(), Sequence(before.0 + 2));
    // The keys of what was given up are free, and the ledger goes on.
    assert!(!ledger.credit(shop.credit("3.00", "order 2")).unwrap().is_replayed());
    ledger.close().unwrap();
    let again = Ledger::within(Arc::clone(&database)).unwrap();
    assert_eq!(shop.current(&again), "5.00");
    sound(&again);
}

#[test]
fn simulation_answers_and_leaves_nothing() {
    let database = database();
    let ledger = Ledger::within(Arc::clone(&database)).unwrap();
    let shop = Shop::open(&ledger);
    let answer = ledger.simulate::<_, Error>(|tx| {
        tx.tables()?.open_table(ORDERS)?.insert(1, "maize").map_err(Error::from)?;
        tx.execute(shop.credit("3.00", "k"))?;
        Ok(tx.execute(shop.save("2.00", "l"))?.activity().unwrap().current_balance.text())
    });
    assert_eq!(answer.unwrap(), "1.00");
    assert_eq!((orders(&database), shop.current(&ledger).as_str()), (0, "0.00"));
    assert!(!ledger.credit(shop.credit("4.00", "k")).unwrap().is_replayed());
    sound(&ledger);
}

#[test]
fn ledger_inside_its_own_transaction_is_refused_and_not_waited_for() {
    bounded(|| {
        let ledger = Ledger::in_memory().unwrap();
        let shop = Shop::open(&ledger);
        ledger
            .transaction::<_, Error>(|tx| {
                assert!(matches!(ledger.credit(shop.credit("1.00", "k")), Err(Error::InsideTransaction)));
                assert!(matches!(ledger.transaction(|_| Ok::<_, Error>(())), Err(Error::InsideTransaction)));
                assert!(matches!(tx.tables(), Err(Error::NoHostTables)));
                Ok(())
            })
            .unwrap();
        assert_eq!(shop.current(&ledger), "0.00");
    });
}

#[test]
fn threads_wait_while_a_transaction_runs() {
    bounded(|| {
        let ledger = Ledger::in_memory().unwrap();
        let shop = Shop::open(&ledger);
        let (started, begun) = mpsc::channel();
        std::thread::scope(|scope| {
            let (ledger, shop) = (&ledger, &shop);
            let other = scope.spawn(move || {
                begun.recv().unwrap();
                ledger.credit(shop.credit("1.00", "other")).unwrap().sequence()
            });
            let last = ledger
                .transaction::<_, Error>(|tx| {
                    started.send(()).unwrap();
                    std::thread::sleep(Duration::from_millis(20));
                    let mut last = Sequence::ZERO;
                    for n in 0..100 {
                        last = tx.execute(shop.credit("1.00", &format!("own {n}")))?.sequence();
                    }
                    Ok(last)
                })
                .unwrap();
            assert_eq!(other.join().unwrap(), last.next());
        });
        sound(&ledger);
    });
}

#[test]
fn second_handle_on_a_shared_database_stops_at_its_first_commit() {
    bounded(|| {
        let database = database();
        let first = Ledger::within(Arc::clone(&database)).unwrap();
        let shop = Shop::open(&first);
        let second = Ledger::within(Arc::clone(&database)).unwrap();
        first.credit(shop.credit("1.00", "a")).unwrap();
        // It would have overwritten what it has not seen.
        assert!(matches!(second.credit(shop.credit("2.00", "b")), Err(Error::Stopped(_))));
        assert!(matches!(second.credit(shop.credit("2.00", "b")), Err(Error::Stopped(_))));
        first.credit(shop.credit("4.00", "c")).unwrap();
        assert_eq!(shop.current(&first), "5.00");
        sound(&first);
    });
}

#[test]
fn closed_ledger_says_so() {
    bounded(|| {
        let ledger = Ledger::in_memory().unwrap();
        let shop = Shop::open(&ledger);
        let other = ledger.clone();
        ledger.close().unwrap();
        assert!(matches!(other.credit(shop.credit("1.00", "k")), Err(Error::Closed)));
        assert!(matches!(other.transaction(|_| Ok::<_, Error>(())), Err(Error::Closed)));
    });
}

#[test]
fn clock_that_stands_or_goes_back_changes_no_order() {
    let clock = Arc::new(pacioli::ManualClock::at("2026-11-22T08:00:00Z".parse().unwrap()));
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).in_memory().unwrap();
    let shop = Shop::open(&ledger);
    let mut last = ledger.view().unwrap().recorded_at();
    for (n, step) in [0, -1, -3_600_000_000_000, i64::MIN / 4, 5, 1_000_000_000].into_iter().enumerate() {
        clock.advance_ns(step);
        let at = ledger.credit(shop.credit("1.00", &n.to_string())).unwrap().recorded_at();
        assert!(at > last);
        last = at;
    }
    clock.set(Timestamp::MAX);
    ledger.credit(shop.credit("1.00", "the last instant")).unwrap();
    let after = ledger.credit(shop.credit("1.00", "after it"));
    assert!(matches!(after, Err(Error::Rejected(Rejection::ClockExhausted))));
    // What is known is still answered.
    assert!(ledger.credit(shop.credit("1.00", "the last instant")).unwrap().is_replayed());
    sound(&ledger);
}

#[test]
fn many_threads_share_commits() {
    bounded(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.redb");
        let ledger = Ledger::open(&path).unwrap();
        let shop = Shop::open(&ledger);
        let barrier = Barrier::new(16);
        std::thread::scope(|scope| {
            for thread in 0..16 {
                let (ledger, shop, barrier) = (&ledger, &shop, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for n in 0..50 {
                        let receipt = ledger.credit(shop.credit("0.01", &format!("{thread} {n}"))).unwrap();
                        // It is durable, so a view taken now shows it.
                        let view = ledger.view().unwrap();
                        assert!(view.sequence() >= receipt.sequence());
                        assert!(
                            view.balance(shop.wallet.id).unwrap().current.minor()
                                >= receipt.activity().unwrap().current_balance.minor()
                        );
                    }
                });
            }
        });
        assert_eq!(shop.current(&ledger), "8.00");
        let entries = sound(&ledger);
        drop(ledger);
        let again = Ledger::open(&path).unwrap();
        assert_eq!((sound(&again), shop.current(&again).as_str()), (entries, "8.00"));
    });
}

#[test]
fn view_keeps_its_ledger_open() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("shop.redb")).unwrap();
    let shop = Shop::open(&ledger);
    ledger.credit(shop.credit("1.00", "k")).unwrap();
    let view = ledger.view().unwrap();
    drop(ledger);
    // It used to say that the store had stopped after an earlier failure.
    assert_eq!(view.balance(shop.wallet.id).unwrap().current.text(), "1.00");
    assert_eq!(view.activities(shop.wallet.id).page().unwrap().items.len(), 1);
}

#[test]
fn account_that_may_not_disburse_finds_no_way_round_through_the_books_own_accounts() {
    let ledger = Ledger::in_memory().unwrap();
    let shop = Shop::open(&ledger);
    let client = shop.wallet.client.unwrap();
    let crossing = NewService::new(client, shop.book.id, "CROSSING").narrative_required(false).across_clients();
    let crossing = ledger.define_service(crossing).unwrap().id;
    ledger.credit(shop.credit("9.00", "k")).unwrap();
    let kept = AccountChange { can_disburse: Some(false), ..AccountChange::default() };
    ledger.change_account(shop.wallet.id, kept).unwrap();
    let (outside, sum) = (shop.book.system(pacioli::SystemAccount::External), shop.book.money("1.00").unwrap());
    let refused = |command: Command| ledger.execute(command).unwrap_err().rejection().cloned().unwrap();
    let out = Debit::new(shop.wallet.id, crossing, sum, "out");
    assert_eq!(refused(out.clone().into()), Rejection::DisbursementNotAllowed { account: shop.wallet.id });
    // Both used to count as movements inside the ledger.
    let no = Rejection::NotSameOwner { source_account: shop.wallet.id, destination: outside };
    assert_eq!(refused(out.to_account(outside).into()), no);
    assert_eq!(refused(Transfer::new(shop.wallet.id, outside, crossing, sum, "over").into()), no);
}

#[cfg(feature = "faults")]
mod failing {
    use super::*;
    use pacioli::store::MemoryStore;
    use pacioli::store::faults::{FailedCommit, FaultStore, Repeat};

    /// A ledger whose next commit fails in the given way, and what its store keeps.
    fn failing(failed: FailedCommit) -> (MemoryStore, Arc<FaultStore<MemoryStore>>, Ledger, Shop) {
        let store = MemoryStore::new();
        let faults = Arc::new(FaultStore::new(store.clone()));
        let ledger = Ledger::builder().over(Arc::clone(&faults) as Arc<dyn pacioli::store::Store>).unwrap();
        let shop = Shop::open(&ledger);
        // So many that the first entries are no longer at hand and must be read.
        for part in 0..40 {
            ledger.credit(shop.credit("0.25", &format!("before {part}"))).unwrap();
        }
        // A credit to records that are on the desk reads nothing: its next operation is the commit.
        faults.fail_at(faults.operations(), Repeat::Once, failed);
        (store, faults, ledger, shop)
    }

    #[test]
    fn outcome_of_a_failed_commit_is_told_by_the_key_after_reopening() {
        bounded(|| {
            for (failed, was_applied) in [(FailedCommit::Lost, false), (FailedCommit::Applied, true)] {
                let (store, _, ledger, shop) = failing(failed);
                let unknown = ledger.credit(shop.credit("1.00", "k"));
                assert!(matches!(unknown, Err(Error::OutcomeUnknown(_))), "{unknown:?}");
                // Nothing more is accepted, although the store would go on; what was durable can be read.
                assert!(matches!(ledger.credit(shop.credit("1.00", "l")), Err(Error::Stopped(_))));
                assert!(matches!(ledger.transaction(|_| Ok::<_, Error>(())), Err(Error::Stopped(_))));
                assert_eq!(shop.current(&ledger), "10.00");
                drop(ledger);
                let again = Ledger::builder().over(Arc::new(store)).unwrap();
                assert_eq!(again.credit(shop.credit("1.00", "k")).unwrap().is_replayed(), was_applied);
                assert_eq!(shop.current(&again), "11.00");
                sound(&again);
            }
        });
    }

    #[test]
    fn failure_reaches_everybody_who_waits() {
        bounded(|| {
            let (store, _, ledger, shop) = failing(FailedCommit::Lost);
            let failures = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8)
                    .map(|thread| {
                        let (ledger, shop) = (&ledger, &shop);
                        scope.spawn(move || ledger.credit(shop.credit("1.00", &format!("k{thread}"))).is_err())
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).filter(|failed| *failed).count()
            });
            assert_eq!(failures, 8);
            drop(ledger);
            let again = Ledger::builder().over(Arc::new(store)).unwrap();
            assert_eq!(shop.current(&again), "10.00");
            sound(&again);
        });
    }

    #[test]
    fn failure_wakes_everybody_who_awaits() {
        let faults = Arc::new(FaultStore::new(MemoryStore::new()));
        // Nobody commits but who waits, so that the ticket is asked before the failure.
        let builder = Ledger::builder().reproducible(1);
        let ledger = builder.over(Arc::clone(&faults) as Arc<dyn pacioli::store::Store>).unwrap();
        let shop = Shop::open(&ledger);
        ledger.credit(shop.credit("0.25", "before")).unwrap();
        faults.fail_at(faults.operations(), Repeat::Once, FailedCommit::Lost);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut ticket = pin!(ledger.submit(shop.credit("1.00", "k")).unwrap());
        assert!(ticket.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(ledger.credit(shop.credit("1.00", "l")).is_err());
        assert_eq!(woken.0.load(Ordering::SeqCst), 1, "nobody was woken");
        let failed = ticket.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(matches!(failed, Poll::Ready(Err(Error::OutcomeUnknown(_)))), "{failed:?}");
    }

    #[test]
    fn failed_read_stops_the_ledger_and_half_a_batch_is_never_committed() {
        bounded(|| {
            let (store, faults, ledger, shop) = failing(FailedCommit::Lost);
            let before = ledger.view().unwrap().sequence();
            // The first command needs nothing that is not on the desk; the second names an entry that must be read.
            faults.fail_at(faults.operations(), Repeat::Once, FailedCommit::Lost);
            let commands = vec![shop.credit("1.00", "first").into(), Reverse::whole(Sequence(1)).into()];
            let failed = ledger.submit_batch(commands, Atomicity::Each);
            assert!(matches!(failed, Err(Error::Failed(_))), "{failed:?}");
            assert!(matches!(ledger.credit(shop.credit("1.00", "next")), Err(Error::Stopped(_))));
            assert!(matches!(ledger.transaction(|_| Ok::<_, Error>(())), Err(Error::Stopped(_))));
            drop(ledger);
            let again = Ledger::builder().over(Arc::new(store)).unwrap();
            assert_eq!(again.view().unwrap().sequence(), before);
            assert!(!again.credit(shop.credit("1.00", "first")).unwrap().is_replayed());
            sound(&again);
        });
    }

    #[test]
    fn failed_read_in_a_transaction_commits_nothing_even_if_the_host_goes_on() {
        bounded(|| {
            let (store, faults, ledger, shop) = failing(FailedCommit::Lost);
            faults.fail_at(faults.operations(), Repeat::Once, FailedCommit::Lost);
            let kept = ledger.transaction::<_, Error>(|tx| {
                tx.execute(shop.credit("1.00", "first"))?;
                assert!(matches!(tx.execute(Reverse::whole(Sequence(1))), Err(Error::Failed(_))));
                Ok(())
            });
            assert!(kept.is_err());
            assert!(matches!(ledger.credit(shop.credit("1.00", "next")), Err(Error::Stopped(_))));
            drop(ledger);
            let again = Ledger::builder().over(Arc::new(store)).unwrap();
            assert_eq!(shop.current(&again), "10.00");
            sound(&again);
        });
    }

    /// What a caller may conclude from the words that nothing was written.
    fn is_denied(result: &Result<Receipt, Error>) -> bool {
        matches!(result, Err(Error::Stopped(_) | Error::Failed(_)))
    }

    /// A ticket was decided before a transaction whose own commit failed. The ticket's commit had succeeded, and yet its
    /// holder was told that the ledger had stopped and nothing was written: who then paid by another key paid twice.
    #[test]
    fn ticket_that_a_failed_transaction_has_made_durable_is_told_so() {
        bounded(|| {
            let store = MemoryStore::new();
            let faults = Arc::new(FaultStore::new(store.clone()));
            let builder = Ledger::builder().reproducible(1);
            let ledger = builder.over(Arc::clone(&faults) as Arc<dyn pacioli::store::Store>).unwrap();
            let shop = Shop::open(&ledger);
            let ticket = ledger.submit(shop.credit("1.00", "k")).unwrap();
            // The ticket's commit goes through, the transaction's does not.
            faults.fail_at(faults.operations() + 1, Repeat::Once, FailedCommit::Lost);
            let failed = ledger.transaction(|tx| tx.execute(shop.credit("2.00", "l")));
            assert!(matches!(failed, Err(Error::OutcomeUnknown(_))), "{failed:?}");
            let told = ticket.wait();
            assert!(!told.as_ref().is_ok_and(Receipt::is_replayed) && !is_denied(&told), "{told:?}");
            drop(ledger);
            let again = Ledger::builder().over(Arc::new(store)).unwrap();
            assert!(again.credit(shop.credit("1.00", "k")).unwrap().is_replayed());
            assert_eq!(shop.current(&again), "1.00");
        });
    }

    /// A store whose next commit waits until it is told to go on.
    #[derive(Debug)]
    struct Slow {
        inner: Arc<FaultStore<MemoryStore>>,
        pace: Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>>,
    }

    impl pacioli::store::Store for Slow {
        fn snapshot(&self) -> Result<Box<dyn pacioli::store::Snapshot>, pacioli::store::StoreError> {
            self.inner.snapshot()
        }

        fn commit(&self, batch: &pacioli::store::Batch) -> Result<(), pacioli::store::StoreError> {
            let pace = self.pace.lock().unwrap().take();
            if let Some((begun, go)) = pace {
                begun.send(()).unwrap();
                go.recv().unwrap();
            }
            self.inner.commit(batch)
        }
    }

    /// While a commit was on its way another thread could not read, and the ledger stopped. Those who waited for the
    /// commit were told at once that nothing was written, although it came through, or nobody could know.
    #[test]
    fn commit_on_its_way_when_the_ledger_stops_is_told_as_it_ends() {
        bounded(|| {
            for fails in [false, true] {
                let store = MemoryStore::new();
                let faults = Arc::new(FaultStore::new(store.clone()));
                let slow = Arc::new(Slow { inner: Arc::clone(&faults), pace: Mutex::new(None) });
                let builder = Ledger::builder().reproducible(1);
                let ledger = builder.over(Arc::clone(&slow) as Arc<dyn pacioli::store::Store>).unwrap();
                let shop = Shop::open(&ledger);
                // So many that the first entries are no longer at hand and must be read.
                (0..40).for_each(|part| drop(ledger.credit(shop.credit("0.25", &format!("before {part}"))).unwrap()));
                let ((begun, has_begun), (go, may_go)) = (mpsc::channel(), mpsc::channel());
                *slow.pace.lock().unwrap() = Some((begun, may_go));
                let (first, second, cannot_read) = std::thread::scope(|scope| {
                    let (ledger, shop) = (&ledger, &shop);
                    // Both are in one commit, since nobody commits before somebody waits.
                    let tickets = [("1.00", "first"), ("2.00", "second")].map(|(sum, key)| shop.credit(sum, key));
                    let tickets = tickets.map(|credit| ledger.submit(credit).unwrap());
                    let waiting = tickets.map(|ticket| scope.spawn(move || ticket.wait()));
                    has_begun.recv().unwrap();
                    faults.fail_at(faults.operations(), Repeat::Once, FailedCommit::Lost);
                    let cannot_read = ledger.reverse(Reverse::whole(Sequence(1)));
                    // The other had better not have been told by now.
                    std::thread::sleep(Duration::from_millis(20));
                    if fails {
                        faults.fail_at(faults.operations(), Repeat::Once, FailedCommit::Applied);
                    }
                    go.send(()).unwrap();
                    let [first, second] = waiting.map(|thread| thread.join().unwrap());
                    (first, second, cannot_read)
                });
                assert!(matches!(cannot_read, Err(Error::Failed(_))), "{cannot_read:?}");
                for told in [&first, &second] {
                    let right = if fails { matches!(told, Err(Error::OutcomeUnknown(_))) } else { told.is_ok() };
                    assert!(right, "the commit fails {fails}: {told:?}");
                }
                drop(ledger);
                let again = Ledger::builder().over(Arc::new(store)).unwrap();
                assert!(again.credit(shop.credit("1.00", "first")).unwrap().is_replayed());
                sound(&again);
            }
        });
    }
}
