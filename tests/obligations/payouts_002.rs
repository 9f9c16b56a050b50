//! IntaSend, "Send Money": devices, and payouts that are previewed, signed, held as a whole and settled item by item.

use ed25519_dalek::{Signer, SigningKey};
use pacioli::prelude::*;
use pacioli::{
    Account, Approvers, Band, Beneficiary, Clock, Device, DeviceState, Expiry, KeyAlgorithm, Limits, NewLimit,
    NewMonitor, NonceSource, Operation, PayoutChange, PayoutFilter, PayoutPreview, PayoutView, RevokeDevice,
    RotateDevice, Side, SystemAccount, TransactionSource, Window,
};
use proptest::prelude::*;

use crate::world::{Shop, World, at, kes, minor, no};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> PublicKey {
    PublicKey(key(seed).verifying_key().to_bytes())
}

fn phone(number: &str) -> Beneficiary {
    Party::shown(PartyKind::Msisdn, number).into()
}

/// A business that sends money: 25.00 up to 1,000.00 and 70.00 up to 50,000.00, for each item.
struct Office {
    world: World,
    shop: Shop,
    service: ServiceId,
    wallet: Account,
    device: Device,
}

impl Office {
    fn with(sum: &str) -> Self {
        Self::under(sum, |service| service)
    }

    fn under(sum: &str, change: impl FnOnce(NewService) -> NewService) -> Self {
        let world = World::new();
        let shop = world.shop(Currency::KES);
        let band = |up_to, fee| Band { up_to: Some(minor(up_to)), fee: Fee::Fixed(minor(fee)) };
        let tariff = Tariff::Banded(vec![band(1_000_00, 25_00), band(50_000_00, 70_00)]);
        let service = NewService::new(shop.client.id, shop.book.id, "SEND_MONEY").tariff(tariff);
        let service = world.ledger.define_service(change(service)).unwrap().id;
        let wallet = world.funded(&shop, sum);
        let device = NewDevice::new(shop.client.id, public(1), "Till 4");
        let device = world.ledger.register_device(device).unwrap();
        Self { world, shop, service, wallet, device }
    }

    fn asked(&self, sums: &[&str]) -> NewPayout {
        let (source, service) = (self.wallet.id, self.service);
        let asked = NewPayout::new(self.device.id, service, source, Provider::MPESA_B2C, Currency::KES);
        sums.iter().zip(1..).fold(asked, |asked, (sum, number)| {
            asked.item(NewPayoutItem::new(phone(&format!("25472200011{number}")), kes(sum)).named("Awesome Customer"))
        })
    }

    fn preview(&self, sums: &[&str]) -> PayoutPreview {
        self.world.ledger.initiate_payout(self.asked(sums)).unwrap()
    }

    fn signed(&self, preview: &PayoutPreview) -> SignedApproval {
        SignedApproval::new(preview.payout, key(1).sign(&preview.digest(self.device.id).0).to_bytes())
    }

    fn approve(&self, preview: &PayoutPreview) -> Receipt {
        self.world.ledger.approve_payout(self.signed(preview)).unwrap()
    }

    /// An approved payout.
    fn approved(&self, sums: &[&str]) -> PayoutPreview {
        let preview = self.preview(sums);
        self.approve(&preview);
        preview
    }

    fn tell(&self, change: PayoutItemChange) -> Receipt {
        self.world.ledger.change_payout_item(change).unwrap()
    }

    fn start(&self, item: PayoutItemId) -> Receipt {
        self.tell(PayoutItemChange::start(item))
    }

    fn settle(&self, item: PayoutItemId) -> Receipt {
        self.start(item);
        self.tell(PayoutItemChange::settle(item))
    }

    fn view(&self, payout: PayoutId) -> PayoutView {
        self.world.ledger.view().unwrap().payout(payout).unwrap()
    }

    fn state(&self, payout: PayoutId) -> PayoutState {
        self.view(payout).payout.state
    }

    /// What the wallet has, and what of it is available.
    fn has(&self) -> (String, String) {
        self.of(self.wallet.id)
    }

    fn of(&self, account: AccountId) -> (String, String) {
        let balance = self.world.ledger.view().unwrap().balance(account).unwrap();
        (balance.current.text(), balance.available.text())
    }

    fn system(&self, account: SystemAccount) -> AccountId {
        self.shop.book.system(account)
    }

    fn sound(&self) {
        let ledger = &self.world.ledger;
        let verification = ledger.verify_all().unwrap();
        assert!(verification.is_sound(), "{:?}", verification.finding);
        assert!(ledger.view().unwrap().trial_balance(self.shop.book.id).unwrap().is_balanced());
    }
}

fn is(current: &str, available: &str) -> (String, String) {
    (current.to_owned(), available.to_owned())
}

/// Figures of a payout as the statement of its totals: paid, failed, cancelled, pending.
fn totals(view: &PayoutView) -> [i128; 4] {
    let payout = &view.payout;
    [payout.paid_total, payout.failed_total, payout.cancelled_total, payout.pending_total()].map(Amount::signed)
}

#[test]
fn req_002_01_device_is_registered_rotated_and_revoked() {
    let office = Office::with("0.01");
    let ledger = &office.world.ledger;
    let device = &office.device;
    assert_eq!((device.id, device.client, device.label.as_str()), (DeviceId(1), office.shop.client.id, "Till 4"));
    assert_eq!((device.algorithm, device.state), (KeyAlgorithm::Ed25519, DeviceState::Active));
    assert_eq!(device.key().map(|key| (key.version, key.public_key)), Some((1, public(1))));

    office.world.minutes_later(1);
    let rotated = ledger.rotate_device(RotateDevice::new(device.id, public(2))).unwrap();
    let keys: Vec<_> = rotated.keys.iter().map(|key| (key.version, key.public_key, key.until.is_some())).collect();
    assert_eq!(keys, [(1, public(1), true), (2, public(2), false)]);
    assert_eq!(rotated.keys[0].until, Some(rotated.changed_at));

    let before = ledger.view().unwrap();
    let revoked = ledger.revoke_device(RevokeDevice::new(device.id).because("lost")).unwrap();
    assert_eq!((revoked.state, revoked.reason.as_deref()), (DeviceState::Revoked, Some("lost")));
    assert!(revoked.keys.iter().all(|key| key.until.is_some()));
    // Looking back, it still signs.
    assert!(before.device(device.id).unwrap().is_active());
    let second = ledger.register_device(NewDevice::new(office.shop.client.id, public(3), "Till 5")).unwrap();
    let devices =
        |view: View| view.devices(office.shop.client.id).unwrap().iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(devices(ledger.view().unwrap()), [device.id, second.id]);
    assert_eq!(devices(before), [device.id]);
    office.sound();
    let world = office.world.reopened();
    assert_eq!(world.ledger.view().unwrap().device(device.id).unwrap(), revoked);
    assert_eq!(world.ledger.register_device(NewDevice::new(office.shop.client.id, public(4), "x")).unwrap().id.0, 3);
}

#[test]
fn req_002_01_devices_are_refused_with_a_reason() {
    let office = Office::with("0.01");
    let (world, client) = (&office.world, office.shop.client.id);
    let new = |public_key| NewDevice::new(client, public_key, "Till");
    assert_eq!(
        world.refused(NewDevice { client: ClientId(99), ..new(public(2)) }),
        Rejection::ClientNotFound { client: ClientId(99) }
    );
    assert_eq!(
        world.refused(NewDevice { label: " ".into(), ..new(public(2)) }),
        Rejection::TextRequired { field: "device label" }
    );
    // One key, one device: of any client, in force or not.
    let taken = Rejection::DeviceKeyTaken { device: office.device.id };
    assert_eq!(world.refused(new(public(1))), taken);
    assert_eq!(world.refused(NewDevice { client: world.client("Other").id, ..new(public(1)) }), taken);
    assert_eq!(world.refused(RotateDevice::new(office.device.id, public(1))), taken);
    world.ledger.rotate_device(RotateDevice::new(office.device.id, public(2))).unwrap();
    assert_eq!(world.refused(new(public(1))), taken);
    let unknown = DeviceId(99);
    assert_eq!(world.refused(RotateDevice::new(unknown, public(3))), Rejection::DeviceNotFound { device: unknown });
    assert_eq!(world.refused(RevokeDevice::new(unknown)), Rejection::DeviceNotFound { device: unknown });
    world.ledger.revoke_device(RevokeDevice::new(office.device.id)).unwrap();
    let revoked = Rejection::DeviceRevoked { device: office.device.id };
    assert_eq!(world.refused(RotateDevice::new(office.device.id, public(3))), revoked);
    assert_eq!(world.refused(RevokeDevice::new(office.device.id)), revoked);
    let device = world.ledger.register_device(new(public(3))).unwrap().id;
    for seed in 100..(99 + Limits::DEVICE_KEYS as u8) {
        world.ledger.rotate_device(RotateDevice::new(device, public(seed))).unwrap();
    }
    assert!(matches!(world.refused(RotateDevice::new(device, public(99))), Rejection::TooMany { limit: 64, .. }));
    // Named commands are replayed.
    let named = new(public(4)).keyed("register-4");
    let first = world.ledger.execute(named.clone()).unwrap();
    assert!(world.ledger.execute(named).unwrap().is_replayed());
    assert!(
        matches!(world.refused(new(public(5)).keyed("register-4")), Rejection::IdempotencyConflict { original } if original == first.sequence())
    );
}

#[test]
fn req_002_02_device_is_required_and_of_the_client() {
    let office = Office::with("1000.00");
    let (world, asked) = (&office.world, office.asked(&["10.00"]));
    let unknown = Rejection::DeviceNotFound { device: DeviceId(99) };
    assert_eq!(unknown.to_string(), "device 99 does not exist");
    assert_eq!(world.refused(NewPayout { device: DeviceId(99), ..asked.clone() }), unknown);
    let other = world.client("Other Traders").id;
    let theirs = world.ledger.register_device(NewDevice::new(other, public(9), "theirs")).unwrap().id;
    let foreign = Rejection::DeviceNotOwnedByClient { device: theirs, client: office.shop.client.id };
    assert_eq!(world.refused(NewPayout { device: theirs, ..asked.clone() }), foreign);
    world.ledger.revoke_device(RevokeDevice::new(office.device.id)).unwrap();
    assert_eq!(world.refused(asked), Rejection::DeviceRevoked { device: office.device.id });
}

#[test]
fn req_002_03_payout_names_device_provider_currency_items_and_source() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00", "500.00"]);
    assert_eq!(
        (preview.device, &preview.provider, preview.currency),
        (office.device.id, &Provider::MPESA_B2C, Currency::KES)
    );
    assert_eq!((preview.items.len(), preview.source), (2, office.wallet.id));
    assert_eq!(
        (preview.client, preview.service, preview.book),
        (office.shop.client.id, (office.service, 1), office.shop.book.id)
    );
}

#[test]
fn req_002_04_provider_is_open_and_intasend_pays_accounts_alone() {
    let office = Office::with("1000.00");
    let payee = office.world.account(&office.shop.client, &office.shop.book).id;
    let inside = NewPayoutItem::new(payee, kes("10.00"));
    let asked = |provider| NewPayout { provider, ..office.asked(&[]) };
    let preview = office.world.ledger.initiate_payout(asked(Provider::INTASEND).item(inside.clone())).unwrap();
    assert_eq!(preview.provider.code(), "INTASEND");
    let mixed = office.asked(&["10.00"]).item(inside);
    assert_eq!(
        office.world.refused(NewPayout { provider: Provider::INTASEND, ..mixed.clone() }),
        Rejection::ItemRefused { item: 1, reason: Box::new(Rejection::BeneficiaryNotInternal) },
    );
    // A provider outside, the host's own too, may pay both.
    for provider in [Provider::MPESA_B2C, Provider::new("PESALINK")] {
        office.world.ledger.initiate_payout(NewPayout { provider, ..mixed.clone() }).unwrap();
    }
    assert_eq!(office.world.refused(asked(Provider::new(""))), Rejection::TextRequired { field: "provider" });
}

#[test]
fn req_002_05_currency_is_the_sources() {
    let office = Office::with("1000.00");
    let mismatch = |given| Rejection::CurrencyMismatch { expected: Currency::KES, given };
    let asked = NewPayout { currency: Currency::GBP, ..office.asked(&["10.00"]) };
    assert_eq!(office.world.refused(asked), mismatch(Currency::GBP));
    let item = NewPayoutItem::new(phone("254722000111"), Currency::USD.money("1.00").unwrap());
    let refused = office.world.refused(office.asked(&["10.00"]).item(item));
    assert_eq!(refused, Rejection::ItemRefused { item: 2, reason: Box::new(mismatch(Currency::USD)) });
    let pounds = office.world.book(Currency::GBP);
    let account = office.world.account(&office.shop.client, &pounds).id;
    let asked = NewPayout { source: account, ..office.asked(&["10.00"]) };
    assert_eq!(office.world.refused(asked), mismatch(Currency::GBP));
}

#[test]
fn req_002_06_items_have_a_beneficiary_and_an_amount_above_zero_within_limits() {
    let office = Office::under("100000.00", |service| service.limits(minor(10_00), minor(20_000_00)));
    let world = &office.world;
    let refused = |item: NewPayoutItem| match world.refused(office.asked(&["10.00"]).item(item)) {
        Rejection::ItemRefused { item: 2, reason } => *reason,
        other => panic!("{other:?}"),
    };
    let item = |sum: &str| NewPayoutItem::new(phone("254722000112"), kes(sum));
    assert_eq!(world.refused(office.asked(&[])), Rejection::EmptyBatch);
    assert_eq!(refused(item("0.00")), Rejection::AmountNotPositive { given: 0 });
    assert_eq!(refused(item("-1.00")), Rejection::AmountNotPositive { given: -100 });
    assert_eq!(refused(item("9.99")), Rejection::AmountBelowServiceMinimum { given: 9_99, minimum: 10_00 });
    assert_eq!(
        refused(item("20000.01")),
        Rejection::AmountAboveServiceMaximum { given: 20_000_01, maximum: 20_000_00 }
    );
    assert_eq!(refused(NewPayoutItem::new(phone(" "), kes("10.00"))), Rejection::TextRequired { field: "beneficiary" });
    assert!(matches!(
        refused(NewPayoutItem::new(phone(&"2".repeat(129)), kes("10.00"))),
        Rejection::TextTooLong { .. }
    ));
    assert_eq!(refused(item("10.00").named("")), Rejection::TextRequired { field: "name" });
    assert!(matches!(refused(item("10.00").narrated("x".repeat(513))), Rejection::TextTooLong { .. }));
    assert_eq!(refused(item("10.00").referring("")), Rejection::TextRequired { field: "reference" });
    // A hundredth of a cent.
    let fine = Currency::KES.with_scale(4).unwrap().money("10.0001").unwrap();
    assert_eq!(refused(NewPayoutItem::new(phone("2547"), fine)), Rejection::AmountPrecision { scale: 2 });
    assert_eq!(
        refused(NewPayoutItem::new(office.wallet.id, kes("10.00"))),
        Rejection::SameAccount { account: office.wallet.id }
    );
    let many = vec!["10.00"; Limits::PAYOUT_ITEMS + 1];
    assert_eq!(
        world.refused(office.asked(&many)),
        Rejection::TooMany { field: "payout items", limit: 500, given: 501 }
    );
    // The greatest payout: it is approved in one entry.
    let preview = office.approved(&many[1..]);
    assert_eq!(preview.total_amount_estimate, kes("17500.00"));
    assert_eq!(office.has(), is("100000.00", "82500.00"));
}

#[test]
fn req_002_07_preview_has_everything() {
    let office = Office::with("1000.00");
    let item = NewPayoutItem::new(phone("254722000111"), kes("10.00")).named("Awesome Customer").narrated("Salary");
    let preview = office.world.ledger.initiate_payout(office.asked(&[]).item(item)).unwrap();
    let json = serde_json::to_value(&preview).unwrap();
    assert_eq!(json["status"], "Preview and approve");
    assert_eq!(json["items"][0]["status"], "Pending");
    assert_eq!(json["tracking_id"].as_str().unwrap().len(), 36);
    assert_eq!(json["items"][0]["request_reference_id"].as_str().unwrap().len(), 36);
    assert_eq!(json["nonce"].as_str().unwrap().len(), 32);
    assert_eq!(json["device"], 1);
    let item = &preview.items[0];
    assert_eq!((item.name.as_deref(), item.narrative.as_deref()), (Some("Awesome Customer"), Some("Salary")));
    assert_eq!((item.beneficiary.clone(), item.amount), (phone("254722000111"), kes("10.00")));
    assert_eq!((preview.charge_estimate, preview.total_amount_estimate), (kes("25.00"), kes("35.00")));
    assert_eq!(preview.created_at, preview.updated_at);
    assert_eq!(preview.created_at, office.world.ledger.view().unwrap().recorded_at());
}

#[test]
fn req_002_08_initiating_moves_no_money() {
    let office = Office::with("1000.00");
    let before = office.world.state().1;
    let receipt = office.world.ledger.execute(office.asked(&["10.00", "500.00"])).unwrap();
    assert!(receipt.entry().postings.is_empty());
    assert_eq!(office.world.state().1, before);
    // Not even more than there is.
    office.preview(&["50000.00"]);
    assert_eq!(office.world.state().1, before);
}

#[test]
fn req_002_09_total_estimate_is_amounts_and_charges() {
    let office = Office::with("0.01");
    let total = |sums: &[&str]| office.preview(sums).total_amount_estimate.text();
    assert_eq!(total(&["10.00", "500.00"]), "560.00");
    assert_eq!(total(&["10000.00", "10000.00"]), "20140.00");
}

#[test]
fn req_002_10_charge_is_the_sum_of_the_items_charges() {
    let office = Office::with("0.01");
    let charge = |sums: &[&str]| office.preview(sums).charge_estimate.text();
    assert_eq!(charge(&["10.00", "500.00"]), "50.00");
    assert_eq!(charge(&["10000.00", "10000.00"]), "140.00");
    assert_eq!(charge(&["500.00", "10000.00"]), "95.00");
    let each: Vec<_> = office.preview(&["500.00", "10000.00"]).items.iter().map(|item| item.fee.text()).collect();
    assert_eq!(each, ["25.00", "70.00"]);
    let beyond = Rejection::AmountBeyondTariff { given: 50_000_01 };
    let refused = office.world.refused(office.asked(&["50000.01"]));
    assert_eq!(refused, Rejection::ItemRefused { item: 1, reason: Box::new(beyond) });
}

#[test]
fn req_002_11_nonce_is_new_each_time_and_expires() {
    let office = Office::with("1000.00");
    let (one, two) = (office.preview(&["10.00"]), office.preview(&["10.00"]));
    assert_ne!(one.nonce, two.nonce);
    assert_eq!(office.view(one.payout).payout.nonce, one.nonce);
    assert_eq!(one.expires_at, one.created_at.plus_ns(86_400_000_000_000));
    // One for each payout, and none for one that is refused.
    let counted = std::sync::Arc::new(std::sync::atomic::AtomicU8::new(0));
    let source = std::sync::Arc::clone(&counted);
    let source = move || [source.fetch_add(1, std::sync::atomic::Ordering::Relaxed); 16];
    let _: &dyn NonceSource = &source;
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::builder().nonces(source).open(directory.path().join("nonces.redb")).unwrap();
    let book = ledger.open_book(NewBook::live("kes", Currency::KES)).unwrap();
    let client = ledger.register_client(crate::world::business("Shop")).unwrap().id;
    let service = ledger.define_service(NewService::new(client, book.id, "PAY")).unwrap().id;
    let account = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING)).unwrap().id;
    let device = ledger.register_device(NewDevice::new(client, public(1), "x")).unwrap().id;
    let asked = |sum: &str| {
        let item = NewPayoutItem::new(phone("2547"), kes(sum));
        NewPayout::new(device, service, account, Provider::MPESA_B2C, Currency::KES).item(item)
    };
    // The client's personal texts were salted with others of the same source.
    let given_out = counted.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(ledger.initiate_payout(asked("1.00")).unwrap().nonce.0, [given_out; 16]);
    no(ledger.initiate_payout(asked("0.00")));
    assert_eq!(ledger.initiate_payout(asked("1.00")).unwrap().nonce.0, [given_out + 1; 16]);
    assert_eq!(counted.load(std::sync::atomic::Ordering::Relaxed), given_out + 2);
}

#[test]
fn req_002_12_every_item_has_a_reference_that_leads_to_it() {
    let office = Office::with("1000.00");
    let previews = [office.preview(&["10.00", "20.00"]), office.preview(&["10.00"])];
    let references: Vec<_> =
        previews.iter().flat_map(|preview| &preview.items).map(|item| item.request_reference_id).collect();
    let distinct: std::collections::BTreeSet<_> = references.iter().collect();
    assert_eq!(distinct.len(), 3);
    let view = office.world.ledger.view().unwrap();
    for item in previews.iter().flat_map(|preview| &preview.items) {
        assert_eq!(view.payout_item_referenced(&item.request_reference_id.to_string()).unwrap().id, item.id);
    }
    // Another with the same numbers in it is nobody's.
    let mut forged = references[0];
    forged.0[15] ^= 1;
    assert!(matches!(no(view.payout_item_referenced(&forged.to_string())), Rejection::ItemNotFound { .. }));
    for wrong in ["", "x", &previews[0].tracking_id.to_string()] {
        assert!(matches!(no(view.payout_item_referenced(wrong)), Rejection::ItemNotFound { .. }), "{wrong}");
    }
    // Each step under the reference happens once.
    office.approve(&previews[0]);
    let first = office.start(previews[0].items[0].id);
    let again = office.start(previews[0].items[0].id);
    assert!(again.is_replayed());
    assert_eq!(again.sequence(), first.sequence());
}

#[test]
fn req_002_13_nothing_is_processed_before_approval() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00"]);
    let item = preview.items[0].id;
    for change in [
        PayoutItemChange::start(item),
        PayoutItemChange::settle(item),
        PayoutItemChange::fail(item),
        PayoutItemChange::unknown(item),
        PayoutItemChange::cancel(item),
        PayoutItemChange::returned(item),
    ] {
        let to = change.step.to().text();
        let refused = Rejection::InvalidPayoutTransition { from: "Preview and approve", to };
        assert_eq!(office.world.refused(change), refused);
    }
    let refused = Rejection::InvalidPayoutTransition { from: "Preview and approve", to: "Failed" };
    assert_eq!(office.world.refused(PayoutChange::end(preview.payout)), refused);
}

#[test]
fn req_002_14_approval_is_a_signature_in_hexadecimal_digits() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00"]);
    let signature = key(1).sign(&preview.digest(preview.device).0).to_bytes();
    let digits: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let approval = SignedApproval::hex(preview.payout, &digits).unwrap().by(office.device.id).echoing(preview.clone());
    let receipt = office.world.ledger.approve_payout(approval).unwrap();
    assert_eq!(receipt.payout(), Some(preview.payout));
    let approvals = office.view(preview.payout).payout.approvals;
    assert_eq!((approvals.len(), approvals[0].device, approvals[0].signature.0), (1, office.device.id, signature));
    assert_eq!((approvals[0].approved_in, approvals[0].key_version), (receipt.sequence(), 1));
}

#[test]
fn req_002_15_approving_device_is_the_initiating_one() {
    let office = Office::with("1000.00");
    let other =
        office.world.ledger.register_device(NewDevice::new(office.shop.client.id, public(2), "other")).unwrap().id;
    let preview = office.preview(&["10.00"]);
    let approval = SignedApproval::new(preview.payout, key(2).sign(&preview.digest(other).0).to_bytes()).by(other);
    let wrong = Rejection::WrongDevice { payout: preview.payout, device: other };
    assert_eq!(office.world.refused(approval), wrong);
    // Unless more approvers are named.
    let preview = office.world.ledger.initiate_payout(office.asked(&["10.00"]).approved_by(1, [other])).unwrap();
    let approval = SignedApproval::new(preview.payout, key(2).sign(&preview.digest(other).0).to_bytes()).by(other);
    office.world.ledger.approve_payout(approval).unwrap();
    assert_eq!(office.state(preview.payout), PayoutState::Approved);
}

#[test]
fn req_002_16_signature_is_verified_before_anything_changes() {
    // tests/approvals.rs has the table of what is refused.
    let office = Office::with("1.00");
    let preview = office.preview(&["10.00"]);
    let mut approval = office.signed(&preview);
    approval.signature[63] ^= 0x20;
    // Neither the want of money nor an account's standing is told to who cannot sign.
    let bad = Rejection::BadSignature { device: office.device.id };
    assert_eq!(office.world.refused(approval.clone()), bad);
    let idle = AccountChange::status(AccountStatus::Inactive, "closed for the day");
    office.world.ledger.change_account(office.wallet.id, idle).unwrap();
    assert_eq!(office.world.refused(approval), bad);
    assert_eq!(office.world.refused(office.signed(&preview)), Rejection::AccountInactive { account: office.wallet.id });
}

#[test]
fn req_002_17_payload_sent_back_is_compared() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00", "500.00"]);
    let mut echo = preview.clone();
    echo.items[1].beneficiary = phone("254700000666");
    let mismatch = Rejection::PayloadMismatch { payout: preview.payout, item: 2, field: "beneficiary" };
    assert_eq!(office.world.refused(office.signed(&preview).echoing(echo)), mismatch);
    assert!(mismatch.to_string().ends_with("item 2: beneficiary is not what is stored"));
    office.world.ledger.approve_payout(office.signed(&preview).echoing(preview)).unwrap();
}

#[test]
fn req_002_18_second_late_and_dead_approvals_are_refused() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00"]);
    let first = office.approve(&preview);
    let again = office.world.ledger.approve_payout(office.signed(&preview)).unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.entry(), first.entry());
    let other = SignedApproval::new(preview.payout, [7; 64]);
    assert_eq!(
        office.world.refused(other),
        Rejection::AlreadyApproved { payout: preview.payout, by: first.sequence() }
    );

    let dead = office.preview(&["10.00"]);
    office.world.ledger.change_payout(PayoutChange::cancel(dead.payout).because("typed twice")).unwrap();
    let refused = Rejection::BatchNotApprovable { payout: dead.payout, state: PayoutState::Cancelled };
    assert_eq!(office.world.refused(office.signed(&dead)), refused);
    assert_eq!(office.view(dead.payout).payout.reason.as_deref(), Some("typed twice"));

    let late = office.world.ledger.initiate_payout(office.asked(&["10.00"]).expiring(Expiry::After(1))).unwrap();
    let expired = Rejection::ApprovalExpired { payout: late.payout, expired_at: late.expires_at };
    assert_eq!(office.world.refused(office.signed(&late)), expired);
    office.world.minutes_later(1);
    let settled = office.world.ledger.settle_due(office.world.clock.now(), 10).unwrap();
    assert_eq!(settled.iter().map(Receipt::payout).collect::<Vec<_>>(), [Some(late.payout)]);
    assert_eq!(office.state(late.payout), PayoutState::Expired);
    assert_eq!(totals(&office.view(late.payout)), [0, 0, 10_00, 0]);
    // Nothing is left to expire, and a payout that waits does not.
    let waiting = office.preview(&["10.00"]);
    assert_eq!(office.world.ledger.settle_due(office.world.clock.now(), 10).unwrap(), []);
    let refused = Rejection::NotExpired { payout: waiting.payout, expires_at: waiting.expires_at };
    assert!(refused.is_transient());
    assert_eq!(office.world.refused(PayoutChange::expire(waiting.payout)), refused);
    office.sound();
}

#[test]
fn req_002_18_expiry_lies_ahead_and_not_beyond_thirty_days() {
    let office = Office::with("1000.00");
    let (month, now) = (Expiry::LONGEST_NS, at("2026-11-22T08:30:00Z"));
    for expiry in
        [Expiry::After(0), Expiry::After(-1), Expiry::After(month + 1), Expiry::At(now), Expiry::After(i64::MAX)]
    {
        let refused = office.world.refused(office.asked(&["10.00"]).expiring(expiry));
        assert!(matches!(refused, Rejection::InvalidExpiry { .. }), "{expiry:?}: {refused}");
    }
    for expiry in [Expiry::After(1), Expiry::After(month), Expiry::At(now.plus_ns(1_000_000_000))] {
        office.world.ledger.initiate_payout(office.asked(&["10.00"]).expiring(expiry)).unwrap();
    }
}

#[test]
fn req_002_19_approval_holds_total_and_charges_or_nothing() {
    let office = Office::with("560.00");
    let preview = office.preview(&["10.00", "500.00"]);
    // One cent too little.
    office.world.ledger.debit(Debit::new(office.wallet.id, office.shop.service.id, kes("0.01"), "coin")).unwrap();
    let short =
        Rejection::InsufficientFunds { account: office.wallet.id, required: 560_00, available: 559_99, floor: 0 };
    assert!(short.is_transient());
    assert_eq!(office.world.refused(office.signed(&preview)), short);
    assert_eq!(office.state(preview.payout), PayoutState::PreviewAndApprove);
    office.world.credit(&office.shop, office.wallet.id, "0.01");
    let receipt = office.approve(&preview);
    assert_eq!(office.has(), is("560.00", "0.00"));
    let posted = receipt.entry().posted().unwrap();
    assert_eq!((posted.operation, posted.kind), (Operation::Hold, EntryKind::Payout));
    assert_eq!(posted.source, TransactionSource::External);
    // The rest is captured and released item by item.
    let [first, second] = [preview.items[0].id, preview.items[1].id];
    office.settle(first);
    assert_eq!(office.has(), is("525.00", "0.00"));
    office.start(second);
    office.tell(PayoutItemChange::fail(second));
    assert_eq!(office.has(), is("525.00", "525.00"));
    assert_eq!(office.of(office.system(SystemAccount::FeeIncome)), is("25.00", "25.00"));
    office.sound();
}

#[test]
fn req_002_20_device_may_be_left_out_of_the_approval() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00"]);
    let approval = office.signed(&preview);
    assert_eq!(approval.device, None);
    office.world.ledger.approve_payout(approval).unwrap();
    assert_eq!(office.view(preview.payout).payout.approvals[0].device, office.device.id);
    // Named or not, it is the same approval.
    assert!(office.world.ledger.approve_payout(office.signed(&preview).by(office.device.id)).unwrap().is_replayed());
}

#[test]
fn req_002_21_payout_is_tracked_at_one_moment_and_every_change_is_an_entry() {
    let office = Office::with("1000.00");
    let preview = office.approved(&["10.00", "500.00"]);
    office.start(preview.items[0].id);
    let before = office.world.ledger.view().unwrap();
    let tracking_id = preview.tracking_id.to_string();
    let sequence = before.sequence();
    office.tell(PayoutItemChange::settle(preview.items[0].id));
    let seen = |view: &View| {
        let found = view.payout_tracked(&tracking_id).unwrap();
        (found.payout.state, found.item(1).unwrap().state, found.item(2).unwrap().state)
    };
    use PayoutItemState::{Pending, Processing, Successful};
    assert_eq!(seen(&before), (PayoutState::Processing, Processing, Pending));
    let now = office.world.ledger.view().unwrap();
    assert_eq!(seen(&now), (PayoutState::Processing, Successful, Pending));
    assert_eq!(seen(&office.world.ledger.view_at(sequence).unwrap()), seen(&before));
    // A host tells its own callbacks from the entries.
    let events = |after: Sequence| {
        let entries = (after.0 + 1..=now.sequence().0).map(|at| now.entry(Sequence(at)).unwrap());
        entries.filter_map(|entry| entry.payout().map(|event| event.payout())).collect::<Vec<_>>()
    };
    assert_eq!(events(sequence), [preview.payout]);
    use pacioli::{ChangeKind, StateChange};
    let kinds = [ChangeKind::PayoutInitiated, ChangeKind::PayoutSigned, ChangeKind::PayoutItemChanged];
    let told = now.events().kinds(&kinds).page().unwrap().items;
    let told: Vec<_> = told.into_iter().map(|event| event.change).collect();
    let (payout, item) = (preview.payout, preview.items[0].id);
    let [initiated, signed, started, settled] = &told[..] else { panic!("{told:?}") };
    assert!(matches!(initiated, StateChange::PayoutInitiated { payout: of, items: 2, .. } if *of == payout));
    assert_eq!(*signed, StateChange::PayoutSigned { payout, device: office.device.id, complete: true });
    let step = |state, charge| StateChange::PayoutItemChanged {
        item,
        state,
        charge,
        code: None,
        reason: None,
        payout_state: PayoutState::Processing,
    };
    assert_eq!((started, settled), (&step(Processing, Amount::ZERO), &step(Successful, minor(25_00))));
    let devices = now.events().kinds(&[ChangeKind::DeviceRegistered]).page().unwrap().items;
    assert!(matches!(&devices[0].change, StateChange::DeviceRegistered { label, .. } if label == "Till 4"));
    let history: Vec<_> = now.payout_history(preview.payout).unwrap().iter().map(|payout| payout.state).collect();
    use PayoutState::{Approved, PreviewAndApprove};
    assert_eq!(history, [PreviewAndApprove, Approved, PayoutState::Processing, PayoutState::Processing]);
    let missing = |payout| Rejection::BatchNotFound { payout };
    assert_eq!(no(now.payout(PayoutId(99))), missing(PayoutId(99)));
    assert_eq!(no(now.payout_tracked("no tracking id")), missing(PayoutId(0)));
    let mut forged = preview.tracking_id;
    forged.0[15] ^= 1;
    assert_eq!(no(now.payout_tracked(&forged.to_string())), missing(preview.payout));
    let world = office.world.reopened();
    assert_eq!(seen(&world.ledger.view().unwrap()), (PayoutState::Processing, Successful, Pending));
}

#[test]
fn req_002_21_payouts_are_listed_by_client_and_state() {
    let office = Office::with("1000.00");
    let (one, two, three) = (office.preview(&["10.00"]), office.approved(&["10.00"]), office.preview(&["10.00"]));
    let client = office.shop.client.id;
    let listed = |filter, listing| {
        let page = office.world.ledger.view().unwrap().payouts(filter, listing).unwrap();
        (page.items.iter().map(|payout| payout.id).collect::<Vec<_>>(), page.next)
    };
    let all = |filter| listed(filter, Listing::default()).0;
    assert_eq!(all(PayoutFilter::All), [one.payout, two.payout, three.payout]);
    assert_eq!(all(PayoutFilter::OfClient(client)), [one.payout, two.payout, three.payout]);
    assert_eq!(all(PayoutFilter::InState(PayoutState::Approved)), [two.payout]);
    let waiting = PayoutFilter::OfClientInState(client, PayoutState::PreviewAndApprove);
    assert_eq!(all(waiting), [one.payout, three.payout]);
    let other = office.world.client("Other").id;
    assert_eq!(all(PayoutFilter::OfClient(other)), []);
    for filter in [waiting, PayoutFilter::InState(PayoutState::PreviewAndApprove)] {
        let (page, next) = listed(filter, Listing::first(1).newest_first());
        assert_eq!(page, [three.payout]);
        let (page, next) = listed(filter, Listing::first(1).newest_first().after(next.unwrap()));
        assert_eq!((page, next), (vec![one.payout], None));
    }
    let view = office.world.ledger.view().unwrap();
    assert_eq!(
        no(view.payouts(PayoutFilter::OfClient(ClientId(99)), Listing::default())),
        Rejection::ClientNotFound { client: ClientId(99) }
    );
}

#[test]
fn req_002_22_actual_charges_paid_and_failed_totals() {
    let office = Office::with("30000.00");
    let preview = office.approved(&["10.00", "500.00", "10000.00"]);
    let [first, second, third] = [0, 1, 2].map(|place: usize| preview.items[place].id);
    office.settle(first);
    // It has cost 10.00 instead of 70.00: the rest is given back.
    office.start(third);
    let receipt = office.tell(PayoutItemChange::settle_charged(third, kes("10.00")).coded("TS100"));
    assert_eq!(receipt.charged(), Some(kes("10.00")));
    office.start(second);
    office.tell(PayoutItemChange::unknown(second).coded("TH107").because("timed out"));
    let view = office.view(preview.payout);
    assert_eq!(view.item(2).unwrap().state, PayoutItemState::Unknown);
    assert_eq!(totals(&view), [10_010_00, 0, 0, 500_00]);
    office.tell(PayoutItemChange::fail(second).coded("TF106").because("no such number"));
    let view = office.view(preview.payout);
    assert_eq!(totals(&view), [10_010_00, 500_00, 0, 0]);
    assert_eq!((view.payout.state, view.payout.actual_charges), (PayoutState::Completed, minor(35_00)));
    let failed = view.item(2).unwrap();
    assert_eq!((failed.code.as_deref(), failed.reason.as_deref()), (Some("TF106"), Some("no such number")));
    assert_eq!(view.item(3).unwrap().actual_charge.unwrap().total(), Some(minor(10_00)));
    assert_eq!(office.has(), is("19955.00", "19955.00"));
    assert_eq!(office.of(office.system(SystemAccount::FeeIncome)), is("35.00", "35.00"));
    office.sound();
}

#[test]
fn req_002_22_actual_charge_is_divided_between_fee_and_tax_and_is_bounded() {
    let office = Office::under("1000.00", |service| service.taxed(Tax { rate: Rate::percent_text("16").unwrap() }));
    let preview = office.approved(&["10.00", "10.00"]);
    assert_eq!(preview.charge_estimate, kes("58.00"));
    let [first, second] = [preview.items[0].id, preview.items[1].id];
    office.start(first);
    office.start(second);
    let dear = PayoutItemChange::settle_charged(first, kes("29.01"));
    assert_eq!(office.world.refused(dear), Rejection::ChargeExceedsEstimate { given: 29_01, estimate: 29_00 });
    let debt = PayoutItemChange::settle_charged(first, kes("-0.01"));
    assert_eq!(office.world.refused(debt), Rejection::AmountNotPositive { given: -1 });
    let dollars = PayoutItemChange::settle_charged(first, Currency::USD.money("1.00").unwrap());
    assert!(matches!(office.world.refused(dollars), Rejection::CurrencyMismatch { .. }));
    office.tell(PayoutItemChange::settle_charged(first, kes("14.50")));
    let charge = office.view(preview.payout).item(1).unwrap().actual_charge.unwrap();
    assert_eq!((charge.fee, charge.tax), (minor(12_50), minor(2_00)));
    office.tell(PayoutItemChange::settle_charged(second, kes("0.00")));
    assert_eq!(office.of(office.system(SystemAccount::FeeIncome)), is("12.50", "12.50"));
    assert_eq!(office.of(office.system(SystemAccount::Tax)), is("2.00", "2.00"));
    assert_eq!(office.has(), is("965.50", "965.50"));
    office.sound();
}

#[test]
fn req_002_23_failed_items_are_released_and_the_last_one_completes_the_payout() {
    let office = Office::with("1000.00");
    let preview = office.approved(&["10.00", "20.00", "30.00"]);
    let [first, second, third] = [0, 1, 2].map(|place: usize| preview.items[place].id);
    let seen = || (office.state(preview.payout), totals(&office.view(preview.payout)), office.has().1);
    assert_eq!(seen(), (PayoutState::Approved, [0, 0, 0, 60_00], "865.00".into()));
    office.start(first);
    assert_eq!(seen(), (PayoutState::Processing, [0, 0, 0, 60_00], "865.00".into()));
    office.tell(PayoutItemChange::fail(first));
    assert_eq!(seen(), (PayoutState::Processing, [0, 10_00, 0, 50_00], "900.00".into()));
    office.settle(second);
    assert_eq!(seen(), (PayoutState::Processing, [20_00, 10_00, 0, 30_00], "900.00".into()));
    let receipt = office.tell(PayoutItemChange::cancel(third));
    assert_eq!(seen(), (PayoutState::Completed, [20_00, 10_00, 30_00, 0], "955.00".into()));
    let done = office.view(preview.payout).payout;
    assert_eq!((done.open_items, done.changed_in), (0, receipt.sequence()));
    assert_eq!(office.has(), is("955.00", "955.00"));
    office.sound();
}

#[test]
fn req_002_23_states_follow_one_another_as_written_and_not_otherwise() {
    use pacioli::PayoutItemStep::{Cancel, Fail, Return, Settle, Start, Unknown};
    let office = Office::with("10000.00");
    let settle = Settle { charge: None };
    let steps = [Start, settle, Fail, Unknown, Cancel, Return];
    let table: [(&[pacioli::PayoutItemStep], &[pacioli::PayoutItemStep]); 8] = [
        (&[], &[Start, Cancel]),
        (&[Start], &[settle, Fail, Unknown, Cancel]),
        (&[Start, Unknown], &[settle, Fail, Cancel]),
        (&[Start, settle], &[Return]),
        (&[Start, Fail], &[]),
        (&[Start, Cancel], &[]),
        (&[Cancel], &[]),
        (&[Start, settle, Return], &[]),
    ];
    for (path, allowed) in table {
        for step in steps {
            // A second item keeps the payout open.
            let preview = office.approved(&["10.00", "10.00"]);
            let item = preview.items[0].id;
            for step in path {
                office.tell(PayoutItemChange::new(item, *step));
            }
            let change = PayoutItemChange::new(item, step);
            if allowed.contains(&step) {
                office.tell(change);
            } else if path.contains(&step) {
                // It has happened: told again alike, it is the same.
                assert!(office.tell(change).is_replayed());
            } else {
                let from = office.view(preview.payout).item(1).unwrap().state.text();
                let refused = Rejection::InvalidPayoutTransition { from, to: step.to().text() };
                assert_eq!(office.world.refused(change), refused, "{path:?}, then {step:?}");
            }
        }
    }
    let item = PayoutItemId::new(PayoutId(1), 9);
    assert_eq!(office.world.refused(PayoutItemChange::start(item)), Rejection::ItemNotFound { item });
    for item in [PayoutItemId::new(PayoutId(1), 0), PayoutItemId::new(PayoutId(1), 4_097)] {
        assert_eq!(office.world.refused(PayoutItemChange::start(item)), Rejection::ItemNotFound { item });
        assert_eq!(no(office.world.ledger.view().unwrap().payout_item(item)), Rejection::ItemNotFound { item });
    }
    let nowhere = PayoutItemId::new(PayoutId(u64::MAX), 1);
    assert_eq!(
        office.world.refused(PayoutItemChange::start(nowhere)),
        Rejection::BatchNotFound { payout: nowhere.payout }
    );
}

#[test]
fn req_002_23_ended_early_everything_held_is_released() {
    let office = Office::with("1000.00");
    let preview = office.approved(&["10.00", "20.00"]);
    let receipt = office.world.ledger.change_payout(PayoutChange::end(preview.payout).because("wrong month")).unwrap();
    assert_eq!(receipt.entry().posted().unwrap().operation, Operation::Release);
    assert_eq!((office.state(preview.payout), office.has()), (PayoutState::Failed, is("1000.00", "1000.00")));
    let view = office.view(preview.payout);
    assert_eq!(totals(&view), [0, 0, 30_00, 0]);
    assert!(view.items.iter().all(|item| item.state == PayoutItemState::Cancelled));
    assert!(
        office
            .world
            .ledger
            .change_payout(PayoutChange::end(preview.payout).because("wrong month"))
            .unwrap()
            .is_replayed()
    );
    let other = PayoutChange::end(preview.payout);
    assert!(matches!(office.world.refused(other), Rejection::IdempotencyConflict { .. }));
    let refused = Rejection::InvalidPayoutTransition { from: "Failed", to: "Cancelled" };
    assert_eq!(office.world.refused(PayoutChange::cancel(preview.payout)), refused);
    // Once something has become of an item, the items end one by one.
    let preview = office.approved(&["10.00"]);
    office.start(preview.items[0].id);
    let refused = Rejection::InvalidPayoutTransition { from: "Processing", to: "Failed" };
    assert_eq!(office.world.refused(PayoutChange::end(preview.payout)), refused);
    office.sound();
}

#[test]
fn returned_item_comes_back_by_a_new_entry() {
    let office = Office::with("1000.00");
    let preview = office.approved(&["10.00", "500.00"]);
    let item = preview.items[1].id;
    let settled = office.settle(item);
    let before = office.world.ledger.view().unwrap();
    let generic = Rejection::EntryOfPayout { entry: settled.sequence(), payout: preview.payout };
    assert_eq!(office.world.refused(Reverse::whole(settled.sequence())), generic);
    let receipt = office.tell(PayoutItemChange::returned(item).because("account closed"));
    let posted = receipt.entry().posted().unwrap();
    assert_eq!((posted.operation, posted.reverses.unwrap().original), (Operation::Reverse, settled.sequence()));
    // The charge too: 35.00 are still held for the first item.
    assert_eq!(office.has(), is("1000.00", "965.00"));
    let view = office.view(preview.payout);
    assert_eq!((totals(&view), view.payout.returned_total), ([500_00, 0, 0, 10_00], minor(500_00)));
    assert_eq!(view.payout.actual_charges, Amount::ZERO);
    assert_eq!(view.item(2).unwrap().state, PayoutItemState::Returned);
    assert_eq!(before.payout(preview.payout).unwrap().item(2).unwrap().state, PayoutItemState::Successful);
    // The line that paid it is shown as refunded.
    let lines = office.world.lines(office.wallet.id);
    let paid = lines.iter().find(|line| line.id.entry == settled.sequence()).unwrap();
    assert_eq!((paid.status, paid.status_by), (LineStatus::Refunded, Some(receipt.sequence())));
    // After the payout is complete, too.
    office.settle(preview.items[0].id);
    assert_eq!(office.state(preview.payout), PayoutState::Completed);
    office.tell(PayoutItemChange::returned(preview.items[0].id));
    assert_eq!((office.state(preview.payout), office.has()), (PayoutState::Completed, is("1000.00", "1000.00")));
    office.sound();
}

#[test]
fn returned_item_leaves_a_charge_that_is_not_refunded_and_needs_the_money_back() {
    let office = Office::under("1000.00", NewService::keeping_fees);
    let payee = office.world.account(&office.shop.client, &office.shop.book).id;
    let asked = office.asked(&[]).item(NewPayoutItem::new(payee, kes("100.00")));
    let preview = office.world.ledger.initiate_payout(asked).unwrap();
    office.approve(&preview);
    office.settle(preview.items[0].id);
    assert_eq!(office.of(payee), is("100.00", "100.00"));
    let spent = office.world.ledger.debit(Debit::new(payee, office.shop.service.id, kes("1.00"), "spent")).unwrap();
    let returned = PayoutItemChange::returned(preview.items[0].id);
    let short = Rejection::InsufficientFunds { account: payee, required: 100_00, available: 99_00, floor: 0 };
    assert_eq!(office.world.refused(returned.clone()), short);
    office.world.ledger.reverse(Reverse::whole(spent.sequence())).unwrap();
    office.tell(returned);
    assert_eq!((office.of(payee), office.has()), (is("0.00", "0.00"), is("975.00", "975.00")));
    assert_eq!(office.view(preview.payout).payout.actual_charges, minor(25_00));
    office.sound();
}

#[test]
fn mixed_beneficiaries_are_held_together_and_settled_apart() {
    let office = Office::with("1000.00");
    let payee = office.world.account(&office.shop.client, &office.shop.book).id;
    let asked = office.asked(&["10.00"]).item(NewPayoutItem::new(payee, kes("20.00")));
    let asked = asked.item(NewPayoutItem::new(payee, kes("30.00")).referring("invoice-7").narrated("Rent"));
    let preview = office.world.ledger.initiate_payout(asked).unwrap();
    let hold = office.approve(&preview);
    // What is to come in does not count yet.
    assert_eq!((office.has(), office.of(payee)), (is("1000.00", "865.00"), is("0.00", "0.00")));
    let receipt = office.settle(preview.items[2].id);
    assert_eq!((office.has(), office.of(payee)), (is("945.00", "865.00"), is("30.00", "30.00")));
    let posted = receipt.entry().posted().unwrap();
    assert_eq!(
        (posted.operation, posted.kind, posted.source),
        (Operation::Capture, EntryKind::Payout, TransactionSource::Internal)
    );
    assert_eq!(receipt.entry().narrative(), Some("Rent"));
    // Its entries are found by the payout's name, the item's and the caller's.
    let view = office.world.ledger.view().unwrap();
    let found = |kind: &str, id: String| {
        let page = view.entries_referring(kind, &id, Listing::default()).unwrap();
        page.items.iter().map(|entry| entry.sequence).collect::<Vec<_>>()
    };
    assert_eq!(found("payout", preview.tracking_id.to_string()), [hold.sequence(), receipt.sequence()]);
    assert_eq!(found("payout_item", preview.items[2].request_reference_id.to_string()), [receipt.sequence()]);
    assert_eq!(found("payout_reference", "invoice-7".into()), [receipt.sequence()]);
    let lines = office.world.lines(office.wallet.id);
    let held = lines.iter().find(|line| line.id.entry == hold.sequence()).unwrap();
    assert_eq!(held.status, LineStatus::OnHold);
    office.sound();
}

#[test]
fn beneficiary_inside_is_of_the_same_owner_unless_the_service_crosses() {
    let office = Office::with("1000.00");
    let other = office.world.client("Other");
    let theirs = office.world.account(&other, &office.shop.book).id;
    let external = office.system(SystemAccount::External);
    for account in [theirs, external] {
        let refused = office.world.refused(office.asked(&[]).item(NewPayoutItem::new(account, kes("1.00"))));
        let reason = Rejection::NotSameOwner { source_account: office.wallet.id, destination: account };
        assert_eq!(refused, Rejection::ItemRefused { item: 1, reason: Box::new(reason) });
    }
    let crosses = ServiceChange { cross_client: Some(true), ..ServiceChange::default() };
    office.world.ledger.change_service(office.service, crosses).unwrap();
    let preview =
        office.world.ledger.initiate_payout(office.asked(&[]).item(NewPayoutItem::new(theirs, kes("1.00")))).unwrap();
    // What holds when it is initiated must hold when it is approved.
    let idle = ClientChange { active: Some(false), ..ClientChange::default() };
    office.world.ledger.change_client(other.id, idle).unwrap();
    let reason = Rejection::ClientInactive { client: other.id };
    let refused = Rejection::ItemRefused { item: 1, reason: Box::new(reason) };
    assert_eq!(office.world.refused(office.signed(&preview)), refused);
}

#[test]
fn req_004_08_account_that_may_not_disburse_pays_nobody_out() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00"]);
    let change = AccountChange { can_disburse: Some(false), ..AccountChange::default() };
    office.world.ledger.change_account(office.wallet.id, change).unwrap();
    let refused = Rejection::DisbursementNotAllowed { account: office.wallet.id };
    assert_eq!(office.world.refused(office.asked(&["10.00"])), refused);
    assert_eq!(office.world.refused(office.signed(&preview)), refused);
}

#[test]
fn rule_c12_what_was_held_is_settled_on_inactive_accounts() {
    let office = Office::with("1000.00");
    let payee = office.world.account(&office.shop.client, &office.shop.book).id;
    let asked = office.asked(&["10.00", "20.00"]).item(NewPayoutItem::new(payee, kes("30.00")));
    let preview = office.world.ledger.initiate_payout(asked.clone()).unwrap();
    office.approve(&preview);
    for account in [office.wallet.id, payee] {
        let idle = AccountChange::status(AccountStatus::Inactive, "audit");
        office.world.ledger.change_account(account, idle).unwrap();
    }
    let service = ServiceChange { active: Some(false), ..ServiceChange::default() };
    office.world.ledger.change_service(office.service, service).unwrap();
    office.settle(preview.items[0].id);
    office.tell(PayoutItemChange::cancel(preview.items[1].id));
    office.settle(preview.items[2].id);
    assert_eq!((office.state(preview.payout), office.has().0), (PayoutState::Completed, "910.00".into()));
    office.tell(PayoutItemChange::returned(preview.items[2].id));
    // But no account that is needed closes, and nothing new begins.
    assert_eq!(office.world.refused(asked), Rejection::ServiceInactive { service: office.service });
    office.sound();
}

#[test]
fn rule_c12_account_with_a_payout_on_it_does_not_close() {
    let office = Office::with("1000.00");
    let payee = office.world.account(&office.shop.client, &office.shop.book).id;
    let asked = office.asked(&[]).item(NewPayoutItem::new(payee, kes("30.00")));
    office.approve(&office.world.ledger.initiate_payout(asked).unwrap());
    let close = (payee, AccountChange::status(AccountStatus::Closed, "left"));
    assert_eq!(office.world.refused(close), Rejection::AccountInUse { account: payee });
}

#[test]
fn rule_c15_payer_bears_the_charge_of_a_payout() {
    let office = Office::under("1000.00", |service| service.borne_by(FeeBearer::Payee));
    let payee = office.world.account(&office.shop.client, &office.shop.book).id;
    let asked = office.asked(&[]).item(NewPayoutItem::new(payee, kes("100.00")));
    let preview = office.world.ledger.initiate_payout(asked).unwrap();
    assert_eq!(preview.total_amount_estimate, kes("125.00"));
    office.approve(&preview);
    office.settle(preview.items[0].id);
    assert_eq!((office.has().0, office.of(payee).0), ("875.00".into(), "100.00".into()));
}

#[test]
fn rule_c16_option_reserves_on_initiate() {
    let office = Office::with("560.00");
    let unkeyed = office.asked(&["10.00", "500.00"]).reserved();
    assert_eq!(office.world.refused(unkeyed.clone()), Rejection::IdempotencyKeyRequired);
    let asked = unkeyed.keyed("payroll-11");
    let receipt = office.world.ledger.execute(asked.clone()).unwrap();
    assert_eq!(receipt.entry().posted().unwrap().operation, Operation::Hold);
    assert_eq!(office.has(), is("560.00", "0.00"));
    assert!(office.world.ledger.execute(asked.clone()).unwrap().is_replayed());
    let changed = NewPayout { metadata: Metadata::from([("a".into(), "b".into())]), ..asked.clone() };
    assert!(matches!(office.world.refused(changed), Rejection::IdempotencyConflict { .. }));
    let short = Rejection::InsufficientFunds { account: office.wallet.id, required: 35_00, available: 0, floor: 0 };
    assert_eq!(office.world.refused(office.asked(&["10.00"]).reserved().keyed("more")), short);
    // Approving moves nothing more.
    let preview = office.view(receipt.payout().unwrap()).preview();
    assert!(preview.reserved);
    let approved = office.approve(&preview);
    assert!(approved.entry().postings.is_empty());
    assert_eq!(office.has(), is("560.00", "0.00"));
    office.settle(preview.items[0].id);
    office.tell(PayoutItemChange::cancel(preview.items[1].id));
    assert_eq!(office.has(), is("525.00", "525.00"));

    // Cancelled or expired, it is given back.
    for (key, step) in [("c", PayoutChange::cancel as fn(PayoutId) -> PayoutChange), ("e", PayoutChange::expire)] {
        let asked = office.asked(&["10.00"]).reserved().keyed(key).expiring(Expiry::After(60_000_000_000));
        let preview = office.world.ledger.initiate_payout(asked).unwrap();
        assert_eq!(office.has(), is("525.00", "490.00"));
        if key == "e" {
            office.world.minutes_later(2);
        }
        let receipt = office.world.ledger.change_payout(step(preview.payout)).unwrap();
        assert_eq!(receipt.entry().posted().unwrap().operation, Operation::Release);
        assert_eq!(office.has(), is("525.00", "525.00"));
    }
    // By default nothing is held until it is approved.
    let preview = office.preview(&["10.00"]);
    assert_eq!(office.has(), is("525.00", "525.00"));
    office.approve(&preview);
    assert_eq!(office.has(), is("525.00", "490.00"));
    office.sound();
}

#[test]
fn rule_c17_signature_covers_everything_and_nonces_have_128_bits() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00", "500.00"]);
    assert_eq!(preview.nonce.0.len() * 8, 128);
    assert_eq!(preview.ledger.0, office.world.ledger.identity());
    // A signature of the nonce alone approves nothing, nor does one of less than all.
    let nonce = SignedApproval::new(preview.payout, key(1).sign(&preview.nonce.0).to_bytes());
    let bad = Rejection::BadSignature { device: office.device.id };
    assert_eq!(office.world.refused(nonce), bad);
    let mut part = preview.clone();
    part.items.truncate(1);
    let part = SignedApproval::new(preview.payout, key(1).sign(&part.digest(office.device.id).0).to_bytes());
    assert_eq!(office.world.refused(part), bad);
    office.approve(&preview);
}

#[test]
fn rule_c18_beneficiary_is_a_party_with_an_optional_name() {
    let office = Office::with("1000.00");
    let item = NewPayoutItem::new(Party::shown(PartyKind::Bank, "01-0234-0056789-00"), kes("10.00"));
    let preview = office.world.ledger.initiate_payout(office.asked(&[]).item(item)).unwrap();
    assert_eq!(preview.items[0].name, None);
    office.approve(&preview);
    let receipt = office.settle(preview.items[0].id);
    let paid_to = receipt.activity().unwrap().to;
    assert_eq!(paid_to, Some(Party::shown(PartyKind::Bank, "01-0234-0056789-00")));
}

#[test]
fn rule_c28_limits_apply_to_an_items_amount_without_its_charge() {
    let office = Office::under("1000.00", |service| service.limits(minor(1_00), minor(500_00)));
    assert_eq!(office.preview(&["500.00", "500.00"]).total_amount_estimate, kes("1050.00"));
    assert!(matches!(office.world.refused(office.asked(&["500.01"])), Rejection::ItemRefused { item: 1, .. }));
}

#[test]
fn approvers_are_named_once_and_are_the_clients() {
    let office = Office::with("1000.00");
    let world = &office.world;
    let device =
        |seed| world.ledger.register_device(NewDevice::new(office.shop.client.id, public(seed), "x")).unwrap().id;
    let (second, gone) = (device(2), device(3));
    world.ledger.revoke_device(RevokeDevice::new(gone)).unwrap();
    let other = world.client("Other").id;
    let theirs = world.ledger.register_device(NewDevice::new(other, public(9), "theirs")).unwrap().id;
    let own = office.device.id;
    let refused = |needed, devices: &[DeviceId]| {
        let mut asked = office.asked(&["10.00"]);
        asked.approvers = Some(Approvers { needed, devices: devices.to_vec() });
        world.refused(asked)
    };
    let invalid = |reason| Rejection::InvalidApprovers { reason };
    assert_eq!(refused(0, &[own]), invalid("at least one signature is needed"));
    assert_eq!(refused(1, &[]), invalid("more signatures are needed than there are devices"));
    assert_eq!(refused(3, &[own, second]), invalid("more signatures are needed than there are devices"));
    assert_eq!(refused(1, &[own, own]), invalid("a device is named twice"));
    assert_eq!(refused(1, &[own, gone]), Rejection::DeviceRevoked { device: gone });
    assert_eq!(refused(1, &[own, DeviceId(99)]), Rejection::DeviceNotFound { device: DeviceId(99) });
    let foreign = Rejection::DeviceNotOwnedByClient { device: theirs, client: office.shop.client.id };
    assert_eq!(refused(1, &[own, theirs]), foreign);
    let crowd: Vec<_> = (1..=17).map(DeviceId).collect();
    assert_eq!(refused(1, &crowd), Rejection::TooMany { field: "approvers", limit: 16, given: 17 });

    // Two of two: the second holds the money.
    let preview = world.ledger.initiate_payout(office.asked(&["10.00"]).approved_by(2, [own, second])).unwrap();
    let first = office.approve(&preview);
    assert!(first.entry().postings.is_empty());
    assert_eq!((office.state(preview.payout), office.has().1), (PayoutState::PreviewAndApprove, "1000.00".into()));
    let signature = key(2).sign(&preview.digest(second).0).to_bytes();
    world.ledger.approve_payout(SignedApproval::new(preview.payout, signature).by(second)).unwrap();
    assert_eq!((office.state(preview.payout), office.has().1), (PayoutState::Approved, "965.00".into()));
    office.sound();
}

#[test]
fn prices_stay_as_signed_when_the_service_changes() {
    let office = Office::with("1000.00");
    let preview = office.preview(&["10.00"]);
    let dearer = ServiceChange { tariff: Some(Tariff::Flat(Fee::Fixed(minor(99_00)))), ..ServiceChange::default() };
    office.world.ledger.change_service(office.service, dearer).unwrap();
    office.approve(&preview);
    office.settle(preview.items[0].id);
    assert_eq!(office.has(), is("965.00", "965.00"));
    assert_eq!(office.preview(&["10.00"]).charge_estimate, kes("99.00"));
    office.sound();
}

#[test]
fn settlement_says_when_it_happened_and_how() {
    let office = Office::with("1000.00");
    let preview = office.approved(&["10.00"]);
    let item = preview.items[0].id;
    office.start(item);
    let then = at("2026-11-22T08:29:00Z");
    let late = PayoutItemChange::settle(item).effective(at("2026-11-23T08:30:01Z"));
    assert!(matches!(office.world.refused(late), Rejection::FutureEffectiveTime { .. }));
    let long = PayoutItemChange::settle(item).because("x".repeat(2_049));
    assert!(matches!(office.world.refused(long), Rejection::TextTooLong { field: "reason", .. }));
    assert!(matches!(office.world.refused(PayoutItemChange::settle(item).coded("")), Rejection::TextRequired { .. }));
    let receipt = office.tell(PayoutItemChange::settle(item).effective(then));
    assert_eq!(receipt.entry().effective_at(), then);
    // Told otherwise, it is not the same step.
    let original = receipt.sequence();
    assert_eq!(office.world.refused(PayoutItemChange::settle(item)), Rejection::IdempotencyConflict { original });
}

#[test]
fn payout_counts_as_one_debit_of_its_total_when_it_is_held() {
    let office = Office::with("1000.00");
    let world = &office.world;
    let day = NewLimit::new(office.wallet.id, Window::DAY).sum(minor(100_00)).within(office.shop.book.id);
    let limit = world.ledger.define_limit(day).unwrap().id;
    let low = NewMonitor::new(office.wallet.id, kes("900.00"));
    let monitor = world.ledger.define_monitor(low).unwrap().id;
    let large = office.preview(&["60.00", "40.01"]);
    let passed = |rejection| matches!(rejection, Rejection::VelocitySumExceeded { limit: by, .. } if by == limit);
    assert!(passed(world.refused(office.signed(&large))));
    assert!(passed(world.refused(office.asked(&["60.00", "40.01"]).reserved().keyed("large"))));
    let fits = office.preview(&["60.00", "40.00"]);
    let receipt = office.approve(&fits);
    // Entries of payouts are watched like any other.
    assert_eq!(receipt.crossings().iter().map(|crossing| crossing.monitor).collect::<Vec<_>>(), [monitor]);
    // What is released again has been counted.
    world.ledger.change_payout(PayoutChange::end(fits.payout)).unwrap();
    let more = office.preview(&["0.01"]);
    assert!(passed(world.refused(office.signed(&more))));
    world.minutes_later(24 * 60);
    let tomorrow = office.preview(&["0.01"]);
    office.approve(&tomorrow);
    office.sound();
}

/// What becomes of one item, as dice say.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Paid(u8),
    Failed,
    Called,
    Unsure,
    Back,
    Open,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        any::<u8>().prop_map(Fate::Paid),
        Just(Fate::Failed),
        Just(Fate::Called),
        Just(Fate::Unsure),
        Just(Fate::Back),
        Just(Fate::Open),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_ends_keeps_the_identity_and_the_balances(
        items in proptest::collection::vec((1..60_000i128, any::<bool>(), fate(), any::<u32>()), 1..9),
        reserved in any::<bool>(),
    ) {
        let office = Office::under("10000.00", |service| service.taxed(Tax { rate: Rate::percent_text("16").unwrap() }));
        let payee = office.world.account(&office.shop.client, &office.shop.book).id;
        let mut asked = office.asked(&[]).keyed("payout");
        asked.reserve_on_initiate = reserved;
        for (amount, inside, ..) in &items {
            let to = if *inside { Beneficiary::Account(payee) } else { phone("254722000111") };
            asked = asked.item(NewPayoutItem::new(to, Currency::KES.minor(*amount).unwrap()));
        }
        let preview = office.world.ledger.initiate_payout(asked).unwrap();
        office.approve(&preview);
        let total: i128 = items.iter().map(|(amount, ..)| amount).sum();
        let check = |spent: i128| {
            let view = office.view(preview.payout);
            let [paid, failed, cancelled, pending] = totals(&view);
            assert_eq!(paid + failed + cancelled + pending, total);
            let open: Vec<_> = view.items.iter().filter(|item| item.state.is_open()).collect();
            assert_eq!(pending, open.iter().map(|item| item.amount.signed()).sum::<i128>());
            assert_eq!(view.payout.state == PayoutState::Completed, open.is_empty());
            let held: i128 =
                open.iter().map(|item| item.amount.signed() + item.charge.total().unwrap().signed()).sum();
            let balance = office.world.ledger.view().unwrap().balance(office.wallet.id).unwrap();
            assert_eq!(balance.current.minor(), 10_000_00 - spent);
            assert_eq!(balance.available.minor(), 10_000_00 - spent - held);
            assert!(office.world.ledger.view().unwrap().holds(office.wallet.id).unwrap().is_empty());
        };
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|at| items[*at].3);
        let mut spent = 0;
        for at in order {
            let (amount, _, fate, _) = items[at];
            let item = preview.items[at].id;
            let charge = preview.items[at].charge().total().unwrap().signed();
            if !matches!(fate, Fate::Called | Fate::Open) {
                office.start(item);
            }
            match fate {
                Fate::Paid(share) => {
                    let actual = charge * i128::from(share) / 255;
                    let money = Currency::KES.minor(actual).unwrap();
                    office.tell(PayoutItemChange::settle_charged(item, money));
                    spent += amount + actual;
                }
                Fate::Failed => drop(office.tell(PayoutItemChange::fail(item))),
                Fate::Called => drop(office.tell(PayoutItemChange::cancel(item))),
                Fate::Unsure => drop(office.tell(PayoutItemChange::unknown(item))),
                Fate::Back => {
                    office.tell(PayoutItemChange::settle(item));
                    check(spent + amount + charge);
                    office.tell(PayoutItemChange::returned(item));
                }
                Fate::Open => {}
            }
            check(spent);
        }
        office.sound();
    }
}

/// Initiating never looked at whom a beneficiary named: an item could pay another client's counterparty, one that was
/// not there, or one that had been erased.
#[test]
fn payout_names_counterparties_of_its_own_client_only() {
    let office = Office::with("100.00");
    let world = &office.world;
    let other = world.client("Other Shop");
    let jane = |client| NewCounterparty::new(client, PartyKind::Msisdn, "+254722000111");
    let own = world.ledger.record_counterparty(jane(office.shop.client.id)).unwrap();
    let theirs = world.ledger.record_counterparty(jane(other.id)).unwrap();
    let paying = |party: Party| office.asked(&[]).item(NewPayoutItem::new(party, kes("1.00")));
    let refused = |party: Party, reason: Rejection| {
        let expected = Rejection::ItemRefused { item: 1, reason: Box::new(reason) };
        assert_eq!(office.world.refused(paying(party)), expected);
    };
    let (counterparty, client) = (theirs.id, other.id);
    refused(theirs.party.clone(), Rejection::CounterpartyOfAnotherClient { counterparty, client });
    let counterparty = CounterpartyId(3);
    refused(own.party.clone().of(counterparty), Rejection::CounterpartyNotFound { counterparty });

    let preview = world.ledger.initiate_payout(paying(own.party.clone())).unwrap();
    office.approve(&preview);
    world.ledger.erase_counterparty(own.id).unwrap();
    refused(own.party.clone(), Rejection::CounterpartyErased { counterparty: own.id });
    // What was signed is paid, and is found by whom it names.
    let settled = office.settle(preview.items[0].id);
    let naming = world.ledger.view().unwrap().entries_naming(own.id, Listing::first(9)).unwrap();
    assert_eq!(naming.items, [settled.entry().clone()]);
}

/// A payout asked only its source and its beneficiaries inside whether they were blocked, and not the pool, the fee's
/// account and the tax's, which every other movement asks.
#[test]
fn payout_is_not_held_on_accounts_that_are_blocked() {
    let office = Office::with("1000.00");
    let (world, client, book) = (&office.world, office.shop.client.id, office.shop.book.id);
    let [pool, income, taxes] = [(); 3].map(|()| world.account(&office.shop.client, &office.shop.book).id);
    let mut service = NewService::new(client, book, "POOLED").tariff(Tariff::Flat(Fee::Fixed(minor(1_00))));
    service.tax = Some(Tax { rate: Rate::percent_text("16").unwrap() });
    (service.pool_account, service.commission_account, service.tax_account) = (Some(pool), Some(income), Some(taxes));
    let service = world.ledger.define_service(service).unwrap().id;
    let asked = || NewPayout { service, ..office.asked(&["10.00"]) };
    let preview = world.ledger.initiate_payout(asked()).unwrap();
    for account in [pool, income, taxes] {
        world.ledger.change_account(account, AccountChange::block(Side::Credit, "Court order 12")).unwrap();
        let blocked = Rejection::AccountBlocked { account, side: Side::Credit };
        assert_eq!(world.refused(office.signed(&preview)), blocked);
        assert_eq!(world.refused(asked().reserved().keyed("r")), blocked);
        world.ledger.change_account(account, AccountChange::unblock(Side::Credit)).unwrap();
    }
    office.approve(&preview);
    // What is held is settled all the same.
    world.ledger.change_account(pool, AccountChange::block(Side::Credit, "Court order 12")).unwrap();
    office.settle(preview.items[0].id);
    assert_eq!(office.of(pool), is("10.00", "10.00"));
    office.sound();
}

/// A list of flows that came after a payout was initiated was held against its beneficiaries inside when it was approved,
/// and not against those outside.
#[test]
fn flows_are_asked_again_when_a_payout_is_approved() {
    let office = Office::with("100.00");
    let preview = office.preview(&["1.00"]);
    let (from, to) = (AccountType::FLOAT_ACCOUNT, SystemAccount::External.account_type());
    let ledger = &office.world.ledger;
    ledger.define_flows(Flows::of(office.shop.book.id).allow(to.clone(), from.clone())).unwrap();
    let reason = Box::new(Rejection::FlowNotAllowed { from, to });
    assert_eq!(
        office.world.refused(office.asked(&["1.00"])),
        Rejection::ItemRefused { item: 1, reason: reason.clone() }
    );
    assert_eq!(office.world.refused(office.signed(&preview)), Rejection::ItemRefused { item: 1, reason });
    ledger.define_flows(Flows::of(office.shop.book.id)).unwrap();
    office.approve(&preview);
}

/// A charge of nothing in a foreign currency was taken for nothing in the payout's.
#[test]
fn charge_of_nothing_has_a_currency_too() {
    let office = Office::with("100.00");
    let preview = office.approved(&["1.00"]);
    let item = preview.items[0].id;
    office.start(item);
    let dollars = PayoutItemChange::settle_charged(item, Currency::USD.zero());
    assert_eq!(
        office.world.refused(dollars),
        Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::USD }
    );
    office.tell(PayoutItemChange::settle_charged(item, Currency::KES.with_scale(4).unwrap().zero()));
    assert_eq!(office.has(), is("99.00", "99.00"));
}

/// The entry that held a payout when it was initiated did not carry the payout's name, as all others that hold or move
/// its money do.
#[test]
fn entries_that_move_a_payouts_money_are_found_by_its_tracking_id() {
    let office = Office::with("100.00");
    let initiated = office.world.ledger.execute(office.asked(&["1.00"]).reserved().keyed("r")).unwrap();
    let preview = office.view(initiated.payout().unwrap()).preview();
    office.approve(&preview);
    let settled = office.settle(preview.items[0].id);
    let tracking = preview.tracking_id.to_string();
    let view = office.world.ledger.view().unwrap();
    let found = view.entries_referring("payout", &tracking, Listing::first(9)).unwrap();
    let found: Vec<_> = found.items.iter().map(|entry| entry.sequence).collect();
    assert_eq!(found, [initiated.sequence(), settled.sequence()]);
}

#[test]
fn a_complete_payout_only_takes_items_back_and_says_that_it_is_complete() {
    let office = Office::with("1000.00");
    let preview = office.approved(&["10.00", "20.00"]);
    let [paid, failed] = [0, 1].map(|at| preview.items[at].id);
    office.settle(paid);
    office.start(failed);
    office.tell(PayoutItemChange::fail(failed));
    assert_eq!(office.state(preview.payout), PayoutState::Completed);
    let refused = |to| Rejection::InvalidPayoutTransition { from: "Completed", to };
    assert_eq!(office.world.refused(PayoutItemChange::cancel(paid)), refused("Cancelled"));
    assert_eq!(office.world.refused(PayoutItemChange::cancel(failed)), refused("Cancelled"));
    let returned = office.tell(PayoutItemChange::returned(paid));
    assert_eq!(returned.entry().posted().unwrap().kind, EntryKind::Reversal);
}

#[test]
fn what_ends_a_payout_early_says_why() {
    let office = Office::with("1000.00");
    let preview = office.approved(&["10.00"]);
    let receipt = office.world.ledger.change_payout(PayoutChange::end(preview.payout).because("wrong month")).unwrap();
    let details = receipt.entry().posted().unwrap().details.clone().unwrap();
    assert_eq!(details.narrative.as_deref(), Some("wrong month"));
    assert_eq!(office.world.lines(office.wallet.id).last().unwrap().narrative.as_deref(), Some("wrong month"));
}

#[test]
fn a_payout_expires_at_its_instant_and_not_before() {
    let office = Office::with("1000.00");
    let asked = office.asked(&["10.00"]).expiring(Expiry::At(at("2026-11-22T09:30:00Z")));
    let payout = office.world.ledger.initiate_payout(asked).unwrap().payout;
    office.world.minutes_later(59);
    let early = office.world.refused(PayoutChange::expire(payout));
    assert!(matches!(early, Rejection::NotExpired { .. }), "{early}");
    office.world.clock.set(at("2026-11-22T09:30:00Z"));
    office.world.ledger.change_payout(PayoutChange::expire(payout)).unwrap();
    assert_eq!(office.state(payout), PayoutState::Expired);
}
