//! Money: currencies, exact amounts, rates and allocation. Uses nothing else of the crate.
