//! What the golden files hold beside the workload of the torture tests: every kind of command that it lacks.

use pacioli::prelude::*;
use pacioli::{
    AccountClass, AccountTypeRule, Band, ChannelChange, ClosePeriod, CounterpartyChange, Counts, Expiry, Flows, Ledger,
    ManualClock, NewAccountSet, PayoutChange, RetireLimit, RevokeDevice, Side, Window,
};

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

fn amount(minor: i128) -> Amount {
    Amount::minor(minor).unwrap()
}

fn phone(number: u32) -> Party {
    Party::shown(PartyKind::Msisdn, format!("2547{number:08}"))
}

/// Gives the commands, which must all be carried out, in a book and for clients of its own.
pub fn carry_out(ledger: &Ledger, clock: &ManualClock) {
    let book = ledger.open_book(NewBook::test("golden.kes", Currency::KES).keyed("golden book")).unwrap().id;
    let rule = AccountTypeRule {
        account_type: AccountType::new("GOLDEN_VAULT"),
        class: AccountClass::Liability,
        normal_side: Side::Credit,
        operator_only: false,
        can_disburse: true,
        single: true,
    };
    ledger.define_account_type(rule).unwrap();
    let contact = || Contact::new("Otieno", "otieno@golden.example", "+254700000002");
    let client = ledger.register_client(NewClient::individual("KE", contact()).keyed("golden client")).unwrap().id;
    let change = ClientChange { email: Some("new@golden.example".to_owned()), ..ClientChange::default() };
    ledger.change_client(client, change).unwrap();
    let gone = ledger.register_client(NewClient::individual("UG", contact())).unwrap().id;
    ledger.erase_client(gone).unwrap();
    let account = |of_type: AccountType, path: &str| {
        let account = NewAccount::new(client, book, of_type).named(format!("Golden {path}")).at_path(path);
        ledger.open_account(account.tagged("gold").with("colour", "gold")).unwrap().id
    };
    let (till, vault) =
        (account(AccountType::WORKING, "golden:till"), account(AccountType::new("GOLDEN_VAULT"), "golden:vault"));

    let bands = vec![
        Band { up_to: Some(amount(10_000)), fee: Fee::Fixed(amount(7)) },
        Band { up_to: None, fee: Fee::percentage(Rate::percent_text("1.5").unwrap()).plus(amount(30)) },
    ];
    let service = NewService::new(client, book, "BANDED").narrative_required(false).tariff(Tariff::Banded(bands));
    let banded = ledger.define_service(service).unwrap().id;
    let tax = Tax { rate: Rate::percent_text("16").unwrap() };
    let flat = Tariff::Flat(Fee::percentage(Rate::percent_text("0.25").unwrap()));
    let change = ServiceChange { tariff: Some(flat), tax: Some(Some(tax)), ..ServiceChange::default() };
    ledger.change_service(banded, change).unwrap();
    let plain =
        ledger.define_service(NewService::new(client, book, "PLAIN_GOLD").narrative_required(false)).unwrap().id;

    for (window, subject) in [
        (Window::DAY.at_offset(180), pacioli::Subject::Account(till)),
        (Window::WEEK, pacioli::Subject::Client(client)),
        (Window::MONTH, pacioli::Subject::Service(plain)),
    ] {
        let limit = NewLimit::new(subject, window).within(book).count(500).sum(amount(9_000_000)).counting(Counts::ALL);
        let limit = ledger.define_limit(limit).unwrap().id;
        if window == Window::WEEK {
            ledger.retire_limit(RetireLimit::of(limit)).unwrap();
        }
    }
    let credit = Credit::new(till, plain, kes(500_000), "golden credit").narrated("opening").referring("deed", "77");
    ledger.credit(credit.with([("#lot".to_owned(), "7".to_owned())].into())).unwrap();
    ledger.transfer(Transfer::new(till, vault, banded, kes(20_000), "golden transfer")).unwrap();

    let inner = ledger.define_set(NewAccountSet::new(book, "inner").described("of gold")).unwrap().id;
    let outer = ledger.define_set(NewAccountSet::new(book, "outer")).unwrap().id;
    ledger.change_set(inner, AccountSetChange::add([till])).unwrap();
    ledger.change_set(outer, AccountSetChange::add([inner])).unwrap();
    ledger.define_flows(Flows::of(book).allow(AccountType::WORKING, AccountType::new("GOLDEN_VAULT"))).unwrap();
    ledger.define_flows(Flows::of(book)).unwrap();

    let jane = NewCounterparty::new(client, PartyKind::Msisdn, "+254722987651").named("Jane");
    let jane = ledger.record_counterparty(jane).unwrap().id;
    let change = CounterpartyChange { name: Some("Jane Doe".to_owned()), ..CounterpartyChange::default() };
    ledger.change_counterparty(jane, change).unwrap();

    let channel = ledger.define_channel(NewChannel::new("GOLD-PAY", [Currency::KES])).unwrap();
    ledger.change_channel(&channel.code, ChannelChange::taking([Currency::KES, Currency::USD])).unwrap();
    let issue = |number: u32, expires: bool| {
        let mut given = NewInvoice::new(plain, "GOLD-PAY", kes(900), phone(number), format!("golden invoice {number}"));
        given.expires_at = expires.then(|| Timestamp(ledger.view().unwrap().recorded_at().0 + 60_000_000_000));
        ledger.issue_invoice(given.into_account(till)).unwrap().id
    };
    ledger.process_invoice(issue(1, false)).unwrap();
    ledger.cancel_invoice(issue(2, false), Some("changed her mind".to_owned())).unwrap();
    ledger.fail_invoice(issue(3, false), InvoiceFailure::new("no answer").coded("17")).unwrap();
    issue(4, true);

    payouts(ledger, client, plain, till, vault);

    let now = ledger.view().unwrap().recorded_at();
    clock.set(Timestamp(now.0 + 3_600_000_000_000));
    assert!(!ledger.settle_due(clock_now(clock), 100).unwrap().is_empty());
    ledger.close_period(ClosePeriod::new(book, now, "golden period")).unwrap();
}

fn clock_now(clock: &ManualClock) -> Timestamp {
    pacioli::Clock::now(clock)
}

fn payouts(ledger: &Ledger, client: ClientId, service: ServiceId, till: AccountId, vault: AccountId) {
    use ed25519_dalek::{Signer, SigningKey};
    let signing = SigningKey::from_bytes(&[77; 32]);
    let device = |key: &SigningKey, label: &str| {
        ledger.register_device(NewDevice::new(client, PublicKey(key.verifying_key().to_bytes()), label)).unwrap().id
    };
    let till_4 = device(&signing, "Till 4");
    let lost = device(&SigningKey::from_bytes(&[78; 32]), "Lost");
    ledger.revoke_device(RevokeDevice::new(lost).because("lost")).unwrap();
    let now = ledger.view().unwrap().recorded_at();
    let ask = |expiry: Expiry| {
        let payout = NewPayout::new(till_4, service, till, Provider::MPESA_B2C, Currency::KES).expiring(expiry);
        let payout = (1..5).fold(payout, |payout, number| {
            payout.item(NewPayoutItem::new(phone(number), kes(100 + i128::from(number))).named("Jane"))
        });
        let preview = ledger.initiate_payout(payout.item(NewPayoutItem::new(vault, kes(40)))).unwrap();
        preview.payout
    };
    let payout = ask(Expiry::At(Timestamp(now.0 + 3_000_000_000_000)));
    let view = ledger.view().unwrap().payout(payout).unwrap();
    let signature = signing.sign(&view.preview().digest(till_4).0).to_bytes();
    ledger.approve_payout(SignedApproval::new(payout, signature)).unwrap();
    let items: Vec<PayoutItemId> = view.items.iter().map(|item| item.id).collect();
    let step = |change: PayoutItemChange| drop(ledger.change_payout_item(change).unwrap());
    for item in &items[..4] {
        step(PayoutItemChange::start(*item));
    }
    step(PayoutItemChange::unknown(items[0]).coded("504"));
    step(PayoutItemChange::settle_charged(items[0], kes(0)));
    step(PayoutItemChange::fail(items[1]).because("no such number"));
    step(PayoutItemChange::settle(items[2]));
    step(PayoutItemChange::returned(items[2]));
    step(PayoutItemChange::settle(items[3]));
    step(PayoutItemChange::cancel(items[4]));
    let other = ask(Expiry::DEFAULT);
    ledger.change_payout(PayoutChange::cancel(other).because("twice")).unwrap();
}
