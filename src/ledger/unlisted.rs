//! Holds that are open and that the store does not list yet.
//!
//! What is open is listed by when it is due: a row for each, so that what is due is found without a search. Most holds
//! are settled soon after they were placed, and their rows would be written and removed for nothing. So a hold is listed
//! when it is still open after a number of entries. Until then it is known here: by the core, which is ahead of the store,
//! and by readers, as of what is durable. Opening a ledger finds these holds in the journal again.

use std::collections::{HashSet, VecDeque};

use parking_lot::Mutex;

use crate::layout::keys::{DUE, Due, due_key, split_due};
use crate::layout::sealed;
use crate::model::{Effect, Entry, Hold, HoldId, HoldState, Sequence, Timestamp};
use crate::store::Batch;

/// A place in the order in which time settles what is open.
pub(super) type DueKey = [u8; 17];

/// The store lists every hold that is open, but for some that the last so many entries have placed, after the entry up to
/// which the rows are swept.
pub(super) const UNLISTED_ENTRIES: u64 = 32_768;

/// A hold that is not listed yet.
#[derive(Debug)]
struct Waiting {
    hold: HoldId,
    key: DueKey,
    open: bool,
    /// Whether it may be listed all the same: it was found when the ledger was opened.
    found: bool,
}

/// What an entry did to a hold: placed it, or settled some of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    hold: HoldId,
    key: DueKey,
    /// Whether something is left of it.
    open: bool,
}

impl Step {
    pub(super) fn to(hold: &Hold) -> Self {
        Self { hold: hold.id, key: due_key(hold.due_at, Due::Hold(hold.id)), open: hold.is_open() }
    }
}

/// The holds that are to be listed.
#[derive(Debug)]
pub(super) struct Unlisted {
    /// In the order in which they were placed.
    waiting: VecDeque<Waiting>,
    /// The last entry whose holds have been taken over.
    seen: Sequence,
    /// How many entries a hold waits at the most.
    entries_max: u64,
}

/// What a commit changes of what is not listed.
#[derive(Debug, Default)]
pub(super) struct Change {
    came: Vec<DueKey>,
    went: Vec<DueKey>,
}

impl Unlisted {
    /// None, of a ledger whose journal ends there.
    pub(super) const fn at(seen: Sequence) -> Self {
        Self { waiting: VecDeque::new(), seen, entries_max: UNLISTED_ENTRIES }
    }

    /// Has holds wait for fewer entries.
    pub(super) fn wait_at_most(&mut self, entries: u64) {
        self.entries_max = self.entries_max.min(entries);
    }

    /// Takes over what an entry of the journal did to holds, whether or not they were listed since.
    pub(super) fn find(&mut self, entry: &Entry) {
        if let Some(hold) = entry.placed_hold() {
            let Step { hold, key, open } = Step::to(&hold);
            self.waiting.push_back(Waiting { hold, key, open, found: true });
        }
        for effect in entry.posted().map_or(&[][..], |posted| &posted.effects) {
            if let Effect::HoldSettled { hold, state, .. } = effect
                && *state != HoldState::Open
                && let Some(waiting) = self.waiting_mut(*hold)
            {
                waiting.open = false;
            }
        }
    }

    /// All that is open and not listed.
    pub(super) fn open(&self) -> impl Iterator<Item = DueKey> {
        self.waiting.iter().filter(|waiting| waiting.open).map(|waiting| waiting.key)
    }

    /// Takes over what an entry of the batch that is handed over did to a hold, one after another.
    pub(super) fn take(&mut self, step: &Step, batch: &mut Batch, change: &mut Change) {
        let Step { hold, key, open } = *step;
        let is_new = hold.0 > self.seen;
        match self.waiting_mut(hold) {
            Some(waiting) if waiting.open && !open => {
                waiting.open = false;
                change.went.push(key);
                if waiting.found {
                    batch.remove(DUE, key);
                }
            }
            Some(_) => {}
            None if open && is_new => {
                self.waiting.push_back(Waiting { hold, key, open, found: false });
                change.came.push(key);
            }
            None if open => {}
            None => batch.remove(DUE, key),
        }
    }

    /// Lists what has waited long enough when `last` is the last entry, some together so that few commits list any; and
    /// all up to where the rows are swept, where opening a ledger begins to look.
    pub(super) fn list(&mut self, (last, swept): (Sequence, Sequence), batch: &mut Batch, change: &mut Change) {
        self.seen = last;
        while self.waiting.front().is_some_and(|first| !first.open) {
            self.waiting.pop_front();
        }
        let before = |entries: u64| Sequence(last.0.saturating_sub(entries));
        let has_waited = self.waiting.front().is_some_and(|first| first.hold.0 <= before(self.entries_max));
        let through = if has_waited { before(self.entries_max / 8 * 7).max(swept) } else { swept };
        while self.waiting.front().is_some_and(|first| first.hold.0 <= through)
            && let Some(Waiting { key, open, .. }) = self.waiting.pop_front()
        {
            if open {
                batch.put(DUE, key, sealed::seal_nothing(DUE, &key));
                change.went.push(key);
            }
        }
    }

    fn waiting_mut(&mut self, hold: HoldId) -> Option<&mut Waiting> {
        let at = self.waiting.binary_search_by_key(&hold, |waiting| waiting.hold).ok()?;
        self.waiting.get_mut(at)
    }
}

/// What is open and not listed, as of what is durable: for readers.
///
/// Read before the snapshot is taken that it goes with: what was listed since is in both, and what was neither here nor
/// in the snapshot has been closed.
#[derive(Debug, Default)]
pub(crate) struct OpenHolds(Mutex<HashSet<DueKey>>);

impl OpenHolds {
    pub(super) fn new(open: impl Iterator<Item = DueKey>) -> Self {
        Self(Mutex::new(open.collect()))
    }

    /// What a commit has changed, now that it is durable.
    pub(super) fn change(&self, change: &Change) {
        if change.came.is_empty() && change.went.is_empty() {
            return;
        }
        let mut open = self.0.lock();
        open.extend(&change.came);
        for key in &change.went {
            open.remove(key);
        }
    }

    /// Those after a place and not due later than `until`, in the order of time.
    pub(crate) fn between(&self, after: Option<DueKey>, until: Option<Timestamp>) -> Vec<DueKey> {
        let in_time = |key: &DueKey, until| matches!(split_due(key), Some((Some(at), _)) if at <= until);
        let wanted =
            |key: &DueKey| after.is_none_or(|after| *key > after) && until.is_none_or(|until| in_time(key, until));
        let mut found: Vec<DueKey> = self.0.lock().iter().copied().filter(wanted).collect();
        found.sort_unstable();
        found
    }
}

#[cfg(all(test, feature = "faults"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::ops::ControlFlow;
    use std::sync::Arc;

    use super::*;
    use crate::layout::keys::tables;
    use crate::layout::wire::samples::dice;
    use crate::ledger::{Atomicity, Ledger, Listing};
    use crate::model::{
        AccountId, AccountType, Contact, EntryKind, HoldKind, NewAccount, NewBook, NewClient, NewService, Operation,
        ServiceId,
    };
    use crate::money::{Amount, Currency};
    use crate::rules::{Capture, Command, Credit, Debit, PlaceHold};
    use crate::store::{MemoryStore, Order, Store};
    use proptest::prelude::*;

    fn hold(placed: u64, due_at: Option<i64>, state: HoldState) -> Hold {
        Hold {
            id: HoldId(Sequence(placed)),
            kind: HoldKind::Hold,
            of: (Operation::Debit, EntryKind::Debit),
            client: None,
            principal: Amount::minor(1).unwrap(),
            captured: Amount::ZERO,
            released: Amount::ZERO,
            due_at: due_at.map(Timestamp),
            state,
            placed_at: Timestamp(0),
            changed_at: Timestamp(0),
            changed_in: Sequence(placed),
        }
    }

    proptest! {
        #[test]
        fn every_open_hold_is_listed_or_known_to_be_open(mut dice in dice()) {
            const MAX: u64 = 24;
            let mut unlisted = Unlisted::at(Sequence::ZERO);
            unlisted.wait_at_most(MAX);
            let readers = OpenHolds::default();
            let (mut listed, mut open) = (BTreeSet::new(), BTreeSet::new());
            let (mut last, mut swept, mut due) = (0, 0, std::collections::BTreeMap::new());
            for _ in 0..60 {
                let (mut batch, mut change, mut steps) = (Batch::new(), Change::default(), Vec::new());
                for _ in 0..dice.below(9) {
                    last += 1;
                    let any = open.iter().nth(dice.below(open.len().max(1) as u64) as usize).copied();
                    match (dice.below(5), any) {
                        (0, _) => {}
                        (1, Some(settled)) => {
                            open.remove(&settled);
                            steps.push((settled, HoldState::Captured));
                        }
                        (2, Some(settled)) => steps.push((settled, HoldState::Open)),
                        _ => {
                            due.insert(last, (dice.below(3) > 0).then(|| dice.below(50) as i64));
                            open.insert(last);
                            steps.push((last, HoldState::Open));
                        }
                    }
                }
                for (placed, state) in steps {
                    unlisted.take(&Step::to(&hold(placed, due[&placed], state)), &mut batch, &mut change);
                }
                if dice.below(6) == 0 {
                    swept += dice.below(last - swept + 1);
                }
                unlisted.list((Sequence(last), Sequence(swept)), &mut batch, &mut change);
                for (table, row, value) in batch.changes() {
                    prop_assert_eq!(table, DUE);
                    let row: DueKey = row.try_into().unwrap();
                    match value {
                        Some(_) => prop_assert!(listed.insert(row), "listed twice"),
                        None => prop_assert!(listed.remove(&row), "was not listed"),
                    }
                }
                readers.change(&change);
                let key_of = |placed: &u64| Step::to(&hold(*placed, due[placed], HoldState::Open)).key;
                let all: BTreeSet<DueKey> = open.iter().map(key_of).collect();
                let waiting: Vec<DueKey> = readers.between(None, None);
                prop_assert_eq!(&unlisted.open().collect::<BTreeSet<_>>(), &waiting.iter().copied().collect());
                prop_assert!(waiting.is_sorted() && waiting.iter().all(|key| !listed.contains(key)));
                prop_assert_eq!(&listed.iter().copied().chain(waiting).collect::<BTreeSet<_>>(), &all);
                let must = open.iter().filter(|placed| **placed <= swept.max(last.saturating_sub(MAX)));
                prop_assert!(must.map(key_of).all(|key| listed.contains(&key)));
                // What settling asks for: what is due, and nothing that never is.
                let (after, until) = (all.iter().nth(3).copied(), Timestamp(dice.below(50) as i64));
                let in_time = readers.between(after, Some(until));
                for key in unlisted.open() {
                    let (at, _) = split_due(&key).unwrap();
                    let wanted = at.is_some_and(|at| at <= until) && after.is_none_or(|after| key > after);
                    prop_assert_eq!(in_time.contains(&key), wanted);
                }
            }
        }
    }

    /// A ledger with an account that has money.
    struct Shop {
        ledger: Ledger,
        wallet: AccountId,
        moves: ServiceId,
    }

    impl Shop {
        fn new(ledger: Ledger) -> Self {
            let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
            let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
            let client = ledger.register_client(NewClient::individual("KE", owner)).unwrap().id;
            let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING)).unwrap().id;
            let moves = ledger.define_service(NewService::new(client, book.id, "MOVES")).unwrap().id;
            ledger.credit(Credit::new(wallet, moves, book.money("1000000").unwrap(), "top-up")).unwrap();
            Self { ledger, wallet, moves }
        }

        fn held(&self, key: String) -> Command {
            let money = Currency::KES.money("1").unwrap();
            PlaceHold::new(Debit::new(self.wallet, self.moves, money, key)).into()
        }

        fn hold(&self, count: u64, name: &str) -> Vec<HoldId> {
            let commands = (0..count).map(|at| self.held(format!("{name}-{at}"))).collect();
            let placed = self.ledger.submit_batch(commands, Atomicity::All).unwrap();
            placed.into_iter().map(|placed| placed.unwrap().hold().unwrap()).collect()
        }

        fn capture(&self, holds: &[HoldId]) {
            let commands = holds.iter().map(|hold| Capture::whole(*hold).into()).collect();
            assert!(self.ledger.submit_batch(commands, Atomicity::All).unwrap().iter().all(Result::is_ok));
        }

        /// How many rows the store has.
        fn rows(&self) -> usize {
            let mut rows = 0;
            let any = std::ops::Bound::Unbounded;
            let snapshot = self.ledger.shared.store.snapshot().unwrap();
            snapshot
                .scan(DUE, any, any, Order::Ascending, &mut |_, _| {
                    rows += 1;
                    ControlFlow::Continue(())
                })
                .unwrap();
            rows
        }

        fn open(&self) -> Vec<HoldId> {
            let page = self.ledger.view().unwrap().open_holds(Listing::first(1_000)).unwrap();
            page.items.iter().map(|hold| hold.id).collect()
        }
    }

    #[test]
    fn holds_that_are_settled_soon_are_never_listed() {
        let shop = Shop::new(Ledger::in_memory().unwrap());
        for round in 0..20 {
            let holds = shop.hold(100, &format!("round {round}"));
            assert_eq!((shop.open(), shop.rows()), (holds.clone(), 0));
            shop.capture(&holds);
            assert_eq!((shop.open(), shop.rows()), (vec![], 0));
        }
        assert!(shop.ledger.verify_all().unwrap().is_sound());
    }

    #[test]
    fn entries_are_kept_at_hand_for_longer_where_something_was_done_to_holds() {
        // 128 KiB of entries by their weight, and a sixteenth of that: a batch has some 20.
        let shop = Shop::new(Ledger::builder().memory(8 << 20).in_memory().unwrap());
        let flights = || shop.ledger.shared.core().unwrap().flights.len();
        for round in 0..4 {
            let money = Currency::KES.money("1").unwrap();
            let credit = |at| Credit::new(shop.wallet, shop.moves, money, format!("{round} {at}")).into();
            let credits = shop.ledger.submit_batch((0..100).map(credit).collect(), Atomicity::All).unwrap();
            assert!(credits.iter().all(Result::is_ok));
            // Before the first, small ones opened the shop.
            assert!(round == 0 || flights() == 1, "{} batches", flights());
        }
        let holds: Vec<_> = (0..3).map(|round| shop.hold(100, &format!("held {round}"))).collect();
        assert_eq!(flights(), 3);
        shop.capture(&holds[0]);
        assert_eq!(flights(), 4);
    }

    #[test]
    fn holds_that_stay_open_are_listed_in_time_and_removed_when_they_are_settled() {
        let shop = Shop::new(Ledger::builder().tight().in_memory().unwrap());
        let early = shop.hold(3, "early");
        let mut late = Vec::new();
        for round in 0..40 {
            late.extend(shop.hold(1, &format!("late {round}")));
            let all: Vec<HoldId> = early.iter().chain(&late).copied().collect();
            assert_eq!(shop.open(), all);
            assert!(shop.rows() <= all.len() && all.len() - shop.rows() <= 16 + 3, "{} rows", shop.rows());
        }
        assert!(shop.rows() >= 20);
        shop.capture(&early);
        shop.capture(&late);
        assert_eq!((shop.open(), shop.rows()), (vec![], 0));
    }

    #[test]
    fn readers_see_every_open_hold_once_while_it_is_listed() {
        let shop = Shop::new(Ledger::builder().tight().in_memory().unwrap());
        let base = shop.ledger.view().unwrap().sequence().0;
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| (0..150).for_each(|at| drop(shop.hold(1 + at % 4, &format!("{at}")))));
            let mut done = false;
            while !done {
                done = writer.is_finished();
                let view = shop.ledger.view().unwrap();
                let open = view.open_holds(Listing::first(1_000)).unwrap().items;
                // Every entry since has placed one.
                let placed: Vec<u64> = (base + 1..=view.sequence().0).collect();
                assert_eq!(open.iter().map(|hold| hold.id.0.0).collect::<Vec<_>>(), placed);
                let first = view.open_holds(Listing::first(5)).unwrap();
                let rest = first.next.map(|next| view.open_holds(Listing::first(1_000).after(next)).unwrap());
                assert_eq!(first.items.len() + rest.map_or(0, |rest| rest.items.len()), placed.len());
            }
        });
    }

    /// What a crash would leave of a store.
    fn crashed(store: &MemoryStore) -> Arc<MemoryStore> {
        let (snapshot, mut batch) = (store.snapshot().unwrap(), Batch::new());
        for table in tables() {
            let any = std::ops::Bound::Unbounded;
            let read = snapshot.scan(table, any, any, Order::Ascending, &mut |key, value| {
                batch.put(table, key, value);
                ControlFlow::Continue(())
            });
            read.unwrap();
        }
        let copy = MemoryStore::new();
        copy.commit(&batch).unwrap();
        Arc::new(copy)
    }

    fn over(store: &Arc<MemoryStore>) -> Ledger {
        Ledger::builder().tight().over(Arc::clone(store) as Arc<dyn Store>).unwrap()
    }

    #[test]
    fn holds_that_were_listed_before_a_crash_are_removed_when_they_are_settled() {
        // With so little memory a hold is listed after 1,024 entries; the rows are swept after many more.
        let store = Arc::new(MemoryStore::new());
        let small = |store: &Arc<MemoryStore>| {
            Ledger::builder().memory(8 << 20).over(Arc::clone(store) as Arc<dyn Store>).unwrap()
        };
        let shop = Shop::new(small(&store));
        let holds: Vec<HoldId> = (0..3).flat_map(|at| shop.hold(600, &format!("{at}"))).collect();
        let listed = shop.rows();
        assert!((600..1_800).contains(&listed), "{listed} rows");
        let store = crashed(&store);
        let again = Shop { ledger: small(&store), ..shop };
        assert_eq!(again.ledger.shared.open_holds.between(None, None).len(), 1_800);
        again.capture(&holds[..10]);
        // Ten are gone, and for ten more it is time.
        assert_eq!(again.rows(), listed);
        assert_eq!(again.ledger.view().unwrap().open_holds(Listing::first(1)).unwrap().items[0].id, holds[10]);
        assert!(again.ledger.verify_all().unwrap().is_sound());
    }

    #[test]
    fn holds_that_a_crash_left_unlisted_are_found_again() {
        let store = Arc::new(MemoryStore::new());
        let shop = Shop::new(over(&store));
        let holds = shop.hold(9, "before");
        shop.capture(&holds[..4]);
        assert!(shop.rows() < 5, "{} rows", shop.rows());
        let store = crashed(&store);
        let again = Shop { ledger: over(&store), ..shop };
        assert!(again.ledger.verify_all().unwrap().is_sound());
        assert_eq!(again.open(), holds[4..]);
        again.capture(&holds[4..8]);
        assert_eq!(again.open(), holds[8..]);
        again.ledger.close().unwrap();
        let again = Shop { ledger: over(&store), ..again };
        assert!(again.ledger.verify_all().unwrap().is_sound());
        assert_eq!((again.rows(), again.open()), (1, holds[8..].to_vec()));
    }

    #[test]
    fn ledger_that_is_closed_has_listed_all() {
        let store = Arc::new(MemoryStore::new());
        let builder = || Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
        let shop = Shop::new(builder());
        let holds = shop.hold(30, "open");
        assert_eq!(shop.rows(), 0);
        shop.ledger.close().unwrap();
        let again = Shop { ledger: builder(), ..shop };
        assert_eq!((again.rows(), again.open()), (30, holds.clone()));
        assert!(again.ledger.shared.open_holds.between(None, None).is_empty());
        again.capture(&holds);
        assert_eq!((again.rows(), again.open()), (0, vec![]));
    }
}
