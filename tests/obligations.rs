//! Every obligation of the source documents that the engine meets, one test for each, named after its number.
//!
//! `req_001_34_…` shows line 001-34 of the requirements with the document's own figures; `rule_c11_…` shows the rule
//! that settles a contradiction between the documents. All run over a redb file through the public names alone.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "obligations/accounts_000.rs"]
mod accounts_000;
#[path = "obligations/accounts_001.rs"]
mod accounts_001;
#[path = "obligations/activities_003.rs"]
mod activities_003;
#[path = "obligations/bounds.rs"]
mod bounds;
#[path = "obligations/chart.rs"]
mod chart;
#[path = "obligations/clients_001.rs"]
mod clients_001;
#[path = "obligations/events.rs"]
mod events;
#[path = "obligations/exchange.rs"]
mod exchange;
#[path = "obligations/holds.rs"]
mod holds;
#[path = "obligations/invoices_000.rs"]
mod invoices_000;
#[path = "obligations/limits.rs"]
mod limits;
#[path = "obligations/movements_001.rs"]
mod movements_001;
#[path = "obligations/parties.rs"]
mod parties;
#[path = "obligations/payouts_002.rs"]
mod payouts_002;
#[path = "obligations/periods.rs"]
mod periods;
#[path = "obligations/repeats.rs"]
mod repeats;
#[path = "obligations/reversals_001.rs"]
mod reversals_001;
#[path = "obligations/rules.rs"]
mod rules;
#[path = "obligations/services_001.rs"]
mod services_001;
#[path = "obligations/statements_004.rs"]
mod statements_004;
#[path = "obligations/tariffs_002.rs"]
mod tariffs_002;
#[path = "obligations/transfers_001.rs"]
mod transfers_001;
#[path = "obligations/world.rs"]
mod world;
