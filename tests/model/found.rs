//! What the random commands have found: each bug with its story.

use pacioli::money::{Currency, Money};
use pacioli::{
    AccountId, AccountType, Credit, Error, Ledger, NewAccount, NewBook, NewService, Rejection, Reverse, Sequence,
    ServiceId,
};

use super::commands::client;

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

/// A ledger of four entries: one book, one client, one account, one service.
fn small_ledger() -> (Ledger, AccountId, ServiceId) {
    let ledger = Ledger::in_memory().unwrap();
    let book = ledger.open_book(NewBook::live("shop.kes.main", Currency::KES)).unwrap();
    let client = ledger.register_client(client(0)).unwrap();
    let account = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
    let service = ledger.define_service(NewService::new(client.id, book.id, "TILL")).unwrap();
    (ledger, account.id, service.id)
}

/// Whoever asked for the reversal of an entry that was not there yet made it irreversible: the desk kept for ever that
/// nothing stands there.
#[test]
fn entry_that_was_missed_once_can_be_reversed_when_it_is_there() {
    let (ledger, account, service) = small_ledger();
    let missed = ledger.reverse(Reverse::whole(Sequence(5))).unwrap_err();
    assert_eq!(missed.rejection(), Some(&Rejection::EntryNotFound { entry: Sequence(5) }));
    let credit = ledger.credit(Credit::new(account, service, kes(100), "k1")).unwrap();
    assert_eq!(credit.sequence(), Sequence(5));
    let reversal = ledger.reverse(Reverse::whole(Sequence(5))).unwrap();
    assert_eq!(reversal.entry().postings[0].amount, kes(100).amount().unwrap());
}

/// A simulation that reversed an entry of its own left that entry on the desk, and the real entry that came to stand at
/// its place was then reversed with the figures of the simulated one: 7 credited, 1 000 000 taken back.
#[test]
fn reversal_takes_back_what_is_in_the_journal_and_not_what_was_simulated() {
    let (ledger, account, service) = small_ledger();
    let simulated = ledger.simulate(|transaction| {
        let credit = transaction.execute(Credit::new(account, service, kes(1_000_000), "k1"))?;
        transaction.execute(Reverse::whole(credit.sequence()))?;
        Ok::<_, Error>(credit.sequence())
    });
    let credit = ledger.credit(Credit::new(account, service, kes(7), "k1")).unwrap();
    assert_eq!(credit.sequence(), simulated.unwrap());
    let reversal = ledger.reverse(Reverse::whole(credit.sequence()).forced()).unwrap();
    assert_eq!(reversal.entry().postings[0].amount, kes(7).amount().unwrap());
}

/// The same key with a part that can never be (of another currency, or nothing) was taken for the repetition of the
/// whole reversal, and answered with its receipt.
#[test]
fn key_of_a_whole_reversal_with_an_impossible_part_is_a_conflict() {
    let (ledger, account, service) = small_ledger();
    let credit = ledger.credit(Credit::new(account, service, kes(100), "k1")).unwrap().sequence();
    let original = ledger.reverse(Reverse::whole(credit).keyed("k2")).unwrap().sequence();
    for part in [kes(0), kes(-1), Currency::USD.minor(100).unwrap()] {
        let again = ledger.reverse(Reverse::part(credit, part, "k2")).unwrap_err();
        assert_eq!(again.rejection(), Some(&Rejection::IdempotencyConflict { original }));
    }
}
