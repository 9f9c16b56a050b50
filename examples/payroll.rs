//! A payroll: five people are paid by one signed payout, one of them in vain.
//!
//! ```text
//! cargo run --release --example payroll
//! ```
#![allow(clippy::print_stdout)]

use ed25519_dalek::{Signer, SigningKey};
use pacioli::prelude::*;

fn main() -> Result<(), Error> {
    let ledger = Ledger::in_memory()?;
    let book = ledger.open_book(NewBook::live("payroll.kes", Currency::KES))?;
    let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254700000001");
    let shop = ledger.register_client(NewClient::business("Mama Njeri Shop", "Kenya", "P051234567X", owner))?.id;
    let wallet = ledger.open_account(NewAccount::new(shop, book.id, AccountType::WORKING).named("Payroll"))?.id;
    let savings = ledger.open_account(NewAccount::new(shop, book.id, AccountType::WORKING).named("Staff savings"))?.id;

    println!("Each payment costs 25.00 up to 1,000.00, and 70.00 up to 50,000.00.");
    let band = |up_to: &str, fee: &str| -> Result<Band, Error> {
        let minor = |text| -> Result<Amount, Error> { Ok(book.money(text)?.amount()?) };
        Ok(Band { up_to: Some(minor(up_to)?), fee: Fee::Fixed(minor(fee)?) })
    };
    let tariff = Tariff::Banded(vec![band("1000.00", "25.00")?, band("50000.00", "70.00")?]);
    let sending = ledger.define_service(NewService::new(shop, book.id, "SEND_MONEY").tariff(tariff))?.id;
    let float = NewService::new(shop, book.id, "FLOAT");
    let float = ledger.define_service(float)?.id;
    ledger.credit(Credit::new(wallet, float, book.money("100000.00")?, "bank-4711").kind(EntryKind::Deposit))?;

    println!("The till's device makes a key pair; the ledger is given the public half.");
    let key = SigningKey::from_bytes(&[7; 32]); // A real one comes from the device's random source.
    let public_key = PublicKey(key.verifying_key().to_bytes());
    let device = ledger.register_device(NewDevice::new(shop, public_key, "Njeri's phone"))?.id;

    let mut payout = NewPayout::new(device, sending, wallet, Provider::MPESA_B2C, Currency::KES);
    let staff = [
        ("Amina", "254722000111", "24500.00"),
        ("Baraka", "254722000112", "18250.50"),
        ("Chebet", "254722000113", "900.00"),
        ("Daudi", "254722000114", "21000.00"),
    ];
    for (name, number, pay) in staff {
        let party = Party::shown(PartyKind::Msisdn, number);
        payout = payout.item(NewPayoutItem::new(party, book.money(pay)?).named(name).narrated("November"));
    }
    // One beneficiary is inside the ledger.
    payout = payout.item(NewPayoutItem::new(savings, book.money("5000.00")?).narrated("November"));
    let preview = ledger.initiate_payout(payout)?;
    show(&preview);
    assert_eq!(preview.charge_estimate, book.money("305.00")?);
    assert_eq!(preview.total_amount_estimate, book.money("69955.50")?);
    assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("100000.00")?);

    println!("Nobody else can change a shilling of it: the device signs all of it.");
    let mut forged = preview.clone();
    forged.items[0].amount = book.money("94500.00")?;
    let forged = key.sign(&forged.digest(device).0).to_bytes();
    let refused = ledger.approve_payout(SignedApproval::new(preview.payout, forged));
    assert!(matches!(refused, Err(Error::Rejected(Rejection::BadSignature { .. }))));
    let signature = key.sign(&preview.digest(device).0).to_bytes();
    ledger.approve_payout(SignedApproval::new(preview.payout, signature).echoing(preview.clone()))?;
    let balance = ledger.view()?.balance(wallet)?;
    println!("  approved: {} in the wallet, {} available\n", balance.current, balance.available);
    assert_eq!(balance.available, book.money("30044.50")?);

    println!("The provider reports item by item; Chebet's number does not exist.");
    for item in &preview.items {
        ledger.change_payout_item(PayoutItemChange::start(item.id))?;
        let outcome = if item.name.as_deref() == Some("Chebet") {
            PayoutItemChange::fail(item.id).coded("TF106").because("no such number")
        } else {
            PayoutItemChange::settle(item.id)
        };
        ledger.change_payout_item(outcome)?;
    }

    let view = ledger.view()?;
    let found = view.payout_tracked(&preview.tracking_id.to_string())?;
    let sum = |amount| book.currency.amount(amount);
    println!(
        "  {}: paid {}, failed {}, charges {}\n",
        found.payout.state,
        sum(found.payout.paid_total),
        sum(found.payout.failed_total),
        sum(found.payout.actual_charges),
    );
    assert_eq!(found.payout.state, PayoutState::Completed);
    assert_eq!(sum(found.payout.paid_total), book.money("68750.50")?);
    assert_eq!(sum(found.payout.failed_total), book.money("900.00")?);
    assert_eq!(sum(found.payout.actual_charges), book.money("280.00")?);

    let trial_balance = view.trial_balance(book.id)?;
    println!("{trial_balance}");
    assert!(trial_balance.is_balanced());
    let current = |account| -> Result<Money, Error> { Ok(view.balance(account)?.current) };
    assert_eq!(current(wallet)?, book.money("30969.50")?);
    assert_eq!(view.balance(wallet)?.available, book.money("30969.50")?);
    assert_eq!(current(savings)?, book.money("5000.00")?);
    assert_eq!(current(book.system(SystemAccount::FeeIncome))?, book.money("280.00")?);
    Ok(())
}

fn show(preview: &PayoutPreview) {
    println!("Payout {}: {}", preview.tracking_id, preview.status);
    for item in &preview.items {
        let name = item.name.as_deref().unwrap_or("(inside)");
        println!("  {name:<8} {:>14} and {:>9} for sending it", item.amount.to_string(), item.fee.to_string());
    }
    println!("  {} and {}: {}\n", preview.total, preview.charge_estimate, preview.total_amount_estimate);
}
