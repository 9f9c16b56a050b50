//! Limits over time, balance monitors, conditions of commands, and quotas of one client in one book.

use std::sync::Arc;

use pacioli::prelude::*;
use pacioli::store::{Batch, MemoryStore, Table};
use pacioli::{
    Counts, Crossing, Direction, Figure, Limit, LimitChange, LimitId, Limits, MonitorId, NewLimit, NewMonitor,
    RetireLimit, RetireMonitor, SetQuota, Subject, Window,
};

use crate::world::{Shop, World, at, business, contact, gbp, kes, minor, no};

/// A shop with a floorless wallet of 10,000 and an empty one.
struct Till {
    world: World,
    shop: Shop,
    wallet: AccountId,
    other: AccountId,
}

impl Till {
    fn new() -> Self {
        let world = World::new();
        let shop = world.shop(Currency::KES);
        let wallet = world.funded(&shop, "10000.00").id;
        let other = world.account(&shop.client, &shop.book).id;
        Self { world, shop, wallet, other }
    }

    fn reopened(self) -> Self {
        Self { world: self.world.reopened(), ..self }
    }

    fn debit(&self, account: AccountId, sum: &str) -> Debit {
        Debit::new(account, self.shop.service.id, kes(sum), self.world.key())
    }

    fn credit(&self, account: AccountId, sum: &str) -> Credit {
        Credit::new(account, self.shop.service.id, kes(sum), self.world.key())
    }

    fn transfer(&self, from: AccountId, to: AccountId, sum: &str) -> Transfer {
        Transfer::new(from, to, self.shop.service.id, kes(sum), self.world.key()).narrated("between wallets")
    }

    fn pays(&self, sum: &str) -> Receipt {
        self.world.ledger.debit(self.debit(self.wallet, sum)).unwrap()
    }

    fn refused(&self, sum: &str) -> Rejection {
        self.world.refused(self.debit(self.wallet, sum))
    }

    fn limit(&self, limit: NewLimit) -> Limit {
        self.world.ledger.define_limit(limit).unwrap()
    }

    fn moves_clock_to(&self, text: &str) {
        self.world.clock.set(at(text));
    }

    /// How many movements count by the clock, and their sum.
    fn used(&self, limit: LimitId) -> (u64, Option<String>) {
        let usage = self.world.ledger.usage(limit).unwrap();
        (usage.count, usage.sum.map(|sum| sum.text()))
    }

    fn is_sound(&self) {
        let verified = self.world.ledger.verify_all().unwrap();
        assert!(verified.is_sound(), "{:?}", verified.finding);
    }
}

fn counted(count: u64, sum: &str) -> (u64, Option<String>) {
    (count, Some(sum.to_owned()))
}

fn sum_exceeded(limit: &Limit, window: (&str, &str), used: i128, given: i128, max: i128) -> Rejection {
    Rejection::VelocitySumExceeded { limit: limit.id, from: at(window.0), until: at(window.1), used, given, max }
}

fn count_exceeded(limit: &Limit, window: (&str, &str), counted: u64, max: u64) -> Rejection {
    Rejection::VelocityCountExceeded { limit: limit.id, from: at(window.0), until: at(window.1), counted, max }
}

#[test]
fn limits_of_a_day_begin_anew_at_midnight_of_their_place() {
    let till = Till::new();
    let nairobi = Window::DAY.at_offset(180);
    let limit = till.limit(NewLimit::new(till.wallet, nairobi).sum(minor(1_000_00)));
    let day = ("2026-11-21T21:00:00Z", "2026-11-22T21:00:00Z");
    till.pays("600.00");
    till.pays("400.00");
    assert_eq!(till.refused("0.01"), sum_exceeded(&limit, day, 1_000_00, 1, 1_000_00));
    till.moves_clock_to("2026-11-22T20:59:59.999999999Z");
    assert_eq!(till.refused("0.01"), sum_exceeded(&limit, day, 1_000_00, 1, 1_000_00));
    till.moves_clock_to("2026-11-22T21:00:00Z");
    till.pays("1000.00");
    let next = ("2026-11-22T21:00:00Z", "2026-11-23T21:00:00Z");
    assert_eq!(till.refused("0.01"), sum_exceeded(&limit, next, 1_000_00, 1, 1_000_00));
    till.is_sound();
}

#[test]
fn limits_of_a_week_begin_anew_on_monday() {
    let till = Till::new();
    // Every test begins on a Sunday.
    let limit = till.limit(NewLimit::new(till.wallet, Window::WEEK).count(2));
    till.pays("1.00");
    till.moves_clock_to("2026-11-22T23:59:59Z");
    till.pays("1.00");
    let week = ("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z");
    assert_eq!(till.refused("1.00"), count_exceeded(&limit, week, 2, 2));
    till.moves_clock_to("2026-11-23T00:00:00Z");
    till.pays("1.00");
    assert_eq!(till.used(limit.id), counted(1, "1.00"));
}

#[test]
fn limits_of_a_month_end_with_its_last_day() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.wallet, Window::MONTH).count(1).sum(minor(50_00)));
    let month = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    assert_eq!(till.refused("50.01"), sum_exceeded(&limit, month, 0, 50_01, 50_00));
    till.pays("50.00");
    till.moves_clock_to("2026-11-30T23:59:59.999999999Z");
    // The count is asked first.
    assert_eq!(till.refused("0.01"), count_exceeded(&limit, month, 1, 1));
    till.moves_clock_to("2026-12-01T00:00:00Z");
    till.pays("50.00");
}

#[test]
fn limits_slide_by_a_sixtieth_and_never_forget_too_early() {
    let till = Till::new();
    // Steps of a minute. The first payment falls into the one that begins at 08:30.
    let limit = till.limit(NewLimit::new(till.wallet, Window::last_hours(1)).sum(minor(100_00)));
    till.pays("60.00");
    till.moves_clock_to("2026-11-22T08:45:30Z");
    till.pays("40.00");
    till.moves_clock_to("2026-11-22T09:30:59.999999999Z");
    let window = ("2026-11-22T08:30:00Z", "2026-11-22T09:31:00Z");
    assert_eq!(till.refused("0.01"), sum_exceeded(&limit, window, 100_00, 1, 100_00));
    till.moves_clock_to("2026-11-22T09:31:00Z");
    assert_eq!(till.used(limit.id), counted(1, "40.00"));
    let window = ("2026-11-22T08:31:00Z", "2026-11-22T09:46:00Z");
    assert_eq!(till.refused("60.01"), sum_exceeded(&limit, window, 40_00, 60_01, 100_00));
    till.pays("60.00");
    till.moves_clock_to("2026-11-22T12:00:00Z");
    assert_eq!(till.used(limit.id), counted(0, "0.00"));
    till.is_sound();
}

#[test]
fn limits_that_slide_keep_few_steps_however_many_movements() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.wallet, Window::last_hours(1)).count(1_000));
    for _ in 0..200 {
        till.world.minutes_later(1);
        till.pays("1.00");
    }
    // The last sixty minutes, and the minute that is leaving.
    assert_eq!(till.used(limit.id), counted(61, "61.00"));
    till.is_sound();
}

#[test]
fn limits_of_an_account_count_what_goes_out_of_it() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).count(2));
    till.world.ledger.credit(till.credit(till.wallet, "1.00")).unwrap();
    till.world.ledger.transfer(till.transfer(till.other, till.wallet, "0.00")).unwrap_err();
    till.pays("1.00");
    till.world.ledger.transfer(till.transfer(till.wallet, till.other, "5.00")).unwrap();
    assert_eq!(till.used(limit.id), counted(2, "6.00"));
    let refused = till.world.refused(till.transfer(till.wallet, till.other, "1.00"));
    assert!(matches!(refused, Rejection::VelocityCountExceeded { counted: 2, max: 2, .. }));
    assert!(refused.is_transient());
    // The other account has no limit, and what comes in is not counted.
    till.world.ledger.transfer(till.transfer(till.other, till.wallet, "5.00")).unwrap();
    till.world.ledger.credit(till.credit(till.wallet, "1.00")).unwrap();
    assert_eq!(till.used(limit.id), counted(2, "6.00"));
}

#[test]
fn limits_count_the_operations_that_they_name() {
    let till = Till::new();
    let incoming = till.limit(NewLimit::new(till.wallet, Window::DAY).count(1).counting(Counts::INCOMING));
    let debits = Counts { transfers: false, ..Counts::OUTGOING };
    let debits = till.limit(NewLimit::new(till.wallet, Window::DAY).sum(minor(5_00)).counting(debits));
    let all = till.limit(NewLimit::new(till.wallet, Window::DAY).count(9).counting(Counts::ALL));
    till.world.ledger.credit(till.credit(till.wallet, "7.00")).unwrap();
    till.world.ledger.transfer(till.transfer(till.wallet, till.other, "11.00")).unwrap();
    till.pays("5.00");
    assert_eq!(till.used(incoming.id), counted(1, "7.00"));
    assert_eq!(till.used(debits.id), counted(1, "5.00"));
    assert_eq!(till.used(all.id), counted(3, "23.00"));
    let refused = till.world.refused(till.credit(till.wallet, "7.00"));
    assert!(matches!(refused, Rejection::VelocityCountExceeded { limit, .. } if limit == incoming.id));
}

#[test]
fn limits_of_a_client_count_all_its_accounts_and_those_of_nobody_else() {
    let till = Till::new();
    let (world, shop) = (&till.world, &till.shop);
    let limit = till.limit(NewLimit::new(shop.client.id, Window::DAY).within(shop.book.id).sum(minor(100_00)));
    let everywhere = till.limit(NewLimit::new(shop.client.id, Window::DAY).count(3));
    till.pays("60.00");
    world.ledger.transfer(till.transfer(till.wallet, till.other, "30.00")).unwrap();
    // In another book: the sum does not see it, the count does.
    let pounds = world.book(Currency::GBP);
    let service = world.ledger.define_service(NewService::new(shop.client.id, pounds.id, "POUNDS")).unwrap();
    let purse = world.account(&shop.client, &pounds).id;
    world.ledger.credit(Credit::new(purse, service.id, gbp("500.00"), "in")).unwrap();
    world.ledger.debit(Debit::new(purse, service.id, gbp("400.00"), "out")).unwrap();
    assert_eq!(till.used(limit.id), counted(2, "90.00"));
    assert_eq!(till.used(everywhere.id), (3, None));
    let refused = world.refused(Debit::new(purse, service.id, gbp("1.00"), "more"));
    assert!(
        matches!(refused, Rejection::VelocityCountExceeded { limit, counted: 3, max: 3, .. } if limit == everywhere.id)
    );
    assert!(matches!(till.refused("10.01"), Rejection::VelocitySumExceeded { limit: first, .. } if first == limit.id));
    // Another client's movements are its own.
    let neighbour = world.client("Tui Stores");
    let theirs = world.account(&neighbour, &shop.book).id;
    let service = world.ledger.define_service(NewService::new(neighbour.id, shop.book.id, "SALES")).unwrap();
    world.ledger.credit(Credit::new(theirs, service.id, kes("500.00"), "in")).unwrap();
    world.ledger.debit(Debit::new(theirs, service.id, kes("500.00"), "out")).unwrap();
    assert_eq!(till.used(limit.id), counted(2, "90.00"));
    till.is_sound();
}

#[test]
fn limits_of_a_service_count_what_runs_under_it() {
    let till = Till::new();
    let world = &till.world;
    let limit = till.limit(NewLimit::new(till.shop.service.id, Window::DAY).count(2));
    till.pays("1.00");
    world.ledger.transfer(till.transfer(till.wallet, till.other, "1.00")).unwrap();
    let refused = world.refused(till.debit(till.other, "1.00"));
    assert!(matches!(refused, Rejection::VelocityCountExceeded { limit: first, .. } if first == limit.id));
    let free = NewService::new(till.shop.client.id, till.shop.book.id, "OTHER");
    let free = world.ledger.define_service(free).unwrap();
    world.ledger.debit(Debit::new(till.other, free.id, kes("1.00"), "out")).unwrap();
    assert!(world.ledger.view().unwrap().service(till.shop.service.id).unwrap().limited);
    assert!(!world.ledger.view().unwrap().service(free.id).unwrap().limited);
    till.is_sound();
}

#[test]
fn limits_for_each_account_hold_for_each_by_itself() {
    let till = Till::new();
    let world = &till.world;
    for subject in [Subject::Client(till.shop.client.id), Subject::Service(till.shop.service.id)] {
        let limit = NewLimit::new(subject, Window::DAY).within(till.shop.book.id).per_account().sum(minor(10_00));
        let limit = till.limit(limit);
        till.pays("8.00");
        world.ledger.transfer(till.transfer(till.wallet, till.other, "2.00")).unwrap();
        assert!(matches!(till.refused("0.01"), Rejection::VelocitySumExceeded { used: 10_00, .. }));
        world.ledger.debit(till.debit(till.other, "1.00")).unwrap();
        let of = |account| world.ledger.usage((limit.id, account)).unwrap();
        assert_eq!((of(till.wallet).count, of(till.wallet).sum_left), (2, Some(kes("0.00"))));
        assert_eq!((of(till.other).count, of(till.other).sum_left), (1, Some(kes("9.00"))));
        // Asked without an account, or of all together with one, there is no answer.
        assert!(matches!(no(world.ledger.usage(limit.id)), Rejection::InvalidLimit { .. }));
        world.ledger.retire_limit(RetireLimit::of(limit.id)).unwrap();
    }
    let whole = till.limit(NewLimit::new(till.wallet, Window::DAY).count(1).per_account());
    assert_eq!(till.used(whole.id), counted(0, "0.00"));
    assert!(matches!(no(world.ledger.usage((whole.id, till.wallet))), Rejection::InvalidLimit { .. }));
    till.is_sound();
}

#[test]
fn rule_c28_limits_over_time_count_the_principal_without_charges() {
    let till = Till::new();
    let dear = NewService::new(till.shop.client.id, till.shop.book.id, "DEAR").fee(Fee::Fixed(minor(5_00)));
    let dear = till.world.ledger.define_service(dear).unwrap().id;
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).sum(minor(100_00)));
    till.world.ledger.debit(Debit::new(till.wallet, dear, kes("100.00"), "out")).unwrap();
    assert_eq!(till.world.current(till.wallet), 10_000_00 - 105_00);
    assert_eq!(till.used(limit.id), counted(1, "100.00"));
}

#[test]
fn limits_are_judged_by_account_client_and_service_in_this_order() {
    let till = Till::new();
    let (shop, wallet) = (&till.shop, till.wallet);
    let service = till.limit(NewLimit::new(shop.service.id, Window::DAY).count(0));
    let client = till.limit(NewLimit::new(shop.client.id, Window::DAY).count(0));
    let second = till.limit(NewLimit::new(wallet, Window::DAY).sum(minor(0)));
    let third = till.limit(NewLimit::new(wallet, Window::MONTH).count(0));
    // What they refuse comes before what the account has.
    let which = || match till.refused("99999.00") {
        Rejection::VelocityCountExceeded { limit, .. } | Rejection::VelocitySumExceeded { limit, .. } => Some(limit),
        Rejection::InsufficientFunds { .. } => None,
        other => panic!("{other}"),
    };
    for limit in [second, third, client, service] {
        assert_eq!(which(), Some(limit.id));
        till.world.ledger.retire_limit(RetireLimit::of(limit.id)).unwrap();
    }
    assert_eq!(which(), None);
}

#[test]
fn limits_count_nothing_that_was_refused() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.other, Window::DAY).sum(minor(100_00)).count(2));
    let refused = till.world.refused(till.debit(till.other, "50.00"));
    assert!(matches!(refused, Rejection::InsufficientFunds { .. }));
    assert_eq!(till.used(limit.id), counted(0, "0.00"));
    till.world.credit(&till.shop, till.other, "100.00");
    till.world.refused(till.debit(till.other, "100.01"));
    till.world.ledger.debit(till.debit(till.other, "100.00")).unwrap();
    assert_eq!(till.used(limit.id), counted(1, "100.00"));
}

#[test]
fn limits_count_a_command_given_again_once() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).count(1));
    let debit = till.debit(till.wallet, "5.00");
    let first = till.world.ledger.debit(debit.clone()).unwrap();
    for _ in 0..3 {
        let again = till.world.ledger.debit(debit.clone()).unwrap();
        assert!(again.is_replayed());
        assert_eq!(again.sequence(), first.sequence());
    }
    assert_eq!(till.used(limit.id), counted(1, "5.00"));
}

#[test]
fn limits_get_back_what_an_abandoned_batch_used() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).count(2).sum(minor(100_00)));
    till.pays("10.00");
    let batch = |sums: [&str; 2]| sums.map(|sum| Command::from(till.debit(till.wallet, sum))).to_vec();
    let before = till.world.state();
    let answers = till.world.ledger.submit_batch(batch(["20.00", "30.00"]), Atomicity::All).unwrap();
    assert!(matches!(answers[0], Err(Rejection::BatchRefused { at: 1 })));
    assert!(matches!(answers[1], Err(Rejection::VelocityCountExceeded { counted: 2, max: 2, .. })));
    assert_eq!(till.world.state(), before);
    assert_eq!(till.used(limit.id), counted(1, "10.00"));
    // Simulating uses nothing either.
    let simulated: Result<(), Error> = till.world.ledger.simulate(|tx| {
        tx.execute(till.debit(till.wallet, "20.00"))?;
        assert!(matches!(no(tx.execute(till.debit(till.wallet, "20.00"))), Rejection::VelocityCountExceeded { .. }));
        Ok(())
    });
    simulated.unwrap();
    // Each for itself, the first is carried out.
    let answers = till.world.ledger.submit_batch(batch(["20.00", "30.00"]), Atomicity::Each).unwrap();
    assert!(answers[0].is_ok() && answers[1].is_err());
    assert_eq!(till.used(limit.id), counted(2, "30.00"));
    till.is_sound();
}

#[test]
fn limits_defined_in_an_abandoned_batch_are_not() {
    let till = Till::new();
    let given_up: Result<(), Error> = till.world.ledger.transaction(|tx| {
        tx.execute(NewLimit::new(till.wallet, Window::DAY).count(0))?;
        tx.execute(NewMonitor::new(till.wallet, kes("9999.00")))?;
        assert!(matches!(no(tx.execute(till.debit(till.wallet, "1.00"))), Rejection::VelocityCountExceeded { .. }));
        Err(Error::InvalidCursor)
    });
    assert!(given_up.is_err());
    assert!(till.pays("1.01").crossings().is_empty());
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).count(0));
    assert_eq!(limit.id, LimitId(1));
    till.is_sound();
}

#[test]
fn limits_get_nothing_back_from_reversals_and_count_no_posting_of_the_operator() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).sum(minor(10_00)).counting(Counts::ALL));
    let paid = till.pays("10.00");
    till.world.ledger.reverse(Reverse::whole(paid.sequence())).unwrap();
    assert_eq!(till.used(limit.id), counted(1, "10.00"));
    assert!(matches!(till.refused("0.01"), Rejection::VelocitySumExceeded { .. }));
    let post = Post::new("adjust").debit(till.wallet, kes("50.00")).credit(till.other, kes("50.00"));
    till.world.ledger.post(post).unwrap();
    assert_eq!(till.used(limit.id), counted(1, "10.00"));
    till.is_sound();
}

#[test]
fn limits_change_their_figures_and_end() {
    let till = Till::new();
    let ledger = &till.world.ledger;
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).sum(minor(10_00)));
    till.pays("10.00");
    let raised = ledger.change_limit(LimitChange::of(limit.id).sum(Some(minor(15_00))).count(Some(3))).unwrap();
    assert_eq!((raised.sum_max, raised.count_max), (Some(minor(15_00)), Some(3)));
    assert!(matches!(till.refused("5.01"), Rejection::VelocitySumExceeded { used: 10_00, max: 15_00, .. }));
    till.pays("5.00");
    ledger.change_limit(LimitChange::of(limit.id).sum(None)).unwrap();
    till.pays("500.00");
    assert!(matches!(till.refused("1.00"), Rejection::VelocityCountExceeded { counted: 3, .. }));
    // The last figure cannot go, but the limit can.
    let refused = till.world.refused(LimitChange::of(limit.id).count(None));
    assert!(matches!(refused, Rejection::InvalidLimit { .. }));
    let ended = ledger.retire_limit(RetireLimit::of(limit.id).keyed("end")).unwrap();
    assert!(ended.retired_at.is_some());
    till.pays("1.00");
    let view = ledger.view().unwrap();
    assert!(view.limits(till.wallet).unwrap().is_empty());
    assert!(!view.account(till.wallet).unwrap().extras.limited);
    assert_eq!(till.used(limit.id), counted(3, "515.00"));
    // Giving a command again under its key is answered; another one is refused.
    assert!(ledger.execute(RetireLimit::of(limit.id).keyed("end")).unwrap().is_replayed());
    assert_eq!(till.world.refused(RetireLimit::of(limit.id)), Rejection::LimitRetired { limit: limit.id });
    let change = LimitChange::of(limit.id).count(Some(1));
    assert_eq!(till.world.refused(change), Rejection::LimitRetired { limit: limit.id });
    let nothing = LimitId(9);
    assert_eq!(till.world.refused(RetireLimit::of(nothing)), Rejection::LimitNotFound { limit: nothing });
    assert_eq!(till.world.refused(LimitChange::of(nothing)), Rejection::LimitNotFound { limit: nothing });
    till.is_sound();
}

#[test]
fn limits_that_cannot_be_are_refused() {
    let till = Till::new();
    let (world, shop) = (&till.world, &till.shop);
    let day = |subject: Subject| NewLimit::new(subject, Window::DAY).count(1);
    let unknown = AccountId(99);
    assert_eq!(world.refused(day(unknown.into())), Rejection::AccountNotFound { account: unknown });
    assert_eq!(world.refused(day(ClientId(9).into())), Rejection::ClientNotFound { client: ClientId(9) });
    assert_eq!(world.refused(day(ServiceId(9).into())), Rejection::ServiceNotFound { service: ServiceId(9) });
    let external = shop.book.system_first;
    assert_eq!(world.refused(day(external.into())), Rejection::SystemAccountFixed { account: external });
    world.ledger.change_account(till.other, AccountChange::status(AccountStatus::Closed, "done")).unwrap();
    assert_eq!(world.refused(day(till.other.into())), Rejection::AccountClosed { account: till.other });
    let pounds = world.book(Currency::GBP).id;
    let mismatch = Rejection::BookMismatch { expected: shop.book.id, given: pounds };
    assert_eq!(world.refused(day(till.wallet.into()).within(pounds)), mismatch);
    assert_eq!(world.refused(day(shop.service.id.into()).within(pounds)), mismatch);
    assert_eq!(
        world.refused(day(shop.client.id.into()).within(BookId(9))),
        Rejection::BookNotFound { book: BookId(9) }
    );

    let invalid = [
        NewLimit::new(till.wallet, Window::DAY),
        NewLimit::new(shop.client.id, Window::DAY).sum(minor(1)),
        NewLimit::new(till.wallet, Window::DAY.at_offset(1_081)).count(1),
        NewLimit::new(till.wallet, Window::last_hours(0)).count(1),
        NewLimit::new(till.wallet, Window::Sliding { nanoseconds: i64::MAX }).count(1),
        NewLimit::new(till.wallet, Window::DAY).count(1).counting(Counts {
            debits: false,
            transfers: false,
            credits: false,
        }),
    ];
    for limit in invalid {
        assert!(matches!(world.refused(limit.clone()), Rejection::InvalidLimit { .. }), "{limit:?}");
    }
    for _ in 0..Limits::LIMITS {
        till.limit(NewLimit::new(till.wallet, Window::DAY).count(9));
    }
    let many = Rejection::TooMany { field: "limits", limit: Limits::LIMITS, given: Limits::LIMITS + 1 };
    assert_eq!(world.refused(NewLimit::new(till.wallet, Window::DAY).count(9)), many);
}

#[test]
fn limits_are_defined_once_under_a_key() {
    let till = Till::new();
    let ledger = &till.world.ledger;
    let given = NewLimit::new(till.wallet, Window::DAY).count(1).keyed("daily");
    let first = ledger.execute(given.clone()).unwrap();
    let again = ledger.execute(given.clone()).unwrap();
    assert!(again.is_replayed());
    assert_eq!((again.limit(), again.sequence()), (Some(LimitId(1)), first.sequence()));
    let other = till.world.refused(given.count(2));
    assert_eq!(other, Rejection::IdempotencyConflict { original: first.sequence() });
    let change = LimitChange::of(LimitId(1)).count(Some(5)).keyed("raise");
    let raised = ledger.execute(change.clone()).unwrap();
    assert_eq!((raised.limit(), raised.entry().client), (Some(LimitId(1)), Some(till.shop.client.id)));
    assert!(ledger.execute(change).unwrap().is_replayed());
    assert_eq!(ledger.view().unwrap().limits(till.wallet).unwrap().len(), 1);
}

#[test]
fn limits_are_the_same_after_reopening_and_can_be_looked_back_at() {
    let till = Till::new();
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).sum(minor(100_00)));
    let sliding = till.limit(NewLimit::new(till.shop.service.id, Window::last_hours(24)).count(3));
    let first = till.pays("30.00").sequence();
    let second = till.pays("60.00").sequence();
    till.world.ledger.change_limit(LimitChange::of(limit.id).sum(Some(minor(95_00)))).unwrap();
    let till = till.reopened();
    assert_eq!(till.used(limit.id), counted(2, "90.00"));
    assert!(matches!(till.refused("5.01"), Rejection::VelocitySumExceeded { used: 90_00, max: 95_00, .. }));
    till.pays("5.00");
    assert!(matches!(till.refused("1.00"), Rejection::VelocitySumExceeded { used: 95_00, .. }));

    let ledger = &till.world.ledger;
    let sum = |sequence: Sequence| ledger.view_at(sequence).unwrap().usage(limit.id).unwrap().sum.unwrap().text();
    assert_eq!((&*sum(first), &*sum(second)), ("30.00", "90.00"));
    assert_eq!(sum(Sequence(first.0 - 1)), "0.00");
    let then = ledger.view_at(second).unwrap();
    assert_eq!(then.usage(sliding.id).unwrap().count_left, Some(1));
    assert_eq!(then.limit(limit.id).unwrap().sum_max, Some(minor(100_00)));
    assert_eq!(then.limits(till.wallet).unwrap().len(), 1);
    let before = ledger.view_at(Sequence(limit.changed_in.0 - 1)).unwrap();
    assert!(before.limits(till.wallet).unwrap().is_empty());
    assert_eq!(no(before.limit(limit.id)), Rejection::LimitNotFound { limit: limit.id });
    // A view tells also what will count later, if nothing more is recorded.
    let tomorrow = ledger.view().unwrap().usage_at(limit.id, at("2026-11-23T00:00:00Z")).unwrap();
    assert_eq!((tomorrow.count, tomorrow.from), (0, at("2026-11-23T00:00:00Z")));
    let usage = ledger.view().unwrap().usage(limit.id).unwrap();
    assert_eq!((usage.from, usage.until), (at("2026-11-22T00:00:00Z"), at("2026-11-23T00:00:00Z")));
    assert_eq!((usage.count_left, usage.sum_left), (None, Some(kes("0.00"))));
    till.is_sound();
    let till = till.reopened();
    till.is_sound();
}

#[test]
fn limits_count_a_hold_once_when_it_is_placed() {
    let till = Till::new();
    let ledger = &till.world.ledger;
    let limit = till.limit(NewLimit::new(till.wallet, Window::DAY).sum(minor(100_00)));
    let captured = ledger.hold(till.debit(till.wallet, "60.00")).unwrap();
    let released = ledger.hold(till.transfer(till.wallet, till.other, "40.00")).unwrap();
    assert_eq!(till.used(limit.id), counted(2, "100.00"));
    let more = till.world.refused(PlaceHold::new(till.debit(till.wallet, "0.01")));
    assert!(matches!(more, Rejection::VelocitySumExceeded { used: 100_00, given: 1, .. }));
    ledger.capture(Capture::whole(captured.sequence())).unwrap();
    ledger.release(Release::whole(released.sequence())).unwrap();
    assert_eq!(till.used(limit.id), counted(2, "100.00"));
    // A credit that clears is a credit; a posting that is reserved is a posting.
    let incoming = till.limit(NewLimit::new(till.wallet, Window::DAY).count(1).counting(Counts::INCOMING));
    let post = Post::new("reserve").debit(till.wallet, kes("5.00")).credit(till.other, kes("5.00"));
    ledger.hold(post).unwrap();
    let clearing = till.credit(till.wallet, "7.00").clearing(pacioli::Clearing::At(at("2026-11-23T00:00:00Z")));
    let clearing = ledger.credit(clearing).unwrap();
    assert_eq!((till.used(incoming.id), till.used(limit.id)), (counted(1, "7.00"), counted(2, "100.00")));
    ledger.release(Release::whole(clearing.sequence())).unwrap();
    assert_eq!(till.used(incoming.id), counted(1, "7.00"));
    till.is_sound();
}

/// Opened without having been closed: what the rows say of limits and monitors is caught up from the journal.
#[test]
fn limits_and_monitors_are_in_force_after_a_crash() {
    let store: Arc<dyn pacioli::store::Store> = Arc::new(MemoryStore::new());
    let open = || Ledger::builder().over(Arc::clone(&store)).unwrap();
    let crashed = open();
    let book = crashed.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let client = crashed.register_client(business("Mama Njeri Shop")).unwrap();
    let wallet = |ledger: &Ledger| {
        ledger.open_account(NewAccount::new(client.id, book.id, AccountType::FLOAT_ACCOUNT)).unwrap().id
    };
    let (limited, watched, free) = (wallet(&crashed), wallet(&crashed), wallet(&crashed));
    let service = crashed.define_service(NewService::new(client.id, book.id, "SALES")).unwrap().id;
    let credit =
        |ledger: &Ledger, account, key: &str| ledger.credit(Credit::new(account, service, kes("9.00"), key.to_owned()));
    let limit = |account| NewLimit::new(account, Window::DAY).count(1).counting(Counts::ALL);
    let id = crashed.define_limit(limit(limited)).unwrap().id;
    crashed.define_monitor(NewMonitor::new(watched, kes("5.00"))).unwrap();
    let ended = crashed.define_limit(limit(free)).unwrap().id;
    credit(&crashed, limited, "one").unwrap();
    crashed.retire_limit(RetireLimit::of(ended)).unwrap();

    let ledger = open();
    assert!(matches!(no(credit(&ledger, limited, "two")), Rejection::VelocityCountExceeded { counted: 1, .. }));
    assert_eq!(credit(&ledger, watched, "three").unwrap().crossings().len(), 1);
    for key in ["four", "five"] {
        credit(&ledger, free, key).unwrap();
    }
    assert_eq!(ledger.view().unwrap().usage(id).unwrap().count, 1);
    let verified = ledger.verify_all().unwrap();
    assert!(verified.is_sound(), "{:?}", verified.finding);
}

#[test]
fn limits_and_crossings_have_a_form_in_json() {
    let till = Till::new();
    till.limit(NewLimit::new(till.wallet, Window::DAY.at_offset(180)).sum(minor(1_000_00)));
    till.world.ledger.define_monitor(NewMonitor::new(till.wallet, kes("9999.00"))).unwrap();
    till.pays("5.00");
    let view = till.world.ledger.view().unwrap();
    let entries = view.entries(None, 100).unwrap().items;
    assert!(entries.iter().any(|entry| entry.posted().is_some_and(|posted| !posted.crossed.is_empty())));
    for entry in entries {
        let json = serde_json::to_string(&entry).unwrap();
        let back: pacioli::Entry = serde_json::from_str(&json).unwrap();
        assert_eq!(back, entry);
    }
    let usage = serde_json::to_value(view.usage(LimitId(1)).unwrap()).unwrap();
    assert_eq!((&usage["count"], &usage["from"]), (&1.into(), &"2026-11-21T21:00:00Z".into()));
}

#[test]
fn limits_are_proved_by_the_journal() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn pacioli::store::Store>).unwrap();
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let client = ledger.register_client(business("Mama Njeri Shop")).unwrap();
    let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
    let service = ledger.define_service(NewService::new(client.id, book.id, "SALES")).unwrap();
    let limit = NewLimit::new(wallet.id, Window::DAY).count(5).counting(Counts::ALL);
    ledger.define_limit(limit).unwrap();
    let receipt = ledger.credit(Credit::new(wallet.id, service.id, kes("9.00"), "in")).unwrap();
    let found = |ledger: &Ledger| ledger.verify_all().unwrap().finding;
    assert_eq!(found(&ledger), None);
    let key = [1, 0, receipt.sequence().0].map(u64::to_be_bytes).concat();
    let mut batch = Batch::new();
    batch.remove(Table("usage"), key);
    pacioli::store::Store::commit(&*store, &batch).unwrap();
    let finding = found(&ledger).unwrap();
    assert_eq!((&*finding.table, finding.entry), ("usage", Some(receipt.sequence())));
}

#[test]
fn monitors_tell_which_entry_crossed_their_threshold() {
    let till = Till::new();
    let ledger = &till.world.ledger;
    let monitor = ledger.define_monitor(NewMonitor::new(till.wallet, kes("9000.00"))).unwrap();
    assert_eq!((monitor.id, monitor.threshold), (MonitorId(1), 9_000_00));
    assert!(till.pays("1000.00").crossings().is_empty(), "the threshold itself is not below it");
    let falling = till.pays("0.01");
    let crossing = Crossing { monitor: monitor.id, account: till.wallet, before: 9_000_00, after: 8_999_99 };
    assert_eq!(falling.crossings(), [crossing]);
    assert!(!crossing.is_rising());
    assert!(till.pays("1.00").crossings().is_empty());
    let rising = till.world.credit(&till.shop, till.wallet, "1.01");
    assert_eq!(rising.crossings(), [Crossing { before: 8_998_99, after: 9_000_00, ..crossing }]);
    assert!(rising.crossings()[0].is_rising());
    // A transfer crosses on the side that is watched, and a reversal back.
    let transfer = ledger.transfer(till.transfer(till.wallet, till.other, "5.00")).unwrap();
    assert_eq!(transfer.crossings().len(), 1);
    let back = ledger.reverse(Reverse::whole(transfer.sequence())).unwrap();
    assert_eq!(back.crossings(), [Crossing { before: 8_995_00, after: 9_000_00, ..crossing }]);
    till.is_sound();
    let till = till.reopened();
    let view = till.world.ledger.view().unwrap();
    assert_eq!(view.entry(falling.sequence()).unwrap().posted().unwrap().crossed[..], [crossing]);
    assert_eq!(till.pays("1.00").crossings().len(), 1);
    till.is_sound();
}

#[test]
fn monitors_tell_one_way_or_both() {
    let till = Till::new();
    let ledger = &till.world.ledger;
    let new = |direction| NewMonitor::new(till.other, kes("10.00")).direction(direction).figure(Figure::Current);
    let rising = ledger.define_monitor(new(Direction::Rising)).unwrap().id;
    let falling = ledger.define_monitor(new(Direction::Falling)).unwrap().id;
    let both = ledger.define_monitor(new(Direction::Both)).unwrap().id;
    let told = |receipt: Receipt| receipt.crossings().iter().map(|crossing| crossing.monitor).collect::<Vec<_>>();
    assert_eq!(told(till.world.credit(&till.shop, till.other, "10.00")), [rising, both]);
    assert_eq!(told(ledger.debit(till.debit(till.other, "3.00")).unwrap()), [falling, both]);
    assert_eq!(told(ledger.debit(till.debit(till.other, "7.00")).unwrap()), []);
}

#[test]
fn monitors_see_an_entry_as_a_whole() {
    let till = Till::new();
    till.world.ledger.define_monitor(NewMonitor::new(till.wallet, kes("9999.00"))).unwrap();
    // Down and up again within one entry.
    let post = Post::new("around")
        .debit(till.wallet, kes("50.00"))
        .credit(till.other, kes("50.00"))
        .debit(till.other, kes("50.00"))
        .credit(till.wallet, kes("50.00"));
    assert!(till.world.ledger.post(post).unwrap().crossings().is_empty());
    // The charge counts too.
    let dear = NewService::new(till.shop.client.id, till.shop.book.id, "DEAR").fee(Fee::Fixed(minor(1_00)));
    let dear = till.world.ledger.define_service(dear).unwrap().id;
    let receipt = till.world.ledger.debit(Debit::new(till.wallet, dear, kes("0.50"), "out")).unwrap();
    assert_eq!(receipt.crossings()[0].after, 9_998_50);
    till.is_sound();
}

#[test]
fn monitors_of_what_is_available_see_holds() {
    let till = Till::new();
    let ledger = &till.world.ledger;
    let available = ledger.define_monitor(NewMonitor::new(till.wallet, kes("9000.00"))).unwrap();
    ledger.define_monitor(NewMonitor::new(till.wallet, kes("9000.00")).figure(Figure::Current)).unwrap();
    let held = ledger.hold(till.debit(till.wallet, "1500.00")).unwrap();
    let crossing = Crossing { monitor: available.id, account: till.wallet, before: 10_000_00, after: 8_500_00 };
    assert_eq!(held.crossings(), [crossing]);
    let expecting = Command::from(till.debit(till.wallet, "1.00")).expecting_available(till.wallet, kes("9000.00"));
    let told = Rejection::ExpectedAvailable { account: till.wallet, expected: 9_000_00, found: 8_500_00 };
    assert_eq!(till.world.refused(expecting), told);
    let given_up = ledger.release(Release::whole(held.sequence())).unwrap();
    assert_eq!(given_up.crossings(), [Crossing { before: 8_500_00, after: 10_000_00, ..crossing }]);
    // Captured, it crosses for the figure that is posted.
    let held = ledger.hold(till.debit(till.wallet, "1500.00")).unwrap();
    let captured = ledger.capture(Capture::whole(held.sequence())).unwrap();
    assert_eq!(captured.crossings().len(), 1);
    assert_ne!(captured.crossings()[0].monitor, available.id);
    till.is_sound();
}

#[test]
fn monitors_watch_system_accounts_and_thresholds_below_zero() {
    let till = Till::new();
    let fees = till.shop.book.system(pacioli::SystemAccount::FeeIncome);
    let monitor = till.world.ledger.define_monitor(NewMonitor::new(fees, kes("1.00"))).unwrap();
    let dear = NewService::new(till.shop.client.id, till.shop.book.id, "DEAR").fee(Fee::Fixed(minor(1_00)));
    let dear = till.world.ledger.define_service(dear).unwrap().id;
    let receipt = till.world.ledger.debit(Debit::new(till.wallet, dear, kes("5.00"), "out")).unwrap();
    assert_eq!(receipt.crossings()[0].monitor, monitor.id);
    let below = Currency::KES.minor(-5_00).unwrap();
    let overdrawn = NewAccount::new(till.shop.client.id, till.shop.book.id, AccountType::WORKING).overdraft(None);
    let overdrawn = till.world.ledger.open_account(overdrawn).unwrap().id;
    till.world.ledger.define_monitor(NewMonitor::new(overdrawn, below)).unwrap();
    let receipt = till.world.ledger.debit(till.debit(overdrawn, "5.01")).unwrap();
    assert_eq!((receipt.crossings()[0].before, receipt.crossings()[0].after), (0, -5_01));
    till.is_sound();
}

#[test]
fn monitors_end_and_are_refused_with_reasons() {
    let till = Till::new();
    let (world, ledger) = (&till.world, &till.world.ledger);
    let given = NewMonitor::new(till.wallet, kes("9999.00")).keyed("watch");
    let first = ledger.execute(given.clone()).unwrap();
    assert!(ledger.execute(given.clone()).unwrap().is_replayed());
    let conflict = Rejection::IdempotencyConflict { original: first.sequence() };
    assert_eq!(world.refused(given.figure(Figure::Current)), conflict);
    let monitor = first.monitor().unwrap();
    let ended = ledger.retire_monitor(RetireMonitor::of(monitor).keyed("enough")).unwrap();
    assert!(ended.retired_at.is_some());
    assert!(ledger.execute(RetireMonitor::of(monitor).keyed("enough")).unwrap().is_replayed());
    assert!(till.pays("5.00").crossings().is_empty());
    let view = ledger.view().unwrap();
    assert!(view.monitors(till.wallet).unwrap().is_empty() && !view.account(till.wallet).unwrap().extras.monitored);
    let then = ledger.view_at(first.sequence()).unwrap();
    assert_eq!(then.monitors(till.wallet).unwrap().len(), 1);
    assert_eq!(then.monitor(monitor).unwrap().retired_at, None);
    assert_eq!(world.refused(RetireMonitor::of(monitor)), Rejection::MonitorRetired { monitor });
    let unknown = MonitorId(9);
    assert_eq!(world.refused(RetireMonitor::of(unknown)), Rejection::MonitorNotFound { monitor: unknown });
    let nobody = AccountId(99);
    assert_eq!(world.refused(NewMonitor::new(nobody, kes("1.00"))), Rejection::AccountNotFound { account: nobody });
    let foreign = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::GBP };
    assert_eq!(world.refused(NewMonitor::new(till.wallet, gbp("1.00"))), foreign);
    let fine = Currency::KES.with_scale(4).unwrap().money("1.0001").unwrap();
    assert_eq!(world.refused(NewMonitor::new(till.wallet, fine)), Rejection::AmountPrecision { scale: 2 });
    for _ in 0..Limits::MONITORS {
        ledger.define_monitor(NewMonitor::new(till.wallet, kes("1.00"))).unwrap();
    }
    let many = Rejection::TooMany { field: "monitors", limit: Limits::MONITORS, given: Limits::MONITORS + 1 };
    assert_eq!(world.refused(NewMonitor::new(till.wallet, kes("1.00"))), many);
    ledger.change_account(till.other, AccountChange::status(AccountStatus::Closed, "done")).unwrap();
    let closed = Rejection::AccountClosed { account: till.other };
    assert_eq!(world.refused(NewMonitor::new(till.other, kes("1.00"))), closed);
    till.is_sound();
}

#[test]
fn conditions_on_the_activity_number_are_met_or_told() {
    let till = Till::new();
    let seen = till.world.ledger.view().unwrap().balance(till.wallet).unwrap().activity_number;
    assert_eq!(seen, 1);
    let pay = |number| Command::from(till.debit(till.wallet, "1.00")).expecting_number(till.wallet, number);
    let receipt = till.world.ledger.execute(pay(seen)).unwrap();
    assert_eq!(receipt.activity().unwrap().number, 2);
    let told = Rejection::ExpectedNumber { account: till.wallet, expected: 1, found: 2 };
    assert_eq!(till.world.refused(pay(seen)), told);
    assert!(!told.is_transient());
    // An account without activities is at number 0.
    let first = Command::from(till.credit(till.other, "1.00")).expecting_number(till.other, 0);
    till.world.ledger.execute(first).unwrap();
    let nobody = AccountId(99);
    let unknown = Command::from(till.credit(till.other, "1.00")).expecting_number(nobody, 0);
    assert_eq!(till.world.refused(unknown), Rejection::AccountNotFound { account: nobody });
}

#[test]
fn conditions_on_what_is_available_are_met_or_told() {
    let till = Till::new();
    let pay = |least: &str| Command::from(till.debit(till.wallet, "1.00")).expecting_available(till.wallet, kes(least));
    till.world.ledger.execute(pay("10000.00")).unwrap();
    let told = Rejection::ExpectedAvailable { account: till.wallet, expected: 10_000_00, found: 9_999_00 };
    assert_eq!(till.world.refused(pay("10000.00")), told);
    assert!(told.is_transient());
    let foreign = Command::from(till.debit(till.wallet, "1.00")).expecting_available(till.wallet, gbp("1.00"));
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::GBP };
    assert_eq!(till.world.refused(foreign), mismatch);
    let below = Currency::KES.minor(-1).unwrap();
    let any = Command::from(till.credit(till.other, "1.00")).expecting_available(till.other, below);
    till.world.ledger.execute(any).unwrap();
}

#[test]
fn conditions_must_all_hold_and_come_before_everything_but_the_key() {
    let till = Till::new();
    // Everything is wrong with this debit.
    let wrong = Debit::new(AccountId(99), till.shop.service.id, kes("0.00"), "wrong");
    let command = Command::from(wrong)
        .by("x".repeat(300))
        .expecting_number(till.wallet, 1)
        .expecting_available(till.wallet, kes("20000.00"))
        .expecting_number(till.wallet, 7);
    let told = Rejection::ExpectedAvailable { account: till.wallet, expected: 20_000_00, found: 10_000_00 };
    assert_eq!(till.world.refused(command), told);
    let keyless = Command::from(Debit::new(till.wallet, till.shop.service.id, kes("1.00"), ""));
    assert_eq!(till.world.refused(keyless.expecting_number(till.wallet, 7)), Rejection::IdempotencyKeyRequired);
    let mut many = Command::from(till.debit(till.wallet, "1.00"));
    for _ in 0..=Limits::CONDITIONS {
        many = many.expecting_number(till.wallet, 1);
    }
    let told = Rejection::TooMany { field: "conditions", limit: Limits::CONDITIONS, given: Limits::CONDITIONS + 1 };
    assert_eq!(till.world.refused(many), told);
}

#[test]
fn conditions_do_not_touch_what_has_been_carried_out() {
    let till = Till::new();
    let debit = till.debit(till.wallet, "1.00");
    let command = Command::from(debit.clone()).expecting_number(till.wallet, 1);
    let first = till.world.ledger.execute(command.clone()).unwrap();
    // The number is another now, and the command is answered all the same.
    let again = till.world.ledger.execute(command).unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.sequence(), first.sequence());
    assert!(till.world.ledger.debit(debit).unwrap().is_replayed());
}

#[test]
fn conditions_see_the_commands_before_in_the_batch() {
    let till = Till::new();
    let pay = |number| Command::from(till.debit(till.wallet, "1.00")).expecting_number(till.wallet, number);
    let answers = till.world.ledger.submit_batch(vec![pay(1), pay(1), pay(2)], Atomicity::Each).unwrap();
    assert!(answers[0].is_ok() && answers[2].is_ok());
    let told = Rejection::ExpectedNumber { account: till.wallet, expected: 1, found: 2 };
    assert_eq!(answers[1].as_ref().unwrap_err(), &told);
    let answers = till.world.ledger.submit_batch(vec![pay(3), pay(3)], Atomicity::All).unwrap();
    assert_eq!(answers[0].as_ref().unwrap_err(), &Rejection::BatchRefused { at: 1 });
    till.is_sound();
}

#[test]
fn conditions_hold_for_any_command() {
    let till = Till::new();
    let closing = AccountChange::status(AccountStatus::Closed, "unused");
    let close = |number| Command::from((till.other, closing.clone())).expecting_number(till.other, number);
    let told = Rejection::ExpectedNumber { account: till.other, expected: 1, found: 0 };
    assert_eq!(till.world.refused(close(1)), told);
    till.world.ledger.execute(close(0)).unwrap();
}

#[test]
fn req_003_05_client_has_a_quota_of_its_own_in_each_ledger() {
    let world = World::new();
    let book = world.ledger.open_book(NewBook::live("centrapay.nzd.main", Currency::NZD).quota(1)).unwrap();
    let other = world.ledger.open_book(NewBook::live("centrapay.nzd.points", Currency::NZD).quota(1)).unwrap();
    let client = world.client("Kiwi Cafe");
    let open = |book: BookId| NewAccount::new(client.id, book, AccountType::WORKING);
    let full =
        |book: BookId, limit| assert_eq!(world.refused(open(book)), Rejection::MaxAccountsReached { book, limit });
    let changed = world.ledger.set_quota(SetQuota::new(client.id, book.id, 2)).unwrap();
    assert_eq!(changed.quotas.get(&book.id), Some(&2));
    world.account(&client, &book);
    world.account(&client, &book);
    full(book.id, 2);
    // In the other ledger the ledger's own quota stays.
    world.account(&client, &other);
    full(other.id, 1);
    // It comes before the client's own quota for all ledgers.
    let own = ClientChange { accounts_max: 5.into(), ..ClientChange::default() };
    world.ledger.change_client(client.id, own).unwrap();
    full(book.id, 2);
    world.account(&client, &other);
    // None at all, and lifted again.
    world.ledger.set_quota(SetQuota::new(client.id, book.id, 0)).unwrap();
    (0..3).for_each(|_| drop(world.account(&client, &book)));
    let lifted = world.ledger.set_quota(SetQuota::lifted(client.id, book.id)).unwrap();
    assert!(lifted.quotas.is_empty());
    full(book.id, 5);
}

#[test]
fn quotas_are_kept_and_refused_with_reasons() {
    let world = World::new();
    let book = world.book(Currency::KES);
    let client = world.ledger.register_client(NewClient::individual("Kenya", contact())).unwrap();
    let nobody = SetQuota::new(ClientId(9), book.id, 1);
    assert_eq!(world.refused(nobody), Rejection::ClientNotFound { client: ClientId(9) });
    let nowhere = SetQuota::new(client.id, BookId(9), 1);
    assert_eq!(world.refused(nowhere), Rejection::BookNotFound { book: BookId(9) });
    let given = SetQuota::new(client.id, book.id, 1).keyed("quota");
    let set = world.ledger.execute(given.clone()).unwrap();
    assert!(world.ledger.execute(given).unwrap().is_replayed());
    let other = SetQuota::new(client.id, book.id, 3).keyed("quota");
    assert_eq!(world.refused(other), Rejection::IdempotencyConflict { original: set.sequence() });
    world.ledger.set_quota(SetQuota::lifted(client.id, book.id)).unwrap();
    let world = world.reopened();
    let then = world.ledger.view_at(set.sequence()).unwrap().client(client.id).unwrap();
    assert_eq!(then.quotas.get(&book.id), Some(&1));
    assert!(world.ledger.view().unwrap().client(client.id).unwrap().quotas.is_empty());
    assert!(world.ledger.verify_all().unwrap().is_sound());
}
