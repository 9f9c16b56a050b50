//! Reports: their figures on a ledger with every kind of entry, what holds among them on random ledgers, and how they are
//! written.
//!
//! The random ledgers are those of `tests/model`. What a report adds up from the journal is compared with what accounts,
//! trial balances and activities say, which are read in other ways.

// The model and its helpers are tests too, which clippy cannot see.
#![allow(clippy::field_reassign_with_default, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(clippy::print_stdout, unreachable_pub, dead_code)]

#[path = "model/mod.rs"]
mod model;
#[path = "reports/shop.rs"]
mod shop;

mod reports {
    mod pages;
    mod random;
}

use pacioli::prelude::*;
use pacioli::report::{
    Age, ClientAccounts, Curve, Document, Fees, Income, Outstanding, OutstandingKind, PayoutReport, Payouts, Period,
    Report,
};
use pacioli::{AccountClass, BalanceAt, Operation, SystemAccount, Zone};

use shop::{DAY, Shop, at, operations, shop};

fn nairobi() -> Zone {
    Zone::named("Africa/Nairobi").unwrap()
}

fn days(from: &str, to: &str) -> Period {
    Period::days(&format!("2026-11-{from}"), &format!("2026-11-{to}"), &nairobi()).unwrap()
}

/// Sums as text, to be compared with what was worked out by hand.
fn texts<const N: usize>(sums: [Money; N]) -> [String; N] {
    sums.map(Money::text)
}

fn income(shop: &Shop, period: &Period) -> Income {
    Income::of(&shop.ledger.view().unwrap(), shop.kes.id, period).unwrap()
}

#[test]
fn the_shop_has_every_operation() {
    let view = shop(None).ledger.view().unwrap();
    let all = [
        Operation::Credit,
        Operation::Debit,
        Operation::Transfer,
        Operation::Post,
        Operation::Reverse,
        Operation::Hold,
        Operation::Capture,
        Operation::Release,
        Operation::Exchange,
    ];
    assert_eq!(operations(&view), all);
}

#[test]
fn income_is_what_fees_brought_less_what_was_spent() {
    let shop = shop(None);
    let income = income(&shop, &Period::all());
    // Commission: 15 + 3 + 6 + 1.50, less 3 and 1.50 given back; fees of the book: 3 + 5, less 5 given back.
    assert_eq!(texts([income.income, income.expense, income.net]), ["24.00", "25.00", "-1.00"]);
    let of_type = |name: &str| income.groups.iter().find(|group| group.account_type.code() == name).unwrap();
    let commission = of_type("COMMISSION_ACCOUNT");
    assert_eq!(texts([commission.debits, commission.credits, commission.closing]), ["4.50", "25.50", "21.00"]);
    let fees = of_type("FEE_INCOME");
    assert_eq!(texts([fees.opening, fees.debits, fees.credits, fees.closing]), ["0.00", "5.00", "8.00", "3.00"]);
    // 2.40 + 0.48 + 0.96 + 0.24, less 0.48 and 0.24.
    assert_eq!(income.tax.text(), "3.36");
    assert_eq!(texts([income.bought, income.sold]), ["100.00", "0.00"]);
    let dollars = Income::of(&shop.ledger.view().unwrap(), shop.usd.id, &Period::all()).unwrap();
    assert_eq!(texts([dollars.bought, dollars.sold, dollars.net]), ["0.00", "1.00", "0.00"]);
    let held = |class| income.position.iter().find(|held| held.class == class).unwrap().balance;
    let owed = held(AccountClass::Liability).plus(income.net_to_date).unwrap();
    assert_eq!(held(AccountClass::Asset), owed);
    assert!(income.is_balanced() && dollars.is_balanced());
    let text = income.to_string();
    assert!(text.contains("Income less expense                  -1.00\n"), "{text}");
    assert!(text.contains("Income     COMMISSION_ACCOUNT"), "{text}");
}

#[test]
fn income_of_a_period_begins_where_the_one_before_ended() {
    let shop = shop(None);
    let view = shop.ledger.view().unwrap();
    for axis in [|period: Period| period, Period::by_effective_time] {
        let (early, late) = (income(&shop, &axis(days("01", "04"))), income(&shop, &axis(days("05", "30"))));
        let of = |report: &Income| -> Vec<(String, Money, Money)> {
            let groups = report.groups.iter();
            groups.map(|group| (group.account_type.to_string(), group.opening, group.closing)).collect()
        };
        for ((name, _, closing), (other, opening, _)) in of(&early).into_iter().zip(of(&late)) {
            assert_eq!((name, closing), (other, opening));
        }
        let all = income(&shop, &axis(Period::all()));
        assert_eq!(early.net.plus(late.net).unwrap(), all.net);
        assert_eq!(early.debits.plus(late.debits).unwrap(), all.debits);
        assert_eq!(late.net_to_date, all.net);
    }
    // The rent was recorded on the sixth, and paid on the fourth.
    let rent = |period: &Period| income(&shop, period).expense.text();
    assert_eq!(rent(&days("04", "04")), "0.00");
    assert_eq!(rent(&days("04", "04").by_effective_time()), "25.00");
    assert_eq!(rent(&days("06", "06")), "25.00");
    assert_eq!(rent(&days("06", "06").by_effective_time()), "0.00");
    // A book that was opened later has no income then.
    let before = Period::through("2026-10-01", &nairobi()).unwrap();
    assert!(matches!(
        Income::of(&view, shop.kes.id, &before),
        Err(Error::Rejected(pacioli::Rejection::BookNotFound { .. }))
    ));
    assert!(Income::of(&view, shop.kes.id, &before.by_effective_time()).unwrap().debits.is_zero());
}

#[test]
fn fees_and_tax_stand_by_service_and_by_account() {
    let shop = shop(None);
    let view = shop.ledger.view().unwrap();
    let fees = Fees::of(&view, shop.kes.id, &Period::all()).unwrap();
    let figures = |sums: &pacioli::report::Charged| {
        let [charged, refunded, net] = texts([sums.charged, sums.refunded, sums.net]);
        (sums.charges, charged, sums.refunds, refunded, net)
    };
    let are = |count, charged: &str, refunds, refunded: &str, net: &str| {
        (count, charged.to_owned(), refunds, refunded.to_owned(), net.to_owned())
    };
    assert_eq!(figures(&fees.fees), are(6, "33.50", 3, "9.50", "24.00"));
    assert_eq!(figures(&fees.taxes), are(4, "4.08", 2, "0.72", "3.36"));
    let rows: Vec<_> = fees.services.iter().map(|row| (row.service, row.kind.text(), figures(&row.sums))).collect();
    assert_eq!(
        rows,
        [
            (Some(shop.sales), "Fee", are(4, "25.50", 2, "4.50", "21.00")),
            (Some(shop.sales), "Tax", are(4, "4.08", 2, "0.72", "3.36")),
            (Some(shop.send), "Fee", are(2, "8.00", 1, "5.00", "3.00")),
        ]
    );
    let accounts: Vec<_> = fees.accounts.iter().map(|row| (row.account, row.sums.net.text())).collect();
    let (income, tax) = (shop.kes.system(SystemAccount::FeeIncome), shop.kes.system(SystemAccount::Tax));
    assert_eq!(accounts, [(income, "3.00".into()), (tax, "3.36".into()), (shop.commission, "21.00".into())]);
    for account in &fees.accounts {
        assert_eq!(view.balance(account.account).unwrap().current, account.sums.net, "{}", account.name);
    }
    // What was charged on the second is given back on the fifth, for the same service.
    let fifth = Fees::of(&view, shop.kes.id, &days("05", "05")).unwrap();
    assert_eq!(figures(&fifth.fees), are(0, "0.00", 2, "4.50", "-4.50"));
    assert_eq!(fifth.services[0].service, Some(shop.sales));
    assert!(Fees::of(&view, shop.usd.id, &Period::all()).unwrap().services.is_empty());
}

#[test]
fn what_is_outstanding_is_listed_by_age() {
    let shop = shop(None);
    let view = shop.ledger.view().unwrap();
    let outstanding = Outstanding::of(&view, shop.kes.id, at("2026-11-20T12:30:00Z"), &nairobi()).unwrap();
    let items: Vec<_> =
        outstanding.items.iter().map(|item| (item.kind, item.days, item.age, item.left.text())).collect();
    use OutstandingKind::{Clearing, Hold, Payout, Reserve};
    assert_eq!(
        items,
        [
            (Clearing, 17, Age::Month, "400.00".to_owned()),
            (Reserve, 14, Age::Month, "10.00".to_owned()),
            (Hold, 14, Age::Month, "40.00".to_owned()),
            (Hold, 14, Age::Month, "30.00".to_owned()),
            // The third and the fifth item, with their charges.
            (Payout, 2, Age::Week, "90.00".to_owned()),
            (Payout, 0, Age::Day, "21.00".to_owned()),
        ]
    );
    assert_eq!(outstanding.sum.text(), "591.00");
    let buckets: Vec<_> =
        outstanding.buckets.iter().map(|row| (row.kind, row.age, row.count, row.sum.text())).collect();
    assert_eq!(buckets[0], (Hold, Age::Month, 2, "70.00".to_owned()));
    assert_eq!(buckets.len(), 5);
    let due: Vec<bool> = outstanding.items.iter().map(|item| item.is_due).collect();
    assert_eq!(due, [false, false, false, true, false, false], "the exchange was held until the fifteenth");
    // In the other book of the exchange there is the other half of it, in dollars.
    let dollars = Outstanding::of(&view, shop.usd.id, view.recorded_at(), &nairobi()).unwrap();
    assert_eq!(dollars.items.len(), 1);
    assert_eq!((dollars.items[0].hold, dollars.sum), (outstanding.items[3].hold, shop.usd.money("0.30").unwrap()));
    // A month later all is older, and looking back there was less.
    let later = Outstanding::of(&view, shop.kes.id, at("2026-12-20T12:00:00Z"), &nairobi()).unwrap();
    assert!(later.items.iter().all(|item| item.age == Age::Longer));
    let fourth = shop.ledger.view_as_of(at("2026-11-04T00:00:00Z")).unwrap();
    let then = Outstanding::of(&fourth, shop.kes.id, fourth.recorded_at(), &nairobi()).unwrap();
    assert_eq!(then.items.iter().map(|item| item.left.text()).collect::<Vec<_>>(), ["400.00", "100.00"]);
    let text = outstanding.to_string();
    assert!(text.contains("As of 2026-11-20 15:30:00, Africa/Nairobi\n"), "{text}");
    assert!(text.contains("Clearing  7-30 days"), "{text}");
}

#[test]
fn a_payout_is_paid_failed_cancelled_or_pending_to_the_unit() {
    let shop = shop(None);
    let view = shop.ledger.view().unwrap();
    let report = PayoutReport::of(&view, shop.payout.payout, &nairobi()).unwrap();
    let sums = &report.sums;
    assert!(sums.is_whole());
    assert_eq!(texts([sums.paid, sums.failed, sums.cancelled, sums.pending]), ["50.00", "20.00", "0.00", "80.00"]);
    assert_eq!(texts([sums.total, sums.returned]), ["150.00", "40.00"]);
    assert_eq!(texts([sums.charge_estimate, sums.actual_charges]), ["25.00", "3.00"]);
    let states: Vec<_> = report.states.iter().map(|row| (row.state.text(), row.count, row.sum.text())).collect();
    let one = |name, sum: &str| (name, 1, sum.to_owned());
    assert_eq!(
        states,
        [
            one("Pending", "50.00"),
            one("Unknown", "30.00"),
            one("Successful", "10.00"),
            one("Failed", "20.00"),
            one("Returned", "40.00"),
        ]
    );
    assert_eq!(report.items[0].actual_charge, Some(shop.sum("3.00")));
    assert_eq!((report.signatures, report.signatures_needed), (1, 1));
    let all = Payouts::of(&view, shop.kes.id, &Period::all().in_zone(&nairobi())).unwrap();
    assert_eq!(all.payouts.len(), 3);
    assert!(all.sums.is_whole() && all.payouts.iter().all(|row| row.sums.is_whole()));
    assert_eq!(all.payouts[0].sums, report.sums);
    assert_eq!(texts([all.sums.cancelled, all.sums.pending]), ["7.00", "91.00"]);
    assert_eq!(Payouts::of(&view, shop.kes.id, &days("20", "20")).unwrap().payouts.len(), 1);
    let text = report.to_string();
    assert!(text.contains("Processing, 1 of 1 signatures, by MPESA-B2C from account 10000014 in shop.kes"), "{text}");
    assert!(text.contains("  254722000112  =Customer  Failed"), "{text}");
}

#[test]
fn a_client_has_accounts_in_books() {
    let shop = shop(None);
    let view = shop.ledger.view().unwrap();
    let accounts = ClientAccounts::of(&view, shop.client).unwrap();
    assert_eq!(accounts.books.iter().map(|book| book.name.as_str()).collect::<Vec<_>>(), ["shop.kes", "shop.usd"]);
    let kes = &accounts.books[0];
    let class = |class| kes.classes.iter().find(|total| total.class == class).unwrap();
    let (owed, earned, spent) =
        (class(AccountClass::Liability), class(AccountClass::Income), class(AccountClass::Expense));
    assert_eq!((owed.accounts, earned.accounts, spent.accounts), (3, 1, 1));
    assert_eq!(kes.held, owed.current.plus(earned.current).unwrap().minus(spent.current).unwrap());
    // 400 less the charge of 6.96 clears; 40, 30, 90 and 21 are held.
    let kept = owed.current.minus(owed.available).unwrap();
    assert_eq!(kept.text(), "574.04");
    let text = accounts.to_string();
    assert!(text.starts_with("Accounts of client "), "{text}");
    // Names reach no terminal's controls, and turn nothing.
    assert!(text.contains("evil [2J") && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

#[test]
fn a_curve_goes_from_the_opening_to_the_closing_balance() {
    let shop = shop(None);
    let view = shop.ledger.view().unwrap();
    for period in [Period::all(), days("03", "05"), days("03", "05").by_effective_time(), days("28", "30")] {
        let curve = Curve::of(&view, shop.till, &period).unwrap();
        let query = view.statement(shop.till);
        let query = if period.axis == pacioli::Axis::Effective { query.by_effective_time() } else { query };
        let (from, to) = (period.from.unwrap_or(Timestamp::MIN), period.to.unwrap_or(Timestamp::MAX));
        let statement = query.between(from, to).unwrap();
        assert_eq!((curve.opening, curve.closing), (statement.opening, statement.closing), "{period}");
        assert!(curve.points.is_sorted_by_key(|step| step.at));
        assert!(curve.points.iter().all(|step| curve.least.minor() <= step.balance.minor()));
        assert!(curve.points.iter().all(|step| step.balance.minor() <= curve.most.minor()));
    }
    let curve = Curve::of(&view, shop.till, &Period::all()).unwrap();
    let lines = view.activities(shop.till).oldest_first().limit(1_000).page().unwrap().items;
    for step in &curve.points {
        let last = lines.iter().rfind(|line| line.recorded_at == step.at).unwrap();
        assert_eq!(step.balance, last.current_balance);
    }
    // Curves of statements that have only some of their lines would be wrong, so there are none.
    let curves = |statement: pacioli::Statement| {
        let sections = statement.sections();
        sections[0].blocks.iter().filter(|block| matches!(block, pacioli::report::Block::Curve(_))).count()
    };
    assert_eq!(curves(view.statement(shop.till).all().unwrap()), 1);
    let some = view.statement(shop.till).limit(3).all().unwrap();
    let more = some.more;
    assert_eq!(curves(some), 0);
    assert_eq!(curves(view.statement(shop.till).after(more).all().unwrap()), 0);
    assert_eq!(curves(view.statement(shop.till).kinds(&[EntryKind::Sale]).all().unwrap()), 0);
}

#[test]
fn reports_look_back_with_their_view() {
    let shop = shop(None);
    let now = shop.ledger.view().unwrap();
    let then = shop.ledger.view_as_of(at("2026-11-04T00:00:00Z")).unwrap();
    let income = Income::of(&then, shop.kes.id, &Period::all()).unwrap();
    assert_eq!(income.income.text(), "25.50");
    assert_eq!((income.at, income.recorded_at), (then.sequence(), then.recorded_at()));
    let trial = now.trial_balance_as_of(shop.kes.id, BalanceAt::recorded(at("2026-11-04T00:00:00Z"))).unwrap();
    for (group, same) in income.groups.iter().zip(&trial.groups) {
        assert_eq!((group.closing, &group.account_type), (same.balance, &same.account_type));
    }
    let missing = pacioli::BookId(9);
    assert!(Fees::of(&now, missing, &Period::all()).is_err() && Payouts::of(&now, missing, &Period::all()).is_err());
    assert!(ClientAccounts::of(&now, ClientId(9)).is_err());
}

#[test]
fn values_are_written_as_json_with_exact_sums() {
    let shop = shop(None);
    let view = shop.ledger.view().unwrap();
    let json = |value: &dyn erased::Serialize| value.json();
    let income = json(&income(&shop, &days("01", "30")));
    assert_eq!(income["net"], serde_json::json!({"amount": "-1.00", "currency": "KES", "scale": 2}));
    assert_eq!(income["period"]["zone"], "Africa/Nairobi");
    assert_eq!(income["period"]["first_day"], "2026-11-01");
    let outstanding = Outstanding::of(&view, shop.kes.id, view.recorded_at().plus_ns(DAY), &nairobi()).unwrap();
    assert_eq!(json(&outstanding)["items"][0]["kind"], "clearing");
    let fees = json(&Fees::of(&view, shop.kes.id, &Period::all()).unwrap());
    assert_eq!((&fees["services"][0]["kind"], &fees["services"][0]["net"]["amount"]), (&"fee".into(), &"21.00".into()));
}

/// Values of several types in one closure.
mod erased {
    pub trait Serialize {
        fn json(&self) -> serde_json::Value;
    }

    impl<T: serde::Serialize> Serialize for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap()
        }
    }
}

/// Every report of the shop, in one document.
pub fn whole(shop: &Shop) -> Document {
    let view = shop.ledger.view().unwrap();
    let period = days("01", "30");
    let mut document = Document::new("Report of <shop>").note("As it is & was");
    document.add(view.trial_balance(shop.kes.id).unwrap());
    document.add(Income::of(&view, shop.kes.id, &period).unwrap());
    document.add(Fees::of(&view, shop.kes.id, &period).unwrap());
    document.add(Outstanding::of(&view, shop.kes.id, view.recorded_at(), &period.zone).unwrap());
    document.add(PayoutReport::of(&view, shop.payout.payout, &period.zone).unwrap());
    document.add(Payouts::of(&view, shop.kes.id, &period).unwrap());
    document.add(ClientAccounts::of(&view, shop.client).unwrap());
    document.add(view.rollup(shop.kes.id, "").unwrap());
    for account in [shop.till, shop.float, shop.dollars] {
        document.add(view.statement(account).days("2026-11-01", "2026-11-30", &period.zone).unwrap());
    }
    document
}
