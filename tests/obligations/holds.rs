//! Holds, clearing and reserves: where the documents' current and available balances part.

use pacioli::prelude::*;
use pacioli::{HoldKind, LineStatus, Operation, Stage};

use crate::world::{Shop, World, at, kes, minor, no};

/// Current and available balance, as the book shows them.
fn figures(world: &World, account: AccountId) -> (String, String) {
    let balance = world.ledger.view().unwrap().balance(account).unwrap();
    (balance.current.text(), balance.available.text())
}

fn debit(shop: &Shop, account: AccountId, sum: &str, key: &str) -> Debit {
    Debit::new(account, shop.service.id, kes(sum), key)
}

fn held(world: &World, given: impl Into<PlaceHold>) -> HoldId {
    world.ledger.hold(given).unwrap().hold().unwrap()
}

fn statuses(world: &World, account: AccountId) -> Vec<(String, LineStatus)> {
    world.lines(account).iter().map(|line| (line.value.text(), line.status)).collect()
}

fn sound(world: &World) {
    let proof = world.ledger.verify_all().unwrap();
    assert_eq!(proof.finding, None);
}

fn days(n: i64) -> i64 {
    n * 24 * 60
}

#[test]
fn req_000_08_available_leaves_out_what_is_clearing_or_held() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "900000.00").id;
    let clearing = Credit::new(wallet, shop.service.id, kes("104602.43"), "card-1").clearing(Clearing::ByCall);
    world.ledger.credit(clearing).unwrap();
    assert_eq!(figures(&world, wallet), ("1004602.43".into(), "900000.00".into()));
    held(&world, debit(&shop, wallet, "34983.55", "payout-1"));
    assert_eq!(figures(&world, wallet), ("1004602.43".into(), "865016.45".into()));
    let open = world.ledger.view().unwrap().holds(wallet).unwrap();
    let left: i128 = open.iter().map(|hold| hold.left.minor()).sum();
    assert_eq!(left, 139_585_98);
    sound(&world);
}

#[test]
fn req_004_04_what_is_held_cannot_be_spent() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (wallet, other) = (world.funded(&shop, "100.00").id, world.account(&shop.client, &shop.book).id);
    held(&world, debit(&shop, wallet, "70.00", "h"));
    let transfer = Transfer::new(wallet, other, shop.service.id, kes("30.01"), "t").narrated("too much");
    let refusal = Rejection::InsufficientFunds { account: wallet, required: 30_01, available: 30_00, floor: 0 };
    assert_eq!(world.refused(transfer), refusal);
    let refusal = Rejection::InsufficientFunds { account: wallet, required: 30_01, available: 30_00, floor: 0 };
    assert_eq!(world.refused(PlaceHold::new(debit(&shop, wallet, "30.01", "h2"))), refusal);
    world.ledger.debit(debit(&shop, wallet, "30.00", "d")).unwrap();
    assert_eq!(figures(&world, wallet), ("70.00".into(), "0.00".into()));
}

#[test]
fn req_004_05_clearing_money_counts_as_available_once_it_has_cleared() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "50.00").id;
    let due = at("2026-11-24T08:30:00Z");
    let card = Credit::new(wallet, shop.service.id, kes("100.00"), "card").clearing(Clearing::At(due));
    let receipt = world.ledger.credit(card.clone()).unwrap();
    assert_eq!(figures(&world, wallet), ("150.00".into(), "50.00".into()));
    let refusal = Rejection::InsufficientFunds { account: wallet, required: 50_01, available: 50_00, floor: 0 };
    assert_eq!(world.refused(debit(&shop, wallet, "50.01", "d")), refusal);
    // Two days later, and not a moment before, the sweep clears it; again it changes nothing.
    world.minutes_later(days(2) - 1);
    assert!(world.ledger.settle_due(at("2026-11-24T08:29:00Z"), 10).unwrap().is_empty());
    world.minutes_later(1);
    let cleared = world.ledger.settle_due(due, 10).unwrap();
    assert_eq!(cleared.len(), 1);
    assert!(world.ledger.settle_due(due, 10).unwrap().is_empty());
    assert_eq!(figures(&world, wallet), ("150.00".into(), "150.00".into()));
    let hold = world.ledger.view().unwrap().hold(receipt.sequence()).unwrap();
    assert_eq!((hold.kind, hold.state, hold.due_at), (HoldKind::Clearing, HoldState::Expired, Some(due)));
    // Giving the command again is still the first command.
    assert!(world.ledger.credit(card).unwrap().is_replayed());
    sound(&world);
}

#[test]
fn req_004_08_hold_to_outside_needs_an_account_that_may_disburse() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let reserve = NewAccount::new(shop.client.id, shop.book.id, AccountType::ROLLING_RESERVE);
    let wallet = world.ledger.open_account(reserve).unwrap().id;
    world.credit(&shop, wallet, "100.00");
    let refusal = Rejection::DisbursementNotAllowed { account: wallet };
    assert_eq!(world.refused(PlaceHold::new(debit(&shop, wallet, "1.00", "h"))), refusal);
    let other = world.account(&shop.client, &shop.book).id;
    let inside = Transfer::new(wallet, other, shop.service.id, kes("1.00"), "t").narrated("inside");
    held(&world, inside);
    assert_eq!(figures(&world, wallet), ("100.00".into(), "99.00".into()));
}

#[test]
fn req_004_11_holds_releases_and_captures_have_kinds_of_their_own() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let first = held(&world, debit(&shop, wallet, "60.00", "h1").kind(EntryKind::Payout));
    world.ledger.capture(first).unwrap();
    let second = held(&world, debit(&shop, wallet, "10.00", "h2"));
    world.ledger.release(second).unwrap();
    let kinds: Vec<_> = world.lines(wallet).iter().map(|line| (line.kind, line.operation)).collect();
    let expected = [
        (EntryKind::Credit, Operation::Credit),
        (EntryKind::Hold, Operation::Hold),
        (EntryKind::Payout, Operation::Capture),
        (EntryKind::Hold, Operation::Hold),
        (EntryKind::Release, Operation::Release),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn req_004_12_lines_are_clearing_on_hold_cancelled_and_available() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let card = |sum, key| Credit::new(wallet, shop.service.id, kes(sum), key).clearing(Clearing::ByCall);
    let kept = HoldId(world.ledger.credit(card("20.00", "card-1")).unwrap().sequence());
    let returned = HoldId(world.ledger.credit(card("30.00", "card-2")).unwrap().sequence());
    let captured = held(&world, debit(&shop, wallet, "40.00", "h1"));
    let cancelled = held(&world, debit(&shop, wallet, "5.00", "h2"));
    use LineStatus::{Available, Cancelled, OnHold};
    let line = |value: &str, status| (value.to_owned(), status);
    let begun = [
        line("100.00", Available),
        line("20.00", LineStatus::Clearing),
        line("30.00", LineStatus::Clearing),
        line("0.00", OnHold),
        line("0.00", OnHold),
    ];
    assert_eq!(statuses(&world, wallet), begun);
    let before = world.ledger.view().unwrap();
    world.ledger.release(kept).unwrap();
    world.ledger.capture(returned).unwrap();
    world.ledger.capture(captured).unwrap();
    let release = world.ledger.release(cancelled).unwrap();
    let ended = [
        line("100.00", Available),
        line("20.00", Available),
        line("30.00", Cancelled),
        line("0.00", Available),
        line("0.00", Cancelled),
        line("0.00", Available),
        line("-30.00", Available),
        line("-40.00", Available),
        line("0.00", Available),
    ];
    assert_eq!(statuses(&world, wallet), ended);
    assert_eq!(world.lines(wallet)[4].status_by, Some(release.sequence()));
    assert_eq!(figures(&world, wallet), ("80.00".into(), "80.00".into()));
    // A view that was taken before shows what was true before.
    let shown = before.activities(wallet).oldest_first().page().unwrap().items;
    let shown: Vec<_> = shown.iter().map(|line| (line.value.text(), line.status)).collect();
    assert_eq!(shown, begun);
    sound(&world);
}

#[test]
fn rule_c12_releases_and_expiry_reach_inactive_accounts_and_captures_do_not() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let until = at("2026-11-23T08:30:00Z");
    let released = held(&world, debit(&shop, wallet, "10.00", "h1"));
    let expiring = held(&world, PlaceHold::new(debit(&shop, wallet, "20.00", "h2")).until(until));
    world.ledger.change_account(wallet, AccountChange::status(AccountStatus::Inactive, "under review")).unwrap();
    assert_eq!(world.refused(Capture::whole(released)), Rejection::AccountInactive { account: wallet });
    world.ledger.release(released).unwrap();
    world.minutes_later(days(1));
    assert_eq!(world.ledger.settle_due(until, 10).unwrap().len(), 1);
    let hold = world.ledger.view().unwrap().hold(expiring).unwrap();
    assert_eq!((hold.state, hold.left.minor()), (HoldState::Expired, 0));
    assert_eq!(figures(&world, wallet), ("100.00".into(), "100.00".into()));
}

#[test]
fn rule_c24_hold_is_a_line_of_no_value_with_what_is_available_after_it() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let receipt = world.ledger.hold(debit(&shop, wallet, "40.00", "h")).unwrap();
    let line = receipt.activity().unwrap();
    assert_eq!((line.number, line.stage), (2, Stage::Held));
    assert_eq!((line.amount.text(), line.value.text()), ("40.00".into(), "0.00".into()));
    assert_eq!((line.previous_balance.text(), line.current_balance.text()), ("100.00".into(), "100.00".into()));
    assert_eq!(line.available_balance.text(), "60.00");
}

#[test]
fn hold_is_captured_in_parts_and_the_last_part_gives_back_the_rest() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let hold = held(&world, debit(&shop, wallet, "80.00", "h"));
    let first = world.ledger.capture(Capture::part(hold, kes("30.00"), "c1")).unwrap();
    assert_eq!(figures(&world, wallet), ("70.00".into(), "20.00".into()));
    assert!(world.ledger.capture(Capture::part(hold, kes("30.00"), "c1")).unwrap().is_replayed());
    let conflict = Rejection::IdempotencyConflict { original: first.sequence() };
    assert_eq!(world.refused(Capture::part(hold, kes("30.01"), "c1")), conflict);
    let exceeds = Rejection::CaptureExceedsHold { given: 50_01, remainder: 50_00 };
    assert_eq!(world.refused(Capture::part(hold, kes("50.01"), "c2")), exceeds);
    assert_eq!(
        world.refused(Capture { key: None, ..Capture::part(hold, kes("1.00"), "") }),
        Rejection::IdempotencyKeyRequired
    );
    world.ledger.capture(Capture::part(hold, kes("20.00"), "c3").last()).unwrap();
    assert_eq!(figures(&world, wallet), ("50.00".into(), "50.00".into()));
    let shown = world.ledger.view().unwrap().hold(hold).unwrap();
    assert_eq!((shown.state, shown.captured, shown.released), (HoldState::Captured, minor(50_00), minor(30_00)));
    assert!(shown.lines.is_empty());
    let closed = Rejection::HoldClosed { hold, state: HoldState::Captured };
    assert_eq!(world.refused(Capture::part(hold, kes("1.00"), "c4")), closed);
    assert_eq!(world.refused(Release::whole(hold)), closed);
    sound(&world);
}

#[test]
fn released_hold_cannot_be_captured_and_releasing_again_is_the_same_release() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let hold = held(&world, debit(&shop, wallet, "80.00", "h"));
    let before = world.ledger.view().unwrap().balance(wallet).unwrap().totals;
    world.ledger.release(hold).unwrap();
    assert!(world.ledger.release(hold).unwrap().is_replayed());
    assert_eq!(world.refused(Capture::whole(hold)), Rejection::HoldClosed { hold, state: HoldState::Released });
    // Cancelling is the exact inverse: nothing of the hold is left in the totals.
    let after = world.ledger.view().unwrap().balance(wallet).unwrap().totals;
    assert_eq!((before.debits_pending, after.debits_pending), (minor(80_00), minor(0)));
    assert_eq!((after.debits_posted, after.credits_posted), (before.debits_posted, before.credits_posted));
}

#[test]
fn hold_can_be_captured_until_its_time_and_expires_only_after_it() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let until = at("2026-11-22T09:30:00Z");
    let past = PlaceHold::new(debit(&shop, wallet, "10.00", "past")).until(at("2026-11-22T08:00:00Z"));
    assert!(matches!(world.refused(past), Rejection::DueInThePast { .. }));
    let hold = held(&world, PlaceHold::new(debit(&shop, wallet, "10.00", "h")).until(until));
    let early = pacioli::Expire { hold, at: at("2026-11-22T09:00:00Z") };
    let not_due = Rejection::HoldNotDue { hold, due_at: Some(until), at: early.at };
    assert_eq!(world.refused(early), not_due);
    let ahead = pacioli::Expire { hold, at: until };
    assert!(matches!(world.refused(ahead), Rejection::FutureEffectiveTime { .. }));
    let sweep = no(world.ledger.settle_due(until, 10));
    assert!(matches!(sweep, Rejection::FutureEffectiveTime { .. }));
    world.minutes_later(61);
    assert_eq!(world.refused(Capture::whole(hold)), Rejection::HoldExpired { hold, due_at: until });
    let receipts = world.ledger.settle_due(until, 10).unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(world.refused(Capture::whole(hold)), Rejection::HoldClosed { hold, state: HoldState::Expired });
}

/// What had been decided and was not durable yet was not found to be due, though fewer than asked for were settled: the
/// caller had given it by a ticket and had not waited.
#[test]
fn what_nobody_waited_for_is_settled_when_it_is_due() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "100.00").id;
    for round in 0..20 {
        let key = format!("held-{round}");
        let until = Timestamp(world.ledger.view().unwrap().recorded_at().0 + 1_000_000);
        drop(world.ledger.submit(PlaceHold::new(debit(&shop, account, "1.00", &key)).until(until)).unwrap());
        world.minutes_later(1);
        assert_eq!(world.ledger.settle_due(until, 10).unwrap().len(), 1, "{key}");
    }
    sound(&world);
}

#[test]
fn hold_draws_no_overdraft_unless_it_says_so() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let overdrawn = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).overdraft(Some(minor(50_00)));
    let wallet = world.ledger.open_account(overdrawn).unwrap().id;
    world.credit(&shop, wallet, "10.00");
    let hold = PlaceHold::new(debit(&shop, wallet, "60.00", "h"));
    let refusal = Rejection::InsufficientFunds { account: wallet, required: 60_00, available: 10_00, floor: 0 };
    assert_eq!(world.refused(hold.clone()), refusal);
    let id = held(&world, hold.may_overdraw());
    assert_eq!(figures(&world, wallet), ("10.00".into(), "-50.00".into()));
    world.ledger.capture(id).unwrap();
    assert_eq!(figures(&world, wallet), ("-50.00".into(), "-50.00".into()));
}

#[test]
fn hold_of_many_lines_is_settled_as_a_unit() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (a, b) = (world.funded(&shop, "100.00").id, world.funded(&shop, "50.00").id);
    let c = world.account(&shop.client, &shop.book).id;
    let post = Post::new("split").debit(a, kes("60.00")).debit(b, kes("40.00")).credit(c, kes("100.00"));
    let hold = held(&world, post);
    assert_eq!((figures(&world, a).1, figures(&world, b).1), ("40.00".into(), "10.00".into()));
    // What is to come in counts only once it is captured.
    assert_eq!(figures(&world, c), ("0.00".into(), "0.00".into()));
    assert_eq!(world.refused(Capture::part(hold, kes("10.00"), "p")), Rejection::PartialSettlement { hold });
    world.ledger.capture(hold).unwrap();
    assert_eq!((figures(&world, a).0, figures(&world, b).0), ("40.00".into(), "10.00".into()));
    assert_eq!(figures(&world, c), ("100.00".into(), "100.00".into()));
    sound(&world);
}

#[test]
fn hold_reserves_the_charge_too_and_parts_of_it_follow_the_principal() {
    let world = World::new();
    let book = world.book(Currency::KES);
    let client = world.client("Hotel");
    let fee = Fee::percentage(Rate::percent_text("3").unwrap());
    let tax = Tax { rate: Rate::percent_text("16").unwrap() };
    let service = NewService::new(client.id, book.id, "STAY").fee(fee).taxed(tax);
    let service = world.ledger.define_service(service).unwrap();
    let shop = Shop { book, client, service };
    let wallet = world.account(&shop.client, &shop.book).id;
    world
        .ledger
        .post(
            Post::new("in")
                .debit(shop.book.system(pacioli::SystemAccount::External), kes("200.00"))
                .credit(wallet, kes("200.00")),
        )
        .unwrap();
    // 100.00, a fee of 3.00, and a tax of 0.48.
    let hold = held(&world, debit(&shop, wallet, "100.00", "h"));
    assert_eq!(figures(&world, wallet), ("200.00".into(), "96.52".into()));
    // A third: 33.33, with 0.99 of the fee and 0.15 of the tax; what that rounds off comes with the rest.
    world.ledger.capture(Capture::part(hold, kes("33.33"), "c1")).unwrap();
    assert_eq!(figures(&world, wallet).0, "165.53");
    world.ledger.capture(Capture::whole(hold)).unwrap();
    assert_eq!(figures(&world, wallet), ("96.52".into(), "96.52".into()));
    let income = shop.book.system(pacioli::SystemAccount::FeeIncome);
    let tax = shop.book.system(pacioli::SystemAccount::Tax);
    assert_eq!((world.shows(income), world.shows(tax)), ("3.00".into(), "0.48".into()));
    sound(&world);
}

#[test]
fn captured_hold_is_reversed_like_any_movement_and_an_open_one_is_not() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let hold = held(&world, debit(&shop, wallet, "80.00", "h"));
    assert_eq!(world.refused(Reverse::whole(hold.0)), Rejection::NotReversible { entry: hold.0 });
    let capture = world.ledger.capture(hold).unwrap();
    world.ledger.reverse(Reverse::part(capture.sequence(), kes("30.00"), "back")).unwrap();
    assert_eq!(figures(&world, wallet), ("50.00".into(), "50.00".into()));
    world.ledger.reverse(Reverse::whole(capture.sequence())).unwrap();
    assert_eq!(figures(&world, wallet), ("100.00".into(), "100.00".into()));
    sound(&world);
}

#[test]
fn clearing_credit_is_given_back_with_its_charge() {
    let world = World::new();
    let book = world.book(Currency::KES);
    let client = world.client("Shop");
    let fee = Fee::percentage(Rate::percent_text("2.5").unwrap());
    let service = NewService::new(client.id, book.id, "CARDS").fee(fee).borne_by(FeeBearer::Payee);
    let service = world.ledger.define_service(service).unwrap();
    let shop = Shop { book, client, service };
    let wallet = world.account(&shop.client, &shop.book).id;
    let card = Credit::new(wallet, shop.service.id, kes("100.00"), "card").clearing(Clearing::ByCall);
    let credit = world.ledger.credit(card).unwrap();
    assert_eq!(figures(&world, wallet), ("97.50".into(), "0.00".into()));
    let hold = credit.hold().unwrap();
    // While it clears it is settled, not reversed.
    assert_eq!(world.refused(Reverse::whole(credit.sequence())), Rejection::HoldOpen { hold });
    assert_eq!(world.refused(Capture::part(hold, kes("10.00"), "p")), Rejection::PartialSettlement { hold });
    let back = world.ledger.capture(hold).unwrap();
    assert_eq!(figures(&world, wallet), ("0.00".into(), "0.00".into()));
    assert_eq!(world.shows(shop.book.system(pacioli::SystemAccount::FeeIncome)), "0.00");
    // It has been given back: there is nothing left to reverse.
    assert_eq!(world.refused(Reverse::whole(credit.sequence())), Rejection::AlreadyReversed { by: back.sequence() });
    sound(&world);
}

#[test]
fn cleared_credit_is_reversed_like_any_other() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.account(&shop.client, &shop.book).id;
    let card = Credit::new(wallet, shop.service.id, kes("100.00"), "card").clearing(Clearing::ByCall);
    let credit = world.ledger.credit(card).unwrap();
    let hold = credit.hold().unwrap();
    world.ledger.capture(Capture::part(hold, kes("40.00"), "chargeback")).unwrap();
    assert_eq!(figures(&world, wallet), ("60.00".into(), "0.00".into()));
    world.ledger.release(hold).unwrap();
    assert_eq!(figures(&world, wallet), ("60.00".into(), "60.00".into()));
    // What was given back while it cleared is not given back again.
    let exceeds = Rejection::ReversalExceedsRemainder { given: 60_01, remainder: 60_00 };
    assert_eq!(world.refused(Reverse::part(credit.sequence(), kes("60.01"), "r")), exceeds);
    world.ledger.reverse(Reverse::whole(credit.sequence())).unwrap();
    assert_eq!(figures(&world, wallet), ("0.00".into(), "0.00".into()));
    assert_eq!(world.lines(wallet)[0].status, LineStatus::Refunded);
    sound(&world);
}

/// A shop whose sales leave 10 % in a rolling reserve for 7 days, after a fee of 2 %.
fn reserving(world: &World, days: Option<u32>) -> (Shop, AccountId, AccountId) {
    let book = world.book(Currency::KES);
    let client = world.client("Shop");
    let open = |account_type| {
        let new = NewAccount::new(client.id, book.id, account_type);
        world.ledger.open_account(new).unwrap().id
    };
    let wallet = open(AccountType::AVAILABLE_COLLECTIONS);
    let reserve = open(if days.is_some() { AccountType::ROLLING_RESERVE } else { AccountType::ACQUIRER_RESERVE });
    let service = NewService::new(client.id, book.id, "SALES")
        .fee(Fee::percentage(Rate::percent_text("2").unwrap()))
        .borne_by(FeeBearer::Payee)
        .reserving(Rate::percent_text("10").unwrap(), days, reserve);
    let service = world.ledger.define_service(service).unwrap();
    (Shop { book, client, service }, wallet, reserve)
}

#[test]
fn req_001_10_rolling_reserve_comes_back_after_its_days() {
    let world = World::new();
    let (shop, wallet, reserve) = reserving(&world, Some(7));
    let sale = world.credit(&shop, wallet, "1000.00");
    assert_eq!(figures(&world, wallet), ("880.00".into(), "880.00".into()));
    assert_eq!(figures(&world, reserve), ("100.00".into(), "100.00".into()));
    let retained = world.ledger.view().unwrap().hold(sale.sequence()).unwrap();
    assert_eq!((retained.kind, retained.amount.text()), (HoldKind::Reserve, "100.00".into()));
    let due_at = sale.recorded_at().plus_ns(7 * 86_400_000_000_000);
    assert_eq!(retained.due_at, Some(due_at));
    world.minutes_later(days(7) + 1);
    assert!(world.ledger.settle_due(due_at.plus_ns(-1), 10).unwrap().is_empty());
    assert_eq!(world.ledger.settle_due(due_at, 10).unwrap().len(), 1);
    assert_eq!(figures(&world, wallet).0, "980.00");
    assert_eq!(figures(&world, reserve).0, "0.00");
    sound(&world);
}

#[test]
fn req_001_10_acquirer_reserve_stays_until_it_is_released_or_taken() {
    let world = World::new();
    let (shop, wallet, reserve) = reserving(&world, None);
    let first = HoldId(world.credit(&shop, wallet, "1000.00").sequence());
    let second = HoldId(world.credit(&shop, wallet, "500.00").sequence());
    world.minutes_later(days(400));
    assert!(world.ledger.settle_due(at("2027-12-01T00:00:00Z"), 10).unwrap().is_empty());
    // Part of it is released, part of it taken for a chargeback.
    world.ledger.release(Release::part(first, kes("60.00"), "r")).unwrap();
    world.ledger.capture(first).unwrap();
    assert_eq!(figures(&world, reserve).0, "50.00");
    assert_eq!(figures(&world, wallet).0, "1380.00");
    let outside = shop.book.system(pacioli::SystemAccount::External);
    assert_eq!(world.shows(outside), "1460.00");
    // Reversing the sale leaves the security where it is.
    world.ledger.reverse(Reverse::whole(second.0)).unwrap();
    assert_eq!(figures(&world, reserve).0, "50.00");
    assert_eq!(figures(&world, wallet).0, "890.00");
    sound(&world);
}

#[test]
fn reserve_is_taken_when_a_credit_has_cleared() {
    let world = World::new();
    let (shop, wallet, reserve) = reserving(&world, Some(7));
    let card = Credit::new(wallet, shop.service.id, kes("1000.00"), "card").clearing(Clearing::ByCall);
    let hold = world.ledger.credit(card).unwrap().hold().unwrap();
    assert_eq!(figures(&world, reserve).0, "0.00");
    let cleared = world.ledger.release(hold).unwrap();
    assert_eq!(figures(&world, wallet), ("880.00".into(), "880.00".into()));
    assert_eq!(figures(&world, reserve).0, "100.00");
    assert_eq!(cleared.hold(), Some(HoldId(cleared.sequence())));
    let open = world.ledger.view().unwrap().open_holds(Listing::default()).unwrap().items;
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].kind, open[0].left.text()), (HoldKind::Reserve, "100.00".into()));
    sound(&world);
}

#[test]
fn what_is_open_is_listed_in_the_order_of_time_and_in_views_that_look_back() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let until = |day: &str| at(&format!("2026-12-{day}T00:00:00Z"));
    let place = |key: &str, day: Option<&str>| {
        let hold = PlaceHold::new(debit(&shop, wallet, "1.00", key));
        held(&world, PlaceHold { until: day.map(until), ..hold })
    };
    let late = place("late", Some("09"));
    let never = place("never", None);
    let soon = place("soon", Some("02"));
    let before = world.ledger.view().unwrap();
    world.ledger.release(soon).unwrap();
    world.ledger.capture(never).unwrap();
    let after = world.ledger.view().unwrap();
    let listed = |view: &pacioli::View| {
        let (mut found, mut listing) = (Vec::new(), Listing::first(1));
        loop {
            let page = view.open_holds(listing.clone()).unwrap();
            found.extend(page.items.iter().map(|hold| hold.hold.id));
            let Some(next) = page.next else { break found };
            listing = listing.after(next);
        }
    };
    assert_eq!(listed(&before), [soon, late, never]);
    assert_eq!(listed(&after), [late]);
    let ids =
        |view: &pacioli::View| -> Vec<_> { view.holds(wallet).unwrap().iter().map(|hold| hold.hold.id).collect() };
    assert_eq!(ids(&before), [soon, never, late]);
    assert_eq!(ids(&after), [late]);
    let world = world.reopened();
    assert_eq!(listed(&world.ledger.view().unwrap()), [late]);
    sound(&world);
}

#[test]
fn account_with_something_held_cannot_close() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (wallet, other) = (world.funded(&shop, "10.00").id, world.account(&shop.client, &shop.book).id);
    let hold = held(&world, Transfer::new(wallet, other, shop.service.id, kes("10.00"), "t").narrated("later"));
    let close = || AccountChange::status(AccountStatus::Closed, "unused");
    assert_eq!(world.refused((other, close())), Rejection::AccountInUse { account: other });
    world.ledger.release(hold).unwrap();
    world.ledger.change_account(other, close()).unwrap();
}

#[test]
fn hold_that_is_not_there_or_named_wrongly_is_refused() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "10.00").id;
    let plain = world.credit(&shop, wallet, "1.00").sequence();
    for none in [HoldId(plain), HoldId(Sequence(0)), HoldId(Sequence(u64::MAX))] {
        assert_eq!(world.refused(Capture::whole(none)), Rejection::HoldNotFound { hold: none });
        assert_eq!(world.refused(Release::whole(none)), Rejection::HoldNotFound { hold: none });
        assert_eq!(no(world.ledger.view().unwrap().hold(none)), Rejection::HoldNotFound { hold: none });
    }
    let cleared = Credit::new(wallet, shop.service.id, kes("1.00"), "c").clearing(Clearing::ByCall);
    assert_eq!(world.refused(PlaceHold::new(cleared)), Rejection::HeldCreditClears);
    let hold = held(&world, debit(&shop, wallet, "1.00", "h"));
    let never = pacioli::Expire { hold, at: at("2026-11-22T08:30:00Z") };
    assert_eq!(world.refused(never), Rejection::HoldNotDue { hold, due_at: None, at: never.at });
    // The same key asks for the same hold, or for something else.
    assert!(world.ledger.hold(debit(&shop, wallet, "1.00", "h")).unwrap().is_replayed());
    let conflict = Rejection::IdempotencyConflict { original: hold.0 };
    assert_eq!(world.refused(PlaceHold::new(debit(&shop, wallet, "1.00", "h")).may_overdraw()), conflict);
    assert_eq!(world.refused(debit(&shop, wallet, "1.00", "h")), conflict);
}

#[test]
fn statement_shows_what_was_available_and_counts_what_moved() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.funded(&shop, "100.00").id;
    let hold = held(&world, debit(&shop, wallet, "40.00", "h"));
    world.ledger.capture(Capture::part(hold, kes("30.00"), "c").last()).unwrap();
    let view = world.ledger.view().unwrap();
    for statement in [view.statement(wallet).all().unwrap(), view.statement(wallet).by_effective_time().all().unwrap()]
    {
        assert_eq!((statement.debits.text(), statement.credits.text()), ("30.00".into(), "100.00".into()));
        assert_eq!((statement.opening.text(), statement.closing.text()), ("0.00".into(), "70.00".into()));
        let kinds: Vec<_> = statement.lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [EntryKind::Credit, EntryKind::Hold, EntryKind::Debit, EntryKind::Release]);
    }
    let text = view.statement(wallet).all().unwrap().to_string();
    let row = text.lines().find(|line| line.contains("HOLD")).unwrap();
    assert!(row.ends_with("100.00      60.00"), "{text}");
    let closing = text.lines().find(|line| line.contains("Closing")).unwrap();
    assert_eq!(closing.split_whitespace().collect::<Vec<_>>(), ["Closing", "balance", "30.00", "100.00", "70.00"]);
}
