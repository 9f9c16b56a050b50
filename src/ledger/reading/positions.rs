//! What exchanging has left in each book, and what that is worth in one currency.

use serde::Serialize;

use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, BookId, Mode, SystemAccount};
use crate::money::{Currency, ExchangeRate, Money, MoneyError, Rounding};
use crate::rules::Rejection;

/// What exchanging has left in a book: the balance of its FX position account, as the house sees it.
///
/// In the trial balance the account stands on the credit side while the house is long, and on the debit side while it is
/// short.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
/// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
/// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
/// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
/// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
/// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
/// # ledger.exchange(ten)?;
/// // A client gave 10.00 dollars for 1,295.00 shillings: the house is long of the one and short of the other.
/// let [dollars, shillings] = &ledger.view()?.positions()?[..] else { panic!("two books") };
/// assert_eq!((dollars.bought, dollars.position), (usd.money("10")?, usd.money("10")?));
/// assert_eq!((shillings.sold, shillings.position), (kes.money("1295")?, kes.money("-1295")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Position {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Whether it keeps real money.
    pub mode: Mode,
    /// Its FX position account.
    pub account: AccountId,
    /// What clients have given of the book's currency for other currencies, in all: the account's credits.
    pub bought: Money,
    /// What clients have been given of it, in all: the account's debits.
    pub sold: Money,
    /// `bought` less `sold`: above zero, the house is long of the currency by so much; below, it is short.
    pub position: Money,
}

/// Positions, each converted into one currency. The sum of their values is what exchanging has gained, at these rates.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
/// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
/// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
/// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
/// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
/// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
/// # ledger.exchange(ten)?;
/// // Dollars that were bought at 129.50 are worth 130.00 today.
/// let rates = [(Currency::USD, "130".parse()?)];
/// let worth = ledger.view()?.revaluation(Mode::Live, Currency::KES, &rates, Rounding::HalfEven)?;
/// assert_eq!(worth.positions[0].value, kes.money("1300")?);
/// assert_eq!(worth.gain, kes.money("5")?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Revaluation {
    /// Which books were looked at.
    pub mode: Mode,
    /// The currency that all is converted into.
    pub into: Currency,
    /// How each value was rounded.
    pub rounding: Rounding,
    /// The positions of the books of that mode, in the order of opening.
    pub positions: Vec<RevaluedPosition>,
    /// The sum of the values: above zero a gain, below a loss.
    pub gain: Money,
}

/// A position and what it is worth.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
/// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
/// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
/// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
/// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
/// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
/// # ledger.exchange(ten)?;
/// let rates = [(Currency::USD, "130".parse()?)];
/// let revaluation = ledger.view()?.revaluation(Mode::Live, Currency::KES, &rates, Rounding::HalfEven)?;
/// let dollars = &revaluation.positions[0];
/// assert_eq!((dollars.position.position, dollars.value), (usd.money("10")?, kes.money("1300")?));
/// assert_eq!(dollars.rate, Some("130".parse()?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RevaluedPosition {
    /// The position.
    #[serde(flatten)]
    pub position: Position,
    /// The rate used; `None` where there is no position, so that none was needed.
    pub rate: Option<ExchangeRate>,
    /// What it is worth in the currency asked for.
    pub value: Money,
}

/// Positions.
impl View {
    /// What exchanging has left in each book, live and test, in the order of opening.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
    /// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
    /// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
    /// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
    /// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
    /// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
    /// # ledger.exchange(ten)?;
    /// let open: Vec<_> = ledger.view()?.positions()?.iter().map(|book| book.position.to_string()).collect();
    /// assert_eq!(open, ["USD 10.00", "KES -1295.00"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn positions(&self) -> Result<Vec<Position>, Error> {
        let mut reader = self.reader();
        let mut positions = Vec::new();
        for book in self.books()? {
            let account = book.system(SystemAccount::FxPosition);
            let totals = reader.standing(account)?.balance;
            let (bought, sold) =
                (book.currency.amount(totals.credits_posted), book.currency.amount(totals.debits_posted));
            let position = bought.minus(sold)?;
            positions.push(Position {
                book: book.id,
                name: book.name,
                mode: book.mode,
                account,
                bought,
                sold,
                position,
            });
        }
        Ok(positions)
    }

    /// What the positions of the books of one mode are worth in one currency, at these rates; it changes nothing.
    ///
    /// A rate says how many units of `into` one unit of the currency beside it is worth. Positions in `into` itself, at
    /// whatever number of decimals, need none.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
    /// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
    /// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
    /// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
    /// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
    /// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
    /// # ledger.exchange(ten)?;
    /// let view = ledger.view()?;
    /// let gain = |rate: &str| -> Result<Money, Error> {
    ///     let rates = [(Currency::USD, rate.parse()?)];
    ///     Ok(view.revaluation(Mode::Live, Currency::KES, &rates, Rounding::HalfEven)?.gain)
    /// };
    /// assert_eq!((gain("129.50")?, gain("128")?), (kes.money("0")?, kes.money("-15")?));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`RateRequired`](crate::Rejection::RateRequired) when there is a position without a rate; [`Error::Money`] when a
    /// value or the sum passes [`Amount::MAX`](crate::money::Amount::MAX) minor units.
    pub fn revaluation(
        &self,
        mode: Mode,
        into: Currency,
        rates: &[(Currency, ExchangeRate)],
        rounding: Rounding,
    ) -> Result<Revaluation, Error> {
        let of_mode = self.positions()?.into_iter().filter(|position| position.mode == mode);
        let positions: Vec<RevaluedPosition> =
            of_mode.map(|position| revalued(position, into, rates, rounding)).collect::<Result<_, Error>>()?;
        let gain = positions.iter().try_fold(into.zero(), |sum, position| sum.plus(position.value));
        let gain = gain.map_err(|_| MoneyError::OutOfRange)?;
        Ok(Revaluation { mode, into, rounding, positions, gain })
    }
}

fn revalued(
    position: Position,
    into: Currency,
    rates: &[(Currency, ExchangeRate)],
    rounding: Rounding,
) -> Result<RevaluedPosition, Error> {
    let held = position.position;
    if held.is_zero() {
        return Ok(RevaluedPosition { position, rate: None, value: into.zero() });
    }
    let from = held.currency();
    let known = rates.iter().find(|(currency, _)| currency.code() == from.code()).map(|(_, rate)| *rate);
    let rate = if from.code() == into.code() { Some(ExchangeRate::ONE) } else { known };
    let rate = rate.ok_or(Rejection::RateRequired { from, to: into })?;
    Ok(RevaluedPosition { position, rate: Some(rate), value: rate.convert(held, into, rounding)? })
}
