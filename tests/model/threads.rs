//! Many threads at one ledger: what they are told must be what the naive ledger says of the commands in the order in
//! which the ledger took them.

use std::sync::{Arc, Barrier};

use pacioli::money::{Amount, Currency};
use pacioli::{
    AccountId, AccountType, Atomicity, ClientId, Command, Credit, Debit, Ledger, ManualClock, NewAccount, NewBook,
    NewService, Post, Receipt, Rejection, Reverse, Sequence, ServiceId, Tariff, Timestamp, Transfer,
};

use crate::model::commands::client;
use crate::model::drive::{Engine, Nonces, agrees, judged};
use crate::model::naive::{Ask, Naive};
use crate::model::random::Random;

const NOW: Timestamp = Timestamp(1_790_000_000_000_000_000);

/// The accounts of clients; those before them are the book's.
const ACCOUNTS: std::ops::RangeInclusive<u64> = 7..=10;

/// A ledger of one book with two clients, each with two accounts, one that may not be overdrawn and one that may, and a
/// service; and the model of it.
fn begun(engine: &Engine) -> (Ledger, Naive) {
    let ledger = engine.open(&Arc::new(ManualClock::at(NOW)), &Nonces::default());
    let mut model = Naive::default();
    let mut asks = vec![Ask::of(NewBook::live("shop.kes.main", Currency::KES)), Ask::of(client(0)), Ask::of(client(1))];
    let book = pacioli::BookId(1);
    for client in [ClientId(1), ClientId(2)] {
        let fee = pacioli::Fee::Fixed(Amount::minor(3).unwrap());
        asks.push(Ask::of(NewAccount::new(client, book, AccountType::WORKING)));
        asks.push(Ask::of(NewAccount::new(client, book, AccountType::WORKING).overdraft(None)));
        asks.push(Ask::of(NewService::new(client, book, "TILL").across_clients().tariff(Tariff::Flat(fee))));
    }
    for ask in asks {
        model.give(&ask, NOW).unwrap();
        ledger.execute(ask.command).unwrap();
    }
    (ledger, model)
}

/// A movement under one of few keys; the same key mostly with the same content.
fn command(random: &mut Random) -> Command {
    let number = random.below(400);
    let mut of_key = Random::seeded(if random.percent(90) { number } else { random.next() });
    let client = 1 + of_key.below(2);
    let account = AccountId(ACCOUNTS.start() + 2 * (client - 1) + of_key.below(2));
    let other = AccountId(ACCOUNTS.start() + of_key.below(4));
    let money = Currency::KES.minor(4 + of_key.below(50) as i128).unwrap();
    let (service, key) = (ServiceId(client), format!("k{number}"));
    let references = of_key.percent(30);
    match of_key.below(10) {
        0..=3 => {
            let credit = Credit::new(account, service, money, key);
            if references { credit.referring("topup", "7").into() } else { credit.into() }
        }
        4 | 5 => Debit::new(account, service, money, key).into(),
        6 | 7 => Transfer::new(account, other, service, money, key).narrated("till 4").into(),
        8 => Post::new(key).debit(account, money).credit(other, money).into(),
        _ => {
            let original = Sequence(10 + random.below(200));
            if of_key.percent(50) {
                Reverse::whole(original).into()
            } else {
                Reverse::part(original, money, key).into()
            }
        }
    }
}

type Told = (Command, Result<Receipt, Rejection>);

/// One thread's commands, given in every way there is.
fn fire(ledger: &Ledger, seed: u64, commands: usize) -> Vec<Told> {
    let mut random = Random::seeded(seed);
    let mut told = Vec::new();
    while told.len() < commands {
        let some: Vec<Command> = (0..1 + random.below(6)).map(|_| command(&mut random)).collect();
        match random.below(5) {
            0 => {
                let results = ledger.submit_batch(some.clone(), Atomicity::Each).unwrap();
                told.extend(some.into_iter().zip(results));
            }
            1 => {
                let results = ledger.submit_batch(some.clone(), Atomicity::All).unwrap();
                // A refused batch may conflict with an entry of its own, which is taken back: nobody can look that up.
                let own = |result: &Result<_, _>| matches!(result, Err(Rejection::IdempotencyConflict { .. }));
                told.extend(some.into_iter().zip(results).filter(|(_, result)| !own(result)));
            }
            2 => {
                let tickets: Vec<_> = some.iter().map(|command| ledger.submit(command.clone()).unwrap()).collect();
                told.extend(some.into_iter().zip(tickets.into_iter().map(|ticket| judged(ticket.wait()))));
            }
            3 => {
                let results = ledger.transaction(|transaction| {
                    Ok::<_, pacioli::Error>(
                        some.iter().map(|command| judged(transaction.execute(command.clone()))).collect::<Vec<_>>(),
                    )
                });
                told.extend(some.into_iter().zip(results.unwrap()));
            }
            _ => {
                let results: Vec<_> = some.iter().map(|command| judged(ledger.execute(command.clone()))).collect();
                told.extend(some.into_iter().zip(results));
            }
        }
    }
    told
}

/// Whether a command of this test can be refused like this at all.
fn is_legal(rejection: &Rejection) -> bool {
    matches!(
        rejection,
        Rejection::IdempotencyConflict { .. }
            | Rejection::EntryNotFound { .. }
            | Rejection::SameAccount { .. }
            | Rejection::InsufficientFunds { .. }
            | Rejection::CannotReverseReversal { .. }
            | Rejection::AlreadyReversed { .. }
            | Rejection::ReversalExceedsRemainder { .. }
            | Rejection::BatchRefused { .. }
    )
}

fn eight_threads(engine: &Engine, seed: u64, commands: usize) {
    let (ledger, mut model) = begun(engine);
    let mut told: Vec<Told> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8u64)
            .map(|thread| {
                let ledger = ledger.clone();
                scope.spawn(move || fire(&ledger, seed.wrapping_mul(8).wrapping_add(thread), commands))
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    // First what was written, in its order; what was answered from it afterwards, when all of it is there.
    told.sort_by_key(|(_, result)| match result {
        Ok(receipt) if !receipt.is_replayed() => receipt.sequence(),
        _ => Sequence(u64::MAX),
    });
    for (command, result) in told {
        let expected = |model: &mut Naive| model.give(&Ask::of(command.clone()), NOW);
        match &result {
            Ok(receipt) => {
                let answer = expected(&mut model).unwrap_or_else(|no| panic!("seed {seed}: {no} to {command:#?}"));
                assert!(agrees(&answer, receipt), "seed {seed}: {command:#?}\nexpected {answer:#?}\ngot {receipt:#?}");
            }
            Err(Rejection::IdempotencyConflict { .. }) => {
                let no = expected(&mut model).err();
                assert_eq!(no.as_ref(), result.as_ref().err(), "seed {seed}: {command:#?}");
            }
            Err(rejection) => assert!(is_legal(rejection), "seed {seed}: {rejection} to {command:#?}"),
        }
    }
    let last = model.entries.last().map(|entry| entry.sequence);
    assert_eq!(last, Some(ledger.view().unwrap().sequence()), "seed {seed}: an entry that nobody was told of");
}

#[test]
fn threads_are_told_what_happened_in_the_order_of_the_journal() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..2 {
        let seed = crate::seed().wrapping_add(round);
        eight_threads(&Engine::Memory, seed, 120);
        eight_threads(&Engine::File(directory.path().join(format!("{round}.redb"))), seed, 60);
    }
}

/// Sixteen threads give one command each at the same moment.
fn race(engine: &Engine, command: impl Fn(u64) -> Command) -> Vec<Result<Receipt, Rejection>> {
    let (ledger, _) = begun(engine);
    let start = Barrier::new(16);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|thread| {
                let (ledger, start, command) = (ledger.clone(), &start, command(thread));
                scope.spawn(move || {
                    start.wait();
                    if thread % 2 == 0 {
                        judged(ledger.execute(command))
                    } else {
                        judged(ledger.submit(command).unwrap().wait())
                    }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Both engines, a few times each.
fn engines(test: impl Fn(&Engine)) {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..4 {
        test(&Engine::Memory);
        test(&Engine::File(directory.path().join(format!("{round}.redb"))));
    }
}

fn credit(minor: u64) -> Command {
    let money = Currency::KES.minor(minor.into()).unwrap();
    Credit::new(AccountId(7), ServiceId(1), money, "the one key").into()
}

#[test]
fn one_of_sixteen_same_commands_is_carried_out_and_the_others_replay_it() {
    engines(|engine| {
        let results = race(engine, |_| credit(100));
        let receipts: Vec<Receipt> = results.into_iter().collect::<Result<_, _>>().unwrap();
        assert_eq!(receipts.iter().filter(|receipt| !receipt.is_replayed()).count(), 1);
        assert!(receipts.iter().all(|receipt| receipt.entry() == receipts[0].entry()));
    });
}

#[test]
fn one_of_sixteen_commands_of_one_key_wins_and_the_others_conflict_with_it() {
    engines(|engine| {
        let results = race(engine, |thread| credit(100 + thread));
        let (receipts, rejections): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        let [Ok(winner)] = receipts.as_slice() else { panic!("{} winners", receipts.len()) };
        assert!(!winner.is_replayed());
        let conflict = Rejection::IdempotencyConflict { original: winner.sequence() };
        assert!(rejections.into_iter().all(|rejection| rejection.is_err_and(|no| no == conflict)));
    });
}
