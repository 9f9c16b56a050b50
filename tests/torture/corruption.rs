//! Bytes of the file are changed behind the ledger's back: what is served is right, or a typed error; no panic, no hang,
//! no memory without bounds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pacioli::LedgerBuilder;
use pacioli::prelude::*;
use pacioli::store::faults::SimDisk;

use super::processes::{CASE, done_before, in_child, in_children};
use super::random::Random;
use super::tier::{Run, Watch, cases, hide_panics_of_redb};
use super::workload::{Answer, HOMES, Home, Mark, glance, image_after, open_with, verified, workload};

const PAGE: usize = 4_096;

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    Bit,
    Noise,
    Zeroed,
    Swapped,
    /// A page was written to another's place too.
    Misdirected,
    /// A page never reached the disk: it is as it was some commits before.
    Stale,
    Truncated,
    Extended,
    /// Noise in the first page, where redb's own header is.
    Header,
}

const HARMS: [Harm; 9] = [
    Harm::Bit,
    Harm::Noise,
    Harm::Zeroed,
    Harm::Swapped,
    Harm::Misdirected,
    Harm::Stale,
    Harm::Truncated,
    Harm::Extended,
    Harm::Header,
];

/// A file, and the same file some steps before.
struct Victim {
    home: Home,
    closed: bool,
    steps: usize,
    image: Vec<u8>,
    before: Vec<u8>,
}

impl Victim {
    /// The ledger after so many steps, closed or not.
    fn after(steps: usize, home: Home, closed: bool) -> Self {
        let image = image_after(steps, home, closed);
        Self { home, closed, steps, image, before: image_after(steps.saturating_sub(9), home, closed) }
    }

    fn harmed(&self, harm: Harm, random: &mut Random) -> Vec<u8> {
        let mut image = self.image.clone();
        let pages = image.len() / PAGE;
        let page = |number: usize| number * PAGE..(number + 1) * PAGE;
        let (one, other) = (random.index(pages), random.index(pages));
        let place = random.index(image.len());
        match harm {
            Harm::Bit => image[place] ^= 1 << random.below(8),
            Harm::Noise => {
                let end = image.len().min(place + 1 + random.index(64));
                image[place..end].iter_mut().for_each(|byte| *byte = random.next() as u8);
            }
            Harm::Zeroed => image[page(one)].fill(0),
            Harm::Swapped => {
                let kept = image[page(one)].to_vec();
                image.copy_within(page(other), one * PAGE);
                image[page(other)].copy_from_slice(&kept);
            }
            Harm::Misdirected => image.copy_within(page(other), one * PAGE),
            Harm::Stale => {
                if let Some(before) = self.before.get(page(one)) {
                    image[page(one)].copy_from_slice(before);
                }
            }
            Harm::Truncated => image.truncate(place),
            Harm::Extended => image.extend((0..1 + random.index(3 * PAGE)).map(|_| random.next() as u8)),
            Harm::Header => {
                for _ in 0..1 + random.below(4) {
                    image[random.index(320)] = random.next() as u8;
                }
            }
        }
        image
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// The file was not opened.
    refused: u64,
    /// Something was said to be unreadable.
    unreadable: u64,
    /// Verification has found something, or could not be carried out.
    found: u64,
    /// Nothing was to be seen, for nothing that is in use was harmed.
    harmless: u64,
    /// All is as it was some commits before.
    rolled_back: u64,
    /// Before verification found it, something was said to be absent, or shown as it had been before.
    misled: u64,
    /// A single record was shown, and it is another.
    forged: u64,
}

/// Answers that are one record, with a checksum of its own.
const SINGLE: [&str; 5] = ["account ", "balance ", "client ", "entry ", "service "];

/// Opens a harmed file and asks about this and that.
fn bitten(victim: &Victim, harmed: Harmed, told: &mut Told, random: &mut Random, story: &str) {
    let Harmed { harm, page, image, checked } = harmed;
    let workload = workload();
    let settings = |builder: LedgerBuilder| if checked { builder.check_on_open() } else { builder };
    let disk = SimDisk::from_image(image);
    let opened = match open_with(victim.home, &disk, settings) {
        Ok(opened) => opened,
        Err(error) => {
            assert!(matches!(error, Error::Failed(_)), "{story}: {error:?}");
            told.refused += 1;
            return;
        }
    };
    let expected = workload.pictures[victim.steps].as_ref().expect("the step is pictured");
    let view = opened.ledger.view().expect("the ledger is open");
    let answers = glance(&view, &workload.known, &mut || random.below(6) == 0);
    let unreadable = answers.iter().find(|(_, answer)| matches!(answer, Answer::Failed(_)));
    let mut shown = answers.iter().filter(|(_, answer)| !matches!(answer, Answer::Failed(_)));
    let wrong = shown.find(|(what, answer)| **answer != expected[*what]);
    let verification = verified(&opened.ledger);
    let sound = verification.as_ref().ok().filter(|proved| proved.is_sound());
    let looks_like =
        |mark: &Mark| sound.is_some_and(|proved| proved.entries == mark.sequence.0 && proved.head == mark.head);
    let found = workload.marks[..=victim.steps].iter().rposition(looks_like);
    told.unreadable += u64::from(unreadable.is_some());
    if found == Some(victim.steps) {
        assert!(wrong.is_none() && unreadable.is_none(), "{story}: verified, and yet {wrong:?} {unreadable:?}");
        told.harmless += 1;
    } else if let Some(found) = found {
        // A file that was not closed, or whose header says so, cannot tell this from a power cut in one phase. The root
        // of another time shows another time: without checking pages, only a digest that is kept elsewhere tells.
        let last = found + 1 == victim.steps && (!victim.closed || harm == Harm::Header || page == 0);
        assert!(last || !checked, "{story}: rolled back to {found} steps");
        told.rolled_back += 1;
    } else {
        assert!(sound.is_none(), "{story}: sound, and yet never so: {verification:?}");
        assert!(!checked, "{story}: opened although checked: {verification:?}, {wrong:?}");
        told.found += 1;
        told.misled += u64::from(wrong.is_some());
        let forged = |(what, answer): (&String, &Answer)| {
            let single = SINGLE.iter().any(|single| what.starts_with(single));
            single && matches!(answer, Answer::Shown(_)) && *answer != expected[what]
        };
        told.forged += u64::from(answers.iter().any(forged));
    }
    if !checked {
        // Nothing is written any more: redb itself can end the process over an altered page while writing, be it one of
        // its own lists. That is what `check_on_open` is for.
        disk.crash_at(0);
        return;
    }
    // Whatever else is asked of it, it does not panic.
    if let Some(step) = workload.steps.get(victim.steps) {
        let _ = opened.give(step);
    }
    let _ = opened.close();
}

/// A file that something has happened to, from this page on.
struct Harmed {
    harm: Harm,
    page: usize,
    image: Vec<u8>,
    checked: bool,
}

fn bite(name: &'static str, checked: bool, wanted: u64) {
    let run = Run::begin(name);
    let mut random = run.random();
    hide_panics_of_redb();
    let watch = Watch::begin();
    let pictures = &workload().pictures;
    let pictured: Vec<usize> = (14..pictures.len()).filter(|at| pictures[*at].is_some()).collect();
    let (mut told, before) = ([Told::default(); HARMS.len()], done_before());
    while run.counted() < wanted {
        let (steps, home) = (pictured[random.index(pictured.len())], HOMES[random.index(2)]);
        watch.case(String::new);
        let victim = Victim::after(steps, home, random.below(2) == 0);
        for _ in 0..wanted.min(400) {
            let place = random.index(HARMS.len());
            let harm = HARMS[place];
            let mut random = Random::seeded(random.next());
            let image = victim.harmed(harm, &mut random);
            let first = victim.image.iter().zip(&image).position(|(was, is)| was != is).unwrap_or(victim.image.len());
            let (closed, number, seed) = (victim.closed, run.counted(), run.seed);
            let page = first / PAGE;
            let story = format!(
                "{harm:?} from page {page} of {home:?}, {steps} steps, closed {closed}, case {number}, seed {seed}"
            );
            if number < before {
                run.case();
                continue;
            }
            watch.case(|| story.clone());
            println!("{CASE}{number}");
            let harmed = Harmed { harm, page, image, checked };
            let bitten = || bitten(&victim, harmed, &mut told[place], &mut random, &story);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(bitten)) {
                println!("a panic: {story}");
                std::panic::resume_unwind(panic);
            }
            run.case();
        }
    }
    for (harm, told) in HARMS.iter().zip(told) {
        println!("torture {name} {harm:?}: {told:?}");
    }
    for (harm, told) in HARMS.iter().zip(told).take(2) {
        // The checksum sees it, unless a reference to a page was hit and now leads to an older one.
        assert!(told.forged <= 1 + run.counted() / 4_000, "{harm:?}: {told:?}");
    }
    run.end("");
}

// Memory has an end in a process of its own, and it is seen if it is aborted. An altered page number makes redb ask for
// one page before it reads what is there, which is 4 GiB at most; all the rest is well below 1 GiB.
const LARGEST_PAGE_KIB: u64 = 4 << 20;
const ADDRESS_SPACE_KIB: u64 = LARGEST_PAGE_KIB + (1 << 20);

#[test]
fn changed_bytes_are_never_served() {
    let wanted = cases(5_000, 1_000_000);
    match in_children("corruption::changed_bytes_are_never_served", Some(ADDRESS_SPACE_KIB)) {
        None => bite("corruption", false, wanted),
        // Opening repairs what a crash has left, and so writes: an altered page that redb meets then can end the process,
        // which serves nothing. SECURITY.md says so, and how not to open strangers' files.
        Some(ended) => assert!(ended.len() as u64 <= 1 + wanted / 2_000, "{ended:?}"),
    }
}

#[test]
fn changed_bytes_are_refused_by_a_checked_opening() {
    if !in_child("corruption::changed_bytes_are_refused_by_a_checked_opening", Some(ADDRESS_SPACE_KIB)) {
        bite("corruption_checked", true, cases(5_000, 1_000_000));
    }
}
