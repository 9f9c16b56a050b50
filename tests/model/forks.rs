//! Forks and events of random ledgers: a fork is the same ledger, and events are the journal's, once and in order.

use pacioli::{ChangeKind, Error, EventId, Hash, Ledger, LedgerEvent, Listing, Sequence, View};

use super::random::Random;

/// Forks at a random entry and at the end; compares both with what the original was there; gives the one at the end.
pub fn forked(ledger: &Ledger, random: &mut Random) -> Ledger {
    // What nobody waited for becomes durable before this begins.
    ledger.simulate(|_| Ok::<_, Error>(())).unwrap();
    let now = ledger.view().unwrap();
    let sequence = Sequence(random.below(now.sequence().0 + 1));
    let early = ledger.fork_at(sequence).unwrap();
    agrees(&ledger.view_at(sequence).unwrap(), &early);
    let fork = now.fork().unwrap();
    agrees(&now, &fork);
    // The original's last commit ends there, so the chain of digests ends in the same.
    assert_eq!(head(&fork), head(ledger));
    told(&now, random);
    fork
}

fn head(ledger: &Ledger) -> Hash {
    let verification = ledger.verify_all().unwrap();
    assert!(verification.is_sound(), "{verification:?}");
    verification.head
}

fn agrees(original: &View, fork: &Ledger) {
    head(fork);
    let fork = fork.view().unwrap();
    assert_eq!((fork.sequence(), fork.recorded_at()), (original.sequence(), original.recorded_at()));
    let mut after = None;
    loop {
        let (ours, theirs) = (original.entries(after, Listing::MOST), fork.entries(after, Listing::MOST));
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert!(ours == theirs, "entries after {after:?}");
        after = ours.items.last().map(|entry| entry.sequence);
        if ours.next.is_none() {
            break;
        }
    }
    for account in (1..).map(pacioli::AccountId) {
        let (Ok(balance), theirs) = (original.balance(account), fork.balance(account)) else { break };
        assert_eq!(theirs.unwrap(), balance);
        assert_eq!(fork.account(account).unwrap(), original.account(account).unwrap());
        // Each line carries its digest, which is made of the entry's.
        let lines = |view: &View| view.activities(account).limit(Listing::MOST).page().unwrap().items;
        let (ours, theirs) = (lines(original), lines(&fork));
        assert!(ours.iter().map(|line| line.activity.hash).eq(theirs.iter().map(|line| line.activity.hash)));
    }
}

/// Every entry's events, once and in order, in pages of any size and from any place.
fn told(view: &View, random: &mut Random) {
    let (mut events, mut after): (Vec<LedgerEvent>, _) = (Vec::new(), EventId::START);
    loop {
        let page = view.events().after(after).limit(1 + random.below(200) as usize).page().unwrap();
        events.extend(page.items);
        after = page.through;
        if !page.more {
            break;
        }
    }
    let mut next = events.iter().peekable();
    for sequence in (1..=view.sequence().0).map(Sequence) {
        let entry = view.entry(sequence).unwrap();
        let mut kinds = Vec::new();
        while let Some(event) = next.next_if(|event| event.id.sequence == sequence) {
            kinds.push(event.change.kind());
            assert_eq!(usize::from(event.id.place), kinds.len());
        }
        match entry.posted() {
            Some(posted) => {
                assert!(matches!(kinds[0], ChangeKind::MoneyMoved | ChangeKind::ReservationChanged));
                assert_eq!(kinds.contains(&ChangeKind::Reversed), posted.reverses.is_some());
            }
            None => assert!(!kinds.contains(&ChangeKind::MoneyMoved)),
        }
    }
    assert_eq!(next.next(), None);
}
