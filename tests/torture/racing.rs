//! Sixteen threads: money that goes round while readers sum it up, a journal in the order in which things happened, and
//! one key that all of them want.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

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

fn go_round(name: &'static str, in_a_file: bool, wanted: u64) {
    let run = Run::begin(name);
    let bank = Bank::open(in_a_file);
    let over = AtomicBool::new(false);
    let each = (wanted / THREADS).max(4);
    let (mut writes, mut reads, mut refused) = (Vec::new(), Vec::new(), 0_u64);
    std::thread::scope(|scope| {
        let mut writers = Vec::new();
        for thread in 0..THREADS {
            let (bank, mut random) = (&bank, Random::seeded(run.seed ^ thread));
            writers.push(scope.spawn(move || {
                let (mut seen, mut refused) = (Vec::new(), 0);
                for number in 0..each {
                    let transfer = bank.transfer(&mut random, format!("{thread}/{number}"));
                    let begun = Instant::now();
                    let receipt = match random.below(4) {
                        0 => bank.ledger.submit(transfer).and_then(pacioli::Ticket::wait),
                        1 => bank.ledger.transaction(|transaction| transaction.execute(transfer)),
                        _ => bank.ledger.transfer(transfer),
                    };
                    match receipt {
                        Ok(receipt) => {
                            seen.push(Seen { sequence: receipt.sequence(), begun, ended: Instant::now() });
                        }
                        Err(Error::Rejected(
                            Rejection::InsufficientFunds { .. } | Rejection::AmountOverflow { .. },
                        )) => {
                            refused += 1;
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                (seen, refused)
            }));
        }
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = Vec::new();
                    while !over.load(Ordering::Acquire) {
                        seen.push(bank.summed());
                        std::thread::sleep(std::time::Duration::from_micros(200));
                    }
                    seen
                })
            })
            .collect();
        for writer in writers {
            let (seen, no) = writer.join().unwrap();
            writes.extend(seen);
            refused += no;
        }
        over.store(true, Ordering::Release);
        reads = readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
    });
    run.cases(writes.len() as u64 + refused);
    let summed = reads.len();
    in_order(writes, reads);
    replayed(&bank);
    assert_eq!(verified(&bank.ledger).unwrap().finding, None);
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
