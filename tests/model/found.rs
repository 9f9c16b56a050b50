//! What the random commands have found: each bug with its story.

use pacioli::money::{Currency, Money, Rate};
use pacioli::{
    AccountChange, AccountId, AccountStatus, AccountType, BookId, Capture, Clearing, ClientId, CompleteInvoice, Credit,
    Debit, EntryKind, Error, Fee, FeeBearer, InvoiceId, Ledger, NewAccount, NewBook, NewChannel, NewInvoice,
    NewService, Party, PartyKind, Rejection, Reverse, Sequence, ServiceId, Tariff,
};

use crate::model::commands::client;

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

/// A credit that was given back while it cleared is reversed by a capture: a reversal under the capture's key was
/// answered with the capture's receipt, as if it had been given before.
#[test]
fn reversal_under_the_key_of_a_capture_is_a_conflict() {
    let (ledger, account, service) = small_ledger();
    let credit = ledger.credit(Credit::new(account, service, kes(100), "k1").clearing(Clearing::ByCall)).unwrap();
    let (credit, hold) = (credit.sequence(), credit.hold().unwrap());
    let original = ledger.capture(Capture::whole(hold).keyed("k2")).unwrap().sequence();
    let again = ledger.reverse(Reverse::whole(credit).under(service).keyed("k2")).unwrap_err();
    assert_eq!(again.rejection(), Some(&Rejection::IdempotencyConflict { original }));
}

/// The small ledger with a second account that keeps the whole of each credit back, as far as the charge leaves any; the
/// charge is half of the sum and comes out of it.
fn keeping_ledger(earner: Option<AccountId>) -> (Ledger, AccountId, AccountId, ServiceId) {
    let (ledger, account, _) = small_ledger();
    let (client, book) = (ClientId(1), BookId(1));
    let safe = ledger.open_account(NewAccount::new(client, book, AccountType::WORKING)).unwrap().id;
    let mut service = NewService::new(client, book, "KEEPS").reserving(Rate::percent_text("100").unwrap(), None, safe);
    service.tariff = Tariff::Flat(Fee::percentage(Rate::percent_text("50").unwrap()));
    service.bearer = FeeBearer::Payee;
    service.commission_account = earner;
    let service = ledger.define_service(service).unwrap().id;
    (ledger, account, safe, service)
}

fn available(ledger: &Ledger, account: AccountId) -> i128 {
    ledger.view().unwrap().balance(account).unwrap().available.minor()
}

/// What was given up after a last part counted as left by the charge, so that a reserve took more than the part left.
#[test]
fn reserve_takes_no_more_than_the_last_part_leaves() {
    let (ledger, account, safe, service) = keeping_ledger(None);
    let plain = ServiceId(1);
    // A held credit reserves its charge.
    ledger.credit(Credit::new(account, plain, kes(100), "k1")).unwrap();
    let hold = ledger.hold(Credit::new(account, service, kes(100), "k2")).unwrap().hold().unwrap();
    ledger.capture(Capture::part(hold, kes(40), "k3").last()).unwrap();
    assert_eq!((available(&ledger, account), available(&ledger, safe)), (100, 20));
}

/// Where the account credited earned the charge itself, a credit that was held or cleared left more to retain than one
/// that was neither.
#[test]
fn reserve_is_the_same_of_a_credit_at_once_held_or_clearing() {
    for way in 0..3 {
        let (ledger, account, safe, service) = keeping_ledger(Some(AccountId(7)));
        assert_eq!(account, AccountId(7));
        ledger.credit(Credit::new(account, ServiceId(1), kes(100), "k1")).unwrap();
        let credit = Credit::new(account, service, kes(100), "k2");
        match way {
            0 => drop(ledger.credit(credit).unwrap()),
            1 => {
                let hold = ledger.hold(credit).unwrap().hold().unwrap();
                ledger.capture(hold).unwrap();
            }
            _ => {
                let hold = ledger.credit(credit.clearing(Clearing::ByCall)).unwrap().hold().unwrap();
                ledger.release(hold).unwrap();
            }
        }
        assert_eq!((available(&ledger, account), available(&ledger, safe)), (150, 50), "way {way}");
    }
}

/// Taking a reserve asked whether the account that it was taken from is open, and not the one that it goes to.
#[test]
fn reserve_is_not_taken_to_a_closed_account_but_from_a_closed_one() {
    let (ledger, account, safe, _) = keeping_ledger(None);
    let (client, book) = (ClientId(1), BookId(1));
    let float = ledger.open_account(NewAccount::new(client, book, AccountType::WORKING)).unwrap().id;
    let keeps = NewService::new(client, book, "HALF").reserving(Rate::percent_text("50").unwrap(), None, safe);
    let keeps = ledger.define_service(keeps).unwrap().id;
    let plain = ServiceId(1);
    let close = |account| ledger.change_account(account, AccountChange::status(AccountStatus::Closed, "done"));

    ledger.credit(Credit::new(float, plain, kes(100), "k1")).unwrap();
    let from_float = Credit::new(account, keeps, kes(100), "k2").from_account(float);
    let first = ledger.credit(from_float).unwrap().hold().unwrap();
    close(float).unwrap();
    let no = ledger.capture(first).unwrap_err();
    assert_eq!(no.rejection(), Some(&Rejection::AccountClosed { account: float }));

    let second = ledger.credit(Credit::new(account, keeps, kes(100), "k3")).unwrap().hold().unwrap();
    ledger.debit(Debit::new(account, plain, kes(100), "k4")).unwrap();
    close(account).unwrap();
    let no = ledger.release(second).unwrap_err();
    assert_eq!(no.rejection(), Some(&Rejection::AccountClosed { account }));
    ledger.capture(second).unwrap();
    assert_eq!(available(&ledger, safe), 50);
}

/// Of a credit that clears and that its charge eats whole, nothing is kept back on the account credited; it was listed
/// there all the same, if something else was.
#[test]
fn account_lists_only_what_is_held_of_it() {
    let (ledger, account, _, _) = keeping_ledger(None);
    let mut eaten = NewService::new(ClientId(1), BookId(1), "EATEN");
    eaten.tariff = Tariff::Flat(Fee::percentage(Rate::percent_text("100").unwrap()));
    eaten.bearer = FeeBearer::Payee;
    let eaten = ledger.define_service(eaten).unwrap().id;
    let other = ledger.credit(Credit::new(account, ServiceId(1), kes(5), "k1").clearing(Clearing::ByCall)).unwrap();
    ledger.credit(Credit::new(account, eaten, kes(100), "k2").clearing(Clearing::ByCall)).unwrap();
    let listed = ledger.view().unwrap().holds(account).unwrap();
    assert_eq!(listed.iter().map(|hold| Some(hold.hold.id)).collect::<Vec<_>>(), [other.hold()]);
}

/// A credit with the key, the sum and the texts of an invoice's completion was answered with the completion's receipt.
#[test]
fn credit_under_the_key_of_a_completion_is_a_conflict() {
    let (ledger, account, service) = small_ledger();
    ledger.execute(NewChannel::new("M-PESA", [Currency::KES])).unwrap();
    let payer = Party::shown(PartyKind::Name, "Ann");
    let invoice = NewInvoice::new(service, "M-PESA", kes(100), payer.clone(), "k1").into_account(account);
    let invoice = InvoiceId(ledger.execute(invoice).unwrap().sequence());
    let original = ledger.execute(CompleteInvoice::new(invoice).keyed("k2")).unwrap().sequence();
    let credit = Credit::new(account, service, kes(100), "k2").kind(EntryKind::Sale).paid_by(payer);
    let again = ledger.credit(credit).unwrap_err();
    assert_eq!(again.rejection(), Some(&Rejection::IdempotencyConflict { original }));
}
