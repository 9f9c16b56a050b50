//! A channel: a way in which money is collected, such as M-PESA, and the currencies that it takes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{InvalidId, Sequence, Timestamp};
use crate::money::Currency;

/// A channel's identifier: the sequence of the entry that defined it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelId(pub Sequence);

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ChannelId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A channel to be defined. The ledger sends nothing through it: it only knows what may be collected by it.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// let card = NewChannel::new("CARD", [Currency::KES, Currency::USD]).inactive().keyed("card");
/// let card = ledger.define_channel(card)?; // until the contract is signed
/// assert!(!card.active && card.takes(Currency::USD));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChannel {
    /// What it is called, such as `M-PESA`; unique in the ledger.
    pub code: String,
    /// The currencies that it takes, whatever their scale; at most [`Limits::CURRENCIES`](super::Limits::CURRENCIES).
    pub currencies: Vec<Currency>,
    /// Whether it may be used at once.
    pub active: bool,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewChannel {
    /// An active channel that takes these currencies.
    pub fn new(code: impl Into<String>, currencies: impl IntoIterator<Item = Currency>) -> Self {
        Self { code: code.into(), currencies: currencies.into_iter().collect(), active: true, key: None }
    }

    /// Defines it inactive.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What to change of a channel; what is `None` stays. Invoices that have been issued stay as they are.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// ledger.define_channel(NewChannel::new("CARD", [Currency::KES]))?;
/// let closed = ledger.change_channel("CARD", ChannelChange::active(false).keyed("contract-ended"))?;
/// assert!(!closed.active && closed.takes(Currency::KES));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelChange {
    /// All the currencies that it takes from now on.
    pub currencies: Option<Vec<Currency>>,
    /// Whether it may be used.
    pub active: Option<bool>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl ChannelChange {
    /// Takes these currencies from now on, and no others.
    pub fn taking(currencies: impl IntoIterator<Item = Currency>) -> Self {
        Self { currencies: Some(currencies.into_iter().collect()), ..Self::default() }
    }

    /// Opens it for use, or closes it.
    pub fn active(active: bool) -> Self {
        Self { active: Some(active), ..Self::default() }
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A channel as it stands after its latest change.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// let mpesa = ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
/// // The code counts, not the decimals that a book keeps.
/// assert!(mpesa.takes(Currency::KES.with_scale(4)?));
/// assert_eq!(mpesa.id.to_string(), "1"); // the entry that defined it
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its identifier.
    pub id: ChannelId,
    /// What it is called.
    pub code: String,
    /// The currencies that it takes.
    pub currencies: Vec<Currency>,
    /// Whether it may be used.
    pub active: bool,
    /// When it was defined.
    pub defined_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

impl Channel {
    /// Whether it takes a currency: the code counts, not the scale.
    pub fn takes(&self, currency: Currency) -> bool {
        self.currencies.iter().any(|taken| taken.code() == currency.code())
    }
}
