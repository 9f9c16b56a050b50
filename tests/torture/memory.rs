//! Memory: a ledger that has outgrown its budget many times over stays near it, in a process of its own.

use pacioli::prelude::*;

use super::processes::in_child;
use super::random::Random;
use super::tier::{Run, cases};

/// What the ledger is told to keep in memory.
const BUDGET: u64 = 16 << 20;

/// What the process may have beyond the budget, besides what it had before: batches on their way and the last ones, the
/// store's pages of a commit, and what the allocator has not given back. None of it grows with the ledger.
const BESIDE: u64 = 400 << 20;

/// And for each key that the ledger knows, what finds it: a part of a filter.
const FOR_EACH_KEY: u64 = 4;

const BATCH: u64 = 1_000;

/// A figure of this process in bytes, as Linux tells it.
fn told(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib << 10
}

struct Grown {
    ledger: Ledger,
    book: BookId,
    client: ClientId,
    service: ServiceId,
    /// The process before there was a ledger.
    before: u64,
    keys: u64,
    figures: String,
}

impl Grown {
    fn begin(path: &std::path::Path) -> Self {
        let before = told("VmRSS");
        let ledger = Ledger::builder().memory(BUDGET as usize).open(path).unwrap();
        let book = ledger.open_book(NewBook::live("bank", Currency::KES)).unwrap().id;
        let contact = Contact::new("Njeri", "njeri@shop.ke", "+254700000001");
        let mut client = NewClient::business("Bank", "KE", "P051", contact);
        client.accounts_max = Some(0);
        let client = ledger.register_client(client).unwrap().id;
        let service = NewService::new(client, book, "FREE").narrative_required(false);
        let service = ledger.define_service(service).unwrap().id;
        Self { ledger, book, client, service, before, keys: 0, figures: String::new() }
    }

    fn give(&mut self, commands: Vec<Command>) {
        self.keys += commands.len() as u64;
        let results = self.ledger.submit_batch(commands, Atomicity::Each).unwrap();
        if let Some(no) = results.into_iter().find_map(Result::err) {
            panic!("{no}");
        }
    }

    fn account(&self, number: u64) -> Command {
        let account = NewAccount::new(self.client, self.book, AccountType::WORKING);
        account.overdraft(None).named(format!("Account of customer {number}")).keyed(format!("account {number}")).into()
    }

    fn transfer(&self, number: u64, (first, last): (u64, u64), random: &mut Random) -> Command {
        let from = first + random.below(last - first);
        let to = if from == first { last } else { from - 1 };
        let money = Currency::KES.minor(1 + i128::from(random.below(1_000))).unwrap();
        Transfer::new(AccountId(from), AccountId(to), self.service, money, format!("transfer {number}")).into()
    }

    /// What the process has now must be within what was promised.
    fn measured(&mut self, what: &str) {
        let (now, peak) = (told("VmRSS"), told("VmHWM"));
        let allowed = self.before + BUDGET + BESIDE + FOR_EACH_KEY * self.keys;
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        self.figures.push_str(&format!(" {what}={}/{}", mib(now), mib(peak)));
        let figures = &self.figures;
        assert!(peak <= allowed, "{what}: {} MiB at the peak, {} allowed;{figures}", mib(peak), mib(allowed));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ledger_beyond_its_budget_stays_near_it() {
    if in_child("memory::ledger_beyond_its_budget_stays_near_it", None) {
        return;
    }
    let run = Run::begin("memory");
    let (mut random, directory) = (run.random(), tempfile::tempdir().unwrap());
    let path = directory.path().join("bank.redb");
    let (accounts, transfers) = (cases(200_000, 1_000_000), cases(400_000, 10_000_000));
    let mut grown = Grown::begin(&path);
    grown.measured("opened");
    for batch in 0..accounts.div_ceil(BATCH) {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        grown.give(numbers.map(|number| grown.account(number)).collect());
        run.cases(BATCH);
    }
    grown.measured("accounts");
    let last = grown.ledger.view().unwrap().accounts(AccountFilter::OfBook(grown.book), Listing::first(1)).unwrap();
    let first = last.items[0].account.id.0 + 20;
    let last = first + accounts - 20;
    for batch in 0..transfers.div_ceil(BATCH) {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        grown.give(numbers.map(|number| grown.transfer(number, (first, last), &mut random)).collect());
        run.cases(BATCH);
    }
    grown.measured("transfers");
    let view = grown.ledger.view().unwrap();
    for _ in 0..cases(20_000, 400_000) {
        let account = AccountId(first + random.below(accounts - 40));
        view.balance(account).unwrap();
        view.activities(account).limit(20).page().unwrap();
        run.case();
    }
    drop(view);
    grown.measured("readings");
    let Grown { book, client, service, before, keys, figures, ledger } = grown;
    ledger.close().unwrap();
    let ledger = Ledger::builder().memory(BUDGET as usize).open(&path).unwrap();
    let mut grown = Grown { ledger, book, client, service, before, keys, figures };
    grown.measured("opened_again");
    let figures = &grown.figures;
    run.end(&format!("budget_mib={} before_mib={}{figures}", BUDGET >> 20, grown.before >> 20));
}
