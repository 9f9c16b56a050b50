//! Sharing an amount out: one share in proportion, or all shares without losing a unit.

use std::cmp::Reverse;

use super::amount::Amount;
use super::currency::MoneyError;

/// The bits in [`Amount::MAX`].
const AMOUNT_BITS: u32 = 96;

/// `amount` times `part` divided by `whole`, rounded down; exact over the whole range, and never more than the amount.
///
/// For a part that stands alone, such as the fee to give back for a partial refund. The caller keeps the remainder:
/// to share out all of an amount, use [`allocate`].
///
/// # Errors
/// [`MoneyError::InvalidProportion`] when the whole is zero or the part is greater than the whole.
///
/// ```
/// use pacioli::money::{Amount, proportion};
///
/// let (fee, refunded, paid) = (Amount::minor(50)?, Amount::minor(333)?, Amount::minor(1_000)?);
/// assert_eq!(proportion(fee, refunded, paid)?.signed(), 16);
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
pub fn proportion(amount: Amount, part: Amount, whole: Amount) -> Result<Amount, MoneyError> {
    if whole.is_zero() || part > whole {
        return Err(MoneyError::InvalidProportion);
    }
    Ok(Amount::within_another(share(amount, part, whole).units))
}

/// Splits `total` by the weights: as many shares, in the order of the weights, that sum to the total exactly.
///
/// Each share is its exact proportion rounded down or up to a minor unit. A weight of zero gets nothing.
///
/// Source: the method of the largest remainder (Hamilton): shares are rounded down, and the units left over go one
/// each to the largest remainders. Our choice: between equal remainders, the earlier weight comes first.
///
/// # Errors
/// [`MoneyError::OutOfRange`] when the weights sum to more than [`Amount::MAX`]; [`MoneyError::NoWeight`] when they sum
/// to zero, or there are none.
///
/// ```
/// use pacioli::money::{Amount, allocate};
///
/// let third = Amount::minor(1)?;
/// let shares = allocate(Amount::minor(100)?, &[third, third, third])?;
/// assert_eq!(shares, [Amount::minor(34)?, Amount::minor(33)?, Amount::minor(33)?]);
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
pub fn allocate(total: Amount, weights: &[Amount]) -> Result<Vec<Amount>, MoneyError> {
    let whole = weights.iter().try_fold(Amount::ZERO, |sum, weight| sum.plus(*weight)).ok_or(MoneyError::OutOfRange)?;
    if whole.is_zero() {
        return Err(MoneyError::NoWeight);
    }
    let mut shares: Vec<Share> = weights.iter().map(|weight| share(total, *weight, whole)).collect();
    // Cannot overflow: shares rounded down sum to at most the total.
    let left_over = total.signed() - shares.iter().map(|share| share.units).sum::<i128>();
    // Fewer units than shares are left over, and fewer than have a remainder: remainders are below the whole.
    let left_over = usize::try_from(left_over).unwrap_or(usize::MAX);

    let mut by_remainder: Vec<&mut Share> = shares.iter_mut().collect();
    // Stable, so equal remainders stay in the order of their weights.
    by_remainder.sort_by_key(|share| Reverse(share.remainder));
    for share in by_remainder.into_iter().take(left_over) {
        share.units += 1;
    }
    let shares = shares.into_iter();
    Ok(shares.map(|share| Amount::within_another(share.units)).collect())
}

/// A proportion rounded down, and what was rounded off, in parts of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    units: i128,
    remainder: i128,
}

/// `amount` times `part` divided by `whole`. The whole is above zero and the part no greater than it.
fn share(amount: Amount, part: Amount, whole: Amount) -> Share {
    match amount.signed().checked_mul(part.signed()) {
        Some(product) => Share { units: product / whole.signed(), remainder: product % whole.signed() },
        None => share_by_bits(amount, part, whole),
    }
}

/// The same by long multiplication, a bit of the amount at a time, dividing as it goes: for products of up to 192 bits.
fn share_by_bits(amount: Amount, part: Amount, whole: Amount) -> Share {
    let (amount, part, whole) = (amount.signed(), part.signed(), whole.signed());
    let (mut units, mut remainder) = (0, 0);
    for bit in (0..AMOUNT_BITS).rev() {
        // Cannot overflow: the units stay within the amount, the remainder below three times the whole.
        units *= 2;
        remainder *= 2;
        if amount >> bit & 1 == 1 {
            remainder += part;
        }
        while remainder >= whole {
            units += 1;
            remainder -= whole;
        }
    }
    Share { units, remainder }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(minor: i128) -> Amount {
        Amount::minor(minor).unwrap()
    }

    fn amounts(minors: &[i128]) -> Vec<Amount> {
        minors.iter().copied().map(amount).collect()
    }

    #[test]
    fn proportion_is_rounded_down() {
        for (of, part, whole, answer) in
            [(100, 1, 3, 33), (100, 2, 3, 66), (100, 3, 3, 100), (100, 0, 3, 0), (0, 1, 3, 0), (1, 999, 1000, 0)]
        {
            let given = proportion(amount(of), amount(part), amount(whole));
            assert_eq!(given, Ok(amount(answer)));
        }
    }

    #[test]
    fn proportion_is_exact_at_the_ends_of_the_range() {
        let most = Amount::MAX;
        let less = amount(most.signed() - 1);
        assert_eq!(proportion(most, most, most), Ok(most));
        assert_eq!(proportion(less, most, most), Ok(less));
        assert_eq!(proportion(most, less, most), Ok(less));
        // (m - 1)^2 / m = m - 2 + 1 / m
        assert_eq!(proportion(less, less, most), Ok(amount(most.signed() - 2)));
        assert_eq!(proportion(most, Amount::ZERO, most), Ok(Amount::ZERO));
    }

    #[test]
    fn proportion_of_no_whole_or_of_more_than_it_is_refused() {
        let refused = Err(MoneyError::InvalidProportion);
        assert_eq!(proportion(amount(1), Amount::ZERO, Amount::ZERO), refused);
        assert_eq!(proportion(amount(1), amount(2), amount(1)), refused);
    }

    #[test]
    fn units_left_over_go_to_the_largest_remainders_then_the_earlier() {
        for (total, weights, answer) in [
            (100, vec![1, 1, 1], vec![34, 33, 33]),
            (101, vec![1, 1, 1], vec![34, 34, 33]),
            (10, vec![1, 2, 4], vec![1, 3, 6]),
            (5, vec![3, 7], vec![2, 3]),
            (1, vec![0, 1, 0], vec![0, 1, 0]),
            (1, vec![0, 1, 1], vec![0, 1, 0]),
            (0, vec![1, 2], vec![0, 0]),
            (7, vec![5], vec![7]),
        ] {
            let given = allocate(amount(total), &amounts(&weights));
            assert_eq!(given, Ok(amounts(&answer)), "{total} by {weights:?}");
        }
    }

    #[test]
    fn allocation_without_weight_or_with_too_much_is_refused() {
        assert_eq!(allocate(amount(1), &[]), Err(MoneyError::NoWeight));
        assert_eq!(allocate(amount(1), &[Amount::ZERO; 2]), Err(MoneyError::NoWeight));
        assert_eq!(allocate(amount(1), &[Amount::MAX, amount(1)]), Err(MoneyError::OutOfRange));
        assert_eq!(allocate(Amount::MAX, &[Amount::MAX]), Ok(vec![Amount::MAX]));
    }

    prop_compose! {
        /// An amount of any size, small ones as likely as great ones.
        fn any_amount()(bits in 0..=AMOUNT_BITS, minor in 0..=Amount::MAX.signed()) -> Amount {
            amount(minor >> (AMOUNT_BITS - bits))
        }
    }

    proptest! {
        #[test]
        fn both_ways_to_multiply_agree(of in 0..=i64::MAX, part in 0..=i64::MAX, more in 0..=i64::MAX) {
            let (of, part, more) = (i128::from(of), i128::from(part), i128::from(more));
            let (of, part, whole) = (amount(of), amount(part), amount(part + more + 1));
            prop_assert_eq!(share(of, part, whole), share_by_bits(of, part, whole));
        }

        #[test]
        fn part_and_rest_miss_the_amount_by_less_than_two(of in any_amount(), a in any_amount(), b in any_amount()) {
            let (part, whole) = (a.min(b), a.max(b));
            prop_assume!(!whole.is_zero());
            let rest = whole.minus(part).unwrap();
            let sum = proportion(of, part, whole).unwrap().plus(proportion(of, rest, whole).unwrap()).unwrap();
            let missing = of.minus(sum).unwrap().signed();
            prop_assert!((0..2).contains(&missing));
        }

        #[test]
        fn allocation_loses_nothing_and_each_share_is_next_to_exact(
            total in any_amount(),
            weights in prop::collection::vec(any_amount(), 1..20),
        ) {
            // A thirty-second of the range at most, so that up to twenty of them sum within it.
            let weights: Vec<Amount> = weights.iter().map(|weight| amount(weight.signed() >> 5)).collect();
            let whole = weights.iter().map(|weight| weight.signed()).sum::<i128>();
            prop_assume!(whole > 0);
            let shares = allocate(total, &weights).unwrap();
            prop_assert_eq!(shares.iter().map(|share| share.signed()).sum::<i128>(), total.signed());
            for (share, weight) in shares.iter().zip(&weights) {
                let floor = proportion(total, *weight, amount(whole)).unwrap().signed();
                prop_assert!((floor..=floor + 1).contains(&share.signed()));
                prop_assert!(!weight.is_zero() || share.is_zero());
            }
        }
    }
}
