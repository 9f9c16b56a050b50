//! Lipad, "Wallet as a Service": reversals.

use pacioli::prelude::*;
use pacioli::{LineStatus, Operation, Side, SystemAccount, TransactionSource};

use crate::world::{Shop, World, change, kes, kes4};

/// The sample: account 10000110 with 96 and 997 from a prefunded pool, account 10000002 there, which is left with 9195.
struct Sample {
    shop: Shop,
    pool: AccountId,
    account: AccountId,
    /// The service that both credits ran under.
    service: ServiceId,
    /// The credit of 997.
    credit: Receipt,
}

fn sample(world: &World) -> Sample {
    let shop = world.shop(kes4());
    let (pool, account) = (world.funded(&shop, "10288").id, world.account(&shop.client, &shop.book).id);
    let service = NewService::new(shop.client.id, shop.book.id, "COLLECTIONS").pooled_in(pool);
    let service = world.ledger.define_service(service).unwrap().id;
    let credited = |sum: &str| {
        let money = shop.book.money(sum).unwrap();
        world.ledger.credit(Credit::new(account, service, money, world.key())).unwrap()
    };
    credited("96");
    let credit = credited("997");
    Sample { shop, pool, account, service, credit }
}

#[test]
fn req_001_46_reversal_is_a_new_entry_linked_with_the_untouched_original() {
    let world = World::new();
    let Sample { credit, account, .. } = sample(&world);
    let reversal = world.ledger.reverse(Reverse::whole(credit.sequence()).narrated("Sent in error")).unwrap();
    assert!(reversal.sequence() > credit.sequence());
    let line = reversal.activity().unwrap();
    assert_eq!((line.reverses, line.operation), (Some(credit.sequence()), Operation::Reverse));
    assert_eq!(line.kind, EntryKind::Reversal);

    let world = world.reopened();
    let view = world.ledger.view().unwrap();
    assert_eq!(&view.entry(credit.sequence()).unwrap(), credit.entry());
    // From the original, the way leads to its reversal.
    assert_eq!(view.reversals(credit.sequence()).unwrap(), [reversal.sequence()]);
    let original = world.lines(account).into_iter().find(|line| line.id.entry == credit.sequence()).unwrap();
    assert_eq!((original.status, original.status_by), (LineStatus::Refunded, Some(reversal.sequence())));
}

#[test]
fn req_001_47_reversal_of_a_credit_is_its_exact_inverse() {
    let world = World::new();
    let Sample { shop, pool, account, credit, .. } = sample(&world);
    assert_eq!((&*world.shows(account), &*world.shows(pool)), ("1093.0000", "9195.0000"));
    let operations = Operations { reversal: true, ..Operations::NONE };
    let service = NewService::new(shop.client.id, shop.book.id, "REVERSALS").coded("REVN6D91E4").allowing(operations);
    let service = world.ledger.define_service(service).unwrap();
    let reversal = world.ledger.reverse(Reverse::whole(credit.sequence()).under(service.id)).unwrap();
    let (own, other) = (reversal.activity().unwrap(), reversal.counter_activity().unwrap());
    assert_eq!((own.account, own.side, own.amount.text()), (account, Side::Debit, "997.0000".into()));
    assert_eq!(change(&own), "1093.0000 -> 96.0000");
    assert_eq!((other.account, other.side, other.amount.text()), (pool, Side::Credit, "997.0000".into()));
    assert_eq!(change(&other), "9195.0000 -> 10192.0000");
    assert_eq!((own.source, own.service), (TransactionSource::Internal, Some((service.id, 1))));
}

#[test]
fn req_001_47_reversal_gives_back_fee_and_tax_too() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let service = NewService::new(shop.client.id, shop.book.id, "SALES")
        .fee(Fee::percentage(Rate::percent_text("1.5").unwrap()))
        .taxed(Tax { rate: Rate::percent_text("16").unwrap() });
    let service = world.ledger.define_service(service).unwrap().id;
    let account = world.account(&shop.client, &shop.book).id;
    let untouched = world.state().1.len();
    let credit = world.ledger.credit(Credit::new(account, service, kes("1000.00"), "sale")).unwrap();
    assert_eq!(world.shows(account), "982.60");
    let reversal = world.ledger.reverse(Reverse::whole(credit.sequence())).unwrap();
    assert_eq!(reversal.activities().len(), 5);
    for id in (1..=untouched).map(|id| AccountId(id as u64)) {
        assert_eq!(world.current(id), 0, "account {id}");
    }
}

#[test]
fn req_001_48_part_of_an_entry_can_be_reversed_up_to_what_is_left() {
    let world = World::new();
    let Sample { shop, account, credit, .. } = sample(&world);
    let money = |text: &str| shop.book.money(text).unwrap();
    let part = |sum: &str, key: &str| Reverse::part(credit.sequence(), money(sum), key);
    world.ledger.reverse(part("900", "part-1")).unwrap();
    assert_eq!(world.shows(account), "193.0000");
    let refusal = Rejection::ReversalExceedsRemainder { given: 97_0001, remainder: 97_0000 };
    assert_eq!(world.refused(part("97.0001", "part-2")), refusal);
    world.ledger.reverse(part("96.5", "part-2")).unwrap();
    // The rest, whatever it is.
    let last = world.ledger.reverse(Reverse::whole(credit.sequence())).unwrap();
    assert_eq!(last.activity().unwrap().amount.text(), "0.5000");
    assert_eq!(world.shows(account), "96.0000");
    let by = last.sequence();
    assert_eq!(world.refused(part("0.0001", "part-3")), Rejection::AlreadyReversed { by });
}

#[test]
fn req_001_49_what_cannot_be_reversed_is_refused_by_name() {
    let world = World::new();
    let Sample { shop, account, credit, service, .. } = sample(&world);
    for unknown in [Sequence(0), Sequence(credit.sequence().0 + 1), Sequence(u64::MAX)] {
        assert_eq!(world.refused(Reverse::whole(unknown)), Rejection::EntryNotFound { entry: unknown });
    }
    let opened = world.ledger.view().unwrap().account(account).unwrap().opened_in;
    assert_eq!(world.refused(Reverse::whole(opened)), Rejection::NotReversible { entry: opened });

    let spent = Debit::new(account, service, shop.book.money("1000").unwrap(), "spent");
    let spent = world.ledger.debit(spent).unwrap();
    let (required, available) = (997_0000, 93_0000);
    let refusal = Rejection::InsufficientFunds { account, required, available, floor: 0 };
    assert_eq!(world.refused(Reverse::whole(credit.sequence())), refusal);
    // By privilege, the account goes below its floor, and the entry says so.
    let forced = world.ledger.reverse(Reverse::whole(credit.sequence()).forced()).unwrap();
    assert!(forced.entry().posted().unwrap().forced);
    assert_eq!(world.shows(account), "-904.0000");

    let by = forced.sequence();
    let again = Reverse::whole(credit.sequence()).keyed("again");
    assert_eq!(world.refused(again), Rejection::AlreadyReversed { by });
    assert_eq!(world.refused(Reverse::whole(by)), Rejection::CannotReverseReversal { entry: by });
    world.ledger.reverse(Reverse::whole(spent.sequence())).unwrap();
}

#[test]
fn req_001_50_reversing_one_line_of_a_transfer_reverses_the_pair() {
    let world = World::new();
    let shop = world.shop(kes4());
    let (from, to) = (world.funded(&shop, "2985").id, world.account(&shop.client, &shop.book).id);
    for leg in [0, 1] {
        let transfer = Transfer::new(from, to, shop.service.id, shop.book.money("10").unwrap(), world.key());
        let receipt = world.ledger.transfer(transfer.narrated("Test transfer")).unwrap();
        assert_eq!((&*world.shows(from), &*world.shows(to)), ("2975.0000", "10.0000"));
        let line: PostingId = receipt.activities()[leg].id;
        let reversal = world.ledger.reverse(line).unwrap();
        assert_eq!(reversal.activities().len(), 2);
        assert_eq!((&*world.shows(from), &*world.shows(to)), ("2985.0000", "0.0000"));
    }
}

#[test]
fn req_001_51_reversing_twice_is_reversing_once() {
    let world = World::new();
    let Sample { account, pool, credit, .. } = sample(&world);
    let first = world.ledger.reverse(Reverse::whole(credit.sequence())).unwrap();
    assert_eq!(first.entry().key.as_deref(), Some(&*format!("RVS{}", credit.sequence())));
    let state = world.state();
    let second = world.ledger.reverse(Reverse::whole(credit.sequence())).unwrap();
    assert!(second.is_replayed());
    assert_eq!((second.entry(), world.state()), (first.entry(), state));
    let world = world.reopened();
    assert!(world.ledger.reverse(credit.activity().unwrap().id).unwrap().is_replayed());
    assert_eq!((&*world.shows(account), &*world.shows(pool)), ("96.0000", "10192.0000"));
}

#[test]
fn req_001_51_reversing_a_part_twice_is_reversing_it_once() {
    let world = World::new();
    let Sample { shop, account, credit, .. } = sample(&world);
    let part = || Reverse::part(credit.sequence(), shop.book.money("97").unwrap(), "refund-1");
    world.ledger.reverse(part()).unwrap();
    assert!(world.ledger.reverse(part()).unwrap().is_replayed());
    assert_eq!(world.shows(account), "996.0000");
    let keyless = Reverse { key: None, ..part() };
    assert_eq!(world.refused(keyless), Rejection::IdempotencyKeyRequired);
}

#[test]
fn req_001_47_reversal_of_a_debit_and_of_a_posting_of_many_lines() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (first, second) = (world.funded(&shop, "100.00").id, world.funded(&shop, "100.00").id);
    let outside = shop.book.system(SystemAccount::External);
    let debit = world.ledger.debit(Debit::new(first, shop.service.id, kes("30.00"), "d")).unwrap();
    let split =
        Post::new("split").debit(first, kes("50.00")).credit(second, kes("20.00")).credit(outside, kes("30.00"));
    let split = world.ledger.post(split).unwrap();
    assert_eq!((&*world.shows(first), &*world.shows(second)), ("20.00", "120.00"));
    let part = Reverse::part(split.sequence(), kes("1.00"), "part");
    assert_eq!(world.refused(part), Rejection::PartialReversalOfPost { entry: split.sequence() });
    for original in [&split, &debit] {
        let reversal = world.ledger.reverse(Reverse::whole(original.sequence())).unwrap();
        let sides = |receipt: &Receipt| receipt.entry().postings.len();
        assert_eq!(sides(&reversal), sides(original));
    }
    assert_eq!((&*world.shows(first), &*world.shows(second)), ("100.00", "100.00"));
    assert_eq!(world.shows(outside), "200.00");
}

/// An entry that was asked for before it was there stayed unknown to the writer for as long as the ledger was open.
#[test]
fn entry_can_be_reversed_although_it_was_asked_for_too_early() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    let next = Sequence(world.state().0.0 + 1);
    assert_eq!(world.refused(Reverse::whole(next)), Rejection::EntryNotFound { entry: next });
    let credit = world.credit(&shop, account, "5.00");
    assert_eq!(credit.sequence(), next);
    world.ledger.reverse(Reverse::whole(next)).unwrap();
    assert_eq!(world.shows(account), "0.00");
}

/// An entry that a transaction had made, read and taken back was kept in mind, and the entry that came in its place was
/// reversed as if it were the first.
#[test]
fn entry_in_the_place_of_one_taken_back_is_reversed_as_it_is() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (first, second) = (world.account(&shop.client, &shop.book).id, world.account(&shop.client, &shop.book).id);
    let credit = |account, sum: &str| Credit::new(account, shop.service.id, kes(sum), world.key());
    let supposed = world.ledger.simulate(|ledger| {
        let supposed = ledger.execute(credit(first, "10.00"))?.sequence();
        ledger.execute(Reverse::part(supposed, kes("1.00"), "supposed"))?;
        Ok::<_, Error>(supposed)
    });
    let real = world.ledger.credit(credit(second, "5.00")).unwrap();
    assert_eq!(real.sequence(), supposed.unwrap());
    let reversal = world.ledger.reverse(Reverse::whole(real.sequence())).unwrap();
    assert_eq!(reversal.activity().unwrap().account, second);
    assert_eq!((&*world.shows(first), &*world.shows(second)), ("0.00", "0.00"));
}
