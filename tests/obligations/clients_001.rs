//! Lipad, "Wallet as a Service": clients.

use pacioli::prelude::*;
use pacioli::{ClientKind, Ledger, Limits};

use crate::world::{World, business, contact, no};

#[test]
fn req_001_01_client_is_an_individual_or_a_business() {
    let world = World::new();
    let shop = world.ledger.register_client(business("Emali Traders")).unwrap();
    let person = world.ledger.register_client(NewClient::individual("Kenya", contact())).unwrap();
    assert_eq!((shop.kind, shop.tax_id.as_deref()), (ClientKind::Business, Some("P051234567X")));
    assert_eq!((person.kind, person.tax_id), (ClientKind::Individual, None));
}

#[test]
fn req_001_02_account_needs_a_registered_client() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    for unknown in [ClientId(0), ClientId(shop.client.id.0 + 1), ClientId(u64::MAX)] {
        let account = NewAccount::new(unknown, shop.book.id, AccountType::FLOAT_ACCOUNT);
        assert_eq!(world.refused(account), Rejection::ClientNotFound { client: unknown });
    }
}

#[test]
fn req_001_03_every_required_text_must_be_filled() {
    let world = World::new();
    type Blank = (&'static str, fn(&mut NewClient, &str));
    let blanks: [Blank; 8] = [
        ("client name", |client, text| client.name = text.to_owned()),
        ("client email", |client, text| client.email = text.to_owned()),
        ("client phone", |client, text| client.phone = text.to_owned()),
        ("contact name", |client, text| client.contact.name = text.to_owned()),
        ("contact email", |client, text| client.contact.email = text.to_owned()),
        ("contact phone", |client, text| client.contact.phone = text.to_owned()),
        ("tax identifier", |client, text| client.tax_id = Some(text.to_owned())),
        ("country", |client, text| client.country = text.to_owned()),
    ];
    for (field, blank) in blanks {
        for text in ["", "   ", "\t\n"] {
            let mut client = business("Emali Traders");
            blank(&mut client, text);
            assert_eq!(world.refused(client), Rejection::TextRequired { field });
        }
    }
    let mut pinless = business("Emali Traders");
    pinless.tax_id = None;
    assert_eq!(world.refused(pinless), Rejection::TextRequired { field: "tax identifier" });
    let client = world.ledger.register_client(business("Emali Traders")).unwrap();
    assert!(client.active);
    assert_eq!((&*client.name, &*client.country), ("Emali Traders", "Kenya"));
    assert_eq!(client.contact, contact());
}

#[test]
fn req_001_04_address_logo_and_description_are_optional() {
    let world = World::new();
    let bare = world.ledger.register_client(business("Emali Traders")).unwrap();
    assert_eq!((bare.physical_address, bare.logo, bare.description), (None, None, None));
    let mut given = business("Lipa Pamoja");
    given.physical_address = Some("Moi Avenue 1, Nairobi".to_owned());
    given.logo = Some("https://lipa.example/logo.png".to_owned());
    given.description = Some("d".repeat(Limits::DESCRIPTION_BYTES));
    let full = world.ledger.register_client(given.clone()).unwrap();
    assert_eq!((full.physical_address, full.logo), (given.physical_address, given.logo));
    assert_eq!(full.description, given.description);
}

#[test]
fn req_001_05_inactive_client_does_no_business_and_can_be_read() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (account, other) = (world.funded(&shop, "100.00").id, world.account(&shop.client, &shop.book).id);
    let (client, book, service) = (shop.client.id, shop.book.id, shop.service.id);
    let active = |active| ClientChange { active: Some(active), ..ClientChange::default() };
    world.ledger.change_client(client, active(false)).unwrap();

    let refusal = Rejection::ClientInactive { client };
    let sum = crate::world::kes("1.00");
    assert_eq!(world.refused(NewAccount::new(client, book, AccountType::WORKING)), refusal);
    assert_eq!(world.refused(NewService::new(client, book, "ANOTHER")), refusal);
    assert_eq!(world.refused(Credit::new(account, service, sum, "a")), refusal);
    assert_eq!(world.refused(Debit::new(account, service, sum, "a")), refusal);
    assert_eq!(world.refused(Transfer::new(account, other, service, sum, "a").narrated("own")), refusal);
    assert_eq!(world.refused(Post::new("a").debit(account, sum).credit(other, sum)), refusal);

    let view = world.ledger.view().unwrap();
    assert!(!view.client(client).unwrap().active);
    assert_eq!(view.account(account).unwrap().client, Some(client));
    assert_eq!(world.shows(account), "100.00");

    world.ledger.change_client(client, active(true)).unwrap();
    world.ledger.credit(Credit::new(account, service, sum, "a")).unwrap();
}

#[test]
fn req_001_06_client_has_a_generated_code_of_its_own() {
    let world = World::new();
    let (first, second) = (world.client("Emali Traders"), world.client("Emali Traders"));
    for client in [&first, &second] {
        assert_eq!(client.code.len(), 10);
        assert!(client.code.starts_with("EMA"), "{}", client.code);
        assert!(client.code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
    }
    assert_ne!(first.code, second.code);
    // The same registrations give the same codes.
    assert_eq!(World::new().client("Emali Traders").code, first.code);

    let own = world.ledger.register_client(business("Lipad").coded("LIPNZPMF7O")).unwrap();
    assert_eq!(own.code, "LIPNZPMF7O");
    let taken = world.refused(business("Another").coded("LIPNZPMF7O"));
    assert_eq!(taken, Rejection::CodeTaken { holder: own.id.0 });
}

#[test]
fn req_001_06_hosts_bring_their_own_generator_and_collisions_are_passed_over() {
    let ledger = Ledger::builder()
        .codes(|name: &str, _id: u64, attempt: u32| format!("{}_{attempt}", name.to_uppercase()))
        .in_memory()
        .unwrap();
    let codes = ["abc", "abc", "abc"].map(|name| ledger.register_client(business(name)).unwrap().code);
    assert_eq!(codes, ["ABC_0", "ABC_1", "ABC_2"]);
    let stuck = Ledger::builder().codes(|_: &str, _: u64, _: u32| "SAME".to_owned()).in_memory().unwrap();
    let first = stuck.register_client(business("one")).unwrap();
    assert_eq!(no(stuck.register_client(business("two"))), Rejection::CodeTaken { holder: first.id.0 });
}

#[test]
fn req_001_06_client_is_found_by_code_and_by_identifier() {
    let world = World::new();
    let client = world.client("Emali Traders");
    let world = world.reopened();
    let view = world.ledger.view().unwrap();
    assert_eq!(view.client(client.id).unwrap(), client);
    assert_eq!(view.client_coded(&client.code).unwrap(), Some(client));
    assert_eq!(view.client_coded("NOBODY").unwrap(), None);
}

#[test]
fn req_001_07_telephone_numbers_are_text() {
    let world = World::new();
    for phone in ["0722000001", "+254722000001", "254 722 000 001", "000"] {
        let client = business("Emali Traders").reached_at("till@emali.example", phone);
        let client = world.ledger.register_client(client).unwrap();
        assert_eq!(client.phone, phone);
        assert_eq!(world.ledger.view().unwrap().client(client.id).unwrap().phone, phone);
    }
}

#[test]
fn req_001_52_every_command_can_say_who_gave_it() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = world.account(&shop.client, &shop.book);
    let credit = Credit::new(account.id, shop.service.id, crate::world::kes("1.00"), "c");
    let by_teller = world.ledger.execute(Command::from(credit).by("teller 7")).unwrap();
    assert_eq!(by_teller.entry().actor.as_deref(), Some("teller 7"));
    assert_eq!(by_teller.activity().unwrap().actor.as_deref(), Some("teller 7"));
    let by_admin = world.ledger.execute(Command::from(business("Lipad")).by("admin")).unwrap();
    let sequence = by_admin.sequence();
    let world = world.reopened();
    let kept = world.ledger.view().unwrap().entry(sequence).unwrap();
    assert_eq!(kept.actor.as_deref(), Some("admin"));
}

#[test]
fn req_001_53_points_are_a_currency_like_any_other() {
    let world = World::new();
    let points = Currency::new("POINTS", 0).unwrap();
    let shop = world.shop(points);
    let account = world.funded(&shop, "250");
    assert_eq!(world.shows(account.id), "250");
    let refund = Debit::new(account.id, shop.service.id, points.money("50").unwrap(), "spent");
    world.ledger.debit(refund).unwrap();
    assert_eq!(world.shows(account.id), "200");
}
