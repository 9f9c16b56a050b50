//! What happens to a book's chart: its sets of accounts and its list of allowed flows.

use serde::{Deserialize, Serialize};

use super::{AccountSetChange, Flows, NewAccountSet, SetId};

/// What happened to a book's chart.
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
