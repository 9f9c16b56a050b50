//! Figures that lie exactly on a bound: the last that is allowed, and the first that is not.

use pacioli::prelude::*;
use pacioli::*;

use crate::world::{World, kes, minor};

fn facts(bytes: usize) -> Metadata {
    [("fact".to_owned(), "x".repeat(bytes - 4))].into()
}

#[test]
fn facts_fill_their_bound_and_no_more() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let most = Limits::METADATA_BYTES;
    let new = |bytes| NewAccount {
        metadata: facts(bytes),
        ..NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING)
    };
    let too_long = |given| Rejection::TextTooLong { field: "metadata", limit: most, given };
    assert_eq!(world.refused(new(most + 1)), too_long(most + 1));
    let account = world.ledger.open_account(new(most)).unwrap().id;
    let change = |bytes: usize| AccountChange::default().with("fact", "y".repeat(bytes - 4));
    assert_eq!(world.refused((account, change(most + 1))), too_long(most + 1));
    let changed = world.ledger.change_account(account, change(most)).unwrap();
    assert_eq!(changed.metadata["fact"].len(), most - 4);
    // What is there counts with what is added.
    assert_eq!(world.refused((account, AccountChange::default().with("k", ""))), too_long(most + 1));
}

#[test]
fn bands_ascend_and_a_fees_floor_may_be_its_cap() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let new = |code: &str| NewService::new(shop.client.id, shop.book.id, code);
    let percent = || Fee::percentage(Rate::percent_text("1").unwrap());
    let fee = |floor, cap| percent().at_least(minor(floor)).at_most(minor(cap));
    world.ledger.define_service(new("SAME").fee(fee(5, 5))).unwrap();
    let refused = |service: NewService| {
        assert!(matches!(world.refused(service), Rejection::InvalidFeeDefinition { .. }));
    };
    refused(new("ABOVE").fee(fee(6, 5)));
    world.ledger.define_service(new("FLAT").fee(percent().plus(minor(5)).at_most(minor(5)))).unwrap();
    refused(new("FLAT_ABOVE").fee(percent().plus(minor(6)).at_most(minor(5))));
    let banded = |ends: &[i128]| {
        let bands = ends.iter().map(|end| Band { up_to: Some(minor(*end)), fee: Fee::Fixed(minor(1)) });
        new("BANDED").tariff(Tariff::Banded(bands.collect()))
    };
    for ends in [&[0, 5][..], &[5, 5, 9], &[5, 4, 9], &[5, 5], &[5, 4]] {
        refused(banded(ends));
    }
    world.ledger.define_service(banded(&[1, 2, 3])).unwrap();
}

#[test]
fn a_charge_may_take_all_of_what_comes_in_and_no_more() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let fee = NewService::new(shop.client.id, shop.book.id, "DEAR").fee(Fee::Fixed(minor(5_00)));
    let fee = world.ledger.define_service(fee.borne_by(FeeBearer::Payee)).unwrap().id;
    let account = world.account(&shop.client, &shop.book).id;
    let credit = |sum: &str, key: &str| Credit::new(account, fee, kes(sum), key);
    let exceeds = Rejection::ChargeExceedsAmount { charge: 5_00, amount: 4_99 };
    assert_eq!(world.refused(credit("4.99", "less")), exceeds);
    world.ledger.credit(credit("5.00", "all")).unwrap();
    assert_eq!(world.current(account), 0);
}

#[test]
fn codes_names_and_scales_end_where_they_say() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let typed = |length| NewAccount::new(shop.client.id, shop.book.id, AccountType::new("T".repeat(length)));
    let unknown = world.refused(typed(Limits::NAME_BYTES));
    assert!(matches!(unknown, Rejection::AccountTypeUnknown { .. }), "{unknown}");
    let malformed = Rejection::MalformedCode { field: "account type" };
    assert_eq!(world.refused(typed(Limits::NAME_BYTES + 1)), malformed);
    let shown = |scale| NewBook::live(format!("shown.with.{scale}"), Currency::KES).shown_with(scale);
    for scale in [19, 20, u8::MAX] {
        assert_eq!(world.refused(shown(scale)), Rejection::InvalidTextScale { given: scale, limit: 18 });
    }
    world.ledger.open_book(shown(18)).unwrap();
}

#[test]
fn quotas_of_one_client_are_kept_for_so_many_books() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let books: Vec<BookId> = (0..=Limits::QUOTAS)
        .map(|number| world.ledger.open_book(NewBook::live(format!("book.{number}"), Currency::KES)).unwrap().id)
        .collect();
    let (last, others) = books.split_last().unwrap();
    let quota = |book: BookId, most| SetQuota::new(shop.client.id, book, most);
    for book in others {
        world.ledger.set_quota(quota(*book, 1)).unwrap();
    }
    let (limit, given) = (Limits::QUOTAS, Limits::QUOTAS + 1);
    assert_eq!(world.refused(quota(*last, 1)), Rejection::TooMany { field: "quotas", limit, given });
    // One that is there is changed, or makes room.
    world.ledger.set_quota(quota(others[0], 2)).unwrap();
    world.ledger.set_quota(SetQuota::lifted(shop.client.id, others[0])).unwrap();
    world.ledger.set_quota(quota(*last, 1)).unwrap();
}

#[test]
fn the_floor_is_kept_by_the_last_line_of_an_account() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (one, other) = (world.funded(&shop, "10.00").id, world.funded(&shop, "10.00").id);
    let outside = shop.book.system(SystemAccount::External);
    // On the way the account is 5.00 below zero.
    let post = Post::new("p").debit(one, kes("15.00")).credit(one, kes("5.00"));
    world.ledger.post(post.credit(other, kes("10.00"))).unwrap();
    assert_eq!((world.current(one), world.current(other)), (0, 20_00));
    let post = Post::new("q").credit(other, kes("5.00")).debit(other, kes("25.01"));
    let refused = world.refused(post.credit(outside, kes("20.01")));
    assert!(matches!(refused, Rejection::InsufficientFunds { .. }), "{refused}");
}

#[test]
fn what_is_more_than_the_greatest_amount_in_all_is_reversed_whole() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let [one, other] = [(); 2].map(|()| world.account(&shop.client, &shop.book).id);
    let (outside, suspense) = (SystemAccount::External, SystemAccount::Suspense);
    let most = Currency::KES.amount(Amount::MAX);
    let post = Post::new("p").debit(shop.book.system(outside), most).debit(shop.book.system(suspense), most);
    let receipt = world.ledger.post(post.credit(one, most).credit(other, most).forced()).unwrap();
    world.ledger.reverse(Reverse::whole(receipt.sequence())).unwrap();
    assert_eq!((world.current(one), world.current(other)), (0, 0));
}

#[test]
fn records_keep_no_key_of_the_request_that_made_them() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = NewService::new(shop.client.id, shop.book.id, "KEYED").keyed("a");
    assert_eq!(world.ledger.define_service(service).unwrap().terms.key, None);
    world.ledger.define_flows(Flows::of(shop.book.id).keyed("b")).unwrap();
    assert_eq!(world.ledger.view().unwrap().flows(shop.book.id).unwrap().unwrap().key, None);
}

#[test]
fn a_change_changes_what_it_names() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let change = AccountChange { name: Some("Till 4".to_owned()), ..AccountChange::default() };
    assert_eq!(world.ledger.change_account(account, change).unwrap().name, "Till 4");
    let change = ClientChange { name: Some("Mama Njeri".to_owned()), ..ClientChange::default() };
    assert_eq!(world.ledger.change_client(shop.client.id, change).unwrap().name, "Mama Njeri");
    let operations = Operations { debit: false, ..shop.service.terms.operations };
    let change = ServiceChange {
        name: Some("Sales".to_owned()),
        operations: Some(operations),
        limits: Some((Some(minor(2)), Some(minor(7)))),
        ..ServiceChange::default()
    };
    let changed = world.ledger.change_service(shop.service.id, change).unwrap();
    assert_eq!((changed.name.as_str(), changed.terms.operations), ("Sales", operations));
    assert_eq!((changed.terms.minimum, changed.terms.maximum), (Some(minor(2)), Some(minor(7))));
}
