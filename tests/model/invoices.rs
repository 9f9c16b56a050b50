//! How the naive ledger collects: channels and invoices are what the list of entries says of them.

use std::sync::Arc;

use pacioli::money::{Amount, Currency};
use pacioli::{
    AccountId, AccountStatus, AccountType, AdvanceInvoice, Channel, ChannelChange, ChannelId, Charge, Clearing,
    CompleteInvoice, Credit, Details, Effect, Entry, EntryKind, Event, FeeBearer, Invoice, InvoiceEvent, InvoiceId,
    InvoiceRequest, InvoiceState, InvoiceStep, NewChannel, NewInvoice, Operation, Rejection, Role, Service, Timestamp,
};

use super::arithmetic::{amount, fee, share};
use super::movements::{Way, Written, in_business};
use super::naive::{Judged, Naive, Next, positive};
use super::texts;

/// The invoice as it stands after the last of the entries, if one of them issued it.
pub fn invoice(entries: &[Arc<Entry>], id: InvoiceId) -> Option<Invoice> {
    let mut invoice: Option<Invoice> = None;
    for entry in entries {
        let (at, sequence) = (entry.recorded_at, entry.sequence);
        match (&entry.event, &mut invoice) {
            (Event::Invoice(event), None) if sequence == id.0 => {
                if let InvoiceEvent::Issued { given, account, currency, asked, charge } = &**event {
                    let given = given.clone();
                    invoice = Some(Invoice {
                        id,
                        state: InvoiceState::Pending,
                        client: entry.client.expect("an invoice is a client's"),
                        account: *account,
                        service: given.service,
                        channel: given.channel,
                        provider: given.provider,
                        currency: *currency,
                        asked: *asked,
                        amount: *asked,
                        charge: *charge,
                        bearer: given.bearer,
                        payer: given.payer,
                        narrative: given.narrative,
                        references: given.references,
                        metadata: given.metadata,
                        failure: None,
                        cancel_reason: None,
                        expires_at: given.expires_at,
                        created_at: at,
                        updated_at: at,
                        updated_in: sequence,
                        completed_in: None,
                    });
                }
            }
            (Event::Invoice(event), Some(invoice)) => {
                if let InvoiceEvent::Advanced { invoice: of, step } = &**event
                    && *of == id
                {
                    invoice.state = state(step);
                    match step {
                        InvoiceStep::Fail { failure } => invoice.failure = Some(failure.clone()),
                        InvoiceStep::Cancel { reason } => invoice.cancel_reason.clone_from(reason),
                        InvoiceStep::Process | InvoiceStep::Expire { .. } => {}
                    }
                    (invoice.updated_at, invoice.updated_in) = (at, sequence);
                }
            }
            (Event::Posted(_), Some(invoice)) => {
                if let Some((_, paid, charge)) = completion(entry).filter(|(of, ..)| *of == id) {
                    (invoice.state, invoice.amount, invoice.charge) = (InvoiceState::Complete, paid, charge);
                    (invoice.updated_at, invoice.updated_in) = (at, sequence);
                    invoice.completed_in = Some(sequence);
                }
            }
            _ => {}
        }
    }
    invoice
}

/// The invoices issued by these entries, in their order.
pub fn all(entries: &[Arc<Entry>]) -> Vec<Invoice> {
    let issues = |entry: &&Arc<Entry>| match &entry.event {
        Event::Invoice(event) => matches!(**event, InvoiceEvent::Issued { .. }),
        _ => false,
    };
    let issued = entries.iter().filter(issues);
    issued.filter_map(|entry| invoice(entries, InvoiceId(entry.sequence))).collect()
}

fn state(step: &InvoiceStep) -> InvoiceState {
    match step {
        InvoiceStep::Process => InvoiceState::Processing,
        InvoiceStep::Fail { .. } => InvoiceState::Failed,
        InvoiceStep::Cancel { .. } => InvoiceState::Cancelled,
        InvoiceStep::Expire { .. } => InvoiceState::Expired,
    }
}

fn completion(entry: &Entry) -> Option<(InvoiceId, Amount, Charge)> {
    entry.posted()?.effects.iter().find_map(|effect| match effect {
        Effect::InvoiceCompleted { invoice, amount, charge } => Some((*invoice, *amount, *charge)),
        _ => None,
    })
}

/// The channels after the last of the entries, in the order in which they were defined.
pub fn channels(entries: &[Arc<Entry>]) -> Vec<Channel> {
    let mut channels: Vec<Channel> = Vec::new();
    for entry in entries {
        let Event::Invoice(event) = &entry.event else { continue };
        match &**event {
            InvoiceEvent::ChannelDefined { given } => channels.push(Channel {
                id: ChannelId(entry.sequence),
                code: given.code.clone(),
                currencies: given.currencies.clone(),
                active: given.active,
                defined_at: entry.recorded_at,
                changed_at: entry.recorded_at,
                changed_in: entry.sequence,
            }),
            InvoiceEvent::ChannelChanged { channel, given } => {
                for record in channels.iter_mut().filter(|record| record.id == *channel) {
                    record.currencies = given.currencies.clone().unwrap_or(record.currencies.clone());
                    record.active = given.active.unwrap_or(record.active);
                    (record.changed_at, record.changed_in) = (entry.recorded_at, entry.sequence);
                }
            }
            _ => {}
        }
    }
    channels
}

impl Naive {
    pub fn invoice(&self, invoice: InvoiceId) -> Judged<Invoice> {
        self::invoice(&self.entries, invoice).ok_or(Rejection::InvoiceNotFound { invoice })
    }

    fn channel(&self, code: &str) -> Judged<Channel> {
        let found = channels(&self.entries).into_iter().find(|channel| channel.code == code);
        found.ok_or(Rejection::ChannelNotFound { channel: code.to_owned() })
    }

    /// The key of a command about invoices, and whose keys it is one of.
    pub fn invoice_name(&self, request: &InvoiceRequest) -> Judged<(Option<pacioli::ClientId>, Option<String>)> {
        let step = |invoice, prefix, key: &Option<Box<str>>| {
            let client = Some(self.invoice(invoice)?.client);
            let own = || format!("{prefix}{}", invoice.0.0);
            Ok((client, Some(key.as_ref().map_or_else(own, |key| key.to_string()))))
        };
        match request {
            InvoiceRequest::DefineChannel(given) => Ok((None, given.key.clone())),
            InvoiceRequest::ChangeChannel(_, given) => Ok((None, given.key.clone())),
            InvoiceRequest::Issue(given) if given.key.is_empty() => Err(Rejection::IdempotencyKeyRequired),
            InvoiceRequest::Issue(given) => {
                Ok((Some(self.service(given.service)?.terms.client), Some(given.key.to_string())))
            }
            InvoiceRequest::Advance(given) => {
                let prefix = match given.step {
                    InvoiceStep::Process => "PRC",
                    InvoiceStep::Fail { .. } => "FLD",
                    InvoiceStep::Cancel { .. } => "CNC",
                    InvoiceStep::Expire { .. } => "XPR",
                };
                step(given.invoice, prefix, &given.key)
            }
            InvoiceRequest::Complete(given) => step(given.invoice, "CMP", &given.key),
            _ => unreachable!("a request that the model does not know"),
        }
    }

    pub fn collect(&self, request: &InvoiceRequest, next: Next) -> Written {
        let event = match request {
            InvoiceRequest::DefineChannel(given) => self.define_channel(given)?,
            InvoiceRequest::ChangeChannel(code, given) => self.change_channel(code, given)?,
            InvoiceRequest::Issue(given) => self.issue(given, next)?,
            InvoiceRequest::Advance(given) => self.advance(given, next)?,
            InvoiceRequest::Complete(given) => return self.complete(given, next),
            _ => unreachable!("a request that the model does not know"),
        };
        Ok((Event::Invoice(Box::new(event)), Vec::new()))
    }

    fn define_channel(&self, given: &NewChannel) -> Judged<InvoiceEvent> {
        texts::name("channel", &given.code)?;
        texts::few("currencies", given.currencies.len(), 64)?;
        match self.channel(&given.code) {
            Ok(channel) => Err(Rejection::ChannelCodeTaken { channel: channel.id }),
            Err(_) => Ok(InvoiceEvent::ChannelDefined { given: given.clone() }),
        }
    }

    fn change_channel(&self, code: &str, given: &ChannelChange) -> Judged<InvoiceEvent> {
        let channel = self.channel(code)?.id;
        texts::few("currencies", given.currencies.as_ref().map_or(0, Vec::len), 64)?;
        Ok(InvoiceEvent::ChannelChanged { channel, given: given.clone() })
    }

    fn issue(&self, given: &NewInvoice, next: Next) -> Judged<InvoiceEvent> {
        let service = self.usable(given.service, Operation::Credit)?;
        let account = self.collecting(service, given.account)?;
        let (record, book) = (self.account(account)?, self.book(service.terms.book)?);
        if record.client != Some(service.terms.client) {
            return Err(Rejection::ServiceClientMismatch { service: service.id, account });
        }
        self.in_book(record, book)?;
        in_business(record)?;
        let principal = positive(given.money, book.currency)?;
        self.takes(&given.channel, book.currency)?;
        texts::name_if_any("provider", &given.provider)?;
        texts::details(&Some(Box::new(Details {
            narrative: given.narrative.clone(),
            metadata: given.metadata.clone(),
            references: given.references.clone(),
            from: Some(given.payer.clone()),
            to: None,
        })))?;
        self.named(Some(service.terms.client), given.payer.counterparty)?;
        if let Some(due_at) = given.expires_at.filter(|due_at| *due_at <= next.at) {
            return Err(Rejection::DueInThePast { due_at, begins: next.at });
        }
        within(service, principal)?;
        let (fee, tax) = charge(service, principal)?;
        let (total, most) = (fee + tax, Amount::MAX.signed());
        let asked = match given.bearer {
            _ if total > most => return Err(Rejection::AmountOverflow { account }),
            FeeBearer::Payer if principal + total > most => return Err(Rejection::AmountOverflow { account }),
            FeeBearer::Payer => principal + total,
            FeeBearer::Payee if total > principal => {
                return Err(Rejection::ChargeExceedsAmount { charge: total, amount: principal });
            }
            FeeBearer::Payee => principal,
        };
        let charge = Charge { fee: amount(fee), tax: amount(tax) };
        let (currency, asked) = (book.currency, amount(asked));
        Ok(InvoiceEvent::Issued { given: given.clone(), account, currency, asked, charge })
    }

    /// The account named, else the client's SETTLEMENT account.
    fn collecting(&self, service: &Service, named: Option<AccountId>) -> Judged<AccountId> {
        let (client, book) = (service.terms.client, service.terms.book);
        let settlement = self.accounts.iter().find(|account| {
            (account.client, account.book) == (Some(client), book)
                && account.account_type == AccountType::SETTLEMENT
                && account.status != AccountStatus::Closed
        });
        let found = named.or(settlement.map(|account| account.id));
        found.ok_or(Rejection::SettlementAccountMissing { client, book })
    }

    fn takes(&self, code: &str, currency: Currency) -> Judged<()> {
        let channel = self.channel(code)?;
        if !channel.active {
            return Err(Rejection::ChannelInactive { channel: code.to_owned() });
        }
        if channel.currencies.iter().all(|taken| taken.code() != currency.code()) {
            return Err(Rejection::ChannelCurrencyUnsupported { channel: code.to_owned(), currency });
        }
        Ok(())
    }

    /// The invoice, if it is not over, and does not stay what it is.
    fn passable(&self, invoice: InvoiceId, to: InvoiceState) -> Judged<Invoice> {
        use InvoiceState::{Pending, Processing};
        let record = self.invoice(invoice)?;
        let from = record.state;
        if from == Pending || from == Processing && to != Processing {
            Ok(record)
        } else {
            Err(Rejection::InvalidTransition { invoice, from, to })
        }
    }

    fn advance(&self, given: &AdvanceInvoice, next: Next) -> Judged<InvoiceEvent> {
        let invoice = self.passable(given.invoice, state(&given.step))?;
        match &given.step {
            InvoiceStep::Process => in_time(&invoice, next.at)?,
            InvoiceStep::Fail { failure } => {
                texts::filled("reason", &failure.reason)?;
                texts::within("reason", &failure.reason, 2048)?;
                texts::name_if_any("code", &failure.code)?;
                texts::description_if_any("link", &failure.code_link)?;
            }
            InvoiceStep::Cancel { reason } => texts::description_if_any("reason", reason)?,
            InvoiceStep::Expire { at } => {
                if invoice.expires_at.is_none_or(|expires_at| expires_at > *at) {
                    let (invoice, expires_at) = (invoice.id, invoice.expires_at);
                    return Err(Rejection::InvoiceNotDue { invoice, expires_at, at: *at });
                }
                if *at > next.at {
                    return Err(Rejection::FutureEffectiveTime { effective_at: *at, latest: next.at });
                }
            }
        }
        Ok(InvoiceEvent::Advanced { invoice: given.invoice, step: given.step.clone() })
    }

    fn complete(&self, given: &CompleteInvoice, next: Next) -> Written {
        let invoice = self.passable(given.invoice, InvoiceState::Complete)?;
        in_time(&invoice, given.effective_at.unwrap_or(next.at))?;
        let paid = match given.received {
            Some(money) => positive(money, invoice.currency)?,
            None => invoice.asked.signed(),
        };
        // Who bears it on top was told what it is.
        let (fee, tax) = (invoice.charge.fee.signed(), invoice.charge.tax.signed());
        let agreed = (invoice.bearer == FeeBearer::Payer).then_some((fee, tax));
        let principal = paid - agreed.map_or(0, |(fee, tax)| fee + tax);
        if principal <= 0 {
            return Err(Rejection::ChargeExceedsAmount { charge: fee + tax, amount: paid });
        }
        // Whoever was to pay when it was issued may have been erased since: his money has come all the same.
        let details = carried(&invoice, &given.details);
        let from = given.details.as_ref().and_then(|details| details.from.clone());
        let credit = Credit {
            account: invoice.account,
            service: invoice.service,
            money: invoice.currency.minor(principal).expect("less than was paid"),
            key: Box::default(),
            counter: None,
            kind: EntryKind::Sale,
            clearing: given.clearing,
            effective_at: given.effective_at,
            details: Some(Box::new(Details { from, ..details.clone() })),
        };
        let (mut event, postings) = self.credit_charging(&credit, agreed, Way::Happens, next)?;
        let taken = |role| postings.iter().filter(|line| line.role == role).map(|line| line.amount.signed()).sum();
        if let Event::Posted(posted) = &mut event {
            let charge = Charge { fee: amount(taken(Role::Fee)), tax: amount(taken(Role::Tax)) };
            posted.details = Some(Box::new(details));
            posted.effects.push(Effect::InvoiceCompleted { invoice: invoice.id, amount: amount(paid), charge });
        }
        Ok((event, postings))
    }

    /// Whether two commands about invoices under one key ask for the same. Of a step without a key there is one.
    pub fn same_of_invoices(&self, now: &InvoiceRequest, then: &InvoiceRequest) -> Judged<bool> {
        use InvoiceRequest as R;
        let (same, keyless, to) = match (now, then) {
            (R::Advance(now), R::Advance(then)) => {
                let same = (now.invoice, &now.step) == (then.invoice, &then.step);
                (same, now.key.is_none() && now.invoice == then.invoice, (now.invoice, state(&now.step)))
            }
            (R::Complete(now), R::Complete(then)) => {
                let same = now.invoice == then.invoice && {
                    let invoice = self.invoice(now.invoice)?;
                    let paid = |given: &CompleteInvoice| match given.received {
                        Some(money) => positive(money, invoice.currency).ok(),
                        None => Some(invoice.asked.signed()),
                    };
                    let asked = |given: &CompleteInvoice| {
                        let details = carried(&invoice, &given.details);
                        (paid(given), given.clearing.map(Clearing::due_at), given.effective_at, details)
                    };
                    asked(now) == asked(then)
                };
                (same, now.key.is_none() && now.invoice == then.invoice, (now.invoice, InvoiceState::Complete))
            }
            (R::ChangeChannel(code, now), R::ChangeChannel(of, then)) if now == then => {
                self.channel(code)?;
                return Ok(code == of);
            }
            (now, then) => return Ok(now == then),
        };
        let (invoice, to) = to;
        if !same && keyless {
            return Err(Rejection::InvalidTransition { invoice, from: self.invoice(invoice)?.state, to });
        }
        Ok(same)
    }
}

fn in_time(invoice: &Invoice, paid_at: Timestamp) -> Judged<()> {
    match invoice.expires_at.filter(|expires_at| *expires_at < paid_at) {
        Some(expires_at) => Err(Rejection::InvoiceExpired { invoice: invoice.id, expires_at, paid_at }),
        None => Ok(()),
    }
}

/// A service's limits.
pub fn within(service: &Service, given: i128) -> Judged<()> {
    let terms = &service.terms;
    if let Some(minimum) = terms.minimum.map(Amount::signed).filter(|minimum| given < *minimum) {
        return Err(Rejection::AmountBelowServiceMinimum { given, minimum });
    }
    if let Some(maximum) = terms.maximum.map(Amount::signed).filter(|maximum| given > *maximum) {
        return Err(Rejection::AmountAboveServiceMaximum { given, maximum });
    }
    Ok(())
}

/// Fee and tax on a principal.
pub fn charge(service: &Service, principal: i128) -> Judged<(i128, i128)> {
    let terms = &service.terms;
    let beyond = Rejection::AmountBeyondTariff { given: principal };
    let fee = fee(&terms.tariff, principal, terms.rounding).ok_or(beyond)?;
    Ok((fee, terms.tax.map_or(0, |tax| share(tax.rate, fee, terms.rounding))))
}

/// What the invoice says is said of its money too, unless something else is.
fn carried(invoice: &Invoice, given: &Option<Box<Details>>) -> Details {
    let mut details = given.as_deref().cloned().unwrap_or_default();
    if details.narrative.is_none() {
        details.narrative.clone_from(&invoice.narrative);
    }
    if details.from.is_none() {
        details.from = Some(invoice.payer.clone());
    }
    let told = details.references.clone();
    details.references.extend(invoice.references.iter().filter(|reference| !told.contains(reference)).cloned());
    details
}
