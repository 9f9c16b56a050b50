//! Backups, copies and compaction while the power is cut, disks fail or are full, and processes die: the copy is whole or
//! not there, and the original is never harmed.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use pacioli::prelude::*;
use pacioli::store::faults::{Fault, Keep, Repeat, SimDisk};
use pacioli::store::{CommitMode, RedbOptions, RedbStore, StoreError};
use pacioli::{BackupError, BackupOptions, LayoutError};

use super::power::keeps;
use super::processes::{Room, beginning, credit, said_until_killed, say, sound, start, worker_process};
use super::random::Random;
use super::tier::{Run, cases};
use super::workload::{HOMES, Home, image_after, open, picture, verified, workload};

fn going_on() -> impl FnMut(pacioli::BackupProgress) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

fn store_on(disk: &SimDisk, mode: CommitMode) -> Result<Arc<RedbStore>, StoreError> {
    RedbStore::on_backend(disk.clone(), &RedbOptions { commit_mode: mode, ..RedbOptions::default() }).map(Arc::new)
}

/// Every home, and a glance at everything there is to ask.
#[test]
fn backup_shows_everything_that_the_original_shows() {
    let run = Run::begin("backups_of_every_home");
    let workload = workload();
    let mut random = run.random();
    for home in HOMES {
        for steps in [0, 1 + random.index(workload.steps.len() - 1), workload.steps.len()] {
            let opened = open(home, &SimDisk::from_image(image_after(steps, home, random.below(2) == 0))).unwrap();
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("copy.redb");
            let backup = opened.ledger.backup(&path).unwrap();
            assert_eq!((backup.sequence, backup.head), (workload.marks[steps].sequence, workload.marks[steps].head));
            let copy = Ledger::builder().existing().open(&path).unwrap();
            let expected = picture(&opened.ledger.view().unwrap(), &workload.known);
            assert!(picture(&copy.view().unwrap(), &workload.known) == expected, "{home:?}, {steps} steps");
            run.case();
        }
    }
    run.end("");
}

/// What may be there when a copy was cut off: nothing that opens, an empty ledger where nothing was written yet, or all.
#[test]
fn cuts_while_copying_leave_nothing_or_the_whole() {
    let run = Run::begin("power_cuts_copying");
    let mut random = run.random();
    let (mut refused, mut empty, mut whole) = (0u64, 0u64, 0u64);
    let wanted = cases(1_500, 200_000);
    let steps = workload().steps.len();
    while run.counted() < wanted {
        let mode = [CommitMode::OnePhase, CommitMode::QuickRepair][random.index(2)];
        let home = Home::Own(mode);
        let source = SimDisk::from_image(image_after(steps - random.index(20), home, true));
        let original = open(home, &source).unwrap();
        let (mark, rows) = (original.mark(), original.rows());
        // Copying writes nothing to the original.
        let before = source.image(Keep::All);
        let disk = SimDisk::new();
        disk.record();
        let store = store_on(&disk, mode).unwrap();
        let options = BackupOptions::default().unverified();
        original.ledger.copy_into(Arc::clone(&store) as _, &options, &mut going_on()).unwrap();
        store.shutdown().unwrap();
        let written = disk.operations();
        assert!(source.image(Keep::All) == before, "the original was written to");
        assert_eq!(original.mark(), mark);
        let mut cuts = disk.cuts();
        while cuts.next() {
            for keep in if cuts.is_certain() { vec![Keep::All] } else { keeps(&mut random) } {
                let story = format!("{mode:?}, cut at {} of {written}, {keep:?}, seed {}", cuts.operations(), run.seed);
                match open(home, &SimDisk::from_image(cuts.image(keep))) {
                    Err(Error::Failed(_)) => refused += 1,
                    Err(other) => panic!("{story}: {other:?}"),
                    Ok(copy) if copy.sequence() == Sequence::ZERO => {
                        assert_eq!(copy.mark().sequence, Sequence::ZERO, "{story}");
                        empty += 1;
                    }
                    Ok(copy) => {
                        assert_eq!((copy.mark().head, copy.rows()), (mark.head, rows), "{story}");
                        whole += 1;
                    }
                }
                run.case();
            }
        }
        assert!(whole > 0 && refused > 0, "{whole} whole, {refused} refused");
    }
    run.end(&format!("refused={refused} empty={empty} whole={whole}"));
}

/// The kth operation fails, of the disk that is read or of the one that is written to.
#[test]
fn failing_disk_under_a_copy_is_told_and_harms_nothing() {
    let run = Run::begin("failing_copies");
    let mut random = run.random();
    let steps = workload().steps.len();
    let home = HOMES[0];
    let image = image_after(steps, home, true);
    let faults = [Fault::Error(std::io::ErrorKind::Other), Fault::Error(std::io::ErrorKind::StorageFull), Fault::Short];
    for reading in [true, false] {
        let mut kth = 0;
        loop {
            let (source, target) = (SimDisk::from_image(image.clone()), SimDisk::new());
            let original = open(home, &source).unwrap();
            let failing = if reading { &source } else { &target };
            failing.fail_at(failing.operations() + kth, faults[random.index(3)], Repeat::Once);
            let begun = source.operations();
            let copied = store_on(&target, CommitMode::OnePhase).map_err(BackupError::from).and_then(|store| {
                let options = BackupOptions::default().unverified();
                let copied = original.ledger.copy_into(Arc::clone(&store) as _, &options, &mut going_on());
                store.shutdown().map_err(BackupError::from).and(copied)
            });
            let Some(failed) = failing.failed_first() else {
                assert!(copied.is_ok(), "{copied:?}");
                break;
            };
            let story = format!("reading {reading}, operation {failed}: {copied:?}");
            // It may fail in what nobody needs any more.
            assert!(copied.as_ref().map_or_else(is_failure, |_| true), "{story}");
            failing.heal();
            drop(original);
            let reopened = open(home, &SimDisk::from_image(source.image(Keep::Nothing))).unwrap();
            assert_eq!(reopened.mark(), workload().marks[steps], "{story}");
            if copied.is_ok() {
                let copy = open(home, &SimDisk::from_image(target.image(Keep::Nothing))).unwrap();
                assert_eq!(copy.mark().head, workload().marks[steps].head, "{story}");
            }
            let ordinal = if reading { failed - begun } else { failed };
            kth = ordinal + 1 + random.below(if cfg!(debug_assertions) { 30 } else { 4 });
            run.case();
        }
    }
    run.end("");
}

fn is_failure(error: &BackupError) -> bool {
    match error {
        BackupError::Ledger(Error::Failed(_) | Error::Stopped(_)) => true,
        BackupError::Ledger(_)
        | BackupError::Unsound(_)
        | BackupError::BrokenOff
        | BackupError::Taken { .. }
        | BackupError::OfFork => false,
        _ => false,
    }
}

const BACKING_UP: &str = "backups::backing_up";
const COMPACTING: &str = "backups::compacting";

/// Not a test by itself: a process that writes, and backs itself up, until it is killed.
#[test]
fn backing_up() {
    let Some((path, round)) = worker_process(BACKING_UP) else { return };
    let ledger = Ledger::builder().memory(8 << 20).open(&path).unwrap();
    ledger.submit_batch(beginning(), Atomicity::Each).unwrap();
    let writing = ledger.clone();
    let series = round.clone();
    std::thread::spawn(move || {
        for number in 0.. {
            if writing.execute(credit(&format!("{series}/{number}"))).is_err() {
                return;
            }
        }
    });
    say("\nready");
    for number in 0.. {
        let copy = path.with_file_name(format!("copy {round} {number}.redb"));
        let backup = ledger.backup(copy).unwrap();
        say(&format!("copied {number} {} {}", backup.sequence, backup.head));
    }
}

/// Not a test by itself: a process that compacts until it is killed.
#[test]
fn compacting() {
    let Some((path, _)) = worker_process(COMPACTING) else { return };
    say("\nready");
    loop {
        let compaction = Ledger::builder().memory(8 << 20).compact(&path).unwrap();
        say(&format!("compacted {}", compaction.bytes_after));
    }
}

/// Runs a worker and kills it at some moment after it has begun; gives what it has said, line by line.
fn killed(test: &str, path: &Path, round: u64, random: &mut Random) -> Vec<String> {
    let said = said_until_killed(start(test, path, round, ""), true, random);
    let (_, told) = said.split_once("ready\n").unwrap_or_default();
    // A line may have been cut off.
    told.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
}

#[test]
fn killed_process_leaves_whole_backups_or_none() {
    let run = Run::begin("kill_9_backing_up");
    let mut random = run.random();
    let (mut whole, mut unfinished, mut named_twice) = (0u64, 0u64, 0u64);
    for round in 0..cases(40, 4_000) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("books.redb");
        let told = killed(BACKING_UP, &path, round, &mut random);
        let story = format!("round {round}, seed {}", run.seed);
        let mut there = 0;
        for entry in std::fs::read_dir(directory.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".unfinished") {
                unfinished += 1;
            } else if let Some(number) = name.strip_prefix(&format!("copy {round} ")) {
                let number = number.trim_end_matches(".redb");
                let copy = Ledger::builder().existing().check_on_open().open(directory.path().join(&name)).unwrap();
                let verification = verified(&copy).unwrap();
                assert_eq!(verification.finding, None, "{story}: {name}");
                let line = format!("copied {number} {} {}", verification.entries, verification.head);
                // The last may have had no time to be told.
                let said = told.contains(&line);
                assert!(said || !told.iter().any(|told| told.starts_with(&format!("copied {number} "))), "{story}");
                there += 1;
            }
        }
        assert!(told.len() <= there && there <= told.len() + 1, "{story}: {there} there, {told:?}");
        whole += there as u64;
        // The next backup to that path sweeps up what the dead one has left.
        let ledger = Ledger::open(&path).unwrap_or_else(|error| panic!("{story}: {error}"));
        sound(&ledger, &story);
        let next = directory.path().join(format!("copy {round} {there}.redb"));
        ledger.backup(&next).unwrap_or_else(|error| panic!("{story}: {error}"));
        let left = || {
            let left = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
            left.filter(|name| name.to_string_lossy().ends_with(".unfinished")).count()
        };
        // Who dies just after giving a copy its name leaves it a second one, until the next backup to that path.
        if left() > 0 {
            named_twice += 1;
            for number in 0..there {
                let taken = ledger.backup(directory.path().join(format!("copy {round} {number}.redb")));
                assert!(taken.is_err(), "{story}");
            }
        }
        assert_eq!(left(), 0, "{story}");
        run.case();
    }
    run.end(&format!("whole={whole} unfinished={unfinished} named_twice={named_twice}"));
}

#[test]
fn killed_compaction_leaves_the_ledger_whole() {
    let run = Run::begin("kill_9_compacting");
    let mut random = run.random();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    ledger.submit_batch(beginning(), Atomicity::Each).unwrap();
    let credits = (0..400).map(|number| credit(&format!("first/{number}")).into()).collect();
    ledger.submit_batch(credits, Atomicity::Each).unwrap();
    ledger.close().unwrap();
    let (mut compactions, mut unfinished) = (0, 0);
    for round in 0..cases(60, 6_000) {
        compactions += killed(COMPACTING, &path, round, &mut random).len();
        let story = format!("round {round}, seed {}", run.seed);
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.len() <= 2 && left.contains(&path), "{story}: {left:?}");
        unfinished += left.len() - 1;
        let ledger = Ledger::open(&path).unwrap_or_else(|error| panic!("{story}: {error}"));
        assert!(ledger.execute(credit("first/7")).unwrap().is_replayed(), "{story}");
        ledger.execute(credit(&format!("{round}"))).unwrap();
        assert_eq!(ledger.view().unwrap().sequence().0, beginning().len() as u64 + 401 + round, "{story}");
        sound(&ledger, &story);
        ledger.close().unwrap();
        run.case();
    }
    Ledger::builder().compact(&path).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "something unfinished stays");
    run.end(&format!("compactions={compactions} unfinished={unfinished}"));
}

#[test]
fn full_disk_leaves_no_backup_and_no_harm() {
    let run = Run::begin("full_disk_backing_up");
    let mut random = run.random();
    let (mut refused, mut skipped) = (0, 0);
    for round in 0..cases(12, 200) {
        let Some(room) = Room::of(&format!("{}k", 1_400 + random.below(1_600))) else {
            skipped += 1;
            continue;
        };
        let path = room.path();
        let ledger = Ledger::builder().memory(8 << 20).open(&path).unwrap();
        ledger.submit_batch(beginning(), Atomicity::Each).unwrap();
        for part in 0..10 {
            let credits = (0..30).map(|number| credit(&format!("{round}/{part}/{number}")).into()).collect();
            ledger.submit_batch(credits, Atomicity::Each).unwrap();
        }
        let names = || {
            let names = std::fs::read_dir(path.parent().unwrap()).unwrap();
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        let before = verified(&ledger).unwrap();
        for number in 0.. {
            let there = names();
            let Err(error) = ledger.backup(path.with_file_name(format!("copy {number}.redb"))) else { continue };
            assert!(is_io(&error), "round {round}: {error:?}");
            refused += 1;
            // Nothing is left of what found no room, and the ledger is as it was.
            assert_eq!(names().len(), there.len(), "round {round}: {:?}", names());
            assert!(number > 0 || there == ["books.redb"]);
            break;
        }
        assert_eq!(verified(&ledger).unwrap(), before);
        drop(ledger);
        // Nor is there room for a new file in its place.
        let length = std::fs::metadata(&path).unwrap().len();
        match Ledger::builder().compact(&path) {
            Ok(compaction) => assert!(compaction.bytes_after <= length),
            Err(error) => assert!(is_io(&error), "round {round}: {error:?}"),
        }
        assert!(names().iter().all(|name| !name.ends_with(".unfinished")), "round {round}: {:?}", names());
        room.again("size=64m");
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(verified(&ledger).unwrap(), before);
        ledger.execute(credit("after")).unwrap();
        run.case();
    }
    if skipped > 0 {
        println!("torture full_disk_backing_up: {skipped} file systems could not be mounted");
        run.cases(skipped);
    }
    run.end(&format!("refused={refused}"));
}

fn is_io(error: &BackupError) -> bool {
    matches!(error, BackupError::Ledger(Error::Failed(LayoutError::Store(StoreError::Io(_)))))
}
