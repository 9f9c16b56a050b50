//! What commands are given: the ledger's file, and names of accounts, kinds and days.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use pacioli::store::{RedbOptions, RedbReader};
use pacioli::{
    AccountId, AccountNumber, ChangeKind, Client, ClientId, EntryKind, InvalidId, InvoiceState, Ledger, PayoutState,
    Sequence, Timestamp, View, Zone,
};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Unread, StrDeserializer};

use crate::failure::Failure;

/// A ledger's file, which must exist.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// The ledger's file.
    // A name of its own, since accounts have paths too.
    #[arg(id = "ledger", value_name = "FILE")]
    path: PathBuf,
}

/// The ledger in a file, only read: not a byte changes, unless a crash has left what must be repaired before it is read.
pub(crate) fn read(path: &Path) -> Result<Ledger, Failure> {
    let open = || match RedbReader::open(path, &RedbOptions::default())? {
        Some(reader) => Ledger::builder().over(Arc::new(reader)),
        None => Ledger::builder().existing().open(path),
    };
    open().map_err(|error| Failure::Open { path: path.to_owned(), error })
}

impl Source {
    pub(crate) fn ledger(&self) -> Result<Ledger, Failure> {
        read(&self.path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Which moment of the ledger is looked at: its present end, unless something is said.
#[derive(Debug, clap::Args)]
pub(crate) struct Moment {
    /// Look at the ledger as it was after this entry.
    #[arg(long, value_name = "SEQUENCE", conflicts_with = "as_of")]
    at: Option<Sequence>,
    /// Look at the ledger as it was known at this time: an instant, or the end of a day in UTC.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    as_of: Option<Timestamp>,
}

impl Moment {
    pub(crate) fn view(&self, ledger: &Ledger) -> Result<View, Failure> {
        Ok(match (self.at, self.as_of) {
            (Some(sequence), _) => ledger.view_at(sequence)?,
            (None, Some(time)) => ledger.view_as_of(time)?,
            (None, None) => ledger.view()?,
        })
    }
}

/// A ledger's file, and the moment to look at.
#[derive(Debug, clap::Args)]
pub(crate) struct Seen {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    moment: Moment,
}

impl Seen {
    pub(crate) fn view(&self) -> Result<View, Failure> {
        // The view keeps the ledger open.
        self.moment.view(&self.source.ledger()?)
    }

    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) const fn moment(&self) -> &Moment {
        &self.moment
    }
}

/// Which days are looked at: all of them, unless something is said.
#[derive(Debug, clap::Args)]
pub(crate) struct Days {
    /// The first day, as 2026-11-01.
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// The last day, included.
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// The time zone of days and times: UTC, Africa/Nairobi, +03:00.
    #[arg(long, value_name = "ZONE", default_value = "UTC", allow_hyphen_values = true)]
    pub(crate) zone: Zone,
}

impl Days {
    /// The days of an account's statement of which one is not given: from the day on which the account was opened, to that
    /// of the last entry.
    pub(crate) fn of_account(&self, view: &View, account: AccountId) -> Result<(String, String), Failure> {
        let opened = view.account(account)?.opened_at;
        let day = |given: &Option<String>, at| given.clone().unwrap_or_else(|| self.zone.day_of(at));
        let (mut from, mut to) = (day(&self.from, opened), day(&self.to, view.recorded_at()));
        // Before the account or after the last entry there is nothing, which is no mistake; days sort as texts.
        if self.to.is_none() && to < from {
            to.clone_from(&from);
        }
        if self.from.is_none() && to < from {
            from.clone_from(&to);
        }
        Ok((from, to))
    }
}

/// A time as it is given: 2026-11-30T12:00:00Z, or 2026-11-30 for the last nanosecond of that day in UTC.
fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(day) = Zone::default().days(text, text) {
        return Ok(day.end.plus_ns(-1));
    }
    text.parse().map_err(|_| "a time is written 2026-11-30T12:00:00Z, or 2026-11-30 for its end in UTC".to_owned())
}

/// A client as people name it: its identifier, or its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientName(String);

impl ClientName {
    pub(crate) fn find(&self, view: &View) -> Result<Client, Failure> {
        match self.0.parse().map(ClientId) {
            Ok(id) => Ok(view.client(id)?),
            Err(_) => view.client_coded(&self.0)?.ok_or_else(|| Failure::NoClient(self.0.clone())),
        }
    }
}

impl FromStr for ClientName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// A fact as it is given: `campaign=flood-2026`.
pub(crate) fn fact(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a fact is KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// A name out of a list that serde knows, in capitals or not.
fn named<T: for<'de> Deserialize<'de>>(name: &str) -> Result<T, String> {
    let name: StrDeserializer<'_, Unread> = name.into_deserializer();
    // The message names all that there are.
    T::deserialize(name).map_err(|error| error.to_string())
}

/// An account as people name it: its number from eight digits on, else its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountName(pub(crate) AccountId);

impl FromStr for AccountName {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let named = if text.len() < 8 { text.parse().ok() } else { text.parse().ok().and_then(AccountNumber::account) };
        named.map(Self).ok_or(InvalidId)
    }
}

/// A kind of entry by its name, in capitals or not: `sale`, `payout`, ….
pub(crate) fn kind(name: &str) -> Result<EntryKind, String> {
    named(&name.to_uppercase().replace('-', "_"))
}

/// A kind of change by its name: `money_moved`, `hold-placed`, ….
pub(crate) fn change_kind(name: &str) -> Result<ChangeKind, String> {
    named(&name.to_lowercase().replace('-', "_"))
}

/// Where an invoice stands, by its name: `pending`, `complete`, ….
pub(crate) fn invoice_state(name: &str) -> Result<InvoiceState, String> {
    named(&name.to_uppercase())
}

/// Where a payout stands, by its name: `completed`, `preview and approve`, ….
pub(crate) fn payout_state(name: &str) -> Result<PayoutState, String> {
    let name = name.to_lowercase().replace(['-', '_'], " ");
    let (first, rest) = name.split_at_checked(1).unwrap_or_default();
    named(&format!("{}{rest}", first.to_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_named_by_number_or_identifier() {
        assert_eq!("7".parse(), Ok(AccountName(AccountId(7))));
        assert_eq!("10000007".parse(), Ok(AccountName(AccountId(7))));
        assert_eq!("9999999".parse(), Ok(AccountName(AccountId(9_999_999))));
        for wrong in ["", "x", "-1", "10000000", "00000007"] {
            assert_eq!(wrong.parse::<AccountName>(), Err(InvalidId), "{wrong}");
        }
    }

    #[test]
    fn kinds_are_named_in_capitals_or_not() {
        assert_eq!(kind("sale"), Ok(EntryKind::Sale));
        assert_eq!(kind("SALE"), Ok(EntryKind::Sale));
        assert!(kind("sail").unwrap_err().contains("PAYOUT"));
    }
    #[test]
    fn days_end_with_their_last_nanosecond() {
        assert_eq!(instant("2026-11-30").unwrap().to_string(), "2026-11-30T23:59:59.999999999Z");
        assert_eq!(instant("2026-11-30T12:00:00+03:00").unwrap().to_string(), "2026-11-30T09:00:00Z");
        assert!(instant("yesterday").is_err());
    }

    #[test]
    fn states_and_changes_are_named_as_people_write_them() {
        assert_eq!(payout_state("preview-and-approve"), Ok(PayoutState::PreviewAndApprove));
        assert_eq!(payout_state("Completed"), Ok(PayoutState::Completed));
        assert!(payout_state("").unwrap_err().contains("Cancelled"));
        assert_eq!(change_kind("money-moved"), Ok(ChangeKind::MoneyMoved));
    }
}
