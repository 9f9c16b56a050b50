//! Power cuts: what was acknowledged is there, what was under way is there whole or not at all, nothing else is.

use std::collections::HashSet;

use pacioli::prelude::*;
use pacioli::store::faults::{Cuts, Keep, SimDisk};

use super::random::Random;
use super::tier::{Run, cases};
use super::workload::{HOMES, Home, Opened, image_after, kinds, open, picture, workload};

/// The ways in which the writes since the last sync can survive.
pub fn keeps(random: &mut Random) -> Vec<Keep> {
    let mut keeps = vec![Keep::Nothing, Keep::All, Keep::Reversed, Keep::LastOnly, Keep::WithoutLengths];
    for _ in 0..2 {
        keeps.push(Keep::Random(random.next()));
        keeps.push(Keep::Shuffled(random.next()));
        keeps.push(Keep::Torn(random.next(), 512));
        keeps.push(Keep::Torn(random.next(), 4_096));
    }
    keeps
}

/// What is known to be on the disk from an operation on.
#[derive(Clone, Copy, Debug)]
struct State {
    /// How many operations of the disk had begun when it was acknowledged.
    since: u64,
    /// How many steps are in it.
    steps: usize,
    /// What `Opened::contents` says.
    contents: u64,
}

impl State {
    fn of(disk: &SimDisk, steps: usize, opened: &Opened) -> Self {
        // Looking reads, and what is read counts.
        let since = disk.operations();
        Self { since, steps, contents: opened.contents() }
    }

    /// After closing, which writes back what is due.
    fn closed(disk: &SimDisk, home: Home, steps: usize) -> Self {
        let opened = open(home, &SimDisk::from_image(disk.image(Keep::All))).expect("the ledger opens");
        Self { since: disk.operations(), steps, contents: opened.contents() }
    }
}

/// A run that was recorded.
struct Life {
    cuts: Cuts,
    /// What was there one after the other; the first from the beginning.
    states: Vec<State>,
}

impl Life {
    /// Opens, carries out some steps, and closes.
    fn live(home: Home, image: Vec<u8>, first: usize, steps: usize) -> Self {
        let disk = SimDisk::from_image(image);
        disk.record();
        let opened = open(home, &disk).expect("the ledger opens");
        let mut states = vec![State { since: 0, ..State::of(&disk, first, &opened) }];
        for at in first..first + steps {
            opened.give(&workload().steps[at]).expect("the step is carried out");
            states.push(State::of(&disk, at + 1, &opened));
        }
        opened.close().expect("the ledger closes");
        states.push(State::closed(&disk, home, first + steps));
        Self { cuts: disk.cuts(), states }
    }

    /// What may be there after a cut at this moment: what was acknowledged, and what was under way.
    fn may_be(&self) -> &[State] {
        let next = self.states.partition_point(|state| state.since <= self.cuts.operations());
        &self.states[next - 1..self.states.len().min(next + 1)]
    }
}

/// Opens what a cut has left, which must be one of these.
fn recovered(home: Home, disk: &SimDisk, may_be: &[State], story: &dyn Fn() -> String) -> (Opened, State) {
    let opened = open(home, disk).unwrap_or_else(|error| panic!("{}: {error}", story()));
    let contents = opened.contents();
    let Some(found) = may_be.iter().find(|state| state.contents == contents) else {
        panic!("{}: {may_be:?} may be there; found is {:?}", story(), opened.mark());
    };
    assert_eq!(opened.sequence(), workload().marks[found.steps].sequence, "{}", story());
    (opened, *found)
}

/// Proves what was recovered, now and then looks at everything, and goes on.
fn examined(opened: &Opened, found: usize, random: &mut Random, story: &dyn Fn() -> String) {
    let workload = workload();
    assert_eq!(opened.mark(), workload.marks[found], "{}", story());
    if random.below(4) == 0
        && let Some(expected) = &workload.pictures[found]
    {
        let view = opened.ledger.view().expect("the ledger is open");
        let shown = picture(&view, &workload.known);
        if shown != *expected {
            let differs = expected.iter().find(|(what, answer)| shown.get(*what) != Some(*answer));
            panic!("{}: {differs:?}", story());
        }
    }
    // A step that is there is answered again, the next ones are carried out, as if nothing had happened.
    if found > 0 {
        let again = &workload.steps[random.index(found)];
        if again.repeats {
            let receipts = opened.give(again).unwrap_or_else(|error| panic!("{}: {error}", story()));
            assert!(receipts.iter().all(Receipt::is_replayed), "{}: carried out twice: {again:?}", story());
        }
    }
    let until = workload.steps.len().min(found + 1 + random.index(4));
    for step in &workload.steps[found..until] {
        opened.give(step).unwrap_or_else(|error| panic!("{}: {error}", story()));
    }
    assert_eq!(opened.mark(), workload.marks[until], "{}", story());
}

/// What is done with an image.
type Visit<'v> = dyn FnMut(&Life, Keep, Vec<u8>, &mut Random) + 'v;

/// Shows each distinct image of some of the moments to `visit`, about as many as wanted.
fn images(life: &mut Life, wanted: u64, random: &mut Random, visit: &mut Visit<'_>) {
    let all = life.cuts.left() as u64 * keeps(random).len() as u64;
    let mut seen = HashSet::new();
    while life.cuts.next() {
        let keeps = if life.cuts.is_certain() { vec![Keep::Nothing] } else { keeps(random) };
        for keep in keeps {
            if random.below(all) >= wanted {
                continue;
            }
            let image = life.cuts.image(keep);
            if seen.insert((image.len(), crc32c::crc32c(&image), life.may_be().len(), life.may_be()[0].since)) {
                visit(life, keep, image, random);
            }
        }
    }
}

fn cut_everywhere(name: &'static str, home: Home) {
    let run = Run::begin(name);
    let mut random = run.random();
    let steps = workload().steps.len();
    let mut life = Life::live(home, workload().empty.clone(), 0, steps);
    let moments = life.cuts.left();
    images(&mut life, cases(9_000, 1_250_000), &mut random, &mut |life, keep, image, random| {
        let story = || format!("{home:?}, cut at {}, {keep:?}, seed {}", life.cuts.operations(), run.seed);
        let (opened, found) = recovered(home, &SimDisk::from_image(image), life.may_be(), &story);
        if random.below(12) == 0 {
            examined(&opened, found.steps, random, &story);
        }
        run.case();
    });
    run.end(&format!("moments={moments} steps={steps}"));
}

#[test]
fn workload_has_commands_of_every_kind() {
    assert_eq!(
        kinds(),
        [
            "chart",
            "cursor",
            "device",
            "due",
            "exchange",
            "holds",
            "invoice",
            "limits",
            "movements",
            "parties",
            "payout",
            "period",
            "records",
            "reversals"
        ]
    );
}

#[test]
fn power_cuts_in_one_phase_lose_nothing_acknowledged() {
    cut_everywhere("power_cuts_one_phase", HOMES[0]);
}

#[test]
fn power_cuts_with_quick_repair_lose_nothing_acknowledged() {
    cut_everywhere("power_cuts_quick_repair", HOMES[1]);
}

#[test]
fn power_cuts_in_the_hosts_database_lose_nothing_acknowledged() {
    cut_everywhere("power_cuts_within_one_phase", HOMES[2]);
}

#[test]
fn power_cuts_in_the_hosts_database_with_quick_repair_lose_nothing_acknowledged() {
    cut_everywhere("power_cuts_within_quick_repair", HOMES[3]);
}

/// What a cut has left is opened and cut again while it recovers, carries out a step and closes; and once more.
#[test]
fn cuts_during_recovery_lose_nothing_more() {
    let run = Run::begin("power_cuts_twice_and_thrice");
    let mut random = run.random();
    let (wanted, steps) = (cases(8_000, 1_000_000), workload().steps.len());
    let mut dug = Dug { run: &run, thrice: 0 };
    while run.counted() < wanted {
        let home = HOMES[random.index(2)];
        let first = random.index(steps - 2);
        let image = image_after(first, home, random.below(2) == 0);
        let mut life = Life::live(home, image, first, 2);
        images(&mut life, 4, &mut random, &mut |life, keep, image, random| {
            let story = format!("{home:?}, step {first}, cut at {}, {keep:?}", life.cuts.operations());
            dug.dig(home, image, life.may_be(), 1, random, &story);
        });
    }
    let thrice = dug.thrice;
    run.end(&format!("thrice={thrice}"));
}

struct Dug<'r> {
    run: &'r Run,
    thrice: u64,
}

impl Dug<'_> {
    /// Recovers, gives one more step, closes; then cuts all of that.
    fn dig(&mut self, home: Home, image: Vec<u8>, may_be: &[State], cuts: usize, random: &mut Random, story: &str) {
        let disk = SimDisk::from_image(image);
        disk.record();
        let told = || format!("{story}, seed {}", self.run.seed);
        let (opened, found) = recovered(home, &disk, may_be, &told);
        self.run.case();
        if cuts == 3 {
            self.thrice += 1;
            if random.below(12) == 0 {
                examined(&opened, found.steps, random, &told);
            }
            return;
        }
        // Once somebody has looked it stays as it was seen. Until then the cut before may still be decided otherwise.
        let seen = State { since: disk.operations(), ..found };
        let mut states: Vec<State> = may_be.iter().map(|state| State { since: 0, ..*state }).collect();
        states.push(seen);
        if let Some(step) = workload().steps.get(found.steps) {
            opened.give(step).unwrap_or_else(|error| panic!("{}: {error}", told()));
            states.push(State::of(&disk, found.steps + 1, &opened));
        }
        let steps = states.last().map_or(found.steps, |state| state.steps);
        opened.close().unwrap_or_else(|error| panic!("{}: {error}", told()));
        states.push(State::closed(&disk, home, steps));
        let mut life = Life { cuts: disk.cuts(), states };
        let before = may_be.len();
        images(&mut life, if cuts == 1 { 12 } else { 3 }, random, &mut |life, keep, image, random| {
            let story = format!("{story}; again at {}, {keep:?}", life.cuts.operations());
            let unseen = life.cuts.operations() < seen.since;
            let may_be = if unseen { &life.states[..before] } else { life.may_be() };
            self.dig(home, image, may_be, cuts + 1, random, &story);
        });
    }
}

/// Nothing has been acknowledged while a file is created, so it may be refused; it may not be half there.
#[test]
fn cuts_while_creating_leave_nothing_or_an_empty_ledger() {
    let run = Run::begin("power_cuts_creating");
    let mut random = run.random();
    let mut empty = 0;
    for home in HOMES {
        for round in 0..cases(6, 1_000) {
            let disk = SimDisk::new();
            disk.record();
            open(home, &disk).unwrap().close().unwrap();
            let mut life = Life { cuts: disk.cuts(), states: vec![State { since: 0, steps: 0, contents: 0 }] };
            images(&mut life, u64::MAX, &mut random, &mut |life, keep, image, _| {
                let story = format!("{home:?}, cut at {}, {keep:?}, round {round}", life.cuts.operations());
                match open(home, &SimDisk::from_image(image)) {
                    Ok(opened) => {
                        assert_eq!(opened.mark().sequence, Sequence::ZERO, "{story}");
                        empty += 1;
                    }
                    Err(error) => assert!(matches!(error, Error::Failed(_) | Error::Host(_)), "{story}: {error:?}"),
                }
                run.case();
            });
        }
    }
    run.end(&format!("opened={empty}"));
}
