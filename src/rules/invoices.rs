//! The law of collections: what a channel takes, how an invoice is issued, and how it ends.
//!
//! Issuing moves nothing. It asks whether the invoice could be paid: the service, the account, the sum, the channel,
//! the texts and times, the service's limits, the charge. Completing it is a credit like any other, judged by the law
//! of movements; what an invoice adds is that it happens once.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::{CompleteInvoice, Credit, InvoiceRequest};
use super::desk::{Desk, Name, Place, Record, Refusal};
use super::draft::{Draft, Identity, Moment};
use super::lines::{in_book, in_business};
use super::movements::{self, Staging, positive, usable, within_limits};
use super::rejection::Rejection;
use super::{parties, tariffs, texts};
use crate::model::{
    AccountId, AccountType, AdvanceInvoice, Channel, ChannelChange, ChannelId, Charge, Clearing, Details, Effect,
    Entry, EntryKind, Event, FeeBearer, HoldKind, Invoice, InvoiceEvent, InvoiceFailure, InvoiceId, InvoiceState,
    InvoiceStep, Limits, NewChannel, NewInvoice, Operation, Posted, Posting, Role, Sequence, Service, Timestamp,
};
use crate::money::{Amount, Currency};

/// Channels are the operator's; an invoice's keys are its client's. A step without a key has one of its own, so that
/// whoever is told twice of a payment posts it once.
pub(super) fn identify<'a>(desk: &Desk, request: &'a InvoiceRequest) -> Result<Identity<'a>, Refusal> {
    let operator = |key: &'a Option<String>| Identity { client: None, key: key.as_deref().map(Cow::Borrowed) };
    match request {
        InvoiceRequest::DefineChannel(given) => Ok(operator(&given.key)),
        InvoiceRequest::ChangeChannel(_, given) => Ok(operator(&given.key)),
        InvoiceRequest::Issue(given) => {
            if given.key.is_empty() {
                return Err(Rejection::IdempotencyKeyRequired.into());
            }
            let client = Some(desk.service(given.service)?.terms.client);
            Ok(Identity { client, key: Some(Cow::Borrowed(&given.key)) })
        }
        InvoiceRequest::Advance(given) => {
            let prefix = match given.step {
                InvoiceStep::Process => "PRC",
                InvoiceStep::Fail { .. } => "FLD",
                InvoiceStep::Cancel { .. } => "CNC",
                InvoiceStep::Expire { .. } => "XPR",
            };
            step(desk, given.invoice, prefix, given.key.as_deref())
        }
        InvoiceRequest::Complete(given) => step(desk, given.invoice, "CMP", given.key.as_deref()),
    }
}

fn step<'a>(desk: &Desk, invoice: InvoiceId, prefix: &str, key: Option<&'a str>) -> Result<Identity<'a>, Refusal> {
    let client = Some(desk.invoice(invoice)?.client);
    let key = key.map_or_else(|| Cow::Owned(format!("{prefix}{invoice}")), Cow::Borrowed);
    Ok(Identity { client, key: Some(key) })
}

pub(super) fn decide(desk: &Desk, request: &InvoiceRequest, moment: Moment) -> Result<Draft, Refusal> {
    let event = match request {
        InvoiceRequest::DefineChannel(given) => define_channel(desk, given)?,
        InvoiceRequest::ChangeChannel(code, given) => change_channel(desk, code, given)?,
        InvoiceRequest::Issue(given) => issue(desk, given, moment)?,
        InvoiceRequest::Advance(given) => advance(desk, given, moment)?,
        InvoiceRequest::Complete(given) => return complete(desk, given, moment),
    };
    Ok(Draft::recorded(Event::Invoice(Box::new(event))))
}

fn define_channel(desk: &Desk, given: &NewChannel) -> Result<InvoiceEvent, Refusal> {
    texts::name("channel", &given.code)?;
    texts::at_most("currencies", given.currencies.len(), Limits::CURRENCIES)?;
    if let Some(channel) = desk.holder(Name::Channel(given.code.clone()))? {
        return Err(Rejection::ChannelCodeTaken { channel: ChannelId(Sequence(channel)) }.into());
    }
    Ok(InvoiceEvent::ChannelDefined { given: given.clone() })
}

fn change_channel(desk: &Desk, code: &str, given: &ChannelChange) -> Result<InvoiceEvent, Refusal> {
    let channel = desk.channel(code)?.id;
    if let Some(currencies) = &given.currencies {
        texts::at_most("currencies", currencies.len(), Limits::CURRENCIES)?;
    }
    Ok(InvoiceEvent::ChannelChanged { channel, given: given.clone() })
}

fn issue(desk: &Desk, given: &NewInvoice, moment: Moment) -> Result<InvoiceEvent, Refusal> {
    let service = usable(desk, given.service, Operation::Credit)?;
    let terms = &service.terms;
    let account = payee(desk, service, given.account)?;
    let row = desk.row(account)?;
    if row.terms.client != Some(terms.client) {
        return Err(Rejection::ServiceClientMismatch { service: service.id, account }.into());
    }
    let book = desk.book(terms.book)?;
    in_book(desk, &row.terms, book.id)?;
    in_business(account, &row.terms)?;
    let principal = positive(given.money, book.currency)?;
    taken_by(desk, &given.channel, book.currency)?;
    if let Some(provider) = &given.provider {
        texts::name("provider", provider)?;
    }
    texts::details(Some(&details(given)))?;
    parties::named(desk, Some(terms.client), Some(&details(given)))?;
    let begins = moment.recorded_at;
    if let Some(due_at) = given.expires_at.filter(|due_at| *due_at <= begins) {
        return Err(Rejection::DueInThePast { due_at, begins }.into());
    }
    within_limits(principal, terms.minimum, terms.maximum)?;
    let charge = tariffs::charge(service, principal)?;
    let asked = asked(given.bearer, principal, charge, account)?;
    Ok(InvoiceEvent::Issued { given: given.clone(), account, currency: book.currency, asked, charge })
}

/// The account named, else the client's one SETTLEMENT account in the service's book.
fn payee(desk: &Desk, service: &Service, named: Option<AccountId>) -> Result<AccountId, Refusal> {
    if let Some(account) = named {
        return Ok(account);
    }
    let (client, book) = (service.terms.client, service.terms.book);
    let portfolio = desk.portfolio(client)?;
    let settlement = portfolio.singles.get(&(book, AccountType::SETTLEMENT)).copied();
    settlement.ok_or_else(|| Rejection::SettlementAccountMissing { client, book }.into())
}

/// The channel must exist, be in use and take the currency.
fn taken_by(desk: &Desk, code: &str, currency: Currency) -> Result<(), Refusal> {
    let channel = desk.channel(code)?;
    if !channel.active {
        return Err(Rejection::ChannelInactive { channel: code.to_owned() }.into());
    }
    if !channel.takes(currency) {
        return Err(Rejection::ChannelCurrencyUnsupported { channel: code.to_owned(), currency }.into());
    }
    Ok(())
}

/// What the payer is asked for: the principal, and the charge where he bears it.
fn asked(bearer: FeeBearer, principal: Amount, charge: Charge, account: AccountId) -> Result<Amount, Rejection> {
    let overflow = Rejection::AmountOverflow { account };
    let total = charge.total().ok_or(overflow.clone())?;
    match bearer {
        FeeBearer::Payer => principal.plus(total).ok_or(overflow),
        FeeBearer::Payee if total > principal => Err(exceeds(total, principal)),
        FeeBearer::Payee => Ok(principal),
    }
}

fn exceeds(charge: Amount, amount: Amount) -> Rejection {
    Rejection::ChargeExceedsAmount { charge: charge.signed(), amount: amount.signed() }
}

fn details(given: &NewInvoice) -> Details {
    Details {
        narrative: given.narrative.clone(),
        metadata: given.metadata.clone(),
        references: given.references.clone(),
        from: Some(given.payer.clone()),
        to: None,
    }
}

fn advance(desk: &Desk, given: &AdvanceInvoice, moment: Moment) -> Result<InvoiceEvent, Refusal> {
    let invoice = passable(desk, given.invoice, given.step.state())?;
    match &given.step {
        InvoiceStep::Process => in_time(invoice, moment.recorded_at)?,
        InvoiceStep::Fail { failure } => explained(failure)?,
        InvoiceStep::Cancel { reason } => texts::optional_description("reason", reason.as_deref())?,
        InvoiceStep::Expire { at } => over(invoice, *at, moment.recorded_at)?,
    }
    Ok(InvoiceEvent::Advanced { invoice: given.invoice, step: given.step.clone() })
}

/// The invoice, if it can pass to a state.
fn passable(desk: &Desk, invoice: InvoiceId, to: InvoiceState) -> Result<&Arc<Invoice>, Refusal> {
    let record = desk.invoice(invoice)?;
    if record.state.leads_to(to) {
        Ok(record)
    } else {
        Err(Rejection::InvalidTransition { invoice, from: record.state, to }.into())
    }
}

/// Whether an invoice can still be paid at an instant. It does not matter whether the sweep has come by.
fn in_time(invoice: &Invoice, paid_at: Timestamp) -> Result<(), Rejection> {
    match invoice.expires_at {
        Some(expires_at) if expires_at < paid_at => {
            Err(Rejection::InvoiceExpired { invoice: invoice.id, expires_at, paid_at })
        }
        _ => Ok(()),
    }
}

/// An invoice expires when its time has come by a time that has come.
fn over(invoice: &Invoice, at: Timestamp, latest: Timestamp) -> Result<(), Rejection> {
    match invoice.expires_at {
        Some(expires_at) if expires_at <= at && at > latest => {
            Err(Rejection::FutureEffectiveTime { effective_at: at, latest })
        }
        Some(expires_at) if expires_at <= at => Ok(()),
        expires_at => Err(Rejection::InvoiceNotDue { invoice: invoice.id, expires_at, at }),
    }
}

fn explained(failure: &InvoiceFailure) -> Result<(), Rejection> {
    texts::filled("reason", &failure.reason)?;
    texts::within("reason", &failure.reason, Limits::DESCRIPTION_BYTES)?;
    texts::optional_name("code", failure.code.as_deref())?;
    texts::optional_description("link", failure.code_link.as_deref())
}

/// The money of an invoice: a sale, credited from outside under the invoice's service.
fn complete(desk: &Desk, given: &CompleteInvoice, moment: Moment) -> Result<Draft, Refusal> {
    let invoice = passable(desk, given.invoice, InvoiceState::Complete)?;
    in_time(invoice, given.effective_at.unwrap_or(moment.recorded_at))?;
    let amount = given.received.map_or(Ok(invoice.asked), |money| positive(money, invoice.currency))?;
    let (principal, agreed) = match invoice.bearer {
        FeeBearer::Payee => (amount, None),
        // He was told what he would pay: the charge is that of the day, whatever the tariff says since.
        FeeBearer::Payer => (on_top_of(invoice.charge, amount)?, Some(invoice.charge)),
    };
    let details = Box::new(carried(invoice, given.details.as_deref()));
    // The invoice's payer was judged when it was issued, and money that has come is posted even if he was erased since.
    let payer = given.details.as_deref().and_then(|details| details.from.clone());
    let judged = Box::new(Details { from: payer, ..(*details).clone() });
    let credit = Credit {
        account: invoice.account,
        service: invoice.service,
        money: invoice.currency.amount(principal),
        key: Box::default(),
        counter: None,
        kind: EntryKind::Sale,
        clearing: given.clearing,
        effective_at: given.effective_at,
        details: Some(judged),
    };
    let mut draft = movements::credit_charging(desk, &credit, agreed, Staging::Now, moment)?;
    let charge = charged(draft.postings());
    if let Some(posted) = draft.posted() {
        posted.effects.push(Effect::InvoiceCompleted { invoice: invoice.id, amount, charge });
        posted.details = Some(details);
    }
    Ok(draft)
}

/// What is left of a sum that has a charge on top, which must be more than nothing.
fn on_top_of(charge: Charge, amount: Amount) -> Result<Amount, Rejection> {
    let total = charge.total().unwrap_or(Amount::MAX);
    amount.minus(total).filter(|left| !left.is_zero()).ok_or_else(|| exceeds(total, amount))
}

/// The texts of the entry that completes an invoice: what is given with it, and what the invoice says beside that.
fn carried(invoice: &Invoice, given: Option<&Details>) -> Details {
    let mut details = given.cloned().unwrap_or_default();
    details.narrative = details.narrative.or_else(|| invoice.narrative.clone());
    details.from = details.from.or_else(|| Some(invoice.payer.clone()));
    let new = invoice.references.iter().filter(|reference| !details.references.contains(reference));
    let references: Vec<_> = new.cloned().collect();
    details.references.extend(references);
    details
}

/// The charge that postings say was taken.
fn charged(postings: &[Posting]) -> Charge {
    let sum = |role| {
        let parts = postings.iter().filter(|posting| posting.role == role);
        // Together they are the charge, which is an amount.
        parts.fold(Amount::ZERO, |sum, posting| sum.plus(posting.amount).unwrap_or(sum))
    };
    Charge { fee: sum(Role::Fee), tax: sum(Role::Tax) }
}

/// Whether a request asks for exactly what an entry records.
///
/// Of a step without a key there is one, whatever it says: another like it is one too many.
pub(super) fn repeats(desk: &Desk, request: &InvoiceRequest, original: &Entry) -> Result<bool, Refusal> {
    let event = match &original.event {
        Event::Invoice(event) => Some(&**event),
        _ => None,
    };
    match (request, event) {
        (InvoiceRequest::DefineChannel(given), Some(InvoiceEvent::ChannelDefined { given: kept })) => Ok(given == kept),
        (InvoiceRequest::ChangeChannel(code, given), Some(InvoiceEvent::ChannelChanged { channel, given: kept })) => {
            Ok(given == kept && desk.channel(code)?.id == *channel)
        }
        (InvoiceRequest::Issue(given), Some(InvoiceEvent::Issued { given: kept, .. })) => Ok(given == kept),
        (InvoiceRequest::Advance(given), Some(InvoiceEvent::Advanced { invoice, step })) => {
            let same = (given.invoice, &given.step) == (*invoice, step);
            let own_key = given.key.is_none() && given.invoice == *invoice;
            once(desk, same, given.invoice, given.step.state(), own_key)
        }
        (InvoiceRequest::Complete(given), None) => {
            let Some((posted, invoice, amount)) = completion(original) else { return Ok(false) };
            let same = invoice == given.invoice && same_completion(desk, given, posted, amount)?;
            let own_key = given.key.is_none() && given.invoice == invoice;
            once(desk, same, given.invoice, InvoiceState::Complete, own_key)
        }
        _ => Ok(false),
    }
}

fn once(desk: &Desk, same: bool, invoice: InvoiceId, to: InvoiceState, own_key: bool) -> Result<bool, Refusal> {
    if !same && own_key {
        let from = desk.invoice(invoice)?.state;
        return Err(Rejection::InvalidTransition { invoice, from, to }.into());
    }
    Ok(same)
}

/// The completion that an entry records: the movement, the invoice, and what its payer paid.
fn completion(entry: &Entry) -> Option<(&Posted, InvoiceId, Amount)> {
    let posted = entry.posted()?;
    posted.effects.iter().find_map(|effect| match effect {
        Effect::InvoiceCompleted { invoice, amount, .. } => Some((posted, *invoice, *amount)),
        _ => None,
    })
}

fn same_completion(desk: &Desk, given: &CompleteInvoice, posted: &Posted, paid: Amount) -> Result<bool, Refusal> {
    let invoice = desk.invoice(given.invoice)?;
    let cleared = posted.effects.iter().find_map(|effect| match effect {
        Effect::HoldPlaced { kind: HoldKind::Clearing, due_at, .. } => Some(*due_at),
        _ => None,
    });
    let amount = given.received.map_or(Ok(invoice.asked), |money| positive(money, invoice.currency));
    Ok(amount == Ok(paid)
        && cleared == given.clearing.map(Clearing::due_at)
        && posted.effective_at == given.effective_at
        && posted.details.as_deref() == Some(&carried(invoice, given.details.as_deref())))
}

/// Folds an event into the desk.
pub(super) fn apply(desk: &mut Desk, event: &InvoiceEvent, entry: &Entry) {
    match event {
        InvoiceEvent::ChannelDefined { given } => {
            let id = ChannelId(entry.sequence);
            let record = Channel {
                id,
                code: given.code.clone(),
                currencies: given.currencies.clone(),
                active: given.active,
                defined_at: entry.recorded_at,
                changed_at: entry.recorded_at,
                changed_in: entry.sequence,
            };
            desk.change(Place::Name(Name::Channel(given.code.clone())), Record::Name(id.0.0));
            desk.change(Place::Channel(id), Record::Channel(Arc::new(record)));
        }
        InvoiceEvent::ChannelChanged { channel, given } => {
            if let Some(Record::Channel(before)) = desk.record(&Place::Channel(*channel)) {
                let record = Channel {
                    currencies: given.currencies.clone().unwrap_or_else(|| before.currencies.clone()),
                    active: given.active.unwrap_or(before.active),
                    changed_at: entry.recorded_at,
                    changed_in: entry.sequence,
                    ..(**before).clone()
                };
                desk.change(Place::Channel(*channel), Record::Channel(Arc::new(record)));
            }
        }
        InvoiceEvent::Issued { given, account, currency, asked, charge } => {
            let record = issued(given, *account, *currency, (*asked, *charge), entry);
            desk.change(Place::Invoice(record.id), Record::Invoice(Arc::new(record)));
        }
        InvoiceEvent::Advanced { invoice, step } => changed(desk, *invoice, entry, |record| {
            record.state = step.state();
            match step {
                InvoiceStep::Fail { failure } => record.failure = Some(failure.clone()),
                InvoiceStep::Cancel { reason } => record.cancel_reason.clone_from(reason),
                InvoiceStep::Process | InvoiceStep::Expire { .. } => {}
            }
        }),
    }
}

/// Folds the effect of the entry that completed an invoice into the desk.
pub(super) fn completed(desk: &mut Desk, invoice: InvoiceId, amount: Amount, charge: Charge, entry: &Entry) {
    changed(desk, invoice, entry, |record| {
        record.state = InvoiceState::Complete;
        record.amount = amount;
        record.charge = charge;
        record.completed_in = Some(entry.sequence);
    });
}

fn changed(desk: &mut Desk, invoice: InvoiceId, entry: &Entry, change: impl FnOnce(&mut Invoice)) {
    if let Some(Record::Invoice(before)) = desk.record(&Place::Invoice(invoice)) {
        let mut record = (**before).clone();
        change(&mut record);
        record.updated_at = entry.recorded_at;
        record.updated_in = entry.sequence;
        desk.change(Place::Invoice(invoice), Record::Invoice(Arc::new(record)));
    }
}

fn issued(
    given: &NewInvoice,
    account: AccountId,
    currency: Currency,
    (asked, charge): (Amount, Charge),
    entry: &Entry,
) -> Invoice {
    let given = given.clone();
    Invoice {
        id: InvoiceId(entry.sequence),
        state: InvoiceState::Pending,
        // Issued under a service, so the key is one of its client's.
        client: entry.client.unwrap_or_default(),
        account,
        service: given.service,
        channel: given.channel,
        provider: given.provider,
        currency,
        asked,
        amount: asked,
        charge,
        bearer: given.bearer,
        payer: given.payer,
        narrative: given.narrative,
        references: given.references,
        metadata: given.metadata,
        failure: None,
        cancel_reason: None,
        expires_at: given.expires_at,
        created_at: entry.recorded_at,
        updated_at: entry.recorded_at,
        updated_in: entry.sequence,
        completed_in: None,
    }
}
