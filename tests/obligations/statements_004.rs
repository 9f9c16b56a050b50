//! KulmiPay, "Intra-transfers" and "Statements".

use pacioli::prelude::*;
use pacioli::{LineStatus, Zone};

use crate::world::{Shop, World, at, change, kes, minor, no};

/// The default wallet with 120 000.00 and the payroll wallet with 50 000.00, as in the sample.
fn wallets(world: &World) -> (Shop, AccountId, AccountId) {
    let shop = world.shop(Currency::KES);
    let open = |account: NewAccount| world.ledger.open_account(account).unwrap().id;
    let new = || NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING);
    let (default, payroll) = (open(new()), open(new().labelled("Payroll Wallet")));
    world.credit(&shop, default, "120000.00");
    world.credit(&shop, payroll, "50000.00");
    (shop, default, payroll)
}

fn transfer(shop: &Shop, from: AccountId, to: AccountId, sum: &str, key: &str) -> Transfer {
    Transfer::new(from, to, shop.service.id, kes(sum), key).narrated("November payroll")
}

#[test]
fn req_004_01_money_moves_between_any_two_wallets_of_one_owner() {
    let world = World::new();
    let (shop, default, payroll) = wallets(&world);
    world.ledger.transfer(transfer(&shop, default, payroll, "10000.00", "a")).unwrap();
    world.ledger.transfer(transfer(&shop, payroll, default, "10000.00", "b")).unwrap();
    let third = world.account(&shop.client, &shop.book).id;
    world.ledger.transfer(transfer(&shop, payroll, third, "50000.00", "c")).unwrap();
    assert_eq!((&*world.shows(payroll), &*world.shows(third)), ("0.00", "50000.00"));
}

#[test]
fn req_004_02_both_wallets_have_one_owner_and_one_currency() {
    let world = World::new();
    let (shop, default, _) = wallets(&world);
    let stranger = world.account(&world.client("Other Traders"), &shop.book).id;
    let refusal = Rejection::NotSameOwner { source_account: default, destination: stranger };
    assert_eq!(world.refused(transfer(&shop, default, stranger, "1.00", "k")), refusal);
    let dollars = world.account(&shop.client, &world.book(Currency::USD)).id;
    let refusal = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::USD };
    assert_eq!(world.refused(transfer(&shop, default, dollars, "1.00", "k")), refusal);
    let wrong =
        Transfer { money: Currency::USD.money("1.00").unwrap(), ..transfer(&shop, default, dollars, "1.00", "k") };
    assert_eq!(world.refused(wrong), refusal);
}

#[test]
fn req_004_04_source_must_have_enough_available() {
    let world = World::new();
    let (shop, default, payroll) = wallets(&world);
    let (required, available) = (120_000_01, 120_000_00);
    let refusal = Rejection::InsufficientFunds { account: default, required, available, floor: 0 };
    assert_eq!(world.refused(transfer(&shop, default, payroll, "120000.01", "k")), refusal);
    world.ledger.transfer(transfer(&shop, default, payroll, "120000.00", "k")).unwrap();
    assert_eq!(world.shows(default), "0.00");
}

#[test]
fn req_004_06_narrative_is_required_and_stands_in_both_statements() {
    let world = World::new();
    let (shop, default, payroll) = wallets(&world);
    for narrative in [None, Some(""), Some("  ")] {
        let bare = Transfer::new(default, payroll, shop.service.id, kes("1.00"), "k");
        let bare = narrative.into_iter().fold(bare, Transfer::narrated);
        assert_eq!(world.refused(bare), Rejection::NarrativeRequired);
    }
    assert_eq!(
        world.refused(transfer(&shop, default, payroll, "0.00", "k")),
        Rejection::AmountNotPositive { given: 0 }
    );
    world.ledger.transfer(transfer(&shop, default, payroll, "10000.00", "k")).unwrap();
    for wallet in [default, payroll] {
        let statement = world.ledger.view().unwrap().statement(wallet).all().unwrap();
        assert_eq!(statement.lines[1].narrative.as_deref(), Some("November payroll"));
    }
}

#[test]
fn req_004_07_wallet_shows_label_disbursement_currency_type_and_balances() {
    let world = World::new();
    let (_, default, payroll) = wallets(&world);
    let view = world.ledger.view().unwrap();
    let first = view.account_view(default).unwrap();
    assert_eq!(first.account.label.as_deref(), Some("default"));
    assert_eq!((first.account.can_disburse, first.account.currency), (true, Currency::KES));
    assert_eq!(first.account.account_type, AccountType::WORKING);
    assert_eq!(first.balance.current.text(), "120000.00");
    assert_eq!(first.balance.available.text(), "120000.00");
    assert!(first.balance.updated_at.is_some());
    let second = view.account_view(payroll).unwrap();
    assert_eq!(second.account.label.as_deref(), Some("Payroll Wallet"));
}

#[test]
fn req_004_08_wallet_that_may_not_disburse_gives_money_to_other_wallets_only() {
    let world = World::new();
    let (shop, _, payroll) = wallets(&world);
    let kept = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).disburses(false);
    let kept = world.ledger.open_account(kept).unwrap().id;
    world.credit(&shop, kept, "10.00");
    let refusal = Rejection::DisbursementNotAllowed { account: kept };
    let service = shop.service.id;
    assert_eq!(world.refused(Debit::new(kept, service, kes("1.00"), "k")), refusal);
    assert_eq!(world.refused(Debit::new(kept, service, kes("1.00"), "k").kind(EntryKind::Payout)), refusal);
    world.ledger.transfer(transfer(&shop, kept, payroll, "1.00", "t")).unwrap();
    world.ledger.debit(Debit::new(kept, service, kes("1.00"), "d").to_account(payroll)).unwrap();
    let allowed = AccountChange { can_disburse: Some(true), ..AccountChange::default() };
    world.ledger.change_account(kept, allowed).unwrap();
    world.ledger.debit(Debit::new(kept, service, kes("1.00"), "k")).unwrap();
    assert_eq!(world.shows(kept), "7.00");
}

#[test]
fn req_004_09_receipt_shows_origin_and_destination_at_one_time() {
    let world = World::new();
    let (shop, default, payroll) = wallets(&world);
    let receipt = world.ledger.transfer(transfer(&shop, default, payroll, "10000.00", "k")).unwrap();
    let (origin, destination) = (receipt.activity().unwrap(), receipt.counter_activity().unwrap());
    assert_eq!(change(&origin), "120000.00 -> 110000.00");
    assert_eq!(change(&destination), "50000.00 -> 60000.00");
    assert_eq!(origin.recorded_at, destination.recorded_at);
    let view = world.ledger.view().unwrap();
    let updated = |account| view.balance(account).unwrap().updated_at;
    assert_eq!([updated(default), updated(payroll)], [Some(receipt.recorded_at()); 2]);
}

#[test]
fn req_004_10_statement_line_has_every_field() {
    let world = World::new();
    let (shop, default, payroll) = wallets(&world);
    world.minutes_later(5);
    let receipt = world.ledger.transfer(transfer(&shop, default, payroll, "10000.00", "k")).unwrap();
    let statement = world.ledger.view().unwrap().statement(default).all().unwrap();
    let line = statement.lines.last().unwrap();
    assert_eq!(line.id, receipt.activity().unwrap().id);
    assert_eq!((line.value.text(), line.current_balance.text()), ("-10000.00".into(), "110000.00".into()));
    assert_eq!(line.narrative.as_deref(), Some("November payroll"));
    assert_eq!((line.kind, line.status), (EntryKind::Transfer, LineStatus::Available));
    assert_eq!(line.recorded_at.to_string(), "2026-11-22T08:35:00Z");
    // The figures of the whole, and each line on the one before.
    assert_eq!((statement.opening.text(), statement.closing.text()), ("0.00".into(), "110000.00".into()));
    assert_eq!((statement.debits.text(), statement.credits.text()), ("10000.00".into(), "120000.00".into()));
    for pair in statement.lines.windows(2) {
        assert_eq!(pair[1].previous_balance, pair[0].current_balance);
    }
}

#[test]
fn req_004_11_lines_are_of_the_six_kinds_and_ours() {
    let world = World::new();
    let (shop, wallet, payroll) = wallets(&world);
    let (service, sum) = (shop.service.id, kes("10.00"));
    let fee = NewService::new(shop.client.id, shop.book.id, "FEES").fee(Fee::Fixed(minor(1_00)));
    let fee = world.ledger.define_service(fee).unwrap().id;
    let commands: Vec<(Command, &str)> = vec![
        (Credit::new(wallet, service, sum, "1").kind(EntryKind::Sale).into(), "SALE"),
        (Debit::new(wallet, service, sum, "2").kind(EntryKind::Payout).into(), "PAYOUT"),
        (Debit::new(wallet, service, sum, "3").kind(EntryKind::Charge).into(), "CHARGE"),
        (Credit::new(wallet, service, sum, "4").kind(EntryKind::Adjustment).into(), "ADJUSTMENT"),
        (Credit::new(wallet, service, sum, "5").kind(EntryKind::Deposit).into(), "DEPOSIT"),
        (Transfer::new(wallet, payroll, service, sum, "6").narrated("own").into(), "TRANSFER"),
        (Debit::new(wallet, fee, sum, "7").into(), "DEBIT"),
    ];
    for (command, kind) in commands {
        let line = world.ledger.execute(command).unwrap().activity().unwrap();
        assert_eq!(serde_json::to_value(line.kind).unwrap(), kind);
    }
    // The charge of an operation is a line of its own.
    let last = world.lines(wallet).pop().unwrap();
    assert_eq!((last.kind, last.value.text()), (EntryKind::Charge, "-1.00".into()));
    let reversed = world.ledger.reverse(Reverse::whole(last.id)).unwrap();
    assert!(reversed.activities().iter().all(|line| line.kind == EntryKind::Reversal));
    // Money in cannot be called money out, and nobody posts a reversal or an exchange by hand.
    let refusal = world.refused(Credit::new(wallet, service, sum, "k").kind(EntryKind::Payout));
    assert_eq!(refusal, Rejection::KindNotAllowed { operation: pacioli::Operation::Credit });
    let refusal = world.refused(Debit::new(wallet, service, sum, "k").kind(EntryKind::Sale));
    assert_eq!(refusal, Rejection::KindNotAllowed { operation: pacioli::Operation::Debit });
    for kind in [EntryKind::Reversal, EntryKind::Exchange] {
        let refusal = world.refused(Post::new("k").debit(wallet, sum).credit(payroll, sum).kind(kind));
        assert_eq!(refusal, Rejection::KindNotAllowed { operation: pacioli::Operation::Post });
    }
}

#[test]
fn req_004_12_status_of_a_line_follows_from_what_came_after() {
    let world = World::new();
    let (shop, wallet, _) = wallets(&world);
    let sale = world.credit(&shop, wallet, "10.00").sequence();
    let wrong = Credit::new(wallet, shop.service.id, kes("1.00"), "fix").kind(EntryKind::Adjustment);
    let wrong = world.ledger.credit(wrong).unwrap().sequence();
    let status = |entry: Sequence| {
        let line = world.lines(wallet).into_iter().find(|line| line.id.entry == entry).unwrap();
        serde_json::to_value(line.status).unwrap()
    };
    assert_eq!((status(sale), status(wrong)), ("AVAILABLE".into(), "ADJUSTMENT".into()));
    world.ledger.reverse(Reverse::part(sale, kes("4.00"), "part")).unwrap();
    assert_eq!(status(sale), "PARTIALLY-REFUNDED");
    world.ledger.reverse(Reverse::whole(sale)).unwrap();
    assert_eq!(status(sale), "REFUNDED");
    for (status, text) in
        [(LineStatus::Clearing, "CLEARING"), (LineStatus::OnHold, "ON-HOLD"), (LineStatus::Cancelled, "CANCELLED")]
    {
        assert_eq!(serde_json::to_value(status).unwrap(), text);
    }
}

/// Credits of 1.00, 2.00, … at these times.
fn credited_at(world: &World, shop: &Shop, account: AccountId, times: &[&str]) {
    for (place, time) in times.iter().enumerate() {
        world.clock.set(at(time));
        let sum = kes(&format!("{}.00", place + 1));
        let kind = if place % 2 == 0 { EntryKind::Sale } else { EntryKind::Deposit };
        world.ledger.credit(Credit::new(account, shop.service.id, sum, world.key()).kind(kind)).unwrap();
    }
}

#[test]
fn req_004_13_lines_are_filtered_by_time_and_kind() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.account(&shop.client, &shop.book).id;
    let times = ["2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z", "2026-12-03T08:00:00Z", "2026-12-04T08:00:00Z"];
    credited_at(&world, &shop, wallet, &times);
    let view = world.ledger.view().unwrap();
    let values = |page: pacioli::Page<pacioli::ActivityLine>| {
        page.items.iter().map(|line| line.value.text()).collect::<Vec<_>>()
    };
    let asked = || view.activities(wallet).oldest_first();
    // Both bounds are inclusive.
    let between = asked().recorded(at(times[1])..=at(times[2])).page().unwrap();
    assert_eq!(values(between), ["2.00", "3.00"]);
    assert_eq!(values(asked().recorded(at(times[2])..).page().unwrap()), ["3.00", "4.00"]);
    assert_eq!(values(asked().recorded(..=at(times[0])).page().unwrap()), ["1.00"]);
    assert_eq!(values(asked().kinds(&[EntryKind::Sale]).page().unwrap()), ["1.00", "3.00"]);
    let both = asked().recorded(at(times[1])..=at(times[3])).kinds(&[EntryKind::Sale]).page().unwrap();
    assert_eq!(values(both), ["3.00"]);
    let either = asked().kinds(&[EntryKind::Sale, EntryKind::Deposit]).page().unwrap();
    assert_eq!(either.items.len(), 4);
    assert!(values(asked().kinds(&[EntryKind::Payout]).page().unwrap()).is_empty());
}

#[test]
fn req_004_14_statement_of_november_has_all_of_its_last_day() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let wallet = world.account(&shop.client, &shop.book).id;
    // In Nairobi: the last second of 31 October, the first of November, the last of November, the first of December.
    let times = [
        "2027-10-31T23:59:59+03:00",
        "2027-11-01T00:00:00+03:00",
        "2027-11-30T23:59:59+03:00",
        "2027-12-01T00:00:00+03:00",
    ];
    credited_at(&world, &shop, wallet, &times);
    let view = world.ledger.view().unwrap();
    let nairobi = Zone::named("Africa/Nairobi").unwrap();
    let statement = view.statement(wallet).days("2027-11-01", "2027-11-30", &nairobi).unwrap();
    let values: Vec<String> = statement.lines.iter().map(|line| line.value.text()).collect();
    assert_eq!(values, ["2.00", "3.00"]);
    assert_eq!((statement.opening.text(), statement.closing.text()), ("1.00".into(), "6.00".into()));
    // In another zone, November is another month.
    let utc = view.statement(wallet).days("2027-11-01", "2027-11-30", &Zone::utc()).unwrap();
    let values: Vec<String> = utc.lines.iter().map(|line| line.value.text()).collect();
    assert_eq!(values, ["3.00", "4.00"]);
}

#[test]
fn req_004_15_activities_of_all_wallets_stand_in_one_order() {
    let world = World::new();
    let (shop, default, payroll) = wallets(&world);
    world.ledger.transfer(transfer(&shop, default, payroll, "10000.00", "k")).unwrap();
    let stranger = world.client("Other Traders");
    let (theirs, service) = (world.account(&stranger, &shop.book).id, world.service(&stranger, &shop.book).id);
    world.ledger.credit(Credit::new(theirs, service, kes("1.00"), "theirs")).unwrap();
    world.credit(&shop, payroll, "5.00");
    let view = world.ledger.view().unwrap();
    let asked = || view.client_activities(shop.client.id);
    let told = |page: &pacioli::Page<pacioli::ActivityLine>| {
        page.items.iter().map(|line| (line.account, line.value.text())).collect::<Vec<_>>()
    };
    let wanted: Vec<(AccountId, String)> = [
        (default, "120000.00"),
        (payroll, "50000.00"),
        (default, "-10000.00"),
        (payroll, "10000.00"),
        (payroll, "5.00"),
    ]
    .map(|(account, text)| (account, text.to_owned()))
    .to_vec();
    assert_eq!(told(&asked().oldest_first().page().unwrap()), wanted);
    let newest: Vec<_> = wanted.iter().rev().cloned().collect();
    assert_eq!(told(&asked().page().unwrap()), newest);
    // The same filters, and a cursor that new lines do not move.
    let transfers = asked().oldest_first().kinds(&[EntryKind::Transfer]).page().unwrap();
    assert_eq!(told(&transfers), wanted[2..4]);
    let (mut paged, mut cursor) = (Vec::new(), None);
    loop {
        let page = asked().limit(2).after(cursor).page().unwrap();
        paged.extend(told(&page));
        world.credit(&shop, default, "1.00");
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, newest);
    assert_eq!(no(view.client_activities(ClientId(99)).page()), Rejection::ClientNotFound { client: ClientId(99) });
}

#[test]
fn req_004_16_change_of_status_rewrites_nothing() {
    let world = World::new();
    let (shop, wallet, _) = wallets(&world);
    let sale = world.credit(&shop, wallet, "10.00");
    let before = world.ledger.view().unwrap();
    world.minutes_later(1);
    let reversal = world.ledger.reverse(Reverse::whole(sale.sequence())).unwrap();
    let after = world.ledger.view().unwrap();
    let line = |view: &View| view.activity(wallet, sale.activity().unwrap().number).unwrap().unwrap();
    let (then, now) = (line(&before), line(&after));
    assert_eq!((then.status, then.status_by), (LineStatus::Available, None));
    assert_eq!((now.status, now.status_by), (LineStatus::Refunded, Some(reversal.sequence())));
    assert_eq!(then.activity, now.activity);
    // Looking back shows it as it was.
    assert_eq!(line(&world.ledger.view_at(sale.sequence()).unwrap()).status, LineStatus::Available);
}
