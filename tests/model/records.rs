//! How the naive ledger opens and changes books, account types, clients, accounts and services.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pacioli::money::Amount;
use pacioli::{
    Account, AccountChange, AccountClass, AccountId, AccountStatus, AccountType, AccountTypeRule, Balance, Band,
    Blocks, Book, BookId, Change, Client, ClientChange, ClientId, ClientKind, Commitment, Committed, Contact, Event,
    Fee, Metadata, NewAccount, NewBook, NewClient, NewService, Rejection, Reserve, Service, ServiceChange, ServiceId,
    Side, Tariff,
};

use super::naive::{Judged, Naive, Next};
use super::texts;

/// The codes that the test's ledgers generate: so few that they run out, and some that are no codes at all.
pub fn generated_code(name: &str, id: u64, attempt: u32) -> String {
    if name.contains('!') { "no code".to_owned() } else { format!("GEN_{}", (id * 5 + u64::from(attempt) * 3) % 70) }
}

const GENERATED_AT_MOST: u32 = 64;

/// The accounts of a book's own: type, class and normal side.
const SYSTEM: [(&str, AccountClass, Side); 6] = [
    ("EXTERNAL", AccountClass::Asset, Side::Debit),
    ("FEE_INCOME", AccountClass::Income, Side::Credit),
    ("TAX", AccountClass::Liability, Side::Credit),
    ("FX_POSITION", AccountClass::Asset, Side::Debit),
    ("CLEARING", AccountClass::Asset, Side::Debit),
    ("SUSPENSE", AccountClass::Liability, Side::Credit),
];

/// The types of clients' accounts that need no definition: class, for the operator only, disburses, one of each.
fn built_in(code: &str) -> Option<(AccountClass, bool, bool, bool)> {
    Some(match code {
        "FLOAT_ACCOUNT" | "AVAILABLE_COLLECTIONS" | "HYBRID_ACCOUNT" | "WORKING" | "COMMISSION_TAX_ACCOUNT" => {
            (AccountClass::Liability, false, true, false)
        }
        "ACQUIRER_RESERVE" | "ROLLING_RESERVE" => (AccountClass::Liability, false, false, false),
        "COMMISSION_ACCOUNT" => (AccountClass::Income, false, true, false),
        "SETTLEMENT" => (AccountClass::Liability, true, true, true),
        _ => return None,
    })
}

/// Books and account types.
impl Naive {
    pub fn open_book(&mut self, given: &NewBook, next: Next) -> Judged<Event> {
        texts::name("book name", &given.name)?;
        if given.text_scale > 18 {
            return Err(Rejection::InvalidTextScale { given: given.text_scale, limit: 18 });
        }
        if let Some(book) = self.books.iter().find(|book| book.name == given.name) {
            return Err(Rejection::BookNameTaken { book: book.id });
        }
        let book = BookId(self.books.len() as u64 + 1);
        let system_first = self.next_account();
        for (code, class, normal_side) in SYSTEM {
            let id = self.next_account();
            self.accounts.push(Account {
                id,
                client: None,
                book,
                currency: given.currency,
                account_type: AccountType(Cow::Borrowed(code)),
                class,
                normal_side,
                name: code.to_owned(),
                label: None,
                external_id: None,
                tags: Vec::new(),
                metadata: Metadata::new(),
                path: None,
                blocks: Blocks::default(),
                minimum_balance: Amount::ZERO,
                can_overdraw: true,
                overdraft_limit: None,
                can_disburse: false,
                status: AccountStatus::Active,
                status_description: None,
                extras: pacioli::Extras::NONE,
                opened_at: next.at,
                opened_in: next.sequence,
                changed_at: next.at,
                changed_in: next.sequence,
            });
        }
        self.books.push(Book {
            id: book,
            name: given.name.clone(),
            currency: given.currency,
            mode: given.mode,
            accounts_max: given.accounts_max,
            text_scale: given.text_scale,
            system_first,
            opened_at: next.at,
            opened_in: next.sequence,
            closed_through: None,
        });
        Ok(Event::BookOpened { given: Box::new(given.clone()), book, system_first })
    }

    fn next_account(&self) -> AccountId {
        AccountId(self.accounts.len() as u64 + 1)
    }

    pub fn define_type(&mut self, given: &AccountTypeRule) -> Judged<Event> {
        let code = given.account_type.code();
        texts::code("account type", code)?;
        if self.rule(&given.account_type).is_some() || SYSTEM.iter().any(|(system, _, _)| *system == code) {
            return Err(Rejection::AccountTypeTaken { account_type: given.account_type.clone() });
        }
        self.types.push(given.clone());
        Ok(Event::AccountTypeDefined { given: Box::new(given.clone()) })
    }

    pub fn rule(&self, account_type: &AccountType) -> Option<AccountTypeRule> {
        let Some((class, operator_only, can_disburse, single)) = built_in(account_type.code()) else {
            return self.types.iter().find(|rule| rule.account_type == *account_type).cloned();
        };
        let normal_side = if class == AccountClass::Asset { Side::Debit } else { Side::Credit };
        let account_type = account_type.clone();
        Some(AccountTypeRule { account_type, class, normal_side, operator_only, can_disburse, single })
    }
}

/// Clients.
impl Naive {
    pub fn register_client(&mut self, given: &NewClient, next: Next) -> Judged<Event> {
        texts::name("client name", &given.name)?;
        texts::name("client email", &given.email)?;
        texts::name("client phone", &given.phone)?;
        contact(&given.contact)?;
        texts::name("country", &given.country)?;
        match (&given.tax_id, given.kind) {
            (None, ClientKind::Individual) => {}
            (tax_id, _) => texts::name("tax identifier", tax_id.as_deref().unwrap_or(""))?,
        }
        texts::description_if_any("physical address", &given.physical_address)?;
        texts::description_if_any("logo", &given.logo)?;
        texts::description_if_any("description", &given.description)?;
        texts::metadata(&given.metadata)?;
        let id = ClientId(self.clients.len() as u64 + 1);
        let taken = |code: &str| self.clients.iter().find(|client| client.code == code).map(|client| client.id.0);
        let code = code(&given.code, &given.name, id.0, taken)?;
        let copy = given.clone();
        self.clients.push(Client {
            id,
            code: code.clone(),
            kind: given.kind,
            name: copy.name,
            email: copy.email,
            phone: copy.phone,
            contact: copy.contact,
            tax_id: copy.tax_id,
            country: copy.country,
            active: given.active,
            // An empty personal text is none.
            physical_address: copy.physical_address.filter(|address| !address.is_empty()),
            logo: copy.logo,
            description: copy.description,
            accounts_max: given.accounts_max,
            quotas: BTreeMap::new(),
            limited: false,
            metadata: copy.metadata,
            registered_at: next.at,
            changed_at: next.at,
            changed_in: next.sequence,
            personal: Committed { committed_in: next.sequence, ..Committed::default() },
        });
        let given = Box::new(recorded_client(given));
        Ok(Event::ClientRegistered { given, client: id, code, commitment: Commitment::default() })
    }

    pub fn change_client(&mut self, client: ClientId, given: &ClientChange, next: Next) -> Judged<Event> {
        self.client(client)?;
        texts::name_if_any("client name", &given.name)?;
        texts::name_if_any("client email", &given.email)?;
        texts::name_if_any("client phone", &given.phone)?;
        if let Some(given) = &given.contact {
            contact(given)?;
        }
        let kept = self.client(client)?.metadata.clone();
        let metadata = texts::changed(kept, &given.metadata)?;
        let record = self.client(client)?;
        let (recorded, personal) = recorded_change(given, record.kind);
        if personal && record.personal.erased_at.is_some() {
            return Err(Rejection::ClientErased { client });
        }
        for record in self.clients.iter_mut().filter(|record| record.id == client) {
            set(&mut record.name, &given.name);
            set(&mut record.email, &given.email);
            set(&mut record.phone, &given.phone);
            set(&mut record.contact, &given.contact);
            set(&mut record.active, &given.active);
            change(&mut record.accounts_max, &given.accounts_max);
            record.metadata = metadata.clone();
            if personal {
                record.personal.committed_in = next.sequence;
            }
            (record.changed_at, record.changed_in) = (next.at, next.sequence);
        }
        Ok(Event::ClientChanged { given: Box::new(recorded), client, commitment: personal.then(Commitment::default) })
    }
}

/// What the journal has of a change: everything but the personal texts, and whether there are any.
pub fn recorded_change(given: &ClientChange, kind: ClientKind) -> (ClientChange, bool) {
    let blank = |text: &Option<String>| text.as_ref().map(|_| String::new());
    let (email, phone, contact) = (blank(&given.email), blank(&given.phone), given.contact.as_ref());
    let contact = contact.map(|_| Contact::default());
    let name = if kind == ClientKind::Individual { blank(&given.name) } else { given.name.clone() };
    let personal = email.is_some() || phone.is_some() || contact.is_some();
    let personal = personal || (kind == ClientKind::Individual && name.is_some());
    (ClientChange { name, email, phone, contact, ..given.clone() }, personal)
}

/// What the journal has of a registration: everything but the personal texts.
pub fn recorded_client(given: &NewClient) -> NewClient {
    let mut given = given.clone();
    if given.kind == ClientKind::Individual {
        given.name.clear();
    }
    given.email.clear();
    given.phone.clear();
    given.contact = Contact::default();
    (given.tax_id, given.physical_address) = (None, None);
    given
}

/// Accounts.
impl Naive {
    pub fn open_account(&mut self, given: &NewAccount, next: Next) -> Judged<Event> {
        let book = self.book(given.book)?;
        let client = self.active_client(given.client)?;
        let account_type = || given.account_type.clone();
        if given.account_type.code().len() > 256 {
            return Err(Rejection::MalformedCode { field: "account type" });
        }
        let Some(rule) = self.rule(&given.account_type) else {
            return Err(Rejection::AccountTypeUnknown { account_type: account_type() });
        };
        if rule.operator_only && !given.provisioned {
            return Err(Rejection::AccountTypeNotOpenable { account_type: account_type() });
        }
        texts::name_if_any("account name", &given.name)?;
        texts::name_if_any("label", &given.label)?;
        texts::name_if_any("external identifier", &given.external_id)?;
        texts::description_if_any("status description", &given.status_description)?;
        texts::few("tags", given.tags.len(), 32)?;
        given.tags.iter().try_for_each(|tag| texts::name("tag", tag))?;
        texts::metadata(&given.metadata)?;
        texts::path(&given.path)?;
        floor(given.minimum_balance, given.can_overdraw, given.overdraft_limit)?;
        let others = || self.accounts.iter().filter(|account| account.client == Some(given.client));
        let open = || others().filter(|account| account.book == given.book && account.status != AccountStatus::Closed);
        if rule.single
            && let Some(only) = open().find(|account| account.account_type == given.account_type)
        {
            return Err(Rejection::SettlementAccountExists { account: only.id });
        }
        let own = client.quotas.get(&book.id).copied().or(client.accounts_max);
        let limit = own.unwrap_or(book.accounts_max);
        if limit != 0 && open().count() as u64 >= u64::from(limit) {
            return Err(Rejection::MaxAccountsReached { book: book.id, limit });
        }
        if given.external_id.is_some()
            && let Some(holder) = self.accounts.iter().find(|account| account.external_id == given.external_id)
        {
            return Err(Rejection::ExternalIdTaken { account: holder.id });
        }
        let label = match &given.label {
            None if others().next().is_none() => Some("default".to_owned()),
            label => label.clone(),
        };
        let id = self.next_account();
        let copy = given.clone();
        let record = Account {
            id,
            client: Some(given.client),
            book: book.id,
            currency: book.currency,
            name: copy.name.unwrap_or(given.account_type.code().to_owned()),
            account_type: copy.account_type,
            class: rule.class,
            normal_side: rule.normal_side,
            label: label.clone(),
            external_id: copy.external_id,
            tags: copy.tags,
            metadata: copy.metadata,
            path: copy.path,
            blocks: Blocks::default(),
            minimum_balance: given.minimum_balance,
            can_overdraw: given.can_overdraw,
            overdraft_limit: given.overdraft_limit,
            can_disburse: given.can_disburse.unwrap_or(rule.can_disburse),
            status: if given.active { AccountStatus::Active } else { AccountStatus::Inactive },
            status_description: copy.status_description,
            extras: pacioli::Extras::NONE,
            opened_at: next.at,
            opened_in: next.sequence,
            changed_at: next.at,
            changed_in: next.sequence,
        };
        self.accounts.push(record);
        Ok(Event::AccountOpened { given: Box::new(given.clone()), account: id, rule: Box::new(rule), label })
    }

    pub fn change_account(&mut self, account: AccountId, given: &AccountChange, next: Next) -> Judged<Event> {
        let record = self.account(account)?;
        if record.status == AccountStatus::Closed {
            return Err(Rejection::AccountClosed { account });
        }
        let grouping = AccountChange {
            path: given.path.clone(),
            tags: given.tags.clone(),
            metadata: given.metadata.clone(),
            key: given.key.clone(),
            ..AccountChange::default()
        };
        if record.client.is_none() && *given != grouping {
            return Err(Rejection::SystemAccountFixed { account });
        }
        texts::name_if_any("account name", &given.name)?;
        texts::name_if_any("label", &given.label.set().cloned())?;
        if let Some(tags) = &given.tags {
            texts::few("tags", tags.len(), 32)?;
            tags.iter().try_for_each(|tag| texts::name("tag", tag))?;
        }
        let metadata = texts::changed(record.metadata.clone(), &given.metadata)?;
        texts::path(&given.path.set().cloned())?;
        texts::description_if_any("reason of a block", &given.debits_blocked.set().cloned())?;
        texts::description_if_any("reason of a block", &given.credits_blocked.set().cloned())?;
        texts::description_if_any("status description", &given.status_description)?;
        let (can_overdraw, limit) = given.overdraft.unwrap_or((record.can_overdraw, record.overdraft_limit));
        floor(given.minimum_balance.unwrap_or(record.minimum_balance), can_overdraw, limit)?;
        if given.status == Some(AccountStatus::Closed) {
            let Balance { debits_pending, credits_pending, .. } = self.balance(account);
            match self.held(record) {
                0 if debits_pending.is_zero() && credits_pending.is_zero() => {}
                0 => return Err(Rejection::AccountInUse { account }),
                balance => return Err(Rejection::AccountNotEmpty { account, balance }),
            }
        }
        for record in self.accounts.iter_mut().filter(|record| record.id == account) {
            set(&mut record.name, &given.name);
            change(&mut record.label, &given.label);
            set(&mut record.tags, &given.tags);
            record.metadata = metadata.clone();
            change(&mut record.path, &given.path);
            change(&mut record.blocks.debits, &given.debits_blocked);
            change(&mut record.blocks.credits, &given.credits_blocked);
            record.extras.blocked_debits = record.blocks.debits.is_some();
            record.extras.blocked_credits = record.blocks.credits.is_some();
            // A new status comes with its reason, or with none.
            if given.status.is_some() || given.status_description.is_some() {
                record.status_description = given.status_description.clone();
            }
            set(&mut record.status, &given.status);
            set(&mut record.minimum_balance, &given.minimum_balance);
            (record.can_overdraw, record.overdraft_limit) = (can_overdraw, limit);
            set(&mut record.can_disburse, &given.can_disburse);
            (record.changed_at, record.changed_in) = (next.at, next.sequence);
        }
        Ok(Event::AccountChanged { given: Box::new(given.clone()), account })
    }
}

/// Services.
impl Naive {
    pub fn define_service(&mut self, given: &NewService, next: Next) -> Judged<Event> {
        let book = self.book(given.book)?;
        self.active_client(given.client)?;
        texts::code("service code", &given.service_code)?;
        texts::name_if_any("service name", &given.name)?;
        tariff(&given.tariff)?;
        limits(given.minimum, given.maximum)?;
        for account in [given.commission_account, given.tax_account, given.pool_account].into_iter().flatten() {
            self.in_book(self.account(account)?, book)?;
        }
        self.keeps_reserve(given.client, given.book, given.reserve)?;
        let same =
            |other: &&Service| other.terms.client == given.client && other.terms.service_code == given.service_code;
        if let Some(other) = self.services.iter().find(same) {
            return Err(Rejection::ServiceCodeTaken { service: other.id });
        }
        let id = ServiceId(self.services.len() as u64 + 1);
        let name = given.name.clone().unwrap_or(given.service_code.clone());
        let taken = |code: &str| self.services.iter().find(|other| other.code == code).map(|other| other.id.0);
        let code = code(&given.code, &name, id.0, taken)?;
        self.services.push(Service {
            id,
            version: 1,
            code: code.clone(),
            name,
            terms: without_key(given),
            limited: false,
            defined_at: next.at,
            changed_at: next.at,
            changed_in: next.sequence,
        });
        Ok(Event::ServiceDefined { given: Box::new(given.clone()), service: id, code })
    }

    pub fn change_service(&mut self, service: ServiceId, given: &ServiceChange, next: Next) -> Judged<Event> {
        let record = self.service(service)?;
        self.active_client(record.terms.client)?;
        let version = record.version + 1;
        texts::name_if_any("service name", &given.name)?;
        if let Some(given) = &given.tariff {
            tariff(given)?;
        }
        if let Some((minimum, maximum)) = given.limits {
            limits(minimum, maximum)?;
        }
        self.keeps_reserve(record.terms.client, record.terms.book, given.reserve.flatten())?;
        for record in self.services.iter_mut().filter(|record| record.id == service) {
            set(&mut record.name, &given.name);
            set(&mut record.terms.operations, &given.operations);
            set(&mut record.terms.tariff, &given.tariff);
            set(&mut record.terms.tax, &given.tax);
            set(&mut record.terms.bearer, &given.bearer);
            set(&mut record.terms.rounding, &given.rounding);
            if let Some((minimum, maximum)) = given.limits {
                (record.terms.minimum, record.terms.maximum) = (minimum, maximum);
            }
            set(&mut record.terms.cross_client, &given.cross_client);
            set(&mut record.terms.refund_fee_on_reversal, &given.refund_fee_on_reversal);
            set(&mut record.terms.reserve, &given.reserve);
            set(&mut record.terms.active, &given.active);
            record.version = version;
            (record.changed_at, record.changed_in) = (next.at, next.sequence);
        }
        Ok(Event::ServiceChanged { given: Box::new(given.clone()), service, version })
    }

    /// The client's own account, in the service's book.
    fn keeps_reserve(&self, client: ClientId, book: BookId, reserve: Option<Reserve>) -> Judged<()> {
        let Some(Reserve { account, .. }) = reserve else { return Ok(()) };
        let record = self.account(account)?;
        if record.client != Some(client) {
            return Err(Rejection::ReserveNotOwned { account });
        }
        self.in_book(record, self.book(book)?)
    }
}

fn change<T: Clone>(kept: &mut Option<T>, given: &Change<T>) {
    match given {
        Change::Keep => {}
        Change::Set(value) => *kept = Some(value.clone()),
        Change::Unset => *kept = None,
    }
}

fn set<T: Clone>(kept: &mut T, given: &Option<T>) {
    if let Some(given) = given {
        *kept = given.clone();
    }
}

fn contact(given: &Contact) -> Judged<()> {
    texts::name("contact name", &given.name)?;
    texts::name("contact email", &given.email)?;
    texts::name("contact phone", &given.phone)
}

/// The code given, or the first generated one that is free.
fn code(given: &Option<String>, name: &str, id: u64, taken: impl Fn(&str) -> Option<u64>) -> Judged<String> {
    let candidates: Vec<String> = match given {
        Some(given) => vec![given.clone()],
        None => (0..GENERATED_AT_MOST).map(|attempt| generated_code(name, id, attempt)).collect(),
    };
    let mut last = 0;
    for candidate in candidates {
        texts::code("code", &candidate)?;
        match taken(&candidate) {
            None => return Ok(candidate),
            Some(holder) => last = holder,
        }
    }
    Err(Rejection::CodeTaken { holder: last })
}

fn floor(minimum: Amount, can_overdraw: bool, limit: Option<Amount>) -> Judged<()> {
    let reason = match (can_overdraw, limit) {
        (true, _) if minimum > Amount::ZERO => "a floor above zero excludes an overdraft",
        (false, Some(_)) => "an overdraft limit needs an overdraft",
        _ => return Ok(()),
    };
    Err(Rejection::InvalidLimits { reason })
}

fn limits(minimum: Option<Amount>, maximum: Option<Amount>) -> Judged<()> {
    if minimum.zip(maximum).is_some_and(|(minimum, maximum)| minimum > maximum) {
        return Err(Rejection::InvalidLimits { reason: "the minimum is above the maximum" });
    }
    Ok(())
}

fn tariff(tariff: &Tariff) -> Judged<()> {
    let bands: &[Band] = match tariff {
        Tariff::Free => &[],
        Tariff::Flat(given) => return fee(given),
        Tariff::Banded(bands) => {
            texts::few("bands", bands.len(), 64)?;
            if bands.is_empty() {
                return Err(Rejection::InvalidFeeDefinition { reason: "a banded tariff needs a band" });
            }
            bands
        }
    };
    // An end that is not there lies beyond every other.
    let ends: Vec<i128> = bands.iter().map(|band| band.up_to.map_or(i128::MAX, Amount::signed)).collect();
    if ends.first().is_some_and(|end| *end == 0) || ends.windows(2).any(|pair| pair[0] >= pair[1]) {
        let reason = "bands must ascend, the last alone without an end";
        return Err(Rejection::InvalidFeeDefinition { reason });
    }
    bands.iter().try_for_each(|band| fee(&band.fee))
}

fn fee(fee: &Fee) -> Judged<()> {
    match fee {
        Fee::Percentage { floor: Some(floor), cap: Some(cap), .. } if floor > cap => {
            Err(Rejection::InvalidFeeDefinition { reason: "the fee's floor is above its cap" })
        }
        Fee::Percentage { flat, cap: Some(cap), .. } if flat > cap => {
            Err(Rejection::InvalidFeeDefinition { reason: "the fee's flat sum is above its cap" })
        }
        _ => Ok(()),
    }
}

/// A service's terms do not keep the key of the command that defined it.
fn without_key(given: &NewService) -> NewService {
    let mut terms = NewService::new(given.client, given.book, given.service_code.clone());
    terms.name.clone_from(&given.name);
    terms.code.clone_from(&given.code);
    terms.operations = given.operations;
    terms.tariff.clone_from(&given.tariff);
    terms.tax = given.tax;
    terms.bearer = given.bearer;
    terms.rounding = given.rounding;
    (terms.minimum, terms.maximum) = (given.minimum, given.maximum);
    terms.cross_client = given.cross_client;
    terms.narrative_required = given.narrative_required;
    terms.refund_fee_on_reversal = given.refund_fee_on_reversal;
    terms.commission_account = given.commission_account;
    terms.tax_account = given.tax_account;
    terms.pool_account = given.pool_account;
    terms.reserve = given.reserve;
    terms.active = given.active;
    terms
}
