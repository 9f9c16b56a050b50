//! Scenarios: commands as text, each with the answer expected. They do not name our types, so these may change.
//!
//! Each `scenarios/*.txt` runs in a new ledger. A line is a command and, after `->`, `ok` or `rejected: CODE name`, with
//! the code and the name of the rejection. `#` begins a comment, `==` a title. Words with a colon fill a command in:
//!
//! ```text
//! book    NAME CURRENCY [mode:test] [quota:N] [digits:N]
//! client  NAME [code:C] [email:T] [pin:T]            type NAME CLASS
//! account NAME client:C book:B [type:T] [floor:N] [overdraft:N|any] [limit:N] [id:T] [provisioned] [name:T]
//! service NAME client:C book:B [fee:N|N%] [min:N] [max:N] [only:OP] [crosses] [narrated] [payee] [pool:A] [commission:A]
//!         [code:T]
//! credit  KEY ACCOUNT SUM under:S [from:A]           debit KEY ACCOUNT SUM under:S [to:A]
//! transfer KEY FROM TO SUM under:S                   post KEY [dr A SUM]… [cr A SUM]… [forced]
//! reverse KEY OF [part:SUM] [under:S] [forced]       (OF: the key of an earlier command)
//! device  NAME client:C [key:SEED] [label:T]         rotate / revoke DEVICE [key:SEED] [reason:T]
//! payout  NAME SOURCE under:S by:DEVICE [pays:SUM=WHOM|@ACCOUNT]… [needs:N among:D,D] [for:NS] [provider:T] [currency:C] [reserved] [key:T]
//! approve PAYOUT [by:DEVICE] [with:SEED] [changed]   item PAYOUT N STEP [charge:SUM] [code:T] [reason:T] [at:TIME]
//! payout-is PAYOUT cancelled|ended|expired [reason:T]
//! hold KEY MOVEMENT … [until:TIME] [overdraw]        (MOVEMENT: the words of a credit, debit, transfer or post)
//! capture KEY HOLD [part:SUM] [last]                 release KEY HOLD [part:SUM]     expire-hold NAME HOLD at:TIME
//! clock TIME      due COUNT [at:TIME]                available ACCOUNT SUM      left HOLD SUM
//! set NAME book:B [for:T] [key:T]                    members KEY SET [in:A|@SET]… [out:A|@SET]…
//! flows KEY book:B [allow:FROM>TO]…                  block / unblock ACCOUNT debit|credit [why:T]
//! place ACCOUNT path:P [name:T] [label:T] [tag:T]      (and path:P where an account is opened)
//! payer   NAME client:C [value:T] [shown:T] [calls:T] [name:T] [line:T]   payer-is NAME [shown:T] [calls:T] [name:T]
//! erase   NAME                                        erase-client NAME           mail-is NAME T
//! acknowledge CURSOR EVENT                           rewind CURSOR EVENT
//! exchange KEY FROM TO SUM under:S [rate:R] [buys]   close KEY BOOK TIME
//! client-is / account-is / service-is NAME STATUS    balance ACCOUNT SUM
//! channel NAME CURRENCY… [closed]                    channel-is NAME STATUS / channel-takes NAME CURRENCY…
//! invoice KEY SUM under:S by:CHANNEL [to:A] [from:T] [until:TIME] [provider:T] [on-top] (the payer bears the charge)
//! process / fail / cancel / expire KEY INVOICE [reason:T] [code:T] [link:T] [at:TIME]
//! complete KEY INVOICE [received:SUM] [at:TIME] [clears:TIME]
//! limit   NAME of:account=A|client=C|service=S [window:day|week|month|HOURS] [count:N] [sum:N] [within:B] [each]
//! limit-is NAME [count:N|any] [sum:N|any]            limit-ends NAME
//! monitor NAME ACCOUNT SUM                           monitor-ends NAME
//! quota   NAME N|none client:C book:B
//! ```
//!
//! Credits take `clears:TIME` or `clears:call`; services, and `service-keeps NAME`, take `reserve:N%`, `keeper:A` and
//! `days:N`. A time is a distance from the beginning: `+90m`, `-1h`, `+2d`.
//!
//! Every command takes `number:ACCOUNT=N` and `has:ACCOUNT=SUM` for what it expects.
//!
//! Movements also take `payer:NAME`, `note:T`, `kind:K`, `ref:KIND=ID` and `at:TIME` (`yesterday`, `start`, `tomorrow`,
//! `tomorrow+1`). A text is `long` for one byte too many and `-` for none; a name that was never given stands for
//! something that does not exist.
//!
//! Tables of rejections begin with a command that violates everything and mend one thing on each line, so that each shows
//! which reason comes first.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "scenarios/chart.rs"]
mod chart;
#[path = "scenarios/events.rs"]
mod events;
#[path = "scenarios/exchange.rs"]
mod exchange;
#[path = "scenarios/holds.rs"]
mod holds;
#[path = "scenarios/parties.rs"]
mod parties;
#[path = "scenarios/runner.rs"]
mod runner;

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            runner::run(stringify!($name), include_str!(concat!("scenarios/", stringify!($name), ".txt")));
        }
    )*};
}

scenarios! {
    opening_accounts_is_refused_in_order,
    defining_services_is_refused_in_order,
    credits_are_refused_in_order,
    debits_are_refused_in_order,
    transfers_are_refused_in_order,
    posts_are_refused_in_order,
    reversals_are_refused_in_order,
    counterparties_are_refused_in_order,
    money_goes_round,
    payouts_are_refused_in_order,
    holds_are_refused_in_order,
    settlements_are_refused_in_order,
    clearing_is_refused_in_order,
    reserves_are_refused_in_order,
    what_is_held_comes_to_its_end,
    sets_are_refused_in_order,
    flows_and_blocks_are_refused_in_order,
    charts_are_refused_in_order,
    issuing_invoices_is_refused_in_order,
    settling_invoices_is_refused_in_order,
    limits_are_refused_in_order,
    velocity_and_conditions_have_their_place,
    cursors_are_refused_in_order,
    exchanges_are_refused_in_order,
    closings_are_refused_in_order,
}

#[test]
fn every_scenario_is_run() {
    let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".txt").map(str::to_owned))
        .collect();
    files.sort_unstable();
    let this = include_str!("scenarios.rs");
    for file in files {
        assert!(this.contains(&format!("    {file},\n")), "{file}.txt is not run");
    }
}
