//! The rules that settle what the documents leave open or say in two ways, as far as the obligations' own tests do not
//! show them.

use pacioli::money::MoneyError;
use pacioli::prelude::*;
use pacioli::{Listing, SystemAccount};

use crate::world::{Shop, World, at, business, contact, kes, minor};

fn define(world: &World, service: NewService) -> ServiceId {
    world.ledger.define_service(service).unwrap().id
}

fn named(shop: &Shop, code: &str) -> NewService {
    NewService::new(shop.client.id, shop.book.id, code)
}

#[test]
fn rule_c01_account_is_found_by_identifier_number_and_the_callers_own_name() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).identified("wlt_9f3c");
    let account = world.ledger.open_account(account).unwrap();
    let view = world.ledger.view().unwrap();
    assert_eq!(view.account(account.id).unwrap(), account);
    assert_eq!(view.account_numbered(account.number()).unwrap(), account);
    assert_eq!(view.account_identified("wlt_9f3c").unwrap(), Some(account.clone()));
    assert_eq!(view.account_identified("wlt_0000").unwrap(), None);
    let taken = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).identified("wlt_9f3c");
    assert_eq!(world.refused(taken), Rejection::ExternalIdTaken { account: account.id });
}

#[test]
fn rule_c02_more_digits_than_the_currency_are_refused_and_never_rounded() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    assert_eq!(shop.book.money("1.005"), Err(MoneyError::TooManyDigits { digits: 3, scale: 2 }));
    assert_eq!(shop.book.money("1.0000").unwrap(), kes("1.00"));
    // Another scale of the same currency: exact, or refused.
    let fine = Currency::KES.with_scale(4).unwrap();
    let credit = |text: &str| Credit::new(account, shop.service.id, fine.money(text).unwrap(), "k");
    assert_eq!(world.refused(credit("96.0001")), Rejection::AmountPrecision { scale: 2 });
    let line = world.ledger.credit(credit("96.0100")).unwrap().activity().unwrap();
    assert_eq!((line.amount.currency(), line.amount.text()), (Currency::KES, "96.01".to_owned()));
}

#[test]
fn rule_c03_one_ledger_balance_and_the_figures_derived_from_it() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).floor(minor(10_00));
    let account = world.ledger.open_account(account).unwrap().id;
    world.credit(&shop, account, "96.00");
    let balance = world.ledger.view().unwrap().balance(account).unwrap();
    assert_eq!((balance.current, balance.available), (kes("96.00"), kes("96.00")));
    assert_eq!((balance.spendable, balance.floor), (Some(kes("86.00")), Some(kes("10.00"))));
}

#[test]
fn rule_c04_floor_above_zero_and_overdraft_exclude_each_other() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let new = || NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING);
    for wrong in [
        new().floor(minor(1)).overdraft(None),
        new().floor(minor(1)).overdraft(Some(minor(5))),
        NewAccount { overdraft_limit: Some(minor(5)), ..new() },
    ] {
        assert!(matches!(world.refused(wrong), Rejection::InvalidLimits { .. }));
    }
    let account = world.ledger.open_account(new().floor(minor(1))).unwrap().id;
    let overdraft = AccountChange { overdraft: Some((true, None)), ..AccountChange::default() };
    assert!(matches!(world.refused((account, overdraft)), Rejection::InvalidLimits { .. }));
    let both = AccountChange {
        overdraft: Some((true, Some(minor(5)))),
        minimum_balance: Some(Amount::ZERO),
        ..AccountChange::default()
    };
    let changed = world.ledger.change_account(account, both).unwrap();
    assert_eq!(changed.floor(), Some(-5));
    let free = world.ledger.open_account(new().overdraft(None)).unwrap();
    assert_eq!(free.floor(), None);
}

#[test]
fn rule_c05_narrative_is_required_between_ones_own_accounts_unless_the_service_says_otherwise() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (from, to) = (world.funded(&shop, "10.00").id, world.account(&shop.client, &shop.book).id);
    let stranger = world.account(&world.client("Other Traders"), &shop.book).id;
    let bare = |to, service| Transfer::new(from, to, service, kes("1.00"), world.key());
    assert_eq!(world.refused(bare(to, shop.service.id)), Rejection::NarrativeRequired);
    let crossing = define(&world, named(&shop, "GIFTS").across_clients());
    world.ledger.transfer(bare(stranger, crossing)).unwrap();
    let strict = define(&world, named(&shop, "STRICT").across_clients().narrative_required(true));
    assert_eq!(world.refused(bare(stranger, strict)), Rejection::NarrativeRequired);
    world.ledger.credit(Credit::new(to, strict, kes("1.00"), "credits need none")).unwrap();
    let lax = define(&world, named(&shop, "LAX").narrative_required(false));
    world.ledger.transfer(bare(to, lax)).unwrap();
}

#[test]
fn rule_c06_nine_types_are_open_and_the_books_own_are_not() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    for code in [
        "FLOAT_ACCOUNT",
        "AVAILABLE_COLLECTIONS",
        "HYBRID_ACCOUNT",
        "ACQUIRER_RESERVE",
        "ROLLING_RESERVE",
        "COMMISSION_ACCOUNT",
        "COMMISSION_TAX_ACCOUNT",
        "SETTLEMENT",
        "WORKING",
    ] {
        let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::new(code)).provisioned();
        assert_eq!(world.ledger.open_account(account).unwrap().account_type.code(), code);
    }
    for (place, system) in pacioli::SYSTEM_ACCOUNTS.into_iter().enumerate() {
        let account_type = system.account_type();
        let account = NewAccount::new(shop.client.id, shop.book.id, account_type.clone()).provisioned();
        assert_eq!(world.refused(account), Rejection::AccountTypeUnknown { account_type });
        let own = AccountId(place as u64 + 1);
        assert_eq!(shop.book.system(system), own);
        let change = AccountChange::status(AccountStatus::Inactive, "no");
        assert_eq!(world.refused((own, change)), Rejection::SystemAccountFixed { account: own });
    }
}

#[test]
fn rule_c07_signed_value_follows_from_side_and_normal_side() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let receipt = world.credit(&shop, account, "96.00");
    // A credit raises the client's liability and a debit the asset outside: both are positive.
    let (own, other) = (receipt.activity().unwrap(), receipt.counter_activity().unwrap());
    assert_eq!((own.value, other.value), (kes("96.00"), kes("96.00")));
    assert_eq!((own.side, other.side), (pacioli::Side::Credit, pacioli::Side::Debit));
}

#[test]
fn rule_c11_transfer_crosses_owners_only_under_a_service_that_says_so() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let mine = world.funded(&shop, "10.00").id;
    let other = world.client("Other Traders");
    let theirs = world.account(&other, &shop.book).id;
    let transfer = |service, key: &str| Transfer::new(mine, theirs, service, kes("1.00"), key).narrated("gift");
    let refusal = Rejection::NotSameOwner { source_account: mine, destination: theirs };
    assert_eq!(world.refused(transfer(shop.service.id, "k")), refusal);
    let credit = Credit::new(mine, shop.service.id, kes("1.00"), "k").from_account(theirs);
    assert_eq!(world.refused(credit), Rejection::NotSameOwner { source_account: theirs, destination: mine });
    let debit = Debit::new(mine, shop.service.id, kes("1.00"), "k").to_account(theirs);
    assert_eq!(world.refused(debit), refusal);
    let crossing = define(&world, named(&shop, "GIFTS").across_clients());
    world.ledger.transfer(transfer(crossing, "k")).unwrap();
    assert_eq!(world.shows(theirs), "1.00");
    // The other owner must be in business too.
    let inactive = ClientChange { active: Some(false), ..ClientChange::default() };
    world.ledger.change_client(other.id, inactive).unwrap();
    assert_eq!(world.refused(transfer(crossing, "l")), Rejection::ClientInactive { client: other.id });
    // And a service may stop crossing.
    let narrowed = ServiceChange { cross_client: Some(false), ..ServiceChange::default() };
    world.ledger.change_service(crossing, narrowed).unwrap();
    assert_eq!(world.refused(transfer(crossing, "l")), refusal);
}

#[test]
fn rule_c12_reversals_reach_inactive_accounts_services_and_clients() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let credits: Vec<Sequence> = (0..3).map(|_| world.credit(&shop, account, "10.00").sequence()).collect();
    world.ledger.change_account(account, AccountChange::status(AccountStatus::Inactive, "review")).unwrap();
    world.ledger.reverse(Reverse::whole(credits[0])).unwrap();
    let ended = ServiceChange { active: Some(false), ..ServiceChange::default() };
    world.ledger.change_service(shop.service.id, ended).unwrap();
    world.ledger.reverse(Reverse::whole(credits[1])).unwrap();
    let inactive = ClientChange { active: Some(false), ..ClientChange::default() };
    world.ledger.change_client(shop.client.id, inactive).unwrap();
    world.ledger.reverse(Reverse::whole(credits[2])).unwrap();
    assert_eq!(world.shows(account), "0.00");
    // A closed account is beyond reach.
    let active = ClientChange { active: Some(true), ..ClientChange::default() };
    world.ledger.change_client(shop.client.id, active).unwrap();
    let gone = world.account(&shop.client, &shop.book).id;
    let again = define(&world, named(&shop, "AGAIN"));
    let credit = world.ledger.credit(Credit::new(gone, again, kes("1.00"), "in")).unwrap();
    world.ledger.debit(Debit::new(gone, again, kes("1.00"), "out")).unwrap();
    world.ledger.change_account(gone, AccountChange::status(AccountStatus::Closed, "left")).unwrap();
    let refusal = world.refused(Reverse::whole(credit.sequence()).forced());
    assert_eq!(refusal, Rejection::AccountClosed { account: gone });
}

#[test]
fn rule_c13_times_of_record_increase_with_the_sequence_whatever_the_clock_says() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let mut last = world.credit(&shop, account, "1.00").recorded_at();
    for clock in ["2026-11-22T08:30:00Z", "2020-01-01T00:00:00Z", "2026-11-22T09:00:00Z", "2026-11-22T08:59:59Z"] {
        world.clock.set(at(clock));
        let recorded_at = world.credit(&shop, account, "1.00").recorded_at();
        assert!(recorded_at > last, "{recorded_at} after {last}");
        last = recorded_at;
    }
}

#[test]
fn rule_c13_balances_are_asked_for_on_either_axis() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let credit = |sum: &str, happened: &str| {
        let credit = Credit::new(account, shop.service.id, kes(sum), world.key()).effective(at(happened));
        world.ledger.credit(credit).unwrap();
    };
    world.clock.set(at("2026-12-10T12:00:00Z"));
    credit("1.00", "2026-12-09T12:00:00Z");
    world.clock.set(at("2026-12-11T12:00:00Z"));
    credit("2.00", "2026-12-01T12:00:00Z");
    let known = |time: &str| world.ledger.view_as_of(at(time)).unwrap().balance(account).unwrap().current.text();
    assert_eq!(
        [known("2026-12-10T11:00:00Z"), known("2026-12-10T12:00:00Z"), known("2026-12-12T00:00:00Z")],
        ["0.00", "1.00", "3.00"]
    );
    let view = world.ledger.view().unwrap();
    let held = |time: &str| view.balance_effective(account, at(time)).unwrap().text();
    assert_eq!(
        [held("2026-12-01T11:59:59Z"), held("2026-12-01T12:00:00Z"), held("2026-12-09T12:00:00Z")],
        ["0.00", "2.00", "3.00"]
    );
    // Constraints are judged in the order of record: money that happened later in the past can be spent now.
    world.ledger.debit(Debit::new(account, shop.service.id, kes("3.00"), "spent")).unwrap();
}

#[test]
fn rule_c15_charge_is_borne_by_payer_or_payee() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = |bearer, code: &str| define(&world, named(&shop, code).fee(Fee::Fixed(minor(4_00))).borne_by(bearer));
    let (payer, payee) = (service(FeeBearer::Payer, "ON_TOP"), service(FeeBearer::Payee, "OUT_OF_IT"));
    assert_eq!(shop.service.terms.bearer, FeeBearer::Payer);
    let moved = |service| {
        let (from, to) = (world.funded(&shop, "200.00").id, world.account(&shop.client, &shop.book).id);
        let transfer = Transfer::new(from, to, service, kes("100.00"), world.key()).narrated("own");
        let receipt = world.ledger.transfer(transfer).unwrap();
        assert_eq!(receipt.charged(), Some(kes("4.00")));
        (world.shows(from), world.shows(to))
    };
    assert_eq!(moved(payer), ("96.00".into(), "100.00".into()));
    assert_eq!(moved(payee), ("100.00".into(), "96.00".into()));
    // Where the other side is outside, the client bears it either way.
    for service in [payer, payee] {
        let account = world.account(&shop.client, &shop.book).id;
        world.ledger.credit(Credit::new(account, service, kes("100.00"), world.key())).unwrap();
        assert_eq!(world.shows(account), "96.00");
        world.ledger.debit(Debit::new(account, service, kes("92.00"), world.key())).unwrap();
        assert_eq!(world.shows(account), "0.00");
    }
}

#[test]
fn rule_c15_payers_charge_counts_against_the_floor() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = define(&world, named(&shop, "ON_TOP").fee(Fee::Fixed(minor(4_00))));
    let account = world.funded(&shop, "100.00").id;
    let (required, available) = (100_01, 100_00);
    let refusal = Rejection::InsufficientFunds { account, required, available, floor: 0 };
    assert_eq!(world.refused(Debit::new(account, service, kes("96.01"), "k")), refusal);
    world.ledger.debit(Debit::new(account, service, kes("96.00"), "k")).unwrap();
}

#[test]
fn rule_c20_receipt_of_a_reversal_names_the_original() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let original = world.credit(&shop, account, "10.00").sequence();
    let reversal = world.ledger.reverse(Reverse::whole(original)).unwrap();
    assert!(reversal.activities().iter().all(|line| line.reverses == Some(original)));
    assert_eq!(reversal.entry().posted().unwrap().reverses.unwrap().original, original);
}

#[test]
fn rule_c21_tax_identifier_is_optional_for_individuals_and_country_is_text() {
    let world = World::new();
    let person = world.ledger.register_client(NewClient::individual("Côte d'Ivoire", contact())).unwrap();
    assert_eq!((person.tax_id, &*person.country), (None, "Côte d'Ivoire"));
    let mut pinless = business("Emali");
    pinless.tax_id = None;
    assert_eq!(world.refused(pinless), Rejection::TextRequired { field: "tax identifier" });
}

#[test]
fn rule_c22_hosts_codes_are_three_to_thirty_two_capitals_digits_and_underscores() {
    let world = World::new();
    for wrong in ["", "AB", "emali", "EMALI-1", "EMALI 1", "ÉMALI", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456"] {
        let refusal = world.refused(business("Emali").coded(wrong));
        assert_eq!(refusal, Rejection::MalformedCode { field: "code" }, "{wrong}");
    }
    for right in ["ABC", "___", "000", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"] {
        assert_eq!(world.ledger.register_client(business("Emali").coded(right)).unwrap().code, right);
    }
}

#[test]
fn rule_c23_quota_counts_inactive_accounts_and_not_closed_ones() {
    let world = World::new();
    let book = world.ledger.open_book(NewBook::live("centrapay.nzd.main", Currency::NZD).quota(2)).unwrap();
    let client = world.client("Kiwi Cafe");
    let open = || NewAccount::new(client.id, book.id, AccountType::WORKING);
    let first = world.account(&client, &book).id;
    let second = world.ledger.open_account(open().inactive("later")).unwrap().id;
    let refusal = Rejection::MaxAccountsReached { book: book.id, limit: 2 };
    assert_eq!(world.refused(open()), refusal);
    world.ledger.change_account(first, AccountChange::status(AccountStatus::Inactive, "rest")).unwrap();
    assert_eq!(world.refused(open()), refusal);
    world.ledger.change_account(second, AccountChange::status(AccountStatus::Closed, "gone")).unwrap();
    world.ledger.open_account(open()).unwrap();
    // Without a quota there is none.
    let free = world.book(Currency::KES);
    for _ in 0..20 {
        world.account(&client, &free);
    }
}

#[test]
fn rule_c23_closed_settlement_account_makes_room_for_another() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let settlement = || NewAccount::new(shop.client.id, shop.book.id, AccountType::SETTLEMENT).provisioned();
    let first = world.ledger.open_account(settlement()).unwrap().id;
    world.credit(&shop, first, "1.00");
    let close = || (first, AccountChange::status(AccountStatus::Closed, "moved"));
    assert_eq!(world.refused(close()), Rejection::AccountNotEmpty { account: first, balance: 1_00 });
    world.ledger.debit(Debit::new(first, shop.service.id, kes("1.00"), "out")).unwrap();
    world.ledger.execute(close()).unwrap();
    assert_ne!(world.ledger.open_account(settlement()).unwrap().id, first);
}

#[test]
fn rule_c25_money_from_outside_comes_from_a_prefunded_pool_or_without_bound() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let pool = world.funded(&shop, "100.00").id;
    let account = world.account(&shop.client, &shop.book).id;
    let service = define(&world, named(&shop, "POOLED").pooled_in(pool));
    let line = world.ledger.credit(Credit::new(account, service, kes("60.00"), "a")).unwrap().activity().unwrap();
    assert_eq!((line.other_account, line.source), (Some(pool), pacioli::TransactionSource::External));
    assert_eq!(world.shows(pool), "40.00");
    // The pool has a floor of its own.
    let (required, available) = (40_01, 40_00);
    let refusal = Rejection::InsufficientFunds { account: pool, required, available, floor: 0 };
    assert_eq!(world.refused(Credit::new(account, service, kes("40.01"), "b")), refusal);
    world.ledger.debit(Debit::new(account, service, kes("10.00"), "c")).unwrap();
    assert_eq!(world.shows(pool), "50.00");
    // Without a pool there is no bound outside.
    world.credit(&shop, account, "999999999.00");
    let outside = shop.book.system(SystemAccount::External);
    assert_eq!(world.shows(outside), "1000000099.00");
    // A pool cannot feed itself.
    assert_eq!(world.refused(Credit::new(pool, service, kes("1.00"), "d")), Rejection::SameAccount { account: pool });
}

#[test]
fn rule_c26_shares_are_rounded_half_even_unless_the_service_says_otherwise() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let half_percent = || Fee::percentage(Rate::percent_text("0.5").unwrap());
    let charged = |service: ServiceId, sum: &str| {
        let credit = Credit::new(account, service, kes(sum), world.key());
        world.ledger.credit(credit).unwrap().charged().unwrap().minor()
    };
    // Of 1.00, 3.00 and 5.00 the share is 0.5, 1.5 and 2.5 cents.
    let even = define(&world, named(&shop, "EVEN").fee(half_percent()));
    assert_eq!([charged(even, "1.00"), charged(even, "3.00"), charged(even, "5.00")], [0, 2, 2]);
    for (code, rounding, wanted) in [
        ("UP", Rounding::HalfUp, [1, 2, 3]),
        ("DOWN", Rounding::HalfDown, [0, 1, 2]),
        ("ABOVE", Rounding::Up, [1, 2, 3]),
        ("BELOW", Rounding::Down, [0, 1, 2]),
    ] {
        let service = named(&shop, &format!("ROUND_{code}")).fee(half_percent()).rounding(rounding);
        let service = define(&world, service);
        let shares = [charged(service, "1.00"), charged(service, "3.00"), charged(service, "5.00")];
        assert_eq!(shares, wanted, "{code}");
    }
}

#[test]
fn rule_c26_payees_charge_never_eats_more_than_the_sum() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "100.00").id;
    let service = named(&shop, "DEAR").fee(Fee::Fixed(minor(4_00))).borne_by(FeeBearer::Payee);
    let service = define(&world, service);
    let credit = |sum: &str| Credit::new(account, service, kes(sum), "k");
    assert_eq!(world.refused(credit("3.99")), Rejection::ChargeExceedsAmount { charge: 4_00, amount: 3_99 });
    world.ledger.credit(credit("4.00")).unwrap();
    assert_eq!(world.shows(account), "100.00");
}

#[test]
fn rule_c27_charge_is_given_back_in_proportion_and_to_the_unit() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service =
        named(&shop, "SALES").fee(Fee::Fixed(minor(1_00))).taxed(Tax { rate: Rate::percent_text("16").unwrap() });
    let service = define(&world, service);
    let account = world.funded(&shop, "10.00").id;
    let (fees, tax) = (shop.book.system(SystemAccount::FeeIncome), shop.book.system(SystemAccount::Tax));
    let credit = world.ledger.credit(Credit::new(account, service, kes("3.00"), "sale")).unwrap();
    assert_eq!((&*world.shows(account), &*world.shows(fees), &*world.shows(tax)), ("11.84", "1.00", "0.16"));
    // A third each time: of the fee 33, 33 and 34 cents, of the tax 5, 5 and 6.
    let mut told = Vec::new();
    for part in 1..=3 {
        world.ledger.reverse(Reverse::part(credit.sequence(), kes("1.00"), format!("part-{part}"))).unwrap();
        told.push([world.shows(account), world.shows(fees), world.shows(tax)]);
    }
    let wanted = [["11.22", "0.67", "0.11"], ["10.60", "0.34", "0.06"], ["10.00", "0.00", "0.00"]];
    assert_eq!(told, wanted.map(|figures| figures.map(str::to_owned)));
}

#[test]
fn rule_c27_service_may_keep_its_charge() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = define(&world, named(&shop, "SALES").fee(Fee::Fixed(minor(1_00))).keeping_fees());
    let account = world.funded(&shop, "10.00").id;
    let credit = world.ledger.credit(Credit::new(account, service, kes("3.00"), "sale")).unwrap();
    let reversal = world.ledger.reverse(Reverse::whole(credit.sequence())).unwrap();
    assert_eq!(reversal.activities().len(), 2);
    assert_eq!(world.shows(account), "9.00");
    assert_eq!(world.shows(shop.book.system(SystemAccount::FeeIncome)), "1.00");
}

#[test]
fn rule_c27_the_version_that_it_ran_under_decides_whether_the_charge_is_given_back() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = define(&world, named(&shop, "SALES").fee(Fee::Fixed(minor(1_00))));
    let account = world.funded(&shop, "10.00").id;
    let before = world.ledger.credit(Credit::new(account, service, kes("3.00"), "before")).unwrap();
    let keeping = ServiceChange { refund_fee_on_reversal: Some(false), ..ServiceChange::default() };
    world.ledger.change_service(service, keeping).unwrap();
    let after = world.ledger.credit(Credit::new(account, service, kes("3.00"), "after")).unwrap();
    world.ledger.reverse(Reverse::whole(before.sequence())).unwrap();
    assert_eq!(world.shows(account), "12.00");
    world.ledger.reverse(Reverse::whole(after.sequence())).unwrap();
    assert_eq!(world.shows(account), "9.00");
    // Both versions, the change and a reversal in one commit: nothing of it is stored yet.
    let (fresh, sum) = (define(&world, named(&shop, "FRESH").fee(Fee::Fixed(minor(1_00)))), kes("3.00"));
    let keeping = ServiceChange { refund_fee_on_reversal: Some(false), ..ServiceChange::default() };
    let sequence = world.ledger.view().unwrap().sequence();
    let commands: Vec<Command> = vec![
        Credit::new(account, fresh, sum, "first").into(),
        (fresh, keeping).into(),
        Reverse::whole(sequence.next()).into(),
    ];
    assert!(world.ledger.submit_batch(commands, Atomicity::All).unwrap().iter().all(Result::is_ok));
    assert_eq!(world.shows(account), "9.00");
}

#[test]
fn rule_c28_limits_apply_to_the_principal() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = named(&shop, "LIMITED").fee(Fee::Fixed(minor(4_00))).limits(minor(1_00), minor(100_00));
    let account = world.funded(&shop, "1000.00").id;
    let service = define(&world, service);
    // With the fee it is 104.00, and without it from a payee 96.00.
    world.ledger.debit(Debit::new(account, service, kes("100.00"), "most")).unwrap();
    world.ledger.debit(Debit::new(account, service, kes("1.00"), "least")).unwrap();
    let refusal = Rejection::AmountAboveServiceMaximum { given: 100_01, maximum: 100_00 };
    assert_eq!(world.refused(Debit::new(account, service, kes("100.01"), "more")), refusal);
    assert_eq!(world.shows(account), "891.00");
}

#[test]
fn rule_c30_key_is_unique_across_all_commands_of_a_client() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let credit = world.ledger.credit(Credit::new(account, shop.service.id, kes("1.00"), "one key")).unwrap();
    let conflict = Rejection::IdempotencyConflict { original: credit.sequence() };
    assert_eq!(world.refused(Debit::new(account, shop.service.id, kes("1.00"), "one key")), conflict);
    // Under every service and in every book of that client.
    let pounds = world.book(Currency::GBP);
    let abroad = world.account(&shop.client, &pounds).id;
    let service = define(&world, NewService::new(shop.client.id, pounds.id, "ABROAD"));
    let sum = Currency::GBP.money("1.00").unwrap();
    assert_eq!(world.refused(Credit::new(abroad, service, sum, "one key")), conflict);
    let found = world.ledger.view().unwrap().entry_keyed(Some(shop.client.id), "one key").unwrap();
    assert_eq!(found.unwrap().sequence, credit.sequence());
    let none = world.ledger.view().unwrap().entries_referring("key", "one key", Listing::default()).unwrap();
    assert!(none.items.is_empty());
}

#[test]
fn trial_balance_of_a_book_adds_up() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = define(&world, named(&shop, "SALES").fee(Fee::Fixed(minor(4_00))));
    let account = world.funded(&shop, "100.00").id;
    world.ledger.credit(Credit::new(account, service, kes("50.00"), "sale")).unwrap();
    let overdrawn = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).overdraft(None);
    let overdrawn = world.ledger.open_account(overdrawn).unwrap().id;
    world.ledger.debit(Debit::new(overdrawn, shop.service.id, kes("30.00"), "loan")).unwrap();
    let trial = world.ledger.view().unwrap().trial_balance(shop.book.id).unwrap();
    assert!(trial.is_balanced());
    // Outside 120 and the overdrawn 30, against the float's 146 and the fee of 4.
    assert_eq!((trial.debits, trial.credits), (kes("150.00"), kes("150.00")));
    let verified = world.ledger.verify_all().unwrap();
    assert!(verified.finding.is_none(), "{:?}", verified.finding);
}

#[test]
fn rule_c08_entries_have_the_six_kinds_and_ours() {
    let names: Vec<String> = [
        EntryKind::Sale,
        EntryKind::Payout,
        EntryKind::Exchange,
        EntryKind::Charge,
        EntryKind::Adjustment,
        EntryKind::Deposit,
        EntryKind::Credit,
        EntryKind::Debit,
        EntryKind::Transfer,
        EntryKind::Reversal,
        EntryKind::Refund,
        EntryKind::Hold,
        EntryKind::Release,
        EntryKind::Capture,
        EntryKind::Opening,
    ]
    .iter()
    .map(|kind| serde_json::to_string(kind).unwrap().trim_matches('"').to_owned())
    .collect();
    let expected = "SALE PAYOUT EXCHANGE CHARGE ADJUSTMENT DEPOSIT CREDIT DEBIT TRANSFER REVERSAL REFUND HOLD RELEASE \
                    CAPTURE OPENING";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn rule_c09_withdrawal_lowers_the_balance() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let withdrawal = Debit::new(wallet, shop.service.id, kes("25.00"), "w").kind(EntryKind::Payout);
    let line = world.ledger.debit(withdrawal).unwrap().activity().unwrap();
    assert_eq!((line.amount.text(), line.value.text()), ("25.00".into(), "-25.00".into()));
}

#[test]
fn rule_c10_product_is_unique_for_a_client_and_code_in_the_ledger() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let other = world.client("Other Traders");
    let again = NewService::new(shop.client.id, shop.book.id, "CUSTOM_SERVICE");
    assert_eq!(world.refused(again), Rejection::ServiceCodeTaken { service: shop.service.id });
    let theirs = world.service(&other, &shop.book);
    assert_eq!(theirs.terms.service_code, shop.service.terms.service_code);
    assert_ne!(theirs.code, shop.service.code);
    let taken = NewService::new(other.id, shop.book.id, "ANOTHER").coded(shop.service.code.clone());
    assert!(matches!(world.refused(taken), Rejection::CodeTaken { .. }));
}

#[test]
fn rule_c14_both_days_of_a_range_are_part_of_it() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.account(&shop.client, &shop.book).id;
    let (begin, end) = ("2026-11-23T00:00:00Z", "2026-11-30T23:59:59.999Z");
    for (now, sum) in
        [("2026-11-22T23:59:59Z", "1.00"), (begin, "2.00"), (end, "4.00"), ("2026-12-01T00:00:00Z", "8.00")]
    {
        world.clock.set(at(now));
        world.credit(&shop, wallet, sum);
    }
    let view = world.ledger.view().unwrap();
    let statement = view.statement(wallet).days("2026-11-23", "2026-11-30", &pacioli::Zone::utc()).unwrap();
    assert_eq!((statement.opening.text(), statement.credits.text()), ("1.00".into(), "6.00".into()));
}

#[test]
fn rule_c19_adjustment_is_a_kind_and_then_the_status() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let correction = Credit::new(wallet, shop.service.id, kes("5.00"), "c").kind(EntryKind::Adjustment);
    let entry = world.ledger.credit(correction).unwrap().sequence();
    let line = || world.lines(wallet)[1].clone();
    assert_eq!((line().kind, line().status), (EntryKind::Adjustment, pacioli::LineStatus::Adjustment));
    world.ledger.reverse(Reverse::whole(entry)).unwrap();
    assert_eq!(line().status, pacioli::LineStatus::Adjustment);
}
