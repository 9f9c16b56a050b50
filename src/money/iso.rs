//! The currencies of ISO 4217 and their minor units.
//!
//! A constant never changes its scale, because files are written with it: a code that leaves the standard stays here.

use super::currency::Currency;
use super::of::Unit;

/// Writes one constant and one type for each line, and the list of all of them.
macro_rules! currencies {
    ($($code:ident $scale:literal $name:literal;)*) => {
        /// The ISO 4217 currencies in circulation, with the minor units that the standard gives them.
        ///
        /// Source: ISO 4217, list one. Funds, metals, units of account and test codes are left out.
        impl Currency {
            $(
                #[doc = concat!($name, ": ", $scale, " decimals.")]
                pub const $code: Currency = listed(stringify!($code), $scale);
            )*
        }

        /// Types that stand for the currencies of ISO 4217, for [`Of`](crate::money::Of): `Of<code::KES>`.
        pub mod code {
            $(
                #[doc = concat!($name, ", as a type.")]
                #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
                pub enum $code {}
            )*
        }

        $(impl Unit for code::$code {
            const CURRENCY: Currency = Currency::$code;
        })*

        /// In order of code, so that it can be searched by halves.
        const LIST: &[Currency] = &[$(Currency::$code),*];
    };
}

currencies! {
    AED 2 "United Arab Emirates dirham";
    AFN 2 "Afghani";
    ALL 2 "Albanian lek";
    AMD 2 "Armenian dram";
    AOA 2 "Angolan kwanza";
    ARS 2 "Argentine peso";
    AUD 2 "Australian dollar";
    AWG 2 "Aruban florin";
    AZN 2 "Azerbaijan manat";
    BAM 2 "Bosnia and Herzegovina convertible mark";
    BBD 2 "Barbados dollar";
    BDT 2 "Bangladeshi taka";
    BHD 3 "Bahraini dinar";
    BIF 0 "Burundi franc";
    BMD 2 "Bermudian dollar";
    BND 2 "Brunei dollar";
    BOB 2 "Bolivian boliviano";
    BRL 2 "Brazilian real";
    BSD 2 "Bahamian dollar";
    BTN 2 "Bhutanese ngultrum";
    BWP 2 "Botswana pula";
    BYN 2 "Belarusian ruble";
    BZD 2 "Belize dollar";
    CAD 2 "Canadian dollar";
    CDF 2 "Congolese franc";
    CHF 2 "Swiss franc";
    CLP 0 "Chilean peso";
    CNY 2 "Chinese yuan renminbi";
    COP 2 "Colombian peso";
    CRC 2 "Costa Rican colon";
    CUP 2 "Cuban peso";
    CVE 2 "Cabo Verde escudo";
    CZK 2 "Czech koruna";
    DJF 0 "Djibouti franc";
    DKK 2 "Danish krone";
    DOP 2 "Dominican peso";
    DZD 2 "Algerian dinar";
    EGP 2 "Egyptian pound";
    ERN 2 "Eritrean nakfa";
    ETB 2 "Ethiopian birr";
    EUR 2 "Euro";
    FJD 2 "Fiji dollar";
    FKP 2 "Falkland Islands pound";
    GBP 2 "Pound sterling";
    GEL 2 "Georgian lari";
    GHS 2 "Ghana cedi";
    GIP 2 "Gibraltar pound";
    GMD 2 "Gambian dalasi";
    GNF 0 "Guinean franc";
    GTQ 2 "Guatemalan quetzal";
    GYD 2 "Guyana dollar";
    HKD 2 "Hong Kong dollar";
    HNL 2 "Honduran lempira";
    HTG 2 "Haitian gourde";
    HUF 2 "Hungarian forint";
    IDR 2 "Indonesian rupiah";
    ILS 2 "New Israeli sheqel";
    INR 2 "Indian rupee";
    IQD 3 "Iraqi dinar";
    IRR 2 "Iranian rial";
    ISK 0 "Iceland krona";
    JMD 2 "Jamaican dollar";
    JOD 3 "Jordanian dinar";
    JPY 0 "Japanese yen";
    KES 2 "Kenyan shilling";
    KGS 2 "Kyrgyzstani som";
    KHR 2 "Cambodian riel";
    KMF 0 "Comorian franc";
    KPW 2 "North Korean won";
    KRW 0 "South Korean won";
    KWD 3 "Kuwaiti dinar";
    KYD 2 "Cayman Islands dollar";
    KZT 2 "Kazakhstani tenge";
    LAK 2 "Lao kip";
    LBP 2 "Lebanese pound";
    LKR 2 "Sri Lanka rupee";
    LRD 2 "Liberian dollar";
    LSL 2 "Lesotho loti";
    LYD 3 "Libyan dinar";
    MAD 2 "Moroccan dirham";
    MDL 2 "Moldovan leu";
    MGA 2 "Malagasy ariary";
    MKD 2 "Macedonian denar";
    MMK 2 "Myanmar kyat";
    MNT 2 "Mongolian tugrik";
    MOP 2 "Macao pataca";
    MRU 2 "Mauritanian ouguiya";
    MUR 2 "Mauritius rupee";
    MVR 2 "Maldivian rufiyaa";
    MWK 2 "Malawi kwacha";
    MXN 2 "Mexican peso";
    MYR 2 "Malaysian ringgit";
    MZN 2 "Mozambique metical";
    NAD 2 "Namibia dollar";
    NGN 2 "Nigerian naira";
    NIO 2 "Nicaraguan cordoba";
    NOK 2 "Norwegian krone";
    NPR 2 "Nepalese rupee";
    NZD 2 "New Zealand dollar";
    OMR 3 "Omani rial";
    PAB 2 "Panamanian balboa";
    PEN 2 "Peruvian sol";
    PGK 2 "Papua New Guinean kina";
    PHP 2 "Philippine peso";
    PKR 2 "Pakistan rupee";
    PLN 2 "Polish zloty";
    PYG 0 "Paraguayan guarani";
    QAR 2 "Qatari rial";
    RON 2 "Romanian leu";
    RSD 2 "Serbian dinar";
    RUB 2 "Russian ruble";
    RWF 0 "Rwanda franc";
    SAR 2 "Saudi riyal";
    SBD 2 "Solomon Islands dollar";
    SCR 2 "Seychelles rupee";
    SDG 2 "Sudanese pound";
    SEK 2 "Swedish krona";
    SGD 2 "Singapore dollar";
    SHP 2 "Saint Helena pound";
    SLE 2 "Sierra Leonean leone";
    SOS 2 "Somali shilling";
    SRD 2 "Surinam dollar";
    SSP 2 "South Sudanese pound";
    STN 2 "Sao Tome and Principe dobra";
    SVC 2 "Salvadoran colon";
    SYP 2 "Syrian pound";
    SZL 2 "Swazi lilangeni";
    THB 2 "Thai baht";
    TJS 2 "Tajikistani somoni";
    TMT 2 "Turkmenistan new manat";
    TND 3 "Tunisian dinar";
    TOP 2 "Tongan pa'anga";
    TRY 2 "Turkish lira";
    TTD 2 "Trinidad and Tobago dollar";
    TWD 2 "New Taiwan dollar";
    TZS 2 "Tanzanian shilling";
    UAH 2 "Ukrainian hryvnia";
    UGX 0 "Uganda shilling";
    USD 2 "United States dollar";
    UYU 2 "Uruguayan peso";
    UZS 2 "Uzbekistan sum";
    VED 2 "Venezuelan digital bolivar";
    VES 2 "Venezuelan sovereign bolivar";
    VND 0 "Vietnamese dong";
    VUV 0 "Vanuatu vatu";
    WST 2 "Samoan tala";
    XAF 0 "Central African CFA franc";
    XCD 2 "East Caribbean dollar";
    XCG 2 "Caribbean guilder";
    XOF 0 "West African CFA franc";
    XPF 0 "CFP franc";
    YER 2 "Yemeni rial";
    ZAR 2 "South African rand";
    ZMW 2 "Zambian kwacha";
    ZWG 2 "Zimbabwe gold";
}

impl Currency {
    /// The ISO 4217 currency of this code, in capitals; none when it is not listed here.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// assert_eq!(Currency::iso("KES"), Some(Currency::KES));
    /// assert_eq!(Currency::iso("POINTS"), None);
    /// ```
    pub fn iso(code: &str) -> Option<Currency> {
        let at = LIST.binary_search_by(|listed| listed.code().cmp(code)).ok()?;
        LIST.get(at).copied()
    }
}

/// A line of the list. The compiler evaluates it, so a wrong line does not build and nothing is left to fail later.
#[allow(clippy::panic)]
const fn listed(code: &str, scale: u8) -> Currency {
    match Currency::new(code, scale) {
        Ok(currency) => currency,
        Err(_) => panic!("a listed currency is valid"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_in_order_of_code() {
        assert!(LIST.is_sorted_by(|left, right| left.code() < right.code()));
        assert!(LIST.len() > 150);
    }

    #[test]
    fn every_listed_code_is_found_and_has_three_letters() {
        for currency in LIST {
            assert_eq!(Currency::iso(currency.code()), Some(*currency));
            assert_eq!(currency.to_string().parse(), Ok(*currency));
            assert!(currency.code().bytes().all(|byte| byte.is_ascii_uppercase()));
            assert_eq!(currency.code().len(), 3);
        }
    }

    #[test]
    fn currencies_without_two_decimals_are_these() {
        let with_scale = |scale: u8| -> Vec<&str> {
            let kept = LIST.iter().filter(|currency| currency.scale() == scale);
            kept.map(|currency| currency.code()).collect()
        };
        assert_eq!(with_scale(0).join(" "), "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF");
        assert_eq!(with_scale(3).join(" "), "BHD IQD JOD KWD LYD OMR TND");
        assert_eq!(with_scale(2).len(), LIST.len() - 16 - 7);
    }

    #[test]
    fn unlisted_codes_are_not_found() {
        for code in ["", "kes", "KE", "KESX", "XXX", "AAA", "ZZZ"] {
            assert_eq!(Currency::iso(code), None, "{code}");
        }
    }
}
