//! Reading: balances, lists, activities, statements and trial balances, now and as of every entry.

// The helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use pacioli::money::{Amount, Currency, Money};
use pacioli::{
    Account, AccountBalance, AccountChange, AccountFilter, AccountId, AccountStatus, AccountType, AccountView,
    ActivityLine, Atomicity, Book, BookId, Client, ClientChange, ClientId, Command, Contact, Credit, Cursor, Debit,
    Entry, EntryKind, Error, Fee, Ledger, LedgerBuilder, LineStatus, Listing, ManualClock, NewAccount, NewBook,
    NewClient, NewService, Page, Post, Rejection, Reverse, Sequence, Service, ServiceChange, ServiceId, Side,
    SystemAccount, Timestamp, Transfer, TrialBalance, View, Zone,
};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A change of what is set, and of nothing else.
fn changed<T: Default>(set: impl FnOnce(&mut T)) -> T {
    let mut change = T::default();
    set(&mut change);
    change
}

struct Shop {
    ledger: Ledger,
    clock: Arc<ManualClock>,
    book: Book,
    client: Client,
    wallet: Account,
    savings: Account,
    service: Service,
}

fn shop_on(builder: impl FnOnce(LedgerBuilder) -> Ledger) -> Shop {
    let clock = Arc::new(ManualClock::at(at("2026-10-31T20:00:00Z")));
    let ledger = builder(Ledger::builder().clock(Arc::clone(&clock)));
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES).shown_with(4)).unwrap();
    let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    let client = ledger.register_client(NewClient::individual("KE", owner).coded("NJERI")).unwrap();
    let open = |name: &str| {
        let given = NewAccount::new(client.id, book.id, AccountType::WORKING).named(name).identified(name);
        ledger.open_account(given).unwrap()
    };
    let (wallet, savings) = (open("till"), open("savings"));
    let service = ledger.define_service(NewService::new(client.id, book.id, "SALES").coded("SALES_1")).unwrap();
    Shop { ledger, clock, book, client, wallet, savings, service }
}

fn shop() -> Shop {
    shop_on(|builder| builder.in_memory().unwrap())
}

impl Shop {
    fn kes(&self, text: &str) -> Money {
        self.book.money(text).unwrap()
    }

    fn sale(&self, amount: &str, key: &str) -> Sequence {
        let given = Credit::new(self.wallet.id, self.service.id, self.kes(amount), key).kind(EntryKind::Sale);
        self.ledger.credit(given).unwrap().sequence()
    }

    fn payout(&self, amount: &str, key: &str) -> Sequence {
        let given = Debit::new(self.wallet.id, self.service.id, self.kes(amount), key).kind(EntryKind::Payout);
        self.ledger.debit(given).unwrap().sequence()
    }

    fn save(&self, amount: &str, key: &str) -> Sequence {
        let (from, to) = (self.wallet.id, self.savings.id);
        let given = Transfer::new(from, to, self.service.id, self.kes(amount), key).narrated("put aside");
        self.ledger.transfer(given).unwrap().sequence()
    }

    fn view(&self) -> View {
        self.ledger.view().unwrap()
    }
}

fn all_lines(view: &View, account: AccountId, limit: usize, oldest: bool) -> Vec<ActivityLine> {
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let query = view.activities(account).after(after).limit(limit);
        let page = if oldest { query.oldest_first() } else { query }.page().unwrap();
        assert!(page.items.len() <= limit);
        lines.extend(page.items);
        after = page.next;
        if after.is_none() {
            return lines;
        }
    }
}

fn numbers(page: &Page<ActivityLine>) -> Vec<u64> {
    page.items.iter().map(|line| line.number).collect()
}

#[test]
fn balances_are_current_available_and_spendable() {
    let shop = shop();
    let new = shop.view().balance(shop.wallet.id).unwrap();
    assert_eq!((new.current, new.available), (shop.kes("0"), shop.kes("0")));
    assert_eq!((new.activity_number, new.updated_at), (0, None));
    shop.clock.advance_ns(SECOND);
    shop.sale("100", "1");
    let floor = Amount::minor(1_000).unwrap();
    let change = changed(|change: &mut AccountChange| change.minimum_balance = Some(floor));
    shop.ledger.change_account(shop.wallet.id, change).unwrap();
    let view = shop.view();
    let balance = view.balance(shop.wallet.id).unwrap();
    assert_eq!(balance.current, shop.kes("100"));
    assert_eq!(balance.available, shop.kes("100"));
    assert_eq!(balance.floor, Some(shop.kes("10")));
    assert_eq!(balance.spendable, Some(shop.kes("90")));
    assert_eq!(balance.updated_at, Some(at("2026-10-31T20:00:01Z")));
    assert_eq!((balance.activity_number, balance.normal_side, balance.text_scale), (1, Side::Credit, 4));
    let outside = view.balance(shop.book.system(SystemAccount::External)).unwrap();
    assert_eq!((outside.current, outside.floor, outside.spendable), (shop.kes("100"), None, None));
    let unlimited = changed(|change: &mut AccountChange| {
        change.minimum_balance = Some(Amount::ZERO);
        change.overdraft = Some((true, None));
    });
    shop.ledger.change_account(shop.wallet.id, unlimited).unwrap();
    assert_eq!(shop.view().balance(shop.wallet.id).unwrap().spendable, None);
    // What stood before stands in the older view.
    assert_eq!(view.balance(shop.wallet.id).unwrap(), balance);
    let unknown = view.balance(AccountId(999)).unwrap_err();
    assert_eq!(unknown.rejection(), Some(&Rejection::AccountNotFound { account: AccountId(999) }));
    assert!(view.balance(AccountId(0)).is_err());
}

#[test]
fn lines_follow_from_one_another_and_are_numbered_without_gaps() {
    let shop = shop();
    for key in 0..40 {
        shop.sale("10", &format!("s{key}"));
        shop.save("3", &format!("t{key}"));
        shop.payout("2", &format!("p{key}"));
    }
    let view = shop.view();
    let lines = all_lines(&view, shop.wallet.id, 7, true);
    assert_eq!(lines.len(), 120);
    let mut before = shop.kes("0");
    for (line, number) in lines.iter().zip(1..) {
        assert_eq!((line.number, line.previous_balance), (number, before));
        assert_eq!(line.previous_balance.plus(line.value).unwrap(), line.current_balance);
        assert_eq!(line.value.minor().abs(), line.amount.minor());
        assert_eq!(view.activity(shop.wallet.id, number).unwrap().as_ref(), Some(line));
        before = line.current_balance;
    }
    assert_eq!(before, view.balance(shop.wallet.id).unwrap().current);
    assert_eq!(view.activity(shop.wallet.id, 0).unwrap(), None);
    assert_eq!(view.activity(shop.wallet.id, 121).unwrap(), None);
    let mut newest = all_lines(&view, shop.wallet.id, 7, false);
    newest.reverse();
    assert_eq!(newest, lines);
    let first = view.activities(shop.wallet.id).limit(3).page().unwrap();
    assert_eq!(numbers(&first), [120, 119, 118]);
    assert!(view.activities(AccountId(999)).page().is_err());
}

#[test]
fn filters_combine_and_bounds_mean_what_they_say() {
    let shop = shop();
    let start = at("2026-11-01T00:00:00Z");
    for hour in 0..6 {
        shop.clock.set(start.plus_ns(hour * HOUR));
        shop.sale("10", &format!("s{hour}"));
        let earlier = start.plus_ns((hour - 24) * HOUR);
        let given = Debit::new(shop.wallet.id, shop.service.id, shop.kes("1"), format!("p{hour}"));
        shop.ledger.debit(given.kind(EntryKind::Payout).effective(earlier)).unwrap();
    }
    let view = shop.view();
    let hour = |hour: i64| start.plus_ns(hour * HOUR);
    let asked = || view.activities(shop.wallet.id).oldest_first();
    // Sales are recorded on the hour, payouts a nanosecond later.
    assert_eq!(numbers(&asked().recorded(hour(1)..hour(3)).page().unwrap()), [3, 4, 5, 6]);
    assert_eq!(numbers(&asked().recorded(hour(1)..=hour(3)).page().unwrap()), [3, 4, 5, 6, 7]);
    assert_eq!(numbers(&asked().recorded(hour(5)..).page().unwrap()), [11, 12]);
    assert_eq!(numbers(&asked().recorded(..hour(1)).page().unwrap()), [1, 2]);
    assert_eq!(numbers(&asked().recorded(..=start).page().unwrap()), [1]);
    assert!(asked().recorded(hour(9)..).page().unwrap().items.is_empty());
    assert!(asked().recorded(..hour(-9)).page().unwrap().items.is_empty());
    assert_eq!(numbers(&asked().kinds(&[EntryKind::Payout]).page().unwrap()), [2, 4, 6, 8, 10, 12]);
    let sales = asked().kinds(&[EntryKind::Sale]).recorded(hour(1)..hour(4)).newest_first();
    assert_eq!(numbers(&sales.page().unwrap()), [7, 5, 3]);
    let first = sales.clone().limit(2).page().unwrap();
    assert_eq!(numbers(&first), [7, 5]);
    assert_eq!(numbers(&sales.after(first.next).page().unwrap()), [3]);
    assert_eq!(numbers(&asked().effective(..start).page().unwrap()), [2, 4, 6, 8, 10, 12]);
    let both = asked().effective(..hour(-22)).recorded(hour(1)..);
    assert_eq!(numbers(&both.page().unwrap()), [4]);
    assert_eq!(numbers(&asked().kinds(&[]).page().unwrap()).len(), 12);
}

#[test]
fn pages_equal_the_whole_while_a_writer_goes_on() {
    let shop = shop();
    for key in 0..300 {
        shop.sale("1", &format!("a{key}"));
    }
    let before = shop.view();
    let newest = all_lines(&before, shop.wallet.id, 1_000, false);
    let (ledger, account, service, one) = (shop.ledger.clone(), shop.wallet.id, shop.service.id, shop.kes("1"));
    let writer = std::thread::spawn(move || {
        for key in 0..600 {
            ledger.credit(Credit::new(account, service, one, format!("b{key}"))).unwrap();
        }
    });
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let view = shop.view();
        // The first page is that of the old view, the others those of whatever is newest.
        let query = if after.is_none() { before.activities(account) } else { view.activities(account) };
        let page = query.after(after).limit(13).page().unwrap();
        lines.extend(page.items);
        after = page.next;
        let balance = view.balance(account).unwrap();
        assert_eq!(balance.current.minor(), i128::from(balance.activity_number) * 100);
        assert_eq!(before.balance(account).unwrap().activity_number, 300);
        if after.is_none() {
            break;
        }
    }
    writer.join().unwrap();
    assert_eq!(lines, newest);
    assert_eq!(all_lines(&shop.view(), account, 64, true).len(), 900);
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let shop = shop();
    shop.sale("10", "1");
    shop.sale("10", "2");
    shop.save("1", "3");
    shop.save("1", "4");
    let view = shop.view();
    let cursor = view.activities(shop.wallet.id).limit(1).page().unwrap().next.unwrap();
    let text = serde_json::to_string(&cursor).unwrap();
    assert_eq!(serde_json::from_str::<Cursor>(&text).unwrap(), cursor);
    assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    let refused = |result: Result<(), Error>| assert!(matches!(result, Err(Error::InvalidCursor)));
    refused(view.activities(shop.savings.id).after(cursor).page().map(drop));
    refused(view.client_activities(shop.client.id).after(cursor).page().map(drop));
    refused(view.clients(Listing::first(1).after(cursor)).map(drop));
    refused(view.accounts(AccountFilter::All, Listing::first(1).after(cursor)).map(drop));
    refused(view.statement(shop.savings.id).after(cursor).all().map(drop));
    refused("nonsense".parse::<Cursor>().map(drop));
}

#[test]
fn a_clients_activities_stand_in_one_order() {
    let shop = shop();
    let third = shop.ledger.open_account(NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING)).unwrap();
    let mut entries = Vec::new();
    for key in 0..30 {
        entries.push(shop.sale("10", &format!("s{key}")));
        entries.push(shop.save("3", &format!("t{key}")));
        let given = Credit::new(third.id, shop.service.id, shop.kes("5"), format!("c{key}"));
        entries.push(shop.ledger.credit(given).unwrap().sequence());
    }
    let view = shop.view();
    let whole = view.client_activities(shop.client.id).oldest_first().limit(1_000).page().unwrap();
    assert_eq!((whole.items.len(), whole.next), (120, None));
    let places: Vec<_> = whole.items.iter().map(|line| line.id).collect();
    assert!(places.is_sorted() && places.windows(2).all(|pair| pair[0] != pair[1]));
    for oldest in [true, false] {
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let asked = view.client_activities(shop.client.id).limit(7).after(after);
            let page = if oldest { asked.oldest_first() } else { asked }.page().unwrap();
            lines.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if !oldest {
            lines.reverse();
        }
        assert_eq!(lines, whole.items);
    }
    let transfers = view.client_activities(shop.client.id).kinds(&[EntryKind::Transfer]).limit(1_000).page().unwrap();
    assert_eq!(transfers.items.len(), 60);
    assert!(view.client_activities(ClientId(99)).page().is_err());
}

#[test]
fn statements_of_days_balance_in_their_zone() {
    let shop = shop();
    let nairobi = Zone::named("Africa/Nairobi").unwrap();
    let new_york = Zone::named("America/New_York").unwrap();
    let times = [
        "2026-10-31T20:59:59Z", // the last second of October in Nairobi
        "2026-10-31T21:00:00Z", // the first instant of November in Nairobi
        "2026-11-01T03:59:59Z", // the last second of October in New York
        "2026-11-01T04:00:00Z", // the first instant of its day of 25 hours
        "2026-11-02T04:59:59Z", // the last second of that day
        "2026-11-02T05:00:00Z",
        "2026-11-30T20:59:59.999999999Z",
        "2026-11-30T21:00:00Z",
    ];
    for (time, number) in times.iter().zip(1..) {
        shop.clock.set(at(time));
        if number % 2 == 0 {
            shop.payout("1.25", &format!("{number}"));
        } else {
            shop.sale("10", &format!("{number}"));
        }
    }
    let view = shop.view();
    let statement = view.statement(shop.wallet.id).days("2026-11-01", "2026-11-30", &nairobi).unwrap();
    let shown: Vec<_> = statement.lines.iter().map(|line| line.number).collect();
    assert_eq!(shown, [2, 3, 4, 5, 6, 7]);
    assert_eq!(statement.opening, shop.kes("10"));
    assert_eq!((statement.debits, statement.credits), (shop.kes("3.75"), shop.kes("30")));
    assert_eq!(statement.closing, shop.kes("36.25"));
    assert!(statement.more.is_none() && !statement.filtered);
    let day = view.statement(shop.wallet.id).days("2026-11-01", "2026-11-01", &new_york).unwrap();
    assert_eq!(day.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(day.to.unwrap().0 - day.from.unwrap().0, 25 * HOUR);
    let text = statement.to_string();
    assert!(text.contains("2026-11-01 to 2026-11-30, Africa/Nairobi"), "{text}");
    assert!(text.contains("2026-11-01 00:00:00") && text.contains("36.2500"), "{text}");
    assert_eq!(text.lines().count(), 2 + 2 + 1 + 6 + 1 + 1, "{text}");

    let sales = view.statement(shop.wallet.id).kinds(&[EntryKind::Sale]).days("2026-11-01", "2026-11-30", &nairobi);
    let sales = sales.unwrap();
    assert_eq!(sales.lines.len(), 3);
    assert_eq!((sales.opening, sales.closing, sales.filtered), (statement.opening, statement.closing, true));
    let first = view.statement(shop.wallet.id).limit(4).days("2026-11-01", "2026-11-30", &nairobi).unwrap();
    let rest = view.statement(shop.wallet.id).limit(4).after(first.more).days("2026-11-01", "2026-11-30", &nairobi);
    let rest = rest.unwrap();
    assert_eq!((first.lines.len(), rest.lines.len(), rest.more), (4, 2, None));
    assert_eq!((first.opening, first.closing), (rest.opening, rest.closing));
    assert_eq!([first.lines, rest.lines].concat(), statement.lines);

    let all = view.statement(shop.wallet.id).all().unwrap();
    assert_eq!((all.opening, all.closing), (shop.kes("0"), view.balance(shop.wallet.id).unwrap().current));
    let empty = view.statement(shop.wallet.id).between(at("2026-12-01T00:00:00Z"), at("2026-12-02T00:00:00Z")).unwrap();
    assert_eq!((empty.opening, empty.closing, empty.lines.len()), (all.closing, all.closing, 0));
    assert!(view.statement(shop.wallet.id).between(at("2026-12-02T00:00:00Z"), at("2026-12-01T00:00:00Z")).is_err());
    assert!(view.statement(shop.wallet.id).days("2026-11-31", "2026-12-01", &nairobi).is_err());
    assert!(view.statement(AccountId(99)).all().is_err());
}

#[test]
fn statements_by_effective_time_count_what_happened() {
    let shop = shop();
    shop.clock.set(at("2026-11-20T00:00:00Z"));
    let days = [5, 3, 9, 3, 1];
    for (day, key) in days.into_iter().zip(1..) {
        let given = Credit::new(shop.wallet.id, shop.service.id, shop.kes(&format!("{key}")), format!("{key}"));
        shop.ledger.credit(given.effective(at(&format!("2026-11-0{day}T12:00:00Z")))).unwrap();
    }
    let view = shop.view();
    let asked = || view.statement(shop.wallet.id).by_effective_time();
    let statement = asked().days("2026-11-03", "2026-11-05", &Zone::utc()).unwrap();
    assert_eq!(statement.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!((statement.opening, statement.closing), (shop.kes("5"), shop.kes("12")));
    let part = asked().limit(2).days("2026-11-03", "2026-11-05", &Zone::utc()).unwrap();
    let rest = asked().limit(2).after(part.more).days("2026-11-03", "2026-11-05", &Zone::utc()).unwrap();
    assert_eq!((part.lines.len(), rest.lines.len(), rest.more), (2, 1, None));
    assert_eq!(part.closing, rest.closing);
    assert!(statement.to_string().contains("Effective"));
    let noon = at("2026-11-03T12:00:00Z");
    assert_eq!(view.balance_effective(shop.wallet.id, noon).unwrap(), shop.kes("11"));
    assert_eq!(view.balance_effective(shop.wallet.id, noon.plus_ns(-1)).unwrap(), shop.kes("5"));
}

#[test]
fn entries_are_found_by_key_reference_and_line() {
    let shop = shop();
    shop.sale("50", "1");
    for key in 0..5 {
        let given = Credit::new(shop.wallet.id, shop.service.id, shop.kes("1"), format!("r{key}"));
        shop.ledger.credit(given.referring("topup", "T-1").referring("api_ref", format!("{key}"))).unwrap();
    }
    let moved = shop.save("5", "7abc");
    let view = shop.view();
    let client = Some(shop.client.id);
    assert_eq!(view.entry_keyed(client, "7abc").unwrap().unwrap().sequence, moved);
    assert_eq!(view.entry_keyed(None, "7abc").unwrap(), None);
    assert_eq!(view.entry_keyed(client, "unknown").unwrap(), None);
    let line = view.activities(shop.savings.id).page().unwrap().items.remove(0);
    let reference = line.leg_reference().unwrap();
    assert_eq!(reference, "IFT27abc");
    let (entry, place) = view.entry_by_leg_reference(client, &reference).unwrap().unwrap();
    assert_eq!((entry.sequence, entry.postings[place].account), (moved, shop.savings.id));
    for wrong in ["IFT37abc", "IFT07abc", "CRD27abc", "XYZ27abc", "IFT", "IFTé", ""] {
        assert_eq!(view.entry_by_leg_reference(client, wrong).unwrap(), None, "{wrong}");
    }
    let whole = view.entries_referring("topup", "T-1", Listing::first(10)).unwrap();
    assert_eq!(whole.items.len(), 5);
    let (mut found, mut listing) = (Vec::new(), Listing::first(2).newest_first());
    loop {
        let page = view.entries_referring("topup", "T-1", listing.clone()).unwrap();
        found.extend(page.items);
        let Some(next) = page.next else { break };
        listing = listing.after(next);
    }
    found.reverse();
    assert_eq!(found, whole.items);
    assert_eq!(view.entries_referring("api_ref", "3", Listing::first(2)).unwrap().items.len(), 1);
    assert!(view.entries_referring("T-1", "topup", Listing::first(2)).unwrap().items.is_empty());
    let earlier = shop.ledger.view_at(whole.items[1].sequence).unwrap();
    assert_eq!(earlier.entries_referring("topup", "T-1", Listing::first(10)).unwrap().items, whole.items[..2]);
    assert_eq!(earlier.entry_keyed(client, "7abc").unwrap(), None);
    assert!(matches!(earlier.entry(moved), Err(Error::Rejected(Rejection::EntryNotFound { .. }))));
}

#[test]
fn the_journal_is_listed_in_order() {
    let shop = shop();
    for key in 0..50 {
        shop.sale("1", &format!("{key}"));
    }
    let view = shop.view();
    let whole = view.entries(None, 1_000).unwrap();
    assert_eq!((whole.items.len() as u64, whole.next), (view.sequence().0, None));
    let (mut entries, mut after): (Vec<Entry>, _) = (Vec::new(), None);
    loop {
        let page = view.entries(after, 8).unwrap();
        let more = page.next.is_some();
        entries.extend(page);
        after = entries.last().map(|entry| entry.sequence);
        if !more {
            break;
        }
    }
    assert_eq!(entries, whole.items);
    for entry in &entries {
        assert_eq!(view.entry(entry.sequence).unwrap(), *entry);
        let then = shop.ledger.view_at(entry.sequence).unwrap();
        assert_eq!(then.recorded_at(), entry.recorded_at);
        assert_eq!(view.sequence_at(entry.recorded_at).unwrap(), entry.sequence);
        assert_eq!(view.sequence_at(entry.recorded_at.plus_ns(-1)).unwrap().0, entry.sequence.0 - 1);
        assert_eq!(shop.ledger.view_as_of(entry.recorded_at).unwrap().sequence(), entry.sequence);
    }
    assert_eq!(shop.ledger.view_at(Sequence(0)).unwrap().recorded_at(), Timestamp::MIN);
    assert!(matches!(shop.ledger.view_at(Sequence(999)), Err(Error::BeyondEnd { .. })));
}

#[test]
fn lines_say_what_became_of_them() {
    let shop = shop();
    let fee = Fee::Fixed(shop.kes("1").amount().unwrap());
    let given = NewService::new(shop.client.id, shop.book.id, "DEAR").fee(fee).keeping_fees();
    let dear = shop.ledger.define_service(given).unwrap();
    let paid = shop.ledger.credit(Credit::new(shop.wallet.id, dear.id, shop.kes("10"), "1")).unwrap().sequence();
    shop.sale("5", "float");
    let before = shop.view();
    let half = shop.ledger.reverse(Reverse::part(paid, shop.kes("4"), "half")).unwrap().sequence();
    let middle = shop.view();
    let rest = shop.ledger.reverse(Reverse::whole(paid)).unwrap().sequence();
    let adjusted = Post::new("adjust").debit(shop.book.system(SystemAccount::Suspense), shop.kes("3"));
    shop.ledger.post(adjusted.credit(shop.wallet.id, shop.kes("3")).forced()).unwrap();
    let after = shop.view();
    let status = |view: &View, number| {
        let line = view.activity(shop.wallet.id, number).unwrap().unwrap();
        (line.status, line.status_by)
    };
    assert_eq!(status(&before, 1), (LineStatus::Available, None));
    assert_eq!(status(&middle, 1), (LineStatus::PartiallyRefunded, Some(half)));
    assert_eq!(status(&after, 1), (LineStatus::Refunded, Some(rest)));
    // The charge is kept, and reversals are what they are.
    assert_eq!(before.activity(shop.wallet.id, 2).unwrap().unwrap().kind, EntryKind::Charge);
    assert_eq!(status(&after, 2), (LineStatus::Available, None));
    assert_eq!(status(&after, 4), (LineStatus::Available, None));
    let last = after.balance(shop.wallet.id).unwrap().activity_number;
    assert_eq!(status(&after, last), (LineStatus::Adjustment, None));
    assert_eq!(after.reversals(paid).unwrap(), [half, rest]);
    assert_eq!(middle.reversals(paid).unwrap(), [half]);
    assert_eq!(before.reversals(paid).unwrap(), []);
    assert_eq!(after.activity(shop.wallet.id, 4).unwrap().unwrap().reverses, Some(paid));
    let json = serde_json::to_value(after.activity(shop.wallet.id, 1).unwrap()).unwrap();
    assert_eq!((&json["status"], &json["number"]), (&"REFUNDED".into(), &1.into()));
    assert_eq!(serde_json::to_value(LineStatus::OnHold).unwrap(), "ON-HOLD");
}

#[test]
fn records_are_found_by_their_names() {
    let shop = shop();
    let start = shop.view();
    let other = shop.ledger.open_book(NewBook::test("shop.usd", Currency::USD)).unwrap();
    let contact = Contact::new("Otieno", "o@shop.co.ke", "+254700000002");
    let second = shop.ledger.register_client(NewClient::individual("KE", contact)).unwrap();
    let theirs = shop.ledger.open_account(NewAccount::new(second.id, other.id, AccountType::WORKING)).unwrap();
    let mine = shop.ledger.open_account(NewAccount::new(shop.client.id, other.id, AccountType::WORKING)).unwrap();
    shop.ledger
        .change_service(shop.service.id, changed(|change: &mut ServiceChange| change.active = Some(false)))
        .unwrap();
    let closed = AccountChange::status(AccountStatus::Inactive, "on leave");
    shop.ledger.change_account(shop.wallet.id, closed).unwrap();
    let view = shop.view();
    assert_eq!(view.book_named("shop.usd").unwrap(), Some(other.clone()));
    assert_eq!(start.book_named("shop.usd").unwrap(), None);
    assert_eq!((view.books().unwrap().len(), start.books().unwrap().len()), (2, 1));
    assert_eq!(view.client_coded("NJERI").unwrap(), Some(shop.client.clone()));
    assert_eq!(start.client_coded(&second.code).unwrap(), None);
    assert!(start.client(second.id).is_err() && start.book(other.id).is_err());
    assert_eq!(view.account_numbered(theirs.number()).unwrap(), theirs);
    assert!(start.account_numbered(theirs.number()).is_err());
    assert_eq!(view.account_identified("savings").unwrap().unwrap().id, shop.savings.id);
    assert_eq!(view.account_identified("unknown").unwrap(), None);
    assert_eq!(view.service_coded("SALES_1").unwrap().unwrap().version, 2);
    assert_eq!(view.service_version(shop.service.id, 1).unwrap(), Some(shop.service.clone()));
    assert_eq!(start.service_version(shop.service.id, 2).unwrap(), None);
    assert_eq!(view.services(shop.client.id).unwrap().len(), 1);
    assert!(view.services(second.id).unwrap().is_empty() && view.services(ClientId(9)).is_err());
    let history = view.account_history(shop.wallet.id).unwrap();
    let statuses: Vec<_> = history.iter().map(|version| version.status).collect();
    assert_eq!(statuses, [AccountStatus::Active, AccountStatus::Inactive]);
    assert_eq!(history[1].status_description.as_deref(), Some("on leave"));
    assert!(start.account_history(theirs.id).is_err());

    let listed = |view: &View, filter: AccountFilter| -> Vec<AccountId> {
        let (mut ids, mut listing) = (Vec::new(), Listing::first(2));
        loop {
            let page = view.accounts(filter.clone(), listing.clone()).unwrap();
            ids.extend(page.items.iter().map(|account| account.id));
            let Some(next) = page.next else { break };
            listing = listing.after(next);
        }
        let newest = view.accounts(filter, Listing::first(1_000).newest_first()).unwrap();
        let reversed: Vec<_> = newest.items.iter().rev().map(|account| account.account.id).collect();
        assert_eq!(ids, reversed);
        ids
    };
    assert_eq!(listed(&view, AccountFilter::All).len(), 16);
    assert_eq!(listed(&start, AccountFilter::All).len(), 8);
    assert_eq!(listed(&view, AccountFilter::OfClient(shop.client.id)), [shop.wallet.id, shop.savings.id, mine.id]);
    assert_eq!(listed(&start, AccountFilter::OfClient(shop.client.id)), [shop.wallet.id, shop.savings.id]);
    assert_eq!(listed(&view, AccountFilter::OfBook(other.id)).len(), 8);
    assert_eq!(listed(&view, AccountFilter::OfClientInBook(shop.client.id, other.id)), [mine.id]);
    let among = AccountFilter::Among(vec![mine.id, AccountId(0), shop.wallet.id, mine.id, AccountId(77), theirs.id]);
    assert_eq!(listed(&view, among.clone()), [shop.wallet.id, theirs.id, mine.id]);
    assert_eq!(listed(&start, among), [shop.wallet.id]);
    assert!(start.accounts(AccountFilter::OfBook(other.id), Listing::first(1)).is_err());
    let clients = view.clients(Listing::first(1)).unwrap();
    assert_eq!(clients.items[0].id, shop.client.id);
    assert_eq!(view.clients(Listing::first(1).after(clients.next.unwrap())).unwrap().items[0].id, second.id);
    assert_eq!(start.clients(Listing::default()).unwrap().items.len(), 1);
}

#[test]
fn an_account_is_shown_in_json_and_text() {
    let shop = shop();
    shop.sale("12.50", "1");
    let account = shop.view().account_view(shop.wallet.id).unwrap();
    let text = serde_json::to_string(&account).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in json.as_object().unwrap().keys() {
        // No name stands twice, at any depth where it would hide the other.
        assert!(
            !["book", "normal_side", "id"].contains(&name.as_str())
                || text.matches(&format!("\"{name}\":")).count() == 1
        );
    }
    assert_eq!(json["current"]["amount"], "12.50");
    assert_eq!(json["number"], account.number().0);
    let shown = account.to_string();
    assert!(shown.contains("12.5000 KES") && shown.contains("till") && shown.contains("active"), "{shown}");
}

#[test]
fn a_trial_balance_balances() {
    let shop = shop();
    shop.sale("100", "1");
    shop.save("30", "2");
    shop.payout("20", "3");
    let view = shop.view();
    let trial = view.trial_balance(shop.book.id).unwrap();
    assert!(trial.is_balanced());
    assert_eq!((trial.debits, trial.credits), (shop.kes("80"), shop.kes("80")));
    let working = trial.groups.iter().find(|group| group.account_type == AccountType::WORKING).unwrap();
    assert_eq!((working.accounts, working.balance), (2, shop.kes("80")));
    assert_eq!(trial.groups.iter().map(|group| group.accounts).sum::<u64>(), 8);
    let text = trial.to_string();
    assert!(text.contains("balanced") && text.contains("80.0000"), "{text}");
    assert!(view.trial_balance(BookId(9)).is_err());
}

/// Everything that a view can show of a small ledger.
#[derive(Debug, PartialEq)]
struct Shown {
    sequence: Sequence,
    recorded_at: Timestamp,
    books: Vec<Book>,
    clients: Vec<Client>,
    services: Vec<Vec<Service>>,
    accounts: Vec<AccountView>,
    balances: Vec<AccountBalance>,
    histories: Vec<Vec<Account>>,
    newest: Vec<Vec<ActivityLine>>,
    of_clients: Vec<Page<ActivityLine>>,
    trials: Vec<TrialBalance>,
}

fn shown(view: &View) -> Shown {
    let books = view.books().unwrap();
    let clients = view.clients(Listing::first(100)).unwrap().items;
    let accounts = view.accounts(AccountFilter::All, Listing::first(1_000)).unwrap().items;
    let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
    Shown {
        sequence: view.sequence(),
        recorded_at: view.recorded_at(),
        services: clients.iter().map(|client| view.services(client.id).unwrap()).collect(),
        balances: ids.iter().map(|id| view.balance(*id).unwrap()).collect(),
        histories: ids.iter().map(|id| view.account_history(*id).unwrap()).collect(),
        newest: ids.iter().map(|id| view.activities(*id).limit(20).page().unwrap().items).collect(),
        of_clients: clients.iter().map(|client| view.client_activities(client.id).limit(9).page().unwrap()).collect(),
        trials: books.iter().map(|book| view.trial_balance(book.id).unwrap()).collect(),
        books,
        clients,
        accounts,
    }
}

/// The posted balance of every account that the journal's entries add up to.
fn added_up(view: &View) -> BTreeMap<AccountId, i128> {
    let mut sums = BTreeMap::new();
    let mut after = None;
    loop {
        let page = view.entries(after, 1_000).unwrap();
        for entry in &page {
            for posting in &entry.postings {
                *sums.entry(posting.account).or_default() += posting.value();
            }
            after = Some(entry.sequence);
        }
        if page.next.is_none() {
            return sums;
        }
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

/// Carries out random commands, and notes what the ledger shows after each.
fn random_history(shop: &Shop, seed: u64, commands: usize) -> Vec<Shown> {
    let mut dice = Dice(seed);
    let (ledger, client, book) = (&shop.ledger, shop.client.id, shop.book.id);
    let suspense = shop.book.system(SystemAccount::Suspense);
    let mut accounts = vec![shop.wallet.id, shop.savings.id];
    let mut moved: Vec<Sequence> = Vec::new();
    let mut states = vec![shown(&shop.view())];
    for number in 0..commands {
        shop.clock.advance_ns(dice.below(3) as i64 * SECOND);
        let account = accounts[dice.below(accounts.len())];
        let other = accounts[dice.below(accounts.len())];
        let money = Currency::KES.minor(1 + dice.below(5_000) as i128).unwrap();
        let (service, key) = (shop.service.id, format!("k{number}"));
        let command: Command = match dice.below(12) {
            0 => NewAccount::new(client, book, AccountType::WORKING).into(),
            1 => (account, changed(|change: &mut AccountChange| change.name = Some(key))).into(),
            2 => (shop.client.id, changed(|change: &mut ClientChange| change.name = Some(key))).into(),
            3 => (service, changed(|change: &mut ServiceChange| change.name = Some(key))).into(),
            4 => Debit::new(account, service, money, key).into(),
            5 => Transfer::new(account, other, service, money, key).narrated("moved").into(),
            6 => {
                let thrice = Currency::KES.minor(money.minor() * 3).unwrap();
                let post = Post::new(key).debit(suspense, thrice).forced();
                post.credit(account, money).credit(other, money).credit(account, money).into()
            }
            7 if !moved.is_empty() => Reverse::whole(moved[dice.below(moved.len())]).into(),
            8 if !moved.is_empty() => Reverse::part(moved[dice.below(moved.len())], money, key).into(),
            _ => Credit::new(account, service, money, key).into(),
        };
        match ledger.execute(command) {
            Ok(receipt) => {
                if !receipt.entry().postings.is_empty() {
                    moved.push(receipt.sequence());
                }
                if let Some(opened) = receipt.account().filter(|opened| !accounts.contains(opened)) {
                    accounts.push(opened);
                }
                if !receipt.is_replayed() {
                    states.push(shown(&shop.view()));
                }
            }
            Err(Error::Rejected(_)) => {}
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    states
}

#[test]
fn every_entry_can_be_looked_back_at() {
    for seed in [1, 2, 3] {
        let shop = shop();
        let states = random_history(&shop, seed, 160);
        assert!(states.len() > 100, "seed {seed}: {}", states.len());
        for state in &states {
            let view = shop.ledger.view_at(state.sequence).unwrap();
            assert_eq!(shown(&view), *state, "seed {seed}");
            let sums = added_up(&view);
            for balance in &state.balances {
                let sum = sums.get(&balance.account).copied().unwrap_or_default();
                assert_eq!(balance.current.minor(), sum, "seed {seed}");
            }
            assert!(state.trials.iter().all(TrialBalance::is_balanced), "seed {seed}");
        }
    }
}

/// With almost nothing in memory: rows are swept, dropped and loaded all the time.
#[cfg(feature = "faults")]
#[test]
fn every_entry_can_be_looked_back_at_with_little_memory() {
    let shop = shop_on(|builder| builder.tight().in_memory().unwrap());
    let states = random_history(&shop, 5, 120);
    for state in &states {
        assert_eq!(shown(&shop.ledger.view_at(state.sequence).unwrap()), *state);
    }
}

/// Standings are dropped and rows written back while readers look for them: none may see half of it.
#[cfg(feature = "faults")]
#[test]
fn readers_on_other_threads_see_whole_entries() {
    let shop = shop_on(|builder| builder.tight().in_memory().unwrap());
    let mut accounts = vec![shop.wallet.id, shop.savings.id];
    for _ in 0..150 {
        let given = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING);
        accounts.push(shop.ledger.open_account(given).unwrap().id);
    }
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looker = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(std::sync::atomic::Ordering::SeqCst) || looks == 0 {
                let view = shop.view();
                let trial = view.trial_balance(shop.book.id).unwrap();
                assert!(trial.is_balanced(), "{trial}");
                let page = view.client_activities(shop.client.id).limit(5).page().unwrap();
                assert!(page.items.iter().all(|line| line.id.entry <= view.sequence()));
                let again = view.trial_balance(shop.book.id).unwrap();
                assert_eq!(trial, again);
                looks += 1;
            }
            looks
        });
        let mut dice = Dice(6);
        for number in 0..1_500 {
            let account = accounts[dice.below(accounts.len())];
            let given = Credit::new(account, shop.service.id, shop.kes("1"), format!("k{number}"));
            shop.ledger.credit(given).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(looker.join().unwrap() > 0);
    });
}

#[test]
fn a_file_shows_the_same_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.redb");
    let shop = shop_on(|builder| builder.open(&path).unwrap());
    let states = random_history(&shop, 4, 120);
    let statement = shop.view().statement(shop.wallet.id).all().unwrap();
    let Shop { ledger, wallet, client, .. } = shop;
    ledger.close().unwrap();
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(shown(&ledger.view().unwrap()), *states.last().unwrap());
    for state in &states {
        assert_eq!(shown(&ledger.view_at(state.sequence).unwrap()), *state);
    }
    let view = ledger.view().unwrap();
    assert_eq!(view.statement(wallet.id).all().unwrap(), statement);
    let keyed = view.entries(None, 1_000).unwrap().into_iter().filter(|entry| entry.client == Some(client.id));
    let mut found = 0;
    for entry in keyed.filter(|entry| entry.key.is_some()) {
        assert_eq!(view.entry_keyed(entry.client, entry.key.as_deref().unwrap()).unwrap(), Some(entry));
        found += 1;
    }
    assert!(found > 30, "{found}");
}

#[test]
fn five_thousand_lines_are_reached_by_skips() {
    let shop = shop();
    let suspense = shop.book.system(SystemAccount::Suspense);
    let three = shop.kes("0.06");
    let mut sequences = Vec::new();
    for batch in 0..17 {
        let commands: Vec<Command> = (0..100)
            .map(|number| {
                let post = Post::new(format!("{batch}.{number}")).debit(suspense, three).forced();
                let post =
                    (1..=3).fold(post, |post, cents| post.credit(shop.wallet.id, Currency::KES.minor(cents).unwrap()));
                post.into()
            })
            .collect();
        for receipt in shop.ledger.submit_batch(commands, Atomicity::Each).unwrap() {
            sequences.push(receipt.unwrap().sequence());
        }
    }
    let view = shop.view();
    let total = view.balance(shop.wallet.id).unwrap().activity_number;
    assert_eq!(total, 5_100);
    let held = |number: u64| i128::from(number / 3 * 6 + [0, 1, 3][(number % 3) as usize]);
    let interesting = [1, 2, 3, 15, 16, 17, 255, 256, 257, 4_095, 4_096, 4_097, 5_099, 5_100];
    for number in interesting.into_iter().chain((1..=total).step_by(97)) {
        let line = view.activity(shop.wallet.id, number).unwrap().unwrap();
        assert_eq!((line.number, line.current_balance.minor()), (number, held(number)));
        assert_eq!(line.id.entry, sequences[(number as usize - 1) / 3]);
    }
    for (place, sequence) in sequences.iter().enumerate().step_by(61) {
        let then = shop.ledger.view_at(*sequence).unwrap().balance(shop.wallet.id).unwrap();
        assert_eq!((then.activity_number, then.current.minor()), (place as u64 * 3 + 3, (place as i128 + 1) * 6));
    }
    let lines = all_lines(&view, shop.wallet.id, 1_000, true);
    assert!(lines.iter().zip(1..).all(|(line, number)| line.number == number) && lines.len() == 5_100);
    let statement = view.statement(shop.wallet.id).all().unwrap();
    assert_eq!((statement.lines.len(), statement.more), (5_100, None));
    let (from, to) = (lines[3_000].recorded_at, lines[3_300].recorded_at);
    let statement = view.statement(shop.wallet.id).between(from, to).unwrap();
    assert_eq!(statement.lines, lines[3_000..3_300]);
    assert_eq!(statement.opening, lines[2_999].current_balance);
    assert_eq!(statement.closing, lines[3_299].current_balance);
}

#[test]
fn an_empty_ledger_shows_nothing() {
    let ledger = Ledger::in_memory().unwrap();
    let view = ledger.view().unwrap();
    assert_eq!((view.sequence(), view.recorded_at()), (Sequence::ZERO, Timestamp::MIN));
    assert!(view.books().unwrap().is_empty());
    assert!(view.clients(Listing::default()).unwrap().items.is_empty());
    assert!(view.accounts(AccountFilter::All, Listing::default()).unwrap().items.is_empty());
    assert!(view.entries(None, 10).unwrap().items.is_empty());
    assert_eq!(view.sequence_at(Timestamp::MAX).unwrap(), Sequence::ZERO);
    assert!(view.service(ServiceId(1)).is_err() && view.entry(Sequence(0)).is_err());
}
