//! Parties: masked displays, counterparties, and the erasure of personal texts.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use pacioli::prelude::*;
use pacioli::store::{Batch, MemoryStore, Order, RedbOptions, RedbStore, Store, StoreError, Table};
use pacioli::{
    Atomicity, ClientKind, Commitment, Committed, Event, Hash, ManualClock, NonceSource, PartyEvent, PartyRequest,
    Verification,
};

use crate::world::{START, Shop, World, at, business, contact, kes, no};

/// Every table that a ledger has; `every_table_is_searched` fails when one is missing here.
const TABLES: &[&str] = &[
    "header",
    "journal",
    "open_block",
    "rows",
    "books",
    "clients",
    "services",
    "accounts",
    "portfolios",
    "types",
    "reversed",
    "names",
    "client_accounts",
    "book_accounts",
    "counterparties",
    "client_counterparties",
    "personal",
    "payers",
    "state",
    "runs",
    "filters",
    "manifest",
];

/// Texts of Jane's that nothing else has.
const SECRETS: &[&str] = &[
    "+254722987654",
    "customer-55",
    "Wanjiku",
    "wanjiku.jane",
    "0733456789",
    "Zanzibar",
    "Uhuru Gardens 17",
    "M-PESA-XYZ",
];

fn jane(client: ClientId) -> NewCounterparty {
    NewCounterparty::new(client, PartyKind::Msisdn, "+254722987654")
        .referred_as("customer-55")
        .named("Jane Wanjiku")
        .reached_at("wanjiku.jane@emali.example", "0733456789")
        .living_at("Zanzibar", &["Uhuru Gardens 17", "00100"])
        .with([("provider".to_owned(), "M-PESA-XYZ".to_owned())].into())
}

/// A ledger over a store that the test can look into.
fn over(store: &Arc<dyn Store>) -> Ledger {
    Ledger::builder().clock(ManualClock::at(at(START))).over(Arc::clone(store)).unwrap()
}

fn verified(ledger: &Ledger) -> Verification {
    ledger.verify_all().unwrap()
}

/// A key and its value.
type Row = (Vec<u8>, Vec<u8>);

/// Every key and value of the tables, by table.
fn dump(store: &dyn Store) -> BTreeMap<&'static str, Vec<Row>> {
    let snapshot = store.snapshot().unwrap();
    let mut tables = BTreeMap::new();
    for table in TABLES {
        let rows: &mut Vec<_> = tables.entry(*table).or_default();
        let (from, to) = (Bound::Unbounded, Bound::Unbounded);
        snapshot
            .scan(Table(table), from, to, Order::Ascending, &mut |key, value| {
                rows.push((key.to_vec(), value.to_vec()));
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    tables
}

/// The tables that hold any of these texts.
fn holding(store: &dyn Store, texts: &[&str]) -> Vec<&'static str> {
    let within = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let holds = |rows: &[Row]| {
        rows.iter().any(|(key, value)| texts.iter().any(|text| within(key, text) || within(value, text)))
    };
    dump(store).into_iter().filter(|(_, rows)| holds(rows)).map(|(table, _)| table).collect()
}

fn engines() -> Vec<(Arc<dyn Store>, Option<tempfile::TempDir>)> {
    let directory = tempfile::tempdir().unwrap();
    let file =
        RedbStore::create(directory.path().join("books.redb"), &RedbOptions::default(), |_| Ok::<(), StoreError>(()))
            .unwrap();
    vec![(Arc::new(MemoryStore::new()), None), (Arc::new(file), Some(directory))]
}

fn shop_of(ledger: &Ledger) -> Shop {
    let book = ledger.open_book(NewBook::live("shop.kes.main", Currency::KES)).unwrap();
    let client = ledger.register_client(business("Mama Njeri Shop")).unwrap();
    let service = ledger.define_service(NewService::new(client.id, book.id, "CUSTOM_SERVICE")).unwrap();
    Shop { book, client, service }
}

fn wallet_of(ledger: &Ledger, shop: &Shop) -> AccountId {
    ledger.open_account(NewAccount::new(shop.client.id, shop.book.id, AccountType::FLOAT_ACCOUNT)).unwrap().id
}

#[test]
fn req_000_18_party_is_an_opaque_value_of_a_typed_kind() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    for (kind, value, display) in [
        (PartyKind::Msisdn, "+254722000001", "+2547******01"),
        (PartyKind::Email, "jane@emali.example", "j***@emali.example"),
        (PartyKind::Bank, "12-4000-100001-00", "12***************"),
        (PartyKind::Handle, "@jane_w", "@j*****"),
        (PartyKind::Name, "Jane Wanjiku", "J*** W******"),
    ] {
        let recorded = world.ledger.record_counterparty(NewCounterparty::new(shop.client.id, kind, value)).unwrap();
        assert_eq!((recorded.party.kind, &*recorded.party.display), (kind, display));
        assert_eq!((recorded.value.as_deref(), recorded.party.counterparty), (Some(value), Some(recorded.id)));
    }
    // The same value of another kind is another counterparty.
    let view = world.ledger.view().unwrap();
    assert_eq!(view.counterparties(shop.client.id, Listing::default()).unwrap().items.len(), 5);
    assert_eq!(view.counterparty_of(shop.client.id, PartyKind::Name, "@jane_w").unwrap(), None);
}

#[test]
fn req_000_18_host_validator_judges_every_party() {
    let clock = ManualClock::at(at(START));
    let validator = |party: &Party| match (party.kind, party.value()) {
        (PartyKind::Msisdn, value) if !value.starts_with("+254") => Err("the prefix is missing".to_owned()),
        (PartyKind::Handle, _) => panic!("handles are beyond me"),
        _ => Ok(()),
    };
    let ledger = Ledger::builder().clock(clock).validate_parties(validator).in_memory().unwrap();
    let shop = shop_of(&ledger);
    let account = wallet_of(&ledger, &shop);
    let last = || ledger.view().unwrap().sequence();
    let before = last();
    let refused = Rejection::PartyRefused { reason: "the prefix is missing".to_owned() };
    let payer = |value| NewCounterparty::new(shop.client.id, PartyKind::Msisdn, value);
    assert_eq!(no(ledger.record_counterparty(payer("0722000001"))), refused);
    let credit = |key: &str| Credit::new(account, shop.service.id, kes("1.00"), key);
    let debit = || Debit::new(account, shop.service.id, kes("1.00"), "d");
    assert_eq!(no(ledger.credit(credit("c").paid_by(Party::msisdn("0722000001")))), refused);
    // What would be refused anyway is refused for that.
    let poor = no(ledger.debit(debit().paid_to(Party::msisdn("0722000001"))));
    assert!(matches!(poor, Rejection::InsufficientFunds { .. }), "{poor:?}");
    let post = |party| {
        let outside = shop.book.system(pacioli::SystemAccount::External);
        Post::new("p").debit(outside, kes("1.00")).credit(account, kes("1.00")).paid_to(party)
    };
    assert_eq!(no(ledger.post(post(Party::msisdn("0722000001")))), refused);
    // A panic is a refusal, and the ledger goes on.
    let panicked = Rejection::PartyRefused { reason: "the validator panicked".to_owned() };
    let handle = credit("h").paid_by(Party::handle("@jane"));
    assert_eq!(no(std::panic::catch_unwind(AssertUnwindSafe(|| ledger.credit(handle))).unwrap()), panicked);
    assert_eq!(panicked.code(), 374);
    assert!(!panicked.is_transient());
    assert_eq!(last(), before);
    // The value in full gets as far as the validator, and no further.
    let receipt = ledger.credit(credit("c").paid_by(Party::msisdn("+254722000001"))).unwrap();
    let line = receipt.activity().unwrap();
    assert_eq!(line.from.unwrap().display, "+2547******01");
    let read = ledger.view().unwrap().entry(receipt.sequence()).unwrap();
    assert_eq!(&read, receipt.entry());
    assert_eq!(read.posted().unwrap().details.as_ref().unwrap().from.as_ref().unwrap().value(), "+2547******01");
    assert!(!serde_json::to_string(&receipt).unwrap().contains("722000001"));
    // A repetition is answered without asking, and with another value of the same display.
    assert!(ledger.credit(credit("c").paid_by(Party::msisdn("0722"))).is_err());
    assert!(ledger.credit(credit("c").paid_by(Party::msisdn("+254733333301"))).unwrap().is_replayed());
    assert!(ledger.credit(credit("c").paid_by(Party::msisdn("+254722000001"))).unwrap().is_replayed());
    ledger.record_counterparty(payer("+254722000001")).unwrap();
    assert!(verified(&ledger).is_sound());
}

/// The host was not asked about those whom a payout pays, though settling an item names them.
#[test]
fn host_validator_judges_the_beneficiaries_of_payouts() {
    let validator = |party: &Party| match party.value().starts_with("+254") {
        true => Ok(()),
        false => Err("the prefix is missing".to_owned()),
    };
    let ledger = Ledger::builder().clock(ManualClock::at(at(START))).validate_parties(validator).in_memory().unwrap();
    let shop = shop_of(&ledger);
    let account = wallet_of(&ledger, &shop);
    let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
    let device = ledger.register_device(NewDevice::new(shop.client.id, PublicKey(key), "Till 4")).unwrap().id;
    let asked = |value: &str| {
        let payout = NewPayout::new(device, shop.service.id, account, Provider::MPESA_B2C, Currency::KES);
        let known = NewPayoutItem::new(Party::msisdn("+254722000001"), kes("1.00"));
        payout.item(known).item(NewPayoutItem::new(Party::msisdn(value), kes("1.00")))
    };
    let before = ledger.view().unwrap().sequence();
    let refused = Rejection::PartyRefused { reason: "the prefix is missing".to_owned() };
    assert_eq!(no(ledger.initiate_payout(asked("0722000001"))), refused);
    assert_eq!(ledger.view().unwrap().sequence(), before);
    ledger.initiate_payout(asked("+254722000002")).unwrap();
}

#[test]
fn req_000_20_host_facts_of_a_counterparty_are_kept_and_erasable() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let recorded = world.ledger.record_counterparty(jane(shop.client.id)).unwrap();
    assert_eq!(recorded.metadata["provider"], "M-PESA-XYZ");
    let facts = [("provider", ""), ("comment", "Thanks")].map(|(key, fact)| (key.to_owned(), fact.to_owned()));
    let change = CounterpartyChange { metadata: facts.into(), ..Default::default() };
    let changed = world.ledger.change_counterparty(recorded.id, change).unwrap();
    assert_eq!(changed.metadata, [("comment".to_owned(), "Thanks".to_owned())].into());
    assert_eq!((changed.recorded_at, changed.name), (recorded.recorded_at, recorded.name));
    assert!(world.ledger.erase_counterparty(recorded.id).unwrap().metadata.is_empty());
}

#[test]
fn req_000_26_payer_is_upserted_by_its_value() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let other = world.client("Other Shop");
    let client = shop.client.id;
    let first = world.ledger.record_counterparty(jane(client)).unwrap();
    assert_eq!(first.id.0, first.changed_in.0);
    assert_eq!((first.name.as_deref(), first.country.as_deref()), (Some("Jane Wanjiku"), Some("Zanzibar")));
    assert_eq!(first.email.as_deref(), Some("wanjiku.jane@emali.example"));
    assert_eq!((first.phone.as_deref(), first.address.len()), (Some("0733456789"), 2));
    // Known already: the same counterparty, and nothing is written.
    let before = world.state();
    let bare = NewCounterparty::new(client, PartyKind::Msisdn, "+254722987654");
    assert_eq!(world.ledger.record_counterparty(bare.clone()).unwrap(), first);
    assert_eq!(world.ledger.record_counterparty(jane(client)).unwrap(), first);
    assert_eq!(world.state(), before);
    // What is new is put in place of what was known; the rest stays.
    world.minutes_later(1);
    let moved = bare.clone().living_at("Kenya", &["Lavington 3"]);
    let second = world.ledger.record_counterparty(moved).unwrap();
    assert_eq!((second.id, second.recorded_at), (first.id, first.recorded_at));
    assert!(second.changed_at > first.changed_at);
    assert_eq!((second.country.as_deref(), &*second.address), (Some("Kenya"), &["Lavington 3".to_owned()][..]));
    assert_eq!((second.name, second.party), (first.name.clone(), first.party.clone()));
    // Another client's payer of that value is another.
    let theirs = world.ledger.record_counterparty(jane(other.id)).unwrap();
    assert_ne!(theirs.id, first.id);
    // All of it is found again, and was so when.
    let world = world.reopened();
    let view = world.ledger.view().unwrap();
    assert_eq!(view.counterparty(first.id).unwrap().country.as_deref(), Some("Kenya"));
    assert_eq!(view.counterparty_of(client, PartyKind::Msisdn, "+254722987654").unwrap().unwrap().id, first.id);
    assert_eq!(view.counterparty_referring(client, "customer-55").unwrap().unwrap().id, first.id);
    assert_eq!(view.counterparty_referring(other.id, "customer-55").unwrap().unwrap().id, theirs.id);
    let back = world.ledger.view_at(first.changed_in).unwrap();
    assert_eq!(back.counterparty(first.id).unwrap(), first);
    let missing = Rejection::CounterpartyNotFound { counterparty: theirs.id };
    assert_eq!(no(back.counterparty(theirs.id)), missing);
    assert_eq!(back.counterparty_of(other.id, PartyKind::Msisdn, "+254722987654").unwrap(), None);
    assert!(verified(&world.ledger).is_sound());
}

#[test]
fn req_000_26_counterparties_are_listed_by_client() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let other = world.client("Other Shop");
    let record = |client: ClientId, value: String| {
        world.ledger.record_counterparty(NewCounterparty::new(client, PartyKind::Handle, value)).unwrap().id
    };
    let mine: Vec<_> = (0..5).map(|number| record(shop.client.id, format!("@payer{number}"))).collect();
    let early = world.ledger.view().unwrap();
    record(other.id, "@payer0".to_owned());
    let late = record(shop.client.id, "@late".to_owned());
    let listed = |view: &View, listing: Listing| {
        let page = view.counterparties(shop.client.id, listing).unwrap();
        (page.items.into_iter().map(|record| record.id).collect::<Vec<_>>(), page.next)
    };
    let view = world.ledger.view().unwrap();
    let (page, next) = listed(&view, Listing::first(4));
    assert_eq!(page, mine[..4]);
    let (page, next) = listed(&view, Listing::first(4).after(next.unwrap()));
    assert_eq!((page, next), (vec![mine[4], late], None));
    assert_eq!(listed(&early, Listing::default()).0, mine);
    let (page, next) = listed(&early, Listing::first(2).newest_first());
    assert_eq!(page, [mine[4], mine[3]]);
    assert_eq!(listed(&early, Listing::first(2).newest_first().after(next.unwrap())).0, [mine[2], mine[1]]);
    let wrong = view.counterparties(other.id, Listing::first(4).after(next.unwrap()));
    assert!(matches!(wrong, Err(Error::InvalidCursor)));
    let unknown = Rejection::ClientNotFound { client: ClientId(9) };
    assert_eq!(no(view.counterparties(ClientId(9), Listing::default())), unknown);
}

#[test]
fn req_000_26_erasing_a_counterparty_touches_nothing_else() {
    for (store, directory) in engines() {
        let ledger = over(&store);
        let shop = shop_of(&ledger);
        let account = wallet_of(&ledger, &shop);
        let recorded = ledger.record_counterparty(jane(shop.client.id)).unwrap();
        let change = CounterpartyChange { name: Some("Jane Wanjiku Otieno".to_owned()), ..Default::default() };
        ledger.change_counterparty(recorded.id, change).unwrap();
        let credit = Credit::new(account, shop.service.id, kes("96.00"), "sale").paid_by(recorded.party.clone());
        let receipt = ledger.credit(credit.clone()).unwrap();
        assert_eq!(receipt.activity().unwrap().from, Some(recorded.party.clone()));
        assert_eq!(holding(&*store, SECRETS), ["personal"]);
        assert_eq!((dump(&*store)["personal"].len(), dump(&*store)["payers"].len()), (4 - 1, 2));

        let before = ledger.view().unwrap();
        let (line, balance) = (before.activities(account).page().unwrap(), before.balance(account).unwrap());
        let statement = before.statement(account).all().unwrap();
        let proved = verified(&ledger);
        assert!(proved.is_sound());
        let journal = dump(&*store);

        let erased = ledger.erase_counterparty(recorded.id).unwrap();
        assert_eq!(erased.personal.erased_at, Some(erased.changed_at));
        assert_eq!((erased.value, erased.name, erased.email, erased.phone), (None, None, None, None));
        assert_eq!((erased.country, erased.address.len(), erased.metadata.len()), (None, 0, 0));
        assert_eq!(erased.party, recorded.party);

        // No table has a text of hers, her name's digest or a salt, and the journal's entries are what they were.
        assert_eq!(holding(&*store, SECRETS), [] as [&str; 0]);
        let after = dump(&*store);
        assert_eq!((after["personal"].len(), after["payers"].len()), (1, 0));
        assert_eq!(before.entry(receipt.sequence()).unwrap(), *receipt.entry());
        for sequence in 1..=before.sequence().0 {
            let entry = ledger.view().unwrap().entry(Sequence(sequence)).unwrap();
            assert_eq!(entry, before.entry(Sequence(sequence)).unwrap());
        }
        assert_eq!(after["accounts"], journal["accounts"]);
        let now = ledger.view().unwrap();
        assert_eq!(now.activities(account).page().unwrap().items, line.items);
        assert_eq!(now.balance(account).unwrap().totals, balance.totals);
        let stated = now.statement(account).all().unwrap();
        assert_eq!(
            (stated.opening, stated.closing, &stated.lines),
            (statement.opening, statement.closing, &statement.lines)
        );
        assert_eq!((stated.debits, stated.credits), (statement.debits, statement.credits));
        let again = verified(&ledger);
        assert!(again.is_sound());
        assert_eq!(again.entries, proved.entries + 1);
        // What the journal held, digests of commits and all, it holds still: the erasure stands behind it.
        let (old, new) = (&journal["open_block"][0].1, &after["open_block"][0].1);
        assert!(new.starts_with(&old[..old.len() - 4]) && new.len() > old.len());
        assert!(new.windows(32).any(|window| window == proved.head.0));

        // Looking back shows the erased form; the display still leads to it.
        let back = before.counterparty(recorded.id).unwrap();
        assert_eq!((back.is_erased(), back.value, back.personal.erased_at), (true, None, erased.personal.erased_at));
        assert_eq!(now.counterparty_of(shop.client.id, PartyKind::Msisdn, "+254722987654").unwrap(), None);
        assert_eq!(now.counterparty_referring(shop.client.id, "customer-55").unwrap(), None);
        assert_eq!(now.counterparties(shop.client.id, Listing::default()).unwrap().items.len(), 1);
        // The payment is still the payment.
        assert!(ledger.credit(credit).unwrap().is_replayed());
        // She may come back, as somebody new.
        let back = ledger.record_counterparty(jane(shop.client.id)).unwrap();
        assert_ne!(back.id, recorded.id);
        assert!(verified(&ledger).is_sound());
        ledger.close().unwrap();
        let ledger = over(&store);
        assert!(ledger.view().unwrap().counterparty(recorded.id).unwrap().is_erased());
        assert!(verified(&ledger).is_sound());
        drop(directory);
    }
}

#[test]
fn req_000_26_erasure_is_recorded_and_happens_once() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let recorded = world.ledger.record_counterparty(jane(shop.client.id)).unwrap();
    world.minutes_later(1);
    let command = || Command::from(Erase::Counterparty(recorded.id)).by("privacy officer");
    let receipt = world.ledger.execute(command()).unwrap();
    assert_eq!(receipt.counterparty(), Some(recorded.id));
    assert_eq!(receipt.entry().actor.as_deref(), Some("privacy officer"));
    assert_eq!(receipt.recorded_at(), at("2026-11-22T08:31:00Z"));
    let what =
        Event::Parties(Box::new(PartyEvent::CounterpartyErased { counterparty: recorded.id, client: shop.client.id }));
    assert_eq!(receipt.entry().event, what);
    let before = world.state();
    let again = world.ledger.execute(command()).unwrap();
    assert!(again.is_replayed());
    assert_eq!((again.entry(), world.state()), (receipt.entry(), before.clone()));
    assert!(world.ledger.erase_counterparty(recorded.id).unwrap().is_erased());
    // Nothing personal is put there again, and it is not named again.
    let refused = Rejection::CounterpartyErased { counterparty: recorded.id };
    let change = CounterpartyChange { name: Some("Jane".to_owned()), ..Default::default() };
    assert_eq!(world.refused(PartyRequest::Change(recorded.id, change)), refused);
    let account = world.account(&shop.client, &shop.book).id;
    let credit = Credit::new(account, shop.service.id, kes("1.00"), "c").paid_by(recorded.party.clone());
    assert_eq!(world.refused(credit), refused);
    let unknown = Rejection::CounterpartyNotFound { counterparty: CounterpartyId(999) };
    assert_eq!(world.refused(Erase::Counterparty(CounterpartyId(999))), unknown);
    assert_eq!(world.refused(Erase::Client(ClientId(999))), Rejection::ClientNotFound { client: ClientId(999) });
    assert!(verified(&world.reopened().ledger).is_sound());
}

#[test]
fn req_000_26_erasing_a_client_touches_nothing_else() {
    let texts = ["Akinyi", "akinyi@", "0799", "A012345678Z", "Kisumu Road", "Achieng", "akinyi.new@"];
    for kind in [ClientKind::Individual, ClientKind::Business] {
        for (store, directory) in engines() {
            let ledger = over(&store);
            let shop = shop_of(&ledger);
            let person = Contact::new("Akinyi Odhiambo", "akinyi@emali.example", "0799111222");
            let mut given = NewClient::business("Kiosk Ltd", "Kenya", "A012345678Z", person.clone()).keyed("k");
            if kind == ClientKind::Individual {
                given = NewClient::individual("Kenya", person).keyed("k");
                given.tax_id = Some("A012345678Z".to_owned());
            }
            given.physical_address = Some("Kisumu Road 4".to_owned());
            let client = ledger.register_client(given.clone()).unwrap();
            assert_eq!((&client.name, &client.tax_id), (&given.name, &given.tax_id));
            assert_eq!((&client.contact, &client.physical_address), (&given.contact, &given.physical_address));
            let change = || {
                let email = Some("akinyi.new@emali.example".to_owned());
                let contact = Some(Contact::new("Achieng", "a@b", "0799"));
                ClientChange { email, contact, ..ClientChange::default() }.keyed("change")
            };
            let changed = ledger.change_client(client.id, change()).unwrap();
            assert_eq!(changed.email, "akinyi.new@emali.example");
            assert_eq!((&changed.phone, &changed.tax_id), (&client.phone, &client.tax_id));
            let registered = ledger.view_at(client.changed_in).unwrap();
            assert_eq!(registered.client(client.id).unwrap(), client);
            assert_eq!(holding(&*store, &texts), ["personal"]);
            let book = shop.book.id;
            let account = ledger.open_account(NewAccount::new(client.id, book, AccountType::WORKING)).unwrap().id;
            let service = ledger.define_service(NewService::new(client.id, book, "SALES")).unwrap().id;
            let credit = || Credit::new(account, service, kes("96.00"), "sale");
            let receipt = ledger.credit(credit()).unwrap();
            let proved = verified(&ledger);
            assert!(proved.is_sound());

            let erasure = ledger.erase_client(client.id).unwrap();
            let erased = ledger.view().unwrap().client(client.id).unwrap();
            assert_eq!(erased.personal.erased_at, Some(erasure.recorded_at()));
            let name = if kind == ClientKind::Individual { "" } else { "Kiosk Ltd" };
            assert_eq!((&*erased.name, &*erased.email, &*erased.phone), (name, "", ""));
            assert_eq!((&erased.contact, &erased.tax_id), (&Contact::default(), &None));
            assert_eq!((&erased.physical_address, &erased.code), (&None, &client.code));
            assert_eq!((&erased.country, erased.active), (&client.country, true));
            let back = registered.client(client.id).unwrap();
            assert_eq!((back.is_erased(), &*back.name, &*back.email), (true, name, ""));
            assert_eq!(holding(&*store, &texts), [] as [&str; 0]);
            // The shop's own texts are still there.
            assert_eq!(dump(&*store)["personal"].len(), 1);
            // Its key still names the registration, whatever the texts are now said to be; all else must be the same.
            assert!(ledger.execute(given.clone()).unwrap().is_replayed());
            let mut other = given.clone();
            other.country = "Uganda".to_owned();
            assert!(matches!(no(ledger.execute(other)), Rejection::IdempotencyConflict { .. }));
            assert!(ledger.execute((client.id, change())).unwrap().is_replayed());
            // Business goes on, but no personal text is accepted again.
            let more = ClientChange { phone: Some("1".to_owned()), ..ClientChange::default() };
            assert_eq!(no(ledger.change_client(client.id, more)), Rejection::ClientErased { client: client.id });
            let quota = ClientChange { accounts_max: pacioli::Change::Set(7), ..ClientChange::default() };
            assert_eq!(ledger.change_client(client.id, quota).unwrap().accounts_max, Some(7));
            assert!(ledger.credit(credit()).unwrap().is_replayed());
            assert_eq!(ledger.view().unwrap().entry(receipt.sequence()).unwrap(), *receipt.entry());
            assert!(ledger.erase_client(client.id).unwrap().is_replayed());
            assert!(verified(&ledger).is_sound());
            drop(ledger);
            let ledger = over(&store);
            assert!(ledger.view().unwrap().client(client.id).unwrap().is_erased());
            assert!(verified(&ledger).is_sound());
            drop(directory);
        }
    }
}

#[test]
fn req_000_26_journal_holds_commitments_and_equal_texts_have_different_ones() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let other = world.client("Mama Njeri Shop");
    let view = world.ledger.view().unwrap();
    let commitment = |client: &pacioli::Client| {
        let entry = view.entry(client.personal.committed_in).unwrap();
        let Event::ClientRegistered { given, commitment, .. } = entry.event else { panic!("{entry:?}") };
        assert_eq!((&*given.email, &*given.phone, given.tax_id, given.contact), ("", "", None, Contact::default()));
        assert_eq!(commitment, client.personal.commitment);
        commitment
    };
    assert_ne!(commitment(&shop.client), commitment(&other));
    assert_ne!(commitment(&other), Commitment::default());
    let (first, second) = (jane(shop.client.id), jane(other.id));
    let first = world.ledger.record_counterparty(first).unwrap();
    let second = world.ledger.record_counterparty(second).unwrap();
    assert_ne!(first.personal.commitment, second.personal.commitment);
    assert_eq!(Committed { erased_at: None, ..first.personal }, first.personal);
    let text = serde_json::to_string(&world.ledger.view().unwrap().entry(first.changed_in).unwrap()).unwrap();
    assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
}

#[test]
fn req_003_14_display_is_masked_and_leads_to_the_full_value() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "100.00").id;
    for (party, display) in [
        (Party::msisdn("+64221234536"), "+6422*****36"),
        (Party::email("tui@stores.nz"), "t**@stores.nz"),
        (Party::bank("12-4000-100001-00"), "12-4000-100001-00"),
        (Party::handle("@tui"), "@tui"),
        (Party::name("Kiwi Cafe"), "Kiwi Cafe"),
    ] {
        assert_eq!(party.display, display);
    }
    let jane = world.ledger.record_counterparty(jane(shop.client.id)).unwrap();
    let post = Post::new("p")
        .debit(account, kes("1.00"))
        .credit(shop.book.system(pacioli::SystemAccount::Suspense), kes("1.00"));
    for receipt in [
        world.ledger.credit(Credit::new(account, shop.service.id, kes("1.00"), "c").paid_by(jane.party.clone())),
        world.ledger.debit(Debit::new(account, shop.service.id, kes("1.00"), "d").paid_to(jane.party.clone())),
        world.ledger.post(post.paid_to(Party::name("J. W.").of(jane.id))),
    ] {
        let line = receipt.unwrap().activity().unwrap();
        let party = line.from.or(line.to).unwrap();
        let full = world.ledger.view().unwrap().counterparty(party.counterparty.unwrap()).unwrap();
        assert_eq!(full.value.as_deref(), Some("+254722987654"));
    }
    // The movements are found by whom they name, after reopening and erasure too.
    let between = Party::handle("@between").of(jane.id);
    let both = Transfer::new(account, world.account(&shop.client, &shop.book).id, shop.service.id, kes("1.00"), "t");
    let both = both.narrated("Rent").paid_by(between.clone()).paid_to(between);
    world.ledger.transfer(both).unwrap();
    let world = world.reopened();
    world.ledger.erase_counterparty(jane.id).unwrap();
    let named = |view: &View, listing: Listing| view.entries_naming(jane.id, listing).unwrap();
    let view = world.ledger.view().unwrap();
    let keys = |page: &pacioli::Page<pacioli::Entry>| {
        page.items.iter().filter_map(|entry| entry.key.as_deref().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(keys(&named(&view, Listing::default())), ["c", "d", "p", "t"]);
    let page = named(&view, Listing::first(2).newest_first());
    assert_eq!(keys(&page), ["t", "p"]);
    assert_eq!(keys(&named(&view, Listing::first(2).newest_first().after(page.next.unwrap()))), ["d", "c"]);
    let wrong = view.entries_naming(CounterpartyId(999), Listing::first(2).after(page.next.unwrap()));
    assert!(matches!(wrong, Err(Error::InvalidCursor)));
    assert_eq!(view.entries_naming(CounterpartyId(999), Listing::default()).unwrap().items, []);
    assert!(verified(&world.ledger).is_sound());
    // A host's own display stays for ever.
    let cafe = NewCounterparty::new(shop.client.id, PartyKind::Bank, "12-4000-100001-00").displayed("Kiwi Cafe");
    let cafe = world.ledger.record_counterparty(cafe).unwrap();
    assert_eq!(cafe.party.display, "Kiwi Cafe");
    assert_eq!(world.ledger.erase_counterparty(cafe.id).unwrap().party.display, "Kiwi Cafe");
}

#[test]
fn req_002_06_beneficiary_is_a_party_with_an_optional_name() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.funded(&shop, "100.00").id;
    let beneficiary = NewCounterparty::new(shop.client.id, PartyKind::Msisdn, "254723890353");
    let nameless = world.ledger.record_counterparty(beneficiary.clone()).unwrap();
    assert_eq!((nameless.name, &*nameless.party.display), (None, "25472*****53"));
    let named = world.ledger.record_counterparty(beneficiary.named("Awesome Customer 1")).unwrap();
    assert_eq!((named.id, named.name.as_deref()), (nameless.id, Some("Awesome Customer 1")));
    let payout = Debit::new(account, shop.service.id, kes("10.00"), "p").kind(EntryKind::Payout);
    let line = world.ledger.debit(payout.paid_to(named.party.clone())).unwrap().activity().unwrap();
    assert_eq!(line.to, Some(named.party));
}

#[test]
fn movement_names_counterparties_of_its_own_client_only() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let other = world.client("Other Shop");
    let account = world.funded(&shop, "100.00").id;
    let theirs = world.ledger.record_counterparty(jane(other.id)).unwrap();
    let credit = |party: Party| Credit::new(account, shop.service.id, kes("1.00"), "c").paid_by(party);
    let refused = Rejection::CounterpartyOfAnotherClient { counterparty: theirs.id, client: other.id };
    assert_eq!(world.refused(credit(theirs.party.clone())), refused);
    let unknown = Rejection::CounterpartyNotFound { counterparty: CounterpartyId(3) };
    assert_eq!(world.refused(credit(Party::name("x").of(CounterpartyId(3)))), unknown);
    let original = world.credit(&shop, account, "1.00");
    let hold = PlaceHold::new(Debit::new(account, shop.service.id, kes("1.00"), "h").paid_to(theirs.party.clone()));
    assert_eq!(world.refused(hold), refused);
    let hold = PlaceHold::new(Debit::new(account, shop.service.id, kes("1.00"), "h"));
    let hold = world.ledger.execute(hold).unwrap();
    let capture = Capture::whole(HoldId(hold.sequence())).paid_to(theirs.party.clone());
    assert_eq!(world.refused(capture), refused);
    let reversal = Reverse::whole(original.sequence()).paid_to(theirs.party.clone());
    assert_eq!(world.refused(reversal), refused);
}

#[test]
fn keyed_recording_is_answered_once_and_conflicts_with_other_content() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let given = || jane(shop.client.id).keyed("jane");
    let first = world.ledger.execute(given()).unwrap();
    assert!(world.ledger.execute(given()).unwrap().is_replayed());
    let conflict = Rejection::IdempotencyConflict { original: first.sequence() };
    let mut other = given();
    other.email = Some("other@emali.example".to_owned());
    assert_eq!(world.refused(other), conflict);
    let mut less = given();
    less.address = Vec::new();
    assert_eq!(world.refused(less), conflict);
    let mut more = given();
    more.metadata.insert("more".to_owned(), "facts".to_owned());
    assert_eq!(world.refused(more), conflict);
    let id = first.counterparty().unwrap();
    let change = |name: &str| CounterpartyChange { name: Some(name.to_owned()), ..Default::default() }.keyed("rename");
    let changed = world.ledger.execute((id, change("Jane O."))).unwrap();
    assert!(world.ledger.execute((id, change("Jane O."))).unwrap().is_replayed());
    assert_eq!(world.refused((id, change("Jane P."))), Rejection::IdempotencyConflict { original: changed.sequence() });
    // The first command is still what it was.
    assert!(world.ledger.execute(given()).unwrap().is_replayed());
    let world = world.reopened();
    assert!(world.ledger.execute(given()).unwrap().is_replayed());
    world.ledger.erase_counterparty(id).unwrap();
    // Of the texts nothing is known any more; the rest must be the same.
    assert!(world.ledger.execute(given()).unwrap().is_replayed());
    assert_eq!(world.refused(given().displayed("J.")), conflict);
    assert!(world.ledger.execute((id, change("Jane O."))).unwrap().is_replayed());
    assert!(verified(&world.ledger).is_sound());
}

#[test]
fn keyed_client_commands_conflict_with_other_texts_until_erased() {
    let world = World::new();
    let given = || business("Emali Traders").keyed("emali");
    let receipt = world.ledger.execute(given()).unwrap();
    let conflict = Rejection::IdempotencyConflict { original: receipt.sequence() };
    for change in [
        (|client| client.email = "x@y".to_owned()) as fn(&mut NewClient),
        |client| client.physical_address = Some("somewhere".to_owned()),
        |client| client.contact.phone = "1".to_owned(),
    ] {
        let mut other = given();
        change(&mut other);
        assert_eq!(world.refused(other), conflict);
    }
    assert!(world.ledger.execute(given()).unwrap().is_replayed());
}

#[test]
fn keyed_change_conflicts_with_one_that_gives_texts_where_it_gave_none_and_the_other_way() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let id = world.ledger.record_counterparty(jane(shop.client.id)).unwrap().id;
    let named = |key| CounterpartyChange { name: Some("Jane O.".to_owned()), ..Default::default() }.keyed(key);
    let bare = |key| CounterpartyChange::default().keyed(key);
    for (first, second) in [(bare("one"), named("one")), (named("two"), bare("two"))] {
        let original = world.ledger.execute((id, first.clone())).unwrap().sequence();
        assert_eq!(world.refused((id, second)), Rejection::IdempotencyConflict { original });
        assert!(world.ledger.execute((id, first)).unwrap().is_replayed());
    }
    let change = |phone: Option<&str>, key: &str| ClientChange {
        active: Some(true),
        phone: phone.map(str::to_owned),
        key: Some(key.to_owned()),
        ..ClientChange::default()
    };
    let client = shop.client.id;
    for (first, second) in
        [(change(None, "three"), change(Some("1"), "three")), (change(Some("1"), "four"), change(None, "four"))]
    {
        let original = world.ledger.execute((client, first.clone())).unwrap().sequence();
        assert_eq!(world.refused((client, second)), Rejection::IdempotencyConflict { original });
        assert!(world.ledger.execute((client, first)).unwrap().is_replayed());
    }
}

#[test]
fn references_are_unique_among_a_clients_counterparties() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let first = world.ledger.record_counterparty(jane(shop.client.id)).unwrap();
    let other = NewCounterparty::new(shop.client.id, PartyKind::Handle, "@other");
    let taken = Rejection::CounterpartyReferenceTaken { counterparty: first.id };
    assert_eq!(world.refused(other.clone().referred_as("customer-55")), taken);
    let other = world.ledger.record_counterparty(other).unwrap();
    let refer = |reference: &str| CounterpartyChange { reference: Some(reference.to_owned()), ..Default::default() };
    assert_eq!(world.refused((other.id, refer("customer-55"))), taken);
    // Given up, it is free.
    let between = world.ledger.view().unwrap();
    world.ledger.change_counterparty(first.id, refer("")).unwrap();
    world.ledger.change_counterparty(other.id, refer("customer-55")).unwrap();
    let view = world.ledger.view().unwrap();
    assert_eq!(view.counterparty_referring(shop.client.id, "customer-55").unwrap().unwrap().id, other.id);
    assert_eq!(view.counterparty(first.id).unwrap().reference, None);
    assert_eq!(between.counterparty_referring(shop.client.id, "customer-55").unwrap(), None);
    assert!(verified(&world.ledger).is_sound());
}

#[test]
fn texts_of_counterparties_have_limits() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let value = |value: &str| NewCounterparty::new(shop.client.id, PartyKind::Handle, value);
    let empty = |field| Rejection::TextRequired { field };
    assert_eq!(world.refused(value(" ")), empty("counterparty value"));
    let long = Rejection::TextTooLong { field: "counterparty value", limit: 128, given: 129 };
    assert_eq!(world.refused(value(&"x".repeat(129))), long);
    assert_eq!(world.refused(value("@x").displayed("")), empty("party"));
    assert_eq!(world.refused(value("@x").named("")), empty("counterparty name"));
    assert_eq!(world.refused(value("@x").living_at("KE", &[""])), empty("address line"));
    let crowded = Rejection::TooMany { field: "address lines", limit: 8, given: 9 };
    assert_eq!(world.refused(value("@x").living_at("KE", &["line"; 9])), crowded);
    let recorded = world.ledger.record_counterparty(value("@x")).unwrap();
    // Facts are bounded over all changes together.
    let facts = |from: usize| (from..from + 40).map(|at| (format!("k{at}"), "v".to_owned())).collect();
    let change = |from| CounterpartyChange { metadata: facts(from), ..Default::default() };
    world.ledger.change_counterparty(recorded.id, change(0)).unwrap();
    let crowded = Rejection::TooMany { field: "metadata pairs", limit: 64, given: 80 };
    assert_eq!(world.refused((recorded.id, change(40))), crowded);
    let inactive = ClientChange { active: Some(false), ..ClientChange::default() };
    world.ledger.change_client(shop.client.id, inactive).unwrap();
    assert_eq!(world.refused(value("@y")), Rejection::ClientInactive { client: shop.client.id });
    // Erasing is a right, whatever the client's standing.
    assert!(world.ledger.erase_counterparty(recorded.id).unwrap().is_erased());
}

#[test]
fn nothing_of_what_is_given_up_is_left_behind() {
    for (store, directory) in engines() {
        let ledger = over(&store);
        let shop = shop_of(&ledger);
        let account = wallet_of(&ledger, &shop);
        let before = dump(&*store);
        let id = CounterpartyId(ledger.view().unwrap().sequence().0 + 1);
        let simulated = ledger.simulate(|tx| {
            let receipt = tx.execute(jane(shop.client.id))?;
            tx.counterparty(receipt.counterparty().unwrap_or_default())
        });
        assert_eq!(simulated.unwrap().name.as_deref(), Some("Jane Wanjiku"));
        let refused = Debit::new(account, shop.service.id, kes("1.00"), "d");
        let commands = vec![jane(shop.client.id).into(), refused.into()];
        assert!(ledger.submit_batch(commands, Atomicity::All).unwrap().iter().all(Result::is_err));
        let given_up: Result<(), Error> = ledger.transaction(|tx| {
            tx.execute(jane(shop.client.id))?;
            tx.execute(Erase::Client(shop.client.id))?;
            assert_eq!(tx.client(shop.client.id)?.email, "");
            Err(Error::NoHostTables)
        });
        assert!(given_up.is_err());
        assert_eq!(ledger.simulate(|tx| tx.client(shop.client.id)).unwrap(), shop.client);
        assert_eq!(ledger.view().unwrap().client(shop.client.id).unwrap(), shop.client);
        assert_eq!(holding(&*store, SECRETS), [] as [&str; 0]);
        assert_eq!(dump(&*store), before);
        // Recorded and erased in one commit, nothing is left either.
        ledger
            .transaction(|tx| {
                let receipt = tx.execute(jane(shop.client.id))?;
                assert_eq!(receipt.counterparty(), Some(id));
                tx.execute(Erase::Counterparty(id))?;
                Ok::<_, Error>(())
            })
            .unwrap();
        assert_eq!(holding(&*store, SECRETS), [] as [&str; 0]);
        assert!(ledger.view_at(Sequence(id.0)).unwrap().counterparty(id).unwrap().is_erased());
        assert!(verified(&ledger).is_sound());
        drop(directory);
    }
}

#[test]
fn verification_proves_each_text_and_finds_what_nobody_erased() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let ledger = over(&store);
    let shop = shop_of(&ledger);
    let recorded = ledger.record_counterparty(jane(shop.client.id)).unwrap();
    let rows = dump(&*store);
    let finding = |batch: &Batch, undo: &Batch| {
        store.commit(batch).unwrap();
        let finding = verified(&ledger).finding.unwrap();
        store.commit(undo).unwrap();
        assert!(verified(&ledger).is_sound());
        (finding.table, finding.what)
    };
    for table in ["personal", "payers", "client_counterparties", "counterparties"] {
        for (key, value) in &rows[table] {
            let (mut taken, mut undo) = (Batch::new(), Batch::new());
            taken.remove(Table(table), key.clone());
            undo.put(Table(table), key.clone(), value.clone());
            assert_eq!(finding(&taken, &undo), (table.to_owned(), "the record is missing".to_owned()));
        }
    }
    // The texts of one in the place of another.
    let [(one, first), (other, second)] = &rows["personal"][..] else { panic!("two owners have texts") };
    let moved = sealed("personal", one, &second[1..second.len() - 4]);
    let (mut swapped, mut undo) = (Batch::new(), Batch::new());
    swapped.put(Table("personal"), one.clone(), moved);
    undo.put(Table("personal"), one.clone(), first.clone());
    let said = "the texts are not what the entry committed to".to_owned();
    assert_eq!(finding(&swapped, &undo), ("personal".to_owned(), said));
    // A text without a commitment.
    let mut beyond = other.clone();
    *beyond.last_mut().unwrap() = 99;
    let (mut added, mut undo) = (Batch::new(), Batch::new());
    added.put(Table("personal"), beyond.clone(), sealed("personal", &beyond, &second[1..second.len() - 4]));
    undo.remove(Table("personal"), beyond);
    let said = "3 records stored, the journal makes 2".to_owned();
    assert_eq!(finding(&added, &undo), ("personal".to_owned(), said));
    // Texts that are gone without an erasure are damage to whoever asks for them.
    let (key, _) = &rows["personal"][1];
    let mut taken = Batch::new();
    taken.remove(Table("personal"), key.clone());
    store.commit(&taken).unwrap();
    assert!(matches!(ledger.view().unwrap().counterparty(recorded.id), Err(Error::Failed(_))));
}

/// A value as the ledger seals it.
fn sealed(table: &str, key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut value = [&[1], body].concat();
    let place = crc32c::crc32c_append(crc32c::crc32c(table.as_bytes()), key);
    let checksum = crc32c::crc32c_append(place, &value);
    value.extend_from_slice(&checksum.to_le_bytes());
    value
}

#[test]
fn many_changes_are_erased_together_even_when_little_is_kept_in_memory() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let ledger = over(&store);
    let shop = shop_of(&ledger);
    let recorded = ledger.record_counterparty(jane(shop.client.id)).unwrap();
    for at in 0..500 {
        let change = CounterpartyChange { name: Some(format!("Wanjiku {at}")), ..Default::default() };
        ledger.change_counterparty(recorded.id, change).unwrap();
    }
    ledger.close().unwrap();
    assert_eq!(dump(&*store)["personal"].len(), 502);
    let ledger = over(&store);
    assert!(verified(&ledger).is_sound());
    ledger.erase_counterparty(recorded.id).unwrap();
    assert_eq!(dump(&*store)["personal"].len(), 1);
    assert_eq!(holding(&*store, SECRETS), [] as [&str; 0]);
    assert!(verified(&ledger).is_sound());
}

#[test]
fn salts_come_from_the_nonce_source() {
    struct Fixed;
    impl NonceSource for Fixed {
        fn nonce(&self) -> [u8; 16] {
            [7; 16]
        }
    }
    let recorded = || {
        let ledger = Ledger::builder().clock(ManualClock::at(at(START))).nonces(Fixed).in_memory().unwrap();
        ledger.register_client(NewClient::business("Emali", "KE", "P1", contact())).unwrap().personal
    };
    assert_eq!(recorded(), recorded());
    assert_ne!(recorded().commitment.to_string(), Hash([0; 32]).to_string());
}

#[test]
fn every_table_is_searched() {
    #[derive(Debug)]
    struct Named(MemoryStore, std::sync::Mutex<std::collections::BTreeSet<&'static str>>);
    impl Store for Named {
        fn snapshot(&self) -> Result<Box<dyn pacioli::store::Snapshot>, pacioli::store::StoreError> {
            self.0.snapshot()
        }
        fn commit(&self, batch: &Batch) -> Result<(), pacioli::store::StoreError> {
            self.1.lock().unwrap().extend(batch.changes().map(|(table, _, _)| table.0));
            self.0.commit(batch)
        }
    }
    let named = Arc::new(Named(MemoryStore::new(), std::sync::Mutex::default()));
    let store: Arc<dyn Store> = Arc::clone(&named) as Arc<dyn Store>;
    let ledger = Ledger::builder().clock(ManualClock::at(at(START))).over(store).unwrap();
    let shop = shop_of(&ledger);
    let account = wallet_of(&ledger, &shop);
    ledger.record_counterparty(jane(shop.client.id)).unwrap();
    for at in 0..2_000 {
        ledger.credit(Credit::new(account, shop.service.id, kes("1.00"), format!("c{at}"))).unwrap();
    }
    let receipt = ledger.credit(Credit::new(account, shop.service.id, kes("1.00"), "last")).unwrap();
    ledger.reverse(Reverse::whole(receipt.sequence())).unwrap();
    ledger.close().unwrap();
    let written = named.1.lock().unwrap();
    let unknown: Vec<_> = written.iter().filter(|table| !TABLES.contains(table)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn forks_bring_texts_along_and_none_back() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let client = shop.client.id;
    let recorded = world.ledger.record_counterparty(jane(client)).unwrap();
    let refer = CounterpartyChange { reference: Some("customer-56".to_owned()), ..Default::default() };
    let jane_now = world.ledger.change_counterparty(recorded.id, refer).unwrap();
    let before = world.ledger.view().unwrap();
    let early = before.fork().unwrap();
    let same = |fork: &Ledger| {
        let view = fork.view().unwrap();
        assert_eq!(view.counterparty(recorded.id).unwrap(), jane_now);
        assert_eq!(view.client(client).unwrap(), shop.client);
        assert_eq!(view.counterparty_of(client, PartyKind::Msisdn, "+254722987654").unwrap().unwrap().id, recorded.id);
        assert_eq!(view.counterparty_referring(client, "customer-55").unwrap(), None);
        assert_eq!(view.counterparty_referring(client, "customer-56").unwrap().unwrap().id, recorded.id);
        assert!(verified(fork).is_sound());
    };
    same(&early);
    world.ledger.erase_counterparty(recorded.id).unwrap();
    let erasure = world.ledger.erase_client(client).unwrap();
    // A fork of the time before has no texts either, and says since when.
    let back = before.fork().unwrap();
    let gone = |fork: &Ledger| {
        let view = fork.view().unwrap();
        assert!(view.counterparty(recorded.id).unwrap().is_erased());
        assert_eq!(view.client(client).unwrap().personal.erased_at, Some(erasure.recorded_at()));
        assert_eq!(view.counterparty_of(client, PartyKind::Msisdn, "+254722987654").unwrap(), None);
        assert!(verified(fork).is_sound());
    };
    gone(&back);
    gone(&back.view().unwrap().fork().unwrap());
    gone(&world.ledger.view().unwrap().fork().unwrap());
    // One that was there before keeps its own.
    same(&early);
    let sequence = early.erase_counterparty(recorded.id).unwrap().changed_in;
    assert_eq!(sequence, before.sequence().next());
    assert!(verified(&early).is_sound());
}

#[test]
fn followers_are_told_of_counterparties_and_erasures_without_their_texts() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let client = shop.client.id;
    let counterparty = world.ledger.record_counterparty(jane(client)).unwrap().id;
    let change = CounterpartyChange { name: Some("Jane Wanjiku Otieno".to_owned()), ..Default::default() };
    world.ledger.change_counterparty(counterparty, change).unwrap();
    world.ledger.erase_counterparty(counterparty).unwrap();
    world.ledger.erase_client(client).unwrap();
    let view = world.ledger.view().unwrap();
    let page = view.events().limit(100).page().unwrap();
    let told: Vec<_> = page.items.into_iter().filter(|event| event.id.sequence.0 >= counterparty.0).collect();
    assert!(SECRETS.iter().all(|secret| !serde_json::to_string(&told).unwrap().contains(secret)));
    let told: Vec<_> = told.into_iter().map(|event| event.change).collect();
    let expected = [
        StateChange::CounterpartyRecorded { counterparty, client },
        StateChange::CounterpartyChanged { counterparty, client },
        StateChange::CounterpartyErased { counterparty, client },
        StateChange::ClientErased { client },
    ];
    assert_eq!(told, expected);
    assert!(told.iter().all(|change| change.client() == Some(client) && change.accounts().is_empty()));
}

/// Whatever names a party asks the host: a request that was forgotten would let one past it.
#[test]
fn host_validator_judges_the_party_of_every_request() {
    let validator = |party: &Party| match party.value().starts_with("+254") {
        true => Ok(()),
        false => Err("the prefix is missing".to_owned()),
    };
    let ledger = Ledger::builder().clock(ManualClock::at(at(START))).validate_parties(validator).in_memory().unwrap();
    let shop = shop_of(&ledger);
    let (one, other) = (wallet_of(&ledger, &shop), wallet_of(&ledger, &shop));
    let abroad = ledger.open_book(NewBook::live("shop.usd.main", Currency::USD)).unwrap();
    let dollars = NewAccount::new(shop.client.id, abroad.id, AccountType::WORKING);
    let dollars = ledger.open_account(dollars).unwrap().id;
    let (service, money) = (shop.service.id, kes("1.00"));
    let credit = |key: &str| Credit::new(one, service, kes("10.00"), key);
    let debit = |key: &str| Debit::new(one, service, money, key);
    let transfer = |key: &str| Transfer::new(one, other, service, money, key).narrated("own");
    let sale = ledger.credit(credit("sale")).unwrap().sequence();
    ledger.credit(credit("more")).unwrap();
    let held = HoldId::from(ledger.execute(PlaceHold::new(debit("held"))).unwrap().sequence());
    ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES])).unwrap();
    let invoice = |party: Party, key: &str| NewInvoice::new(service, "M-PESA", money, party, key).into_account(one);
    let open = ledger.issue_invoice(invoice(Party::msisdn("+254722000001"), "open")).unwrap().id;
    let post = || Post::new("p").debit(one, money).credit(other, money);
    let exchange = || {
        let rate = "130".parse().unwrap();
        Exchange::sell(one, dollars, service, kes("1.30"), "x").at(rate).narrated("own")
    };
    let stranger = || Party::msisdn("0722000001");
    let asked: Vec<Command> = vec![
        credit("c").paid_by(stranger()).into(),
        debit("d").paid_to(stranger()).into(),
        transfer("t").paid_to(stranger()).into(),
        post().paid_to(stranger()).into(),
        exchange().paid_to(stranger()).into(),
        Reverse::whole(sale).paid_to(stranger()).into(),
        PlaceHold::new(credit("hc").paid_by(stranger())).into(),
        PlaceHold::new(debit("hd").paid_to(stranger())).into(),
        PlaceHold::new(transfer("ht").paid_to(stranger())).into(),
        PlaceHold::new(post().paid_to(stranger())).into(),
        PlaceHold::new(exchange().paid_to(stranger())).into(),
        Capture::whole(held).paid_to(stranger()).into(),
        Release::whole(held).paid_to(stranger()).into(),
        invoice(stranger(), "i").into(),
        CompleteInvoice::new(open).paid_by(stranger()).into(),
    ];
    let before = ledger.view().unwrap().sequence();
    let refused = Rejection::PartyRefused { reason: "the prefix is missing".to_owned() };
    for command in asked {
        let shown = format!("{command:?}");
        assert_eq!(no(ledger.execute(command)), refused, "{shown}");
    }
    assert_eq!(ledger.view().unwrap().sequence(), before);
}

#[test]
fn the_record_of_a_client_has_the_commitment_to_its_latest_texts() {
    let world = World::new();
    let client = world.client("Mama Njeri Shop");
    let change = ClientChange { phone: Some("0722000009".to_owned()), ..ClientChange::default() };
    let receipt = world.ledger.execute((client.id, change)).unwrap();
    let Event::ClientChanged { commitment: Some(commitment), .. } = receipt.entry().event else { panic!() };
    let changed = world.reopened().ledger.view().unwrap().client(client.id).unwrap();
    assert_ne!(commitment, client.personal.commitment);
    assert_eq!((changed.personal.commitment, changed.personal.committed_in), (commitment, receipt.sequence()));
}
