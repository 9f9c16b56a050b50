//! Input that cannot be right, at every public call: a typed answer, nothing written, the key still free, no panic.
//!
//! Files first (what is not a ledger, what is open elsewhere), then sums, texts and identifiers.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "bad_input/families.rs"]
mod families;
#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/identifiers.rs"]
mod identifiers;
#[path = "bad_input/sums.rs"]
mod sums;
#[path = "bad_input/texts.rs"]
mod texts;

use std::fmt::Debug;

use pacioli::prelude::*;
use pacioli::{Account, Balance, Book, Client, ManualClock, Service};

/// A client with two accounts of 100.00 and a free service, in a file.
struct Bench {
    ledger: Ledger,
    book: Book,
    client: Client,
    service: Service,
    account: Account,
    other: Account,
    _directory: tempfile::TempDir,
}

fn business(name: &str) -> NewClient {
    let contact = Contact::new("Jane Njeri", "jane@emali.example", "0722000001");
    NewClient::business(name, "Kenya", "P051234567X", contact)
}

fn minor(units: i128) -> Amount {
    Amount::minor(units).unwrap()
}

fn kes(text: &str) -> Money {
    Currency::KES.money(text).unwrap()
}

fn no<T: Debug>(answer: Result<T, Error>) -> Rejection {
    match answer {
        Err(Error::Rejected(rejection)) => rejection,
        other => panic!("a rejection was expected, not {other:?}"),
    }
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // A clock that stands still, so that a refusal says the same each time.
        let clock = ManualClock::at("2026-11-22T08:30:00Z".parse().unwrap());
        let ledger = Ledger::builder().clock(clock).open(directory.path().join("books.redb")).unwrap();
        let book = ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap();
        let client = ledger.register_client(business("Mama Njeri Shop")).unwrap();
        let service = ledger.define_service(NewService::new(client.id, book.id, "CUSTOM_SERVICE")).unwrap();
        let open = || ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
        let (account, other) = (open(), open());
        Self { ledger, book, client, service, account, other, _directory: directory }
    }

    /// Puts 100.00 into both accounts.
    fn funded() -> Self {
        let bench = Self::new();
        for account in [bench.account.id, bench.other.id] {
            let key = format!("fund {account}");
            bench.ledger.credit(Credit::new(account, bench.service.id, kes("100.00"), key)).unwrap();
        }
        bench
    }

    fn state(&self) -> (Sequence, Vec<Balance>) {
        let view = self.ledger.view().unwrap();
        let totals = (1..).map_while(|id| view.balance(AccountId(id)).ok()).map(|balance| balance.totals);
        (view.sequence(), totals.collect())
    }

    /// Gives a command that must be refused: alone, in a batch, in a transaction and in a simulation, each time writing
    /// nothing.
    fn refused(&self, command: impl Into<Command>) -> Rejection {
        let (command, before) = (command.into(), self.state());
        let rejection = no(self.ledger.execute(command.clone()));
        let batch = self.ledger.submit_batch(vec![command.clone()], Atomicity::Each).unwrap();
        assert_eq!(batch, [Err(rejection.clone())]);
        assert_eq!(no(self.ledger.transaction(|ledger| ledger.execute(command.clone()))), rejection);
        assert_eq!(no(self.ledger.simulate(|ledger| ledger.execute(command))), rejection);
        assert_eq!(self.state(), before, "after {rejection}");
        rejection
    }

    fn credit(&self, money: Money) -> Credit {
        Credit::new(self.account.id, self.service.id, money, "the key")
    }

    fn debit(&self, money: Money) -> Debit {
        Debit::new(self.account.id, self.service.id, money, "the key")
    }

    fn transfer(&self, money: Money) -> Transfer {
        Transfer::new(self.account.id, self.other.id, self.service.id, money, "the key").narrated("own")
    }

    fn post(&self, money: Money) -> Post {
        Post::new("the key").debit(self.account.id, money).credit(self.other.id, money)
    }

    /// Every command that moves a sum.
    fn movements(&self, money: Money) -> Vec<Command> {
        let external = self.ledger.view().unwrap().entries(None, 100).unwrap();
        let original = external.items.iter().find(|entry| entry.posted().is_some()).unwrap().sequence;
        vec![
            self.credit(money).into(),
            self.debit(money).into(),
            self.transfer(money).into(),
            self.post(money).into(),
            Reverse::part(original, money, "the key").into(),
        ]
    }

    /// Sees that the key used so far is free, for the client and for the operator.
    fn key_is_free(&self) {
        assert!(!self.ledger.credit(self.credit(kes("1.00"))).unwrap().is_replayed());
        assert!(!self.ledger.post(self.post(kes("1.00"))).unwrap().is_replayed());
    }
}
