//! Sixteen threads: money that goes round while readers sum it up, a journal in the order in which things happened, and
//! one key that all of them want. And eight that all want the same account, for as long as there is time.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pacioli::prelude::*;

use super::random::Random;
use super::tier::{Run, cases};
use super::workload::verified;

const THREADS: u64 = 16;
const ACCOUNTS: u64 = 8;
const EACH: i128 = 10_000;

struct Bank {
    ledger: Ledger,
    service: ServiceId,
    accounts: Vec<AccountId>,
    _directory: Option<tempfile::TempDir>,
}

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

impl Bank {
    fn open(in_a_file: bool) -> Self {
        let directory = in_a_file.then(|| tempfile::tempdir().unwrap());
        // Batches, sweeps and merges come often.
        let builder = Ledger::builder().tight();
        let ledger = match &directory {
            Some(directory) => builder.open(directory.path().join("bank.redb")),
            None => builder.in_memory(),
        };
        let ledger = ledger.unwrap();
        let book = ledger.open_book(NewBook::live("bank", Currency::KES)).unwrap();
        let contact = Contact::new("Njeri", "njeri@shop.ke", "+254700000001");
        let client = ledger.register_client(NewClient::business("Bank", "KE", "P051", contact)).unwrap();
        let service = NewService::new(client.id, book.id, "FREE").narrative_required(false);
        let service = ledger.define_service(service).unwrap().id;
        let mut accounts = Vec::new();
        for number in 0..ACCOUNTS {
            let account = NewAccount::new(client.id, book.id, AccountType::WORKING);
            accounts.push(ledger.open_account(account).unwrap().id);
            ledger
                .credit(Credit::new(accounts[number as usize], service, kes(EACH), format!("start {number}")))
                .unwrap();
        }
        Self { ledger, service, accounts, _directory: directory }
    }

    /// A transfer, which may be more than there is.
    fn transfer(&self, random: &mut Random, key: String) -> Transfer {
        let from = random.index(self.accounts.len());
        let to = (from + 1 + random.index(self.accounts.len() - 1)) % self.accounts.len();
        self.between(from, to, random, key)
    }

    /// A transfer into or out of the first account, which all want.
    fn hot_transfer(&self, random: &mut Random, key: String) -> Transfer {
        let other = 1 + random.index(self.accounts.len() - 1);
        let (from, to) = if random.percent(50) { (0, other) } else { (other, 0) };
        self.between(from, to, random, key)
    }

    fn between(&self, from: usize, to: usize, random: &mut Random, key: String) -> Transfer {
        let money = kes(1 + i128::from(random.below(3_000)));
        Transfer::new(self.accounts[from], self.accounts[to], self.service, money, key)
    }

    /// What a reader sees: everything that had been acknowledged before it looked, and no shilling more or less.
    fn summed(&self) -> Seen {
        let begun = Instant::now();
        let view = self.ledger.view().unwrap();
        let held = self.accounts.iter().map(|account| view.balance(*account).unwrap().current.minor());
        assert_eq!(held.sum::<i128>(), EACH * i128::from(ACCOUNTS), "as of {}", view.sequence());
        assert!(view.trial_balance(BookId(1)).unwrap().is_balanced());
        Seen { sequence: view.sequence(), begun, ended: Instant::now() }
    }
}

/// Something that took its time, and its place in the journal.
#[derive(Clone, Copy, Debug)]
struct Seen {
    sequence: Sequence,
    begun: Instant,
    ended: Instant,
}

/// What ended before something else began stands before it: `writes` by their place, `reads` after what they must see.
fn in_order(mut writes: Vec<Seen>, mut reads: Vec<Seen>) {
    writes.sort_by_key(|seen| seen.sequence);
    let mut latest: Option<Seen> = None;
    for write in &writes {
        if let Some(latest) = latest {
            assert!(write.sequence > latest.sequence || write.begun == latest.begun, "two entries in one place");
            assert!(write.ended >= latest.begun, "{write:?} was over before {latest:?} began, and stands after it");
        }
        latest = latest.filter(|latest| latest.begun >= write.begun).or(Some(*write));
    }
    writes.sort_by_key(|seen| seen.ended);
    reads.sort_by_key(|seen| seen.begun);
    let (mut place, mut acknowledged) = (0, Sequence::ZERO);
    for read in reads {
        while place < writes.len() && writes[place].ended < read.begun {
            acknowledged = acknowledged.max(writes[place].sequence);
            place += 1;
        }
        assert!(read.sequence >= acknowledged, "{read:?} does not see {acknowledged}, which was acknowledged before");
    }
}

/// How one thread goes on.
struct Writer<'b> {
    bank: &'b Bank,
    random: Random,
    hot: bool,
    seen: Vec<Seen>,
    refused: u64,
}

impl Writer<'_> {
    fn give(&mut self, key: String) {
        let Self { bank, random, .. } = self;
        let transfer = if self.hot { bank.hot_transfer(random, key) } else { bank.transfer(random, key) };
        let begun = Instant::now();
        let receipt = match random.below(4) {
            0 => bank.ledger.submit(transfer).and_then(pacioli::Ticket::wait),
            1 => bank.ledger.transaction(|transaction| transaction.execute(transfer)),
            _ => bank.ledger.transfer(transfer),
        };
        match receipt {
            Ok(receipt) => self.seen.push(Seen { sequence: receipt.sequence(), begun, ended: Instant::now() }),
            Err(Error::Rejected(Rejection::InsufficientFunds { .. } | Rejection::AmountOverflow { .. })) => {
                self.refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// What so many threads did and saw.
#[derive(Default)]
struct Raced {
    writes: Vec<Seen>,
    reads: Vec<Seen>,
    refused: u64,
}

/// Writers go on while `more` says so of how many transfers each has given; readers sum up meanwhile.
fn race(bank: &Bank, (threads, hot): (u64, bool), seed: u64, more: impl Fn(u64) -> bool + Sync) -> Raced {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..threads)
            .map(|thread| {
                let random = Random::seeded(seed ^ thread);
                let mut writer = Writer { bank, random, hot, seen: Vec::new(), refused: 0 };
                let more = &more;
                scope.spawn(move || {
                    let mut number = 0;
                    while more(number) {
                        writer.give(format!("{thread}/{number}"));
                        number += 1;
                    }
                    writer
                })
            })
            .collect();
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = Vec::new();
                    while !over.load(Ordering::Acquire) {
                        seen.push(bank.summed());
                        std::thread::sleep(Duration::from_micros(200));
                    }
                    seen
                })
            })
            .collect();
        let mut raced = Raced::default();
        let ended: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        // Readers end even if a writer has not ended well.
        over.store(true, Ordering::Release);
        for writer in ended {
            let writer = writer.unwrap();
            raced.writes.extend(writer.seen);
            raced.refused += writer.refused;
        }
        raced.reads = readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
        raced
    })
}

/// Everything that was done and seen is right, and so is the ledger.
fn judged(run: &Run, bank: &Bank, raced: Raced) -> (u64, usize) {
    let Raced { writes, reads, refused } = raced;
    run.cases(writes.len() as u64 + refused);
    let summed = reads.len();
    in_order(writes, reads);
    replayed(bank);
    assert_eq!(verified(&bank.ledger).unwrap().finding, None);
    (refused, summed)
}

fn go_round(name: &'static str, in_a_file: bool, wanted: u64) {
    let run = Run::begin(name);
    let bank = Bank::open(in_a_file);
    let each = (wanted / THREADS).max(4);
    let raced = race(&bank, (THREADS, false), run.seed, |given| given < each);
    let (refused, summed) = judged(&run, &bank, raced);
    run.end(&format!("refused={refused} summed={summed}"));
}

/// The journal, carried out by one thread that adds and subtracts, gives the same balances after every line.
fn replayed(bank: &Bank) {
    let view = bank.ledger.view().unwrap();
    let mut balances = std::collections::BTreeMap::<AccountId, i128>::new();
    let mut after = None;
    loop {
        let page = view.entries(after, 500).unwrap();
        for entry in &page.items {
            for posting in &entry.postings {
                let sign = if posting.side == posting.normal { 1 } else { -1 };
                let balance = balances.entry(posting.account).or_default();
                *balance += sign * posting.amount.signed();
                assert_eq!(posting.after.posted(posting.normal), *balance, "{posting:?}");
                assert!(!bank.accounts.contains(&posting.account) || *balance >= 0, "{posting:?}");
            }
        }
        let Some(last) = page.items.last() else { break };
        after = Some(last.sequence);
    }
    for account in &bank.accounts {
        assert_eq!(view.balance(*account).unwrap().current.minor(), balances[account]);
    }
}

#[test]
fn money_goes_round_in_memory_and_every_sum_is_right() {
    go_round("bank_in_memory", false, cases(40_000, 10_000_000));
}

#[test]
fn money_goes_round_in_a_file_and_every_sum_is_right() {
    go_round("bank_in_a_file", true, cases(4_000, 2_000_000));
}

/// How long threads fight for one account before what they did is judged, and they begin with another bank.
const FIGHT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 2_500 });

#[test]
fn eight_threads_on_one_hot_account_are_told_of_it_in_one_order() {
    let run = Run::begin("hot_account");
    let (mut refused, mut summed, mut fights) = (0, 0, 0);
    // Five seconds for a change, ten minutes a night.
    for fight in 0..cases(1, 120) {
        for in_a_file in [false, true] {
            let bank = Bank::open(in_a_file);
            let until = Instant::now() + FIGHT;
            let raced = race(&bank, (8, true), run.seed.wrapping_add(fight), |_| Instant::now() < until);
            let (no, sums) = judged(&run, &bank, raced);
            (refused, summed, fights) = (refused + no, summed + sums, fights + 1);
        }
    }
    run.end(&format!("refused={refused} summed={summed} fights={fights}"));
}

#[test]
fn one_of_sixteen_wins_a_key_and_the_others_hear_of_it() {
    let run = Run::begin("races_on_one_key");
    let bank = Bank::open(true);
    let mut random = run.random();
    for round in 0..cases(400, 100_000) {
        let (transfer, other) = (random.clone(), random.below(2) == 0);
        random.next();
        let barrier = Barrier::new(THREADS as usize);
        let answers: Vec<(bool, Result<Receipt, Error>)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (bank, barrier, mut random) = (&bank, &barrier, transfer.clone());
                    scope.spawn(move || {
                        let mut given = bank.transfer(&mut random, format!("race {round}"));
                        // Half of them mean something else by the same key.
                        let differs = other && thread % 2 == 1;
                        given.money = kes(if differs { 2 } else { 1 });
                        barrier.wait();
                        (differs, bank.ledger.transfer(given))
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let winners: Vec<_> =
            answers.iter().filter(|(_, answer)| matches!(answer, Ok(it) if !it.is_replayed())).collect();
        let refused = |rejection: &Rejection| matches!(rejection, Rejection::InsufficientFunds { .. });
        if answers.iter().any(|(_, answer)| matches!(answer, Err(Error::Rejected(no)) if refused(no))) {
            continue;
        }
        let [(won, Ok(winner))] = winners[..] else { panic!("round {round}: {} winners", winners.len()) };
        for (differs, answer) in &answers {
            match answer {
                Ok(receipt) => {
                    assert_eq!((differs, receipt.sequence()), (won, winner.sequence()), "round {round}");
                    assert_eq!(receipt.entry(), winner.entry(), "round {round}");
                }
                Err(Error::Rejected(Rejection::IdempotencyConflict { .. })) => {
                    assert_ne!(differs, won, "round {round}")
                }
                Err(error) => panic!("round {round}: {error}"),
            }
        }
        run.case();
    }
    replayed(&bank);
    assert_eq!(verified(&bank.ledger).unwrap().finding, None);
    run.end("");
}
