//! Lipad, "Wallet as a Service": client services, their fees and their limits.

use pacioli::money::MoneyError;
use pacioli::prelude::*;

use crate::world::{Shop, World, business, kes, minor, no};

fn named(shop: &Shop, code: &str) -> NewService {
    NewService::new(shop.client.id, shop.book.id, code)
}

#[test]
fn req_001_17_nothing_moves_without_an_active_service_of_the_client() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (account, other) = (world.funded(&shop, "10.00").id, world.account(&shop.client, &shop.book).id);
    let idle = world.ledger.define_service(named(&shop, "IDLE").inactive()).unwrap().id;
    let sum = kes("1.00");
    for (service, refusal) in [
        (ServiceId(0), Rejection::ServiceRequired),
        (ServiceId(99), Rejection::ServiceNotFound { service: ServiceId(99) }),
        (ServiceId(u64::MAX), Rejection::ServiceNotFound { service: ServiceId(u64::MAX) }),
        (idle, Rejection::ServiceInactive { service: idle }),
    ] {
        assert_eq!(world.refused(Credit::new(account, service, sum, "k")), refusal);
        assert_eq!(world.refused(Debit::new(account, service, sum, "k")), refusal);
        assert_eq!(world.refused(Transfer::new(account, other, service, sum, "k").narrated("own")), refusal);
    }
    world.ledger.change_service(idle, ServiceChange { active: Some(true), ..ServiceChange::default() }).unwrap();
    world.ledger.credit(Credit::new(account, idle, sum, "k")).unwrap();
}

#[test]
fn req_001_18_service_keeps_everything_it_was_defined_with() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let given = named(&shop, "CUSTOM").named("School fees").fee(Fee::Fixed(minor(5_00))).limits(minor(1), minor(9));
    let service = world.ledger.define_service(given.clone()).unwrap();
    assert_eq!((service.name.as_str(), service.version), ("School fees", 1));
    assert_eq!(service.terms, given);
    assert!(service.terms.active);
    let world = world.reopened();
    assert_eq!(world.ledger.view().unwrap().service(service.id).unwrap(), service);
}

#[test]
fn req_001_19_service_has_a_generated_code_of_its_own() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let first = world.ledger.define_service(named(&shop, "PAYOUTS").named("Payouts")).unwrap();
    let second = world.ledger.define_service(named(&shop, "PAYOUTS_2").named("Payouts")).unwrap();
    for service in [&first, &second] {
        assert_eq!(service.code.len(), 10);
        assert!(service.code.starts_with("PAY"), "{}", service.code);
    }
    assert_ne!(first.code, second.code);
    let own = world.ledger.define_service(named(&shop, "INTERNAL").coded("INT_NHQ5Y77")).unwrap();
    assert_eq!(own.code, "INT_NHQ5Y77");
    let taken = named(&shop, "ANOTHER").coded("INT_NHQ5Y77");
    assert_eq!(world.refused(taken), Rejection::CodeTaken { holder: own.id.0 });
    let view = world.ledger.view().unwrap();
    assert_eq!(view.service_coded("INT_NHQ5Y77").unwrap(), Some(own));
    assert_eq!(view.service_coded("NOTHING").unwrap(), None);
}

#[test]
fn req_001_20_product_is_unique_among_a_clients_services() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let refusal = Rejection::ServiceCodeTaken { service: shop.service.id };
    assert_eq!(world.refused(named(&shop, "CUSTOM_SERVICE")), refusal);
    // Another client may have the same product.
    let other = world.client("Other Traders");
    let service = NewService::new(other.id, shop.book.id, "CUSTOM_SERVICE");
    assert_ne!(world.ledger.define_service(service).unwrap().code, shop.service.code);
}

#[test]
fn req_001_21_service_allows_only_its_operations() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (account, other) = (world.funded(&shop, "100.00").id, world.account(&shop.client, &shop.book).id);
    assert_eq!(shop.service.terms.operations, Operations::ALL);
    let original = world.credit(&shop, account, "1.00").sequence();
    let sum = kes("1.00");
    let alone: [(&str, Operations); 4] = [
        ("CREDITS", Operations { credit: true, ..Operations::NONE }),
        ("DEBITS", Operations { debit: true, ..Operations::NONE }),
        ("TRANSFERS", Operations { transfer: true, ..Operations::NONE }),
        ("REVERSALS", Operations { reversal: true, ..Operations::NONE }),
    ];
    for (code, operations) in alone {
        let service = world.ledger.define_service(named(&shop, code).allowing(operations)).unwrap().id;
        let commands: [(bool, Command); 4] = [
            (operations.credit, Credit::new(account, service, sum, format!("{code} C")).into()),
            (operations.debit, Debit::new(account, service, sum, format!("{code} D")).into()),
            (
                operations.transfer,
                Transfer::new(account, other, service, sum, format!("{code} T")).narrated("own").into(),
            ),
            (operations.reversal, Reverse::whole(original).under(service).into()),
        ];
        for (allowed, command) in commands {
            if allowed {
                world.ledger.execute(command).unwrap();
            } else {
                let refusal = world.refused(command);
                assert!(
                    matches!(refusal, Rejection::OperationNotAllowedByService { service: named, .. } if named == service)
                );
            }
        }
    }
}

#[test]
fn req_001_22_fee_is_fixed_or_a_percentage_from_0_to_100() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let charged = |fee: Option<Fee>, sum: &str| {
        let code = format!("S_{}", world.key().replace("key-", ""));
        let service = fee.into_iter().fold(named(&shop, &code), NewService::fee);
        let service = world.ledger.define_service(service).unwrap().id;
        world.ledger.credit(Credit::new(account, service, kes(sum), code)).unwrap().charged().unwrap().text()
    };
    let percentage = |text: &str| Some(Fee::percentage(Rate::percent_text(text).unwrap()));
    assert_eq!(charged(None, "100.00"), "0.00");
    assert_eq!(charged(Some(Fee::Fixed(minor(0))), "100.00"), "0.00");
    assert_eq!(charged(Some(Fee::Fixed(minor(4_00))), "100.00"), "4.00");
    assert_eq!(charged(percentage("0"), "100.00"), "0.00");
    assert_eq!(charged(percentage("1.5"), "100.00"), "1.50");
    assert_eq!(charged(percentage("100"), "100.00"), "100.00");
    assert_eq!(Rate::percent_text("100.01"), Err(MoneyError::InvalidRate));
    assert_eq!(Rate::percent_text("-0.01"), Err(MoneyError::InvalidRate));
    // A fixed fee is in whole units of the account's currency, and never negative.
    assert!(matches!(Currency::KES.money("1.005"), Err(MoneyError::TooManyDigits { digits: 3, scale: 2 })));
    assert_eq!(kes("-1.00").amount(), Err(MoneyError::Negative));
}

#[test]
fn req_001_23_least_and_greatest_amount_are_inclusive() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (account, other) = (world.funded(&shop, "1000.00").id, world.account(&shop.client, &shop.book).id);
    let service = named(&shop, "LIMITED").limits(minor(1_00), minor(100_00));
    let service = world.ledger.define_service(service).unwrap().id;
    let below = Rejection::AmountBelowServiceMinimum { given: 99, minimum: 1_00 };
    let above = Rejection::AmountAboveServiceMaximum { given: 100_01, maximum: 100_00 };
    for (sum, refusal) in [("0.99", Some(below)), ("1.00", None), ("100.00", None), ("100.01", Some(above))] {
        let commands: [Command; 3] = [
            Credit::new(account, service, kes(sum), world.key()).into(),
            Debit::new(account, service, kes(sum), world.key()).into(),
            Transfer::new(account, other, service, kes(sum), world.key()).narrated("own").into(),
        ];
        for command in commands {
            match &refusal {
                Some(refusal) => assert_eq!(world.refused(command), *refusal),
                None => assert!(!world.ledger.execute(command).unwrap().is_replayed()),
            }
        }
    }
    let crossed = named(&shop, "CROSSED").limits(minor(2), minor(1));
    assert!(matches!(world.refused(crossed), Rejection::InvalidLimits { .. }));
    world.ledger.define_service(named(&shop, "EXACT").limits(minor(2), minor(2))).unwrap();
}

#[test]
fn req_001_24_service_is_bound_to_one_currency() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let pounds = world.book(Currency::GBP);
    let account = world.account(&shop.client, &pounds).id;
    let credit = Credit::new(account, shop.service.id, kes("1.00"), "k");
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::GBP };
    assert_eq!(world.refused(credit), mismatch);
    // Its commission must be kept in that currency too.
    let elsewhere = named(&shop, "ELSEWHERE").commission_to(account);
    assert_eq!(world.refused(elsewhere), mismatch);
    let nowhere = NewService::new(shop.client.id, BookId(9), "NOWHERE");
    assert_eq!(world.refused(nowhere), Rejection::BookNotFound { book: BookId(9) });
}

#[test]
fn req_001_25_account_and_service_belong_to_one_client() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let other = world.client("Other Traders");
    let foreign = world.account(&other, &shop.book).id;
    let refusal = Rejection::ServiceClientMismatch { service: shop.service.id, account: foreign };
    assert_eq!(world.refused(Credit::new(foreign, shop.service.id, kes("1.00"), "k")), refusal);
    assert_eq!(world.refused(Debit::new(foreign, shop.service.id, kes("1.00"), "k")), refusal);
    // A book's own account is no client's either.
    let fees = shop.book.system(pacioli::SystemAccount::FeeIncome);
    let refusal = Rejection::ServiceClientMismatch { service: shop.service.id, account: fees };
    assert_eq!(world.refused(Debit::new(fees, shop.service.id, kes("1.00"), "k")), refusal);
    let nobody = NewService::new(ClientId(99), shop.book.id, "NOBODY");
    assert_eq!(world.refused(nobody), Rejection::ClientNotFound { client: ClientId(99) });
}

#[test]
fn req_001_26_fee_and_tax_are_posted_in_the_same_entry() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let platform = world.ledger.register_client(business("The Platform")).unwrap();
    let opened =
        |account_type| world.ledger.open_account(NewAccount::new(platform.id, shop.book.id, account_type)).unwrap().id;
    let (commission, tax) = (opened(AccountType::COMMISSION_ACCOUNT), opened(AccountType::COMMISSION_TAX_ACCOUNT));
    let service = named(&shop, "SALES")
        .fee(Fee::percentage(Rate::percent_text("1.5").unwrap()))
        .taxed(Tax { rate: Rate::percent_text("16").unwrap() })
        .borne_by(FeeBearer::Payee)
        .commission_to(commission)
        .tax_to(tax);
    let service = world.ledger.define_service(service).unwrap().id;
    let account = world.account(&shop.client, &shop.book).id;
    let receipt = world.ledger.credit(Credit::new(account, service, kes("1000.00"), "sale")).unwrap();
    assert_eq!(receipt.charged().unwrap().text(), "17.40");
    assert_eq!(receipt.activities().len(), 5);
    assert!(receipt.activities().iter().all(|line| line.id.entry == receipt.sequence()));
    assert_eq!(world.shows(account), "982.60");
    assert_eq!((&*world.shows(commission), &*world.shows(tax)), ("15.00", "2.40"));
    // Without accounts of their own, fee and tax go to the book's.
    let plain =
        named(&shop, "PLAIN").fee(Fee::Fixed(minor(10_00))).taxed(Tax { rate: Rate::percent_text("16").unwrap() });
    let plain = world.ledger.define_service(plain).unwrap().id;
    world.ledger.credit(Credit::new(account, plain, kes("100.00"), "plain")).unwrap();
    assert_eq!(world.shows(shop.book.system(pacioli::SystemAccount::FeeIncome)), "10.00");
    assert_eq!(world.shows(shop.book.system(pacioli::SystemAccount::Tax)), "1.60");
}

#[test]
fn req_001_18_changed_service_is_a_new_version_and_old_entries_keep_theirs() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let before = world.credit(&shop, account, "100.00");
    let dearer = ServiceChange { tariff: Some(Tariff::Flat(Fee::Fixed(minor(1_00)))), ..ServiceChange::default() };
    let changed = world.ledger.change_service(shop.service.id, dearer).unwrap();
    assert_eq!(changed.version, 2);
    let after = world.credit(&shop, account, "100.00");
    let id = shop.service.id;
    assert_eq!(before.activity().unwrap().service, Some((id, 1)));
    assert_eq!(after.activity().unwrap().service, Some((id, 2)));
    assert_eq!((before.charged(), after.charged()), (Some(kes("0.00")), Some(kes("1.00"))));
    let view = world.ledger.view().unwrap();
    assert_eq!(view.service_version(id, 1).unwrap(), Some(shop.service.clone()));
    assert_eq!(view.service_version(id, 2).unwrap(), Some(changed));
    assert_eq!(view.service_version(id, 3).unwrap(), None);
    let unknown = ServiceId(99);
    assert_eq!(
        no(world.ledger.change_service(unknown, ServiceChange::default())),
        Rejection::ServiceNotFound { service: unknown }
    );
}
