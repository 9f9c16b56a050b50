//! The law of the chart: sets of accounts and their members, and lists of allowed flows; and what becomes of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::command::ChartRequest;
use super::desk::{Desk, Name, Place, Record, Refusal};
use super::draft::{Draft, Identity};
use super::lines::in_book;
use super::rejection::Rejection;
use super::{flows, texts};
use crate::model::{
    AccountId, AccountSet, AccountSetChange, ChartEvent, Entry, Event, Flows, Limits, Member, NewAccountSet, SetId,
    SetPath,
};

/// The chart is the operator's: its commands' keys are unique among the operator's.
pub(super) fn identify(given: &ChartRequest) -> Identity<'_> {
    let key = match given {
        ChartRequest::DefineSet(given) => &given.key,
        ChartRequest::ChangeSet(_, given) => &given.key,
        ChartRequest::DefineFlows(given) => &given.key,
    };
    Identity { client: None, key: key.as_deref().map(Into::into) }
}

pub(super) fn decide(desk: &Desk, given: &ChartRequest) -> Result<Draft, Refusal> {
    let event = match given {
        ChartRequest::DefineSet(given) => {
            ChartEvent::SetDefined { given: given.clone(), set: define_set(desk, given)? }
        }
        ChartRequest::ChangeSet(set, given) => {
            change_set(desk, *set, given)?;
            ChartEvent::SetChanged { given: given.clone(), set: *set }
        }
        ChartRequest::DefineFlows(given) => {
            flows::define(desk, given)?;
            ChartEvent::FlowsDefined { given: given.clone() }
        }
    };
    Ok(Draft::recorded(Event::Chart(Box::new(event))))
}

/// Whether a request asks for exactly what an event records.
pub(super) fn repeats(given: &ChartRequest, kept: &ChartEvent) -> bool {
    match (given, kept) {
        (ChartRequest::DefineSet(given), ChartEvent::SetDefined { given: kept, .. }) => given == kept,
        (ChartRequest::ChangeSet(set, given), ChartEvent::SetChanged { given: kept, set: whose }) => {
            given == kept && set == whose
        }
        (ChartRequest::DefineFlows(given), ChartEvent::FlowsDefined { given: kept }) => given == kept,
        _ => false,
    }
}

fn define_set(desk: &Desk, given: &NewAccountSet) -> Result<SetId, Refusal> {
    let book = desk.book(given.book)?.id;
    texts::name("set name", &given.name)?;
    texts::optional_description("description", given.description.as_deref())?;
    if let Some(holder) = desk.holder(Name::Set(book, given.name.clone()))? {
        return Err(Rejection::SetNameTaken { set: SetId(holder) }.into());
    }
    let set = desk.counters.set.checked_add(1).ok_or(Rejection::IdentifiersExhausted)?;
    Ok(SetId(set))
}

/// Those that leave are judged before those that come, each after the ones before it.
fn change_set(desk: &Desk, set: SetId, given: &AccountSetChange) -> Result<(), Refusal> {
    let record = desk.set(set)?;
    let given_in_all = given.remove.len().saturating_add(given.add.len());
    texts::at_most("members", given_in_all, Limits::MEMBERS)?;
    let mut members = Members { desk, record, accounts: BTreeMap::new(), sets: record.sets.iter().copied().collect() };
    for member in &given.remove {
        members.leave(*member)?;
    }
    for member in &given.add {
        members.come(*member)?;
    }
    texts::at_most("sets of a set", members.sets.len(), Limits::SETS)?;
    Ok(())
}

/// A set's members in the course of a change.
struct Members<'a> {
    desk: &'a Desk,
    record: &'a AccountSet,
    /// The accounts that this change has let in or out.
    accounts: BTreeMap<AccountId, bool>,
    sets: BTreeSet<SetId>,
}

impl Members<'_> {
    fn has(&self, member: Member) -> Result<bool, Refusal> {
        match member {
            Member::Set(set) => Ok(self.sets.contains(&set)),
            Member::Account(account) => match self.accounts.get(&account) {
                Some(has) => Ok(*has),
                None => self.desk.is_member(self.record.id, account),
            },
        }
    }

    fn put(&mut self, member: Member, has: bool) {
        match member {
            Member::Account(account) => drop(self.accounts.insert(account, has)),
            Member::Set(set) if has => drop(self.sets.insert(set)),
            Member::Set(set) => drop(self.sets.remove(&set)),
        }
    }

    fn leave(&mut self, member: Member) -> Result<(), Refusal> {
        if !self.has(member)? {
            return Err(Rejection::NotAMember { set: self.record.id, member }.into());
        }
        self.put(member, false);
        Ok(())
    }

    fn come(&mut self, member: Member) -> Result<(), Refusal> {
        let set = self.record.id;
        match member {
            Member::Account(account) => in_book(self.desk, &self.desk.row(account)?.terms, self.record.book)?,
            Member::Set(other) => {
                let given = self.desk.set(other)?.book;
                if given != self.record.book {
                    return Err(Rejection::BookMismatch { expected: self.record.book, given }.into());
                }
            }
        }
        if self.has(member)? {
            return Err(Rejection::AlreadyAMember { set, member }.into());
        }
        if let Member::Set(other) = member
            && let Some(path) = way(self.desk, other, set)?
        {
            return Err(Rejection::SetCycle { set, path }.into());
        }
        self.put(member, true);
        Ok(())
    }
}

/// The shortest way from one set to another by way of members, if there is one. Each set is looked at once.
fn way(desk: &Desk, from: SetId, to: SetId) -> Result<Option<SetPath>, Refusal> {
    // From each set that was met, the one before it.
    let mut before: BTreeMap<SetId, SetId> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(set) = open.pop_front() {
        if set == to {
            let mut path = vec![to];
            let mut at = to;
            while let Some(earlier) = before.get(&at).filter(|_| at != from) {
                path.push(*earlier);
                at = *earlier;
            }
            path.reverse();
            return Ok(Some(SetPath(path)));
        }
        for next in &desk.set(set)?.sets {
            if *next != from && !before.contains_key(next) {
                before.insert(*next, set);
                open.push_back(*next);
            }
        }
    }
    Ok(None)
}

/// Folds what happened to a chart into the desk.
pub(super) fn apply(desk: &mut Desk, event: &ChartEvent, entry: &Entry) {
    match event {
        ChartEvent::SetDefined { given, set } => {
            desk.counters.set = desk.counters.set.max(set.0);
            desk.change(Place::Name(Name::Set(given.book, given.name.clone())), Record::Name(set.0));
            let record = AccountSet {
                id: *set,
                book: given.book,
                name: given.name.clone(),
                description: given.description.clone(),
                sets: Vec::new(),
                accounts: 0,
                defined_at: entry.recorded_at,
                changed_at: entry.recorded_at,
                changed_in: entry.sequence,
            };
            desk.change(Place::Set(*set), Record::Set(Arc::new(record)));
        }
        ChartEvent::SetChanged { given, set } => {
            if let Some(Record::Set(before)) = desk.record(&Place::Set(*set)) {
                let record = changed_set(before, given, entry);
                desk.change(Place::Set(*set), Record::Set(Arc::new(record)));
                let moves = given.remove.iter().map(|member| (member, false));
                for (member, has) in moves.chain(given.add.iter().map(|member| (member, true))) {
                    if let Member::Account(account) = member {
                        desk.change(Place::Member(*set, *account), Record::Member(has));
                    }
                }
            }
        }
        ChartEvent::FlowsDefined { given } => {
            let record = Flows { key: None, ..given.clone() };
            desk.change(Place::Flows(given.book), Record::Flows(Arc::new(record)));
        }
    }
}

fn changed_set(before: &AccountSet, given: &AccountSetChange, entry: &Entry) -> AccountSet {
    let mut sets: BTreeSet<SetId> = before.sets.iter().copied().collect();
    let mut accounts = before.accounts;
    for member in &given.remove {
        match member {
            Member::Account(_) => accounts = accounts.saturating_sub(1),
            Member::Set(set) => drop(sets.remove(set)),
        }
    }
    for member in &given.add {
        match member {
            Member::Account(_) => accounts = accounts.saturating_add(1),
            Member::Set(set) => drop(sets.insert(*set)),
        }
    }
    AccountSet {
        sets: sets.into_iter().collect(),
        accounts,
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
        ..before.clone()
    }
}
