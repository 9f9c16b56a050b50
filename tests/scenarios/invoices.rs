//! The verbs of collections: channels, invoices and their steps.

use pacioli::prelude::*;
use pacioli::{AdvanceInvoice, ChannelChange, Clearing, CompleteInvoice, InvoiceFailure, InvoiceId, NewChannel};
use pacioli::{InvoiceStep, NewInvoice};

use super::{Stage, Words, known, sum, text};

impl Stage {
    /// The command of a line, if its verb is one of these.
    pub(super) fn invoices(&self, words: &Words<'_>) -> Option<Command> {
        let command: Command = match words.at(0) {
            "channel" => {
                let currencies = words.plain.iter().skip(2).filter(|word| **word != "closed");
                let mut channel = NewChannel::new(text(words.at(1)), currencies.map(|code| currency(code)));
                if words.has("crowd") {
                    channel.currencies = vec![Currency::KES; 65];
                }
                channel.active = !words.has("closed");
                channel.key = words.text("key");
                channel.into()
            }
            "channel-is" => (words.at(1), ChannelChange::active(words.at(2) == "active")).into(),
            "channel-takes" => {
                let currencies = words.plain.iter().skip(2).map(|code| currency(code));
                (words.at(1), ChannelChange::taking(currencies)).into()
            }
            "invoice" => self.new_invoice(words).into(),
            "process" => self.step(words, InvoiceStep::Process),
            "fail" => {
                let failure = InvoiceFailure { reason: words.text("reason").unwrap_or_default(), ..failure(words) };
                self.step(words, InvoiceStep::Fail { failure })
            }
            "cancel" => self.step(words, InvoiceStep::Cancel { reason: words.text("reason") }),
            "expire" => self.step(words, InvoiceStep::Expire { at: time(words, "at").unwrap() }),
            "complete" => self.completion(words).into(),
            _ => return None,
        };
        Some(match words.text("actor") {
            Some(actor) => command.by(actor),
            None => command,
        })
    }

    fn new_invoice(&self, words: &Words<'_>) -> NewInvoice {
        let service = self.service(words.named("under").unwrap_or("nothing"));
        let channel = words.named("by").unwrap_or("nothing");
        let payer = Party::shown(PartyKind::Msisdn, words.text("from").unwrap_or("254712345678".into()));
        let mut invoice = NewInvoice::new(service, channel, sum(words.at(2)), payer, text(words.at(1)));
        invoice.account = words.named("to").map(|account| self.account(account));
        invoice.provider = words.text("provider");
        invoice.narrative = words.text("note");
        invoice.expires_at = time(words, "until");
        if words.has("on-top") {
            invoice.bearer = FeeBearer::Payer;
        }
        for (_, reference) in words.named.iter().filter(|(name, _)| *name == "ref") {
            let (kind, id) = reference.split_once('=').unwrap();
            invoice = invoice.referring(text(kind), text(id));
        }
        invoice
    }

    /// The invoice that an earlier command issued.
    fn invoice(&self, words: &Words<'_>) -> InvoiceId {
        InvoiceId(known(&self.entries, words.at(2), Sequence(999)))
    }

    fn step(&self, words: &Words<'_>, step: InvoiceStep) -> Command {
        let mut advance = AdvanceInvoice::new(self.invoice(words), step);
        advance.key = (words.at(1) != "*").then(|| text(words.at(1)).into());
        advance.into()
    }

    fn completion(&self, words: &Words<'_>) -> CompleteInvoice {
        let mut complete = CompleteInvoice::new(self.invoice(words));
        complete.key = (words.at(1) != "*").then(|| text(words.at(1)).into());
        complete.received = words.named("received").map(sum);
        complete.clearing = time(words, "clears").map(Clearing::At);
        complete.effective_at = time(words, "at");
        match words.text("note") {
            Some(note) => complete.narrated(note),
            None => complete,
        }
    }
}

fn currency(code: &str) -> Currency {
    Currency::new(code, 2).unwrap_or(Currency::KES)
}

fn failure(words: &Words<'_>) -> InvoiceFailure {
    InvoiceFailure { code: words.text("code"), code_link: words.text("link"), ..InvoiceFailure::default() }
}

/// An instant, or a word for one.
fn time(words: &Words<'_>, name: &str) -> Option<Timestamp> {
    words.named(name).map(|word| match word {
        "yesterday" => "2026-11-21T08:30:00Z".parse().unwrap(),
        "noon" => "2026-11-22T12:00:00Z".parse().unwrap(),
        "evening" => "2026-11-22T20:00:00Z".parse().unwrap(),
        "next_week" => "2026-11-29T08:30:00Z".parse().unwrap(),
        word => word.parse().unwrap(),
    })
}
