//! Quiet: nothing of what a ledger holds shows in its errors, its traces or its handles.
//!
//! What shows only to who asks for it: a record, a request, a receipt, an entry, an event, a statement or a sum prints
//! itself, with `{}` or `{:?}`, and so do an import's report of the caller's own lines and the reasons that the host's
//! own validators and invariants give. Everything else is held to this test: each kind of error, `Display`, `Debug` and
//! sources, every event and field of `tracing`, and the `Debug` of whatever holds a ledger. Rejections tell identifiers,
//! codes and figures, on purpose, and no other text.
//!
//! The random commands of the model are given with marked texts and sums, to a ledger that also fails, closes and is
//! damaged; no mark may be heard, in letters or in hexadecimal digits.

// The helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

// Of which this needs a part.
#[allow(clippy::field_reassign_with_default, dead_code)]
#[path = "model/mod.rs"]
mod model;

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use model::commands::World;
use model::drive::{Engine, Nonces};
use model::naive::{Ask, Naive};
use model::random::Random;
use pacioli::money::{Currency, Money};
use pacioli::{
    Atomicity, Details, Error, EventId, Export, Held, Ledger, Listing, ManualClock, PartyRequest, Rejection, Request,
    Sequence, Timestamp, Zone,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Stands in every text that is given.
const MARK: &str = "canary";

/// Every sum that is given is a little more than this.
const SUM: i128 = 7_700_000_000;

/// What was heard: from where, and the words.
static HEARD: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn hear(from: &str, words: impl Into<String>) {
    HEARD.lock().unwrap().push((from.to_owned(), words.into()));
}

/// Hears every span, event and field of every crate.
struct Listener;

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        hear("a span", fields.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        hear("a field", fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(event.metadata().target().to_owned());
        event.record(&mut fields);
        hear("an event", fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An error with all that it says, and what is behind it.
fn hear_error(error: &(dyn std::error::Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        hear("an error", format!("{error} {error:?}"));
        next = error.source();
    }
}

fn hear_rejection(rejection: &Rejection) {
    hear("a rejection", format!("{rejection} {rejection:?}"));
}

fn hear_outcome<T>(outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(value) => return Some(value),
        Err(Error::Rejected(rejection)) => hear_rejection(&rejection),
        Err(error) => hear_error(&error),
    }
    None
}

/// A mark in letters, in hexadecimal digits, or among the figures of what is no rejection.
fn shows(from: &str, words: &str) -> bool {
    let hex: String = MARK.bytes().map(|byte| format!("{byte:02x}")).collect();
    let words = words.to_lowercase();
    let sum = |word: &str| word.len() == 10 && word.starts_with("77000") && word.bytes().all(|it| it.is_ascii_digit());
    let sums = words.split(|letter: char| !letter.is_ascii_alphanumeric()).any(sum);
    words.contains(MARK) || words.contains(&hex) || (sums && from != "a rejection")
}

/// Marks a text, unless it would be too long then, or means something empty as it is.
fn mark(text: &mut String) {
    if !text.trim().is_empty() && text.len() < 80 && !text.contains(MARK) {
        text.insert_str(0, MARK);
    }
}

fn mark_some(text: &mut Option<String>) {
    text.iter_mut().for_each(mark);
}

fn mark_key(key: &mut Box<str>) {
    let mut text = key.to_string();
    mark(&mut text);
    *key = text.into();
}

fn mark_sum(money: &mut Money) {
    if (1..1_000_000).contains(&money.minor()) {
        *money = money.currency().minor(money.minor() + SUM).unwrap();
    }
}

fn mark_details(details: &mut Option<Box<Details>>) {
    if let Some(details) = details {
        mark_some(&mut details.narrative);
        details.references.iter_mut().for_each(|reference| mark(&mut reference.id));
        if details.metadata.len() == 1 {
            details.metadata = [(format!("{MARK}fact"), format!("{MARK}value"))].into_iter().collect();
        }
    }
}

/// The same command with marks; the same mark each time, so that what was the same stays the same.
fn marked(mut ask: Ask) -> Ask {
    let key = ask.key.clone();
    mark_some(&mut ask.key);
    let movement = |key: &mut Box<str>, money: &mut Money, details: &mut Option<Box<Details>>| {
        mark_key(key);
        mark_sum(money);
        mark_details(details);
    };
    ask.command.actor = ask.command.actor.map(|_| MARK.into());
    match &mut ask.command.request {
        Request::Credit(given) => movement(&mut given.key, &mut given.money, &mut given.details),
        Request::Debit(given) => movement(&mut given.key, &mut given.money, &mut given.details),
        Request::Transfer(given) => movement(&mut given.key, &mut given.money, &mut given.details),
        Request::Exchange(given) => movement(&mut given.key, &mut given.money, &mut given.details),
        Request::PlaceHold(given) => match &mut given.movement {
            Held::Credit(given) => movement(&mut given.key, &mut given.money, &mut given.details),
            Held::Debit(given) => movement(&mut given.key, &mut given.money, &mut given.details),
            Held::Transfer(given) => movement(&mut given.key, &mut given.money, &mut given.details),
            _ => {}
        },
        Request::Post(given) => {
            mark_key(&mut given.key);
            mark_details(&mut given.details);
            given.legs.iter_mut().for_each(|leg| mark_sum(&mut leg.money));
        }
        Request::OpenBook(given) => {
            mark(&mut given.name);
            mark_some(&mut given.key);
        }
        Request::RegisterClient(given) => {
            let contact = &mut given.contact;
            [&mut given.name, &mut contact.name, &mut contact.email, &mut given.email].into_iter().for_each(mark);
            [&mut given.physical_address, &mut given.description, &mut given.key].into_iter().for_each(mark_some);
        }
        Request::ChangeClient(_, given) => {
            [&mut given.name, &mut given.email, &mut given.key].into_iter().for_each(mark_some);
            given.contact.iter_mut().for_each(|contact| mark(&mut contact.name));
        }
        Request::OpenAccount(given) => {
            [&mut given.name, &mut given.label, &mut given.external_id, &mut given.key].into_iter().for_each(mark_some);
            mark_some(&mut given.status_description);
            given.tags.iter_mut().for_each(mark);
        }
        Request::ChangeAccount(_, given) => mark_some(&mut given.key),
        Request::DefineService(given) => [&mut given.name, &mut given.key].into_iter().for_each(mark_some),
        Request::ChangeService(_, given) => mark_some(&mut given.key),
        Request::Parties(given) => {
            if let PartyRequest::Record(given) = &mut **given {
                [&mut given.name, &mut given.email, &mut given.reference, &mut given.key]
                    .into_iter()
                    .for_each(mark_some);
                given.address.iter_mut().for_each(mark);
            } else {
                ask.key = key;
            }
        }
        _ => ask.key = key,
    }
    ask
}

/// A ledger and the naive one, which knows what there is to ask for.
struct Told {
    ledger: Ledger,
    model: Naive,
    world: World,
    clock: Arc<ManualClock>,
    nonces: Nonces,
    now: Timestamp,
    carried_out: usize,
}

impl Told {
    fn begin(seed: u64, engine: &Engine) -> Self {
        let now = Timestamp(1_790_000_000_000_000_000);
        let (clock, nonces) = (Arc::new(ManualClock::at(now)), Nonces::default());
        let ledger = engine.open(&clock, &nonces);
        let model = Naive { identity: ledger.identity(), nonce: nonces.now(), ..Naive::default() };
        let world = World::new(Random::seeded(seed));
        let mut told = Self { ledger, model, world, clock, nonces, now, carried_out: 0 };
        for ask in told.world.beginning() {
            told.give(marked(ask), 0);
        }
        told
    }

    fn give(&mut self, ask: Ask, way: u64) {
        let expected = self.model.give(&ask, self.now);
        let told = match way {
            0 => self.ledger.execute(ask.command),
            1 => {
                let ticket = self.ledger.submit(ask.command).unwrap();
                hear("a ticket", format!("{ticket:?}"));
                ticket.wait()
            }
            2 => {
                let ticket = self.ledger.enqueue(vec![ask.command], Atomicity::Each).unwrap();
                hear("a ticket", format!("{ticket:?}"));
                ticket.wait().and_then(|results| Ok(results.into_iter().next().unwrap()?))
            }
            _ => self.ledger.transaction(|tx| {
                let receipt = tx.execute(ask.command);
                hear("a transaction", format!("{tx:?}"));
                receipt
            }),
        };
        assert_eq!(expected.is_ok(), told.is_ok(), "{expected:?}\n{told:?}");
        self.carried_out += usize::from(told.is_ok());
        hear_outcome(told);
    }

    fn step(&mut self) {
        self.now.0 += self.world.random.below(1_000_000) as i64;
        self.clock.set(self.now);
        self.nonces.move_on();
        self.model.nonce = self.nonces.now();
        let ask = marked(self.world.ask(&self.model, self.now));
        let way = self.world.random.below(4);
        self.give(ask, way);
    }

    /// Everything that holds a ledger and can be printed.
    fn hear_handles(&self) {
        let ledger = &self.ledger;
        let view = ledger.view().unwrap();
        let mut subscription = ledger.subscribe(EventId::START).unwrap();
        // It has read ahead by now.
        subscription.try_next().unwrap();
        let fork = ledger.fork_at(Sequence(5)).unwrap();
        let handles: [&dyn Debug; 6] = [ledger, &view, &subscription, &fork, &Export::of(&view), &Ledger::builder()];
        for handle in handles {
            hear("a handle", format!("{handle:?} {handle:#?}"));
        }
        for account in &self.model.accounts {
            hear("a question", format!("{:?}", view.activities(account.id)));
            hear("a question", format!("{:?}", view.statement(account.id)));
            let listed = view.activities(account.id).limit(1).page().unwrap();
            hear("a cursor", listed.next.map(|next| format!("{next} {next:?}")).unwrap_or_default());
        }
        let accounts = view.accounts(pacioli::AccountFilter::All, Listing::first(1));
        hear(
            "a cursor",
            hear_outcome(accounts).and_then(|page| page.next).map_or_else(String::new, |it| it.to_string()),
        );
    }
}

/// What callers do wrong, and what the ledger says then.
fn hear_misuse(told: &Told) {
    let ledger = &told.ledger;
    let view = ledger.view().unwrap();
    let last = view.sequence();
    hear_outcome(ledger.view_at(Sequence(last.0 + 1)));
    hear_outcome(ledger.subscribe(Sequence(last.0 + 1)));
    hear_outcome(ledger.transaction(|tx| tx.tables().map(drop)));
    hear_outcome(ledger.transaction(|_| ledger.execute(credit())));
    hear_outcome(Zone::named(MARK));
    hear_outcome(Currency::KES.money(&format!("{SUM}.{SUM}")).map_err(Error::from));
    hear_outcome(Currency::new(MARK, 2).map_err(Error::from));
    hear_outcome(MARK.parse::<Timestamp>().map_err(Error::from));
    hear_outcome(MARK.parse::<pacioli::Cursor>());
    hear_outcome(view.statement(told.model.accounts[0].id).days(MARK, MARK, &Zone::utc()).map(drop));
    ledger.clone().close().unwrap();
    hear_outcome(ledger.execute(credit()));
    hear_outcome(ledger.transaction(|_| Ok::<_, Error>(())));
}

fn credit() -> pacioli::Credit {
    let money = Currency::KES.minor(SUM).unwrap();
    pacioli::Credit::new(pacioli::AccountId(19), pacioli::ServiceId(1), money, format!("{MARK} of the misuse"))
}

/// A ledger whose host judges as well, and prints what it is asked about.
fn hear_what_hosts_are_asked() {
    let judging = Ledger::builder().invariant("quiet", |proposed| {
        hear("a proposal", format!("{proposed:?}"));
        if proposed.entry().sequence.0 % 7 == 0 { Err("not on sevenths".to_owned()) } else { Ok(()) }
    });
    let ledger = judging.in_memory().unwrap();
    let mut world = World::new(Random::seeded(1));
    for ask in world.beginning() {
        hear_outcome(ledger.execute(marked(ask).command));
    }
}

/// Bytes of the file are changed behind the ledger's back; what it says of that, if it opens at all.
fn hear_damage(told: Told, path: &std::path::Path) {
    told.ledger.close().unwrap();
    let sound = std::fs::read(path).unwrap();
    let mut random = Random::seeded(5);
    for _ in 0..if cfg!(debug_assertions) { 60 } else { 400 } {
        let mut bytes = sound.clone();
        for _ in 0..1 + random.below(30) {
            let place = random.index(bytes.len());
            bytes[place] ^= 1 << random.below(8);
        }
        std::fs::write(path, bytes).unwrap();
        let checked = random.percent(20);
        let builder = if checked { Ledger::builder().check_on_open() } else { Ledger::builder() };
        let Some(ledger) = hear_outcome(builder.open(path)) else { continue };
        let verified = hear_outcome(ledger.verify_all());
        if let Some(finding) = verified.and_then(|verified| verified.finding) {
            hear("a finding", format!("{finding} {finding:?}"));
        }
        let Some(view) = hear_outcome(ledger.view()) else { continue };
        for account in &told.model.accounts {
            hear_outcome(view.balance(account.id));
            hear_outcome(view.account(account.id));
            hear_outcome(view.activities(account.id).page());
        }
        hear_outcome(view.entries(None, 1_000));
        drop(view);
        hear_outcome(ledger.close());
    }
}

/// The store fails at any of its next operations.
#[cfg(feature = "faults")]
fn hear_failures(seed: u64) {
    use pacioli::store::faults::{FailedCommit, FaultStore, Repeat};
    use pacioli::store::{MemoryStore, Store};
    let faults = Arc::new(FaultStore::new(MemoryStore::new()));
    let ledger = Ledger::builder().over(Arc::clone(&faults) as Arc<dyn Store>).unwrap();
    let mut world = World::new(Random::seeded(seed));
    let asks: Vec<Ask> = world.beginning().into_iter().map(marked).collect();
    let failing = 10 + seed as usize % (asks.len() - 10);
    for (at, ask) in asks.into_iter().enumerate() {
        if at == failing {
            faults.fail_at(faults.operations() + seed % 3, Repeat::Once, FailedCommit::Applied);
        }
        hear_outcome(ledger.execute(ask.command));
    }
    hear_outcome(ledger.transaction(|_| Ok::<_, Error>(())));
    hear("a handle", format!("{ledger:?} {faults:?}"));
}

/// A dump whose lines were changed.
#[cfg(feature = "json")]
fn hear_loading(told: &Told, directory: &std::path::Path) {
    let mut dump = Vec::new();
    told.ledger.dump(&mut dump, &mut |_| {}).unwrap();
    let mut random = Random::seeded(6);
    for round in 0..200 {
        let mut altered = dump.clone();
        let place = random.index(altered.len());
        altered[place] = random.one(b"0x\"{}[,:nft").unwrap();
        let path = directory.join(format!("loaded{round}.redb"));
        if let Err(error) = Ledger::builder().load(path, &altered[..], &mut |_| {}) {
            hear_error(&error);
        }
    }
}

#[test]
fn nothing_that_a_ledger_holds_is_heard_in_errors_traces_or_handles() {
    tracing::subscriber::set_global_default(Listener).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (steps, worlds) = if cfg!(debug_assertions) { (120, 3) } else { (400, 12) };
    let mut carried_out = 0;
    for seed in 0..worlds {
        let path = directory.path().join(format!("{seed}.redb"));
        let engine = if seed == 0 { Engine::File(path.clone()) } else { Engine::Memory };
        let mut told = Told::begin(seed, &engine);
        for step in 0..steps {
            told.step();
            if step % 50 == 0 {
                told.hear_handles();
            }
        }
        #[cfg(feature = "json")]
        hear_loading(&told, directory.path());
        carried_out += told.carried_out;
        if seed == 0 { hear_damage(told, &path) } else { hear_misuse(&told) }
    }
    hear_what_hosts_are_asked();
    #[cfg(feature = "faults")]
    (0..30).for_each(hear_failures);
    let heard = std::mem::take(&mut *HEARD.lock().unwrap());
    if let Some((from, words)) = heard.iter().find(|(from, words)| shows(from, words)) {
        panic!("{from} shows what the ledger holds: {words}");
    }
    // Where nothing was said, nothing was shown.
    let count = |what: &str| heard.iter().filter(|(from, _)| from == what).count();
    let said = ["a span", "an error", "a rejection", "a ticket", "a transaction", "a handle", "a cursor", "a finding"];
    let counts: Vec<_> = said.iter().map(|what| (*what, count(what))).collect();
    assert!(carried_out > 200 && counts.iter().all(|(_, count)| *count > 0), "{carried_out} {counts:?}");
}

#[test]
fn marks_are_found_where_they_stand() {
    assert!(shows("an error", "the account Canary's"));
    assert!(shows("an error", "table names, key 0163616e61727900"));
    assert!(shows("an error", "short of 7700000123."));
    assert!(!shows("a rejection", "account 7 has 7700000123 available"));
    assert!(!shows("an error", "entry 77000 at 1790000000003207408"));
}
