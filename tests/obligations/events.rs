//! Events of the ledger: a stream derived from the journal, cursors over it, the host's invariants, and forks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pacioli::prelude::*;
use pacioli::{
    Account, AccountClass, AccountTypeRule, Acknowledge, Capture, Clock, CursorEvent, EventPage, EventQuery, HoldKind,
    Limits, Operation, PlaceHold, Release, Rewind, Service, Settlement, Stage, SystemAccount, Verification,
};

use super::world::{Shop, World, counted_store, kes, minor, no};

/// Every event, read in pages of so many.
fn all(view: &View, limit: usize) -> Vec<LedgerEvent> {
    let (mut events, mut after) = (Vec::new(), EventId::START);
    loop {
        let page = view.events().after(after).limit(limit).page().unwrap();
        assert!(page.items.len() <= limit && page.through >= after);
        assert!(!page.more || page.through > after);
        events.extend(page.items);
        after = page.through;
        if !page.more {
            return events;
        }
    }
}

fn kinds(events: &[LedgerEvent]) -> Vec<ChangeKind> {
    events.iter().map(|event| event.change.kind()).collect()
}

fn kinds_of(page: &EventPage) -> Vec<ChangeKind> {
    kinds(&page.items)
}

fn proved(ledger: &Ledger) -> Verification {
    let verification = ledger.verify_all().unwrap();
    assert!(verification.is_sound(), "{verification:?}");
    verification
}

/// A shop with an account in which 10.00 came and went again.
fn busy() -> (World, Shop, AccountId) {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let receipt = world.credit(&shop, account, "10.00");
    world.ledger.reverse(Reverse::whole(receipt.sequence())).unwrap();
    (world, shop, account)
}

#[test]
fn req_002_21_every_state_change_is_an_event_once_and_in_order() {
    let (world, shop, account) = busy();
    let ledger = &world.ledger;
    ledger.define_account_type(AccountTypeRule::new("POINTS", AccountClass::Equity)).unwrap();
    ledger.change_client(shop.client.id, ClientChange { active: Some(true), ..ClientChange::default() }).unwrap();
    ledger.change_service(shop.service.id, ServiceChange { active: Some(false), ..ServiceChange::default() }).unwrap();
    ledger.change_account(account, AccountChange::status(AccountStatus::Closed, "moved away")).unwrap();
    let view = ledger.view().unwrap();
    let events = all(&view, 100);
    assert_eq!(
        kinds(&events),
        [
            ChangeKind::BookOpened,
            ChangeKind::ClientRegistered,
            ChangeKind::ServiceDefined,
            ChangeKind::AccountOpened,
            ChangeKind::MoneyMoved,
            ChangeKind::MoneyMoved,
            ChangeKind::Reversed,
            ChangeKind::AccountTypeDefined,
            ChangeKind::ClientChanged,
            ChangeKind::ServiceChanged,
            ChangeKind::AccountChanged,
        ]
    );
    // The entries that stand in the journal, and no others, each with its time and name.
    assert!(events.windows(2).all(|pair| pair[0].id < pair[1].id));
    for event in &events {
        let entry = view.entry(event.id.sequence).unwrap();
        assert_eq!(
            (event.recorded_at, event.client, &event.key),
            (entry.recorded_at, entry.client, &entry.key.map(Into::into))
        );
    }
    let closed = StateChange::AccountChanged {
        account,
        status: Some(AccountStatus::Closed),
        reason: Some("moved away".to_owned()),
    };
    assert_eq!(events.last().unwrap().change, closed);
    // However it is read, it is the same stream.
    for limit in [1, 2, 3, 7] {
        assert_eq!(all(&view, limit), events, "in pages of {limit}");
    }
    for (at, event) in events.iter().enumerate() {
        let rest = view.events().after(event.id).page().unwrap().items;
        assert_eq!(rest, events[at + 1..], "after {}", event.id);
    }
    // As it was, and as it is after opening again.
    let early = ledger.view_at(events[4].id.sequence).unwrap();
    assert_eq!(all(&early, 2), events[..5]);
    let beyond = early.events().after(events[7].id).page().unwrap();
    assert_eq!((beyond.items.len(), beyond.through, beyond.more), (0, events[7].id, false));
    assert_eq!(all(&world.reopened().ledger.view().unwrap(), 4), events);
}

#[test]
fn req_002_21_balance_that_crosses_a_threshold_is_told_after_what_moved_it() {
    let (world, shop, account) = busy();
    let ledger = &world.ledger;
    let monitor = ledger.define_monitor(NewMonitor::new(account, kes("5.00"))).unwrap().id;
    let receipt = world.credit(&shop, account, "10.00");
    let crossed = StateChange::BalanceCrossed { monitor, account, before: 0, after: 10_00 };
    let view = ledger.view().unwrap();
    let told = view.events().after(Sequence(receipt.sequence().0 - 1)).page().unwrap();
    assert_eq!(kinds_of(&told), [ChangeKind::MoneyMoved, ChangeKind::BalanceCrossed]);
    assert_eq!((&told.items[1].change, told.items[1].id.sequence), (&crossed, receipt.sequence()));
    assert_eq!(receipt.events(), told.items);
    let mut subscription = ledger.subscribe(told.items[0].id).unwrap();
    assert_eq!(subscription.try_next().unwrap(), Some(told.items[1].clone()));
    assert_eq!(subscription.try_next().unwrap(), None);
}

#[test]
fn holds_and_clearing_credits_are_told_as_they_are_placed_and_settled() {
    let (world, shop, account) = busy();
    let ledger = &world.ledger;
    let told = |receipt: &Receipt| receipt.events().into_iter().map(|event| event.change).collect::<Vec<_>>();
    let credit = Credit::new(account, shop.service.id, kes("10.00"), "cheque").clearing(Clearing::ByCall);
    let cheque = ledger.credit(credit).unwrap();
    let changes = told(&cheque);
    assert!(matches!(changes[0], StateChange::MoneyMoved { operation: Operation::Credit, .. }));
    let placed = StateChange::HoldPlaced {
        hold: cheque.sequence().into(),
        held: HoldKind::Clearing,
        operation: Operation::Credit,
        kind: EntryKind::Credit,
        principal: minor(10_00),
        due_at: None,
    };
    assert_eq!(changes[1..], [placed]);
    let cleared = told(&ledger.release(Release::whole(cheque.sequence())).unwrap());
    assert!(matches!(cleared[0], StateChange::ReservationChanged { operation: Operation::Release, .. }));
    assert!(matches!(
        cleared[1..],
        [StateChange::HoldSettled {
            held: HoldKind::Clearing,
            how: Settlement::Release,
            state: HoldState::Released,
            ..
        }]
    ));
    // A hold moves nothing before it is captured; what time gives back is told too.
    let until = world.clock.now().plus_ns(60_000_000_000);
    let debit = Debit::new(account, shop.service.id, kes("4.00"), "order");
    let hold = ledger.hold(PlaceHold::new(debit).until(until)).unwrap();
    let placed = told(&hold);
    assert!(matches!(&placed[0], StateChange::ReservationChanged { lines, .. } if lines[0].stage == Stage::Held));
    let due = |change: &StateChange| matches!(change, StateChange::HoldPlaced { due_at: Some(at), .. } if *at == until);
    assert!(due(&placed[1]));
    let part = told(&ledger.capture(Capture::part(hold.sequence(), kes("1.00"), "part")).unwrap());
    assert!(matches!(part[0], StateChange::MoneyMoved { operation: Operation::Capture, .. }));
    let settled = StateChange::HoldSettled {
        hold: hold.sequence().into(),
        held: HoldKind::Hold,
        how: Settlement::Capture,
        part: Some(minor(1_00)),
        captured: minor(1_00),
        released: minor(0),
        state: HoldState::Open,
    };
    assert_eq!(part[1..], [settled]);
    world.minutes_later(2);
    let expired = ledger.settle_due(world.clock.now(), 10).unwrap();
    let [StateChange::ReservationChanged { .. }, StateChange::HoldSettled { how, state, released, .. }] =
        &told(&expired[0])[..]
    else {
        panic!("{expired:?}")
    };
    assert_eq!((*how, *state, *released), (Settlement::Expire, HoldState::Expired, minor(3_00)));
    // The stream tells the same, and so does the stream of a fork, which goes on settling.
    let view = ledger.view().unwrap();
    let events = view.events().after(Sequence(cheque.sequence().0 - 1)).page().unwrap().items;
    assert_eq!(events.len(), 10);
    assert_eq!(events[..2], cheque.events());
    let early = ledger.fork_at(hold.sequence()).unwrap();
    early.release(Release::whole(hold.sequence())).unwrap();
    proved(&early);
    proved(&view.fork().unwrap());
}

#[test]
fn receipts_tell_the_events_that_consumers_are_given() {
    let (world, shop, account) = busy();
    let receipt = world.credit(&shop, account, "3.00");
    let last = world.ledger.view().unwrap().events().after(Sequence(receipt.sequence().0 - 1)).page().unwrap();
    assert_eq!(last.items, receipt.events());
}

#[test]
fn an_event_has_this_json() {
    let (world, _, account) = busy();
    let events = all(&world.ledger.view().unwrap(), 100);
    let json = |event: &LedgerEvent| serde_json::to_value(event).unwrap();
    let moved = serde_json::json!({
        "id": "5.1",
        "recorded_at": "2026-11-22T08:30:00.000000004Z",
        "effective_at": "2026-11-22T08:30:00.000000004Z",
        "actor": null,
        "client": 1,
        "key": "key-0",
        "change": {
            "type": "money_moved",
            "operation": "credit",
            "kind": "CREDIT",
            "source": "EXTERNAL",
            "service": 1,
            "forced": false,
            "lines": [
                {"posting": "5.1", "account": 1, "book": 1, "side": "debit", "role": "principal", "stage": "posted", "amount": "1000", "number": 1},
                {"posting": "5.2", "account": 7, "book": 1, "side": "credit", "role": "principal", "stage": "posted", "amount": "1000", "number": 1},
            ],
        },
    });
    assert_eq!(account, AccountId(7));
    assert_eq!(json(&events[4]), moved);
    let reversed = serde_json::json!({
        "type": "reversed", "original": 5, "part": null, "total": "1000", "whole": true,
    });
    assert_eq!(json(&events[6])["change"], reversed);
    for event in events {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<LedgerEvent>(&text).unwrap(), event);
        assert_eq!(json(&event)["change"]["type"], serde_json::to_value(event.change.kind()).unwrap());
    }
}

#[test]
fn events_are_filtered_by_client_account_and_kind() {
    let (world, shop, account) = busy();
    let other = world.client("Baba Otis Shop");
    let theirs = world.account(&other, &shop.book).id;
    // The operator's own posting touches both, under nobody's key.
    let post = Post::new("split").debit(account, kes("1.00")).credit(theirs, kes("1.00")).forced();
    let post = world.ledger.post(post).unwrap().sequence();
    let view = world.ledger.view().unwrap();
    let of_client = view.events().client(other.id).page().unwrap();
    assert_eq!(kinds_of(&of_client), [ChangeKind::ClientRegistered, ChangeKind::AccountOpened, ChangeKind::MoneyMoved]);
    assert_eq!(of_client.items[2].id, EventId { sequence: post, place: 1 });
    let of_account = view.events().account(account).page().unwrap();
    assert_eq!(kinds_of(&of_account).len(), 4);
    assert_eq!(kinds_of(&of_account)[0], ChangeKind::AccountOpened);
    // A reversal names no account; its movement does.
    let reversals = view.events().kinds(&[ChangeKind::Reversed]).page().unwrap();
    assert_eq!(reversals.items.len(), 1);
    assert_eq!(view.events().client(shop.client.id).kinds(&[ChangeKind::Reversed]).page().unwrap().items.len(), 1);
    let both = view.events().client(other.id).account(account).page().unwrap();
    assert_eq!(kinds_of(&both), [ChangeKind::MoneyMoved]);
    let book = view.events().account(shop.book.system(SystemAccount::Tax)).page().unwrap();
    assert_eq!(kinds_of(&book), [ChangeKind::BookOpened]);
    // What was left out has been read too, and can be acknowledged.
    let last = view.sequence();
    assert_eq!((both.through.sequence, both.more), (last, false));
    let nothing = view.events().client(ClientId(99)).page().unwrap();
    assert_eq!((nothing.items.len(), nothing.through.sequence, nothing.more), (0, last, false));
}

#[test]
fn a_page_costs_the_entries_that_it_reads() {
    let (store, looks) = counted_store();
    let ledger = Ledger::builder().over(store).unwrap();
    let book = ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap();
    let (one, other) = (book.system(SystemAccount::Suspense), book.system(SystemAccount::Tax));
    for round in 0..3 {
        let posts = (0..5_000).map(|at| {
            let post = Post::new(format!("{round}-{at}")).debit(one, kes("1.00")).credit(other, kes("1.00"));
            Command::from(post)
        });
        ledger.submit_batch(posts.collect(), pacioli::Atomicity::Each).unwrap();
    }
    let view = ledger.view().unwrap();
    let cost = |query: EventQuery<'_>| {
        let before = looks.get();
        let page = query.page().unwrap();
        (page, looks.get() - before)
    };
    for after in [1, 7_000, 14_900] {
        let (page, blocks) = cost(view.events().after(Sequence(after)).limit(100));
        assert_eq!(page.items.len(), 100);
        assert!(blocks < 20, "{blocks} looks for 100 events after {after}");
    }
    // A filter that nothing passes reads so many entries and says how far it came.
    let (page, _) = cost(view.events().client(ClientId(7)));
    assert_eq!((page.items.len(), page.more), (0, true));
    assert_eq!(page.through.sequence, Sequence(EventQuery::ENTRIES_MOST as u64));
    let (page, _) = cost(view.events().client(ClientId(7)).after(page.through));
    assert_eq!((page.through.sequence, page.more), (view.sequence(), false));
}

#[test]
fn a_cursor_remembers_what_was_dealt_with() {
    let (world, shop, account) = busy();
    let ledger = &world.ledger;
    assert_eq!(ledger.view().unwrap().cursor("webhooks").unwrap(), None);
    let page = ledger.view().unwrap().events().after_cursor("webhooks").limit(3).page().unwrap();
    assert_eq!(page.items.len(), 3);
    let receipt = ledger.acknowledge("webhooks", page.through).unwrap();
    let cursor = ledger.view().unwrap().cursor("webhooks").unwrap().unwrap();
    assert_eq!((cursor.at, cursor.moves, cursor.moved_in), (page.items[2].id, 1, receipt.sequence()));
    // The first of the two events of the reversal.
    let middle = EventId { sequence: Sequence(6), place: 1 };
    let before = ledger.view().unwrap();
    ledger.acknowledge("webhooks", middle).unwrap();
    let rest = ledger.view().unwrap().events().after_cursor("webhooks").page().unwrap();
    assert_eq!(kinds_of(&rest), [ChangeKind::Reversed]);
    assert_eq!(before.cursor("webhooks").unwrap().unwrap().at, page.through, "views stay as they are");
    // A whole entry is its last event.
    ledger.acknowledge("webhooks", Sequence(6)).unwrap();
    let at = EventId { sequence: Sequence(6), place: 2 };
    assert_eq!(ledger.view().unwrap().cursor("webhooks").unwrap().unwrap().at, at);
    assert_eq!(ledger.view().unwrap().cursor("other").unwrap(), None);
    // Acknowledgements are entries, but no events.
    assert!(ledger.view().unwrap().events().after_cursor("webhooks").page().unwrap().items.is_empty());
    assert_eq!(receipt.events(), []);
    assert!(
        matches!(&receipt.entry().event, pacioli::Event::Cursor(event) if matches!(**event, CursorEvent::Acknowledged(_)))
    );
    // Provable, and there after opening again.
    proved(ledger);
    let looked_back = receipt.sequence();
    let world = world.reopened();
    proved(&world.ledger);
    assert_eq!(world.ledger.view().unwrap().cursor("webhooks").unwrap().unwrap().at, at);
    let back = world.ledger.view_at(looked_back).unwrap();
    assert_eq!(back.cursor("webhooks").unwrap().unwrap(), cursor);
    world.credit(&shop, account, "1.00");
    let rest = world.ledger.view().unwrap().events().after_cursor("webhooks").page().unwrap();
    assert_eq!(kinds_of(&rest), [ChangeKind::MoneyMoved]);
}

#[test]
fn acknowledging_again_writes_nothing() {
    let (world, ..) = busy();
    let ledger = &world.ledger;
    let first = ledger.acknowledge("webhooks", Sequence(4)).unwrap();
    assert!(!first.is_replayed());
    let again = ledger.acknowledge("webhooks", EventId { sequence: Sequence(4), place: 1 }).unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.sequence(), first.sequence());
    assert_eq!(ledger.view().unwrap().sequence(), first.sequence());
    // Back and there again are two moves more.
    assert!(!ledger.rewind("webhooks", Sequence(2)).unwrap().is_replayed());
    assert!(ledger.rewind("webhooks", Sequence(2)).unwrap().is_replayed());
    assert!(ledger.acknowledge("webhooks", Sequence(2)).unwrap().is_replayed());
    assert!(!ledger.acknowledge("webhooks", Sequence(4)).unwrap().is_replayed());
    let cursor = ledger.view().unwrap().cursor("webhooks").unwrap().unwrap();
    assert_eq!((cursor.moves, cursor.at.sequence), (3, Sequence(4)));
    // From the start again.
    ledger.rewind("webhooks", EventId::START).unwrap();
    assert_eq!(ledger.view().unwrap().events().after_cursor("webhooks").page().unwrap().items.len(), 7);
    proved(ledger);
}

#[test]
fn a_cursor_never_goes_back_unasked_nor_beyond_the_end() {
    let (world, ..) = busy();
    let at = |sequence, place| EventId { sequence: Sequence(sequence), place };
    world.ledger.acknowledge("webhooks", Sequence(5)).unwrap();
    let refused = |command: Command| world.refused(command);
    let passed = Rejection::CursorPassed { at: at(5, 1), given: at(4, 1) };
    assert_eq!(refused(Acknowledge::new("webhooks", Sequence(4)).into()), passed);
    assert_eq!(passed.to_string(), "the cursor stands at event 5.1, beyond 4.1");
    assert_eq!(passed.code(), 291);
    for event in [at(8, 1), at(8, 0), at(5, 2), at(0, 1), at(u64::MAX, 1), Sequence(99).into()] {
        assert_eq!(refused(Acknowledge::new("webhooks", event).into()), Rejection::EventNotFound { event });
        assert_eq!(refused(Rewind::new("webhooks", event).into()), Rejection::EventNotFound { event });
    }
    let ahead = Rejection::CursorNotReached { at: at(5, 1), given: at(6, 1) };
    assert_eq!(refused(Rewind::new("webhooks", at(6, 1)).into()), ahead);
    assert_eq!(refused(Rewind::new("unheard", Sequence(1)).into()), Rejection::CursorNotFound);
    assert_eq!(refused(Acknowledge::new(" ", Sequence(1)).into()), Rejection::TextRequired { field: "cursor name" });
    let limit = Limits::CURSOR_NAME_BYTES;
    let long = Rejection::TextTooLong { field: "cursor name", limit, given: limit + 1 };
    assert_eq!(refused(Acknowledge::new("x".repeat(limit + 1), Sequence(1)).into()), long);
    world.ledger.acknowledge(&"x".repeat(limit), Sequence(1)).unwrap();
    // The acknowledgement of an acknowledgement: it has no events, so the cursor stands before the next entry's.
    let last = world.ledger.view().unwrap().sequence();
    world.ledger.acknowledge("webhooks", last).unwrap();
    assert_eq!(world.ledger.view().unwrap().cursor("webhooks").unwrap().unwrap().at, at(last.0, 0));
    proved(&world.ledger);
}

#[test]
fn a_cursor_is_set_in_the_batch_that_it_belongs_to() {
    let (world, shop, account) = busy();
    // Within one transaction, what was decided just before is acknowledged, and what is refused is taken back.
    let sequence = world
        .ledger
        .transaction(|tx| {
            let credit = Credit::new(account, shop.service.id, kes("2.00"), "tx");
            let sequence = tx.execute(credit)?.sequence();
            tx.execute(Acknowledge::new("outbox", sequence))?;
            Ok::<_, Error>(sequence)
        })
        .unwrap();
    assert_eq!(world.ledger.view().unwrap().cursor("outbox").unwrap().unwrap().at.sequence, sequence);
    let before = world.state();
    let given_up = world.ledger.simulate(|tx| tx.execute(Rewind::new("outbox", Sequence(1))));
    assert!(given_up.is_ok());
    assert_eq!(world.state(), before);
    assert_eq!(world.ledger.view().unwrap().cursor("outbox").unwrap().unwrap().at.sequence, sequence);
    assert!(!world.ledger.rewind("outbox", Sequence(1)).unwrap().is_replayed());
    proved(&world.ledger);
}

/// A ledger with two invariants: sums below 100.00 each, and a counter of how often it was asked.
fn guarded(asked: &Arc<AtomicU32>) -> pacioli::LedgerBuilder {
    let asked = Arc::clone(asked);
    Ledger::builder()
        .invariant("asked", move |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .invariant("small sums", |proposed| {
            for posting in &proposed.entry().postings {
                let before = proposed.balance_before(posting.account).ok_or("an account is not shown")?;
                assert_eq!(before, posting.before());
                if posting.amount >= Amount::minor(100_00).map_err(|error| error.to_string())? {
                    return Err(format!("{} is too much", posting.amount));
                }
                if posting.amount == Amount::minor(13).map_err(|error| error.to_string())? {
                    panic!("thirteen");
                }
            }
            Ok(())
        })
}

fn till(ledger: &Ledger) -> (Account, Service) {
    let book = ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap();
    let client = ledger.register_client(super::world::business("Shop")).unwrap();
    let account = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
    let service = ledger.define_service(NewService::new(client.id, book.id, "SALES")).unwrap();
    (account, service)
}

#[test]
fn an_invariant_of_the_host_vetoes_before_anything_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let asked = Arc::new(AtomicU32::new(0));
    let ledger = guarded(&asked).open(&path).unwrap();
    let (account, service) = till(&ledger);
    assert_eq!(asked.load(Ordering::SeqCst), 4);
    let credit = |sum: &str, key: &str| Credit::new(account.id, service.id, kes(sum), key);
    ledger.credit(credit("99.99", "a")).unwrap();
    let before = ledger.view().unwrap().sequence();
    let veto = no(ledger.credit(credit("100.00", "b")));
    let broken = |reason: &str| Rejection::InvariantBroken { name: "small sums".into(), reason: reason.into() };
    assert_eq!(veto, broken("10000 is too much"));
    assert_eq!(veto.to_string(), "the host's invariant small sums is broken: 10000 is too much");
    assert_eq!((veto.code(), veto.is_transient()), (294, false));
    assert_eq!(ledger.view().unwrap().sequence(), before);
    // A panic is a no like any other, and the ledger goes on; the key is free.
    assert_eq!(no(ledger.credit(credit("0.13", "b"))), broken("it panicked: thirteen"));
    ledger.credit(credit("0.14", "b")).unwrap();
    // The rules are asked first, and replays not at all.
    let times = asked.load(Ordering::SeqCst);
    assert!(ledger.credit(credit("0.14", "b")).unwrap().is_replayed());
    assert_eq!(no(ledger.credit(credit("0.15", "b"))).code(), 113);
    assert_eq!(asked.load(Ordering::SeqCst), times);
    // One no in a batch of all takes all back.
    let batch = |sums: [&str; 3]| {
        let commands = sums.iter().enumerate().map(|(at, sum)| credit(sum, &format!("all-{at}")).into()).collect();
        ledger.submit_batch(commands, pacioli::Atomicity::All).unwrap()
    };
    let before = ledger.view().unwrap().sequence();
    let answers = batch(["1.00", "500.00", "2.00"]);
    assert_eq!(answers[1], Err(broken("50000 is too much")));
    assert_eq!(answers[0], Err(Rejection::BatchRefused { at: 1 }));
    assert_eq!(ledger.view().unwrap().sequence(), before);
    assert_eq!(ledger.view().unwrap().balance(account.id).unwrap().current, kes("100.13"));
    assert!(batch(["1.00", "50.00", "2.00"]).iter().all(Result::is_ok));
    // Simulations are asked, transactions are, and the transaction goes on after a no.
    let simulated = ledger.simulate(|tx| Ok::<_, Error>(no(tx.execute(credit("200.00", "s"))))).unwrap();
    assert_eq!(simulated, broken("20000 is too much"));
    ledger
        .transaction(|tx| {
            assert_eq!(no(tx.execute(credit("200.00", "t"))), broken("20000 is too much"));
            tx.execute(credit("20.00", "t"))
        })
        .unwrap();
    proved(&ledger);
    ledger.close().unwrap();
    // Nothing is asked when the journal is followed at opening; a stricter invariant leaves the past alone.
    let stricter = Ledger::builder().invariant("nothing", |_| Err("no more".to_owned())).open(&path).unwrap();
    proved(&stricter);
    assert_eq!(no(stricter.credit(credit("1.00", "z"))).code(), 294);
    // A fork has them too.
    let fork = stricter.view().unwrap().fork().unwrap();
    assert_eq!(no(fork.credit(credit("1.00", "z"))).code(), 294);
}

#[test]
fn an_invariant_can_read_views_but_give_no_commands() {
    let slot: Arc<std::sync::OnceLock<Ledger>> = Arc::default();
    let inner = Arc::clone(&slot);
    let ledger = Ledger::builder()
        .invariant("alone", move |proposed| {
            let Some(ledger) = inner.get() else { return Ok(()) };
            let view = ledger.view().map_err(|error| error.to_string())?;
            assert!(view.sequence() < proposed.entry().sequence);
            let answer = ledger.open_book(NewBook::live("another", Currency::USD));
            assert!(matches!(answer, Err(Error::InsideTransaction)), "{answer:?}");
            let answer = ledger.transaction(|_| Ok::<_, Error>(()));
            assert!(matches!(answer, Err(Error::InsideTransaction)), "{answer:?}");
            assert_eq!(proposed.changes().len(), 1);
            Ok(())
        })
        .in_memory()
        .unwrap();
    let (account, service) = till(&ledger);
    slot.set(ledger.clone()).unwrap();
    ledger.credit(Credit::new(account.id, service.id, kes("1.00"), "one")).unwrap();
    // Afterwards the thread is free again.
    ledger.open_book(NewBook::live("another", Currency::USD)).unwrap();
    ledger.transaction(|tx| tx.execute(Credit::new(account.id, service.id, kes("1.00"), "two"))).unwrap();
}

#[test]
fn a_fork_is_the_same_ledger_up_to_its_entry_and_another_from_there() {
    let (world, shop, account) = busy();
    let ledger = &world.ledger;
    world.credit(&shop, account, "5.00");
    ledger.acknowledge("webhooks", Sequence(3)).unwrap();
    let head = proved(ledger).head;
    let fork = ledger.view().unwrap().fork().unwrap();
    assert_ne!(fork.identity(), ledger.identity());
    // The chain of digests is the same, entry for entry and commit for commit.
    assert_eq!(proved(&fork).head, head);
    let (here, there) = (ledger.view().unwrap(), fork.view().unwrap());
    assert_eq!((there.sequence(), there.recorded_at()), (here.sequence(), here.recorded_at()));
    for sequence in (1..=here.sequence().0).map(Sequence) {
        assert_eq!(there.entry(sequence).unwrap(), here.entry(sequence).unwrap());
    }
    assert_eq!(there.cursor("webhooks").unwrap(), here.cursor("webhooks").unwrap());
    assert_eq!(there.account(account).unwrap(), here.account(account).unwrap());
    assert_eq!(all(&there, 3), all(&here, 3));
    let lines = |view: &View| view.activities(account).oldest_first().page().unwrap().items;
    assert_eq!(lines(&there), lines(&here));
    // What is written to one is not seen by the other; keys that were used stay used.
    let credit = |sum: &str, key: &str| Credit::new(account, shop.service.id, kes(sum), key);
    assert!(fork.credit(credit("10.00", "key-0")).unwrap().is_replayed());
    fork.credit(credit("70.00", "what-if")).unwrap();
    ledger.credit(credit("1.00", "what-is")).unwrap();
    let current = |ledger: &Ledger| ledger.view().unwrap().balance(account).unwrap().current;
    assert_eq!((current(&fork), current(ledger)), (kes("75.00"), kes("6.00")));
    proved(&fork);
    proved(ledger);
    // As of any entry, from the first on.
    let empty = ledger.fork_at(Sequence::ZERO).unwrap();
    assert_eq!(empty.view().unwrap().sequence(), Sequence::ZERO);
    proved(&empty);
    let early = ledger.fork_at(Sequence(5)).unwrap();
    assert_eq!(current(&early), kes("10.00"));
    assert_eq!(early.view().unwrap().cursor("webhooks").unwrap(), None);
    early.reverse(Reverse::part(Sequence(5), kes("4.00"), "part")).unwrap();
    assert_eq!(current(&early), kes("6.00"));
    proved(&early);
    let beyond = ledger.fork_at(Sequence(99));
    assert!(matches!(beyond, Err(Error::BeyondEnd { asked: Sequence(99), .. })));
    // A fork of a fork, after its original has closed.
    let World { .. } = world.reopened();
    assert_eq!(current(&fork.view().unwrap().fork().unwrap()), kes("75.00"));
}
