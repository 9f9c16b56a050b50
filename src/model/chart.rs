//! What happens to a book's chart: its sets of accounts and its list of allowed flows.

use serde::{Deserialize, Serialize};

use super::{AccountSetChange, Flows, NewAccountSet, SetId};

/// What happened to a book's chart.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{ChartEvent, Event};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let receipt = ledger.execute(NewAccountSet::new(book.id, "tills"))?;
/// let Event::Chart(event) = &receipt.entry().event else { panic!("a set") };
/// assert!(matches!(&**event, ChartEvent::SetDefined { given, .. } if given.name == "tills"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChartEvent {
    /// A set of accounts was defined.
    SetDefined {
        /// As given.
        given: NewAccountSet,
        /// The set.
        set: SetId,
    },
    /// A set's members changed.
    SetChanged {
        /// As given.
        given: AccountSetChange,
        /// The set.
        set: SetId,
    },
    /// A book's list of allowed flows was replaced.
    FlowsDefined {
        /// As given.
        given: Flows,
    },
}
