//! Texts and collections of devices, payouts, counterparties, invoices, cursors, sets and quotas: at each limit, and one
//! beyond.

use ed25519_dalek::{Signer, SigningKey};
use pacioli::prelude::*;
use pacioli::{
    AccountSetChange, Acknowledge, AdvanceInvoice, ChannelChange, CounterpartyChange, InvoiceFailure, Limits,
    NewAccountSet, PayoutChange, PayoutItemChange, PayoutItemId, PayoutItemStep, RevokeDevice, SetQuota,
};

use crate::{Bench, kes};

const NAME: usize = Limits::NAME_BYTES;
const TEXT: usize = Limits::DESCRIPTION_BYTES;
const REFERENCE: usize = Limits::REFERENCE_BYTES;

fn signing(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn public(number: u8) -> PublicKey {
    PublicKey(signing(number).verifying_key().to_bytes())
}

/// A bench with a device, a payout that waits and one that is approved, a counterparty, a channel and an invoice.
struct Office {
    bench: Bench,
    service: ServiceId,
    device: DeviceId,
    waiting: PayoutId,
    approved: PayoutId,
    counterparty: CounterpartyId,
    invoice: InvoiceId,
}

impl Office {
    fn new() -> Self {
        let bench = Bench::funded();
        let (client, ledger) = (bench.client.id, &bench.ledger);
        let service = NewService::new(client, bench.book.id, "PAYING").narrative_required(false);
        let service = ledger.define_service(service).unwrap().id;
        let device = ledger.register_device(NewDevice::new(client, public(1), "Till")).unwrap().id;
        let payout = || {
            let item = NewPayoutItem::new(Party::shown(PartyKind::Name, "Otieno"), kes("1.00"));
            let payout = NewPayout::new(device, service, bench.account.id, Provider::MPESA_B2C, Currency::KES);
            ledger.initiate_payout(payout.item(item)).unwrap()
        };
        let (waiting, approved) = (payout().payout, payout());
        let signature = signing(1).sign(&approved.digest(device).0).to_bytes();
        ledger.execute(SignedApproval::new(approved.payout, signature)).unwrap();
        let counterparty = NewCounterparty::new(client, PartyKind::Name, "Jane Njeri");
        let counterparty = ledger.record_counterparty(counterparty).unwrap().id;
        ledger.define_channel(NewChannel::new("CARDS", [Currency::KES])).unwrap();
        let payer = Party::shown(PartyKind::Name, "Otieno");
        let invoice = NewInvoice::new(service, "CARDS", kes("1.00"), payer, "invoice").into_account(bench.account.id);
        let invoice = ledger.issue_invoice(invoice).unwrap().id;
        Self { service, device, waiting, approved: approved.payout, counterparty, invoice, bench }
    }

    fn payout(&self, provider: Provider, change: impl FnOnce(NewPayoutItem) -> NewPayoutItem) -> Command {
        let item = NewPayoutItem::new(Party::shown(PartyKind::Name, "Otieno"), kes("1.00"));
        let account = self.bench.account.id;
        NewPayout::new(self.device, self.service, account, provider, Currency::KES).item(change(item)).into()
    }

    fn item(&self, change: impl FnOnce(PayoutItemChange) -> PayoutItemChange) -> Command {
        let item = PayoutItemId { payout: self.approved, number: 1 };
        change(PayoutItemChange::new(item, PayoutItemStep::Start)).into()
    }

    fn recorded(&self, change: impl FnOnce(&mut NewCounterparty)) -> Command {
        let mut given = NewCounterparty::new(self.bench.client.id, PartyKind::Name, "Somebody else");
        change(&mut given);
        given.into()
    }

    fn changed(&self, change: impl FnOnce(&mut CounterpartyChange)) -> Command {
        let mut given = CounterpartyChange::default();
        change(&mut given);
        (self.counterparty, given).into()
    }

    fn invoiced(&self, change: impl FnOnce(NewInvoice) -> NewInvoice) -> Command {
        let payer = Party::shown(PartyKind::Name, "Otieno");
        let invoice = NewInvoice::new(self.service, "CARDS", kes("1.00"), payer, "another");
        change(invoice.into_account(self.bench.account.id)).into()
    }

    fn failed(&self, failure: InvoiceFailure) -> Command {
        AdvanceInvoice::fail(self.invoice, failure).into()
    }

    /// The refusal, taken out of what refuses an item of a payout.
    fn refused(&self, command: Command) -> Rejection {
        match self.bench.refused(command) {
            Rejection::ItemRefused { item: 1, reason } => *reason,
            other => other,
        }
    }

    fn taken(&self, what: &str, command: Command) {
        let answer = self.bench.ledger.simulate(|ledger| ledger.execute(command));
        assert!(answer.is_ok(), "{what}: {answer:?}");
    }
}

/// A command with a text in it.
type Making = fn(&Office, String) -> Command;

const FIELDS: &[(&str, usize, Making)] = &[
    ("tax identifier", NAME, |_, text| {
        let contact = Contact::new("Jane", "jane@emali.example", "0722000001");
        NewClient { tax_id: Some(text), ..NewClient::individual("KE", contact) }.into()
    }),
    ("device label", NAME, |office, text| NewDevice::new(office.bench.client.id, public(2), text).into()),
    ("reason", TEXT, |office, text| RevokeDevice::new(office.device).because(text).into()),
    ("cursor name", Limits::CURSOR_NAME_BYTES, |_, text| Acknowledge::new(text, Sequence(1)).into()),
    ("provider", NAME, |office, text| office.payout(Provider::new(text), |item| item)),
    ("name", NAME, |office, text| office.payout(Provider::MPESA_B2C, |item| item.named(text))),
    ("narrative", Limits::NARRATIVE_BYTES, |office, text| {
        office.payout(Provider::MPESA_B2C, |item| item.narrated(text))
    }),
    ("reference", REFERENCE, |office, text| office.payout(Provider::MPESA_B2C, |item| item.referring(text))),
    ("beneficiary", REFERENCE, |office, text| {
        let party = Party::shown(PartyKind::Name, text);
        office.payout(Provider::MPESA_B2C, |item| NewPayoutItem { beneficiary: party.into(), ..item })
    }),
    ("code", NAME, |office, text| office.item(|item| item.coded(text))),
    ("reason", TEXT, |office, text| office.item(|item| item.because(text))),
    ("reason", TEXT, |office, text| PayoutChange::cancel(office.waiting).because(text).into()),
    ("counterparty value", REFERENCE, |office, text| office.recorded(|given| given.value = text)),
    ("party", REFERENCE, |office, text| office.recorded(|given| given.display = Some(text))),
    ("counterparty reference", NAME, |office, text| office.recorded(|given| given.reference = Some(text))),
    ("counterparty name", NAME, |office, text| office.recorded(|given| given.name = Some(text))),
    ("counterparty email", NAME, |office, text| office.recorded(|given| given.email = Some(text))),
    ("counterparty phone", NAME, |office, text| office.recorded(|given| given.phone = Some(text))),
    ("country", NAME, |office, text| office.recorded(|given| given.country = Some(text))),
    ("address line", NAME, |office, text| office.recorded(|given| given.address = vec![text])),
    ("counterparty reference", NAME, |office, text| office.changed(|given| given.reference = Some(text))),
    ("counterparty name", NAME, |office, text| office.changed(|given| given.name = Some(text))),
    ("counterparty email", NAME, |office, text| office.changed(|given| given.email = Some(text))),
    ("counterparty phone", NAME, |office, text| office.changed(|given| given.phone = Some(text))),
    ("country", NAME, |office, text| office.changed(|given| given.country = Some(text))),
    ("channel", NAME, |_, text| NewChannel::new(text, [Currency::KES]).into()),
    ("provider", NAME, |office, text| office.invoiced(|invoice| invoice.run_by(text))),
    ("reason", TEXT, |office, text| AdvanceInvoice::cancel(office.invoice, Some(text)).into()),
    ("reason", TEXT, |office, text| office.failed(InvoiceFailure::new(text))),
    ("code", NAME, |office, text| office.failed(InvoiceFailure { code: Some(text), ..InvoiceFailure::new("no") })),
    ("link", TEXT, |office, text| office.failed(InvoiceFailure { code_link: Some(text), ..InvoiceFailure::new("no") })),
];

#[test]
fn texts_of_every_family_are_taken_at_their_limits_and_one_byte_more_is_refused() {
    let office = Office::new();
    for (field, limit, command) in FIELDS.iter().copied() {
        let refusal = office.refused(command(&office, "x".repeat(limit + 1)));
        assert_eq!(refusal, Rejection::TextTooLong { field, limit, given: limit + 1 });
        office.taken(field, command(&office, "x".repeat(limit)));
    }
}

#[test]
fn collections_of_every_family_are_taken_at_their_limits_and_one_more_is_refused() {
    let office = Office::new();
    let too_many = |field, limit| Rejection::TooMany { field, limit, given: limit + 1 };
    let held = |field, limit, command: &dyn Fn(usize) -> Command| {
        assert_eq!(office.refused(command(limit + 1)), too_many(field, limit));
        office.taken(field, command(limit));
    };
    let currencies = |count| vec![Currency::KES; count];
    held("currencies", Limits::CURRENCIES, &|count| NewChannel::new("ALL", currencies(count)).into());
    held("currencies", Limits::CURRENCIES, &|count| {
        ("CARDS", ChannelChange { currencies: Some(currencies(count)), ..ChannelChange::default() }).into()
    });
    let lines = |count| vec!["Kimathi Street".to_owned(); count];
    held("address lines", Limits::ADDRESS_LINES, &|count| office.recorded(|given| given.address = lines(count)));
    held("address lines", Limits::ADDRESS_LINES, &|count| office.changed(|given| given.address = Some(lines(count))));

    let (ledger, book) = (&office.bench.ledger, office.bench.book.id);
    let set = |name: String| ledger.define_set(NewAccountSet::new(book, name)).unwrap().id;
    let (whole, parts) =
        (set("whole".into()), (0..=Limits::SETS).map(|at| set(format!("part {at}"))).collect::<Vec<_>>());
    held("sets of a set", Limits::SETS, &|count| (whole, AccountSetChange::add(parts[..count].to_vec())).into());
}

#[test]
fn one_client_has_quotas_for_so_many_books() {
    let office = Office::new();
    let (ledger, client) = (&office.bench.ledger, office.bench.client.id);
    let book = |at: usize| ledger.open_book(NewBook::live(format!("book {at}"), Currency::KES)).unwrap().id;
    let quota = |book| SetQuota::new(client, book, 3);
    for at in 0..Limits::QUOTAS {
        ledger.execute(quota(book(at))).unwrap();
    }
    let (limit, beyond) = (Limits::QUOTAS, book(Limits::QUOTAS));
    let refusal = office.refused(quota(beyond).into());
    assert_eq!(refusal, Rejection::TooMany { field: "quotas", limit, given: limit + 1 });
    // One that is there already can be set again.
    ledger.execute(quota(BookId(beyond.0 - 1))).unwrap();
}
