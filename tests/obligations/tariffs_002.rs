//! IntaSend, "Send Money": the charges, which no single fee can express.

use pacioli::Band;
use pacioli::prelude::*;

use crate::world::{World, kes, minor};

fn send_money() -> Tariff {
    let band = |up_to, fee| Band { up_to: Some(minor(up_to)), fee: Fee::Fixed(minor(fee)) };
    Tariff::Banded(vec![band(1_000_00, 25_00), band(50_000_00, 70_00)])
}

#[test]
fn req_002_10_charges_follow_the_band_of_each_amount() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "100000.00").id;
    let service = NewService::new(shop.client.id, shop.book.id, "SEND_MONEY").tariff(send_money());
    let service = world.ledger.define_service(service).unwrap().id;
    let sent = |sums: &[&str]| -> i128 {
        let charge = |sum: &&str| {
            let receipt = world.ledger.debit(Debit::new(account, service, kes(sum), world.key())).unwrap();
            receipt.charged().unwrap().minor()
        };
        sums.iter().map(charge).sum()
    };
    assert_eq!(sent(&["10.00", "500.00"]), 50_00);
    assert_eq!(sent(&["10000.00", "10000.00"]), 140_00);
    // 510 and 50, then 20 000 and 140: the payer bears the charge on top.
    assert_eq!(world.shows(account), "79300.00");
    // Both ends of a band belong to it.
    assert_eq!(sent(&["1000.00"]), 25_00);
    assert_eq!(sent(&["1000.01"]), 70_00);
    assert_eq!(sent(&["50000.00"]), 70_00);
    let beyond = Debit::new(account, service, kes("50000.01"), "beyond");
    assert_eq!(world.refused(beyond), Rejection::AmountBeyondTariff { given: 50_000_01 });
}

#[test]
fn req_002_10_percentage_with_a_floor_and_a_cap_is_a_tariff_too() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "100000.00").id;
    let rate = Rate::percent_text("0.7").unwrap();
    let fee = Fee::percentage(rate).at_least(minor(25_00)).at_most(minor(140_00));
    let service = NewService::new(shop.client.id, shop.book.id, "SEND_MONEY").fee(fee);
    let service = world.ledger.define_service(service).unwrap().id;
    for (sum, charge) in [("10.00", "25.00"), ("500.00", "25.00"), ("10000.00", "70.00"), ("50000.00", "140.00")] {
        let receipt = world.ledger.debit(Debit::new(account, service, kes(sum), world.key())).unwrap();
        assert_eq!(receipt.charged().unwrap().text(), charge, "on {sum}");
    }
}

#[test]
fn req_002_10_bands_must_ascend() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let band = |up_to: Option<i128>| Band { up_to: up_to.map(minor), fee: Fee::Fixed(minor(1)) };
    for bands in [
        vec![],
        vec![band(Some(0))],
        vec![band(Some(10)), band(Some(10))],
        vec![band(Some(10)), band(Some(9))],
        vec![band(None), band(Some(10))],
        vec![band(None), band(None)],
    ] {
        let service = NewService::new(shop.client.id, shop.book.id, "SEND_MONEY").tariff(Tariff::Banded(bands.clone()));
        assert!(matches!(world.refused(service), Rejection::InvalidFeeDefinition { .. }), "{bands:?}");
    }
    for bands in [vec![band(None)], vec![band(Some(1))], vec![band(Some(1)), band(None)]] {
        let code = format!("SEND_MONEY_{}", world.key().replace("key-", ""));
        let service = NewService::new(shop.client.id, shop.book.id, code).tariff(Tariff::Banded(bands));
        world.ledger.define_service(service).unwrap();
    }
}
