//! IntaSend, "Fund wallet": money expected from a phone, and what becomes of it.

use pacioli::prelude::*;
use pacioli::{
    AdvanceInvoice, ChannelChange, Counts, Invoice, LineStatus, NewLimit, NewMonitor, Operation, Role, Side,
    SystemAccount, TransactionSource, Window,
};
use proptest::prelude::*;

use crate::world::{Shop, World, at, gbp, kes, minor, no};

/// A shop with a wallet, which collects by M-PESA in KES.
struct Till {
    shop: Shop,
    wallet: AccountId,
    external: AccountId,
    fees: AccountId,
}

impl Till {
    fn open(world: &World) -> Self {
        let shop = world.shop(Currency::KES);
        let wallet = world.account(&shop.client, &shop.book).id;
        world.ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES])).unwrap();
        let system = |account| shop.book.system(account);
        let (external, fees) = (system(SystemAccount::External), system(SystemAccount::FeeIncome));
        Self { shop, wallet, external, fees }
    }

    /// An invoice to the wallet under the shop's free service.
    fn asks(&self, sum: &str, key: &str) -> NewInvoice {
        new(self.shop.service.id, sum, key).into_account(self.wallet)
    }

    /// An invoice to the wallet under a service with this fee.
    fn asks_under(&self, service: ServiceId, sum: &str, key: &str) -> NewInvoice {
        new(service, sum, key).into_account(self.wallet)
    }

    fn service(&self, world: &World, product: &str, change: impl FnOnce(NewService) -> NewService) -> ServiceId {
        let service = NewService::new(self.shop.client.id, self.shop.book.id, product);
        world.ledger.define_service(change(service)).unwrap().id
    }
}

fn new(service: ServiceId, sum: &str, key: &str) -> NewInvoice {
    NewInvoice::new(service, "M-PESA", kes(sum), phone(), key)
}

fn phone() -> Party {
    Party::shown(PartyKind::Msisdn, "254712345678")
}

fn percent(text: &str) -> Fee {
    Fee::percentage(Rate::percent_text(text).unwrap())
}

fn issued(world: &World, given: NewInvoice) -> InvoiceId {
    world.ledger.issue_invoice(given).unwrap().id
}

fn seen(world: &World, invoice: InvoiceId) -> InvoiceView {
    world.ledger.view().unwrap().invoice(invoice).unwrap()
}

/// Value, charges and net amount, as text.
fn figures(invoice: &InvoiceView) -> (String, String, String) {
    (invoice.value.text(), invoice.charges.text(), invoice.net_amount.text())
}

fn texts(value: &str, charges: &str, net_amount: &str) -> (String, String, String) {
    (value.to_owned(), charges.to_owned(), net_amount.to_owned())
}

fn ids(page: &Page<InvoiceView>) -> Vec<InvoiceId> {
    page.items.iter().map(|invoice| invoice.id).collect()
}

fn sound(world: &World) {
    let proof = world.ledger.verify_all().unwrap();
    assert_eq!(proof.finding, None);
}

#[test]
fn req_000_15_an_invoice_has_the_fields_of_the_document() {
    let world = World::new();
    let till = Till::open(&world);
    let facts: Metadata =
        [("email", "joe@doe.com"), ("name", "Joe Doe")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let given = till.asks("10.00", "fund-1").referring("api_ref", "ISL_faa26ef9").with(facts.clone());
    let invoice = world.ledger.issue_invoice(given).unwrap();
    assert_eq!((invoice.channel.as_str(), invoice.currency), ("M-PESA", Currency::KES));
    assert_eq!((invoice.value, invoice.account, &invoice.payer), (kes("10.00"), till.wallet, &phone()));
    assert_eq!(invoice.references, [pacioli::Reference::new("api_ref", "ISL_faa26ef9")]);
    assert_eq!(invoice.metadata, facts);
    // The optional ones are optional.
    let bare = world.ledger.issue_invoice(till.asks("10.00", "fund-2")).unwrap();
    assert!(bare.references.is_empty() && bare.metadata.is_empty() && bare.narrative.is_none());
}

#[test]
fn req_000_16_without_an_account_the_settlement_account_collects() {
    let world = World::new();
    let till = Till::open(&world);
    let (client, book, service) = (till.shop.client.id, till.shop.book.id, till.shop.service.id);
    assert_eq!(world.refused(new(service, "10.00", "a")), Rejection::SettlementAccountMissing { client, book });
    let mut settlement = NewAccount::new(client, book, AccountType::SETTLEMENT);
    settlement.provisioned = true;
    let settlement = world.ledger.open_account(settlement).unwrap().id;
    let invoice = world.ledger.issue_invoice(new(service, "10.00", "a")).unwrap();
    assert_eq!(invoice.account, settlement);
    world.ledger.complete_invoice(invoice.id).unwrap();
    assert_eq!((world.current(settlement), world.current(till.wallet)), (10_00, 0));
    let named = issued(&world, till.asks("5.00", "b"));
    world.ledger.complete_invoice(named).unwrap();
    assert_eq!((world.current(settlement), world.current(till.wallet)), (10_00, 5_00));
}

#[test]
fn req_000_17_a_channel_says_which_currencies_it_takes() {
    let world = World::new();
    let till = Till::open(&world);
    // M-PESA takes KES alone, and the wallet is in KES: an invoice in GBP fits neither.
    let mut pounds = till.asks("10.00", "a");
    pounds.money = gbp("10.00");
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::GBP };
    assert_eq!(world.refused(pounds), mismatch);
    world.ledger.define_channel(NewChannel::new("CARDS", [Currency::GBP, Currency::USD])).unwrap();
    let mut carded = till.asks("10.00", "a");
    carded.channel = "CARDS".into();
    let unsupported = Rejection::ChannelCurrencyUnsupported { channel: "CARDS".into(), currency: Currency::KES };
    assert_eq!(world.refused(carded.clone()), unsupported);
    // The table can change, and earlier views show it as it was.
    let before = world.ledger.view().unwrap();
    let changed = ChannelChange::taking([Currency::GBP, Currency::KES]).keyed("cards-2");
    let cards = world.ledger.change_channel("CARDS", changed.clone()).unwrap();
    assert!(cards.takes(Currency::KES) && !cards.takes(Currency::USD));
    assert!(world.ledger.execute(("CARDS", changed)).unwrap().is_replayed());
    world.ledger.issue_invoice(carded).unwrap();
    assert!(before.channel("CARDS").unwrap().takes(Currency::USD));
    assert_eq!(before.channels().unwrap().len(), 2);
    assert_eq!(before.channels().unwrap()[0].code, "M-PESA");
    let earlier = world.ledger.view_at(Sequence(1)).unwrap();
    assert_eq!(no(earlier.channel("M-PESA")), Rejection::ChannelNotFound { channel: "M-PESA".into() });
    assert!(earlier.channels().unwrap().is_empty());
}

#[test]
fn req_000_18_the_payer_has_a_typed_kind_and_is_never_looked_into() {
    let world = World::new();
    let till = Till::open(&world);
    let mut given = till.asks("10.00", "a");
    given.payer = Party::masked(PartyKind::Msisdn, "+64221234536");
    let id = issued(&world, given);
    assert_eq!(seen(&world, id).payer.display, "+6422*****36");
    // Whom the money came from stands on the statement's line too.
    world.ledger.complete_invoice(id).unwrap();
    let lines = world.lines(till.wallet);
    assert_eq!(lines[0].from, Some(Party::shown(PartyKind::Msisdn, "+6422*****36")));
}

#[test]
fn req_000_19_the_reference_is_free_not_unique_and_finds_its_invoices() {
    let world = World::new();
    let till = Till::open(&world);
    let refer = |key: &str| till.asks("10.00", key).referring("api_ref", "test");
    let (first, second) = (issued(&world, refer("a")), issued(&world, refer("b")));
    let found = |kind: &str, id: &str, listing: Listing| {
        world.ledger.view().unwrap().invoices_referring(kind, id, listing).unwrap()
    };
    assert_eq!(ids(&found("api_ref", "test", Listing::default())), [first, second]);
    assert!(ids(&found("api_ref", "a", Listing::default())).is_empty(), "a key is not a reference");
    // The entry that completes one carries its references, and those given with it; the invoice stands once.
    world.ledger.complete_invoice(CompleteInvoice::new(first).referring("mpesa", "SJK4H7XYZ1")).unwrap();
    assert_eq!(ids(&found("api_ref", "test", Listing::default().newest_first())), [second, first]);
    assert_eq!(ids(&found("mpesa", "SJK4H7XYZ1", Listing::default())), [first]);
    assert_eq!(world.lines(till.wallet)[0].references.len(), 2);
    let page = found("api_ref", "test", Listing::first(1));
    let next = Listing::first(1).after(page.next.unwrap());
    assert_eq!((ids(&page), ids(&found("api_ref", "test", next))), (vec![first], vec![second]));
}

#[test]
fn req_000_20_identifier_and_times_are_the_engines_and_the_rest_the_hosts() {
    let world = World::new();
    let till = Till::open(&world);
    let facts: Metadata = [
        ("device_fingerprint", "x1"),
        ("ip_address", "10.0.0.1"),
        ("payment_link", "none"),
        ("customer_comment", "hi"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let invoice = world.ledger.issue_invoice(till.asks("10.00", "a").with(facts.clone())).unwrap();
    assert_eq!(invoice.metadata, facts);
    assert_eq!(invoice.created_at, invoice.updated_at);
    world.minutes_later(5);
    let later = world.ledger.process_invoice(invoice.id).unwrap();
    assert_eq!((later.id, later.created_at), (invoice.id, invoice.created_at));
    assert_eq!(later.updated_at, at("2026-11-22T08:35:00Z"));
}

#[test]
fn req_000_21_an_invoice_shows_the_fields_of_the_document() {
    let world = World::new();
    let till = Till::open(&world);
    let given = till.asks("10.00", "a").run_by("M-PESA").referring("api_ref", "test");
    let invoice = world.ledger.issue_invoice(given).unwrap();
    let shown = serde_json::to_value(&invoice).unwrap();
    assert_eq!(shown["id"], invoice.id.0.0);
    assert_eq!((&shown["state"], &shown["provider"]), (&"PENDING".into(), &"M-PESA".into()));
    for (field, text) in [("charges", "0.00"), ("net_amount", "10.00"), ("value", "10.00")] {
        assert_eq!((&shown[field]["amount"], &shown[field]["currency"]), (&text.into(), &"KES".into()), "{field}");
    }
    assert_eq!(shown["payer"]["display"], "254712345678");
    assert_eq!(shown["references"][0]["id"], "test");
    assert!(shown["failure"].is_null());
    assert!(shown["created_at"].is_string() && shown["updated_at"].is_string());
}

#[test]
fn req_000_22_issuing_moves_no_money() {
    let world = World::new();
    let till = Till::open(&world);
    let (_, before) = world.state();
    let receipt = world.ledger.execute(till.asks("10.00", "a")).unwrap();
    let invoice = seen(&world, receipt.invoice().unwrap());
    assert_eq!((invoice.state, invoice.completed_in), (InvoiceState::Pending, None));
    assert_eq!(world.state().1, before);
    assert!(receipt.entry().postings.is_empty() && receipt.activities().is_empty());
    assert_eq!(figures(&invoice), texts("10.00", "0.00", "10.00"));
    world.ledger.process_invoice(invoice.id).unwrap();
    assert_eq!(world.state().1, before);
}

#[test]
fn req_000_23_completion_is_one_entry_and_value_is_net_and_charges() {
    let world = World::new();
    let till = Till::open(&world);
    // The sample: 10.0 = 10.00 - 0.00.
    let free = issued(&world, till.asks("10.00", "free"));
    world.ledger.complete_invoice(free).unwrap();
    assert_eq!(figures(&seen(&world, free)), texts("10.00", "0.00", "10.00"));
    assert_eq!(world.current(till.wallet), 10_00);

    // With a fee of 3 % and 16 % tax on it: 10.00 = 9.65 + 0.30 + 0.05.
    let taxed = till.service(&world, "TAXED", |service| {
        service.fee(percent("3")).taxed(Tax { rate: Rate::percent_text("16").unwrap() })
    });
    let id = issued(&world, till.asks_under(taxed, "10.00", "taxed").narrated("Order 7"));
    assert_eq!(figures(&seen(&world, id)), texts("10.00", "0.35", "9.65"));
    let receipt = world.ledger.complete_invoice(id).unwrap();
    let line = |posting: &pacioli::Posting| (posting.account, posting.side, posting.role, posting.amount.signed());
    let tax = till.shop.book.system(SystemAccount::Tax);
    let lines: Vec<_> = receipt.entry().postings.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            (till.external, Side::Debit, Role::Principal, 10_00),
            (till.wallet, Side::Credit, Role::Principal, 10_00),
            (till.wallet, Side::Debit, Role::Charge, 35),
            (till.fees, Side::Credit, Role::Fee, 30),
            (tax, Side::Credit, Role::Tax, 5),
        ]
    );
    let posted = receipt.entry().posted().unwrap();
    assert_eq!((posted.operation, posted.kind), (Operation::Credit, EntryKind::Sale));
    assert_eq!(posted.source, TransactionSource::External);
    let invoice = seen(&world, id);
    assert_eq!(figures(&invoice), texts("10.00", "0.35", "9.65"));
    assert_eq!((invoice.state, invoice.completed_in), (InvoiceState::Complete, Some(receipt.sequence())));
    assert_eq!(receipt.activity().unwrap().narrative.as_deref(), Some("Order 7"));
    assert_eq!(receipt.charged(), Some(kes("0.35")));
    assert_eq!(world.current(till.wallet), 10_00 + 9_65);
    sound(&world);
}

#[test]
fn req_000_24_only_a_failed_invoice_has_a_failure_and_it_posts_nothing() {
    let world = World::new();
    let till = Till::open(&world);
    let id = issued(&world, till.asks("10.00", "a"));
    assert_eq!(seen(&world, id).failure, None);
    world.ledger.process_invoice(id).unwrap();
    let (_, before) = world.state();
    let failure =
        InvoiceFailure::new("Request cancelled by user").coded("1032").explained_at("https://example.com/1032");
    let failed = world.ledger.fail_invoice(id, failure.clone()).unwrap();
    assert_eq!((failed.state, failed.failure.as_ref()), (InvoiceState::Failed, Some(&failure)));
    assert_eq!(world.state().1, before);
    let to = InvoiceState::Complete;
    let refusal = Rejection::InvalidTransition { invoice: id, from: InvoiceState::Failed, to };
    assert_eq!(world.refused(CompleteInvoice::new(id)), refusal);
    // A failure has a reason, always.
    let other = issued(&world, till.asks("10.00", "b"));
    let empty = AdvanceInvoice::fail(other, InvoiceFailure::new(" "));
    assert_eq!(world.refused(empty), Rejection::TextRequired { field: "reason" });
}

#[test]
fn req_000_25_states_lead_on_and_the_last_are_final() {
    use InvoiceState::*;
    let world = World::new();
    let till = Till::open(&world);
    let expires_at = at("2026-11-22T09:00:00Z");
    let step = |id: InvoiceId, to: InvoiceState| -> Command {
        match to {
            Pending | Processing => AdvanceInvoice::process(id).keyed(world.key()).into(),
            Complete => CompleteInvoice::new(id).effective(expires_at).keyed(world.key()).into(),
            Failed => AdvanceInvoice::fail(id, InvoiceFailure::new("no")).keyed(world.key()).into(),
            Cancelled => AdvanceInvoice::cancel(id, None).keyed(world.key()).into(),
            Expired => AdvanceInvoice::expire(id, expires_at).keyed(world.key()).into(),
        }
    };
    let all = [Processing, Complete, Failed, Cancelled, Expired];
    let mut invoices = Vec::new();
    for end in [Complete, Failed, Cancelled, Expired] {
        for by_way in [false, true] {
            let key = format!("{end:?}-{by_way}");
            let id = issued(&world, till.asks("10.00", &key).until(expires_at));
            if by_way {
                world.ledger.execute(step(id, Processing)).unwrap();
            }
            invoices.push((id, end, by_way));
        }
    }
    world.minutes_later(30);
    for (id, end, by_way) in invoices {
        if by_way {
            let refusal = Rejection::InvalidTransition { invoice: id, from: Processing, to: Processing };
            assert_eq!(world.refused(step(id, Processing)), refusal);
        }
        world.ledger.execute(step(id, end)).unwrap();
        assert_eq!(seen(&world, id).state, end);
        for to in all {
            assert_eq!(world.refused(step(id, to)), Rejection::InvalidTransition { invoice: id, from: end, to });
        }
    }
    // Two were completed, each once.
    assert_eq!(world.current(till.wallet), 20_00);
    let nowhere = InvoiceId(Sequence(1));
    assert_eq!(world.refused(step(nowhere, Complete)), Rejection::InvoiceNotFound { invoice: nowhere });
    assert_eq!(no(world.ledger.view().unwrap().invoice(nowhere)), Rejection::InvoiceNotFound { invoice: nowhere });
    sound(&world);
}

#[test]
fn req_000_25_a_completion_told_twice_is_posted_once() {
    let world = World::new();
    let till = Till::open(&world);
    let id = issued(&world, till.asks("10.00", "order-7"));
    let paid = CompleteInvoice::new(id).keyed("SJK4H7XYZ1");
    let first = world.ledger.complete_invoice(paid.clone()).unwrap();
    let again = world.ledger.complete_invoice(paid.clone()).unwrap();
    assert!(again.is_replayed());
    assert_eq!((again.entry(), again.invoice()), (first.entry(), Some(id)));
    assert_eq!(world.current(till.wallet), 10_00);
    // The value said in words is the value.
    assert!(world.ledger.complete_invoice(paid.clone().received(kes("10.00"))).unwrap().is_replayed());
    let conflict = Rejection::IdempotencyConflict { original: first.sequence() };
    for other in [
        paid.clone().received(kes("9.00")),
        paid.clone().narrated("else"),
        paid.clone().clearing(Clearing::ByCall),
        paid.clone().effective(at("2026-11-22T08:00:00Z")),
    ] {
        assert_eq!(world.refused(other), conflict);
    }
    let (from, to) = (InvoiceState::Complete, InvoiceState::Complete);
    assert_eq!(world.refused(CompleteInvoice::new(id)), Rejection::InvalidTransition { invoice: id, from, to });

    // Issuing again is the same invoice; whoever gives no key has the invoice for one.
    assert_eq!(issued(&world, till.asks("10.00", "order-7")), id);
    let original = id.0;
    assert_eq!(world.refused(till.asks("11.00", "order-7")), Rejection::IdempotencyConflict { original });
    let keyless = issued(&world, till.asks("10.00", "order-8"));
    world.ledger.complete_invoice(keyless).unwrap();
    assert!(world.ledger.complete_invoice(keyless).unwrap().is_replayed());
    let other = CompleteInvoice::new(keyless).received(kes("9.00"));
    assert_eq!(world.refused(other), Rejection::InvalidTransition { invoice: keyless, from, to });
    assert_eq!(world.current(till.wallet), 20_00);
}

#[test]
fn req_000_25_time_expires_what_was_not_paid() {
    let world = World::new();
    let till = Till::open(&world);
    let (nine, ten) = (at("2026-11-22T09:00:00Z"), at("2026-11-22T10:00:00Z"));
    let unpaid = issued(&world, till.asks("10.00", "a").until(nine));
    let late = issued(&world, till.asks("20.00", "b").until(nine));
    let open = issued(&world, till.asks("30.00", "c"));
    assert_eq!(world.refused(till.asks("1.00", "d").until(at("2026-11-22T08:00:00Z"))).code(), 237);
    let early = AdvanceInvoice::expire(unpaid, at("2026-11-22T08:30:00Z"));
    assert_eq!(world.refused(early).code(), 348);
    world.minutes_later(90);
    // Ten o'clock has come: what is paid now is paid too late, whether the sweep has come by or not.
    let paid_at = at("2026-11-22T10:00:00Z");
    let refusal = Rejection::InvoiceExpired { invoice: late, expires_at: nine, paid_at };
    assert_eq!(world.refused(CompleteInvoice::new(late)), refusal);
    assert_eq!(world.refused(AdvanceInvoice::process(late)), refusal);
    // But the channel may say late that it was paid in time.
    world.ledger.complete_invoice(CompleteInvoice::new(late).effective(nine)).unwrap();
    let swept = world.ledger.settle_due(ten, 10).unwrap();
    assert_eq!(swept.iter().map(Receipt::invoice).collect::<Vec<_>>(), [Some(unpaid)]);
    assert!(world.ledger.settle_due(ten, 10).unwrap().is_empty());
    let states = [unpaid, late, open].map(|id| seen(&world, id).state);
    assert_eq!(states, [InvoiceState::Expired, InvoiceState::Complete, InvoiceState::Pending]);
    let never = AdvanceInvoice::expire(open, ten);
    assert_eq!(world.refused(never), Rejection::InvoiceNotDue { invoice: open, expires_at: None, at: ten });
    assert_eq!(world.current(till.wallet), 20_00);
    sound(&world);
}

#[test]
fn rule_c15_payee_bears_the_charge_of_invoices_unless_the_payer_does() {
    let world = World::new();
    let till = Till::open(&world);
    // The service charges payers; an invoice is the payee's all the same.
    let fee = till.service(&world, "FEE", |service| service.fee(percent("2.5")).borne_by(FeeBearer::Payer));
    let by_default = issued(&world, till.asks_under(fee, "100.00", "a"));
    world.ledger.complete_invoice(by_default).unwrap();
    assert_eq!(figures(&seen(&world, by_default)), texts("100.00", "2.50", "97.50"));
    assert_eq!(world.current(till.wallet), 97_50);
    // On top: the payer pays 102.50, and the wallet nets 100.00.
    let on_top = issued(&world, till.asks_under(fee, "100.00", "b").borne_by(FeeBearer::Payer));
    assert_eq!(figures(&seen(&world, on_top)), texts("102.50", "2.50", "100.00"));
    // He pays what he was told, even if the tariff has changed since.
    let dearer = ServiceChange { tariff: Some(Tariff::Flat(percent("50"))), ..ServiceChange::default() };
    world.ledger.change_service(fee, dearer).unwrap();
    let receipt = world.ledger.complete_invoice(on_top).unwrap();
    assert_eq!(figures(&seen(&world, on_top)), texts("102.50", "2.50", "100.00"));
    assert_eq!(world.current(till.wallet), 197_50);
    let outside: i128 = receipt
        .entry()
        .postings
        .iter()
        .filter(|line| line.account == till.external && line.side == Side::Debit)
        .map(|line| line.amount.signed())
        .sum();
    assert_eq!(outside, 102_50);
    // The payee pays by the tariff of the day.
    let dear = issued(&world, till.asks_under(fee, "10.00", "c"));
    assert_eq!(figures(&seen(&world, dear)), texts("10.00", "5.00", "5.00"));
    sound(&world);
}

#[test]
fn rule_c29_a_channel_and_an_account_of_another_currency_are_refused() {
    let world = World::new();
    let till = Till::open(&world);
    let abroad = world.book(Currency::GBP);
    let pounds = world.account(&till.shop.client, &abroad).id;
    let sales = NewService::new(till.shop.client.id, abroad.id, "POUNDS");
    let sales = world.ledger.define_service(sales).unwrap().id;
    // M-PESA collects no pounds.
    let given = NewInvoice::new(sales, "M-PESA", gbp("10.00"), phone(), "a").into_account(pounds);
    let unsupported = Rejection::ChannelCurrencyUnsupported { channel: "M-PESA".into(), currency: Currency::GBP };
    assert_eq!(world.refused(given.clone()), unsupported);
    // Shillings go into no wallet of pounds, by whatever service.
    let shillings = NewInvoice { money: kes("10.00"), ..given };
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::GBP, given: Currency::KES };
    assert_eq!(world.refused(shillings), mismatch);
    let crossed = till.asks("10.00", "a").into_account(pounds);
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::GBP };
    assert_eq!(world.refused(crossed), mismatch);
}

#[test]
fn what_came_may_differ_if_it_is_said() {
    let world = World::new();
    let till = Till::open(&world);
    let fee = till.service(&world, "FEE", |service| service.fee(percent("10")));
    let id = issued(&world, till.asks_under(fee, "100.00", "a"));
    let receipt = world.ledger.complete_invoice(CompleteInvoice::new(id).received(kes("80.00"))).unwrap();
    assert_eq!(receipt.charged(), Some(kes("8.00")));
    let invoice = seen(&world, id);
    assert_eq!(figures(&invoice), texts("80.00", "8.00", "72.00"));
    assert_eq!(invoice.asked, minor(100_00));
    // On top: the charge that was agreed stays.
    let on_top = issued(&world, till.asks_under(fee, "100.00", "b").borne_by(FeeBearer::Payer));
    world.ledger.complete_invoice(CompleteInvoice::new(on_top).received(kes("60.00"))).unwrap();
    assert_eq!(figures(&seen(&world, on_top)), texts("60.00", "10.00", "50.00"));
    assert_eq!(world.current(till.wallet), 122_00);
}

#[test]
fn a_collection_clears_and_keeps_a_reserve_like_any_credit() {
    let world = World::new();
    let till = Till::open(&world);
    let kept = world.account(&till.shop.client, &till.shop.book).id;
    let service = till.service(&world, "RESERVED", |service| {
        service.fee(percent("2")).reserving(Rate::percent_text("10").unwrap(), None, kept)
    });
    let id = issued(&world, till.asks_under(service, "100.00", "a"));
    world.ledger.complete_invoice(id).unwrap();
    assert_eq!((world.current(till.wallet), world.current(kept)), (88_00, 10_00));
    // What it cost is the charge; what is retained is the client's.
    assert_eq!(figures(&seen(&world, id)), texts("100.00", "2.00", "98.00"));

    let service = till.service(&world, "CLEARED", |service| service.fee(percent("2")));
    for (bearer, current) in [(FeeBearer::Payee, 88_00 + 98_00), (FeeBearer::Payer, 88_00 + 98_00 + 100_00)] {
        let given = till.asks_under(service, "100.00", &world.key()).borne_by(bearer);
        let id = issued(&world, given);
        let clears = CompleteInvoice::new(id).clearing(Clearing::At(at("2026-11-23T00:00:00Z")));
        let receipt = world.ledger.complete_invoice(clears).unwrap();
        assert_eq!(receipt.activity().unwrap().value, kes("100.00"));
        assert_eq!(world.current(till.wallet), current);
        let balance = world.ledger.view().unwrap().balance(till.wallet).unwrap();
        assert_eq!(balance.available.minor(), 88_00, "nothing of it can be spent yet");
        let figures = figures(&seen(&world, id));
        let value = if bearer == FeeBearer::Payee { ("100.00", "2.00", "98.00") } else { ("102.00", "2.00", "100.00") };
        assert_eq!(figures, texts(value.0, value.1, value.2));
    }
    world.minutes_later(24 * 60);
    assert_eq!(world.ledger.settle_due(at("2026-11-23T00:00:00Z"), 10).unwrap().len(), 2);
    let balance = world.ledger.view().unwrap().balance(till.wallet).unwrap();
    assert_eq!((balance.current.minor(), balance.available.minor()), (286_00, 286_00));
    sound(&world);
}

#[test]
fn limits_over_time_and_watched_figures_see_a_collection_when_it_is_complete() {
    let world = World::new();
    let till = Till::open(&world);
    let limit = NewLimit::new(till.wallet, Window::DAY).count(1).counting(Counts::INCOMING);
    let limit = world.ledger.define_limit(limit).unwrap().id;
    world.ledger.define_monitor(NewMonitor::new(till.wallet, kes("5.00"))).unwrap();
    // Two are issued; one is paid today.
    let (first, second) = (issued(&world, till.asks("10.00", "a")), issued(&world, till.asks("10.00", "b")));
    let receipt = world.ledger.complete_invoice(first).unwrap();
    assert_eq!(receipt.crossings().len(), 1);
    let refused = world.refused(CompleteInvoice::new(second));
    assert!(matches!(refused, Rejection::VelocityCountExceeded { limit: by, .. } if by == limit));
    world.minutes_later(24 * 60);
    world.ledger.complete_invoice(second).unwrap();
    assert_eq!(world.current(till.wallet), 20_00);
    sound(&world);
}

#[test]
fn those_who_follow_the_ledger_are_told_of_invoices() {
    use ChangeKind::*;
    let world = World::new();
    let till = Till::open(&world);
    let paid = issued(&world, till.asks("10.00", "a"));
    world.ledger.process_invoice(paid).unwrap();
    let receipt = world.ledger.complete_invoice(paid).unwrap();
    let failed = issued(&world, till.asks("10.00", "b"));
    let failure = InvoiceFailure::new("no funds");
    world.ledger.fail_invoice(failed, failure.clone()).unwrap();
    let view = world.ledger.view().unwrap();
    let told = [ChannelDefined, InvoiceIssued, InvoiceAdvanced, MoneyMoved, InvoiceCompleted];
    let events = view.events().kinds(&told).page().unwrap().items;
    let kinds: Vec<_> = events.iter().map(|event| event.change.kind()).collect();
    assert_eq!(
        kinds,
        [ChannelDefined, InvoiceIssued, InvoiceAdvanced, MoneyMoved, InvoiceCompleted, InvoiceIssued, InvoiceAdvanced]
    );
    assert_eq!(receipt.events().len(), 2, "money moved, and with it the invoice is complete");
    let last = &events[6].change;
    let expected =
        StateChange::InvoiceAdvanced { invoice: failed, state: InvoiceState::Failed, failure: Some(failure) };
    assert_eq!(last, &expected);
    let of_wallet = view.events().account(till.wallet).kinds(&told).page().unwrap().items;
    assert_eq!(of_wallet.len(), 3, "two issued, and the money");
    assert_eq!(view.events().client(till.shop.client.id).kinds(&[InvoiceAdvanced]).page().unwrap().items.len(), 2);
}

#[test]
fn a_refund_is_a_reversal_and_the_invoice_stays_complete() {
    let world = World::new();
    let till = Till::open(&world);
    let id = issued(&world, till.asks("10.00", "a"));
    let sale = world.ledger.complete_invoice(id).unwrap().sequence();
    assert_eq!(seen(&world, id).refunded, kes("0.00"));
    world.ledger.reverse(Reverse::part(sale, kes("4.00"), "refund-1")).unwrap();
    assert_eq!(seen(&world, id).refunded, kes("4.00"));
    let between = world.ledger.view().unwrap();
    world.ledger.reverse(Reverse::whole(sale)).unwrap();
    let invoice = seen(&world, id);
    assert_eq!((invoice.refunded, invoice.state), (kes("10.00"), InvoiceState::Complete));
    assert_eq!(between.invoice(id).unwrap().refunded, kes("4.00"));
    assert_eq!(world.lines(till.wallet)[0].status, LineStatus::Refunded);
    assert_eq!(world.current(till.wallet), 0);
    sound(&world);
}

#[test]
fn views_show_invoices_as_they_were_and_files_keep_them() {
    let world = World::new();
    let till = Till::open(&world);
    let before = world.ledger.view().unwrap().sequence();
    let id = issued(&world, till.asks("10.00", "a").referring("api_ref", "r"));
    world.ledger.process_invoice(id).unwrap();
    let sale = world.ledger.complete_invoice(id).unwrap();
    let world = world.reopened();
    let states = |sequence: u64| {
        let view = world.ledger.view_at(Sequence(sequence)).unwrap();
        let listed = view.invoices(InvoiceFilter::of_client(till.shop.client.id), Listing::default()).unwrap();
        let referring = view.invoices_referring("api_ref", "r", Listing::default()).unwrap();
        let state = |page: Page<InvoiceView>| page.items.first().map(|invoice| invoice.state);
        (view.invoice(id).ok().map(|invoice| invoice.state), state(listed), state(referring))
    };
    let all = |state| (state, state, state);
    assert_eq!(states(before.0), all(None));
    assert_eq!(states(id.0.0), all(Some(InvoiceState::Pending)));
    assert_eq!(states(id.0.0 + 1), all(Some(InvoiceState::Processing)));
    assert_eq!(states(sale.sequence().0), all(Some(InvoiceState::Complete)));
    // What was done is known: it is not done again.
    assert!(world.ledger.complete_invoice(id).unwrap().is_replayed());
    assert_eq!(world.current(till.wallet), 10_00);
    sound(&world);
}

#[test]
fn invoices_are_listed_by_client_account_and_state() {
    let world = World::new();
    let till = Till::open(&world);
    let other = world.account(&till.shop.client, &till.shop.book).id;
    let mut invoices = Vec::new();
    for turn in 0..7 {
        let given = till.asks("10.00", &format!("i{turn}"));
        let given = if turn % 2 == 1 { given.into_account(other) } else { given };
        invoices.push(issued(&world, given));
    }
    world.ledger.cancel_invoice(invoices[2], Some("sold out".to_owned())).unwrap();
    let view = world.ledger.view().unwrap();
    let client = InvoiceFilter::of_client(till.shop.client.id);
    let walk = |filter: InvoiceFilter, listing: Listing| {
        let (mut found, mut listing) = (Vec::new(), listing);
        loop {
            let page = view.invoices(filter, listing.clone()).unwrap();
            found.extend(ids(&page));
            let Some(next) = page.next else { return found };
            listing = listing.after(next);
        }
    };
    for limit in [1, 2, 3, 7, 100] {
        assert_eq!(walk(client, Listing::first(limit)), invoices, "by {limit}");
        let mut newest = invoices.clone();
        newest.reverse();
        assert_eq!(walk(client, Listing::first(limit).newest_first()), newest, "by {limit}");
        let to_other = walk(InvoiceFilter::of_account(other), Listing::first(limit));
        assert_eq!(to_other, [invoices[1], invoices[3], invoices[5]], "by {limit}");
        let cancelled = walk(client.in_state(InvoiceState::Cancelled), Listing::first(limit));
        assert_eq!(cancelled, [invoices[2]], "by {limit}");
    }
    assert_eq!(view.invoice(invoices[2]).unwrap().cancel_reason.as_deref(), Some("sold out"));
    let page = view.invoices(client, Listing::first(1)).unwrap();
    let elsewhere = Listing::first(1).after(page.next.unwrap());
    assert!(matches!(view.invoices(InvoiceFilter::of_account(other), elsewhere), Err(Error::InvalidCursor)));
    let nobody = InvoiceFilter::of_client(ClientId(99));
    assert_eq!(no(view.invoices(nobody, Listing::default())), Rejection::ClientNotFound { client: ClientId(99) });
}

/// A tariff, a tax and a rounding, as dice have it.
fn tariffs() -> impl Strategy<Value = (Tariff, Option<Tax>, Rounding)> {
    let rate = || (0..=10_000_000_000i64).prop_map(|parts| Rate::from_parts(parts).unwrap());
    let percentage = (rate(), 0..400i128, proptest::option::of(0..500i128), proptest::option::of(500..5_000i128));
    let percentage = percentage.prop_map(|(rate, flat, floor, cap)| Fee::Percentage {
        rate,
        flat: minor(flat),
        floor: floor.map(minor),
        cap: cap.map(minor),
    });
    let fee = || prop_oneof![(0..2_000i128).prop_map(|fee| Fee::Fixed(minor(fee))), percentage.clone()];
    let banded = (fee(), fee(), 1..50_000i128).prop_map(|(low, high, end)| {
        let band = |up_to, fee| pacioli::Band { up_to, fee };
        Tariff::Banded(vec![band(Some(minor(end)), low), band(Some(minor(80_000)), high)])
    });
    let tariff = prop_oneof![Just(Tariff::Free), fee().prop_map(Tariff::Flat), banded];
    let rounding = prop_oneof![
        Just(Rounding::HalfEven),
        Just(Rounding::HalfUp),
        Just(Rounding::HalfDown),
        Just(Rounding::Up),
        Just(Rounding::Down)
    ];
    (tariff, proptest::option::of(rate().prop_map(|rate| Tax { rate })), rounding)
}

fn balances(invoice: &Invoice) -> bool {
    invoice.net().plus(invoice.charge.total().unwrap()) == Some(invoice.amount)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// At every moment the value is the net amount and the charges, and that is what the entry posts.
    #[test]
    fn value_is_net_and_charges_at_every_moment(
        issued_by in tariffs(),
        completed_by in tariffs(),
        sum in 1..100_000i128,
        received in proptest::option::of(1..100_000i128),
        payer_bears in any::<bool>(),
        clears in any::<bool>(),
    ) {
        let ledger = Ledger::in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("p", Currency::KES)).unwrap();
        let client = ledger.register_client(crate::world::business("p")).unwrap().id;
        let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING)).unwrap().id;
        let mut service = NewService::new(client, book.id, "SALES");
        (service.tariff, service.tax, service.rounding) = issued_by;
        let service = ledger.define_service(service).unwrap().id;
        ledger.define_channel(NewChannel::new("CASH", [Currency::KES])).unwrap();
        let money = |units| Currency::KES.minor(units).unwrap();
        let bearer = if payer_bears { FeeBearer::Payer } else { FeeBearer::Payee };
        let given = NewInvoice::new(service, "CASH", money(sum), phone(), "i").into_account(wallet).borne_by(bearer);
        let invoice = match ledger.issue_invoice(given) {
            Ok(invoice) => invoice,
            Err(Error::Rejected(Rejection::ChargeExceedsAmount { .. } | Rejection::AmountBeyondTariff { .. })) => {
                return Ok(());
            }
            Err(other) => panic!("{other}"),
        };
        prop_assert!(balances(&invoice));
        prop_assert_eq!(if payer_bears { invoice.net_amount } else { invoice.value }, money(sum));
        let (tariff, tax, rounding) = completed_by;
        let (tariff, tax, rounding) = (Some(tariff), Some(tax), Some(rounding));
        ledger.change_service(service, ServiceChange { tariff, tax, rounding, ..ServiceChange::default() }).unwrap();
        let mut complete = CompleteInvoice::new(invoice.id);
        complete.received = received.map(money);
        complete.clearing = clears.then_some(Clearing::ByCall);
        let done = ledger.complete_invoice(complete);
        let after = ledger.view().unwrap().invoice(invoice.id).unwrap();
        prop_assert!(balances(&after));
        let receipt = match done {
            Ok(receipt) => receipt,
            Err(Error::Rejected(Rejection::ChargeExceedsAmount { .. } | Rejection::AmountBeyondTariff { .. })) => {
                prop_assert_eq!(after.state, InvoiceState::Pending);
                return Ok(());
            }
            Err(other) => panic!("{other}"),
        };
        prop_assert_eq!(after.value, received.map_or(invoice.value, money));
        if payer_bears {
            prop_assert_eq!(after.charges, invoice.charges);
        }
        let view = ledger.view().unwrap();
        prop_assert_eq!(view.balance(wallet).unwrap().current, after.net_amount);
        let sum = |wanted: fn(&pacioli::Posting) -> bool| -> i128 {
            let lines = receipt.entry().postings.iter().filter(|line| wanted(line));
            lines.map(|line| line.amount.signed()).sum()
        };
        prop_assert_eq!(sum(|line| matches!(line.role, Role::Fee | Role::Tax)), after.charges.minor());
        let outside = view.balance(book.system(SystemAccount::External)).unwrap().totals;
        prop_assert_eq!(outside.debits_posted.signed(), after.value.minor());
        prop_assert!(view.trial_balance(book.id).unwrap().is_balanced());
        let proof = ledger.verify_all().unwrap();
        prop_assert_eq!(proof.finding, None);
    }
}

/// The payer was judged when the invoice was issued: money that has come is not turned away for him.
#[test]
fn an_invoice_is_completed_though_its_payer_was_erased() {
    let world = World::new();
    let till = Till::open(&world);
    let client = till.shop.client.id;
    let payer = NewCounterparty::new(client, PartyKind::Msisdn, "+254712345678");
    let payer = world.ledger.record_counterparty(payer).unwrap();
    let invoice = NewInvoice::new(till.shop.service.id, "M-PESA", kes("10.00"), payer.party.clone(), "i");
    let invoice = issued(&world, invoice.into_account(till.wallet));
    world.ledger.erase_counterparty(payer.id).unwrap();
    let named = CompleteInvoice::new(invoice).paid_by(payer.party.clone());
    assert_eq!(world.refused(named), Rejection::CounterpartyErased { counterparty: payer.id });
    world.ledger.complete_invoice(invoice).unwrap();
    assert_eq!(world.current(till.wallet), 10_00);
    sound(&world);
}

#[test]
fn a_key_given_with_a_step_of_an_invoice_names_that_step_alone() {
    let world = World::new();
    let till = Till::open(&world);
    let [one, other] = ["1", "2"].map(|key| issued(&world, till.asks("10.00", key)));
    let process = |invoice| AdvanceInvoice::process(invoice).keyed("k");
    let receipt = world.ledger.execute(process(one)).unwrap();
    assert!(world.ledger.execute(process(one)).unwrap().is_replayed());
    let original = receipt.sequence();
    let conflict = Rejection::IdempotencyConflict { original };
    assert_eq!(world.refused(process(other)), conflict);
    assert_eq!(world.refused(AdvanceInvoice::cancel(one, None).keyed("k")), conflict);
    assert_eq!(world.refused(AdvanceInvoice::cancel(other, None).keyed("k")), conflict);
    // Without a key the step is the invoice's own, and another like it is one too many.
    let again = AdvanceInvoice::cancel(one, Some("late".to_owned()));
    world.ledger.execute(again.clone()).unwrap();
    assert!(world.ledger.execute(again).unwrap().is_replayed());
    let refused = world.refused(AdvanceInvoice::cancel(one, None));
    assert!(matches!(refused, Rejection::InvalidTransition { invoice, .. } if invoice == one), "{refused}");
}

#[test]
fn a_completion_is_repeated_only_with_the_same_figures_time_and_clearing() {
    let world = World::new();
    let till = Till::open(&world);
    let [one, other] = ["1", "2"].map(|key| issued(&world, till.asks("10.00", key)));
    let complete = |invoice| CompleteInvoice::new(invoice).keyed("k");
    let [clearing, later] = ["2026-11-22T09:30:00Z", "2026-11-22T09:31:00Z"].map(|due| Clearing::At(at(due)));
    let receipt = world.ledger.complete_invoice(complete(one).clearing(clearing)).unwrap();
    assert!(world.ledger.complete_invoice(complete(one).clearing(clearing)).unwrap().is_replayed());
    let conflict = Rejection::IdempotencyConflict { original: receipt.sequence() };
    for changed in [
        complete(one),
        complete(one).clearing(later),
        complete(one).clearing(Clearing::ByCall),
        complete(one).clearing(clearing).received(kes("9.00")),
        complete(one).clearing(clearing).effective(at("2026-11-22T08:00:00Z")),
        complete(one).clearing(clearing).narrated("rent"),
        complete(other).clearing(clearing),
    ] {
        assert_eq!(world.refused(changed), conflict);
    }
}
