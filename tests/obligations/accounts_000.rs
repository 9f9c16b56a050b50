//! IntaSend, "Wallets and Balance API": wallets, their balances, and transfers between them.

use pacioli::prelude::*;
use pacioli::{AccountStatus, Ledger, Side};

use crate::world::{World, change, gbp, kes, minor, no};

/// A settlement wallet with 3281.00 and a working wallet with nothing, in GBP, as in the sample.
fn sample(world: &World) -> (crate::world::Shop, AccountId, AccountId) {
    let shop = world.shop(Currency::GBP);
    let (client, book) = (shop.client.id, shop.book.id);
    let settlement = NewAccount::new(client, book, AccountType::SETTLEMENT).provisioned();
    let settlement = world.ledger.open_account(settlement).unwrap().id;
    let working = world.ledger.open_account(NewAccount::new(client, book, AccountType::WORKING)).unwrap().id;
    world.credit(&shop, settlement, "3281.00");
    (shop, settlement, working)
}

#[test]
fn req_000_01_account_belongs_to_exactly_one_client() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let other = world.client("Other Traders");
    let (mine, theirs) = (world.account(&shop.client, &shop.book), world.account(&other, &shop.book));
    assert_eq!(mine.client, Some(shop.client.id));
    assert_eq!(theirs.client, Some(other.id));
    // A change of an account cannot name another owner; what it can change leaves the owner alone.
    let renamed = AccountChange { name: Some("Till".to_owned()), ..AccountChange::default() };
    assert_eq!(world.ledger.change_account(mine.id, renamed).unwrap().client, Some(shop.client.id));
}

#[test]
fn req_000_02_identifiers_are_stable_and_never_used_again() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let first = world.account(&shop.client, &shop.book);
    let second = world.account(&shop.client, &shop.book);
    let closed = AccountChange::status(AccountStatus::Closed, "no longer needed");
    world.ledger.change_account(second.id, closed).unwrap();
    let world = world.reopened();
    let third = world.account(&shop.client, &shop.book);
    assert!(first.id < second.id && second.id < third.id);
    assert_eq!(world.ledger.view().unwrap().account(first.id).unwrap(), first);
}

#[test]
fn req_000_03_account_has_one_currency_which_the_ledger_must_keep() {
    let world = World::new();
    let client = world.client("Mama Njeri Shop");
    for currency in [Currency::KES, Currency::USD, Currency::GBP, Currency::EUR] {
        let book = world.book(currency);
        assert_eq!(world.account(&client, &book).currency, currency);
    }
    // No book keeps yen, so no account can.
    let nowhere = NewAccount::new(client.id, BookId(5), AccountType::WORKING);
    assert_eq!(world.refused(nowhere), Rejection::BookNotFound { book: BookId(5) });

    let kes_book = world.ledger.view().unwrap().book(BookId(1)).unwrap();
    let (account, service) = (world.account(&client, &kes_book), world.service(&client, &kes_book));
    let euros = Credit::new(account.id, service.id, Currency::EUR.money("5.00").unwrap(), "euros");
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::EUR };
    assert_eq!(world.refused(euros), mismatch);
}

#[test]
fn req_000_04_settlement_and_working_are_purposes_of_accounts() {
    let world = World::new();
    let (_, settlement, working) = sample(&world);
    let view = world.ledger.view().unwrap();
    assert_eq!(view.account(settlement).unwrap().account_type.code(), "SETTLEMENT");
    assert_eq!(view.account(working).unwrap().account_type.code(), "WORKING");
}

#[test]
fn req_000_05_only_the_operator_opens_settlement_accounts() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wanted = |account_type| NewAccount::new(shop.client.id, shop.book.id, account_type);
    let refusal = Rejection::AccountTypeNotOpenable { account_type: AccountType::SETTLEMENT };
    assert_eq!(world.refused(wanted(AccountType::SETTLEMENT)), refusal);
    world.ledger.open_account(wanted(AccountType::WORKING)).unwrap();
    world.ledger.open_account(wanted(AccountType::SETTLEMENT).provisioned()).unwrap();
}

#[test]
fn req_000_06_client_has_one_settlement_account_in_each_currency() {
    let world = World::new();
    let client = world.client("Mama Njeri Shop");
    let (kes, gbp) = (world.book(Currency::KES), world.book(Currency::GBP));
    let settlement = |book| NewAccount::new(client.id, book, AccountType::SETTLEMENT).provisioned();
    let first = world.ledger.open_account(settlement(kes.id)).unwrap();
    world.ledger.open_account(settlement(gbp.id)).unwrap();
    assert_eq!(world.refused(settlement(kes.id)), Rejection::SettlementAccountExists { account: first.id });
    // Another client has its own.
    let other = world.client("Other Traders");
    let others = NewAccount::new(other.id, kes.id, AccountType::SETTLEMENT).provisioned();
    world.ledger.open_account(others).unwrap();
}

#[test]
fn req_000_07_both_balances_are_exact_text_at_the_currencys_scale() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "1004602.43");
    let shown = world.ledger.view().unwrap().account_view(account.id).unwrap();
    assert_eq!(shown.balance.current.text(), "1004602.43");
    assert_eq!(shown.balance.available.text(), "1004602.43");
}

#[test]
fn req_000_09_new_account_has_nothing_until_something_is_posted() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book);
    assert_eq!(world.shows(account.id), "0.00");
    let outside = shop.book.system(pacioli::SystemAccount::External);
    let opening = Post::new("opening-1").kind(EntryKind::Opening);
    let opening = opening.debit(outside, kes("250.00")).credit(account.id, kes("250.00"));
    let receipt = world.ledger.post(opening).unwrap();
    assert_eq!(world.shows(account.id), "250.00");
    assert_eq!(receipt.counter_activity().unwrap().kind, EntryKind::Opening);
}

#[test]
fn req_000_10_account_tells_when_it_was_last_posted_to_and_opened() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book);
    world.minutes_later(5);
    world.credit(&shop, account.id, "1.00");
    world.minutes_later(5);
    world.account(&shop.client, &shop.book);
    let shown = world.ledger.view().unwrap().account_view(account.id).unwrap();
    assert_eq!(shown.account.opened_at, account.opened_at);
    assert_eq!(shown.balance.updated_at.unwrap().to_string(), "2026-11-22T08:35:00Z");
}

#[test]
fn req_000_11_type_and_currency_must_be_there() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let nameless = NewAccount::new(shop.client.id, shop.book.id, AccountType::new(""));
    assert!(matches!(world.refused(nameless), Rejection::AccountTypeUnknown { .. }));
    let nowhere = NewAccount::new(shop.client.id, BookId(0), AccountType::WORKING);
    assert_eq!(world.refused(nowhere), Rejection::BookNotFound { book: BookId(0) });
    assert!(Currency::new("", 2).is_err());
}

#[test]
fn req_000_13_account_is_read_by_its_identifier() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book);
    let view = world.ledger.view().unwrap();
    assert_eq!(view.account(account.id).unwrap(), account);
    for unknown in [AccountId(0), AccountId(account.id.0 + 1), AccountId(u64::MAX)] {
        assert_eq!(no(view.account(unknown)), Rejection::AccountNotFound { account: unknown });
    }
}

#[test]
fn req_000_19_reference_is_free_text_beside_the_key() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book);
    // The same reference twice, under two keys: it is not unique.
    for key in ["first", "second"] {
        let credit = Credit::new(account.id, shop.service.id, kes("10.00"), key).referring("api_ref", "Order 9001");
        let line = world.ledger.credit(credit).unwrap().activity().unwrap();
        assert_eq!(line.key.as_deref(), Some(key));
        assert_eq!((&*line.references[0].kind, &*line.references[0].id), ("api_ref", "Order 9001"));
    }
    let page = world.ledger.view().unwrap().entries_referring("api_ref", "Order 9001", Default::default()).unwrap();
    assert_eq!(page.items.len(), 2);
}

#[test]
fn req_000_27_transfer_names_source_destination_amount_and_narrative() {
    let world = World::new();
    let (shop, settlement, working) = sample(&world);
    let transfer = Transfer::new(settlement, working, shop.service.id, gbp("2.00"), "t1").narrated("Charge for May");
    let receipt = world.ledger.transfer(transfer).unwrap();
    let line = receipt.activity().unwrap();
    assert_eq!((line.account, line.other_account), (settlement, Some(working)));
    assert_eq!((line.amount, line.narrative.as_deref()), (gbp("2.00"), Some("Charge for May")));
    // The narrative may be left out where the service says so.
    let terse = NewService::new(shop.client.id, shop.book.id, "TERSE").narrative_required(false);
    let terse = world.ledger.define_service(terse).unwrap();
    world.ledger.transfer(Transfer::new(settlement, working, terse.id, gbp("2.00"), "t2")).unwrap();
}

#[test]
fn req_000_28_transfer_stays_among_one_owners_accounts() {
    let world = World::new();
    let (shop, settlement, _) = sample(&world);
    let other = world.client("Other Traders");
    let foreign = world.account(&other, &shop.book).id;
    let out = Transfer::new(settlement, foreign, shop.service.id, gbp("2.00"), "out").narrated("to a stranger");
    let refusal = Rejection::NotSameOwner { source_account: settlement, destination: foreign };
    assert_eq!(world.refused(out), refusal);
    let taken = Transfer::new(foreign, settlement, shop.service.id, gbp("2.00"), "in").narrated("from a stranger");
    let refusal = Rejection::ServiceClientMismatch { service: shop.service.id, account: foreign };
    assert_eq!(world.refused(taken), refusal);
}

#[test]
fn req_000_29_transfer_goes_in_either_direction_within_one_currency() {
    let world = World::new();
    let (shop, settlement, working) = sample(&world);
    let there = Transfer::new(settlement, working, shop.service.id, gbp("2.00"), "there").narrated("there");
    world.ledger.transfer(there).unwrap();
    let back = Transfer::new(working, settlement, shop.service.id, gbp("2.00"), "back").narrated("and back");
    world.ledger.transfer(back).unwrap();
    assert_eq!((&*world.shows(settlement), &*world.shows(working)), ("3281.00", "0.00"));
}

#[test]
fn req_000_30_receipt_shows_both_accounts_after_the_transfer() {
    let world = World::new();
    let (shop, settlement, working) = sample(&world);
    let transfer = Transfer::new(settlement, working, shop.service.id, gbp("2.00"), "t").narrated("Charge");
    let receipt = world.ledger.transfer(transfer).unwrap();
    let (origin, destination) = (receipt.activity().unwrap(), receipt.counter_activity().unwrap());
    assert_eq!(change(&origin), "3281.00 -> 3279.00");
    assert_eq!(change(&destination), "0.00 -> 2.00");
    assert_eq!(world.current(settlement) + world.current(working), 3281_00);
}

#[test]
fn req_000_31_transferred_money_is_available_at_once() {
    let world = World::new();
    let (shop, settlement, working) = sample(&world);
    let transfer = Transfer::new(settlement, working, shop.service.id, gbp("2.00"), "t").narrated("Charge");
    world.ledger.transfer(transfer).unwrap();
    let view = world.ledger.view().unwrap();
    for (account, text) in [(settlement, "3279.00"), (working, "2.00")] {
        let balance = view.balance(account).unwrap();
        assert_eq!((&*balance.current.text(), &*balance.available.text()), (text, text));
    }
    world.ledger.debit(Debit::new(working, shop.service.id, gbp("2.00"), "spent")).unwrap();
}

#[test]
fn req_000_32_both_lines_of_a_transfer_have_one_time() {
    let world = World::new();
    let (shop, settlement, working) = sample(&world);
    let transfer = Transfer::new(settlement, working, shop.service.id, gbp("2.00"), "t").narrated("Charge");
    let lines = world.ledger.transfer(transfer).unwrap().activities();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].recorded_at, lines[1].recorded_at);
    assert_eq!(lines[0].id.entry, lines[1].id.entry);
}

#[test]
fn req_000_33_impossible_transfer_writes_nothing() {
    let world = World::new();
    let (shop, settlement, working) = sample(&world);
    let transfer =
        |from, to, sum: &str| Transfer::new(from, to, shop.service.id, gbp(sum), "the key").narrated("Charge");
    let refusal = world.refused(transfer(settlement, settlement, "2.00"));
    assert_eq!(refusal, Rejection::SameAccount { account: settlement });
    assert_eq!(world.refused(transfer(settlement, working, "0.00")), Rejection::AmountNotPositive { given: 0 });
    assert_eq!(world.refused(transfer(settlement, working, "-2.00")), Rejection::AmountNotPositive { given: -200 });
    let (account, required, available) = (settlement, 3281_01, 3281_00);
    let refusal = Rejection::InsufficientFunds { account, required, available, floor: 0 };
    assert_eq!(world.refused(transfer(settlement, working, "3281.01")), refusal);
    // The key is still free.
    assert!(!world.ledger.transfer(transfer(settlement, working, "3281.00")).unwrap().is_replayed());
}

#[test]
fn req_000_34_charge_on_a_working_account_is_told_on_both_statements() {
    let world = World::new();
    let (shop, settlement, working) = sample(&world);
    world.credit(&shop, working, "10.00");
    let narrative = "Charge for May on wallet 201";
    let charge = Transfer::new(working, settlement, shop.service.id, gbp("2.00"), "c").narrated(narrative);
    world.ledger.transfer(charge).unwrap();
    for account in [working, settlement] {
        let statement = world.ledger.view().unwrap().statement(account).all().unwrap();
        assert_eq!(statement.lines.last().unwrap().narrative.as_deref(), Some(narrative), "account {account}");
    }
}

#[test]
fn req_000_35_campaigns_have_accounts_of_their_own() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let campaign = |name: &str| {
        let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING);
        world.ledger.open_account(account.named(name).tagged("campaign").tagged("2026")).unwrap()
    };
    let (school, well) = (campaign("A school for Kitui"), campaign("A well for Lodwar"));
    world.credit(&shop, school.id, "70.00");
    world.credit(&shop, well.id, "30.00");
    world.credit(&shop, school.id, "5.00");
    assert_eq!((&*world.shows(school.id), &*world.shows(well.id)), ("75.00", "30.00"));
    assert_eq!(school.tags, ["campaign", "2026"]);
    assert_eq!(school.normal_side, Side::Credit);
}

#[test]
fn req_000_12_accounts_of_a_client_are_listed_in_one_order() {
    let world = World::new();
    let client = world.client("Mama Njeri Shop");
    let (kes, gbp) = (world.book(Currency::KES), world.book(Currency::GBP));
    let opened = |book, account_type| NewAccount::new(client.id, book, account_type).provisioned();
    let wanted = [
        world.ledger.open_account(opened(kes.id, AccountType::SETTLEMENT)).unwrap(),
        world.ledger.open_account(opened(gbp.id, AccountType::WORKING)).unwrap(),
        world.ledger.open_account(opened(kes.id, AccountType::WORKING)).unwrap(),
    ];
    world.account(&world.client("Other Traders"), &kes);
    let view = world.ledger.view().unwrap();
    let filter = pacioli::AccountFilter::OfClient(client.id);
    let listed = view.accounts(filter.clone(), Default::default()).unwrap().items;
    let listed: Vec<_> = listed.into_iter().map(|shown| shown.account).collect();
    assert_eq!(listed, wanted);
}

#[test]
fn req_000_14_reading_a_balance_does_not_sum_its_history() {
    // Looks at the store are counted: as many after a thousand postings as after ten.
    let (store, looks) = crate::world::counted_store();
    let ledger = Ledger::builder().over(store).unwrap();
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let client = ledger.register_client(crate::world::business("Mama Njeri Shop")).unwrap();
    let account = NewAccount::new(client.id, book.id, AccountType::WORKING);
    let account = ledger.open_account(account).unwrap();
    let service = ledger.define_service(NewService::new(client.id, book.id, "CUSTOM_SERVICE")).unwrap();
    let looks_for_balance_after = |total: u32, from: u32| {
        let credit = |n: u32| Credit::new(account.id, service.id, kes("0.01"), format!("key-{n}")).into();
        ledger.submit_batch((from..total).map(credit).collect(), Atomicity::All).unwrap();
        let view = ledger.view().unwrap();
        let before = looks.get();
        assert_eq!(view.balance(account.id).unwrap().current.amount(), Ok(minor(i128::from(total))));
        looks.get() - before
    };
    let few = looks_for_balance_after(10, 0);
    let many = looks_for_balance_after(1_000, 10);
    assert!(many <= few + 2, "{few} looks after ten postings, {many} after a thousand");
}
