//! Time: what was known when, what had happened by when, and periods that are closed for good.

use pacioli::prelude::*;
use pacioli::{BalanceAt, Capture, ClosePeriod, PlaceHold, SealDigest, Side, SystemAccount, TrialBalance};
use proptest::prelude::*;

use crate::world::{START, Shop, World, at, kes, no};

const DAY_NS: i64 = 86_400_000_000_000;

fn shop(world: &World) -> (Shop, AccountId) {
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book).id;
    (shop, account)
}

fn credit(world: &World, shop: &Shop, account: AccountId, sum: &str) -> Credit {
    Credit::new(account, shop.service.id, kes(sum), world.key())
}

fn days_later(world: &World, days: i64) {
    world.minutes_later(days * 1_440);
}

fn sound(world: &World) {
    let verification = world.ledger.verify_all().unwrap();
    assert!(verification.is_sound(), "{:?}", verification.finding);
}

/// The figures of a trial balance by type of account.
fn figures(trial: &TrialBalance) -> Vec<(String, u64, i128, i128)> {
    let group = |group: &pacioli::TrialGroup| {
        (group.account_type.to_string(), group.accounts, group.debits.minor(), group.credits.minor())
    };
    trial.groups.iter().map(group).collect()
}

#[test]
fn rule_c13_back_dated_correction_changes_yesterday_as_it_was_and_not_as_it_was_known() {
    let world = World::new();
    let (shop, account) = shop(&world);
    let sale = |sum| credit(&world, &shop, account, sum);
    world.ledger.credit(sale("100.00")).unwrap();
    days_later(&world, 1);
    world.ledger.credit(sale("10.00")).unwrap();
    days_later(&world, 1);
    // Two days after the first sale it turns out that one was forgotten on the day after it.
    let forgotten = at("2026-11-23T12:00:00Z");
    world.ledger.credit(sale("7.00").effective(forgotten)).unwrap();

    let view = world.ledger.view().unwrap();
    let held = |at: BalanceAt| view.balance_as_of(account, at).unwrap().text();
    let (yesterday, today) = (at("2026-11-23T23:59:59Z"), at("2026-11-24T08:30:01Z"));
    assert_eq!(held(BalanceAt::default()), "117.00");
    assert_eq!(held(BalanceAt::effective(yesterday)), "117.00");
    assert_eq!(held(BalanceAt::recorded(yesterday)), "110.00");
    assert_eq!(held(BalanceAt::both(today, yesterday)), "117.00");
    assert_eq!(held(BalanceAt::both(yesterday, today)), "110.00");
    assert_eq!(held(BalanceAt::both(yesterday, forgotten)), "110.00");
    // Before noon of that day it had not happened yet.
    assert_eq!(held(BalanceAt::effective(forgotten.plus_ns(-1))), "110.00");
    assert_eq!(held(BalanceAt::effective(at("2026-11-22T23:00:00Z"))), "100.00");
    assert_eq!(held(BalanceAt::effective(at("2026-11-22T08:00:00Z"))), "0.00");
    assert_eq!(held(BalanceAt::recorded(at("2020-01-01T00:00:00Z"))), "0.00");
    // Nothing was rewritten: entries and running balances are as they were recorded.
    let running: Vec<_> = world.lines(account).iter().map(|line| line.current_balance.text()).collect();
    assert_eq!(running, ["100.00", "110.00", "117.00"]);

    let trial = |at| figures(&view.trial_balance_as_of(shop.book.id, at).unwrap());
    let external = |figures: Vec<(String, u64, i128, i128)>| {
        figures.into_iter().find(|(account_type, ..)| account_type == "EXTERNAL").unwrap().2
    };
    assert_eq!(external(trial(BalanceAt::effective(yesterday))), 117_00);
    assert_eq!(external(trial(BalanceAt::recorded(yesterday))), 110_00);
    assert_eq!(external(trial(BalanceAt::effective(at("2026-11-22T23:00:00Z")))), 100_00);
    assert_eq!(trial(BalanceAt::default()), figures(&view.trial_balance(shop.book.id).unwrap()));
    let early = view.trial_balance_as_of(shop.book.id, BalanceAt::recorded(at("2020-01-01T00:00:00Z")));
    assert_eq!(no(early), Rejection::BookNotFound { book: shop.book.id });
}

#[test]
fn rule_c13_what_happens_tomorrow_is_not_counted_today() {
    let world = World::new();
    let (shop, account) = shop(&world);
    let tomorrow = at(START).plus_ns(DAY_NS / 2);
    world.ledger.credit(credit(&world, &shop, account, "5.00").effective(tomorrow)).unwrap();
    let view = world.ledger.view().unwrap();
    let held = |at| view.balance_as_of(account, at).unwrap().text();
    // Balances that are not asked as of a time go by the order of recording.
    assert_eq!(held(BalanceAt::default()), "5.00");
    assert_eq!(held(BalanceAt::effective(at(START).plus_ns(1_000))), "0.00");
    assert_eq!(held(BalanceAt::effective(tomorrow)), "5.00");
}

#[test]
fn statement_by_effective_time_counts_what_is_settled_alone() {
    let world = World::new();
    let (shop, account) = shop(&world);
    world.ledger.credit(credit(&world, &shop, account, "100.00")).unwrap();
    let held = Debit::new(account, shop.service.id, kes("30.00"), world.key());
    let held = world.ledger.execute(PlaceHold::new(held)).unwrap();
    let statement = || world.ledger.view().unwrap().statement(account).by_effective_time().all().unwrap();
    assert_eq!((statement().debits, statement().closing), (kes("0.00"), kes("100.00")));
    days_later(&world, 3);
    world.ledger.execute(Capture::whole(held.sequence())).unwrap();
    assert_eq!((statement().debits, statement().closing), (kes("30.00"), kes("70.00")));
    let view = world.ledger.view().unwrap();
    let days = view.statement(account).by_effective_time().days("2026-11-25", "2026-11-25", &Zone::utc()).unwrap();
    assert_eq!((days.opening, days.closing, days.lines.len()), (kes("100.00"), kes("70.00"), 1));
}

#[test]
fn closed_period_refuses_whatever_would_happen_in_it() {
    let world = World::new();
    let (shop, account) = shop(&world);
    let other = world.account(&shop.client, &shop.book).id;
    let first = world.ledger.credit(credit(&world, &shop, account, "100.00")).unwrap();
    let held = Debit::new(account, shop.service.id, kes("10.00"), world.key());
    let held = world.ledger.execute(PlaceHold::new(held)).unwrap();
    days_later(&world, 2);
    let through = at("2026-11-23T20:59:59.999999999Z");
    let closed = world.ledger.close_period(ClosePeriod::new(shop.book.id, through, "close-1")).unwrap();
    assert_eq!((closed.book, closed.through, closed.after), (shop.book.id, through, None));

    let world = world.reopened();
    let book = shop.book.id;
    for effective_at in [through, at("2026-11-22T12:00:00Z")] {
        let no = Rejection::PeriodClosed { book, through, effective_at };
        assert!(!no.is_transient());
        assert_eq!(world.refused(credit(&world, &shop, account, "1.00").effective(effective_at)), no);
        let debit = Debit::new(account, shop.service.id, kes("1.00"), world.key());
        assert_eq!(world.refused(debit.clone().effective(effective_at)), no);
        assert_eq!(world.refused(PlaceHold::new(debit.effective(effective_at))), no);
        let transfer = Transfer::new(account, other, shop.service.id, kes("1.00"), world.key()).narrated("Own");
        assert_eq!(world.refused(transfer.effective(effective_at)), no);
        // By privilege too.
        let post = Post::new(world.key()).debit(account, kes("1.00")).credit(other, kes("1.00")).forced();
        assert_eq!(world.refused(post.effective(effective_at)), no);
        let reverse = Reverse::whole(first.sequence());
        assert_eq!(world.refused(reverse.clone().effective(effective_at)), no);
        assert_eq!(world.refused(reverse.forced().effective(effective_at)), no);
        assert_eq!(world.refused(Capture::whole(held.sequence()).effective(effective_at)), no);
        assert_eq!(world.refused(pacioli::Release::whole(held.sequence()).effective(effective_at)), no);
    }
    // In the open period all of it goes on, of what happened in the closed one too.
    let open = through.plus_ns(1);
    world.ledger.credit(credit(&world, &shop, account, "1.00").effective(open)).unwrap();
    world.ledger.execute(Capture::whole(held.sequence()).effective(open)).unwrap();
    world.ledger.reverse(Reverse::whole(first.sequence()).forced()).unwrap();
    sound(&world);
}

#[test]
fn closed_period_of_either_book_refuses_an_exchange() {
    let world = World::new();
    let (shop, account) = shop(&world);
    let book = world.book(Currency::USD);
    let dollars = world.account(&shop.client, &book).id;
    world.ledger.credit(credit(&world, &shop, account, "1000.00")).unwrap();
    world.minutes_later(10);
    let exchange = Exchange::sell(account, dollars, shop.service.id, kes("130.00"), "fx").at("1/130".parse().unwrap());
    let effective_at = at("2026-11-22T08:35:00Z");
    let through = at("2026-11-22T08:36:00Z");
    world.ledger.close_period(ClosePeriod::new(book.id, through, "close-1")).unwrap();
    let no = Rejection::PeriodClosed { book: book.id, through, effective_at };
    assert_eq!(world.refused(exchange.clone().effective(effective_at)), no);
    let done = world.ledger.exchange(exchange).unwrap();
    assert_eq!(world.refused(Reverse::whole(done.sequence()).effective(effective_at)), no);
    // The other book is still open then.
    world.ledger.credit(credit(&world, &shop, account, "1.00").effective(effective_at)).unwrap();
    sound(&world);
}

#[test]
fn closing_seals_the_trial_balance_of_what_had_happened() {
    let world = World::new();
    let (shop, account) = shop(&world);
    world.ledger.credit(credit(&world, &shop, account, "100.00")).unwrap();
    days_later(&world, 1);
    let through = at("2026-11-22T20:59:59.999999999Z");
    // Recorded after the period and part of it; recorded in it and no part of it; and neither.
    world.ledger.credit(credit(&world, &shop, account, "7.00").effective(at("2026-11-22T12:00:00Z"))).unwrap();
    world.ledger.credit(credit(&world, &shop, account, "50.00")).unwrap();
    let closed = world.ledger.close_period(ClosePeriod::new(shop.book.id, through, "close-1")).unwrap();
    let sealed = &closed.sealed;
    assert_eq!(
        (sealed.debits, sealed.credits, sealed.accounts),
        (crate::world::minor(107_00), crate::world::minor(107_00), 7)
    );
    let view = world.ledger.view().unwrap();
    let trial = view.trial_balance_as_of(shop.book.id, BalanceAt::effective(through)).unwrap();
    assert_eq!(trial.effective, Some(through));
    let group = |group: &pacioli::SealedGroup| {
        (group.account_type.to_string(), group.accounts, group.debits.signed(), group.credits.signed())
    };
    assert_eq!(sealed.groups.iter().map(group).collect::<Vec<_>>(), figures(&trial));
    assert_ne!(sealed.digest, SealDigest::default());
    assert_eq!(view.sealed(shop.book.id, through).unwrap().unwrap(), closed);
    assert_eq!(view.sealed(shop.book.id, through.plus_ns(1)).unwrap(), None);

    // Whatever happens later, what is sealed stays what the journal says.
    world.ledger.reverse(Reverse::whole(Sequence(closed.closed_in.0 - 1))).unwrap();
    days_later(&world, 1);
    let next = ClosePeriod::new(shop.book.id, at("2026-11-23T20:59:59.999999999Z"), "close-2");
    let second = world.ledger.close_period(next).unwrap();
    assert_eq!((second.after, second.sealed.debits), (Some(through), crate::world::minor(107_00)));
    sound(&world);
    let world = world.reopened();
    sound(&world);
    let view = world.ledger.view().unwrap();
    assert_eq!(view.periods(shop.book.id).unwrap(), [closed.clone(), second.clone()]);
    assert_eq!(view.book(shop.book.id).unwrap().closed_through, Some(second.through));
    assert_eq!(
        figures(&view.trial_balance_as_of(shop.book.id, BalanceAt::effective(through)).unwrap()),
        figures(&trial)
    );
    // Looking back, neither was closed, or only the first.
    let before = world.ledger.view_at(Sequence(closed.closed_in.0 - 1)).unwrap();
    assert_eq!(
        (before.periods(shop.book.id).unwrap(), before.book(shop.book.id).unwrap().closed_through),
        (vec![], None)
    );
    let between = world.ledger.view_at(Sequence(second.closed_in.0 - 1)).unwrap();
    assert_eq!(between.periods(shop.book.id).unwrap(), [closed]);
}

#[test]
fn closing_sees_what_the_same_transaction_and_batch_did() {
    let world = World::new();
    let (shop, account) = shop(&world);
    let through = at(START).plus_ns(1_000_000);
    world.minutes_later(1);
    let closed = world
        .ledger
        .transaction(|tx| {
            tx.execute(credit(&world, &shop, account, "3.00").effective(at(START)))?;
            tx.execute(credit(&world, &shop, account, "4.00"))?;
            tx.execute(NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING))?;
            tx.execute(ClosePeriod::new(shop.book.id, through, "close-1"))
        })
        .unwrap();
    let sealed = &closed.closed_period().unwrap().sealed;
    assert_eq!((sealed.debits.signed(), sealed.accounts), (3_00, 8));
    let batch: Vec<Command> = vec![
        credit(&world, &shop, account, "2.00").effective(through.plus_ns(1)).into(),
        ClosePeriod::new(shop.book.id, through.plus_ns(2), "close-2").into(),
        credit(&world, &shop, account, "1.00").effective(through.plus_ns(2)).into(),
        ClosePeriod::new(shop.book.id, through.plus_ns(3), "close-3").into(),
    ];
    let outcomes = world.ledger.submit_batch(batch, Atomicity::Each).unwrap();
    let debits = |place: usize| outcomes[place].as_ref().unwrap().closed_period().unwrap().sealed.debits.signed();
    assert_eq!((debits(1), debits(3)), (5_00, 5_00));
    assert!(matches!(outcomes[2], Err(Rejection::PeriodClosed { .. })));
    // What is only tried closes nothing.
    let tried = world.ledger.simulate(|tx| tx.execute(ClosePeriod::new(shop.book.id, through.plus_ns(4), "close-4")));
    assert_eq!(tried.unwrap().closed_period().unwrap().after, Some(through.plus_ns(3)));
    assert_eq!(world.ledger.view().unwrap().book(shop.book.id).unwrap().closed_through, Some(through.plus_ns(3)));
    sound(&world);
}

#[test]
fn closing_is_refused_for_periods_that_are_not_over_or_closed() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let close = |through: Timestamp, key: &str| ClosePeriod::new(shop.book.id, through, key);
    assert_eq!(world.refused(close(at(START), "")), Rejection::IdempotencyKeyRequired);
    let nowhere = ClosePeriod::new(BookId(99), at(START), "k");
    assert_eq!(world.refused(nowhere), Rejection::BookNotFound { book: BookId(99) });
    let latest = world.ledger.view().unwrap().recorded_at().plus_ns(1);
    let through = latest.plus_ns(1);
    let early = Rejection::PeriodNotOver { through, latest };
    assert!(early.is_transient());
    assert_eq!(world.refused(close(through, "k")), early);

    let closed = world.ledger.execute(close(latest, "k")).unwrap();
    assert!(world.ledger.execute(close(latest, "k")).unwrap().is_replayed());
    let conflict = Rejection::IdempotencyConflict { original: closed.sequence() };
    assert_eq!(world.refused(close(latest.plus_ns(1), "k")), conflict);
    world.minutes_later(1);
    for through in [latest, latest.plus_ns(-1)] {
        let again = Rejection::PeriodAlreadyClosed { book: shop.book.id, closed_through: latest, through };
        assert_eq!(world.refused(close(through, "l")), again);
    }
    world.ledger.close_period(close(latest.plus_ns(1), "l")).unwrap();
    // What has no time of its own happens when it is recorded, and so in the open period, to the nanosecond.
    let now = world.ledger.view().unwrap().recorded_at();
    world.ledger.close_period(close(now, "m")).unwrap();
    let account = world.account(&shop.client, &shop.book).id;
    world.ledger.credit(credit(&world, &shop, account, "1.00")).unwrap();
    sound(&world);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever was back-dated how far, balances as of both times are the sums of a list.
    #[test]
    fn balances_as_of_are_the_sums_of_a_list(
        steps in proptest::collection::vec((0_i64..3_000, -6_000_i64..1_440, 1_i128..1_000, any::<bool>(), any::<bool>()), 1..40),
        asked in proptest::collection::vec((0_i64..60_000, 0_i64..60_000), 8),
        closed in 0_i64..20_000,
    ) {
        let world = World::new();
        let (shop, account) = shop(&world);
        let external = shop.book.system(SystemAccount::External);
        let minute = |minutes: i64| at(START).plus_ns(minutes * 60_000_000_000);
        let mut list = Vec::new();
        let mut now = 0;
        for (wait, dated, sum, out, is_dated) in steps {
            world.minutes_later(wait);
            now += wait;
            let money = Currency::KES.minor(sum).unwrap();
            let (debit, credit) = if out { (account, external) } else { (external, account) };
            let post = Post::new(world.key()).debit(debit, money).credit(credit, money).forced();
            let effective = is_dated.then(|| minute(now + dated));
            let post = Post { effective_at: effective, ..post };
            let receipt = world.ledger.post(post).unwrap();
            let line = receipt.activities().into_iter().find(|line| line.account == account).unwrap();
            prop_assert_eq!(line.side, if out { Side::Debit } else { Side::Credit });
            list.push((line.recorded_at, line.effective_at, line.value.minor()));
        }
        let sum = |recorded: Option<Timestamp>, effective: Option<Timestamp>| -> i128 {
            let counted = list.iter().filter(|(known, happened, _)| {
                recorded.is_none_or(|recorded| *known <= recorded) && effective.is_none_or(|effective| *happened <= effective)
            });
            counted.map(|(_, _, value)| value).sum()
        };
        let view = world.ledger.view().unwrap();
        for (recorded, effective) in asked {
            let (recorded, effective) = (minute(recorded), minute(effective - 6_000));
            for (recorded, effective) in
                [(Some(recorded), Some(effective)), (Some(recorded), None), (None, Some(effective)), (None, None)]
            {
                let of = BalanceAt { recorded, effective };
                prop_assert_eq!(view.balance_as_of(account, of).unwrap().minor(), sum(recorded, effective));
                if recorded.is_none_or(|recorded| recorded > at(START)) {
                    let trial = view.trial_balance_as_of(shop.book.id, of).unwrap();
                    prop_assert!(trial.is_balanced());
                    let debits = figures(&trial).into_iter().find(|(name, ..)| name == "EXTERNAL").unwrap();
                    prop_assert_eq!(debits.2 - debits.3, sum(recorded, effective));
                }
            }
            let (from, to) = (effective.min(recorded), effective.max(recorded));
            let statement = view.statement(account).by_effective_time().between(from, to).unwrap();
            prop_assert_eq!(statement.opening.minor(), sum(None, Some(from.plus_ns(-1))));
            prop_assert_eq!(statement.closing.minor(), sum(None, Some(to.plus_ns(-1))));
        }
        // A period that is closed at any moment seals the same sums.
        let through = minute(closed).min(view.recorded_at());
        let sealed = world.ledger.close_period(ClosePeriod::new(shop.book.id, through, "close")).unwrap();
        prop_assert_eq!(sealed.sealed.debits.signed(), sum(None, Some(through)).abs());
        sound(&world);
    }
}
