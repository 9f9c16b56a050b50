//! Parties, counterparties and clients as bytes. Personal texts are never among them, but in their own record.
//!
//! What a request said is written without the texts: of those that may be absent, a `bool` says whether they were given.
//! A client's and a counterparty's record leave theirs out. An individual's name is empty by then, a business's is not.

use super::{Malformed, Reader, UNKNOWN_TAG, Wire};
use crate::model::{
    Client, ClientChange, Commitment, Committed, Contact, Counterparty, CounterpartyChange, NewClient, NewCounterparty,
    Party, PartyEvent, Personal,
};

impl Wire for Commitment {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(reader.bytes(32)?);
        Ok(Self(bytes))
    }
}

impl Wire for Personal {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { previous, salt, texts, given } = self;
        previous.write(out);
        out.extend_from_slice(salt);
        texts.write(out);
        given.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let previous = Wire::read(reader)?;
        let mut salt = [0; 16];
        salt.copy_from_slice(reader.bytes(16)?);
        Ok(Self { previous, salt, texts: Wire::read(reader)?, given: Wire::read(reader)? })
    }
}

impl Wire for Party {
    fn write(&self, out: &mut Vec<u8>) {
        self.kind.write(out);
        self.display.write(out);
        self.counterparty.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let party = Self::shown(Wire::read(reader)?, String::read(reader)?);
        Ok(match Wire::read(reader)? {
            Some(counterparty) => party.of(counterparty),
            None => party,
        })
    }
}

/// Whether an optional text was given; read as an empty one if so.
fn given<T: Default>(reader: &mut Reader<'_>) -> Result<Option<T>, Malformed> {
    Ok(reader.bool()?.then(T::default))
}

super::wire_struct!(Committed { commitment, committed_in, erased_at });

impl Wire for NewClient {
    fn write(&self, out: &mut Vec<u8>) {
        let Self {
            kind, name, email: _, phone: _, contact: _, tax_id: _, country, active, physical_address: _, ..
        } = self;
        let Self { logo, description, code, accounts_max, metadata, key, .. } = self;
        kind.write(out);
        name.write(out);
        country.write(out);
        active.write(out);
        logo.write(out);
        description.write(out);
        code.write(out);
        accounts_max.write(out);
        metadata.write(out);
        key.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        // The fields of a struct expression are read in the order written.
        Ok(Self {
            kind: Wire::read(reader)?,
            name: Wire::read(reader)?,
            country: Wire::read(reader)?,
            active: Wire::read(reader)?,
            logo: Wire::read(reader)?,
            description: Wire::read(reader)?,
            code: Wire::read(reader)?,
            accounts_max: Wire::read(reader)?,
            metadata: Wire::read(reader)?,
            key: Wire::read(reader)?,
            email: String::new(),
            phone: String::new(),
            contact: Contact::default(),
            tax_id: None,
            physical_address: None,
        })
    }
}

impl Wire for ClientChange {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { name, email, phone, contact, active, accounts_max, metadata, key } = self;
        name.write(out);
        email.is_some().write(out);
        phone.is_some().write(out);
        contact.is_some().write(out);
        active.write(out);
        accounts_max.write(out);
        metadata.write(out);
        key.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            name: Wire::read(reader)?,
            email: given(reader)?,
            phone: given(reader)?,
            contact: given(reader)?,
            active: Wire::read(reader)?,
            accounts_max: Wire::read(reader)?,
            metadata: Wire::read(reader)?,
            key: Wire::read(reader)?,
        })
    }
}

impl Wire for Client {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { id, code, kind, name, email: _, phone: _, contact: _, tax_id: _, physical_address: _, .. } = self;
        let Self { country, active, logo, description, accounts_max, quotas, limited, metadata, .. } = self;
        let Self { registered_at, changed_at, changed_in, personal, .. } = self;
        id.write(out);
        code.write(out);
        kind.write(out);
        name.write(out);
        country.write(out);
        active.write(out);
        logo.write(out);
        description.write(out);
        accounts_max.write(out);
        quotas.write(out);
        limited.write(out);
        metadata.write(out);
        registered_at.write(out);
        changed_at.write(out);
        changed_in.write(out);
        personal.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            id: Wire::read(reader)?,
            code: Wire::read(reader)?,
            kind: Wire::read(reader)?,
            name: Wire::read(reader)?,
            country: Wire::read(reader)?,
            active: Wire::read(reader)?,
            logo: Wire::read(reader)?,
            description: Wire::read(reader)?,
            accounts_max: Wire::read(reader)?,
            quotas: Wire::read(reader)?,
            limited: Wire::read(reader)?,
            metadata: Wire::read(reader)?,
            registered_at: Wire::read(reader)?,
            changed_at: Wire::read(reader)?,
            changed_in: Wire::read(reader)?,
            personal: Wire::read(reader)?,
            email: String::new(),
            phone: String::new(),
            contact: Contact::default(),
            tax_id: None,
            physical_address: None,
        })
    }
}

impl Wire for NewCounterparty {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { client, kind, value: _, display, reference, name, email, phone, country, .. } = self;
        let Self { address: _, metadata: _, key, .. } = self;
        client.write(out);
        kind.write(out);
        display.write(out);
        for text in [reference, name, email, phone, country] {
            text.is_some().write(out);
        }
        key.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut read = Self::new(Wire::read(reader)?, Wire::read(reader)?, "");
        read.display = Wire::read(reader)?;
        for text in [&mut read.reference, &mut read.name, &mut read.email, &mut read.phone, &mut read.country] {
            *text = given(reader)?;
        }
        read.key = Wire::read(reader)?;
        Ok(read)
    }
}

impl Wire for CounterpartyChange {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { display, reference, name, email, phone, country, address, metadata: _, key } = self;
        display.write(out);
        for text in [reference, name, email, phone, country] {
            text.is_some().write(out);
        }
        address.is_some().write(out);
        key.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut read = Self { display: Wire::read(reader)?, ..Self::default() };
        for text in [&mut read.reference, &mut read.name, &mut read.email, &mut read.phone, &mut read.country] {
            *text = given(reader)?;
        }
        read.address = given(reader)?;
        read.key = Wire::read(reader)?;
        Ok(read)
    }
}

impl Wire for Counterparty {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { id, client, party, personal, recorded_at, changed_at, changed_in, .. } = self;
        id.write(out);
        client.write(out);
        party.write(out);
        personal.write(out);
        recorded_at.write(out);
        changed_at.write(out);
        changed_in.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            id: Wire::read(reader)?,
            client: Wire::read(reader)?,
            party: Wire::read(reader)?,
            personal: Wire::read(reader)?,
            recorded_at: Wire::read(reader)?,
            changed_at: Wire::read(reader)?,
            changed_in: Wire::read(reader)?,
            value: None,
            reference: None,
            name: None,
            email: None,
            phone: None,
            country: None,
            address: Vec::new(),
            metadata: std::collections::BTreeMap::new(),
        })
    }
}

impl Wire for PartyEvent {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::CounterpartyRecorded { given, counterparty, party, commitment } => {
                out.push(0);
                given.write(out);
                counterparty.write(out);
                party.write(out);
                commitment.write(out);
            }
            Self::CounterpartyChanged { given, counterparty, client, commitment } => {
                out.push(1);
                given.write(out);
                counterparty.write(out);
                client.write(out);
                commitment.write(out);
            }
            Self::CounterpartyErased { counterparty, client } => {
                out.push(2);
                counterparty.write(out);
                client.write(out);
            }
            Self::ClientErased { client } => {
                out.push(3);
                client.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match reader.u8()? {
            0 => Self::CounterpartyRecorded {
                given: Wire::read(reader)?,
                counterparty: Wire::read(reader)?,
                party: Wire::read(reader)?,
                commitment: Wire::read(reader)?,
            },
            1 => Self::CounterpartyChanged {
                given: Wire::read(reader)?,
                counterparty: Wire::read(reader)?,
                client: Wire::read(reader)?,
                commitment: Wire::read(reader)?,
            },
            2 => Self::CounterpartyErased { counterparty: Wire::read(reader)?, client: Wire::read(reader)? },
            3 => Self::ClientErased { client: Wire::read(reader)? },
            _ => return Err(UNKNOWN_TAG),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use crate::model::{ClientId, PartyKind};
    use proptest::prelude::*;

    impl Sample for Commitment {
        fn sample(dice: &mut Dice) -> Self {
            Self([u8::sample(dice); 32])
        }
    }

    impl Sample for Personal {
        fn sample(dice: &mut Dice) -> Self {
            let (previous, salt) = (Sample::sample(dice), [u8::sample(dice); 16]);
            Self { previous, salt, texts: Sample::sample(dice), given: Sample::sample(dice) }
        }
    }

    impl Sample for Party {
        fn sample(dice: &mut Dice) -> Self {
            let party = Self::shown(Sample::sample(dice), String::sample(dice));
            Option::sample(dice).map_or(party.clone(), |counterparty| party.of(counterparty))
        }
    }

    /// As the journal has them: without personal texts.
    impl Sample for NewClient {
        fn sample(dice: &mut Dice) -> Self {
            let mut client = Self::individual(String::sample(dice), Contact::default());
            client.kind = Sample::sample(dice);
            client.name = Sample::sample(dice);
            client.active = Sample::sample(dice);
            client.logo = Sample::sample(dice);
            client.description = Sample::sample(dice);
            client.code = Sample::sample(dice);
            client.accounts_max = Sample::sample(dice);
            client.metadata = Sample::sample(dice);
            client.key = Sample::sample(dice);
            client
        }
    }

    fn was_given<T: Default>(dice: &mut Dice) -> Option<T> {
        bool::sample(dice).then(T::default)
    }

    impl Sample for ClientChange {
        fn sample(dice: &mut Dice) -> Self {
            Self {
                name: Sample::sample(dice),
                email: was_given(dice),
                phone: was_given(dice),
                contact: was_given(dice),
                active: Sample::sample(dice),
                accounts_max: Sample::sample(dice),
                metadata: Sample::sample(dice),
                key: Sample::sample(dice),
            }
        }
    }

    impl Sample for Client {
        fn sample(dice: &mut Dice) -> Self {
            let given = NewClient::sample(dice);
            Self {
                id: Sample::sample(dice),
                code: Sample::sample(dice),
                kind: given.kind,
                name: given.name,
                email: String::new(),
                phone: String::new(),
                contact: Contact::default(),
                tax_id: None,
                country: given.country,
                active: given.active,
                physical_address: None,
                logo: given.logo,
                description: given.description,
                accounts_max: given.accounts_max,
                quotas: Sample::sample(dice),
                limited: Sample::sample(dice),
                metadata: given.metadata,
                registered_at: Sample::sample(dice),
                changed_at: Sample::sample(dice),
                changed_in: Sample::sample(dice),
                personal: Sample::sample(dice),
            }
        }
    }

    impl Sample for NewCounterparty {
        fn sample(dice: &mut Dice) -> Self {
            let mut given = Self::new(Sample::sample(dice), Sample::sample(dice), "");
            given.display = Sample::sample(dice);
            (given.reference, given.name) = (was_given(dice), was_given(dice));
            (given.email, given.phone, given.country) = (was_given(dice), was_given(dice), was_given(dice));
            given.key = Sample::sample(dice);
            given
        }
    }

    impl Sample for CounterpartyChange {
        fn sample(dice: &mut Dice) -> Self {
            let (display, key) = (Sample::sample(dice), Sample::sample(dice));
            let (reference, name, address) = (was_given(dice), was_given(dice), was_given(dice));
            let (email, phone, country) = (was_given(dice), was_given(dice), was_given(dice));
            Self { display, reference, name, email, phone, country, address, metadata: Default::default(), key }
        }
    }

    impl Sample for Counterparty {
        fn sample(dice: &mut Dice) -> Self {
            Self {
                id: Sample::sample(dice),
                client: Sample::sample(dice),
                party: Sample::sample(dice),
                value: None,
                reference: None,
                name: None,
                email: None,
                phone: None,
                country: None,
                address: Vec::new(),
                metadata: Default::default(),
                personal: Sample::sample(dice),
                recorded_at: Sample::sample(dice),
                changed_at: Sample::sample(dice),
                changed_in: Sample::sample(dice),
            }
        }
    }

    impl Sample for PartyEvent {
        fn sample(dice: &mut Dice) -> Self {
            match dice.below(4) {
                0 => Self::CounterpartyRecorded {
                    given: Sample::sample(dice),
                    counterparty: Sample::sample(dice),
                    party: Sample::sample(dice),
                    commitment: Sample::sample(dice),
                },
                1 => Self::CounterpartyChanged {
                    given: Sample::sample(dice),
                    counterparty: Sample::sample(dice),
                    client: Sample::sample(dice),
                    commitment: Sample::sample(dice),
                },
                2 => Self::CounterpartyErased { counterparty: Sample::sample(dice), client: Sample::sample(dice) },
                _ => Self::ClientErased { client: Sample::sample(dice) },
            }
        }
    }

    fn written(value: &impl Wire) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    fn whole<T: Wire>(bytes: &[u8]) -> Result<T, Malformed> {
        let mut reader = Reader::new(bytes);
        let value = T::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    #[test]
    fn personal_texts_are_never_written() {
        let contact = || Contact::new("secret", "secret", "secret");
        let mut client = NewClient::business("Shop", "KE", "secret", contact());
        client.physical_address = Some("secret".to_owned());
        let change = ClientChange { email: Some("secret".into()), contact: Some(contact()), ..Default::default() };
        let counterparty = NewCounterparty::new(ClientId(1), PartyKind::Email, "secret")
            .named("secret")
            .living_at("secret", &["secret"])
            .with([("fact".to_owned(), "secret".to_owned())].into());
        for bytes in
            [written(&client), written(&change), written(&counterparty), written(&Party::msisdn("secretsecret"))]
        {
            assert!(!bytes.windows(6).any(|window| window == b"secret"), "{bytes:?}");
        }
    }

    macro_rules! codecs {
        ($($name:ident: $type:ty),* $(,)?) => {
            proptest! {$(
                #[test]
                fn $name(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..64)) {
                    let value = <$type>::sample(&mut dice);
                    check_codec(&value, |value| written(value), whole::<$type>, &mut dice, &random);
                }
            )*}
        };
    }

    codecs! {
        clients_come_back: Client,
        client_requests_come_back: (NewClient, ClientChange),
        personal_texts_come_back: (Personal, Party),
        counterparties_come_back: Counterparty,
        party_events_come_back: PartyEvent,
    }
}
