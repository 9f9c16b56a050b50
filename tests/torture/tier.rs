//! How much of each test, and the line that each ends with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use super::random::Random;

/// How long a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Minutes, for every change.
    Push,
    /// Hours.
    Nightly,
    /// Days.
    Soak,
}

impl Tier {
    pub fn asked() -> Self {
        match std::env::var("PACIOLI_TORTURE").as_deref() {
            Ok("nightly") => Self::Nightly,
            Ok("soak") => Self::Soak,
            Ok("push" | "") | Err(_) => Self::Push,
            Ok(other) => panic!("PACIOLI_TORTURE is push, nightly or soak, not {other}"),
        }
    }
}

/// How many cases: so many for every change, so many a night, and ten times that to soak. Without optimisation, a part.
/// Of the long tiers a share can be asked for, but never fewer than for every change.
pub fn cases(push: u64, nightly: u64) -> u64 {
    match Tier::asked() {
        Tier::Push if cfg!(debug_assertions) => (push / 25).max(1),
        Tier::Push => push,
        Tier::Nightly => (nightly / share()).max(push),
        Tier::Soak => (nightly.saturating_mul(10) / share()).max(push),
    }
}

/// One in how many cases of a long tier is tried: `PACIOLI_TORTURE_SHARE`, all if it is not set.
fn share() -> u64 {
    let asked = std::env::var("PACIOLI_TORTURE_SHARE").ok();
    asked.map_or(1, |asked| asked.parse::<u64>().ok().filter(|share| *share > 0).expect("a share is one in 1, 2, 3, …"))
}

/// The seed when none is given: a change is judged by the same cases each time, the long tiers look elsewhere each time.
fn chosen() -> u64 {
    match Tier::asked() {
        Tier::Push => 20_491_110,
        Tier::Nightly | Tier::Soak => {
            let now = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64);
            Random::seeded(now ^ u64::from(std::process::id())).below(1_000_000_000)
        }
    }
}

/// The seed that is asked for, or one of our choice.
pub fn seed() -> u64 {
    let asked = std::env::var(SEED).ok();
    asked.map(|seed| seed.parse().expect("PACIOLI_TORTURE_SEED is a whole number")).unwrap_or_else(chosen)
}

pub const SEED: &str = "PACIOLI_TORTURE_SEED";

/// A test under way.
#[derive(Debug)]
pub struct Run {
    name: &'static str,
    pub seed: u64,
    began: Instant,
    cases: AtomicU64,
}

impl Run {
    pub fn begin(name: &'static str) -> Self {
        Self { name, seed: seed(), began: Instant::now(), cases: AtomicU64::new(0) }
    }

    pub fn random(&self) -> Random {
        Random::seeded(self.seed)
    }

    /// Counts a case that went well.
    pub fn case(&self) {
        self.cases.fetch_add(1, Ordering::Relaxed);
    }

    pub fn cases(&self, count: u64) {
        self.cases.fetch_add(count, Ordering::Relaxed);
    }

    pub fn counted(&self) -> u64 {
        self.cases.load(Ordering::Relaxed)
    }

    /// Says what was done; `more` comes before the end of the line.
    pub fn end(self, more: &str) {
        let (Self { name, seed, began, .. }, cases) = (&self, self.counted());
        let seconds = began.elapsed().as_secs_f64();
        let space = if more.is_empty() { "" } else { " " };
        println!("torture {name} cases={cases} failures=0 seed={seed} seconds={seconds:.1}{space}{more}");
        assert!(cases > 0, "{name} has done nothing");
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("torture {} cases={} failures=1 seed={}", self.name, self.counted(), self.seed);
        }
    }
}

/// Keeps the messages of redb's own panics off the terminal: the ledger turns them into errors, or the test fails.
/// `PACIOLI_TORTURE_PANICS=1` shows them.
pub fn hide_panics_of_redb() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    if std::env::var_os("PACIOLI_TORTURE_PANICS").is_some() {
        return;
    }
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        let hidden = Mutex::new((String::new(), String::new()));
        std::panic::set_hook(Box::new(move |panic| {
            let mut hidden = hidden.lock().unwrap_or_else(PoisonError::into_inner);
            let told = panic.to_string();
            if panic.location().is_some_and(|place| place.file().contains("/redb-")) {
                *hidden = [hidden.1.clone(), told.replace('\n', " ")].into();
            } else if told.contains("panic in a destructor during cleanup") && !hidden.1.is_empty() {
                // One of its destructors panics while a panic of its own unwinds: nobody can catch that.
                println!("{ENDED_BY_REDB}{}; {}", hidden.0, hidden.1);
            } else {
                before(panic);
            }
        }));
    });
}

/// What a process says that redb ends, and why.
pub const ENDED_BY_REDB: &str = "torture: redb ends the process: ";

/// Ends the process when one case takes longer than this; a busy machine may hold it up for a while.
const HANGS: Duration = Duration::from_secs(150);

/// Looks after cases that may hang: a hanging thread cannot be ended, so the process is.
#[derive(Debug)]
pub struct Watch {
    at: std::sync::Arc<Mutex<(Instant, String, bool)>>,
}

impl Watch {
    pub fn begin() -> Self {
        let at = std::sync::Arc::new(Mutex::new((Instant::now(), String::new(), false)));
        let seen = std::sync::Arc::clone(&at);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(200));
                let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                let (since, case, over) = &*seen;
                if *over {
                    return;
                }
                if !case.is_empty() && since.elapsed() > HANGS {
                    println!("torture: {case} hangs");
                    std::process::abort();
                }
            }
        });
        Self { at }
    }

    /// The next case begins.
    pub fn case(&self, name: impl FnOnce() -> String) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), name(), false);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).2 = true;
    }
}
