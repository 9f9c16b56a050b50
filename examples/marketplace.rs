//! A marketplace: one sale is split among several sellers, who are paid out under a service that takes a fee.
//!
//! ```text
//! cargo run --release --example marketplace
//! ```
#![allow(clippy::print_stdout)]

use pacioli::SystemAccount;
use pacioli::money::allocate;
use pacioli::prelude::*;

fn main() -> Result<(), Error> {
    let ledger = Ledger::in_memory()?;
    let book = ledger.open_book(NewBook::live("market.kes", Currency::KES))?;
    let seller = |name: &str| -> Result<(ClientId, AccountId), Error> {
        let contact = Contact::new(name, "seller@example.com", "+254700000001");
        let client = ledger.register_client(NewClient::individual("KE", contact))?.id;
        Ok((client, ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING).named(name))?.id))
    };
    let (amina, amina_wallet) = seller("Amina")?;
    let (_, baraka_wallet) = seller("Baraka")?;
    let (_, chebet_wallet) = seller("Chebet")?;

    println!("A basket of 1,000.00 is paid with two cards; three sellers share it by the weight of their goods.");
    let paid = book.money("1000.00")?;
    let weights = [5, 3, 4].map(Amount::minor).into_iter().collect::<Result<Vec<_>, _>>()?;
    // No cent is lost: 416.67, 250.00 and 333.33.
    let shares = allocate(paid.amount()?, &weights)?;

    // Any number of lines on both sides, in one entry; it is refused unless debits equal credits.
    let outside = book.system(SystemAccount::External);
    let split = Post::new("basket-4711")
        .kind(EntryKind::Sale)
        .narrated("Basket 4711")
        .debit(outside, book.money("600.00")?)
        .debit(outside, book.money("400.00")?);
    let wallets = [amina_wallet, baraka_wallet, chebet_wallet];
    let split = wallets
        .iter()
        .zip(&shares)
        .fold(split, |split, (wallet, share)| split.credit(*wallet, book.currency.amount(*share)));
    let receipt = ledger.post(split)?;
    for line in receipt.activities().iter().filter(|line| line.account != outside) {
        println!("  {}: {} -> {}", line.account.number(), line.previous_balance, line.current_balance);
    }

    println!("Amina is paid out. The service takes 2.5 %, at least 5.00 and at most 50.00, and 16 % tax on that.");
    let limits = |text: &str| -> Result<Option<Amount>, Error> { Ok(Some(book.money(text)?.amount()?)) };
    let fee = Fee::Percentage { rate: Rate::percent_text("2.5")?, floor: limits("5.00")?, cap: limits("50.00")? };
    let payouts = NewService::new(amina, book.id, "PAYOUTS").fee(fee).taxed(Tax { rate: Rate::percent_text("16")? });
    let payouts = ledger.define_service(payouts.borne_by(FeeBearer::Payer))?;
    let payout = Debit::new(amina_wallet, payouts.id, book.money("400.00")?, "payout-1").kind(EntryKind::Payout);
    let receipt = ledger.debit(payout.paid_to(Party::masked(PartyKind::Msisdn, "+254722000111")))?;
    println!("  charged {}", receipt.charged().unwrap_or(book.currency.zero()));
    assert_eq!(receipt.charged(), Some(book.money("11.60")?));

    let view = ledger.view()?;
    println!("\n{}", view.statement(amina_wallet).all()?);
    let trial_balance = view.trial_balance(book.id)?;
    println!("{trial_balance}");
    assert!(trial_balance.is_balanced());
    assert_eq!(view.balance(amina_wallet)?.current, book.money("5.07")?);
    Ok(())
}
