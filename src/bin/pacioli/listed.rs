//! Lists that may be long: how much of one is wanted, and where it goes on.

use pacioli::{Cursor, Error, Listing, Page};

use crate::failure::Failure;

/// How much of a list is wanted, and from where.
#[derive(Debug, clap::Args)]
pub(crate) struct Part {
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Go on where an earlier list stopped.
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
}

impl Part {
    pub(crate) fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Reads pages until enough is there, or the list ends; where it goes on otherwise.
    pub(crate) fn read<T>(
        &self,
        mut page: impl FnMut(Listing) -> Result<Page<T>, Error>,
    ) -> Result<(Vec<T>, Option<Cursor>), Failure> {
        let (mut items, mut next, limit) = (Vec::new(), self.after, self.limit());
        loop {
            let listing = Listing::first(limit.saturating_sub(items.len()));
            let part = page(match next {
                Some(cursor) => listing.after(cursor),
                None => listing,
            })?;
            items.extend(part.items);
            next = part.next;
            if next.is_none() || items.len() >= limit {
                return Ok((items, next));
            }
        }
    }
}

/// Shows every item of a list to `visit`, however long it is.
pub(crate) fn whole<T>(
    mut page: impl FnMut(Listing) -> Result<Page<T>, Error>,
    mut visit: impl FnMut(T),
) -> Result<(), Failure> {
    let mut listing = Listing::first(Listing::MOST);
    loop {
        let part = page(listing)?;
        part.items.into_iter().for_each(&mut visit);
        let Some(next) = part.next else { return Ok(()) };
        listing = Listing::first(Listing::MOST).after(next);
    }
}
