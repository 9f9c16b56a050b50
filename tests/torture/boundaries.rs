//! The ends of every range: a row for each value, with what must come of it. Nothing panics, what is refused leaves
//! nothing behind, and what was taken is proved in the end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pacioli::money::MoneyError;
use pacioli::prelude::*;
use pacioli::{BalanceAt, ClosePeriod, Expire, LimitId, ManualClock, MonitorId};

use super::tier::Run;
use super::workload::verified;

const MOST: i128 = (1 << 96) - 1;
const NOW: i64 = 1_795_000_000_000_000_000;

/// Texts of sums in a currency of two decimals, and the minor units that they are; none if they are no sum.
const TEXTS: &[(&str, Option<i128>)] = &[
    ("0", Some(0)),
    ("-0", Some(0)),
    ("0.00", Some(0)),
    ("00", Some(0)),
    ("0.000000000000000000000000000000000000000000", Some(0)),
    ("0.01", Some(1)),
    ("-0.01", Some(-1)),
    ("0.1", Some(10)),
    ("1", Some(100)),
    ("1.", None),
    (".1", None),
    (".", None),
    ("", None),
    (" ", None),
    (" 1", None),
    ("1 ", None),
    ("+1", Some(100)),
    ("--1", None),
    ("-", None),
    ("- 1", None),
    ("0.001", None),
    ("0.010", Some(1)),
    ("0.0100000000000000000000000000000000", Some(1)),
    ("0.005", None),
    ("1e3", None),
    ("1E3", None),
    ("0x10", None),
    ("1_000", None),
    ("1,000", None),
    ("1,00", None),
    ("NaN", None),
    ("inf", None),
    ("١", None),
    ("１", None),
    ("1\0", None),
    ("1\n", None),
    ("KES 1", None),
    ("9007199254740992", Some(900_719_925_474_099_200)),
    ("9007199254740993", Some(900_719_925_474_099_300)),
    ("90071992547409.93", Some(9_007_199_254_740_993)),
    ("92233720368547758.07", Some(i64::MAX as i128)),
    ("92233720368547758.08", Some(i64::MAX as i128 + 1)),
    ("-92233720368547758.08", Some(i64::MIN as i128)),
    ("184467440737095516.15", Some(u64::MAX as i128)),
    ("184467440737095516.16", Some(u64::MAX as i128 + 1)),
    ("792281625142643375935439503.35", Some(MOST)),
    ("-792281625142643375935439503.35", Some(-MOST)),
    ("792281625142643375935439503.36", None),
    ("-792281625142643375935439503.36", None),
    ("792281625142643375935439503.350", Some(MOST)),
    ("792281625142643375935439503.351", None),
    ("792281625142643375935439504", None),
    ("79228162514264337593543950335", None),
    ("170141183460469231731687303715884105727", None),
    ("340282366920938463463374607431768211455", None),
    ("340282366920938463463374607431768211456", None),
];

/// Minor units, and whether they are an amount.
const MINORS: &[(i128, bool)] = &[
    (0, true),
    (1, true),
    (-1, false),
    (2, true),
    ((1 << 53) - 1, true),
    (1 << 53, true),
    ((1 << 53) + 1, true),
    (i64::MAX as i128, true),
    (i64::MAX as i128 + 1, true),
    (u64::MAX as i128, true),
    (u64::MAX as i128 + 1, true),
    (i64::MIN as i128, false),
    (MOST / 2, true),
    (MOST - 1, true),
    (MOST, true),
    (MOST + 1, false),
    (-MOST, false),
    (1 << 100, false),
    (i128::MAX - 1, false),
    (i128::MAX, false),
    (i128::MIN, false),
    (i128::MIN + 1, false),
];

const PERCENTS: &[(&str, bool)] = &[
    ("0", true),
    ("100", true),
    ("100.00000000", true),
    ("100.00000001", false),
    ("0.00000001", true),
    ("0.0000001", true),
    ("0.000000001", false),
    ("99.99999999", true),
    ("-0", true),
    ("-0.0000001", false),
    ("101", false),
    ("79228162514264337593543950335", false),
    ("1e2", false),
    ("", false),
    ("%", false),
    ("50%", false),
    ("NaN", false),
];

const RATES: &[(&str, bool)] = &[
    ("1", true),
    ("0", false),
    ("-1", false),
    ("0.0000000001", true),
    ("18446744073709551615", true),
    ("18446744073709551616", false),
    ("79228162514264337593543950335", false),
    ("79228162514264337593543950336", false),
    ("0.0000000000000000000000000001", false),
    ("1/3", true),
    ("1/0", false),
    ("0/1", false),
    ("", false),
    ("x", false),
    ("NaN", false),
];

const INSTANTS: &[(&str, bool)] = &[
    ("1970-01-01T00:00:00Z", true),
    ("1969-12-31T23:59:59.999999999Z", true),
    ("1677-09-21T00:12:43.145224192Z", true),
    ("1677-09-21T00:12:43.145224191Z", false),
    ("2262-04-11T23:47:16.854775807Z", true),
    ("2262-04-11T23:47:16.854775808Z", false),
    ("0000-01-01T00:00:00Z", false),
    ("9999-12-31T23:59:59Z", false),
    ("2016-12-31T23:59:60Z", true),
    ("2026-02-29T00:00:00Z", false),
    ("2024-02-29T00:00:00Z", true),
    ("2026-13-01T00:00:00Z", false),
    ("2026-11-22T24:00:00Z", false),
    ("2026-11-22T08:30:00+14:00", true),
    ("2026-11-22T08:30:00+99:00", false),
    ("2026-11-22", false),
    ("2026-11-22T08:30:00", false),
    ("", false),
    ("now", false),
];

const TIMES: &[i64] = &[i64::MIN, i64::MIN + 1, -1, 0, 1, NOW - 1, NOW, NOW + 1, i64::MAX - 1, i64::MAX];

const IDS: &[u64] = &[0, 1, 2, (1 << 32) - 1, 1 << 32, 1 << 53, i64::MAX as u64, u64::MAX - 1, u64::MAX];

const LIMITS: &[usize] = &[0, 1, 2, 1_000, 1_001, u32::MAX as usize, usize::MAX];

/// A ledger with two accounts of 100.00 each.
struct Bench {
    ledger: Ledger,
    book: BookId,
    client: ClientId,
    service: ServiceId,
    one: AccountId,
    other: AccountId,
}

impl Bench {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp(NOW));
        let ledger = Ledger::builder().clock(clock).in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap().id;
        let contact = Contact::new("Njeri", "njeri@shop.ke", "+254700000001");
        let client = ledger.register_client(NewClient::business("Shop", "KE", "P051", contact)).unwrap().id;
        let service = NewService::new(client, book, "FREE").narrative_required(false);
        let service = ledger.define_service(service).unwrap().id;
        let open = || ledger.open_account(NewAccount::new(client, book, AccountType::FLOAT_ACCOUNT)).unwrap().id;
        let (one, other) = (open(), open());
        for account in [one, other] {
            let key = format!("fund {account}");
            ledger.credit(Credit::new(account, service, kes(100_00), key)).unwrap();
        }
        Self { ledger, book, client, service, one, other }
    }

    fn sequence(&self) -> Sequence {
        self.ledger.view().unwrap().sequence()
    }

    /// Gives a command, which is carried out or refused, and in the second case has left nothing.
    fn give(&self, command: impl Into<Command>) -> Result<Receipt, Rejection> {
        let before = self.sequence();
        match self.ledger.execute(command) {
            Ok(receipt) => Ok(receipt),
            Err(Error::Rejected(rejection)) => {
                assert_eq!(self.sequence(), before, "{rejection} has left something");
                Err(rejection)
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

/// The rows, and the row that is looked at.
struct Rows {
    run: Run,
    wrong: std::cell::RefCell<Vec<String>>,
}

impl Rows {
    fn row(&self, what: &str, check: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(check)).is_err() {
            self.wrong.borrow_mut().push(what.to_owned());
        }
        self.run.case();
    }
}

#[test]
fn ends_of_every_range_are_taken_or_refused() {
    let rows = Rows { run: Run::begin("boundaries"), wrong: Vec::new().into() };
    values(&rows);
    scales(&rows);
    let bench = Bench::new();
    sums(&rows, &bench);
    identifiers(&rows, &bench);
    pages(&rows, &bench);
    times(&rows);
    let view = bench.ledger.view().unwrap();
    assert!(view.trial_balance(bench.book).unwrap().is_balanced());
    assert_eq!(verified(&bench.ledger).unwrap().finding, None);
    assert_eq!(*rows.wrong.borrow(), [""; 0]);
    assert!(rows.run.counted() >= 300, "only {} rows", rows.run.counted());
    rows.run.end("");
}

fn values(rows: &Rows) {
    for (text, expected) in TEXTS {
        rows.row(&format!("sum {text:?}"), || {
            let money = Currency::KES.money(text).ok();
            assert_eq!(money.map(Money::minor), *expected, "{text:?}");
            if let Some(money) = money {
                assert_eq!(Currency::KES.money(&money.text()), Ok(money), "{text:?}");
            }
        });
    }
    for (minor, fits) in MINORS {
        rows.row(&format!("{minor} minor units"), || {
            assert_eq!(Amount::minor(*minor).is_ok(), *fits, "{minor}");
            let signed = Currency::KES.minor(*minor);
            assert_eq!(signed.is_ok(), minor.checked_abs().is_some_and(|minor| minor <= MOST), "{minor}");
            if let (Ok(amount), Ok(money)) = (Amount::minor(*minor), signed) {
                assert_eq!((amount.signed(), money.minor(), money.negated().minor()), (*minor, *minor, -*minor));
                assert_eq!(amount.plus(Amount::MAX).is_some(), *minor == 0);
                assert_eq!(amount.minus(Amount::MAX).is_some(), *minor == MOST);
                assert_eq!(money.plus(money).is_ok(), 2 * *minor <= MOST);
                assert!(money.minus(money).unwrap().is_zero());
            }
        });
    }
    for (text, fits) in PERCENTS {
        rows.row(&format!("{text:?} percent"), || {
            assert_eq!(Rate::percent_text(text).is_ok(), *fits, "{text:?}");
            if let Ok(rate) = Rate::percent_text(text) {
                assert!(rate.of(Amount::MAX, Rounding::HalfEven) <= Amount::MAX);
                assert!(rate.of(Amount::ZERO, Rounding::Up).is_zero());
            }
        });
    }
    for (text, fits) in RATES {
        rows.row(&format!("rate {text:?}"), || {
            assert_eq!(text.parse::<ExchangeRate>().is_ok(), *fits, "{text:?}");
            if let Ok(rate) = text.parse::<ExchangeRate>() {
                for minor in [0, 1, MOST] {
                    let there = rate.convert(kes(minor), Currency::USD, Rounding::HalfEven);
                    assert!(there.is_ok_and(|money| money.minor() <= MOST) || minor == MOST, "{text:?} of {minor}");
                }
            }
        });
    }
    for (text, fits) in INSTANTS {
        rows.row(&format!("instant {text:?}"), || {
            assert_eq!(text.parse::<Timestamp>().is_ok(), *fits, "{text:?}");
        });
    }
    for decimal in [Decimal::MAX, Decimal::MIN, Decimal::ZERO, Decimal::new(1, 28), Decimal::new(-1, 28)] {
        rows.row(&format!("decimal {decimal}"), || {
            let money = Currency::KES.decimal(decimal);
            assert_eq!(money.is_ok(), decimal.is_zero(), "{decimal}");
            assert!(Rate::percent(decimal).is_err() || decimal.is_zero());
        });
    }
}

/// The smallest and the greatest sum at each scale.
fn scales(rows: &Rows) {
    for scale in 0..=18 {
        let currency = Currency::KES.with_scale(scale).unwrap();
        for minor in [1, 10_i128.pow(scale.into()), MOST] {
            rows.row(&format!("{minor} at scale {scale}"), || {
                let money = currency.minor(minor).unwrap();
                assert_eq!(currency.money(&money.text()).map(Money::minor), Ok(minor));
                assert_eq!(currency.decimal(money.to_decimal()).map(Money::minor), Ok(minor));
                assert!(money.plus(currency.minor(MOST).unwrap()).is_err());
            });
        }
    }
    for scale in [19, 28, 29, 255] {
        rows.row(&format!("scale {scale}"), || {
            assert_eq!(Currency::KES.with_scale(scale), Err(MoneyError::InvalidScale { scale }));
        });
    }
}

/// Sums near both ends, in every movement: judged without a wrap, and balanced whatever was taken.
fn sums(rows: &Rows, bench: &Bench) {
    let edges = [-MOST, -1, 0, 1, 100_00, 100_01, 1 << 53, i64::MAX as i128, u64::MAX as i128, MOST - 1, MOST];
    for minor in edges {
        let (money, key) = (kes(minor), |what: &str| format!("{what} {minor}"));
        let Bench { one, other, service, .. } = *bench;
        let commands: Vec<(&str, Command)> = vec![
            ("debit", Debit::new(one, service, money, key("debit")).into()),
            ("transfer", Transfer::new(one, other, service, money, key("transfer")).into()),
            ("post", Post::new(key("post")).debit(one, money).credit(other, money).into()),
            ("hold", PlaceHold::new(Debit::new(other, service, money, key("hold"))).into()),
            ("reverse", Reverse::part(Sequence(6), money, key("reverse")).into()),
            ("limit", NewLimit::new(one, Window::DAY).sum(Amount::minor(minor).unwrap_or_default()).into()),
            ("monitor", NewMonitor::new(one, money).into()),
        ];
        for (what, command) in commands {
            rows.row(&format!("{what} of {minor}"), || {
                let judged = bench.give(command);
                let moves = !["limit", "monitor"].contains(&what);
                // There are 200.00 in all.
                assert!(judged.is_err() || !moves || (1..=200_00).contains(&minor), "{what} of {minor}: {judged:?}");
            });
        }
    }
    // Everything there is room for, and one more.
    let room = MOST - bench.ledger.view().unwrap().trial_balance(bench.book).unwrap().debits.minor();
    for (key, minor, taken) in [("room", room, true), ("full", 1, false)] {
        rows.row(key, || {
            let judged = bench.give(Credit::new(bench.one, bench.service, kes(minor.max(1)), key));
            assert!(judged.is_ok() || !taken || matches!(judged, Err(Rejection::AmountOverflow { .. })), "{judged:?}");
        });
    }
}

/// Identifiers that were never given out, in every question and many a command.
fn identifiers(rows: &Rows, bench: &Bench) {
    let view = bench.ledger.view().unwrap();
    let end = view.sequence().0;
    macro_rules! absent {
        ($id:expr, $($what:ident: $answer:expr;)*) => {$(
            rows.row(&format!("{} {}", stringify!($what), $id), || {
                let answer = $answer;
                let known = answer.is_ok();
                let refused = answer.is_err_and(|error| matches!(error, Error::Rejected(_) | Error::BeyondEnd { .. }));
                assert!(known || refused, "{} {}", stringify!($what), $id);
                assert!(!known || $id <= end, "{} {} is known", stringify!($what), $id);
            });
        )*};
    }
    for id in IDS.iter().copied() {
        absent! { id,
            account: view.account(AccountId(id));
            balance: view.balance(AccountId(id));
            client: view.client(ClientId(id));
            book: view.book(BookId(id));
            service: view.service(ServiceId(id));
            entry: view.entry(Sequence(id));
            hold: view.hold(HoldId(Sequence(id)));
            invoice: view.invoice(InvoiceId(Sequence(id)));
            limit: view.limit(LimitId(id));
            monitor: view.monitor(MonitorId(id));
            set: view.set(SetId(id));
            counterparty: view.counterparty(CounterpartyId(id));
            state: bench.ledger.view_at(Sequence(id));
        }
        let money = kes(1);
        let commands: Vec<(&str, Command)> = vec![
            ("credit to", Credit::new(AccountId(id), bench.service, money, format!("to {id}")).into()),
            ("credit under", Credit::new(bench.one, ServiceId(id), money, format!("under {id}")).into()),
            ("transfer to", Transfer::new(bench.one, AccountId(id), bench.service, money, format!("over {id}")).into()),
            ("account of", NewAccount::new(ClientId(id), bench.book, AccountType::WORKING).into()),
            ("account in", NewAccount::new(bench.client, BookId(id), AccountType::WORKING).into()),
            ("reversal of", Reverse::whole(Sequence(id)).into()),
            ("capture of", Capture::whole(HoldId(Sequence(id))).into()),
            ("release of", Release::whole(HoldId(Sequence(id))).into()),
            ("expiry of", Expire { hold: HoldId(Sequence(id)), at: Timestamp(NOW) }.into()),
        ];
        for (what, command) in commands {
            rows.row(&format!("{what} {id}"), || {
                let judged = bench.give(command);
                assert!(judged.is_err() || id <= end + 20, "{what} {id}: {judged:?}");
            });
        }
    }
}

/// Pages of nothing, of one, and of more than there can be.
fn pages(rows: &Rows, bench: &Bench) {
    let view = bench.ledger.view().unwrap();
    for limit in LIMITS.iter().copied() {
        rows.row(&format!("pages of {limit}"), || {
            assert!(view.accounts(AccountFilter::All, Listing::first(limit)).is_ok());
            assert!(view.clients(Listing::first(limit)).is_ok());
            assert!(view.open_holds(Listing::first(limit)).is_ok());
            assert!(view.entries(None, limit).is_ok());
            assert!(view.entries(Some(Sequence(u64::MAX)), limit).is_ok_and(|page| page.items.is_empty()));
            assert!(view.events().limit(limit).page().is_ok());
            assert!(view.activities(bench.one).limit(limit).page().is_ok());
            assert!(view.statement(bench.one).limit(limit).all().is_ok());
            assert!(bench.ledger.settle_due(Timestamp(NOW), limit).is_ok());
        });
    }
}

/// Instants at both ends, wherever one can be given.
fn times(rows: &Rows) {
    for time in TIMES.iter().copied() {
        let (bench, at) = (Bench::new(), Timestamp(time));
        let view = bench.ledger.view().unwrap();
        let Bench { one, other, service, book, .. } = bench;
        rows.row(&format!("effective at {time}"), || {
            let judged = bench.give(Credit::new(one, service, kes(1), "effective").effective(at));
            assert!(judged.is_ok() || time > NOW, "{judged:?}");
        });
        rows.row(&format!("held until {time}"), || {
            let judged = bench.give(PlaceHold::new(Debit::new(one, service, kes(1), "until")).until(at));
            assert!(judged.is_ok() == (time > NOW) || time == NOW + 1, "{judged:?}");
        });
        rows.row(&format!("cleared at {time}"), || {
            drop(bench.give(Credit::new(other, service, kes(1), "clears").clearing(Clearing::At(at))));
        });
        rows.row(&format!("settled due at {time}"), || {
            let settled = bench.ledger.settle_due(at, 10);
            assert!(settled.is_ok() || time > NOW, "{settled:?}");
        });
        rows.row(&format!("known at {time}"), || {
            let known = bench.ledger.view_as_of(at).unwrap();
            assert_eq!(known.sequence() == Sequence::ZERO, time < NOW, "{}", known.sequence());
        });
        rows.row(&format!("balance at {time}"), || {
            for axis in [BalanceAt::recorded(at), BalanceAt::effective(at), BalanceAt::both(at, at)] {
                // What was recorded at once has each its own nanosecond.
                let money = view.balance_as_of(one, axis).unwrap().minor();
                assert!(money == 0 || time >= NOW, "{money}");
                assert!(money != 0 || time <= NOW + 1, "{money}");
                match view.trial_balance_as_of(book, axis) {
                    Ok(trial) => assert!(trial.is_balanced()),
                    Err(error) => assert!(matches!(error, Error::Rejected(Rejection::BookNotFound { .. })), "{error}"),
                }
            }
        });
        for end in TIMES.iter().copied() {
            rows.row(&format!("statement from {time} to {end}"), || {
                drop(view.statement(one).between(at, Timestamp(end)));
                drop(view.statement(one).by_effective_time().between(at, Timestamp(end)));
            });
        }
        rows.row(&format!("closed through {time}"), || {
            let judged = bench.give(ClosePeriod::new(book, at, "close"));
            assert!(judged.is_ok() || time >= NOW || time == i64::MIN, "{judged:?}");
        });
        assert_eq!(verified(&bench.ledger).unwrap().finding, None, "{time}");
    }
}
