//! Instants and identifiers from and to the types of other crates, each behind the feature of its name.
//!
//! What may not fit gives [`InvalidTime`]; every [`Timestamp`] fits into each of the others.

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
use super::time::{InvalidTime, Timestamp};

/// The instant of a count of nanoseconds, if a timestamp reaches that far.
#[cfg(any(feature = "jiff", feature = "time"))]
fn of_ns(ns: i128) -> Result<Timestamp, InvalidTime> {
    i64::try_from(ns).map(Timestamp).map_err(|_| InvalidTime)
}

/// As [`jiff::Timestamp`]. Behind the feature `jiff`.
///
/// ```
/// use pacioli::Timestamp;
///
/// let noon: Timestamp = "2026-11-22T12:00:00Z".parse()?;
/// assert_eq!(jiff::Timestamp::from(noon).to_string(), "2026-11-22T12:00:00Z");
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
#[cfg(feature = "jiff")]
impl From<Timestamp> for jiff::Timestamp {
    fn from(at: Timestamp) -> Self {
        // Its range is the greater.
        Self::from_nanosecond(i128::from(at.0)).unwrap_or_default()
    }
}

/// From [`jiff::Timestamp`]. Behind the feature `jiff`.
///
/// ```
/// use pacioli::Timestamp;
///
/// let noon: jiff::Timestamp = "2026-11-22T12:00:00Z".parse()?;
/// assert_eq!(Timestamp::try_from(noon)?.to_string(), "2026-11-22T12:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "jiff")]
impl TryFrom<jiff::Timestamp> for Timestamp {
    type Error = InvalidTime;

    fn try_from(at: jiff::Timestamp) -> Result<Self, InvalidTime> {
        of_ns(at.as_nanosecond())
    }
}

/// From [`jiff::Zoned`], whose zone is left behind. Behind the feature `jiff`.
///
/// ```
/// use pacioli::Timestamp;
///
/// let noon: jiff::Zoned = "2026-11-22T15:00[Africa/Nairobi]".parse()?;
/// assert_eq!(Timestamp::try_from(&noon)?.to_string(), "2026-11-22T12:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "jiff")]
impl TryFrom<&jiff::Zoned> for Timestamp {
    type Error = InvalidTime;

    fn try_from(at: &jiff::Zoned) -> Result<Self, InvalidTime> {
        at.timestamp().try_into()
    }
}

/// As [`chrono::DateTime`] in UTC. Behind the feature `chrono`.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use pacioli::Timestamp;
///
/// let noon: Timestamp = "2026-11-22T12:00:00Z".parse()?;
/// assert_eq!(DateTime::<Utc>::from(noon).timestamp(), 1_795_348_800);
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
#[cfg(feature = "chrono")]
impl From<Timestamp> for chrono::DateTime<chrono::Utc> {
    fn from(at: Timestamp) -> Self {
        Self::from_timestamp_nanos(at.0)
    }
}

/// From [`chrono::DateTime`] of any zone. Behind the feature `chrono`.
///
/// ```
/// use chrono::DateTime;
/// use pacioli::Timestamp;
///
/// let noon = DateTime::parse_from_rfc3339("2026-11-22T15:00:00+03:00").expect("an instant");
/// assert_eq!(Timestamp::try_from(noon)?.to_string(), "2026-11-22T12:00:00Z");
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
#[cfg(feature = "chrono")]
impl<Z: chrono::TimeZone> TryFrom<chrono::DateTime<Z>> for Timestamp {
    type Error = InvalidTime;

    fn try_from(at: chrono::DateTime<Z>) -> Result<Self, InvalidTime> {
        at.timestamp_nanos_opt().map(Self).ok_or(InvalidTime)
    }
}

/// As [`time::OffsetDateTime`] in UTC. Behind the feature `time`.
///
/// ```
/// use pacioli::Timestamp;
/// use time::OffsetDateTime;
///
/// let noon: Timestamp = "2026-11-22T12:00:00Z".parse()?;
/// assert_eq!(OffsetDateTime::from(noon).hour(), 12);
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
#[cfg(feature = "time")]
impl From<Timestamp> for ::time::OffsetDateTime {
    fn from(at: Timestamp) -> Self {
        // Its range is the greater.
        Self::UNIX_EPOCH.checked_add(::time::Duration::nanoseconds(at.0)).unwrap_or(Self::UNIX_EPOCH)
    }
}

/// From [`time::OffsetDateTime`] of any offset. Behind the feature `time`.
///
/// ```
/// use pacioli::Timestamp;
/// use time::OffsetDateTime;
///
/// assert_eq!(Timestamp::try_from(OffsetDateTime::UNIX_EPOCH)?, Timestamp(0));
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
#[cfg(feature = "time")]
impl TryFrom<::time::OffsetDateTime> for Timestamp {
    type Error = InvalidTime;

    fn try_from(at: ::time::OffsetDateTime) -> Result<Self, InvalidTime> {
        of_ns(at.unix_timestamp_nanos())
    }
}

/// As a [`uuid::Uuid`], of version 8. Behind the feature `uuid`.
///
/// ```
/// use pacioli::prelude::*;
/// use uuid::Uuid;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// let uuid = Uuid::from(preview.tracking_id);
/// assert_eq!((uuid.to_string(), uuid.get_version_num()), (preview.tracking_id.to_string(), 8));
/// assert_eq!(TrackingId::from(uuid), preview.tracking_id);
/// # Ok::<(), Error>(())
/// ```
#[cfg(feature = "uuid")]
impl From<super::TrackingId> for uuid::Uuid {
    fn from(tracking: super::TrackingId) -> Self {
        Self::from_bytes(tracking.0)
    }
}

/// From any [`uuid::Uuid`]; one that the ledger has not given leads to no payout. Behind the feature `uuid`.
#[cfg(feature = "uuid")]
impl From<uuid::Uuid> for super::TrackingId {
    fn from(uuid: uuid::Uuid) -> Self {
        Self(uuid.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
    const INSTANTS: [Timestamp; 5] =
        [Timestamp::MIN, Timestamp(-1), Timestamp(0), Timestamp(1_795_336_200_123_456_789), Timestamp::MAX];

    #[cfg(feature = "jiff")]
    #[test]
    fn instants_of_jiff_come_back() {
        for at in INSTANTS {
            let there = jiff::Timestamp::from(at);
            assert_eq!((there.to_string(), Timestamp::try_from(there)), (at.to_string(), Ok(at)));
            assert_eq!(Timestamp::try_from(&there.to_zoned(jiff::tz::TimeZone::UTC)), Ok(at));
        }
        assert_eq!(Timestamp::try_from(jiff::Timestamp::MAX), Err(InvalidTime));
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn instants_of_chrono_come_back() {
        for at in INSTANTS {
            let there = chrono::DateTime::<chrono::Utc>::from(at);
            assert_eq!(Timestamp::try_from(there), Ok(at));
            let nairobi = chrono::FixedOffset::east_opt(3 * 3_600).unwrap();
            assert_eq!(Timestamp::try_from(there.with_timezone(&nairobi)), Ok(at));
        }
        assert_eq!(Timestamp::try_from(chrono::DateTime::<chrono::Utc>::MAX_UTC), Err(InvalidTime));
    }

    #[cfg(feature = "time")]
    #[test]
    fn instants_of_time_come_back() {
        for at in INSTANTS {
            let there = ::time::OffsetDateTime::from(at);
            assert_eq!((there.unix_timestamp_nanos(), Timestamp::try_from(there)), (i128::from(at.0), Ok(at)));
        }
        let far = ::time::Date::MAX.midnight().assume_utc();
        assert_eq!(Timestamp::try_from(far), Err(InvalidTime));
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn tracking_numbers_are_uuids() {
        let text = "01234567-89ab-8cde-bf01-23456789abcd";
        let tracking: super::super::TrackingId = text.parse().unwrap();
        let uuid = uuid::Uuid::from(tracking);
        assert_eq!((uuid.to_string(), uuid.get_version_num()), (text.to_owned(), 8));
        assert_eq!(super::super::TrackingId::from(uuid), tracking);
    }
}
