//! The payouts of a book, with what has become of them.

use serde::Serialize;

use super::payout_sums::{PayoutSums, Sums};
use super::period::Period;
use crate::ledger::{Error, Listing, PayoutFilter, View};
use crate::model::{
    AccountId, BookId, ClientId, Payout, PayoutId, PayoutState, Provider, Sequence, Timestamp, TrackingId,
};
use crate::money::Currency;

/// The payouts of a book that were initiated in a period, with what has become of them since.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Document, Payouts, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// let payouts = Payouts::of(&ledger.view()?, book.id, &Period::all())?;
/// assert_eq!(payouts.payouts[0].provider, Provider::MPESA_B2C);
/// let page = Document::new("Payouts").with(&payouts).html().to_string();
/// assert!(page.contains("MPESA-B2C"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Payouts {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The last entry that counts.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// The period, of which the time of recording counts.
    pub period: Period,
    /// The payouts, in the order of initiation.
    pub payouts: Vec<PayoutRow>,
    /// What became of all of them.
    pub sums: PayoutSums,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// A payout without its items.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Payouts, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// let row = Payouts::of(&ledger.view()?, book.id, &Period::all())?.payouts.remove(0);
/// assert_eq!((row.payout, row.state), (preview.payout, PayoutState::PreviewAndApprove));
/// assert_eq!((row.sums.items, row.sums.pending), (1, book.money("60")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutRow {
    /// The payout.
    pub payout: PayoutId,
    /// What the world outside calls it.
    pub tracking_id: TrackingId,
    /// Whose money it is.
    pub client: ClientId,
    /// The account that pays.
    pub source: AccountId,
    /// Who carries it out.
    pub provider: Provider,
    /// Where it stands.
    pub state: PayoutState,
    /// When it was initiated.
    pub initiated_at: Timestamp,
    /// What became of its items.
    #[serde(flatten)]
    pub sums: PayoutSums,
}

impl Payouts {
    /// The payouts of `book` that were initiated in `period`, with what has become of them at the view.
    ///
    /// Reads every payout of the ledger once, without its items.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::report::{Payouts, Period};
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// # use ed25519_dalek::{Signer, SigningKey};
    /// # let key = SigningKey::from_bytes(&[7; 32]);
    /// # let public_key = PublicKey(key.verifying_key().to_bytes());
    /// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
    /// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
    /// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
    /// #     .item(NewPayoutItem::new(amina, book.money("60")?));
    /// # let preview = ledger.initiate_payout(payout)?;
    /// # let signature = key.sign(&preview.digest(phone).0).to_bytes();
    /// # ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
    /// ledger.change_payout_item(PayoutItemChange::start(preview.items[0].id))?;
    /// ledger.change_payout_item(PayoutItemChange::settle(preview.items[0].id))?;
    /// let payouts = Payouts::of(&ledger.view()?, book.id, &Period::all())?;
    /// assert_eq!((payouts.payouts.len(), payouts.sums.paid), (1, book.money("60")?));
    /// println!("{payouts}");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book; [`Error::Money`] when a sum is beyond
    /// [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn of(view: &View, book: BookId, period: &Period) -> Result<Self, Error> {
        let book = view.book(book)?;
        let (mut payouts, mut all) = (Vec::new(), Sums::default());
        let mut listing = Listing::first(Listing::MOST);
        loop {
            let page = view.payouts(PayoutFilter::All, listing)?;
            for payout in page.items {
                if payout.book == book.id && period.holds(payout.initiated_at) {
                    let sums = Sums::of_record(&payout);
                    all = all.plus(sums);
                    payouts.push(row(payout, sums.shown(book.currency)?));
                }
            }
            let Some(next) = page.next else { break };
            listing = Listing::first(Listing::MOST).after(next);
        }
        Ok(Self {
            book: book.id,
            currency: book.currency,
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            period: period.clone(),
            payouts,
            sums: all.shown(book.currency)?,
            text_scale: book.text_scale,
            name: book.name,
        })
    }
}

fn row(payout: Payout, sums: PayoutSums) -> PayoutRow {
    PayoutRow {
        payout: payout.id,
        tracking_id: payout.tracking_id,
        client: payout.client,
        source: payout.source,
        provider: payout.provider,
        state: payout.state,
        initiated_at: payout.initiated_at,
        sums,
    }
}
