//! What views show of devices, payouts and counterparties, now or looking back, and which events tell of them.

use pacioli::{
    ClientId, Counterparty, CounterpartyId, Device, DeviceEvent, DeviceId, Entry, Error, Event, EventId, Listing, Page,
    PartyEvent, PartyKind, PayoutEvent, PayoutFilter, PayoutId, PayoutItemId, PayoutState, Rejection, Sequence,
    StateChange, View,
};

use super::naive::Naive;
use super::payouts::{self, Batch};
use super::random::Random;
use super::shown::{Compared, same};
use super::{devices, parties};

/// A refusal, or what was found.
fn judged<T>(result: Result<T, Error>) -> Result<T, Rejection> {
    result.map_err(|error| error.rejection().cloned().unwrap_or_else(|| panic!("the ledger failed: {error}")))
}

/// All pages of a listing.
fn pages<T>(random: &mut Random, newest: bool, page: impl Fn(Listing) -> Result<Page<T>, Error>) -> Vec<T> {
    let mut listing = Listing::first(1 + random.below(12) as usize);
    if newest {
        listing = listing.newest_first();
    }
    let mut items = Vec::new();
    loop {
        let page = page(listing.clone()).expect("the page can be read");
        items.extend(page.items);
        match page.next {
            Some(next) => listing = listing.after(next),
            None => return items,
        }
    }
}

/// `then` is the model of the view's sequence; `model` knows what has been erased since.
pub fn look(view: &View, model: &Naive, then: &Naive, random: &mut Random) -> Compared {
    devices(view, then, random)?;
    payouts(view, then, random)?;
    counterparties(view, model, then, random)?;
    events(view, then, random)
}

fn client(then: &Naive, random: &mut Random) -> ClientId {
    let known = then.clients.iter().filter(|client| client.registered_at <= then.entries.last().unwrap().recorded_at);
    let known: Vec<ClientId> = known.map(|client| client.id).collect();
    random.one(&known).unwrap_or(ClientId(1))
}

fn devices(view: &View, then: &Naive, random: &mut Random) -> Compared {
    let all = devices::all(&then.entries);
    let id = DeviceId(random.below(all.len() as u64 + 2));
    let device = all.iter().find(|device| device.id == id).cloned();
    same("a device", device.ok_or(Rejection::DeviceNotFound { device: id }), judged(view.device(id)))?;
    if then.entries.is_empty() {
        return Ok(());
    }
    let client = client(then, random);
    let own: Vec<Device> = all.into_iter().filter(|device| device.client == client).collect();
    match judged(view.devices(client)) {
        Err(Rejection::ClientNotFound { .. }) if own.is_empty() => Ok(()),
        got => same("a client's devices", Ok(own), got),
    }
}

fn payouts(view: &View, then: &Naive, random: &mut Random) -> Compared {
    let all = payouts::all(&then.entries);
    for _ in 0..4 {
        if let Some(batch) = random.one(&all) {
            of_payout(view, then, &batch)?;
        }
    }
    for batch in &all {
        let payout = &batch.payout;
        let ended = [payout.paid_total, payout.failed_total, payout.cancelled_total, payout.pending_total()];
        let ended: i128 = ended.iter().map(|sum| sum.signed()).sum();
        same("what has become of a payout, all together", payout.total.signed(), ended)?;
    }
    let other = PayoutId(all.len() as u64 + random.below(3));
    if all.iter().all(|batch| batch.payout.id != other) {
        let missing = Rejection::BatchNotFound { payout: other };
        same("no payout", Some(missing.clone()), judged(view.payout(other)).err())?;
        same("no history", Some(missing), judged(view.payout_history(other)).err())?;
        let item = PayoutItemId::new(other, 1);
        same("no item", Some(Rejection::ItemNotFound { item }), judged(view.payout_item(item)).err())?;
    }
    if then.entries.is_empty() {
        return Ok(());
    }
    use PayoutState as S;
    let states = [S::PreviewAndApprove, S::Approved, S::Processing, S::Completed, S::Failed, S::Cancelled, S::Expired];
    let (state, client, newest) = (random.one(&states).unwrap(), client(then, random), random.percent(50));
    let filters = [
        PayoutFilter::All,
        PayoutFilter::InState(state),
        PayoutFilter::OfClient(client),
        PayoutFilter::OfClientInState(client, state),
    ];
    let filter = random.one(&filters).unwrap();
    if view.client(client).is_err() {
        return Ok(());
    }
    let mut expected: Vec<_> = all.into_iter().map(|batch| batch.payout).collect();
    expected.retain(|payout| match filter {
        PayoutFilter::InState(state) => payout.state == state,
        PayoutFilter::OfClient(client) => payout.client == client,
        PayoutFilter::OfClientInState(client, state) => (payout.client, payout.state) == (client, state),
        _ => true,
    });
    if newest {
        expected.reverse();
    }
    same(&format!("payouts {filter:?}"), expected, pages(random, newest, |listing| view.payouts(filter, listing)))
}

fn of_payout(view: &View, then: &Naive, batch: &Batch) -> Compared {
    let Batch { payout, items } = batch;
    let id = payout.id;
    let preview = payouts::preview(then.identity, batch);
    for got in [view.payout(id), view.payout_tracked(&payout.tracking_id.to_string())] {
        let got = judged(got).map_err(|no| format!("payout {id}: {no}"))?;
        same("a payout", batch.clone(), Batch { payout: got.payout.clone(), items: got.items.clone() })?;
        same("a preview", &preview, &got.preview())?;
        same("a payout's total", got.payout.total_estimate(), preview.total_amount_estimate.amount().unwrap())?;
    }
    for item in items {
        same("an item", Ok(item), judged(view.payout_item(item.id)).as_ref())?;
        let referenced = view.payout_item_referenced(&item.request_reference_id.to_string());
        same("an item by its reference", Ok(item), judged(referenced).as_ref())?;
    }
    let history = payouts::history(&then.entries, id);
    same("a payout's history", Ok(history), judged(view.payout_history(id)))?;
    let tracking = payout.tracking_id.to_string();
    let refers = |entry: &&std::sync::Arc<Entry>| {
        let details = entry.posted().and_then(|posted| posted.details.as_deref());
        details.is_some_and(|details| details.references.iter().any(|reference| reference.id == tracking))
    };
    let expected: Vec<Sequence> = then.entries.iter().filter(refers).map(|entry| entry.sequence).collect();
    let page = judged(view.entries_referring("payout", &tracking, Listing::first(Listing::MOST)));
    let got = page.map(|page| page.items.iter().map(|entry| entry.sequence).collect::<Vec<_>>());
    same("the entries of a payout", Ok(expected), got)
}

fn counterparties(view: &View, model: &Naive, then: &Naive, random: &mut Random) -> Compared {
    let now = model.counterparties();
    let all = parties::all(&then.entries, &then.asked, &model.entries);
    let plain = |mut record: Counterparty| {
        record.personal.commitment = pacioli::Commitment::default();
        record
    };
    for _ in 0..4 {
        let id = random.one(&now).map(|record| record.id).filter(|_| random.percent(90));
        let id = id.unwrap_or(CounterpartyId(random.below(then.entries.len() as u64 + 3)));
        let record = all.iter().find(|record| record.id == id).cloned();
        let missing = Rejection::CounterpartyNotFound { counterparty: id };
        same("a counterparty", record.ok_or(missing), judged(view.counterparty(id)).map(plain))?;
    }
    let Some(one) = random.one(&all) else { return Ok(()) };
    // Who is known by that value now, if it was known then.
    let known = |client: ClientId, kind: PartyKind, value: &str| {
        let holder = now.iter().find(|record| {
            (record.client, record.party.kind, record.value.as_deref()) == (client, kind, Some(value))
        })?;
        all.iter().find(|record| record.id == holder.id).cloned()
    };
    let value = one.value.clone().unwrap_or("+254722000111".to_owned());
    let got = judged(view.counterparty_of(one.client, one.party.kind, &value)).map(|found| found.map(plain));
    same("who has a value", Ok(known(one.client, one.party.kind, &value)), got)?;
    let called = random.one(&["c1", "c2", "c3", "c4", "c5"]).unwrap();
    let is = |record: &&Counterparty| (record.client, record.reference.as_deref()) == (one.client, Some(called));
    let holder = now.iter().find(is);
    let expected = holder.and_then(|holder| all.iter().filter(is).find(|record| record.id == holder.id)).cloned();
    let got = judged(view.counterparty_referring(one.client, called)).map(|found| found.map(plain));
    same("who is called so", Ok(expected), got)?;
    let newest = random.percent(50);
    let mut own: Vec<Counterparty> = all.iter().filter(|record| record.client == one.client).cloned().collect();
    if newest {
        own.reverse();
    }
    let got = pages(random, newest, |listing| view.counterparties(one.client, listing));
    same("a client's counterparties", own, got.into_iter().map(plain).collect())?;
    let names = |entry: &&std::sync::Arc<Entry>| {
        let details = entry.posted().and_then(|posted| posted.details.as_deref());
        let parties = details.iter().flat_map(|details| details.from.iter().chain(&details.to));
        parties.map(|party| party.counterparty).any(|named| named == Some(one.id))
    };
    let expected: Vec<Sequence> = then.entries.iter().filter(names).map(|entry| entry.sequence).collect();
    let page = judged(view.entries_naming(one.id, Listing::first(Listing::MOST)));
    let got = page.map(|page| page.items.iter().map(|entry| entry.sequence).collect::<Vec<_>>());
    same("the entries that name a counterparty", Ok(expected), got)
}

/// What the entries after a random one told of devices, payouts and counterparties.
fn events(view: &View, then: &Naive, random: &mut Random) -> Compared {
    let after = random.below(view.sequence().0 + 1);
    let page = view.events().after(EventId::from(Sequence(after))).limit(60).page().map_err(|no| no.to_string())?;
    let until = page.items.last().map_or(after, |event| event.id.sequence.0 - 1);
    let expected: Vec<(Sequence, StateChange)> = then
        .entries
        .iter()
        .filter(|entry| (after + 1..=until).contains(&entry.sequence.0))
        .filter_map(|entry| Some((entry.sequence, change(entry)?)))
        .collect();
    let got = page.items.into_iter().filter(|event| event.id.sequence.0 <= until);
    let got = got.map(|event| (event.id.sequence, event.change)).filter(|(_, change)| concerns(change));
    same("events", expected, got.collect())
}

fn concerns(change: &StateChange) -> bool {
    use StateChange as C;
    matches!(
        change,
        C::DeviceRegistered { .. }
            | C::DeviceRotated { .. }
            | C::DeviceRevoked { .. }
            | C::PayoutInitiated { .. }
            | C::PayoutSigned { .. }
            | C::PayoutItemChanged { .. }
            | C::PayoutEnded { .. }
            | C::CounterpartyRecorded { .. }
            | C::CounterpartyChanged { .. }
            | C::CounterpartyErased { .. }
            | C::ClientErased { .. }
    )
}

fn change(entry: &Entry) -> Option<StateChange> {
    use StateChange as C;
    if let Some(event) = payouts::told(entry) {
        return Some(match event.clone() {
            PayoutEvent::Initiated(initiated) => C::PayoutInitiated {
                payout: initiated.payout,
                tracking_id: initiated.tracking_id,
                client: initiated.client,
                items: initiated.given.items.len(),
                total: initiated.total,
                charge_estimate: initiated.charge_estimate,
                expires_at: initiated.expires_at,
            },
            PayoutEvent::Approved { payout, device, complete, .. } => C::PayoutSigned { payout, device, complete },
            PayoutEvent::Item { given, charge, leaves } => C::PayoutItemChanged {
                item: given.item,
                state: payouts::state_after(given.step),
                charge: charge.fee.plus(charge.tax).unwrap(),
                code: given.code,
                reason: given.reason,
                payout_state: leaves,
            },
            PayoutEvent::Changed { given } => {
                C::PayoutEnded { payout: given.payout, state: payouts::ending(given.step), reason: given.reason }
            }
            _ => unreachable!("an event that the model does not know"),
        });
    }
    match &entry.event {
        Event::Device(event) => Some(match (**event).clone() {
            DeviceEvent::Registered { given, device } => {
                C::DeviceRegistered { device, client: given.client, label: given.label }
            }
            DeviceEvent::Rotated { given } => C::DeviceRotated { device: given.device },
            DeviceEvent::Revoked { given } => C::DeviceRevoked { device: given.device, reason: given.reason },
            _ => unreachable!("an event that the model does not know"),
        }),
        Event::Parties(event) => Some(match (**event).clone() {
            PartyEvent::CounterpartyRecorded { given, counterparty, .. } => {
                C::CounterpartyRecorded { counterparty, client: given.client }
            }
            PartyEvent::CounterpartyChanged { counterparty, client, .. } => {
                C::CounterpartyChanged { counterparty, client }
            }
            PartyEvent::CounterpartyErased { counterparty, client } => C::CounterpartyErased { counterparty, client },
            PartyEvent::ClientErased { client } => C::ClientErased { client },
            _ => unreachable!("an event that the model does not know"),
        }),
        _ => None,
    }
}
