//! Who and what there is: books, clients, accounts, services, devices, limits, sets.

use pacioli::money::{Currency, Rate};
use pacioli::{
    AccountId, AccountSetChange, AccountType, Band, Book, ClientId, Contact, DeviceId, Direction, Fee, FeeBearer,
    Flows, NewAccount, NewAccountSet, NewBook, NewChannel, NewClient, NewDevice, NewLimit, NewMonitor, NewService,
    PublicKey, ServiceId, SystemAccount, Tariff, Tax, Window,
};

use super::stage::{Stage, whole};
use crate::failure::Failure;
use crate::output::Progress;

/// The channel by which the school is paid.
pub(super) const CHANNEL: &str = "M-PESA";

const GIVEN: [&str; 16] = [
    "Amina", "Baraka", "Chebet", "Daudi", "Esther", "Farah", "Grace", "Hassan", "Imani", "Juma", "Kamau", "Leila",
    "Makena", "Njeri", "Otieno", "Pendo",
];
const FAMILY: [&str; 9] = ["Abdi", "Barasa", "Cherono", "Deng", "Kariuki", "Mwangi", "Nabirye", "Odhiambo", "Wanjiru"];

/// Everybody and everything.
pub(super) struct Town {
    pub(super) kes: Book,
    pub(super) usd: Book,
    pub(super) ugx: Book,
    pub(super) sandbox: Book,
    pub(super) people: Vec<Person>,
    pub(super) sellers: Vec<Seller>,
    pub(super) school: Firm,
    pub(super) employer: Firm,
    /// The employer's devices that may sign.
    pub(super) devices: Vec<DeviceId>,
    pub(super) market: Firm,
    /// Somebody who never did any business, and leaves.
    pub(super) leaver: ClientId,
    /// Two accounts to play with.
    pub(super) play: (AccountId, AccountId, ServiceId),
}

/// Somebody with wallets.
pub(super) struct Person {
    pub(super) client: ClientId,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) wallet: AccountId,
    pub(super) dollars: Option<AccountId>,
    pub(super) ugandan: Option<AccountId>,
    /// Free: money in, money out, holds.
    pub(super) wallet_service: ServiceId,
    /// For transfers to others, which cost something.
    pub(super) sending: ServiceId,
    /// For exchanges, in the books of shillings and of dollars.
    pub(super) changing: (ServiceId, Option<ServiceId>),
}

/// Somebody who sells on the marketplace.
pub(super) struct Seller {
    pub(super) name: String,
    pub(super) wallet: AccountId,
    pub(super) sales: ServiceId,
}

/// A business with one account and one service.
pub(super) struct Firm {
    pub(super) client: ClientId,
    pub(super) account: AccountId,
    pub(super) service: ServiceId,
    /// A free one.
    pub(super) float: ServiceId,
}

impl Town {
    pub(super) fn build(stage: &mut Stage, people: u32) -> Result<Self, Failure> {
        let ledger = stage.ledger.clone();
        let book = |book: NewBook, key: &str| ledger.open_book(NewBook { key: Some(key.to_owned()), ..book });
        let kes = book(NewBook::live("town.kes.main", Currency::KES), "book-kes")?;
        let usd = book(NewBook::live("town.usd.main", Currency::USD), "book-usd")?;
        let ugx = book(NewBook::live("town.ugx.main", Currency::UGX), "book-ugx")?;
        let sandbox = book(NewBook::test("town.kes.sandbox", Currency::KES), "book-sandbox")?;
        ledger.define_channel(NewChannel::new(CHANNEL, [Currency::KES]).keyed("channel-mpesa"))?;
        let market = firm(stage, &kes, "Soko Marketplace Ltd", "MARKET", "market:operations")?;
        let sellers = (0..people / 4 + 1).map(|number| Seller::new(stage, &kes, number)).collect::<Result<_, _>>()?;
        let school = firm(stage, &kes, "Uhuru Academy", "FEES", "school:fees")?;
        let employer = firm(stage, &kes, "Jua Kali Works Ltd", "SEND_MONEY", "works:payroll")?;
        let devices = devices(stage, employer.client)?;
        let mut progress = Progress::new("people", u64::from(people));
        let mut inhabitants = Vec::new();
        for number in 0..people {
            inhabitants.push(Person::new(stage, (&kes, &usd, &ugx), number)?);
            progress.at(u64::from(number));
        }
        let leaver = Contact::new("Zawadi Mumo", "zawadi@example.org", "+254700009999");
        let leaver = NewClient::individual("Kenya", leaver).with("branch", "Voi").keyed("client-leaver");
        let leaver = ledger.register_client(leaver)?.id;
        let play = play(stage, &sandbox, market.client)?;
        let town = Self {
            kes,
            usd,
            ugx,
            sandbox,
            people: inhabitants,
            sellers,
            school,
            employer,
            devices,
            market,
            leaver,
            play,
        };
        town.arrange(stage)?;
        Ok(town)
    }

    /// Limits, monitors, sets and flows.
    fn arrange(&self, stage: &mut Stage) -> Result<(), Failure> {
        let ledger = stage.ledger.clone();
        for person in self.people.iter().take(6) {
            let day = Window::DAY.at_offset(180);
            let most = whole(Currency::KES, 4_000)?.amount()?;
            let limit = NewLimit::new(person.client, day).count(2).sum(most).within(self.kes.id);
            ledger.define_limit(limit.keyed(format!("limit-{}", person.client)))?;
        }
        let low = NewMonitor::new(self.employer.account, whole(Currency::KES, 200_000)?);
        ledger.define_monitor(low.direction(Direction::Falling).keyed("monitor-payroll"))?;
        let sellers = NewAccountSet::new(self.kes.id, "sellers").described("Wallets of sellers");
        let sellers = ledger.define_set(sellers.keyed("set-sellers"))?.id;
        let members = AccountSetChange::add(self.sellers.iter().map(|seller| seller.wallet));
        ledger.change_set(sellers, members.keyed("set-sellers-1"))?;
        let market = NewAccountSet::new(self.kes.id, "market").described("The marketplace and its sellers");
        let market = ledger.define_set(market.keyed("set-market"))?.id;
        ledger.change_set(market, AccountSetChange::add([sellers]).keyed("set-market-1"))?;
        ledger.change_set(market, AccountSetChange::add([self.market.account]).keyed("set-market-2"))?;
        let outside = SystemAccount::External.account_type();
        let flows = Flows::of(self.sandbox.id)
            .allow(outside.clone(), AccountType::WORKING)
            .allow(AccountType::WORKING, AccountType::WORKING)
            .allow(AccountType::WORKING, outside);
        ledger.define_flows(flows.keyed("flows-sandbox"))?;
        Ok(())
    }
}

fn firm(stage: &mut Stage, book: &Book, name: &str, product: &str, path: &str) -> Result<Firm, Failure> {
    let ledger = stage.ledger.clone();
    let place = path.split(':').next().unwrap_or_default().to_owned();
    let office = Contact::new(format!("{name}, accounts"), format!("accounts@{place}.example"), "+254700000100");
    let tax_id = format!("P05{:07}X", product.len() * 1_234_567 % 10_000_000);
    let client = NewClient::business(name, "Kenya", tax_id, office).with("branch", "Mombasa");
    let client = ledger.register_client(client.keyed(format!("client-{place}")))?.id;
    let account = NewAccount::new(client, book.id, AccountType::WORKING).named(name).at_path(path).tagged("firm");
    let account = ledger.open_account(account.keyed(format!("account-{place}")))?.id;
    let free = NewService::new(client, book.id, "FLOAT").named("Float").keyed(format!("float-{place}"));
    let float = ledger.define_service(free)?.id;
    let service = NewService::new(client, book.id, product).keyed(format!("service-{place}"));
    let service = match product {
        "SEND_MONEY" => service.tariff(bands(book)?).across_clients(),
        "FEES" => {
            let (least, rate) = (whole(book.currency, 25)?.amount()?, Rate::percent_text("1.5")?);
            let fee = Fee::percentage(rate).at_least(least).at_most(whole(book.currency, 500)?.amount()?);
            service.fee(fee).taxed(vat()?).borne_by(FeeBearer::Payee)
        }
        _ => service.across_clients(),
    };
    let service = ledger.define_service(service.named(product))?.id;
    Ok(Firm { client, account, service, float })
}

fn vat() -> Result<Tax, Failure> {
    Ok(Tax { rate: Rate::percent_text("16")? })
}

/// What sending money outside costs: by bands.
fn bands(book: &Book) -> Result<Tariff, Failure> {
    let mut bands = Vec::new();
    for (up_to, fee) in [(1_000, 25), (10_000, 50), (250_000, 100)] {
        let up_to = Some(whole(book.currency, up_to)?.amount()?);
        bands.push(Band { up_to, fee: Fee::Fixed(whole(book.currency, fee)?.amount()?) });
    }
    Ok(Tariff::Banded(bands))
}

fn devices(stage: &mut Stage, client: ClientId) -> Result<Vec<DeviceId>, Failure> {
    let ledger = stage.ledger.clone();
    let mut devices = Vec::new();
    for (number, label) in (1..).zip(["Director's phone", "Accountant's phone", "Owner's phone"]) {
        let key = PublicKey(stage.signing_key(number).verifying_key().to_bytes());
        devices.push(ledger.register_device(NewDevice::new(client, key, label).keyed(format!("device-{number}")))?.id);
    }
    Ok(devices)
}

fn play(stage: &mut Stage, sandbox: &Book, client: ClientId) -> Result<(AccountId, AccountId, ServiceId), Failure> {
    let ledger = stage.ledger.clone();
    let open = |name: &str| {
        let account = NewAccount::new(client, sandbox.id, AccountType::WORKING).named(name).tagged("play");
        ledger.open_account(account.keyed(format!("play-{name}")))
    };
    let (one, other) = (open("Buyer")?.id, open("Shop")?.id);
    let service = NewService::new(client, sandbox.id, "PLAY").narrative_required(false).keyed("service-play");
    Ok((one, other, ledger.define_service(service)?.id))
}

/// A name that each number has for itself, for a while.
fn name(number: u32) -> String {
    let (given, family) = (number as usize % GIVEN.len(), (number as usize * 5 + number as usize / 16) % FAMILY.len());
    let (given, family) = (GIVEN.get(given), FAMILY.get(family));
    format!("{} {}", given.unwrap_or(&"Njeri"), family.unwrap_or(&"Mwangi"))
}

impl Seller {
    fn new(stage: &mut Stage, book: &Book, number: u32) -> Result<Self, Failure> {
        let ledger = stage.ledger.clone();
        let name = format!("Duka la {}", name(number * 3 + 1));
        let contact = Contact::new(&name, format!("duka{number}@example.org"), format!("+2547110{number:05}"));
        let client = NewClient::individual("Kenya", contact).with("branch", "Kisumu");
        let client = ledger.register_client(client.keyed(format!("seller-{number}")))?.id;
        let wallet = NewAccount::new(client, book.id, AccountType::WORKING).named(&name).at_path("market:sellers");
        let wallet = ledger.open_account(wallet.tagged("seller").keyed(format!("seller-wallet-{number}")))?.id;
        let reserve = NewAccount::new(client, book.id, AccountType::ROLLING_RESERVE).named("Reserve");
        let reserve = reserve.at_path("market:reserves").keyed(format!("seller-reserve-{number}"));
        let reserve = ledger.open_account(reserve)?.id;
        let sales = NewService::new(client, book.id, "SALES")
            .fee(Fee::percentage(Rate::percent_text("2.5")?))
            .taxed(vat()?)
            .borne_by(FeeBearer::Payee)
            .reserving(Rate::percent_text("10")?, Some(7), reserve);
        let sales = ledger.define_service(sales.keyed(format!("seller-sales-{number}")))?.id;
        Ok(Self { name, wallet, sales })
    }
}

impl Person {
    fn new(stage: &mut Stage, (kes, usd, ugx): (&Book, &Book, &Book), number: u32) -> Result<Self, Failure> {
        let ledger = stage.ledger.clone();
        let (name, phone) = (name(number), format!("+2547220{number:05}"));
        let mail = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let branch = ["Mombasa", "Nairobi", "Kisumu"].get(number as usize % 3).copied().unwrap_or_default();
        let client = NewClient::individual("Kenya", Contact::new(&name, mail, &phone)).with("branch", branch);
        let client = ledger.register_client(client.keyed(format!("person-{number}")))?.id;
        let open = |book: &Book, kind: &str| {
            let account = NewAccount::new(client, book.id, AccountType::WORKING).named(format!("{name}, {kind}"));
            ledger.open_account(account.at_path("people").tagged("wallet").keyed(format!("{kind}-{number}")))
        };
        let wallet = open(kes, "shillings")?.id;
        let dollars = if number.is_multiple_of(3) { Some(open(usd, "dollars")?.id) } else { None };
        let ugandan = if number % 4 == 1 { Some(open(ugx, "Ugandan shillings")?.id) } else { None };
        let define = |book: &Book, product: &str, fee: Option<Fee>| -> Result<ServiceId, Failure> {
            let service = NewService::new(client, book.id, product).keyed(format!("{product}-{}-{number}", book.id));
            let service = match fee {
                Some(fee) => service.fee(fee).taxed(vat()?).across_clients(),
                None => service,
            };
            Ok(ledger.define_service(service)?.id)
        };
        let (least, most) = (whole(kes.currency, 5)?.amount()?, whole(kes.currency, 100)?.amount()?);
        let fee = Fee::percentage(Rate::percent_text("1")?).at_least(least).at_most(most);
        let half = || Ok::<_, Failure>(Some(Fee::percentage(Rate::percent_text("0.5")?)));
        let selling = if dollars.is_some() { Some(define(usd, "CHANGE_BACK", half()?)?) } else { None };
        Ok(Self {
            client,
            wallet,
            dollars,
            ugandan,
            wallet_service: define(kes, "WALLET", None)?,
            sending: define(kes, "SEND", Some(fee))?,
            changing: (define(kes, "CHANGE", half()?)?, selling),
            name,
            phone,
        })
    }
}
