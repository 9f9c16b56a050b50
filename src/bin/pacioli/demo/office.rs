//! What the operator does: settles what is due, corrects, changes terms, closes the period; and what the last day leaves.

use pacioli::money::Currency;
use pacioli::{
    AccountChange, AccountClass, AccountStatus, AccountTypeRule, ChannelChange, ClientChange, ClosePeriod,
    CounterpartyChange, Credit, Debit, EntryKind, Erase, Fee, LimitChange, Listing, NewCounterparty, NewDevice,
    NewMonitor, PartyKind, PlaceHold, Post, PublicKey, RetireLimit, RetireMonitor, RevokeDevice, RotateDevice,
    ServiceChange, SetQuota, Side, SystemAccount, Tariff, Timestamp, Transfer,
};

use super::deed::Later;
use super::stage::{DAY, Stage, whole};
use super::town::{CHANNEL, Town};
use super::{market, payroll, people, school};
use crate::failure::Failure;

const KES: Currency = Currency::KES;
/// The most that one sweep settles at a time.
const SWEPT: usize = 1_000;

pub(super) fn sweep(stage: &mut Stage) -> Result<Later, Failure> {
    while stage.ledger.settle_due(stage.now(), SWEPT)?.len() == SWEPT {}
    Ok(Later::new())
}

/// Entries by hand, and changes of what there is: each on its day, for the first time on the first.
pub(super) fn keep_books(stage: &mut Stage, town: &Town, day: u32) -> Result<Later, Failure> {
    match day {
        0 => open(stage, town)?,
        1 => correct(stage, town)?,
        2 => enlarge(stage, town)?,
        3 => block(stage, town)?,
        4 => limits(stage, town)?,
        5 => unblock(stage, town)?,
        8 => tablet(stage, town)?,
        9 => acquaintances(stage, town)?,
        10 => reprice(stage, town)?,
        _ => {}
    }
    if day % 7 == 6 {
        earn(stage, town, day)?;
    }
    Ok(Later::new())
}

/// The market may have more accounts, there is a new type of them, and the school's channel takes dollars too.
fn enlarge(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    stage.give(AccountTypeRule::new("SAVINGS", AccountClass::Liability))?;
    stage.give(SetQuota::new(town.market.client, town.kes.id, 20).keyed("quota-market"))?;
    let taking = ChannelChange::taking([Currency::KES, Currency::USD]).keyed("channel-mpesa-2");
    stage.give((CHANNEL, taking))?;
    Ok(())
}

/// One limit is raised, another ends; and so does a monitor that told too much.
fn limits(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    let view = stage.ledger.view()?;
    if let [one, other, ..] = town.people.as_slice() {
        if let Some(limit) = view.limits(one.client)?.first() {
            stage.give(LimitChange::of(limit.id).count(Some(5)).keyed("limit-raised"))?;
        }
        if let Some(limit) = view.limits(other.client)?.first() {
            stage.give(RetireLimit::of(limit.id).keyed("limit-ended"))?;
        }
    }
    let monitor = NewMonitor::new(town.school.account, whole(KES, 50_000)?).keyed("monitor-school");
    if let Some(monitor) = stage.give(monitor)?.and_then(|receipt| receipt.monitor()) {
        stage.give(RetireMonitor::of(monitor).keyed("monitor-school-ended"))?;
    }
    Ok(())
}

/// A device that signed nothing: its key is exchanged, and then it is lost.
fn tablet(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    let key = |number| PublicKey(stage.signing_key(number).verifying_key().to_bytes());
    let (first, second) = (key(10), key(11));
    let tablet = NewDevice::new(town.employer.client, first, "Tablet").keyed("device-tablet");
    let Some(tablet) = stage.give(tablet)?.and_then(|receipt| receipt.device()) else { return Ok(()) };
    stage.give(RotateDevice::new(tablet, second).keyed("device-tablet-2"))?;
    stage.give(RevokeDevice::new(tablet).because("Left in a matatu").keyed("device-tablet-3"))?;
    Ok(())
}

/// The school's stationer has another telephone, and the employer's cook wants to be forgotten.
fn acquaintances(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    let view = stage.ledger.view()?;
    let known = |client| view.counterparties(client, Listing::first(1)).map(|page| page.items);
    let (stationer, cook) = (known(town.school.client)?, known(town.employer.client)?);
    if let [stationer] = stationer.as_slice() {
        let change = CounterpartyChange { phone: Some("+254733000778".to_owned()), ..CounterpartyChange::default() };
        stage.give((stationer.id, change.keyed("known-changed")))?;
    }
    if let [cook] = cook.as_slice() {
        stage.give(Erase::Counterparty(cook.id))?;
    }
    Ok(())
}

/// What the market's operations cost from now on.
fn reprice(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    let fee = Fee::Fixed(whole(KES, 15)?.amount()?);
    let change = ServiceChange { tariff: Some(Tariff::Flat(fee)), ..ServiceChange::default() };
    stage.give((town.market.service, change.keyed("market-tariff-2")))?;
    Ok(())
}

/// Opening balances: what the firms had before.
fn open(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    let (outside, began) = (town.kes.system(SystemAccount::External), Stage::day(0));
    for (key, firm, units) in
        [("market", &town.market, 250_000), ("school", &town.school, 40_000), ("works", &town.employer, 120_000)]
    {
        let sum = whole(KES, units)?;
        let post = Post::new(format!("opening-{key}")).kind(EntryKind::Opening).debit(outside, sum);
        stage.give(post.credit(firm.account, sum).effective(began).narrated("Balance brought forward"))?;
    }
    for (client, kind, value, name) in [
        (town.school.client, PartyKind::Bank, "01-114-0042117", "Twiga Stationers"),
        (town.employer.client, PartyKind::Msisdn, "+254733000777", "Mama Mboga"),
    ] {
        let counterparty = NewCounterparty::new(client, kind, value).named(name).keyed(format!("known-{name}"));
        stage.give(counterparty)?;
    }
    Ok(())
}

/// A sum of which nobody knew whose it was, and where it went; and what the market pays for its premises.
fn correct(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    let (outside, suspense) = (town.kes.system(SystemAccount::External), town.kes.system(SystemAccount::Suspense));
    let sum = whole(KES, 1_750)?;
    let found = Post::new("found-1").debit(outside, sum).credit(suspense, sum).kind(EntryKind::Adjustment);
    stage.give(found.narrated("Paid in without a reference"))?;
    let owner = Post::new("found-1-owner").debit(suspense, sum).credit(town.school.account, sum);
    stage.give(owner.kind(EntryKind::Adjustment).narrated("It was the school's"))?;
    let (rent, key) = (whole(KES, 35_000)?, "market-rent");
    let rent = Debit::new(town.market.account, town.market.float, rent, key).kind(EntryKind::Payout);
    stage.give(rent.narrated("Rent of the hall, October"))?;
    Ok(())
}

fn block(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    if let Some(person) = town.people.get(2) {
        let change = AccountChange::block(Side::Debit, "A telephone was stolen").keyed("block-1");
        stage.give((person.wallet, change))?;
    }
    Ok(())
}

fn unblock(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    if let Some(person) = town.people.get(2) {
        stage.give((person.wallet, AccountChange::unblock(Side::Debit).keyed("unblock-1")))?;
    }
    Ok(())
}

/// What was earned is taken to the market's own account.
fn earn(stage: &mut Stage, town: &Town, day: u32) -> Result<(), Failure> {
    let income = town.kes.system(SystemAccount::FeeIncome);
    let earned = stage.ledger.view()?.balance(income)?.current;
    if earned.is_positive() {
        let post = Post::new(format!("earned-{day}")).debit(income, earned).credit(town.market.account, earned);
        stage.give(post.kind(EntryKind::Adjustment).narrated("Fees of the week"))?;
    }
    Ok(())
}

pub(super) fn play(stage: &mut Stage, town: &Town) -> Result<Later, Failure> {
    let (buyer, shop, service) = town.play;
    let (sum, key) = (stage.sum(town.sandbox.currency, 100, 900)?, stage.key("play"));
    stage.give(Credit::new(buyer, service, sum, format!("{key}-in")).kind(EntryKind::Deposit))?;
    stage.give(Transfer::new(buyer, shop, service, sum, key).narrated("A test order"))?;
    Ok(Later::new())
}

/// Closes all real books up to the end of the day before.
pub(super) fn close(stage: &mut Stage, town: &Town, end: Timestamp) -> Result<Later, Failure> {
    sweep(stage)?;
    for book in [&town.kes, &town.usd, &town.ugx] {
        stage.give(ClosePeriod::new(book.id, end.plus_ns(-1), format!("close-{}", book.name)))?;
    }
    Ok(Later::new())
}

/// Something of everything that can be open; and somebody leaves.
pub(super) fn leave_open(stage: &mut Stage, town: &Town) -> Result<Later, Failure> {
    for place in 0..4 {
        // What follows would come after the last day.
        drop(people::top_up(stage, town, place)?);
        drop(people::top_up_by_card(stage, town, place)?);
        drop(people::ride(stage, town, place)?);
        drop(school::bill(stage, town, place, 90)?);
    }
    drop(market::sale(stage, town, 0)?);
    let deposit = whole(KES, 5_000)?;
    let deposit = Debit::new(town.market.account, town.market.float, deposit, "hall-deposit").narrated("Hall, deposit");
    stage.give(PlaceHold::new(deposit))?;
    let funds = Credit::new(town.employer.account, town.employer.float, whole(KES, 200_000)?, "funds-last");
    stage.give(funds.kind(EntryKind::Deposit).narrated("From the bank"))?;
    if let Some(signed) = payroll::new(stage, town, "advance")? {
        drop((payroll::sign(stage, town, signed, 0)?, payroll::sign(stage, town, signed, 2)?));
        drop(payroll::report(stage, signed, 0)?);
    }
    if let Some(waiting) = payroll::new(stage, town, "bonus")? {
        drop(payroll::sign(stage, town, waiting, 1)?);
    }
    stage.pass_to(stage.now().plus_ns(DAY / 24));
    leave(stage, town)?;
    let seen = stage.ledger.view()?.sequence();
    let acknowledged = stage.ledger.acknowledge("webhooks", seen);
    stage.seen(acknowledged)?;
    Ok(Later::new())
}

fn leave(stage: &mut Stage, town: &Town) -> Result<(), Failure> {
    let inactive = ClientChange { active: Some(false), ..ClientChange::default() };
    stage.give((town.leaver, inactive.keyed("leaver-inactive")))?;
    let erased = stage.ledger.erase_client(town.leaver);
    stage.seen(erased)?;
    if let Some(account) = town.people.last().and_then(|person| person.ugandan.or(person.dollars)) {
        // Refused where something is in it.
        let closed = AccountChange::status(AccountStatus::Closed, "Not needed any more").keyed("closed-1");
        stage.give((account, closed))?;
    }
    Ok(())
}
