//! What happens when: plans of days, and what follows from what was done.

use std::collections::BTreeMap;

use pacioli::Timestamp;

use super::deed::{Deed, Later};
use super::stage::{DAY, HOUR, Stage};
use super::town::Town;
use super::{market, office, payroll, people, school};
use crate::failure::Failure;
use crate::output::Progress;

/// Deeds in the order of their times; those of one time in the order in which they were planned.
pub(super) struct Agenda {
    deeds: BTreeMap<(Timestamp, u64), Deed>,
    planned: u64,
    /// Nothing is done from here on but what is left open.
    end: Timestamp,
}

impl Agenda {
    pub(super) fn new(stage: &mut Stage, town: &Town, days: u32) -> Self {
        let end = Stage::day(days);
        let mut agenda = Self { deeds: BTreeMap::new(), planned: 0, end };
        for day in 0..days {
            agenda.plan_day(stage, town, day);
        }
        for (place, _) in town.people.iter().enumerate() {
            let bill = Stage::day(0).plus_ns(8 * HOUR + place as i64 * 1_000_000_000);
            agenda.plan([(bill, Deed::Bill(place, 1))]);
        }
        agenda.plan([(end.plus_ns(5 * HOUR), Deed::Close(end)), (end.plus_ns(6 * HOUR), Deed::LeaveOpen)]);
        agenda
    }

    fn plan(&mut self, later: impl IntoIterator<Item = (Timestamp, Deed)>) {
        for (time, deed) in later {
            self.planned += 1;
            self.deeds.insert((time, self.planned), deed);
        }
    }

    /// What a day brings: how often in a hundred days each person does what, between six in the morning and ten at
    /// night in Nairobi.
    fn plan_day(&mut self, stage: &mut Stage, town: &Town, day: u32) {
        type OfPlace = fn(usize) -> Deed;
        const HABITS: [(u64, OfPlace); 9] = [
            (45, Deed::TopUp),
            (8, Deed::TopUpByCard),
            (40, Deed::Send),
            (10, Deed::TakeOut),
            (12, Deed::Ride),
            (12, Deed::BuyDollars),
            (5, Deed::SellDollars),
            (12, Deed::BuyUgandan),
            (20, Deed::Order),
        ];
        for place in 0..town.people.len() {
            for (often, deed) in HABITS {
                if stage.in_a_hundred(often) {
                    let time = waking_hour(stage, day);
                    self.plan([(time, deed(place))]);
                }
            }
        }
        for place in 0..town.sellers.len() {
            for _ in 0..stage.below(3) {
                let time = waking_hour(stage, day);
                self.plan([(time, Deed::Sale(place))]);
            }
        }
        let at = |hours| Stage::day(day).plus_ns(hours * HOUR);
        self.plan([(at(2), Deed::Sweep), (at(20), Deed::Sweep), (at(21), Deed::KeepBooks(day)), (at(7), Deed::Play)]);
        // Every seventh day from the second on.
        if day % 7 == 1 {
            self.plan([(at(9), Deed::Payroll(day / 7))]);
        }
    }

    /// Does everything that is planned, and what follows from it before the end.
    pub(super) fn live_through(mut self, stage: &mut Stage, town: &Town) -> Result<(), Failure> {
        let begin = Stage::day(0);
        let mut progress = Progress::new("days", u64::try_from((self.end.0 - begin.0) / DAY).unwrap_or_default());
        while let Some(((time, _), deed)) = self.deeds.pop_first() {
            stage.pass_to(time);
            let later = done(stage, town, deed)?;
            let end = self.end;
            self.plan(later.into_iter().filter(|(time, _)| *time < end));
            progress.at(u64::try_from((time.0 - begin.0) / DAY).unwrap_or_default());
        }
        Ok(())
    }
}

fn waking_hour(stage: &mut Stage, day: u32) -> Timestamp {
    let seconds = 3 * 3_600 + stage.below(16 * 3_600);
    Stage::day(day).plus_ns(i64::try_from(seconds).unwrap_or_default() * 1_000_000_000)
}

fn done(stage: &mut Stage, town: &Town, deed: Deed) -> Result<Later, Failure> {
    match deed {
        Deed::TopUp(place) => people::top_up(stage, town, place),
        Deed::TopUpByCard(place) => people::top_up_by_card(stage, town, place),
        Deed::Clear(hold) => people::clear(stage, hold),
        Deed::GiveBack(hold) => people::give_back(stage, hold),
        Deed::Send(place) => people::send(stage, town, place),
        Deed::TakeOut(place) => people::take_out(stage, town, place),
        Deed::Ride(place) => people::ride(stage, town, place),
        Deed::Arrive(hold, cost) => people::arrive(stage, hold, cost),
        Deed::CallOff(hold) => people::call_off(stage, hold),
        Deed::BuyDollars(place) => people::buy_dollars(stage, town, place),
        Deed::SellDollars(place) => people::sell_dollars(stage, town, place),
        Deed::BuyUgandan(place) => people::buy_ugandan(stage, town, place),
        Deed::Sale(place) => market::sale(stage, town, place),
        Deed::Order(place) => market::order(stage, town, place),
        Deed::Refund(entry, part) => market::refund(stage, entry, part),
        Deed::Bill(place, turn) => school::bill(stage, town, place, turn),
        Deed::BeginToPay(invoice) => school::begin_to_pay(stage, invoice),
        Deed::Pay(invoice) => school::pay(stage, invoice),
        Deed::FailToPay(invoice, place, turn) => school::fail_to_pay(stage, invoice, place, turn),
        Deed::TakeBack(invoice) => school::take_back(stage, invoice),
        Deed::Payroll(week) => payroll::initiate(stage, town, week),
        Deed::Sign(payout, device) => payroll::sign(stage, town, payout, device),
        Deed::Report(payout, turn) => payroll::report(stage, payout, turn),
        Deed::Return(payout) => payroll::come_back(stage, payout),
        Deed::GiveUp(payout) => payroll::give_up(stage, payout),
        Deed::Sweep => office::sweep(stage),
        Deed::KeepBooks(day) => office::keep_books(stage, town, day),
        Deed::Play => office::play(stage, town),
        Deed::Close(end) => office::close(stage, town, end),
        Deed::LeaveOpen => office::leave_open(stage, town),
    }
}
