//! Identifiers, sequences and cursors that name nothing.

use pacioli::prelude::*;
use pacioli::{AccountFilter, Cursor, Listing, Zone};

use crate::{Bench, kes, no};

const NOTHING: [u64; 4] = [0, 1 << 20, u64::MAX - 1, u64::MAX];

#[test]
fn unknown_account_is_named_by_every_command() {
    let bench = Bench::funded();
    let (service, sum, account) = (bench.service.id, kes("1.00"), bench.account.id);
    for unknown in NOTHING.map(AccountId) {
        let not_found = Rejection::AccountNotFound { account: unknown };
        let commands: [Command; 12] = [
            Credit::new(unknown, service, sum, "k").into(),
            Debit::new(unknown, service, sum, "k").into(),
            Credit::new(account, service, sum, "k").from_account(unknown).into(),
            Debit::new(account, service, sum, "k").to_account(unknown).into(),
            Transfer::new(unknown, account, service, sum, "k").narrated("own").into(),
            Transfer::new(account, unknown, service, sum, "k").narrated("own").into(),
            Transfer::new(unknown, unknown, service, sum, "k").narrated("own").into(),
            Post::new("k").debit(unknown, sum).credit(account, sum).into(),
            Post::new("k").debit(account, sum).credit(unknown, sum).into(),
            (unknown, AccountChange::default()).into(),
            (unknown, AccountChange::default().keyed("k")).into(),
            NewService::new(bench.client.id, bench.book.id, "POOLED").pooled_in(unknown).into(),
        ];
        for command in commands {
            let told = format!("{command:?}");
            assert_eq!(bench.refused(command), not_found, "{told}");
        }
        for service in [
            NewService::new(bench.client.id, bench.book.id, "FEES").commission_to(unknown),
            NewService::new(bench.client.id, bench.book.id, "TAXES").tax_to(unknown),
        ] {
            assert_eq!(bench.refused(service), not_found);
        }
        let view = bench.ledger.view().unwrap();
        assert_eq!(no(view.account(unknown)), not_found);
        assert_eq!(no(view.balance(unknown)), not_found);
        assert_eq!(no(view.account_view(unknown)), not_found);
        assert_eq!(no(view.account_history(unknown)), not_found);
        assert_eq!(no(view.activities(unknown).page()), not_found);
        assert_eq!(no(view.activity(unknown, 1)), not_found);
        assert_eq!(no(view.statement(unknown).all()), not_found);
        assert_eq!(no(view.balance_effective(unknown, Timestamp::MAX)), not_found);
        assert_eq!(no(bench.ledger.simulate(|ledger| ledger.balance(unknown))), not_found);
        assert_eq!(no(bench.ledger.simulate(|ledger| ledger.account(unknown))), not_found);
        let among = AccountFilter::Among(vec![unknown]);
        assert!(view.accounts(among.clone(), Listing::default()).unwrap().items.is_empty());
    }
    bench.key_is_free();
}

#[test]
fn unknown_service_client_and_book_are_named_by_every_command() {
    let bench = Bench::funded();
    let (account, sum) = (bench.account.id, kes("1.00"));
    for nothing in NOTHING {
        let (service, client, book) = (ServiceId(nothing), ClientId(nothing), BookId(nothing));
        let no_service = if nothing == 0 { Rejection::ServiceRequired } else { Rejection::ServiceNotFound { service } };
        for command in [
            Credit::new(account, service, sum, "k").into(),
            Debit::new(account, service, sum, "k").into(),
            Transfer::new(account, bench.other.id, service, sum, "k").narrated("own").into(),
            Command::from((service, ServiceChange::default())),
        ] {
            assert_eq!(bench.refused(command), no_service);
        }
        let no_client = Rejection::ClientNotFound { client };
        for command in [
            NewAccount::new(client, bench.book.id, AccountType::WORKING).into(),
            NewService::new(client, bench.book.id, "NOBODY").into(),
            Command::from((client, ClientChange::default())),
            Command::from((client, ClientChange::default().keyed("k"))),
        ] {
            assert_eq!(bench.refused(command), no_client);
        }
        let no_book = Rejection::BookNotFound { book };
        for command in [
            NewAccount::new(bench.client.id, book, AccountType::WORKING).into(),
            Command::from(NewService::new(bench.client.id, book, "NOWHERE")),
        ] {
            assert_eq!(bench.refused(command), no_book);
        }
        let view = bench.ledger.view().unwrap();
        let not_there = Rejection::ServiceNotFound { service };
        assert_eq!(no(view.service(service)), not_there);
        assert_eq!(no(view.client(client)), no_client);
        assert_eq!(no(view.client_activities(client).page()), no_client);
        assert_eq!(no(view.services(client)), no_client);
        assert_eq!(no(view.accounts(AccountFilter::OfClient(client), Listing::default())), no_client);
        assert_eq!(no(view.book(book)), no_book);
        assert_eq!(no(view.trial_balance(book)), no_book);
        assert_eq!(no(view.accounts(AccountFilter::OfBook(book), Listing::default())), no_book);
    }
}

#[test]
fn unknown_entry_is_named() {
    let bench = Bench::funded();
    let end = bench.state().0.0;
    for unknown in [0, end + 1, u64::MAX - 1, u64::MAX].map(Sequence) {
        let not_found = Rejection::EntryNotFound { entry: unknown };
        assert_eq!(bench.refused(Reverse::whole(unknown)), not_found);
        assert_eq!(bench.refused(Reverse::part(unknown, kes("1.00"), "k")), not_found);
        assert_eq!(bench.refused(Reverse::from(PostingId { entry: unknown, leg: 1 })), not_found);
        assert_eq!(no(bench.ledger.view().unwrap().entry(unknown)), not_found);
        assert!(bench.ledger.view().unwrap().reversals(unknown).unwrap().is_empty());
    }
    for beyond in [end + 1, u64::MAX].map(Sequence) {
        let answer = bench.ledger.view_at(beyond);
        assert!(matches!(answer, Err(Error::BeyondEnd { last, asked }) if last.0 == end && asked == beyond));
    }
    let start = bench.ledger.view_at(Sequence::ZERO).unwrap();
    assert_eq!(no(start.balance(bench.account.id)), Rejection::AccountNotFound { account: bench.account.id });
}

/// A posting stands for its entry, so a place that the entry does not have must name nothing.
#[test]
fn places_that_an_entry_does_not_have_name_nothing() {
    let bench = Bench::funded();
    let view = bench.ledger.view().unwrap();
    for number in [0, 2, u64::MAX] {
        assert_eq!(view.activity(bench.account.id, number).unwrap(), None);
    }
    for text in ["", "7", "7.", ".1", "7.1.1", "7.70000", "-1.1", "a.b", "7.-1"] {
        assert!(text.parse::<PostingId>().is_err(), "{text}");
    }
    for text in ["", "-1", "x", "1.5", "99999999999999999999"] {
        assert!(text.parse::<AccountId>().is_err(), "{text}");
        assert!(text.parse::<AccountNumber>().is_err(), "{text}");
    }
    for number in [0, 1, 10_000_000, 19_999_999, u64::MAX].map(AccountNumber) {
        assert!(view.account_numbered(number).is_err(), "{number}");
    }
}

#[test]
fn cursor_of_another_list_is_refused() {
    let bench = Bench::funded();
    let view = bench.ledger.view().unwrap();
    let cursor = view.accounts(AccountFilter::All, Listing::first(1)).unwrap().next.unwrap();
    assert!(matches!(view.activities(bench.account.id).after(cursor).page(), Err(Error::InvalidCursor)));
    assert!(matches!(view.client_activities(bench.client.id).after(cursor).page(), Err(Error::InvalidCursor)));
    assert!(matches!(view.statement(bench.account.id).after(cursor).all(), Err(Error::InvalidCursor)));
    let of_client = AccountFilter::OfClient(bench.client.id);
    assert!(matches!(view.accounts(of_client, Listing::default().after(cursor)), Err(Error::InvalidCursor)));
    assert!(matches!(view.clients(Listing::default().after(cursor)), Err(Error::InvalidCursor)));
    for text in ["", "w", "w0-1", "w0-1-0-0", "?0-1-0", "w0-g-0", "W0-1-0"] {
        assert!(matches!(text.parse::<Cursor>(), Err(Error::InvalidCursor)), "{text}");
    }
    // A place far beyond the end is the end.
    let beyond: Cursor = "w0-ffffffffffffffff-0".parse().unwrap();
    assert!(view.accounts(AccountFilter::All, Listing::default().after(beyond)).unwrap().items.is_empty());
}

#[test]
fn days_and_zones_that_are_none_are_refused() {
    let bench = Bench::funded();
    let view = bench.ledger.view().unwrap();
    for (from, to) in [
        ("2026-02-30", "2026-03-01"),
        ("2026-11-30", "2026-11-01"),
        ("yesterday", "today"),
        ("", ""),
        ("0000-00-00", "9999-12-31"),
        ("2026-11-01T00:00:00Z", "2026-11-30"),
    ] {
        let answer = view.statement(bench.account.id).days(from, to, &Zone::utc());
        assert!(matches!(answer, Err(Error::Calendar { .. })), "{from} {to}");
    }
    for name in ["", "Nairobi", "Africa/Atlantis", "../../etc/passwd", "+25:00", "\0"] {
        assert!(matches!(name.parse::<Zone>(), Err(Error::Calendar { .. })), "{name:?}");
    }
    let backwards = view.statement(bench.account.id).between(Timestamp::MAX, Timestamp::MIN);
    assert!(matches!(backwards, Err(Error::Calendar { .. })));
    let all = view.statement(bench.account.id).between(Timestamp::MIN, Timestamp::MAX).unwrap();
    assert_eq!(all.lines.len(), 1);
}

#[test]
fn times_at_the_ends_of_the_range_are_taken_or_refused() {
    let bench = Bench::funded();
    let credit = |at| bench.credit(kes("1.00")).effective(at);
    assert!(matches!(bench.refused(credit(Timestamp::MAX)), Rejection::FutureEffectiveTime { .. }));
    let line = bench.ledger.credit(credit(Timestamp::MIN)).unwrap().activity().unwrap();
    assert_eq!(line.effective_at, Timestamp::MIN);
    let view = bench.ledger.view().unwrap();
    assert_eq!(view.balance_effective(bench.account.id, Timestamp::MIN).unwrap(), kes("1.00"));
    assert_eq!(view.balance_effective(bench.account.id, Timestamp::MAX).unwrap(), kes("101.00"));
    assert_eq!(bench.ledger.view_as_of(Timestamp::MIN).unwrap().sequence(), Sequence::ZERO);
    assert_eq!(bench.ledger.view_as_of(Timestamp::MAX).unwrap().sequence(), view.sequence());
}

#[test]
fn clock_at_its_last_instant_lets_nothing_more_be_recorded() {
    let clock = std::sync::Arc::new(pacioli::ManualClock::at(Timestamp(i64::MAX - 1)));
    let ledger = Ledger::builder().clock(std::sync::Arc::clone(&clock)).in_memory().unwrap();
    ledger.open_book(NewBook::live("first", Currency::KES)).unwrap();
    ledger.open_book(NewBook::live("last", Currency::KES)).unwrap();
    let refusal = no(ledger.open_book(NewBook::live("beyond", Currency::KES)));
    assert_eq!(refusal, Rejection::ClockExhausted);
    assert_eq!(ledger.view().unwrap().sequence(), Sequence(2));
}
