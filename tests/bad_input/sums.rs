//! Sums: of another currency or scale, with too many digits, not above zero, and beyond every limit.

use pacioli::money::MoneyError;
use pacioli::prelude::*;
use pacioli::{Band, SystemAccount};

use crate::{Bench, kes, minor};

#[test]
fn sum_of_another_currency_is_refused() {
    let bench = Bench::funded();
    for currency in
        [Currency::USD, Currency::JPY, Currency::new("KESX", 2).unwrap(), Currency::new("POINTS", 0).unwrap()]
    {
        for command in bench.movements(currency.money("1").unwrap()) {
            let refusal = bench.refused(command);
            assert_eq!(refusal, Rejection::CurrencyMismatch { expected: Currency::KES, given: currency });
        }
    }
    bench.key_is_free();
}

#[test]
fn sum_at_another_scale_is_converted_exactly_or_refused() {
    let bench = Bench::funded();
    for scale in [3, 4, 18] {
        let fine = Currency::KES.with_scale(scale).unwrap();
        for command in bench.movements(fine.money("1.005").unwrap()) {
            assert_eq!(bench.refused(command), Rejection::AmountPrecision { scale: 2 });
        }
        for (at, command) in bench.movements(fine.money("1.01").unwrap()).into_iter().enumerate() {
            let receipt = bench.ledger.simulate(|ledger| ledger.execute(command)).unwrap();
            assert_eq!(receipt.entry().postings[0].amount, minor(1_01), "command {at} at scale {scale}");
        }
    }
    let whole = Currency::KES.with_scale(0).unwrap();
    // What fits its own scale may be too much for the book's.
    for command in bench.movements(whole.amount(Amount::MAX)) {
        assert_eq!(bench.refused(command), Rejection::AmountTooLarge);
    }
    let receipt = bench.ledger.credit(bench.credit(whole.money("7").unwrap())).unwrap();
    assert_eq!(receipt.activity().unwrap().amount, kes("7.00"));
}

#[test]
fn sum_that_is_not_above_zero_is_refused() {
    let bench = Bench::funded();
    let most = Amount::MAX.signed();
    for given in [0, -1, -100, -most] {
        for command in bench.movements(Currency::KES.minor(given).unwrap()) {
            assert_eq!(bench.refused(command), Rejection::AmountNotPositive { given });
        }
    }
    let fine = Currency::KES.with_scale(4).unwrap();
    for command in bench.movements(fine.money("-0.0100").unwrap()) {
        assert_eq!(bench.refused(command), Rejection::AmountNotPositive { given: -1 });
    }
    bench.key_is_free();
}

#[test]
fn figures_that_no_money_has_cannot_be_built() {
    let currency = Currency::KES;
    let most = Amount::MAX.signed();
    for extreme in [i128::MIN, i128::MAX, most + 1, -most - 1] {
        assert_eq!(currency.minor(extreme), Err(MoneyError::OutOfRange));
        assert!(Amount::minor(extreme).is_err());
    }
    for extreme in [Decimal::MAX, Decimal::MIN] {
        assert_eq!(currency.decimal(extreme), Err(MoneyError::OutOfRange));
        assert_eq!(Rate::percent(extreme), Err(MoneyError::InvalidRate));
    }
    let smallest = Decimal::new(1, 28);
    assert_eq!(currency.decimal(smallest), Err(MoneyError::TooManyDigits { digits: 28, scale: 2 }));
    assert!(matches!(Rate::percent(smallest), Err(MoneyError::TooManyDigits { .. })));
    // The most there is, exactly.
    let whole = Currency::new("POINTS", 0).unwrap();
    assert_eq!(whole.decimal(Decimal::MAX).unwrap().amount(), Ok(Amount::MAX));
    assert_eq!(whole.decimal(Decimal::MIN).unwrap().minor(), -most);
    for text in [
        "", " ", "-", "+", ".", "1.", ".5", "1,00", "1e3", "0x10", "NaN", "inf", " 1", "1 ", "1.0.0", "--1", "١",
        "1\0", "½", "1_000",
    ] {
        assert_eq!(currency.money(text), Err(MoneyError::NotANumber), "{text:?}");
    }
    assert!(currency.money(&"9".repeat(10_000)).is_err());
    assert!(currency.money(&format!("0.{}", "0".repeat(10_000))).is_ok());
    assert!(matches!(currency.money(&format!("0.{}1", "0".repeat(10_000))), Err(MoneyError::TooManyDigits { .. })));
}

#[test]
fn totals_never_pass_the_greatest_amount() {
    let bench = Bench::new();
    let most = Currency::KES.amount(Amount::MAX);
    let keyed = |key: &str, money| Credit::new(bench.account.id, bench.service.id, money, key);
    bench.ledger.credit(keyed("all", most)).unwrap();
    let outside = bench.book.system(SystemAccount::External);
    // The debits outside are judged first.
    assert_eq!(bench.refused(keyed("one more", kes("0.01"))), Rejection::AmountOverflow { account: outside });
    assert_eq!(bench.refused(keyed("all again", most)), Rejection::AmountOverflow { account: outside });
    // Everything can go round once, and then its totals are full on both sides.
    let there = bench.transfer(most);
    bench.ledger.transfer(there).unwrap();
    let back = Transfer::new(bench.other.id, bench.account.id, bench.service.id, most, "back").narrated("own");
    assert_eq!(bench.refused(back), Rejection::AmountOverflow { account: bench.account.id });
    let whole = bench.ledger.view().unwrap().balance(bench.other.id).unwrap();
    assert_eq!(whole.current, most);
    let trial = bench.ledger.view().unwrap().trial_balance(bench.book.id).unwrap();
    assert!(trial.is_balanced());
}

#[test]
fn lines_of_one_posting_may_not_overflow_either() {
    let bench = Bench::new();
    let (most, outside) = (Currency::KES.amount(Amount::MAX), bench.book.system(SystemAccount::External));
    let suspense = bench.book.system(SystemAccount::Suspense);
    let twice = Post::new("k").debit(outside, most).debit(suspense, most).credit(bench.account.id, most);
    let twice = twice.credit(bench.account.id, most);
    assert_eq!(bench.refused(twice), Rejection::AmountOverflow { account: bench.account.id });
    let uneven = Post::new("k").debit(outside, most).debit(suspense, most).credit(bench.account.id, most);
    let (debits, credits) = (2 * Amount::MAX.signed(), Amount::MAX.signed());
    assert_eq!(bench.refused(uneven), Rejection::Unbalanced { debits, credits });
    // Debits of more than the greatest amount, on accounts that each can take theirs.
    let wide = Post::new("k").debit(outside, most).debit(suspense, most);
    let wide = wide.credit(bench.account.id, most).credit(bench.other.id, most).forced();
    let wide = bench.ledger.post(wide).unwrap();
    let part = Reverse::part(wide.sequence(), kes("0.01"), "part");
    assert_eq!(bench.refused(part), Rejection::PartialReversalOfPost { entry: wide.sequence() });
    bench.ledger.reverse(Reverse::whole(wide.sequence())).unwrap();
    assert_eq!(bench.ledger.view().unwrap().balance(bench.account.id).unwrap().current, kes("0.00"));
    assert!(bench.ledger.view().unwrap().trial_balance(bench.book.id).unwrap().is_balanced());
}

#[test]
fn charges_beyond_every_sum_are_refused() {
    let bench = Bench::funded();
    let all = Rate::percent_text("100").unwrap();
    let define = |code: &str, bearer, fee, tax| {
        let service = NewService::new(bench.client.id, bench.book.id, code).fee(fee).borne_by(bearer);
        let service = if tax { service.taxed(Tax { rate: all }) } else { service };
        bench.ledger.define_service(service).unwrap().id
    };
    let most = || Fee::Fixed(Amount::MAX);
    let debit = |service, sum: &str| Debit::new(bench.account.id, service, kes(sum), "k");
    let credit = |service, sum: &str| Credit::new(bench.account.id, service, kes(sum), "k");
    // Fee and tax together are beyond the greatest amount.
    let taxed = define("TAXED", FeeBearer::Payer, most(), true);
    assert_eq!(bench.refused(debit(taxed, "1.00")), Rejection::AmountOverflow { account: bench.account.id });
    let greatest = Amount::MAX.signed();
    assert_eq!(
        bench.refused(credit(taxed, "1.00")),
        Rejection::ChargeExceedsAmount { charge: 2 * greatest, amount: 1_00 }
    );
    let plain = define("PLAIN", FeeBearer::Payer, most(), false);
    let account = bench.account.id;
    assert_eq!(bench.refused(debit(plain, "1.00")), Rejection::AmountOverflow { account });
    let doubled = define("DOUBLED", FeeBearer::Payer, Fee::percentage(all), true);
    let (required, available) = (300_00, 100_00);
    let refusal = Rejection::InsufficientFunds { account, required, available, floor: 0 };
    assert_eq!(bench.refused(debit(doubled, "100.00")), refusal);
    bench.key_is_free();
}

#[test]
fn limits_and_tariffs_that_cannot_be_are_refused_at_definition() {
    let bench = Bench::new();
    let service = || NewService::new(bench.client.id, bench.book.id, "WRONG");
    assert!(matches!(bench.refused(service().limits(Amount::MAX, minor(0))), Rejection::InvalidLimits { .. }));
    let crossed = Fee::percentage(Rate::ZERO).at_least(Amount::MAX).at_most(minor(0));
    assert!(matches!(bench.refused(service().fee(crossed.clone())), Rejection::InvalidFeeDefinition { .. }));
    let banded = Tariff::Banded(vec![Band { up_to: None, fee: crossed }]);
    assert!(matches!(bench.refused(service().tariff(banded)), Rejection::InvalidFeeDefinition { .. }));
    let change = ServiceChange { limits: Some((Some(minor(2)), Some(minor(1)))), ..ServiceChange::default() };
    assert!(matches!(bench.refused((bench.service.id, change)), Rejection::InvalidLimits { .. }));
    for text in ["100.000000001", "-0.1", "101", "", "x"] {
        assert!(Rate::percent_text(text).is_err(), "{text}");
    }
    for scale in [19, 255] {
        let book = NewBook::live("fine", Currency::KES).shown_with(scale);
        assert_eq!(bench.refused(book), Rejection::InvalidTextScale { given: scale, limit: 18 });
        assert_eq!(Currency::KES.with_scale(scale), Err(MoneyError::InvalidScale { scale }));
    }
}

#[test]
fn floors_and_overdrafts_at_the_ends_of_the_range() {
    let bench = Bench::funded();
    let new = || NewAccount::new(bench.client.id, bench.book.id, AccountType::WORKING);
    let greatest = Amount::MAX.signed();
    let walled = bench.ledger.open_account(new().floor(Amount::MAX)).unwrap().id;
    let debit = |account, money| Debit::new(account, bench.service.id, money, "k");
    let refusal = Rejection::InsufficientFunds { account: walled, required: 1, available: 0, floor: greatest };
    assert_eq!(bench.refused(debit(walled, kes("0.01"))), refusal);
    let deep = bench.ledger.open_account(new().overdraft(Some(Amount::MAX))).unwrap().id;
    let most = Currency::KES.amount(Amount::MAX);
    bench.ledger.debit(debit(deep, most)).unwrap();
    let view = bench.ledger.view().unwrap();
    assert_eq!(view.balance(deep).unwrap().current.minor(), -greatest);
    assert_eq!(view.balance(walled).unwrap().spendable.unwrap().minor(), -greatest);
    let again = Debit::new(deep, bench.service.id, kes("0.01"), "l");
    assert_eq!(bench.refused(again), Rejection::AmountOverflow { account: deep });
}
