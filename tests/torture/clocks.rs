//! Clocks that stop, jump and go back: places and numbers follow one another all the same, and recorded times never fall.

use std::sync::Arc;

use pacioli::ManualClock;
use pacioli::prelude::*;

use super::random::Random;
use super::tier::{Run, cases};
use super::workload::verified;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
const YEAR: i64 = 366 * DAY;
/// In November 2026.
const NOW: i64 = 1_795_000_000 * SECOND;
/// The leap second of 2016, and midnight after it.
const LEAP: i64 = 1_483_228_799 * SECOND;

/// What the clock shows, one reading after the other.
fn clocks() -> Vec<(String, Vec<i64>)> {
    let mut clocks: Vec<(String, Vec<i64>)> = vec![
        ("stands still".into(), vec![NOW; 12]),
        ("goes on".into(), (0..12).map(|at| NOW + at * SECOND).collect()),
        ("ticks backwards".into(), (0..12).map(|at| NOW - at).collect()),
        ("runs backwards".into(), (0..12).map(|at| NOW - at * DAY).collect()),
        ("swings".into(), (0..12).map(|at| NOW + if at % 2 == 0 { DAY } else { -DAY }).collect()),
        ("before 1970".into(), (0..12).map(|at| -40 * YEAR + at * SECOND).collect()),
        ("over 1970".into(), (0..12).map(|at| at - 6).collect()),
        ("at the first instant".into(), vec![i64::MIN; 12]),
        ("from the first instant".into(), (0..12).map(|at| i64::MIN + at).collect()),
        ("first, last but ten, first".into(), vec![i64::MIN, 0, i64::MIN, NOW, i64::MIN, i64::MIN + 1]),
        ("over a leap second".into(), vec![LEAP, LEAP + 999_999_999, LEAP, LEAP + 1, LEAP + SECOND, LEAP + 2 * SECOND]),
        ("leaps and falls".into(), vec![NOW, NOW + 10 * YEAR, NOW + 1, NOW + 10 * YEAR, NOW, NOW + 20 * YEAR, 0]),
        ("near the end".into(), (0..12).map(|at| i64::MAX - 20 + at).collect()),
    ];
    for back in [1, 1_000, SECOND, 3_600 * SECOND, DAY, 31 * DAY, YEAR, 10 * YEAR, 50 * YEAR] {
        clocks
            .push((format!("goes back by {back} ns"), vec![NOW, NOW + 1, NOW - back, NOW - back, NOW + 2, NOW - back]));
        clocks.push((format!("jumps on by {back} ns"), vec![NOW, NOW + back, NOW + 1, NOW + back, NOW + 2 * back]));
    }
    clocks
}

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

/// Gives a command at each reading, opening the file again in between; proves order, times, numbers and keys.
fn kept(story: &str, readings: &[i64], random: &mut Random) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let clock = Arc::new(ManualClock::at(Timestamp(readings[0])));
    let open = || Ledger::builder().clock(Arc::clone(&clock)).tight().open(&path).unwrap();
    let mut ledger = open();
    let book = ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap();
    let contact = Contact::new("Njeri", "njeri@shop.ke", "+254700000001");
    let client = ledger.register_client(NewClient::business("Shop", "KE", "P051", contact)).unwrap();
    let service = NewService::new(client.id, book.id, "FREE").narrative_required(false);
    let service = ledger.define_service(service).unwrap().id;
    let account = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap().id;
    let credit = |key: &str| Credit::new(account, service, kes(10), key);
    let mut receipts: Vec<Receipt> = Vec::new();
    for (at, reading) in readings.iter().enumerate() {
        clock.set(Timestamp(*reading));
        if random.below(3) == 0 {
            ledger.close().unwrap();
            ledger = open();
        }
        let receipt = ledger.credit(credit(&format!("key {at}"))).unwrap_or_else(|error| panic!("{story}: {error}"));
        let before = receipts.last().map_or(4, |receipt| receipt.sequence().0);
        assert_eq!(receipt.sequence().0, before + 1, "{story}: reading {at}");
        if let Some(last) = receipts.last() {
            let expected = Timestamp(last.recorded_at().0 + 1).max(Timestamp(*reading));
            assert_eq!(receipt.recorded_at(), expected, "{story}: reading {at}");
        }
        assert_eq!(receipt.activity().unwrap().number, at as u64 + 1, "{story}");
        // Whatever the clock shows by now, the same command is the same.
        let again = ledger.credit(credit(&format!("key {}", random.index(at + 1)))).unwrap();
        assert!(again.is_replayed(), "{story}");
        let first = receipts.iter().chain([&receipt]).find(|first| first.sequence() == again.sequence());
        assert_eq!(first.map(Receipt::recorded_at), Some(again.recorded_at()), "{story}");
        receipts.push(receipt);
    }
    let view = ledger.view().unwrap();
    for receipt in &receipts {
        let known = ledger.view_as_of(receipt.recorded_at()).unwrap();
        assert_eq!(known.sequence(), receipt.sequence(), "{story}");
        let current = known.balance(account).unwrap().current.minor();
        assert_eq!(current, 10 * (i128::from(receipt.sequence().0) - 4), "{story}");
    }
    let lines = view.activities(account).oldest_first().limit(100).page().unwrap().items;
    assert!(lines.windows(2).all(|pair| pair[0].recorded_at < pair[1].recorded_at), "{story}");
    // Holds end by the time that is given, and never before.
    let last = receipts.last().map_or(Timestamp::MIN, Receipt::recorded_at);
    // At the last instant of all nothing ends any more.
    if let Some(until) = last.0.checked_add(5).filter(|until| *until < i64::MAX) {
        let hold = PlaceHold::new(Debit::new(account, service, kes(5), "hold")).until(Timestamp(until));
        let hold = ledger.hold(hold).unwrap().hold().unwrap();
        clock.set(Timestamp(until - 1));
        assert!(ledger.settle_due(Timestamp(until - 1), 10).unwrap().is_empty(), "{story}");
        clock.set(Timestamp(until));
        assert_eq!(ledger.settle_due(Timestamp(until), 10).unwrap().len(), 1, "{story}");
        assert_eq!(ledger.view().unwrap().hold(hold).unwrap().hold.state, HoldState::Expired, "{story}");
    }
    assert_eq!(verified(&ledger).unwrap().finding, None, "{story}");
    ledger.close().unwrap();
}

#[test]
fn clock_that_stops_jumps_or_goes_back_changes_no_order() {
    let run = Run::begin("clocks");
    let mut random = run.random();
    for (story, readings) in clocks() {
        kept(&story, &readings, &mut random);
        run.case();
    }
    for case in 0..cases(40, 20_000) {
        let mut now = NOW;
        let readings: Vec<i64> = (0..8)
            .map(|_| {
                let step = [1, SECOND, DAY, YEAR][random.index(4)];
                now += step * (random.below(21) as i64 - 10);
                now
            })
            .collect();
        kept(&format!("random clock {case}, seed {}", run.seed), &readings, &mut random);
        run.case();
    }
    run.end("");
}
