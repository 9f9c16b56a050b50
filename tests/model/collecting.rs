//! Random commands about channels and invoices.

use pacioli::money::Currency;
use pacioli::{
    AdvanceInvoice, ChannelChange, Command, CompleteInvoice, FeeBearer, Invoice, InvoiceFailure, InvoiceId,
    InvoiceStep, NewChannel, NewInvoice, Party, PartyKind, Sequence, Timestamp,
};

use super::commands::World;
use super::invoices;
use super::naive::{Ask, Naive};

const CHANNELS: [&str; 4] = ["M-PESA", "CARD", "PAYBILL", "nothing"];

impl World {
    /// The channels that every world begins with.
    pub fn first_channels() -> Vec<Ask> {
        vec![
            Ask::of(NewChannel::new("M-PESA", [Currency::KES])),
            Ask::of(NewChannel::new("CARD", [Currency::KES, Currency::USD])),
        ]
    }

    /// Mostly of the latest invoices.
    pub fn collect(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let issued: Vec<Invoice> = invoices::all(&model.entries).into_iter().rev().take(8).collect();
        let open: Vec<Invoice> = issued.iter().filter(|invoice| invoice.state.is_open()).cloned().collect();
        let of = if self.random.percent(85) { &open } else { &issued };
        let invoice = self.random.one(of);
        let steps = if invoice.is_some() { 60 } else { 4 };
        match self.random.weighted(&[40, steps, steps / 2, 4]) {
            1 => self.complete(invoice, now),
            2 => self.advance(invoice, now),
            3 => self.channel(),
            _ => self.issue(model, now),
        }
    }

    fn issue(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let (service, account) = self.service_and_account(model);
        let payer = self.random.one(&["0722", "0733", "0744"]).filter(|_| self.random.percent(98));
        let payer = self.perhaps_known(Party::shown(PartyKind::Handle, payer.unwrap_or("")), 15);
        let known = if self.random.percent(95) { 2 } else { CHANNELS.len() };
        let channel = self.random.one(&CHANNELS[..known]).unwrap();
        let money = self.money_for(model, service);
        let mut given = NewInvoice::new(service, channel, money, payer, self.key(model));
        given.account = self.random.percent(85).then_some(account);
        given.bearer = self.random.one(&[FeeBearer::Payer, FeeBearer::Payee]).unwrap();
        given.provider = self.random.percent(10).then(|| self.random.one(&["bank", ""]).unwrap().to_owned());
        given.expires_at = self.due(now);
        if let Some(details) = self.details(25) {
            (given.narrative, given.references) = (details.narrative, details.references);
            given.metadata = details.metadata;
        }
        Ask::of(given)
    }

    fn invoice_id(&mut self, invoice: Option<&Invoice>) -> InvoiceId {
        let other = InvoiceId(Sequence(self.random.below(60)));
        invoice.map_or(other, |invoice| invoice.id)
    }

    fn step_key(&mut self, model: Option<&Invoice>) -> Option<Box<str>> {
        let sequence = model.map_or(0, |invoice| invoice.id.0.0);
        match self.random.below(20) {
            0 => Some(format!("CMP{sequence}").into()),
            1 | 2 => Some(format!("step{}", self.random.below(60)).into()),
            3 => Some("".into()),
            _ => None,
        }
    }

    fn complete(&mut self, invoice: Option<Invoice>, now: Timestamp) -> Ask {
        let mut given = CompleteInvoice::new(self.invoice_id(invoice.as_ref()));
        let currency = invoice.as_ref().map_or(Currency::KES, |invoice| invoice.currency);
        given.received = match self.random.below(10) {
            0..=1 => Some(self.money(currency)),
            2 => invoice.as_ref().map(|invoice| currency.amount(invoice.asked)),
            _ => None,
        };
        given.key = self.step_key(invoice.as_ref());
        given.clearing = self.random.percent(15).then(|| self.clearing(now));
        (given.effective_at, given.details) = (self.effective(now), self.details(15));
        Ask::of(given)
    }

    fn advance(&mut self, invoice: Option<Invoice>, now: Timestamp) -> Ask {
        let id = self.invoice_id(invoice.as_ref());
        let expires_at = invoice.as_ref().and_then(|invoice| invoice.expires_at).unwrap_or(now);
        let step = match self.random.below(10) {
            0..=3 => InvoiceStep::Process,
            4 | 5 => {
                let mut failure =
                    InvoiceFailure::new(self.random.one(&["no money", "no money", "no money", ""]).unwrap());
                failure.code = self.random.percent(30).then(|| self.random.one(&["E1", ""]).unwrap().to_owned());
                InvoiceStep::Fail { failure }
            }
            6 | 7 => InvoiceStep::Cancel { reason: self.random.percent(50).then(|| "changed".to_owned()) },
            _ => {
                let at = self.random.one(&[expires_at, now, now, Timestamp(now.0 + 20)]).unwrap();
                InvoiceStep::Expire { at }
            }
        };
        let mut given = AdvanceInvoice::new(id, step);
        given.key = self.step_key(invoice.as_ref());
        Ask::of(given)
    }

    fn channel(&mut self) -> Ask {
        let code = self.random.one(&CHANNELS).unwrap();
        let currencies = self.random.one(&[vec![Currency::KES], vec![Currency::KES, Currency::USD], vec![]]).unwrap();
        let key = self.random.percent(30).then(|| format!("c{}", self.random.below(9)));
        let command: Command = if self.random.percent(30) {
            let code = self.random.one(&[code, code, ""]).unwrap();
            let mut given = NewChannel::new(code, currencies);
            given.key = key;
            given.into()
        } else {
            let mut given = ChannelChange::default();
            // Open again sooner than closed.
            given.active = self.random.percent(80).then(|| self.random.percent(75));
            given.currencies = self.random.percent(20).then_some(currencies);
            given.key = key;
            (code, given).into()
        };
        Ask::of(command)
    }
}
