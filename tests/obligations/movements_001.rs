//! Lipad, "Wallet as a Service": credits and debits.

use pacioli::prelude::*;
use pacioli::{Operation, Side, SystemAccount, TransactionSource};

use crate::world::{Shop, World, at, change, kes, kes4};

/// The sample's credit of 96.0000 into account 10000110, over the pool 10000002.
fn sample(world: &World) -> (Shop, AccountId, Receipt) {
    let shop = world.shop(kes4());
    let account = world.account(&shop.client, &shop.book).id;
    let money = shop.book.money("96.0000").unwrap();
    let mut data = Metadata::new();
    data.insert("till".to_owned(), "4".to_owned());
    data.insert("msisdn".to_owned(), "254722000001".to_owned());
    let credit = Credit::new(account, shop.service.id, money, "12325524445")
        .narrated("Test credit")
        .with(data)
        .effective(at("2026-11-21T10:15:00Z"));
    let receipt = world.ledger.credit(credit).unwrap();
    (shop, account, receipt)
}

#[test]
fn req_001_27_credit_and_debit_are_two_operations_on_positive_sums() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let credit = |sum| Credit::new(account, shop.service.id, sum, "c");
    let debit = |sum| Debit::new(account, shop.service.id, sum, "d");
    for (text, given) in [("0.00", 0), ("-0.01", -1), ("-96.00", -96_00)] {
        assert_eq!(world.refused(credit(kes(text))), Rejection::AmountNotPositive { given });
        assert_eq!(world.refused(debit(kes(text))), Rejection::AmountNotPositive { given });
    }
    let credited = world.ledger.credit(credit(kes("96.00"))).unwrap().activity().unwrap();
    assert_eq!((credited.operation, credited.side, credited.value), (Operation::Credit, Side::Credit, kes("96.00")));
    let debited = world.ledger.debit(debit(kes("6.00"))).unwrap().activity().unwrap();
    assert_eq!((debited.operation, debited.side, debited.value), (Operation::Debit, Side::Debit, kes("-6.00")));
}

#[test]
fn req_001_28_request_carries_account_service_sum_key_and_date() {
    let world = World::new();
    let (shop, account, receipt) = sample(&world);
    let line = receipt.activity().unwrap();
    assert_eq!((line.account, line.service), (account, Some((shop.service.id, 1))));
    assert_eq!(line.amount.text(), "96.0000");
    assert_eq!(line.key.as_deref(), Some("12325524445"));
    assert_eq!(line.effective_at, at("2026-11-21T10:15:00Z"));
    let keyless = Credit::new(account, shop.service.id, line.amount, "");
    assert_eq!(world.refused(keyless), Rejection::IdempotencyKeyRequired);
    // What is optional can be left out.
    world.ledger.credit(Credit::new(account, shop.service.id, line.amount, "bare")).unwrap();
}

#[test]
fn req_001_29_source_says_whether_money_crossed_the_edge() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (account, other) = (world.funded(&shop, "10.00").id, world.account(&shop.client, &shop.book).id);
    let service = shop.service.id;
    let outside = Some(shop.book.system(SystemAccount::External));
    let told = |command: Command| {
        let line = world.ledger.execute(command).unwrap().activity().unwrap();
        (line.source, line.other_account)
    };
    let (external, internal) = (TransactionSource::External, TransactionSource::Internal);
    let sum = kes("1.00");
    assert_eq!(told(Credit::new(account, service, sum, "a").into()), (external, outside));
    assert_eq!(told(Debit::new(account, service, sum, "b").into()), (external, outside));
    assert_eq!(told(Credit::new(other, service, sum, "c").from_account(account).into()), (internal, Some(account)));
    assert_eq!(told(Debit::new(account, service, sum, "d").to_account(other).into()), (internal, Some(other)));
}

#[test]
fn req_001_30_same_command_under_the_same_key_is_carried_out_once() {
    let world = World::new();
    let (shop, account, first) = sample(&world);
    let mut data = Metadata::new();
    data.insert("msisdn".to_owned(), "254722000001".to_owned());
    data.insert("till".to_owned(), "4".to_owned());
    let again = Credit::new(account, shop.service.id, shop.book.money("96").unwrap(), "12325524445")
        .effective(at("2026-11-21T10:15:00Z"))
        .with(data)
        .narrated("Test credit");
    world.minutes_later(60);
    let before = world.state();
    let receipt = world.ledger.credit(again.clone()).unwrap();
    assert!(receipt.is_replayed() && !first.is_replayed());
    assert_eq!(receipt.entry(), first.entry());
    assert_eq!(world.state(), before);
    let world = world.reopened();
    let receipt = world.ledger.credit(again).unwrap();
    assert!(receipt.is_replayed());
    assert_eq!(receipt.activities(), first.activities());
    assert_eq!(world.shows(account), "96.0000");
}

#[test]
fn req_001_30_another_command_under_the_same_key_is_a_conflict() {
    let world = World::new();
    let (shop, account, first) = sample(&world);
    let other = world.account(&shop.client, &shop.book).id;
    let second = world.ledger.define_service(NewService::new(shop.client.id, shop.book.id, "OTHER")).unwrap().id;
    let money = |text: &str| shop.book.money(text).unwrap();
    let (service, key) = (shop.service.id, "12325524445");
    let original = || {
        let mut data = Metadata::new();
        data.insert("till".to_owned(), "4".to_owned());
        data.insert("msisdn".to_owned(), "254722000001".to_owned());
        let credit = Credit::new(account, service, money("96.0000"), key);
        credit.narrated("Test credit").with(data).effective(at("2026-11-21T10:15:00Z"))
    };
    let differing: Vec<Command> = vec![
        Credit { account: other, ..original() }.into(),
        Credit { service: second, ..original() }.into(),
        Credit { money: money("96.0001"), ..original() }.into(),
        Credit { effective_at: None, ..original() }.into(),
        Credit { counter: Some(other), ..original() }.into(),
        Credit { details: None, ..original() }.into(),
        original().kind(EntryKind::Deposit).into(),
        original().narrated("Another").into(),
        original().with(Metadata::new()).into(),
        original().referring("api_ref", "1").into(),
        original().paid_by(Party::shown(PartyKind::Name, "Jane")).into(),
        Debit::new(account, service, money("1.0000"), key).into(),
        Transfer::new(account, other, service, money("1.0000"), key).narrated("own").into(),
        Reverse::whole(first.sequence()).keyed(key).into(),
        NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).keyed(key).into(),
        (account, AccountChange::default().keyed(key)).into(),
    ];
    for command in differing {
        let told = format!("{command:?}");
        assert_eq!(world.refused(command), Rejection::IdempotencyConflict { original: first.sequence() }, "{told}");
    }
}

#[test]
fn req_001_30_keys_are_unique_among_one_clients_commands_only() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (other, account) = (world.client("Other Traders"), world.account(&shop.client, &shop.book).id);
    let (theirs, service) = (world.account(&other, &shop.book).id, world.service(&other, &shop.book).id);
    world.ledger.credit(Credit::new(account, shop.service.id, kes("1.00"), "same")).unwrap();
    let second = world.ledger.credit(Credit::new(theirs, service, kes("1.00"), "same")).unwrap();
    assert!(!second.is_replayed());
    // The operator has keys of its own too.
    let post = Post::new("same").debit(account, kes("1.00")).credit(theirs, kes("1.00"));
    assert!(!world.ledger.post(post).unwrap().is_replayed());
}

#[test]
fn req_001_31_metadata_is_kept_as_given() {
    let world = World::new();
    let (_, account, receipt) = sample(&world);
    let kept: Vec<_> = receipt.activity().unwrap().metadata.into_iter().collect();
    let wanted = [("msisdn", "254722000001"), ("till", "4")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(kept, wanted);
    let world = world.reopened();
    assert_eq!(world.lines(account)[0].metadata, receipt.activity().unwrap().metadata);
}

#[test]
fn req_001_32_transaction_date_is_the_callers_and_apart_from_the_time_of_record() {
    let world = World::new();
    let (shop, account, receipt) = sample(&world);
    let line = receipt.activity().unwrap();
    assert_eq!(line.effective_at.to_string(), "2026-11-21T10:15:00Z");
    assert_eq!(line.recorded_at.0 / 1_000_000_000, at("2026-11-22T08:30:00Z").0 / 1_000_000_000);
    let sum = shop.book.money("1").unwrap();
    let undated = world.ledger.credit(Credit::new(account, shop.service.id, sum, "now")).unwrap().activity().unwrap();
    assert_eq!(undated.effective_at, undated.recorded_at);
    // A day ahead at most.
    world.minutes_later(1);
    let dated = |at| Credit::new(account, shop.service.id, sum, "ahead").effective(at);
    let latest = at("2026-11-23T08:31:00Z");
    let effective_at = latest.plus_ns(1);
    assert_eq!(world.refused(dated(effective_at)), Rejection::FutureEffectiveTime { effective_at, latest });
    world.ledger.credit(dated(latest)).unwrap();
}

#[test]
fn req_001_33_activity_carries_every_field_of_the_response() {
    let world = World::new();
    let (shop, account, receipt) = sample(&world);
    let line = receipt.activity().unwrap();
    assert_eq!(line.id.to_string(), format!("{}.2", receipt.sequence()));
    assert_eq!((line.account, line.book, line.service), (account, shop.book.id, Some((shop.service.id, 1))));
    assert_eq!((line.operation, line.kind, line.side), (Operation::Credit, EntryKind::Credit, Side::Credit));
    assert_eq!(line.amount.currency(), kes4());
    assert_eq!(line.amount.text(), "96.0000");
    assert_eq!((line.previous_balance.text(), line.current_balance.text()), ("0.0000".into(), "96.0000".into()));
    assert_eq!(line.other_account, Some(shop.book.system(SystemAccount::External)));
    assert!(line.other_hash.is_some());
    assert_eq!(line.source, TransactionSource::External);
    assert_eq!(line.key.as_deref(), Some("12325524445"));
    assert_eq!(line.metadata.len(), 2);
    assert_eq!(line.narrative.as_deref(), Some("Test credit"));
    assert_eq!(line.effective_at, at("2026-11-21T10:15:00Z"));
    // The names that the documents give these values, for programs.
    let json = serde_json::to_value(&line).unwrap();
    assert_eq!(json["source"], "EXTERNAL");
    assert_eq!(json["kind"], "CREDIT");
    assert_eq!(json["current_balance"]["amount"], "96.0000");
}

#[test]
fn req_001_34_activity_carries_previous_and_current_balance() {
    let world = World::new();
    let (shop, account, receipt) = sample(&world);
    assert_eq!(change(&receipt.activity().unwrap()), "0.0000 -> 96.0000");
    // The next line begins where this one ended.
    let second = world.credit(&shop, account, "997.0000").activity().unwrap();
    assert_eq!(change(&second), "96.0000 -> 1093.0000");
    let money = shop.book.money("1093.0000").unwrap();
    let third = world.ledger.debit(Debit::new(account, shop.service.id, money, "all")).unwrap().activity().unwrap();
    assert_eq!(change(&third), "1093.0000 -> 0.0000");
    assert_eq!([second.number, third.number], [2, 3]);
}

#[test]
fn req_001_35_money_from_outside_comes_from_an_account() {
    let world = World::new();
    let (shop, account, receipt) = sample(&world);
    let other = receipt.counter_activity().unwrap();
    assert_eq!(other.account.number().to_string(), "10000001");
    assert_eq!(change(&other), "0.0000 -> 96.0000");
    assert_eq!((other.side, other.account), (Side::Debit, shop.book.system(SystemAccount::External)));
    // One side alone cannot be posted, and two sides must be equal.
    let money = shop.book.money("1.0000").unwrap();
    assert_eq!(world.refused(Post::new("p")), Rejection::EmptyPost);
    assert_eq!(world.refused(Post::new("p").credit(account, money)), Rejection::EmptyPost);
    assert_eq!(world.refused(Post::new("p").debit(account, money)), Rejection::EmptyPost);
    let more = shop.book.money("1.0001").unwrap();
    let uneven = Post::new("p").debit(other.account, money).credit(account, more);
    assert_eq!(world.refused(uneven), Rejection::Unbalanced { debits: 1_0000, credits: 1_0001 });
}

#[test]
fn req_001_36_lines_know_their_own_hash_and_the_other_sides() {
    let world = World::new();
    let (shop, account, receipt) = sample(&world);
    let (own, other) = (receipt.activity().unwrap(), receipt.counter_activity().unwrap());
    assert_eq!((own.other_hash, other.other_hash), (Some(other.hash), Some(own.hash)));
    assert_ne!(own.hash, other.hash);
    assert_eq!(own.hash.to_string().len(), 64);
    let next = world.credit(&shop, account, "96.0000").activity().unwrap();
    assert_ne!(next.hash, own.hash);
    let world = world.reopened();
    let kept: Vec<_> = world.lines(account).iter().map(|line| line.hash).collect();
    assert_eq!(kept, [own.hash, next.hash]);
}

#[test]
fn req_001_37_figures_are_shown_with_the_books_decimals() {
    let world = World::new();
    let fine = world.shop(kes4());
    let account = world.funded(&fine, "96").id;
    assert_eq!(world.shows(account), "96.0000");
    // Kept in cents, shown with four decimals.
    let coarse = NewBook::live("coarse", Currency::KES).shown_with(4);
    let coarse = world.ledger.open_book(coarse).unwrap();
    assert_eq!(coarse.show(kes("96.00")), "96.0000");
    assert_eq!(coarse.show(kes("96.01")), "96.0100");
    // Never fewer digits than the figure has.
    let bare = world.ledger.open_book(NewBook::live("bare", Currency::KES).shown_with(0)).unwrap();
    assert_eq!((bare.show(kes("96.00")), bare.show(kes("96.01"))), ("96".into(), "96.01".into()));
}

#[test]
fn req_001_38_both_lines_are_in_the_journal_and_the_receipt_answers_with_the_clients() {
    let world = World::new();
    let (_, account, receipt) = sample(&world);
    assert_eq!(receipt.activities().len(), 2);
    let line = receipt.activity().unwrap();
    assert_eq!(line.account, account);
    let other = receipt.counter_activity().unwrap();
    assert_eq!((line.other_posting, other.other_posting), (Some(other.id), Some(line.id)));
    assert_eq!([other.id.leg, line.id.leg], [1, 2]);
}

#[test]
fn req_001_39_free_service_takes_no_fee() {
    let world = World::new();
    let shop = world.shop(kes4());
    let account = world.account(&shop.client, &shop.book).id;
    let receipt = world.credit(&shop, account, "100.0");
    assert_eq!(receipt.charged().unwrap().text(), "0.0000");
    assert_eq!(change(&receipt.activity().unwrap()), "0.0000 -> 100.0000");
    assert_eq!(world.current(account), 100_0000);
}
