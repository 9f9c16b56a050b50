//! A key is a command's name: told again it is answered with what was done, and it never comes to mean another command.

use pacioli::prelude::*;
use pacioli::*;

use crate::world::{World, at, business, kes, minor};

/// Carries a command out under a key, sees it answered a second time, and sees others of its key refused.
fn once(world: &World, given: impl Into<Command>, others: impl IntoIterator<Item = Command>) -> Receipt {
    let given = given.into();
    let receipt = world.ledger.execute(given.clone()).unwrap();
    let state = world.state();
    let again = world.ledger.execute(given.clone()).unwrap();
    assert!(again.is_replayed(), "{given:?}");
    assert_eq!((again.entry(), world.state()), (receipt.entry(), state));
    let original = receipt.sequence();
    for other in others {
        let shown = format!("{other:?}");
        assert_eq!(world.refused(other), Rejection::IdempotencyConflict { original }, "{shown}");
    }
    receipt
}

#[test]
fn key_of_a_book_client_account_or_service_names_that_request_alone() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (client, book) = (shop.client.id, shop.book.id);
    once(
        &world,
        NewBook::live("shop.ugx.main", Currency::UGX).keyed("a"),
        [NewBook::live("shop.ugx.other", Currency::UGX).keyed("a").into(), business("Other").keyed("a").into()],
    );
    once(
        &world,
        business("Wanjiku Shop").keyed("b"),
        [
            business("Other").keyed("b").into(),
            business("Wanjiku Shop").reached_at("shop@emali.example", "0722000009").keyed("b").into(),
            NewBook::live("shop.tzs.main", Currency::TZS).keyed("b").into(),
        ],
    );
    let wallet = || NewAccount::new(client, book, AccountType::WORKING).keyed("c");
    let service = || NewService::new(client, book, "SALES").keyed("d");
    let receipt = once(&world, wallet(), [wallet().named("till").into(), service().keyed("c").into()]);
    let account = match receipt.entry().event {
        Event::AccountOpened { account, .. } => account,
        ref other => panic!("{other:?}"),
    };
    let receipt = once(&world, service(), [service().named("Sales").into(), wallet().keyed("d").into()]);
    let sales = match receipt.entry().event {
        Event::ServiceDefined { service, .. } => service,
        ref other => panic!("{other:?}"),
    };

    let text = |text: &str| ClientChange { accounts_max: Change::Set(7), ..ClientChange::default() }.with("tier", text);
    once(
        &world,
        (client, text("gold").keyed("e")),
        [
            (client, text("silver").keyed("e")).into(),
            (client, ClientChange { active: Some(true), ..text("gold") }.keyed("e")).into(),
            wallet().keyed("e").into(),
        ],
    );
    let other = world.account(&shop.client, &shop.book).id;
    let label = |label: &str| AccountChange::default().with("till", label).keyed("f");
    once(
        &world,
        (account, label("4")),
        [(account, label("5")).into(), (other, label("4")).into(), wallet().keyed("f").into()],
    );
    let named = |name: &str| ServiceChange { name: Some(name.to_owned()), ..ServiceChange::default() }.keyed("g");
    once(
        &world,
        (sales, named("Sales")),
        [(sales, named("Gifts")).into(), (shop.service.id, named("Sales")).into(), wallet().keyed("g").into()],
    );
}

#[test]
fn key_of_a_device_names_that_request_alone() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let public = |seed| PublicKey(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes());
    let new = |seed, label: &str| NewDevice::new(shop.client.id, public(seed), label).keyed("a");
    once(&world, new(1, "Till 4"), [new(1, "Till 5").into(), new(2, "Till 4").into()]);
    let rotate = |seed| RotateDevice::new(DeviceId(1), public(seed)).keyed("b");
    once(&world, rotate(2), [rotate(3).into(), new(4, "Till 6").keyed("b").into()]);
    let revoke = |reason: &str| RevokeDevice::new(DeviceId(1)).because(reason).keyed("c");
    once(&world, revoke("lost"), [revoke("stolen").into(), rotate(5).keyed("c").into()]);
}

#[test]
fn key_of_a_limit_monitor_or_quota_names_that_request_alone() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let limit = |count| NewLimit::new(account, Window::last_hours(24)).count(count).keyed("a");
    let quota = |most| SetQuota::new(shop.client.id, shop.book.id, most);
    once(&world, limit(5), [limit(6).into(), quota(5).keyed("a").into()]);
    let change = |count| LimitChange::of(LimitId(1)).count(Some(count)).keyed("b");
    once(&world, change(7), [change(8).into(), limit(7).keyed("b").into()]);
    let monitor = |threshold: &str| NewMonitor::new(account, kes(threshold)).keyed("c");
    once(&world, monitor("10.00"), [monitor("11.00").into(), limit(7).keyed("c").into()]);
    world.ledger.execute(limit(9).keyed("second limit")).unwrap();
    world.ledger.execute(monitor("12.00").keyed("second monitor")).unwrap();
    let retire = |limit| RetireLimit::of(LimitId(limit)).keyed("d");
    once(&world, retire(1), [retire(2).into(), quota(5).keyed("d").into()]);
    let retire = |monitor| RetireMonitor::of(MonitorId(monitor)).keyed("e");
    once(&world, retire(1), [retire(2).into(), quota(5).keyed("e").into()]);
    once(&world, quota(5).keyed("f"), [quota(6).keyed("f").into(), limit(5).keyed("f").into()]);
}

#[test]
fn key_of_a_set_list_or_closing_names_that_request_alone() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let book = shop.book.id;
    let account = world.account(&shop.client, &shop.book).id;
    let set = |name: &str| NewAccountSet::new(book, name);
    let flows = || Flows::of(book).allow(AccountType::WORKING, AccountType::WORKING);
    once(&world, set("tills").keyed("a"), [set("floats").keyed("a").into(), flows().keyed("a").into()]);
    world.ledger.execute(set("floats")).unwrap();
    let (tills, floats) = (SetId(1), SetId(2));
    once(
        &world,
        (tills, AccountSetChange::add([account]).keyed("b")),
        [
            (tills, AccountSetChange::remove([account]).keyed("b")).into(),
            (floats, AccountSetChange::add([account]).keyed("b")).into(),
            flows().keyed("b").into(),
        ],
    );
    once(&world, flows().keyed("c"), [Flows::of(book).keyed("c").into(), set("wallets").keyed("c").into()]);
    let close = |through: &str| ClosePeriod::new(book, at(through), "d");
    once(&world, close("2026-10-31T00:00:00Z"), [close("2026-11-01T00:00:00Z").into(), flows().keyed("d").into()]);
}

#[test]
fn key_of_a_channel_or_counterparty_names_that_request_alone() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let channel = |currency| NewChannel::new("M-PESA", [currency]).keyed("a");
    once(&world, channel(Currency::KES), [channel(Currency::UGX).into(), business("Other").keyed("a").into()]);
    world.ledger.execute(NewChannel::new("CARD", [Currency::KES])).unwrap();
    let change = |active| ChannelChange::active(active).keyed("b");
    once(
        &world,
        ("M-PESA", change(false)),
        [("M-PESA", change(true)).into(), ("CARD", change(false)).into(), channel(Currency::KES).keyed("b").into()],
    );
    let payer = |value: &str| NewCounterparty::new(shop.client.id, PartyKind::Msisdn, value).keyed("c");
    let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).keyed("c");
    once(
        &world,
        payer("+254722000001"),
        [payer("+254722000002").into(), payer("+254722000001").named("Jane").into(), account.clone().into()],
    );
    let payer = world.ledger.record_counterparty(payer("+254722000001")).unwrap().id;
    let named = |name: &str| CounterpartyChange { name: Some(name.to_owned()), ..Default::default() }.keyed("d");
    once(&world, (payer, named("Jane")), [(payer, named("Janet")).into(), account.keyed("d").into()]);
}

#[test]
fn key_of_a_movement_names_that_request_alone() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "100.00").id;
    let (one, other) = (kes("1.00"), kes("2.00"));
    let debit = |money, key: &str| Debit::new(account, shop.service.id, money, key);
    let receipt = once(
        &world,
        Credit::new(account, shop.service.id, one, "a").narrated("rent"),
        [
            Credit::new(account, shop.service.id, other, "a").narrated("rent").into(),
            Credit::new(account, shop.service.id, one, "a").narrated("food").into(),
            Credit::new(account, shop.service.id, one, "a").into(),
            debit(one, "a").into(),
            PlaceHold::new(debit(one, "a")).into(),
        ],
    );
    let part = |part: i128| Reverse::part(receipt.sequence(), Currency::KES.amount(minor(part)), "b");
    once(&world, part(30), [part(31).into(), part(30).narrated("spoilt").into(), debit(one, "b").into()]);
    let hold = once(&world, PlaceHold::new(debit(other, "c")), [debit(other, "c").into()]);
    let hold = HoldId::from(hold.sequence());
    let capture = |part: &str| Capture::part(hold, kes(part), "d");
    once(&world, capture("0.50"), [capture("0.60").into(), Release::part(hold, kes("0.50"), "d").into()]);
    once(
        &world,
        Release::part(hold, kes("0.50"), "e"),
        [Release::part(hold, kes("0.40"), "e").into(), Capture::part(hold, kes("0.50"), "e").into()],
    );
}
