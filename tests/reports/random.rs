//! What must hold among reports, on random ledgers: now, and at an earlier entry.

use std::collections::BTreeMap;

use pacioli::prelude::*;
use pacioli::report::{
    Charged, ClientAccounts, Curve, Document, Fees, Income, Outstanding, OutstandingKind, PayoutReport, Payouts, Period,
};
use pacioli::{AccountFilter, AccountView, BalanceAt, Book, PayoutFilter, Role, Side};

use crate::model::drive::{Engine, Pair};

/// A random ledger, and where it lies.
fn ledger(seed: u64, commands: usize) -> (tempfile::TempDir, Ledger) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    Pair::new(seed, Engine::File(path.clone())).run(commands);
    let ledger = Ledger::open(&path).unwrap();
    (directory, ledger)
}

/// Worlds, short ones and long ones in turn: the same each time, unless a seed is asked for.
fn worlds() -> impl Iterator<Item = (u64, usize)> {
    let seed = std::env::var("PACIOLI_MODEL_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = seed.unwrap_or(20_491_110);
    (0..WORLDS_MOST as u64).map(move |world| (seed.wrapping_add(world), [300, 400, 600, 1_200][world as usize % 4]))
}

/// As many worlds as this are looked at in any case, and as many at most until everything was seen in one.
const WORLDS: usize = 4;
const WORLDS_MOST: usize = 40;

/// Whether the sum of so many minor units is beyond what money can be; then a report that has it is refused.
fn is_beyond(minor: i128) -> bool {
    minor.abs() > Amount::MAX.signed()
}

fn accounts(view: &View, book: &Book) -> Vec<AccountView> {
    let (mut accounts, mut listing) = (Vec::new(), Listing::first(Listing::MOST));
    loop {
        let page = view.accounts(AccountFilter::OfBook(book.id), listing).unwrap();
        accounts.extend(page.items);
        let Some(next) = page.next else { return accounts };
        listing = Listing::first(Listing::MOST).after(next);
    }
}

fn lines(view: &View, account: AccountId) -> Vec<ActivityLine> {
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let page = view.activities(account).oldest_first().limit(1_000).after(after).page().unwrap();
        lines.extend(page.items);
        after = page.next;
        if after.is_none() {
            return lines;
        }
    }
}

#[test]
fn reports_agree_with_accounts_trial_balances_and_activities() {
    let mut seen = Seen::default();
    for (world, (seed, commands)) in worlds().enumerate() {
        if world >= WORLDS && seen.is_everything() {
            break;
        }
        println!("PACIOLI_MODEL_SEED={seed}");
        let (_directory, ledger) = ledger(seed, commands);
        let now = ledger.view().unwrap();
        let then = ledger.view_at(Sequence(now.sequence().0 / 2)).unwrap();
        for view in [&then, &now] {
            for book in view.books().unwrap() {
                income(view, &book, &mut seen);
                fees(view, &book, &mut seen);
                outstanding(view, &book, &mut seen);
                curves(view, &book);
            }
            payouts(view, &mut seen);
            clients(view);
        }
    }
    // Random worlds that had none of something would show nothing of it.
    assert!(seen.is_everything(), "{seen:?}");
}

#[derive(Debug, Default)]
struct Seen {
    incomes: u64,
    fees: u64,
    holds: u64,
    clearing: u64,
    payouts: u64,
}

impl Seen {
    fn is_everything(&self) -> bool {
        [self.incomes, self.fees, self.holds, self.clearing, self.payouts].iter().all(|seen| *seen > 0)
    }
}

/// Income and position are the trial balance, whole and in two halves, by either time.
fn income(view: &View, book: &Book, seen: &mut Seen) {
    let posted = |of: fn(&AccountView) -> Amount| -> i128 {
        accounts(view, book).iter().map(|account| of(account).signed()).sum()
    };
    let debits = posted(|account| account.balance.totals.debits_posted);
    if is_beyond(debits) {
        // Random sums may be as great as sums can be.
        assert!(matches!(Income::of(view, book.id, &Period::all()), Err(Error::Money(_))));
        return;
    }
    let all = Income::of(view, book.id, &Period::all()).unwrap();
    assert!(all.is_balanced());
    let trial = view.trial_balance(book.id).unwrap();
    assert_eq!(all.groups.len(), trial.groups.len());
    for (group, same) in all.groups.iter().zip(&trial.groups) {
        assert_eq!((&group.account_type, group.closing), (&same.account_type, same.balance));
        assert!(group.opening.is_zero());
    }
    seen.incomes += u64::from(!all.income.is_zero());
    assert_eq!(all.debits.minor(), debits);
    assert_eq!(all.credits.minor(), posted(|account| account.balance.totals.credits_posted));

    let half = view.entry(Sequence(view.sequence().0 * 2 / 3)).unwrap().recorded_at;
    let middle = half.max(book.opened_at.plus_ns(1));
    for effective in [false, true] {
        let of = |from, to| {
            let period = Period::between(from, to).unwrap();
            let period = if effective { period.by_effective_time() } else { period };
            Income::of(view, book.id, &period).unwrap()
        };
        let (first, second) = (of(Timestamp::MIN, middle), of(middle, Timestamp::MAX));
        assert!(first.is_balanced() && second.is_balanced());
        let last = middle.plus_ns(-1);
        let at = if effective { BalanceAt::effective(last) } else { BalanceAt::recorded(last) };
        let trial = view.trial_balance_as_of(book.id, at).unwrap();
        let balance = |name: &AccountType| {
            trial.groups.iter().find(|group| group.account_type == *name).map_or(0, |group| group.balance.minor())
        };
        for group in &second.groups {
            assert_eq!(group.opening.minor(), balance(&group.account_type), "{} {effective}", group.account_type);
        }
        assert_eq!(first.debits.minor() + second.debits.minor(), all.debits.minor(), "{effective}");
        assert_eq!(first.net.plus(second.net).unwrap(), all.net);
        assert_eq!((first.net_to_date, second.net_to_date), (first.net, all.net_to_date));
    }
}

/// Fees are what the lines of all accounts say, each of which was found by its own way through the journal.
fn fees(view: &View, book: &Book, seen: &mut Seen) {
    let report = Fees::of(view, book.id, &Period::all()).unwrap();
    let mut expected: BTreeMap<(AccountId, bool), [i128; 4]> = BTreeMap::new();
    for account in accounts(view, book) {
        for line in lines(view, account.id) {
            let is_fee = match line.role {
                Role::Fee => true,
                Role::Tax => false,
                _ => continue,
            };
            if line.stage.is_settled() {
                let sums = expected.entry((account.id, is_fee)).or_default();
                let at = if line.side == Side::Credit { 0 } else { 2 };
                sums[at] += 1;
                sums[at + 1] += line.amount.minor();
            }
        }
    }
    let figures =
        |sums: &Charged| [sums.charges.into(), sums.charged.minor(), sums.refunds.into(), sums.refunded.minor()];
    let found: BTreeMap<_, _> = report
        .accounts
        .iter()
        .map(|row| ((row.account, row.kind == pacioli::report::ChargeKind::Fee), figures(&row.sums)))
        .collect();
    assert_eq!(found, expected);
    for (kind, total) in [("Fee", &report.fees), ("Tax", &report.taxes)] {
        let add = |sums: [i128; 4], more: [i128; 4]| std::array::from_fn(|at| sums[at] + more[at]);
        let services = report.services.iter().filter(|row| row.kind.text() == kind);
        assert_eq!(services.map(|row| figures(&row.sums)).fold([0; 4], add), figures(total));
        let accounts = report.accounts.iter().filter(|row| row.kind.text() == kind);
        assert_eq!(accounts.map(|row| figures(&row.sums)).fold([0; 4], add), figures(total));
    }
    assert!(report.services.iter().all(|row| row.service.is_some()), "whatever is charged is charged under a service");
    seen.fees += report.fees.charges;
}

/// What is pending on all accounts is what is outstanding.
fn outstanding(view: &View, book: &Book, seen: &mut Seen) {
    let on = |of: fn(&AccountView) -> Amount| -> i128 {
        accounts(view, book).iter().map(|account| of(account).signed()).sum()
    };
    let as_of = view.recorded_at();
    let report = match Outstanding::of(view, book.id, as_of, &Zone::utc()) {
        // Security that is retained is not pending, but no more than was posted.
        Err(Error::Money(_)) => {
            let most = on(|account| account.balance.totals.debits_pending);
            let most = most + on(|account| account.balance.totals.credits_posted);
            return assert!(is_beyond(most));
        }
        report => report.unwrap(),
    };
    let pending = report.items.iter().filter(|item| item.kind != OutstandingKind::Reserve);
    let left: i128 = pending.map(|item| item.left.minor()).sum();
    assert_eq!(left, on(|account| account.balance.totals.debits_pending), "{report}");
    assert_eq!(left, on(|account| account.balance.totals.credits_pending));
    for item in &report.items {
        let credits = item.lines.iter().filter(|line| line.side == Side::Credit).map(|line| line.amount.minor());
        if item.kind != OutstandingKind::Payout {
            assert_eq!(item.left.minor(), credits.sum::<i128>(), "{item:?}");
        }
    }
    assert!(report.items.is_sorted_by_key(|item| item.since));
    let sum: i128 = report.buckets.iter().map(|bucket| bucket.sum.minor()).sum();
    let count: u64 = report.buckets.iter().map(|bucket| bucket.count).sum();
    assert_eq!((sum, count), (report.sum.minor(), report.items.len() as u64));
    let totals: i128 = report.totals.iter().map(|total| total.sum.minor()).sum();
    assert_eq!(totals, report.sum.minor());
    let of_kind = |kind| report.items.iter().filter(|item| item.kind == kind).count() as u64;
    seen.holds += of_kind(OutstandingKind::Hold);
    seen.clearing += of_kind(OutstandingKind::Clearing);
}

fn payouts(view: &View, seen: &mut Seen) {
    let page = view.payouts(PayoutFilter::All, Listing::first(Listing::MOST)).unwrap();
    let mut by_book: BTreeMap<BookId, i128> = BTreeMap::new();
    for payout in &page.items {
        let report = PayoutReport::of(view, payout.id, &Zone::utc()).unwrap();
        assert!(report.sums.is_whole(), "{report}");
        let sums = &report.sums;
        let found = [sums.total, sums.paid, sums.failed, sums.cancelled, sums.pending, sums.returned];
        let recorded = [
            payout.total,
            payout.paid_total,
            payout.failed_total,
            payout.cancelled_total,
            payout.pending_total(),
            payout.returned_total,
        ];
        assert_eq!(found.map(Money::minor), recorded.map(Amount::signed), "{report}");
        assert_eq!(sums.charge_estimate.minor(), payout.charge_estimate.signed());
        let states: i128 = report.states.iter().map(|state| state.sum.minor()).sum();
        assert_eq!(states, sums.total.minor());
        *by_book.entry(payout.book).or_default() += sums.total.minor();
    }
    for book in view.books().unwrap() {
        let (report, total) = (Payouts::of(view, book.id, &Period::all()), by_book.get(&book.id).copied().unwrap_or(0));
        if is_beyond(total) {
            assert!(matches!(report, Err(Error::Money(_))));
            continue;
        }
        let report = report.unwrap();
        assert!(report.sums.is_whole());
        assert_eq!(report.sums.total.minor(), total);
    }
    seen.payouts += page.items.len() as u64;
}

fn clients(view: &View) {
    for client in view.clients(Listing::first(Listing::MOST)).unwrap() {
        let report = match ClientAccounts::of(view, client.id) {
            Err(Error::Money(_)) => {
                let books = view.books().unwrap();
                let own = books.iter().map(|book| accounts(view, book));
                let own = own.map(|all| all.into_iter().filter(|account| account.client == Some(client.id)));
                let most = own.map(|own| {
                    let moved = |account: AccountView| {
                        let totals = account.balance.totals;
                        totals.debits_posted.signed() + totals.credits_posted.signed()
                    };
                    own.map(moved).sum::<i128>()
                });
                assert!(most.into_iter().any(is_beyond));
                continue;
            }
            report => report.unwrap(),
        };
        for book in &report.books {
            let held: i128 = book.accounts.iter().map(|account| -account.balance.totals.posted(Side::Debit)).sum();
            assert_eq!(book.held.minor(), held);
            let count: u64 = book.classes.iter().map(|class| class.accounts).sum();
            assert_eq!(count, book.accounts.len() as u64);
        }
    }
}

/// Curves end where their account stands, and every report can be drawn and parsed.
fn curves(view: &View, book: &Book) {
    let mut document = Document::new(book.name.as_str());
    for account in accounts(view, book) {
        for period in [Period::all(), Period::all().by_effective_time()] {
            let curve = Curve::of(view, account.id, &period).unwrap();
            assert!(curve.opening.is_zero());
            assert_eq!(curve.closing, account.balance.current);
            document.add(pacioli::report::Section::new(account.name.as_str()).curve(curve));
        }
    }
    let page = document.html().to_string();
    let options = roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: u32::MAX, ..Default::default() };
    roxmltree::Document::parse_with_options(&page, options).unwrap();
}
