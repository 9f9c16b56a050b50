//! Where accounts stand, as of what is durable: read by every thread while the writer goes on.
//!
//! Rows that the sweep has not yet written back are kept here; for the others the store is asked. A standing is put
//! here only once the commit that made it is durable, so nothing else can be read. Standings lie in pages as the rows
//! do: each costs its own bytes and no more, and is found without a search.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::model::{AccountId, Balance, Entry, Posting, Sequence, Timestamp};
use crate::money::Amount;
use crate::rules::{PAGE_ROWS, page_of};

/// Where one account stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub balance: Balance,
    /// The latest activity number.
    pub number: u64,
    /// The entry of the latest posting.
    pub last: Sequence,
    pub last_at: Timestamp,
}

impl Standing {
    /// Where a posting of an entry leaves its account.
    pub(crate) fn after(entry: &Entry, posting: &Posting) -> Self {
        let (last, last_at) = (entry.sequence, entry.recorded_at);
        Self { balance: posting.after, number: posting.number, last, last_at }
    }
}

/// A standing without its pending totals, which are mostly zero; nothing is known while the number is zero.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    debits: [u32; 3],
    credits: [u32; 3],
    number: u64,
    last: Sequence,
    last_at: Timestamp,
}

/// The standings of the accounts whose rows lie together.
#[derive(Debug)]
struct Page {
    slots: Box<[Slot]>,
    /// The pending totals that are not both zero, by place: debits, credits.
    pending: Vec<(usize, Amount, Amount)>,
    /// The latest posting of all.
    last: Sequence,
}

/// The pages under one lock.
#[derive(Debug, Default)]
struct Shard {
    pages: Vec<Option<Page>>,
    resident: usize,
    /// Where the search for pages to drop goes on.
    hand: usize,
}

/// How many locks the pages of accounts are spread over, one after another.
pub(super) const SHARDS: u64 = 64;

/// The standings that the store does not have yet, and some that it has.
#[derive(Debug)]
pub(crate) struct Standings {
    shards: Vec<RwLock<Shard>>,
    /// How many pages each shard may hold that the store has too.
    pages_max: usize,
}

impl Standings {
    pub(crate) fn new(budget_bytes: usize) -> Self {
        let page_bytes = size_of::<Page>() + PAGE_ROWS as usize * size_of::<Slot>();
        let shards = (0..SHARDS).map(|_| RwLock::default()).collect();
        Self { shards, pages_max: budget_bytes / page_bytes / SHARDS as usize }
    }

    pub(crate) fn get(&self, account: AccountId) -> Option<Standing> {
        let (shard, page, place) = find(account);
        self.shards.get(shard)?.read().pages.get(page)?.as_ref()?.get(place)
    }

    /// Puts standings in, later ones over earlier; beyond the budget, drops pages that the store has: those whose latest
    /// posting is not after `swept`.
    pub(crate) fn put(&self, standings: &[(AccountId, Standing)], swept: Sequence) {
        for (account, standing) in standings {
            let (shard, page, place) = find(*account);
            if let Some(shard) = self.shards.get(shard) {
                shard.write().put(page, place, standing, (self.pages_max, swept));
            }
        }
    }
}

/// Where entries leave their accounts, one after another.
pub(super) fn standings_after(entries: &[Arc<Entry>]) -> Vec<(AccountId, Standing)> {
    // Most have two lines.
    let mut standings = Vec::with_capacity(entries.len().saturating_mul(2));
    for entry in entries {
        standings.extend(entry.postings.iter().map(|posting| (posting.account, Standing::after(entry, posting))));
    }
    standings
}

/// The shard of an account, its page there, and its place in the page. Accounts are numbered one after another.
fn find(account: AccountId) -> (usize, usize, usize) {
    let page = page_of(account);
    ((page % SHARDS) as usize, (page / SHARDS) as usize, (account.0 % PAGE_ROWS) as usize)
}

impl Shard {
    fn put(&mut self, page: usize, place: usize, standing: &Standing, (pages_max, swept): (usize, Sequence)) {
        if page >= self.pages.len() {
            self.pages.resize_with(page.saturating_add(1), || None);
        }
        if self.pages.get(page).is_some_and(Option::is_none) {
            if self.resident >= pages_max {
                self.drop_some(swept);
            }
            self.resident = self.resident.saturating_add(1);
        }
        if let Some(page) = self.pages.get_mut(page) {
            page.get_or_insert_with(Page::new).put(place, standing);
        }
    }

    /// Looks at a few pages, in turn, and drops those that the store has.
    fn drop_some(&mut self, swept: Sequence) {
        const LOOKED_AT: usize = 4;
        for _ in 0..LOOKED_AT {
            self.hand = if self.hand >= self.pages.len() { 0 } else { self.hand };
            if let Some(kept) = self.pages.get_mut(self.hand)
                && kept.as_ref().is_some_and(|page| page.last <= swept)
            {
                *kept = None;
                self.resident = self.resident.saturating_sub(1);
            }
            self.hand = self.hand.saturating_add(1);
        }
    }
}

impl Page {
    fn new() -> Self {
        let slots = vec![Slot::default(); PAGE_ROWS as usize].into_boxed_slice();
        Self { slots, pending: Vec::new(), last: Sequence::ZERO }
    }

    fn get(&self, place: usize) -> Option<Standing> {
        let slot = self.slots.get(place).filter(|slot| slot.number > 0)?;
        let pending = self.pending.iter().find(|(of, ..)| *of == place);
        let (debits_pending, credits_pending) =
            pending.map_or_else(Default::default, |(_, debits, credits)| (*debits, *credits));
        let balance = Balance {
            debits_posted: joined(slot.debits),
            credits_posted: joined(slot.credits),
            debits_pending,
            credits_pending,
        };
        Some(Standing { balance, number: slot.number, last: slot.last, last_at: slot.last_at })
    }

    fn put(&mut self, place: usize, standing: &Standing) {
        let Standing { balance, number, last, last_at } = *standing;
        let (debits, credits) = (split(balance.debits_posted), split(balance.credits_posted));
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Slot { debits, credits, number, last, last_at };
        }
        self.put_pending(place, balance.debits_pending, balance.credits_pending);
        self.last = self.last.max(last);
    }

    fn put_pending(&mut self, place: usize, debits: Amount, credits: Amount) {
        let at = self.pending.iter().position(|(of, ..)| *of == place);
        match (at, debits.is_zero() && credits.is_zero()) {
            (None, true) => {}
            (None, false) => self.pending.push((place, debits, credits)),
            (Some(at), true) => drop(self.pending.swap_remove(at)),
            (Some(at), false) => {
                if let Some(kept) = self.pending.get_mut(at) {
                    *kept = (place, debits, credits);
                }
            }
        }
    }
}

/// An amount's minor units, which are below 2^96, in three parts, the lowest first.
const fn split(amount: Amount) -> [u32; 3] {
    let minor = amount.signed();
    [minor as u32, (minor >> 32) as u32, (minor >> 64) as u32]
}

fn joined([low, middle, high]: [u32; 3]) -> Amount {
    let minor = i128::from(low) | i128::from(middle) << 32 | i128::from(high) << 64;
    Amount::minor(minor).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(sequence: u64, debits_pending: i128) -> Standing {
        let amount = |minor| Amount::minor(minor).unwrap();
        let balance = Balance {
            debits_posted: Amount::MAX,
            credits_posted: amount(1 << 70),
            debits_pending: amount(debits_pending),
            ..Balance::default()
        };
        Standing { balance, number: sequence, last: Sequence(sequence), last_at: Timestamp(-5) }
    }

    #[test]
    fn standings_come_back_as_they_were_put() {
        let standings = Standings::new(1 << 20);
        let accounts = [1, 47, 48, 49, 48 * 64, 1_000_000].map(AccountId);
        for (account, pending) in accounts.iter().flat_map(|account| [0, 7, 0, 9].map(|pending| (*account, pending))) {
            assert!(pending > 0 || standings.get(account).is_none_or(|kept| kept.number > 0));
            let put = standing(account.0 + 1, pending);
            standings.put(&[(account, put)], Sequence::ZERO);
            assert_eq!(standings.get(account), Some(put));
        }
        assert!(accounts.iter().all(|account| standings.get(*account) == Some(standing(account.0 + 1, 9))));
        assert_eq!((standings.get(AccountId(2)), standings.get(AccountId(2_000_000))), (None, None));
    }

    #[test]
    fn what_the_store_has_is_dropped_and_nothing_else() {
        let standings = Standings::new(0);
        let of_shard = |page: u64| AccountId(page * SHARDS * PAGE_ROWS);
        for page in 1..=100 {
            // The store has all up to page 50.
            standings.put(&[(of_shard(page), standing(page, 0))], Sequence(50));
        }
        let kept = (1..=100).filter(|page| standings.get(of_shard(*page)).is_some());
        assert_eq!(kept.collect::<Vec<_>>(), (51..=100).collect::<Vec<_>>());
    }

    /// How many pages stand in memory.
    #[cfg(feature = "faults")]
    fn resident(standings: &Standings) -> usize {
        let of = |shard: &RwLock<Shard>| shard.read().pages.iter().flatten().count();
        assert!(standings.shards.iter().all(|shard| shard.read().resident == of(shard)));
        standings.shards.iter().map(of).sum()
    }

    #[cfg(feature = "faults")]
    #[test]
    fn ledger_lets_go_of_standings_that_its_rows_have() {
        use crate::ledger::{Atomicity, Ledger};
        use crate::model::{AccountType, Contact, NewAccount, NewBook, NewClient, NewService};
        use crate::money::Currency;
        use crate::rules::Credit;

        // Five pages to each lock, of which the fewest must stay.
        const PAGES: u64 = 5 * SHARDS;
        let ledger = Ledger::builder().tight().in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
        let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
        let client = ledger.register_client(NewClient::individual("KE", owner)).unwrap();
        let opening = (0..PAGES * PAGE_ROWS).map(|_| NewAccount::new(client.id, book.id, AccountType::WORKING).into());
        assert!(ledger.submit_batch(opening.collect(), Atomicity::Each).unwrap().iter().all(Result::is_ok));
        let service = ledger.define_service(NewService::new(client.id, book.id, "SALES")).unwrap().id;
        for page in 1..PAGES {
            let (account, money) = (AccountId(page * PAGE_ROWS), book.money("1").unwrap());
            ledger.credit(Credit::new(account, service, money, format!("{page}"))).unwrap();
        }
        let kept = resident(&ledger.shared.standings);
        assert!(kept as u64 <= 2 * SHARDS, "{kept} of {PAGES} pages");
        let one = Some(book.money("1").unwrap());
        let view = ledger.view().unwrap();
        let all = (1..PAGES).map(|page| view.balance(AccountId(page * PAGE_ROWS)).ok().map(|balance| balance.current));
        assert!(all.into_iter().all(|balance| balance == one));
    }
}
