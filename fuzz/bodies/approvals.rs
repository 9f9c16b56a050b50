//! Any signature, key and device for a payout: nothing but the one right signature approves it, and nothing panics.

use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use pacioli::prelude::*;

struct Stage {
    ledger: Ledger,
    client: ClientId,
    payout: PayoutId,
    /// The device whose signature is needed, and that signature.
    device: DeviceId,
    right: [u8; 64],
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| stage().expect("the set-up is sound"));

fn stage() -> Result<Stage, Error> {
    let ledger = Ledger::builder().nonces(|| [7; 16]).in_memory()?;
    let book = ledger.open_book(NewBook::live("fuzz.kes", Currency::KES))?;
    let owner = Contact::new("Njeri Mwangi", "njeri@example.com", "+254700000001");
    let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    let service = ledger.define_service(NewService::new(client, book.id, "ALL").narrative_required(false))?.id;
    ledger.credit(Credit::new(wallet, service, book.money("1000")?, "funds"))?;
    let signing = SigningKey::from_bytes(&[1; 32]);
    let public = PublicKey(signing.verifying_key().to_bytes());
    let device = ledger.register_device(NewDevice::new(client, public, "Till"))?.id;
    let payee = Party::shown(PartyKind::Msisdn, "254700000002");
    let payout = NewPayout::new(device, service, wallet, Provider::MPESA_B2C, Currency::KES);
    let preview = ledger.initiate_payout(payout.item(NewPayoutItem::new(payee, book.money("10")?)))?;
    let right = signing.sign(&preview.digest(device).0).to_bytes();
    Ok(Stage { client, payout: preview.payout, device, right, ledger })
}

/// The first byte says what is tried, the second which payout and device; the rest are the bytes of a signature or key.
pub fn run(data: &[u8]) {
    let [how, which, bytes @ ..] = data else { return };
    let Stage { ledger, client, payout, device, right } = &*STAGE;
    let mut signature = bytes.to_vec();
    if how & 1 == 1 {
        // The right one, with the given bytes laid over it by exclusive-or.
        signature = right.to_vec();
        signature.iter_mut().zip(bytes).for_each(|(byte, other)| *byte ^= other);
        signature.truncate(64 - usize::from(how >> 4));
    }
    let named = (PayoutId(payout.0 + u64::from(which & 3)), DeviceId(device.0 + u64::from(which >> 2 & 3)));
    let mut approval = SignedApproval::new(named.0, &signature);
    if how & 2 == 2 {
        approval = approval.by(named.1);
    }
    let is_right = named.0 == *payout && signature == right && (how & 2 == 0 || named.1 == *device);
    let told = ledger.simulate(|simulation| simulation.execute(approval));
    assert_eq!(told.is_ok(), is_right, "{told:?}");
    // Any 32 bytes as a key: refused, or a key under which the right signature of another counts for nothing.
    if let Some(key) = bytes.first_chunk::<32>() {
        let tried = ledger.simulate(|simulation| {
            let spare = simulation.execute(NewDevice::new(*client, PublicKey(*key), "Spare"))?;
            let spare = spare.device().unwrap_or_default();
            simulation.execute(SignedApproval::new(*payout, right).by(spare))
        });
        assert!(matches!(tried, Err(Error::Rejected(_))), "{tried:?}");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(SignedApproval::hex(*payout, text));
    }
}
