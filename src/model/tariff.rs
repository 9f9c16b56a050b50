//! What a service charges: fixed, a percentage with a flat sum, a floor and a cap, or bands; and tax on the fee.

use serde::{Deserialize, Serialize};

use crate::money::{Amount, Rate, Rounding};

/// How a fee follows from the principal. Amounts are minor units of the service's currency.
///
/// ```
/// use pacioli::prelude::*;
///
/// let kes = |text: &str| Currency::KES.money(text)?.amount();
/// let fee = Fee::percentage("1.5%".parse()?);
/// assert_eq!(fee.on(kes("1000")?, Rounding::HalfEven), kes("15")?);
/// // And 30.00 on top, as card payments cost; at most 100.00 together.
/// let fee = Fee::percentage("2.9%".parse()?).plus(kes("30")?).at_most(kes("100")?);
/// assert_eq!(fee.on(kes("1000")?, Rounding::HalfEven), kes("59")?);
/// assert_eq!(fee.on(kes("5000")?, Rounding::HalfEven), kes("100")?);
/// assert_eq!(Fee::fixed(kes("10")?).on(kes("1000")?, Rounding::HalfEven), kes("10")?);
/// # Ok::<(), MoneyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fee {
    /// The same for every amount; zero is a legal fee.
    Fixed(Amount),
    /// A share of the principal and `flat` on top, together at least `floor` and at most `cap`.
    Percentage {
        /// The share.
        rate: Rate,
        /// What comes on top of the share, whatever the principal; often zero.
        flat: Amount,
        /// The least fee, of share and flat sum together.
        floor: Option<Amount>,
        /// The greatest fee, of share and flat sum together.
        cap: Option<Amount>,
    },
}

impl Fee {
    /// The same for every amount.
    pub const fn fixed(amount: Amount) -> Self {
        Self::Fixed(amount)
    }

    /// A share of the principal without flat sum, floor or cap.
    pub const fn percentage(rate: Rate) -> Self {
        Self::Percentage { rate, flat: Amount::ZERO, floor: None, cap: None }
    }

    /// With a flat sum on top. What would pass [`Amount::MAX`] is that, which no movement can pay.
    pub fn plus(self, more: Amount) -> Self {
        match self {
            Self::Fixed(fee) => Self::Fixed(sum(fee, more)),
            Self::Percentage { rate, flat, floor, cap } => Self::Percentage { rate, flat: sum(flat, more), floor, cap },
        }
    }

    /// At least so much, share and flat sum together.
    pub fn at_least(self, least: Amount) -> Self {
        match self {
            Self::Fixed(fee) => Self::Fixed(fee.max(least)),
            Self::Percentage { rate, flat, cap, .. } => Self::Percentage { rate, flat, floor: Some(least), cap },
        }
    }

    /// At most so much, share and flat sum together.
    pub fn at_most(self, most: Amount) -> Self {
        match self {
            Self::Fixed(fee) => Self::Fixed(fee.min(most)),
            Self::Percentage { rate, flat, floor, .. } => Self::Percentage { rate, flat, floor, cap: Some(most) },
        }
    }

    /// The fee on `principal`. Exact but for the rounding named, which is of the share; at most [`Amount::MAX`].
    pub fn on(&self, principal: Amount, rounding: Rounding) -> Amount {
        match self {
            Self::Fixed(fee) => *fee,
            Self::Percentage { rate, flat, floor, cap } => {
                let fee = sum(rate.of(principal, rounding), *flat).max(floor.unwrap_or(Amount::ZERO));
                fee.min(cap.unwrap_or(Amount::MAX))
            }
        }
    }
}

/// Both together, or the greatest amount: as a fee it is refused with any principal, so that nobody pays what is cut off.
fn sum(share: Amount, flat: Amount) -> Amount {
    share.plus(flat).unwrap_or(Amount::MAX)
}

/// One band of a tariff: the fee of principals up to and including `up_to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The greatest principal of the band, inclusive; `None` for the last band, which has no end.
    pub up_to: Option<Amount>,
    /// The band's fee, on the whole principal.
    pub fee: Fee,
}

/// What a service charges for an operation.
///
/// ```
/// use pacioli::prelude::*;
///
/// let kes = |text: &str| Currency::KES.money(text)?.amount();
/// // 10.00 for up to 500.00, 25.00 beyond.
/// let tariff = Tariff::Banded(vec![
///     Band { up_to: Some(kes("500")?), fee: Fee::fixed(kes("10")?) },
///     Band { up_to: None, fee: Fee::fixed(kes("25")?) },
/// ]);
/// let fee = |text| Ok::<_, MoneyError>(tariff.fee(kes(text)?, Rounding::HalfEven));
/// assert_eq!((fee("500")?, fee("500.01")?), (Some(kes("10")?), Some(kes("25")?)));
/// # Ok::<(), MoneyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tariff {
    /// Nothing.
    #[default]
    Free,
    /// One fee for every principal.
    Flat(Fee),
    /// A fee for each band of principals, in ascending order; beyond the last band's end the tariff has no answer.
    Banded(Vec<Band>),
}

impl Tariff {
    /// The fee on `principal`, or `None` where it lies beyond the last band.
    pub fn fee(&self, principal: Amount, rounding: Rounding) -> Option<Amount> {
        match self {
            Self::Free => Some(Amount::ZERO),
            Self::Flat(fee) => Some(fee.on(principal, rounding)),
            Self::Banded(bands) => bands
                .iter()
                .find(|band| band.up_to.is_none_or(|end| principal <= end))
                .map(|band| band.fee.on(principal, rounding)),
        }
    }
}

/// Tax on the fee, on top of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// The share of the fee.
    pub rate: Rate,
}

impl From<Rate> for Tax {
    fn from(rate: Rate) -> Self {
        Self { rate }
    }
}

/// What an operation costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The fee, in minor units.
    pub fee: Amount,
    /// The tax on the fee, in minor units.
    pub tax: Amount,
}

impl Charge {
    /// Fee and tax together, or `None` beyond [`Amount::MAX`].
    pub fn total(&self) -> Option<Amount> {
        self.fee.plus(self.tax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(units: i128) -> Amount {
        Amount::minor(units).unwrap()
    }

    #[test]
    fn bands_express_what_one_fee_cannot() {
        // The send-money samples: 10 and 500 cost 25 each, 10 000 costs 70.
        let tariff = Tariff::Banded(vec![
            Band { up_to: Some(minor(1_000_00)), fee: Fee::Fixed(minor(25_00)) },
            Band { up_to: Some(minor(50_000_00)), fee: Fee::Fixed(minor(70_00)) },
        ]);
        let fee = |units| tariff.fee(minor(units), Rounding::HalfEven);
        assert_eq!(fee(10_00), Some(minor(25_00)));
        assert_eq!(fee(500_00), Some(minor(25_00)));
        assert_eq!(fee(1_000_00), Some(minor(25_00)));
        assert_eq!(fee(10_000_00), Some(minor(70_00)));
        assert_eq!(fee(50_000_01), None);
    }

    #[test]
    fn floor_and_cap_bound_a_percentage() {
        let fee = Fee::percentage(Rate::percent_text("1.5").unwrap()).at_least(minor(50)).at_most(minor(200));
        assert_eq!(fee.on(minor(1_000), Rounding::HalfEven), minor(50));
        assert_eq!(fee.on(minor(10_000), Rounding::HalfEven), minor(150));
        assert_eq!(fee.on(minor(1_000_000), Rounding::HalfEven), minor(200));
    }

    #[test]
    fn flat_sum_comes_on_top_of_the_share_and_within_the_bounds() {
        let on = |fee: &Fee, principal| fee.on(minor(principal), Rounding::HalfEven);
        let card = Fee::percentage(Rate::percent_text("2.9").unwrap()).plus(minor(30));
        assert_eq!([on(&card, 1), on(&card, 1_000), on(&card, 10_000)], [minor(30), minor(59), minor(320)]);
        let bounded = card.at_least(minor(50)).at_most(minor(300));
        assert_eq!([1, 690, 1_000, 10_000].map(|sum| on(&bounded, sum)), [50, 50, 59, 300].map(minor));
        // In whatever order it is said, and more than once.
        let again = Fee::percentage(Rate::percent_text("2.9").unwrap()).at_most(minor(300)).plus(minor(10));
        assert_eq!(again.at_least(minor(50)).plus(minor(20)), bounded);
        // Nothing overflows.
        let whole = Fee::percentage(Rate::percent_text("100").unwrap());
        assert_eq!(whole.clone().plus(minor(1)).on(Amount::MAX, Rounding::Up), Amount::MAX);
        assert_eq!(whole.plus(Amount::MAX).plus(minor(1)).on(minor(1), Rounding::Up), Amount::MAX);
    }

    #[test]
    fn fixed_fee_is_worked_out_when_it_is_said() {
        let fee = Fee::fixed(minor(10));
        assert_eq!(fee.clone().plus(minor(5)), Fee::Fixed(minor(15)));
        assert_eq!(fee.clone().at_least(minor(11)).at_most(minor(20)), Fee::Fixed(minor(11)));
        assert_eq!(fee.clone().at_least(minor(9)).at_most(minor(8)), Fee::Fixed(minor(8)));
        assert_eq!(fee.plus(Amount::MAX), Fee::Fixed(Amount::MAX));
    }
}
