//! What people do: money in, money out, money to others, rides, and other currencies.

use pacioli::money::{Currency, ExchangeRate};
use pacioli::{
    Capture, Clearing, Credit, Debit, EntryKind, Exchange, HoldId, Party, PartyKind, PlaceHold, Release, Transfer,
};

use super::deed::{Deed, Later};
use super::stage::{DAY, HOUR, Stage};
use super::town::{Person, Town};
use crate::failure::Failure;

const KES: Currency = Currency::KES;

fn person(town: &Town, place: usize) -> Result<&Person, Failure> {
    town.people.get(place).ok_or_else(|| Failure::Found("there is no such person".to_owned()))
}

pub(super) fn top_up(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let person = person(town, place)?;
    let (sum, key) = (stage.sum(KES, 300, 5_000)?, stage.key("topup"));
    let reference = format!("SJ{:08X}", stage.below(1 << 32));
    let credit = Credit::new(person.wallet, person.wallet_service, sum, key).kind(EntryKind::Deposit);
    let payer = Party::masked(PartyKind::Msisdn, &person.phone);
    stage.give(credit.narrated("M-PESA top-up").paid_by(payer).referring("mpesa", reference))?;
    Ok(Later::new())
}

pub(super) fn top_up_by_card(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let person = person(town, place)?;
    let (sum, key, now) = (stage.sum(KES, 1_000, 8_000)?, stage.key("card"), stage.now());
    let credit = Credit::new(person.wallet, person.wallet_service, sum, key).kind(EntryKind::Deposit);
    let credit = credit.narrated("Card payment").clearing(Clearing::At(now.plus_ns(2 * DAY)));
    let Some(hold) = stage.give(credit)?.and_then(|receipt| receipt.hold()) else { return Ok(Later::new()) };
    Ok(match stage.below(10) {
        0 => vec![(now.plus_ns(20 * HOUR), Deed::Clear(hold))],
        1 | 2 => vec![(now.plus_ns(30 * HOUR), Deed::GiveBack(hold))],
        // The sweep clears it.
        _ => Later::new(),
    })
}

pub(super) fn clear(stage: &mut Stage, hold: HoldId) -> Result<Later, Failure> {
    let key = stage.key("clear");
    stage.give(Release::whole(hold).keyed(key).narrated("Settled early"))?;
    Ok(Later::new())
}

pub(super) fn give_back(stage: &mut Stage, hold: HoldId) -> Result<Later, Failure> {
    let key = stage.key("returned");
    stage.give(Capture::whole(hold).keyed(key).narrated("The card's bank took it back"))?;
    Ok(Later::new())
}

pub(super) fn send(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let payer = person(town, place)?;
    let others = town.people.len() as u64 - 1;
    let other = (place + 1 + usize::try_from(stage.below(others)).unwrap_or_default()) % town.people.len();
    let payee = person(town, other)?;
    let (sum, key) = (stage.sum(KES, 50, 2_500)?, stage.key("send"));
    let why = ["Rent share", "Lunch", "For the harambee", "Fare", "Thank you"];
    let why = why.get(usize::try_from(stage.below(5)).unwrap_or_default()).copied().unwrap_or_default();
    let transfer = Transfer::new(payer.wallet, payee.wallet, payer.sending, sum, key);
    let sent = stage.give(transfer.narrated(format!("{why}, to {}", payee.name)))?;
    let mistaken = stage.in_a_hundred(4);
    let later = sent.filter(|_| mistaken).map(|sent| {
        let next_day = sent.recorded_at().plus_ns(DAY);
        (next_day, Deed::Refund(sent.sequence(), None))
    });
    Ok(later.into_iter().collect())
}

pub(super) fn take_out(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let person = person(town, place)?;
    let (sum, key) = (stage.sum(KES, 200, 3_000)?, stage.key("out"));
    let debit = Debit::new(person.wallet, person.wallet_service, sum, key).kind(EntryKind::Payout);
    let payee = Party::masked(PartyKind::Msisdn, &person.phone);
    stage.give(debit.narrated("To M-PESA").paid_to(payee))?;
    Ok(Later::new())
}

pub(super) fn ride(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let person = person(town, place)?;
    let (most, key, now) = (stage.sum(KES, 300, 1_500)?, stage.key("ride"), stage.now());
    let cost = Debit::new(person.wallet, person.wallet_service, most, key).kind(EntryKind::Payout);
    let hold = PlaceHold::new(cost.narrated("Boda ride")).until(now.plus_ns(12 * HOUR));
    let Some(hold) = stage.give(hold)?.and_then(|receipt| receipt.hold()) else { return Ok(Later::new()) };
    let later = now.plus_ns(HOUR);
    Ok(match stage.below(20) {
        0..8 => vec![(later, Deed::Arrive(hold, Some(stage.sum(KES, 100, 280)?)))],
        8..14 => vec![(later, Deed::Arrive(hold, None))],
        14..17 => vec![(later, Deed::CallOff(hold))],
        // Nobody says anything, and it expires.
        _ => Later::new(),
    })
}

pub(super) fn arrive(stage: &mut Stage, hold: HoldId, cost: Option<pacioli::money::Money>) -> Result<Later, Failure> {
    let key = stage.key("arrived");
    stage.give(match cost {
        Some(cost) => Capture::part(hold, cost, key).last(),
        None => Capture::whole(hold).keyed(key),
    })?;
    Ok(Later::new())
}

pub(super) fn call_off(stage: &mut Stage, hold: HoldId) -> Result<Later, Failure> {
    let key = stage.key("called-off");
    stage.give(Release::whole(hold).keyed(key))?;
    Ok(Later::new())
}

/// The day's rate of a dollar, in hundredths of a shilling.
fn dollar(stage: &Stage) -> u64 {
    let day = u64::try_from((stage.now().0 - Stage::day(0).0) / DAY).unwrap_or_default();
    12_900 + day * 37 % 90
}

pub(super) fn buy_dollars(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let person = person(town, place)?;
    let Some(dollars) = person.dollars else { return Ok(Later::new()) };
    let (sum, key) = (stage.sum(Currency::USD, 10, 30)?, stage.key("fx"));
    let rate = ExchangeRate::ratio(100, dollar(stage) + 50)?;
    let exchange = Exchange::buy(person.wallet, dollars, person.changing.0, sum, key);
    stage.give(exchange.at(rate).narrated("Dollars bought"))?;
    Ok(Later::new())
}

pub(super) fn sell_dollars(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let person = person(town, place)?;
    let (Some(dollars), Some(service)) = (person.dollars, person.changing.1) else { return Ok(Later::new()) };
    let (sum, key) = (stage.sum(Currency::USD, 10, 20)?, stage.key("fx"));
    let rate = ExchangeRate::ratio(dollar(stage) - 50, 100)?;
    let exchange = Exchange::sell(dollars, person.wallet, service, sum, key);
    stage.give(exchange.at(rate).narrated("Dollars sold"))?;
    Ok(Later::new())
}

pub(super) fn buy_ugandan(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let person = person(town, place)?;
    let Some(ugandan) = person.ugandan else { return Ok(Later::new()) };
    let (sum, key) = (stage.sum(KES, 100, 1_000)?, stage.key("fx"));
    let exchange = Exchange::sell(person.wallet, ugandan, person.changing.0, sum, key);
    stage.give(exchange.at(ExchangeRate::ratio(2_765, 100)?).narrated("For Kampala"))?;
    Ok(Later::new())
}
