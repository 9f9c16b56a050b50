//! Approvals that must be refused: wrong, revoked and foreign keys, replays, changed payouts, signatures that are cut,
//! stretched, malleable or of small order. Each is refused for exactly one reason, changes nothing, and leaves the
//! payout to its right signature.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code)]
#[path = "obligations/world.rs"]
mod world;

use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer, SigningKey, Verifier};
use pacioli::prelude::*;
use pacioli::{
    APPROVAL_CONTEXT, Approvers, Beneficiary, Device, Expiry, Nonce, PayoutChange, PayoutPreview, RevokeDevice,
    RotateDevice, TrackingId,
};
use sha2::{Digest, Sha512};
use world::{Shop, World, kes, no};

/// A key that is the same in every run.
fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

fn sign(key: &SigningKey, preview: &PayoutPreview, device: DeviceId) -> [u8; 64] {
    key.sign(&preview.digest(device).0).to_bytes()
}

/// A business with a funded wallet, two internal beneficiaries and three devices; another with a device.
struct Stage {
    world: World,
    shop: Shop,
    service: ServiceId,
    wallet: AccountId,
    payees: [AccountId; 2],
    /// The client's, with the keys 1, 2 and 3.
    devices: [Device; 3],
    /// Another client's, with the key 9.
    foreign: Device,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        let shop = world.shop(Currency::KES);
        let fee = Fee::Fixed(world::minor(25_00));
        let tax = Tax { rate: Rate::percent_text("16").unwrap() };
        let service = NewService::new(shop.client.id, shop.book.id, "SEND_MONEY").fee(fee).taxed(tax);
        let service = world.ledger.define_service(service).unwrap().id;
        let wallet = world.funded(&shop, "1000000.00").id;
        let payees = [(); 2].map(|()| world.account(&shop.client, &shop.book).id);
        let device = |seed| {
            let device = NewDevice::new(shop.client.id, public(&key(seed)), format!("device {seed}"));
            world.ledger.register_device(device).unwrap()
        };
        let devices = [device(1), device(2), device(3)];
        let other = world.client("Other Traders");
        let foreign = NewDevice::new(other.id, public(&key(9)), "theirs");
        let foreign = world.ledger.register_device(foreign).unwrap();
        Self { world, service, wallet, payees, devices, foreign, shop }
    }

    fn asked(&self) -> NewPayout {
        let phone = |number: &str| Party::shown(PartyKind::Msisdn, number);
        let item = |to: Beneficiary, sum| NewPayoutItem::new(to, kes(sum)).named("Ann").narrated("May").referring("r");
        NewPayout::new(self.devices[0].id, self.service, self.wallet, Provider::MPESA_B2C, Currency::KES)
            .item(item(phone("254722000111").into(), "10.00"))
            .item(item(phone("254722000112").into(), "500.00"))
            .item(item(self.payees[0].into(), "70.00"))
            .with(Metadata::from([("run".to_owned(), "2026-11".to_owned())]))
    }

    fn initiated(&self, asked: NewPayout) -> PayoutPreview {
        self.world.ledger.initiate_payout(asked).unwrap()
    }

    fn preview(&self) -> PayoutPreview {
        self.initiated(self.asked())
    }

    /// The signature that approves.
    fn right(&self, preview: &PayoutPreview) -> [u8; 64] {
        sign(&key(1), preview, self.devices[0].id)
    }

    fn bad(&self) -> Rejection {
        Rejection::BadSignature { device: self.devices[0].id }
    }

    /// A wrong signature of a fresh payout.
    fn wrong(&self, signature: impl FnOnce(&PayoutPreview) -> Vec<u8>) -> Attempt {
        let preview = self.preview();
        let wrong = SignedApproval::new(preview.payout, signature(&preview));
        Attempt { wrong, refusal: self.bad(), right: Some(SignedApproval::new(preview.payout, self.right(&preview))) }
    }
}

/// An approval that must be refused, why, and the one that is accepted all the same.
struct Attempt {
    wrong: SignedApproval,
    refusal: Rejection,
    right: Option<SignedApproval>,
}

type Build = Box<dyn Fn(&Stage) -> Attempt>;

#[derive(Default)]
struct Cases(Vec<(String, Build)>);

impl Cases {
    fn add(&mut self, name: impl Into<String>, build: impl Fn(&Stage) -> Attempt + 'static) {
        self.0.push((name.into(), Box::new(build)));
    }

    /// A wrong signature of the initiating device's.
    fn wrong(&mut self, name: impl Into<String>, change: impl Fn(&Stage, &PayoutPreview) -> Vec<u8> + 'static) {
        self.add(name, move |stage| stage.wrong(|preview| change(stage, preview)));
    }

    /// The right signature, changed.
    fn changed(&mut self, name: impl Into<String>, change: impl Fn([u8; 64]) -> Vec<u8> + 'static) {
        self.wrong(name, move |stage, preview| change(stage.right(preview)));
    }
}

fn run(cases: Cases) {
    let stage = Stage::new();
    let mut names = std::collections::BTreeSet::new();
    for (name, build) in cases.0 {
        assert!(names.insert(name.clone()), "{name} is there twice");
        let Attempt { wrong, refusal, right } = build(&stage);
        let ledger = &stage.world.ledger;
        let seen = || (stage.world.state(), ledger.view().unwrap().payout(wrong.payout).ok());
        let before = seen();
        assert_eq!(no(ledger.approve_payout(wrong.clone())), refusal, "{name}");
        assert_eq!(seen(), before, "{name} has changed something");
        if let Some(right) = right {
            ledger.approve_payout(right.clone()).unwrap_or_else(|error| panic!("{name}, then the right one: {error}"));
            let payout = ledger.view().unwrap().payout(right.payout).unwrap().payout;
            assert_eq!(payout.state, PayoutState::Approved, "{name}, then the right one");
        }
    }
    assert!(stage.world.ledger.verify_all().unwrap().is_sound());
}

#[test]
fn there_are_more_than_a_hundred_and_twenty_negative_cases() {
    let count = [signatures(), messages(), echoes(), keys(), states()].iter().map(|cases| cases.0.len()).sum::<usize>();
    assert!(count >= 120, "{count}");
}

#[test]
fn signatures_that_are_not_exactly_the_right_one_are_refused() {
    run(signatures());
}

#[test]
fn signatures_of_anything_but_the_stored_payout_are_refused() {
    run(messages());
}

#[test]
fn payloads_sent_back_otherwise_than_stored_are_refused() {
    run(echoes());
}

#[test]
fn keys_and_devices_that_may_not_approve_are_refused() {
    run(keys());
}

#[test]
fn payouts_that_cannot_be_approved_any_more_are_refused() {
    run(states());
}

/// The order of the base point, the lowest byte first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// S and so many times the order, which is the same scalar in another form.
fn malleated(mut signature: [u8; 64], times: u16) -> Vec<u8> {
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + times * u16::from(order) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    signature.to_vec()
}

fn challenge(r: &[u8; 32], key: &SigningKey, message: &[u8]) -> Scalar {
    let digest = Sha512::new().chain_update(r).chain_update(key.verifying_key().as_bytes()).chain_update(message);
    Scalar::from_bytes_mod_order_wide(&digest.finalize().into())
}

/// A signature whose R is `random` times the base point and a point of small order besides: by the equation without
/// that.
fn with_torsion(key: &SigningKey, message: &[u8], random: Scalar, torsion: EdwardsPoint) -> [u8; 64] {
    let r = (ED25519_BASEPOINT_TABLE * &random + torsion).compress().to_bytes();
    let s = random + challenge(&r, key, message) * key.to_scalar();
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

fn signatures() -> Cases {
    let mut cases = Cases::default();
    for at in 0..64 {
        cases.changed(format!("bit {} of byte {at} flipped", at % 8), move |mut signature| {
            signature[at] ^= 1 << (at % 8);
            signature.to_vec()
        });
    }
    for length in [0, 1, 31, 32, 33, 48, 62, 63] {
        cases.changed(format!("cut to {length} bytes"), move |signature| signature[..length].to_vec());
    }
    for more in [1, 32, 64] {
        cases.changed(format!("stretched by {more} bytes"), move |signature| [&signature[..], &vec![0; more]].concat());
        cases.changed(format!("stretched by its first {more} bytes"), move |signature| {
            [&signature[..], &signature[..more]].concat()
        });
    }
    cases.changed("preceded by a byte", |signature| [&[0], &signature[..]].concat());
    cases.changed("as hexadecimal digits", |signature| pacioli::Signature(signature).to_string().into_bytes());
    for times in 1..=7 {
        cases
            .changed(format!("malleable: S and {times} times the order"), move |signature| malleated(signature, times));
    }
    cases.changed("S is zero", |signature| [&signature[..32], &[0; 32]].concat());
    cases.changed("S is the order", |signature| [&signature[..32], &ORDER].concat());
    cases.changed("S is all ones", |signature| [&signature[..32], &[0xff; 32]].concat());
    cases.changed("R is zero", |signature| [&[0; 32], &signature[32..]].concat());
    cases.changed("R is all ones", |signature| [&[0xff; 32], &signature[32..]].concat());
    cases.changed("R and S exchanged", |signature| [&signature[32..], &signature[..32]].concat());
    cases.changed("R twice", |signature| [&signature[..32], &signature[..32]].concat());
    cases.changed("S twice", |signature| [&signature[32..], &signature[32..]].concat());
    cases.changed("backwards", |signature| signature.iter().rev().copied().collect());
    cases.changed("the other way up", |signature| signature.iter().map(|byte| !byte).collect());
    cases.changed("R with the other sign", |mut signature| {
        signature[31] ^= 0x80;
        signature.to_vec()
    });
    cases.changed("nothing but zeros", |_| vec![0; 64]);
    cases.changed("nothing but ones", |_| vec![0xff; 64]);
    for (place, point) in EIGHT_TORSION.into_iter().enumerate() {
        let encoded = point.compress().to_bytes();
        cases.changed(format!("R of small order, number {place}"), move |signature| {
            [&encoded, &signature[32..]].concat()
        });
        cases.changed(format!("R of small order, number {place}, S zero"), move |_| [encoded, [0; 32]].concat());
        // These satisfy the equation, the identity that of `verify`, the others its multiple by eight.
        cases.wrong(format!("R of small order, number {place}, S made for it"), move |stage, preview| {
            let digest = preview.digest(stage.devices[0].id);
            with_torsion(&key(1), &digest.0, Scalar::ZERO, point).to_vec()
        });
        if place > 0 {
            cases.wrong(format!("R with a part of small order, number {place}"), move |stage, preview| {
                let digest = preview.digest(stage.devices[0].id);
                with_torsion(&key(1), &digest.0, Scalar::from(7u8), point).to_vec()
            });
        }
    }
    // Points that have a second form, above the prime.
    for (name, low) in [("zero", 0xed), ("one", 0xee), ("minus one", 0xec)] {
        for sign in [0x7f, 0xff] {
            cases.changed(format!("R is {name} above the prime, ending in {sign:x}"), move |signature| {
                let mut r = [0xff; 32];
                (r[0], r[31]) = (low, sign);
                [&r, &signature[32..]].concat()
            });
        }
    }
    cases
}

/// What is changed, the item and the field concerned, and how.
type Changed = (&'static str, u16, &'static str, fn(&mut PayoutPreview));

/// Changes of everything that is signed.
fn changes() -> Vec<Changed> {
    vec![
        ("another ledger", 0, "ledger", |p| p.ledger.0[0] ^= 1),
        ("another payout", 0, "payout", |p| p.payout.0 += 1),
        ("another tracking id", 0, "tracking_id", |p| p.tracking_id = TrackingId([0; 16])),
        ("another nonce", 0, "nonce", |p| p.nonce = Nonce([0; 16])),
        ("another device", 0, "device", |p| p.device.0 += 1),
        ("another client", 0, "client", |p| p.client.0 += 1),
        ("another service", 0, "service", |p| p.service.0.0 += 1),
        ("another version of the service", 0, "service", |p| p.service.1 += 1),
        ("another source", 0, "source", |p| p.source.0 += 1),
        ("another book", 0, "book", |p| p.book.0 += 1),
        ("another currency", 0, "currency", |p| p.currency = Currency::UGX),
        ("another scale", 0, "currency", |p| p.currency = Currency::KES.with_scale(4).unwrap()),
        ("another provider", 0, "provider", |p| p.provider = Provider::new("MPESA-B2B")),
        ("no signature needed", 0, "approvers", |p| p.approvers.needed = 0),
        ("another approver", 0, "approvers", |p| p.approvers.devices[0].0 += 1),
        ("a further approver", 0, "approvers", |p| p.approvers.devices.push(DeviceId(2))),
        ("a later expiry", 0, "expires_at", |p| p.expires_at.0 += 1),
        ("an earlier expiry", 0, "expires_at", |p| p.expires_at.0 -= 1),
        ("reserved", 0, "reserved", |p| p.reserved = true),
        ("no metadata", 0, "metadata", |p| p.metadata.clear()),
        ("other metadata", 0, "metadata", |p| drop(p.metadata.insert("run".into(), "2026-12".into()))),
        ("metadata divided otherwise", 0, "metadata", |p| {
            p.metadata = Metadata::from([("run2".to_owned(), "026-11".to_owned())]);
        }),
        ("no items", 0, "items", |p| p.items.clear()),
        ("an item less", 0, "items", |p| drop(p.items.pop())),
        ("an item twice", 0, "items", |p| p.items.push(p.items[0].clone())),
        ("items in another order", 1, "id", |p| p.items.swap(0, 1)),
        ("an item's number", 2, "id", |p| p.items[1].id.number = 3),
        ("an item's reference id", 2, "request_reference_id", |p| {
            p.items[1].request_reference_id = p.items[0].request_reference_id;
        }),
        ("another beneficiary", 1, "beneficiary", |p| {
            p.items[0].beneficiary = Party::shown(PartyKind::Msisdn, "254722000119").into();
        }),
        ("another kind of beneficiary", 1, "beneficiary", |p| {
            p.items[0].beneficiary = Party::shown(PartyKind::Bank, "254722000111").into();
        }),
        ("a beneficiary inside", 1, "beneficiary", |p| p.items[0].beneficiary = AccountId(8).into()),
        ("another account", 3, "beneficiary", |p| p.items[2].beneficiary = AccountId(1).into()),
        ("a beneficiary outside", 3, "beneficiary", |p| p.items[2].beneficiary = p.items[0].beneficiary.clone()),
        ("beneficiaries exchanged", 1, "beneficiary", |p| {
            let first = p.items[0].beneficiary.clone();
            p.items[0].beneficiary = std::mem::replace(&mut p.items[1].beneficiary, first);
        }),
        ("another name", 1, "name", |p| p.items[0].name = Some("Bob".into())),
        ("no name", 1, "name", |p| p.items[0].name = None),
        ("an empty name", 1, "name", |p| p.items[0].name = Some(String::new())),
        ("a cent more", 2, "amount", |p| p.items[1].amount = kes("500.01")),
        ("a cent less", 2, "amount", |p| p.items[1].amount = kes("499.99")),
        ("ten times as much", 1, "amount", |p| p.items[0].amount = kes("100.00")),
        ("amounts exchanged", 1, "amount", |p| {
            (p.items[0].amount, p.items[1].amount) = (p.items[1].amount, p.items[0].amount);
        }),
        ("another narrative", 2, "narrative", |p| p.items[1].narrative = Some("June".into())),
        ("no narrative", 2, "narrative", |p| p.items[1].narrative = None),
        ("narrative moved to the reference", 2, "narrative", |p| {
            (p.items[1].narrative, p.items[1].reference) = (p.items[1].reference.clone(), p.items[1].narrative.clone());
        }),
        ("another reference", 3, "reference", |p| p.items[2].reference = Some("s".into())),
        ("no reference", 3, "reference", |p| p.items[2].reference = None),
        ("another fee", 1, "fee", |p| p.items[0].fee = kes("0.00")),
        ("another tax", 1, "tax", |p| p.items[0].tax = kes("0.00")),
        ("another total", 0, "total", |p| p.total = kes("1.00")),
        ("another charge", 0, "charge_estimate", |p| p.charge_estimate = kes("0.00")),
        ("another total with charges", 0, "total_amount_estimate", |p| p.total_amount_estimate = kes("1.00")),
    ]
}

/// What the first device's key makes of other bytes than the digest.
fn signed(message: &[u8]) -> Vec<u8> {
    key(1).sign(message).to_bytes().to_vec()
}

fn messages() -> Cases {
    let mut cases = Cases::default();
    for (name, _, _, change) in changes() {
        cases.wrong(format!("signed: {name}"), move |stage, preview| {
            let mut signed = preview.clone();
            change(&mut signed);
            // A currency of the payout alone is not part of the sums' bytes, but of the payout's.
            assert_ne!(signed.message(preview.device), preview.message(preview.device));
            stage.right(&signed).to_vec()
        });
    }
    cases.wrong("signed for another approver", |stage, preview| sign(&key(1), preview, stage.devices[1].id).to_vec());
    let first = |stage: &Stage| stage.devices[0].id;
    cases.wrong("the message itself", move |stage, preview| signed(&preview.message(first(stage))));
    cases.wrong("the message's plain digest", move |stage, preview| {
        signed(blake3::hash(&preview.message(first(stage))).as_bytes())
    });
    cases.wrong("the message's digest under another context", move |stage, preview| {
        let digest = blake3::derive_key("pacioli payout approval v2", &preview.message(first(stage)));
        signed(&digest)
    });
    cases.wrong("the digest's digits", move |stage, preview| {
        signed(preview.digest(first(stage)).to_string().as_bytes())
    });
    cases.wrong("the digest cut", move |stage, preview| signed(&preview.digest(first(stage)).0[..31]));
    cases.wrong("the digest twice", move |stage, preview| signed(&[preview.digest(first(stage)).0; 2].concat()));
    cases.wrong("the nonce alone", |_, preview| signed(&preview.nonce.0));
    cases.wrong("the nonce's digits", |_, preview| signed(preview.nonce.to_string().as_bytes()));
    cases.wrong("the tracking id", |_, preview| signed(&preview.tracking_id.0));
    cases.wrong("nothing", |_, _| signed(b""));
    cases.wrong("another payout of the same content", |stage, _| stage.right(&stage.preview()).to_vec());
    cases.add("an approval of another payout again", |stage| {
        let approved = stage.preview();
        let signature = stage.right(&approved);
        stage.world.ledger.approve_payout(SignedApproval::new(approved.payout, signature)).unwrap();
        stage.wrong(|_| signature.to_vec())
    });
    cases.add("the same payout of another ledger", |stage| {
        // Everything but the identity, the tracking ids and the nonces is the same there.
        let twin = Stage::new();
        let mut theirs = twin.preview();
        let mut ours = stage.preview();
        while theirs.payout < ours.payout {
            theirs = twin.preview();
        }
        ours.ledger = theirs.ledger;
        assert_eq!((theirs.payout, theirs.total), (ours.payout, ours.total));
        let signature = twin.right(&theirs);
        let ours = stage.world.ledger.view().unwrap().payout(ours.payout).unwrap().preview();
        let right = SignedApproval::new(ours.payout, stage.right(&ours));
        Attempt { wrong: SignedApproval::new(ours.payout, signature), refusal: stage.bad(), right: Some(right) }
    });
    cases.add("this payout as another ledger would have it", |stage| {
        stage.wrong(|preview| {
            let theirs = PayoutPreview { ledger: Nonce([9; 16]), ..preview.clone() };
            stage.right(&theirs).to_vec()
        })
    });
    cases
}

fn echoes() -> Cases {
    let mut cases = Cases::default();
    for (name, item, field, change) in changes() {
        cases.add(format!("sent back: {name}"), move |stage| {
            let preview = stage.preview();
            let mut echo = preview.clone();
            change(&mut echo);
            let right = SignedApproval::new(preview.payout, stage.right(&preview));
            let refusal = Rejection::PayloadMismatch { payout: preview.payout, item, field };
            Attempt { wrong: right.clone().echoing(echo), refusal, right: Some(right.echoing(preview)) }
        });
    }
    cases.add("sent back changed, and signed so", |stage| {
        let preview = stage.preview();
        let mut echo = preview.clone();
        echo.items[0].amount = kes("1000.00");
        let wrong = SignedApproval::new(preview.payout, stage.right(&echo)).echoing(echo);
        let refusal = Rejection::PayloadMismatch { payout: preview.payout, item: 1, field: "amount" };
        let right = SignedApproval::new(preview.payout, stage.right(&preview));
        Attempt { wrong, refusal, right: Some(right) }
    });
    cases.add("sent back right, and signed wrong", |stage| {
        let preview = stage.preview();
        let right = SignedApproval::new(preview.payout, stage.right(&preview)).echoing(preview);
        let mut wrong = right.clone();
        wrong.signature[0] ^= 1;
        Attempt { wrong, refusal: stage.bad(), right: Some(right) }
    });
    cases
}

fn keys() -> Cases {
    let mut cases = Cases::default();
    cases.wrong("a key that nobody registered", |stage, preview| sign(&key(77), preview, stage.devices[0].id).to_vec());
    cases.wrong("the key of the client's other device", |stage, preview| {
        sign(&key(2), preview, stage.devices[0].id).to_vec()
    });
    cases.wrong("the key of another client's device", |stage, preview| {
        sign(&key(9), preview, stage.devices[0].id).to_vec()
    });
    let by_other =
        |name: &'static str, device: fn(&Stage) -> DeviceId, seed: u8, refusal: fn(PayoutId, DeviceId) -> Rejection| {
            let build = move |stage: &Stage| {
                let (preview, device) = (stage.preview(), device(stage));
                let wrong = SignedApproval::new(preview.payout, sign(&key(seed), &preview, device)).by(device);
                let right = SignedApproval::new(preview.payout, stage.right(&preview)).by(stage.devices[0].id);
                Attempt { wrong, refusal: refusal(preview.payout, device), right: Some(right) }
            };
            (name, build)
        };
    let wrong_device = |payout, device| Rejection::WrongDevice { payout, device };
    let (name, build) = by_other("the client's other device", |stage| stage.devices[1].id, 2, wrong_device);
    cases.add(name, build);
    let (name, build) = by_other("another client's device", |stage| stage.foreign.id, 9, wrong_device);
    cases.add(name, build);
    let unknown = |_, device| Rejection::DeviceNotFound { device };
    let (name, build) = by_other("a device that does not exist", |_| DeviceId(999), 1, unknown);
    cases.add(name, build);
    cases.add("a revoked device", |stage| revoked(stage, false));
    cases.add("a device revoked after it signed", |stage| revoked(stage, true));
    cases.add("the key before a rotation", |stage| rotated(stage, 40, false));
    cases.add("the key after the next rotation", |stage| rotated(stage, 50, true));
    cases.add("one of two, claiming to be the other", |stage| {
        let preview = stage.initiated(stage.asked().approved_by(1, [stage.devices[0].id, stage.devices[1].id]));
        let (first, second) = (stage.devices[0].id, stage.devices[1].id);
        let wrong = SignedApproval::new(preview.payout, sign(&key(1), &preview, first)).by(second);
        let right = SignedApproval::new(preview.payout, sign(&key(1), &preview, first)).by(first);
        Attempt { wrong, refusal: Rejection::BadSignature { device: second }, right: Some(right) }
    });
    cases.add("one of two, having signed for the other", |stage| {
        let preview = stage.initiated(stage.asked().approved_by(1, [stage.devices[0].id, stage.devices[1].id]));
        let (first, second) = (stage.devices[0].id, stage.devices[1].id);
        let wrong = SignedApproval::new(preview.payout, sign(&key(1), &preview, second)).by(first);
        let right = SignedApproval::new(preview.payout, sign(&key(2), &preview, second)).by(second);
        Attempt { wrong, refusal: Rejection::BadSignature { device: first }, right: Some(right) }
    });
    cases.add("one signer twice, by another signature", |stage| {
        let (preview, second) = half_approved(stage);
        let digest = preview.digest(stage.devices[0].id);
        // Valid, though not the one that signing gives.
        let again = with_torsion(&key(1), &digest.0, Scalar::from(11u8), EIGHT_TORSION[0]);
        assert!(key(1).verifying_key().verify_strict(&digest.0, &ed25519_dalek::Signature::from_bytes(&again)).is_ok());
        let view = stage.world.ledger.view().unwrap();
        let by = view.payout(preview.payout).unwrap().payout.approvals[0].approved_in;
        let wrong = SignedApproval::new(preview.payout, again);
        Attempt { wrong, refusal: Rejection::AlreadyApproved { payout: preview.payout, by }, right: Some(second) }
    });
    cases.add("the first signature under the second's name", |stage| {
        let (preview, second) = half_approved(stage);
        let wrong = SignedApproval::new(preview.payout, stage.right(&preview)).by(stage.devices[1].id);
        let refusal = Rejection::BadSignature { device: stage.devices[1].id };
        Attempt { wrong, refusal, right: Some(second) }
    });
    cases.add("an initiating device that is none of the approvers", |stage| {
        let preview = stage.initiated(stage.asked().approved_by(1, [stage.devices[1].id]));
        let wrong = SignedApproval::new(preview.payout, stage.right(&preview));
        let refusal = Rejection::WrongDevice { payout: preview.payout, device: stage.devices[0].id };
        let right = sign(&key(2), &preview, stage.devices[1].id);
        Attempt { wrong, refusal, right: Some(SignedApproval::new(preview.payout, right).by(stage.devices[1].id)) }
    });
    cases
}

/// A payout that either of two devices may approve, of which the first is revoked.
fn revoked(stage: &Stage, signed_before: bool) -> Attempt {
    let seed = if signed_before { 30 } else { 31 };
    let ledger = &stage.world.ledger;
    let device = NewDevice::new(stage.shop.client.id, public(&key(seed)), "lost");
    let device = ledger.register_device(device).unwrap().id;
    let other = stage.devices[1].id;
    let preview = stage.initiated(stage.asked().approved_by(1, [device, other]));
    let signature = sign(&key(seed), &preview, device);
    if signed_before {
        // It stays revoked when the ledger has gone on.
        stage.world.minutes_later(1);
    }
    ledger.revoke_device(RevokeDevice::new(device).because("lost")).unwrap();
    Attempt {
        wrong: SignedApproval::new(preview.payout, signature).by(device),
        refusal: Rejection::DeviceRevoked { device },
        right: Some(SignedApproval::new(preview.payout, sign(&key(2), &preview, other)).by(other)),
    }
}

/// A payout initiated by a device whose key is rotated then, signed with the key before, or with one that is not the
/// device's yet. No key is ever registered twice, so each case has seeds of its own.
fn rotated(stage: &Stage, seed: u8, early: bool) -> Attempt {
    let ledger = &stage.world.ledger;
    let (before, after, next) = (key(seed), key(seed + 1), key(seed + 2));
    let device = NewDevice::new(stage.shop.client.id, public(&before), "rotating");
    let device = ledger.register_device(device).unwrap().id;
    let preview = stage.initiated(NewPayout { device, ..stage.asked() });
    ledger.rotate_device(RotateDevice::new(device, public(&after))).unwrap();
    let wrong = if early { &next } else { &before };
    Attempt {
        wrong: SignedApproval::new(preview.payout, sign(wrong, &preview, device)),
        refusal: Rejection::BadSignature { device },
        right: Some(SignedApproval::new(preview.payout, sign(&after, &preview, device))),
    }
}

/// A payout that needs two of three, signed by the first; and the second's approval.
fn half_approved(stage: &Stage) -> (PayoutPreview, SignedApproval) {
    let [first, second, third] = [0, 1, 2].map(|place: usize| stage.devices[place].id);
    let preview = stage.initiated(stage.asked().approved_by(2, [first, second, third]));
    let approval = SignedApproval::new(preview.payout, stage.right(&preview));
    stage.world.ledger.approve_payout(approval).unwrap();
    let second = SignedApproval::new(preview.payout, sign(&key(2), &preview, second)).by(second);
    (preview, second)
}

fn states() -> Cases {
    let mut cases = Cases::default();
    let right = |stage: &Stage, preview: &PayoutPreview| SignedApproval::new(preview.payout, stage.right(preview));
    cases.add("a payout that does not exist", move |stage| {
        let preview = stage.preview();
        let wrong = SignedApproval { payout: PayoutId(99_999), ..right(stage, &preview) };
        let refusal = Rejection::BatchNotFound { payout: wrong.payout };
        Attempt { wrong, refusal, right: Some(right(stage, &preview)) }
    });
    cases.add("a cancelled payout", move |stage| {
        let preview = stage.preview();
        stage.world.ledger.change_payout(PayoutChange::cancel(preview.payout)).unwrap();
        let refusal = Rejection::BatchNotApprovable { payout: preview.payout, state: PayoutState::Cancelled };
        Attempt { wrong: right(stage, &preview), refusal, right: None }
    });
    cases.add("a payout that was ended", move |stage| {
        let preview = stage.preview();
        stage.world.ledger.approve_payout(right(stage, &preview)).unwrap();
        stage.world.ledger.change_payout(PayoutChange::end(preview.payout)).unwrap();
        let refusal = Rejection::BatchNotApprovable { payout: preview.payout, state: PayoutState::Failed };
        let wrong = SignedApproval::new(preview.payout, stage.right(&stage.preview()));
        Attempt { wrong, refusal, right: None }
    });
    cases.add("an approved payout, by another signature", move |stage| {
        let preview = stage.preview();
        let by = stage.world.ledger.approve_payout(right(stage, &preview)).unwrap().sequence();
        let digest = preview.digest(stage.devices[0].id);
        let again = with_torsion(&key(1), &digest.0, Scalar::from(5u8), EIGHT_TORSION[0]);
        let refusal = Rejection::AlreadyApproved { payout: preview.payout, by };
        Attempt { wrong: SignedApproval::new(preview.payout, again), refusal, right: None }
    });
    cases.add("an approved payout, by another approver", move |stage| {
        let (first, second) = (stage.devices[0].id, stage.devices[1].id);
        let preview = stage.initiated(stage.asked().approved_by(1, [first, second]));
        let by = stage.world.ledger.approve_payout(right(stage, &preview)).unwrap().sequence();
        let wrong = SignedApproval::new(preview.payout, sign(&key(2), &preview, second)).by(second);
        Attempt { wrong, refusal: Rejection::AlreadyApproved { payout: preview.payout, by }, right: None }
    });
    cases.add("a payout in the middle of its items", move |stage| {
        let preview = stage.preview();
        let by = stage.world.ledger.approve_payout(right(stage, &preview)).unwrap().sequence();
        stage.world.ledger.change_payout_item(PayoutItemChange::start(preview.items[0].id)).unwrap();
        let wrong = SignedApproval::new(preview.payout, [1; 64]);
        Attempt { wrong, refusal: Rejection::AlreadyApproved { payout: preview.payout, by }, right: None }
    });
    cases.add("a completed payout", move |stage| {
        let preview = stage.preview();
        let by = stage.world.ledger.approve_payout(right(stage, &preview)).unwrap().sequence();
        for item in &preview.items {
            stage.world.ledger.change_payout_item(PayoutItemChange::cancel(item.id)).unwrap();
        }
        let wrong = SignedApproval::new(preview.payout, [1; 64]);
        Attempt { wrong, refusal: Rejection::AlreadyApproved { payout: preview.payout, by }, right: None }
    });
    cases.add("a minute too late", move |stage| {
        let preview = stage.initiated(stage.asked().expiring(Expiry::After(60_000_000_000)));
        stage.world.minutes_later(2);
        let refusal = Rejection::ApprovalExpired { payout: preview.payout, expired_at: preview.expires_at };
        Attempt { wrong: right(stage, &preview), refusal, right: None }
    });
    cases.add("at the instant of the expiry", move |stage| {
        let preview = stage.initiated(stage.asked().expiring(Expiry::After(60_000_000_000)));
        let now = stage.world.ledger.view().unwrap().recorded_at();
        stage.world.clock.set(preview.expires_at.max(now));
        let refusal = Rejection::ApprovalExpired { payout: preview.payout, expired_at: preview.expires_at };
        Attempt { wrong: right(stage, &preview), refusal, right: None }
    });
    cases.add("a payout that has expired", move |stage| {
        let preview = stage.initiated(stage.asked().expiring(Expiry::After(60_000_000_000)));
        stage.world.minutes_later(2);
        stage.world.ledger.change_payout(PayoutChange::expire(preview.payout)).unwrap();
        let refusal = Rejection::BatchNotApprovable { payout: preview.payout, state: PayoutState::Expired };
        Attempt { wrong: right(stage, &preview), refusal, right: None }
    });
    cases.add("a payout too large for the wallet", move |stage| {
        let preview = stage.initiated(stage.asked().item(NewPayoutItem::new(stage.payees[1], kes("5000000.00"))));
        let wrong = right(stage, &preview);
        let available = stage.world.ledger.view().unwrap().balance(stage.wallet).unwrap().available.minor();
        let required = preview.total_amount_estimate.minor();
        let refusal = Rejection::InsufficientFunds { account: stage.wallet, required, available, floor: 0 };
        Attempt { wrong, refusal, right: None }
    });
    cases
}

#[test]
fn strict_verification_is_what_refuses_the_identity() {
    // Shows that the table above would be accepted by `verify`, so that strictness is seen to matter.
    let stage = Stage::new();
    let preview = stage.preview();
    let digest = preview.digest(stage.devices[0].id);
    let crafted = with_torsion(&key(1), &digest.0, Scalar::ZERO, EIGHT_TORSION[0]);
    let public = key(1).verifying_key();
    assert!(public.verify(&digest.0, &ed25519_dalek::Signature::from_bytes(&crafted)).is_ok());
    assert_eq!(no(stage.world.ledger.approve_payout(SignedApproval::new(preview.payout, crafted))), stage.bad());
}

#[test]
fn keys_of_small_order_or_in_a_second_form_are_not_registered() {
    let stage = Stage::new();
    let client = stage.shop.client.id;
    let refused = |key: [u8; 32]| stage.world.refused(NewDevice::new(client, PublicKey(key), "weak"));
    let rotated = |key: [u8; 32]| stage.world.refused(RotateDevice::new(stage.devices[0].id, PublicKey(key)));
    let small = Rejection::InvalidDeviceKey { reason: "the key is of small order" };
    for point in EIGHT_TORSION {
        assert_eq!(refused(point.compress().to_bytes()), small);
        assert_eq!(rotated(point.compress().to_bytes()), small);
    }
    let second_form = Rejection::InvalidDeviceKey { reason: "the key is not in canonical form" };
    // All 19 numbers from the prime up to 2^255, with either sign.
    for low in 0xed..=0xff {
        for sign in [0x7f, 0xff] {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (low, sign);
            assert_eq!(refused(key), second_form);
            assert_eq!(rotated(key), second_form);
        }
    }
    let no_point = Rejection::InvalidDeviceKey { reason: "the key is not a point of the curve" };
    let mut key = [0; 32];
    key[0] = 2;
    assert_eq!(refused(key), no_point);
    assert_eq!(rotated(key), no_point);
    // The other form of the identity, with a sign that zero does not have.
    let mut key = [0; 32];
    (key[0], key[31]) = (1, 0x80);
    assert!(matches!(refused(key), Rejection::InvalidDeviceKey { .. }));
}

#[test]
fn an_approval_again_is_the_same_approval() {
    let stage = Stage::new();
    let ledger = &stage.world.ledger;
    let preview = stage.preview();
    let approval = SignedApproval::new(preview.payout, stage.right(&preview)).echoing(preview.clone());
    let first = ledger.approve_payout(approval.clone()).unwrap();
    let before = stage.world.state();
    let again = ledger.approve_payout(approval.clone()).unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.entry(), first.entry());
    // With or without what was sent back, which is compared all the same.
    assert!(ledger.approve_payout(SignedApproval { echo: None, ..approval.clone() }).unwrap().is_replayed());
    let mut otherwise = approval.clone();
    otherwise.echo.as_mut().unwrap().items[1].amount = kes("1.00");
    let refusal = Rejection::PayloadMismatch { payout: preview.payout, item: 2, field: "amount" };
    assert_eq!(no(ledger.approve_payout(otherwise)), refusal);
    assert_eq!(stage.world.state(), before);
    // And so when the file is opened again, whatever became of the payout since.
    ledger.change_payout_item(PayoutItemChange::start(preview.items[0].id)).unwrap();
    let Stage { world, .. } = stage;
    let world = world.reopened();
    assert_eq!(world.ledger.approve_payout(approval).unwrap().entry(), first.entry());
}

#[test]
fn one_signer_counts_once() {
    let stage = Stage::new();
    let ledger = &stage.world.ledger;
    let (preview, second) = half_approved(&stage);
    let first = SignedApproval::new(preview.payout, stage.right(&preview));
    assert!(ledger.approve_payout(first).unwrap().is_replayed());
    let state = || ledger.view().unwrap().payout(preview.payout).unwrap().payout.state;
    assert_eq!(state(), PayoutState::PreviewAndApprove);
    ledger.approve_payout(second).unwrap();
    assert_eq!(state(), PayoutState::Approved);
}

#[test]
fn the_signature_of_a_device_revoked_since_does_not_count() {
    let stage = Stage::new();
    let ledger = &stage.world.ledger;
    let (preview, second) = half_approved(&stage);
    ledger.revoke_device(RevokeDevice::new(stage.devices[0].id)).unwrap();
    ledger.approve_payout(second).unwrap();
    let state = || ledger.view().unwrap().payout(preview.payout).unwrap().payout.state;
    assert_eq!(state(), PayoutState::PreviewAndApprove);
    let third = stage.devices[2].id;
    ledger.approve_payout(SignedApproval::new(preview.payout, sign(&key(3), &preview, third)).by(third)).unwrap();
    assert_eq!(state(), PayoutState::Approved);
}

#[test]
fn a_signer_elsewhere_needs_the_preview_alone() {
    let stage = Stage::new();
    let preview = stage.preview();
    let sent = serde_json::to_string(&preview).unwrap();
    let received: PayoutPreview = serde_json::from_str(&sent).unwrap();
    assert_eq!(received, preview);
    let signature = pacioli::Signature(sign(&key(1), &received, received.device)).to_string();
    let approval = SignedApproval::hex(received.payout, &signature).unwrap().echoing(received);
    stage.world.ledger.approve_payout(approval).unwrap();
    assert!(SignedApproval::hex(preview.payout, "0g").is_err());
    assert!(SignedApproval::hex(preview.payout, "012").is_err());
}

/// A preview of fixed content, whose bytes are written out in [`the_canonical_bytes_are_these`].
fn fixed() -> PayoutPreview {
    let item = |number, beneficiary: Beneficiary, sum: &str| pacioli::PreviewItem {
        id: PayoutItemId::new(PayoutId(7), number),
        status: PayoutItemState::Pending,
        request_reference_id: TrackingId([number as u8; 16]),
        beneficiary,
        name: (number == 1).then(|| "Ann".to_owned()),
        amount: kes(sum),
        narrative: None,
        reference: None,
        fee: kes("25.00"),
        tax: kes("4.00"),
    };
    PayoutPreview {
        ledger: Nonce([0xaa; 16]),
        payout: PayoutId(7),
        tracking_id: TrackingId([0xbb; 16]),
        status: PayoutState::PreviewAndApprove,
        nonce: Nonce([0xcc; 16]),
        device: DeviceId(1),
        client: ClientId(2),
        service: (ServiceId(3), 4),
        source: AccountId(5),
        book: BookId(6),
        currency: Currency::KES,
        provider: Provider::MPESA_B2C,
        approvers: Approvers { needed: 1, devices: vec![DeviceId(1)] },
        expires_at: Timestamp(8),
        reserved: false,
        metadata: Metadata::new(),
        items: vec![
            item(1, Party::shown(PartyKind::Msisdn, "2547").into(), "10.00"),
            item(2, AccountId(9).into(), "500.00"),
        ],
        total: kes("510.00"),
        charge_estimate: kes("58.00"),
        total_amount_estimate: kes("568.00"),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

#[test]
fn the_canonical_bytes_are_these() {
    let expected = [
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",           // ledger
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",           // tracking id
        "0000000000000007",                           // payout
        "cccccccccccccccccccccccccccccccc",           // nonce
        "0000000000000001 0000000000000002",          // device, client
        "0000000000000003 00000004",                  // service, version
        "0000000000000005 0000000000000006",          // source, book
        "00000003 4b4553 02",                         // KES, 2
        "00000009 4d504553412d423243",                // MPESA-B2C
        "0001 0001 0000000000000001",                 // one of device 1
        "0000000000000008",                           // expiry
        "00",                                         // not reserved
        "00000000",                                   // no metadata
        "00000002",                                   // two items
        "0001 01010101010101010101010101010101",      // the first, its reference
        "00 00000006 6d736973646e 00000004 32353437", // outside, msisdn, 2547
        "01 00000003 416e6e",                         // Ann
        "000000000000000000000000000003e8 00 00",     // 10.00, no narrative, no reference
        "000000000000000000000000000009c4",           // fee 25.00
        "00000000000000000000000000000190",           // tax 4.00
        "0002 02020202020202020202020202020202",      // the second, its reference
        "01 0000000000000009 00",                     // inside, account 9, no name
        "0000000000000000000000000000c350 00 00",     // 500.00
        "000000000000000000000000000009c4",
        "00000000000000000000000000000190",
        "0000000000000000000000000000c738", // total 510.00
        "000000000000000000000000000016a8", // charges 58.00
        "0000000000000000000000000000dde0", // together 568.00
        "0000000000000001",                 // approver
    ];
    let expected: String = expected.concat().replace(' ', "");
    let message = fixed().message(DeviceId(1));
    let written: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, expected);
    assert_eq!(fixed().digest(DeviceId(1)).0, blake3::derive_key(APPROVAL_CONTEXT, &message));
    let digest = fixed().digest(DeviceId(1)).to_string();
    assert_eq!(digest, "1534e4db71e6152678c22302f1eec4c15839994a416ba171226219940bc4056e");
    let signature = key(1).sign(&fixed().digest(DeviceId(1)).0);
    // Made by another implementation.
    let theirs = "b3fd0d928d89963faef61388b5256200b5d697889f0da2135e6be82ddc06ed6e\
                  368d98a71806c5bafff76d3c166ff8c601440cea5b03f63d47e76d2dbbdb7d00";
    assert_eq!(pacioli::Signature(signature.to_bytes()).to_string(), theirs);
}

#[test]
fn no_two_previews_have_the_same_bytes() {
    let mut seen = std::collections::BTreeMap::new();
    let stage = Stage::new();
    let preview = stage.preview();
    seen.insert(preview.message(preview.device), "as it is");
    for (name, _, _, change) in changes() {
        let mut changed = preview.clone();
        change(&mut changed);
        let same = seen.insert(changed.message(preview.device), name);
        assert_eq!(same, None, "{name}");
    }
}
