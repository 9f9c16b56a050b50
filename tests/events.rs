//! Subscriptions among threads: each sees every event once and in order, wakes when a commit is durable, and ends with
//! the ledger.

#![allow(clippy::unwrap_used, clippy::panic)]
// The world's commands are for several test programs.
#![allow(unreachable_pub)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use pacioli::prelude::*;
use pacioli::store::{Batch, MemoryStore, Snapshot, Store, StoreError};
use pacioli::{Book, ManualClock, SystemAccount};

#[path = "golden/world.rs"]
mod world;

/// Long enough for anything that should happen; nothing waits so long if it does.
const LONG: Duration = Duration::from_secs(60);

fn begun(ledger: &Ledger) -> Book {
    ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap()
}

fn post(book: &Book, key: impl Into<Box<str>>) -> Post {
    let money = Currency::KES.minor(1).unwrap();
    Post::new(key).debit(book.system(SystemAccount::Suspense), money).credit(book.system(SystemAccount::Tax), money)
}

fn key(event: &LedgerEvent) -> &str {
    event.key.as_deref().unwrap_or_default()
}

/// What the journal says, once everything is written.
fn journal(ledger: &Ledger) -> Vec<LedgerEvent> {
    let view = ledger.view().unwrap();
    let (mut events, mut after) = (Vec::new(), EventId::START);
    loop {
        let page = view.events().after(after).limit(1_000).page().unwrap();
        after = page.through;
        events.extend(page.items);
        if !page.more {
            return events;
        }
    }
}

fn four_writers_and_three_subscribers(ledger: &Ledger, each: usize) {
    let book = begun(ledger);
    let barrier = Barrier::new(8);
    let total = 1 + 4 * each;
    thread::scope(|scope| {
        for writer in 0..4 {
            let (ledger, book, barrier) = (ledger.clone(), &book, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for number in 0..each {
                    let post = post(book, format!("{writer}-{number}"));
                    match number % 5 {
                        0 => drop(ledger.submit(post).unwrap().wait().unwrap()),
                        1 => drop(ledger.transaction(|tx| tx.execute(post)).unwrap()),
                        2 => drop(ledger.submit_batch(vec![post.into()], Atomicity::All).unwrap()),
                        // Entries without events between the others.
                        3 => {
                            ledger.post(post).unwrap();
                            let last = ledger.view().unwrap().sequence();
                            ledger.acknowledge(&format!("writer {writer}"), last).unwrap();
                        }
                        _ => drop(ledger.post(post).unwrap()),
                    }
                }
            });
        }
        let subscribers: Vec<_> = (0..3)
            .map(|subscriber| {
                let (ledger, barrier) = (ledger.clone(), &barrier);
                scope.spawn(move || {
                    let mut subscription = ledger.subscribe(EventId::START).unwrap();
                    barrier.wait();
                    let mut seen = Vec::new();
                    while seen.len() < total {
                        let event = match subscriber {
                            0 => subscription.next().unwrap().unwrap(),
                            1 => subscription.next_timeout(LONG).unwrap().unwrap(),
                            _ => match subscription.try_next().unwrap() {
                                Some(event) => event,
                                None => {
                                    thread::yield_now();
                                    continue;
                                }
                            },
                        };
                        // What is told is durable, and so is shown by any view.
                        assert!(ledger.view().unwrap().sequence() >= event.id.sequence);
                        assert_eq!(subscription.position(), event.id);
                        seen.push(event);
                    }
                    assert_eq!(subscription.next_timeout(Duration::ZERO).unwrap(), None);
                    seen
                })
            })
            .collect();
        barrier.wait();
        let seen: Vec<_> = subscribers.into_iter().map(|subscriber| subscriber.join().unwrap()).collect();
        let journal = journal(ledger);
        assert_eq!(journal.len(), total);
        assert!(journal.windows(2).all(|pair| pair[0].id < pair[1].id));
        for seen in seen {
            assert!(seen == journal, "a subscriber saw other events");
        }
    });
}

#[test]
fn subscribers_see_every_event_once_and_in_order() {
    four_writers_and_three_subscribers(&Ledger::in_memory().unwrap(), 300);
}

#[test]
fn subscribers_of_a_file_see_every_event_once_and_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("books.redb")).unwrap();
    four_writers_and_three_subscribers(&ledger, 60);
    ledger.close().unwrap();
}

#[test]
fn subscription_begins_anywhere_and_goes_on_in_later_pages() {
    let ledger = Ledger::in_memory().unwrap();
    let book = begun(&ledger);
    for round in 0..4 {
        let posts = (0..500).map(|at| post(&book, format!("{round}-{at}")).into()).collect();
        ledger.submit_batch(posts, Atomicity::Each).unwrap();
    }
    let reversed = ledger.reverse(Reverse::whole(Sequence(2))).unwrap().sequence();
    let journal = journal(&ledger);
    let starts = [0, 1, 2, 255, 256, 257, 1_999, 2_000, 2_001, 2_002];
    for start in starts {
        let after = if start == 0 { EventId::START } else { journal[start - 1].id };
        let mut subscription = ledger.subscribe(after).unwrap();
        for expected in &journal[start..] {
            assert_eq!(subscription.try_next().unwrap().as_ref(), Some(expected), "from {start}");
        }
        assert_eq!(subscription.try_next().unwrap(), None);
    }
    assert_eq!(ledger.subscribe(reversed).unwrap().try_next().unwrap(), None);
    let beyond = ledger.subscribe(Sequence(reversed.0 + 1));
    assert!(matches!(beyond, Err(Error::BeyondEnd { .. })));
}

#[test]
fn subscription_goes_on_after_opening_again_where_the_cursor_stands() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    let book = begun(&ledger);
    ledger.post(post(&book, "one")).unwrap();
    let mut subscription = ledger.subscribe(EventId::START).unwrap();
    let mut given = Vec::new();
    for _ in 0..2 {
        given.push(subscription.next().unwrap().unwrap());
        ledger.acknowledge("webhooks", subscription.position()).unwrap();
    }
    // A reversal is two events; the process ends between them.
    ledger.reverse(Reverse::whole(given[1].id.sequence)).unwrap();
    given.push(subscription.next().unwrap().unwrap());
    ledger.acknowledge("webhooks", subscription.position()).unwrap();
    ledger.post(post(&book, "two")).unwrap();
    ledger.close().unwrap();
    // Open subscriptions do not hold the file.
    let ledger = Ledger::open(&path).unwrap();
    drop(subscription);
    let cursor = ledger.view().unwrap().cursor("webhooks").unwrap().unwrap();
    let mut subscription = ledger.subscribe(cursor.at).unwrap();
    while let Some(event) = subscription.try_next().unwrap() {
        given.push(event);
    }
    assert_eq!(given, journal(&ledger));
    assert_eq!(given.len(), 5);
}

#[test]
fn waiting_subscribers_end_when_the_ledger_closes() {
    let directory = tempfile::tempdir().unwrap();
    for close in [true, false] {
        let ledger = Ledger::open(directory.path().join(format!("{close}.redb"))).unwrap();
        begun(&ledger);
        let (told, tells) = mpsc::channel();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let (mut subscription, told) = (ledger.subscribe(EventId::START).unwrap(), told.clone());
                thread::spawn(move || {
                    let first = subscription.next().unwrap().unwrap();
                    told.send(first.id).unwrap();
                    let rest = subscription.next();
                    assert!(rest.is_none(), "{rest:?}");
                    assert!(subscription.next().is_none());
                    assert!(matches!(subscription.try_next(), Err(Error::Closed)));
                    assert!(matches!(subscription.next_timeout(LONG), Err(Error::Closed)));
                })
            })
            .collect();
        for _ in 0..3 {
            tells.recv_timeout(LONG).unwrap();
        }
        // The last handle, closed or dropped.
        if close {
            ledger.close().unwrap()
        } else {
            drop(ledger)
        }
        for thread in waiting {
            thread.join().unwrap();
        }
    }
    let ledger = Ledger::in_memory().unwrap();
    let other = ledger.clone();
    ledger.close().unwrap();
    assert!(matches!(other.subscribe(EventId::START), Err(Error::Closed)));
}

#[test]
fn closing_among_reading_subscribers_goes_well() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..10 {
        let ledger = Ledger::open(directory.path().join(format!("{round}.redb"))).unwrap();
        let book = begun(&ledger);
        let posts = (0..2_000).map(|at| post(&book, format!("{at}")).into()).collect();
        ledger.submit_batch(posts, Atomicity::Each).unwrap();
        let reading: Vec<_> = (0..3)
            .map(|_| {
                let subscription = ledger.subscribe(EventId::START).unwrap();
                thread::spawn(move || subscription.map(|event| event.unwrap().id).collect::<Vec<_>>())
            })
            .collect();
        ledger.close().unwrap();
        for thread in reading {
            let ids = thread.join().unwrap();
            assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}

#[test]
fn subscriber_wakes_for_a_commit_and_not_before_it_is_durable() {
    let ledger = Ledger::in_memory().unwrap();
    let book = begun(&ledger);
    let mut subscription = ledger.subscribe(ledger.view().unwrap().sequence()).unwrap();
    // What was decided but not committed is not seen.
    let decided = ledger.transaction(|tx| {
        tx.execute(post(&book, "one"))?;
        assert_eq!(subscription.try_next()?, None);
        let inside = subscription.next_timeout(LONG);
        assert!(matches!(inside, Err(Error::InsideTransaction)), "{inside:?}");
        Ok::<_, Error>(())
    });
    decided.unwrap();
    assert_eq!(key(&subscription.next_timeout(LONG).unwrap().unwrap()), "one");
    ledger.simulate(|tx| tx.execute(post(&book, "two"))).unwrap();
    let begun = Instant::now();
    assert_eq!(subscription.next_timeout(Duration::from_millis(20)).unwrap(), None);
    assert!(begun.elapsed() >= Duration::from_millis(20));
    // A waiter is woken: far sooner than its time is over.
    let waiting = thread::spawn(move || {
        let event = subscription.next_timeout(LONG).unwrap().unwrap();
        (event, begun.elapsed())
    });
    ledger.post(post(&book, "three")).unwrap();
    let (event, after) = waiting.join().unwrap();
    assert_eq!(key(&event), "three");
    assert!(after < LONG / 2);
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn polled_subscription_is_woken_once_for_each_commit_and_when_the_ledger_closes() {
    let ledger = Ledger::in_memory().unwrap();
    let book = begun(&ledger);
    let mut subscription = ledger.subscribe(EventId::START).unwrap();
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let mut poll = || subscription.poll_next(&mut Context::from_waker(&waker));
    assert!(matches!(poll(), Poll::Ready(Some(Ok(_)))));
    for round in 0..10 {
        // However often it asks, it is woken once.
        for _ in 0..3 {
            assert!(poll().is_pending());
        }
        assert_eq!(counter.0.load(Ordering::SeqCst), round);
        ledger.post(post(&book, format!("{round}"))).unwrap();
        assert_eq!(counter.0.load(Ordering::SeqCst), round + 1);
        match poll() {
            Poll::Ready(Some(Ok(event))) => assert_eq!(key(&event), round.to_string()),
            other => panic!("{other:?}"),
        }
    }
    assert!(poll().is_pending());
    ledger.close().unwrap();
    assert_eq!(counter.0.load(Ordering::SeqCst), 11);
    assert!(matches!(poll(), Poll::Ready(None)));
}

/// A store in memory whose commits fail from when that is said.
#[derive(Debug, Default)]
struct Failing {
    store: MemoryStore,
    fails: AtomicBool,
}

impl Store for Failing {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.store.snapshot()
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) { Err(StoreError::Stopped) } else { self.store.commit(batch) }
    }
}

#[test]
fn subscriber_is_told_once_that_the_ledger_has_stopped_after_what_is_durable() {
    let store = Arc::new(Failing::default());
    let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
    let book = begun(&ledger);
    let behind = ledger.subscribe(EventId::START).unwrap();
    let mut waiting = ledger.subscribe(ledger.view().unwrap().sequence()).unwrap();
    let waiter = thread::spawn(move || {
        let first = waiting.next_timeout(LONG);
        (first, waiting.next())
    });
    store.fails.store(true, Ordering::SeqCst);
    assert!(matches!(ledger.post(post(&book, "lost")), Err(Error::OutcomeUnknown(_))));
    let (first, second) = waiter.join().unwrap();
    assert!(matches!(first, Err(Error::Stopped(_))), "{first:?}");
    assert!(second.is_none());
    // One that is behind is given what is durable first.
    let told: Vec<_> = behind.collect();
    assert!(matches!(&told[..], [Ok(event), Err(Error::Stopped(_))] if event.change.kind() == ChangeKind::BookOpened));
}

#[test]
fn subscriber_that_acknowledges_each_event_comes_to_an_end() {
    let ledger = Ledger::in_memory().unwrap();
    let book = begun(&ledger);
    let mut subscription = ledger.subscribe(EventId::START).unwrap();
    ledger.post(post(&book, "one")).unwrap();
    let mut given = 0;
    while let Some(event) = subscription.try_next().unwrap() {
        ledger.acknowledge("webhooks", event.id).unwrap();
        given += 1;
    }
    assert_eq!(given, 2);
    assert_eq!(ledger.view().unwrap().sequence(), Sequence(4));
}

/// What stands anywhere in a change, as JSON, under these names.
fn named(value: &serde_json::Value, names: &[&str], found: &mut Vec<u64>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                if names.contains(&name.as_str()) {
                    let several = value.as_array().into_iter().flatten();
                    found.extend(several.chain([value]).filter_map(serde_json::Value::as_u64));
                }
                named(value, names, found);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| named(item, names, found)),
        _ => {}
    }
}

#[test]
fn event_is_found_by_every_account_and_client_that_it_names() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_000_000_000_000_000)));
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).nonces(|| [7; 16]).in_memory().unwrap();
    world::carry_out(&ledger, &clock);
    let (view, events) = (ledger.view().unwrap(), journal(&ledger));
    let in_json = |event: &LedgerEvent, names: &[&str]| {
        let mut found = Vec::new();
        named(&serde_json::to_value(&event.change).unwrap(), names, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    };
    let accounts = |event: &LedgerEvent| in_json(event, &["account", "system_accounts"]);
    let clients = |event: &LedgerEvent| in_json(event, &["client"]);
    let most = |of: &dyn Fn(&LedgerEvent) -> Vec<u64>| events.iter().flat_map(of).max().unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for account in 1..=most(&accounts) {
        let expected: Vec<_> = events.iter().filter(|event| accounts(event).contains(&account)).cloned().collect();
        let found = view.events().account(AccountId(account)).limit(1_000).page().unwrap();
        assert_eq!(found.items, expected, "account {account}");
        kinds.extend(expected.iter().map(|event| format!("{:?}", event.change.kind())));
    }
    assert!(["SetChanged", "LimitDefined", "MoneyMoved"].iter().all(|kind| kinds.contains(*kind)), "{kinds:?}");
    let owner = |account: &u64| view.account(AccountId(*account)).unwrap().client;
    for client in (1..=most(&clients)).map(ClientId) {
        let concerns = |event: &LedgerEvent| {
            let of_its_account = accounts(event).iter().any(|account| owner(account) == Some(client));
            event.client == Some(client) || clients(event).contains(&client.0) || of_its_account
        };
        let expected: Vec<_> = events.iter().filter(|event| concerns(event)).cloned().collect();
        let found = view.events().client(client).limit(1_000).page().unwrap();
        assert_eq!(found.items, expected, "client {client}");
    }
}
