//! The movements of a period, one after another.

use super::period::Period;
use crate::ledger::{Error, Listing, View};
use crate::model::{Entry, Posted};

/// Gives every movement that counts in a period, in the order of the journal, a page of it at a time.
pub(super) fn movements(
    view: &View,
    period: &Period,
    each: &mut dyn FnMut(&Entry, &Posted) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut after = period.reached_after().map(|at| view.sequence_at(at)).transpose()?;
    loop {
        let page = view.entries(after, Listing::MOST)?;
        for entry in &page.items {
            if period.is_over(entry.recorded_at) {
                return Ok(());
            }
            if let Some(posted) = entry.posted().filter(|_| period.counts(entry)) {
                each(entry, posted)?;
            }
        }
        after = page.items.last().map(|entry| entry.sequence).or(after);
        if page.next.is_none() {
            return Ok(());
        }
    }
}
