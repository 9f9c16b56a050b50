//! For the host's own tests, behind the feature `testing`: a ledger in memory whose clock is set and whose store fails
//! when told to, sequences of valid commands, and [`assert_balanced!`](crate::assert_balanced).
//!
//! ```
//! use pacioli::testing::{TestLedger, scenarios};
//! use pacioli::assert_balanced;
//! use proptest::prelude::*;
//!
//! let ledger = TestLedger::new()?;
//! // What the host does with its ledger comes here.
//! assert_balanced!(ledger);
//!
//! // In a test, behind `#[test]`: the books balance whatever is done.
//! proptest!(ProptestConfig::with_cases(4), |(scenario in scenarios(0..20))| {
//!     let ledger = TestLedger::new().unwrap();
//!     scenario.run(&ledger).unwrap();
//!     assert_balanced!(ledger);
//! });
//! # Ok::<(), pacioli::Error>(())
//! ```
//!
//! Files in reading order: `ledger`, `balanced`, `scenario`.

mod balanced;
mod ledger;
mod scenario;

pub use crate::store::faults;
pub use balanced::{Imbalance, balanced, judged};
pub use ledger::TestLedger;
pub use scenario::{Scenario, scenarios, sums};
