//! Devices and payouts, by calls on the handle.

use super::Ledger;
use super::error::Error;
use super::receipt::Receipt;
use crate::model::{
    Device, DeviceId, NewDevice, NewPayout, PayoutChange, PayoutItemChange, PayoutPreview, RevokeDevice, RotateDevice,
    SignedApproval,
};

/// Devices and payouts.
///
/// A payout is initiated and previewed, signed outside by the private key of a registered device, approved, and then
/// settled item by item:
///
/// ```
/// use ed25519_dalek::{Signer, SigningKey};
/// use pacioli::prelude::*;
/// use pacioli::Expiry;
///
/// # fn main() -> Result<(), Error> {
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?;
/// # let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
/// # let service = ledger.define_service(NewService::new(client.id, book.id, "SEND_MONEY"))?;
/// # ledger.credit(Credit::new(wallet.id, service.id, book.money("1000.00")?, "till-1"))?;
/// // The private key never meets the ledger.
/// let key = SigningKey::from_bytes(&[7; 32]);
/// let public_key = PublicKey(key.verifying_key().to_bytes());
/// let device = ledger.register_device(NewDevice::new(client.id, public_key, "Njeri's laptop"))?;
///
/// let payout = NewPayout::new(device.id, service.id, wallet.id, Provider::MPESA_B2C, Currency::KES)
///     .item(NewPayoutItem::new(Party::shown(PartyKind::Msisdn, "254722000111"), book.money("500.00")?));
/// let preview = ledger.initiate_payout(payout)?;
/// assert_eq!(preview.status, PayoutState::PreviewAndApprove);
///
/// let signature = key.sign(&preview.digest(device.id).0).to_bytes();
/// ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
/// assert_eq!(ledger.view()?.balance(wallet.id)?.available, book.money("500.00")?);
///
/// let item = preview.items[0].id;
/// ledger.change_payout_item(PayoutItemChange::start(item))?;
/// ledger.change_payout_item(PayoutItemChange::settle(item))?;
/// let payout = ledger.view()?.payout(preview.payout)?.payout;
/// assert_eq!((payout.state, payout.paid_total), (PayoutState::Completed, payout.total));
/// # Ok(())
/// # }
/// ```
impl Ledger {
    /// Registers a device that may approve a client's payouts.
    ///
    /// ```
    /// use ed25519_dalek::SigningKey;
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let key = SigningKey::from_bytes(&[7; 32]); // a real one comes from the device's random source
    /// let public_key = PublicKey(key.verifying_key().to_bytes());
    /// let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone").keyed("phone"))?;
    /// assert_eq!((phone.client, phone.is_active()), (client, true));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn register_device(&self, given: NewDevice) -> Result<Device, Error> {
        let receipt = self.execute(given)?;
        self.view()?.device(receipt.device().unwrap_or_default())
    }

    /// Gives a device a new key; the old one approves nothing more.
    ///
    /// ```
    /// use pacioli::prelude::*;
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
    /// let next = SigningKey::from_bytes(&[8; 32]);
    /// let device = ledger.rotate_device(RotateDevice::new(phone, PublicKey(next.verifying_key().to_bytes())))?;
    /// assert_eq!(device.key().map(|key| key.version), Some(2));
    /// assert!(device.keys[0].until.is_some()); // the old key approves nothing more
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn rotate_device(&self, given: RotateDevice) -> Result<Device, Error> {
        let device = given.device;
        self.execute(given)?;
        self.view()?.device(device)
    }

    /// Ends a device.
    ///
    /// ```
    /// use pacioli::prelude::*;
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
    /// let device = ledger.revoke_device(RevokeDevice::new(phone).because("stolen"))?;
    /// assert!(!device.is_active());
    /// let signature = key.sign(&preview.digest(phone).0).to_bytes();
    /// assert!(ledger.approve_payout(SignedApproval::new(preview.payout, signature)).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn revoke_device(&self, given: RevokeDevice) -> Result<Device, Error> {
        let device: DeviceId = given.device;
        self.execute(given)?;
        self.view()?.device(device)
    }

    /// Initiates a payout: prices it, names it, and shows what is to be signed. No money moves.
    ///
    /// ```
    /// use pacioli::prelude::*;
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
    /// let amina = Party::shown(PartyKind::Msisdn, "254722000111");
    /// let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
    ///     .item(NewPayoutItem::new(amina, book.money("60")?).named("Amina"))
    ///     .keyed("friday");
    /// let preview = ledger.initiate_payout(payout)?;
    /// assert_eq!((preview.total, preview.status), (book.money("60")?, PayoutState::PreviewAndApprove));
    /// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("100")?); // nothing is held yet
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn initiate_payout(&self, given: NewPayout) -> Result<PayoutPreview, Error> {
        let receipt = self.execute(given)?;
        Ok(self.view()?.payout(receipt.payout().unwrap_or_default())?.preview())
    }

    /// Approves a payout by a signature; the last one needed holds its total and charges.
    ///
    /// The same approval again is answered with its first receipt.
    ///
    /// ```
    /// use pacioli::prelude::*;
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
    /// // On the device, which has the private key:
    /// let signature = key.sign(&preview.digest(phone).0).to_bytes();
    /// // And here:
    /// ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
    /// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("40")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn approve_payout(&self, given: SignedApproval) -> Result<Receipt, Error> {
        self.execute(given)
    }

    /// Tells what becomes of an item: it is started, settled, fails, is unknown, is cancelled or comes back.
    ///
    /// The same step told again alike is answered with its first receipt.
    ///
    /// ```
    /// use pacioli::prelude::*;
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
    /// let item = preview.items[0].id;
    /// ledger.change_payout_item(PayoutItemChange::start(item))?;
    /// ledger.change_payout_item(PayoutItemChange::fail(item).coded("2001").because("no such number"))?;
    /// let payout = ledger.view()?.payout(preview.payout)?;
    /// assert_eq!((payout.payout.state, payout.items[0].state), (PayoutState::Completed, PayoutItemState::Failed));
    /// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("100")?); // given back
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_payout_item(&self, given: PayoutItemChange) -> Result<Receipt, Error> {
        self.execute(given)
    }

    /// Cancels a payout before it is approved, ends it after, or notes that it expired; [`Ledger::settle_due`] does the
    /// last for every payout that is due.
    ///
    /// ```
    /// use pacioli::prelude::*;
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
    /// // It was approved, and nothing has been sent.
    /// ledger.change_payout(PayoutChange::end(preview.payout).because("wrong list"))?;
    /// assert_eq!(ledger.view()?.payout(preview.payout)?.payout.state, PayoutState::Failed);
    /// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("100")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_payout(&self, given: PayoutChange) -> Result<Receipt, Error> {
        self.execute(given)
    }
}
