//! Power cuts and failing disks under a whole ledger: what was acknowledged is there, nothing is there by half.
//!
//! `cargo test --features faults --test crash`; PACIOLI_CRASH_STRIDE=1 cuts at every operation instead of at
//! every 97th.
#![cfg(feature = "faults")]
// The helpers are tests too, which clippy cannot see; a torture test says what it has done.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::ops::ControlFlow;

use pacioli::prelude::*;
use pacioli::store::CommitMode;
use pacioli::store::faults::{Keep, SimDisk};
use pacioli::{Contact, Ledger, LedgerBuilder, Verification};

fn builder(mode: CommitMode) -> LedgerBuilder {
    Ledger::builder().tight().commit_mode(mode)
}

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

/// The commands of the workload, each with a key, in an order in which every one is accepted.
fn commands() -> Vec<Command> {
    let (book, client, service) = (BookId(1), ClientId(1), pacioli::ServiceId(1));
    let contact = Contact::new("Njeri", "njeri@shop.ke", "+254700000001");
    let mut commands: Vec<Command> = vec![
        NewBook::live("shop.kes", Currency::KES).keyed("book").into(),
        NewClient::business("Mama Njeri Shop", "KE", "P051", contact).keyed("client").into(),
        NewService::new(client, book, "CUSTOM_SERVICE")
            .fee(Fee::Fixed(Amount::minor(5).unwrap()))
            .narrative_required(false)
            .keyed("service")
            .into(),
    ];
    // Accounts 1 to 6 are the book's own; enough others for several pages of rows.
    for account in 7..110u64 {
        commands.push(NewAccount::new(client, book, AccountType::WORKING).keyed(format!("account {account}")).into());
    }
    for at in 0..60u64 {
        let account = AccountId(7 + at % 103);
        commands
            .push(Credit::new(account, service, kes(1_000), format!("credit {at}")).referring("topup", "same").into());
        if at % 3 == 2 {
            let from = AccountId(7 + (at - 1) % 103);
            commands.push(Transfer::new(from, account, service, kes(100), format!("transfer {at}")).into());
        }
        if at % 8 == 7 {
            // Every command is accepted, so the next entry's place is known.
            let hold = HoldId(Sequence(commands.len() as u64 + 1));
            let from = AccountId(7 + (at - 1) % 103);
            commands.push(PlaceHold::new(Transfer::new(from, account, service, kes(50), format!("hold {at}"))).into());
            commands.push(Capture::part(hold, kes(20), format!("capture {at}")).into());
            commands.push(if at % 16 == 15 { Release::whole(hold).into() } else { Capture::whole(hold).into() });
            let clears = Credit::new(account, service, kes(70), format!("clearing {at}")).clearing(Clearing::ByCall);
            commands.push(clears.into());
        }
        if at % 10 == 9 {
            commands.push(Reverse::part(Sequence(107), kes(10), format!("reverse {at}")).into());
        }
    }
    commands
}

/// How the workload is given to the ledger: one at a time, or in batches that grow.
fn run(ledger: &Ledger, commands: &[Command], batches: bool) -> usize {
    let mut acknowledged = 0;
    let mut size = 1;
    while acknowledged < commands.len() {
        let end = commands.len().min(acknowledged + if batches { size } else { 1 });
        let batch = commands[acknowledged..end].to_vec();
        match ledger.submit_batch(batch, Atomicity::Each) {
            Ok(results) => results.into_iter().for_each(|result| drop(result.unwrap())),
            Err(_) => break,
        }
        acknowledged = end;
        size = size % 40 + 7;
    }
    acknowledged
}

fn verified(ledger: &Ledger) -> Verification {
    let verification = ledger.verify(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(verification.finding, None);
    verification
}

/// A disk with an empty ledger on it.
fn empty_disk(mode: CommitMode) -> SimDisk {
    let disk = SimDisk::new();
    builder(mode).on_backend(disk.clone()).unwrap().close().unwrap();
    SimDisk::from_image(disk.image(Keep::All))
}

/// What the finished workload looks like, to compare every recovery with.
fn finished(mode: CommitMode, commands: &[Command], batches: bool) -> (u64, Vec<Receipt>) {
    let disk = empty_disk(mode);
    let before = disk.operations();
    let ledger = builder(mode).on_backend(disk.clone()).unwrap();
    assert_eq!(run(&ledger, commands, batches), commands.len());
    verified(&ledger);
    let receipts = commands.iter().map(|command| ledger.execute(command.clone()).unwrap()).collect();
    ledger.close().unwrap();
    (disk.operations() - before, receipts)
}

/// Finishes the workload on what a cut has left, and compares with a run that was never cut.
fn recovered(mode: CommitMode, image: Vec<u8>, commands: &[Command], acknowledged: usize, expected: &[Receipt]) {
    let ledger = builder(mode).on_backend(SimDisk::from_image(image)).unwrap();
    let there = usize::try_from(verified(&ledger).entries).unwrap();
    assert!(there >= acknowledged, "{acknowledged} acknowledged, {there} recovered");
    assert!(there <= commands.len());
    // The same commands again: those that are there are replayed, the others are carried out.
    for (at, command) in commands.iter().enumerate() {
        let receipt = ledger.execute(command.clone()).unwrap();
        assert_eq!(receipt.is_replayed(), at < there, "command {at} of {there} recovered");
        assert_eq!(receipt.sequence(), expected[at].sequence());
        assert_eq!(receipt.entry().postings, expected[at].entry().postings);
    }
    verified(&ledger);
}

fn stride() -> usize {
    std::env::var("PACIOLI_CRASH_STRIDE").ok().and_then(|text| text.parse().ok()).unwrap_or(97)
}

fn cut_everywhere(mode: CommitMode, batches: bool) {
    let commands = commands();
    let (operations, expected) = finished(mode, &commands, batches);
    let base = empty_disk(mode).image(Keep::All);
    let mut images = 0;
    // Cutting at every operation takes minutes; the stride visits all of them over the tiers.
    let step = stride() * if batches { 1 } else { 5 };
    for cut in (0..operations).step_by(step) {
        let disk = SimDisk::from_image(base.clone());
        disk.crash_at(disk.operations() + cut);
        let acknowledged = match builder(mode).on_backend(disk.clone()) {
            Ok(ledger) => run(&ledger, &commands, batches),
            Err(_) => 0,
        };
        for keep in [Keep::Nothing, Keep::All, Keep::Reversed, Keep::LastOnly, Keep::Random(cut), Keep::Torn(cut, 512)]
        {
            recovered(mode, disk.image(keep), &commands, acknowledged, &expected);
            images += 1;
        }
    }
    println!("torture power_cut cases={images} failures=0 operations={operations} step={step}");
}

#[test]
fn power_cuts_in_one_phase_lose_nothing_acknowledged() {
    cut_everywhere(CommitMode::OnePhase, true);
}

#[test]
fn power_cuts_with_quick_repair_lose_nothing_acknowledged() {
    cut_everywhere(CommitMode::QuickRepair, true);
}

#[test]
fn power_cuts_between_single_commands_lose_nothing_acknowledged() {
    cut_everywhere(CommitMode::OnePhase, false);
}

#[test]
fn a_failed_write_stops_the_ledger_and_loses_nothing() {
    let mode = CommitMode::OnePhase;
    let commands = commands();
    let (operations, expected) = finished(mode, &commands, true);
    let base = empty_disk(mode).image(Keep::All);
    for fail in (0..operations).step_by(stride()) {
        let disk = SimDisk::from_image(base.clone());
        disk.fail_at(disk.operations() + fail);
        let Ok(ledger) = builder(mode).on_backend(disk.clone()) else { continue };
        let acknowledged = run(&ledger, &commands, true);
        if acknowledged < commands.len() {
            // Fail-stop: nothing more is accepted, whatever it is.
            let error = ledger.execute(commands[acknowledged].clone()).unwrap_err();
            assert!(matches!(error, Error::Stopped(_)), "{error:?}");
        }
        drop(ledger);
        recovered(mode, disk.image(Keep::All), &commands, acknowledged, &expected);
    }
}
