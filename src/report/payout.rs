//! A payout with its items.

use std::collections::BTreeMap;

use serde::Serialize;

use super::payout_sums::{PayoutSums, Sums};
use crate::ledger::{Error, View, Zone};
use crate::model::{
    AccountId, AccountNumber, Beneficiary, BookId, Charge, ClientId, PayoutId, PayoutItem, PayoutItemId,
    PayoutItemState, PayoutState, Provider, Sequence, Timestamp, TrackingId,
};
use crate::money::{Currency, Money};

/// A payout with its items, at one moment.
///
/// Invariant: `sums` are those of the items, and `states` add up to them; the payout's own record has the same.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::PayoutReport;
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
/// let report = PayoutReport::of(&ledger.view()?, preview.payout, &Zone::utc())?;
/// assert_eq!((report.state, report.signatures, report.signatures_needed), (PayoutState::PreviewAndApprove, 0, 1));
/// assert_eq!((report.items[0].amount, report.sums.pending), (book.money("60")?, book.money("60")?));
/// assert_eq!(report.states[0].state, PayoutItemState::Pending);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutReport {
    /// The payout.
    pub payout: PayoutId,
    /// What the world outside calls it.
    pub tracking_id: TrackingId,
    /// The last entry that counts.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// Whose money it is.
    pub client: ClientId,
    /// The account that pays.
    pub source: AccountId,
    /// The number that people call that by.
    pub source_number: AccountNumber,
    /// The book.
    pub book: BookId,
    /// Its name.
    pub book_name: String,
    /// Its currency.
    pub currency: Currency,
    /// Who carries it out.
    pub provider: Provider,
    /// Where it stands.
    pub state: PayoutState,
    /// Why it was cancelled or ended, if that was said.
    pub reason: Option<String>,
    /// How many signatures it has.
    pub signatures: u64,
    /// How many it needs.
    pub signatures_needed: u16,
    /// When it was initiated.
    pub initiated_at: Timestamp,
    /// From when on it can no longer be approved.
    pub expires_at: Timestamp,
    /// The zone in which times are shown.
    pub zone: Zone,
    /// Its items, in order.
    pub items: Vec<PayoutLine>,
    /// The items by where they stand, of those that there are.
    pub states: Vec<StateTotal>,
    /// What became of the items.
    pub sums: PayoutSums,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// An item of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutLine {
    /// Its identifier, with its number from 1.
    pub item: PayoutItemId,
    /// What the provider calls it.
    pub request_reference_id: TrackingId,
    /// Whom it pays: an account's number, or the party outside as the journal shows it.
    pub beneficiary: String,
    /// The beneficiary's name, if known.
    pub name: Option<String>,
    /// The caller's own name for it.
    pub reference: Option<String>,
    /// How much the beneficiary gets.
    pub amount: Money,
    /// What it costs by the tariff.
    pub charge_estimate: Money,
    /// What it has cost, once it is paid; a charge given back since is still there.
    pub actual_charge: Option<Money>,
    /// Where it stands.
    pub state: PayoutItemState,
    /// The provider's code for what became of it.
    pub code: Option<String>,
    /// Why it failed, was called off or came back, if that was said.
    pub reason: Option<String>,
    /// The entry that paid it.
    pub settled_in: Option<Sequence>,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// The items of a payout that stand the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateTotal {
    /// Where they stand.
    pub state: PayoutItemState,
    /// How many there are.
    pub count: u64,
    /// The sum of their amounts.
    pub sum: Money,
}

impl PayoutReport {
    /// A payout with its items. Times are shown in `zone`.
    ///
    /// Reads the payout and each of its items, of which there are at most 500.
    ///
    /// ```no_run
    /// use pacioli::report::PayoutReport;
    /// use pacioli::{Ledger, PayoutId, Zone};
    ///
    /// let ledger = Ledger::open("shop.redb")?;
    /// let report = PayoutReport::of(&ledger.view()?, PayoutId(1), &Zone::named("Africa/Nairobi")?)?;
    /// assert!(report.sums.is_whole());
    /// println!("{report}");
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BatchNotFound`](crate::Rejection::BatchNotFound) when there is no such payout.
    pub fn of(view: &View, payout: PayoutId, zone: &Zone) -> Result<Self, Error> {
        let found = view.payout(payout)?;
        let (payout, items) = (found.payout, found.items);
        let (book, currency) = (view.book(payout.book)?, payout.currency);
        let mut states: BTreeMap<PayoutItemState, (u64, i128)> = BTreeMap::new();
        for item in &items {
            let (count, sum) = states.entry(item.state).or_default();
            *count += 1;
            *sum += item.amount.signed();
        }
        let states = states.into_iter();
        let states = states.map(|(state, (count, sum))| Ok(StateTotal { state, count, sum: currency.minor(sum)? }));
        Ok(Self {
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            states: states.collect::<Result<_, Error>>()?,
            sums: Sums::of_items(&payout, &items).shown(currency)?,
            items: items.into_iter().map(|item| line(item, currency)).collect(),
            payout: payout.id,
            tracking_id: payout.tracking_id,
            client: payout.client,
            source: payout.source,
            source_number: payout.source.number(),
            book: book.id,
            book_name: book.name,
            currency,
            provider: payout.provider,
            state: payout.state,
            reason: payout.reason,
            // Each of a few dozen devices signs once.
            signatures: payout.approvals.len() as u64,
            signatures_needed: payout.approvers.needed,
            initiated_at: payout.initiated_at,
            expires_at: payout.expires_at,
            zone: zone.clone(),
            text_scale: book.text_scale,
        })
    }
}

fn line(item: PayoutItem, currency: Currency) -> PayoutLine {
    // A charge that was held is within the range of amounts.
    let charge = |charge: Charge| currency.amount(charge.total().unwrap_or_default());
    PayoutLine {
        item: item.id,
        request_reference_id: item.request_reference_id,
        beneficiary: match &item.beneficiary {
            Beneficiary::External(party) => party.display.clone(),
            Beneficiary::Account(account) => account.number().to_string(),
        },
        name: item.name,
        reference: item.reference,
        amount: currency.amount(item.amount),
        charge_estimate: charge(item.charge),
        actual_charge: item.actual_charge.map(charge),
        state: item.state,
        code: item.code,
        reason: item.reason,
        settled_in: item.settled_in,
        changed_at: item.changed_at,
    }
}
