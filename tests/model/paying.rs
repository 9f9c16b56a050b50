//! Random commands about devices and payouts: signatures are real, and a good share of them is of something else.

use pacioli::money::{Currency, Money};
use pacioli::{
    Account, AccountId, AccountStatus, Approvers, Beneficiary, ClientId, Device, DeviceId, Expiry, NewDevice,
    NewPayout, NewPayoutItem, Nonce, Party, PartyKind, PayoutChange, PayoutId, PayoutItem, PayoutItemChange,
    PayoutItemId, PayoutItemState, PayoutItemStep, PayoutPreview, PayoutState, PayoutStep, Provider, PublicKey,
    RevokeDevice, RotateDevice, ServiceId, SignedApproval, Timestamp,
};

use super::commands::{World, rewritten};
use super::limits::available;
use super::naive::{Ask, Naive};
use super::payouts::{self, Batch};
use super::{devices, signing};

const CODES: [&str; 8] = ["TS100", "TS100", "TF103", "TF104", "TF105", "TF106", "TH107", ""];
const HOUR_NS: i64 = 3_600_000_000_000;
const DAY_NS: i64 = 24 * HOUR_NS;

/// Devices.
impl World {
    /// Two of each of the first three clients.
    pub fn first_devices(&mut self) -> Vec<Ask> {
        let clients = [1, 1, 2, 2, 3, 3].map(ClientId);
        clients.into_iter().map(|client| Ask::of(NewDevice::new(client, self.fresh_key(), "till"))).collect()
    }

    fn fresh_key(&mut self) -> PublicKey {
        self.keys += 1;
        signing::public(self.keys - 1)
    }

    fn public_key(&mut self) -> PublicKey {
        match self.random.below(20) {
            0 | 1 => self.random.one(&signing::BAD_KEYS).unwrap().0,
            2 | 3 => signing::public(self.random.below(self.keys as u64) as usize),
            _ => self.fresh_key(),
        }
    }

    pub fn device(&mut self, model: &Naive) -> Ask {
        let known = devices::all(&model.entries);
        let active: Vec<&Device> = known.iter().filter(|device| device.is_active()).collect();
        let key = self.record_key(model);
        let one = self.random.one(&active).map(|device| device.id).filter(|_| self.random.percent(85));
        let other = DeviceId(self.random.below(known.len() as u64 + 2));
        let device = one.unwrap_or(other);
        // Enough must stay for payouts to be approved.
        match self.random.weighted(&[if known.len() < 40 { 10 } else { 2 }, 8, if active.len() > 5 { 5 } else { 1 }]) {
            0 => {
                let label = match self.random.below(30) {
                    0 => " ".to_owned(),
                    1 => "l".repeat(257),
                    number => format!("till {}", number % 4),
                };
                let mut given = NewDevice::new(self.client(model), self.public_key(), label);
                given.key = key;
                Ask::of(given)
            }
            1 => {
                let mut given = RotateDevice::new(device, self.public_key());
                given.key = key;
                Ask::of(given)
            }
            _ => {
                let mut given = RevokeDevice::new(device);
                given.reason = self.reason();
                given.key = key;
                Ask::of(given)
            }
        }
    }

    fn reason(&mut self) -> Option<String> {
        self.some(40, |world| "why".repeat(if world.random.percent(96) { 1 } else { 700 }))
    }
}

/// Payouts.
impl World {
    pub fn pay(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let all = payouts::all(&model.entries);
        let latest: Vec<Batch> = all.iter().rev().take(14).cloned().collect();
        let of = |states: &[PayoutState]| -> Vec<Batch> {
            latest.iter().filter(|batch| states.contains(&batch.payout.state)).cloned().collect()
        };
        let waiting = of(&[PayoutState::PreviewAndApprove]);
        let running = of(&[PayoutState::Approved, PayoutState::Processing]);
        let (approve, step) = (if waiting.is_empty() { 3 } else { 45 }, if running.is_empty() { 4 } else { 70 });
        match self.random.weighted(&[if waiting.len() > 5 { 10 } else { 35 }, approve, step, 12]) {
            0 => self.initiate(model, now),
            1 => {
                let of = if self.random.percent(90) { &waiting } else { &latest };
                match self.random.one(of) {
                    Some(batch) => self.approve(model, &batch, &latest),
                    None => Ask::of(SignedApproval::new(self.payout_id(all.len()), [7; 64])),
                }
            }
            2 => {
                let of = if self.random.percent(88) { &running } else { &latest };
                let batch = self.random.one(of);
                self.item_step(batch.as_ref(), all.len(), now)
            }
            _ => self.whole_step(&latest, all.len()),
        }
    }

    /// Of so many, one too many too.
    fn payout_id(&mut self, known: usize) -> PayoutId {
        PayoutId(self.random.one(&[0, 1, 1 << 48, u64::MAX, known as u64, known as u64 + 1]).unwrap())
    }

    fn initiate(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let (service, source) = self.service_and_account(model);
        let source = self.richest(model, service).filter(|_| self.random.percent(70)).unwrap_or(source);
        let record = model.service(service).ok();
        let client = record.map_or(ClientId(1), |service| service.terms.client);
        let known = devices::all(&model.entries);
        let (own, others): (Vec<&Device>, Vec<&Device>) = known.iter().partition(|device| device.client == client);
        let active: Vec<DeviceId> = own.iter().filter(|device| device.is_active()).map(|device| device.id).collect();
        let any = DeviceId(self.random.below(known.len() as u64 + 2));
        let device = self.random.one(&active).filter(|_| self.random.percent(94)).unwrap_or(any);
        let currency = record.and_then(|service| model.book(service.terms.book).ok()).map(|book| book.currency);
        let currency = currency.filter(|_| self.random.percent(98)).unwrap_or(Currency::USD);
        let provider = match self.random.below(80) {
            0..=11 => Provider::INTASEND,
            12 => Provider::new(self.random.one(&["", " "]).unwrap()),
            13 => Provider::new("p".repeat(257)),
            14..=30 => Provider::new("BANK"),
            _ => Provider::MPESA_B2C,
        };
        let mut given = NewPayout::new(device, service, source, provider, currency);
        let items = match self.random.below(60) {
            0 => 0,
            1 if self.random.percent(30) => 501,
            2 => 12,
            _ => 1 + self.random.below(4),
        };
        given.items = (0..items).map(|_| self.item(model, &given, currency)).collect();
        given.expiry = match self.random.below(30) {
            0 => Expiry::After(self.random.one(&[0, -1, 30 * DAY_NS + 1, i64::MAX]).unwrap()),
            1 => Expiry::At(Timestamp(now.0 + self.random.below(40) as i64 - 20)),
            2 => Expiry::At(Timestamp(now.0 + HOUR_NS)),
            3 => Expiry::After(30 * DAY_NS),
            4..=8 => Expiry::After(1 + self.random.below(8_000_000) as i64),
            12 | 13 => Expiry::After(HOUR_NS),
            _ => Expiry::DEFAULT,
        };
        given.approvers = self.some(45, |world| {
            let mut named = active.clone();
            // Nobody can foresee who will be asked first.
            for place in (1..named.len()).rev() {
                named.swap(place, world.random.below(place as u64 + 1) as usize);
            }
            named.truncate(1 + world.random.below(3) as usize);
            match world.random.below(40) {
                0 => named.push(any),
                1 => named.extend(named.first().copied()),
                2 => named.extend(world.random.one(&others).map(|device| device.id)),
                3 if world.random.percent(50) => named = (1..=17).map(DeviceId).collect(),
                _ => {}
            }
            let needed = match world.random.below(40) {
                0 => 0,
                1 => named.len() as u16 + 1,
                _ => 1 + world.random.below(named.len() as u64) as u16,
            };
            Approvers { needed, devices: named }
        });
        given.metadata = self.payout_facts();
        given.reserve_on_initiate = self.random.percent(30);
        let keyed = if given.reserve_on_initiate { 97 } else { 40 };
        given.key = self.some(keyed, |world| world.key(model).into());
        Ask::of(given)
    }

    /// Of the accounts that a service can be used for, the one that has the most.
    fn richest(&self, model: &Naive, service: ServiceId) -> Option<AccountId> {
        let terms = &model.service(service).ok()?.terms;
        let own = model.accounts.iter().filter(|account| account.client == Some(terms.client));
        let own = own.filter(|account| account.book == terms.book && account.status == AccountStatus::Active);
        let has = |account: &Account| available(model.balance(account.id), account.normal_side);
        own.max_by_key(|account| has(account)).map(|account| account.id)
    }

    fn payout_facts(&mut self) -> pacioli::Metadata {
        let pairs = self.random.one(&[0, 0, 0, 0, 1, 2]).unwrap();
        let pairs = if self.random.percent(1) { 65 } else { pairs };
        (0..pairs).map(|at| (format!("fact{at}"), format!("{}", self.random.below(9)))).collect()
    }

    fn item(&mut self, model: &Naive, payout: &NewPayout, currency: Currency) -> NewPayoutItem {
        let inside = if payout.provider.is_internal() { 88 } else { 35 };
        let beneficiary = if self.random.percent(inside) {
            Beneficiary::Account(self.payee(model, payout.service, payout.source))
        } else {
            let display = match self.random.below(120) {
                0 => " ".to_owned(),
                1 => "2".repeat(129),
                _ => format!("25472200011{}", self.random.below(4)),
            };
            let party = Party::shown(PartyKind::Msisdn, display);
            Beneficiary::External(self.perhaps_known(party, 8))
        };
        let units = match self.random.below(40) {
            0 => return NewPayoutItem::new(beneficiary, self.money(currency)),
            1..=3 => self.random.below(2_000) as i128 + 1,
            _ => self.random.below(40) as i128 + 1,
        };
        let mut item = NewPayoutItem::new(beneficiary, currency.minor(units).unwrap());
        if self.random.percent(5) {
            item.amount = rewritten(item.amount, 4);
        }
        let mut text = |right: &str, wrong: &str| {
            let text = if self.random.percent(96) { right } else { wrong }.to_owned();
            self.random.percent(25).then_some(text)
        };
        item.name = text("Jane", " ");
        item.narrative = text("pay", &"p".repeat(513));
        item.reference = text("r1", "");
        item
    }

    /// Mostly another account of the service's client.
    fn payee(&mut self, model: &Naive, service: ServiceId, source: AccountId) -> AccountId {
        let mut payee = self.account_near(model, service);
        for _ in 0..8 {
            if self.random.percent(if payee == source { 90 } else { 40 }) {
                payee = self.own_account(model, service).unwrap_or(payee);
            }
        }
        payee
    }

    fn approve(&mut self, model: &Naive, batch: &Batch, latest: &[Batch]) -> Ask {
        let Batch { payout, items } = batch;
        let unsigned = payouts::unsigned(&model.entries, payout);
        let may: Vec<&Device> = unsigned.iter().filter(|device| device.is_active()).collect();
        let known = devices::all(&model.entries);
        let any = if self.random.percent(60) {
            self.random.one(&payout.approvers.devices).unwrap()
        } else {
            DeviceId(self.random.below(known.len() as u64 + 2))
        };
        let by = self.random.one(&may).map(|device| device.id).filter(|_| self.random.percent(90)).unwrap_or(any);
        let keys: Vec<PublicKey> = known
            .iter()
            .filter(|device| device.id == by)
            .flat_map(|device| device.keys.iter().map(|key| key.public_key))
            .collect();
        let key = keys.last().copied().unwrap_or(signing::public(0));
        let of = |payout, items: &[PayoutItem], by| signing::digest(model.identity, payout, items, by);
        let right = of(payout, items, by);
        let other = self.random.one(latest).unwrap();
        let signed = |key: PublicKey, digest| signing::sign(&key, &digest).unwrap().to_vec();
        let signature = match self.random.below(45) {
            0 => signed(signing::public(self.random.below(signing::KEYS as u64) as usize), right),
            1 => signed(key, of(&other.payout, &other.items, by)),
            2 => signed(key, of(payout, items, DeviceId(by.0 + 1))),
            3 => signed(keys.first().copied().unwrap_or(key), right),
            4 => signed(key, signing::digest([7; 16], payout, items, by)),
            5 => {
                let mut items = items.clone();
                items[0].amount = pacioli::money::Amount::minor(items[0].amount.signed() / 2).unwrap();
                signed(key, of(payout, &items, by))
            }
            6 => signed(key, of(&pacioli::Payout { nonce: Nonce([7; 16]), ..payout.clone() }, items, by)),
            7 => {
                let mut signature = signed(key, right);
                let bit = self.random.below(512) as usize;
                signature[bit / 8] ^= 1 << (bit % 8);
                signature
            }
            8 => signing::malleated(signed(key, right).try_into().unwrap()).to_vec(),
            9 => signed(key, right)[..self.random.one(&[0, 32, 63]).unwrap()].to_vec(),
            10 => [signed(key, right), vec![0]].concat(),
            _ => signed(key, right),
        };
        let mut given = SignedApproval::new(payout.id, signature);
        given.device = (by != payout.device || self.random.percent(50)).then_some(by);
        given.echo = self.some(20, |world| Box::new(world.echo(payouts::preview(model.identity, batch), other, model)));
        Ask::of(given)
    }

    /// What is sent back, perhaps changed, or of another payout.
    fn echo(&mut self, mut echo: PayoutPreview, other: Batch, model: &Naive) -> PayoutPreview {
        let item = self.random.below(echo.items.len() as u64) as usize;
        match self.random.below(30) {
            0 => return payouts::preview(model.identity, &other),
            1 => echo.ledger = Nonce([7; 16]),
            2 => echo.total = echo.charge_estimate,
            3 => echo.items[item].amount = echo.total_amount_estimate,
            4 => drop(echo.items.pop()),
            5 => echo.items[item].beneficiary = Beneficiary::Account(AccountId(1)),
            6 => echo.approvers.needed += 1,
            7 => echo.items[item].narrative = Some("otherwise".to_owned()),
            // Where it stands is not signed.
            8 => echo.status = PayoutState::Cancelled,
            9 => echo.items[item].status = PayoutItemState::Failed,
            10 => echo.updated_at = Timestamp(0),
            _ => {}
        }
        echo
    }

    fn item_step(&mut self, batch: Option<&Batch>, known: usize, now: Timestamp) -> Ask {
        let Some(Batch { payout, items }) = batch.filter(|_| self.random.percent(98)) else {
            let id = PayoutItemId::new(self.payout_id(known), self.random.one(&[0, 1, 2, 4_096, 4_097]).unwrap());
            return Ask::of(PayoutItemChange::start(id));
        };
        let open: Vec<PayoutItem> = items.iter().filter(|item| payouts::is_open(item.state)).cloned().collect();
        let paid = items.iter().filter(|item| item.state == PayoutItemState::Successful).cloned();
        let paid: Vec<PayoutItem> = paid.collect();
        let of = match self.random.below(20) {
            0 | 1 => items,
            2..=5 => &paid,
            _ => &open,
        };
        let item = self.random.one(of).or_else(|| self.random.one(items)).unwrap();
        use PayoutItemState as S;
        let settle = PayoutItemStep::Settle { charge: None };
        let (start, fail, cancel) = (PayoutItemStep::Start, PayoutItemStep::Fail, PayoutItemStep::Cancel);
        let (lose, back) = (PayoutItemStep::Unknown, PayoutItemStep::Return);
        let steps = match item.state {
            S::Pending => vec![start, start, start, cancel],
            S::Processing => vec![settle, settle, settle, settle, fail, fail, cancel, lose, lose],
            S::Unknown => vec![settle, settle, fail, cancel],
            S::Successful => vec![back],
            S::Failed | S::Cancelled | S::Returned => vec![start, settle, fail, cancel, lose, back],
        };
        let all = [start, settle, fail, cancel, lose, back];
        let step = if self.random.percent(90) { self.random.one(&steps) } else { self.random.one(&all) };
        let mut step = step.unwrap();
        if let PayoutItemStep::Settle { charge } = &mut step {
            *charge = self.some(50, |world| world.told_charge(&item, payout.currency));
        }
        let number = if self.random.percent(98) { item.id.number } else { payout.items + 1 };
        let mut given = PayoutItemChange::new(PayoutItemId::new(payout.id, number), step);
        given.code = self.some(25, |world| world.random.one(&CODES).unwrap().to_owned());
        (given.reason, given.effective_at) = (self.reason(), self.effective(now));
        Ask::of(given)
    }

    fn told_charge(&mut self, item: &PayoutItem, currency: Currency) -> Money {
        let estimate = item.charge.fee.signed() + item.charge.tax.signed();
        let told = |minor| currency.minor(minor).unwrap_or(currency.zero());
        match self.random.below(16) {
            0 | 14 | 15 => told(estimate + 1),
            1 => told(-1),
            2 => Currency::GBP.zero(),
            3 => rewritten(told(estimate / 2), 4),
            4 => Currency::KES.with_scale(4).unwrap().minor(1).unwrap(),
            5 | 6 => told(0),
            7 | 8 => told(estimate),
            9 => told(estimate - 1),
            _ => told(self.random.below(u64::try_from(estimate).unwrap_or(u64::MAX)) as i128),
        }
    }

    fn whole_step(&mut self, latest: &[Batch], known: usize) -> Ask {
        use PayoutStep as P;
        let batch = self.random.one(latest).filter(|_| self.random.percent(97));
        let (payout, step) = match batch {
            Some(Batch { payout, .. }) => {
                let steps = match payout.state {
                    PayoutState::PreviewAndApprove => vec![P::Cancel, P::Expire, P::Expire],
                    PayoutState::Approved => vec![P::End],
                    _ => vec![P::Cancel, P::End, P::Expire],
                };
                (payout.id, self.random.one(&steps).unwrap())
            }
            None => (self.payout_id(known), P::Cancel),
        };
        let step =
            if self.random.percent(8) { self.random.one(&[P::Cancel, P::End, P::Expire]).unwrap() } else { step };
        Ask::of(PayoutChange { payout, step, reason: self.reason() })
    }
}
