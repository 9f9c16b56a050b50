//! A shop's ledger with every kind of entry, whose sums are written out in the tests that use it.

use std::path::Path;
use std::sync::Arc;

use ed25519_dalek::{Signer, SigningKey};
use pacioli::prelude::*;
use pacioli::{
    AccountClass, AccountTypeRule, Book, Exchange, ManualClock, Operation, PayoutChange, PayoutPreview, SystemAccount,
};

/// A name that would be a script, a formula, a terminal's control and a turn of the direction of writing.
pub const HOSTILE: &str = "<script>alert('x')</script> & \"קופה\" \u{202e}evil\u{1b}[2J";

/// A day's nanoseconds.
pub const DAY: i64 = 86_400_000_000_000;

pub struct Shop {
    pub ledger: Ledger,
    pub clock: Arc<ManualClock>,
    pub kes: Book,
    pub usd: Book,
    pub client: ClientId,
    pub till: AccountId,
    pub float: AccountId,
    pub commission: AccountId,
    pub dollars: AccountId,
    pub retained: AccountId,
    pub rent: AccountId,
    pub sales: ServiceId,
    pub free: ServiceId,
    pub send: ServiceId,
    /// Five items: one paid for less than estimated, one failed, one unknown, one returned, one pending.
    pub payout: PayoutPreview,
    /// Held when it was initiated, and waiting for its signature.
    pub waiting: PayoutPreview,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn percent(text: &str) -> Rate {
    Rate::percent_text(text).unwrap()
}

fn minor(units: i128) -> Amount {
    Amount::minor(units).unwrap()
}

/// In a file, or in memory. It begins on the first of November 2026 and ends on the twentieth.
pub fn shop(path: Option<&Path>) -> Shop {
    let clock = Arc::new(ManualClock::at(at("2026-11-01T09:00:00Z")));
    let builder = Ledger::builder().clock(Arc::clone(&clock));
    let ledger = match path {
        Some(path) => builder.open(path),
        None => builder.in_memory(),
    };
    let ledger = ledger.unwrap();
    let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD)).unwrap();
    let contact = Contact::new("Njeri", "njeri@shop.example", "+254700000001");
    let client = NewClient::business("Mama Njeri <Shop>", "KE", "P051", contact);
    let client = ledger.register_client(client).unwrap().id;
    let rule = AccountTypeRule::new("RENT", AccountClass::Expense);
    ledger.define_account_type(rule).unwrap();
    let open = |book: &Book, account_type: AccountType, name: &str| {
        ledger.open_account(NewAccount::new(client, book.id, account_type).named(name)).unwrap().id
    };
    let till = open(&kes, AccountType::WORKING, HOSTILE);
    let float = open(&kes, AccountType::FLOAT_ACCOUNT, "Float");
    let commission = open(&kes, AccountType::COMMISSION_ACCOUNT, "Commission");
    let retained = open(&kes, AccountType::ROLLING_RESERVE, "Retained");
    let rent = open(&kes, AccountType::new("RENT"), "Rent");
    let dollars = open(&usd, AccountType::WORKING, "Dollars");
    let service = |given: NewService| ledger.define_service(given).unwrap().id;
    let sales = NewService::new(client, kes.id, "SALES").fee(Fee::percentage(percent("1.5")));
    let sales = service(sales.taxed(pacioli::Tax { rate: percent("16") }).commission_to(commission).named("=Sales"));
    let free = service(NewService::new(client, kes.id, "FREE").narrative_required(false));
    let keeping = service(NewService::new(client, kes.id, "KEEPING").reserving(percent("10"), Some(30), retained));
    let send = service(NewService::new(client, kes.id, "SEND").fee(Fee::Fixed(minor(5_00))));
    let key = SigningKey::from_bytes(&[1; 32]);
    let device = NewDevice::new(client, PublicKey(key.verifying_key().to_bytes()), "Till 4");
    let device = ledger.register_device(device).unwrap().id;

    let sum = |text: &str| kes.money(text).unwrap();
    let day = |text: &str| clock.set(at(&format!("2026-11-{text}:00Z")));
    let sale = |sum: Money, key: &str| Credit::new(till, sales, sum, key).kind(EntryKind::Sale);
    day("02T08:00");
    ledger.credit(sale(sum("1000.00"), "s1")).unwrap();
    let second = ledger.credit(sale(sum("200.00"), "s2").narrated("=1+1, \"quoted\"")).unwrap();
    day("03T08:00");
    ledger.credit(sale(sum("400.00"), "c1").clearing(Clearing::ByCall)).unwrap();
    let doubtful = ledger.credit(sale(sum("100.00"), "c2").clearing(Clearing::At(at("2026-11-25T00:00:00Z")))).unwrap();
    ledger.transfer(Transfer::new(till, float, free, sum("300.00"), "t1").narrated("Float")).unwrap();
    day("05T08:00");
    ledger.reverse(Reverse::whole(second.sequence())).unwrap();
    ledger.capture(Capture::whole(doubtful.sequence())).unwrap();
    ledger.debit(Debit::new(till, free, sum("50.00"), "d1")).unwrap();
    ledger.exchange(Exchange::sell(till, dollars, free, sum("100.00"), "x1").at("0.01".parse().unwrap())).unwrap();
    day("06T08:00");
    let external = kes.system(SystemAccount::External);
    let back = at("2026-11-04T12:00:00Z");
    ledger.post(Post::new("p1").debit(rent, sum("25.00")).credit(external, sum("25.00")).effective(back)).unwrap();
    ledger.credit(Credit::new(float, keeping, sum("100.00"), "k1")).unwrap();
    let hold = |key: &str, amount: &str| ledger.hold(Debit::new(till, free, sum(amount), key)).unwrap();
    let parts = hold("h1", "60.00");
    ledger.capture(Capture::part(parts.sequence(), sum("20.00"), "h1-1")).unwrap();
    let given_up = hold("h2", "10.00");
    ledger.release(Release::whole(given_up.sequence())).unwrap();
    let rate: ExchangeRate = "0.01".parse().unwrap();
    let until = at("2026-11-15T00:00:00Z");
    let exchange = PlaceHold::new(Exchange::sell(till, dollars, free, sum("30.00"), "x2").at(rate)).until(until);
    ledger.hold(exchange).unwrap();

    day("18T12:00");
    let asked = |sums: &[&str]| {
        let asked = NewPayout::new(device, send, float, Provider::MPESA_B2C, Currency::KES);
        sums.iter().zip(1..).fold(asked, |asked, (amount, number)| {
            let phone = Party::shown(pacioli::PartyKind::Msisdn, format!("25472200011{number}"));
            asked.item(NewPayoutItem::new(phone, sum(amount)).named("=Customer"))
        })
    };
    let payout = ledger.initiate_payout(asked(&["10.00", "20.00", "30.00", "40.00", "50.00"])).unwrap();
    let signature = key.sign(&payout.digest(device).0).to_bytes();
    ledger.approve_payout(SignedApproval::new(payout.payout, signature)).unwrap();
    let item = |number| PayoutItemId::new(payout.payout, number);
    let tell = |change: PayoutItemChange| drop(ledger.change_payout_item(change).unwrap());
    (1..=4).for_each(|number| tell(PayoutItemChange::start(item(number))));
    tell(PayoutItemChange::settle_charged(item(1), sum("3.00")));
    tell(PayoutItemChange::fail(item(2)).coded("2001").because("no such number"));
    tell(PayoutItemChange::unknown(item(3)));
    tell(PayoutItemChange::settle(item(4)));
    tell(PayoutItemChange::returned(item(4)).because("came back"));
    let called_off = ledger.initiate_payout(asked(&["7.00"])).unwrap();
    ledger.change_payout(PayoutChange::cancel(called_off.payout).because("a mistake")).unwrap();
    day("20T12:00");
    let waiting = ledger.initiate_payout(asked(&["5.00", "6.00"]).reserved().keyed("w1")).unwrap();
    Shop {
        ledger,
        clock,
        kes,
        usd,
        client,
        till,
        float,
        commission,
        dollars,
        retained,
        rent,
        sales,
        free,
        send,
        payout,
        waiting,
    }
}

impl Shop {
    pub fn sum(&self, text: &str) -> Money {
        self.kes.money(text).unwrap()
    }
}

/// Which operations the ledger has, to see that it has them all.
pub fn operations(view: &View) -> Vec<Operation> {
    let entries = view.entries(None, 1_000).unwrap();
    let mut found: Vec<Operation> =
        entries.items.iter().filter_map(|entry| entry.posted()).map(|posted| posted.operation).collect();
    found.sort_unstable();
    found.dedup();
    found
}
