//! How the naive ledger pays out: a payout is what the list of entries says of it, and its totals are sums over its items.

use std::sync::Arc;

use pacioli::money::{Amount, Money};
use pacioli::{
    AccountId, AccountStatus, Approval, Approvers, Beneficiary, Book, Charge, ClientId, Details, DeviceId, Effect,
    Entry, EntryKind, Event, Expiry, InitiatedPayout, NewPayout, NewPayoutItem, Nonce, Operation, Payout, PayoutChange,
    PayoutEvent, PayoutId, PayoutItem, PayoutItemChange, PayoutItemId, PayoutItemState, PayoutItemStep, PayoutPreview,
    PayoutRequest, PayoutState, PayoutStep, Posted, PreviewItem, PricedItem, Provider, Reference, Rejection, Reverses,
    Role, Service, Side, Signature, SignedApproval, Stage, SystemAccount, Timestamp, TransactionSource,
};

use super::arithmetic::{amount, multiplied_and_divided};
use super::devices;
use super::invoices::{charge, within};
use super::limits::Moved;
use super::movements::{Written, in_business, open_for, system};
use super::naive::{Judged, Keep, Line, Naive, Next, in_currency, positive};
use super::{signing, texts};

const DAY_NS: i64 = 24 * 60 * 60 * 1_000_000_000;

/// A payout and its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub payout: Payout,
    pub items: Vec<PayoutItem>,
}

/// What an entry says of a payout.
pub fn told(entry: &Entry) -> Option<&PayoutEvent> {
    match &entry.event {
        Event::Payout(event) => Some(event),
        Event::Posted(posted) => posted.effects.iter().find_map(|effect| match effect {
            Effect::Payout { event } => Some(&**event),
            _ => None,
        }),
        _ => None,
    }
}

/// The payouts after the last of the entries, in the order in which they were initiated.
pub fn all(entries: &[Arc<Entry>]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for entry in entries {
        let Some(event) = told(entry) else { continue };
        match event {
            PayoutEvent::Initiated(initiated) => batches.push(begun(initiated, entry)),
            event => {
                let batch =
                    batches.iter_mut().find(|batch| batch.payout.id == event.payout()).expect("it was initiated");
                follow(batch, event, entry);
            }
        }
    }
    batches
}

fn begun(initiated: &InitiatedPayout, entry: &Entry) -> Batch {
    let (given, at, sequence) = (initiated.given.clone(), entry.recorded_at, entry.sequence);
    let items = given.items.iter().zip(&initiated.items).zip(1..);
    let items: Vec<PayoutItem> = items
        .map(|((given, priced), number)| PayoutItem {
            id: PayoutItemId { payout: initiated.payout, number },
            request_reference_id: priced.request_reference_id,
            beneficiary: given.beneficiary.clone(),
            name: given.name.clone(),
            amount: priced.amount,
            narrative: given.narrative.clone(),
            reference: given.reference.clone(),
            charge: priced.charge,
            state: PayoutItemState::Pending,
            actual_charge: None,
            code: None,
            reason: None,
            settled_in: None,
            changed_at: at,
            changed_in: sequence,
        })
        .collect();
    let payout = Payout {
        id: initiated.payout,
        tracking_id: initiated.tracking_id,
        client: initiated.client,
        device: given.device,
        service: (given.service, initiated.service_version),
        source: given.source,
        book: initiated.book,
        currency: initiated.currency,
        provider: given.provider,
        approvers: given.approvers.unwrap_or(Approvers { needed: 1, devices: vec![given.device] }),
        reserved: given.reserve_on_initiate,
        nonce: initiated.nonce,
        expires_at: initiated.expires_at,
        metadata: given.metadata,
        items: items.len() as u16,
        open_items: items.len() as u16,
        total: initiated.total,
        charge_estimate: initiated.charge_estimate,
        state: PayoutState::PreviewAndApprove,
        approvals: Vec::new(),
        paid_total: Amount::ZERO,
        failed_total: Amount::ZERO,
        cancelled_total: Amount::ZERO,
        returned_total: Amount::ZERO,
        actual_charges: Amount::ZERO,
        reason: None,
        initiated_at: at,
        initiated_in: sequence,
        changed_at: at,
        changed_in: sequence,
    };
    Batch { payout, items }
}

/// What an event makes of a payout.
fn follow(batch: &mut Batch, event: &PayoutEvent, entry: &Entry) {
    let (at, sequence) = (entry.recorded_at, entry.sequence);
    let Batch { payout, items } = batch;
    (payout.changed_at, payout.changed_in) = (at, sequence);
    match event {
        PayoutEvent::Approved { device, key_version, signature, complete, .. } => {
            let (device, key_version, signature) = (*device, *key_version, *signature);
            payout.approvals.push(Approval { device, key_version, signature, approved_at: at, approved_in: sequence });
            if *complete {
                payout.state = PayoutState::Approved;
            }
        }
        PayoutEvent::Item { given, charge, .. } => {
            let item = &mut items[usize::from(given.item.number) - 1];
            item.state = state_after(given.step);
            if item.state == PayoutItemState::Successful {
                (item.actual_charge, item.settled_in) = (Some(*charge), Some(sequence));
            }
            item.code = given.code.clone().or(item.code.take());
            item.reason = given.reason.clone().or(item.reason.take());
            (item.changed_at, item.changed_in) = (at, sequence);
            let open = items.iter().any(|item| is_open(item.state));
            payout.state = if open { PayoutState::Processing } else { PayoutState::Completed };
            if given.step == PayoutItemStep::Return {
                payout.actual_charges = amount(payout.actual_charges.signed() - both(charge));
            } else {
                payout.actual_charges = amount(payout.actual_charges.signed() + both(charge));
            }
        }
        PayoutEvent::Changed { given } => {
            for item in items.iter_mut() {
                item.state = PayoutItemState::Cancelled;
                (item.changed_at, item.changed_in) = (at, sequence);
            }
            payout.state = ending(given.step);
            payout.reason.clone_from(&given.reason);
        }
        _ => unreachable!("an event that the model does not know"),
    }
    use PayoutItemState as S;
    let sum = |states: &[S]| {
        let of = items.iter().filter(|item| states.contains(&item.state));
        amount(of.map(|item| item.amount.signed()).sum())
    };
    payout.open_items = items.iter().filter(|item| is_open(item.state)).count() as u16;
    payout.paid_total = sum(&[S::Successful, S::Returned]);
    payout.returned_total = sum(&[S::Returned]);
    payout.failed_total = sum(&[S::Failed]);
    payout.cancelled_total = sum(&[S::Cancelled]);
}

fn both(charge: &Charge) -> i128 {
    charge.fee.signed() + charge.tax.signed()
}

pub fn state_after(step: PayoutItemStep) -> PayoutItemState {
    match step {
        PayoutItemStep::Start => PayoutItemState::Processing,
        PayoutItemStep::Settle { .. } => PayoutItemState::Successful,
        PayoutItemStep::Fail => PayoutItemState::Failed,
        PayoutItemStep::Unknown => PayoutItemState::Unknown,
        PayoutItemStep::Cancel => PayoutItemState::Cancelled,
        PayoutItemStep::Return => PayoutItemState::Returned,
    }
}

pub fn ending(step: PayoutStep) -> PayoutState {
    match step {
        PayoutStep::Cancel => PayoutState::Cancelled,
        PayoutStep::End => PayoutState::Failed,
        PayoutStep::Expire => PayoutState::Expired,
    }
}

pub fn is_open(state: PayoutItemState) -> bool {
    [PayoutItemState::Pending, PayoutItemState::Processing, PayoutItemState::Unknown].contains(&state)
}

/// Whether a payout has, or what is left of it has, something held.
pub fn is_held(payout: &Payout) -> bool {
    match payout.state {
        PayoutState::PreviewAndApprove => payout.reserved,
        state => [PayoutState::Approved, PayoutState::Processing].contains(&state),
    }
}

/// A payout as it is shown for approval.
pub fn preview(ledger: [u8; 16], Batch { payout, items }: &Batch) -> PayoutPreview {
    let money = |minor: i128| payout.currency.minor(minor).expect("an amount");
    let total: i128 = items.iter().map(|item| item.amount.signed()).sum();
    let charges: i128 = items.iter().map(|item| both(&item.charge)).sum();
    PayoutPreview {
        ledger: Nonce(ledger),
        payout: payout.id,
        tracking_id: payout.tracking_id,
        status: payout.state,
        nonce: payout.nonce,
        device: payout.device,
        client: payout.client,
        service: payout.service,
        source: payout.source,
        book: payout.book,
        currency: payout.currency,
        provider: payout.provider.clone(),
        approvers: payout.approvers.clone(),
        expires_at: payout.expires_at,
        reserved: payout.reserved,
        metadata: payout.metadata.clone(),
        items: items
            .iter()
            .map(|item| PreviewItem {
                id: item.id,
                status: item.state,
                request_reference_id: item.request_reference_id,
                beneficiary: item.beneficiary.clone(),
                name: item.name.clone(),
                amount: money(item.amount.signed()),
                narrative: item.narrative.clone(),
                reference: item.reference.clone(),
                fee: money(item.charge.fee.signed()),
                tax: money(item.charge.tax.signed()),
            })
            .collect(),
        total: money(total),
        charge_estimate: money(charges),
        total_amount_estimate: money(total + charges),
        created_at: payout.initiated_at,
        updated_at: payout.changed_at,
    }
}

/// What was sent back must be what is stored, but for where the payout and its items stand.
fn sent_back(echo: &PayoutPreview, stored: &PayoutPreview) -> Judged<()> {
    let payout = stored.payout;
    let differs = |item, field| Err(Rejection::PayloadMismatch { payout, item, field });
    macro_rules! same {
        ($item:expr, $one:expr, $other:expr; $($field:ident)*) => {
            $(if $one.$field != $other.$field {
                return differs($item, stringify!($field));
            })*
        };
    }
    same!(0, echo, stored; ledger payout tracking_id nonce device client service source book currency provider
        approvers expires_at reserved metadata);
    if echo.items.len() != stored.items.len() {
        return differs(0, "items");
    }
    for ((one, other), number) in echo.items.iter().zip(&stored.items).zip(1..) {
        same!(number, one, other; id request_reference_id beneficiary name amount narrative reference fee tax);
    }
    same!(0, echo, stored; total charge_estimate total_amount_estimate);
    Ok(())
}

/// Naming and finding.
impl Naive {
    pub fn batch(&self, payout: PayoutId) -> Judged<Batch> {
        let found = all(&self.entries).into_iter().find(|batch| batch.payout.id == payout);
        found.ok_or(Rejection::BatchNotFound { payout })
    }

    fn item(&self, item: PayoutItemId) -> Judged<(Payout, PayoutItem)> {
        let Batch { payout, items } = self.batch(item.payout)?;
        let found = items.into_iter().find(|record| record.id == item);
        Ok((payout, found.ok_or(Rejection::ItemNotFound { item })?))
    }

    /// The key of a command about payouts, and whose keys it is one of. Each step has a name of its own, so that it
    /// happens once.
    pub fn payout_name(&self, request: &PayoutRequest) -> Judged<(Option<ClientId>, Option<String>)> {
        Ok(match request {
            PayoutRequest::Initiate(given) => {
                let nameless = given.key.as_ref().is_none_or(|key| key.is_empty());
                if given.reserve_on_initiate && nameless {
                    return Err(Rejection::IdempotencyKeyRequired);
                }
                (Some(self.service(given.service)?.terms.client), given.key.clone())
            }
            PayoutRequest::Approve(given) => {
                let payout = self.batch(given.payout)?.payout;
                let device = given.device.unwrap_or(payout.device);
                let signature: String = blake3::hash(&given.signature).to_hex().chars().take(32).collect();
                (Some(payout.client), Some(format!("{}:approve:{device}:{signature}", payout.tracking_id)))
            }
            PayoutRequest::Item(given) => {
                let (payout, item) = self.item(given.item)?;
                let step = match given.step {
                    PayoutItemStep::Start => "start",
                    PayoutItemStep::Settle { .. } => "settle",
                    PayoutItemStep::Fail => "fail",
                    PayoutItemStep::Unknown => "unknown",
                    PayoutItemStep::Cancel => "cancel",
                    PayoutItemStep::Return => "return",
                };
                (Some(payout.client), Some(format!("{}:{step}", item.request_reference_id)))
            }
            PayoutRequest::Change(given) => {
                let payout = self.batch(given.payout)?.payout;
                let step = match given.step {
                    PayoutStep::Cancel => "cancel",
                    PayoutStep::End => "end",
                    PayoutStep::Expire => "expire",
                };
                (Some(payout.client), Some(format!("{}:{step}", payout.tracking_id)))
            }
            _ => unreachable!("a request that the model does not know"),
        })
    }

    /// Whether two commands about payouts under one key ask for the same.
    pub fn same_of_payouts(&self, now: &PayoutRequest, then: &PayoutRequest) -> Judged<bool> {
        let (PayoutRequest::Approve(now), PayoutRequest::Approve(then)) = (now, then) else { return Ok(now == then) };
        let batch = self.batch(then.payout)?;
        if let Some(echo) = &now.echo {
            let mut stored = preview(self.identity, &batch);
            // A signature counts in one ledger alone; that was seen when it was given.
            stored.ledger = echo.ledger;
            sent_back(echo, &stored)?;
        }
        let by = |given: &SignedApproval| given.device.unwrap_or(batch.payout.device);
        Ok((now.payout, by(now), &now.signature) == (then.payout, by(then), &then.signature))
    }

    pub fn pay_out(&self, request: &PayoutRequest, next: Next) -> Written {
        match request {
            PayoutRequest::Initiate(given) => self.initiate(given, next),
            PayoutRequest::Approve(given) => self.approve(given, next),
            PayoutRequest::Item(given) => self.step(given, next),
            PayoutRequest::Change(given) => self.end(given, next),
            _ => unreachable!("a request that the model does not know"),
        }
    }
}

/// Initiating and approving.
impl Naive {
    fn initiate(&self, given: &NewPayout, next: Next) -> Written {
        self.active_device(given.device)?;
        let service = self.usable(given.service, Operation::Debit)?;
        let client = service.terms.client;
        self.own_device(given.device, client)?;
        let book = self.book(service.terms.book)?;
        self.pays(service, given.source, book)?;
        if given.currency.code() != book.currency.code() {
            return Err(Rejection::CurrencyMismatch { expected: book.currency, given: given.currency });
        }
        texts::name("provider", given.provider.code())?;
        self.signers(given, client)?;
        let (now, latest) = (next.at, Timestamp(next.at.0.saturating_add(30 * DAY_NS)));
        let expires_at = match given.expiry {
            Expiry::At(at) => at,
            Expiry::After(ns) => Timestamp(now.0.saturating_add(ns)),
        };
        if expires_at <= now || expires_at > latest {
            return Err(Rejection::InvalidExpiry { expires_at, now, latest });
        }
        texts::metadata(&given.metadata)?;
        if given.items.is_empty() {
            return Err(Rejection::EmptyBatch);
        }
        texts::few("payout items", given.items.len(), 500)?;
        let mut shares = Vec::new();
        for (item, number) in given.items.iter().zip(1..) {
            let priced = self.priced(given, service, book, item);
            shares.push(priced.map_err(|reason| Rejection::ItemRefused { item: number, reason: Box::new(reason) })?);
        }
        let (total, charges) = sums(&shares);
        if total + both_of(charges) > Amount::MAX.signed() {
            return Err(Rejection::AmountOverflow { account: given.source });
        }
        let payout = PayoutId(all(&self.entries).len() as u64 + 1);
        let nonce = Nonce(self.nonce);
        let named = |item| signing::tracking(self.identity, payout, item, nonce);
        let event = PayoutEvent::Initiated(Box::new(InitiatedPayout {
            given: given.clone(),
            payout,
            tracking_id: named(0),
            nonce,
            client,
            book: book.id,
            currency: book.currency,
            service_version: service.version,
            expires_at,
            items: shares
                .iter()
                .zip(1..)
                .map(|(share, number)| PricedItem {
                    amount: amount(share.minor),
                    charge: Charge { fee: amount(share.charge.0), tax: amount(share.charge.1) },
                    request_reference_id: named(number),
                })
                .collect(),
            total: amount(total),
            charge_estimate: amount(both_of(charges)),
        }));
        if !given.reserve_on_initiate {
            return Ok((Event::Payout(Box::new(event)), Vec::new()));
        }
        let beneficiaries: Vec<&Beneficiary> = given.items.iter().map(|item| &item.beneficiary).collect();
        let mut posted = posted(Operation::Hold, crossing(&beneficiaries), (service.id, service.version), event);
        posted.details = Some(Box::new(referring(vec![Reference::new("payout", named(0).to_string())])));
        self.hold_all(service, given.source, &shares, posted, next)
    }

    /// The account that pays: the client's own, in business, and one from which money may leave.
    fn pays(&self, service: &Service, source: AccountId, book: &Book) -> Judged<()> {
        let account = self.account(source)?;
        if account.client != Some(service.terms.client) {
            return Err(Rejection::ServiceClientMismatch { service: service.id, account: source });
        }
        self.in_book(account, book)?;
        in_business(account)?;
        open_for(account, Side::Debit)?;
        if account.can_disburse { Ok(()) } else { Err(Rejection::DisbursementNotAllowed { account: source }) }
    }

    fn signers(&self, given: &NewPayout, client: ClientId) -> Judged<()> {
        let Some(Approvers { needed, devices }) = &given.approvers else { return Ok(()) };
        let invalid = |reason| Err(Rejection::InvalidApprovers { reason });
        texts::few("approvers", devices.len(), 16)?;
        if *needed == 0 {
            return invalid("at least one signature is needed");
        }
        if usize::from(*needed) > devices.len() {
            return invalid("more signatures are needed than there are devices");
        }
        for (place, device) in devices.iter().enumerate() {
            if devices[..place].contains(device) {
                return invalid("a device is named twice");
            }
            self.own_device(*device, client)?;
        }
        Ok(())
    }

    /// What an item comes to, and costs.
    fn priced(&self, given: &NewPayout, service: &Service, book: &Book, item: &NewPayoutItem) -> Judged<Share> {
        let outside = service.terms.pool_account.unwrap_or(system(book, SystemAccount::External));
        let payee = match &item.beneficiary {
            Beneficiary::Account(account) => {
                self.receives(service, given.source, *account, book)?;
                *account
            }
            Beneficiary::External(_) if given.provider == Provider::INTASEND => {
                return Err(Rejection::BeneficiaryNotInternal);
            }
            Beneficiary::External(party) => {
                texts::filled("beneficiary", &party.display)?;
                texts::within("beneficiary", &party.display, 128)?;
                self.named(Some(service.terms.client), party.counterparty)?;
                self.flows_out(given.source, outside, book)?;
                outside
            }
        };
        texts::name_if_any("name", &item.name)?;
        if let Some(narrative) = &item.narrative {
            texts::within("narrative", narrative, 512)?;
        }
        if let Some(reference) = &item.reference {
            texts::filled("reference", reference)?;
            texts::within("reference", reference, 128)?;
        }
        let minor = positive(item.amount, book.currency)?;
        within(service, minor)?;
        Ok(Share { payee, minor, charge: charge(service, minor)? })
    }

    fn flows_out(&self, source: AccountId, outside: AccountId, book: &Book) -> Judged<()> {
        self.flow(book, [self.account(source)?].into_iter(), [self.account(outside)?].into_iter())
    }

    /// A beneficiary inside: a client's account that money may come to.
    fn receives(&self, service: &Service, source: AccountId, payee: AccountId, book: &Book) -> Judged<()> {
        let account = self.account(payee)?;
        if payee == source {
            return Err(Rejection::SameAccount { account: payee });
        }
        if account.client != Some(service.terms.client) {
            match account.client {
                Some(owner) if service.terms.cross_client => self.active_client(owner)?,
                _ => return Err(Rejection::NotSameOwner { source_account: source, destination: payee }),
            };
        }
        self.in_book(account, book)?;
        in_business(account)?;
        open_for(account, Side::Credit)?;
        self.flows_out(source, payee, book)
    }

    fn approve(&self, given: &SignedApproval, next: Next) -> Written {
        let batch = self.batch(given.payout)?;
        let Batch { payout, items } = &batch;
        let id = payout.id;
        let by = given.device.unwrap_or(payout.device);
        let device = self.device(by)?;
        if !payout.approvers.devices.contains(&by) {
            return Err(Rejection::WrongDevice { payout: id, device: by });
        }
        self.active_device(by)?;
        let own = payout.approvals.iter().find(|approval| approval.device == by);
        match (payout.state, own) {
            (PayoutState::PreviewAndApprove, None) => {}
            (PayoutState::PreviewAndApprove, Some(own)) => {
                return Err(Rejection::AlreadyApproved { payout: id, by: own.approved_in });
            }
            (PayoutState::Approved | PayoutState::Processing | PayoutState::Completed, _) => {
                let last = payout.approvals.last().expect("it was approved");
                return Err(Rejection::AlreadyApproved { payout: id, by: last.approved_in });
            }
            (state, _) => return Err(Rejection::BatchNotApprovable { payout: id, state }),
        }
        if next.at >= payout.expires_at {
            return Err(Rejection::ApprovalExpired { payout: id, expired_at: payout.expires_at });
        }
        if let Some(echo) = &given.echo {
            sent_back(echo, &preview(self.identity, &batch))?;
        }
        let key = device.keys.last().expect("it has one");
        let right = signing::sign(&key.public_key, &signing::digest(self.identity, payout, items, by));
        let Some(right) = right.filter(|right| right[..] == given.signature) else {
            return Err(Rejection::BadSignature { device: by });
        };
        let counts = |device: DeviceId| self.active_device(device).is_ok();
        let earlier = payout.approvals.iter().filter(|approval| counts(approval.device)).count();
        let complete = earlier + 1 >= usize::from(payout.approvers.needed);
        let (key_version, signature) = (key.version, Signature(right));
        let event = PayoutEvent::Approved { payout: id, device: by, key_version, signature, complete };
        if !complete {
            return Ok((Event::Payout(Box::new(event)), Vec::new()));
        }
        // All accounts once more, as they stand now; the price stays.
        let service = self.usable(payout.service.0, Operation::Debit)?;
        let book = self.book(payout.book)?;
        self.pays(service, payout.source, book)?;
        let outside = service.terms.pool_account.unwrap_or(system(book, SystemAccount::External));
        let mut shares = Vec::new();
        for item in items {
            let (payee, stands) = match &item.beneficiary {
                Beneficiary::Account(account) => (*account, self.receives(service, payout.source, *account, book)),
                Beneficiary::External(_) => (outside, self.flows_out(payout.source, outside, book)),
            };
            let number = item.id.number;
            stands.map_err(|reason| Rejection::ItemRefused { item: number, reason: Box::new(reason) })?;
            let charge = (item.charge.fee.signed(), item.charge.tax.signed());
            shares.push(Share { payee, minor: item.amount.signed(), charge });
        }
        if payout.reserved {
            return Ok((Event::Payout(Box::new(event)), Vec::new()));
        }
        let beneficiaries: Vec<&Beneficiary> = items.iter().map(|item| &item.beneficiary).collect();
        let mut posted = posted(Operation::Hold, crossing(&beneficiaries), payout.service, event);
        posted.details = Some(Box::new(referring(vec![named(payout)])));
        self.hold_all(service, payout.source, &shares, posted, next)
    }

    /// Holds what a payout needs, as one debit within the limits over time.
    fn hold_all(&self, service: &Service, source: AccountId, shares: &[Share], posted: Posted, next: Next) -> Written {
        let book = self.book(service.terms.book)?;
        let (total, _) = sums(shares);
        let moved = Moved { operation: Operation::Debit, account: source, book: book.id, minor: total };
        self.within_limits(service, moved, next)?;
        let lines = lines(service, book, source, shares, Stage::Held);
        for line in &lines {
            let account = self.account(line.account)?;
            self.in_book(account, book)?;
            in_business(account)?;
            open_for(account, line.side)?;
        }
        let postings = self.posted(&lines, Keep::Floor, next)?;
        Ok((Event::Posted(posted), postings))
    }
}

/// What becomes of items, and of the whole.
impl Naive {
    fn step(&self, given: &PayoutItemChange, next: Next) -> Written {
        let (payout, item) = self.item(given.item)?;
        let to = state_after(given.step);
        let no = |from| Err(Rejection::InvalidPayoutTransition { from, to: to.text() });
        use PayoutItemState as S;
        let possible = match payout.state {
            PayoutState::Approved | PayoutState::Processing => true,
            PayoutState::Completed => to == S::Returned,
            _ => false,
        };
        if !possible {
            return no(payout.state.text());
        }
        let follows: &[S] = match item.state {
            S::Pending => &[S::Processing, S::Cancelled],
            S::Processing => &[S::Successful, S::Failed, S::Cancelled, S::Unknown],
            S::Unknown => &[S::Successful, S::Failed, S::Cancelled],
            S::Successful => &[S::Returned],
            S::Failed | S::Cancelled | S::Returned => &[],
        };
        if !follows.contains(&to) {
            return no(item.state.text());
        }
        texts::name_if_any("code", &given.code)?;
        texts::description_if_any("reason", &given.reason)?;
        self.timely([payout.source], given.effective_at, next)?;

        let service = self.service(payout.service.0)?;
        let book = self.book(payout.book)?;
        let (all, estimate) = (item.amount.signed(), (item.charge.fee.signed(), item.charge.tax.signed()));
        let payee = match item.beneficiary {
            Beneficiary::Account(account) => account,
            Beneficiary::External(_) => service.terms.pool_account.unwrap_or(system(book, SystemAccount::External)),
        };
        let share =
            |minor, charge, stage| lines(service, book, payout.source, &[Share { payee, minor, charge }], stage);
        let (charge, lines) = match given.step {
            PayoutItemStep::Start | PayoutItemStep::Unknown => ((0, 0), Vec::new()),
            PayoutItemStep::Settle { charge } => {
                let charge = actual(charge, estimate, &payout)?;
                let rest = (estimate.0 - charge.0, estimate.1 - charge.1);
                (charge, [share(all, charge, Stage::Captured), share(0, rest, Stage::Released)].concat())
            }
            PayoutItemStep::Fail | PayoutItemStep::Cancel => ((0, 0), share(all, estimate, Stage::Released)),
            PayoutItemStep::Return => {
                let refunds = self.terms_of(payout.service).refund_fee_on_reversal;
                let cost = item.actual_charge.expect("it was paid");
                let charge = if refunds { (cost.fee.signed(), cost.tax.signed()) } else { (0, 0) };
                let there = share(all, charge, Stage::Posted);
                for line in &there {
                    if self.account(line.account)?.status == AccountStatus::Closed {
                        return Err(Rejection::AccountClosed { account: line.account });
                    }
                }
                (charge, back(&there))
            }
        };
        let open = all_open(&self.batch(payout.id)?, &item, to);
        let event = PayoutEvent::Item {
            given: given.clone(),
            charge: Charge { fee: amount(charge.0), tax: amount(charge.1) },
            leaves: if open { PayoutState::Processing } else { PayoutState::Completed },
        };
        let operation = match given.step {
            PayoutItemStep::Start | PayoutItemStep::Unknown => {
                return Ok((Event::Payout(Box::new(event)), Vec::new()));
            }
            PayoutItemStep::Settle { .. } => Operation::Capture,
            PayoutItemStep::Fail | PayoutItemStep::Cancel => Operation::Release,
            PayoutItemStep::Return => Operation::Reverse,
        };
        let returned = operation == Operation::Reverse;
        // What was held is there; what is to come back may be spent.
        let postings = self.posted(&lines, if returned { Keep::Floor } else { Keep::Nothing }, next)?;
        let mut posted = posted(operation, crossing(&[&item.beneficiary]), payout.service, event);
        posted.effective_at = given.effective_at;
        if returned {
            posted.kind = EntryKind::Reversal;
            let original = item.settled_in.expect("it was paid");
            posted.reverses = Some(Reverses { original, part: None, total: item.amount, whole: true });
        }
        let mut details =
            referring(vec![named(&payout), Reference::new("payout_item", item.request_reference_id.to_string())]);
        details.references.extend(item.reference.map(|own| Reference::new("payout_reference", own)));
        details.narrative = item.narrative;
        if let Beneficiary::External(party) = item.beneficiary {
            details.to = Some(party);
        }
        posted.details = Some(Box::new(details));
        Ok((Event::Posted(posted), postings))
    }

    fn end(&self, given: &PayoutChange, next: Next) -> Written {
        let Batch { payout, items } = self.batch(given.payout)?;
        let needed = match given.step {
            PayoutStep::Cancel | PayoutStep::Expire => PayoutState::PreviewAndApprove,
            PayoutStep::End => PayoutState::Approved,
        };
        if payout.state != needed {
            let (from, to) = (payout.state.text(), ending(given.step).text());
            return Err(Rejection::InvalidPayoutTransition { from, to });
        }
        if given.step == PayoutStep::Expire && next.at < payout.expires_at {
            return Err(Rejection::NotExpired { payout: payout.id, expires_at: payout.expires_at });
        }
        texts::description_if_any("reason", &given.reason)?;
        let event = PayoutEvent::Changed { given: given.clone() };
        if !is_held(&payout) {
            return Ok((Event::Payout(Box::new(event)), Vec::new()));
        }
        let (service, book) = (self.service(payout.service.0)?, self.book(payout.book)?);
        let outside = service.terms.pool_account.unwrap_or(system(book, SystemAccount::External));
        let share = |item: &PayoutItem| Share {
            payee: match item.beneficiary {
                Beneficiary::Account(account) => account,
                Beneficiary::External(_) => outside,
            },
            minor: item.amount.signed(),
            charge: (item.charge.fee.signed(), item.charge.tax.signed()),
        };
        let shares: Vec<Share> = items.iter().map(share).collect();
        let postings =
            self.posted(&lines(service, book, payout.source, &shares, Stage::Released), Keep::Nothing, next)?;
        let beneficiaries: Vec<&Beneficiary> = items.iter().map(|item| &item.beneficiary).collect();
        let mut posted = posted(Operation::Release, crossing(&beneficiaries), payout.service, event);
        let mut details = referring(vec![named(&payout)]);
        details.narrative.clone_from(&given.reason);
        posted.details = Some(Box::new(details));
        Ok((Event::Posted(posted), postings))
    }
}

/// What one item takes: who is paid, how much, and what fee and tax come on top.
#[derive(Clone, Copy, Debug)]
struct Share {
    payee: AccountId,
    minor: i128,
    charge: (i128, i128),
}

fn both_of((fee, tax): (i128, i128)) -> i128 {
    fee + tax
}

/// All amounts, and all fees and taxes.
fn sums(shares: &[Share]) -> (i128, (i128, i128)) {
    let fees = shares.iter().map(|share| share.charge.0).sum();
    let taxes = shares.iter().map(|share| share.charge.1).sum();
    (shares.iter().map(|share| share.minor).sum(), (fees, taxes))
}

/// The source's debit and each payee's credit; the source's charge, the fee and the tax. The payer bears the charge.
fn lines(service: &Service, book: &Book, source: AccountId, shares: &[Share], stage: Stage) -> Vec<Line> {
    let (total, (fee, tax)) = sums(shares);
    let mut payees: Vec<AccountId> = Vec::new();
    for share in shares {
        if !payees.contains(&share.payee) {
            payees.push(share.payee);
        }
    }
    let line = |account, side, role, minor| Line { account, side, role, stage, minor };
    let due = |payee| shares.iter().filter(|share| share.payee == payee).map(|share| share.minor).sum();
    let income = service.terms.commission_account.unwrap_or(system(book, SystemAccount::FeeIncome));
    let owed = service.terms.tax_account.unwrap_or(system(book, SystemAccount::Tax));
    let mut lines = vec![line(source, Side::Debit, Role::Principal, total)];
    lines.extend(payees.into_iter().map(|payee| line(payee, Side::Credit, Role::Principal, due(payee))));
    lines.push(line(source, Side::Debit, Role::Charge, fee + tax));
    lines.push(line(income, Side::Credit, Role::Fee, fee));
    lines.push(line(owed, Side::Credit, Role::Tax, tax));
    lines.retain(|line| line.minor > 0);
    lines
}

/// The other way round: the principal and then the charge, in each the debits first.
fn back(there: &[Line]) -> Vec<Line> {
    let mut lines = Vec::new();
    for principal in [true, false] {
        for side in [Side::Debit, Side::Credit] {
            let of =
                there.iter().filter(|line| (line.role == Role::Principal, line.side.opposite()) == (principal, side));
            lines.extend(of.map(|line| Line { side, ..*line }));
        }
    }
    lines
}

/// What an item has cost: of a charge that was told, the fee's and the tax's share as in the estimate, the greater rest
/// rounded up.
fn actual(told: Option<Money>, (fee, tax): (i128, i128), payout: &Payout) -> Judged<(i128, i128)> {
    let Some(told) = told else { return Ok((fee, tax)) };
    let given = in_currency(told, payout.currency)?;
    if given < 0 {
        return Err(Rejection::AmountNotPositive { given });
    }
    let estimate = fee + tax;
    if given > estimate {
        return Err(Rejection::ChargeExceedsEstimate { given, estimate });
    }
    if given == 0 {
        return Ok((0, 0));
    }
    let (of_fee, rest_of_fee) = multiplied_and_divided(given, fee, estimate);
    let (of_tax, rest_of_tax) = multiplied_and_divided(given, tax, estimate);
    Ok(match given - of_fee - of_tax {
        0 => (of_fee, of_tax),
        _ if rest_of_fee >= rest_of_tax => (of_fee + 1, of_tax),
        _ => (of_fee, of_tax + 1),
    })
}

/// Whether anything is open after an item's step.
fn all_open(batch: &Batch, item: &PayoutItem, to: PayoutItemState) -> bool {
    batch.items.iter().any(|other| is_open(if other.id == item.id { to } else { other.state }))
}

fn crossing(beneficiaries: &[&Beneficiary]) -> TransactionSource {
    if beneficiaries.iter().any(|beneficiary| matches!(beneficiary, Beneficiary::External(_))) {
        TransactionSource::External
    } else {
        TransactionSource::Internal
    }
}

fn named(payout: &Payout) -> Reference {
    Reference::new("payout", payout.tracking_id.to_string())
}

fn referring(references: Vec<Reference>) -> Details {
    Details { references, ..Details::default() }
}

fn posted(
    operation: Operation,
    source: TransactionSource,
    service: (pacioli::ServiceId, u32),
    event: PayoutEvent,
) -> Posted {
    Posted {
        operation,
        kind: EntryKind::Payout,
        source,
        service: Some(service),
        effective_at: None,
        forced: false,
        reverses: None,
        effects: [Effect::Payout { event: Box::new(event) }].into_iter().collect(),
        details: None,
        crossed: pacioli::Few::NONE,
    }
}

/// The payouts as they stood after each entry that changed this one.
pub fn history(entries: &[Arc<Entry>], payout: PayoutId) -> Vec<Payout> {
    let about = |entry: &&Arc<Entry>| told(entry).is_some_and(|event| event.payout() == payout);
    let own: Vec<Arc<Entry>> = entries.iter().filter(about).cloned().collect();
    (1..=own.len()).map(|count| all(&own[..count]).remove(0).payout).collect()
}

/// The devices that may still sign a payout.
pub fn unsigned(entries: &[Arc<Entry>], payout: &Payout) -> Vec<pacioli::Device> {
    let signed = |device: &DeviceId| payout.approvals.iter().any(|approval| approval.device == *device);
    let may = payout.approvers.devices.iter().filter(|device| !signed(device));
    let devices = devices::all(entries);
    may.filter_map(|id| devices.iter().find(|device| device.id == *id).cloned()).collect()
}
