//! How the naive ledger keeps a chart: sets as lists of members, flows as a list of lists, paths looked for one by one.

use std::collections::BTreeSet;

use pacioli::{
    Account, AccountId, AccountSet, AccountSetChange, AccountType, Book, BookId, ChartEvent, ChartRequest, Event,
    Flows, Member, NewAccountSet, Rejection, SetId, SetPath, Side,
};

use super::naive::{Judged, Naive, Next};
use super::texts;

impl Naive {
    pub fn chart(&mut self, request: &ChartRequest, next: Next) -> Judged<Event> {
        let event = match request {
            ChartRequest::DefineSet(given) => {
                let set = self.define_set(given, next)?;
                ChartEvent::SetDefined { given: given.clone(), set }
            }
            ChartRequest::ChangeSet(set, given) => {
                self.change_set(*set, given, next)?;
                ChartEvent::SetChanged { given: given.clone(), set: *set }
            }
            ChartRequest::DefineFlows(given) => {
                self.define_flows(given)?;
                ChartEvent::FlowsDefined { given: given.clone() }
            }
            _ => unreachable!("a request that the model does not know"),
        };
        Ok(Event::Chart(Box::new(event)))
    }

    fn define_set(&mut self, given: &NewAccountSet, next: Next) -> Judged<SetId> {
        self.book(given.book)?;
        texts::name("set name", &given.name)?;
        texts::description_if_any("description", &given.description)?;
        let mut others = self.sets.iter().filter(|set| set.book == given.book);
        if let Some(holder) = others.find(|set| set.name == given.name) {
            return Err(Rejection::SetNameTaken { set: holder.id });
        }
        let id = SetId(self.sets.len() as u64 + 1);
        self.sets.push(AccountSet {
            id,
            book: given.book,
            name: given.name.clone(),
            description: given.description.clone(),
            sets: Vec::new(),
            accounts: 0,
            defined_at: next.at,
            changed_at: next.at,
            changed_in: next.sequence,
        });
        Ok(id)
    }

    fn set(&self, set: SetId) -> Judged<&AccountSet> {
        self.sets.iter().find(|record| record.id == set).ok_or(Rejection::SetNotFound { set })
    }

    fn change_set(&mut self, set: SetId, given: &AccountSetChange, next: Next) -> Judged<()> {
        let record = self.set(set)?;
        texts::few("members", given.remove.len() + given.add.len(), 1024)?;
        let mut members = self.members.clone();
        for member in &given.remove {
            let place = members.iter().position(|kept| *kept == (set, *member));
            members.remove(place.ok_or(Rejection::NotAMember { set, member: *member })?);
        }
        for member in &given.add {
            match member {
                Member::Account(account) => self.in_book(self.account(*account)?, self.book(record.book)?)?,
                Member::Set(other) => {
                    let other = self.set(*other)?.book;
                    if other != record.book {
                        return Err(Rejection::BookMismatch { expected: record.book, given: other });
                    }
                }
            }
            if members.contains(&(set, *member)) {
                return Err(Rejection::AlreadyAMember { set, member: *member });
            }
            if let Member::Set(other) = member
                && let Some(path) = self.shortest_way(*other, set)
            {
                return Err(Rejection::SetCycle { set, path });
            }
            members.push((set, *member));
        }
        self.members = members;
        let of = |member: &Member| self.members.contains(&(set, *member));
        let sets = self.sets.iter().map(|other| other.id).filter(|other| of(&Member::Set(*other))).collect();
        let mut own = self.members.iter().filter(|(whose, _)| *whose == set).map(|(_, member)| *member);
        let accounts = own.by_ref().filter(|member| matches!(member, Member::Account(_))).count() as u64;
        for record in self.sets.iter_mut().filter(|record| record.id == set) {
            record.sets = Vec::clone(&sets);
            record.accounts = accounts;
            (record.changed_at, record.changed_in) = (next.at, next.sequence);
        }
        Ok(())
    }

    /// Of all ways, the shortest; of those, the one by the earliest sets.
    fn shortest_way(&self, from: SetId, to: SetId) -> Option<SetPath> {
        let (mut ways, mut met) = (vec![vec![from]], BTreeSet::from([from]));
        for _ in 0..=self.sets.len() {
            if let Some(way) = ways.iter().find(|way| way.last() == Some(&to)) {
                return Some(SetPath(way.clone()));
            }
            let further = |way: &Vec<SetId>| {
                let inner = self.set(*way.last().unwrap()).unwrap().sets.clone();
                let way = way.clone();
                inner.into_iter().map(move |set| [way.as_slice(), &[set]].concat())
            };
            ways = ways.iter().flat_map(further).collect();
            // Later ways to where a way leads already are no better.
            ways.retain(|way: &Vec<SetId>| way.last().is_some_and(|last| met.insert(*last)));
        }
        None
    }

    /// Every account of a set, those of its sets too.
    pub fn accounts_of(&self, set: SetId) -> Vec<AccountId> {
        let mut accounts = Vec::new();
        for (_, member) in self.members.iter().filter(|(whose, _)| *whose == set) {
            match member {
                Member::Account(account) => accounts.push(*account),
                Member::Set(inner) => accounts.extend(self.accounts_of(*inner)),
            }
        }
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }

    /// How many accounts of a book stand at a path or below it, and their sums on both sides.
    pub fn held_within(&self, book: BookId, path: &str) -> (u64, i128, i128) {
        let within = |account: &&Account| {
            let below = format!("{path}:");
            account.book == book
                && (path.is_empty()
                    || account.path.as_ref().is_some_and(|at| at.as_str() == path || at.as_str().starts_with(&below)))
        };
        self.accounts.iter().filter(within).fold((0, 0, 0), |(count, debits, credits), account| {
            let stands = self.balance(account.id).posted(Side::Debit);
            (count + 1, debits + stands.max(0), credits - stands.min(0))
        })
    }

    fn define_flows(&mut self, given: &Flows) -> Judged<()> {
        self.book(given.book)?;
        texts::few("allowed flows", given.allowed.len(), 1024)?;
        for account_type in given.allowed.iter().flat_map(|(from, to)| [from, to]) {
            texts::code("account type", account_type.code())?;
            let system = ["EXTERNAL", "FEE_INCOME", "TAX", "FX_POSITION", "CLEARING", "SUSPENSE"];
            if !system.contains(&account_type.code()) && self.rule(account_type).is_none() {
                return Err(Rejection::AccountTypeUnknown { account_type: account_type.clone() });
            }
        }
        self.flows.push(Flows { key: None, ..given.clone() });
        Ok(())
    }

    /// Whether accounts that are debited may pay those that are credited.
    pub fn flow<'a>(
        &self,
        book: &Book,
        payers: impl Iterator<Item = &'a Account>,
        payees: impl Iterator<Item = &'a Account>,
    ) -> Judged<()> {
        let latest = self.flows.iter().rfind(|flows| flows.book == book.id);
        let Some(flows) = latest.filter(|flows| !flows.allowed.is_empty()) else { return Ok(()) };
        let types = |mut types: Vec<AccountType>| {
            types.sort();
            types.dedup();
            types
        };
        let payees = types(payees.map(|account| account.account_type.clone()).collect());
        for from in types(payers.map(|account| account.account_type.clone()).collect()) {
            for to in &payees {
                if !flows.allowed.contains(&(from.clone(), to.clone())) {
                    return Err(Rejection::FlowNotAllowed { from, to: to.clone() });
                }
            }
        }
        Ok(())
    }
}
