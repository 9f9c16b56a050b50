//! Exchange between books: KulmiPay's "use forex exchange", and what it leaves in the trial balances.

use pacioli::prelude::*;
use pacioli::{
    Account, BalanceAt, Book, Capture, Client, ExchangedSide, Mode, Operation, PlaceHold, PostingId, Role, Service,
    Side, SystemAccount, TransactionSource,
};

use crate::world::{World, at, business, kes, minor, no};

fn usd(text: &str) -> Money {
    Currency::USD.money(text).unwrap()
}

fn rate(text: &str) -> ExchangeRate {
    text.parse().unwrap()
}

/// A traveller with dollars and shillings, and a forex service for each way.
struct Traveller {
    client: Client,
    usd: Book,
    kes: Book,
    dollars: Account,
    shillings: Account,
    /// Under which dollars are sold.
    selling: Service,
    /// Under which shillings are sold.
    buying: Service,
}

fn traveller(world: &World) -> Traveller {
    let (usd, kes) = (world.book(Currency::USD), world.book(Currency::KES));
    let client = world.client("Kulmi Travel");
    let service =
        |book: &Book, code: &str| world.ledger.define_service(NewService::new(client.id, book.id, code)).unwrap();
    let (selling, buying) = (service(&usd, "SELL_USD"), service(&kes, "BUY_USD"));
    let (dollars, shillings) = (world.account(&client, &usd), world.account(&client, &kes));
    for (account, service, book) in [(&dollars, &selling, &usd), (&shillings, &buying, &kes)] {
        let opening = Credit::new(account.id, service.id, book.money("20000.00").unwrap(), world.key());
        world.ledger.credit(opening).unwrap();
    }
    Traveller { client, usd, kes, dollars, shillings, selling, buying }
}

impl Traveller {
    fn sells(&self, sum: &str, key: &str) -> Exchange {
        Exchange::sell(self.dollars.id, self.shillings.id, self.selling.id, usd(sum), key)
    }

    fn buys(&self, sum: &str, key: &str) -> Exchange {
        Exchange::buy(self.shillings.id, self.dollars.id, self.buying.id, usd(sum), key)
    }

    /// What both wallets hold, and what stands in both FX positions, as debits less credits.
    fn figures(&self, world: &World) -> [String; 4] {
        let position = |book: &Book| book.system(SystemAccount::FxPosition);
        [self.dollars.id, self.shillings.id, position(&self.usd), position(&self.kes)].map(|id| world.shows(id))
    }

    fn balanced(&self, world: &World) {
        let view = world.ledger.view().unwrap();
        assert!(view.trial_balance(self.usd.id).unwrap().is_balanced());
        assert!(view.trial_balance(self.kes.id).unwrap().is_balanced());
        assert!(world.ledger.verify_all().unwrap().is_sound());
    }
}

#[test]
fn req_004_03_exchange_balances_each_half_in_its_own_book() {
    let world = World::new();
    let it = traveller(&world);
    let receipt = world.ledger.exchange(it.sells("100.00", "fx-1").at(rate("130")).narrated("Safari")).unwrap();

    let (usd_position, kes_position) =
        (it.usd.system(SystemAccount::FxPosition), it.kes.system(SystemAccount::FxPosition));
    let lines: Vec<_> = receipt
        .entry()
        .postings
        .iter()
        .map(|line| (line.account, line.book, line.side, line.role, line.amount))
        .collect();
    let (given, had) = (minor(100_00), minor(13_000_00));
    assert_eq!(
        lines,
        [
            (it.dollars.id, it.usd.id, Side::Debit, Role::Principal, given),
            (usd_position, it.usd.id, Side::Credit, Role::Position, given),
            (kes_position, it.kes.id, Side::Debit, Role::Position, had),
            (it.shillings.id, it.kes.id, Side::Credit, Role::Principal, had),
        ]
    );
    let exchanged = receipt.exchanged().unwrap();
    assert_eq!((exchanged.sold, exchanged.bought), (usd("100.00"), kes("13000.00")));
    assert_eq!((exchanged.rate, exchanged.rounding), (rate("130"), Rounding::HalfEven));
    assert_eq!(exchanged.named, ExchangedSide::Sold);
    assert_eq!(it.figures(&world), ["19900.00", "33000.00", "-100.00", "13000.00"]);

    // Each line is shown in its own currency, and each wallet's line names the other.
    let (gone, come) = (receipt.activity().unwrap(), receipt.counter_activity().unwrap());
    assert_eq!((gone.account, gone.value, gone.other_account), (it.dollars.id, usd("-100.00"), Some(it.shillings.id)));
    assert_eq!((come.account, come.value, come.other_account), (it.shillings.id, kes("13000.00"), Some(it.dollars.id)));
    assert_eq!((gone.other_posting, come.other_posting), (Some(come.id), Some(gone.id)));
    assert_eq!(receipt.activities().iter().map(|line| line.amount.currency()).collect::<Vec<_>>(), {
        [Currency::USD, Currency::USD, Currency::KES, Currency::KES]
    });
    it.balanced(&world);
    it.balanced(&world.reopened());
}

#[test]
fn req_004_11_exchange_is_a_trans_type() {
    let world = World::new();
    let it = traveller(&world);
    let receipt = world.ledger.exchange(it.sells("1.00", "fx-1").at(rate("130.5")).referring("quote", "q-7")).unwrap();
    for account in [it.dollars.id, it.shillings.id] {
        let line = world.lines(account).pop().unwrap();
        assert_eq!((line.kind, line.operation), (EntryKind::Exchange, Operation::Exchange));
        assert_eq!(line.source, TransactionSource::Internal);
        assert_eq!(line.leg_reference().unwrap(), format!("EXC{}fx-1", line.id.leg));
        assert_eq!(line.references[0].id, "q-7");
    }
    assert_eq!(serde_json::to_value(EntryKind::Exchange).unwrap(), "EXCHANGE");
    let view = world.ledger.view().unwrap();
    let shown = view.activities(it.shillings.id).kinds(&[EntryKind::Exchange]).page().unwrap();
    assert_eq!(shown.items.len(), 1);
    assert_eq!(shown.items[0].id, PostingId { entry: receipt.sequence(), leg: 4 });
    assert_eq!(shown.items[0].value, kes("130.50"));
}

#[test]
fn either_sum_can_be_named_and_the_other_is_rounded_as_told() {
    let world = World::new();
    let it = traveller(&world);
    // 1.01 dollars at 129.505 are 130.80005 shillings; 0.03 dollars 3.88515.
    for (sum, rounding, had) in [
        ("1.01", Rounding::HalfEven, "130.80"),
        ("1.01", Rounding::Up, "130.81"),
        ("0.03", Rounding::Down, "3.88"),
        ("0.03", Rounding::HalfUp, "3.89"),
    ] {
        let exchange = it.sells(sum, &world.key()).at(rate("129.505")).rounded(rounding);
        let exchanged = world.ledger.exchange(exchange).unwrap().exchanged().unwrap();
        assert_eq!((exchanged.sold, exchanged.bought), (usd(sum), kes(had)), "{sum} {rounding:?}");
    }
    // A hundred dollars wanted, at a shilling's worth of 1/130 dollars: 13 000 shillings are given.
    let exchanged = world.ledger.exchange(it.buys("100.00", "b-1").at(rate("1/130"))).unwrap().exchanged().unwrap();
    assert_eq!((exchanged.sold, exchanged.bought), (kes("13000.00"), usd("100.00")));
    assert_eq!(exchanged.named, ExchangedSide::Bought);
    // At 0.0077 dollars each, 1 298.7013 shillings.
    let wanted = it.buys("10.00", "b-2").at(rate("0.0077")).rounded(Rounding::Up);
    assert_eq!(world.ledger.exchange(wanted).unwrap().exchanged().unwrap().sold, kes("1298.71"));
    it.balanced(&world);
}

#[test]
fn what_exchanging_gains_stays_in_the_positions() {
    let world = World::new();
    let it = traveller(&world);
    // The house buys dollars at 130 and sells them at 131.
    world.ledger.exchange(it.sells("100.00", "fx-1").at(rate("130"))).unwrap();
    let positions = world.ledger.view().unwrap().positions().unwrap();
    let held: Vec<_> = positions.iter().map(|position| (position.book, position.position)).collect();
    assert_eq!(held, [(it.usd.id, usd("100.00")), (it.kes.id, kes("-13000.00"))]);

    world.ledger.exchange(it.buys("100.00", "fx-2").at(rate("1/131"))).unwrap();
    let view = world.ledger.view().unwrap();
    let positions = view.positions().unwrap();
    assert_eq!((positions[0].bought, positions[0].sold, positions[0].position), (usd("100"), usd("100"), usd("0")));
    assert_eq!(
        (positions[1].bought, positions[1].sold, positions[1].position),
        (kes("13100"), kes("13000"), kes("100"))
    );
    assert_eq!((positions[1].mode, &*positions[1].name), (Mode::Live, "shop.kes.main"));
    // A shilling for each dollar, on the credit side of the trial balance.
    let trial = view.trial_balance(it.kes.id).unwrap();
    let group = trial.groups.iter().find(|group| group.account_type.code() == "FX_POSITION").unwrap();
    assert_eq!((group.debits, group.credits), (kes("0"), kes("100.00")));
    let gain = view.revaluation(Mode::Live, Currency::KES, &[], Rounding::HalfEven).unwrap();
    assert_eq!(gain.gain, kes("100.00"));
    it.balanced(&world);
}

#[test]
fn open_positions_are_worth_what_todays_rates_say() {
    let world = World::new();
    let it = traveller(&world);
    world.ledger.exchange(it.sells("100.00", "fx-1").at(rate("130"))).unwrap();
    let view = world.ledger.view().unwrap();
    let worth = |into: Currency, rates: &[(Currency, ExchangeRate)], rounding| {
        view.revaluation(Mode::Live, into, rates, rounding)
    };
    let up = worth(Currency::KES, &[(Currency::USD, rate("132.5"))], Rounding::HalfEven).unwrap();
    assert_eq!(up.gain, kes("250.00"));
    assert_eq!(up.positions[0].value, kes("13250.00"));
    let down = worth(Currency::KES, &[(Currency::USD, rate("128"))], Rounding::HalfEven).unwrap();
    assert_eq!(down.gain, kes("-200.00"));
    // 13 000 shillings short at 1/132.5 are 98.1132 dollars.
    let dollars = worth(Currency::USD, &[(Currency::KES, rate("2/265"))], Rounding::Up).unwrap();
    assert_eq!(dollars.gain, usd("1.88"));
    assert_eq!(worth(Currency::USD, &[(Currency::KES, rate("2/265"))], Rounding::Down).unwrap().gain, usd("1.89"));
    let needed = Rejection::RateRequired { from: Currency::USD, to: Currency::KES };
    assert_eq!(no(worth(Currency::KES, &[], Rounding::HalfEven)), needed);
    // Test books are a world of their own, and there is nothing in them.
    assert_eq!(view.revaluation(Mode::Test, Currency::KES, &[], Rounding::HalfEven).unwrap().positions.len(), 0);
    // A look back shows no position.
    let before = world.ledger.view_at(Sequence(view.sequence().0 - 1)).unwrap();
    assert!(before.positions().unwrap().iter().all(|position| position.position.is_zero()));
}

#[test]
fn charge_is_the_source_books_and_on_top() {
    let world = World::new();
    let it = traveller(&world);
    let fee = Fee::percentage(Rate::percent_text("0.5").unwrap());
    let service =
        NewService::new(it.client.id, it.usd.id, "FEE").fee(fee).taxed(Tax { rate: Rate::percent_text("16").unwrap() });
    // Whoever bears the charge of transfers: the payee of an exchange has no account in the book of the charge.
    let service = world.ledger.define_service(service.borne_by(FeeBearer::Payee)).unwrap();
    let exchange = Exchange { service: service.id, ..it.sells("200.00", "fx-1").at(rate("130")) };
    let receipt = world.ledger.exchange(exchange).unwrap();
    assert_eq!(receipt.charged(), Some(usd("1.16")));
    assert_eq!(it.figures(&world), ["19798.84", "46000.00", "-200.00", "26000.00"]);
    assert_eq!(world.shows(it.usd.system(SystemAccount::FeeIncome)), "1.00");
    assert_eq!(world.shows(it.usd.system(SystemAccount::Tax)), "0.16");
    let charge = receipt.activities().into_iter().find(|line| line.role == Role::Charge).unwrap();
    assert_eq!((charge.kind, charge.other_account), (EntryKind::Charge, Some(it.usd.system(SystemAccount::FeeIncome))));

    // All of it comes back.
    let reversal = world.ledger.reverse(Reverse::whole(receipt.sequence())).unwrap();
    assert_eq!(reversal.charged(), Some(usd("1.16")));
    assert_eq!(it.figures(&world), ["20000.00", "20000.00", "0.00", "0.00"]);
    it.balanced(&world);
}

#[test]
fn reversal_gives_back_the_original_sums_of_both_halves() {
    let world = World::new();
    let it = traveller(&world);
    // 0.03 dollars at 129.505: 3.89 shillings, which no rate of the day of reversal changes.
    let receipt = world.ledger.exchange(it.sells("0.03", "fx-1").at(rate("129.505"))).unwrap();
    let reversal = world.ledger.reverse(Reverse::whole(receipt.sequence())).unwrap();
    let sums: Vec<_> = reversal.activities().iter().map(|line| (line.account, line.side, line.amount.text())).collect();
    let (usd_position, kes_position) =
        (it.usd.system(SystemAccount::FxPosition), it.kes.system(SystemAccount::FxPosition));
    assert_eq!(
        sums,
        [
            (it.shillings.id, Side::Debit, "3.89".to_owned()),
            (it.dollars.id, Side::Credit, "0.03".to_owned()),
            (usd_position, Side::Debit, "0.03".to_owned()),
            (kes_position, Side::Credit, "3.89".to_owned()),
        ]
    );
    assert_eq!(it.figures(&world), ["20000.00", "20000.00", "0.00", "0.00"]);
    let again = world.ledger.reverse(Reverse::whole(receipt.sequence())).unwrap();
    assert!(again.is_replayed());
    it.balanced(&world);
}

#[test]
fn reversal_in_parts_gives_back_the_same_share_of_both_halves() {
    let world = World::new();
    let it = traveller(&world);
    // 10.00 dollars at 0.777: 7.77 shillings.
    let receipt = world.ledger.exchange(it.sells("10.00", "fx-1").at(rate("0.777"))).unwrap();
    let part = |sum: &str, key: &str| Reverse::part(receipt.sequence(), usd(sum), key);
    // Thirds, of which the last makes up for what was rounded down.
    world.ledger.reverse(part("3.33", "r-1")).unwrap();
    assert_eq!(it.figures(&world), ["19993.33", "20005.19", "-6.67", "5.19"]);
    assert!(world.ledger.reverse(part("3.33", "r-1")).unwrap().is_replayed());
    let other = world.refused(part("3.34", "r-1"));
    assert!(matches!(other, Rejection::IdempotencyConflict { .. }), "{other:?}");
    world.ledger.reverse(part("3.33", "r-2")).unwrap();
    assert_eq!(it.figures(&world), ["19996.66", "20002.60", "-3.34", "2.60"]);
    let foreign = Reverse::part(receipt.sequence(), kes("1.00"), "r-3");
    assert_eq!(world.refused(foreign), Rejection::CurrencyMismatch { expected: Currency::USD, given: Currency::KES });
    assert_eq!(world.refused(part("3.35", "r-3")), Rejection::ReversalExceedsRemainder { given: 335, remainder: 334 });
    world.ledger.reverse(part("3.34", "r-3")).unwrap();
    assert_eq!(it.figures(&world), ["20000.00", "20000.00", "0.00", "0.00"]);
    it.balanced(&world);
}

#[test]
fn key_replays_the_exchange_and_no_other() {
    let world = World::new();
    let it = traveller(&world);
    let exchange = it.sells("100.00", "fx-1").at(rate("130"));
    let first = world.ledger.exchange(exchange.clone()).unwrap();
    let world = world.reopened();
    let again = world.ledger.exchange(exchange.clone()).unwrap();
    assert!(again.is_replayed());
    assert_eq!((again.entry(), again.exchanged()), (first.entry(), first.exchanged()));
    // The same amount at another scale is the same amount, and an equal ratio the same rate.
    let fine = Currency::USD.with_scale(4).unwrap().money("100.0000").unwrap();
    assert!(world.ledger.exchange(Exchange { money: fine, ..exchange.clone() }).unwrap().is_replayed());
    assert!(world.ledger.exchange(exchange.clone().at(rate("260/2"))).unwrap().is_replayed());
    for other in [
        exchange.clone().at(rate("130.000001")),
        exchange.clone().rounded(Rounding::Down),
        Exchange { money: usd("100.01"), ..exchange.clone() },
        Exchange { named: ExchangedSide::Bought, money: kes("13000.00"), ..exchange.clone() },
        Exchange { source: it.shillings.id, destination: it.dollars.id, ..exchange.clone() },
        Exchange { rate: None, ..exchange.clone() },
        exchange.clone().narrated("Safari"),
        exchange.clone().effective(at("2026-11-22T08:00:00Z")),
    ] {
        assert_eq!(world.refused(other), Rejection::IdempotencyConflict { original: first.sequence() });
    }
    let transfer = Transfer::new(it.dollars.id, it.shillings.id, it.selling.id, usd("100.00"), "fx-1");
    assert_eq!(world.refused(transfer), Rejection::IdempotencyConflict { original: first.sequence() });
}

#[test]
fn what_cannot_be_exchanged_is_refused_with_its_figures() {
    let world = World::new();
    let it = traveller(&world);
    let good = || it.sells("100.00", "fx").at(rate("130"));
    let none = Exchange { rate: None, ..good() };
    assert_eq!(world.refused(none), Rejection::RateRequired { from: Currency::USD, to: Currency::KES });

    let second = world.account(&it.client, &it.usd);
    let within = Exchange { destination: second.id, ..good() };
    assert_eq!(world.refused(within), Rejection::ExchangeWithinBook { book: it.usd.id });

    let play = world.ledger.open_book(NewBook::test("play.kes", Currency::KES)).unwrap();
    let toy = world.account(&it.client, &play);
    let live_to_test = Exchange { destination: toy.id, ..good() };
    assert_eq!(world.refused(live_to_test), Rejection::ModeMismatch { one: it.usd.id, other: play.id });

    // A service rules in its own book, which is the source's.
    let foreign = Exchange { service: it.buying.id, ..good() };
    let mismatch = |expected, given| Rejection::CurrencyMismatch { expected, given };
    assert_eq!(world.refused(foreign), mismatch(Currency::KES, Currency::USD));
    assert_eq!(world.refused(Exchange { money: kes("1.00"), ..good() }), mismatch(Currency::USD, Currency::KES));
    let wanted = Exchange { named: ExchangedSide::Bought, ..good() };
    assert_eq!(world.refused(wanted), mismatch(Currency::KES, Currency::USD));

    assert_eq!(world.refused(it.sells("0.01", "fx").at(rate("0.4"))), Rejection::NothingExchanged { given: 1 });
    assert_eq!(world.refused(it.sells("0.00", "fx").at(rate("130"))), Rejection::AmountNotPositive { given: 0 });
    let most = Exchange { money: Currency::USD.amount(Amount::MAX), ..good() };
    assert_eq!(world.refused(most), Rejection::AmountTooLarge);
    let all = it.sells("20000.01", "fx").at(rate("130"));
    let short =
        Rejection::InsufficientFunds { account: it.dollars.id, required: 2_000_001, available: 2_000_000, floor: 0 };
    assert_eq!(world.refused(all), short);

    let stranger = world.ledger.register_client(business("Other Ltd")).unwrap();
    let theirs = world.account(&stranger, &it.kes);
    let away = Exchange { destination: theirs.id, ..good() };
    let owners = Rejection::NotSameOwner { source_account: it.dollars.id, destination: theirs.id };
    assert_eq!(world.refused(away.clone()), owners);
    let crossing = NewService::new(it.client.id, it.usd.id, "REMIT").across_clients();
    let crossing = world.ledger.define_service(crossing).unwrap();
    world.ledger.exchange(Exchange { service: crossing.id, key: "remit".into(), ..away }).unwrap();
    assert_eq!(world.shows(theirs.id), "13000.00");

    let operations = Operations { exchange: false, ..Operations::ALL };
    let without = NewService::new(it.client.id, it.usd.id, "NO_FOREX").allowing(operations);
    let without = world.ledger.define_service(without).unwrap();
    let refused = Rejection::OperationNotAllowedByService { service: without.id, operation: Operation::Exchange };
    assert_eq!(world.refused(Exchange { service: without.id, ..good() }), refused);
    let narrated = NewService::new(it.client.id, it.usd.id, "WORDS").narrative_required(true);
    let narrated = world.ledger.define_service(narrated).unwrap();
    assert_eq!(world.refused(Exchange { service: narrated.id, ..good() }), Rejection::NarrativeRequired);
    let limited = NewService::new(it.client.id, it.usd.id, "SMALL").limits(minor(1_00), minor(99_99));
    let limited = world.ledger.define_service(limited).unwrap();
    let above = Rejection::AmountAboveServiceMaximum { given: 100_00, maximum: 99_99 };
    assert_eq!(world.refused(Exchange { service: limited.id, ..good() }), above);
}

#[test]
fn books_of_one_currency_at_two_scales_can_be_exchanged() {
    let world = World::new();
    let it = traveller(&world);
    let fine = Currency::USD.with_scale(4).unwrap();
    let book = world.ledger.open_book(NewBook::live("fine.usd", fine)).unwrap();
    let account = world.account(&it.client, &book);
    let exchange = Exchange { destination: account.id, ..it.sells("1.25", "fx-1").at(ExchangeRate::ONE) };
    let exchanged = world.ledger.exchange(exchange).unwrap().exchanged().unwrap();
    assert_eq!((exchanged.sold.minor(), exchanged.bought.minor()), (125, 12_500));
    let gain = world.ledger.view().unwrap().revaluation(Mode::Live, Currency::USD, &[], Rounding::HalfEven).unwrap();
    assert!(gain.gain.is_zero());
}

#[test]
fn quoted_exchange_can_be_held_and_captured_whole() {
    let world = World::new();
    let it = traveller(&world);
    let quote = PlaceHold::new(it.sells("100.00", "quote-1").at(rate("130"))).until(at("2026-11-22T09:00:00Z"));
    let held = world.ledger.execute(quote.clone()).unwrap();
    assert!(world.ledger.execute(quote).unwrap().is_replayed());
    assert_eq!(held.exchanged().unwrap().bought, kes("13000.00"));
    let available = |account| world.ledger.view().unwrap().balance(account).unwrap().available;
    assert_eq!((available(it.dollars.id), available(it.shillings.id)), (usd("19900.00"), kes("20000.00")));
    let part = world.refused(Capture::part(held.sequence(), usd("50.00"), "c-1"));
    assert!(matches!(part, Rejection::PartialSettlement { .. }), "{part:?}");
    let captured = world.ledger.execute(Capture::whole(held.sequence())).unwrap();
    assert_eq!(it.figures(&world), ["19900.00", "33000.00", "-100.00", "13000.00"]);
    assert_eq!(captured.activity().unwrap().kind, EntryKind::Exchange);
    world.ledger.reverse(Reverse::whole(captured.sequence())).unwrap();
    assert_eq!(it.figures(&world), ["20000.00", "20000.00", "0.00", "0.00"]);
    it.balanced(&world);
}

#[test]
fn exchange_in_the_past_changes_both_books_as_of_then() {
    let world = World::new();
    let it = traveller(&world);
    world.minutes_later(60);
    let then = at("2026-11-22T08:45:00Z");
    world.ledger.exchange(it.sells("100.00", "fx-1").at(rate("130")).effective(then)).unwrap();
    let view = world.ledger.view().unwrap();
    let held = |account, at| view.balance_as_of(account, at).unwrap().text();
    assert_eq!(held(it.shillings.id, BalanceAt::effective(then)), "33000.00");
    assert_eq!(held(it.dollars.id, BalanceAt::effective(then.plus_ns(-1))), "20000.00");
    assert_eq!(held(it.dollars.id, BalanceAt::recorded(then)), "20000.00");
}

/// A hold of an exchange has lines in two books. Each of them was shown in the currency of the source's book, so that what
/// was held in shillings was told as so many dollars.
#[test]
fn held_exchange_shows_each_line_in_the_currency_of_its_book() {
    let world = World::new();
    let it = traveller(&world);
    let quote = PlaceHold::new(it.sells("100.00", "quote-1").at(rate("130")));
    let held = world.ledger.execute(quote).unwrap();
    let view = world.ledger.view().unwrap();
    let lines = view.hold(held.sequence()).unwrap().lines;
    let (dollars, shillings) = (it.dollars.id, it.shillings.id);
    assert!(lines.contains(&(dollars, Side::Debit, usd("100.00"))), "{lines:?}");
    assert!(lines.contains(&(shillings, Side::Credit, kes("13000.00"))), "{lines:?}");
    assert_eq!(view.holds(shillings).unwrap()[0].lines, lines);
    assert_eq!(view.holds(shillings).unwrap()[0].left, usd("100.00"));
}
