//! Devices and payouts, as they stood at the view's sequence.

use std::ops::ControlFlow;

use serde::Serialize;

use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page};
use super::reader::Reader;
use super::records::ids;
use crate::layout::keys::{CLIENT_DEVICES, CLIENT_PAYOUTS};
use crate::layout::load;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{
    ClientId, Device, DeviceId, Payout, PayoutId, PayoutItem, PayoutItemId, PayoutPreview, PayoutState, TrackingId,
};
use crate::rules::{Place, Record, Rejection};
use crate::store::Order;

/// A payout with its items, all of one moment.
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
/// let payout = ledger.view()?.payout(preview.payout)?;
/// assert_eq!((payout.payout.state, payout.items.len()), (PayoutState::PreviewAndApprove, 1));
/// assert_eq!(payout.item(1).map(|item| item.amount), Some(book.amount("60")?));
/// // What is to be signed, again, for a device that asks later.
/// assert_eq!(payout.preview(), preview);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutView {
    /// The payout.
    pub payout: Payout,
    /// Its items, in order.
    pub items: Vec<PayoutItem>,
    ledger: [u8; 16],
}

impl PayoutView {
    /// The payout as it is shown for approval.
    pub fn preview(&self) -> PayoutPreview {
        PayoutPreview::of(self.ledger, &self.payout, &self.items)
    }

    /// An item, by its number from 1.
    pub fn item(&self, number: u16) -> Option<&PayoutItem> {
        self.items.get(usize::from(number).checked_sub(1)?)
    }
}

/// Which payouts are wanted.
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
/// let waiting = PayoutFilter::InState(PayoutState::PreviewAndApprove);
/// assert_eq!(ledger.view()?.payouts(waiting, Listing::default())?.items[0].id, preview.payout);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayoutFilter {
    /// Every payout.
    All,
    /// Those that stand so.
    InState(PayoutState),
    /// A client's.
    OfClient(ClientId),
    /// A client's that stand so.
    OfClientInState(ClientId, PayoutState),
}

impl PayoutFilter {
    const fn client(self) -> Option<ClientId> {
        match self {
            Self::OfClient(client) | Self::OfClientInState(client, _) => Some(client),
            Self::All | Self::InState(_) => None,
        }
    }

    const fn state(self) -> Option<PayoutState> {
        match self {
            Self::InState(state) | Self::OfClientInState(_, state) => Some(state),
            Self::All | Self::OfClient(_) => None,
        }
    }
}

/// Devices and payouts.
impl View {
    /// A device.
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
    /// let device = ledger.view()?.device(phone)?;
    /// assert_eq!((device.label.as_str(), device.is_active()), ("Njeri's phone", true));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::DeviceNotFound`] when there is none.
    pub fn device(&self, device: DeviceId) -> Result<Device, Error> {
        self.reader().device(device)
    }

    /// A client's devices, in the order of registration.
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
    /// let labels: Vec<_> = ledger.view()?.devices(client)?.into_iter().map(|device| device.label).collect();
    /// assert_eq!(labels, ["Njeri's phone"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::ClientNotFound`] when there is no such client.
    pub fn devices(&self, client: ClientId) -> Result<Vec<Device>, Error> {
        let mut reader = self.reader();
        reader.client(client)?;
        let mut found = Vec::new();
        load::seconds(reader.snapshot()?, CLIENT_DEVICES, client.0, None, Order::Ascending, &mut |device| {
            found.push(DeviceId(device));
            ControlFlow::Continue(())
        })?;
        // Those registered since the view stand at the end.
        let devices = found.into_iter().map(|device| reader.known_device(device)).filter_map(Result::transpose);
        devices.collect()
    }

    /// A payout with its items.
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
    /// let payout = ledger.view()?.payout(preview.payout)?.payout;
    /// assert_eq!((payout.total, payout.pending_total()), (book.amount("60")?, book.amount("60")?));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::BatchNotFound`] when there is none.
    pub fn payout(&self, payout: PayoutId) -> Result<PayoutView, Error> {
        let mut reader = self.reader();
        let record = reader.payout(payout)?.ok_or(Rejection::BatchNotFound { payout })?;
        let items = record.item_ids().map(|id| reader.payout_item(id)).collect::<Result<_, _>>()?;
        Ok(PayoutView { ledger: self.shared().id, payout: record, items })
    }

    /// The payout that the world outside calls by this tracking id, with its items.
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
    /// // The name that was given to the world outside.
    /// let name = preview.tracking_id.to_string();
    /// assert_eq!(ledger.view()?.payout_tracked(&name)?.payout.id, preview.payout);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::BatchNotFound`] when there is none.
    pub fn payout_tracked(&self, tracking_id: &str) -> Result<PayoutView, Error> {
        let missing = |payout| Error::from(Rejection::BatchNotFound { payout });
        let tracking_id: TrackingId = tracking_id.parse().map_err(|_| missing(PayoutId(0)))?;
        let found = self.payout(tracking_id.payout())?;
        if found.payout.tracking_id == tracking_id { Ok(found) } else { Err(missing(tracking_id.payout())) }
    }

    /// One item of a payout.
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
    /// let item = ledger.view()?.payout_item(PayoutItemId::new(preview.payout, 1))?;
    /// assert_eq!((item.state, item.amount), (PayoutItemState::Pending, book.amount("60")?));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::ItemNotFound`] when there is none.
    pub fn payout_item(&self, item: PayoutItemId) -> Result<PayoutItem, Error> {
        self.reader().payout_item(item)
    }

    /// The item that its provider calls by this request reference id.
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
    /// // The provider's callback names the item by what it was told.
    /// let callback = preview.items[0].request_reference_id.to_string();
    /// assert_eq!(ledger.view()?.payout_item_referenced(&callback)?.id, preview.items[0].id);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::ItemNotFound`] when there is none.
    pub fn payout_item_referenced(&self, request_reference_id: &str) -> Result<PayoutItem, Error> {
        let missing = |item| Error::from(Rejection::ItemNotFound { item });
        let reference: Option<TrackingId> = request_reference_id.parse().ok();
        let item = reference.and_then(TrackingId::item).ok_or_else(|| missing(PayoutItemId::default()))?;
        let found = self.payout_item(item)?;
        if Some(found.request_reference_id) == reference { Ok(found) } else { Err(missing(item)) }
    }

    /// Every version of a payout, oldest first: each signature, each step of an item, without the items themselves.
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
    /// ledger.change_payout(PayoutChange::cancel(preview.payout).because("wrong day"))?;
    /// let states: Vec<_> = ledger.view()?.payout_history(preview.payout)?.iter().map(|payout| payout.state).collect();
    /// assert_eq!(states, [PayoutState::PreviewAndApprove, PayoutState::Cancelled]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::BatchNotFound`] when there is none.
    pub fn payout_history(&self, payout: PayoutId) -> Result<Vec<Payout>, Error> {
        let mut reader = self.reader();
        let versions = load::versions(reader.snapshot()?, &Place::Payout(payout), self.sequence())?;
        let records = versions.into_iter().filter_map(|(_, record)| match record {
            Record::Payout(record) => Some((*record).clone()),
            _ => None,
        });
        let history: Vec<_> = records.collect();
        if history.is_empty() { Err(Rejection::BatchNotFound { payout }.into()) } else { Ok(history) }
    }

    /// Payouts without their items, in the order of initiation.
    ///
    /// A state is looked for from the listing's place on, however far that is.
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
    /// let page = ledger.view()?.payouts(PayoutFilter::OfClient(client), Listing::first(20).newest_first())?;
    /// assert_eq!((page.items[0].id, page.items[0].items), (preview.payout, 1));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list; [`Rejection::ClientNotFound`] when the filter names
    /// a client that does not exist.
    pub fn payouts(&self, filter: PayoutFilter, listing: Listing) -> Result<Page<Payout>, Error> {
        let mut reader = self.reader();
        let (kind, subject) = match filter.client() {
            Some(client) => (CursorKind::PayoutsOfClient, client.0),
            None => (CursorKind::Payouts, 0),
        };
        let after = listing.place(kind, subject)?.map(|(payout, _)| payout);
        let candidates: Box<dyn Iterator<Item = u64>> = match filter.client() {
            None => {
                let most = load::counters(reader.snapshot()?)?.payout;
                let last = reader.last_id(most, |id| Place::Payout(PayoutId(id)))?;
                ids(last, after, listing.order)
            }
            Some(client) => {
                reader.client(client)?;
                let (mut found, order) = match listing.order {
                    ListOrder::OldestFirst => (Vec::new(), Order::Ascending),
                    ListOrder::NewestFirst => (Vec::new(), Order::Descending),
                };
                load::seconds(reader.snapshot()?, CLIENT_PAYOUTS, client.0, after, order, &mut |payout| {
                    found.push(payout);
                    ControlFlow::Continue(())
                })?;
                Box::new(found.into_iter())
            }
        };
        let mut payouts = Vec::new();
        for payout in candidates {
            // One initiated since the view is not there.
            let found = reader.payout(PayoutId(payout))?;
            payouts.extend(found.filter(|found| filter.state().is_none_or(|state| found.state == state)));
            if payouts.len() > listing.limit {
                break;
            }
        }
        Ok(Page::cut(payouts, listing.limit, |payout: &Payout| Cursor::new(kind, subject, (payout.id.0, 0))))
    }
}

impl Reader<'_> {
    fn known_device(&mut self, device: DeviceId) -> Result<Option<Device>, Error> {
        match self.record(&Place::Device(device))? {
            Some(Record::Device(record)) => Ok(Some((*record).clone())),
            _ => Ok(None),
        }
    }

    fn device(&mut self, device: DeviceId) -> Result<Device, Error> {
        self.known_device(device)?.ok_or_else(|| Rejection::DeviceNotFound { device }.into())
    }

    pub(super) fn payout(&mut self, payout: PayoutId) -> Result<Option<Payout>, Error> {
        match self.record(&Place::Payout(payout))? {
            Some(Record::Payout(record)) => Ok(Some((*record).clone())),
            _ => Ok(None),
        }
    }

    /// What is still held on a payout's source.
    pub(super) fn held_on_source(&mut self, payout: &Payout) -> Result<i128, Error> {
        let mut held = 0;
        for id in payout.item_ids().filter(|_| payout.is_held()) {
            let item = self.payout_item(id)?;
            if item.state.is_open() {
                held += item.amount.signed() + item.charge.total().unwrap_or_default().signed();
            }
        }
        Ok(held)
    }

    fn payout_item(&mut self, item: PayoutItemId) -> Result<PayoutItem, Error> {
        let found = if item.can_exist() { self.record(&Place::PayoutItem(item))? } else { None };
        match found {
            Some(Record::PayoutItem(record)) => Ok((*record).clone()),
            _ => Err(Rejection::ItemNotFound { item }.into()),
        }
    }
}
