//! What became of the sums of payouts.

use serde::Serialize;

use crate::ledger::Error;
use crate::model::{Payout, PayoutItem, PayoutItemState};
use crate::money::{Amount, Currency, Money};

/// What became of the sums of payouts.
///
/// Invariant: `paid`, `failed`, `cancelled` and `pending` together are `total`.
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
/// let sums = Payouts::of(&ledger.view()?, book.id, &Period::all())?.sums;
/// assert_eq!((sums.items, sums.total, sums.pending), (1, book.money("60")?, book.money("60")?));
/// assert!(sums.is_whole()); // paid, failed, cancelled and pending are the total
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutSums {
    /// How many items there are.
    pub items: u64,
    /// What the beneficiaries were to get.
    pub total: Money,
    /// What they were paid, returned since or not.
    pub paid: Money,
    /// What could not be paid.
    pub failed: Money,
    /// What was called off.
    pub cancelled: Money,
    /// What has not come to its end.
    pub pending: Money,
    /// What of the paid sum came back.
    pub returned: Money,
    /// What the items cost by the tariff.
    pub charge_estimate: Money,
    /// What the items paid have cost, less what was given back with returned ones.
    pub actual_charges: Money,
}

impl PayoutSums {
    /// Whether every sum was paid, or failed, or was called off, or is pending: `paid + failed + cancelled + pending =
    /// total`.
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
    /// let sums = PayoutReport::of(&ledger.view()?, preview.payout, &Zone::utc())?.sums;
    /// assert!(sums.is_whole());
    /// assert_eq!((sums.total, sums.pending, sums.paid), (book.money("60")?, book.money("60")?, book.money("0")?));
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn is_whole(&self) -> bool {
        let ends = self.paid.minor() + self.failed.minor() + self.cancelled.minor() + self.pending.minor();
        ends == self.total.minor()
    }
}

/// Sums in the making, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    items: u64,
    total: i128,
    paid: i128,
    failed: i128,
    cancelled: i128,
    pending: i128,
    returned: i128,
    charge_estimate: i128,
    actual_charges: i128,
}

impl Sums {
    /// What a payout's record says.
    pub(super) fn of_record(payout: &Payout) -> Self {
        Self {
            items: payout.items.into(),
            total: payout.total.signed(),
            paid: payout.paid_total.signed(),
            failed: payout.failed_total.signed(),
            cancelled: payout.cancelled_total.signed(),
            pending: payout.pending_total().signed(),
            returned: payout.returned_total.signed(),
            charge_estimate: payout.charge_estimate.signed(),
            actual_charges: payout.actual_charges.signed(),
        }
    }

    /// What a payout's items say. Whether a charge was given back with an item is told by the record alone.
    pub(super) fn of_items(payout: &Payout, items: &[PayoutItem]) -> Self {
        let begun = Self { actual_charges: payout.actual_charges.signed(), ..Self::default() };
        items.iter().fold(begun, |mut sums, item| {
            let amount = item.amount.signed();
            sums.items += 1;
            sums.total += amount;
            sums.charge_estimate += item.charge.total().map_or(0, Amount::signed);
            match item.state {
                PayoutItemState::Pending | PayoutItemState::Processing | PayoutItemState::Unknown => {
                    sums.pending += amount;
                }
                PayoutItemState::Successful => sums.paid += amount,
                PayoutItemState::Returned => {
                    sums.paid += amount;
                    sums.returned += amount;
                }
                PayoutItemState::Failed => sums.failed += amount,
                PayoutItemState::Cancelled => sums.cancelled += amount,
            }
            sums
        })
    }

    /// Cannot overflow: each is below 2^96, and there are fewer payouts than 2^31.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            items: self.items + other.items,
            total: self.total + other.total,
            paid: self.paid + other.paid,
            failed: self.failed + other.failed,
            cancelled: self.cancelled + other.cancelled,
            pending: self.pending + other.pending,
            returned: self.returned + other.returned,
            charge_estimate: self.charge_estimate + other.charge_estimate,
            actual_charges: self.actual_charges + other.actual_charges,
        }
    }

    pub(super) fn shown(self, currency: Currency) -> Result<PayoutSums, Error> {
        Ok(PayoutSums {
            items: self.items,
            total: currency.minor(self.total)?,
            paid: currency.minor(self.paid)?,
            failed: currency.minor(self.failed)?,
            cancelled: currency.minor(self.cancelled)?,
            pending: currency.minor(self.pending)?,
            returned: currency.minor(self.returned)?,
            charge_estimate: currency.minor(self.charge_estimate)?,
            actual_charges: currency.minor(self.actual_charges)?,
        })
    }
}
