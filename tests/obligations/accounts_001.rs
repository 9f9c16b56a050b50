//! Lipad, "Wallet as a Service": accounts.

use pacioli::prelude::*;
use pacioli::{AccountClass, AccountTypeRule, Side, SystemAccount};

use crate::world::{World, kes, kes4, minor};

#[test]
fn req_001_08_account_has_sensible_defaults() {
    let world = World::new();
    let shop = world.shop(kes4());
    let plain = world.account(&shop.client, &shop.book);
    assert!(!plain.can_overdraw);
    assert_eq!((plain.minimum_balance, plain.status), (Amount::ZERO, AccountStatus::Active));
    let wanted = NewAccount::new(shop.client.id, shop.book.id, AccountType::FLOAT_ACCOUNT)
        .named("Emali float")
        .floor(minor(1000))
        .inactive("awaiting papers");
    let given = world.ledger.open_account(wanted).unwrap();
    assert_eq!((&*given.name, given.minimum_balance), ("Emali float", minor(1000)));
    assert_eq!((given.status, given.status_description.as_deref()), (AccountStatus::Inactive, Some("awaiting papers")));
}

#[test]
fn req_001_09_seven_types_are_built_in_and_hosts_add_theirs() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let opened = |code: &str| {
        let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::new(code));
        world.ledger.open_account(account).unwrap()
    };
    for (code, class) in [
        ("FLOAT_ACCOUNT", AccountClass::Liability),
        ("AVAILABLE_COLLECTIONS", AccountClass::Liability),
        ("HYBRID_ACCOUNT", AccountClass::Liability),
        ("ACQUIRER_RESERVE", AccountClass::Liability),
        ("ROLLING_RESERVE", AccountClass::Liability),
        ("COMMISSION_ACCOUNT", AccountClass::Income),
        ("COMMISSION_TAX_ACCOUNT", AccountClass::Liability),
    ] {
        let account = opened(code);
        assert_eq!((account.class, account.normal_side), (class, Side::Credit), "{code}");
    }
    let unknown = NewAccount::new(shop.client.id, shop.book.id, AccountType::new("FUEL_CARD"));
    let refusal = Rejection::AccountTypeUnknown { account_type: AccountType::new("FUEL_CARD") };
    assert_eq!(world.refused(unknown), refusal);
    let rule = AccountTypeRule { can_disburse: false, ..AccountTypeRule::new("FUEL_CARD", AccountClass::Asset) };
    world.ledger.define_account_type(rule.clone()).unwrap();
    let card = opened("FUEL_CARD");
    assert_eq!((card.class, card.normal_side, card.can_disburse), (AccountClass::Asset, Side::Debit, false));
    let taken = Rejection::AccountTypeTaken { account_type: AccountType::new("FUEL_CARD") };
    assert_eq!(world.refused(rule), taken);
    let built_in = AccountTypeRule::new("WORKING", AccountClass::Asset);
    assert!(matches!(world.refused(built_in), Rejection::AccountTypeTaken { .. }));
    let system = AccountTypeRule::new("EXTERNAL", AccountClass::Asset);
    assert!(matches!(world.refused(system), Rejection::AccountTypeTaken { .. }));
}

#[test]
fn req_001_10_reserves_do_not_disburse_by_default() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    for (account_type, disburses) in [
        (AccountType::FLOAT_ACCOUNT, true),
        (AccountType::AVAILABLE_COLLECTIONS, true),
        (AccountType::HYBRID_ACCOUNT, true),
        (AccountType::ACQUIRER_RESERVE, false),
        (AccountType::ROLLING_RESERVE, false),
    ] {
        let account = NewAccount::new(shop.client.id, shop.book.id, account_type);
        let account = world.ledger.open_account(account).unwrap();
        assert_eq!(account.can_disburse, disburses, "{}", account.account_type);
        world.credit(&shop, account.id, "10.00");
        let payout = Debit::new(account.id, shop.service.id, kes("1.00"), world.key());
        if disburses {
            world.ledger.debit(payout).unwrap();
        } else {
            assert_eq!(world.refused(payout), Rejection::DisbursementNotAllowed { account: account.id });
        }
    }
}

#[test]
fn req_001_11_floor_stops_what_lowers_the_balance_and_never_a_credit() {
    let world = World::new();
    let shop = world.shop(kes4());
    let money = |text: &str| shop.book.money(text).unwrap();
    let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::FLOAT_ACCOUNT);
    let account = world.ledger.open_account(account.floor(money("0.1000").amount().unwrap())).unwrap().id;
    let other = world.account(&shop.client, &shop.book).id;
    // The sample's account holds 0.0000, which is less than 0.1000, before its first credit.
    let first = world.ledger.credit(Credit::new(account, shop.service.id, money("0.0500"), "first")).unwrap();
    assert_eq!(first.activity().unwrap().current_balance.text(), "0.0500");
    world.ledger.credit(Credit::new(account, shop.service.id, money("95.9500"), "second")).unwrap();

    let (required, available, floor) = (95_9001, 96_0000, 1000);
    let refusal = Rejection::InsufficientFunds { account, required, available, floor };
    assert_eq!(world.refused(Debit::new(account, shop.service.id, money("95.9001"), "d")), refusal);
    let transfer = Transfer::new(account, other, shop.service.id, money("95.9001"), "d").narrated("own");
    assert_eq!(world.refused(transfer), refusal);
    let outside = shop.book.system(SystemAccount::External);
    let post = Post::new("d").debit(account, money("95.9001")).credit(outside, money("95.9001"));
    assert_eq!(world.refused(post), refusal);
    world.ledger.debit(Debit::new(account, shop.service.id, money("95.9000"), "d")).unwrap();
    assert_eq!(world.shows(account), "0.1000");
}

#[test]
fn req_001_12_overdraft_lets_the_balance_go_below_zero() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let opened = |account: NewAccount| world.ledger.open_account(account).unwrap().id;
    let new = || NewAccount::new(shop.client.id, shop.book.id, AccountType::FLOAT_ACCOUNT);
    let (plain, limited, free) =
        (opened(new()), opened(new().overdraft(Some(minor(50_00)))), opened(new().overdraft(None)));
    let debit = |account, sum: &str, key: &str| Debit::new(account, shop.service.id, kes(sum), key);
    let refusal = |account, required, floor| Rejection::InsufficientFunds { account, required, available: 0, floor };
    assert_eq!(world.refused(debit(plain, "0.01", "a")), refusal(plain, 1, 0));
    assert_eq!(world.refused(debit(limited, "50.01", "b")), refusal(limited, 50_01, -50_00));
    world.ledger.debit(debit(limited, "50.00", "b")).unwrap();
    world.ledger.debit(debit(free, "1000000.00", "c")).unwrap();
    assert_eq!((&*world.shows(limited), &*world.shows(free)), ("-50.00", "-1000000.00"));
}

#[test]
fn req_001_13_inactive_account_does_no_business() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (account, other) = (world.funded(&shop, "100.00").id, world.funded(&shop, "100.00").id);
    let inactive = AccountChange::status(AccountStatus::Inactive, "under review");
    let changed = world.ledger.change_account(account, inactive).unwrap();
    assert_eq!(
        (changed.status, changed.status_description.as_deref()),
        (AccountStatus::Inactive, Some("under review"))
    );

    let refusal = Rejection::AccountInactive { account };
    let (service, sum) = (shop.service.id, kes("1.00"));
    assert_eq!(world.refused(Credit::new(account, service, sum, "k")), refusal);
    assert_eq!(world.refused(Debit::new(account, service, sum, "k")), refusal);
    assert_eq!(world.refused(Transfer::new(account, other, service, sum, "k").narrated("own")), refusal);
    assert_eq!(world.refused(Transfer::new(other, account, service, sum, "k").narrated("own")), refusal);
    assert_eq!(world.refused(Post::new("k").debit(other, sum).credit(account, sum)), refusal);
    assert_eq!(world.refused(Credit::new(other, service, sum, "k").from_account(account)), refusal);
    world.ledger.change_account(account, AccountChange::status(AccountStatus::Active, "reviewed")).unwrap();
    world.ledger.credit(Credit::new(account, service, sum, "k")).unwrap();
}

#[test]
fn req_001_13_every_status_is_kept_with_its_reason_and_time() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    for (status, reason) in [
        (AccountStatus::Inactive, "under review"),
        (AccountStatus::Active, "reviewed"),
        (AccountStatus::Closed, "moved away"),
    ] {
        world.minutes_later(1);
        world.ledger.change_account(account, AccountChange::status(status, reason)).unwrap();
    }
    let history = world.ledger.view().unwrap().account_history(account).unwrap();
    let told: Vec<String> = history
        .iter()
        .map(|was| format!("{:?} {} {:?}", was.status, was.changed_at, was.status_description.as_deref()))
        .collect();
    assert!(told[0].starts_with("Active"), "{told:?}");
    assert_eq!(
        told[1..],
        [
            "Inactive 2026-11-22T08:31:00Z Some(\"under review\")",
            "Active 2026-11-22T08:32:00Z Some(\"reviewed\")",
            "Closed 2026-11-22T08:33:00Z Some(\"moved away\")",
        ]
    );
}

#[test]
fn req_001_14_accounts_have_eight_digit_numbers_in_order() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    // A book's own accounts are numbered first: the one outside is 10000001.
    assert_eq!(shop.book.system(SystemAccount::External).number().to_string(), "10000001");
    let numbers: Vec<String> = (0..3).map(|_| world.account(&shop.client, &shop.book).number().to_string()).collect();
    assert_eq!(numbers, ["10000007", "10000008", "10000009"]);
    let view = world.ledger.view().unwrap();
    let number: AccountNumber = "10000008".parse().unwrap();
    assert_eq!(view.account_numbered(number).unwrap().id, AccountId(8));
    // Numbers run on over the books of the ledger, and a closed account's is not given out again.
    let closed = AccountChange::status(AccountStatus::Closed, "unused");
    world.ledger.change_account(AccountId(9), closed).unwrap();
    let pounds = world.book(Currency::GBP);
    assert_eq!(world.account(&shop.client, &pounds).number().to_string(), "10000016");
}

#[test]
fn req_001_15_times_of_opening_and_change_are_kept() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    world.minutes_later(1);
    let account = world.account(&shop.client, &shop.book);
    assert_eq!(account.opened_at.to_string(), "2026-11-22T08:31:00Z");
    world.minutes_later(1);
    let change = AccountChange { label: "till".to_owned().into(), ..AccountChange::default() };
    let account = world.ledger.change_account(account.id, change).unwrap();
    assert_eq!(account.opened_at.to_string(), "2026-11-22T08:31:00Z");
    assert_eq!(account.changed_at.to_string(), "2026-11-22T08:32:00Z");
}

#[test]
fn req_001_16_account_names_its_client_and_type() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let shown = world.ledger.view().unwrap().account(account).unwrap();
    assert_eq!((shown.client, shown.account_type), (Some(shop.client.id), AccountType::FLOAT_ACCOUNT));
}
