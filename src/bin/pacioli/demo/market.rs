//! What happens on the marketplace: sales by card and out of wallets, and refunds.

use pacioli::money::{Currency, Money};
use pacioli::{Credit, EntryKind, Party, PartyKind, Reverse, Sequence, Transfer};

use super::deed::{Deed, Later};
use super::stage::{DAY, Stage, whole};
use super::town::Town;
use crate::failure::Failure;

pub(super) fn sale(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let Some(seller) = town.sellers.get(place) else { return Ok(Later::new()) };
    let (sum, key) = (stage.sum(Currency::KES, 500, 9_000)?, stage.key("order"));
    let sale = Credit::new(seller.wallet, seller.sales, sum, key.clone()).kind(EntryKind::Sale);
    let payer = Party::shown(PartyKind::Name, "A customer");
    let sale = sale.narrated(format!("Order {key}")).paid_by(payer).referring("order", key);
    let Some(sold) = stage.give(sale)? else { return Ok(Later::new()) };
    let when = sold.recorded_at().plus_ns(2 * DAY);
    Ok(match stage.below(25) {
        0 => vec![(when, Deed::Refund(sold.sequence(), None))],
        1 | 2 => vec![(when, Deed::Refund(sold.sequence(), Some(whole(Currency::KES, 250)?)))],
        _ => Later::new(),
    })
}

pub(super) fn order(stage: &mut Stage, town: &Town, place: usize) -> Result<Later, Failure> {
    let sellers = town.sellers.len() as u64;
    let seller = usize::try_from(stage.below(sellers)).unwrap_or_default();
    let (Some(person), Some(seller)) = (town.people.get(place), town.sellers.get(seller)) else {
        return Ok(Later::new());
    };
    let (sum, key) = (stage.sum(Currency::KES, 100, 1_800)?, stage.key("order"));
    let order = Transfer::new(person.wallet, seller.wallet, person.sending, sum, key.clone());
    stage.give(order.narrated(format!("Order {key}, {}", seller.name)).referring("order", key))?;
    Ok(Later::new())
}

pub(super) fn refund(stage: &mut Stage, entry: Sequence, part: Option<Money>) -> Result<Later, Failure> {
    let key = stage.key("refund");
    let refund = match part {
        Some(part) => Reverse::part(entry, part, key).narrated("Part of the goods came back"),
        None => Reverse::whole(entry).keyed(key).narrated("Taken back"),
    };
    stage.give(refund)?;
    Ok(Later::new())
}
