//! A ledger with funded accounts, and random transfers between them. The same every time.
#![allow(dead_code, reason = "each bench uses its part")]

use std::sync::atomic::{AtomicU64, Ordering};

use pacioli::prelude::*;
use pacioli::{Limits, SystemAccount};

/// What a bench transfers between.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) book: BookId,
    pub(crate) first: AccountId,
    pub(crate) accounts: u64,
    service: ServiceId,
    given: AtomicU64,
}

/// What every account has at first, in minor units: more than any bench takes out of it.
const FUNDS: i128 = 1_000_000_000_000;

impl World {
    /// Opens accounts in an empty ledger and puts money into them.
    pub(crate) fn new(ledger: Ledger, accounts: u64, fees: bool) -> Result<Self, Error> {
        let book = ledger.open_book(NewBook::live("bench.kes", Currency::KES))?;
        let owner = Contact::new("Njeri Mwangi", "njeri@example.com", "+254700000001");
        let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
        let mut service = NewService::new(client, book.id, "TRANSFERS").narrative_required(false);
        if fees {
            let tax = Tax { rate: Rate::percent_text("16")? };
            service = service.fee(Fee::percentage(Rate::percent_text("1.5")?)).taxed(tax);
        }
        let service = ledger.define_service(service)?.id;
        let mut opened = Vec::new();
        for _ in 0..accounts.div_ceil(1_000) {
            let left = accounts - opened.len() as u64;
            let batch = (0..left.min(1_000)).map(|_| NewAccount::new(client, book.id, AccountType::WORKING).into());
            for receipt in ledger.submit_batch(batch.collect(), Atomicity::Each)? {
                opened.extend(receipt?.account());
            }
        }
        let external = book.system(SystemAccount::External);
        for (at, some) in opened.chunks(Limits::LEGS - 1).enumerate() {
            let total = book.currency.minor(FUNDS * some.len() as i128)?;
            let post = Post::new(format!("OPENING-{at}")).kind(EntryKind::Opening).debit(external, total);
            let funds = book.currency.minor(FUNDS)?;
            ledger.post(some.iter().fold(post, |post, account| post.credit(*account, funds)))?;
        }
        let first = opened.first().copied().unwrap_or_default();
        Ok(Self { ledger, book: book.id, first, accounts, service, given: AtomicU64::new(0) })
    }

    /// The next transfer, of a kind that every ledger accepts.
    pub(crate) fn transfer(&self) -> Result<Transfer, Error> {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let chance = mixed(number);
        let source = chance % self.accounts;
        let destination = (source + 1 + (chance >> 32) % (self.accounts - 1)) % self.accounts;
        let money = Currency::KES.minor(i128::from(1_000 + (chance >> 16) % 9_000))?;
        Ok(Transfer::new(self.account(source), self.account(destination), self.service, money, format!("T{number}")))
    }

    /// The next transfers.
    pub(crate) fn transfers(&self, count: usize) -> Result<Vec<Command>, Error> {
        (0..count).map(|_| Ok(self.transfer()?.into())).collect()
    }

    /// Carries out a batch, of which none may be refused.
    pub(crate) fn carry_out(&self, batch: Vec<Command>) -> Result<(), Error> {
        for outcome in self.ledger.submit_batch(batch, Atomicity::Each)? {
            outcome?;
        }
        Ok(())
    }

    /// The next transfers, each to be reserved first.
    pub(crate) fn holds(&self, count: usize) -> Result<Vec<Command>, Error> {
        (0..count).map(|_| Ok(PlaceHold::new(self.transfer()?).into())).collect()
    }

    /// Carries out a batch of holds, and then captures all of them.
    pub(crate) fn hold_and_capture(&self, batch: Vec<Command>) -> Result<(), Error> {
        let mut captures = Vec::new();
        for outcome in self.ledger.submit_batch(batch, Atomicity::Each)? {
            captures.extend(outcome?.hold().map(|hold| Command::from(Capture::whole(hold))));
        }
        self.carry_out(captures)
    }

    /// Makes a past of so many transfers.
    pub(crate) fn grow(&self, transfers: usize) -> Result<(), Error> {
        for _ in 0..transfers.div_ceil(8_000) {
            self.carry_out(self.transfers(8_000.min(transfers))?)?;
        }
        Ok(())
    }

    pub(crate) fn account(&self, at: u64) -> AccountId {
        AccountId(self.first.0 + at % self.accounts)
    }
}

/// A number that looks random and is not (splitmix64).
pub(crate) fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
