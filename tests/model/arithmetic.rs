//! The sums of the naive ledger, by long multiplication and long division, so that nothing is shared with the engine's.

use pacioli::money::{Amount, Rate, Rounding};
use pacioli::{Fee, Tariff};

/// `a` times `b` divided by `c`: the whole part and the remainder. The product may have up to 256 bits.
pub fn multiplied_and_divided(a: i128, b: i128, c: i128) -> (i128, i128) {
    if let Some(product) = a.checked_mul(b) {
        return (product / c, product % c);
    }
    // The product in limbs of 32 bits, lowest first.
    let limbs = |figure: i128| (0..4).map(move |at| (figure as u128) >> (32 * at) & 0xFFFF_FFFF);
    let mut product = [0u128; 8];
    for (i, x) in limbs(a).enumerate() {
        let mut carry = 0;
        for (j, y) in limbs(b).enumerate() {
            let sum = product[i + j] + x * y + carry;
            product[i + j] = sum & 0xFFFF_FFFF;
            carry = sum >> 32;
        }
        product[i + 4] += carry;
    }
    let (mut whole, mut rest) = (0u128, 0u128);
    for limb in product.iter().rev() {
        for bit in (0..32).rev() {
            rest = rest * 2 + (limb >> bit & 1);
            whole *= 2;
            if rest >= c as u128 {
                rest -= c as u128;
                whole += 1;
            }
        }
    }
    (whole as i128, rest as i128)
}

/// A share of an amount, rounded.
pub fn share(rate: Rate, of: i128, rounding: Rounding) -> i128 {
    const WHOLE: i128 = 10_000_000_000;
    let (down, rest) = multiplied_and_divided(of, i128::from(rate.parts()), WHOLE);
    rounded(down, rest, WHOLE, rounding)
}

/// A quotient whose division by `by` left a rest, rounded.
pub fn rounded(down: i128, rest: i128, by: i128, rounding: Rounding) -> i128 {
    let up = match rounding {
        Rounding::HalfEven => rest * 2 > by || (rest * 2 == by && down % 2 != 0),
        Rounding::HalfUp => rest * 2 >= by,
        Rounding::HalfDown => rest * 2 > by,
        Rounding::Up => rest != 0,
        Rounding::Down => false,
        _ => unreachable!("a rounding that the model does not know"),
    };
    if up { down + 1 } else { down }
}

/// The fee on a principal, if the tariff has one for it.
pub fn fee(tariff: &Tariff, principal: i128, rounding: Rounding) -> Option<i128> {
    let fee = match tariff {
        Tariff::Free => return Some(0),
        Tariff::Flat(fee) => fee,
        Tariff::Banded(bands) => &bands.iter().find(|band| band.up_to.is_none_or(|end| principal <= end.signed()))?.fee,
    };
    Some(match fee {
        Fee::Fixed(fee) => fee.signed(),
        Fee::Percentage { rate, flat, floor, cap } => {
            let mut fee = (share(*rate, principal, rounding) + flat.signed()).min(Amount::MAX.signed());
            if let Some(floor) = floor {
                fee = fee.max(floor.signed());
            }
            if let Some(cap) = cap {
                fee = fee.min(cap.signed());
            }
            fee
        }
    })
}

/// An amount that is known to be one.
pub fn amount(minor: i128) -> Amount {
    Amount::minor(minor).expect("the model made an amount out of range")
}

#[test]
fn long_multiplication_agrees_with_the_short_one() {
    let most = Amount::MAX.signed();
    assert_eq!(multiplied_and_divided(most, most, most), (most, 0));
    assert_eq!(multiplied_and_divided(most, most - 1, most), (most - 1, 0));
    assert_eq!(multiplied_and_divided(most, 10_000_000_000, 9_999_999_999).0, most + most / 9_999_999_999);
    assert_eq!(multiplied_and_divided(7, 3, 2), (10, 1));
}
