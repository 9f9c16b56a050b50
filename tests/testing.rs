//! What the feature `testing` gives to hosts: a ledger with a clock to be set, faults, valid commands, assertions.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pacioli::prelude::*;
use pacioli::testing::faults::{FailedCommit, Repeat};
use pacioli::testing::{Imbalance, TestLedger, balanced, judged, scenarios, sums};
use pacioli::{ManualClock, Operation, Request, SystemAccount, assert_balanced};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

fn shop(ledger: &Ledger) -> pacioli::Book {
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let sum = book.money("100.00").unwrap();
    let (from, to) = (book.system(SystemAccount::External), book.system(SystemAccount::Suspense));
    ledger.post(Post::new("opening").debit(from, sum).credit(to, sum)).unwrap();
    book
}

#[test]
fn a_ledger_stands_where_its_clock_does() {
    let ledger = TestLedger::new().unwrap();
    assert_eq!(TestLedger::START.to_string(), "2026-01-01T00:00:00Z");
    let clock: &ManualClock = ledger.clock();
    clock.advance_ns(3_600_000_000_000);
    assert_eq!(shop(&ledger).opened_at.to_string(), "2026-01-01T01:00:00Z");
    let ledger = ledger.reopened().unwrap();
    assert_eq!(ledger.view().unwrap().sequence(), Sequence(2));
    let receipt = ledger.define_account_type(pacioli::AccountTypeRule::new("VAULT", pacioli::AccountClass::Asset));
    // Two entries were recorded in that hour: the third is at the same instant, and so a nanosecond later.
    assert_eq!(receipt.unwrap().recorded_at().to_string(), "2026-01-01T01:00:00.000000002Z");
    let named = TestLedger::built(Ledger::builder().codes(|_: &str, id: u64, _| format!("CODE_{id}"))).unwrap();
    let contact = Contact::new("Njeri", "njeri@example.org", "+254700000001");
    assert_eq!(named.register_client(NewClient::individual("Kenya", contact)).unwrap().code, "CODE_1");
}

#[test]
fn a_commit_that_failed_is_known_after_reopening() {
    for (failed, books) in [(FailedCommit::Lost, 0), (FailedCommit::Applied, 1)] {
        let ledger = TestLedger::new().unwrap();
        ledger.store().fail_next_commit(failed);
        let unsure = ledger.open_book(NewBook::live("shop.kes", Currency::KES));
        assert!(matches!(unsure, Err(Error::OutcomeUnknown(_))), "{unsure:?}");
        let again = NewBook::live("shop.usd", Currency::USD);
        assert!(matches!(ledger.open_book(again), Err(Error::Stopped(_))));
        let ledger = ledger.reopened().unwrap();
        assert_eq!(ledger.view().unwrap().books().unwrap().len(), books);
        assert_balanced!(ledger);
    }
}

#[test]
fn an_imbalance_names_the_book_and_by_how_much() {
    let ledger = TestLedger::new().unwrap();
    let book = shop(&ledger);
    assert_balanced!(ledger);
    assert_balanced!(&*ledger);
    balanced(&ledger).unwrap();

    // The engine keeps no such book, so one is forged.
    let mut forged = ledger.view().unwrap().trial_balance(book.id).unwrap();
    let mut verification = ledger.verify_all().unwrap();
    judged(std::slice::from_ref(&forged), &verification).unwrap();
    forged.debits = book.money("100.25").unwrap();
    forged.difference = book.money("0.25").unwrap();
    let imbalance = judged(&[forged], &verification).unwrap_err();
    let told = "book shop.kes does not balance: debits KES 100.25, credits KES 100.00, off by KES 0.25";
    assert_eq!(imbalance.to_string(), told);

    verification.finding = Some(pacioli::Finding {
        table: "journal".to_owned(),
        key: "01".to_owned(),
        entry: Some(Sequence(2)),
        what: "an amount was changed".to_owned(),
    });
    let imbalance = judged(&[], &verification).unwrap_err();
    assert!(matches!(imbalance, Imbalance::Unsound(_)) && imbalance.to_string().contains("entry 2"), "{imbalance}");
}

#[test]
fn the_assertion_panics() {
    let ledger = TestLedger::new().unwrap();
    shop(&ledger);
    // What cannot be read does not balance.
    ledger.store().fail_at(ledger.store().operations(), Repeat::Forever, FailedCommit::Lost);
    let panic = catch_unwind(AssertUnwindSafe(|| assert_balanced!(ledger))).unwrap_err();
    let told = panic.downcast_ref::<String>().unwrap();
    assert!(told.contains("could not be read"), "{told}");
}

#[test]
fn scenarios_have_something_of_everything() {
    let mut runner = TestRunner::deterministic();
    let (mut operations, mut longest) = (BTreeSet::new(), 0);
    for _ in 0..40 {
        let scenario = scenarios(0..40).new_tree(&mut runner).unwrap().current();
        let ledger = TestLedger::new().unwrap();
        for receipt in scenario.run(&ledger).unwrap() {
            operations.extend(receipt.entry().posted().map(|posted| posted.operation));
        }
        longest = longest.max(scenario.commands().len());
        assert_balanced!(ledger);
    }
    let all = [
        Operation::Credit,
        Operation::Debit,
        Operation::Transfer,
        Operation::Hold,
        Operation::Capture,
        Operation::Release,
        Operation::Reverse,
    ];
    assert_eq!(operations, BTreeSet::from(all));
    assert!(longest > 20, "{longest}");
}

#[test]
fn what_fails_shrinks_to_few_commands() {
    let mut runner = TestRunner::new_with_rng(
        Config { failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    // Suppose that a host cannot bear a reversal.
    let failed = runner.run(&scenarios(0..40), |scenario| {
        let reversal = |command: &&Command| matches!(command.request, Request::Reverse(_));
        prop_assert!(scenario.commands().iter().find(reversal).is_none());
        Ok(())
    });
    let Err(proptest::test_runner::TestError::Fail(_, scenario)) = failed else { panic!("a failure was expected") };
    // A movement, and its reversal.
    assert_eq!(scenario.commands().len(), 2, "{scenario:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_scenario_is_valid_and_known_again(scenario in scenarios(0..30)) {
        let ledger = TestLedger::new().unwrap();
        let receipts = scenario.run(&ledger).unwrap();
        prop_assert!(receipts.iter().all(|receipt| !receipt.is_replayed()));
        prop_assert!(scenario.run(&ledger).unwrap().iter().all(|receipt| receipt.is_replayed()));
        assert_balanced!(ledger);
    }

    #[test]
    fn sums_are_in_their_range(sum in sums(Currency::UGX, 5..=9)) {
        prop_assert!((5..=9).contains(&sum.minor()));
        prop_assert_eq!(sum.currency(), Currency::UGX);
    }
}
