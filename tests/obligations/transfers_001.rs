//! Lipad, "Wallet as a Service": transfers between accounts.

use pacioli::prelude::*;
use pacioli::{Operation, Side, TransactionSource};

use crate::world::{Shop, World, at, change, kes, kes4, no};

/// The sample: 10.0000 from an account with 2985.0000 to an empty one.
fn sample(world: &World) -> (Shop, AccountId, AccountId, Receipt) {
    let shop = world.shop(kes4());
    let (source, destination) = (world.funded(&shop, "2985").id, world.account(&shop.client, &shop.book).id);
    let transfer = Transfer::new(source, destination, shop.service.id, shop.book.money("10").unwrap(), "12325524449");
    let receipt = world.ledger.transfer(transfer.narrated("Test transfer")).unwrap();
    (shop, source, destination, receipt)
}

#[test]
fn req_001_40_request_names_both_accounts_service_sum_key_and_date() {
    let world = World::new();
    let (shop, source, destination, _) = sample(&world);
    let mut data = Metadata::new();
    data.insert("rent".to_owned(), "May".to_owned());
    let transfer = Transfer::new(source, destination, shop.service.id, shop.book.money("1").unwrap(), "rent")
        .narrated("Rent for May")
        .with(data.clone())
        .effective(at("2026-05-01T00:00:00Z"));
    let line = world.ledger.transfer(transfer).unwrap().activity().unwrap();
    assert_eq!((line.source, line.operation), (TransactionSource::Internal, Operation::Transfer));
    assert_eq!((line.metadata, line.effective_at), (data, at("2026-05-01T00:00:00Z")));
    assert_eq!((line.key.as_deref(), line.service), (Some("rent"), Some((shop.service.id, 1))));
    let keyless = Transfer::new(source, destination, shop.service.id, shop.book.money("1").unwrap(), "");
    assert_eq!(world.refused(keyless.narrated("own")), Rejection::IdempotencyKeyRequired);
}

#[test]
fn req_001_41_transfer_answers_with_two_linked_lines() {
    let world = World::new();
    let (_, source, destination, receipt) = sample(&world);
    let (from, to) = (receipt.activity().unwrap(), receipt.counter_activity().unwrap());
    assert_eq!((from.side, change(&from)), (Side::Debit, "2985.0000 -> 2975.0000".to_owned()));
    assert_eq!((to.side, change(&to)), (Side::Credit, "0.0000 -> 10.0000".to_owned()));
    assert_eq!((from.other_account, to.other_account), (Some(destination), Some(source)));
    assert_eq!((from.other_posting, to.other_posting), (Some(to.id), Some(from.id)));
    assert_ne!(from.id, to.id);
}

#[test]
fn req_001_42_each_line_has_a_reference_made_of_the_key() {
    let world = World::new();
    let (_, _, _, receipt) = sample(&world);
    let references =
        |receipt: &Receipt| receipt.activities().iter().map(|line| line.leg_reference().unwrap()).collect::<Vec<_>>();
    assert_eq!(references(&receipt), ["IFT112325524449", "IFT212325524449"]);
    assert_eq!(receipt.activity().unwrap().key.as_deref(), Some("12325524449"));
    let reversed = world.ledger.reverse(Reverse::whole(receipt.sequence()).keyed("undo")).unwrap();
    assert_eq!(references(&reversed), ["RVS1undo", "RVS2undo"]);
}

#[test]
fn req_001_42_lines_are_found_by_their_reference() {
    let world = World::new();
    let (shop, _, _, receipt) = sample(&world);
    let world = world.reopened();
    let view = world.ledger.view().unwrap();
    let client = Some(shop.client.id);
    for (reference, place) in [("IFT112325524449", 0), ("IFT212325524449", 1)] {
        let found = view.entry_by_leg_reference(client, reference).unwrap();
        assert_eq!(found, Some((receipt.entry().clone(), place)));
    }
    for unknown in ["IFT312325524449", "RVS112325524449", "IFT1", "12325524449", ""] {
        assert_eq!(view.entry_by_leg_reference(client, unknown).unwrap(), None, "{unknown}");
    }
    let found = view.entry_keyed(client, "12325524449").unwrap().unwrap();
    assert_eq!(&found, receipt.entry());
    assert_eq!(view.entry_keyed(Some(shop.client.id), "unheard of").unwrap(), None);
    assert_eq!(view.entry_keyed(None, "12325524449").unwrap(), None);
}

#[test]
fn req_001_43_both_lines_are_committed_at_one_time() {
    let world = World::new();
    let (_, source, destination, receipt) = sample(&world);
    let times: Vec<Timestamp> = receipt.activities().iter().map(|line| line.recorded_at).collect();
    assert_eq!(times, [receipt.recorded_at(); 2]);
    let world = world.reopened();
    assert_eq!((&*world.shows(source), &*world.shows(destination)), ("2975.0000", "10.0000"));
}

#[test]
fn req_001_44_both_accounts_keep_one_currency() {
    let world = World::new();
    let (shop, source, _, _) = sample(&world);
    let pounds = world.book(Currency::GBP);
    let foreign = world.account(&shop.client, &pounds).id;
    let sum = shop.book.money("1").unwrap();
    let mismatch = Rejection::CurrencyMismatch { expected: kes4(), given: Currency::GBP };
    let out = Transfer::new(source, foreign, shop.service.id, sum, "k").narrated("own");
    assert_eq!(world.refused(out), mismatch);
    let back = Transfer::new(foreign, source, shop.service.id, sum, "k").narrated("own");
    assert_eq!(world.refused(back), mismatch);
}

#[test]
fn req_001_45_transfer_needs_a_service_that_is_valid_for_both_accounts() {
    let world = World::new();
    let (shop, source, destination, _) = sample(&world);
    let sum = shop.book.money("1").unwrap();
    let transfer = |from, to, service| Transfer::new(from, to, service, sum, "k").narrated("gift");
    assert_eq!(world.refused(transfer(source, destination, ServiceId(0))), Rejection::ServiceRequired);

    let other = world.client("Other Traders");
    let foreign = world.account(&other, &shop.book).id;
    let refusal = Rejection::NotSameOwner { source_account: source, destination: foreign };
    assert_eq!(world.refused(transfer(source, foreign, shop.service.id)), refusal);
    let crossing = NewService::new(shop.client.id, shop.book.id, "GIFTS").across_clients();
    let crossing = world.ledger.define_service(crossing).unwrap().id;
    world.ledger.transfer(transfer(source, foreign, crossing)).unwrap();
    // It lets the owner give, and nobody take.
    let taking = Transfer::new(foreign, source, crossing, sum, "taking").narrated("theft");
    assert_eq!(world.refused(taking), Rejection::ServiceClientMismatch { service: crossing, account: foreign });
}

#[test]
fn req_001_30_transfer_is_carried_out_once_under_its_key() {
    let world = World::new();
    let (shop, source, destination, first) = sample(&world);
    let again = |sum: &str| {
        let sum = shop.book.money(sum).unwrap();
        Transfer::new(source, destination, shop.service.id, sum, "12325524449").narrated("Test transfer")
    };
    let replay = world.ledger.transfer(again("10")).unwrap();
    assert!(replay.is_replayed());
    assert_eq!(replay.activities(), first.activities());
    let conflict = Rejection::IdempotencyConflict { original: first.sequence() };
    assert_eq!(no(world.ledger.transfer(again("11"))), conflict);
    let swapped = Transfer { source: destination, destination: source, ..again("10") };
    assert_eq!(no(world.ledger.transfer(swapped)), conflict);
    // KES with two decimals names the same sum.
    let coarse = Transfer { money: kes("10.00"), ..again("10") };
    assert!(world.ledger.transfer(coarse).unwrap().is_replayed());
    assert_eq!(world.shows(source), "2975.0000");
}
