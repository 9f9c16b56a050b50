//! What commands are given: the ledger's file, and names of accounts, kinds and days.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use pacioli::{AccountId, AccountNumber, EntryKind, InvalidId, Ledger, View};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Unread, StrDeserializer};

use crate::failure::Failure;

/// A ledger's file, which must exist.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// The ledger's file.
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

impl Source {
    pub(crate) fn ledger(&self) -> Result<Ledger, Failure> {
        let opened = Ledger::builder().existing().open(&self.path);
        opened.map_err(|error| Failure::Open { path: self.path.clone(), error })
    }

    /// The ledger as it is now, with its handle: a view is of no use once the ledger has closed.
    pub(crate) fn view(&self) -> Result<(Ledger, View), Failure> {
        let ledger = self.ledger()?;
        let view = ledger.view()?;
        Ok((ledger, view))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
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
    let name = name.to_uppercase().replace('-', "_");
    let name: StrDeserializer<'_, Unread> = name.as_str().into_deserializer();
    // The message names all kinds that there are.
    EntryKind::deserialize(name).map_err(|error| error.to_string())
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
}
